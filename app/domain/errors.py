"""Every refusal the service can answer, as typed errors.

The message is what the client reads in ``{"error": {"message": ...}}``; the status
is the HTTP status. The Upload API's SDKs only understand 200, 400, 401, 404, 420
(and 429) and 500, so services raise nothing outside that set on upload calls.
"""

from __future__ import annotations

from typing import ClassVar


class ServiceError(Exception):
    """A refusal with the words and the status that the client receives.

    Args:
        message: text of ``error.message``.
        close: the request body cannot be trusted any further, so the connection
            has to be closed after the answer.
    """

    status: ClassVar[int] = 500

    def __init__(self, message: str, *, close: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.close = close


class BadRequest(ServiceError):
    """400: the request is wrong and repeating it will not help."""

    status = 400


class Unauthorized(ServiceError):
    """401: the credentials are missing or wrong."""

    status = 401


class Forbidden(ServiceError):
    """403: known, and not allowed (Admin API and delivery only)."""

    status = 403


class NotFound(ServiceError):
    """404: the named thing does not exist."""

    status = 404


class Conflict(ServiceError):
    """409: the name is taken (Admin API only)."""

    status = 409


class RateLimited(ServiceError):
    """420: no subscription, quota reached, or overloaded; try again later."""

    status = 420


class Overloaded(ServiceError):
    """503: delivery or readiness only; the Upload API says 420 instead."""

    status = 503


class InvalidImage(BadRequest):
    """The bytes are no image that can be decoded."""

    def __init__(self, message: str = "Invalid image file") -> None:
        super().__init__(message)
