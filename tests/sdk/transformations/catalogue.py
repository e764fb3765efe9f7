"""All cases, and the URLs that the builders make of them."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import cloudinary
from cloudinary.utils import cloudinary_url

from tests.live import CLOUD
from tests.sdk.conftest import Sdk, run
from tests.sdk.transformations import geometry, sdk, urlgen_effects, urlgen_layers
from tests.sdk.transformations.case import Case

HERE = Path(__file__).parent


def all_cases(remote: str) -> list[Case]:
    """Every case of every builder; ``remote`` is a URL at which the logo can be loaded."""
    return list(_cases(remote))


def _cases(remote: str) -> Iterator[Case]:
    # The salts keep one builder's numbers, and so its transformations, apart from another's.
    yield from geometry.cases("python", 0)
    yield from geometry.cases("node", 1)
    yield from geometry.cases("url-gen", 2)
    yield from sdk.cases("python", 2, remote)
    yield from sdk.cases("node", 4, remote)
    yield from urlgen_effects.cases()
    yield from urlgen_layers.cases(remote)


def built(
    cases: Sequence[Case], host: str, node: Sdk, directory: Path
) -> tuple[list[str], dict[str, list[str]]]:
    """The URLs of cases, and what @cloudinary/url-gen exports.

    Args:
        cases: what is to be built.
        host: ``name:port`` of the service.
        node: what runs JavaScript.
        directory: where a file with the calls may be written.

    Returns:
        A URL for each case, and the functions of each group of actions and qualifiers. Where a
        builder refuses a call, its message stands in place of the URL.
    """
    fields = ("builder", "call", "options", "source")
    calls = [
        {name: getattr(case, name) for name in fields} for case in cases if case.builder != "python"
    ]
    file = directory / "calls.json"
    file.write_text(json.dumps({"cname": host, "calls": calls}), encoding="utf-8")
    # A setting of the machine must not reach the builders.
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = clean | dict(node.environment) | {"CLOUDINARY_URL": f"cloudinary://k:s@{CLOUD}"}
    printed = run([*node.command, str(HERE / "build.js"), str(file)], directory, environment)
    made = json.loads(printed)
    others = iter(made["urls"])
    urls = [_python(case, host) if case.builder == "python" else next(others) for case in cases]
    return urls, made["exports"]


def _python(case: Case, host: str) -> str:
    cloudinary.reset_config()
    cloudinary.config(cloud_name=CLOUD, cname=host, secure=False)
    # A copy, since the SDK takes what it uses out of the options.
    return str(cloudinary_url(case.source, **copy.deepcopy(dict(case.options)))[0])
