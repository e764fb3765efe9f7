"""Request bodies: every form the SDKs send, cut at any place, and seeded damage."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest

from app.api.body import Body, ClientDisconnected, Limits, Upload, read_body
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.storage.local import LocalBlobStore

DATA = Path(__file__).parents[2] / "data"
FILE = bytes(range(256)) * 40
BOUNDARY = "xyz"


class Reading:
    """Reads bodies into blobs of a directory, and sees what is left there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = LocalBlobStore(root)

    def read(
        self,
        body: bytes,
        content_type: str = "",
        pieces: int = 0,
        *,
        cut: bool = False,
        **limits: Any,
    ) -> Body:
        headers = [(b"content-type", content_type.encode())] if content_type else []
        size = pieces or len(body) or 1
        parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": True} for part in parts
        ]
        if cut:
            messages.append({"type": "http.disconnect"})
        else:
            messages[-1]["more_body"] = False

        async def receive() -> Any:
            return messages.pop(0)

        scope = {"type": "http", "headers": headers}
        options = {"file_bytes": 100_000} | limits
        return asyncio.run(
            read_body(scope, receive, create_blob=self.store.create, limits=Limits(**options))
        )

    def leftovers(self) -> list[Path]:
        return list((self.root / "incoming").iterdir())


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def multipart(*parts: tuple[str, bytes], end: bytes = b"\r\n") -> bytes:
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"
        for head, data in parts
    )
    return body + f"--{BOUNDARY}--".encode() + end


def content(body: Body) -> tuple[bytes, str | None]:
    assert isinstance(body.file, Upload)
    source = body.file.blob.source()
    body.file.blob.discard()
    return (source.read_bytes() if isinstance(source, Path) else source), body.file.filename


TYPE = f"multipart/form-data; boundary={BOUNDARY}"
JSON = "application/json"


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 64, 0])
@pytest.mark.parametrize("end", [b"\r\n", b"", b"\r\nepilogue"])
def test_multipart_in_pieces(reading: Reading, pieces: int, end: bytes) -> None:
    body = multipart(
        ('name="tags"', b"a,b"),
        ("name=unquoted", b"x"),
        ('name="file"; filename="a b.jpg"\r\nContent-Type: image/jpeg', FILE),
        ('name="empty"', b""),
        end=end,
    )
    found = reading.read(body, TYPE, pieces)
    assert content(found) == (FILE, "a b.jpg")
    assert found.fields.texts() == {"tags": "a,b", "unquoted": "x", "empty": ""}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('filename="naïve.png"', "naïve.png"),
        ("filename*=utf-8''na%C3%AFve%20x.png", "naïve x.png"),
        ("filename=\"plain.png\"; filename*=utf-8''b%C3%A9.png", "bé.png"),
        ('filename="C:\\\\folder\\\\a.png"', "a.png"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="with \\" quote.png"', 'with " quote.png'),
        ('filename="with %22 quote.png"', 'with " quote.png'),
        ('filename=""', ""),
    ],
)
def test_file_names(reading: Reading, head: str, name: str) -> None:
    assert content(reading.read(multipart((f'name="file"; {head}', b"x")), TYPE)) == (b"x", name)


def test_raw_latin_1_file_names(reading: Reading) -> None:
    body = multipart(('name="file"; filename="n?ve.png"', b"x")).replace(b"n?ve", b"na\xefve")
    assert content(reading.read(body, TYPE))[1] == "naïve.png"


URI = "data:image/png;base64," + base64.b64encode(FILE).decode()


@pytest.mark.parametrize("pieces", [1, 5, 1000, 0])
def test_data_uris(reading: Reading, pieces: int) -> None:
    head, _, payload = URI.partition(",")
    url_safe = f"{head},{payload.replace('+', '-').replace('/', '_')}"
    escaped = URI.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    bodies = [
        (multipart(('name="file"', URI.encode())), TYPE),
        (b"a=b&file=" + escaped.encode() + b"&c=d", "application/x-www-form-urlencoded"),
        (b"file=" + URI.encode() + b"&a=b", ""),
        (json.dumps({"file": URI, "a": "b"}).encode(), "application/json"),
        (multipart(('name="file"', url_safe.encode())), TYPE),
    ]
    for body, kind in bodies:
        assert content(reading.read(body, kind, pieces)) == (FILE, None), kind


@pytest.mark.parametrize(
    "uri", ["data:", "data:x/y;base64,@@@@", "data:x/y;base64,QUJD=QUJD", "data:a"]
)
def test_bad_data_uris(reading: Reading, uri: str) -> None:
    with pytest.raises(BadRequest, match="Invalid data URI"):
        reading.read(multipart(('name="file"', uri.encode())), TYPE)
    assert reading.leftovers() == []


@pytest.mark.parametrize("pieces", [1, 3, 64, 0])
def test_data_uris_in_json_are_decoded_as_they_come(reading: Reading, pieces: int) -> None:
    escaped = URI.replace("/", "\\/").replace("=", "\\u003d").replace("A", "\\u0041")
    nested = json.dumps({"context": '"file":"data:x"', "tags": ["file"], "a": "é😀\\"})
    for uri in (URI, escaped):
        for body in (
            f'{{"file" : "{uri}", {nested[1:]}',
            f'{nested[:-1]}, "file":"{uri}"}}',
        ):
            # Fields are limited, the file is not part of them.
            found = reading.read(body.encode(), JSON, pieces, field_bytes=300)
            assert content(found) == (FILE, None)
            assert found.fields.raw("tags") == ["file"]
            assert found.fields.text("a") == "é😀\\"
            assert found.fields.text("context") == '"file":"data:x"'


@pytest.mark.parametrize("pieces", [1, 0])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"file":"data:x/y;base64,QUJD', "Invalid JSON"),
        ('{"file":"data:x/y;base64,QUJD"', "Invalid JSON"),
        ('{"file":"data:x/y;base64,QU\\qJD"}', "Invalid JSON"),
        ('{"file":"data:x/y;base64,QU\\ud800JD"}', "Invalid JSON"),
        ('{"context":{"file":"data:x/y;base64,QUJD"}}', "Invalid value for parameter context"),
        ('{"file":[{"file":"data:x/y;base64,QUJD"}]}', "Invalid file parameter"),
        ('{"file":"data:x/y,a","file":"data:x/y,b"}', "more than one file"),
        ('{"file":"http://e.x/\\u0000"}', "Invalid URL for upload"),
        ('{"tags":"a\\u0000b"}', "Invalid value for parameter tags"),
        ('{"context":{"a":["\\u0000"]}}', "Invalid value for parameter context"),
        ('{"a\\u0000":1}', "Invalid value for parameter a"),
        ('{"a":' + "[" * 101 + "]" * 101 + "}", "Invalid value for parameter a"),
        ('{"a":' + '{"b":' * 500 + "1" + "}" * 501, "Invalid value for parameter a"),
    ],
)
def test_bad_json(reading: Reading, body: str, text: str, pieces: int) -> None:
    with pytest.raises(BadRequest, match=text):
        reading.read(body.encode(), JSON, pieces)
    assert reading.leftovers() == []


def test_arrays_written_as_json_in_a_form() -> None:
    # What is no usable array stays the text it is.
    for text in ("[" * 500 + "]" * 500, '["a\\u0000b"]', "[1"):
        assert Params.from_pairs([("tags", text)]).items("tags") == [text]
    assert Params.from_pairs([("tags", '["a",1]')]).items("tags") == ["a", "1"]


def test_text_in_place_of_a_file_is_a_url(reading: Reading) -> None:
    url = "https://e.x/a.jpg?b=c"
    for body, kind in [
        (multipart(('name="file"', url.encode())), TYPE),
        (b"file=https%3A%2F%2Fe.x%2Fa.jpg%3Fb%3Dc", "application/x-www-form-urlencoded"),
        (json.dumps({"file": url}).encode(), "application/json"),
    ]:
        assert reading.read(body, kind).file == url


@pytest.mark.parametrize("place", range(0, 240, 7))
def test_a_body_cut_short_leaves_nothing(reading: Reading, place: int) -> None:
    body = multipart(('name="a"', b"b"), ('name="file"; filename="x"', FILE * 200))
    cut = body[: len(body) * place // 240]
    with pytest.raises(ClientDisconnected):
        reading.read(cut, TYPE, 5000, cut=True, file_bytes=10**7)
    assert reading.leftovers() == []
    if cut:
        with pytest.raises(BadRequest) as refusal:
            reading.read(cut, TYPE, 5000, file_bytes=10**7)
        assert refusal.value.close
        assert reading.leftovers() == []


def test_limits(reading: Reading) -> None:
    file = multipart(('name="file"; filename="x"', FILE))
    with pytest.raises(BadRequest, match=r"File size too large\. Got \d+\. Maximum is 1000\."):
        reading.read(file, TYPE, 500, file_bytes=1000)
    with pytest.raises(BadRequest, match="takes no file"):
        reading.read(file, TYPE, file_bytes=0)
    with pytest.raises(BadRequest, match="parameters exceed"):
        reading.read(multipart(('name="a"', b"x" * 2000)), TYPE, field_bytes=1000)
    with pytest.raises(BadRequest, match="parameters exceed"):
        reading.read(b"a=" + b"x" * 2000, "", 100, field_bytes=1000)
    with pytest.raises(BadRequest, match="too many parameters"):
        reading.read(multipart(*[('name="a"', b"x")] * 5), TYPE, fields=4)
    with pytest.raises(BadRequest, match="parameters exceed"):
        reading.read(json.dumps({"a": "x" * 2000}).encode(), JSON, 300, field_bytes=1000)
    with pytest.raises(BadRequest, match="too many parameters"):
        reading.read(json.dumps({"a": [0] * 2000}).encode(), JSON, json_values=1000)
    with pytest.raises(BadRequest, match="more than one file"):
        reading.read(multipart(*[('name="file"; filename="x"', b"y")] * 2), TYPE)
    assert reading.leftovers() == []


def test_captured_requests_of_the_sdks(reading: Reading) -> None:
    samples = json.loads((DATA / "sdk_wire_samples.json").read_text())["samples"]
    seen = 0
    for sample in samples:
        if not isinstance(sample["body"], list):
            continue
        parts = [(head.replace(" | ", "\r\n"), value.encode()) for head, value in sample["body"]]
        found = reading.read(multipart(*parts), TYPE, file_bytes=10**7)
        if isinstance(found.file, Upload):
            found.file.blob.discard()
        assert found.fields.names()
        seen += 1
    assert seen > 15


def test_damaged_bodies_are_refused_or_read_but_never_crash(reading: Reading) -> None:
    source = random.Random(20261124)
    whole = [
        (multipart(('name="a"', b"b"), ('name="file"; filename="x"', FILE[:600])), TYPE),
        (multipart(('name="file"', URI[:900].encode())), TYPE),
        (b"a=b&c[]=d&file=" + URI[:300].encode(), "application/x-www-form-urlencoded"),
        (json.dumps({"file": URI[:500], "a": 1}).replace("/", "\\/").encode(), "application/json"),
        (json.dumps({"a": ["b"], "file": URI[:500]}).encode(), "application/json"),
    ]
    for _ in range(1500):
        body, kind = source.choice(whole)
        data = bytearray(body)
        for _ in range(source.randint(1, 6)):
            at = source.randrange(len(data))
            change = source.choice(("set", "drop", "double"))
            if change == "set":
                data[at] = source.randrange(256)
            elif change == "drop":
                del data[at : at + source.randint(1, 20)]
            else:
                data[at:at] = data[at : at + 20]
        try:
            found = reading.read(bytes(data), kind, source.choice((0, 1, 13, 200)))
        except BadRequest:
            continue
        if isinstance(found.file, Upload):
            found.file.blob.discard()
    assert reading.leftovers() == []
