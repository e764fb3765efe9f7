"""Analyses of pictures: what a request may ask for, and what two fingerprints have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Protocol

from app.domain.images import InputSpec, Pixels

#: The analyses by the flags of requests (CONTRACT B2), in the order of their results in replies.
#: ``image_analysis`` has no flag on upload; search asks for it by that name (CONTRACT E7).
ANALYSES = (
    "colors",
    "phash",
    "quality_analysis",
    "accessibility_analysis",
    "cinemagraph_analysis",
    "image_analysis",
)

#: Bits of a perceptual hash, written as 16 hexadecimal digits.
PHASH_BITS = 64

#: Hash of every picture of one colour: it says nothing about which.
FLAT = "0" * 16


class PictureAnalyst(Protocol):
    """Pixels in, JSON values out. Synchronous and thread-safe: callers choose the thread."""

    def views(self, wanted: Collection[str]) -> tuple[InputSpec, ...]:
        """The views of a picture that :meth:`analyse` wants to be given.

        Args:
            wanted: names of :data:`ANALYSES`; others are passed over.
        """

    def analyse(
        self,
        source: bytes | Path,
        views: Mapping[InputSpec, Pixels],
        wanted: Collection[str],
    ) -> dict[str, Any]:
        """Find out what is wanted about a picture.

        Args:
            source: its file, which :meth:`app.domain.ports.Imager.inspect` has accepted. Pixels
                are decoded from it again only where views cannot tell: for transparency, and
                for the frames of an animation.
            views: the pixels of at least every one of :meth:`views`.
            wanted: names of :data:`ANALYSES`; others are passed over.

        Returns:
            JSON values by the keys of replies, the same ones for the same file:

            * ``colors``: ``colors`` and ``predominant``
            * ``phash``: ``phash``, 16 hexadecimal digits
            * ``quality_analysis``: ``quality_analysis`` and ``quality_score``
            * ``accessibility_analysis``, ``cinemagraph_analysis``: the same keys
            * ``image_analysis``: ``illustration_score``, ``semi_transparent``, ``grayscale``

        Raises:
            InvalidImage, BadRequest: the file is not one that was accepted.
            OSError: it cannot be opened.
        """


def phash_distance(one: str, other: str) -> int:
    """In how many of their 64 bits two perceptual hashes differ.

    Copies of a picture (smaller, recompressed, in another format) differ in a few bits, pictures
    that have nothing to do with each other in about half of them.

    Args:
        one, other: 16 hexadecimal digits each.

    Raises:
        ValueError: one of them is no hexadecimal number.
    """
    return (int(one, 16) ^ int(other, 16)).bit_count()


def phash_similarity(one: str, other: str) -> float:
    """The share of bits that two perceptual hashes have in common, 0 … 1.

    What ``moderation=duplicate:<threshold>`` compares with its threshold. The real service does
    not say how it measures; the share of equal bits is the usual measure for such hashes.

    Raises:
        ValueError: one of them is no hexadecimal number.
    """
    return 1 - phash_distance(one, other) / PHASH_BITS
