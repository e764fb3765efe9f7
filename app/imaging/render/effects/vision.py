"""Effects about colour vision."""

from __future__ import annotations

import numpy as np
from PIL import Image

from app.imaging.render.effects.call import Call
from app.imaging.render.effects.pixels import Bytes, Floats, through_table

#: Linear RGB as it is seen with a pigment missing: Machado, Oliveira and Fernandes, "A
#: Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.0.
_MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}

#: A shifted pigment lies between the usual one and none; how far, of what is common.
_ANOMALY = 0.6

#: What one kind of cells sees: the blue cones, or the rods (BT.601's luma for these).
_MONOCHROMACY = {
    "cone_monochromacy": [0.018, 0.110, 0.872],
    "rod_monochromacy": [0.299, 0.587, 0.114],
}

#: Pixels from one stripe to the next.
_PERIOD = 8


def simulate_colorblind(image: Image.Image, call: Call) -> Image.Image:
    """The picture as it is seen by somebody with the given deficiency."""
    matrix = _matrix(call.values.word("condition"))
    return through_table(image, lambda values: _seen(values, matrix))


def _matrix(condition: str) -> Floats:
    if condition in _MONOCHROMACY:
        return np.tile(np.array(_MONOCHROMACY[condition], np.float32), (3, 1))
    if condition in _MACHADO:
        return np.array(_MACHADO[condition], np.float32)
    full = np.array(_MACHADO[condition.replace("anomaly", "anopia")], np.float32)
    return np.eye(3, dtype=np.float32) * (1 - _ANOMALY) + full * _ANOMALY


def _seen(values: Floats, matrix: Floats) -> Floats:
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    mixed = np.clip(linear @ matrix.T, 0, 1)
    low, high = mixed * 12.92, 1.055 * mixed ** (1 / 2.4) - 0.055
    return np.where(mixed <= 0.0031308, low, high).astype(np.float32)


def assist_colorblind(image: Image.Image, call: Call) -> Image.Image:
    """Show the difference of red and green to those who do not see it.

    ``xray`` moves it to blue; otherwise stripes are drawn, to the right where it is red and to
    the left where it is green, as strong as ``strength`` says.
    """
    if call.values.given("type"):
        return through_table(image, _shifted)
    return _striped(image, call.values.number("strength") / 100)


def _shifted(values: Floats) -> Floats:
    """What a deuteranope misses, added where it is seen (Fidaner, Lin and Ozguven, 2005)."""
    missed = values - _seen(values, _matrix("deuteranopia"))
    errors = np.array([[0, 0, 0], [0.7, 1, 0], [0.7, 0, 1]], np.float32)
    return values + missed @ errors.T


def _striped(image: Image.Image, strength: float) -> Image.Image:
    """Lighten and darken along diagonals; opposite ones for red and green."""
    source: Bytes = np.asarray(image)
    result = np.empty_like(source)
    columns = np.arange(image.width)
    falling = np.where(np.arange(_PERIOD) < _PERIOD // 2, 1, -1).astype(np.float32)
    for top in range(0, image.height, 64):
        strip = source[top : top + 64].astype(np.float32)
        rows = np.arange(top, top + len(strip))[:, np.newaxis]
        opponent = strip[..., 0] - strip[..., 1]
        pattern = np.where(
            opponent > 0, falling[(columns + rows) % _PERIOD], falling[(columns - rows) % _PERIOD]
        )
        strip += (pattern * np.abs(opponent) * strength)[..., np.newaxis]
        result[top : top + 64] = np.clip(strip + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(result)
