"""Domain objects as the JSON that clients know, in the order they know it (CONTRACT B5, E1, E2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api import render_facts
from app.api.services import services
from app.api.urls import asset_url, backup_url, base_url, derivative_url, transformed_url
from app.domain import access, formats
from app.domain.accounts import ApiKey
from app.domain.assets import Asset, AssetVersion
from app.domain.derivatives import Derivative
from app.domain.eager import EagerItem
from app.domain.signing import sign_reply
from app.services.library import Details
from app.services.upload import UploadOutcome

Json = dict[str, Any]


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
        shown: flags of the request that ask for more than the usual
            (:func:`app.api.asset_parameters.shown`).
    """

    base: str
    key: ApiKey
    signed: bool = True
    tag_shape: str = "map"
    shown: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        request: Request,
        key: ApiKey,
        *,
        signed: bool = True,
        shown: frozenset[str] = frozenset(),
    ) -> Renderer:
        """The renderer for a request made with ``key``."""
        http = services(request).http
        return cls(base_url(request, http.public_url), key, signed, http.tag_shape, shown)

    def name(self, asset: Asset) -> tuple[object, ...]:
        """What the rendering of an asset depends on, beside the asset itself."""
        return (asset.asset_id, self.base, self.key.key, self.tag_shape, self.shown)

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
            if extension != asset.format == formats.normalise(extension):
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

    def item(self, asset: Asset, *, extras: frozenset[str] = frozenset()) -> Json:
        """One entry of a listing.

        Args:
            extras: what is shown beside the usual: ``tags``, ``context``, ``metadata``,
                ``moderations``, ``regions``.
        """
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
        result |= _size(asset) | _media_in_listings(asset) | self._place(asset)
        if asset.hidden:
            result["placeholder"] = True
        result |= _access(asset) | self._urls(asset)
        if "tags" in extras:
            result["tags"] = list(asset.tag_words)
        if "context" in extras and asset.context:
            result["context"] = {"custom": dict(asset.context)}
        if "metadata" in extras:
            result["metadata"] = dict(asset.metadata)
        if "moderations" in extras and asset.moderations:
            # The last one is who decides, and who is still to decide.
            last = asset.moderations[-1]
            result |= {"moderation_kind": last.kind, "moderation_status": last.status}
        if "regions" in extras and asset.regions:
            result["regions"] = dict(asset.regions)
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

    def moderation_notice(self, asset: Asset) -> Json:
        """What is told when somebody has decided on an asset (CONTRACT B9)."""
        decided = asset.moderations[-1]
        return {
            "notification_type": "moderation",
            "moderation_response": dict(decided.response) or decided.status,
            "moderation_status": decided.status,
            "moderation_kind": decided.kind,
            "moderation_updated_at": timestamp(decided.updated_at or asset.updated_at),
            "asset_id": asset.asset_id,
            "public_id": asset.public_id,
            "uploaded_at": timestamp(asset.created_at),
            "version": asset.version,
            **self._urls(asset),
            "etag": asset.etag,
        }

    def version(self, asset: Asset, kept: AssetVersion, now: float) -> Json:
        """One entry of an asset's kept versions.

        Args:
            now: Unix seconds; the URL of a version that is no longer delivered is signed.
        """
        delivered = kept.version_id == asset.version_id and not asset.hidden
        url = self._urls(asset)["url"] if delivered else backup_url(self.base, self.key, kept, now)
        return {
            "version_id": kept.version_id,
            "version": str(kept.version),
            "format": kept.format or "",
            "url": url,
            "size": kept.bytes,
            "time": timestamp(kept.created_at),
            "restorable": True,
        }

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
        return result | render_facts.known(asset, self.tag_shape)

    def _analyses(self, asset: Asset) -> Json:
        result = render_facts.analyses(asset, self.shown)
        if "coordinates" in self.shown:
            result |= render_facts.coordinates(asset)
        if "pages" in self.shown and asset.pages is not None:
            result["pages"] = asset.pages
        return result

    def _identity(self, asset: Asset) -> Json:
        result: Json = {
            "asset_id": asset.asset_id,
            "public_id": asset.public_id,
            "version": asset.version,
            "version_id": asset.version_id,
            "signature": sign_reply(asset.public_id, asset.version, self.key.secret),
        }
        result |= _size(asset)
        if asset.format is not None:
            result["format"] = asset.format
        return result | {
            "resource_type": asset.resource_type,
            "created_at": timestamp(asset.created_at),
            "tags": list(asset.tag_words),
        }

    def _placement(self, asset: Asset) -> Json:
        place = {"placeholder": asset.hidden, **self._urls(asset), **self._place(asset)}
        return place | _access(asset)

    def _place(self, asset: Asset) -> Json:
        if self.key.cloud.folder_mode == "fixed":
            return {"folder": asset.asset_folder}
        return {"asset_folder": asset.asset_folder, "display_name": asset.display_name}

    def _urls(self, asset: Asset) -> Json:
        # Both must open: applications store whichever they please (CONTRACT K9).
        url = asset_url(self.base, self.key.cloud.name, asset, self.key.secret)
        return {"url": url, "secure_url": url}

    def eager_urls(self, asset: Asset, item: EagerItem) -> Json:
        """Where a derivative is delivered that may still have to be made."""
        text, extension = item.transformation.text, item.written(asset)
        url = transformed_url(
            self.base, self.key.cloud.name, asset, (text, extension), self.key.secret
        )
        return {"url": url, "secure_url": url}

    def _derived_urls(self, asset: Asset, derivative: Derivative) -> Json:
        cloud = self.key.cloud.name
        url = derivative_url(self.base, cloud, asset, derivative, self.key.secret)
        return {"url": url, "secure_url": url}

    def _extras(self, asset: Asset) -> Json:
        result: Json = {}
        if asset.context:
            result["context"] = {"custom": dict(asset.context)}
        facts = render_facts.known(asset, self.tag_shape)
        info = {"info": facts.pop("info")} if "info" in facts else {}
        result |= facts | render_facts.analyses(asset, self.shown)
        return result | render_facts.coordinates(asset) | info | dict(asset.media)


def _size(asset: Asset) -> Json:
    return {} if asset.width is None else {"width": asset.width, "height": asset.height}


def _media_in_listings(asset: Asset) -> Json:
    return {name: asset.media[name] for name in ("duration", "is_audio") if name in asset.media}


def _access(asset: Asset) -> Json:
    rules = access.to_json(asset.access_control)
    closed = bool(rules) and all(rule["access_type"] == "token" for rule in rules)
    mode = {"access_mode": "authenticated" if closed else "public"}
    return mode | ({"access_control": rules} if rules else {})
