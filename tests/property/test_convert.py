"""What holds for every conversion, whatever the figures: nothing is lost, made up or given away."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.crosswalk.mappability import Classification, CodeMapping, assess_mappability
from evidencehub.crosswalk.reclassify import (
    ConversionRefusal,
    ConversionResult,
    IndicatorMetadata,
    reclassify,
    roll_up,
)

FINE = Classification(
    "fine",
    {
        "_T": "", "W": "", "w1": "W", "w2": "W", "B": "", "b1": "B", "b2": "B", "b3": "b2",
        "b4": "b2", "o": "", "u": "", "z": "",
    },
    frozenset({"u", "z"}),
    "single",
)  # fmt: skip
COARSE = Classification(
    "coarse", {"_T": "", "H": "", "p": "H", "q": "H", "r": "", "u": ""}, frozenset({"u"}), "single"
)
LINKS = {"w1": "p", "w2": "p", "b1": "q", "b3": "q", "b4": "r", "o": "r"}
WALK = [CodeMapping(code, to, "broadMatch") for code, to in LINKS.items()] + [
    CodeMapping("u", "", "noMatch")
]
SCHEMES = {"fine": FINE, "coarse": COARSE}
KNOWN: dict[str, Any] = {
    "schemes": SCHEMES,
    "indicators": {
        "i": IndicatorMetadata("rate", 1000, "crude"),
        "n": IndicatorMetadata("count"),
        "m": IndicatorMetadata("mean"),
    },
}
MISSING = (None, float("nan"))

CASES = settings(max_examples=25, deadline=None)  # a table is slow to make, and machines differ
numbers = st.one_of(st.integers(0, 10**6), st.sampled_from([*MISSING, 0, -1, float("inf")]))


@st.composite
def tables(draw: st.DrawFn, codes: tuple[str, ...], *, sound: bool = False) -> pd.DataFrame:
    """Rows of one to three places, each code at most once; hidden rows may carry numbers."""
    made = []
    for area in ("X01", "X02", "X03")[: draw(st.integers(1, 3))]:
        for code in draw(st.lists(st.sampled_from(codes), unique=True, max_size=len(codes))):
            whole = st.integers(0, 10**6)
            total = draw(whole if sound else numbers)
            count = draw(whole if sound else numbers)
            hidden = False if sound else draw(st.sampled_from([False, False, True]))
            made.append(
                {
                    "indicator": draw(st.sampled_from(["i", "n"])) if not sound else "i",
                    "area": area,
                    "period_start": "2024-01-01",
                    "period_end": "2024-12-31",
                    "scheme": "fine",
                    "ethnicity": code,
                    "value": count,
                    "numerator": count,
                    "denominator": total,
                    "obs_status": "Q" if hidden else "A",
                    "conf_status": "A" if hidden else "F",
                }
            )
    return pd.DataFrame(made, columns=COLUMNS)


COLUMNS = [
    "indicator", "area", "period_start", "period_end", "scheme", "ethnicity", "value",
    "numerator", "denominator", "obs_status", "conf_status",
]  # fmt: skip
LEAVES = tuple(LINKS)
ALL = (*FINE.parents,)


def converted(table: pd.DataFrame) -> ConversionResult | ConversionRefusal:
    return reclassify(table, "coarse", crosswalks={("fine", "coarse"): WALK}, **KNOWN)


def rolled(table: pd.DataFrame, level: int = 1) -> ConversionResult | ConversionRefusal:
    return roll_up(table, level=level, **KNOWN)


def both(table: pd.DataFrame) -> list[ConversionResult | ConversionRefusal]:
    return [converted(table), rolled(table), rolled(table, 2)]


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["indicator"], row["area"], row["ethnicity"]


@CASES
@given(tables(ALL))
def test_there_is_an_answer_or_a_reason(table: pd.DataFrame) -> None:
    for found in both(table):
        if isinstance(found, ConversionRefusal):
            assert found.obstacles
            assert all(obstacle.message.endswith(".") for obstacle in found.obstacles)
        else:
            assert found.rows["value"].notna().all()
            assert all(reason.render() for reason in found.unavailable["reason"])
            assert all(reason.render() for reason in found.left_out["why"])


@CASES
@given(tables(ALL))
def test_every_row_is_in_one_place(table: pd.DataFrame) -> None:
    for found in both(table):
        if isinstance(found, ConversionRefusal):
            continue
        used = Counter(
            (row["indicator"], row["area"], code)
            for row in found.rows.to_dict("records")
            for code in row["from_codes"].split(";")
        )
        left = Counter(map(key, found.left_out.to_dict("records")))
        hidden_totals = Counter(
            key(row) for row in found.left_out.to_dict("records") if row["ethnicity"] == "_T"
        )
        assert max(used.values(), default=1) == 1
        assert used + left == Counter(map(key, table.to_dict("records")))
        assert set(hidden_totals) <= set(map(key, found.unavailable.to_dict("records")))


@CASES
@given(tables(LEAVES, sound=True))
def test_counts_that_go_in_come_out_or_are_left_out(table: pd.DataFrame) -> None:
    for found in both(table):
        if isinstance(found, ConversionRefusal):
            continue
        for name in ("numerator", "denominator"):
            out = found.rows[name].sum() + found.left_out[name].sum()
            assert out == table[name].sum()
        made = found.rows[found.rows["derived"] != ""]
        assert np.allclose(made["value"], 1000 * made["numerator"] / made["denominator"])
        shown = made[made["ci_lower"].notna()]
        assert (shown["ci_lower"] <= shown["value"]).all()
        assert (shown["value"] <= shown["ci_upper"]).all()


@CASES
@given(tables(ALL), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(table: pd.DataFrame, chance: Any) -> None:
    order = list(range(len(table)))
    chance.shuffle(order)
    for one, other in zip(both(table), both(table.iloc[order]), strict=True):
        if isinstance(one, ConversionRefusal):
            assert one == other
        else:
            assert isinstance(other, ConversionResult)
            assert one.caveats == other.caveats
            for name in ("rows", "unavailable", "left_out"):
                pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


@CASES
@given(tables(ALL), st.integers(0, 10**6))
def test_a_hidden_number_has_no_part_in_the_answer(table: pd.DataFrame, number: int) -> None:
    changed = table.copy()
    changed[["value", "numerator"]] = changed[["value", "numerator"]].astype(float)
    changed.loc[changed["obs_status"] == "Q", ["value", "numerator"]] = number
    for one, other in zip(both(table), both(changed), strict=True):
        if isinstance(one, ConversionRefusal):
            assert one == other
        else:
            assert isinstance(other, ConversionResult)
            pd.testing.assert_frame_equal(one.rows, other.rows)
            pd.testing.assert_frame_equal(one.left_out, other.left_out)


def inside(code: str) -> set[str]:
    return {leaf for leaf in FINE.leaves if leaf == code or code in FINE.ancestors(leaf)}


@CASES
@given(tables(ALL))
def test_no_hidden_count_is_a_converted_one_less_its_published_parts(table: pd.DataFrame) -> None:
    """Whatever is made is made of shown rows, and of all that the crosswalk puts into it."""
    hidden = {key(row) for row in table[table["obs_status"] == "Q"].to_dict("records")}
    found = converted(table)
    for row in found.rows.to_dict("records") if isinstance(found, ConversionResult) else ():
        parts = row["from_codes"].split(";")
        assert not hidden & {(row["indicator"], row["area"], part) for part in parts}
        if row["ethnicity"] != "_T":
            wanted = {code for code, to in LINKS.items() if to == row["ethnicity"]}
            assert set(parts) == wanted
    up = rolled(table)
    for row in up.rows.to_dict("records") if isinstance(up, ConversionResult) else ():
        parts = row["from_codes"].split(";")
        made = [(row["indicator"], row["area"], code) for code in (*parts, row["ethnicity"])]
        assert not hidden & set(made)
        if row["ethnicity"] != "_T":
            assert set().union(*map(inside, parts)) == inside(row["ethnicity"])
            assert sum(len(inside(part)) for part in parts) == len(inside(row["ethnicity"]))


@CASES
@given(tables(tuple(code for code in ALL if code not in FINE.residual_codes), sound=True))
def test_rolling_up_twice_is_rolling_up_once(table: pd.DataFrame) -> None:
    direct, first = rolled(table), rolled(table, 2)
    if isinstance(direct, ConversionRefusal) or isinstance(first, ConversionRefusal):
        return
    second = rolled(first.rows)
    if isinstance(second, ConversionRefusal):
        return
    columns = ["area", "ethnicity", "numerator", "denominator"]
    one, other = (found.rows.set_index(columns[:2])[columns[2:]] for found in (direct, second))
    shared = one.index.intersection(other.index)
    assert set(other.index) <= set(one.index)
    pd.testing.assert_frame_equal(
        one.loc[shared].sort_index(), other.loc[shared].sort_index(), check_index_type=False
    )  # of no row at all the one index is of texts, the other of nothing


relations = st.sampled_from(
    ["exactMatch", "broadMatch", "closeMatch", "narrowMatch", "relatedMatch", "noMatch", "odd"]
)
codes = st.sampled_from(["a", "b", "c", "_T", "u", "?"])


@CASES
@given(
    st.dictionaries(codes, st.one_of(codes, st.just("")), max_size=6),
    st.dictionaries(codes, st.one_of(codes, st.just("")), max_size=6),
    st.lists(st.builds(CodeMapping, codes, codes, relations), max_size=8),
    st.sampled_from(["", "single", "total-response", "alone"]),
)
def test_any_crosswalk_has_a_verdict_and_any_verdict_but_yes_a_reason(
    one: dict[str, str], two: dict[str, str], walk: list[CodeMapping], basis: str
) -> None:
    source = Classification("one", one, frozenset({"u"}), basis)
    target = Classification("two", two, frozenset({"u"}), basis)
    verdict = assess_mappability(source, target, walk)
    assert (verdict.level == "convertible") == (not verdict.reasons)
    assert verdict == assess_mappability(source, target, walk[::-1])
    table = pd.DataFrame(
        [["i", "X01", "2024", "2024", "one", code, 1.0, 1, 10] for code in one], columns=COLUMNS[:9]
    )
    found = reclassify(table, "two", schemes={"one": source, "two": target},
                    crosswalks={("one", "two"): walk}, indicators=KNOWN["indicators"])  # fmt: skip
    assert isinstance(found, ConversionResult) or found.obstacles
    up = roll_up(table, schemes={"one": source}, indicators=KNOWN["indicators"])
    assert isinstance(up, ConversionResult) or up.obstacles
