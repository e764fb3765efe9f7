"""What an engine saw in a picture."""

from __future__ import annotations

from typing import NamedTuple


class Category(NamedTuple):
    """One concept with the engine's confidence in it.

    A tuple because dozens are made on every read of an asset: four times as fast.

    Attributes:
        word: the concept in English, lower case, as a person would type it.
        confidence: 0..1, rounded to the four decimals that are returned and compared.
        synset: WordNet 3.0 id such as ``n02084071`` (the key of translations), or "" .
        source: the part of the engine that saw it, its name and its version with a space
            between (``lite2-core 1.0.0``); "" is the engine's classifier itself.
    """

    word: str
    confidence: float
    synset: str = ""
    source: str = ""
