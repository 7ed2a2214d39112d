"""What monitoring is told: counts of all workers, valid OpenMetrics, nothing about visitors."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from evidencehub.runtime.metrics import METRICS, MetricsBoard, SharedSlot
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.running_server import build_serve_command, find_free_port, run_server, wait_until

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="[^"\\\n]*",?)+)\})? (\d+)')


def parse(text: str) -> Counter[str]:
    """Samples of OpenMetrics text; asserts what its grammar demands of ours."""
    *lines, end, empty = text.split("\n")
    assert (end, empty) == ("# EOF", "")
    samples: Counter[str] = Counter()
    family, kind = "", ""
    for line in lines:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert kind in ("counter", "gauge", "info")
        elif line.startswith("# HELP "):
            assert line.split(" ")[2] == family
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] == family + {"counter": "_total", "info": "_info"}.get(kind, "")
            key = match[1] + (f"{{{match[2]}}}" if match[2] else "")
            assert key not in samples
            samples[key] = int(match[3])
    return samples


def find_status(address: str) -> int:
    try:
        with urlopen(address, timeout=10) as response:
            return response.status
    except HTTPError as error:
        with error:
            return error.code


def scrape(port: int) -> Counter[str]:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
        assert response.headers["content-type"].startswith("application/openmetrics-text")
        return parse(response.read().decode())


def test_every_worker_counts_and_nothing_is_lost_with_one(site: BuildWorkspace) -> None:
    site.dataset().write()
    port = find_free_port()
    with run_server(site, "--workers", "2", "--metrics-port", str(port)) as served:
        served.wait_until_ready()
        for number in range(12):
            served.get(f"/search?q=secret{number}")
            served.get("/about")
        assert find_status(f"{served.address}/api/v1/observations?secret=1") == 400
        name = 'evidencehub_requests_total{kind="page",status="200"}'
        refused = 'evidencehub_requests_total{kind="api",status="400"}'
        wait_until(lambda: scrape(port)[name] >= 24 and scrape(port)[refused] == 1)
        counted = scrape(port)
        assert counted["evidencehub_workers"] == 2
        assert counted["evidencehub_memory_bytes"] > 50_000_000
        assert counted["evidencehub_worker_restarts_total"] == 0
        assert counted['evidencehub_places_running{class="costly"}'] == 0
        build = (site.out / "current").resolve().name
        assert counted[f'evidencehub_build_info{{build="{build}"}}'] == 1
        os.kill(served.list_worker_pids()[0], signal.SIGKILL)
        after = wait_until(
            lambda: scrape(port)["evidencehub_worker_restarts_total"] == 1 and scrape(port)
        )
        assert after[name] >= counted[name]
        with urlopen(f"http://127.0.0.1:{port}/metrics") as response:
            text = response.read().decode()
        assert "secret" not in text
        assert "127.0.0.1" not in text
        assert find_status(f"http://127.0.0.1:{port}/") == 404
        assert (
            find_status(f"{served.address}/metrics") == 404
        )  # the public port knows nothing of it


def test_a_port_that_is_taken_is_told(site: BuildWorkspace) -> None:
    site.dataset().write()
    port = str(find_free_port())
    command = build_serve_command(site, "--port", port, "--metrics-port", port)
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Error: Port {port} on 127.0.0.1 is already in use." in done.stderr


def test_counts_of_a_worker_that_has_ended_stay_and_its_gauges_go(tmp_path: Path) -> None:
    board = MetricsBoard(build=tmp_path)
    first, second = board.open_slot(), board.open_slot()
    for slot, number in ((first, 3), (second, 4)):
        SharedSlot(os.dup(slot.descriptor)).write(
            {"counters": [["cache_hits", [], number]], "gauges": [["connections", [], number]]}
        )
    assert parse(board.render())["evidencehub_connections"] == 7
    board.retire(first)
    board.retire(first)
    samples = parse(board.render())
    assert samples["evidencehub_cache_hits_total"] == 7
    assert samples["evidencehub_connections"] == 4
    assert samples["evidencehub_workers"] == 1


def test_a_document_that_is_half_written_is_not_read() -> None:
    slot = SharedSlot.create()
    slot.write({"counters": [["cache_hits", [], 1]]})
    assert slot.read() == {"counters": [["cache_hits", [], 1]]}
    slot._memory[8:12] = b"half"
    assert slot.read() == {"counters": [["cache_hits", [], 1]]}
    slot.write({"counters": ["x" * 100_000]})
    assert slot.read() == {"counters": [["cache_hits", [], 1]]}
    slot.close()


def test_every_metric_is_described_by_a_sentence() -> None:
    assert all(text.endswith(".") and kind for kind, text in METRICS.values())
