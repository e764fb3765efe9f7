"""(e) Sending what is there already: originals and derivatives, against nginx's sendfile.

The same files by the same names from nginx alone, from the service directly, and from the service
behind nginx (docs/edge/nginx.conf). Sizes as images have them: half are below 69 kB, a tenth above
1 MB, one in a hundred above 5 MB. Needs ``wrk`` and ``nginx`` (apt-get install wrk nginx).
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import random
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from PIL import Image
from rich.progress import Progress

from tests.edge import Edge, nginx
from tests.live import CLOUD, LiveServer, free_port

#: Share of the files up to a size in bytes; in between sizes grow by equal factors.
SIZES = ((0.0, 4e3), (0.5, 69e3), (0.9, 1e6), (0.99, 5e6), (1.0, 8e6))

FILES = 100
CONNECTIONS = 16

#: Of one measurement.
SECONDS = 5

#: ``nginx`` with one worker, as the service has one.
PEER = """
worker_processes 1; pid {root}/peer.pid; error_log {root}/peer.log; {user}
events {{ worker_connections 1024; }}
http {{
    types {{ image/png png; }}
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    open_file_cache max=1000;
    client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
    uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
    server {{ listen 127.0.0.1:{port}; root {root}/files; }}
}}
"""

SCRIPT = """
local paths = {{ {paths} }}
local n = 0
request = function()
  n = n + 37
  return wrk.format("GET", paths[n % #paths + 1])
end
"""


def sizes(count: int) -> list[int]:
    """File sizes in bytes, the same every time."""
    found = []
    for number in range(count):
        share = (number + 0.5) / count
        for (low, smaller), (high, larger) in itertools.pairwise(SIZES):
            if low <= share < high:
                at = (share - low) / (high - low)
                found.append(round(math.exp(math.log(smaller) * (1 - at) + math.log(larger) * at)))
    return found


@contextlib.contextmanager
def peer(root: Path) -> Iterator[int]:
    """nginx alone; its port."""
    port = free_port()
    user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    (root / "peer.conf").write_text(PEER.format(root=root, port=port, user=user))
    program = nginx()
    assert program
    command = [program, "-c", str(root / "peer.conf"), "-p", str(root), "-g", "daemon off;"]
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def rate(url: str, paths: list[str], seconds: int, root: Path) -> float:
    """Answers a second."""
    script = root / "wrk.lua"
    script.write_text(SCRIPT.format(paths=", ".join(f'"{path}"' for path in paths)))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(output)
    match = re.search(r"Requests/sec: +([\d.]+)", output)
    assert match, output
    return float(match[1])


def photo(size: int, source: random.Random) -> bytes:
    """A PNG of about ``size`` bytes: noise that no compression makes smaller."""
    side = max(8, round(math.sqrt(size / 3)))
    image = Image.frombytes("RGB", (side, side), source.randbytes(side * side * 3))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def measure(directory: Path, rounds: int, progress: Progress) -> list[str]:
    """Interleaved rounds; the lines of the report."""
    if nginx() is None or shutil.which("wrk") is None:
        return ["(e) sending: left out, it needs nginx and wrk"]
    root = directory / "sending"
    (root / "files").mkdir(parents=True)
    settings = {"ACCEL_PREFIX": "/blobs", "LOG_LEVEL": "warning"}
    direct = LiveServer(root / "direct", "", {"LOG_LEVEL": "warning"}).start()
    behind = LiveServer(root / "behind", "", settings).start()
    edge = Edge(behind, root / "edge").start()
    try:
        names = prepare(direct, behind, root / "files", progress)
        return compare(root, direct, edge, names, rounds, progress)
    finally:
        edge.stop()
        direct.stop()
        behind.stop()


def prepare(
    direct: LiveServer, behind: LiveServer, files: Path, progress: Progress
) -> dict[str, list[str]]:
    """Upload everything, warm what is derived, and lay the same bytes before nginx."""
    source = random.Random(1)
    names: dict[str, list[str]] = {"originals": [], "derivatives": []}
    for number, size in enumerate(
        progress.track(sizes(FILES), description="files to send", total=FILES)
    ):
        content = photo(size, source)
        for server in (direct, behind):
            with server.client() as client:
                reply = client.upload(content, public_id=f"f{number}", name="noise.png")
                version = reply.raise_for_status().json()["version"]
            names[f"{server.port} originals {number}"] = [f"v{version}/f{number}.png"]
            path = f"a_hflip/v{version}/f{number}.png"  # about as large as the original
            names[f"{server.port} derivatives {number}"] = [path]
            answer = httpx.get(f"{server.url}/{CLOUD}/image/upload/{path}", timeout=60)
            answer.raise_for_status()
        (files / f"f{number}.png").write_bytes(content)
        (files / f"derived{number}.png").write_bytes(answer.content)
    return names


def compare(
    root: Path,
    direct: LiveServer,
    edge: Edge,
    names: dict[str, list[str]],
    rounds: int,
    progress: Progress,
) -> list[str]:
    """Rounds of all three, for originals and for derivatives."""
    lines = ["(e) sending what is there, one process each, against nginx with sendfile"]
    with peer(root) as port:
        for kind, prefix in (("originals", "f"), ("derivatives", "derived")):

            def paths(server: LiveServer, kind: str = kind) -> list[str]:
                found = (names[f"{server.port} {kind} {number}"][0] for number in range(FILES))
                return [f"/{CLOUD}/image/upload/{path}" for path in found]

            loads = {
                "nginx": (
                    f"http://127.0.0.1:{port}",
                    [f"/{prefix}{number}.png" for number in range(FILES)],
                ),
                "service": (direct.url, paths(direct)),
                "service behind nginx": (edge.url, paths(edge.server)),
            }
            rates: dict[str, list[float]] = {name: [] for name in loads}
            for url, wanted in loads.values():
                rate(url, wanted, 2, root)  # everything is in its cache after this
            for _ in progress.track(range(rounds), description=f"sending {kind}"):
                for name, (url, wanted) in loads.items():
                    rates[name].append(rate(url, wanted, SECONDS, root))
            lines += report(kind, rates)
    return lines


def report(kind: str, rates: dict[str, list[float]]) -> list[str]:
    """The lines for one kind of content."""
    nginx_rates = rates.pop("nginx")
    lines = [f"    {kind}: nginx {statistics.median(nginx_rates):.0f} answers/s"]
    for (name, found), wanted in zip(rates.items(), (0.3, 0.9), strict=True):
        ratios = [rate / peer for rate, peer in zip(found, nginx_rates, strict=True)]
        lines += [
            f"        {name}: {statistics.median(found):.0f} answers/s, "
            f"ratio {statistics.median(ratios):.2f}  (rounds: "
            f"{', '.join(f'{value:.2f}' for value in ratios)}; wanted: {wanted})",
        ]
    return lines
