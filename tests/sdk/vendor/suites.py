"""The Python SDK's own test suites: fetched, laid out and run against a server, unmodified.

They come with the source distribution, which also holds the SDK of that version; the lock files
beside this module say which, by hash. Left out of it are a module of helpers and the files that
the tests send; both are made here.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw

from tests import photos
from tests.live import LiveServer
from tests.turns import turn

HERE = Path(__file__).parent
BUILD = Path(__file__).parents[3] / "build" / "sdk"

VERSIONS = ("1.46.3", "1.41.0")

#: The suites that upload, or work with what was uploaded. Left out: those that call no server,
#: and those of search, of streaming profiles, of notifications by polling and of provisioning.
SUITES = (
    "test_uploader",
    "test_archive",
    "test_cloudinary_resource",
    "test_http_client",
    "test_metadata",
    "test_metadata_rules",
    "test_api",
)

_CACHE_MODULE = '''"""A cache in memory."""

from cloudinary.cache.storage.key_value_storage import KeyValueStorage


class DummyCacheStorage(KeyValueStorage):
    """Keeps what it is given."""

    def __init__(self):
        self.kept = {}

    def get(self, key):
        return self.kept.get(key)

    def set(self, key, value):
        self.kept[key] = value
        return True

    def delete(self, key):
        self.kept.pop(key, None)
        return True

    def clear(self):
        self.kept.clear()
'''


class NotFetched(Exception):
    """A source distribution cannot be had here; the text says why."""


def source(version: str) -> Path:
    """The directory of an SDK's source distribution, fetched when it is not there yet.

    Raises:
        NotFetched: the package index does not give it.
    """
    with turn(f"cloudinary-{version}"):
        return _source(version)


def _source(version: str) -> Path:
    directory = BUILD / f"cloudinary-{version}"
    lock = HERE / f"cloudinary-{version}.lock"
    stamp = directory / ".lock"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return directory
    BUILD.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"),
            *("--no-binary", ":all:", "--require-hashes", "-r", str(lock), "-d", str(BUILD)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise NotFetched(f"cloudinary {version} cannot be fetched: {done.stderr[-500:]}")
    shutil.rmtree(directory, ignore_errors=True)
    with tarfile.open(BUILD / f"cloudinary-{version}.tar.gz") as archive:
        archive.extractall(BUILD, filter="data")
    stamp.write_bytes(lock.read_bytes())
    return directory


def lay_out(source_directory: Path, directory: Path) -> None:
    """Put an SDK with its suites, and what they lack, into an empty directory."""
    shutil.copytree(source_directory, directory, dirs_exist_ok=True)
    tests = directory / "test"
    storage = tests / "cache" / "storage"
    storage.mkdir(parents=True)
    for package in (tests, storage.parent, storage):
        (package / "__init__.py").touch()  # or Python's own package ``test`` would be found
    (storage / "dummy_cache_storage.py").write_text(_CACHE_MODULE)
    (directory / "mock.py").write_text("from unittest.mock import *\n")  # its backport, by name
    shutil.copy(HERE / "helper.py", tests / "helper_test.py")
    resources = tests / "resources"
    resources.mkdir()
    logo = _logo()
    for name in ("logo.png", "üni_näme_lögö.png"):
        (resources / name).write_bytes(photos.encode(logo, "PNG"))
    (resources / "favicon.ico").write_bytes(photos.encode(logo.resize((16, 16)), "ICO"))
    (resources / "docx.docx").write_bytes(_document())


def _logo() -> Image.Image:
    """A picture of the size that the tests expect, in few colours as logos are."""
    logo = Image.new("RGB", (241, 51), "white")
    draw = ImageDraw.Draw(logo)
    draw.ellipse((5, 5, 45, 45), fill="navy")
    draw.text((60, 8), "Lenticular", font_size=32, fill="navy")
    return logo


def _document() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    return buffer.getvalue()


def run(directory: Path, server: LiveServer, remote_image: str) -> dict[str, str]:
    """Run the suites against a server.

    Returns:
        For each test, ``suite.test``, why it failed; empty for one that passed.
    """
    report = directory / "report.xml"
    hidden = ("CLOUDINARY_", "LENTICULAR_", "PYTEST_")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(hidden)}
    environment |= {"CLOUDINARY_URL": server.cloudinary_url, "REMOTE_TEST_IMAGE": remote_image}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-c", os.devnull, "--rootdir", str(directory), f"--junitxml={report}"),
            *(name for suite in SUITES if (directory / (name := f"test/{suite}.py")).exists()),
        ],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert report.exists(), f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return dict(map(_outcome, ElementTree.parse(report).iter("testcase")))


def _outcome(case: ElementTree.Element) -> tuple[str, str]:
    suite = case.get("classname", "").split(".")[1]
    reasons = [child.get("message", "") or child.tag for child in case if child.tag in _WRONG]
    return f"{suite}.{case.get('name')}", " ".join(reasons)


_WRONG = ("failure", "error", "skipped")
