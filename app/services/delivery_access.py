"""Who may have what is at a delivery URL (CONTRACT A7, F2).

==============  ==========================  =====================================================
type            the original                anything made of it
==============  ==========================  =====================================================
public (below)  everybody                   everybody; in ``strict`` clouds what is stored already
                                            or was allowed
private         signature or token          signature or token, or an allowed transformation
any other       signature or token          signature or token
==============  ==========================  =====================================================

Public are ``upload`` and ``fetch``, and ``text``, ``sprite`` and ``multi``, which are made to be
shown. In ``signed`` clouds everything needs a signature or a token. ``access_control`` comes on
top: out of its time only a token helps. What is refused is refused before anybody looks whether
it exists.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain import access
from app.domain.accounts import Cloud
from app.domain.assets import Asset
from app.domain.derivatives import TransformationName
from app.domain.errors import Unauthorized
from app.domain.signing import url_signature_matches
from app.domain.tokens import Token
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.accounts import Accounts

#: Types whose originals anybody may have.
PUBLIC_TYPES = frozenset({"upload", "fetch", "text", "sprite", "multi"})


@dataclass(frozen=True, slots=True)
class Proof:
    """What a client shows.

    Attributes:
        signature: of the URL; empty without one.
        signed: the texts that it may cover: the URL's parts as they were sent, and unescaped.
        token: a delivery token; empty without one.
        paths: spellings of the URL's path that a token may name.
        address: the client's.
    """

    signature: str = ""
    signed: tuple[str, ...] = ()
    token: str = ""
    paths: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client has proved: a valid signature of the URL, a valid token for it."""

    signature: bool = False
    token: bool = False

    def __bool__(self) -> bool:
        """Whether anything was proved."""
        return self.signature or self.token


class DeliveryAccess:
    """Decides on delivery.

    Args:
        token_key: hexadecimal; empty where no tokens are given out.
        clock: Unix seconds.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        token_key: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._token_key = token_key
        self._clock = clock

    async def grant(self, cloud: Cloud, proof: Proof) -> Grant:
        """Check what a client shows.

        Raises:
            Unauthorized: the signature is wrong. A wrong token is as good as none.
        """
        if proof.signature:
            await self._check_signature(cloud, proof)
        return Grant(bool(proof.signature), self._check_token(proof))

    async def admit(
        self, cloud: Cloud, grant: Grant, type: str, transformation: TransformationName | None
    ) -> None:
        """Refuse what can be refused without a look at the asset.

        Args:
            type: of the asset.
            transformation: ``None`` for the original.

        Raises:
            Unauthorized: for types that are not public the same words whatever is missing.
        """
        if grant:
            return
        if type in PUBLIC_TYPES:
            if cloud.delivery == "signed" and transformation is not None:
                raise Unauthorized("Transformations of this cloud need a signed URL")
            return
        private = type == "private" and cloud.delivery != "signed" and transformation is not None
        if private and transformation and await self._allowed(cloud, transformation):
            return
        raise refusal()

    def admit_now(self, grant: Grant, asset: Asset) -> None:
        """Refuse what ``access_control`` closes.

        Raises:
            Unauthorized: it is closed and there is no token.
        """
        if asset.access_control and not grant.token:
            now = datetime.fromtimestamp(self._clock(), UTC)
            if not access.is_open(asset.access_control, now):
                raise refusal()

    async def admit_new(
        self, cloud: Cloud, grant: Grant, transformation: TransformationName
    ) -> None:
        """Refuse to make a derivative that is not stored yet, unless the cloud is open.

        Raises:
            Unauthorized: nothing was proved and the transformation was not allowed.
        """
        if grant or cloud.delivery == "open":
            return
        # In a signed cloud only conversions by their extension alone come so far without proof.
        if cloud.delivery == "signed" or not await self._allowed(cloud, transformation):
            # Who may have the original learns nothing by this.
            raise Unauthorized(f"Transformation is not allowed: {transformation.name}")

    async def _check_signature(self, cloud: Cloud, proof: Proof) -> None:
        for key in await self._accounts.secrets(cloud):
            for text in proof.signed:
                if url_signature_matches(text, proof.signature, key.secret):
                    return
        raise Unauthorized("Invalid Signature in URL")

    def _check_token(self, proof: Proof) -> bool:
        if not proof.token or not self._token_key:
            return False
        token = Token.parse(proof.token)
        return token is not None and token.allows(
            self._token_key, proof.paths, proof.address, self._clock()
        )

    async def _allowed(self, cloud: Cloud, transformation: TransformationName) -> bool:
        """Whether a transformation was allowed: itself, or all the named ones it consists of."""
        return await self._database.read_hot(
            lambda unit: (
                _is_allowed(unit, cloud, {transformation.name, transformation.text})
                or _all_named(unit, cloud, transformation.text)
            )
        )


def refusal() -> Unauthorized:
    """The one answer to all who may not have something."""
    return Unauthorized("deny or ACL failure")


def _is_allowed(unit: UnitOfWork, cloud: Cloud, names: Collection[str]) -> bool:
    found = (unit.transformations.get(cloud.id, name) for name in sorted(names) if name)
    return any(item is not None and not item.named and item.allowed_for_strict for item in found)


def _all_named(unit: UnitOfWork, cloud: Cloud, text: str) -> bool:
    for component in text.split("/"):
        prefix, _, names = component.partition("_")
        if prefix != "t" or "," in names:
            return False
        for name in names.split("."):
            found = unit.transformations.get(cloud.id, name)
            if found is None or not found.named or not found.allowed_for_strict:
                return False
    return True
