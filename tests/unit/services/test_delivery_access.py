"""Who may have what: types, signatures, tokens, times, strict and signed clouds."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.access import AccessRule
from app.domain.accounts import DeliveryMode
from app.domain.derivatives import NamedTransformation
from app.domain.errors import NotFound, ServiceError, Unauthorized
from app.domain.signing import sign_delivery_token, url_signature
from app.services.delivery_access import Proof
from tests.unit.services.kitchen import Kitchen, kitchen

pytestmark = pytest.mark.anyio

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "signature_vectors.json").read_text()
)
SECRET = VECTORS["secret"]
KEY = "00112233ff99"
NOW = 1_700_000_100


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def found(tmp_path: Path) -> AsyncIterator[Kitchen]:
    async with kitchen(tmp_path, token_key=KEY, clock=lambda: NOW) as made:
        for type in ("upload", "private", "authenticated"):
            await made.photo("cats/tabby", type=type)
        yield made


def token(acl: str = "%2fimage%2f*", **times: int) -> Proof:
    parts = "~".join(f"{name}={value}" for name, value in (times or {"exp": NOW + 9}).items())
    signed = f"{parts}~acl={acl}"
    text = f"{signed}~hmac={sign_delivery_token(signed, KEY)}"
    return Proof(token=text, paths=("/acme/image/x", "/image/x"))


def signed(source: str, *, long: bool = False) -> str:
    return f"s--{url_signature(source, SECRET, long=long)}--/{source}"


async def status(found: Kitchen, rest: str, type: str = "upload", **given: Any) -> int:
    try:
        await found.get(rest, type, **given)
    except ServiceError as error:
        return error.status
    return 200


async def mode(found: Kitchen, name: DeliveryMode) -> None:
    await found.write(lambda unit: unit.accounts.set_delivery(found.cloud.id, name))


async def test_types(found: Kitchen) -> None:
    assert await status(found, "cats/tabby.png") == 200
    assert await status(found, "w_10/cats/tabby.png") == 200
    for type in ("private", "authenticated"):
        for source in ("cats/tabby.png", "w_10/cats/tabby.png", "cats/tabby.webp"):
            assert await status(found, source, type) == 401, source
            assert await status(found, signed(source), type) == 200, source
            assert await status(found, signed(source, long=True), type) == 200, source
            assert await status(found, source, type, proof=token()) == 200, source
    assert await status(found, "cats/tabby.png", "gravatar") == 401
    assert await status(found, "cats/tabby.png", "sprite") == 404  # public, and not there


async def test_a_missing_asset_cannot_be_told_from_one_that_is_kept_back(found: Kitchen) -> None:
    for type in ("private", "authenticated"):
        refused = []
        for name in ("cats/tabby.png", "cats/none.png", "d_cats:tabby/cats/none.png"):
            with pytest.raises(Unauthorized) as caught:
                await found.get(name, type)
            refused.append(caught.value.message)
        assert set(refused) == {"deny or ACL failure"}
        with pytest.raises(NotFound):  # who can sign may know
            await found.get(signed("cats/none.png"), type)


async def test_every_signature_vector_and_none_with_a_changed_character(found: Kitchen) -> None:
    checked = 0
    for vector in VECTORS["urls"]:
        match = re.search(r"/acme/image/(upload|authenticated)/(s--.*)", vector["url"])
        if match is None:
            continue
        type, rest = match[1], match[2]
        assert await status(found, rest, type) == 200, rest
        end = rest.index("--/")
        for at in range(3, end):
            changed = rest[:at] + ("x" if rest[at] != "x" else "y") + rest[at + 1 :]
            assert await status(found, changed, type) == 401, changed
        for other in (rest.replace("tabby", "tabbz"), rest.replace("w_100", "w_101")):
            assert other == rest or await status(found, other, type) == 401, other
        checked += 1
    assert checked == 3


async def test_signatures_of_escaped_and_of_plain_names(found: Kitchen) -> None:
    await found.photo("katze ß", type="private")
    plain, escaped = "w_10/katze ß.png", "w_10/katze%20%C3%9F.png"
    for source in (plain, escaped):
        mark = f"s--{url_signature(source, SECRET)}--/"
        assert await status(found, mark + plain, "private", sent=mark + escaped) == 200
        assert await status(found, mark + plain, "upload", sent=mark + escaped + "x") in (401, 404)


async def test_tokens_in_and_out_of_their_time(found: Kitchen) -> None:
    async def through(proof: Proof) -> int:
        return await status(found, "cats/tabby.png", "authenticated", proof=proof)

    assert await through(token(st=NOW, exp=NOW + 1)) == 200
    assert await through(token(st=NOW + 1, exp=NOW + 9)) == 401
    assert await through(token(exp=NOW)) == 401
    assert await through(token("%2fimage%2fy")) == 401
    forged = token()
    assert await through(replace(forged, token=forged.token[:-1] + "g")) == 401
    # A wrong token is as good as none: what is public stays so.
    assert await status(found, "cats/tabby.png", proof=replace(forged, token="exp=1")) == 200


async def test_access_control_needs_a_token_out_of_its_time(found: Kitchen) -> None:
    asset = await found.photo("timed")
    now = datetime.fromtimestamp(NOW, UTC)

    async def after(*rules: AccessRule) -> tuple[int, int, int]:
        changed = replace(asset, access_control=rules)
        await found.write(lambda unit: unit.assets.save_columns(changed))
        return (
            await status(found, "w_10/timed.png"),
            await status(found, signed("timed.png")),
            await status(found, "timed.png", proof=token()),
        )

    past, future = now.replace(year=2000), now.replace(year=2100)
    assert await after() == (200, 200, 200)
    assert await after(AccessRule("token")) == (401, 401, 200)
    assert await after(AccessRule("anonymous", past, future)) == (200, 200, 200)
    assert await after(AccessRule("anonymous", past, now)) == (401, 401, 200)
    assert await after(AccessRule("anonymous", now, future)) == (200, 200, 200)
    answer = await found.get(f"v{asset.version}/timed.png")
    assert not answer.public and not answer.pinned  # no cache may outlive the time


async def test_strict_clouds(found: Kitchen) -> None:
    await found.get("w_10/cats/tabby.png")
    await found.settled()
    await mode(found, "strict")
    assert await status(found, "cats/tabby.png") == 200
    assert await status(found, "fl_attachment/cats/tabby.png") == 200
    assert await status(found, "w_10/cats/tabby.png") == 200  # stored before
    for rest in ("w_11/cats/tabby.png", "cats/tabby.webp", "t_thumb/cats/tabby.png"):
        assert await status(found, rest) in (400, 401), rest
    assert await status(found, signed("w_11/cats/tabby.png")) == 200
    assert await status(found, "w_11/cats/tabby.png") == 200  # made for who signed, now stored

    def allow(name: str, text: str, *, named: bool, allowed: bool = True) -> Any:
        item = NamedTransformation(name, text, named, allowed)
        return found.write(lambda unit: unit.transformations.put(found.cloud.id, item))

    await allow("thumb", "c_fill,h_5,w_5", named=True)
    await allow("big", "w_500", named=True, allowed=False)
    await allow("w_12", "w_12", named=False)
    await allow("w_13/png", "w_13", named=False)
    await allow("w_14", "w_14", named=False, allowed=False)
    assert await status(found, "t_thumb/cats/tabby.png") == 200
    assert await status(found, "t_thumb/t_big/cats/tabby.png") == 401
    assert await status(found, "t_thumb,w_900/cats/tabby.png") == 401
    assert await status(found, "t_big/cats/tabby.png") == 401
    assert await status(found, "c_fill,h_5,w_5/cats/tabby.webp") == 401
    assert await status(found, "w_12/cats/tabby.png") == 200
    assert await status(found, "w_13/cats/tabby.png") == 200
    assert await status(found, "w_13/cats/tabby.webp") == 401
    assert await status(found, "w_14/cats/tabby.png") == 401
    # What an allowed transformation makes of a private original is public, the original is not.
    assert await status(found, "t_thumb/cats/tabby.png", "private") == 200
    assert await status(found, "t_thumb/cats/tabby.png", "authenticated") == 401
    assert await status(found, "cats/tabby.png", "private") == 401
    assert await status(found, "fl_attachment/cats/tabby.png", "private") == 401


async def test_signed_clouds(found: Kitchen) -> None:
    await mode(found, "signed")
    for source in ("w_10/cats/tabby.png", "w_10/cats/none.png", "cats/tabby.webp"):
        assert await status(found, source) == 401
    # Replies to uploads carry the URLs of originals, unsigned.
    assert await status(found, "cats/tabby.png") == 200
    assert await status(found, "cats/none.png") == 404
    assert await status(found, signed("cats/tabby.png")) == 200
    assert await status(found, signed("w_10/cats/tabby.png")) == 200
    assert await status(found, "w_10/cats/tabby.png") == 401  # stored, and signed all the same
    assert await status(found, "w_10/cats/tabby.png", proof=token()) == 200


async def test_layers_that_are_not_public_need_a_signed_url(found: Kitchen) -> None:
    rest = "l_private:cats:tabby,w_5/cats/tabby.png"
    assert await status(found, rest) == 401
    assert await status(found, signed(rest)) == 200
    assert found.renderer.jobs[-1].layers
