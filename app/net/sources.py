"""Where files may come from: the web, and the operator's buckets."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.ports import FETCH_PLAINLY, FetchOptions, RemoteFetcher, RemoteFile
from app.net import buckets


class Sources:
    """The :class:`~app.domain.ports.RemoteFetcher` of all schemes.

    ``ftp`` is none of them: its servers name the address of the data connection themselves, and
    send passwords in the clear.

    Args:
        web: fetches web URLs, and refuses all others.
        storage: reads from buckets.
    """

    def __init__(self, web: RemoteFetcher, storage: RemoteFetcher) -> None:
        self._web = web
        self._storage = storage

    async def fetch(
        self,
        url: str,
        write: Callable[[bytes], None],
        max_bytes: int,
        options: FetchOptions = FETCH_PLAINLY,
    ) -> RemoteFile:
        """Stream what ``url`` stands for into ``write``; see :class:`RemoteFetcher`."""
        url = url.strip()
        scheme = url.partition("://")[0].lower()
        source = self._storage if scheme in buckets.SCHEMES else self._web
        return await source.fetch(url, write, max_bytes, options)
