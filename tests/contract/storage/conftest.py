"""The stores that the contract is proven for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.ports import BlobStore
from app.storage.local import LocalBlobStore

#: Each opens a store on an empty place below the path; twice on one path is one store.
STORES: dict[str, Callable[[Path], BlobStore]] = {"local": LocalBlobStore}


@pytest.fixture(params=STORES)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], BlobStore]:
    """Opens the same store again, as another process would."""
    return lambda: STORES[request.param](tmp_path)


@pytest.fixture
def store(open_store: Callable[[], BlobStore]) -> BlobStore:
    return open_store()
