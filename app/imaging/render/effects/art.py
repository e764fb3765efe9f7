"""Looks that resemble the service's filters in mood, by name; its own are not published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.imaging.render.effects.call import Call
from app.imaging.render.effects.pixels import Floats, luma, through_table

_Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """A grade of colours, in the order in which its parts are applied.

    Attributes:
        saturation: 0 is gray, 1 changes nothing.
        contrast: slope around the middle.
        gamma: exponent of each channel; below 1 is lighter.
        shadows: what black becomes.
        lights: what white becomes.
    """

    saturation: float = 1.0
    contrast: float = 1.0
    gamma: _Triple = (1.0, 1.0, 1.0)
    shadows: _Triple = (0.0, 0.0, 0.0)
    lights: _Triple = (1.0, 1.0, 1.0)

    def grade(self, values: Floats) -> Floats:
        """Colours as this look has them."""
        middle = luma(values)
        graded = middle + (values - middle) * self.saturation
        graded = np.clip((graded - 0.5) * self.contrast + 0.5, 0, 1)
        graded = graded ** np.array(self.gamma, np.float32)
        low, high = np.array(self.shadows, np.float32), np.array(self.lights, np.float32)
        return low + graded * (high - low)


LOOKS = {
    "al_dente": Look(1.2, 1.1, (0.9, 1.0, 1.1), (0.04, 0.02, 0.0), (1.0, 0.97, 0.86)),
    "athena": Look(0.8, 1.05, (1.0, 0.95, 0.9), (0.05, 0.06, 0.1), (1.0, 0.98, 0.94)),
    "audrey": Look(0.0, 1.15, (0.95, 0.97, 1.0), (0.03, 0.02, 0.02), (1.0, 0.98, 0.95)),
    "aurora": Look(0.9, 0.95, (0.85, 1.0, 0.9), (0.12, 0.03, 0.14), (1.0, 0.93, 0.9)),
    "daguerre": Look(0.0, 1.3, (0.95, 1.0, 1.12), (0.08, 0.05, 0.02), (0.97, 0.92, 0.82)),
    "eucalyptus": Look(0.75, 1.05, (1.08, 0.92, 1.0), (0.02, 0.07, 0.06), (0.94, 1.0, 0.95)),
    "fes": Look(0.85, 1.1, (0.85, 0.98, 1.15), (0.1, 0.04, 0.02), (1.0, 0.93, 0.78)),
    "frost": Look(0.6, 1.1, (1.1, 1.0, 0.85), (0.02, 0.05, 0.1), (0.93, 0.98, 1.0)),
    "hairspray": Look(1.15, 0.9, (0.9, 1.0, 0.9), (0.1, 0.04, 0.12), (1.0, 0.95, 1.0)),
    "hokusai": Look(0.55, 1.2, (1.15, 1.02, 0.88), (0.03, 0.07, 0.16), (0.97, 0.94, 0.84)),
    "incognito": Look(0.25, 1.35, (1.05, 1.03, 1.0), (0.0, 0.01, 0.03), (0.96, 0.96, 0.97)),
    "linen": Look(0.7, 0.88, (0.92, 0.95, 1.0), (0.13, 0.11, 0.09), (1.0, 0.97, 0.9)),
    "peacock": Look(1.25, 1.1, (1.1, 0.95, 0.88), (0.0, 0.06, 0.12), (0.96, 1.0, 0.98)),
    "primavera": Look(1.25, 0.95, (0.88, 0.88, 1.0), (0.05, 0.05, 0.02), (1.0, 1.0, 0.92)),
    "quartz": Look(0.8, 0.95, (0.88, 1.0, 0.95), (0.1, 0.06, 0.08), (1.0, 0.94, 0.95)),
    "red_rock": Look(1.1, 1.2, (0.85, 1.05, 1.15), (0.07, 0.01, 0.0), (1.0, 0.92, 0.84)),
    "refresh": Look(1.2, 1.1, (0.95, 0.92, 0.92), (0.0, 0.0, 0.0), (0.98, 1.0, 1.0)),
    "sizzle": Look(1.4, 1.25, (0.85, 0.98, 1.15), (0.03, 0.0, 0.0), (1.0, 0.97, 0.85)),
    "sonnet": Look(0.0, 0.9, (0.95, 0.98, 1.03), (0.14, 0.12, 0.1), (0.98, 0.95, 0.88)),
    "ukulele": Look(1.1, 0.9, (0.9, 0.95, 0.9), (0.06, 0.08, 0.14), (1.0, 0.97, 0.85)),
    "zorro": Look(0.0, 1.6, (1.0, 1.0, 1.0)),
}


def art(image: Image.Image, call: Call) -> Image.Image:
    """The look of the given name."""
    return through_table(image, LOOKS[call.values.word("filter")].grade)
