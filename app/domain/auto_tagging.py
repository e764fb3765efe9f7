"""Tags that the results of add-ons earn, by ``auto_tagging`` (CONTRACT C2)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from app.domain.assets import Categorization, Tag
from app.domain.categories import Category
from app.domain.detection import Detection


def parse_threshold(text: str) -> float:
    """Read ``auto_tagging``.

    Raises:
        ValueError: no number, or outside 0.0 to 1.0.
    """
    number = float(text)
    if not (math.isfinite(number) and 0.0 <= number <= 1.0) or "_" in text:
        raise ValueError(text)
    return number


def tags_above(results: Iterable[Categorization], threshold: float) -> tuple[Tag, ...]:
    """The tags that results earn: by descending confidence, each word once for each add-on.

    A confidence equal to the threshold counts; it is compared as the four-decimal value
    that the client is shown. The word is the concept in lower case, once for each
    requested language (until translations exist they all read the same).
    """
    earned = [
        (category, result)
        for result in results
        for category in result.categories
        if category.confidence >= threshold
    ]
    earned.sort(key=lambda item: -item[0].confidence)
    return tuple(dict.fromkeys(_tag(category, result) for category, result in earned))


def labels_above(results: Iterable[Detection], threshold: float) -> tuple[Tag, ...]:
    """The tags that detected objects earn: the labels in lower case, alphabetical.

    A label counts once for each model, by its most confident object. Their source is the model's
    name, such as ``coco``.
    """
    earned = {
        Tag(found.label.lower(), result.model, result.engine, result.engine_version)
        for result in results
        for found in result.objects or ()
        if found.confidence >= threshold
    }
    return tuple(sorted(earned))


def _tag(category: Category, result: Categorization) -> Tag:
    """A category as a tag: its provenance is the part of the engine that saw it."""
    engine, _, version = category.source.partition(" ")
    if not engine:
        engine, version = result.engine, result.model_version
    return Tag(category.word.lower(), result.addon, engine, version)
