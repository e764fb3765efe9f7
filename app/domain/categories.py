"""What an engine saw in a picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """One concept with the engine's confidence in it.

    Attributes:
        word: the concept in English, lower case, as a person would type it.
        confidence: 0..1, rounded to the four decimals that are returned and compared.
        synset: WordNet 3.0 id such as ``n02084071`` (the key of translations), or "" .
    """

    word: str
    confidence: float
    synset: str = ""
