"""What the Python SDK's own test suite imports as ``test.helper_test``.

The source distribution has the tests but not this module nor their files, so it is written here
from how the tests use it. Copied beside them; it runs without this repository.
"""

from __future__ import annotations

import json
import os
import re
import time
import unittest
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC as _UTC
from datetime import tzinfo
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from cloudinary import api
from urllib3 import HTTPResponse

patch = mock.patch

SUFFIX = uuid.uuid4().int % 1_000_000

RESOURCES = "test/resources"
TEST_IMAGE = f"{RESOURCES}/logo.png"
TEST_UNICODE_IMAGE = f"{RESOURCES}/üni_näme_lögö.png"
TEST_DOC = f"{RESOURCES}/docx.docx"
TEST_ICON = f"{RESOURCES}/favicon.ico"
TEST_IMAGE_SIZE = Path(TEST_IMAGE).stat().st_size
REMOTE_TEST_IMAGE = os.environ["REMOTE_TEST_IMAGE"]

TEST_TAG = "suite"
UNIQUE_TAG = UNIQUE_TEST_ID = UNIQUE_SUB_ACCOUNT_ID = f"{TEST_TAG}_{SUFFIX}"
TEST_FOLDER = "suite_folder"
UNIQUE_TEST_FOLDER = f"{UNIQUE_TAG}_folder"
MOCK_REQUEST_ID = "request_1"

#: Scripts that the suite sends in ``eval`` and ``on_success``.
EVAL_STR = (
    'upload_options["quality_analysis"] = true; '
    'upload_options["context"] = "width=" + resource_info["width"];'
)
ON_SUCCESS_STR = 'current_asset.update({tags: ["done"]});'

#: The method that the suite replaces to see requests instead of sending them.
URLLIB3_REQUEST = "urllib3._request_methods.RequestMethods.request"

_BRACKETS = re.compile(r"\[\d*\]$")
_RATES = {
    "x-featureratelimit-limit": "500",
    "x-featureratelimit-remaining": "499",
    "x-featureratelimit-reset": "Wed, 04 Jun 2025 12:00:00 GMT",
}


def UTC() -> tzinfo:  # noqa: N802 -- the suite calls it by this name
    """The time zone."""
    return _UTC


def http_response_mock(
    body: str = "", headers: dict[str, str] | None = None, status: int = 200
) -> HTTPResponse:
    """An answer for a replaced request."""
    return HTTPResponse(body.encode(), headers or {}, status=status)


def api_response_mock(body: str = '{"foo":"bar"}') -> HTTPResponse:
    """An answer of the Admin API."""
    return http_response_mock(body, _RATES)


def uploader_response_mock() -> HTTPResponse:
    """An answer of the Upload API."""
    return http_response_mock('{"foo":"bar"}')


def get_method(request: mock.Mock) -> str:
    """The method of the last request."""
    return str(request.call_args[1]["method"])


def get_uri(request: mock.Mock) -> str:
    """The path of the last request."""
    return urlsplit(request.call_args[1]["url"]).path


def get_headers(request: mock.Mock) -> dict[str, str]:
    """The headers of the last request."""
    return dict(request.call_args[1]["headers"])


def get_json_body(request: mock.Mock) -> Any:
    """The JSON body of the last request."""
    return json.loads(request.call_args[1]["body"])


def get_params(request: mock.Mock) -> dict[str, Any]:
    """The parameters of the last request, however they were sent; lists under their bare name."""
    sent = request.call_args[1]
    if get_method(request).upper() != "GET" and _is_json(sent):
        return dict(get_json_body(request))
    fields = sent.get("fields") or []
    pairs = list(fields.items() if isinstance(fields, dict) else fields)
    return _gathered([*pairs, *parse_qsl(urlsplit(sent["url"]).query, keep_blank_values=True)])


def _is_json(sent: dict[str, Any]) -> bool:
    return sent["headers"].get("Content-Type") == "application/json"


def _gathered(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        bare = _BRACKETS.sub("", name)
        if bare == name:
            found[name] = value
        else:
            found.setdefault(bare, []).append(value)
    return found


def get_param(request: mock.Mock, name: str) -> Any:
    """A parameter of the last request."""
    return get_params(request).get(name)


get_list_param = get_param


def populate_large_file(file: Any, size: int) -> None:
    """Write a white BMP of 1400 × 1400 pixels, filled up to a size in bytes."""
    side, header = 1400, 54
    pixels = side * side * 3
    file.write(b"BM" + (header + pixels).to_bytes(4, "little") + bytes(4))
    file.write(header.to_bytes(4, "little") + (40).to_bytes(4, "little"))
    file.write(side.to_bytes(4, "little") * 2 + b"\x01\x00\x18\x00" + bytes(24))
    file.write(b"\xff" * (size - header))
    file.flush()
    file.seek(0)


def retry_assertion(num_tries: int = 3, delay: float = 0.2) -> Callable[..., Any]:
    """Run a test again that fails while the service catches up."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def again(*args: Any, **kwargs: Any) -> Any:
            for _ in range(num_tries - 1):
                try:
                    return function(*args, **kwargs)
                except AssertionError:
                    time.sleep(delay)
            return function(*args, **kwargs)

        return again

    return decorate


@contextmanager
def ignore_exception(
    error_classes: tuple[type[Exception], ...] = (Exception,), **_: Any
) -> Iterator[None]:
    """Go on after an error of cleaning up."""
    try:
        yield
    except error_classes as error:
        print(f"ignored: {error!r}")


def _each(call: Callable[..., Any], params: Iterable[tuple[Any, ...]]) -> None:
    for value, *options in params:
        with ignore_exception():
            call(value, **(options[0] if options else {}))


def cleanup_test_resources_by_tag(params: Iterable[tuple[Any, ...]]) -> None:
    """Delete the assets of tags."""
    _each(api.delete_resources_by_tag, params)


def cleanup_test_resources(params: Iterable[tuple[Any, ...]]) -> None:
    """Delete assets by public id."""
    _each(api.delete_resources, params)


def cleanup_test_transformation(params: Iterable[tuple[Any, ...]]) -> None:
    """Delete transformations."""
    for names, *options in params:
        _each(api.delete_transformation, [(name, *options) for name in names])


class CldTestCase(unittest.TestCase):
    """The base class of the suite's tests."""

    def assertObjectContainsSubset(  # noqa: N802 -- the suite calls it by this name
        self, found: dict[str, Any], subset: dict[str, Any]
    ) -> None:
        """Fail unless an object has these values."""
        self.assertEqual({name: found.get(name) for name in subset}, subset)
