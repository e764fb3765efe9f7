"""The pages of a document or animation, each as a derivative (CONTRACT D10)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain import formats
from app.domain.assets import DELIVERY_TYPES
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.domain.rendering import RenderLimits
from app.domain.transformation.grammar import parse
from app.domain.transformation.nodes import Transformation

#: What stands where each page's number goes.
_ALL = re.compile(r"(?<![^/,])pg_all(?![^/,])")

#: Pages of one call.
MAX_PAGES = 500


@dataclass(frozen=True, slots=True)
class ExplodeOrder:
    """Pages that are asked for.

    Attributes:
        transformation: as written, with ``pg_all``.
        format: of the derivatives, normalised.
    """

    public_id: str
    transformation: str
    type: str = "upload"
    format: str = "png"

    def page(self, number: int, limits: RenderLimits) -> Transformation:
        """The transformation of one page, counted from 1."""
        return parse(_ALL.sub(f"pg_{number}", self.transformation), limits)


def parse_explode(params: Params, limits: RenderLimits) -> ExplodeOrder:
    """Read the order.

    Raises:
        BadRequest: ``Missing required parameter - <name>``, or a value that is wrong.
    """
    for name in ("public_id", "transformation"):
        if not params.text(name):
            raise BadRequest(f"Missing required parameter - {name}")
    text = params.text("transformation")
    if not _ALL.search(text):
        raise BadRequest(
            f"Invalid value {text[:200]} for parameter transformation: pg_all is missing"
        )
    type = params.text("type") or "upload"
    if type not in DELIVERY_TYPES:
        raise BadRequest(f"Invalid value {type} for parameter type")
    wanted = params.text("format") or "png"
    entry = formats.FORMATS.get(formats.normalise(wanted))
    if entry is None or not entry.written:
        raise BadRequest(f"Invalid value {wanted} for parameter format")
    order = ExplodeOrder(params.text("public_id"), text, type, entry.extension)
    order.page(1, limits)  # what is wrong in it is told before anything begins
    return order
