"""What is kept of a request, and what is not; what counts as use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evidencehub.runtime import access_log, process_status, usage
from evidencehub.runtime.process_status import ProcessStatus
from evidencehub.runtime.usage import RequestKey

JSON = [(b"content-type", b"application/json; charset=utf-8")]
AT = 1_795_000_000.25
DAY = "2026-11-18"


def line(path: str = "/", query: bytes = b"", **told: bytes) -> str:
    answered = (told.get("content_type", b""), told.get("cache", b""), b"")
    asked = ("GET", path, query, 200)
    return access_log.format_line(AT, 0.0123, 100, asked, answered, "fe6e39932eeb5ccd")


def test_a_line_tells_what_was_answered_and_names_parameters_without_values() -> None:
    text = line(
        "/api/v1/observations",
        b"area=E92000001&note=my+name&jane%40example.org=1&=2",
        content_type=b"text/csv; charset=utf-8",
        cache=b"hit",
    )
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "time": "2026-11-18T11:06:40.250Z",
        "method": "GET",
        "path": "/api/v1/observations",
        "parameters": ["area", "note", "?", "?"],
        "status": 200,
        "bytes": 100,
        "ms": 12.3,
        "format": "csv",
        "cache": "hit",
        "build": "fe6e39932eeb5ccd",
    }


@pytest.mark.parametrize("path", ['/"\n{', "/é\x00", "/" + "a" * 3_000])
def test_a_line_stays_one_line_of_json_whatever_the_path(path: str) -> None:
    text = line(path)
    assert text.count("\n") == 1
    assert json.loads(text)["path"] == path[: access_log.MAX_PATH_CHARS]


@pytest.mark.parametrize(
    ("path", "query", "content_type", "kind"),
    [
        ("/", b"", b"text/html", ("", "page", "page")),
        ("/datasets/toys", b"", b"text/html; charset=utf-8", ("toys", "page", "page")),
        ("/datasets/toys/1.0.0/toys.csv", b"", b"text/csv", ("toys", "download", "csv")),
        ("/datasets/toys/1.0.0/toys.csv.gz", b"", b"application/gzip", ("toys", "download", "csv")),
        ("/datasets/toys/1.0.0/data/a.parquet", b"", b"", ("toys", "download", "parquet")),
        ("/api/v1/datasets/toys", b"", b"application/json", ("toys", "api:datasets", "json")),
        ("/api/v1/datasets", b"", b"application/json", ("", "api:datasets", "json")),
        ("/api/v1/observations", b"area=X&dataset=toys", b"text/csv",
         ("toys", "api:observations", "csv")),
        ("/api/v1/observations", b"dataset=toys&dataset=b", b"application/x-ndjson",
         ("", "api:observations", "ndjson")),
        ("/api/v1/observations", b"dataset=%3Cscript%3E", b"", ("", "api:observations", "json")),
        ("/api/v1/observations.xlsx", b"", b"", ("", "api:observations", "xlsx")),
        ("/hub/dataset_toy_repairs.csv", b"", b"text/csv", ("toy-repairs", "tables", "csv")),
        ("/hub/dataset.json", b"", b"application/json", ("", "tables", "json")),
        ("/hub/source", b"dataset=toys", b"text/html", ("toys", "tables", "page")),
    ],
)  # fmt: skip
def test_what_a_request_was_about(
    path: str, query: bytes, content_type: bytes, kind: tuple[str, str, str]
) -> None:
    assert usage.classify_request(path, query, content_type) == kind


def counted(*asked: RequestKey) -> list[list[int]]:
    counts: usage.UsageCounts = {}
    for what in asked:
        usage.add_requests(counts, DAY, what, 1, 100)
    return list(counts.values())


def what(method: str = "GET", path: str = "/", status: int = 200, part: bytes = b"") -> RequestKey:
    return RequestKey(method, path, b"", status, b"text/csv", content_range=part)


def test_an_answer_that_had_not_changed_counts_apart() -> None:
    assert counted(what(), what(status=304)) == [[1, 1, 200]]


@pytest.mark.parametrize(
    "asked",
    [
        what("HEAD"),
        what("POST"),
        what(status=404),
        what(status=500),
        what(status=302),
        what(path="/healthz"),
        what(path="/readyz"),
        what(path="/static/site.css"),
        what(status=206, part=b"bytes 500-999/1000"),
    ],
    ids=lambda asked: f"{asked.method} {asked.path} {asked.status}",
)
def test_what_is_not_read_is_not_counted(asked: RequestKey) -> None:
    assert counted(asked) == []


def test_the_first_part_of_a_download_counts() -> None:
    assert counted(what(status=206, part=b"bytes 0-499/1000")) == [[1, 0, 100]]


def test_kinds_of_use_are_bounded() -> None:
    counts: usage.UsageCounts = {}
    for n in range(usage.MAX_USAGE_KEYS + 10):
        usage.add_requests(counts, DAY, what(path=f"/hub/dataset_t{n}.csv"), 1, 1)
    assert len(counts) == usage.MAX_USAGE_KEYS + 1
    assert counts[DAY, "", "other", ""] == [10, 0, 10]


ADD = """
import sys
from pathlib import Path
from evidencehub.runtime import usage
for _ in range(20):
    usage.save_counts(Path(sys.argv[1]), {("2026-11-23", "toys", "download", "csv"): [1, 2, 3]})
"""


def test_several_processes_add_to_the_same_counts(tmp_path: Path) -> None:
    file = tmp_path / "usage.db"
    with ThreadPoolExecutor(3) as pool:
        run = [sys.executable, "-c", ADD, str(file)]
        list(pool.map(lambda _: subprocess.run(run, check=True), range(3)))
    assert usage.read_usage(file) == [("2026-11-23", "toys", "download", "csv", 60, 120, 180)]


def written(tmp_path: Path, process: ProcessStatus, requests: int) -> list[dict[str, object]]:
    process.start_logging()
    for _ in range(requests):
        process.record((AT, 0.1, 100, ("GET", "/", b"", 200), JSON))
    process.stop_logging()
    text = (tmp_path / "log").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_what_was_seen_is_written_at_the_end(tmp_path: Path) -> None:
    log, use = str(tmp_path / "log"), str(tmp_path / "usage.db")
    process = ProcessStatus("b", access_log.AccessLogWriter(log, use))
    assert len(written(tmp_path, process, 5)) == 5
    assert usage.read_usage(Path(use)) == [(DAY, "", "page", "json", 5, 0, 500)]


def test_more_than_can_be_written_is_counted_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_status, "MAX_QUEUED_REQUESTS", 3)
    process = ProcessStatus("b", access_log.AccessLogWriter(str(tmp_path / "log"), "off"))
    lines = written(tmp_path, process, 10)
    assert [line.get("not_written", 0) for line in lines] == [0, 0, 0, 7]


def test_a_log_that_was_moved_is_opened_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    file = access_log._AppendFile(str(log))
    file.write(["one\n"])
    log.rename(tmp_path / "log.1")
    file.write(["two\n"])
    os.close(file.descriptor)
    assert (tmp_path / "log.1").read_text("utf-8") == "one\n"
    assert log.read_text("utf-8") == "two\n"


def test_what_goes_to_a_pipe_is_written_in_pieces_that_stay_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pieces: list[bytes] = []

    def write(_: int, data: bytes) -> int:
        pieces.append(data)
        return len(data)

    monkeypatch.setattr(os, "write", write)
    file = access_log._AppendFile.__new__(access_log._AppendFile)
    file.name, file.descriptor = "-", 1
    lines = ["x" * 300 + "\n"] * 100
    file.write(lines)
    assert all(
        len(piece) <= access_log.ATOMIC_PIPE_BYTES and piece.endswith(b"\n") for piece in pieces
    )
    assert b"".join(pieces).decode() == "".join(lines)


def test_counts_that_cannot_be_written_are_kept_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "nowhere" / "usage.db"
    kept = access_log.AccessLogWriter("off", str(place))
    usage.add_requests(kept._usage_counts, DAY, what(), 1, 100)
    kept._save_usage()
    kept._save_usage()
    (told,) = caplog.messages
    assert told == (
        f"{place}: the counts of use cannot be written (unable to open database file). "
        "The hub is served all the same."
    )
    place.parent.mkdir()
    kept._save_usage()
    assert usage.read_usage(place) == [(DAY, "", "page", "csv", 1, 0, 100)]


def test_a_process_whose_database_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    status, told = process_status.report_readiness(ProcessStatus("b"), tmp_path, None)
    assert status == 503
    assert told["why"] == "the database does not answer"
