"""A static file server for tests, on a port of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line on standard error for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(handler: type[SimpleHTTPRequestHandler], directory: Path) -> Iterator[int]:
    """Serve a directory with a handler class on the loopback interface; the port."""
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(handler, directory=str(directory))
    ) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serve_directory(directory: Path) -> Iterator[str]:
    """Serve the files of a directory; the base URL."""
    with serving(QuietHandler, directory) as port:
        yield f"http://127.0.0.1:{port}"
