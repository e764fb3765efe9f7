"""Buckets that uploads may be read from, as the operator names them.

They are named by URL: ``s3://bucket``, ``gs://bucket``, ``azure://account/container``, or
``azure://container`` where the account is an option.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: What may be said of a bucket of each scheme, beside ``clouds``.
OPTIONS: dict[str, frozenset[str]] = {
    "s3": frozenset(
        (
            "access_key_id",
            "anonymous",
            "endpoint",
            "region",
            "secret_access_key",
            "session_token",
            "virtual_hosted_style",
        )
    ),
    "gs": frozenset(("anonymous", "application_credentials", "endpoint", "service_account_key")),
    "azure": frozenset(
        (
            "account_key",
            "account_name",
            "anonymous",
            "client_id",
            "client_secret",
            "endpoint",
            "sas_key",
            "tenant_id",
        )
    ),
}

_FLAGS = frozenset(("anonymous", "virtual_hosted_style"))
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}"
_BUCKET_URL = re.compile(rf"(s3|gs|azure)://(?:({_NAME})/)?({_NAME})")


class InvalidBuckets(ValueError):
    """What the operator says of the buckets cannot be used."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and how it is reached.

    Attributes:
        scheme: ``s3``, ``gs`` or ``azure``.
        name: bucket or container.
        options: some of :data:`OPTIONS`; credentials among them, so that they are not shown.
        clouds: names of the clouds that may read it; ``None``: all.
    """

    scheme: str
    name: str
    options: Mapping[str, str | bool] = field(default_factory=dict, repr=False)
    clouds: frozenset[str] | None = None

    def readable_by(self, cloud: str) -> bool:
        """Whether uploads to a cloud may read it."""
        return self.clouds is None or cloud in self.clouds


def parse(text: str) -> dict[str, Bucket]:
    """Read the operator's buckets.

    Args:
        text: JSON object of options by URL, such as
            ``{"s3://photos": {"region": "eu-central-1", "clouds": ["acme"]}}``.

    Returns:
        The buckets by their URL.

    Raises:
        InvalidBuckets: saying what is wrong, without the options' values.
    """
    try:
        values = json.loads(text) if text.strip() else {}
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise InvalidBuckets('a JSON object such as {"s3://bucket": {"region": "eu-central-1"}}')
    return {url: _bucket(url, options) for url, options in values.items()}


def find(buckets: Mapping[str, Bucket], url: str) -> tuple[str, str]:
    """Which bucket a URL means, and the key in it.

    A container that is named with its account is preferred over one that is named without.

    Returns:
        The bucket's URL, which need not be one of ``buckets``, and the key as it stands, since
        such URLs are not percent-encoded; both may be malformed.
    """
    scheme, _, path = url.partition("://")
    scheme = scheme.lower()
    parts = path.split("/", 2)
    with_account = "/".join(parts[:2])
    if scheme == "azure" and f"azure://{with_account}" in buckets:
        return f"azure://{with_account}", "".join(parts[2:])
    name, _, key = path.partition("/")
    return f"{scheme}://{name}", key


def _bucket(url: str, options: Any) -> Bucket:
    match = _BUCKET_URL.fullmatch(url)
    if match is None or (match[2] and match[1] != "azure"):
        raise InvalidBuckets(f"{url} is no URL of a bucket")
    scheme, account, name = match.groups()
    if not isinstance(options, dict):
        raise InvalidBuckets(f"{url} needs an object of options, which may be empty")
    options = dict(options)
    clouds = options.pop("clouds", None)
    if clouds is not None and not (
        isinstance(clouds, list) and all(isinstance(cloud, str) for cloud in clouds)
    ):
        raise InvalidBuckets(f"clouds of {url} must be a list of names")
    if account:
        options["account_name"] = account
    if scheme == "azure" and "account_name" not in options:
        raise InvalidBuckets(f"{url} lacks its account: azure://account/{name}, or account_name")
    checked = {option: _option(url, scheme, option, value) for option, value in options.items()}
    return Bucket(scheme, name, checked, None if clouds is None else frozenset(clouds))


def _option(url: str, scheme: str, option: str, value: Any) -> str | bool:
    if option not in OPTIONS[scheme]:
        known = ", ".join(sorted(OPTIONS[scheme] | {"clouds"}))
        raise InvalidBuckets(f"{url} has no option {option}; its options are {known}")
    if option == "service_account_key" and isinstance(value, dict):
        return json.dumps(value)  # the key file of the console, pasted as it is
    if not isinstance(value, bool if option in _FLAGS else str):
        kind = "true or false" if option in _FLAGS else "a text"
        raise InvalidBuckets(f"{option} of {url} must be {kind}")
    text: str | bool = value
    return text
