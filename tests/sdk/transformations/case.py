"""A URL that a builder makes, and what has to come of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.sdk.transformations.expect import Shape, blank, ramp, region

Builder = Literal["python", "node", "url-gen"]

#: The only picture that is a photo.
PHOTO = "photos/astronaut"

#: Uploaded pictures: public id to the shape of what is stored, and its format.
SOURCES: Mapping[str, tuple[Shape, str]] = {
    "ramp": (ramp(), "png"),
    "region": (region(), "png"),
    PHOTO: (blank(200, 200), "jpg"),
    "logo": (blank(90, 60), "png"),
    "framed": (blank(120, 90), "png"),
    "wheel": (blank(64, 48), "gif"),
}

#: Opaque in its left half and transparent in its right.
LOGO_INK = (255, 0, 255, 255)
#: Frames of the animation, the milliseconds of each, and how often it repeats.
WHEEL_FRAMES, WHEEL_DELAY = 4, 120
#: Width of the white margin around the picture ``framed``.
MARGIN = 20

#: Named transformations that the tests create: what they stand for, as options of the SDK.
NAMED: Mapping[str, Mapping[str, Any]] = {
    "small_square": {"crop": "fill", "width": 60, "height": 60},
    "two_steps": {"transformation": [{"crop": "crop", "width": 120, "height": 80}, {"angle": 90}]},
    "by_variable": {"crop": "scale", "width": "$size"},
}


@dataclass(frozen=True)
class Case:
    """One call of a builder.

    Attributes:
        builder: whose call it is.
        kind: the group that reports count it under.
        shape: what has to come of it.
        call: for url-gen: JavaScript in which ``image`` stands for the source.
        options: for the SDKs: the options of ``build_url`` or ``url``.
        source: public id of the picture, or a remote URL.
        format: of the answer.
        pages: frames of the answer; ``None`` where it does not matter.
        info: the answer is a description in JSON, not a picture.
        headers: what the request carries.
        answers: headers that the answer must carry.
        delay: milliseconds of each frame; ``None`` where they do not matter.
        slack: source pixels by which points may be off beside rounding, for lossy formats.
    """

    builder: Builder
    kind: str
    shape: Shape
    call: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    source: str = "ramp"
    format: str = "png"
    pages: int | None = None
    info: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    delay: int | None = None
    slack: float = 0

    def __str__(self) -> str:
        source = json.dumps(self.source)
        call = self.call.replace("image.", f"image({source}).", 1)
        call = call or f"url({source}, {json.dumps(self.options)})"
        asked = f" with Accept: {self.headers['Accept']}" if self.headers else ""
        return f"{self.builder}: {call}{asked}"


def source_shape(source: str) -> Shape:
    """The shape of an uploaded picture."""
    return SOURCES[source][0]


def source_format(source: str, otherwise: str = "") -> str:
    """The format of an uploaded picture, or that of another where there is none."""
    return SOURCES[source if source in SOURCES else otherwise][1]
