"""Use case: what moderators say of an upload (CONTRACT B2, B5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from app.domain.accounts import Cloud
from app.domain.addons import LABELS, unsubscribed
from app.domain.analysis import FLAT, phash_similarity
from app.domain.moderation import Moderation, ModerationRequest
from app.domain.unit_of_work import Database

#: Duplicates that a reply names.
SHOWN = 10


class Moderator:
    """Asks the moderators that an upload names, one after the other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, requests: Collection[ModerationRequest]) -> None:
        """Refuse moderators that do not run here.

        Raises:
            RateLimited: the answer of an account without that subscription.
        """
        for request in requests:
            if request.kind in LABELS["moderation"]:
                raise unsubscribed("moderation", request.kind)

    async def __call__(
        self, cloud: Cloud, requests: Collection[ModerationRequest], phash: str, asset_id: str
    ) -> tuple[Moderation, ...]:
        """What they say of a picture.

        Once one has rejected it the others are not asked: theirs is ``aborted``.

        Args:
            phash: of the picture; without one it is nobody's duplicate.
            asset_id: of the asset that it replaces, which it may well resemble; empty for none.
        """
        found: list[Moderation] = []
        for request in requests:
            if any(item.status == "rejected" for item in found):
                found.append(Moderation(request.kind, "aborted"))
            elif request.kind == "duplicate":
                found.append(await self._duplicate(cloud, request, phash, asset_id))
            else:
                found.append(Moderation(request.kind, "pending"))
        return tuple(found)

    async def _duplicate(
        self, cloud: Cloud, request: ModerationRequest, phash: str, asset_id: str
    ) -> Moderation:
        now = datetime.now(UTC).replace(microsecond=0)
        known = await self._database.read(lambda unit: unit.assets.fingerprints(cloud.id))
        alike = [
            (similarity, other)
            for other, fingerprint in known
            if phash not in ("", FLAT)
            and request.threshold > 0
            and other != asset_id
            and (similarity := phash_similarity(phash, fingerprint)) >= request.threshold
        ]
        alike.sort(key=lambda match: (-match[0], match[1]))
        if not alike:
            return Moderation("duplicate", "approved", {}, now)
        matches = [
            {"asset_id": other, "similarity": round(similarity, 4)}
            for similarity, other in alike[:SHOWN]
        ]
        return Moderation("duplicate", "rejected", {"matches": matches}, now)
