"""The ``lenticular`` command against real servers and files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests import photos
from tests.live import KEY, SECRET, LiveServer


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LENTICULAR_")}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        env=clean | {"COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_and_version() -> None:
    assert "serve" in run("--help").stdout
    assert run("--version").stdout.startswith("lenticular 0.")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PORT", "eighty", "LENTICULAR_PORT"),
        ("PORT", "70000", "LENTICULAR_PORT"),
        ("DATABASE_URL", "mysql://x", "LENTICULAR_DATABASE_URL"),
        ("CLOUD_NAME", "a b", "LENTICULAR_CLOUD_NAME"),
        ("API_KEY", "only-the-key", "must be set together"),
        ("FETCH_ALLOW_NETWORKS", "everywhere", "LENTICULAR_FETCH_ALLOW_NETWORKS"),
        ("ADDONS", "imagga=x", "LENTICULAR_ADDONS"),
        ("TLS_CERT", "/nowhere", "must be set together"),
        ("PUBLIC_URL", "ftp://x", "LENTICULAR_PUBLIC_URL"),
        ("WORKERS", "0", "LENTICULAR_WORKERS"),
        ("LOG_FORMAT", "xml", "LENTICULAR_LOG_FORMAT"),
    ],
)
def test_bad_settings_are_refused_at_the_start(name: str, value: str, reason: str) -> None:
    done = run("serve", **{f"LENTICULAR_{name}": value})
    assert done.returncode == 1 and reason in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADDONS", "imagga_tagging=nonsense"),
        ("HEADS", "lite2-core,nonsense"),
        ("FACE_MODEL", "nonsense"),
    ],
)
def test_unknown_models_are_refused_before_anything_is_up(
    tmp_path: Path, name: str, value: str
) -> None:
    environment = {f"LENTICULAR_{name}": value, "LENTICULAR_DATA_DIR": str(tmp_path)}
    done = run("serve", **environment)
    assert done.returncode == 1
    assert "there is no model nonsense" in done.stderr and f"_{name}" in done.stderr
    assert "answers on" not in done.stderr and "Traceback" not in done.stderr


def test_commands_run_in_another_directory_say_so(tmp_path: Path) -> None:
    place = tmp_path / "nowhere"
    done = run("clouds", "list", LENTICULAR_DATA_DIR=str(place))
    assert done.returncode == 1 and "LENTICULAR_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr and not place.exists()


def test_an_unusable_data_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("serve", LENTICULAR_DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 1 and "data directory" in done.stderr.lower()


def test_tagging_files_without_a_server(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    cat = photos.path("chelsea.png")
    done = run("tag", "--json", str(cat), str(tmp_path / "broken.jpg"))
    first, second = map(json.loads, done.stdout.splitlines())
    assert "cat" in [entry["tag"] for entry in first["categories"][:6]]
    assert second["error"] == "Invalid image file" and done.returncode == 1
    table = run("tag", str(cat), "--threshold", "0.5")
    assert "cat" in table.stdout and table.returncode == 0


def test_the_same_answer_from_file_and_from_http(sqlite_server: LiveServer) -> None:
    paths = [photos.path(name) for name in photos.NAMES]
    with sqlite_server.client() as client:
        for level in ("fast", "thorough"):
            done = run("tag", "--json", "--detail", level, *map(str, paths))
            for path, line in zip(paths, done.stdout.splitlines(), strict=True):
                asked = {"categorization": "imagga_tagging", "lenticular_detail": level}
                data = client.upload(path, **asked).json()["info"]["categorization"]
                local = json.loads(line)["categories"]
                assert all(entry.pop("source") for entry in local)
                assert data["imagga_tagging"]["data"] == local


def test_clouds(sqlite_server: LiveServer) -> None:
    made = sqlite_server.command("clouds", "add", "second")
    assert made.returncode == 0 and "CLOUDINARY_URL" in made.stdout
    assert sqlite_server.command("clouds", "add", "second").returncode == 1
    listed = sqlite_server.command("clouds", "list")
    assert "second" in listed.stdout and SECRET not in listed.stdout
    assert SECRET in sqlite_server.command("clouds", "list", "--secrets").stdout
    other = httpx.get(f"{sqlite_server.url}/v1_1/second/ping", auth=(KEY, SECRET))
    assert (other.status_code, other.json()["error"]["message"]) == (401, "cloud_name mismatch")


def test_the_delivery_mode_of_a_cloud(sqlite_server: LiveServer) -> None:
    assert sqlite_server.command("clouds", "add", "modes").returncode == 0

    def listed() -> str:
        lines = sqlite_server.command("clouds", "list").stdout.splitlines()
        return next(line for line in lines if " modes " in line)

    assert " open " in listed()
    for mode in ("strict", "signed", "open"):
        done = sqlite_server.command("clouds", "delivery", "modes", mode)
        assert (done.returncode, done.stdout) == (0, f"modes: {mode} from now on\n")
        assert f" {mode} " in listed()
    wrong = sqlite_server.command("clouds", "delivery", "modes", "closed")
    assert wrong.returncode != 0 and "open, strict, signed" in wrong.stderr
    missing = sqlite_server.command("clouds", "delivery", "none", "open")
    assert missing.returncode == 1 and "There is no cloud named none" in missing.stderr


def test_rotated_keys_stop_working(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data").start()
    try:
        assert httpx.get(f"{server.api}/ping", auth=(KEY, SECRET)).status_code == 200
        assert server.command("clouds", "rotate-key", "acme").returncode == 0
        assert httpx.get(f"{server.api}/ping", auth=(KEY, SECRET)).status_code == 401
    finally:
        server.stop()


def test_sign_signs_what_the_server_accepts(sqlite_server: LiveServer) -> None:
    done = sqlite_server.command("sign", "public_id=signed", "tags=a,b", "--format", "json")
    fields = json.loads(done.stdout)
    reply = httpx.post(
        f"{sqlite_server.api}/image/upload",
        data=fields,
        files={"file": ("a.png", photos.tiny_png())},
    )
    assert reply.json()["public_id"] == "signed"


def test_doctor_and_models(sqlite_server: LiveServer, tmp_path: Path) -> None:
    fine = sqlite_server.command("doctor")
    assert fine.returncode == 0 and "wrong" not in fine.stdout, fine.stdout
    empty = run("doctor", LENTICULAR_DATA_DIR=str(tmp_path))
    assert empty.returncode == 1 and "lenticular migrate" in empty.stdout
    assert "verified" in run("models", "list").stdout
    assert run("models", "verify").returncode == 0
    none = run("models", "verify", LENTICULAR_MODELS_DIR=str(tmp_path))
    assert none.returncode == 1


def test_reconcile_sweeps_orphans_and_names_missing_bytes(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data").start()
    try:
        with server.client() as client:
            client.upload(photos.tiny_png(), public_id="stays").raise_for_status()
            gone = client.upload(photos.tiny_png((1, 2, 3)), public_id="loses").json()
        blobs = {p.stat().st_size: p for p in (tmp_path / "data/blobs").glob("??/*")}
        assert blobs
        orphan = tmp_path / "data/blobs/ab" / ("ab" + "0" * 62)
        orphan.write_bytes(b"nobody's")
        young = tmp_path / "data/blobs/cd" / ("cd" + "0" * 62)
        young.write_bytes(b"just kept")
        os.utime(orphan, (time.time() - 7200,) * 2)
        dry = server.command("reconcile", "--dry-run")
        assert "1 orphans would be swept" in dry.stdout and orphan.exists(), dry.stdout
        done = server.command("reconcile")
        assert "1 orphans swept; 1 too young" in done.stdout and done.returncode == 0
        assert not orphan.exists() and young.exists()
        key = next(
            path
            for path in (tmp_path / "data/blobs").glob("??/*")
            if path.read_bytes() == httpx.get(gone["url"]).content
        )
        key.unlink()
        broken = server.command("reconcile")
        assert broken.returncode == 1 and "image/upload/loses" in broken.stderr
    finally:
        server.stop()


def test_the_installed_command_serves_with_two_workers(tmp_path: Path) -> None:
    """Worker processes start anew from the command: it must not serve a second time in them."""
    command = Path(sys.executable).with_name("lenticular")
    assert command.is_file(), "make installs it beside Python"
    server = LiveServer(tmp_path / "data", settings={"WORKERS": "2"}, program=(str(command),))
    server.start()
    try:
        with server.client() as client:
            assert client.upload(photos.tiny_png()).status_code == 200
    finally:
        assert server.stop() == 0
    assert server.log().count("Lenticular answers on") == 1
