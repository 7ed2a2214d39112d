"""A hot page with a cookie beside the same without: requests a second, in turns.

`python benchmarks/cookies.py` serves the shipped datasets in a process of its own. Both kinds are
asked in short blocks one after the other; the tenth of the fastest counts, in which little else ran.
"""

from __future__ import annotations

import random
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.dataset_builder import BuildWorkspace  # noqa: E402 - the folder must be on the path
from tests.support.running_server import run_server  # noqa: E402

PATH = "/indicators/uk-maternal-mortality-rate"
BLOCKS, REQUESTS_PER_BLOCK = 100, 200
HEADERS = {
    "without a cookie": "",
    "with a cookie": "Cookie: cookies_policy=accepted; _ga=GA1.2.3\r\n",
    "with any other header": "Cache-Hint: cookies_policy=accepted; _ga=GA1.2.3\r\n",
    "with credentials": "Authorization: Basic dGVzdDp0ZXN0\r\n",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = BuildWorkspace(Path(folder))
        site.datasets = ROOT / "datasets"
        with run_server(site) as served:
            served.wait_until_ready()
            times = measure(served.port)
    rates = {
        name: REQUESTS_PER_BLOCK / statistics.quantiles(times[name], n=10)[0] for name in HEADERS
    }
    plain = rates["without a cookie"]
    print("| request | requests a second | of the plain one |")
    print("| --- | --- | --- |")
    for name, rate in rates.items():
        print(f"| {name} | {rate:,.0f} | {rate / plain:.1%} |")


def measure(port: int) -> dict[str, list[float]]:
    """Return the seconds of each block of requests, by the headers they have."""
    times: dict[str, list[float]] = {name: [] for name in HEADERS}
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(BLOCKS + 1):
            for name, header in random.sample(list(HEADERS.items()), len(HEADERS)):
                request = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\n".encode()
                size = len(ask(connection, request))
                started = time.perf_counter()
                for _ in range(REQUESTS_PER_BLOCK):
                    ask(connection, request, size)
                times[name].append(time.perf_counter() - started)
    return {name: seconds[1:] for name, seconds in times.items()}


def ask(connection: socket.socket, request: bytes, size: int = 0) -> bytes:
    """Return the response; without its `size` by what its head says."""
    connection.sendall(request)
    response = b""
    while not size or len(response) < size:
        response += connection.recv(262_144)
        head, end, _ = response.partition(b"\r\n\r\n")
        if end and not size:
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            size = len(head) + len(end) + int(length)
            # the first answer does not say yet that it was kept
            if b"hub-cache" not in head and len(response) >= size:
                return ask(connection, request)
    return response


if __name__ == "__main__":
    main()
