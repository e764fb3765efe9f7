"""Reading the body of a response within limits."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterator

import httpcore

from app.net.failures import LoadError, check_size

PIECE = 64 * 1024  # bytes that are decompressed at a time
_COMPRESSED = {b"gzip", b"x-gzip", b"deflate"}


class _Inflater:
    """Decompresses gzip (RFC 1952, also of several members) and zlib (RFC 1950) streams.

    No more than one piece is ever decompressed ahead of its reader, so a small body that
    stands for a huge one costs no memory.
    """

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: either header
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what ``data`` stands for, ``PIECE`` bytes or less at a time."""
        self._begun = True
        while data:  # the checksum at the end is only taken once all output is fetched
            if self._member.eof:
                if not data.startswith(b"\x1f"):
                    return  # padding behind the last member
                self._member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
            try:
                piece = self._member.decompress(data, PIECE)
            except zlib.error as exc:
                raise LoadError("invalid compressed data") from exc
            data = self._member.unconsumed_tail or self._member.unused_data
            if piece:
                yield piece

    def finish(self) -> None:
        """Check that the stream did not end in its middle."""
        if self._begun and not self._member.eof:
            raise LoadError("incomplete response")


def _header(response: httpcore.Response, name: bytes) -> bytes:
    """All values of a header, joined as HTTP allows (RFC 9110, 5.3); empty if there is none."""
    return b", ".join(value for key, value in response.headers if key.lower() == name)


async def receive(
    response: httpcore.Response, write: Callable[[bytes], None], max_bytes: int
) -> int:
    """Pass the body of ``response`` on, without its content coding.

    Args:
        response: whose body nobody has read yet.
        write: takes the bytes; what it raises is passed on as it is.
        max_bytes: most bytes that are passed on, counted without the coding.

    Returns:
        Bytes passed on.

    Raises:
        LoadError: the body is cut short, damaged, or in a coding that is not supported.
        BadRequest: the body is longer than ``max_bytes``.
    """
    coding = _header(response, b"content-encoding").strip().lower()
    if coding not in _COMPRESSED | {b"", b"identity"}:
        raise LoadError("unsupported content encoding")
    inflater = _Inflater() if coding in _COMPRESSED else None
    declared = _header(response, b"content-length")
    if inflater is None and declared.isdigit() and not _header(response, b"transfer-encoding"):
        check_size(int(declared), max_bytes)

    size = 0
    try:
        async for data in response.aiter_stream():
            for piece in inflater.feed(data) if inflater else (data,):
                size += len(piece)
                check_size(size, max_bytes)
                write(piece)
                # A fast sender or a bomb must neither hold up the other requests nor
                # outrun the deadline, which only takes effect at an await.
                await asyncio.sleep(0)
    except (httpcore.NetworkError, httpcore.ProtocolError) as exc:
        raise LoadError("incomplete response") from exc
    if inflater:
        inflater.finish()
    return size
