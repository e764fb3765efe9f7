"""What a body is made of, and how much of it is accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from app.domain.errors import BadRequest
from app.domain.params import Params
from app.domain.ports import IncomingBlob

CreateBlob: TypeAlias = Callable[[], IncomingBlob]


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest accepted body, dimension by dimension.

    Attributes:
        file_bytes: size of the file; 0 for calls that take none.
        field_bytes: all fields together; of JSON, all text but a data URI.
        fields: number of parts or pairs.
        header_bytes: headers of one part.
        json_values: values in a JSON body, counted by its commas and brackets; three bytes
            of JSON may become a hundred bytes of memory.
        read_timeout_seconds: time without a byte.
    """

    file_bytes: int
    field_bytes: int = 8 * 1024 * 1024
    fields: int = 10_000
    header_bytes: int = 16 * 1024
    json_values: int = 200_000
    read_timeout_seconds: float = 60.0


@dataclass(slots=True)
class Upload:
    """A file: a multipart part with a file name, or a decoded data URI.

    Attributes:
        filename: as the client gave it, without folders; ``None`` for a data URI.
    """

    blob: IncomingBlob
    filename: str | None = None


@dataclass(slots=True)
class Body:
    """A body taken apart.

    Attributes:
        fields: every parameter but ``file``.
        file: the file, or the text that was sent in its place: a URL to fetch.
    """

    fields: Params
    file: Upload | str | None = None


class ClientDisconnected(Exception):
    """The client went away before its request was complete."""


def malformed(what: str) -> BadRequest:
    """A refusal of a body that cannot be read on from here."""
    return BadRequest(f"Malformed request body - {what}", close=True)


def too_large(got: int, maximum: int) -> BadRequest:
    """The contract's refusal of a large file."""
    return BadRequest(f"File size too large. Got {got}. Maximum is {maximum}.")


def fields_too_large(limits: Limits) -> BadRequest:
    """The refusal of more text than any call needs."""
    return malformed(f"parameters exceed {limits.field_bytes} bytes")


def check_file_name(name: str) -> None:
    """Refuse a field that was meant to be ``file``.

    Raises:
        BadRequest: in the vendor's words.
    """
    if name.startswith("file["):
        raise BadRequest(
            "Invalid file parameter. Make sure your file parameter does not include '[]'"
        )


def file_text(text: str) -> str:
    """A ``file`` that is no file: the URL to fetch.

    Raises:
        BadRequest: it holds a NUL, which no URL does.
    """
    if "\0" in text:
        raise BadRequest("Invalid URL for upload")
    return text.strip()


class FileSink:
    """Where the bytes of a file go, counted against the limit."""

    def __init__(self, create_blob: CreateBlob, limits: Limits) -> None:
        self._create_blob = create_blob
        self._maximum = limits.file_bytes
        self._announced = False
        self.blob: IncomingBlob | None = None

    def announce(self) -> None:
        """A ``file`` field begins, whatever it will turn out to hold.

        Raises:
            BadRequest: it is the second one; neither could be preferred without surprise.
        """
        if self._announced:
            raise malformed("more than one file")
        self._announced = True

    def open(self) -> IncomingBlob:
        """The field holds bytes.

        Raises:
            BadRequest: the call takes none.
        """
        if self._maximum == 0:
            raise BadRequest("Invalid file parameter. This call takes no file")
        self.blob = self._create_blob()
        return self.blob

    def write(self, data: bytes | memoryview) -> None:
        """Append to the file.

        Raises:
            BadRequest: it grows too large.
        """
        assert self.blob is not None  # noqa: S101 - open() comes first
        size = self.blob.size + len(data)
        if size > self._maximum:
            raise too_large(size, self._maximum)
        self.blob.write(data)

    def discard(self) -> None:
        """Forget the file, if there is one."""
        if self.blob is not None:
            self.blob.discard()


class FieldBudget:
    """Counts fields and their bytes against the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0
        self._fields = 0

    def field(self) -> None:
        """One more field.

        Raises:
            BadRequest: too many.
        """
        self._fields += 1
        if self._fields > self._limits.fields:
            raise malformed("too many parameters")

    def spend(self, size: int) -> None:
        """More bytes of a field.

        Raises:
            BadRequest: too many.
        """
        self._bytes += size
        if self._bytes > self._limits.field_bytes:
            raise fields_too_large(self._limits)
