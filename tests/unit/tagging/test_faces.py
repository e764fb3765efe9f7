"""Face detection on licensed photos, and on pictures that are made to break it."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.domain.faces import Face, FaceDetector, rectangles
from app.tagging.catalogue import load_faces
from app.tagging.engine import ModelError
from app.tagging.faces import MtcnnDetector, SummedPixels, suppress
from tests import photos

MODELS = Path(__file__).parents[3] / "models"
NAME = "mtcnn"

#: The astronaut's face: from the hairline to the chin, of the picture's width and height.
ASTRONAUT = Face(0.347, 0.117, 0.174, 0.222, 1.0)


@pytest.fixture(scope="module")
def detector() -> MtcnnDetector:
    return load_faces(MODELS, NAME)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(MODELS / NAME, tmp_path / NAME)
    return tmp_path


def pixels(name: str, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    return np.asarray(photos.load(name, size))


def near(found: Face, expected: Face, tolerance: float) -> bool:
    sides = ("x", "y", "width", "height")
    return all(abs(getattr(found, k) - getattr(expected, k)) <= tolerance for k in sides)


def test_the_face_is_found_and_nothing_else(detector: FaceDetector) -> None:
    for name in photos.NAMES:
        found = detector.detect(pixels(name))
        if name == "astronaut.png":
            (face,) = found
            assert near(face, ASTRONAUT, 0.02) and 0.97 <= face.score <= 1
        else:
            assert found == (), name


def test_a_face_in_a_gray_photo(detector: FaceDetector) -> None:
    (face,) = detector.detect(pixels("camera.png"))
    assert near(face, Face(0.39, 0.23, 0.11, 0.15, 1.0), 0.02)


def test_a_mirrored_picture_mirrors_the_box(detector: FaceDetector) -> None:
    (face,) = detector.detect(pixels("astronaut.png")[:, ::-1])
    mirrored = Face(1 - face.x - face.width, face.y, face.width, face.height, face.score)
    assert near(mirrored, ASTRONAUT, 0.03)


@pytest.mark.parametrize("side", [640, 400, 256, 200])
def test_the_box_is_relative_at_every_size(detector: FaceDetector, side: int) -> None:
    (face,) = detector.detect(pixels("astronaut.png", (side, side)))
    assert near(face, ASTRONAUT, 0.02)


def test_every_face_by_descending_size(detector: FaceDetector) -> None:
    wide = Image.new("RGB", (640, 360))
    wide.paste(photos.load("astronaut.png", (240, 240)), (20, 60))
    wide.paste(photos.load("astronaut.png", (360, 360)), (270, 0))
    large, small = detector.detect(np.asarray(wide))
    assert near(large, Face(0.617, 0.117, 0.098, 0.222, 1.0), 0.02)
    assert near(small, Face(0.161, 0.245, 0.065, 0.148, 1.0), 0.02)


def test_a_face_at_the_edge_stays_in_the_picture(detector: FaceDetector) -> None:
    (face,) = detector.detect(pixels("astronaut.png")[65:, 185:])
    assert face.x >= 0 and face.y >= 0 and face.x + face.width <= 1
    assert face.x < 0.02 and face.y < 0.05


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (2, 5000), (5000, 2), (31, 31), (32, 32), (33, 640), (640, 640)]
)
def test_empty_pictures(detector: FaceDetector, width: int, height: int) -> None:
    assert detector.detect(np.zeros((height, width, 3), np.uint8)) == ()
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    assert detector.detect(noise) == ()


def test_the_same_in_every_thread(detector: FaceDetector) -> None:
    given = pixels("astronaut.png")
    expected = detector.detect(given)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(detector.detect, [given] * 16))


@pytest.mark.parametrize("size", [(12, 17), (40, 60), (55, 90)])
def test_the_area_filter_averages_every_pixel_touched(size: tuple[int, int]) -> None:
    """Against the definition, larger and smaller: from floor(i*s/n) to ceil((i+1)*s/n)."""
    picture = np.random.default_rng(2).integers(0, 256, (40, 60, 3), np.uint8)
    rows = [(i * 40 // size[0], -(-(i + 1) * 40 // size[0])) for i in range(size[0])]
    columns = [(i * 60 // size[1], -(-(i + 1) * 60 // size[1])) for i in range(size[1])]
    expected = [[picture[a:b, c:d].mean((0, 1)) for c, d in columns] for a, b in rows]
    found = SummedPixels(picture).whole(*size)
    assert found.dtype == np.float32 and np.allclose(found, expected, atol=1e-4)


def test_parts_are_cut_as_the_whole_is_reduced() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (70, 50, 3), np.uint8)
    first, last = np.array([[3, 5], [0, 0], [49, 69]]), np.array([[40, 21], [50, 70], [50, 70]])
    found = SummedPixels(picture).cut(first, last, 24)
    for part, (left, top), (right, bottom) in zip(found, first, last, strict=True):
        alone = SummedPixels(picture[top:bottom, left:right]).whole(24, 24)
        assert np.array_equal(part, alone)


def test_of_overlapping_boxes_the_likeliest_stays() -> None:
    boxes = np.array(
        [[0, 0, 10, 10], [1, 0, 11, 10], [2, 2, 8, 8], [30, 30, 40, 40]], dtype=np.float32
    )
    scores = np.array([0.8, 0.9, 0.85, 0.7], np.float32)
    assert suppress(boxes, scores, 0.7).tolist() == [1, 2, 3]
    assert suppress(boxes, scores, 0.7, nested=True).tolist() == [1, 3]
    assert suppress(boxes[:2], np.ones(2, np.float32), 0.7).tolist() == [0]
    assert suppress(boxes[:0], scores[:0], 0.7).tolist() == []


def test_rectangles_are_whole_pixels_within_the_picture() -> None:
    small, large = Face(0.5, 0.25, 0.1, 0.1, 0.98), Face(0.1, 0.2, 0.4, 0.3, 0.99)
    assert rectangles([small, large], 1000, 500) == ((100, 100, 400, 150), (500, 125, 100, 50))
    assert rectangles([Face(-0.1, 0.9, 0.3, 0.3, 1.0)], 100, 100) == ((0, 90, 20, 10),)
    assert rectangles([Face(1.1, 0.2, 0.2, 0.2, 1.0), Face(0.2, 0.2, 0.0, 0.1, 1.0)], 99, 9) == ()
    assert rectangles([], 10, 10) == ()


@pytest.mark.parametrize("name", ["pnet.onnx", "rnet.onnx", "onet.onnx", "CARD.md"])
def test_one_changed_byte_is_refused(copied: Path, name: str) -> None:
    path = copied / NAME / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=name):
        load_faces(copied, NAME)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('kind = "faces"', 'kind = "tags"', "model.kind is one of classifier, heads, faces"),
        ('name = "mtcnn"', 'name = "other"', "model.name must be"),
        ("long_side = 640", "long_side = 0", "input.long_side is missing or wrong"),
        ("min_face = 32", "min_face = 3", "detector.min_face is missing or wrong"),
        ("factor = 0.709", "factor = 1.0", "detector.factor is missing or wrong"),
        ("[0.6, 0.7, 0.7]", "[0.6, 0.7]", "detector.thresholds is missing or wrong"),
        ("score = 0.97", "score = true", "detector.score is missing or wrong"),
        ("[detector]", "[detector", "cannot be read"),
        ('"rnet.onnx"', '"r.onnx"', r"files\.rnet\.onnx has no SHA-256"),
    ],
)
def test_broken_manifests_say_why(copied: Path, old: str, new: str, reason: str) -> None:
    path = copied / NAME / "manifest.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ModelError, match=reason):
        load_faces(copied, NAME)


def test_missing_models_and_files(copied: Path) -> None:
    with pytest.raises(ModelError, match="there is no model retina"):
        load_faces(copied, "retina")
    (copied / NAME / "rnet.onnx").unlink()
    with pytest.raises(ModelError, match=r"rnet\.onnx cannot be read"):
        load_faces(copied, NAME)
