"""Every query of the store, called with every argument that a hub has: rows to read and compare.

`python -m tests.support.store_rows` writes them to `tests/store/golden/`, a file a module.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from evidencehub import store
from evidencehub.store.codes import select_code_list
from evidencehub.store.database import RowReader
from evidencehub.store.indicators import select_indicator
from evidencehub.store.latest_values import SeriesCoverageRow
from evidencehub.store.search_terms import MatchExpression, Term
from tests.support.odd_hub import build_odd_hub, open_reader

GOLDEN = Path(__file__).parents[1] / "store/golden"
QUERY_VERBS = ("select_", "find_", "count_")
READERS = ("RowReader", "RunQuery")
PAGING = {"limit": 1000, "offset": 0}
OF_TOYS = re.compile(
    r'(?i)toy|"type": "(?:table|view)"|"area": "(?:AU|BR|CA|GB|NZ)"|"(?:aihw|kings-fund|nhs-england|not-stated)"'
)
MAX_SHARED_ROWS = 5  # that name nothing of the toy datasets: code lists grow
MAX_CHARS = 60  # of a text
CHANGING = ("bytes", "size_bytes", "sha256")  # with the version of a library

Query = Callable[..., Any]

INDICATORS = "select indicator from indicator"
GROUPS = "select list, code from code where list in (select scheme from availability)"
TOY_LISTS = "select list from code_list where list like 'toy-%'"
ITEMS = """
select 'finding' as kind, finding as identifier from finding
union all select 'recommendation', recommendation from recommendation
"""
DIMENSIONS = ("scheme", "area", "sex", "age", "other", "comparator", "adjustment")
USED_VALUES = " union ".join(
    f"select indicator, '{name}' as dimension, {name} as value from observation"
    for name in DIMENSIONS
)
TABLE_KEY = f"json_array({', '.join(DIMENSIONS)})"
STRATA = """
select json_group_array(stratum) as strata from stratum
where dimension = 'ethnicity' group by indicator order by indicator
"""
FILTERS = """
select json_object('topic', t.code, 'type', n.type, 'certainty', n.certainty) as filters,
  t.code as only_topic
from (
  select '' as code union select code from subject where kind = 'finding' and list = 'topic'
) as t
cross join (
  select '' as type, '' as certainty
  union select type, '' from finding
  union select '', certainty from finding
) as n
"""
PAGES = "select json_group_array(rowid) from search_page where kind = 'dataset'"
ARGUMENTS_SQL: Mapping[str, str] = {
    "area": "select area from area where list like 'toy-%' or list = 'iso-3166' and area in "
    "(select area from availability union select area from finding "
    "union select area from recommendation)",
    "area, is_gap": "select area, 0 as is_gap from finding where area is not null "
    "union select area, 1 from finding where area is not null",
    "areas": "select json_group_array(distinct area) as areas from availability "
    "union all select json_array('GB', 'GB-ENG', 'NZ', 'toy-east-places:T', "
    "'toy-east-places:X1') union all select json_array('GB', 'toy-east-places:X1')",
    "code_list": TOY_LISTS.replace("list", "list as code_list", 1),
    "code, code_list": "select distinct list as code_list, code from subject",
    "code_lists": f"select json_group_array(list) as code_lists from ({TOY_LISTS} and kind = 'ethnicity')",
    "codes": "select json_object('topic', json_array('maternity', 'nosuch'), "
    "'place', json_array('GB', 'toy-lands:X01')) as codes",
    "coverage": "select json_group_array(distinct json_array(indicator, area, scheme, ethnicity)) "
    "as coverage from observation group by ethnicity",
    "dataset": "select dataset from dataset",
    "dataset, is_descending, sort": "select dataset, j.value as sort, n.value as is_descending "
    'from dataset, json_each(\'["group", "indicator", "place", "period", "value"]\') as j, '
    "json_each('[0, 1]') as n where dataset like 'toy-n%'",
    "dataset, source": "select dataset, source from source",
    "dataset, version": "select dataset, version from dataset union "
    "select dataset, version from release where version = '1.9.0'",
    "datasets": "select dataset from dataset",
    "facet": "select '' as facet union select code from code where list = 'hub-facet'",
    "questions.identifier": "select question as identifier from question union select 'nosuch'",
    "question": "select question from question union select 'nosuch'",
    "select_questions": "select '' as topic union select code from subject where kind = 'question'",
    "country, facet": "select '' as facet, '' as country union select 'AFD', '' "
    "union select '', 'CA' union select 'AFD', 'GB'",
    "coverage.country": "select '' as country union select 'CA'",
    "facets": "select json_group_array(code) as facets from code where list = 'hub-facet'",
    "family": "select distinct family from indicator",
    "filters": FILTERS,
    "filters, only_topic": FILTERS,
    "finding": "select finding from finding",
    "groups": f"select json_array(json_array(list, code)) as groups from ({GROUPS})",
    "identifier, kind": ITEMS,
    "indicator": INDICATORS,
    "areas, indicator": "select indicator, json_group_array(distinct area) as areas "
    "from observation group by indicator",
    "dataset, indicator": f"select indicator, '' as dataset from ({INDICATORS}) "
    "union select indicator, dataset from observation",
    "dimension, indicator, value": USED_VALUES,
    "indicator, key, oldest, period": f"select indicator, {TABLE_KEY} as key, json_array("
    "min(period_start), min(period_end)) as oldest, json_array(max(period_start), "
    "max(period_end)) as period from observation group by indicator, 2 "
    f"union all select indicator, {TABLE_KEY}, json_array(max(period_start), max(period_end)), "
    "json_array(min(period_start), min(period_end)) from observation group by indicator, 2 "
    "having min(period_start) < max(period_start)",
    "indicator, key, period": "select distinct s.indicator, json_array(s.scheme, s.area, s.sex, "
    "s.age, s.other, '', s.adjustment) as key, json_array(s.period_start, s.period_end) as period "
    "from stratum as s join gap_context using (stratum)",
    "indicators": f"select json_group_array(indicator) as indicators from ({INDICATORS})",
    "selected": "select json_object('topic', '', 'country', '') as selected "
    "union select json_object('topic', code, 'country', '') from subject where kind = 'indicator' "
    "union select json_object('topic', '', 'country', area) from dataset_country "
    "union select json_object('topic', 'maternity', 'country', 'GB')",
    "name": "select list as name from code_list where list like 'toy-%' or list = 'iso-3166'",
    "organisation": "select distinct organisation from recommendation_organisation",
    "page_rowids": PAGES.replace(" from", " as page_rowids from"),
    "publisher": "select distinct substr(publisher, 5) as publisher from source",
    "recommendation": "select recommendation from recommendation",
    "scheme": "select distinct scheme from availability",
    "code, scheme": f"select list as scheme, code from ({GROUPS})",
    "parent, scheme": f"select list as scheme, code as parent from ({GROUPS})",
    "schemes": "select json_group_array(distinct scheme) as schemes from availability",
    "statuses": "select json_group_array(distinct obs_status) as statuses from observation",
    "strata": STRATA,
    "terms": "select json_array('toys', 'nosuch', 'drums') as terms",
    "page_rowids, terms": f"select json_array('toys', 'drums') as terms, ({PAGES}) as page_rowids",
    "datasets.identifier": "select dataset as identifier from dataset",
    "findings.identifier": "select finding as identifier from finding",
    "recommendations.identifiers": "select json_group_array(recommendation) as identifiers "
    "from recommendation",
    "recommendations.identifier": "select recommendation as identifier from recommendation",
    "find_dimension_label": "select distinct dimension, value, scheme from "
    f"({USED_VALUES}) join (select distinct indicator, scheme from observation) using (indicator)",
    "find_label": "select list as code_list, code from code where list like 'toy-%' union all "
    "select 'area', area from area where list like 'toy-%' union all select 'dataset', dataset "
    "from dataset union all select 'code_list', list from code_list where list like 'toy-%'",
    "find_nearest_words": "select 'drumz' as word, 1 as is_unknown union all select 'toyz', 0",
    "select_record": "select 'dataset' as \"table\", dataset as key from dataset "
    f"union all select 'indicator', indicator from ({INDICATORS})",
    "select_dataset_cells": 'select dataset, value as "table" from dataset, '
    'json_each(\'["finding", "recommendation", "source"]\')',
    "select_recommendations_by": "select distinct issued_by as organisation from recommendation "
    "where issued_by is not null union select 'nosuch'",
    "select_recommendations": "select s.code as subject, o.organisation, k.issuer_kind from ("
    "select '' as issuer_kind union select level from code where list = 'organisation') as k, "
    "(select '' as code "
    "union select code from subject where kind = 'recommendation') as s, (select '' as organisation "
    "union select organisation from recommendation_organisation union select 'not-stated') as o",
    "select_recent_changes": "select s.code as subject, w.column1 as with_withdrawals from ("
    "select '' as code union select code from subject where kind = 'dataset') as s, "
    "(values (0), (1)) as w",
}
"""Arguments, as columns of the names of the parameters: by function, by module, or by name."""


CONVERTERS: Mapping[str, Callable[[RowReader, Any], Any]] = {
    "IndicatorRow": select_indicator,
    "CodeListDetailRow": select_code_list,
    "Iterable[SeriesCoverageRow]": lambda _, keys: [SeriesCoverageRow(*key, 1) for key in keys],
    "Sequence[Term]": lambda _, words: [Term(w, [MatchExpression(w, 1.0)]) for w in words],
}
"""How what a database gives becomes an argument of a type of its own."""


HELD_ELSEWHERE = {
    "typed_rows": "asks what it is given",
    "withdrawals": "has the day on which it was; tests/api/test_withdrawn.py holds it",
}
"""Modules without a golden, and why."""


def list_queries() -> dict[str, Query]:
    """Every function of the store that asks a connection, by module and name."""
    queries = {}
    for module_info in pkgutil.iter_modules(store.__path__):
        module = importlib.import_module(f"{store.__name__}.{module_info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters.values()), None)
            is_own = function.__module__ == module.__name__ and name.startswith(QUERY_VERBS)
            asks = first is not None and first.annotation in READERS
            if is_own and asks and module_info.name not in HELD_ELSEWHERE:
                queries[f"{module_info.name}.{name}"] = function
    return queries


def list_parameters(query: Query) -> list[str]:
    """The names of the parameters of a query beside the connection."""
    return list(inspect.signature(query).parameters)[1:]


def draw_arguments(db: RowReader, name: str, query: Query) -> list[dict[str, Any]]:
    """Every set of arguments of a query that the hub has, without its paging."""
    names = [parameter for parameter in list_parameters(query) if parameter not in PAGING]
    if not names:
        return [{}]
    module, _, function = name.partition(".")
    by_name = ", ".join(sorted(names))
    keys = [key for key in (function, f"{module}.{by_name}", by_name) if key in ARGUMENTS_SQL]
    assert keys, f"Say in ARGUMENTS_SQL where the arguments of {name} come from: {by_name}."
    rows = db.fetch_dicts(ARGUMENTS_SQL[keys[0]])
    return [{name: _parse(row[name]) for name in names} for row in rows]


def _parse(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{") else value


def run_query(db: RowReader, query: Query, arguments: Mapping[str, Any], **paging: int) -> Any:
    """The answer of a query."""
    parameters = inspect.signature(query).parameters
    several: list[Any] = []
    values = {name: value for name, value in {**PAGING, **paging}.items() if name in parameters}
    for name, value in arguments.items():
        convert = CONVERTERS.get(parameters[name].annotation)
        if parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            several = value
        else:
            values[name] = convert(db, value) if convert else value
    return query(db, *several, **values)


# goldens


def _simplify(answer: Any, name: str = "") -> Any:
    """Objects without what is None, keys as one text, long texts cut."""
    if is_dataclass(answer) and not isinstance(answer, type):
        answer = {field.name: getattr(answer, field.name) for field in fields(answer)}
    if isinstance(answer, Mapping):
        texts = {" ".join(k) if isinstance(k, tuple) else str(k): v for k, v in answer.items()}
        return {key: _simplify(v, key) for key, v in texts.items() if v is not None}
    if isinstance(answer, set | frozenset):
        return sorted(answer)
    if name in CHANGING:
        return "…"
    if isinstance(answer, list | tuple):
        return [_simplify(part) for part in answer]
    return _cut(answer) if isinstance(answer, str) else answer


def render_golden(db: RowReader, module: str) -> str:
    """The answers of all queries of a module, a row a line."""
    texts = [
        f"{_quote(name.partition('.')[2])}: {{\n{_render_calls(db, name, query)}\n}}"
        for name, query in list_queries().items()
        if name.startswith(f"{module}.")
    ]
    return "{\n" + ",\n".join(texts) + "\n}\n"


def _render_calls(db: RowReader, name: str, query: Query) -> str:
    calls = draw_arguments(db, name, query)
    answers = {
        ", ".join(map(_render_argument, arguments.values())): render_answer(
            run_query(db, query, arguments)
        )
        for arguments in calls
    }
    assert len(answers) == len(calls), f"Arguments of {name} are alike."
    return ",\n".join(f" {_quote(key)}: {answers[key]}" for key in sorted(answers))


def _render_argument(value: Any) -> str:
    """A text as it is; of lists and objects all texts in them."""
    if isinstance(value, list):
        return _cut(" ".join(map(_render_argument, value)))
    if isinstance(value, dict):
        return " ".join(f"{name}={_render_argument(v)}" for name, v in value.items() if v)
    return str(value)


def render_answer(answer: Any) -> str:
    """Lists and mappings with a row a line, other answers on one line."""
    rows = _simplify(answer)
    if isinstance(answer, list):
        return _render_lines("[]", _shorten([_quote(row) for row in rows]))
    if isinstance(answer, set):
        return _quote(rows)
    if isinstance(answer, Mapping):
        return _render_lines("{}", [f"{_quote(key)}: {_quote(row)}" for key, row in rows.items()])
    return _quote(rows)


def _render_lines(brackets: str, lines: Sequence[str]) -> str:
    (start, end), separator = brackets, ",\n  "
    return f"{start}\n  {separator.join(lines)}\n {end}" if lines else brackets


def _shorten(lines: Sequence[str]) -> list[str]:
    """The lines of toys, and the first few of what the hub itself has."""
    shared = [line for line in lines if not OF_TOYS.search(line)]
    left_out = set(shared[MAX_SHARED_ROWS:])
    return [line for line in lines if line not in left_out]


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS]}…"


def _quote(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def list_modules() -> list[str]:
    """The modules of the store that have queries."""
    return sorted({name.partition(".")[0] for name in list_queries()})


def write_goldens(build: Path) -> None:
    """Write what every query answers now."""
    db = open_reader(build)
    GOLDEN.mkdir(exist_ok=True)
    for module in list_modules():
        (GOLDEN / f"{module}.json").write_text(render_golden(db, module), "utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write_goldens(Path(sys.argv[1]) if sys.argv[1:] else build_odd_hub(Path(folder)))
