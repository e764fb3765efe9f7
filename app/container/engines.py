"""Models, and what looks at pictures with them: for the server, and for commands by themselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from app.concurrency import ThreadWorkers
from app.domain.detection import ObjectDetector
from app.domain.faces import FaceDetector
from app.domain.photo_labels import Vocabulary
from app.imaging.analysis.analyst import PillowAnalyst
from app.imaging.facts.reader import FileFactsReader
from app.imaging.imager import PillowImager
from app.imaging.thumbnails import thumbnail
from app.services.categorize import Addon, Categorizer
from app.settings import Settings
from app.storage.local import LocalBlobStore
from app.tagging.catalogue import load_faces, load_objects, load_tagger
from app.tagging.tagger import Tagger
from app.tagging.taxonomy import read_table
from app.tagging.teaching import Eyes
from app.tagging.training import Singles


def load_engines(settings: Settings) -> dict[str, Addon]:
    """What answers for every configured add-on; one session for each model."""
    taggers = {
        name: load_tagger(settings.models_dir, name, settings.heads, colours=settings.colours)
        for name in {addon.model for addon in settings.addons.values()}
    }
    return {
        name: Addon(taggers[addon.model], addon.detail) for name, addon in settings.addons.items()
    }


def load_detector(settings: Settings) -> FaceDetector | None:
    """The face detector, if one is configured."""
    name = settings.face_model
    return load_faces(settings.models_dir, name) if name else None


def load_object_detectors(settings: Settings) -> dict[str, ObjectDetector]:
    """What answers for every configured model of ``detection``; one session for each detector."""
    models = {name: load_objects(settings.models_dir, name) for name in settings.detection.values()}
    return {name: models[model] for name, model in settings.detection.items()}


def blob_store(settings: Settings) -> LocalBlobStore:
    """The blobs under the data directory."""
    return LocalBlobStore(settings.data_dir)


def imager(settings: Settings) -> PillowImager:
    """What decodes pictures."""
    return PillowImager(max_pixels=settings.max_pixels)


def file_facts() -> FileFactsReader:
    """What reads the facts of videos and sounds, with ffprobe where there is one."""
    return FileFactsReader(shutil.which("ffprobe"))


def categorizer(
    settings: Settings,
    addons: Mapping[str, Addon],
    detector: FaceDetector | None,
    workers: ThreadWorkers,
    objects: Mapping[str, ObjectDetector] | None = None,
) -> Categorizer:
    """The tagging pipeline by itself, for work without a server."""
    analyst = PillowAnalyst(max_pixels=settings.max_pixels)
    return Categorizer(addons, detector, analyst, file_facts(), imager(settings), workers, objects)


def thumbnailer(settings: Settings) -> Callable[[Path, int], bytes]:
    """Makes small upright JPEGs of files; the number is the longer side in pixels."""
    return partial(thumbnail, imager(settings))


def vocabulary(settings: Settings, addons: Mapping[str, Addon], addon: str) -> Vocabulary:
    """The words that an add-on's engine can say, and its classes.

    Args:
        addons: from :func:`load_engines`.
    """
    tagger = addons[addon].engine
    if not isinstance(tagger, Tagger):
        return Vocabulary(frozenset())
    rows = read_table(settings.models_dir / settings.addons[addon].model / "taxonomy.tsv")
    return Vocabulary(
        tagger.vocabulary(),
        tuple(map(tagger.taxonomy.of_class, range(tagger.taxonomy.classes))),
        tuple(row["wnid"] for row in rows if row["kind"] == "leaf"),
    )


def embedder(settings: Settings, classifier: str) -> Callable[[Path], Singles]:
    """What turns a photo into the embeddings that heads are taught from. Thread-safe.

    Raises:
        ModelError: the classifier cannot be used.
    """
    eyes = Eyes(load_tagger(settings.models_dir, classifier, colours=False))
    decoder = imager(settings)
    return lambda path: eyes.embed(decoder.inspect(path, eyes.views).inputs)
