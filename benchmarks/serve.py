"""What is served, beside stock Datasette and nginx, over the same database and in one run.

python benchmarks/serve.py [--rows N] [--seconds S] [--rounds N] [--workers N] [--soak MINUTES]
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

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from benchmarks import package  # noqa: E402 - the folder must be on the path first

CONNECTIONS, RATE, SLUG = 8, 40, "bench-serve"
OURS, STOCK, MINIMAL, STATIC = "the hub", "Datasette, stock", "Datasette, minimal", "nginx"
BARE = "the hub, codes only"  # as Datasette's rows are
MINIMAL_QUERY = "_shape=array&_nofacet=1&_nocount=1&_size=100"


# Servers: each is started alone, in the foreground, on this machine only


@dataclass
class Server:
    """A running server, with all of its processes."""

    port: int
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            children = Path(f"/proc/{pid}/task/{pid}/children")
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found += [int(child) for child in children.read_text("utf-8").split()]
        return found

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
def running(command: Sequence[str], port: int, path: str) -> Iterator[Server]:
    process = subprocess.Popen([*command], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)[:200]} ended with {process.returncode}")
            with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}{path}"):
                break
            time.sleep(0.1)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(name: str, build: Path, work: Path, workers: int):
    """The server of that name over the build."""
    port = free_port()
    if name == STATIC:
        return running(["nginx", "-c", str(nginx(work, build, port, workers))], port, "/hot.json")
    if name in (OURS, BARE):
        told = ["hub", str(build), str(port), str(workers), str(work / "usage.db")]
        return running([sys.executable, __file__, *told], port, "/readyz")
    os.environ["BENCH_STOCK"] = json.dumps([str(build / "hub.db"), name == STOCK])
    command = [sys.executable, "-m", "uvicorn", "benchmarks.serve:stock", "--factory"]
    command += ["--port", str(port), "--workers", str(workers), "--log-level", "error"]
    return running([*command, "--no-access-log"], port, "/hub.json")


def stock():
    """Datasette as it comes, for uvicorn: settings are its defaults, but for suggested facets."""
    from datasette.app import Datasette

    database, suggest = json.loads(os.environ["BENCH_STOCK"])
    return Datasette([], immutables=[database], settings={"suggest_facets": suggest}).app()


def hub(build: str, port: str, workers: str, usage: str) -> None:
    """The hub over a build, as `serve` starts it."""
    from evidencehub.server import Options, doors, supervisor

    options = Options(ROOT, int(workers), usage=usage)
    bound = doors.bind("127.0.0.1", int(port))
    supervisor.serve(options, bound, lambda: Path(build), lambda line: print(line, file=sys.stderr))


def nginx(work: Path, build: Path, port: int, workers: int) -> Path:
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

AREA, GROUP = "an indicator in two areas", "an indicator for one group and sex"
FIELDS = {AREA: ("indicator", "area"), GROUP: ("indicator", "ethnicity", "sex")}


def questions(build: Path) -> dict[str, list[str]]:
    """Queries, each of at least 100 rows, in no order, as the hub is asked."""
    found: dict[str, list[str]] = {}
    with contextlib.closing(sqlite3.connect(f"file:{build / 'hub.db'}?mode=ro", uri=True)) as db:
        for kind, fields in FIELDS.items():
            names, numbers = ", ".join(fields), ", ".join(str(n + 1) for n in range(len(fields)))
            asked = db.execute(
                f"select {names} from observation group by {numbers} "
                f"having count(*) >= {50 if kind == AREA else 100} order by {numbers}"
            ).fetchall()
            if kind == AREA:
                pairs = itertools.pairwise(asked)
                asked = [(i, f"{a}&area={b}") for (i, a), (j, b) in pairs if i == j]
            random.Random(1).shuffle(asked)
            found[kind] = [
                "&".join(f"{name}={value}" for name, value in zip(fields, one, strict=True))
                for one in asked
            ]
    return found


def paths(name: str, asked: Sequence[str]) -> list[str]:
    """What each server is asked, for the same rows."""
    if name in (OURS, BARE):
        rest = "" if name == OURS else "&labels=false"
        return [f"/api/v1/observations?{query}&limit=100{rest}" for query in asked]
    rest = {STOCK: "_size=100", MINIMAL: MINIMAL_QUERY}[name]
    queries = (re.sub("area=(.+)&area=", r"area__in=\1,", query) for query in asked)
    return [f"/hub/observation.json?{query}&{rest}" for query in queries]


def rows(name: str, server: Server, path: str) -> int:
    """How many rows an answer has, so that all are asked the same."""
    with urlopen(f"http://127.0.0.1:{server.port}{path}") as answer:
        told = json.load(answer)
    if isinstance(told, list):
        return len(told)
    return len(told["data"] if name in (OURS, BARE) else told["rows"])


# Measuring


@dataclass
class Seen:
    """What was seen of one server and one kind of question, a value for each round."""

    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    asked: int = 0
    hot: list[float] = field(default_factory=list)
    file: list[float] = field(default_factory=list)


def ask(server: Server, asked: Sequence[str], seconds: float, **how: float) -> dict:
    told = {"port": server.port, "paths": list(asked), "seconds": seconds, **how}
    done = subprocess.run(
        [sys.executable, str(HERE / "load.py")], input=json.dumps(told), text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def quantile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def uncached(name: str, server: Server, asked: Sequence[str], seconds: float, seen: Seen) -> None:
    before = server.cpu()
    told = ask(server, asked, seconds, connections=CONNECTIONS)
    wrong = {k: n for k, n in told["statuses"].items() if k != "200"}
    if wrong:
        raise SystemExit(f"{name} answered {wrong}")
    number = len(told["took"])
    seen.asked += number
    seen.rate.append(number / told["seconds"])
    seen.p50.append(statistics.median(told["took"]) * 1000)
    seen.p95.append(quantile(told["took"], 0.95) * 1000)
    seen.cpu.append((server.cpu() - before) / number * 1000)


def again(server: Server, path: str, seconds: float, connections: int) -> tuple[float, float]:
    """Requests and megabytes a second of one address, asked again and again."""
    address = f"http://127.0.0.1:{server.port}{path}"
    if shutil.which("wrk"):
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}", "--timeout", "60", address],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        if "Non-2xx" in said:
            raise SystemExit(f"{path}: {said}")
        (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", said)
        ((size, unit),) = re.findall(r"Transfer/sec:\s+([\d.]+)([KMG]?)B", said)
        return float(rate), float(size) * {"": 1e-6, "K": 1e-3, "M": 1.05, "G": 1074}[unit]
    told = ask(server, [path] * 1_000_000, seconds, connections=connections)
    with urlopen(address) as answer:
        size = len(answer.read()) / 1e6
    rate = len(told["took"]) / told["seconds"]
    return rate, rate * size


def side_by_side(
    build: Path, work: Path, options: argparse.Namespace
) -> dict[tuple[str, str], Seen]:
    """Every server in turn, round after round; a fresh start each time, so that nothing is kept."""
    asked = questions(build)
    names = [OURS, BARE, STOCK, MINIMAL, *([STATIC] if shutil.which("nginx") else [])]
    seen = {(name, kind): Seen() for name in names for kind in asked}
    download = "/datasets/" + largest(build)
    with start(OURS, build, work, 1) as server:
        hot = f"http://127.0.0.1:{server.port}{paths(OURS, asked[AREA])[0]}"
        (work / "hot.json").write_bytes(urlopen(hot).read())
    for _ in range(options.rounds):
        for name in names:
            with start(name, build, work, options.workers) as server:
                for kind in asked if name != STATIC else ():
                    one = seen[name, kind]
                    begin = one.asked % len(asked[kind])
                    mine = paths(name, [*asked[kind][begin:], *asked[kind][:begin]])
                    # the last is asked now and not again: all give a hundred rows
                    if rows(name, server, mine[-1]) != 100:
                        raise SystemExit(f"{name}: not 100 rows at {mine[-1]}")
                    uncached(name, server, mine[:-1], options.seconds, one)
                hot = "/hot.json" if name == STATIC else paths(name, asked[AREA])[0]
                seen[name, AREA].hot.append(again(server, hot, options.seconds, CONNECTIONS)[0])
                if name in (OURS, STATIC):
                    speed = again(server, download, options.seconds, 4)[1]
                    seen[name, AREA].file.append(speed)
    return seen


def largest(build: Path) -> str:
    """The largest file that can be downloaded, as dataset/version/file."""
    files = (path for path in (build / "files").rglob("*") if path.is_file())
    path = max(files, key=lambda one: one.stat().st_size)
    return path.relative_to(build / "files").as_posix()


def steady(build: Path, work: Path, minutes: float) -> dict[str, float]:
    """Forty requests a second, each of its own address, answered by two workers."""
    asked = questions(build)
    told: dict[str, float] = {}
    mixed = [query for pair in zip(*asked.values(), strict=False) for query in pair]
    with start(STOCK, build, work, 2) as server:
        one = ask(server, paths(STOCK, mixed), 15, connections=1)
        told["stock, one client: p50 ms"] = statistics.median(one["took"]) * 1000
        same = ask(server, paths(STOCK, mixed[::-1]), 15, rate=RATE)
        told["stock, the same load for 15 s: p50 ms"] = statistics.median(same["took"]) * 1000
    many = paths(OURS, [*asked[AREA], *asked[GROUP]])
    random.Random(1).shuffle(many)
    # beyond these, the same with a limit of 99, 98 …: other addresses, other answers
    many += [path.replace("limit=100", f"limit={n}") for n in range(99, 89, -1) for path in many]
    with start(OURS, build, work, 2) as server:
        most = told["MB of a worker at first"] = server.memory()
        client = subprocess.Popen(
            [sys.executable, str(HERE / "load.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert client.stdin is not None
        seconds = minutes * 60
        wanted = {"port": server.port, "paths": many, "seconds": seconds, "rate": RATE}
        client.stdin.write(json.dumps(wanted))
        client.stdin.close()
        before, end = server.cpu(), time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(min(2, seconds))
            most = max(most, server.memory())
        assert client.stdout is not None
        seen = json.loads(client.stdout.read())
        client.wait()
        told["MB of a worker at most"] = most
        told["CPU, of one processor"] = (server.cpu() - before) / seconds
    took = seen["took"]
    told |= {f"p{p} ms": quantile(took, p / 100) * 1000 for p in (50, 95, 99)}
    told["requests"] = len(took)
    told["errors"] = sum(n for status, n in seen["statuses"].items() if status != "200")
    return told


# Telling


def middle(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def tell(seen: dict[tuple[str, str], Seen], options: argparse.Namespace) -> None:
    how = "wrk" if shutil.which("wrk") else "benchmarks/load.py"
    print(
        f"\n{options.workers} worker(s) each, {CONNECTIONS} connections, medians of {options.rounds} "
        f"rounds of {options.seconds:g} s; hot and downloads asked by {how}\n"
    )
    print(
        "| 100 rows as JSON, each address once | requests/s | p50 ms | p95 ms | CPU ms | addresses |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for (name, kind), one in seen.items():
        if name != STATIC:
            cells = [f"{middle(one.rate):,.0f}", f"{middle(one.p50):.1f}", f"{middle(one.p95):.1f}"]
            cells += [f"{middle(one.cpu):.2f}", f"{one.asked:,}"]
            print(f"| {name}: {kind} | {' | '.join(cells)} |")
    print("\n| again and again | requests/s | download, MB/s |\n| --- | --- | --- |")
    for (name, kind), one in seen.items():
        if kind == AREA:
            speed = f"{middle(one.file):,.0f}" if one.file else ""
            print(f"| {name} | {middle(one.hot):,.0f} | {speed} |")
    print("\n| ratio in that run | is | by CPU | should be |\n| --- | --- | --- | --- |")
    for mine, peer, wanted in (
        (OURS, STOCK, "≥ 10"), (OURS, MINIMAL, "≥ 4"), (BARE, MINIMAL, "≥ 4"),
    ):  # fmt: skip
        for kind in FIELDS:
            ours, theirs = seen[mine, kind], seen[peer, kind]
            ratio = middle(ours.rate) / middle(theirs.rate)
            cpu = middle(theirs.cpu) / middle(ours.cpu)
            print(f"| {kind}: {mine} ÷ {peer} | {ratio:.1f} | {cpu:.1f} | {wanted} |")
    if (STATIC, AREA) in seen:
        ours, static = seen[OURS, AREA], seen[STATIC, AREA]
        hot, file = middle(ours.hot) / middle(static.hot), middle(ours.file) / middle(static.file)
        print(f"| hot: hub ÷ nginx | {hot:.2f} | | ≥ 0.25 (aim 0.5) |")
        print(f"| download: hub ÷ nginx | {file:.2f} | | ≥ 0.5 |")


def make(work: Path, count: int) -> Path:
    """A build over a generated package of so many rows."""
    folder = package.write(work / "one" / "datasets" / SLUG, count)
    print(f"{count:,} rows are written and built …", file=sys.stderr)
    command = [sys.executable, str(HERE / "hub.py"), "line", str(folder)]
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
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        work = Path(place)
        build = options.build.resolve() if options.build else make(work, options.rows)
        if options.rounds:
            tell(side_by_side(build, work, options), options)
        if options.soak:
            told = steady(build, work, options.soak)
            minutes = f"{options.soak:g} minute(s)"
            print(f"\n| {RATE} requests/s for {minutes}, 2 workers | |\n| --- | --- |")
            for name, value in told.items():
                print(f"| {name} | {value:,.2f} |" if value % 1 else f"| {name} | {value:,.0f} |")
            ratio = told["stock, the same load for 15 s: p50 ms"] / told["p95 ms"]
            print(f"\nstock's p50 under that load ÷ our p95: {ratio:.1f} (should be ≥ 10)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["hub"]:
        hub(*sys.argv[2:])
    else:
        main()
