"""The :class:`app.domain.analysis.PictureAnalyst` on Pillow and numpy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from app.domain.images import InputSpec, Pixels
from app.imaging import decode, pdf
from app.imaging.analysis import (
    accessibility,
    cinemagraph,
    colours,
    depiction,
    fingerprint,
    quality,
    samples,
)

#: What each analysis looks at, by its name.
_VIEWS: Mapping[str, tuple[InputSpec, ...]] = {
    "colors": (samples.VIEW,),
    "phash": (fingerprint.VIEW,),
    "quality_analysis": (quality.VIEW,),
    "accessibility_analysis": (samples.VIEW,),
    "cinemagraph_analysis": (),
    "image_analysis": (samples.VIEW,),
}


class PillowAnalyst:
    """Analyses pictures that the imager has accepted.

    Args:
        max_pixels: largest width × height that is decoded, as the imager has it.
    """

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        decode.register(max_pixels)

    def views(self, wanted: Collection[str]) -> tuple[InputSpec, ...]:
        """The views of a picture that :meth:`analyse` wants to be given."""
        return tuple(
            dict.fromkeys(
                spec for name, specs in _VIEWS.items() if name in wanted for spec in specs
            )
        )

    def analyse(
        self,
        source: bytes | Path,
        views: Mapping[InputSpec, Pixels],
        wanted: Collection[str],
    ) -> dict[str, Any]:
        """Find out what is wanted about a picture.

        Raises:
            InvalidImage, BadRequest: the file is not one that was accepted.
            OSError: it cannot be opened.
        """
        found: dict[str, Any] = {}
        sample = None
        if wanted:
            source = pdf.as_picture(source, self._max_pixels)
        if samples.VIEW in self.views(wanted):
            sample = samples.of_picture(source, views[samples.VIEW], self._max_pixels)
        if sample and "colors" in wanted:
            found |= colours.analyse(sample)
        if "phash" in wanted:
            found["phash"] = fingerprint.phash(views[fingerprint.VIEW])
        if "quality_analysis" in wanted:
            with samples.opened(source) as (_, image):
                found |= quality.analyse(image, views[quality.VIEW])
        if sample and "accessibility_analysis" in wanted:
            found["accessibility_analysis"] = accessibility.analyse(sample)
        if "cinemagraph_analysis" in wanted:
            found["cinemagraph_analysis"] = cinemagraph.analyse(source)
        if sample and "image_analysis" in wanted:
            found |= depiction.analyse(sample)
        return found
