"""cURL lines, signed with ``lenticular sign``, against a live server."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.live import KEY, SECRET, LiveServer
from tests.sdk.checks import check_delivered, check_tags, check_upload
from tests.sdk.conftest import client_environment, leave_out, run


@pytest.fixture(scope="session")
def curl() -> str:
    return shutil.which("curl") or leave_out("there is no curl: its examples are not tested")


def answer(curl: str, server: LiveServer, directory: Path, *arguments: str) -> tuple[int, Any]:
    """Status and JSON of a call."""
    output = run(
        [curl, "--silent", "--show-error", "--write-out", "\n%{http_code}", *arguments],
        directory,
        client_environment(server),
    )
    body, _, status = output.rpartition("\n")
    return int(status), json.loads(body)


def signed(server: LiveServer, *parameters: str) -> list[str]:
    """The lines that ``lenticular sign`` prints."""
    done = server.command("sign", *parameters)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_signed_upload_by_url(
    curl: str, server: LiveServer, workplace: Path, photo_url: str
) -> None:
    parameters = ("public_id=sample", "categorization=imagga_tagging", "auto_tagging=0.4")
    done = server.command("sign", "--format", "curl", *parameters)
    assert done.returncode == 0, done.stderr
    options = shlex.split(done.stdout)

    status, result = answer(
        curl,
        server,
        workplace,
        f"{server.api}/image/upload",
        "-X",
        "POST",
        "--data-urlencode",
        f"file={photo_url}",
        *options,
    )

    assert status == 200, result
    check_upload(result, (workplace / "turtles.jpg").read_bytes())
    assert result["public_id"] == "sample"
    assert result["original_filename"] == "turtles"
    check_tags(result, 0.4)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_signed_upload_of_a_file(
    curl: str, server: LiveServer, workplace: Path, algorithm: str
) -> None:
    lines = signed(
        server,
        "--algorithm",
        algorithm,
        "public_id=sample",
        "context=alt=salt & pepper",
        "categorization=imagga_tagging",
        "auto_tagging=0.4",
    )
    form = [option for line in lines for option in ("--form-string", line)]

    status, result = answer(
        curl, server, workplace, f"{server.api}/image/upload", "-F", "file=@turtles.jpg", *form
    )

    assert status == 200, result
    check_upload(result, (workplace / "turtles.jpg").read_bytes())
    assert result["context"] == {"custom": {"alt": "salt & pepper"}}
    check_tags(result, 0.4)


def test_update_and_read_with_basic_credentials(
    curl: str, server: LiveServer, workplace: Path
) -> None:
    photo = (workplace / "turtles.jpg").read_bytes()
    with_key = server.api.replace("://", f"://{KEY}:{SECRET}@")
    upload = ("-F", "file=@turtles.jpg", "-F", "public_id=sample", "-F", "tags=zoo")
    assert answer(curl, server, workplace, f"{with_key}/image/upload", *upload)[0] == 200

    resource = f"{with_key}/resources/image/upload/sample"
    status, updated = answer(
        curl, server, workplace, resource, "-d", "categorization=imagga_tagging&auto_tagging=0.5"
    )
    assert status == 200, updated
    status, read = answer(curl, server, workplace, resource)

    assert status == 200, read
    check_tags(updated, 0.5, own=["zoo"])
    check_tags(read, 0.5, own=["zoo"])
    check_delivered(read, photo)


@pytest.mark.parametrize("api_key", [KEY, "436464676"])
def test_the_documented_line_with_its_dummy_values(
    curl: str, server: LiveServer, workplace: Path, api_key: str
) -> None:
    """A bare file name, a timestamp of 1975 and a made-up signature, as printed."""
    line = (
        "file=sample.jpg&public_id=sample_id&timestamp=173719931"
        f"&api_key={api_key}&signature=a788d68f86a6f868af"
    )

    status, result = answer(
        curl, server, workplace, f"{server.api}/image/upload", "-X", "POST", "--data", line
    )

    assert list(result) == ["error"]
    assert list(result["error"]) == ["message"]
    assert result["error"]["message"]
    assert status == 400, result
