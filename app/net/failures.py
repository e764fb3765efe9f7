"""What goes wrong while a remote file is loaded, and what the client reads about it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import httpcore

from app.domain.errors import BadRequest, NotFound
from app.net.connect import AddressNotAllowed, NameNotResolved

HTTP_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


class LoadError(Exception):
    """A remote file could not be loaded; the text is the reason that the client reads."""


class Missing(Exception):
    """There is no such file."""


@asynccontextmanager
async def loading(shown: str, timeout: float) -> AsyncIterator[None]:  # noqa: ASYNC109 - limits the body
    """Give the body of the block so long, and turn its failures into what the client reads.

    Args:
        shown: the URL as it may stand in a message.
        timeout: seconds for all of it.

    Raises:
        NotFound: the block raised :class:`Missing`.
        BadRequest: it raised what is listed below, or did not end in time. Everything else,
            a ``TimeoutError`` of its own too, is passed on.
    """
    deadline = asyncio.timeout(timeout)
    try:
        async with deadline:
            yield
    except Missing:
        raise NotFound(f"Resource not found - {shown}") from None
    except TimeoutError as exc:
        if not deadline.expired():
            raise
        raise BadRequest(f"Error in loading {shown} - timed out") from exc
    except (LoadError, AddressNotAllowed, NameNotResolved, *HTTP_ERRORS) as exc:
        raise BadRequest(f"Error in loading {shown} - {reason(exc)}") from exc


def check_size(size: int, max_bytes: int) -> None:
    """Raise BadRequest if ``size`` is more than ``max_bytes``."""
    if size > max_bytes:
        raise BadRequest(f"File size too large. Got {size}. Maximum is {max_bytes}.")


def status_line(status: int) -> str:
    """A status and its phrase."""
    # The standard's phrase and not the server's own, which may be any text of any length.
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def reason(exc: Exception) -> str:
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


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__
