"""A folder of models with a small object detector that really looks: it finds patches of colour.

The graph is made here. It takes a square of pixels, finds for each of three colours the smallest
box around all pixels of it, and is the surer the more of the box has that colour.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageDraw

from app.domain.images import Pixels
from models.build import seal
from tests import photos

MODELS = Path(__file__).parents[1] / "models"

#: Name and version of the detector, as its manifest says.
NAME, VERSION = "patches", "3.1.0"
#: Side of the graph's input in pixels.
SIZE = 256

#: What is said of blue and of red patches. Nothing is known of green ones: that is a fault of the
#: model, which shows only when it finds one.
LABELS = ("swimming pool", "stop sign")
BLUE, RED, GREEN = (0, 0, 255), (255, 0, 0), (0, 255, 0)

MANIFEST = """
[model]
kind = "detector"
name = "{name}"
version = "{version}"
licence = "Apache-2.0"

[input]
size = {size}

[output]
boxes = "xyxy"
unit = "pixels"
score = 0.3

[files]
"""


def with_detector(folder: Path) -> Path:
    """A models directory: the shipped ones, and the detector."""
    for shipped in MODELS.glob("*/manifest.toml"):
        (folder / shipped.parent.name).symlink_to(shipped.parent)
    write(folder / NAME, patches())
    return folder


def write(
    folder: Path,
    graph: onnx.ModelProto,
    manifest: str = MANIFEST,
    labels: Sequence[str] = LABELS,
    **values: object,
) -> None:
    """Write a model's folder.

    Args:
        values: what stands for the ``{…}`` of the manifest, beside the usual.
    """
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in labels))
    filled = manifest.format(**{"name": folder.name, "version": VERSION, "size": SIZE} | values)
    (folder / "manifest.toml").write_text(filled)
    seal.write(folder)


def picture(
    *patches: tuple[tuple[int, int, int], tuple[int, int, int, int]],
    size: tuple[int, int] = (200, 120),
    orientation: int = 1,
) -> bytes:
    """A gray PNG with coloured patches (x, y, width, height), as it is stored."""
    image = Image.new("RGB", size, (90, 90, 90))
    for colour, (x, y, width, height) in patches:
        ImageDraw.Draw(image).rectangle((x, y, x + width - 1, y + height - 1), fill=colour)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return photos.encode(image, "PNG", exif=exif)


def pixels(content: bytes) -> Pixels:
    """A picture's pixels, (1, height, width, 3)."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)[np.newaxis]


def patches() -> onnx.ModelProto:
    """The graph: uint8 (1, SIZE, SIZE, 3) in; boxes (3, 4), scores (3,), labels (3,) out."""
    nodes = [helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT)]
    constants = {
        "near": np.array(60, np.float32),
        "one": np.array([1], np.float32),
        "rows": np.array([1], np.int64),
        "columns": np.array([2], np.int64),
        "channels": np.array([3], np.int64),
        "numbers": np.array([0, 1, 99], np.int64),
        "flat": np.array([-1], np.int64),
        "row": np.array([1, 4], np.int64),
    }
    parts = ("blue", "red", "green")
    for part, colour in zip(parts, (BLUE, RED, GREEN), strict=True):
        constants[f"{part}_colour"] = np.array(colour, np.float32)
        nodes += _patch(part)
    for output in ("boxes", "scores"):
        found = [f"{part}_{output}" for part in parts]
        nodes.append(helper.make_node("Concat", found, [output], axis=0))
    nodes.append(helper.make_node("Identity", ["numbers"], ["labels"]))
    shape = [1, SIZE, SIZE, 3]
    outputs = {"boxes": [3, 4], "scores": [3], "labels": [3]}
    return model(nodes, constants, (TensorProto.UINT8, shape), outputs)


def _patch(part: str) -> list[onnx.NodeProto]:
    """The box around the pixels near a colour, and how much of it they fill."""
    nodes: list[onnx.NodeProto] = []

    def add(operator: str, inputs: str, output: str, **options: object) -> None:
        own = [name.replace("*", f"{part}_") for name in inputs.split()]
        nodes.append(helper.make_node(operator, own, [f"{part}_{output}"], **options))

    add("Sub", "floats *colour", "offset")
    add("Abs", "*offset", "distance")
    add("ReduceMax", "*distance channels", "farthest", keepdims=0)
    add("Less", "*farthest near", "alike")
    add("Cast", "*alike", "mask", to=TensorProto.FLOAT)
    for side, across in (("x", "rows"), ("y", "columns")):
        add("ReduceMax", f"*mask {across}", side, keepdims=0)
        for end, last in (("first", 0), ("last", 1)):
            add("ArgMax", f"*{side}", side + end, axis=1, keepdims=0, select_last_index=last)
            add("Cast", f"*{side}{end}", side + end + "_", to=TensorProto.FLOAT)
        add("Add", f"*{side}last_ one", f"{side}end")
        add("Sub", f"*{side}end *{side}first_", f"{side}side")
    add("Concat", "*xfirst_ *yfirst_ *xend *yend", "corners", axis=0)
    add("Reshape", "*corners row", "boxes")
    add("ReduceSum", "*mask", "sum", keepdims=0)
    add("Reshape", "*sum flat", "count")
    add("Mul", "*xside *yside", "area")
    add("Div", "*count *area", "scores")
    return nodes


def echo(shape: Sequence[int | str], boxes: int, labels: int) -> onnx.ModelProto:
    """A graph whose outputs are pixels of its input, so that a test can say them.

    The first values of the input, in its order, are boxes (boxes, 4), then scores in hundredths:
    (boxes, labels).
    """
    constants = {
        "flat": np.array([-1], np.int64),
        "zero": np.array([0], np.int64),
        "middle": np.array([boxes * 4], np.int64),
        "end": np.array([boxes * (4 + labels)], np.int64),
        "to_boxes": np.array([boxes, 4], np.int64),
        "to_scores": np.array([1, boxes, labels], np.int64),
        "hundred": np.array(100, np.float32),
    }
    nodes = [
        helper.make_node("Reshape", ["pixels", "flat"], ["all"]),
        helper.make_node("Slice", ["all", "zero", "middle"], ["first"]),
        helper.make_node("Slice", ["all", "middle", "end"], ["second"]),
        helper.make_node("Reshape", ["first", "to_boxes"], ["boxes"]),
        helper.make_node("Div", ["second", "hundred"], ["shares"]),
        helper.make_node("Reshape", ["shares", "to_scores"], ["scores"]),
    ]
    outputs = {"boxes": [boxes, 4], "scores": [1, boxes, labels]}
    return model(nodes, constants, (TensorProto.FLOAT, shape), outputs)


def model(
    nodes: list[onnx.NodeProto],
    constants: dict[str, Any],
    pixels: tuple[int, Sequence[int | str]],
    outputs: dict[str, list[int]],
) -> onnx.ModelProto:
    """A model of one input, ``pixels`` (its type and shape), and outputs by their names."""
    made = [
        helper.make_tensor_value_info(
            name, TensorProto.INT64 if name == "labels" else TensorProto.FLOAT, shape
        )
        for name, shape in outputs.items()
    ]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("pixels", *pixels)],
        made,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(whole)
    return whole
