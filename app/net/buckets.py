"""Reading from the buckets that the operator authorises: Amazon S3 and what speaks its protocol,
Google Cloud Storage, Azure Blob Storage.

Where a bucket lies is the operator's to say, and no part of a client's URL: the check of
addresses that web URLs need has nothing to check here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, S3Store

from app import __version__
from app.domain import buckets
from app.domain.buckets import Bucket, InvalidBuckets
from app.domain.errors import BadRequest
from app.domain.ports import FETCH_PLAINLY, FetchOptions, RemoteFile
from app.net.failures import LoadError, Missing, check_size, loading
from app.net.urls import base_name, presentable

SCHEMES = ("s3", "gs", "azure")

PIECE = 256 * 1024  # bytes that a piece has at least, but for the last
_RETRIES = 2

Store = S3Store | GCSStore | AzureStore


class BucketFetcher:
    """The :class:`~app.domain.ports.RemoteFetcher` of ``s3``, ``gs`` and ``azure`` URLs.

    Safe for concurrent use. What a bucket's options leave open is taken from the provider's own
    variables of the environment, or from the machine's role.

    Args:
        authorised: what may be read, by URL.
        timeout: seconds that a fetch may take in all.

    Raises:
        InvalidBuckets: a bucket's options do not fit together.
    """

    def __init__(self, authorised: Mapping[str, Bucket], *, timeout: float) -> None:
        self._buckets = authorised
        self._stores = {url: _store(url, bucket, timeout) for url, bucket in authorised.items()}
        self._timeout = timeout

    async def fetch(
        self,
        url: str,
        write: Callable[[bytes], None],
        max_bytes: int,
        options: FetchOptions = FETCH_PLAINLY,
    ) -> RemoteFile:
        """Stream the object at ``url`` into ``write``; see :class:`RemoteFetcher`.

        ``options.headers`` mean nothing to a bucket.

        Raises:
            NotFound: there is no such object.
            BadRequest: the bucket is not authorised for the cloud, a proxy is asked for, or
                anything else goes wrong.
        """
        shown = presentable(url, well_formed=True)
        place, key = buckets.find(self._buckets, url)
        bucket = self._buckets.get(place)
        if bucket is None or not bucket.readable_by(options.cloud):
            name = presentable(place, well_formed=True).partition("://")[2]
            raise BadRequest(f"Bucket {name} is not authorized for this cloud")
        if options.proxy:
            raise BadRequest("Parameter proxy is for http and https URLs only")
        size = 0
        async with loading(shown, self._timeout):
            # The library takes slashes off the ends, and reads an empty key as the bucket's list.
            if not key or key != key.strip("/"):
                raise LoadError("invalid object key")
            async with aclosing(_pieces(self._stores[place], key, max_bytes)) as pieces:
                async for piece in pieces:
                    size += len(piece)
                    check_size(size, max_bytes)
                    write(piece)
        return RemoteFile(base_name(key), size)


async def _pieces(store: Store, key: str, max_bytes: int) -> AsyncGenerator[bytes, None]:
    try:
        found = await obstore.get_async(store, key)
        check_size(found.meta["size"], max_bytes)
        async for piece in found.stream(PIECE):
            yield piece
    except FileNotFoundError as exc:
        raise Missing from exc
    except (PermissionDeniedError, UnauthenticatedError) as exc:
        raise LoadError("access denied") from exc
    except ValueError as exc:
        raise LoadError("invalid object key") from exc
    except BaseError as exc:
        # The library's own text tells endpoints, and what the provider said.
        raise LoadError("storage failed") from exc


def _store(url: str, bucket: Bucket, timeout: float) -> Store:
    # Their names are checked; the library has a type for each kind of store.
    options: Any = dict(bucket.options)
    common: dict[str, Any] = {
        "client_options": {
            "allow_http": str(options.get("endpoint", "")).startswith("http://"),
            "timeout": timedelta(seconds=timeout),
            "user_agent": f"Lenticular/{__version__}",
        },
        "retry_config": {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=timeout)},
    }
    if "anonymous" in options:
        options["skip_signature"] = options.pop("anonymous")
    try:
        if bucket.scheme == "s3":
            if "virtual_hosted_style" in options:
                options["virtual_hosted_style_request"] = options.pop("virtual_hosted_style")
            return S3Store(bucket.name, config=options, **common)
        if bucket.scheme == "gs":
            if "endpoint" in options:
                options["base_url"] = options.pop("endpoint")
            return GCSStore(bucket.name, config=options, **common)
        return AzureStore(bucket.name, config=options, **common)
    except (BaseError, ValueError, OSError) as exc:
        # Not the library's own text, which may repeat a credential.
        raise InvalidBuckets(
            f"the options of {url} cannot be used ({type(exc).__name__})"
        ) from None
