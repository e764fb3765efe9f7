"""Fetching remote URLs without reaching into networks that are not allowed.

httpcore is used directly, one connection a request: nothing is taken from the environment
(proxies, ``.netrc``), kept between requests (cookies, connections) or followed unseen.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import httpcore
import httpx

from app import __version__
from app.domain.errors import BadRequest
from app.domain.ports import FETCH_PLAINLY, FetchOptions, RemoteFile
from app.net.addresses import Network
from app.net.body import receive
from app.net.connect import CheckedBackend, Resolver, resolve
from app.net.failures import LoadError, Missing, loading, status_line
from app.net.headers import Headers, file_name, read_lines, with_defaults
from app.net.proxy import Tunnel, basic, choose, read_proxies
from app.net.urls import SCHEMES, base_name, origin, parse, presentable, redirected, usable

_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class _Fetch:
    """One fetch: what is the same for all of its requests.

    Attributes:
        url: the given URL.
        headers: what its own server, and nobody else, gets to see beside the usual.
        network: what connections are made by.
        write: takes the body.
        max_bytes: most bytes of it.
    """

    url: httpx.URL
    headers: Headers
    network: httpcore.AsyncNetworkBackend
    write: Callable[[bytes], None]
    max_bytes: int


class HttpFetcher:
    """The :class:`~app.domain.ports.RemoteFetcher` over HTTP/1.1. Safe for concurrent use.

    Args:
        timeout: seconds that a fetch may take in all, redirects and body included.
        allow_networks: networks that remote URLs may point into though they are not public.
        proxies: URLs of the proxies that clients may ask for.
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
        proxies: Sequence[str] = (),
        max_redirects: int = 5,
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout = timeout
        self._max_redirects = max_redirects
        self._proxies = read_proxies(proxies)
        self._backend = CheckedBackend(allow_networks, resolver)
        self._ssl_context = ssl_context or httpx.create_ssl_context()

    async def fetch(
        self,
        url: str,
        write: Callable[[bytes], None],
        max_bytes: int,
        options: FetchOptions = FETCH_PLAINLY,
    ) -> RemoteFile:
        """Stream the body of ``url`` into ``write``; see :class:`RemoteFetcher`.

        Credentials in the URL are sent as HTTP Basic, unless ``options`` has a header of that
        kind; both, and all other headers of ``options``, are for the URL's own origin.

        Raises:
            NotFound: the server answers 404.
            BadRequest: anything else that goes wrong.
        """
        given = parse(url)
        shown = presentable(url, well_formed=given is not None)
        if url.partition(":")[0].lower() not in SCHEMES:
            raise BadRequest(f"Unsupported source URL: {shown}")
        headers = read_lines(options.headers)
        network = self._network(options.proxy)
        async with loading(shown, self._timeout):
            if given is None or not usable(given):
                raise LoadError("invalid URL")
            if given.userinfo:
                headers = with_defaults(headers, [(b"Authorization", basic(given.userinfo))])
            return await self._follow(_Fetch(given, headers, network, write, max_bytes))

    def _network(self, proxy: str) -> httpcore.AsyncNetworkBackend:
        if not proxy:
            return self._backend
        return Tunnel(choose(self._proxies, proxy), self._backend, self._ssl_context)

    async def _follow(self, fetch: _Fetch) -> RemoteFile:
        """Fetch the given URL or what it redirects to."""
        url = fetch.url
        for _ in range(self._max_redirects + 1):
            outcome = await self._request(fetch, url)
            if isinstance(outcome, RemoteFile):
                return outcome
            url = outcome
        raise LoadError("too many redirects")

    async def _request(self, fetch: _Fetch, url: httpx.URL) -> RemoteFile | httpx.URL:
        """Make one request; returns what came, or where the server redirects to."""
        own = fetch.headers if origin(url) == origin(fetch.url) else []
        headers = with_defaults(
            own,
            [
                (b"Host", url.netloc),
                (b"User-Agent", f"Lenticular/{__version__}".encode()),
                (b"Accept", b"*/*"),
                (b"Accept-Encoding", b"identity"),
                (b"Connection", b"close"),
            ],
        )
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        extensions = {
            "timeout": {"connect": self._timeout},  # the deadline limits everything else
            "sni_hostname": url.raw_host.decode("ascii").removesuffix("."),
        }
        request = httpcore.Request("GET", target, headers=headers, extensions=extensions)
        async with httpcore.AsyncHTTPConnection(
            target.origin, ssl_context=self._ssl_context, network_backend=fetch.network
        ) as connection:
            response = await connection.handle_async_request(request)
            try:
                location = {key.lower(): value for key, value in response.headers}.get(b"location")
                if response.status in _REDIRECTS and location is not None:
                    return _target(url, location)
                if response.status == HTTPStatus.NOT_FOUND:
                    raise Missing
                if response.status != HTTPStatus.OK:
                    raise LoadError(status_line(response.status))
                size = await receive(response, fetch.write, fetch.max_bytes)
            finally:
                await response.aclose()
        name = file_name(response.headers) or base_name(fetch.url.path)
        return RemoteFile(name, size)


def _target(url: httpx.URL, location: bytes) -> httpx.URL:
    target = redirected(url, location)
    if target is None:
        raise LoadError("invalid redirect")
    return target
