"""The sockets: what the use cases need from the outside, as Protocols.

``app/container/`` plugs the adapters in. Each port has a contract test suite under
``tests/contract`` that all of its adapters pass.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ParamSpec, Protocol, TypeVar

from app.domain.categories import Category
from app.domain.detail import Detail
from app.domain.faces import Faces
from app.domain.images import InputSpec, Inspection, MediaKind, Pixels

P = ParamSpec("P")
T = TypeVar("T")


class TaggingEngine(Protocol):
    """Pixels in, categories out. Thread-safe; one call runs on one CPU core."""

    @property
    def name(self) -> str:
        """Model name, e.g. ``lite2-int8``: the folder under ``models/``."""

    @property
    def version(self) -> str:
        """Model version from its manifest, stored with every result."""

    def inputs(self, detail: Detail) -> tuple[InputSpec, ...]:
        """The views of a picture that :meth:`categorize` wants to be given."""

    def categorize(
        self,
        views: Mapping[InputSpec, Pixels],
        detail: Detail = "fast",
        faces: Faces | None = None,
    ) -> list[Category]:
        """Name what is in the picture.

        Args:
            views: the pixels of every one of :meth:`inputs`.
            faces: what a face detector found; ``None`` if none looked.

        Returns:
            Categories by descending confidence; the same bytes for the same pixels,
            whatever runs beside it.
        """


class Imager(Protocol):
    """Looks at files. Synchronous and thread-safe: callers choose the thread."""

    def sniff(self, head: bytes) -> tuple[MediaKind, str]:
        """Name a file by its first (at least 512, if it has them) bytes.

        Returns:
            The kind and the normalised format (``("image", "jpg")``); the format is
            empty where the kind is ``other``.
        """

    def inspect(self, source: bytes | Path, specs: Collection[InputSpec] = ()) -> Inspection:
        """Decode a picture completely, once, at the smallest scale that serves ``specs``.

        Raises:
            InvalidImage: it is not a supported picture, or it is damaged or cut short.
            BadRequest: it has more pixels than allowed.
        """


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob's address and digests.

    Attributes:
        key: lower-case hex SHA-256 of the bytes; the address.
        md5: lower-case hex MD5, which clients know as ``etag``.
        size: bytes.
    """

    key: str
    md5: str
    size: int


class IncomingBlob(Protocol):
    """Bytes on their way in: invisible until :meth:`keep`, gone after :meth:`discard`.

    Small ones stay in memory, large ones go to a temporary file.
    """

    @property
    def size(self) -> int:
        """Bytes written so far."""

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes, hashing them on the way."""

    def source(self) -> bytes | Path:
        """All bytes so far: in memory if small, else the path of the temporary file."""

    def info(self) -> BlobInfo:
        """Digests of everything written so far."""

    def keep(self) -> BlobInfo:
        """Make the bytes durable under their key.

        On return they survive a power cut (temporary file, fsync, rename, fsync of the
        directory). Idempotent; a blob that is already there is kept as it is.
        """

    def discard(self) -> None:
        """Forget the bytes. Does nothing after :meth:`keep`; never raises."""


class BlobStore(Protocol):
    """Content-addressed bytes."""

    def create(self) -> IncomingBlob:
        """Begin a new blob."""

    def open(self, key: str) -> BinaryIO:
        """Open a blob for reading. Raises ``FileNotFoundError`` if it is not there."""

    def path(self, key: str) -> Path:
        """Where the blob lies on this machine, for zero-copy sending."""

    def exists(self, key: str) -> bool:
        """Whether the blob is there."""

    def delete(self, key: str) -> None:
        """Remove a blob; a missing one is no error."""

    def keys(self) -> Iterator[tuple[str, float]]:
        """Every blob with its modification time (Unix seconds), for ``reconcile``."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What a remote URL turned out to be.

    Attributes:
        filename: base name that the server gives, else that of the URL's path,
            percent-decoded; possibly empty.
        size: bytes received.
    """

    filename: str
    size: int


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How a client wants a remote URL fetched.

    Attributes:
        headers: lines ``Name: value`` that the URL's own server gets to see.
        proxy: URL of the proxy to go through; empty: none.
        cloud: name of the cloud that the file is for, which decides what buckets it may read.
    """

    headers: tuple[str, ...] = ()
    proxy: str = ""
    cloud: str = ""


FETCH_PLAINLY = FetchOptions()


class RemoteFetcher(Protocol):
    """Fetches URLs without ever reaching into networks or buckets that are not allowed."""

    async def fetch(
        self,
        url: str,
        write: Callable[[bytes], None],
        max_bytes: int,
        options: FetchOptions = FETCH_PLAINLY,
    ) -> RemoteFile:
        """Stream what ``url`` stands for into ``write``, whose errors are passed on as they are.

        Bytes may have been written when the fetch fails.

        Raises:
            NotFound: ``Resource not found - <url>`` when there is no such file.
            BadRequest: ``Error in loading <url> - <reason>`` for everything else that
                goes wrong, ``Unsupported source URL: <url>`` for other schemes,
                ``Bucket <name> is not authorized for this cloud``, ``Invalid value <v> for
                parameter headers`` (or ``proxy``), ``Proxy <url> is not allowed``, and
                ``File size too large. Got <n>. Maximum is <max>.`` beyond ``max_bytes``.
        """


class WebhookPoster(Protocol):
    """Posts to http(s) URLs without ever reaching into networks that are not allowed."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a JSON body with headers; returns once the receiver has answered 2xx.

        Raises:
            TemporaryFailure: it was not reached, or answered anything else, redirects too.
            PermanentFailure: the URL leads where nothing may be sent.
        """


class Workers(Protocol):
    """Threads for work that would block the event loop."""

    async def cpu(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a computation on one core; ``RateLimited`` when too many wait already."""

    async def io(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that waits for a disk."""
