"""The :class:`app.domain.facts.FileFacts` on Pillow, and on ffprobe or MediaInfo."""

from __future__ import annotations

from pathlib import Path

from app.domain.facts import MediaInfo, UnsupportedVideo
from app.imaging.facts import ffprobe, mediainfo, pictures

#: Formats of video and audio that are read; MIDI, a score, has neither.
_FORMATS = frozenset(
    "mp4 mov 3gp 3g2 webm mkv avi mpeg ts m2ts flv wmv ogv mxf "
    "mp3 m4a aac wav flac ogg opus aiff amr caf".split()
)


class FileFactsReader:
    """Reads what files say of themselves.

    Args:
        ffprobe: path of FFmpeg's program, which knows more of the formats; without it
            MediaInfo, which comes with the service, looks at video and audio.
    """

    def __init__(self, ffprobe: str | None = None) -> None:
        self._ffprobe = ffprobe

    def picture_metadata(self, source: bytes | Path, file_format: str) -> dict[str, str]:
        """Texts by name, see :meth:`app.domain.facts.FileFacts.picture_metadata`."""
        return pictures.picture_metadata(source, file_format)

    def probe(self, source: bytes | Path, file_format: str) -> MediaInfo:
        """Streams and metadata; takes about 70 ms, most of them to start a program.

        Raises:
            UnsupportedVideo: it is damaged, or not of a format that is read.
            OSError: ``source`` cannot be opened.
        """
        if file_format not in _FORMATS:
            raise UnsupportedVideo
        if self._ffprobe:
            return ffprobe.probe(self._ffprobe, source)
        return mediainfo.probe(source)
