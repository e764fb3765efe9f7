"""The path of a delivery URL, taken apart (CONTRACT F1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.errors import BadRequest

_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}(?:[A-Za-z0-9_-]{24})?)--")
_VERSION = re.compile(r"v\d+")
#: One part of a transformation: ``w_100``, ``$x_5``, ``if_w_gt_5``, ``fl_attachment`` …
_PART = re.compile(r"\$[A-Za-z][A-Za-z0-9]*(?:_.*)?|[a-z]{1,3}_.+", re.DOTALL)

#: Parameter names of transformations; a folder such as ``my_pets`` is none of them.
_NAMES = frozenset(
    "a ac af ar b bo br c co cs d dl dn dpr du e eo f fl fn fps g h if ki l o p pg q r so sp t u "
    "vc vs w x y z".split()
)


@dataclass(frozen=True, slots=True)
class DeliveryPath:
    """What follows ``/<cloud>/<resource_type>/<type>/``.

    Attributes:
        signature: what stood between ``s--`` and ``--``; empty without one.
        signed: the text that the signature covers.
        transformation: its components joined with ``/``; empty for the original.
        name: public id with the extension as written.
    """

    signature: str
    signed: str
    transformation: str
    name: str

    @classmethod
    def parse(cls, rest: str) -> DeliveryPath:
        """Read a path.

        Raises:
            BadRequest: nothing is named.
        """
        segments = rest.split("/")
        signature = ""
        if match := _SIGNATURE.fullmatch(segments[0]):
            signature = match[1]
            segments = segments[1:]
        components = []
        while len(segments) > 1 and is_transformation(segments[0]):
            components.append(segments.pop(0))
        if len(segments) > 1 and _VERSION.fullmatch(segments[0]):
            segments = segments[1:]
        name = "/".join(segments)
        if not name:
            raise BadRequest("Invalid URL: no public id")
        return cls(signature, "/".join((*components, name)), "/".join(components), name)


def is_transformation(segment: str) -> bool:
    """Whether a path segment reads as a component of a transformation."""
    parts = segment.split(",")
    return all(
        _PART.fullmatch(part) and (part[0] == "$" or part.partition("_")[0] in _NAMES)
        for part in parts
    )
