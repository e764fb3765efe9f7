"""Distances of perceptual hashes."""

from __future__ import annotations

import pytest

from app.domain.analysis import phash_distance, phash_similarity


def test_the_distance_counts_bits() -> None:
    assert phash_distance("0000000000000000", "0000000000000000") == 0
    assert phash_distance("0000000000000000", "ffffffffffffffff") == 64
    assert phash_distance("d8c926d5c28b6c67", "d8c926d5c28b6c60") == 3


def test_similarity_is_the_share_of_equal_bits() -> None:
    assert phash_similarity("d8c926d5c28b6c67", "d8c926d5c28b6c67") == 1.0
    assert phash_similarity("0000000000000000", "ffffffffffffffff") == 0.0
    assert phash_similarity("0000000000000000", "00000000ffffffff") == 0.5


def test_what_is_no_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        phash_distance("", "0000000000000000")
