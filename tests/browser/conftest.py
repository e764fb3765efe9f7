"""What browser tests share: Chromium, and the Node.js that bundles their pages."""

from __future__ import annotations

import pytest

from tests.browser import chromium
from tests.conftest import in_ci
from tests.sdk.conftest import node  # noqa: F401 - a fixture for this directory too


@pytest.fixture(scope="session")
def browser() -> str:
    """Chromium's executable; in CI it is installed where it is missing."""
    found = chromium.find()
    if found is None and not in_ci():
        pytest.skip("there is no Chromium: pages are not tested in a browser")
    return found or chromium.install()
