"""Opens a page in headless Chromium: waits for what it reports, or takes a picture of it."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.sdk.page_server import QuietHandler, serving

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--headless",
    "--no-sandbox",  # its sandbox needs kernel rights that containers lack
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """The browser's executable."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> str:
    """Install the distribution's Chromium, as root on a machine with apt; its executable.

    Raises:
        RuntimeError: this machine cannot do that.
    """
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise RuntimeError("there is no Chromium and no way to install it here")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", "chromium")):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"apt-get {arguments[0]} failed: {done.stderr[-1000:]}")
    executable = find()
    if executable is None:
        raise RuntimeError("apt-get installed no Chromium")
    return executable


def report_of(
    executable: str, directory: Path, profile: Path, query: dict[str, str], timeout: float = 90
) -> dict[str, Any]:
    """Serve a directory, open its index page, and return what the page posts to ``report``.

    Args:
        directory: the page and the files it loads.
        profile: an empty directory for the browser's own data.
        query: the page's parameters.
        timeout: seconds to wait for the report.

    Raises:
        AssertionError: the browser ended or the time ran out before the page reported.
    """
    reports: queue.Queue[dict[str, Any]] = queue.Queue()

    class PageHandler(QuietHandler):
        """Serves the page and takes its report."""

        def do_POST(self) -> None:  # noqa: N802  # the base class calls it by this name
            """Keep the report."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            reports.put(json.loads(body))

    log = profile.with_suffix(".log")
    with serving(PageHandler, directory) as port, log.open("wb") as output:
        browser = subprocess.Popen(
            [
                executable,
                *FLAGS,
                f"--user-data-dir={profile}",
                f"http://localhost:{port}/?{urlencode(query)}",
            ],
            env=os.environ | {"HOME": str(profile)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            return _wait(reports, browser, timeout, log)
        finally:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()


def screenshot_of(
    executable: str, url: str, file: Path, profile: Path, size: tuple[int, int]
) -> None:
    """Open a page and take a picture of its upper part once its images and scripts are done.

    Args:
        url: of the page.
        file: PNG to be written.
        profile: an empty directory for the browser's own data.
        size: width and height of the picture in pixels.

    Raises:
        AssertionError: the browser failed or wrote nothing.
    """
    done = subprocess.run(
        [
            executable,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={size[0]},{size[1]}",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            # Milliseconds of the page's own clock, which stands still while it waits for a server.
            "--virtual-time-budget=15000",
            f"--screenshot={file}",
            url,
        ],
        env=os.environ | {"HOME": str(profile)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0 and file.exists(), done.stderr[-3000:]


def _wait(
    reports: queue.Queue[dict[str, Any]],
    browser: subprocess.Popen[bytes],
    timeout: float,
    log: Path,
) -> dict[str, Any]:
    deadline = time.monotonic() + timeout
    while browser.poll() is None and time.monotonic() < deadline:
        try:
            return reports.get(timeout=0.2)
        except queue.Empty:
            continue
    text = log.read_text(errors="replace")[-3000:]
    raise AssertionError(f"the page reported nothing; the browser said:\n{text}")
