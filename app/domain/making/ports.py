"""The sockets of what makes pictures of texts and of pictures, and of what packs archives."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from app.domain.making.sheets import Region
from app.domain.rendering import Rendering, Source
from app.domain.transformation.steps import Output, TextLayer

ArchiveFormat: TypeAlias = Literal["zip", "tgz"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sprite: the sheet, and where each picture lies on it, in the order they were given."""

    image: Rendering
    regions: tuple[Region, ...]


class PictureMaker(Protocol):
    """Makes pictures. Synchronous and thread-safe: callers choose the thread."""

    def text(self, layer: TextLayer) -> Rendering:
        """Set a text as a PNG.

        Raises:
            BadRequest: a style that there is not, or a text beyond a limit.
        """

    def sprite(
        self, pictures: Sequence[tuple[str, Source]], output: Output, extension: str
    ) -> Sheet:
        """Put pictures side by side on one sheet.

        Args:
            pictures: each with its name; of animations the first frame is taken.

        Raises:
            InvalidImage: one is damaged.
            BadRequest: they are too large together.
        """

    def multi(self, pictures: Sequence[Source], output: Output, extension: str) -> Rendering:
        """Show pictures one after another, or put them on the pages of a PDF.

        Args:
            pictures: of animations the first frame is taken.
            output: with the delay and the number of showings.

        Raises:
            InvalidImage: one is damaged.
            BadRequest: they are too large together.
        """


class ArchiveWriter(Protocol):
    """An archive on its way out, for one caller; nothing is held but the present chunk."""

    def add(
        self, name: str, content: bytes | Path, modified: datetime
    ) -> Generator[bytes, None, None]:
        """Add a file; yields what of the archive is ready by then. Closing it lets go of the file.

        Raises:
            OSError: it cannot be read.
        """

    def finish(self) -> Generator[bytes, None, None]:
        """The rest of the archive."""


class Archiver(Protocol):
    """Begins archives."""

    def begin(self, format: ArchiveFormat) -> ArchiveWriter:
        """A new archive."""
