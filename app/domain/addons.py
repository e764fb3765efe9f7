"""Tagging add-ons: their names on the wire, languages, thresholds (CONTRACT C)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.assets import Categorization, Tag

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
        (category.confidence, category.word.lower(), result)
        for result in results
        for category in result.categories
        if category.confidence >= threshold
    ]
    earned.sort(key=lambda item: -item[0])
    tags = (
        Tag(word, result.addon, result.engine, result.model_version) for _, word, result in earned
    )
    return tuple(dict.fromkeys(tags))
