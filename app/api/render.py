"""Domain objects as the JSON that clients know, in the order they know it (CONTRACT B5, E1, E2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api.services import services
from app.api.urls import asset_url, base_url, derivative_url
from app.domain import access
from app.domain.accounts import ApiKey
from app.domain.assets import Asset, Categorization
from app.domain.categories import Category
from app.domain.derivatives import Derivative
from app.domain.signing import sign_reply
from app.services.library import Details
from app.services.upload import FORMAT_ALIASES, UploadOutcome

Json = dict[str, Any]

_Shown: TypeAlias = tuple[tuple[tuple[str, str], ...], str | None]


def to_json(content: Any) -> bytes:
    """A JSON text."""
    return orjson.dumps(content)


def json_bytes(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON reply that is written already."""
    return Response(body, status, headers, media_type="application/json; charset=utf-8")


def json_response(
    content: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A JSON reply."""
    return json_bytes(to_json(content), status, headers)


def timestamp(moment: datetime) -> str:
    """``2025-06-04T10:15:00Z``."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders assets for one request.

    Attributes:
        base: what URLs start with.
        key: whose secret signs replies and URLs.
        signed: whether the caller used that key (then the reply names it).
        tag_shape: ``map`` or ``string``, for add-ons asked with languages.
        faces: whether the boxes of faces were asked for.
        coordinates: whether details are to show the rectangles that were given.
    """

    base: str
    key: ApiKey
    signed: bool = True
    tag_shape: str = "map"
    faces: bool = False
    coordinates: bool = False

    @classmethod
    def of(
        cls,
        request: Request,
        key: ApiKey,
        *,
        signed: bool = True,
        faces: bool = False,
        coordinates: bool = False,
    ) -> Renderer:
        """The renderer for a request made with ``key``."""
        http = services(request).http
        base = base_url(request, http.public_url)
        return cls(base, key, signed, http.tag_shape, faces, coordinates)

    def name(self, asset: Asset) -> tuple[str | bool, ...]:
        """What the rendering of an asset depends on, beside the asset itself."""
        return (
            asset.asset_id,
            self.base,
            self.key.key,
            self.tag_shape,
            self.faces,
            self.coordinates,
        )

    def upload_result(self, outcome: UploadOutcome) -> Json:
        """The reply to an upload."""
        asset = outcome.asset
        result = self._identity(asset)
        if asset.pages is not None:
            result["pages"] = asset.pages
        result |= {"bytes": asset.bytes, "type": asset.type, "etag": asset.etag}
        result |= self._placement(asset)
        if outcome.existing:
            result["existing"] = True
        if outcome.overwritten:
            result["overwritten"] = True
        result |= self._extras(asset)
        if asset.original_filename is not None:
            result["original_filename"] = asset.original_filename
            extension = asset.original_extension
            if extension and FORMAT_ALIASES.get(extension, "") == asset.format:
                result["original_extension"] = extension
        if self.signed:
            result["api_key"] = self.key.key
        return result

    def explicit_result(self, asset: Asset) -> Json:
        """The reply to ``explicit``: an upload result without what only an upload knows."""
        return (
            self._identity(asset)
            | {"bytes": asset.bytes, "type": asset.type}
            | self._placement(asset)
            | self._extras(asset)
        )

    def item(self, asset: Asset, *, tags: bool = False, context: bool = False) -> Json:
        """One entry of a listing; ``tags`` and ``context`` as the listing's flags ask."""
        result: Json = {"asset_id": asset.asset_id, "public_id": asset.public_id}
        if asset.format is not None:
            result["format"] = asset.format
        result |= {
            "version": asset.version,
            "resource_type": asset.resource_type,
            "type": asset.type,
            "created_at": timestamp(asset.created_at),
            "bytes": asset.bytes,
        }
        if asset.width is not None:
            result |= {"width": asset.width, "height": asset.height}
        result |= {"asset_folder": asset.asset_folder, "display_name": asset.display_name}
        result |= self._access_control(asset) | self._urls(asset)
        if tags:
            result["tags"] = list(asset.tag_words)
        if context and asset.context:
            result["context"] = {"custom": dict(asset.context)}
        return result

    def details(self, asset: Asset) -> Json:
        """The reply to updating one asset; absent keys rather than empty ones."""
        return self._known(asset) | self._analyses(asset)

    def details_with_derived(self, details: Details) -> Json:
        """The reply to reading one asset: the same with a page of its derivatives."""
        asset, result = details.asset, self._known(details.asset)
        if details.next_cursor:
            # Clients hand it back under either name.
            cursor = details.next_cursor
            result |= {"next_cursor": cursor, "derived_next_cursor": cursor}
        result["derived"] = [self.derived_item(asset, item) for item in details.derived]
        return result | self._analyses(asset)

    def derived_item(self, asset: Asset, derivative: Derivative) -> Json:
        """One entry of an asset's derivatives."""
        return {
            "transformation": derivative.transformation,
            "format": derivative.format,
            "bytes": derivative.bytes,
            "id": derivative.id,
            **self._derived_urls(asset, derivative),
        }

    def made_item(self, asset: Asset, derivative: Derivative) -> Json:
        """One entry of a transformation's derivatives."""
        return {
            "public_id": asset.public_id,
            "resource_type": asset.resource_type,
            "type": asset.type,
            "format": derivative.format,
            **self._derived_urls(asset, derivative),
            "bytes": derivative.bytes,
            "id": derivative.id,
        }

    def _known(self, asset: Asset) -> Json:
        result = self.item(asset)
        if asset.tags:
            result["tags"] = list(asset.tag_words)
        if asset.context:
            result["context"] = {"custom": dict(asset.context)}
        if asset.categorizations:
            result["info"] = self._info(asset.categorizations)
        return result

    def _analyses(self, asset: Asset) -> Json:
        return self._faces(asset) | (self._coordinates(asset) if self.coordinates else {})

    def _identity(self, asset: Asset) -> Json:
        result: Json = {
            "asset_id": asset.asset_id,
            "public_id": asset.public_id,
            "version": asset.version,
            "version_id": asset.version_id,
            "signature": sign_reply(asset.public_id, asset.version, self.key.secret),
        }
        if asset.width is not None:
            result |= {"width": asset.width, "height": asset.height}
        if asset.format is not None:
            result["format"] = asset.format
        return result | {
            "resource_type": asset.resource_type,
            "created_at": timestamp(asset.created_at),
            "tags": list(asset.tag_words),
        }

    def _placement(self, asset: Asset) -> Json:
        return {
            "placeholder": False,
            **self._urls(asset),
            "asset_folder": asset.asset_folder,
            "display_name": asset.display_name,
            **self._access_control(asset),
        }

    def _urls(self, asset: Asset) -> Json:
        # Both must open: applications store whichever they please (CONTRACT K9).
        url = asset_url(self.base, self.key.cloud.name, asset, self.key.secret)
        return {"url": url, "secure_url": url}

    def _derived_urls(self, asset: Asset, derivative: Derivative) -> Json:
        cloud = self.key.cloud.name
        url = derivative_url(self.base, cloud, asset, derivative, self.key.secret)
        return {"url": url, "secure_url": url}

    def _access_control(self, asset: Asset) -> Json:
        rules = access.to_json(asset.access_control)
        return {"access_control": rules} if rules else {}

    def _extras(self, asset: Asset) -> Json:
        result: Json = {}
        if asset.context:
            result["context"] = {"custom": dict(asset.context)}
        result |= self._faces(asset) | self._coordinates(asset)
        if asset.categorizations:
            result["info"] = self._info(asset.categorizations)
        return result

    def _faces(self, asset: Asset) -> Json:
        # An empty list says that somebody looked; no key, that nobody could.
        return {"faces": asset.faces} if self.faces and asset.faces is not None else {}

    def _coordinates(self, asset: Asset) -> Json:
        """The rectangles that people gave, not those that were found."""
        given: Json = {}
        if asset.faces_given:
            given["faces"] = asset.faces
        if asset.custom_coordinates:
            given["custom"] = asset.custom_coordinates
        return {"coordinates": given} if given else {}

    def _info(self, results: tuple[Categorization, ...]) -> Json:
        return {"categorization": {item.addon: self._categorization(item) for item in results}}

    def _categorization(self, result: Categorization) -> Json:
        if result.status != "complete":
            return {"status": result.status}
        return {
            "status": result.status,
            "data": [
                {"tag": self._tag(category, result.languages), "confidence": category.confidence}
                for category in result.categories
            ],
        }

    def _tag(self, category: Category, languages: tuple[str, ...]) -> str | dict[str, str]:
        # Until translations exist every language reads the English word.
        if not languages or self.tag_shape == "string":
            return category.word
        return dict.fromkeys(languages, category.word)


class ReadyDetails:
    """Rendered details of assets that were read before (hot reads return ready bytes).

    An entry serves as long as the library hands out the very same object, that is while the
    database says that nothing about the asset has changed, with the same derivatives.
    """

    LIMIT = 2000

    def __init__(self) -> None:
        self._bodies: dict[tuple[str | bool, ...], tuple[Asset, _Shown, bytes]] = {}

    def get(self, details: Details, renderer: Renderer) -> bytes | None:
        """The body that was rendered from this object, if any."""
        found = self._bodies.get(renderer.name(details.asset))
        if found is None or found[0] is not details.asset or found[1] != _shown(details):
            return None
        return found[2]

    def put(self, details: Details, renderer: Renderer, body: bytes) -> None:
        """Remember a body; the oldest goes when there are too many."""
        if len(self._bodies) >= self.LIMIT:
            del self._bodies[next(iter(self._bodies))]
        entry = (details.asset, _shown(details), body)
        self._bodies[renderer.name(details.asset)] = entry


def _shown(details: Details) -> _Shown:
    """What of the derivatives stands in a reply: not when they were used."""
    shown = tuple((item.id, item.etag) for item in details.derived)
    return shown, details.next_cursor
