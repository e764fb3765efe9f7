"""Faces by MTCNN (see :class:`app.domain.faces.FaceDetector`).

Three small networks in a cascade, after Zhang et al., "Joint Face Detection and Alignment using
Multi-task Cascaded Convolutional Networks", 2016: P-Net proposes boxes on a pyramid of reduced
pictures, R-Net and O-Net judge the cut-out boxes and move their edges. The arithmetic between
them is that of facenet-pytorch (``models/utils/detect_face.py``), whose boxes these are.

Boxes in this file are float32 (n, 4): left, top, right, bottom in pixels, counted from 1 and
with both ends inside, as in the MATLAB original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from app.domain.faces import Face
from app.tagging.engine import ModelError, open_session
from app.tagging.manifest import MANIFEST, Manifest, require

Floats: TypeAlias = NDArray[np.float32]
Indexes: TypeAlias = NDArray[np.intp]

NETWORKS = ("pnet.onnx", "rnet.onnx", "onet.onnx")
#: Sides in pixels of the squares that the three networks look at.
_PROPOSED, _REFINED, _FINAL = 12, 24, 48
#: P-Net's cells lie this many pixels apart.
_STRIDE = 2
#: Boxes that overlap more than this are one: of a picture of the pyramid, and between stages.
_SAME_SCALE, _SAME_FACE = 0.5, 0.7
#: Boxes in a call of a network: 64 keep what O-Net computes under 40 MB.
_BATCH = 64
#: Likeliest proposals that are looked at, for pictures made to have thousands.
_MOST_PROPOSALS = 1000


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 < value < 1


#: What a detector's manifest must say: table, key, type, and what the value must be.
_REQUIRED: tuple[tuple[str, str, type | tuple[type, ...], Callable[[Any], bool]], ...] = (
    ("input", "long_side", int, lambda value: 64 <= value <= 4096),
    ("detector", "min_face", int, lambda value: value >= _PROPOSED),
    ("detector", "factor", float, lambda value: 0 < value <= 0.95),
    ("detector", "thresholds", list, lambda value: len(value) == 3 and all(map(_is_share, value))),
    ("detector", "score", (int, float), _is_share),
)


@dataclass(frozen=True, slots=True)
class Cascade:
    """How the networks are used.

    Attributes:
        min_face: side in pixels of the smallest face looked for.
        factor: from one picture of the pyramid to the next, below 1.
        thresholds: scores, 0 … 1, that let a box pass P-Net, R-Net and O-Net.
        score: O-Net's score from which on a box is answered.
    """

    min_face: int
    factor: float
    thresholds: tuple[float, float, float]
    score: float


def open_detector(folder: Path, manifest: Manifest) -> MtcnnDetector:
    """The detector of a verified folder.

    Raises:
        ModelError: its manifest is wrong, or a file is no usable network.
    """
    require(folder, manifest, tuple((table, key, kind) for table, key, kind, _ in _REQUIRED))
    for table, key, _, fits in _REQUIRED:
        if not fits(manifest[table][key]):
            raise ModelError(f"{folder.name}/{MANIFEST}: {table}.{key} is missing or wrong")
    model, settings = manifest["model"], manifest["detector"]
    first, second, third = settings["thresholds"]
    cascade = Cascade(
        settings["min_face"], settings["factor"], (first, second, third), settings["score"]
    )
    return MtcnnDetector(
        model["name"], model["version"], folder, manifest["input"]["long_side"], cascade
    )


class MtcnnDetector:
    """Pixels in, faces out.

    Args:
        folder: holds ``pnet.onnx``, ``rnet.onnx`` and ``onet.onnx``.
        long_side: longest side in pixels of a picture that is given to it.

    Raises:
        ModelError: a file is no usable network.
    """

    def __init__(
        self, name: str, version: str, folder: Path, long_side: int, cascade: Cascade
    ) -> None:
        self.name = name
        self.version = version
        self.long_side = long_side
        self._cascade = cascade
        self._proposing, self._refining, self._judging = (
            open_session(folder / file, arena=False) for file in NETWORKS
        )

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Face, ...]:
        """Find the faces, by descending size."""
        height, width = pixels.shape[:2]
        boxes, scores = self.boxes(pixels)
        found = []
        for box, score in zip(boxes.tolist(), scores.tolist(), strict=True):
            if score < self._cascade.score:
                continue
            left, right = max(0.0, (box[0] - 1) / width), min(1.0, box[2] / width)
            top, bottom = max(0.0, (box[1] - 1) / height), min(1.0, box[3] / height)
            if right > left and bottom > top:
                found.append(Face(left, top, right - left, bottom - top, score))
        return tuple(sorted(found, key=lambda face: (-face.width * face.height, face.x, face.y)))

    def boxes(self, pixels: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """Every box that passes the three networks, and its score (n,)."""
        table = SummedPixels(pixels)
        boxes = self._propose(table)
        boxes, scores, offsets = self._judge(self._refining, table, boxes, _REFINED, 1)
        kept = suppress(boxes, scores, _SAME_FACE)
        boxes = _squared(_moved(boxes[kept], offsets[kept]))
        boxes, scores, offsets = self._judge(self._judging, table, boxes, _FINAL, 2)
        boxes = _moved(boxes, offsets)
        kept = suppress(boxes, scores, _SAME_FACE, nested=True)
        return boxes[kept], scores[kept]

    def _propose(self, table: SummedPixels) -> Floats:
        """Square boxes that P-Net takes for faces, likeliest first."""
        found = [self._propose_at(table, scale) for scale in self._scales(table)]
        if not found:
            return np.empty((0, 4), np.float32)
        boxes, scores, offsets = (np.concatenate(parts) for parts in zip(*found, strict=True))
        kept = suppress(boxes, scores, _SAME_FACE)[:_MOST_PROPOSALS]
        boxes, offsets = boxes[kept], offsets[kept]
        sides = boxes[:, 2:] - boxes[:, :2]
        return _squared(boxes + offsets * np.tile(sides, 2))

    def _scales(self, table: SummedPixels) -> Iterator[float]:
        """Scales at which P-Net's square covers ever larger faces, up to the short side."""
        scale = _PROPOSED / self._cascade.min_face
        side = min(table.height, table.width) * scale
        while side >= _PROPOSED:
            yield scale
            scale *= self._cascade.factor
            side *= self._cascade.factor

    def _propose_at(self, table: SummedPixels, scale: float) -> tuple[Floats, Floats, Floats]:
        """Boxes, scores and offsets at one scale of the pyramid."""
        reduced = table.whole(int(table.height * scale + 1), int(table.width * scale + 1))
        offsets, scores = self._proposing.run(["offsets", "scores"], {"pixels": reduced[None]})
        faces = scores[0, 1]
        rows, columns = np.nonzero(faces >= np.float32(self._cascade.thresholds[0]))
        corners = np.stack((columns, rows), axis=1).astype(np.float32) * _STRIDE
        ends = np.float32(scale)
        first, last = np.floor((corners + 1) / ends), np.floor((corners + _PROPOSED) / ends)
        boxes = np.concatenate((first, last), axis=1)
        kept = suppress(boxes, faces[rows, columns], _SAME_SCALE)
        rows, columns = rows[kept], columns[kept]
        return boxes[kept], faces[rows, columns], offsets[0][:, rows, columns].T

    def _judge(
        self,
        session: onnxruntime.InferenceSession,
        table: SummedPixels,
        boxes: Floats,
        size: int,
        stage: int,
    ) -> tuple[Floats, Floats, Floats]:
        """The boxes that pass R-Net or O-Net, with their scores and offsets."""
        corners = boxes.astype(np.int64)
        first = np.maximum(corners[:, :2], 1) - 1
        last = np.minimum(corners[:, 2:], (table.width, table.height))
        inside = (last > first).all(axis=1)
        boxes, first, last = boxes[inside], first[inside], last[inside]
        scores, offsets = [np.empty((0, 2), np.float32)], [np.empty((0, 4), np.float32)]
        for start in range(0, len(boxes), _BATCH):
            part = slice(start, start + _BATCH)
            cut = table.cut(first[part], last[part], size)
            results = session.run(["offsets", "scores"], {"pixels": cut})
            offsets.append(results[0])
            scores.append(results[1])
        faces = np.concatenate(scores)[:, 1]
        passed = faces > np.float32(self._cascade.thresholds[stage])
        return boxes[passed], faces[passed], np.concatenate(offsets)[passed]


class SummedPixels:
    """A picture as a summed-area table, of which any part is averaged at any size at once.

    A reduced pixel is the mean of all pixels that it touches at all, which is what PyTorch's
    ``interpolate(mode="area")`` gives and the networks are used with.
    """

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.height, self.width = pixels.shape[:2]
        # Four channels, as numpy copies 16 bytes faster than 12. Sums may wrap around: the
        # differences of 32-bit sums are right for any part under 2**24 pixels.
        table = np.zeros((self.height + 1, self.width + 1, 4), np.uint32)
        sums = table[1:, 1:, :3]
        np.cumsum(pixels, axis=0, dtype=np.uint32, out=sums)
        np.cumsum(sums, axis=1, dtype=np.uint32, out=sums)
        self._table = table
        self._flat = table.reshape(-1, 4)

    def whole(self, height: int, width: int) -> Floats:
        """The picture at another size: float32 (height, width, 3), 0 … 255."""
        top, bottom = _windows(self.height, height)
        left, right = _windows(self.width, width)
        rows = self._table[bottom] - self._table[top]
        sums = (rows[:, right] - rows[:, left])[..., :3]
        areas = (bottom - top)[:, None] * (right - left)
        means: Floats = sums.astype(np.float32) / areas.astype(np.float32)[..., None]
        return means

    def cut(self, first: NDArray[np.int64], last: NDArray[np.int64], size: int) -> Floats:
        """Parts of the picture as squares.

        Args:
            first, last: (n, 2), x and y of a part's first pixel, and of the one after its last,
                counted from 0.
            size: side of the squares in pixels.

        Returns:
            float32 (n, size, size, 3), 0 … 255.
        """
        steps = np.arange(size)
        sides = (last - first)[:, :, None]
        starts = first[:, :, None] + steps * sides // size
        ends = first[:, :, None] - (-(steps + 1) * sides // size)
        (left, top), (right, bottom) = starts.swapaxes(0, 1), ends.swapaxes(0, 1)
        line = self.width + 1
        top, bottom = (top * line)[:, :, None], (bottom * line)[:, :, None]
        left, right = left[:, None, :], right[:, None, :]
        sums = self._flat.take(bottom + right, axis=0)
        sums -= self._flat.take(bottom + left, axis=0)
        sums -= self._flat.take(top + right, axis=0)
        sums += self._flat.take(top + left, axis=0)
        areas = ((bottom - top) // line * (right - left)).astype(np.float32)
        means: Floats = sums[..., :3].astype(np.float32) / areas[..., None]
        return means


def suppress(boxes: Floats, scores: Floats, threshold: float, *, nested: bool = False) -> Indexes:
    """Of boxes that overlap the likeliest.

    Two boxes overlap by the area they share, of the area they cover together.

    Args:
        threshold: share from which on two boxes are one.
        nested: measure by the area of the smaller box, so that one within another goes as
            well; edges count as pixels then, as in facenet-pytorch.

    Returns:
        Their indexes by descending score, the first of equals first.
    """
    left, top, right, bottom = boxes.T
    edge = int(nested)
    areas = (right - left + edge) * (bottom - top + edge)
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        wide = np.minimum(right[best], right[order]) - np.maximum(left[best], left[order])
        high = np.minimum(bottom[best], bottom[order]) - np.maximum(top[best], top[order])
        shared = np.maximum(wide + edge, 0) * np.maximum(high + edge, 0)
        if nested:
            whole = np.minimum(areas[best], areas[order])
        else:
            whole = areas[best] + areas[order] - shared
        order = order[shared / whole <= threshold]
    return np.array(kept, np.intp)


def _moved(boxes: Floats, offsets: Floats) -> Floats:
    """Boxes with their edges moved by shares of their sides."""
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    return boxes + offsets * np.tile(sides, 2)


def _squared(boxes: Floats) -> Floats:
    """Squares around the same centres, as large as the longer sides."""
    sides = boxes[:, 2:] - boxes[:, :2]
    longest = sides.max(axis=1, keepdims=True)
    first = boxes[:, :2] + sides * np.float32(0.5) - longest * np.float32(0.5)
    return np.concatenate((first, first + longest), axis=1)


def _windows(side: int, size: int) -> tuple[Indexes, Indexes]:
    """For each of ``size`` reduced pixels the first of ``side`` that it touches, and the end."""
    steps = np.arange(size)
    return steps * side // size, -(-(steps + 1) * side // size)
