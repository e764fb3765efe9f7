"""``detection`` with an object detector that really looks, on both databases; and without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import detector, photos
from tests.conftest import DATABASES, database_url
from tests.detector import BLUE, GREEN, RED
from tests.integration.stored import stored
from tests.live import Client, LiveServer, message

SIGN = (RED, (20, 10, 50, 30))
POOL = (BLUE, (100, 60, 40, 60))


@pytest.fixture(scope="module", params=DATABASES)
def detecting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A client of a server that has a detector for two models."""
    folder = tmp_path_factory.mktemp("detecting")
    models = detector.with_detector(tmp_path_factory.mktemp("models"))
    settings = {
        "MODELS_DIR": str(models),
        "DETECTION": f"coco={detector.NAME},unidet={detector.NAME}",
    }
    server = LiveServer(folder, database_url(request.param), settings).start()
    with server.client() as client:
        yield client
    server.stop()


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def boxes(body: dict[str, Any], model: str = "coco") -> dict[str, list[float]]:
    """The one box of each label, from a result that is whole."""
    result = body["info"]["detection"]["object_detection"]
    assert result["status"] == "complete"
    found = result["data"][model]
    assert found["model_name"] == model
    assert (found["model_version"], found["schema_version"]) == (3, 1)
    assert list(found["tags"]) == sorted(found["tags"])
    for (item,) in found["tags"].values():
        assert item["categories"] == [] and item["confidence"] == 1.0
    return {label: item["bounding-box"] for label, (item,) in found["tags"].items()}


def test_upload_explicit_update_and_reading(detecting: Client, fresh: str) -> None:
    both = {"stop sign": [20, 10, 50, 30], "swimming pool": [100, 60, 40, 60]}
    content = detector.picture(SIGN, POOL)
    uploaded = ok(detecting.upload(content, public_id=fresh, detection="coco"))
    assert boxes(uploaded) == both
    assert uploaded["tags"] == []

    # What is asked later comes beside it, and tags beside those that are there.
    asked = {"public_id": fresh, "type": "upload", "detection": "unidet_v7", "auto_tagging": "0.9"}
    explicit = ok(detecting.post("image/explicit", **asked, tags="z"))
    assert boxes(explicit, "unidet") == boxes(explicit, "coco") == both
    assert explicit["tags"] == ["stop sign", "swimming pool", "z"]

    path = f"resources/image/upload/{fresh}"
    updated = ok(detecting.post(path, detection="coco_v1", tags="", auto_tagging="0.9"))
    assert boxes(updated) == both and updated["tags"] == ["stop sign", "swimming pool"]

    read = ok(detecting.get(path))
    assert read["info"] == updated["info"] == explicit["info"]
    sources = {
        tag.source: (tag.engine, tag.model_version) for tag in stored(detecting.server, fresh).tags
    }
    assert sources == {"coco": ("patches", "3.1.0")}

    # Other bytes, other results.
    replaced = ok(detecting.upload(detector.picture(POOL), public_id=fresh))
    assert "info" not in replaced and "info" not in ok(detecting.get(path))


def test_beside_categorization(detecting: Client, fresh: str) -> None:
    body = ok(
        detecting.upload(
            photos.read("chelsea.png"),
            public_id=fresh,
            categorization="imagga_tagging",
            detection="coco,unidet",
            auto_tagging="0.4",
            tags="mine",
        )
    )
    assert {"mine", "cat"} <= set(body["tags"])
    assert boxes(body) == boxes(body, "unidet") == {}
    assert list(body["info"]) == ["categorization", "detection"]


def test_pixels_of_the_displayed_picture(detecting: Client, fresh: str) -> None:
    """Turned by EXIF, and larger than what the detector sees."""
    content = detector.picture((RED, (80, 40, 200, 120)), size=(800, 480), orientation=6)
    body = ok(detecting.upload(content, public_id=fresh, detection="coco", auto_tagging="0.4"))
    assert (body["width"], body["height"]) == (480, 800)
    found = body["info"]["detection"]["object_detection"]["data"]["coco"]["tags"]
    (item,) = found["stop sign"]
    # Stored (80, 40) to (280, 160); turned clockwise x counts from the lower edge.
    assert item["bounding-box"] == pytest.approx([320, 80, 120, 200], abs=5)
    assert item["confidence"] > 0.9
    assert body["tags"] == ["stop sign"]


def test_what_auto_tagging_takes(detecting: Client, fresh: str) -> None:
    """The box around two red corners is half red: sure by 0.5, which 0.51 is not enough for."""
    half = detector.picture((RED, (0, 0, 30, 40)), (RED, (30, 40, 30, 40)), POOL)
    for number, (threshold, tags) in enumerate(
        [("0.5", ["a", "stop sign", "swimming pool"]), ("0.51", ["a", "swimming pool"])]
    ):
        asked = {"detection": "coco", "auto_tagging": threshold, "tags": "a"}
        body = ok(detecting.upload(half, public_id=f"{fresh}-{number}", **asked))
        assert body["tags"] == tags


def test_a_detector_that_fails_costs_its_answer_only(detecting: Client, fresh: str) -> None:
    asked = {"detection": "coco", "auto_tagging": "0.1", "tags": "a"}
    body = ok(detecting.upload(detector.picture((GREEN, SIGN[1])), public_id=fresh, **asked))
    assert body["info"] == {"detection": {"object_detection": {"status": "failed"}}}
    assert body["tags"] == ["a"] and (body["width"], body["height"]) == (200, 120)
    assert ok(detecting.get(f"resources/image/upload/{fresh}"))["info"] == body["info"]
    assert boxes(ok(detecting.upload(detector.picture(SIGN), detection="coco")))


def test_on_what_is_no_picture(detecting: Client, fresh: str) -> None:
    body = ok(detecting.upload(b"text", resource_type="raw", public_id=fresh, detection="coco"))
    assert "info" not in body


def test_presets(detecting: Client, fresh: str) -> None:
    preset = {"name": fresh, "unsigned": "true", "detection": "coco", "auto_tagging": "0.5"}
    ok(detecting.post("upload_presets", **preset))
    with Client(detecting.server, auth=None) as stranger:
        body = ok(stranger.upload(detector.picture(SIGN), upload_preset=fresh))
    assert list(boxes(body)) == body["tags"] == ["stop sign"]
    bad = detecting.post("upload_presets", name=f"{fresh}-bad", detection="illegal")
    assert (bad.status_code, message(bad)) == (400, "Detection invalid model 'illegal'")


UNSERVED = [
    ("detection", "lvis", "Cloudinary AI Content Analysis"),
    ("detection", "captioning_v6", "Cloudinary AI Content Analysis"),
    ("detection", "adv_face", "Advanced Facial Attribute Detection"),
    ("ocr", "adv_ocr:document", "OCR Text Detection and Extraction"),
    ("raw_convert", "google_speech:srt:vtt", "Google AI Video Transcription"),
    ("background_removal", "cloudinary_ai:fine_edges", "Cloudinary AI Background Removal"),
]

SWITCHED = [
    ("moderation", "aws_rek:explicit_nudity:0.9|manual", "Amazon Rekognition AI Moderation"),
    ("auto_transcription", "true", "Google AI Video Transcription"),
    ("auto_transcription", '{"translate":["fr-FR"]}', "Google AI Video Transcription"),
    ("auto_chaptering", "1", "AI Video Chaptering"),
    ("auto_video_details", "true", "AI Video Details"),
]


@pytest.mark.parametrize(("parameter", "value", "label"), UNSERVED + SWITCHED)
def test_add_ons_that_nothing_answers_for(
    detecting: Client, fresh: str, parameter: str, value: str, label: str
) -> None:
    ok(detecting.upload(photos.tiny_png(), public_id=fresh, tags="before"))
    path = f"resources/image/upload/{fresh}"
    before = ok(detecting.get(path))
    asked = {parameter: value, "tags": "after"}
    responses = [
        detecting.upload(photos.tiny_png(), public_id=f"{fresh}-new", **asked),
        # Before a file is fetched or work put off.
        detecting.upload("http://127.0.0.1:9/x.png", public_id=f"{fresh}-new", **asked),
        detecting.upload(photos.tiny_png(), public_id=f"{fresh}-new", **asked, **{"async": "1"}),
        detecting.post("image/explicit", public_id=fresh, type="upload", **asked),
        detecting.post("image/explicit", public_id=fresh, type="upload", **asked, **{"async": "1"}),
    ]
    if (parameter, value, label) in UNSERVED:
        responses.append(detecting.post(path, **asked))
    for response in responses:
        assert response.status_code == 420
        assert message(response) == f"You don't have an active subscription for {label}"
    assert ok(detecting.get(path)) == before
    assert detecting.get(f"{path}-new").status_code == 404


@pytest.mark.parametrize(
    ("parameter", "refusal"),
    [
        ("detection", "Detection invalid model 'illegal'"),
        ("ocr", "Ocr is invalid"),
        ("raw_convert", "Raw convert is invalid"),
        ("background_removal", "Background removal is invalid"),
        ("categorization", "Categorization item illegal is not valid"),
    ],
)
def test_add_ons_that_do_not_exist(
    detecting: Client, fresh: str, parameter: str, refusal: str
) -> None:
    ok(detecting.upload(photos.tiny_png(), public_id=fresh))
    asked = {parameter: "illegal"}
    for response in (
        detecting.upload(photos.tiny_png(), public_id=f"{fresh}-new", **asked),
        detecting.post("image/explicit", public_id=fresh, type="upload", **asked),
    ):
        assert (response.status_code, message(response)) == (400, refusal)
    path = f"resources/image/upload/{fresh}"
    updated = detecting.post(path, **asked)
    assert (updated.status_code, message(updated)) == (
        400,
        f"Illegal value illegal for {parameter}",
    )
    assert detecting.get(f"{path}-new").status_code == 404


@pytest.mark.parametrize("value", ["banana", "{", "[1]", '"x"'])
def test_switches_that_are_none(detecting: Client, value: str) -> None:
    for parameter in ("auto_transcription", "auto_chaptering"):
        response = detecting.upload(photos.tiny_png(), **{parameter: value})
        assert response.status_code == 400
        assert message(response).endswith(f"for parameter {parameter}")
    ok(detecting.upload(photos.tiny_png(), auto_transcription="false", auto_chaptering="0"))


def test_the_commands_know_the_detector(detecting: Client) -> None:
    listed = detecting.server.command("models", "list")
    (line,) = (line for line in listed.stdout.splitlines() if "patches" in line)
    assert all(word in line for word in ("detector", "3.1.0", "coco, unidet", "verified"))
    doctor = detecting.server.command("doctor")
    assert "coco by patches, unidet by patches" in " ".join(doctor.stdout.split())


def test_a_setting_that_names_no_detector(detecting: Client) -> None:
    server = detecting.server
    settings = {**server.settings, "DETECTION": "coco=mtcnn"}
    broken = LiveServer(server.data_dir, server.database_url, settings, port=server.port)
    doctor = broken.command("doctor")
    assert doctor.returncode == 1
    assert "mtcnn is a model of the kind faces, not detector" in " ".join(doctor.stdout.split())
