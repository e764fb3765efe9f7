"""Objects by any detector in ONNX (see :class:`app.domain.detection.ObjectDetector`).

A folder with ``model.onnx``, ``labels.txt`` and a manifest that says how the graph is fed and
what its outputs mean; docs/tagging.md has the table. Boxes here are float64 (n, 4).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.domain.detection import DetectedObject
from app.domain.images import InputSpec, Pixels
from app.tagging.engine import ModelError, open_session
from app.tagging.faces import suppress
from app.tagging.manifest import MANIFEST, NUMBER, Manifest, require

Array: TypeAlias = NDArray[Any]

MODEL, LABELS = "model.onnx", "labels.txt"

#: Likeliest boxes that are looked at, for pictures made to have thousands.
_MOST_BOXES = 1000

_SIZES = range(16, 2049)


@dataclass(frozen=True, slots=True)
class Feeding:
    """How a picture becomes the graph's input, a square.

    Attributes:
        view: what is looked at; ``inside`` is filled up at the right and at the bottom.
        fill: the value it is filled with, 0 … 255.
        mean, std: three numbers each; a float graph gets (value - mean) / std.
        order: of the channels.
    """

    view: InputSpec
    fill: int = 114
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    order: Literal["RGB", "BGR"] = "RGB"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the graph's outputs mean.

    Attributes:
        boxes: their four numbers: two corners, corner and size, or centre and size.
        unit: of those: pixels of the input, or shares of its sides.
        score: the confidence from which on a box is answered.
        overlap: boxes of a label that share more of the area they cover together are one;
            1 where the graph has seen to that.
        limit: most objects of a picture.
    """

    boxes: Literal["xyxy", "xywh", "cxcywh"]
    unit: Literal["pixels", "share"]
    score: float
    overlap: float = 1.0
    limit: int = 100


def open_objects(folder: Path, manifest: Manifest) -> OnnxDetector:
    """The detector of a verified folder.

    Raises:
        ModelError: its manifest is wrong, or the graph does not fit it.
    """
    model = manifest["model"]
    if not model["version"].partition(".")[0].isdecimal():
        raise ModelError(f"{folder.name}/{MANIFEST}: model.version begins with a whole number")
    given = _values(folder, manifest)
    try:
        labels = tuple((folder / LABELS).read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{folder.name}/{LABELS} cannot be read: {error}") from error
    if not labels or not all(label.strip() and label.isprintable() for label in labels):
        raise ModelError(f"{folder.name}/{LABELS} holds a label a line")
    return OnnxDetector(
        model["name"],
        model["version"],
        folder / MODEL,
        labels,
        Feeding(
            InputSpec(given["size"], resample=given["resample"], fit=given["fit"]),
            given["fill"],
            tuple(given["mean"]),
            tuple(given["std"]),
            given["order"],
        ),
        Reading(given["boxes"], given["unit"], given["score"], given["overlap"], given["limit"]),
    )


def _one_of(*words: str) -> Callable[[Any], bool]:
    return words.__contains__


def _is_share(value: float) -> bool:
    return 0 < value <= 1


def _are_numbers(value: list[Any]) -> bool:
    return len(value) == 3 and all(
        isinstance(item, (int, float)) and math.isfinite(item) for item in value
    )


#: What a manifest may say: table, key, type, what the value must be, and what it is if it is not
#: there; ``None`` where it has to be.
_KEYS: tuple[tuple[str, str, type | tuple[type, ...], Callable[[Any], bool], Any], ...] = (
    ("input", "size", int, _SIZES.__contains__, None),
    ("input", "fit", str, _one_of("inside", "squash"), "inside"),
    ("input", "resample", str, _one_of("nearest", "bilinear", "bicubic"), "bilinear"),
    ("input", "fill", int, range(256).__contains__, 114),
    ("input", "mean", list, _are_numbers, [0.0, 0.0, 0.0]),
    ("input", "std", list, lambda value: _are_numbers(value) and all(value), [1.0, 1.0, 1.0]),
    ("input", "order", str, _one_of("RGB", "BGR"), "RGB"),
    ("output", "boxes", str, _one_of("xyxy", "xywh", "cxcywh"), None),
    ("output", "unit", str, _one_of("pixels", "share"), None),
    ("output", "score", NUMBER, _is_share, None),
    ("output", "overlap", NUMBER, _is_share, 1.0),
    ("output", "limit", int, range(1, 1001).__contains__, 100),
)


def _values(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """The manifest's values by key, those that are not there filled in."""
    found: dict[str, Any] = {}
    for table, key, kind, fits, default in _KEYS:
        if default is not None and key not in manifest.get(table, {}):
            found[key] = default
            continue
        require(folder, manifest, ((table, key, kind),))
        found[key] = manifest[table][key]
        if not fits(found[key]):
            raise ModelError(f"{folder.name}/{MANIFEST}: {table}.{key} is missing or wrong")
    return found


class OnnxDetector:
    """Pixels in, objects out. Thread-safe.

    Args:
        model: ONNX file with one input, (1, size, size, 3) or (1, 3, size, size), uint8 or
            float32, whose sides may be free; and the outputs ``boxes`` (n, 4) and ``scores``:
            (n,) beside ``labels`` (n,), or (n, labels). A batch dimension of 1 may stand before.
        labels: by their numbers.

    Raises:
        ModelError: the graph does not fit.
    """

    def __init__(
        self,
        name: str,
        version: str,
        model: Path,
        labels: tuple[str, ...],
        feeding: Feeding,
        reading: Reading,
    ) -> None:
        self.name = name
        self.version = version
        self.view = feeding.view
        self._labels, self._feeding, self._reading = labels, feeding, reading
        self._session = open_session(model, arena=False)
        inputs = self._session.get_inputs()
        channels = _channels(inputs[0].shape, feeding.view.size) if len(inputs) == 1 else 0
        if not channels or inputs[0].type not in ("tensor(uint8)", "tensor(float)"):
            found = [(item.type, item.shape) for item in inputs]
            raise ModelError(f"{name}: the graph takes {found}, not squares of {self.view.size}")
        self._input = inputs[0].name
        self._channels_first = channels == 1
        self._floats = inputs[0].type == "tensor(float)"
        outputs = {item.name: item.shape for item in self._session.get_outputs()}
        self._outputs = [key for key in ("boxes", "scores", "labels") if key in outputs]
        if self._outputs[:2] != ["boxes", "scores"]:
            raise ModelError(f"{name}: the graph gives {list(outputs)}, not boxes and scores")
        if "labels" not in outputs and outputs["scores"][-1:] != [len(labels)]:
            raise ModelError(
                f"{name}: the graph's scores are {outputs['scores']}, "
                f"{LABELS} has {len(labels)} labels"
            )

    def detect(self, pixels: Pixels) -> tuple[DetectedObject, ...]:
        """Find the objects, by descending confidence."""
        results = self._session.run(self._outputs, {self._input: self._fed(pixels)})
        boxes, scores, labels = _flat(*results)
        order = np.flatnonzero(np.isfinite(scores) & np.isfinite(boxes).all(axis=1))
        order = order[scores[order] >= self._reading.score]
        order = order[np.argsort(-scores[order], kind="stable")][:_MOST_BOXES]
        boxes = self._within(boxes[order], *pixels.shape[1:3])
        found = []
        for place in self._distinct(boxes, scores[order], labels[order])[: self._reading.limit]:
            left, top, right, bottom = boxes[place].tolist()
            label = self._label(int(labels[order[place]]))
            confidence = min(1.0, round(float(scores[order[place]]), 4))
            found.append(DetectedObject(label, left, top, right - left, bottom - top, confidence))
        return tuple(found)

    def _fed(self, pixels: Pixels) -> Array:
        """The graph's input."""
        feeding, size = self._feeding, self.view.size
        height, width = pixels.shape[1:3]
        square: Array = np.full((1, size, size, 3), feeding.fill, np.uint8)
        square[:, :height, :width] = pixels
        if feeding.order == "BGR":
            square = square[..., ::-1]
        if self._floats:
            mean, std = (np.array(values, np.float32) for values in (feeding.mean, feeding.std))
            square = (square - mean) / std
        if self._channels_first:
            square = square.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(square)

    def _within(self, boxes: Array, height: int, width: int) -> Array:
        """Boxes as the graph gives them, as corners in shares of the picture, cut at its edges."""
        if self._reading.unit == "share":
            boxes = boxes * self.view.size
        first, second = boxes[:, :2], boxes[:, 2:]
        if self._reading.boxes == "cxcywh":
            first = first - second / 2
        if self._reading.boxes != "xyxy":
            second = first + second
        corners = np.concatenate((first, second), axis=1) / (width, height, width, height)
        return np.asarray(np.clip(corners, 0, 1))

    def _distinct(self, boxes: Array, scores: Array, labels: Array) -> Array:
        """Of boxes by descending score the indexes of those that are objects of their own."""
        places = np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(axis=1))
        if self._reading.overlap >= 1:
            return places
        kept = [places[:0]]
        for label in np.unique(labels[places]):
            alike = places[labels[places] == label]
            kept.append(alike[suppress(boxes[alike], scores[alike], self._reading.overlap)])
        return np.sort(np.concatenate(kept))

    def _label(self, number: int) -> str:
        if not 0 <= number < len(self._labels):
            raise ModelError(f"{self.name} says label {number}, {LABELS} has {len(self._labels)}")
        return self._labels[number]


def _channels(shape: list[int | str], size: int) -> int:
    """The axis of the channels in a graph's input; 0 if the shape does not fit."""
    for axis in (1, 3):
        wanted = [1, size, size, size]
        wanted[axis] = 3
        if len(shape) == 4 and shape[axis] == 3:
            pairs = zip(shape, wanted, strict=True)
            if all(not isinstance(side, int) or side == wish for side, wish in pairs):
                return axis
    return 0


def _flat(boxes: Array, scores: Array, labels: Array | None = None) -> tuple[Array, Array, Array]:
    """Boxes (n, 4), scores (n,) and labels (n,); where labels have scores each, the likeliest."""
    boxes = boxes.reshape(-1, 4).astype(np.float64)
    if labels is None:
        scores = scores.reshape(-1, scores.shape[-1])
        labels, scores = scores.argmax(axis=1), scores.max(axis=1)
    return boxes, scores.reshape(-1).astype(np.float64), labels.reshape(-1).astype(np.int64)
