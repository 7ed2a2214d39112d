"""Every kind of page, made anew each time: what it costs and its bytes, over the shipped datasets.

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
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.test_accessible import PAGES  # noqa: E402 - the folder must be on the path first
from tests.support.dataset_builder import PACKAGE_ROOTS, BuildWorkspace  # noqa: E402
from tests.support.running_server import RunningServer, run_server  # noqa: E402

REQUESTS_PER_PAGE = 9
PAST_THE_CACHE = {"Host": "benchmark.example", "Accept-Encoding": "identity"}


class PageCost(NamedTuple):
    """What a page takes: milliseconds of CPU and of the clock (medians), status, bytes of HTML."""

    cpu_ms: float
    clock_ms: float
    status: int
    size_bytes: int
    path: str


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = BuildWorkspace(Path(folder))
        site.datasets, *more_roots = PACKAGE_ROOTS
        options = [option for root in more_roots for option in ("--datasets", str(root))]
        with run_server(site, *options) as served:
            served.wait_until_ready()
            connection = served.connect()
            rows = sorted((time_page(connection, served, path) for path in PAGES), reverse=True)
    print("| page | status | ms of CPU | ms | bytes |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print(
            f"| `{row.path}` | {row.status} | {row.cpu_ms:.1f} | {row.clock_ms:.1f} | {row.size_bytes:,} |"
        )
    median_ms = statistics.median(row.cpu_ms for row in rows)
    print(f"\n{len(rows)} pages: median {median_ms:.1f} ms of CPU, most {rows[0].cpu_ms:.1f}.")


def time_page(connection: http.client.HTTPConnection, served: RunningServer, path: str) -> PageCost:
    """Return what a page takes; the first time, which reads the template, does not count."""
    costs = []
    for _ in range(REQUESTS_PER_PAGE + 1):
        cpu_before, started = read_cpu_ms(served), time.perf_counter()
        connection.request("GET", path, headers=PAST_THE_CACHE)
        response = connection.getresponse()
        body = response.read()
        clock_ms = (time.perf_counter() - started) * 1000
        costs.append((read_cpu_ms(served) - cpu_before, clock_ms))
    cpu_ms, clock_ms = map(statistics.median, zip(*costs[1:], strict=True))
    return PageCost(cpu_ms, clock_ms, response.status, len(body), path)


def read_cpu_ms(served: RunningServer) -> float:
    """Return the milliseconds that the processes of a server have computed: others' work is not in it."""
    return sum(
        int(stat.read_text("ascii").split()[0]) / 1e6
        for pid in served.list_worker_pids()
        for stat in Path(f"/proc/{pid}/task").glob("*/schedstat")
    )


if __name__ == "__main__":
    main()
