"""What expressions and conditions can ask about a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from app.domain.errors import BadRequest


class Share(float):
    """A number written with a decimal point. As a length it is a share of a side.

    What is calculated from it is a plain number again: ``w_0.5`` is half the width,
    ``w_iw_mul_0.5`` as many pixels as that makes.
    """


#: What an expression comes to: a number or a text. A list is a text with colons.
Value: TypeAlias = float | str

#: Long names to the short ones that URLs use.
LONG_NAMES = {
    "width": "w",
    "height": "h",
    "aspect_ratio": "ar",
    "initial_width": "iw",
    "initial_height": "ih",
    "initial_aspect_ratio": "iar",
    "trimmed_aspect_ratio": "tar",
    "initial_density": "idn",
    "ow": "iw",
    "oh": "ih",
    "current_page": "cp",
    "page_count": "pc",
    "page_x": "px",
    "page_y": "py",
    "page_names": "pgnames",
    "face_count": "fc",
    "illustration_score": "ils",
    "current_public_id": "cpi",
}

#: Short names of what can be asked for.
NAMES = frozenset("w h ar iw ih iar tar idn cp pc px py pgnames fc ils cpi tags".split())


@dataclass(frozen=True, slots=True)
class Facts:
    """A picture as it is when a component's turn comes.

    Attributes:
        width, height: pixels now.
        initial_width, initial_height: pixels of the source as displayed.
        pages: frames or pages.
        page: the one that is shown, counted from 1.
        page_x, page_y: offset of a layer of the source on its canvas.
        page_names: names of the source's layers.
        faces: how many the source shows.
        density: dots per inch that the source says of itself.
        trimmed_aspect_ratio: width ÷ height without an even border; ``None`` if not known.
        illustration_score: 0 for a photograph to 1 for a drawing; ``None`` if not known.
        tags, context, metadata, public_id: of the asset.
    """

    width: int
    height: int
    initial_width: int
    initial_height: int
    pages: int = 1
    page: int = 1
    page_x: int = 0
    page_y: int = 0
    page_names: tuple[str, ...] = ()
    faces: int = 0
    density: int = 72
    trimmed_aspect_ratio: float | None = None
    illustration_score: float | None = None
    tags: frozenset[str] = frozenset()
    context: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    public_id: str = ""

    def value(self, name: str) -> Value:
        """The fact of a short name, one of :data:`NAMES`.

        Raises:
            BadRequest: it is not known of this picture.
        """
        known: dict[str, Value | None] = {
            "w": float(self.width),
            "h": float(self.height),
            "ar": self.width / self.height,
            "iw": float(self.initial_width),
            "ih": float(self.initial_height),
            "iar": self.initial_width / self.initial_height,
            "tar": self.trimmed_aspect_ratio,
            "idn": float(self.density),
            "cp": float(self.page),
            "pc": float(self.pages),
            "px": float(self.page_x),
            "py": float(self.page_y),
            "pgnames": ":".join(self.page_names),
            "fc": float(self.faces),
            "ils": self.illustration_score,
            "cpi": self.public_id,
            "tags": ":".join(sorted(self.tags)),
        }
        found = known[name]
        if found is None:
            raise BadRequest(f"Transformation not supported: {name} is not known of this image")
        return found
