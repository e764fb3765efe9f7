"""What a client asks of a delivery URL, and what the URL says."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from app.domain.assets import AssetKey, ResourceType
from app.domain.delivery import DeliveryPath
from app.domain.derivatives import TransformationName
from app.domain.making import pictures
from app.domain.rendering import RenderLimits
from app.domain.transformation import grammar, named, queries
from app.domain.transformation.nodes import Component, Transformation
from app.domain.transformation.steps import LayerRef
from app.services.delivery_access import Proof

#: URLs that stay read, and transformations; about 3 kB each.
READ = 2048

#: Device pixel ratios and widths that clients report are rounded up to these steps, so that
#: there are not as many derivatives as there are screens.
DPR_STEP, MAX_DPR = 0.5, 4.0
WIDTH_STEP, MAX_WIDTH = 100, 5000

_NOTHING = Transformation("", ())

#: Request headers that an answer may depend on.
ACCEPT = ("Accept",)
DPR = ("Sec-CH-DPR", "DPR")
WIDTH = ("Sec-CH-Width", "Width", "Sec-CH-Viewport-Width", "Viewport-Width")

#: Who shows nothing.
ANONYMOUS = Proof()

#: ``w_auto``, and at the end of what may follow the width for clients that do not say theirs:
#: ``w_auto:100:400`` (step and width), ``w_auto:breakpoints:400``.
_AUTO_WIDTH = re.compile(r"(?<![^/,])w_auto(?::[^/,:]*(?::(?P<width>\d{1,5}))?)?(?![^/,])")


@dataclass(frozen=True, slots=True)
class Visit:
    """What a client asks for.

    Attributes:
        rest: the path behind the delivery type, unescaped.
        sent: the same as it was sent, escapes and all, which is what SDKs sign.
        query: of the URL without what is meant for this service: it belongs to remote URLs.
        suffix: whether the last segment may be words for search engines.
        proof: token, address and spellings of the path; the URL's signature is in ``rest``.
        accept: its Accept header.
        dpr, width: that it says its screen or the place of the picture has; ``None`` if it
            does not say.
    """

    cloud: str
    resource_type: ResourceType
    type: str
    rest: str
    sent: str = ""
    query: str = ""
    suffix: bool = False
    proof: Proof = ANONYMOUS
    accept: str = ""
    dpr: float | None = None
    width: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A transformation without named ones, and what it needs.

    Attributes:
        vary: request headers that the result depends on.
        original: whether the original serves: nothing is asked for, or only how to save it.
        faces: whether faces have to be known.
        layers: what layers may show.
        default: public id of what stands in for a missing asset; empty for nothing.
        attachment: name to be saved under, empty for the asset's; ``None`` to be shown.
    """

    transformation: Transformation
    vary: tuple[str, ...]
    original: bool
    faces: bool
    layers: tuple[LayerRef, ...]
    default: str
    attachment: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A URL, read.

    Attributes:
        path: its parts.
        keys: the assets that its name may mean, the likeliest first.
        asked: its transformation as written; none where it belongs to the name.
        plan: ``None`` where named transformations have to be looked up first.
    """

    path: DeliveryPath
    keys: tuple[AssetKey, ...]
    asked: Transformation
    plan: Plan | None

    @property
    def extension(self) -> str:
        """Lower case, empty where the name has none."""
        stem, dot, extension = self.path.name.rpartition(".")
        return extension.lower() if dot and stem and "/" not in extension else ""

    @property
    def derived(self) -> TransformationName | None:
        """What has to be allowed; ``None`` where the original is asked for."""
        if self.plan is not None and self.plan.original:
            return None
        return TransformationName(self.asked.text, self.extension)


def read(visit: Visit, limits: RenderLimits) -> Page:
    """Read what stands behind the delivery type.

    Raises:
        BadRequest: a part of it is not understood, or beyond a limit.
    """
    query = visit.query if visit.type == "fetch" else ""
    place = (visit.resource_type, visit.type)
    return _read(place, visit.rest, visit.suffix, query, round_width(visit.width), limits)


@lru_cache(maxsize=READ)
def _read(
    place: tuple[ResourceType, str],
    rest: str,
    suffix: bool,
    query: str,
    width: int | None,
    limits: RenderLimits,
) -> Page:
    resource_type, type = place
    path = DeliveryPath.parse(rest, suffix=suffix, remote=type == "fetch", query=query)
    asked, wish = _understood(path.transformation, width, limits)
    if resource_type == "image" and type in (pictures.SPRITE, pictures.MULTI):
        # It has been transformed: what stands in the URL says which one it is.
        meant = pictures.delivered(type, path.name, asked.text)
        return Page(path, meant, _NOTHING, plan(_NOTHING, None, limits))
    return Page(path, tuple(keys(resource_type, type, path.name)), asked, wish)


@lru_cache(maxsize=READ)
def _understood(
    text: str, width: int | None, limits: RenderLimits
) -> tuple[Transformation, Plan | None]:
    """A transformation and its plan: applications have few of them, and use them on every asset."""
    asked = grammar.parse(text, limits)
    return asked, None if named.names(asked) else plan(asked, width, limits)


def signed_texts(visit: Visit, path: DeliveryPath) -> tuple[str, ...]:
    """What the signature of a URL may cover: its parts as they were sent, and unescaped."""
    sent = DeliveryPath.parse(
        visit.sent or visit.rest,
        suffix=visit.suffix,
        remote=visit.type == "fetch",
        query=visit.query,
    )
    return (sent.signed, path.signed)


def plan(transformation: Transformation, width: int | None, limits: RenderLimits) -> Plan:
    """What an expanded transformation needs.

    Args:
        width: what ``w_auto`` stands for; ``None`` if the client does not say.

    Raises:
        BadRequest: it is beyond a limit.
    """
    vary: tuple[str, ...] = ACCEPT if queries.uses_auto_format(transformation) else ()
    if queries.uses_auto_density(transformation):
        vary += DPR
    if _AUTO_WIDTH.search(transformation.text):
        vary += WIDTH
        text = _AUTO_WIDTH.sub(
            lambda found: f"w_{width or found['width'] or 'auto'}", transformation.text
        )
        transformation = grammar.parse(text, limits)
    return Plan(
        transformation,
        vary,
        original=_keeps_original(transformation),
        faces=queries.wants_faces(transformation),
        layers=queries.references(transformation),
        default=queries.default_image(transformation),
        attachment=queries.attachment(transformation),
    )


def keys(resource_type: ResourceType, type: str, name: str) -> list[AssetKey]:
    """What a name may mean: without its extension first, as URLs are written, then as it is."""
    found = [AssetKey(resource_type, type, name)]
    stem, dot, extension = name.rpartition(".")
    if resource_type != "raw" and dot and stem and "/" not in extension:
        found.insert(0, AssetKey(resource_type, type, stem))
    return found


def round_dpr(given: float | None) -> float:
    """A device pixel ratio that derivatives are made for; 1 for clients that say none."""
    if given is None or not 0 < given < math.inf:
        return 1.0
    return min(MAX_DPR, max(1.0, math.ceil(given / DPR_STEP) * DPR_STEP))


def round_width(given: float | None) -> int | None:
    """A width in pixels that derivatives are made for."""
    if given is None or not 0 < given < math.inf:
        return None
    return min(MAX_WIDTH, math.ceil(given / WIDTH_STEP) * WIDTH_STEP)


def _keeps_original(transformation: Transformation) -> bool:
    return all(
        isinstance(node, Component)
        and not node.params
        and not node.variables
        and node.flags.keys() <= {"attachment"}
        for node in transformation.nodes
    )
