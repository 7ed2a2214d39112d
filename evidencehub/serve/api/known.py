"""What the hub knows at its start: codes and their labels, ids, releases, licences, facts."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidencehub.serve.database import Database

VOCABULARIES = {
    "workstream": "workstream",
    "topic": "topic",
    "family": "family",
    "sex": "sex",
    "age": "age",
    "adjustment": "adjustment",
    "obs_status": "obs-status",
    "verification": "verification",
    "certainty": "certainty",
    "finding_type": "finding-type",
    "direction": "direction",
    "status": "recommendation-status",
    "strength": "recommendation-strength",
    "organisation": "organisation",
    "measure": "inequality-measure",
    "source_type": "source-type",
}
"""Sets of known values that are a code list, by the name that filters use."""
NONE = "none"
"""What stands in an address for “not broken down by this”: an empty value would be a mistake."""


@dataclass(frozen=True, eq=False)
class Known:
    """The sets of values that a parameter may have, each with its label, and facts on datasets.

    `lists` are all code lists with the labels of their codes. `groups` gives for each code of an
    ethnic group the schemes that have it. `synthetic` are the datasets whose figures are made up
    for teaching. `edition` changes with any release. `statements` keeps SQL that was written out.
    """

    values: Mapping[str, Mapping[str, str]]
    lists: Mapping[str, Mapping[str, str]]
    groups: Mapping[str, Sequence[str]]
    datasets: Mapping[str, Mapping[str, Any]]
    indicators: Mapping[str, Mapping[str, Any]]
    schemes: Mapping[str, Mapping[str, Any]]
    links: Mapping[tuple[str, str], str]
    synthetic: frozenset[str]
    columns: Mapping[str, Sequence[str]]
    build: str
    edition: str
    url: str
    statements: dict[str, str] = field(default_factory=dict)

    def near(self, name: str, value: str, most: int = 3) -> list[str]:
        """The known values that come closest to one that is not known, by code or by label."""
        known = self.values[name]
        labels: dict[str, list[str]] = defaultdict(list)
        for code, label in known.items():
            if name != "ethnicity" or ":" in code:  # a group is named with its classification
                labels[label.casefold()].append(code)
        codes: dict[str, list[str]] = {code.casefold(): [code] for code in reversed(list(known))}
        there = {**codes, **labels} if value.casefold() in labels else {**labels, **codes}
        words = difflib.get_close_matches(value.casefold(), there, most, 0.6)
        return list(dict.fromkeys(code for word in words for code in there[word]))[: 2 * most]


def read(database: Database, build: Path) -> Known:
    """What is known of one build, from its database and the site's metadata beside it."""
    datasets = _dicts(
        database,
        "select dataset, title, version, created, licence, licence_url, synthetic, verification, "
        "whose_ethnicity, ethnicity_recording, ethnicity_completeness from dataset order by 1",
    )
    indicators = _dicts(database, "select * from indicator order by 1")
    schemes = _dicts(
        database,
        "select list, title, kind, jurisdiction, counting_basis from code_list order by 1",
    )
    code_rows = database.rows("select list, code, label from code order by list, sort_order, code")
    codes: dict[str, dict[str, str]] = defaultdict(dict)
    for name, code, label in code_rows:
        codes[name][code] = label
    groups: dict[str, list[str]] = defaultdict(list)
    for name in _ethnic(schemes):
        for code in codes[name]:
            groups[code].append(name)
    values = _values(database, datasets, indicators, schemes, codes, groups)
    told = json.loads((build / "metadata.json").read_text("utf-8"))
    return Known(
        values,
        dict(codes),
        groups,
        datasets,
        indicators,
        schemes,
        {
            (a, b): kind
            for a, b, kind in database.rows(
                "select from_scheme, to_scheme, verdict from conversion"
            )
        },
        frozenset(name for name, told in datasets.items() if told["synthetic"]),
        _columns(database),
        database.rows("select value from build where name = 'hash'")[0][0],
        _edition(datasets),
        str(told.get("url", "")).rstrip("/"),
    )


def _values(
    database: Database,
    datasets: Mapping[str, Mapping[str, Any]],
    indicators: Mapping[str, Mapping[str, Any]],
    schemes: Mapping[str, Mapping[str, Any]],
    codes: Mapping[str, dict[str, str]],
    groups: Mapping[str, list[str]],
) -> dict[str, Mapping[str, str]]:
    """The values that each filter knows, with their labels."""
    values: dict[str, Mapping[str, str]] = {
        name: codes[listed] for name, listed in VOCABULARIES.items()
    }
    values |= {
        "dataset": {name: told["title"] for name, told in datasets.items()},
        "indicator": {name: told["title"] for name, told in indicators.items()},
        "scheme": {name: schemes[name]["title"] for name in _ethnic(schemes)},
        "list": {name: told["title"] for name, told in schemes.items()},
        "area": dict(database.rows("select area, label from area order by 1")),
        "finding": dict(database.rows("select finding, statement from finding order by 1")),
        "recommendation": dict(
            database.rows("select recommendation, text from recommendation order by 1")
        ),
        "ethnicity": _ethnicities(groups, codes),
    }
    for name, base in (("sex", "sex"), ("age", "age"), ("adjustment", "adjustment")):
        values[name] = {**codes[base], **_used(database, name, codes)}
    values["other"] = _others(database, codes)
    values["comparator"] = {**_used(database, "comparator", codes), NONE: "no comparator"}
    values["adjustment"] = {**values["adjustment"], NONE: "no adjustment"}
    values |= _words(schemes)
    return values


def _ethnic(schemes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The lists whose codes are ethnic groups."""
    return [name for name, told in schemes.items() if told["kind"] in ("ethnicity", "facet")]


def _words(schemes: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, str]]:
    """The sets that are no code list of their own."""
    told = {
        "list_kind": ("ethnicity", "facet", "area", "dimension", "vocabulary"),
        "search_kind": ("dataset", "indicator", "finding", "recommendation", "code"),
        "relation": (
            "exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch", "noMatch",
        ),
        "jurisdiction": sorted({s["jurisdiction"] for s in schemes.values()} - {None}),
    }  # fmt: skip
    return {name: {word: word for word in words} for name, words in told.items()}


def _dicts(database: Database, sql: str) -> dict[str, Mapping[str, Any]]:
    """Rows by their first column."""
    names = [part[0] for part in database.described(sql)]
    return {row[0]: dict(zip(names, row, strict=True)) for row in database.rows(sql)}


def _columns(database: Database) -> dict[str, Sequence[str]]:
    tables = database.rows("select name from sqlite_master where type in ('table', 'view')")
    found: dict[str, Sequence[str]] = {}
    for (table,) in tables:
        quoted = table.replace('"', '""')
        found[table] = [row[1] for row in database.rows(f'pragma table_info("{quoted}")')]
    return found


def _ethnicities(
    groups: Mapping[str, Sequence[str]], codes: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """A code alone, and a code with its scheme before it."""
    alone = {code: codes[names[0]][code] for code, names in groups.items()}
    whole = {f"{name}:{c}": codes[name][c] for c, names in groups.items() for name in names}
    return {**alone, **whole}


def _used(
    database: Database, column: str, codes: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """What stands in a column of the observations, with the label of list:code."""
    found = {}
    for (value,) in database.rows(f"select distinct {column} from observation order by 1"):
        listed, _, code = value.partition(":")
        if value:
            found[value] = codes.get(listed, {}).get(code) or codes.get(column, {}).get(
                value, value
            )
    return found


def _others(database: Database, codes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Further dimensions as list=code, and `none` for rows without any."""
    rows = database.rows("select distinct list, code from other order by 1, 2")
    told = {f"{listed}={code}": codes[listed].get(code, code) for listed, code in rows}
    return {**told, NONE: "no further dimension"}


def _edition(datasets: Mapping[str, Mapping[str, Any]]) -> str:
    """One short digest over every release; cursors of another edition are out of date."""
    said: Iterable[str] = (f"{name} {told['version']}" for name, told in datasets.items())
    return hashlib.blake2b("\n".join(said).encode(), digest_size=6).hexdigest()
