"""Making confidences mean what they say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def fit_platt(scores: Array, truth: Array, weights: Array) -> tuple[float, float]:
    """Slope and offset that turn scores into the logit of a probability.

    After Platt, "Probabilistic Outputs for Support Vector Machines", 1999, with the damped Newton
    steps of Lin, Lin and Weng, "A Note on Platt's Probabilistic Outputs", 2007.

    Args:
        scores: (n,) any real numbers; larger means likelier.
        truth: (n,) 1 or 0.
        weights: (n,) how much each counts; 0 leaves it out.

    Returns:
        ``(slope, offset)``; (1, 0) if nothing counts.
    """
    counted = weights > 0
    if not counted.any():
        return 1.0, 0.0
    weight = weights[counted].astype(np.float64)
    weight /= weight.mean()
    middle, spread = scores[counted].mean(), scores[counted].std() + 1e-9
    x = (scores[counted] - middle) / spread
    yes, no = float(weight @ truth[counted]), float(weight @ (1 - truth[counted]))
    # Never quite sure: the targets that Platt's prior gives.
    target = np.where(truth[counted] > 0, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(slope: float, offset: float) -> float:
        logit = slope * x + offset
        return float(weight @ (np.logaddexp(0, logit) - target * logit))

    slope, offset = 1.0, float(np.log((yes + 1) / (no + 1)))
    current = loss(slope, offset)
    for _ in range(100):
        guess = 1 / (1 + np.exp(-np.clip(slope * x + offset, -40, 40)))
        residual, curve = weight * (guess - target), weight * guess * (1 - guess)
        gradient = np.array([residual @ x, residual.sum()])
        mixed = curve @ x
        hessian = np.array([[curve @ (x * x), mixed], [mixed, curve.sum()]])
        move = np.linalg.solve(hessian + 1e-9 * len(x) * np.eye(2), gradient)
        size = 1.0
        while size > 1e-8 and loss(slope - size * move[0], offset - size * move[1]) >= current:
            size /= 2
        if size <= 1e-8:
            break
        slope, offset = slope - size * move[0], offset - size * move[1]
        current = loss(slope, offset)
    return float(slope / spread), float(offset - slope * middle / spread)
