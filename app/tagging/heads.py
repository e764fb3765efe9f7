"""Linear heads: words beyond the classifier's classes, read off its embedding.

A head is a logistic regression over the square roots of the embedding's numbers. The network
computes the embedding anyway, so that a head costs microseconds. Standardisation and calibration
(Platt, "Probabilistic Outputs for Support Vector Machines", 1999) are folded into its weights.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.tagging.engine import Floats, ModelError

WEIGHTS, TAGS = "weights.npy", "tags.tsv"


@dataclass(frozen=True, slots=True)
class HeadTag:
    """A word that a head answers for.

    Attributes:
        word, synset: as in :class:`app.domain.categories.Category`.
        parents: its wider words, which are at least as confident.
        gate: below this confidence it is not said of a single subject at all: scene heads tend
            to misread close-ups.
        crowded: the same in a scene of many things; equal to ``gate`` where that was measured
            on pictures of all kinds.
        parts: whether a part of the picture speaks for the whole (a person in a corner is a
            person; a corner that looks like a room is none).
    """

    word: str
    synset: str
    parents: tuple[str, ...]
    gate: float
    crowded: float
    parts: bool


class Heads:
    """The heads of one file.

    Args:
        weights: float32 (tags, width + 1), the last column being the offset.
    """

    def __init__(
        self, name: str, version: str, tags: tuple[HeadTag, ...], weights: NDArray[np.float32]
    ) -> None:
        self.name, self.version, self.tags = name, version, tags
        self._weights, self._offsets = weights[:, :-1].copy(), weights[:, -1].astype(np.float64)

    @property
    def width(self) -> int:
        """Numbers in the embeddings that it reads."""
        return int(self._weights.shape[1])

    def scores(self, embeddings: Floats) -> Floats:
        """Calibrated confidences.

        Args:
            embeddings: (views, width), not negative.

        Returns:
            (views, tags), 0 … 1.
        """
        roots = np.sqrt(embeddings).astype(np.float32)
        # Not `@`: BLAS would wake its threads for so little, and cost more than the network.
        logits = np.einsum("vw,tw->vt", roots, self._weights) + self._offsets
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0))))

    @classmethod
    def load(cls, name: str, version: str, folder: Path) -> Heads:
        """Read ``weights.npy`` and ``tags.tsv``.

        Raises:
            ModelError: they are malformed, or do not fit each other.
        """
        try:
            weights = np.load(folder / WEIGHTS, allow_pickle=False)
            with (folder / TAGS).open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
            tags = tuple(map(_tag, rows))
        except (OSError, ValueError, KeyError, AttributeError, EOFError) as error:
            raise ModelError(f"{folder.name}: heads cannot be read: {error}") from error
        if weights.ndim != 2 or weights.dtype != np.float32 or len(weights) != len(tags):
            raise ModelError(f"{folder.name}/{WEIGHTS} does not fit {TAGS}")
        return cls(name, version, tags, weights)


def _tag(row: dict[str, str]) -> HeadTag:
    gate = float(row["gate"])
    # Not every file tells scenes from single subjects.
    crowded = float(row.get("crowded") or gate)
    if not (row["word"] and 0 <= gate <= 1 and 0 <= crowded <= 1 and row["parts"] in ("yes", "no")):
        raise ValueError(f"malformed row {row}")
    parents = tuple(filter(None, row["parents"].split(", ")))
    return HeadTag(row["word"], row["synset"], parents, gate, crowded, row["parts"] == "yes")
