"""Objects in a picture: what a detector finds, and how Cloudinary writes it down (CONTRACT C5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.images import InputSpec, Pixels

#: The version of the shape that results are written in.
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class DetectedObject:
    """An object's box, relative to the upright picture, so that it holds at every size of it.

    Attributes:
        x, y: left and upper edge, 0 … 1 of the picture's width and height.
        width, height: of the box, 0 … 1 of the picture's width and height.
        confidence: 0 … 1, rounded to the four decimals that are returned and compared.
    """

    label: str
    x: float
    y: float
    width: float
    height: float
    confidence: float


class ObjectDetector(Protocol):
    """Pixels in, objects out. Thread-safe; one call runs on one CPU core."""

    @property
    def name(self) -> str:
        """Model name: the folder under ``models/``."""

    @property
    def version(self) -> str:
        """Model version from its manifest; begins with a whole number."""

    @property
    def view(self) -> InputSpec:
        """What it looks at; all of the picture."""

    def detect(self, pixels: Pixels) -> tuple[DetectedObject, ...]:
        """Find the objects, by descending confidence."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What one model of ``detection`` said of a picture.

    Attributes:
        model: the name that it was asked for by, such as ``coco``.
        engine, engine_version: what computed it.
        objects: by descending confidence; ``None`` if the engine failed.
    """

    model: str
    engine: str
    engine_version: str
    objects: tuple[DetectedObject, ...] | None


def with_objects(
    info: Mapping[str, Any], detections: Iterable[Detection], width: int, height: int
) -> dict[str, Any]:
    """An asset's ``info`` with what models have said of it now.

    What other models said before stays, as results of ``categorization`` do. One status speaks for
    all models: it is ``failed`` if any of these failed, whose former result goes.

    Args:
        width, height: of the displayed picture, in pixels.
    """
    detections = tuple(detections)
    if not detections:
        return dict(info)
    former = info.get("detection", {})
    data = dict(former.get("object_detection", {}).get("data", {}))
    for detection in detections:
        data.pop(detection.model, None)
        if detection.objects is not None:
            data[detection.model] = _to_json(detection, width, height)
    failed = any(detection.objects is None for detection in detections)
    result: dict[str, Any] = {"status": "failed" if failed else "complete"}
    if data or not failed:
        result["data"] = data
    return {**info, "detection": {**former, "object_detection": result}}


def _to_json(detection: Detection, width: int, height: int) -> dict[str, Any]:
    tags: dict[str, list[dict[str, Any]]] = {}
    for found in sorted(detection.objects or (), key=lambda item: (item.label, -item.confidence)):
        box = (found.x * width, found.y * height, found.width * width, found.height * height)
        tags.setdefault(found.label, []).append(
            {
                "bounding-box": [round(side, 2) for side in box],
                "categories": [],
                "confidence": found.confidence,
            }
        )
    return {
        "model_name": detection.model,
        "model_version": int(detection.engine_version.partition(".")[0]),
        "schema_version": SCHEMA_VERSION,
        "tags": tags,
    }
