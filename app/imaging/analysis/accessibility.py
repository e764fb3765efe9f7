"""What colour blindness takes from a picture: edges that vanish and colours that become one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from app.imaging.analysis.colours import Colour, hexadecimal, palette
from app.imaging.analysis.perception import DICHROMACIES, Bytes, Floats, oklab
from app.imaging.analysis.samples import Sample

#: Distance in OKLab from which on two areas of colour are told apart at a glance.
_DISTINCT = 0.1

#: Distance in OKLab of neighbours that make an edge.
_EDGE = 0.05

#: Colours that stand for the picture when pairs are compared.
_COLOURS = 16

#: Share of the picture that a colour needs to be compared.
_LEAST = 0.01


def analyse(sample: Sample) -> dict[str, Any]:
    """``accessibility_analysis`` of replies.

    The real service does not say how it scores. Here both scores say how much of a difference
    that usual vision sees is left without the long or the medium cones, whichever is worse:
    ``distinct_edges`` between neighbouring pixels, ``distinct_colors`` between the colours that
    stand for the picture. The overall score is their mean, as in the service's examples.
    """
    edges = _distinct_edges(sample)
    colours, pair = _distinct_colours(sample)
    return {
        "colorblind_accessibility_analysis": {
            "distinct_edges": round(edges, 2),
            "distinct_colors": round(colours, 2),
            "most_indistinct_pair": [hexadecimal(colour) for colour in pair],
        },
        "colorblind_accessibility_score": round((edges + colours) / 2, 2),
    }


def _distinct_edges(sample: Sample) -> float:
    """How much of their contrast edges keep in the mean; 1 for a picture without edges."""
    usual = _contrasts(sample)
    edges = usual >= _EDGE
    if not edges.any():
        return 1.0
    seen = (_contrasts(sample, name)[edges] / usual[edges] for name in DICHROMACIES)
    return min(float(np.minimum(kept, 1).mean()) for kept in seen)


def _contrasts(sample: Sample, dichromacy: str = "") -> Floats:
    """Distances in OKLab of all neighbours; 0 where one of them is not seen."""
    colours = oklab(sample.rgb, dichromacy)
    colours[~sample.seen] = np.nan
    distances = [np.linalg.norm(np.diff(colours, axis=axis), axis=-1).ravel() for axis in (0, 1)]
    known: Floats = np.nan_to_num(np.concatenate(distances))
    return known


def _distinct_colours(sample: Sample) -> tuple[float, tuple[Colour, ...]]:
    """How distinct colours stay from the ones they differ from, and the pair that does worst.

    Each colour counts as the worst of the pairs that it is part of; all colours count the same,
    since what a small slice of a chart says matters as much as the paper around it.

    Returns:
        1 and a colour twice for a picture of one colour, no pair where nothing is seen.
    """
    found = palette(sample.colours(), _COLOURS)
    colours = [colour for colour, share in found if share >= _LEAST]
    if len(colours) < 2:
        return 1.0, tuple(colours * 2)
    points: Bytes = np.array(colours, np.uint8)
    usual = _distances(oklab(points))
    left = np.min([_distances(oklab(points, name)) for name in DICHROMACIES], axis=0)
    kept = np.where(usual >= _DISTINCT, np.minimum(left / _DISTINCT, 1), 1)
    # Where all pairs stay distinct, or none is, the one that is nearest to being lost.
    worst = min(
        combinations(range(len(colours)), 2),
        key=lambda pair: (kept[pair], bool(usual[pair] < _DISTINCT), left[pair]),
    )
    return float(kept.min(axis=0).mean()), (colours[worst[0]], colours[worst[1]])


def _distances(points: Floats) -> Floats:
    """Of each colour from each, (colours, colours)."""
    distances: Floats = np.linalg.norm(points[:, np.newaxis] - points, axis=-1)
    return distances
