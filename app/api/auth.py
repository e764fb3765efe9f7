"""Credentials of a request: HTTP Basic, signature, or none with a preset (CONTRACT A4)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection

from starlette.requests import Request

from app.api.services import services
from app.domain.accounts import ApiKey
from app.domain.errors import BadRequest, Unauthorized
from app.domain.params import Params

#: What SDKs leave out of the signatures of calls on several assets' tags, context and metadata.
NOTIFYING = ("notification_url", "batch_id")


def basic_credentials(header: str) -> tuple[str, str] | None:
    """Key and secret of an ``Authorization`` header; ``None`` if there is no header.

    The Ruby gem encodes with the URL-safe alphabet, so both are read.

    Raises:
        Unauthorized: another scheme, or a value that is malformed.
    """
    if not header:
        return None
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        raise Unauthorized("Invalid token")
    if scheme.lower() != "basic":
        raise Unauthorized("Invalid credentials")
    text = value.strip().replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthorized("Invalid credentials") from error
    key, colon, secret = decoded.partition(":")
    if not colon:
        raise Unauthorized("Invalid credentials")
    return key, secret


async def admin_key(request: Request, cloud_name: str) -> ApiKey:
    """The key of an Admin API call.

    Raises:
        Unauthorized: no or wrong credentials.
    """
    credentials = await admin_credentials(request, cloud_name)
    return await services(request).accounts.authenticate(cloud_name, *credentials)


async def admin_credentials(request: Request, cloud_name: str) -> tuple[str, str]:
    """Key and secret of an Admin API call, not yet checked.

    Raises:
        Unauthorized: there are none, or the cloud does not exist.
    """
    credentials = basic_credentials(request.headers.get("authorization", ""))
    if credentials is None:
        await services(request).accounts.cloud(cloud_name)
        raise Unauthorized("Authorization required")
    return credentials


async def upload_key(
    request: Request, cloud_name: str, params: Params, unsigned: Collection[str] = ()
) -> ApiKey | None:
    """The key of an Upload API call; ``None`` for a call without credentials.

    Args:
        unsigned: parameters that the signature may leave out.

    Raises:
        Unauthorized: unknown cloud, wrong credentials or signature.
        BadRequest: a stale or missing timestamp.
    """
    accounts = services(request).accounts
    credentials = basic_credentials(request.headers.get("authorization", ""))
    if credentials is not None:
        return await accounts.authenticate(cloud_name, *credentials)
    key, signature = params.text("api_key"), params.text("signature")
    if key and signature:
        return await accounts.verify(cloud_name, key, params.signable(), unsigned)
    await accounts.cloud(cloud_name)
    return None


async def signed_key(
    request: Request, cloud_name: str, params: Params, unsigned: Collection[str] = ()
) -> ApiKey:
    """Like :func:`upload_key` for calls that no preset can stand in for.

    Raises:
        BadRequest: ``Missing required parameter - api_key`` or ``signature``.
    """
    key = await upload_key(request, cloud_name, params, unsigned)
    if key is None:
        missing = "signature" if params.text("api_key") else "api_key"
        raise BadRequest(f"Missing required parameter - {missing}")
    return key
