"""A real HTTP server for notifications, which answers as it is told and remembers what came."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.live import free_port


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and how the next calls are answered.

    Attributes:
        answers: statuses of the next answers; 200 when there are none left.
        headers: of every answer.
        gate: cleared, calls wait in it before they are answered.
    """

    port: int
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    calls: list[Received] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    came: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def wait(self, number: int, seconds: float = 20) -> list[Received]:
        """The calls, as soon as there are so many."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.calls) >= number, seconds), self.calls
            return list(self.calls)

    def take(self, call: Received) -> int:
        with self.came:
            self.calls.append(call)
            self.came.notify_all()
            status = self.answers.pop(0) if self.answers else 200
        self.gate.wait(30)
        return status


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver that listens until the block ends."""
    receiver = Receiver(port or free_port())

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(Received(self.path, dict(self.headers.items()), body))
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent: the tests' output is theirs."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.gate.set()
            server.shutdown()
            thread.join()
