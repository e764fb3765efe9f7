"""No public function of an uploader without a test."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tests.live import LiveServer
from tests.sdk.conftest import Sdk
from tests.sdk.uploader import test_changes, test_making, test_uploads
from tests.sdk.uploader.conftest import TOPICS

MODULES: tuple[ModuleType, ...] = (test_uploads, test_changes, test_making)


def test_every_public_function_has_a_test(sdk: Sdk, server: LiveServer, run: Any) -> None:
    tests = {name.removeprefix("test_") for module in MODULES for name in vars(module)}
    for topic in TOPICS:
        done = run(topic, sdk, server)
        assert set(done["public"]) <= tests
        # What is tested is called by name, so a case that is missing fails there.
    called = {name for topic in TOPICS for name in run(topic, sdk, server)["cases"]}
    assert called == set(done["public"])
