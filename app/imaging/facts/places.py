"""Places on earth as exiftool writes them: ``43 deg 28' 2.81" N``."""

from __future__ import annotations

import re

#: ISO 6709 in decimal degrees, as phones write it: ``+27.5916+086.5640+8850/``.
_ISO_6709 = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?")


def angle(degrees: float, directions: str) -> str:
    """Degrees, minutes and seconds.

    Args:
        degrees: finite.
        directions: letters of positive and of negative degrees (``NS``, ``EW``).
    """
    hundredths = round(abs(degrees) * 3600 * 100)
    minutes, rest = divmod(hundredths, 6000)
    whole, minutes = divmod(minutes, 60)
    return f"{whole} deg {minutes}' {rest / 100:.2f}\" {directions[degrees < 0]}"


def place(text: str) -> str:
    """Latitude, longitude and height that a text of ISO 6709 states; any other as it is."""
    found = _ISO_6709.match(text.strip())
    if not found:
        return text
    latitude, longitude, height = found.groups()
    shown = f"{angle(float(latitude), 'NS')}, {angle(float(longitude), 'EW')}"
    return f"{shown}, {altitude(float(height))}" if height else shown


def altitude(metres: float) -> str:
    """Metres above or below the sea."""
    return f"{abs(metres):.10g} m {'Below' if metres < 0 else 'Above'} Sea Level"
