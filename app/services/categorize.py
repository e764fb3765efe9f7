"""Use case: let the add-ons that a request names look at a picture."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.accounts import Cloud
from app.domain.addons import AddonRequest, unsubscribed
from app.domain.analysis import PictureAnalyst
from app.domain.assets import Categorization, Tag
from app.domain.auto_tagging import labels_above, tags_above
from app.domain.detail import Detail
from app.domain.detection import Detection, ObjectDetector, with_objects
from app.domain.faces import Box, FaceDetector, Faces, rectangles
from app.domain.facts import FileFacts
from app.domain.images import InputSpec, Inspection, Pixels
from app.domain.ports import Imager, TaggingEngine, Workers

log = logging.getLogger(__name__)

#: The analysis that gives what a picture says of itself.
METADATA = "media_metadata"


@dataclass(frozen=True, slots=True)
class Addon:
    """What answers for an add-on.

    Attributes:
        detail: how closely it looks, unless the request says; ``None`` leaves it to the cloud.
    """

    engine: TaggingEngine
    detail: Detail | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request wants to know of a picture.

    Attributes:
        detail: how closely to look, by the request or its preset; ``None`` if they do not say.
        faces: whether the boxes of faces are wanted.
        analyses: names of :data:`app.domain.analysis.ANALYSES`, and :data:`METADATA`.
    """

    addons: tuple[AddonRequest, ...] = ()
    detail: Detail | None = None
    faces: bool = False
    analyses: frozenset[str] = frozenset()

    def asked(self, parameter: str) -> tuple[AddonRequest, ...]:
        """The add-ons that a parameter asks for."""
        return tuple(request for request in self.addons if request.parameter == parameter)

    def __bool__(self) -> bool:
        """Whether the picture has to be looked at."""
        return bool(self.addons) or self.faces or bool(self.analyses)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at a picture.

    Attributes:
        detections: what object models said.
        faces: ``None`` if no detector looked.
        analyses: results by the keys of replies.
    """

    inspection: Inspection
    categorizations: tuple[Categorization, ...] = ()
    detections: tuple[Detection, ...] = ()
    faces: Faces | None = None
    analyses: Mapping[str, Any] = field(default_factory=dict)

    def face_boxes(self) -> tuple[Box, ...] | None:
        """The faces in pixels of the displayed picture; ``None`` if no detector looked."""
        if self.faces is None:
            return None
        return rectangles(self.faces.found, self.inspection.width, self.inspection.height)

    def tags(self, threshold: float) -> tuple[Tag, ...]:
        """The tags that the add-ons' results earn; those of objects come last."""
        concepts = tags_above(self.categorizations, threshold)
        return concepts + labels_above(self.detections, threshold)

    def info(self, former: Mapping[str, Any]) -> dict[str, Any]:
        """An asset's ``info`` with these results beside what it holds already."""
        size = self.inspection.width, self.inspection.height
        return with_objects(former, self.detections, *size)


class Categorizer:
    """Decodes a picture once and asks the engines behind the requested add-ons.

    Args:
        addons: what answers for each add-on of ``categorization``, by its name.
        detector: finds faces; ``None`` if that is switched off.
        analyst: measures pictures.
        facts: reads what files say of themselves.
        objects: what answers for each model of ``detection``, by its name.
    """

    def __init__(
        self,
        addons: Mapping[str, Addon],
        detector: FaceDetector | None,
        analyst: PictureAnalyst,
        facts: FileFacts,
        imager: Imager,
        workers: Workers,
        objects: Mapping[str, ObjectDetector] | None = None,
    ) -> None:
        self._addons = addons
        self._objects = objects or {}
        self._detector = detector
        self._analyst = analyst
        self._facts = facts
        self._imager = imager
        self._workers = workers

    @property
    def finds_faces(self) -> bool:
        """Whether there is a face detector."""
        return self._detector is not None

    def check(self, requests: tuple[AddonRequest, ...]) -> None:
        """Refuse add-ons that no engine answers for.

        Raises:
            RateLimited: the answer of an account without that subscription.
        """
        answering = {"categorization": self._addons, "detection": self._objects}
        for request in requests:
            if request.addon not in answering.get(request.parameter, ()):
                raise unsubscribed(request.parameter, request.addon)

    async def look(
        self, source: bytes | Path, wanted: Wanted | None = None, cloud: Cloud | None = None
    ) -> Look:
        """Decode ``source`` and say what is wanted of it.

        Args:
            cloud: whose level of detail applies where nothing else names one.

        Raises:
            InvalidImage: it cannot be decoded.
            BadRequest: it has too many pixels.
            RateLimited: an add-on without an engine, or too much work is waiting.
        """
        wanted = wanted or Wanted()
        self.check(wanted.addons)
        default: Detail = cloud.detail if cloud else "fast"
        return await self._workers.cpu(self._look, source, wanted, default)

    def _look(self, source: bytes | Path, wanted: Wanted, default: Detail) -> Look:
        asked = []
        for request in wanted.asked("categorization"):
            addon = self._addons[request.addon]
            detail = wanted.detail or addon.detail or default
            asked.append((request, addon.engine, detail))
        specs = [spec for _, engine, detail in asked for spec in engine.inputs(detail)]
        # A close look is one at faces too.
        detector = self._detector
        if not wanted.faces and all(detail == "fast" for _, _, detail in asked):
            detector = None
        if detector is not None:
            specs.append(_face_view(detector))
        models = {item.addon: self._objects[item.addon] for item in wanted.asked("detection")}
        specs += [model.view for model in models.values()]
        specs += self._analyst.views(wanted.analyses)
        inspection = self._imager.inspect(source, tuple(dict.fromkeys(specs)))
        faces = _detect(detector, inspection.inputs) if detector else None
        # Where the request asks for faces, the words agree with them: no reply with two faces'
        # boxes and without `people`. That another add-on looks closely changes nothing.
        results = (
            _ask(
                request,
                engine,
                inspection.inputs,
                detail,
                faces if wanted.faces or detail == "thorough" else None,
            )
            for request, engine, detail in asked
        )
        analyses = self._analyst.analyse(source, inspection.inputs, wanted.analyses)
        if METADATA in wanted.analyses:
            analyses[METADATA] = self._facts.picture_metadata(source, inspection.format)
        detections = tuple(_find(name, model, inspection.inputs) for name, model in models.items())
        return Look(inspection, tuple(results), detections, faces, analyses)


def _face_view(detector: FaceDetector) -> InputSpec:
    return InputSpec(detector.long_side, resample="bilinear", fit="inside")


def _detect(detector: FaceDetector, views: Mapping[InputSpec, Pixels]) -> Faces | None:
    try:
        found = detector.detect(views[_face_view(detector)][0])
    except Exception:
        # As with engines: what fails here costs the answer, not the upload.
        log.exception("face detector %s failed", detector.name)
        return None
    return Faces(found, f"{detector.name} {detector.version}")


def _find(model: str, detector: ObjectDetector, views: Mapping[InputSpec, Pixels]) -> Detection:
    objects = None
    try:
        objects = detector.detect(views[detector.view])
    except Exception:
        # As with engines: what fails here costs the answer, not the upload.
        log.exception("object detector %s failed", detector.name)
    return Detection(model, detector.name, detector.version, objects)


def _ask(
    request: AddonRequest,
    engine: TaggingEngine,
    views: Mapping[InputSpec, Pixels],
    detail: Detail,
    faces: Faces | None,
) -> Categorization:
    try:
        categories = tuple(engine.categorize(views, detail, faces))
    except Exception:
        # An engine that fails does not cost the upload: the add-on says so (CONTRACT C4).
        log.exception("engine %s failed", engine.name)
        return Categorization(
            request.addon, engine.name, engine.version, "failed", request.languages
        )
    return Categorization(
        request.addon, engine.name, engine.version, "complete", request.languages, categories
    )
