"""Delivery URLs, taken apart (CONTRACT F1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.assets import ResourceType
from app.domain.errors import BadRequest
from app.domain.transformation.parameters import NAMES
from app.domain.transformation.vocabulary import REFUSED_PARAMETERS

_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}(?:[A-Za-z0-9_-]{24})?)--")
_VERSION = re.compile(r"v(\d{1,15})")
#: One part of a transformation: ``w_100``, ``$x_5``, ``if_w_gt_5``, ``fl_attachment`` …
_PART = re.compile(r"(\$)[A-Za-z][A-Za-z0-9]*(?:_.*)?|([a-z]{1,3})_.+", re.DOTALL)
#: Parameter names; a folder such as ``my_pets`` begins with none of them.
_KNOWN = NAMES | REFUSED_PARAMETERS | {"$", "if", "fl"}
#: A remote URL whose double slash a proxy may have made a single one.
_REMOTE = re.compile(r"\A(https?):/+", re.IGNORECASE)
#: What was meant to be a part: ``gravity_face``.
_MISTYPED = re.compile(r"[A-Za-z]+_.+", re.DOTALL)

_RESOURCE_TYPES: Mapping[str, ResourceType] = {"image": "image", "video": "video", "raw": "raw"}
#: What stands for a resource type and a delivery type at once.
_SHORT: Mapping[str, tuple[ResourceType, str]] = {
    "images": ("image", "upload"),
    "private_images": ("image", "private"),
    "authenticated_images": ("image", "authenticated"),
    "videos": ("video", "upload"),
    "files": ("raw", "upload"),
    "iu": ("image", "upload"),
}
_TYPES = frozenset(
    "upload private authenticated fetch text sprite multi list asset facebook facebook_name "
    "twitter twitter_name gravatar youtube vimeo hulu dailymotion animoto worldstarhiphop "
    "instagram_name google_plus".split()
)


@dataclass(frozen=True, slots=True)
class Location:
    """Where a path leads, before its transformation is looked at.

    Attributes:
        cloud: as it stands in the path; ``None`` in the form of hosts that belong to one cloud.
        rest: for :meth:`DeliveryPath.parse`.
        suffix: whether the last segment may be words for search engines, not part of the name.
    """

    cloud: str | None
    resource_type: ResourceType
    type: str
    rest: str
    suffix: bool = False


def locate(segments: Sequence[str], *, cloudless: bool = False) -> Location:
    """Find cloud, resource type and delivery type.

    Understood are ``<cloud>/image/upload/<rest>``, ``<cloud>/images/<id>/<suffix>`` and its
    siblings, ``<cloud>/iu/<rest>`` and, for images, ``<cloud>/<rest>``; all without the cloud too.

    Args:
        segments: of the path after the host, escaped or not; empty ones at the start are dropped.
        cloudless: the host belongs to one cloud, so that the path never names it.

    Raises:
        BadRequest: nothing is named.
    """
    left = list(segments)
    while left and not left[0]:
        left.pop(0)
    cloud = None
    if not cloudless and len(left) > 1 and not _begins(left):
        cloud = left.pop(0)
    if not any(left):
        raise BadRequest("Invalid URL: no public id")
    if left[0] in _SHORT and len(left) > 1:
        resource_type, type = _SHORT[left[0]]
        return Location(cloud, resource_type, type, "/".join(left[1:]), left[0] != "iu")
    if left[0] in _RESOURCE_TYPES and len(left) > 2:
        return Location(cloud, _RESOURCE_TYPES[left[0]], left[1], "/".join(left[2:]))
    return Location(cloud, "image", "upload", "/".join(left))


def _begins(segments: Sequence[str]) -> bool:
    """Whether a path begins with a resource type. A cloud may be called like one."""
    if segments[0] in _RESOURCE_TYPES:
        return segments[1] in _TYPES
    return segments[0] in _SHORT and segments[1] not in _RESOURCE_TYPES


@dataclass(frozen=True, slots=True)
class DeliveryPath:
    """What follows ``/<cloud>/<resource_type>/<type>/``.

    Attributes:
        signature: what stood between ``s--`` and ``--``; empty without one.
        signed: the text that the signature covers, as it is written.
        transformation: its components joined with ``/``; empty for the original.
        name: public id with the extension as written, or the remote URL.
        version: of ``v<digits>``; ``None`` without.
    """

    signature: str
    signed: str
    transformation: str
    name: str
    version: int | None = None

    @classmethod
    def parse(
        cls, rest: str, *, suffix: bool = False, remote: bool = False, query: str = ""
    ) -> DeliveryPath:
        """Read a path.

        SDKs sign what they escaped; to check that, read the path as it was sent as well.

        Args:
            suffix: of :class:`Location`.
            remote: it names a remote URL (``fetch``).
            query: what followed the path's ``?``, which belongs to a remote URL.

        Raises:
            BadRequest: nothing is named.
        """
        segments = rest.split("/")
        signature = ""
        if match := _SIGNATURE.fullmatch(segments[0]):
            signature = match[1]
            segments.pop(0)
        components = []
        while len(segments) > 1 and (not segments[0] or is_transformation(segments[0])):
            if component := segments.pop(0):
                components.append(component)
        version = None
        if len(segments) > 1 and (match := _VERSION.fullmatch(segments[0])):
            version = int(match[1])
            segments.pop(0)
        if suffix and len(segments) > 1:
            _, dot, extension = segments.pop().rpartition(".")
            segments[-1] += dot + extension if dot else ""
        name = "/".join(segments)
        if not name.strip("/"):
            raise BadRequest("Invalid URL: no public id")
        if remote and query:
            name = f"{name}?{query}"
        signed = "/".join((*components, name))
        if remote:
            name = _REMOTE.sub(r"\1://", name)
        return cls(signature, signed, "/".join(components), name, version)


def is_transformation(segment: str) -> bool:
    """Whether a path segment reads as a component of a transformation.

    Every part has to look like a parameter and one of them has to be known; or the first has to
    be known and the others have to be a name and a value at least, or part of a text whose
    commas were not escaped: so that a mistyped part is told of as such.
    """
    parts = [part for part in segment.split(",") if part]
    matches = [_PART.fullmatch(part) for part in parts]
    known = [match is not None and (match[1] or match[2]) in _KNOWN for match in matches]
    if all(matches):
        return any(known)
    mistyped = parts[0].startswith("l_text:") or all(map(_MISTYPED.fullmatch, parts))
    return known[0] and mistyped
