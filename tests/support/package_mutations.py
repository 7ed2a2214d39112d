"""Packages spoiled at random: cells, bytes, rows, headers, schemas. Seeded, so each can be had again."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

AWKWARD_CELLS = [
    "", " ", "0", "1", "-1", "+1", "007", "1.0", "1.5", "-0", "1e5", "1E5", ".5", "5.", "1_000", "1,000",
    "0x10", "0X1F", "NaN", "nan", "-NaN", "sNaN", "NaN123", "INF", "inf", "-inf", "Infinity", "1e400", "1e-400",
    "9223372036854775807", "9223372036854775808", "123456789012345678901234567890", "0.1234567890123456789",
    "١", "１", "\xa05", " 1", "1 ", "$5", "5%", "true", "True", "TRUE", "tRUE", "yes", "false", "T", "2020-01-01",
    "2020-1-1", "2020-02-30", "20200101", "99-01-01", "２０２０-01-01", " 2020-01-01", "2020-01-01T00:00:00Z",
    "2020-01-01 00:00:00", "2020-01-01T24:00:00", "2020-01-01T00:00:60Z", "2020-01-01T00:00:00.5Z",
    "2020-01-29T10:11:12Z", "0000-01-01T00:00:00Z", "2020-01", "2020-13", "2020", "+202", "20_0", "NA", "null", "None",
    "*", "-99", "-99.0", "a|b", "ab", "a", "b", 'x"z', '"x"z', ' "x"', "x\ny", "x\r\ny", "\x00", "é", "e\u0301", "𝟙", "10:00:00",
    "group a", "Group A", "2", "3", "10", "1000000", "1000001", "999999.999",
]  # fmt: skip

FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "string", "constraints": {"required": True}},
    {"name": "number", "type": "number", "constraints": {"minimum": 0, "maximum": 1000000}},
    {"name": "plain", "type": "number"},
    {"name": "count", "type": "integer", "constraints": {"minimum": 0}},
    {"name": "big", "type": "integer"},
    {"name": "text", "type": "string", "constraints": {"maxLength": 12}},
    {"name": "coded", "type": "string", "constraints": {"enum": ["a", "b", "ab"]}},
    {"name": "shaped", "type": "string", "constraints": {"pattern": "[a-z0-9 ]*"}},
    {"name": "flag", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "moment", "type": "datetime"},
    {"name": "year", "type": "year"},
    {"name": "month", "type": "yearmonth"},
    {"name": "other", "type": "string"},
]
SOUND_ROW = [
    "1.5",
    "2",
    "3",
    "4",
    "words",
    "a",
    "abc",
    "true",
    "2020-01-02",
    "2020-01-02T03:04:05Z",
    "2020",
    "2020-05",
    "x",
]


def write_mutated_package(folder: Path, rng: random.Random) -> None:
    """Write a package into `folder`, spoiled in one to three ways (or, now and then, in none)."""
    descriptor, rows = build_sound_package(rng)
    mutators: list[Any] = [
        mutate_cell,
        mutate_cell,
        mutate_cell,
        mutate_bytes,
        mutate_rows,
        _mutate_header,
        _mutate_schema,
        mutate_encoding,
        _mutate_schema,
        _mutate_field_matching,
    ]
    steps = rng.choices(mutators, k=rng.choice([0, 1, 1, 1, 2, 3]))
    for step in steps:
        if step in (mutate_cell, mutate_rows, _mutate_header):
            step(rows, rng)
        elif step is _mutate_schema:
            _mutate_schema(descriptor["resources"][0]["schema"], rng)
        elif step is _mutate_field_matching:
            _mutate_field_matching(descriptor["resources"][0], rows, rng)
    data = render_csv(rows, rng).encode("utf-8", "surrogatepass")
    for step in steps:
        if step in (mutate_bytes, mutate_encoding):
            data = step(data, rng)
    (folder / "table.csv").write_bytes(data)
    (folder / "codes.csv").write_text("code\na\nb\nab\n", "utf-8")
    (folder / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")


def build_sound_package(rng: random.Random) -> tuple[dict[str, Any], list[list[str]]]:
    size = rng.choice([1, 3, 12])
    header = [str(field["name"]) for field in FIELDS]
    rows = [header, *([f"r{n}", *SOUND_ROW] for n in range(size))]
    # all of it said: Frictionless guesses what is left unsaid, and the hub does not
    dialect = {
        "header": True,
        "delimiter": ",",
        "quoteChar": '"',
        "doubleQuote": True,
        "skipInitialSpace": False,
    }
    schema: dict[str, Any] = {"fields": copy.deepcopy(FIELDS)}
    resources = [
        {"name": "table", "path": "table.csv", "format": "csv", "encoding": "utf-8", "dialect": dialect, "schema": schema},
        {
            "name": "codes", "path": "codes.csv", "format": "csv", "encoding": "utf-8", "dialect": dialect,
            "schema": {"fields": [{"name": "code", "type": "string"}]},
        },
    ]  # fmt: skip
    schemata = "https://datapackage.org/profiles/2.0/datapackage.json"
    return {"$schema": schemata, "name": "mutated", "resources": resources}, rows


def mutate_cell(rows: list[list[str]], rng: random.Random) -> None:
    row = rng.choice(rows[1:] or rows)
    if row:
        row[rng.randrange(len(row))] = rng.choice(AWKWARD_CELLS)


def mutate_rows(rows: list[list[str]], rng: random.Random) -> None:
    row_index = rng.randrange(len(rows))
    change = rng.choice(["twice", "gone", "blank", "short", "long", "empty cells"])
    if change == "twice":
        rows.insert(row_index, list(rows[row_index]))
    elif change == "gone" and len(rows) > 1:
        del rows[row_index]
    elif change == "blank":
        rows.insert(row_index, [])
    elif change == "short":
        rows[row_index] = rows[row_index][:-1]
    elif change == "long":
        rows[row_index] = [*rows[row_index], rng.choice(["", "x"])]
    else:
        rows.insert(row_index, ["" for _ in rows[0]])


def _mutate_header(rows: list[list[str]], rng: random.Random) -> None:
    header = rows[0]
    if len(header) < 2:
        return
    first, second = rng.sample(range(len(header)), 2)
    change = rng.choice(["swap", "same", "case", "blank", "space", "other"])
    if change == "swap":
        header[first], header[second] = header[second], header[first]
    elif change == "same":
        header[first] = header[second]
    elif change == "case":
        header[first] = header[first].upper()
    else:
        header[first] = {"blank": "", "space": f" {header[first]}", "other": "unknown"}[change]


def _mutate_field_matching(
    resource: dict[str, Any], rows: list[list[str]], rng: random.Random
) -> None:
    """Fields and columns that are not the same in the same order, and what the schema allows."""
    fields = resource["schema"]["fields"]
    change = rng.choice(["order", "fewer", "more", "none", "header", "only header"])
    if change == "order":
        rng.shuffle(fields)
    elif change == "fewer":
        del fields[rng.randrange(len(fields))]
    elif change == "more":
        extra_field = {"name": "more", "type": rng.choice(["string", "number"])}
        fields.insert(rng.randrange(len(fields)), extra_field)
    elif "header" in change:
        resource["dialect"] = {**resource["dialect"], "header": False}
        if change == "header":
            del rows[0]
    if rng.random() < 0.8 and "header" not in change:
        match_modes = ["exact", "equal", "subset", "superset", "partial"]
        resource["schema"]["fieldsMatch"] = rng.choice(match_modes)


def _mutate_schema(schema: dict[str, Any], rng: random.Random) -> None:
    field = rng.choice(schema["fields"])
    changes: list[dict[str, Any]] = [
        {"constraints": {"required": True}},
        {"constraints": {"unique": True}},
        {"constraints": {"pattern": "a|b"}},
        {"constraints": {"minimum": "2"}},
        {"constraints": {"maximum": 3}},
        {"constraints": {"enum": ["1", "2", "a"]}},
        {"constraints": {"minLength": 2}},
        {"missingValues": [{"value": "", "label": "empty"}, {"value": "*", "label": "hidden"}, {"value": "-99", "label": "none"}]},
        {"missingValues": []},
        {"decimalChar": ","},
        {"groupChar": ","},
        {"bareNumber": False},
        {"type": rng.choice(["string", "integer", "number", "date", "any", "time", "boolean", "year"])},
        {"format": "any"},
        {"type": "string", "format": "email"},
    ]  # fmt: skip
    schema_changes: list[dict[str, Any]] = [
        {"primaryKey": ["id"]},
        {"primaryKey": ["id", "count"]},
        {"primaryKey": [field["name"]]},
        {"foreignKeys": [{"fields": ["coded"], "reference": {"resource": "codes", "fields": ["code"]}}]},
        {"foreignKeys": [{"fields": ["text"], "reference": {"resource": "codes", "fields": ["code"]}}]},
        {"foreignKeys": [{"fields": ["count"], "reference": {"resource": "", "fields": ["big"]}}]},
        {"missingValues": [{"value": "", "label": "empty"}, {"value": "x", "label": "cross"}]},
    ]  # fmt: skip
    if rng.random() < 0.6:
        field.update(rng.choice(changes))
    else:
        schema.update(rng.choice(schema_changes))


def render_csv(rows: list[list[str]], rng: random.Random) -> str:
    end = rng.choice(["\n", "\n", "\n", "\r\n"])
    skips_quoting = rng.random() < 0.2

    def cell(text: str) -> str:
        if skips_quoting and rng.random() < 0.5:
            return text
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n\r') else text

    return end.join(",".join(map(cell, row)) for row in rows) + rng.choice([end, end, ""])


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        if not changed:
            break
        byte_index = rng.randrange(len(changed))
        change = rng.randrange(3)
        if change == 0:
            changed[byte_index] = rng.choice([*b',"\n\r ;\t', 0, 0xFF, 0xC3, rng.randrange(256)])
        elif change == 1:
            del changed[byte_index]
        else:
            changed.insert(byte_index, rng.choice(b',"\n\r a1'))
    return bytes(changed)


def mutate_encoding(data: bytes, rng: random.Random) -> bytes:
    change = rng.randrange(6)
    if change == 0:
        return b"\xef\xbb\xbf" + data
    if change == 1:
        return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r")
    if change == 2:
        return b"\n" + data
    if change == 3:
        return data + b"\n\n"
    if change == 4:
        return b""
    return data.decode("utf-8", "replace").encode("utf-16")
