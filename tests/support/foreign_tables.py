"""Tables of the kinds that public suites of CSV have, wrapped into packages in three ways.

Like the suites of Frictionless, W3C's CSV on the Web, csv-spectrum, csv-test-data and csvlint:
delimiters, quotes, ends of lines, headers, comments, blank and short rows, encodings; and a literal
of a type alone in its table. Nothing is theirs: every table is made here, from a seed.
"""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import frictionless

from tests.support.descriptor_mutations import LABELS, LITERALS
from tests.support.package_mutations import AWKWARD_CELLS

WAYS = ("inferred schema", "all text", "inferred dialect")
HEADERS = ["id", "name", "value", "Year", "Group a", "été", "a-b", "x.y", "2020", "total (n)"]
COLUMNS: list[list[str]] = [
    ["1", "2", "30", "-4"], ["1.5", "2", "NaN", "1e3"], ["a", "b c", "d, e", 'say "x"', "l1\nl2"],
    ["2020-01-01", "2021-12-31"], ["true", "false"], ["", "x", ""], ["http://example.org/", "urn:x"],
    ['{"a": 1, "b": [2]}', "{}"], ["ʤ", "日本", "e\u0301", "𝟙"], ["1,2", "3,4"], ["007", "010"], ["$1", "5%"],
    ["2020", "2021"], ["2020-01", "2020-02"], ["10:00:00", "11:30:00"], AWKWARD_CELLS,
]  # fmt: skip
ENCODINGS = ["utf-8"] * 8 + ["utf-8-sig", "utf-16", "latin-1", "cp1252"]


def write_foreign_table(folder: Path, rng: random.Random) -> None:
    """Write a package of one table of another's making into `folder`."""
    path = folder / rng.choice(["table.csv"] * 8 + ["table.txt", "table.tsv"])
    path.write_bytes(_render_table(rng))
    _write_descriptor(path, rng.choice(WAYS))


def write_literal(folder: Path, rng: random.Random) -> None:
    """Write a package into `folder` whose table is one cell: a literal of a type and a format."""
    kind, formats, literals = rng.choice(LITERALS)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([["cell"], [rng.choice(literals)]])
    (folder / "table.csv").write_text(text.getvalue(), "utf-8", newline="")
    field: dict[str, Any] = {"name": "cell", "type": kind, "format": rng.choice(formats)}
    if field["format"] == "default" and rng.random() < 0.5:
        del field["format"]
    _write_package(folder / "table.csv", {"schema": {"fields": [field]}})


def _render_table(rng: random.Random) -> bytes:
    width = rng.choice([1, 2, 3, 5])
    columns = [rng.choice(COLUMNS) for _ in range(width)]
    rows = [[rng.choice(cells) for cells in columns] for _ in range(rng.choice([0, 1, 3, 8]))]
    rows.insert(0, rng.sample(HEADERS, width))
    _spoil_rows(rows, rng)
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=rng.choice([",", ",", ",", ",", ";", "\t", "|", ":"]),
        lineterminator=rng.choice(["\n", "\n", "\r\n", "\r"]),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        quotechar=rng.choice(['"', '"', '"', '"', "'"]),
    ).writerows(rows)
    content = text.getvalue()
    if rng.random() < 0.15:
        content = content.replace(",", ", ")
    content = rng.choice([""] * 8 + ["\n", "# a remark\n", "A title\n\n", "sep=,\n"]) + content
    content += rng.choice([""] * 8 + ["\n", "\n\n", "Source: x\n", "\x1a", " "])
    return content.rstrip("\r\n" if rng.random() < 0.2 else "\0").encode(
        rng.choice(ENCODINGS), "replace"
    )


def _spoil_rows(rows: list[list[str]], rng: random.Random) -> None:
    change = rng.choice(
        [""] * 8 + ["label", "label", "twice", "short", "long", "blank", "no header"]
    )
    row = rows[rng.randrange(len(rows))]
    if change == "label":
        rows[0][rng.randrange(len(rows[0]))] = rng.choice(LABELS)
    elif change == "twice":
        rows[0][0] = rows[0][-1]
    elif change == "short":
        row.pop()
    elif change == "long":
        row.append("more")
    elif change == "blank":
        row[:] = [""] * len(row)
    elif change == "no header":
        del rows[0]


def _write_descriptor(path: Path, way: str) -> None:
    resource: dict[str, Any] = {}
    if way != "all text":
        resource = _infer(path)
    if way != "inferred dialect":
        resource = {name: resource[name] for name in ("schema",) if name in resource}
    if not resource.get("schema"):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            header = next(csv.reader(file), [])
        resource["schema"] = {"fields": [{"name": name, "type": "string"} for name in header]}
    _write_package(path, resource)


def _infer(path: Path) -> dict[str, Any]:
    """What Frictionless makes of a file that nobody has described; nothing where it fails."""
    try:
        resource = frictionless.Resource(path=path.name, basepath=str(path.parent))
        resource.infer(stats=True)
    except frictionless.FrictionlessException:
        return {}
    descriptor: dict[str, Any] = resource.to_descriptor()
    return descriptor


def _write_package(path: Path, resource: dict[str, Any]) -> None:
    descriptor = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "foreign",
        "resources": [{**resource, "name": "table", "path": path.name}],
    }
    (path.parent / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
