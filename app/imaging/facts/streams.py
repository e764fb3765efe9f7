"""What both readers of video and audio say in the same words, which are FFmpeg's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.facts import printable

#: FFmpeg's FF_LEVEL_UNKNOWN, which the real service passes on.
UNKNOWN_LEVEL = -99

#: Names of the usual arrangements, by channels.
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}

#: Most characters of a codec's or a profile's name.
_TEXT = 100


def right_angle(degrees: float) -> int:
    """The nearest of 0, 90, 180 and 270."""
    return round(degrees / 90) * 90 % 360


def known(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Those facts that there are; texts may come from the file and are made printable."""
    found = {
        name: printable(fact, _TEXT) if isinstance(fact, str) else fact
        for name, fact in facts.items()
    }
    return {name: fact for name, fact in found.items() if fact not in (None, "", "N/A")}
