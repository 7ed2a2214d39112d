"""What is served, beside stock Datasette and nginx, over the same database and in one run.

python benchmarks/compare_servers.py [--rows N] [--seconds S] [--rounds N] [--workers N] [--soak MINUTES]
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

BENCHMARKS_FOLDER = Path(__file__).parent
ROOT = BENCHMARKS_FOLDER.parent
sys.path.insert(0, str(ROOT))

from benchmarks import generated_package  # noqa: E402 - the folder must be on the path first

CONNECTIONS, REQUESTS_PER_SECOND, SLUG = 8, 40, "bench-serve"
HUB, DATASETTE_STOCK, DATASETTE_MINIMAL, NGINX = (
    "the hub",
    "Datasette, stock",
    "Datasette, minimal",
    "nginx",
)
HUB_CODES_ONLY = "the hub, codes only"  # as Datasette's rows are
MINIMAL_QUERY = "_shape=array&_nofacet=1&_nocount=1&_size=100"


# Servers: each is started alone, in the foreground, on this machine only


@dataclass
class BenchmarkServer:
    """A running server, with all of its processes."""

    port: int
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        pids = [self.process.pid]
        for pid in pids:
            children = Path(f"/proc/{pid}/task/{pid}/children")
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                pids += [int(child) for child in children.read_text("utf-8").split()]
        return pids

    def cpu(self) -> float:
        """Seconds of processor time that its processes have taken."""
        ticks = 0
        for pid in self.pids():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
                ticks += int(stat[11]) + int(stat[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Megabytes of its largest worker (the first process of ours only looks after others)."""
        sizes = [0.0]
        for pid in self.pids()[1:] or self.pids():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                text = Path(f"/proc/{pid}/status").read_text("utf-8")
                sizes += [int(n) / 1024 for n in re.findall(r"VmRSS:\s+(\d+)", text)]
        return max(sizes)


@contextlib.contextmanager
def run_server(command: Sequence[str], port: int, path: str) -> Iterator[BenchmarkServer]:
    process = subprocess.Popen([*command], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)[:200]} ended with {process.returncode}")
            with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}{path}"):
                break
            time.sleep(0.1)
        yield BenchmarkServer(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(name: str, build: Path, work: Path, workers: int):
    """The server of that name over the build."""
    port = find_free_port()
    if name == NGINX:
        return run_server(
            ["nginx", "-c", str(write_nginx_config(work, build, port, workers))], port, "/hot.json"
        )
    if name in (HUB, HUB_CODES_ONLY):
        command_options = ["hub", str(build), str(port), str(workers), str(work / "usage.db")]
        return run_server([sys.executable, __file__, *command_options], port, "/readyz")
    os.environ["BENCH_STOCK"] = json.dumps([str(build / "hub.db"), name == DATASETTE_STOCK])
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "benchmarks.compare_servers:create_stock_app",
        "--factory",
    ]
    command += ["--port", str(port), "--workers", str(workers), "--log-level", "error"]
    return run_server([*command, "--no-access-log"], port, "/hub.json")


def create_stock_app():
    """Datasette as it comes, for uvicorn: settings are its defaults, but for suggested facets."""
    from datasette.app import Datasette

    database, suggest = json.loads(os.environ["BENCH_STOCK"])
    return Datasette([], immutables=[database], settings={"suggest_facets": suggest}).app()


def serve_hub(build: str, port: str, workers: str, usage: str) -> None:
    """The hub over a build, as `serve` starts it."""
    from evidencehub.runtime import ServeOptions, sockets, supervisor

    options = ServeOptions(ROOT, int(workers), usage_file=usage)
    listeners = sockets.bind_sockets("127.0.0.1", int(port))
    supervisor.serve(
        options, listeners, lambda: Path(build), lambda line: print(line, file=sys.stderr)
    )


def write_nginx_config(work: Path, build: Path, port: int, workers: int) -> Path:
    """The configuration of an nginx that serves files of `work`, in the foreground."""
    (work / "datasets").unlink(missing_ok=True)
    (work / "datasets").symlink_to(build / "files")
    temporary = "".join(
        f"{kind}_temp_path {work}/tmp;"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    conf = work / "nginx.conf"
    conf.write_text(
        f"""daemon off; {user} worker_processes {workers}; pid {work}/nginx.pid;
error_log {work}/nginx.log; events {{ worker_connections 1024; }}
http {{ sendfile on; tcp_nopush on; access_log off; keepalive_requests 100000000; {temporary}
server {{ listen 127.0.0.1:{port}; root {work}; types {{ application/json json; }} }} }}
""",
        "utf-8",
    )
    return conf


# Questions: a hundred rows of an indicator, for which there are more

TWO_AREAS_QUERY, ONE_GROUP_QUERY = "an indicator in two areas", "an indicator for one group and sex"
QUERY_FIELDS = {
    TWO_AREAS_QUERY: ("indicator", "area"),
    ONE_GROUP_QUERY: ("indicator", "ethnicity", "sex"),
}


def sample_queries(build: Path) -> dict[str, list[str]]:
    """Queries, each of at least 100 rows, in no order, as the hub is asked."""
    queries: dict[str, list[str]] = {}
    with contextlib.closing(sqlite3.connect(f"file:{build / 'hub.db'}?mode=ro", uri=True)) as db:
        for kind, fields in QUERY_FIELDS.items():
            names, numbers = ", ".join(fields), ", ".join(str(n + 1) for n in range(len(fields)))
            combinations = db.execute(
                f"select {names} from observation group by {numbers} "
                f"having count(*) >= {50 if kind == TWO_AREAS_QUERY else 100} order by {numbers}"
            ).fetchall()
            if kind == TWO_AREAS_QUERY:
                pairs = itertools.pairwise(combinations)
                combinations = [(i, f"{a}&area={b}") for (i, a), (j, b) in pairs if i == j]
            random.Random(1).shuffle(combinations)
            queries[kind] = [
                "&".join(f"{name}={value}" for name, value in zip(fields, combination, strict=True))
                for combination in combinations
            ]
    return queries


def build_request_paths(name: str, sampled_queries: Sequence[str]) -> list[str]:
    """What each server is asked, for the same rows."""
    if name in (HUB, HUB_CODES_ONLY):
        extra_query = "" if name == HUB else "&labels=false"
        return [f"/api/v1/observations?{query}&limit=100{extra_query}" for query in sampled_queries]
    extra_query = {DATASETTE_STOCK: "_size=100", DATASETTE_MINIMAL: MINIMAL_QUERY}[name]
    queries = (re.sub("area=(.+)&area=", r"area__in=\1,", query) for query in sampled_queries)
    return [f"/hub/observation.json?{query}&{extra_query}" for query in queries]


def count_rows(name: str, server: BenchmarkServer, path: str) -> int:
    """How many rows an answer has, so that all are asked the same."""
    with urlopen(f"http://127.0.0.1:{server.port}{path}") as response:
        payload = json.load(response)
    if isinstance(payload, list):
        return len(payload)
    return len(payload["data"] if name in (HUB, HUB_CODES_ONLY) else payload["rows"])


# Measuring


@dataclass
class Measurements:
    """What was seen of one server and one kind of question, a value for each round."""

    uncached_rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    request_count: int = 0
    cached_rate: list[float] = field(default_factory=list)
    download_rate: list[float] = field(default_factory=list)


def generate_load(
    server: BenchmarkServer, request_paths: Sequence[str], seconds: float, **load_options: float
) -> dict:
    job = {"port": server.port, "paths": list(request_paths), "seconds": seconds, **load_options}
    process = subprocess.run(
        [sys.executable, str(BENCHMARKS_FOLDER / "load_generator.py")], input=json.dumps(job), text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(process.stdout)


def compute_quantile(values: Sequence[float], probability: float) -> float:
    return sorted(values)[min(int(len(values) * probability), len(values) - 1)]


def measure_uncached(
    name: str,
    server: BenchmarkServer,
    request_paths: Sequence[str],
    seconds: float,
    measurements: Measurements,
) -> None:
    cpu_before = server.cpu()
    outcome = generate_load(server, request_paths, seconds, connections=CONNECTIONS)
    wrong = {k: n for k, n in outcome["statuses"].items() if k != "200"}
    if wrong:
        raise SystemExit(f"{name} answered {wrong}")
    number = len(outcome["took"])
    measurements.request_count += number
    measurements.uncached_rate.append(number / outcome["seconds"])
    measurements.p50.append(statistics.median(outcome["took"]) * 1000)
    measurements.p95.append(compute_quantile(outcome["took"], 0.95) * 1000)
    measurements.cpu.append((server.cpu() - cpu_before) / number * 1000)


def measure_repeated(
    server: BenchmarkServer, path: str, seconds: float, connections: int
) -> tuple[float, float]:
    """Requests and megabytes a second of one address, asked again and again."""
    address = f"http://127.0.0.1:{server.port}{path}"
    if shutil.which("wrk"):
        wrk_output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}", "--timeout", "60", address],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        if "Non-2xx" in wrk_output:
            raise SystemExit(f"{path}: {wrk_output}")
        (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", wrk_output)
        ((size, unit),) = re.findall(r"Transfer/sec:\s+([\d.]+)([KMG]?)B", wrk_output)
        return float(rate), float(size) * {"": 1e-6, "K": 1e-3, "M": 1.05, "G": 1074}[unit]
    outcome = generate_load(server, [path] * 1_000_000, seconds, connections=connections)
    with urlopen(address) as response:
        size = len(response.read()) / 1e6
    rate = len(outcome["took"]) / outcome["seconds"]
    return rate, rate * size


def compare_servers(
    build: Path, work: Path, options: argparse.Namespace
) -> dict[tuple[str, str], Measurements]:
    """Every server in turn, round after round; a fresh start each time, so that nothing is kept."""
    queries = sample_queries(build)
    names = [
        HUB,
        HUB_CODES_ONLY,
        DATASETTE_STOCK,
        DATASETTE_MINIMAL,
        *([NGINX] if shutil.which("nginx") else []),
    ]
    measurements = {(name, kind): Measurements() for name in names for kind in queries}
    download = "/datasets/" + find_largest_download(build)
    with start_server(HUB, build, work, 1) as server:
        hot = (
            f"http://127.0.0.1:{server.port}{build_request_paths(HUB, queries[TWO_AREAS_QUERY])[0]}"
        )
        (work / "hot.json").write_bytes(urlopen(hot).read())
    for _ in range(options.rounds):
        for name in names:
            with start_server(name, build, work, options.workers) as server:
                for kind in queries if name != NGINX else ():
                    measurement = measurements[name, kind]
                    begin = measurement.request_count % len(queries[kind])
                    server_paths = build_request_paths(
                        name, [*queries[kind][begin:], *queries[kind][:begin]]
                    )
                    # the last is asked now and not again: all give a hundred rows
                    if count_rows(name, server, server_paths[-1]) != 100:
                        raise SystemExit(f"{name}: not 100 rows at {server_paths[-1]}")
                    measure_uncached(name, server, server_paths[:-1], options.seconds, measurement)
                hot = (
                    "/hot.json"
                    if name == NGINX
                    else build_request_paths(name, queries[TWO_AREAS_QUERY])[0]
                )
                measurements[name, TWO_AREAS_QUERY].cached_rate.append(
                    measure_repeated(server, hot, options.seconds, CONNECTIONS)[0]
                )
                if name in (HUB, NGINX):
                    speed = measure_repeated(server, download, options.seconds, 4)[1]
                    measurements[name, TWO_AREAS_QUERY].download_rate.append(speed)
    return measurements


def find_largest_download(build: Path) -> str:
    """The largest file that can be downloaded, as dataset/version/file."""
    files = (path for path in (build / "files").rglob("*") if path.is_file())
    path = max(files, key=lambda one: one.stat().st_size)
    return path.relative_to(build / "files").as_posix()


def measure_steady_load(build: Path, work: Path, minutes: float) -> dict[str, float]:
    """Forty requests a second, each of its own address, answered by two workers."""
    queries = sample_queries(build)
    metrics: dict[str, float] = {}
    mixed = [query for pair in zip(*queries.values(), strict=False) for query in pair]
    with start_server(DATASETTE_STOCK, build, work, 2) as server:
        single_client = generate_load(
            server, build_request_paths(DATASETTE_STOCK, mixed), 15, connections=1
        )
        metrics["stock, one client: p50 ms"] = statistics.median(single_client["took"]) * 1000
        loaded = generate_load(
            server, build_request_paths(DATASETTE_STOCK, mixed[::-1]), 15, rate=REQUESTS_PER_SECOND
        )
        metrics["stock, the same load for 15 s: p50 ms"] = statistics.median(loaded["took"]) * 1000
    many = build_request_paths(HUB, [*queries[TWO_AREAS_QUERY], *queries[ONE_GROUP_QUERY]])
    random.Random(1).shuffle(many)
    # beyond these, the same with a limit of 99, 98 …: other addresses, other answers
    many += [path.replace("limit=100", f"limit={n}") for n in range(99, 89, -1) for path in many]
    with start_server(HUB, build, work, 2) as server:
        peak_memory = metrics["MB of a worker at first"] = server.memory()
        client = subprocess.Popen(
            [sys.executable, str(BENCHMARKS_FOLDER / "load_generator.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert client.stdin is not None
        seconds = minutes * 60
        job = {"port": server.port, "paths": many, "seconds": seconds, "rate": REQUESTS_PER_SECOND}
        client.stdin.write(json.dumps(job))
        client.stdin.close()
        cpu_before, end = server.cpu(), time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(min(2, seconds))
            peak_memory = max(peak_memory, server.memory())
        assert client.stdout is not None
        load_result = json.loads(client.stdout.read())
        client.wait()
        metrics["MB of a worker at most"] = peak_memory
        metrics["CPU, of one processor"] = (server.cpu() - cpu_before) / seconds
    seconds_taken = load_result["took"]
    metrics |= {f"p{p} ms": compute_quantile(seconds_taken, p / 100) * 1000 for p in (50, 95, 99)}
    metrics["requests"] = len(seconds_taken)
    metrics["errors"] = sum(n for status, n in load_result["statuses"].items() if status != "200")
    return metrics


# Telling


def compute_median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def print_report(
    measurements: dict[tuple[str, str], Measurements], options: argparse.Namespace
) -> None:
    load_tool = "wrk" if shutil.which("wrk") else "benchmarks/load_generator.py"
    print(
        f"\n{options.workers} worker(s) each, {CONNECTIONS} connections, medians of {options.rounds} "
        f"rounds of {options.seconds:g} s; hot and downloads asked by {load_tool}\n"
    )
    print(
        "| 100 rows as JSON, each address once | requests/s | p50 ms | p95 ms | CPU ms | addresses |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for (name, kind), measurement in measurements.items():
        if name != NGINX:
            cells = [
                f"{compute_median(measurement.uncached_rate):,.0f}",
                f"{compute_median(measurement.p50):.1f}",
                f"{compute_median(measurement.p95):.1f}",
            ]
            cells += [f"{compute_median(measurement.cpu):.2f}", f"{measurement.request_count:,}"]
            print(f"| {name}: {kind} | {' | '.join(cells)} |")
    print("\n| again and again | requests/s | download, MB/s |\n| --- | --- | --- |")
    for (name, kind), measurement in measurements.items():
        if kind == TWO_AREAS_QUERY:
            speed = (
                f"{compute_median(measurement.download_rate):,.0f}"
                if measurement.download_rate
                else ""
            )
            print(f"| {name} | {compute_median(measurement.cached_rate):,.0f} | {speed} |")
    print("\n| ratio in that run | is | by CPU | should be |\n| --- | --- | --- | --- |")
    for hub_name, peer, target in (
        (HUB, DATASETTE_STOCK, "≥ 10"), (HUB, DATASETTE_MINIMAL, "≥ 4"), (HUB_CODES_ONLY, DATASETTE_MINIMAL, "≥ 4"),
    ):  # fmt: skip
        for kind in QUERY_FIELDS:
            ours, peer_result = measurements[hub_name, kind], measurements[peer, kind]
            ratio = compute_median(ours.uncached_rate) / compute_median(peer_result.uncached_rate)
            cpu = compute_median(peer_result.cpu) / compute_median(ours.cpu)
            print(f"| {kind}: {hub_name} ÷ {peer} | {ratio:.1f} | {cpu:.1f} | {target} |")
    if (NGINX, TWO_AREAS_QUERY) in measurements:
        ours, static = measurements[HUB, TWO_AREAS_QUERY], measurements[NGINX, TWO_AREAS_QUERY]
        hot, file = (
            compute_median(ours.cached_rate) / compute_median(static.cached_rate),
            compute_median(ours.download_rate) / compute_median(static.download_rate),
        )
        print(f"| hot: hub ÷ nginx | {hot:.2f} | | ≥ 0.25 (aim 0.5) |")
        print(f"| download: hub ÷ nginx | {file:.2f} | | ≥ 0.5 |")


def build_package(work: Path, count: int) -> Path:
    """A build over a generated package of so many rows."""
    folder = generated_package.write_package(work / "one" / "datasets" / SLUG, count)
    print(f"{count:,} rows are written and built …", file=sys.stderr)
    command = [sys.executable, str(BENCHMARKS_FOLDER / "measure_build.py"), "line", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return (work / "one" / "dist" / "current").resolve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="processes of each server")
    parser.add_argument("--soak", type=float, default=0.5, metavar="MINUTES",
                        help="how long 40 requests a second are asked; 0 leaves it out")  # fmt: skip
    parser.add_argument("--build", type=Path, help="a build that is there already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary_folder:
        work = Path(temporary_folder)
        build = options.build.resolve() if options.build else build_package(work, options.rows)
        if options.rounds:
            print_report(compare_servers(build, work, options), options)
        if options.soak:
            metrics = measure_steady_load(build, work, options.soak)
            minutes = f"{options.soak:g} minute(s)"
            print(
                f"\n| {REQUESTS_PER_SECOND} requests/s for {minutes}, 2 workers | |\n| --- | --- |"
            )
            for name, value in metrics.items():
                print(f"| {name} | {value:,.2f} |" if value % 1 else f"| {name} | {value:,.0f} |")
            ratio = metrics["stock, the same load for 15 s: p50 ms"] / metrics["p95 ms"]
            print(f"\nstock's p50 under that load ÷ our p95: {ratio:.1f} (should be ≥ 10)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["hub"]:
        serve_hub(*sys.argv[2:])
    else:
        main()
