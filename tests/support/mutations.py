"""Packages spoiled at random: cells, bytes, rows, headers, schemas. Seeded, so each can be had again."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

POOL = [
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
ROW = [
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


def package(folder: Path, draw: random.Random) -> None:
    """Write a package into `folder`, spoiled in one to three ways (or, now and then, in none)."""
    descriptor, rows = _sound(draw)
    raw: list[Any] = [_cell, _cell, _cell, _bytes, _row, _header, _schema, _lines, _schema, _match]
    steps = draw.choices(raw, k=draw.choice([0, 1, 1, 1, 2, 3]))
    for step in steps:
        if step in (_cell, _row, _header):
            step(rows, draw)
        elif step is _schema:
            _schema(descriptor["resources"][0]["schema"], draw)
        elif step is _match:
            _match(descriptor["resources"][0], rows, draw)
    data = _csv(rows, draw).encode("utf-8", "surrogatepass")
    for step in steps:
        if step in (_bytes, _lines):
            data = step(data, draw)
    (folder / "table.csv").write_bytes(data)
    (folder / "codes.csv").write_text("code\na\nb\nab\n", "utf-8")
    (folder / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")


def _sound(draw: random.Random) -> tuple[dict[str, Any], list[list[str]]]:
    size = draw.choice([1, 3, 12])
    header = [str(field["name"]) for field in FIELDS]
    rows = [header, *([f"r{n}", *ROW] for n in range(size))]
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


def _cell(rows: list[list[str]], draw: random.Random) -> None:
    row = draw.choice(rows[1:] or rows)
    if row:
        row[draw.randrange(len(row))] = draw.choice(POOL)


def _row(rows: list[list[str]], draw: random.Random) -> None:
    place = draw.randrange(len(rows))
    change = draw.choice(["twice", "gone", "blank", "short", "long", "empty cells"])
    if change == "twice":
        rows.insert(place, list(rows[place]))
    elif change == "gone" and len(rows) > 1:
        del rows[place]
    elif change == "blank":
        rows.insert(place, [])
    elif change == "short":
        rows[place] = rows[place][:-1]
    elif change == "long":
        rows[place] = [*rows[place], draw.choice(["", "x"])]
    else:
        rows.insert(place, ["" for _ in rows[0]])


def _header(rows: list[list[str]], draw: random.Random) -> None:
    header = rows[0]
    if len(header) < 2:
        return
    first, second = draw.sample(range(len(header)), 2)
    change = draw.choice(["swap", "same", "case", "blank", "space", "other"])
    if change == "swap":
        header[first], header[second] = header[second], header[first]
    elif change == "same":
        header[first] = header[second]
    elif change == "case":
        header[first] = header[first].upper()
    else:
        header[first] = {"blank": "", "space": f" {header[first]}", "other": "unknown"}[change]


def _match(resource: dict[str, Any], rows: list[list[str]], draw: random.Random) -> None:
    """Fields and columns that are not the same in the same order, and what the schema allows."""
    fields = resource["schema"]["fields"]
    change = draw.choice(["order", "fewer", "more", "none", "header", "only header"])
    if change == "order":
        draw.shuffle(fields)
    elif change == "fewer":
        del fields[draw.randrange(len(fields))]
    elif change == "more":
        more = {"name": "more", "type": draw.choice(["string", "number"])}
        fields.insert(draw.randrange(len(fields)), more)
    elif "header" in change:
        resource["dialect"] = {**resource["dialect"], "header": False}
        if change == "header":
            del rows[0]
    if draw.random() < 0.8 and "header" not in change:
        kinds = ["exact", "equal", "subset", "superset", "partial"]
        resource["schema"]["fieldsMatch"] = draw.choice(kinds)


def _schema(schema: dict[str, Any], draw: random.Random) -> None:
    field = draw.choice(schema["fields"])
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
        {"type": draw.choice(["string", "integer", "number", "date", "any", "time", "boolean", "year"])},
        {"format": "any"},
        {"type": "string", "format": "email"},
    ]  # fmt: skip
    whole: list[dict[str, Any]] = [
        {"primaryKey": ["id"]},
        {"primaryKey": ["id", "count"]},
        {"primaryKey": [field["name"]]},
        {"foreignKeys": [{"fields": ["coded"], "reference": {"resource": "codes", "fields": ["code"]}}]},
        {"foreignKeys": [{"fields": ["text"], "reference": {"resource": "codes", "fields": ["code"]}}]},
        {"foreignKeys": [{"fields": ["count"], "reference": {"resource": "", "fields": ["big"]}}]},
        {"missingValues": [{"value": "", "label": "empty"}, {"value": "x", "label": "cross"}]},
    ]  # fmt: skip
    if draw.random() < 0.6:
        field.update(draw.choice(changes))
    else:
        schema.update(draw.choice(whole))


def _csv(rows: list[list[str]], draw: random.Random) -> str:
    end = draw.choice(["\n", "\n", "\n", "\r\n"])
    careless = draw.random() < 0.2

    def cell(text: str) -> str:
        if careless and draw.random() < 0.5:
            return text
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n\r') else text

    return end.join(",".join(map(cell, row)) for row in rows) + draw.choice([end, end, ""])


def _bytes(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 5])):
        if not changed:
            break
        place = draw.randrange(len(changed))
        change = draw.randrange(3)
        if change == 0:
            changed[place] = draw.choice([*b',"\n\r ;\t', 0, 0xFF, 0xC3, draw.randrange(256)])
        elif change == 1:
            del changed[place]
        else:
            changed.insert(place, draw.choice(b',"\n\r a1'))
    return bytes(changed)


def _lines(data: bytes, draw: random.Random) -> bytes:
    change = draw.randrange(6)
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
