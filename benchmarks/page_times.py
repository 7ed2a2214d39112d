"""Every kind of page, made anew each time: server time and bytes, over the shipped datasets.

`python benchmarks/page_times.py` serves the site in a process of its own and asks each address several
times by a host that it does not know, which goes past every kept answer.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.test_accessible import PAGES  # noqa: E402 - the folder must be on the path first
from tests.support.dataset_builder import BuildWorkspace  # noqa: E402
from tests.support.running_server import run_server  # noqa: E402

REQUESTS_PER_PAGE = 9
PAST_THE_CACHE = {"Host": "benchmark.example", "Accept-Encoding": "identity"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = BuildWorkspace(Path(folder))
        site.datasets = ROOT / "datasets"
        with run_server(site) as served:
            served.wait_until_ready()
            connection = served.connect()
            rows = sorted((time_page(connection, path) for path in PAGES), reverse=True)
    print("| page | status | ms, median | ms, slowest | bytes |")
    print("| --- | --- | --- | --- | --- |")
    for median, slowest, status, size, path in rows:
        print(f"| `{path}` | {status} | {median:.1f} | {slowest:.1f} | {size:,} |")
    median_ms = statistics.median(row[0] for row in rows)
    print(f"\n{len(rows)} pages: median {median_ms:.1f} ms, slowest median {rows[0][0]:.1f} ms.")


def time_page(
    connection: http.client.HTTPConnection, path: str
) -> tuple[float, float, int, int, str]:
    """Median and slowest time of a page in milliseconds (the first, which reads the template,
    apart), its status, its size, its path."""
    milliseconds = []
    for _ in range(REQUESTS_PER_PAGE + 1):
        started = time.perf_counter()
        connection.request("GET", path, headers=PAST_THE_CACHE)
        response = connection.getresponse()
        body = response.read()
        milliseconds.append((time.perf_counter() - started) * 1000)
    return (
        statistics.median(milliseconds[1:]),
        max(milliseconds[1:]),
        response.status,
        len(body),
        path,
    )


if __name__ == "__main__":
    main()
