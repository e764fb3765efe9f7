"""The register of add-ons: their names on the wire, their languages, what is asked of them.

An add-on is known by the parameter that asks for it and its name (CONTRACT B2, C). Whether
something answers for it here is a matter of settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.detail import Detail, parse_detail
from app.domain.errors import RateLimited

_CONTENT_ANALYSIS = "Cloudinary AI Content Analysis"

#: Models of ``detection`` that give labelled boxes: any object detector can stand in for them.
OBJECT_MODELS = (
    "coco",
    "lvis",
    "unidet",
    "openimages",
    "human-anatomy",
    "cld-fashion",
    "cld-text",
    "shop-classifier",
)

#: Every add-on, by the parameter that asks for it, with the label used in messages.
LABELS: dict[str, dict[str, str]] = {
    "categorization": {
        "imagga_tagging": "Imagga Auto Tagging",
        "google_tagging": "Google Auto Tagging",
        "aws_rek_tagging": "Amazon Rekognition Auto Tagging",
        "google_video_tagging": "Google Automatic Video Tagging",
        "rekognition_scene": "Amazon Rekognition Scene Detection",
        "visenze_recognition": "ViSenze Recognition",
        "azure_video_indexer": "Microsoft Azure Video Indexer",
    },
    "detection": {
        **dict.fromkeys(OBJECT_MODELS, _CONTENT_ANALYSIS),
        "captioning": _CONTENT_ANALYSIS,
        "iqa": _CONTENT_ANALYSIS,
        "watermark-detection": _CONTENT_ANALYSIS,
        "adv_face": "Advanced Facial Attribute Detection",
        "aws_rek_face": "Amazon Rekognition Celebrity Detection",
    },
    "ocr": {"adv_ocr": "OCR Text Detection and Extraction"},
    "raw_convert": {
        "aspose": "Aspose Document Conversion",
        "extract_text": "Text Extraction",
        "google_speech": "Google AI Video Transcription",
        "azure_video_indexer": "Microsoft Azure Video Indexer",
    },
    "background_removal": {
        "cloudinary_ai": "Cloudinary AI Background Removal",
        "pixelz": "Remove-The-Background",
        "remove_the_background": "Remove-The-Background",
    },
    "moderation": {
        "webpurify": "WebPurify Image Moderation",
        "aws_rek": "Amazon Rekognition AI Moderation",
        "aws_rek_video": "Amazon Rekognition Video Moderation",
        "google_video_moderation": "Google AI Video Moderation",
        "perception_point": "Perception Point Malware Detection",
        "metascan": "MetaDefender Anti-Malware Protection",
    },
    # These are switched on rather than named.
    "auto_transcription": {"auto_transcription": "Google AI Video Transcription"},
    "auto_chaptering": {"auto_chaptering": "AI Video Chaptering"},
    "auto_video_details": {"auto_video_details": "AI Video Details"},
}

#: What follows a model's name where a version of it is asked for: ``coco_v2``.
_VERSION = re.compile(r"_v[0-9]{1,4}\Z")

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
        known = LABELS["categorization"]
        if name not in known:
            raise ValueError(f"{name!r} is no add-on; known are {', '.join(known)}")
        mapping[name] = AddonModel(model, parse_detail(detail) if colon else None)
    return mapping


def parse_detection_models(text: str) -> dict[str, str]:
    """Read ``name=model``, comma-separated: object models and the detectors that stand for them.

    Raises:
        ValueError: an item is malformed, or names no object model; the text says which.
    """
    mapping: dict[str, str] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, _, model = (part.strip() for part in item.partition("="))
        if not name or not model:
            raise ValueError(f"{item!r} is not name=model")
        if name not in OBJECT_MODELS:
            known = ", ".join(OBJECT_MODELS)
            raise ValueError(f"{name!r} gives no labelled boxes; those that do are {known}")
        mapping[name] = model
    return mapping


class InvalidItem(ValueError):
    """An add-on or language that does not exist; ``args[0]`` is the item as sent."""


@dataclass(frozen=True, slots=True)
class AddonRequest:
    """An add-on that a request asks for.

    Attributes:
        addon: its name.
        languages: ``imagga_tagging:fi:da`` asks for Finnish and Danish.
        parameter: what asked for it, a key of :data:`LABELS`.
    """

    addon: str
    languages: tuple[str, ...] = ()
    parameter: str = "categorization"


def unsubscribed(parameter: str, addon: str) -> RateLimited:
    """The answer of an account that does not have an add-on."""
    return RateLimited(f"You don't have an active subscription for {LABELS[parameter][addon]}")


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
        if name not in LABELS["categorization"] or not LANGUAGES.issuperset(codes):
            raise InvalidItem(text)
        requests.setdefault(name, AddonRequest(name, codes))
    return tuple(requests.values())


def parse_names(parameter: str, items: Iterable[str]) -> tuple[AddonRequest, ...]:
    """Read the items of any other parameter, each an add-on; one named twice is asked once.

    What stands behind a name is the add-on's to read: arguments (``adv_ocr:document``) and, in
    ``detection``, the version of a model (``coco_v2``). There is one detector for each model,
    which answers whatever version is asked for; the result names its own.

    Raises:
        InvalidItem: unknown add-on.
    """
    names: dict[str, None] = {}
    for item in items:
        versioned = parameter == "detection"
        name = _VERSION.sub("", item) if versioned else item.partition(":")[0]
        if name not in LABELS[parameter]:
            raise InvalidItem(item)
        names[name] = None
    return tuple(AddonRequest(name, parameter=parameter) for name in names)
