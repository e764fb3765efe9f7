"""What is known of an asset beside its name and place, as JSON (CONTRACT B5, C1, E2)."""

from __future__ import annotations

from typing import Any

from app.domain.assets import Asset, Categorization
from app.domain.categories import Category
from app.domain.exif import exif_of
from app.domain.moderation import Moderation

Json = dict[str, Any]

#: Keys of replies by the flags that ask for them, in the order of replies.
_RESULTS: dict[str, tuple[str, ...]] = {
    "colors": ("colors", "predominant"),
    "quality_analysis": ("quality_analysis", "quality_score"),
    "accessibility_analysis": ("accessibility_analysis",),
    "cinemagraph_analysis": ("cinemagraph_analysis",),
}

#: What pictures look like in general; shown beside their metadata.
_DEPICTION = ("illustration_score", "semi_transparent", "grayscale")


def known(asset: Asset, tag_shape: str) -> Json:
    """What is shown whenever it is there: metadata, moderation, regions, what add-ons said."""
    result: Json = {}
    if asset.metadata:
        result["metadata"] = dict(asset.metadata)
    if asset.moderations:
        result["moderation"] = [_moderation(item) for item in asset.moderations]
    if asset.regions:
        result["regions"] = dict(asset.regions)
    info = dict(asset.info)
    if asset.categorizations:
        shown = {item.addon: _categorization(item, tag_shape) for item in asset.categorizations}
        info = {"categorization": shown, **info}
    if info:
        result["info"] = info
    return result


def analyses(asset: Asset, shown: frozenset[str]) -> Json:
    """What was found out about the bytes, as far as the request asks for it."""
    result: Json = {}
    # An empty list says that somebody looked; no key, that nobody could.
    if "faces" in shown and asset.faces is not None:
        result["faces"] = asset.faces
    if "phash" in shown and asset.phash:
        result["phash"] = asset.phash
    for flag, keys in _RESULTS.items():
        if flag in shown:
            result |= {key: asset.analyses[key] for key in keys if key in asset.analyses}
    metadata = asset.analyses.get("media_metadata")
    if metadata is None:
        return result
    for flag in ("image_metadata", "media_metadata"):
        if flag in shown:
            result[flag] = metadata
            result |= {key: asset.analyses[key] for key in _DEPICTION if key in asset.analyses}
    if "exif" in shown:
        result["exif"] = exif_of(metadata)
    return result


def coordinates(asset: Asset) -> Json:
    """The rectangles that people gave, not those that were found."""
    given: Json = {}
    if asset.faces_given:
        given["faces"] = asset.faces
    if asset.custom_coordinates:
        given["custom"] = asset.custom_coordinates
    return {"coordinates": given} if given else {}


def _moderation(item: Moderation) -> Json:
    result: Json = {"kind": item.kind, "status": item.status}
    if item.response:
        result["response"] = dict(item.response)
    if item.updated_at is not None:
        result["updated_at"] = item.updated_at.isoformat().replace("+00:00", "Z")
    return result


def _categorization(result: Categorization, tag_shape: str) -> Json:
    if result.status != "complete":
        return {"status": result.status}
    return {
        "status": result.status,
        "data": [
            {
                "tag": _tag(category, result.languages, tag_shape),
                "confidence": category.confidence,
            }
            for category in result.categories
        ],
    }


def _tag(category: Category, languages: tuple[str, ...], tag_shape: str) -> str | dict[str, str]:
    # Until translations exist every language reads the English word.
    if not languages or tag_shape == "string":
        return category.word
    return dict.fromkeys(languages, category.word)
