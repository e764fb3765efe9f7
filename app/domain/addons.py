"""Tagging add-ons: their names on the wire, languages, thresholds (CONTRACT C)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.assets import Categorization, Tag
from app.domain.categories import Category
from app.domain.detail import Detail, parse_detail

#: Every add-on name that ``categorization`` may hold, with the label used in messages.
LABELS = {
    "imagga_tagging": "Imagga Auto Tagging",
    "google_tagging": "Google Auto Tagging",
    "aws_rek_tagging": "Amazon Rekognition Auto Tagging",
    "google_video_tagging": "Google Automatic Video Tagging",
    "rekognition_scene": "Amazon Rekognition Scene Detection",
    "visenze_recognition": "ViSenze Recognition",
    "azure_video_indexer": "Microsoft Azure Video Indexer",
}

#: Language codes of a request's suffix: English and the fifty others (LANGUAGES).
LANGUAGES = frozenset(
    "en ar bg bs ca cs cy da de el es et fa fi fr he hi hr ht hu id it ja ko lt lv ms mt mww nl "
    "no otq pl pt ro ru sk sl sr_cyrl sr_latn sv th tlh tlh_qaak tr uk ur vi yua "
    "zh_chs zh_cht".split()
)


@dataclass(frozen=True, slots=True)
class AddonModel:
    """What an operator maps an add-on to.

    Attributes:
        model: a classifier's folder in the models directory.
        detail: how closely it looks, unless the request says; ``None`` leaves it to the cloud.
    """

    model: str
    detail: Detail | None = None

    def __str__(self) -> str:
        """As :func:`parse_addon_models` reads it."""
        return f"{self.model}:{self.detail}" if self.detail else self.model


def parse_addon_models(text: str) -> dict[str, AddonModel]:
    """Read ``name=model`` or ``name=model:detail``, comma-separated.

    Raises:
        ValueError: an item is malformed, or names no add-on or level; the text says which.
    """
    mapping: dict[str, AddonModel] = {}
    for item in text.split(","):
        name, equals, target = (part.strip() for part in item.partition("="))
        model, colon, detail = (part.strip() for part in target.partition(":"))
        if not name:
            continue
        if not equals or not model:
            raise ValueError(f"{item!r} is not name=model or name=model:detail")
        if name not in LABELS:
            raise ValueError(f"{name!r} is no add-on; known are {', '.join(LABELS)}")
        mapping[name] = AddonModel(model, parse_detail(detail) if colon else None)
    return mapping


class InvalidItem(ValueError):
    """An add-on or language that does not exist; ``args[0]`` is the item as sent."""


@dataclass(frozen=True, slots=True)
class AddonRequest:
    """One item of ``categorization``: ``imagga_tagging:fi:da`` asks for Finnish and Danish."""

    addon: str
    languages: tuple[str, ...] = ()


def parse_categorization(items: Iterable[str]) -> tuple[AddonRequest, ...]:
    """Read the items of ``categorization``; an add-on named twice is asked once.

    Raises:
        InvalidItem: unknown add-on or language code.
    """
    requests: dict[str, AddonRequest] = {}
    for item in items:
        text = item.strip()
        if not text:
            continue
        name, *languages = text.split(":")
        codes = tuple(dict.fromkeys(code.strip().lower() for code in languages))
        if name not in LABELS or not LANGUAGES.issuperset(codes):
            raise InvalidItem(text)
        requests.setdefault(name, AddonRequest(name, codes))
    return tuple(requests.values())


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


def _tag(category: Category, result: Categorization) -> Tag:
    """A category as a tag: its provenance is the part of the engine that saw it."""
    engine, _, version = category.source.partition(" ")
    if not engine:
        engine, version = result.engine, result.model_version
    return Tag(category.word.lower(), result.addon, engine, version)
