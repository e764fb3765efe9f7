"""Object detectors: what they are fed, how their outputs are read, and which are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from app.domain.detection import DetectedObject
from app.domain.images import Pixels
from app.tagging.catalogue import list_models, load_objects
from app.tagging.engine import ModelError
from app.tagging.objects import OnnxDetector
from tests import detector as making
from tests.detector import BLUE, GREEN, LABELS, MANIFEST, RED

#: Side of the squares that the echoing graph takes, and the boxes and labels that it gives.
SIDE, BOXES = 16, 4


@pytest.fixture
def patches(tmp_path: Path) -> OnnxDetector:
    making.write(tmp_path / making.NAME, making.patches())
    return load_objects(tmp_path, making.NAME)


def seen(patches: OnnxDetector, *shown: Any, **options: Any) -> tuple[DetectedObject, ...]:
    return patches.detect(making.pixels(making.picture(*shown, **options)))


def test_patches_are_found_where_they_are(patches: OnnxDetector) -> None:
    found = seen(patches, (RED, (20, 10, 50, 30)), (BLUE, (100, 60, 40, 60)))
    assert [item.label for item in found] == ["swimming pool", "stop sign"]  # as sure of both
    pool, sign = found
    assert (sign.x, sign.y) == pytest.approx((20 / 200, 10 / 120))
    assert (sign.width, sign.height) == pytest.approx((50 / 200, 30 / 120))
    assert (pool.x, pool.height) == pytest.approx((100 / 200, 60 / 120))
    assert sign.confidence == pool.confidence == 1.0


def test_two_patches_of_a_colour_fill_less_of_their_box(patches: OnnxDetector) -> None:
    corners = [(RED, (0, 0, 30, 40)), (RED, (30, 40, 30, 40))]
    (found,) = seen(patches, *corners)
    assert found.confidence == 0.5 and found.label == "stop sign"
    assert seen(patches, (RED, (0, 0, 20, 20)), (RED, (180, 100, 20, 20))) == ()
    assert seen(patches) == ()


def test_a_label_that_the_model_does_not_have(patches: OnnxDetector) -> None:
    with pytest.raises(ModelError, match=r"patches says label 99, labels\.txt has 2"):
        seen(patches, (GREEN, (20, 10, 50, 30)))


ECHO = MANIFEST.replace("[files]", "overlap = 0.5\n[files]")


def echoing(
    folder: Path, old: str = "", new: str = "", *, first: bool = False, **values: Any
) -> OnnxDetector:
    """A detector that says what its input holds; ``first`` has the channels first."""
    shape = [1, 3, SIDE, SIDE] if first else [1, "height", "width", 3]
    assert old in ECHO
    manifest = ECHO.replace(old, new, 1) if old else ECHO
    graph = making.echo(shape, BOXES, len(LABELS))
    making.write(folder / "echo", graph, manifest, size=SIDE, **values)
    return load_objects(folder, "echo")


def saying(*boxes: tuple[tuple[int, int, int, int], tuple[int, int]]) -> Pixels:
    """Pixels that make the echo say boxes with scores, in hundredths, of the two labels."""
    numbers = [side for box, _ in boxes for side in box]
    numbers += [0] * (4 * BOXES - len(numbers))
    numbers += [score for _, scores in boxes for score in scores]
    values = np.zeros(SIDE * SIDE * 3, np.uint8)
    values[: len(numbers)] = numbers
    return values.reshape(1, SIDE, SIDE, 3)


def rounded(found: tuple[DetectedObject, ...]) -> list[tuple[Any, ...]]:
    return [
        (it.label, it.confidence, *(round(n * SIDE, 3) for n in (it.x, it.y, it.width, it.height)))
        for it in found
    ]


POOL, SIGN = LABELS


def test_scores_by_label_and_boxes_that_are_one(tmp_path: Path) -> None:
    echo = echoing(tmp_path)
    said = saying(
        ((0, 0, 8, 8), (40, 70)),
        ((1, 0, 8, 8), (60, 80)),  # shares more than half with the first
        ((1, 0, 8, 8), (90, 10)),  # so does this, and is another thing
        ((12, 4, 10, 255), (20, 29)),  # not sure enough, and turned inside out
    )
    assert rounded(echo.detect(said)) == [(POOL, 0.9, 1, 0, 7, 8), (SIGN, 0.8, 1, 0, 7, 8)]


def test_boxes_are_cut_at_the_edges_of_the_picture(tmp_path: Path) -> None:
    echo = echoing(tmp_path)
    said = saying(((4, 4, 200, 200), (50, 0)), ((16, 0, 20, 5), (99, 0)), ((9, 9, 9, 12), (99, 0)))
    assert rounded(echo.detect(said)) == [(POOL, 0.5, 4, 4, 12, 12)]
    # Of a lower picture the rest of the square is no part.
    assert rounded(echo.detect(said[:, :8])) == [(POOL, 0.5, 4, 8, 12, 8)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("xyxy", "xywh", (2, 4, 6, 8)),
        ("xyxy", "cxcywh", (0, 0, 5, 8)),
        ("", "", (2, 4, 4, 4)),
    ],
)
def test_forms_of_boxes(tmp_path: Path, old: str, new: str, expected: tuple[float, ...]) -> None:
    echo = echoing(tmp_path, old, new)
    found = rounded(echo.detect(saying(((2, 4, 6, 8), (50, 0)))))
    assert found == [(POOL, 0.5, *expected)]


def test_shares_of_the_input(tmp_path: Path) -> None:
    echo = echoing(tmp_path, 'unit = "pixels"', 'unit = "share"')
    assert rounded(echo.detect(saying(((0, 0, 1, 1), (50, 0))))) == [(POOL, 0.5, 0, 0, 16, 16)]


def test_normalisation_order_and_channels(tmp_path: Path) -> None:
    """The first numbers of the input are then those of the blue channel, scaled."""
    scaled = "[output]"
    told = 'order = "BGR"\nmean = [1, 1, 2]\nstd = [0.5, 1, 1]\n[output]'
    echo = echoing(tmp_path, scaled, told, first=True)
    shown = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    blue = [2, 3, 5, 7]  # (value - 1) / 0.5 is 2, 4, 8, 12
    shown[0, 0, :4, 2] = blue
    shown[0, 1, :2, 2] = (26, 1)  # in hundredths: a score of 0.5
    (found,) = rounded(echo.detect(shown))
    assert found == (POOL, 0.5, 2, 4, 6, 8)


def test_most_objects(tmp_path: Path) -> None:
    echo = echoing(tmp_path, "[files]", "limit = 2\n[files]")
    said = saying(*(((4 * n, 0, 4 * n + 3, 9), (50 + n, 0)) for n in range(BOXES)))
    assert [item.confidence for item in echo.detect(said)] == [0.53, 0.52]


def test_what_is_no_number_is_no_object(tmp_path: Path) -> None:
    nan, inf = float("nan"), float("inf")
    constants = {
        "b": np.array(
            [[1, 1, 5, 5], [nan, 1, 5, 5], [1, 1, inf, 5], [1, 1, 5, 5], [1, 1, 5, 5]], np.float32
        ),
        "s": np.array([[nan, 0.1], [0.9, 0.1], [0.8, 0.1], [inf, 0], [0.9, 0]], np.float32),
    }
    nodes = [
        helper.make_node("Identity", *names) for names in ((["b"], ["boxes"]), (["s"], ["scores"]))
    ]
    pixels = (TensorProto.UINT8, [1, SIDE, SIDE, 3])
    graph = making.model(nodes, constants, pixels, {"boxes": [5, 4], "scores": [5, 2]})
    making.write(tmp_path / "odd", graph, size=SIDE)
    found = rounded(load_objects(tmp_path, "odd").detect(saying()))
    assert found == [(POOL, 0.9, 1, 1, 4, 4)]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("size = {size}", "size = 8", r"input\.size is missing or wrong"),
        ("size = {size}", "size = 24\nfit = 'square'", r"input\.fit is missing or wrong"),
        ("size = {size}", "size = 24\nstd = [1, 0, 1]", r"input\.std is missing or wrong"),
        ("size = {size}", "size = 24\nmean = ['a']", r"input\.mean is missing or wrong"),
        ("size = {size}", "size = 24\nmean = [0, nan, 0]", r"input\.mean is missing or wrong"),
        ("size = {size}", "size = 24", r"the graph takes .* not squares of 24"),
        ('boxes = "xyxy"', "", r"output\.boxes is missing or wrong"),
        ("score = 0.3", "score = 0", r"output\.score is missing or wrong"),
        ("score = 0.3", "score = true", r"output\.score is missing or wrong"),
        ("score = 0.3", "score = 0.3\nlimit = 0", r"output\.limit is missing or wrong"),
        ('"{version}"', '"beta"', r"model\.version begins with a whole number"),
    ],
)
def test_broken_manifests_say_why(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        echoing(tmp_path, old, new, first=True)


def test_broken_labels_say_why(tmp_path: Path) -> None:
    graph = making.echo([1, SIDE, SIDE, 3], BOXES, 2)
    for number, labels in enumerate(([], ["cat", ""], ["cat", "a\tb"])):
        making.write(tmp_path / f"m{number}", graph, labels=labels, size=SIDE)
        with pytest.raises(ModelError, match=r"labels\.txt holds a label a line"):
            load_objects(tmp_path, f"m{number}")
    making.write(tmp_path / "three", graph, labels=["cat", "dog", "cow"], size=SIDE)
    with pytest.raises(ModelError, match=r"scores are \[1, 4, 2\], labels\.txt has 3 labels"):
        load_objects(tmp_path, "three")


def test_graphs_of_another_kind(tmp_path: Path) -> None:
    nodes = [helper.make_node("Identity", ["pixels"], ["boxes"])]
    shape = [1, SIDE, SIDE, 3]
    graph = making.model(nodes, {}, (TensorProto.FLOAT, shape), {"boxes": shape})
    making.write(tmp_path / "bare", graph, size=SIDE)
    with pytest.raises(ModelError, match=r"gives \['boxes'\], not boxes and scores"):
        load_objects(tmp_path, "bare")


def test_listing_and_damage(tmp_path: Path) -> None:
    making.write(tmp_path / making.NAME, making.patches())
    (info,) = list_models(tmp_path)
    assert (info.kind, info.version, info.problem) == ("detector", "3.1.0", "")
    (tmp_path / making.NAME / "labels.txt").write_text("cat\ndog\n")
    with pytest.raises(ModelError, match=r"labels\.txt is not the file"):
        load_objects(tmp_path, making.NAME)
    assert "labels.txt" in list_models(tmp_path)[0].problem
