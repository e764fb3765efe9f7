"""Where pixels go when a picture is resized, and where a layer is put, as numbers alone."""

from app.domain.geometry.layouts import Layout, layout
from app.domain.geometry.placing import (
    CENTER,
    COMPASS,
    Anchor,
    Area,
    Focus,
    Point,
    Region,
    Search,
    Size,
    anchor,
    clipped,
    moved,
    round_half_up,
    scaled,
    union,
)

__all__ = [
    "CENTER",
    "COMPASS",
    "Anchor",
    "Area",
    "Focus",
    "Layout",
    "Point",
    "Region",
    "Search",
    "Size",
    "anchor",
    "clipped",
    "layout",
    "moved",
    "round_half_up",
    "scaled",
    "union",
]
