"""Transformations as things of their own, derived images and coordinates, by the SDKs."""

from __future__ import annotations

from pathlib import Path

from tests import photos
from tests.integration.stored import derive
from tests.live import LiveServer
from tests.sdk.conftest import Sdk, every_sdk


@every_sdk
def test_transformations(sdk: Sdk, server: LiveServer, workplace: Path, fresh: str) -> None:
    with server.client() as client:
        client.upload(photos.tiny_png(), public_id=fresh).raise_for_status()
    made = derive(server, fresh, "c_scale,w_100")
    derive(server, fresh, "c_scale,w_100", "png")
    other = derive(server, fresh, "c_scale,w_200")

    done = sdk.run("transformations", server, workplace, fresh, f"{fresh}-t", made.id)

    python = sdk.name == "python"
    assert done["created"]["message"] == "created"
    assert done["again"] == ("AlreadyExists" if python else 409)
    read = done["read"]
    assert (read["name"], read["named"], read["used"]) == (f"t_{fresh}-t", True, False)
    assert read["info"] == [{"crop": "scale", "width": 102}]
    assert done["updated"]["message"] == "updated"
    assert done["reread"]["info"] == [{"crop": "scale", "width": 103}]
    assert (done["reread"]["allowed_for_strict"], done["reread"]["used"]) == (True, False)
    for form in ("by_text", "by_options"):
        assert done[form]["info"] == [{"crop": "scale", "width": 100}]
        mine = [item for item in done[form]["derived"] if item["public_id"] == fresh]
        assert len(mine) == 2 and made.id in {item["id"] for item in mine}
    listed = {entry["name"]: entry for entry in done["listed"]["transformations"]}
    assert listed["c_scale,w_100/png"]["used"] is True
    assert listed[f"t_{fresh}-t"]["allowed_for_strict"] is True
    assert all(entry["named"] for entry in done["named"]["transformations"])
    assert f"t_{fresh}-t" in [entry["name"] for entry in done["named"]["transformations"]]
    assert done["deleted"]["message"] == "deleted"
    assert done["gone"] == ("NotFound" if python else 404)

    assert len(done["details"]["derived"]) == 3
    assert done["by_id"]["deleted"] == {made.id: "deleted", "none": "not_found"}
    counts = {"original": 0, "derived": 1}
    assert done["by_transformation"]["deleted_counts"] == {fresh: counts}
    assert [item["id"] for item in done["details_then"]["derived"]] == [other.id]
    assert done["kept"]["deleted_counts"] == {fresh: counts}
    assert done["details_last"]["derived"] == []


@every_sdk
def test_coordinates_and_access_control(
    sdk: Sdk, server: LiveServer, workplace: Path, fresh: str
) -> None:
    """What the Python SDK's own tests ask of the real service (CONTRACT J4)."""
    (workplace / "logo.png").write_bytes(photos.encode(photos.load("china.jpg", (241, 51)), "PNG"))

    done = sdk.run("coordinates", server, workplace, fresh)

    assert done["uploaded"]["faces"] == [[120, 30, 109, 51], [121, 31, 110, 51]]
    given = {"faces": [[122, 32, 111, 152]], "custom": [[1, 2, 3, 4]]}
    assert done["read"]["faces"] == given["faces"] and done["read"]["coordinates"] == given
    rule = {
        "access_type": "anonymous",
        "start": "2019-02-22T16:20:57Z",
        "end": "2019-03-21T22:00:00Z",
    }
    assert done["uploaded"]["access_control"] == [rule]
    assert done["updated"]["access_control"] == [{"access_type": "token"}]
    assert done["updated"]["coordinates"] == given | {"custom": [[5, 6, 7, 8]]}
