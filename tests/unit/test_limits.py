"""Thresholds outside the rules: each just below, at, and just above."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evidencehub.check.keys import RepeatedHashes
from evidencehub.crosswalk import aggregate
from evidencehub.crosswalk.comparability import assess_comparability
from evidencehub.crosswalk.comparability_facts import ComparabilityFacts
from evidencehub.crosswalk.mappability import Classification, CodeMapping, assess_mappability
from evidencehub.domain.columns import Column, HubChunk
from evidencehub.http import guard, ranges, request_body
from evidencehub.http.problem_details import HttpError
from evidencehub.inequality.measures import MEASURES, compute_measure
from evidencehub.inequality.strata import MISSING_REASON_TEXTS, MissingReason
from evidencehub.normalise.derive_limits import LimitBasis, derive_limits
from evidencehub.source import packages, safe_files
from evidencehub.source.strict_json import parse_json
from evidencehub.stats import intervals
from tests.spec.changes import Change, also, report_on, rows, schema
from tests.support.dataset_builder import DatasetBuilder
from tests.support.sample_strata import make_stratum

NAN = math.nan


# files


@pytest.mark.parametrize(("excess", "is_read"), [(-1, True), (0, True), (1, False)])
def test_a_descriptor_of_five_million_bytes_is_read(
    dataset: DatasetBuilder, excess: int, is_read: bool
) -> None:
    path = dataset.write() / "datapackage.json"
    text = path.read_bytes()
    path.write_bytes(text + b" " * (packages.MAX_DESCRIPTOR_BYTES + excess - len(text)))
    package, problems = packages.read_package(dataset.folder)
    assert (package is not None) == is_read
    assert [problem.message for problem in problems] == (
        [] if is_read else ["The descriptor is larger than 5 MB."]
    )


@pytest.mark.parametrize(("excess", "is_taken"), [(-1, True), (0, True), (1, False)])
def test_a_table_of_two_thousand_million_bytes_is_taken(
    dataset: DatasetBuilder, excess: int, is_taken: bool
) -> None:
    folder = dataset.write()
    os.truncate(
        folder / "data/observations.csv", safe_files.MAX_FILE_BYTES + excess
    )  # takes no room
    _, problems = packages.read_package(folder)
    assert [problem.rule for problem in problems] == ([] if is_taken else ["structure/path"])


def test_sizes_are_those_that_the_messages_say() -> None:
    assert (packages.MAX_DESCRIPTOR_BYTES, safe_files.MAX_FILE_BYTES) == (5_000_000, 2_000_000_000)


@pytest.mark.parametrize(("depth", "is_read"), [(49, True), (50, True), (51, False)])
def test_json_of_fifty_levels_is_read(depth: int, is_read: bool) -> None:
    text = "[" * (depth - 1) + '{"a": 1}' + "]" * (depth - 1)
    if is_read:
        assert parse_json(text)
    else:
        with pytest.raises(RecursionError):
            parse_json(text)


@pytest.mark.parametrize(("excess", "is_taken"), [(-1, True), (0, True), (1, False)])
def test_a_text_of_a_million_bytes_is_taken(
    dataset: DatasetBuilder, excess: int, is_taken: bool
) -> None:
    (dataset.write() / "about.md").write_bytes(b"a" * (safe_files.MAX_TEXT_BYTES + excess))
    _, problems = packages.read_package(dataset.folder)
    assert [problem.rule for problem in problems] == ([] if is_taken else ["structure/path"])


# keys


@pytest.mark.parametrize("count", [PART := 999_999, PART + 1, PART + 2])
def test_a_repeat_is_found_around_the_number_at_which_hashes_go_to_disk(count: int) -> None:
    repeats = RepeatedHashes()
    repeats.add(range(count))
    assert repeats.find() == set()
    repeats.add([count - 1])
    assert repeats.find() == {count - 1}


def keyed(kind: dict[str, Any], *pairs: tuple[str, str]) -> Change:
    """Rows that differ in a note and a locator, which are a key."""
    found = [
        {"period": str(2020 + place), "note": note, "locator": locator}
        for place, (note, locator) in enumerate(pairs)
    ]
    return also("", rows("", "observations", *found), schema("observations", **kind))


PRIMARY = {"primaryKey": ["note", "locator"]}
UNIQUE = {"uniqueKeys": [["note", "locator"]]}


@pytest.mark.parametrize(
    ("kind", "pairs", "rules"),
    [
        (PRIMARY, [("a", ""), ("b", "")], []),
        (PRIMARY, [("a", ""), ("a", "")], ["structure/key"]),
        (PRIMARY, [("", "a"), ("", "b")], []),
        (PRIMARY, [("a", "b"), ("", "")], ["structure/key"]),
        (UNIQUE, [("a", ""), ("a", "")], []),
        (UNIQUE, [("", ""), ("", "")], []),
        (UNIQUE, [("a", "b"), ("a", "c")], []),
        (UNIQUE, [("a", "b"), ("a", "b")], ["structure/unique-keys"]),
    ],
    ids=str,
)
def test_empty_cells_count_in_a_primary_key_and_not_in_a_unique_one(
    kind: dict[str, Any], pairs: list[tuple[str, str]], rules: list[str]
) -> None:
    assert report_on(keyed(kind, *pairs)).rules == rules


# intervals


@pytest.mark.parametrize("count", [0, 1, 8, 9, 9.999])
def test_below_ten_events_limits_are_exact(count: float) -> None:
    assert intervals.poisson_limits(count) == intervals.exact_poisson_limits(count)
    assert intervals.poisson_limits(count) != intervals.byar_limits(count) or count == 0


@pytest.mark.parametrize("count", [10, 10.001, 11])
def test_from_ten_events_on_limits_are_those_of_byar(count: float) -> None:
    assert intervals.poisson_limits(count) == intervals.byar_limits(count)
    assert intervals.poisson_limits(count) != intervals.exact_poisson_limits(count)


@pytest.mark.parametrize(("count", "is_given"), [(9, False), (9.999, False), (10, True)])
def test_a_standardised_rate_is_given_from_ten_events_on(count: float, is_given: bool) -> None:
    found = intervals.directly_standardised_rate([count - 4, 4], [100, 100], [1, 1])
    assert math.isfinite(found.value) == math.isfinite(found.lower) == is_given


@pytest.mark.parametrize(
    ("size", "has_limits"), [(1, False), (1.001, False), (1.01, True), (2, True)]
)
def test_a_mean_of_more_than_one_has_limits_unless_they_are_wider_than_numbers_go(
    size: float, has_limits: bool
) -> None:
    assert math.isfinite(intervals.mean_limits(5, 1, size).lower) == has_limits


@pytest.mark.parametrize(
    ("count", "total", "has_limits"),
    [(-0.1, 10, False), (0, 10, True), (10, 10, True), (10.1, 10, False), (0, 0, False)],
)
def test_a_share_from_nothing_to_all_has_limits(
    count: float, total: float, has_limits: bool
) -> None:
    assert math.isfinite(intervals.wilson_limits(count, total).upper) == has_limits


# limits that the hub adds


def complete(**cells: Any) -> str:
    """What is filled in for 25 percent of 100 with other cells."""
    names = (
        "indicator", "adjustment", "comparator", "value", "ci_lower", "ci_upper", "ci_level",
        "se", "numerator", "denominator",
    )  # fmt: skip
    row = {"indicator": "toys", "value": 25.0, "numerator": 25.0, "denominator": 100.0, **cells}
    columns = {name: Column([row.get(name)]) for name in names}
    chunk = HubChunk("observations", "a.csv", range(2, 3), columns, {})
    made = derive_limits(chunk, {"toys": LimitBasis("percentage", 100.0, None)})
    return next(iter(made.columns.get("derived", Column([""]))))


@pytest.mark.parametrize(
    ("level", "is_filled"),
    [(49.999, False), (50.0, True), (95.0, True), (99.999, True), (100.0, False)],
)
def test_limits_are_added_for_levels_from_50_to_below_100(level: float, is_filled: bool) -> None:
    assert complete(ci_level=level) == ("ci_lower;ci_upper" if is_filled else "")


@pytest.mark.parametrize("side", [0, 1])
def test_limits_are_added_where_the_figure_lies_on_one_of_them(side: int) -> None:
    limits = intervals.wilson_limits(25, 100)
    edge = float(f"{100 * float(limits[side]):.6g}")
    beyond = edge + (0.0001 if side else -0.0001)
    assert complete(value=edge) != ""
    assert complete(value=beyond) == ""


# adding groups


@pytest.mark.parametrize(
    ("levels", "shared"),
    [
        ((50.0, 50.0), 50.0),
        ((49.9, 49.9), NAN),
        ((99.9, 99.9), 99.9),
        ((100.0, 100.0), NAN),
        ((95.0, 100.0), 95.0),
        ((95.0, 95.1), NAN),
    ],
)
def test_the_parts_share_a_level_from_50_to_below_100(
    levels: tuple[float, float], shared: float
) -> None:
    found = aggregate._common_ci_levels(pd.Series(levels), np.array([0]))
    assert found.tolist() == pytest.approx([shared], nan_ok=True)


@pytest.mark.parametrize(
    ("kind", "cells", "state"),
    [
        ("count", {"value": 0.0}, aggregate.FINE),
        ("count", {"value": -1.0}, aggregate.COUNTLESS),
        ("rate", {"numerator": 0.0, "denominator": 0.0}, aggregate.FINE),
        ("rate", {"numerator": -1.0, "denominator": 10.0}, aggregate.COUNTLESS),
        ("rate", {"numerator": 1.0, "denominator": -1.0}, aggregate.COUNTLESS),
    ],
)
def test_a_count_of_nobody_may_be_added_and_one_below_may_not(
    kind: str, cells: dict[str, float], state: int
) -> None:
    names = ("value", "value_min", "value_max", "numerator", "denominator")
    row = dict.fromkeys(names, NAN) | {"value": 0.0} | cells
    frame = pd.DataFrame([row | {"obs_status": "A", "conf_status": "F"}])
    states, _ = aggregate.classify_rows(frame, np.array([kind], dtype=object))
    assert states.tolist() == [state]


def carry(basis: str, *targets: tuple[str, str]) -> str:
    """The verdict on groups a and b, with their targets in a scheme of x, and of y inside it."""
    here = Classification("here", {"a": "", "b": ""}, counting_basis=basis)
    there = Classification("there", {"x": "", "y": "", "z": "x"}, counting_basis=basis)
    return assess_mappability(
        here, there, [CodeMapping(c, to, "broadMatch") for c, to in targets]
    ).level


def test_groups_may_be_carried_where_each_leads_to_just_one() -> None:
    assert carry("single", ("a", "x"), ("b", "y")) == "convertible"
    assert carry("single", ("a", "x")) == "not"
    assert carry("single", ("a", "x"), ("b", "y"), ("b", "x")) == "not"
    assert carry("single", ("a", "x"), ("b", "z")) == "not"


def test_two_groups_are_added_where_nobody_is_in_both_and_one_needs_no_adding() -> None:
    for basis in ("single", "prioritised"):
        assert carry(basis, ("a", "x"), ("b", "x")) == "convertible"
    assert carry("total-response", ("a", "x"), ("b", "x")) == "not"
    assert carry("total-response", ("a", "x"), ("b", "y")) == "convertible"


# comparing

ALIKE: dict[str, Any] = {
    "indicator": "toy-a", "scheme": "scheme-a", "period_start": "2024-01-01",
    "period_end": "2024-12-31", "jurisdiction": "XA", "counting_basis": "single", "unit": "percent",
    "value_type": "percentage", "whose_ethnicity": "mother", "recording": "self-reported",
    "ethnicity_completeness": "Known for most.", "population": "Toys.",
}  # fmt: skip


def verdict(*different: dict[str, Any]) -> tuple[str, set[str]]:
    found = assess_comparability([ComparabilityFacts(**ALIKE | facts) for facts in different])
    return found.level, {reason.rule for reason in found.reasons}


@pytest.mark.parametrize(
    ("share", "kind"),
    [(0.8999, "caution"), (0.9, "ok"), (1.0, "ok"), (1.0001, "ok"), (0.0, "caution"), (-0.1, "ok")],
)
def test_completeness_is_a_caution_below_nine_tenths_where_it_can_be_a_share(
    share: float, kind: str
) -> None:
    assert verdict({"completeness": share})[0] == kind


@pytest.mark.parametrize(("start", "overlap"), [("2024-12-31", True), ("2025-01-01", False)])
def test_periods_overlap_where_they_share_a_day(start: str, overlap: bool) -> None:
    later = {"period_start": start, "period_end": "2025-12-31"}
    assert ("periods-overlap" in verdict({}, later)[1]) == overlap


def test_one_break_needs_two_periods() -> None:
    later = {"period_start": "2025-01-01", "period_end": "2025-12-31", "has_break": True}
    assert verdict(later)[0] == "ok"
    assert verdict({}, later)[0] == "caution"


def test_a_second_country_refuses_and_a_second_part_of_a_country_cautions() -> None:
    assert verdict({"jurisdiction": "XA-ONE"})[0] == "ok"
    assert verdict({"jurisdiction": "XA-ONE"}, {"jurisdiction": "XB"})[0] == "refuse"


# who counts in a measure


def reason(name: str, **changes: Any) -> str:
    return str(compute_measure(name, make_stratum(**changes)).missing_reason_texts()[0])


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_a_measure_needs_as_many_groups_as_it_says(name: str) -> None:
    least = MEASURES[name].min_groups
    figures = [10.0, 20.0, 40.0, 60.0]
    enough = [NAN] * (4 - least) + figures[4 - least :]
    too_few = [NAN] * (5 - least) + figures[5 - least :]
    rank = [NAN if math.isnan(figure) else float(place) for place, figure in enumerate(enough)]
    few = MISSING_REASON_TEXTS[
        MissingReason.FEWER_THAN_2 if least == 2 else MissingReason.FEWER_THAN_3
    ]
    assert reason(name, estimate=enough, rank=rank) == ""
    rank = [NAN if math.isnan(figure) else float(place) for place, figure in enumerate(too_few)]
    assert reason(name, estimate=too_few, rank=rank) == few


@pytest.mark.parametrize(
    ("highest", "why"),
    [
        (59.99, MissingReason.OUTSIDE_SCALE),
        (60.0, MissingReason.NONE),
        (60.01, MissingReason.NONE),
        (0.0, MissingReason.BAD_SCALE),
    ],
)
def test_a_figure_may_be_as_high_as_its_scale(highest: float, why: MissingReason) -> None:
    assert reason("sii", max_value=highest) == MISSING_REASON_TEXTS[why]


@pytest.mark.parametrize(
    ("lowest", "why"), [(0.0, MissingReason.NONE), (-0.01, MissingReason.OUTSIDE_SCALE)]
)
def test_a_figure_on_a_scale_may_be_zero(lowest: float, why: MissingReason) -> None:
    assert reason("mdmw", estimate=[lowest, 20.0, 40.0, 60.0]) == MISSING_REASON_TEXTS[why]


@pytest.mark.parametrize(("people", "excluded"), [(0.0, 1), (0.001, 0)])
def test_a_group_of_nobody_does_not_count(people: float, excluded: int) -> None:
    found = compute_measure("mdmw", make_stratum(population=[people, 200.0, 300.0, 400.0]))
    assert found.excluded_count.tolist() == [excluded]


def test_fewer_people_than_nobody_spoil_the_stratum() -> None:
    assert (
        reason("mdmw", population=[-0.001, 200.0, 300.0, 400.0])
        == MISSING_REASON_TEXTS[MissingReason.INVALID]
    )


# what a client sends


@pytest.mark.parametrize(("count", "is_heeded"), [(1, True), (15, True), (16, True), (17, False)])
def test_up_to_sixteen_ranges_are_heeded(count: int, is_heeded: bool) -> None:
    header = "bytes=" + ",".join(f"{10 * n}-{10 * n}" for n in range(count))
    spans = ranges.parse_range(header, 1000)
    assert spans == ([(10 * n, 10 * n + 1) for n in range(count)] if is_heeded else None)


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        ("bytes=0-4,5-9", [(0, 5), (5, 10)]),
        ("bytes=0-5,5-9", None),
        ("bytes=5-5", [(5, 6)]),
        ("bytes=5-4", None),
        ("bytes=9-", [(9, 10)]),
        ("bytes=9-10", [(9, 10)]),
        ("bytes=-10", [(0, 10)]),
        ("bytes=-11", [(0, 10)]),
        ("bytes=-1", [(9, 10)]),
    ],
)
def test_ranges_at_the_ends_of_ten_bytes(header: str, spans: list[ranges.ByteSpan] | None) -> None:
    assert ranges.parse_range(header, 10) == spans


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-10", "bytes=-0"])
def test_a_range_without_a_byte_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(ranges.RangeNotSatisfiableError):
        ranges.parse_range(header, 10)


async def read_body(*pieces: int) -> bytes:
    """Return the body that is read from pieces of these numbers of bytes."""
    waiting = [
        {"type": "http.request", "body": b"x" * size, "more_body": place < len(pieces)}
        for place, size in enumerate(pieces, start=1)
    ]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    return await request_body.read_body(receive)


@pytest.mark.parametrize("pieces", [(65_535,), (65_536,), (65_535, 1), (1, 65_535)])
async def test_a_body_of_64_kibibytes_is_read(pieces: tuple[int, ...]) -> None:
    assert await read_body(*pieces) == b"x" * sum(pieces)


@pytest.mark.parametrize("pieces", [(65_537,), (65_536, 1), (1, 65_536), (1_048_576, 1)])
async def test_a_longer_body_is_refused_when_it_has_come(pieces: tuple[int, ...]) -> None:
    with pytest.raises(HttpError) as caught:
        await read_body(*pieces)
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("path", "query", "is_fine"), [(2_000, 16_000, True), (2_001, 0, False), (1, 16_001, False)]
)
def test_addresses_are_taken_up_to_their_length(path: int, query: int, is_fine: bool) -> None:
    told = ("GET", "/" + "a" * (path - 1), "q" * query)
    if is_fine:
        guard.check_request(*told)
    else:
        with pytest.raises(HttpError):
            guard.check_request(*told)


def test_a_host_is_taken_up_to_its_length() -> None:
    guard.check_host("1.1", "h" * 255)
    with pytest.raises(HttpError):
        guard.check_host("1.1", "h" * 256)
