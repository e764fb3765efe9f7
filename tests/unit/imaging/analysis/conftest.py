"""What the tests of analyses share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from app.imaging.analysis.analyst import PillowAnalyst
from app.imaging.imager import PillowImager

#: Bytes of a file and names of analyses in, JSON values out.
Analyse: TypeAlias = Callable[..., dict[str, Any]]


@pytest.fixture(scope="package")
def analyse(imager: PillowImager) -> Analyse:
    """What the service does: the imager accepts the file and cuts the views."""
    analyst = PillowAnalyst(max_pixels=20_000_000)

    def run(data: bytes, *wanted: str) -> dict[str, Any]:
        inspection = imager.inspect(data, analyst.views(wanted))
        return analyst.analyse(data, inspection.inputs, wanted)

    return run
