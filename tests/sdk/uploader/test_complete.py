"""No public function of an uploader without a case that a test looks at."""

from __future__ import annotations

import json
import os
from types import ModuleType

from tests.sdk.conftest import EXAMPLES, PYTHONS, Sdk, run
from tests.sdk.uploader import test_changes, test_cld, test_making, test_uploads

#: A case without a test is no test; each looks up the case of its own name.
MODULES: tuple[ModuleType, ...] = (test_uploads, test_changes, test_making)


def _listing(sdk: Sdk) -> dict[str, list[str]]:
    script = EXAMPLES / "uploader" / f"listing{sdk.suffix}"
    environment = os.environ | dict(sdk.environment) | {"CLOUDINARY_URL": "cloudinary://a:b@c"}
    return dict(json.loads(run([*sdk.command, str(script)], EXAMPLES, environment)))


def test_every_public_function_has_a_case_and_a_test(sdk: Sdk) -> None:
    found = _listing(sdk)
    names = [name for module in MODULES for name in vars(module) if name.startswith("test_")]
    assert len(names) == len(set(names))
    assert set(found["public"]) <= set(found["cases"])
    assert set(found["cases"]) <= {name.removeprefix("test_") for name in names}


def test_every_public_function_has_a_command(python: Sdk) -> None:
    tested = {name.removeprefix("test_") for name in vars(test_cld)}
    assert set(_listing(python)["public"]) <= tested | set(test_cld.NOT_COMMANDS)
    assert PYTHONS[0] == "python"
