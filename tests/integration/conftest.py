"""Helpers of the HTTP tests."""

from __future__ import annotations

import uuid

import pytest


@pytest.fixture
def fresh() -> str:
    """A public id prefix that no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}"
