"""What a broken, hostile or unlucky folder gets: a clear message, exit 1, and nothing lost."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evidencehub import cli
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder
from tests.support.file_permissions import respect_permissions

Run = Callable[..., tuple[int, str]]


def command(site: BuildWorkspace, *args: str) -> list[str]:
    places = ["--datasets", str(site.datasets), "--codes", str(site.codes), "--out", str(site.out)]
    return [*args, *places, "--archive", str(site.archive)]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line as a person runs it: exit code, and all that it prints, in one line."""

    def called(*args: str) -> tuple[int, str]:
        monkeypatch.chdir(PROJECT_ROOT)
        try:
            cli.main(list(args))
        except SystemExit as stop:
            told = capsys.readouterr()
            return int(stop.code or 0), " ".join((told.out + told.err).split())
        raise AssertionError

    return called


def descriptor(text: str) -> Callable[[DatasetBuilder], None]:
    return lambda toys: (toys.write() / "datapackage.json").write_text(text, "utf-8") and None


def path(value: str) -> Callable[[DatasetBuilder], None]:
    def spoil(toys: DatasetBuilder) -> None:
        toys.resource_overrides["observations"] = {"path": value}
        toys.write()

    return spoil


def table(change: Callable[[bytes], bytes]) -> Callable[[DatasetBuilder], None]:
    def spoil(toys: DatasetBuilder) -> None:
        file = toys.write() / "data/observations.csv"
        file.write_bytes(change(file.read_bytes()))

    return spoil


def descriptor_bytes(change: Callable[[bytes], bytes]) -> Callable[[DatasetBuilder], None]:
    def spoil(toys: DatasetBuilder) -> None:
        file = toys.write() / "datapackage.json"
        file.write_bytes(change(file.read_bytes()))

    return spoil


def beginning(member: bytes) -> Callable[[DatasetBuilder], None]:
    """The descriptor with one more member, which is the first."""
    return descriptor_bytes(lambda data: data.replace(b"{", b"{" + member + b",", 1))


def resource(**told: object) -> Callable[[DatasetBuilder], None]:
    def spoil(toys: DatasetBuilder) -> None:
        toys.resource_overrides["observations"] = told
        toys.write()

    return spoil


def padded_label(toys: DatasetBuilder) -> None:
    for row in toys.tables["observations"]:
        row[" extra "] = "x"
    toys.write()


def long_text(toys: DatasetBuilder) -> None:
    toys.texts["about.md"] = "Toys. " * 200_000
    toys.write()


def link(toys: DatasetBuilder) -> None:
    file = toys.write() / "data/observations.csv"
    elsewhere = file.parent.parent.parent / "elsewhere.csv"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


def linked_folder(toys: DatasetBuilder) -> None:
    data = toys.write() / "data"
    elsewhere = data.parent.parent.parent / "elsewhere"
    data.rename(elsewhere)
    data.symlink_to(elsewhere)


def pipe(toys: DatasetBuilder) -> None:
    file = toys.write() / "data/observations.csv"
    file.unlink()
    os.mkfifo(file)


def huge(toys: DatasetBuilder) -> None:
    file = toys.write() / "data/observations.csv"
    with file.open("r+b") as handle:
        handle.truncate(2_100_000_000)  # a hole: it takes no room on the disk


def bomb(toys: DatasetBuilder) -> None:
    toys.resource_overrides["observations"] = {"path": "data/observations.csv.gz"}
    with gzip.open(toys.write() / "data/observations.csv.gz", "wb") as packed:
        for _ in range(64):
            packed.write(bytes(1 << 20))


def linked_descriptor(toys: DatasetBuilder) -> None:
    file = toys.write() / "datapackage.json"
    elsewhere = file.parent.parent.parent / "elsewhere.json"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


FOLDERS: dict[str, tuple[Callable[[DatasetBuilder], None], str]] = {
    "no descriptor": (
        lambda toys: (toys.write() / "datapackage.json").unlink(),
        "The descriptor is missing.",
    ),
    "not JSON": (descriptor('{"name": '), "is not valid JSON"),
    "not an object": (descriptor("[1]"), "is not a JSON object"),
    "nothing in it": (descriptor("{}"), "lists no resources"),
    "a key twice": (descriptor('{"name": 1, "name": 2}'), "“name” appears more than once"),
    "deeply nested": (descriptor("[" * 100_000), "descriptor"),
    "a descriptor of bytes": (
        lambda toys: (toys.write() / "datapackage.json").write_bytes(b"\xff\xfe\x00") and None,
        "is not UTF-8 text",
    ),
    "a linked descriptor": (linked_descriptor, "The descriptor is a symbolic link."),
    "a descriptor of 5 MB": (descriptor(" " * 5_000_001), "The descriptor is larger than 5 MB."),
    "a byte order mark": (
        descriptor_bytes(lambda data: b"\xef\xbb\xbf" + data),
        "begins with a byte order mark, which JSON does not allow.",
    ),
    "NaN": (beginning(b'"x": NaN'), "NaN is not a number"),
    "Infinity": (beginning(b'"x": [-Infinity]'), "-Infinity is not a number"),
    "a number beyond all": (beginning(b'"x": 1e999'), "1e999 is too large a number"),
    "half a character": (
        beginning(b'"x": "\\ud800"'),
        "half a character (\\uD800 to \\uDFFF) at x",
    ),
    "half a character in a name": (
        beginning(b'"\\uDC00x": 1'),
        "half a character (\\uD800 to \\uDFFF) at the top",
    ),
    "51 levels": (
        beginning(b'"x": ' + b"[" * 50 + b"]" * 50),
        "The descriptor is nested too deeply.",
    ),
    "a wrong hash": (resource(hash="sha256:00"), "but the descriptor gives 00."),
    "a wrong number of bytes": (resource(bytes=5), "bytes, but the descriptor gives 5."),
    "a wrong number of rows": (resource(rows=3), "The file has 2 rows, but the descriptor gives 3"),
    "a wrong number of fields": (resource(fields=3), "columns, but the descriptor gives 3."),
    "statistics in the old way": (resource(stats={"bytes": 5}), "but the descriptor gives 5."),
    "a scheme of elsewhere": (resource(scheme="s3"), "`scheme` would make a program read"),
    "a compressed file": (resource(compression="gz"), "`compression` would make a program read"),
    "a label with white space": (padded_label, "“ extra ” in the schema has white space at an end"),
    "a long about.md": (long_text, "about.md” is 1.2 MB; the limit is 1 MB."),
    "a long path": (path("x" * 201), "The path of a file has more than 200 bytes."),
    "a scheme in a path": (path("http:data/observations.csv"), "is a web address"),
    "a path that leaves": (path("../../../etc/passwd"), "is outside the dataset's folder"),
    "an absolute path": (path("/etc/passwd"), "is outside the dataset's folder"),
    "a home path": (path("~/x.csv"), "is outside the dataset's folder"),
    "an address": (path("https://example.org/x.csv"), "is a web address"),
    "a missing file": (path("data/nothing.csv"), "is missing"),
    "a folder for a file": (path("data"), "is not a file"),
    "a list of files": (path(["data/observations.csv"]), "does not refer to a single CSV file"),  # type: ignore[arg-type]
    "a link": (link, "symbolic link"),
    "a linked folder": (linked_folder, "symbolic link"),
    "a pipe": (pipe, "is not a file"),
    "2.1 GB": (huge, "the limit is 2 GB"),
    "a gzip bomb": (bomb, "is compressed"),
    "a blank first line": (
        table(lambda data: data.replace(data.splitlines(keepends=True)[0], b"\n")),
        "The first line is blank. It must contain the column names.",
    ),
    "an empty file": (table(lambda data: b""), "The file is empty."),
    "Latin-1": (
        table(lambda data: data.replace(b"toy-report", b"t\xf6y")),
        "is not in its declared encoding",
    ),
    "UTF-16": (table(lambda data: data.decode().encode("utf-16")), "The file is UTF-16"),
    "a NUL": (
        table(lambda data: data.replace(b"2024", b"2\x0024", 1)),
        "could mean more than one period",
    ),
    "a short row": (table(lambda data: data + b"a,b\n"), "fewer cells than the header"),
    "a long row": (
        table(lambda data: data.replace(b"\n", b"\na,,,,,,,,,,,,,,,,\n", 1)),
        "more cells",
    ),
    "a blank row": (table(lambda data: data.replace(b"\n", b"\n\n", 1)), "The row is empty."),
    "a row twice": (
        table(lambda data: data + data.splitlines(keepends=True)[1]),
        "This duplicates",
    ),
    "a column twice": (
        table(lambda data: data.replace(b"note", b"value", 1)),
        "[structure/header]",
    ),
    "columns in another order": (
        table(lambda data: data.replace(b"indicator,area", b"area,indicator", 1)),
        "is where the schema has",
    ),
    "semicolons": (table(lambda data: data.replace(b",", b";")), "[structure/header]"),
}


@pytest.mark.parametrize("name", list(FOLDERS))
def test_a_folder_that_is_wrong_gets_a_message_and_changes_nothing(
    name: str, site: BuildWorkspace, run: Run
) -> None:
    site.dataset("toy-loans").write()
    before = site.build().build
    spoil, message = FOLDERS[name]
    spoil(site.dataset("toy-repairs"))
    code, told = run(*command(site, "build"))
    assert code == 1
    assert message in told
    assert "Traceback" not in told
    assert "previous build is unchanged" in told
    assert (site.out / "current").resolve() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: data.rstrip(b"\n"),
    ],
    ids=["byte order mark", "CRLF", "CR only", "no end of line at the end"],
)
def test_what_frictionless_takes_is_taken(
    change: Callable[[bytes], bytes], site: BuildWorkspace
) -> None:
    table(change)(site.dataset())
    outcome = site.build()
    assert outcome.is_ok
    assert outcome.build is not None


@pytest.fixture
def not_root(forked_stages: None) -> Iterator[Path]:
    """A folder, while nobody may read everything."""
    with tempfile.TemporaryDirectory() as folder, respect_permissions():
        yield Path(folder)


def test_a_folder_that_may_not_be_read_gets_a_message(not_root: Path, run: Run) -> None:
    site = BuildWorkspace(not_root)
    folder = site.dataset().write()
    folder.chmod(0)
    try:
        code, told = run(*command(site, "build"))
    finally:
        folder.chmod(0o755)
    assert code == 1
    assert "cannot be read (Permission denied)" in told


def test_a_table_that_may_not_be_read_gets_a_message(not_root: Path, run: Run) -> None:
    site = BuildWorkspace(not_root)
    (site.dataset().write() / "data/observations.csv").chmod(0)
    code, told = run(*command(site, "build"))
    assert code == 1
    assert "resources[1].path: “data/observations.csv” cannot be read (Permission denied)." in told


def test_a_folder_that_may_not_be_written_gets_a_message(not_root: Path, run: Run) -> None:
    site = BuildWorkspace(not_root)
    site.dataset().write()
    site.out.mkdir(mode=0o500)
    code, told = run(*command(site, "build"))
    assert code == 1
    assert f"Error: {site.out}/.lock: permission denied. Change its permissions" in told


def test_a_table_of_another_dataset_that_cannot_be_read_defines_nothing(
    site: BuildWorkspace, run: Run
) -> None:
    site.dataset("toy-repairs").write()
    other = site.dataset("toy-loans").write()
    (other / "data/indicators.csv").write_bytes(b"id,title\ntoy-loans-rate,T\xf6ys\n")
    toys = site.dataset("toy-repairs")
    toys.tables["observations"][0]["indicator"] = "toy-loans-rate"
    code, told = run(*command(site, "check", str(toys.write())))
    assert code == 1
    assert "The indicator “toy-loans-rate” is not defined in any package." in told


def test_two_folders_of_one_name_are_refused(
    site: BuildWorkspace, tmp_path: Path, run: Run
) -> None:
    site.dataset("toy-repairs").write()
    other = tmp_path / "more" / "toy-repairs"
    DatasetBuilder(other).write()
    code, told = run(*command(site, "build"), "--datasets", str(other.parent))
    assert code == 1
    assert "has the same name as" in told


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["build", "--datasets", "/nowhere"], "no such folder"),
        (["build", "--nothing"], "No such option"),
        (["check", "/nowhere"], "does not exist"),
        (["new", "Not A Slug"], "is not a valid folder name"),
        (["publish"], "No such command"),
    ],
)
def test_wrong_use_is_exit_2(args: list[str], message: str, run: Run) -> None:
    code, told = run(*args)
    assert code == 2
    assert message in told


def test_a_file_where_a_folder_belongs_gets_a_message(site: BuildWorkspace, run: Run) -> None:
    site.dataset().write()
    site.out.mkdir()
    (site.out / "builds").write_text("a file where a folder belongs", "utf-8")
    code, told = run(*command(site, "build"))
    assert code == 1
    assert f"Error: {site.out}/builds" in told
    assert "something else has this name. Move it away, or choose another folder." in told


def test_a_fault_of_ours_is_exit_3_and_no_traceback(site: BuildWorkspace, run: Run) -> None:
    site.dataset().write()
    site.archive.mkdir()
    (site.archive / ".lock").symlink_to(".lock")  # a link to itself, which nothing provides for
    code, told = run(*command(site, "build"))
    assert code == 3
    assert "internal error" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("indicators", "decimals"),
        ("observations", "decimals"),
        ("observations", "numerator"),
        ("observations", "mended"),
    ],
)
def test_a_number_that_no_database_holds_is_told(
    site: BuildWorkspace, table: str, column: str
) -> None:
    toys = site.dataset()
    toys.tables[table][0][column] = "99999999999999999999"
    toys.field_overrides[table] = {column: {"type": "integer"}}
    toys.write()
    assert "values/too-large" in toys.check().rules
