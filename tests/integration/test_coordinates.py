"""Coordinates and access control on upload, explicit and update, over HTTP, on both databases."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from PIL import Image

from tests import photos
from tests.integration.stored import derive, derived, stored
from tests.live import Client, message

#: As large as the picture of the SDKs' own tests.
LOGO = photos.encode(Image.new("RGB", (241, 51), (9, 9, 200)), "PNG")


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def details(client: Client, public_id: str, **flags: str) -> dict[str, Any]:
    return ok(client.get(f"resources/image/upload/{public_id}", **flags))


def explicit(client: Client, public_id: str, **fields: str) -> dict[str, Any]:
    return ok(client.post("image/explicit", public_id=public_id, type="upload", **fields))


def update(client: Client, public_id: str, **fields: Any) -> dict[str, Any]:
    url = f"{client.server.api}/resources/image/upload/{public_id}"
    return ok(client.http.post(url, json=fields))


def test_the_sdks_own_acceptance_test(client: Client, fresh: str) -> None:
    """CONTRACT J4."""
    given = "120,30,109,150|121,31,110,151"
    body = ok(client.upload(LOGO, public_id=fresh, face_coordinates=given, faces="1"))
    clipped = [[120, 30, 109, 51], [121, 31, 110, 51]]
    assert body["faces"] == clipped and body["coordinates"] == {"faces": clipped}
    explicit(client, fresh, face_coordinates="122,32,111,152", custom_coordinates="1,2,3,4")
    info = details(client, fresh, faces="true", coordinates="true")
    assert info["faces"] == [[122, 32, 111, 152]]
    assert info["coordinates"] == {"faces": [[122, 32, 111, 152]], "custom": [[1, 2, 3, 4]]}
    assert list(info)[-3:] == ["derived", "faces", "coordinates"]


def test_only_who_asks_is_shown_coordinates(client: Client, fresh: str) -> None:
    ok(client.upload(LOGO, public_id=fresh, custom_coordinates="1,2,3,4|5,6,7,8"))
    for _ in range(2):
        assert "coordinates" not in details(client, fresh)
        assert details(client, fresh, coordinates="1")["coordinates"] == {
            "custom": [[1, 2, 3, 4], [5, 6, 7, 8]]
        }
        assert "faces" not in details(client, fresh, coordinates="1")


def test_given_faces_stand_in_for_found_ones(client: Client, fresh: str) -> None:
    astronaut = photos.path("astronaut.png")
    found = ok(client.upload(astronaut, public_id=fresh, faces="1"))["faces"]
    assert "coordinates" not in details(client, fresh, coordinates="1")  # nobody gave any
    update(client, fresh, face_coordinates="10,20,30,40")
    assert explicit(client, fresh, faces="1")["faces"] == [[10, 20, 30, 40]]
    assert details(client, fresh, faces="1")["faces"] == [[10, 20, 30, 40]]
    # An empty value takes them back; then whoever asks has them looked for again.
    assert "coordinates" not in update(client, fresh, face_coordinates="")
    assert stored(client.server, fresh).faces is None
    assert details(client, fresh, faces="1")["faces"] == found


def test_changed_coordinates_make_derivatives_stale(client: Client, fresh: str) -> None:
    ok(client.upload(LOGO, public_id=fresh))
    for change in (
        {"face_coordinates": "1,2,3,4"},
        {"custom_coordinates": "5,6,7,8"},
        {"custom_coordinates": ""},
    ):
        made = derive(client.server, fresh, "c_crop,g_faces,w_2")
        update(client, fresh, tags="x", context="a=1")
        assert derived(client.server, fresh) == [made.id]
        update(client, fresh, **change)
        assert derived(client.server, fresh) == []
        derive(client.server, fresh, "w_2")
        update(client, fresh, **change)  # the same once more changes nothing
        assert len(derived(client.server, fresh)) == 1
        explicit(client, fresh, face_coordinates="9,9,9,9")
        assert derived(client.server, fresh) == []
        update(client, fresh, face_coordinates="1,2,3,4")


def test_finding_faces_makes_derivatives_stale(client: Client, fresh: str) -> None:
    ok(client.upload(photos.path("astronaut.png"), public_id=fresh))
    derive(client.server, fresh, "c_thumb,g_face,w_2")
    info = details(client, fresh, faces="1")
    assert len(info["faces"]) == 1 and info["derived"] == []
    plain = f"{fresh}p"
    ok(client.upload(photos.path("china.jpg"), public_id=plain))
    made = derive(client.server, plain, "c_thumb,g_face,w_2")
    info = details(client, plain, faces="1")
    assert info["faces"] == [] and [item["id"] for item in info["derived"]] == [made.id]


def test_overwriting_forgets_coordinates(client: Client, fresh: str) -> None:
    rules = '[{"access_type":"token"}]'
    ok(
        client.upload(
            LOGO,
            public_id=fresh,
            custom_coordinates="1,2,3,4",
            face_coordinates="1,2,3,4",
            access_control=rules,
        )
    )
    ok(client.upload(LOGO, public_id=fresh))
    asset = stored(client.server, fresh)
    assert (asset.faces, asset.faces_given, asset.custom_coordinates) == (None, False, ())
    assert asset.access_control == ()


WINDOW = {
    "access_type": "anonymous",
    "start": "2019-02-22T14:20:57Z",
    "end": "2019-03-21T22:00:00Z",
}


def test_access_control(client: Client, fresh: str) -> None:
    given = (
        '[{"access_type":"token"},{"access_type":"anonymous",'
        '"start":"2019-02-22 16:20:57 +0200","end":"2019-03-22 00:00 +0200"}]'
    )
    rules = [{"access_type": "token"}, WINDOW]
    body = ok(client.upload(LOGO, public_id=fresh, access_control=given))
    assert body["access_control"] == rules
    assert details(client, fresh)["access_control"] == rules
    listed = ok(client.get("resources/image/upload", prefix=fresh))["resources"]
    assert listed[0]["access_control"] == rules
    assert explicit(client, fresh, tags="a")["access_control"] == rules
    changed = update(client, fresh, access_control=[{"access_type": "anonymous"}])
    assert changed["access_control"] == [{"access_type": "anonymous"}]
    assert "access_control" not in explicit(client, fresh, access_control="[]")
    assert "access_control" not in details(client, fresh)


def test_presets_carry_them(client: Client, fresh: str) -> None:
    settings = {
        "name": fresh,
        "unsigned": "true",
        "custom_coordinates": "1,2,3,4",
        "access_control": '[{"access_type":"token"}]',
    }
    ok(client.http.post(f"{client.server.api}/upload_presets", data=settings))
    with client.server.client(auth=None) as anyone:
        body = ok(anyone.upload(LOGO, upload_preset=fresh, face_coordinates="5,6,7,8"))
        assert body["coordinates"] == {"faces": [[5, 6, 7, 8]], "custom": [[1, 2, 3, 4]]}
        assert body["access_control"] == [{"access_type": "token"}]
        refused = anyone.upload(LOGO, upload_preset=fresh, access_control="[]")
    assert message(refused).startswith("Access control parameter is not allowed")


def test_on_what_is_no_picture_they_mean_nothing(client: Client, fresh: str) -> None:
    name = f"{fresh}.txt"
    body = ok(
        client.upload(
            b"text",
            name=name,
            resource_type="raw",
            public_id=name,
            face_coordinates="1,2,3,4",
            custom_coordinates="1,2,3,4",
        )
    )
    assert "coordinates" not in body and "faces" not in body
    url = f"{client.server.api}/resources/raw/upload/{name}"
    assert "coordinates" not in ok(client.http.post(url, json={"custom_coordinates": "1,2,3,4"}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("face_coordinates", "1,2,3"),
        ("face_coordinates", "1,2,3,x"),
        ("custom_coordinates", "1,2,-3,4"),
        ("access_control", "token"),
        ("access_control", '[{"access_type":"anonymous"},{"access_type":"anonymous"}]'),
        ("access_control", '[{"access_type":"anonymous","start":"soon"}]'),
    ],
)
def test_what_is_malformed_is_refused(client: Client, fresh: str, name: str, value: str) -> None:
    ok(client.upload(LOGO, public_id=fresh))
    expected = (400, f"Invalid value {value} for parameter {name}")
    url = f"{client.server.api}/resources/image/upload/{fresh}"
    for reply in (
        client.upload(LOGO, public_id=f"{fresh}2", **{name: value}),
        client.post("image/explicit", public_id=fresh, **{name: value}),
        client.http.post(url, json={name: value}),
        client.http.post(f"{client.server.api}/upload_presets", data={name: value}),
    ):
        assert (reply.status_code, message(reply)) == expected
    assert client.get(f"resources/image/upload/{fresh}2").status_code == 404
