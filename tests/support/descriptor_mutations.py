"""Descriptors spoiled at random: every property of the standard, at every level, right and wrong.

The table names the properties of Data Package 1 and 2 and what Frictionless adds to them, each with
values that are valid, nearly valid and invalid. Whatever it is, a package that Frictionless rejects
must not be accepted. Seeded, so each can be had again.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

NOWHERE = "http://127.0.0.1:9/x"  # nothing listens there
WRONG: list[Any] = [None, True, False, 0, 1, -1, 1.5, "", " ", "x", "é\u202e", [], [1], ["x"], [[]], {}, {"x": 1}, [{}], 10**30]  # fmt: skip

TEXT = ["A title", "", "x" * 5000, "a\x00b", "\u202eabc", "=1+1"]
ADDRESSES = ["https://example.org/a", NOWHERE, "javascript:alert(1)", "about.md", "../x", "mailto:a@b.org"]  # fmt: skip
PEOPLE = [[], [{}], [{"title": "A"}], [{"title": "A", "email": "no address"}], [{"title": "A", "email": "a@example.org"}], [{"path": "x"}], [{"title": 7}], ["A"], [{"title": "A", "roles": ["x"]}], [{"title": "A", "role": "author"}]]  # fmt: skip
LICENCES = [[], [{}], [{"name": "CC-BY-4.0"}], [{"path": "../x"}], [{"title": "x"}], [{"name": 7}], ["MIT"]]  # fmt: skip
MISSING = [[], [""], ["", "x"], ["-"], [1], [None], "x", [{"value": "", "label": "e"}], [{"value": ""}], [{"value": "x"}, {"value": "x"}], [{"label": "x"}], [[""]]]  # fmt: skip

PROPERTIES: dict[str, dict[str, list[Any]]] = {
    "package": {
        "$schema": ["https://datapackage.org/profiles/2.0/datapackage.json", "https://datapackage.org/profiles/1.0/datapackage.json", "https://datapackage.org/profiles/3.0/datapackage.json", NOWHERE],
        "name": ["toys", "To Ys", "a/b", "-", "é", "t" * 300], "id": ["x", "10.1/x"], "title": TEXT, "description": TEXT,
        "homepage": ADDRESSES, "image": ADDRESSES, "version": ["1.0.0", "1"], "created": ["2024-01-01T00:00:00Z", "2024-01-01", "9999-12-31T00:00:00Z", "yesterday", "2024-13-01T00:00:00Z"],
        "keywords": [["a"], ["a", "a"], [1], ["x"] * 1000], "contributors": PEOPLE, "sources": PEOPLE, "licenses": LICENCES,
        "profile": ["data-package", "tabular-data-package", "fiscal-data-package", NOWHERE, "profile.json"], "profiles": [[NOWHERE], ["data-package"], ["profile.json"], []],
        "type": ["package", "x", "X Y"], "resources": [[], {}, [{}], ["x"]], "views": [[]], "missingValues": [[""]], "fields": [[]], "$frictionless": ["package/v2"], "innerpath": ["x"], "basepath": ["/"], "catalog": ["x"], "dataset": ["x"],
    },
    "resource": {
        "name": ["table", "codes", "Ta Ble", "", "é", "t" * 300], "path": ["codes.csv", "./table.csv", "missing.csv", "sub/../table.csv", "TABLE.CSV", "table.csv?x", "http:table.csv", "$HOME.csv", NOWHERE, ["table.csv"], ["table.csv", "codes.csv"], [], "/etc/passwd", "file:///etc/passwd", "~/x.csv", "table.csv.gz", ""],
        "data": [[["a"], ["b"]], {}, "x"], "type": ["table", "file", "json", "package", "x"], "title": TEXT, "description": TEXT, "homepage": ADDRESSES,
        "format": ["csv", "tsv", "CSV", "json", "xlsx", "inline", "sql"], "mediatype": ["text/csv", "text/tsv", "application/json", "x"],
        "encoding": ["utf-8", "UTF-8", "utf8", "utf-8-sig", "utf-16", "latin-1", "cp1252", "ascii", "no-such", "idna", "rot13", "base64", "undefined", "utf-7"],
        "hash": ["sha256:" + "0" * 64, "md5:" + "0" * 32, "0" * 32, "sha1:x", "sha512:x", "x", ":"],
        "bytes": [0, 5, "5", -1, 10**12], "rows": [0, 1, 3, 12], "fields": [0, 1, 14, [{"name": "x"}]],
        "stats": [{}, {"bytes": 5}, {"hash": "x"}, {"md5": "x"}, {"sha256": "x"}, {"rows": 5}, {"fields": 5}, {"rows": "x"}], "hashing": ["md5", "sha256"],
        "scheme": ["file", "http", "https", "s3", "buffer", "stream", "multipart", "x", "File"], "compression": ["gz", "zip", "no", "bz2", "x"], "innerpath": ["x.csv", "table.csv"], "extrapaths": [["codes.csv"], [], ["/etc/passwd"], ["missing.csv"]],
        "profile": ["data-resource", "tabular-data-resource", NOWHERE, "profile.json"], "profiles": [[NOWHERE], ["tabular-data-resource"], []], "$schema": ["https://datapackage.org/profiles/2.0/dataresource.json", NOWHERE],
        "sources": PEOPLE, "licenses": LICENCES, "contributors": PEOPLE, "url": [NOWHERE], "jsonSchema": [NOWHERE, {"$ref": NOWHERE}], "layout": [{"header": False}, {"headerRows": [2]}, {"skipRows": [2]}],
        "dialect": [{}, {"delimiter": ";"}, NOWHERE, "dialect.json"], "schema": [{}, NOWHERE, "schema.json", {"fields": []}, {"fields": [{}]}], "missingValues": [[""]], "checklist": [{"checks": [{"type": "table-dimensions", "numRows": 99}]}, "x.json", NOWHERE],
        "pipeline": [{"steps": []}, NOWHERE], "control": [{"x": 1}], "detector": [{"bufferSize": 1}], "basepath": ["/"], "package": [NOWHERE], "expand": [True], "groups": [["a"]], "query": ["x"], "newline": [""],
    },
    "dialect": {
        "$schema": [NOWHERE], "name": ["x", "X Y"], "type": ["x", "X Y"], "title": TEXT, "header": [True, False], "headerRows": [[1], [2], [1, 2], [], [0], ["1"], [99]], "headerJoin": [" ", "-"], "headerCase": [True, False],
        "commentRows": [[1], [2], []], "commentChar": ["#", "r", ""], "skipBlankRows": [True], "delimiter": [",", ";", "\t", "|", "", ",,", "a", "\n"], "lineTerminator": ["\n", "\r\n", "\r", "x"],
        "quoteChar": ['"', "'", "", "ab"], "doubleQuote": [True, False], "escapeChar": ["\\", "a", ""], "nullSequence": ["", "\\N", "x"], "skipInitialSpace": [True, False], "caseSensitiveHeader": [True, False], "csvddfVersion": [1.2],
        "property": ["x"], "itemType": ["array"], "itemKeys": [["a"]], "sheetNumber": [1], "sheetName": ["x"], "table": ["x"], "csv": [{"delimiter": ";"}, {"quoteChar": "'"}, {"escapeChar": "\\"}], "excel": [{"sheet": 1}], "json": [{"keyed": True}],
        "remote": [{"httpTimeout": 1}], "aws": [{"s3EndpointUrl": NOWHERE}], "sql": [{"table": "x"}], "controls": [[{"type": "csv", "delimiter": ";"}]], "skipRows": [[1]], "limitRows": [1],
    },
    "schema": {
        "$schema": ["https://datapackage.org/profiles/2.0/tableschema.json", NOWHERE], "name": ["x", "X Y"], "type": ["x"], "title": TEXT, "fields": [[], [{}], {}, ["x"], [{"name": "id"}], [{"name": "id", "type": "string"}] * 2], "fieldsMatch": ["exact", "equal", "subset", "superset", "partial", "x", ["exact"], ["subset"]],
        "primaryKey": ["id", ["id"], ["id", "count"], [], ["none"], "none", ["id", "id"], ["text"], [1]], "uniqueKeys": [[["id"]], [["text"]], [["none"]], [], [[]], [["id"], ["id", "count"]], ["id"]],
        "foreignKeys": [[], [{}], [{"fields": ["coded"], "reference": {"resource": "codes", "fields": ["code"]}}], [{"fields": "coded", "reference": {"resource": "codes", "fields": "code"}}], [{"fields": ["text"], "reference": {"resource": "codes", "fields": ["code"]}}],
            [{"fields": ["coded"], "reference": {"resource": "nowhere", "fields": ["code"]}}], [{"fields": ["coded"], "reference": {"fields": ["coded"]}}], [{"fields": ["coded"], "reference": {"resource": "", "fields": ["none"]}}], [{"fields": ["coded", "id"], "reference": {"resource": "codes", "fields": ["code"]}}],
            [{"fields": ["coded"], "reference": {"package": NOWHERE, "resource": "codes", "fields": ["code"]}}], [{"fields": [], "reference": {"resource": "codes", "fields": []}}], [{"fields": ["coded"], "reference": "codes"}], [{"fields": ["coded"], "reference": {"resource": "codes", "fields": ["code"], "predicate": "x"}}]],
        "missingValues": MISSING, "trueValues": [["x"]], "primaryKeys": [["id"]], "rdfType": ["x"],
    },
    "field": {
        "name": ["id", "", " id", "other name", 1], "title": TEXT, "description": TEXT, "example": ["x", "1", 1, "2020-01-01", None], "examples": [["x"]], "rdfType": ["x", "http://example.org"], "required": [True], "unique": [True],
        "type": ["string", "number", "integer", "boolean", "date", "time", "datetime", "year", "yearmonth", "duration", "geopoint", "geojson", "object", "array", "list", "any", "x", "String", ""],
        "format": ["default", "any", "email", "uri", "binary", "uuid", "topojson", "array", "object", "%d/%m/%Y", "%Y", "fmt:%Y", "%", "x", "lon, lat"], "missingValues": MISSING,
        "trueValues": [["true"], ["yes", "1"], [], "x", [1]], "falseValues": [["false"], ["no"], [], [0]], "decimalChar": [".", ",", "", "ab", "1"], "groupChar": [",", " ", "", ".", "1"], "bareNumber": [True, False], "floatNumber": [True, False],
        "categories": [["a", "b"], [], [1, 2], [{"value": "a", "label": "A"}], [{}], "x", ["a", "a"]], "categoriesOrdered": [True, False], "delimiter": [",", ";"], "itemType": ["string", "integer", "x"], "arrayItem": [{"type": "integer"}], "constraints": [{}, {"x": 1}, []],
    },
    "constraints": {
        "required": [True, False], "unique": [True, False], "minLength": [0, 1, 3, -1, "1", 1.5], "maxLength": [0, 1, 3, 1000], "minimum": [0, 1, "1", "2020-01-01", "x", "2000", 1.5], "maximum": [0, 1, "1", "2020-01-01", "x", 10**20],
        "exclusiveMinimum": [0, "1", "x"], "exclusiveMaximum": [0, 4, "x"], "pattern": ["[a-z0-9]*", "a|b", "(", "", ".*", "\\d+", "^x$"], "enum": [["a"], [], ["1", "2", "a"], [1, 2], "x", ["2020-01-02"], [None], [True]], "jsonSchema": [{"type": "string"}, {"$ref": NOWHERE}], "precision": [1], "x": [1],
    },
}  # fmt: skip
"""At each level every property of the standards and of Frictionless, and values of each."""

LABELS = [" id", "id ", "id\u00a0", " ", "", "\t", "id\n", "id\u200b", "ID", "i d", '"id"', "id,x", "\ufeffid", "é", "e\u0301", "id\x00", "\u2028", "1", "id" * 500, "number", "\x1fid", "\x85id", "id\u3000"]  # fmt: skip
LITERALS: list[tuple[str, list[str], list[str]]] = [
    ("string", ["default", "email", "uri", "binary", "uuid", "x"], ["a", "a@example.org", "http://a.b", "YQ==", "123e4567-e89b-12d3-a456-426614174000", "a b", "\x1f", "ａ"]),
    ("number", ["default", "x"], ["1", "1.5", "-1e5", "1E-5", ".5", "5.", "NaN", "INF", "-INF", "inf", "0x1", "1_0", "１", "1,000", " 1", "1 ", "sNaN", "+1", "1e400"]),
    ("integer", ["default", "x"], ["1", "-1", "1.0", "1e3", "0x1F", "1_0", "１", "007", "+1", "9" * 30, " 1", ""]),
    ("boolean", ["default", "x"], ["true", "True", "TRUE", "1", "false", "0", "yes", "t", "tRuE", "2"]),
    ("date", ["default", "any", "%d/%m/%Y", "%Y", "%", "fmt:%Y", "x"], ["2020-01-01", "2020-1-1", "01/02/2020", "2020-02-30", "0001-01-01", "20200101", "2020", "２０２０-01-01", "2020-01-01T00:00:00"]),
    ("time", ["default", "any", "%H", "%H:%M"], ["10:00:00", "10:00", "24:00:00", "10:00:00Z", "10:00:00+01:00", "10", "10:00:00.5"]),
    ("datetime", ["default", "any", "%Y-%m-%d %H:%M"], ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00", "2020-01-01 00:00", "2020-01-01T24:00:00Z", "2020-01-01T00:00:00.123Z", "2020-01-01T00:00:00+01:00", "0000-01-01T00:00:00Z"]),
    ("year", ["default"], ["2020", "20", "20000", "-2020", "0000", "+2020", "２０２０", "2020.0"]),
    ("yearmonth", ["default"], ["2020-01", "2020-13", "2020", "2020-1", "202001"]),
    ("duration", ["default"], ["P1Y", "P1Y2M3DT4H5M6S", "PT", "P", "1Y", "P1,5Y", "-P1D"]),
    ("geopoint", ["default", "array", "object"], ["1,2", "180,90", "181,0", "[1,2]", '{"lon": 1, "lat": 2}', "1;2", "a,b", "1,2,3", "NaN,1"]),
    ("geojson", ["default", "topojson"], ['{"type": "Point", "coordinates": [1, 2]}', "{}", '{"type": "x"}', "1", "null", "[]"]),
    ("object", ["default"], ["{}", '{"a": 1}', "[]", "1", '"x"', "NaN", "{", '{"a": NaN}', '{"a": 1, "a": 2}']),
    ("array", ["default"], ["[]", "[1]", "{}", "1", "[NaN]", "["]),
    ("list", ["default"], ["a,b", "a", ",", "1,2"]),
    ("any", ["default"], ["a", "1", "{}", "\x00"]),
]  # fmt: skip
"""The types of fields, formats of each, and texts that are values of it or nearly so."""

DESCRIPTOR_BYTES = [
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.decode().encode("utf-16"),
    lambda text: text[:-1],
    lambda text: text + b"\n\n",
    lambda text: text + b"{}",
    lambda text: text.replace(b'"name"', b'"name": "twice", "name"', 1),
    lambda text: text.replace(b"{", b'{"not": NaN, ', 1),
    lambda text: text.replace(b"{", b'{"far": -Infinity, ', 1),
    lambda text: text.replace(b"{", b'{"large": 1e999, ', 1),
    lambda text: text.replace(b"{", b'{"digits": ' + b"9" * 5000 + b", ", 1),
    lambda text: text.replace(b"{", b'{"half": "\\ud800", ', 1),
    lambda text: text.replace(b"{", b'{"\\ud800": 1, ', 1),
    lambda text: text.replace(b"{", b'{"deep": ' + b"[" * 300 + b"]" * 300 + b", ", 1),
    lambda text: text.replace(b"{", b'{"deep": ' + b"[" * 30 + b"]" * 30 + b", ", 1),
    lambda text: text.replace(b"{", b'{"nul": "\\u0000", ', 1),
    lambda text: text.replace(b"{", b"{// a remark\n", 1),
    lambda text: text.replace(b'"', b"'"),
    lambda text: text.replace(b"{", b'{"latin": "\xe9", ', 1),
    lambda text: b"",
    lambda text: b"[" + text + b"]",
    lambda text: text.replace(b", ", b",\r\n\t"),
]  # fmt: skip


def make_property_mutation(level: str) -> Callable[[Any, random.Random], None]:
    """What gives one property of a level another value: one of its own, or of a wrong kind."""

    def mutate(draft: Any, rng: random.Random) -> None:
        target = _pick_level(draft.descriptor, level, rng)
        if target is None:
            return
        name = rng.choice([*PROPERTIES[level]])
        target[name] = _copy(rng.choice(PROPERTIES[level][name] if rng.random() < 0.8 else WRONG))

    return mutate


def mutate_any_value(descriptor: dict[str, Any], rng: random.Random) -> None:
    """Put a value of a wrong kind anywhere."""
    container, key = rng.choice(list(_iter_places(descriptor)))
    container[key] = _copy(rng.choice(WRONG))


def remove_any_value(descriptor: dict[str, Any], rng: random.Random) -> None:
    """Take a property or an entry out, anywhere."""
    container, key = rng.choice(list(_iter_places(descriptor)))
    del container[key]


def mutate_label(descriptor: dict[str, Any], rows: list[list[str]], rng: random.Random) -> None:
    """An odd label, in the header or in the schema."""
    fields = _list_fields(descriptor)
    position = rng.randrange(min(len(fields), len(rows[0])) or 1)
    if rng.random() < 0.5:
        rows[0][position:] = [rng.choice(LABELS), *rows[0][position + 1 :]]
    else:
        fields[position]["name"] = rng.choice(LABELS)


def mutate_both_labels(
    descriptor: dict[str, Any], rows: list[list[str]], rng: random.Random
) -> None:
    """An odd label, the same in the header and in the schema."""
    fields = _list_fields(descriptor)
    position = rng.randrange(min(len(fields), len(rows[0])) or 1)
    fields[position]["name"] = label = rng.choice(LABELS)
    rows[0][position:] = [label, *rows[0][position + 1 :]]


def mutate_field_type(
    descriptor: dict[str, Any], rows: list[list[str]], rng: random.Random
) -> None:
    """A field of any type and format, with a literal that may be one of it."""
    position = rng.randrange(min(map(len, [_list_fields(descriptor), *rows])) or 1)
    kind, formats, literals = rng.choice(LITERALS)
    name = _list_fields(descriptor)[position]["name"]
    field = {"name": name, "type": kind, "format": rng.choice(formats)}
    _list_fields(descriptor)[position] = field
    for row in rows[1:]:
        row[position:] = [rng.choice(literals), *row[position + 1 :]]


def mutate_statistics(descriptor: dict[str, Any], data: bytes, rng: random.Random) -> None:
    """Hash, bytes, rows and fields as they are of the file, or of another."""
    data = data if rng.random() < 0.7 else data + b"x"
    sha256, md5 = hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest()
    statistics: list[dict[str, Any]] = [
        {"hash": f"sha256:{sha256}"}, {"hash": sha256}, {"hash": md5}, {"hash": f"md5:{md5}"},
        {"hash": f"sha256:{sha256.upper()}"}, {"hash": f"SHA256:{sha256}"}, {"bytes": len(data)},
        {"rows": data.count(b"\n") - 1}, {"fields": len(_list_fields(descriptor))},
        {"stats": {"bytes": len(data), "sha256": sha256}}, {"stats": {"md5": md5}},
        {"hashing": "md5", "stats": {"hash": md5}}, {"hash": f"sha256:{sha256}", "bytes": len(data)},
    ]  # fmt: skip
    descriptor["resources"][0].update(rng.choice(statistics))


def mutate_keys(descriptor: dict[str, Any], rng: random.Random) -> None:
    """Keys of a schema, of one field or of several, that hold or do not."""
    schema = descriptor["resources"][0]["schema"]
    for name in rng.sample(["primaryKey", "uniqueKeys", "foreignKeys"], rng.choice([1, 2])):
        schema[name] = _copy(rng.choice(PROPERTIES["schema"][name]))


def mutate_resources(descriptor: dict[str, Any], rng: random.Random) -> None:
    """Resources that are there twice, in another order, or not at all."""
    resources = descriptor["resources"]
    change = rng.choice(["twice", "order", "fewer", "same file", "none", "text"])
    if change == "twice":
        resources.append(dict(resources[0]))
    elif change == "order":
        resources.reverse()
    elif change == "fewer":
        del resources[rng.randrange(len(resources))]
    elif change == "same file":
        resources.append({**resources[1], "name": "again"})
    else:
        descriptor["resources"] = [] if change == "none" else [*resources, "table.csv"]


def mutate_descriptor_bytes(text: bytes, rng: random.Random) -> bytes:
    """The descriptor's text with bytes that JSON, or a reader of it, may not take."""
    return rng.choice(DESCRIPTOR_BYTES)(text)


def mutate_folder(folder: Path, rng: random.Random) -> None:
    """Links in place of files: what they lead to is outside the folder."""
    name = rng.choice(["table.csv", "codes.csv", "datapackage.json", "about.md"])
    outside = folder.parent / "outside" / f"{folder.name}-{name}"
    outside.parent.mkdir(exist_ok=True)
    if outside.exists():
        return
    if (folder / name).exists():
        (folder / name).rename(outside)
    else:
        outside.write_text("# Elsewhere\n", "utf-8")
    if rng.random() < 0.5:
        (folder / name).symlink_to(outside)
    else:
        (folder / name).hardlink_to(outside)


def _pick_level(
    descriptor: dict[str, Any], level: str, rng: random.Random
) -> dict[str, Any] | None:
    if level == "package":
        return descriptor
    resources = descriptor.get("resources")
    resource = rng.choice(resources) if isinstance(resources, list) and resources else None
    if level == "resource" or not isinstance(resource, dict):
        return resource if isinstance(resource, dict) else None
    if level in ("schema", "dialect"):
        found = resource.setdefault(level, {})
        return found if isinstance(found, dict) else None
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    field = rng.choice(fields) if isinstance(fields, list) and fields else None
    if level == "field" or not isinstance(field, dict):
        return field if isinstance(field, dict) else None
    constraints = field.setdefault("constraints", {})
    return constraints if isinstance(constraints, dict) else None


def _list_fields(descriptor: dict[str, Any]) -> list[Any]:
    fields: list[Any] = descriptor["resources"][0]["schema"]["fields"]
    return fields


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _iter_places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = node.keys() if isinstance(node, dict) else range(len(node))
    for key in list(keys):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _iter_places(node[key])
