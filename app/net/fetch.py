"""Fetching remote URLs without reaching into networks that are not allowed.

httpcore is used directly, one connection a request: nothing is taken from the environment
(proxies, ``.netrc``), kept between requests (cookies, connections) or followed unseen.
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import httpcore
import httpx

from app import __version__
from app.domain.errors import BadRequest, NotFound
from app.domain.ports import RemoteFile
from app.net.addresses import Network, parse_literal
from app.net.body import LoadError, receive
from app.net.connect import AddressNotAllowed, CheckedBackend, NameNotResolved, Resolver, resolve

_SCHEMES = ("http", "https")
_HTTP_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
_REDIRECTS = (301, 302, 303, 307, 308)
# RFC 1123 names, and the underscore that some hosts have all the same.
_HOST_NAME = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


class _Missing(Exception):
    """The server answers 404."""


class HttpFetcher:
    """The :class:`~app.domain.ports.RemoteFetcher` over HTTP/1.1. Safe for concurrent use.

    Args:
        timeout: seconds that a fetch may take in all, redirects and body included.
        allow_networks: networks that remote URLs may point into though they are not public.
        max_redirects: most redirects that are followed.
        resolver: how host names become addresses.
        ssl_context: whom to trust; by default the public certificate authorities, or those
            that ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` name.
    """

    def __init__(
        self,
        *,
        timeout: float,
        allow_networks: Sequence[Network] = (),
        max_redirects: int = 5,
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout = timeout
        self._max_redirects = max_redirects
        self._backend = CheckedBackend(allow_networks, resolver)
        self._ssl_context = ssl_context or httpx.create_ssl_context()

    async def fetch(self, url: str, write: Callable[[bytes], None], max_bytes: int) -> RemoteFile:
        """Stream the body of ``url`` into ``write``; see :class:`RemoteFetcher`.

        What ``write`` raises is passed on as it is. Bytes may have been written when the
        fetch fails.

        Raises:
            NotFound: the server answers 404.
            BadRequest: anything else that goes wrong.
        """
        given = _parse(url)
        shown = _presentable(url, well_formed=given is not None)
        if url.partition(":")[0].lower() not in _SCHEMES:
            raise BadRequest(f"Unsupported source URL: {shown}")
        deadline = asyncio.timeout(self._timeout)
        try:
            if given is None or not _usable(given):
                raise LoadError("invalid URL")
            async with deadline:
                size = await self._follow(given, write, max_bytes)
        except _Missing:
            raise NotFound(f"Resource not found - {shown}") from None
        except TimeoutError as exc:
            if not deadline.expired():
                raise  # from ``write``
            raise BadRequest(f"Error in loading {shown} - timed out") from exc
        except (LoadError, AddressNotAllowed, NameNotResolved, *_HTTP_ERRORS) as exc:
            raise BadRequest(f"Error in loading {shown} - {_reason(exc)}") from exc
        return RemoteFile(filename=_filename(given), size=size)

    async def _follow(self, given: httpx.URL, write: Callable[[bytes], None], limit: int) -> int:
        """Fetch ``given`` or what it redirects to; returns the bytes passed on."""
        url = given
        for _ in range(self._max_redirects + 1):
            # Only the server that the credentials were given for gets to see them.
            userinfo = given.userinfo if _origin(url) == _origin(given) else b""
            outcome = await self._request(url, userinfo, write, limit)
            if isinstance(outcome, int):
                return outcome
            url = outcome
        raise LoadError("too many redirects")

    async def _request(
        self, url: httpx.URL, userinfo: bytes, write: Callable[[bytes], None], limit: int
    ) -> int | httpx.URL:
        """Make one request; returns the bytes passed on, or where the server redirects to."""
        headers = [
            (b"Host", url.netloc),
            (b"User-Agent", f"Lenticular/{__version__}".encode()),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"identity"),
            (b"Connection", b"close"),
        ]
        if userinfo:
            user, _, password = userinfo.partition(b":")
            pair = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
            headers.append((b"Authorization", b"Basic " + base64.b64encode(pair)))
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        extensions = {
            "timeout": {"connect": self._timeout},  # the deadline limits everything else
            "sni_hostname": url.raw_host.decode("ascii").removesuffix("."),
        }
        request = httpcore.Request("GET", target, headers=headers, extensions=extensions)
        async with httpcore.AsyncHTTPConnection(
            target.origin, ssl_context=self._ssl_context, network_backend=self._backend
        ) as connection:
            response = await connection.handle_async_request(request)
            try:
                location = {key.lower(): value for key, value in response.headers}.get(b"location")
                if response.status in _REDIRECTS and location is not None:
                    return _redirected(url, location)
                if response.status == HTTPStatus.NOT_FOUND:
                    raise _Missing
                if response.status != HTTPStatus.OK:
                    raise LoadError(_status_line(response.status))
                return await receive(response, write, limit)
            finally:
                await response.aclose()


def _parse(text: str) -> httpx.URL | None:
    """The one parser whose reading of a URL counts; None if it cannot be read."""
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None


def _usable(url: httpx.URL) -> bool:
    """Whether ``url`` names a host and a port that a request can be made to."""
    # Not ``url.host``: it decodes international names, and raises where they are damaged.
    host = url.raw_host.decode("ascii")
    if url.port is not None and not 1 <= url.port <= 65535:
        return False
    return parse_literal(host) is not None or _HOST_NAME.fullmatch(host) is not None


def _origin(url: httpx.URL) -> tuple[bytes, bytes, int | None]:
    return url.raw_scheme, url.raw_host, url.port


def _redirected(url: httpx.URL, location: bytes) -> httpx.URL:
    try:
        target = url.join(location.decode("utf-8", "replace"))
    except (httpx.InvalidURL, ValueError) as exc:
        raise LoadError("invalid redirect") from exc
    if target.scheme not in _SCHEMES or not _usable(target):
        raise LoadError("invalid redirect")
    return target


def _presentable(url: str, *, well_formed: bool) -> str:
    """``url`` as it may stand in a message: no credentials, no control characters.

    In a malformed URL everything up to the last ``@`` may belong to a password.
    """
    text = "".join(char if char.isprintable() else "?" for char in url)
    scheme, colon, rest = text.partition(":")
    bare = rest.lstrip("/\\")
    slashes = rest[: len(rest) - len(bare)]
    end = re.search("[/?#]", bare) if well_formed else None
    cut = end.start() if end else len(bare)
    return scheme + colon + slashes + bare[:cut].rpartition("@")[2] + bare[cut:]


def _filename(url: httpx.URL) -> str:
    """Last segment of the path, decoded; a base name, so ``%2F`` and ``%2E%2E`` do not count."""
    name = "".join(char for char in url.path.rpartition("/")[2] if char.isprintable())
    return "" if name in (".", "..") else name


def _status_line(status: int) -> str:
    # The standard's phrase and not the server's own, which may be any text of any length.
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__


def _reason(exc: Exception) -> str:
    """What the client reads about a failure."""
    if isinstance(exc, LoadError):
        return str(exc)
    if isinstance(exc, AddressNotAllowed):
        return "address not allowed"
    if isinstance(exc, NameNotResolved):
        return "ERR_DNS_FAIL 0"
    if isinstance(exc, httpcore.TimeoutException):
        return "timed out"
    if isinstance(exc, httpcore.ProtocolError):
        return "invalid response"
    for cause in _causes(exc):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate not valid: {cause.verify_message.removesuffix('.')}"
        if isinstance(cause, ssl.SSLError):
            return "TLS handshake failed"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
    return "connection failed"
