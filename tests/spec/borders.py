"""The border of every rule that has one: the value just accepted, and the value just refused.

`BORDERS` is the table. `WITHOUT` names the rules that compare nothing with a limit, and says what
they look at instead: a new rule must be put into one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.spec.changes import (
    FINDING,
    QUESTION,
    Change,
    also,
    bytes_of,
    cells,
    claim,
    claimed,
    column,
    edit,
    field,
    finding,
    hub,
    question,
    recommendation,
    resources,
    rows,
    said,
    update,
)
from tests.spec.examples import (
    FIRST_SOURCE,
    INDICATOR,
    LOOKED_UP,
    RECOMMENDATION,
    SECOND_SOURCE,
    UPDATE,
    adding_up,
    beside,
    censored,
    dates,
    limits,
    lone,
    note_on_suppressed,
    over_time,
    percentages,
    protected,
    raw,
    shares,
    shares_of,
    tables_of_columns,
)
from tests.support.dataset_builder import DatasetBuilder


@dataclass(frozen=True, slots=True)
class Border:
    """Two changes of the toy dataset on either side of the border of a rule."""

    rule: str
    accepted: Change
    refused: Change

    def __str__(self) -> str:
        return f"{self.rule}: {self.accepted.says} | {self.refused.says}"


def first(**found: str) -> Change:
    """Other cells in the first row of the observations."""
    return cells("observations", 2, **found)


def note(text: str) -> Change:
    """A remark, which may have characters that cannot be seen."""
    return edit(f"note = {text!r}", lambda toys: toys.tables["observations"][0].update(note=text))


def long_note(length: int) -> Change:
    """A remark of so many characters."""
    return edit(
        f"a note of {length} characters",
        lambda toys: toys.tables["observations"][0].update(note="ā" * length),
    )


def read_from(text: str) -> Change:
    """Where a figure was read."""
    return rows(f'read_from = "{text}"', "observations", {"read_from": text})


def titled(title: str) -> Change:
    """A title, whose words say what is odd about it."""
    return edit(
        f"a title of {len(title)} characters, the last of them {title[-1]!a}",
        lambda toys: toys.descriptor.update(title=title),
    )


def listed(name: str, count: int, entry: object) -> Change:
    """A list of the descriptor with so many entries."""
    return edit(
        f"{count} {name}",
        lambda toys: toys.descriptor.update({name: [entry for _ in range(count)]}),
    )


def made_in(days: int) -> Change:
    """A package made so many days from now."""
    day = datetime.now(UTC) + timedelta(days=days)
    return said(created=f"{day.date().isoformat()}T00:00:00Z")


def text_code(text: str) -> Change:
    """A text in a column that is no concept of the hub's."""
    return also(f'a text "{text}"', column("", "observations", mark=""), first(mark=text))


def constrained(name: str, value: str, kind: str = "number", **constraints: object) -> Change:
    """A cell in a field with constraints."""
    says = f'{name} = "{value}" with {constraints or kind}'
    change = field("observations", name, type=kind, constraints=constraints)
    return also(says, rows("", "observations", {name: value}), change)


def kind(value_type: str, **found: str) -> Change:
    """A figure of another type of value."""
    told = ", ".join(f'{name} = "{value}"' for name, value in found.items())
    blank = {"value": "", "numerator": "", "denominator": ""}
    scale = {"percentage": "100", "rate": "1000"}.get(value_type, "1")
    return also(
        f"{value_type}: {told}",
        column("", "indicators", value_type=value_type, scale=scale),
        rows("", "observations", {**blank, **found}),
    )


def quantity(name: str, value: str) -> Change:
    """A number in a column that the toys do not have otherwise."""
    return rows(f'{name} = "{value}"', "observations", {name: value})


def bounds(lower: str, upper: str, value: str = "12.5") -> Change:
    """Confidence limits beside a value."""
    return also(f"{value} ({lower} to {upper})", lone(value=value, ci_lower=lower, ci_upper=upper))


def level(percent: str) -> Change:
    """The level of an interval, in the row itself."""
    return also(
        f'ci_level = "{percent}"', bounds("11", "14"), column("", "observations", ci_level=percent)
    )


def usual_level(percent: str) -> Change:
    """The level of an interval, in the indicator."""
    number = field("indicators", "ci_level", type="number")
    return also(
        f'ci_level = "{percent}" in indicators.csv',
        bounds("11", "14"),
        column("", "indicators", ci_level=percent),
        number,
    )


def between(low: str, high: str) -> Change:
    """A figure of which only the bounds are known."""
    return also(
        f'value_min = "{low}", value_max = "{high}"',
        column("", "observations", value_min="", value_max=""),
        lone(value="", value_min=low, value_max=high),
    )


def person_years(value: str) -> Change:
    """A rate of 25 in 2,000 person-weeks: half a person-week either way is 0.003 of it."""
    unit = column("", "indicators", unit="per-1000-person-weeks")
    told = first(value=value, numerator="25", denominator="2000")
    return also(f"{value} for 25 in 2000 person-weeks", unit, told)


def method(name: str, value_type: str, ci_level: str, **found: str) -> Change:
    """Limits of a figure of 1,000 with a named method."""
    says = f"{name}, {value_type}, {ci_level} %: {found['numerator']} ({found['ci_lower']} to {found['ci_upper']})"
    scale = {"percentage": "100", "rate": "1000"}.get(value_type, "1")
    standardisation = "indirect, toys of all towns" if value_type == "ratio" else "crude"
    return also(
        says,
        column(
            "", "indicators", ci_method=name, value_type=value_type, scale=scale,
            standardisation=standardisation,
        ),
        field("indicators", "ci_method", type="string"),
        column("", "observations", ci_level=""),
        rows("", "observations", {"denominator": "1000", "ci_level": ci_level, **found}),
    )  # fmt: skip


def per_thousand(numerator: str, lower: str, upper: str, ci_level: str = "95") -> Change:
    """A rate per 1,000 of 1,000, which is its numerator, with Poisson limits to four decimals."""
    value = f"{numerator}.0000"
    return method(
        "Byar", "rate", ci_level, value=value, numerator=numerator, ci_lower=lower, ci_upper=upper
    )


def percent(lower: str, upper: str, ci_level: str = "95") -> Change:
    """1.25 percent of 2,000, with Wilson's limits to two decimals."""
    told = {"value": "1.25", "numerator": "25", "denominator": "2000"}
    return method("Wilson", "percentage", ci_level, **told, ci_lower=lower, ci_upper=upper)


def observed(lower: str, upper: str) -> Change:
    """A ratio of 9 observed to 9 expected, with exact Poisson limits to two decimals."""
    told = {"value": "1.00", "numerator": "9", "denominator": "9"}
    return method("Byar", "ratio", "95", **told, ci_lower=lower, ci_upper=upper)


def created(day: str) -> Change:
    """Figures up to the last day of January 2026, in a package of a day."""
    return also(
        f"a period to 2026-01-31, created {day}",
        said(created=day),
        dates("2025-02-01", "2026-01-31"),
    )


def valid(**found: str) -> Change:
    """Group A for a time, in figures of 2024."""
    return cells("codes", 3, **found)


def statement(length: int) -> Change:
    """A finding's statement of so many characters."""
    told = {**FINDING, "statement": "ā" * length}  # of two bytes: characters are counted
    return edit(
        f"a statement of {length} characters", lambda toys: toys.tables.update(findings=[told])
    )


def changes(text: str, version: str = "1.0.0") -> Change:
    """What changes.md says of a version."""
    told = edit("", lambda toys: toys.texts.update({"changes.md": text}))
    return also(f"version {version}, changes.md: {text}", said(version=version), told)


def facts(*texts: str) -> Change:
    """Main facts of the indicator."""
    says = f"{len(texts)} main facts of {len(texts[0]) if texts else 0} characters"
    return also(says, hub(main_facts={"toy-repairs-rate": list(texts)}))


def numbered(count: int) -> tuple[str, ...]:
    return tuple(f"Fact {place} of toys." for place in range(count))


def kept(count: str, policy: str = "nhs-7-5", people: str = "2000") -> Change:
    """A count under a policy that hides some."""
    value = f"{1000 * int(count) / (int(people) or 1):g}"
    return protected(("A", value, count, people), policy=policy)


def rate(value: str, policy: str = "scot-nes") -> Change:
    """A rate for every 1,000 of 1,000 people without its count, under a policy that hides some."""
    return also(
        f"under {policy}: {value} for every 1,000, of 1,000",
        protected(("A", value, "", "1000"), policy=policy),
    )


def hidden_pair(total: str) -> Change:
    """Two hidden counts, each from 1 to 9, of which the sum follows from a total."""
    everybody = str(40 + int(total))
    return also(
        f"two hidden counts of 1 to 9 that are {total} together",
        protected(
            ("_T", f"{int(everybody) / 5:g}", everybody, "5000"),
            ("A", "20.0", "40", "2000"),
            ("B", "", "", ""),
            ("_U", "", "", ""),
            policy="scot-nes",
        ),
    )


def left_over(count: str) -> Change:
    """A total of so many more than its one listed group."""
    everybody = str(40 + int(count))
    return also(
        f"a total that is {count} more than its one listed group",
        protected(
            ("_T", f"{int(everybody) / 5:g}", everybody, "5000"),
            ("A", "20.0", "40", "2000"),
            policy="scot-nes",
        ),
    )


def interval_of(values: int) -> Change:
    """A protection interval under a policy that suppresses 1 to 9."""
    return hub(disclosure_policy="scot-nes", protection_interval=values)


def agreeing(*mended: str) -> Change:
    """A hidden figure with a number beside it, and shown ones of 25 with one, too."""

    def make(toys: DatasetBuilder) -> None:
        raw("").make(toys)
        toys.tables["observations"] = [
            toys.tables["observations"][0] | {"mended": "3"},
            *(
                toys.build_observation(
                    numerator="25", denominator="2000", mended=cell, period=str(2000 + year)
                )
                for year, cell in enumerate(mended)
            ),
        ]

    return edit(f"a hidden figure beside 3, counts of 25 beside {', '.join(mended)}", make)


def remark(text: str, policy: str = "nhs-7-5") -> Change:
    """A remark in a package that hides small counts."""
    return also(
        f"under {policy}: “{text}”",
        protected(("A", "10.0", "10", "1000"), policy=policy),
        column("", "observations", note=text),
    )


def masked(denominator: str) -> Change:
    """A rate that is shown as over 950, beside a count of 0 and a denominator."""
    return censored("0", denominator)


def ratio(stated: str) -> Change:
    """12.5 (25 of 2,000) and 10.0 (10 of 1,000): the ratio is 1.25 exactly."""
    return also(f"a ratio of 1.25, stated as {stated}", claim(stated=stated))


def rounded_ratio(stated: str) -> Change:
    """12.5 and 10.0 without counts: from 12.45 / 10.05 to 12.55 / 9.95, which is 1.2388 to 1.2613."""
    without = [cells("observations", row, numerator="", denominator="") for row in (2, 3)]
    return also(f"a ratio of 1.239 to 1.261, stated as {stated}", claim(stated=stated), *without)


def also_said(words: str) -> Change:
    """A finding about 12.5 of every 1,000, which says the number again in other words."""
    statement = f"In 2024, 12.5 of every 1,000 toys of Group A were mended, which is {words}."
    return claimed(statement, measure="value", stated="12.5", reference="")


def statement_rows(table: str, *found: dict[str, str]) -> Change:
    """So many rows with the same id."""
    return rows(f"{len(found)} in {table}.csv", table, *found)


def named(name: str) -> Change:
    """A column of some name."""
    return column(f'a column named "{name}"', "observations", **{name: "X1"})


def short_row(old: bytes, new: bytes, says: str) -> Change:
    """The first row with more or fewer cells."""
    return bytes_of(says, "observations", old, new)


def columns_in_all(number: int) -> Change:
    """Four more tables of observations that have so many different columns together."""
    whole = tables_of_columns(3, 390)
    own = number - 14 - 3 * (390 - 14)

    def make(toys: DatasetBuilder) -> None:
        whole.make(toys)
        (row,) = toys.tables["observations"]
        row |= {f"own_{n}": "x" for n in range(own)}

    return Change(f"{number:,} different columns", make)


VALID = edit("the toy dataset as it is", lambda toys: None)


def structure() -> Iterator[Border]:
    yield Border("structure/columns", columns_in_all(1_500), columns_in_all(1_501))
    yield Border(
        "structure/descriptor",
        said(created="2026-02-28T23:59:59Z"),
        said(created="2026-02-29T00:00:00Z"),
    )
    yield Border(
        "structure/row-length",
        VALID,
        short_row(b"toy-report,\n", b"toy-report\n", "a cell too few"),
    )
    yield Border(
        "structure/row-length",
        VALID,
        short_row(b"toy-report,\n", b"toy-report,,\n", "a cell too many"),
    )
    for name, good, bad, limit in (
        ("maximum", "12.5", "12.6", 12.5),
        ("minimum", "12.5", "12.4", 12.5),
        ("exclusiveMaximum", "12.4", "12.5", 12.5),
        ("exclusiveMinimum", "12.6", "12.5", 12.5),
    ):
        yield Border(
            "structure/constraint",
            constrained("value", good, **{name: limit}),
            constrained("value", bad, **{name: limit}),
        )
    for name, good, bad in (("maxLength", "toys", "toys!"), ("minLength", "toys", "toy")):
        yield Border(
            "structure/constraint",
            constrained("note", good, "string", **{name: 4}),
            constrained("note", bad, "string", **{name: 4}),
        )
    yield Border(
        "structure/constraint",
        constrained("note", "12", "integer", maximum=12),
        constrained("note", "13", "integer", maximum=12),
    )
    yield Border(
        "structure/type",
        constrained("note", "2024-02-29", "date"),
        constrained("note", "2023-02-29", "date"),
    )
    yield Border(
        "structure/type",
        constrained("note", "12", "integer"),
        constrained("note", "12.5", "integer"),
    )

    again = resources(
        "a second resource of the same file",
        lambda told: told.append({**told[2], "name": "again", "hub": {"role": "table"}}),
    )
    yield Border("structure/resource-names", VALID, again)
    for good, bad in (
        ("(A|B)", "A|B"),
        ("(A)(|B)", "(A)|B"),
        ("[A|B]", "[A]|B"),
        (r"A\|?", r"A\\|B"),
    ):
        yield Border("structure/pattern", pattern(good), pattern(bad))


def pattern(text: str) -> Change:
    """A pattern of the groups, which are A, or A and B."""
    constraint = field("observations", "ethnicity", constraints={"pattern": text})
    return also(f"the pattern {text}", rows("", "observations", {}), constraint)


def codes() -> Iterator[Border]:
    group = first(ethnicity="Group A")
    yield Border(
        "codes/ambiguous-label",
        also("one code with the label Group A", group),
        also("two codes with the label Group A", group, cells("codes", 4, label="Group A")),
    )
    yield Border("codes/retired", valid(valid_to="2024-12-31"), valid(valid_to="2024-12-30"))
    yield Border(
        "codes/before-its-time", valid(valid_from="2024-01-01"), valid(valid_from="2024-01-02")
    )

    # another group of another year: the whole dataset reaches beyond the time of this code
    for year, rule, good, bad in (
        ("2025", "codes/retired", {"valid_to": "2024-12-31"}, {"valid_to": "2024-12-30"}),
        (
            "2023",
            "codes/before-its-time",
            {"valid_from": "2024-01-01"},
            {"valid_from": "2024-01-02"},
        ),
    ):
        other = cells("observations", 3, period=year)
        told = f" and Group B in {year}"
        yield Border(
            rule,
            also(valid(**good).says + told, valid(**good), other),
            also(valid(**bad).says + told, valid(**bad), other),
        )


def periods() -> Iterator[Border]:
    for good, bad in (
        ("2024-12", "2024-13"),
        ("2024-01", "2024-00"),
        ("2024-Q4", "2024-Q5"),
        ("2024-Q1", "2024-Q0"),
        ("2024-02-29", "2023-02-29"),
        ("2024-04-30", "2024-04-31"),
        ("2024-01-31/2024-01-31", "2024-01-31/2024-01-30"),
        ("2024-01/2024-01", "2024-02/2024-01"),
        ("0001", "0000"),
        ("2024", "02024"),
        ("2024", "202"),
    ):
        yield Border("values/period", first(period=good), first(period=bad))
    for good, bad in (
        ("2024-12", "2024-13"),
        ("2024-02-29", "2023-02-29"),
        ("2024-12-31", "2024-12-32"),
    ):
        yield Border("values/date", finding(published=good), finding(published=bad))
    yield Border(
        "values/period-order", dates("2024-12-31", "2024-12-31"), dates("2024-12-31", "2024-12-30")
    )
    yield Border(
        "values/period-future", created("2026-01-31T00:00:00Z"), created("2026-01-30T23:59:59Z")
    )


def written() -> Iterator[Border]:
    for good, bad in (
        ("-", "-x"),
        ("+", "+x"),
        ("- x", "-x()"),
        ("+1", "+1+1"),
        ("-1.5e3", "-1.5e3x"),
        ("1=1", "=1"),
        ("a = b", "="),
        ("a@b", "@b"),
        ("a\tb", "\tb"),
    ):
        yield Border("values/formula-cell", note(good), note(bad))
    for error in (
        "#VALUE!", "#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    ):  # fmt: skip
        yield Border("values/spreadsheet-error", note(f"{error} twice"), note(error))
    for good, bad in (("2E", "2E5"), ("E05", "2E05"), ("22E05", "2.25e+05"), ("2E-5", "2E+5")):
        yield Border("values/spreadsheet-number", text_code(good), text_code(bad))
    for good, bad in (
        ("\t", "\b"), ("\n", "\v"), ("\r\n", "\x0e"), (" ", "\x1f"), ("~", "\x7f"), ("\x80", "\x01"),
    ):  # fmt: skip
        yield Border("values/control-character", note(f"a{good}b"), note(f"a{bad}b"))
    for good, bad in (("\u200e", "\u202e"), ("\u2029", "\u202a"), ("\u2065", "\u2066")):
        yield Border("values/control-character", note(f"a{good}b"), note(f"a{bad}b"))
    yield Border("values/cell-length", long_note(32_767), long_note(32_768))
    for good, bad in (("ONS: table 3", "ONS:table3"), ("doi:10.1/x", "ftp://a.b")):
        yield Border("links/address-scheme", read_from(good), read_from(bad))
    yield Border("values/not-finite", lone(value="1e15"), lone(value="1e400"))
    # a double holds every whole number up to 2 to the 53rd, and then every second
    yield Border("values/too-large", lone(value="9007199254740992"), lone(value="9007199254740994"))
    yield Border(
        "values/too-large",
        kind("difference", value="-9007199254740992"),
        kind("difference", value="-9007199254740994"),
    )
    yield Border(
        "values/too-large",
        constrained("note", "9007199254740992", "integer"),
        constrained("note", "9007199254740993", "integer"),
    )


def missing() -> Iterator[Border]:
    gone = {"value": "", "obs_status": "Q", "conf_status": "A"}
    yield Border("values/missing-without-reason", lone(value="0"), lone(value=""))
    yield Border(
        "values/status-without-value",
        lone(value="0", obs_status="A"),
        lone(value="", obs_status="A"),
    )
    yield Border(
        "values/value-and-status", lone(value="", obs_status="M"), lone(value="0", obs_status="M")
    )
    yield Border(
        "values/suppressed-count", first(**gone, numerator=""), first(**gone, numerator="0")
    )
    yield Border("values/censored-and-value", between("5", "5"), between("5.1", "5"))


def intervals() -> Iterator[Border]:
    yield Border("values/interval-order", bounds("12.5", "14"), bounds("12.6", "14"))
    yield Border("values/interval-order", bounds("11", "12.5"), bounds("11", "12.4"))
    yield Border("values/interval-half", bounds("0", "14"), bounds("", "14"))
    yield Border("values/interval-half", bounds("0", "14"), bounds("0", ""))
    for good, bad in (("50", "49.9"), ("99.9", "100")):
        yield Border("values/interval-level", level(good), level(bad))
        yield Border("values/interval-level", usual_level(good), usual_level(bad))
    yield from methods()


def methods() -> Iterator[Border]:
    """Limits made apart in R (qnorm, qgamma); one in the last place is the border.

    Byar's of 25 in 2,000 are 8.0871 and 18.4532; Wilson's of 25 in 2,000 are 0.8481 and 1.8388
    percent, at 99.8 % 0.6815 and 2.2818. Of 9 events exact limits are 4.11537 and 17.08480,
    Byar's 4.10689 and 17.08578; of 10 exact ones are 4.79539, Byar's 4.78745 and 18.39146.
    """
    disagrees = "values/interval-disagrees"
    yield Border(disagrees, limits("8.097", "18.45"), limits("8.098", "18.45"))
    yield Border(disagrees, limits("8.078", "18.45"), limits("8.077", "18.45"))
    yield Border(disagrees, limits("8.09", "18.463"), limits("8.09", "18.464"))
    yield Border(disagrees, limits("8.09", "18.444"), limits("8.09", "18.443"))
    yield Border(
        disagrees, per_thousand("9", "4.1154", "17.0848"), per_thousand("9", "4.1069", "17.0858")
    )
    yield Border(
        disagrees, per_thousand("10", "4.7874", "18.3915"), per_thousand("10", "4.7954", "18.3904")
    )
    yield Border(
        disagrees,
        per_thousand("9", "2.4524", "22.6574", "99.8"),
        per_thousand("9", "2.4071", "22.7200", "99.8"),
    )
    yield Border(disagrees, percent("0.858", "1.84"), percent("0.859", "1.84"))
    yield Border(disagrees, percent("0.85", "1.829"), percent("0.85", "1.828"))
    yield Border(disagrees, percent("0.691", "2.28", "99.8"), percent("0.692", "2.28", "99.8"))
    # 4.11537 / 9 is 0.45726, 17.08480 / 9 is 1.89831
    yield Border(disagrees, observed("0.467", "1.90"), observed("0.468", "1.90"))
    yield Border(disagrees, observed("0.46", "1.908"), observed("0.46", "1.909"))


def numbers() -> Iterator[Border]:
    for name in ("rate", "percentage", "proportion", "ratio", "count"):
        yield Border("values/negative", kind(name, value="0"), kind(name, value="-0.1"))
    for name in ("difference", "mean", "median", "index"):
        yield Border("values/negative", kind(name, value="-0.1"), kind("rate", value="-0.1"))
    for name in ("numerator", "denominator", "population", "se"):
        yield Border("values/negative", quantity(name, "0"), quantity(name, "-1"))
    for name, good, bad in (("percentage", "100", "100.1"), ("proportion", "1", "1.001")):
        yield Border("values/percentage-range", kind(name, value=good), kind(name, value=bad))
    yield Border(
        "values/percentage-range", kind("rate", value="100.1"), kind("percentage", value="100.1")
    )
    for value in ("0", "12.5"):
        yield Border(
            "values/zero-denominator",
            kind("rate", value=value, denominator="1"),
            kind("rate", value=value, denominator="0"),
        )
    for name, good, bad in (
        ("rate", "1000", "1100"),
        ("percentage", "100", "110"),
        ("proportion", "1", "1.1"),
    ):
        yield Border(
            "values/numerator-above-denominator",
            kind(name, value=good, numerator="10", denominator="10"),
            kind(name, value=bad, numerator="11", denominator="10"),
        )
    for good, bad in (("100", "100.1"), ("0", "-0.1")):
        yield Border("values/ethnicity-shares", shares(good, "0"), shares(bad, "0"))
        yield Border("values/ethnicity-shares", shares("0", good), shares("0", bad))
    yield Border("values/ethnicity-shares", shares("97", "3.5"), shares("97", "3.6"))
    yield from rates()


def rates() -> Iterator[Border]:
    """25 of 2,000 are 12.5 for every 1,000: one in the last place is the border."""
    disagrees = "values/rate-disagrees"
    for good, bad in (("12.6", "12.7"), ("12.4", "12.3"), ("13", "14"), ("12", "11")):
        yield Border(disagrees, first(value=good), first(value=bad))
    for good, bad in (("12.50313", "12.50314"), ("12.49687", "12.49686")):
        yield Border(disagrees, person_years(good), person_years(bad))
    yield Border(
        disagrees,
        kind("percentage", value="1.26", numerator="25", denominator="2000"),
        kind("percentage", value="1.27", numerator="25", denominator="2000"),
    )
    yield Border(
        disagrees,
        kind("proportion", value="0.0126", numerator="25", denominator="2000"),
        kind("proportion", value="0.0127", numerator="25", denominator="2000"),
    )


def metadata() -> Iterator[Border]:
    for good, bad in (
        ("1.10.0", "1.010.0"),
        ("0.0.1", "0.0.01"),
        ("1.0.999999999", "1.0.1000000000"),
        ("1.0.0", "1.0.0.0"),
    ):
        yield Border("metadata/version", changes(f"# {good}", good), changes(f"# {bad}", bad))
    yield Border("metadata/hub", facts(*numbered(8)), facts(*numbered(9)))
    yield Border("metadata/hub", facts("One fact."), facts())
    yield Border("metadata/hub", facts("x" * 400), facts("x" * 401))
    yield Border("metadata/hub", facts("x"), facts(""))
    yield Border("metadata/created-later", made_in(1), made_in(2))
    for good, bad in (("\t", "\x08"), (" ", "\x1f"), ("\xa0", "\x9f"), ("\u200f", "\u2069")):
        yield Border("metadata/hidden-character", titled(f"Toys{good}"), titled(f"Toys{bad}"))
    yield Border("metadata/text-length", titled("ā" * 300), titled("ā" * 301))
    yield Border(
        "metadata/text-length",
        edit("20,000 characters", lambda toys: toys.descriptor.update(description="ā" * 20_000)),
        edit("20,001 characters", lambda toys: toys.descriptor.update(description="ā" * 20_001)),
    )
    for name, count, entry in (
        ("keywords", 100, "toys"),
        ("licenses", 20, {"name": "CC-BY-4.0"}),
        ("contributors", 200, {"title": "Toy Office", "roles": ["publisher"]}),
        ("sources", 1000, {"title": "A report on toys"}),
    ):
        yield Border(
            "metadata/text-length", listed(name, count, entry), listed(name, count + 1, entry)
        )
    for good, bad in (
        ("https://example.org", "ftp://example.org"),
        ("mailto:toys@example.org", "javascript:alert(1)"),
        ("toys@example.org", "java\tscript:alert(1)"),
        ("doi:10.1234/x", "data:text/html,x"),
        ("/about", "//example.org"),
    ):
        yield Border("metadata/address", hub(contact=good), hub(contact=bad))
    for name, good, bad in (
        ("ethnicity_known", 100, 100.1),
        ("ethnicity_known", 0, -0.1),
        ("ethnicity_unknown", 100, 100.1),
        ("ethnicity_unknown", 0, -0.1),
        ("population_year", 1800, 1799),
        ("population_year", 2200, 2201),
    ):
        yield Border("metadata/hub", hub(**{name: good}), hub(**{name: bad}))
    for good, bad in (("1.0.0", "1.0.00"), ("1.0.0.", "11.0.0"), ("v1.0.0", "1.0.01")):
        yield Border("metadata/texts", changes(f"# {good}\n"), changes(f"# {bad}\n"))
    yield Border("metadata/texts", changes("# 1.10.0\n", "1.10.0"), changes("# 1.10.0\n", "1.1.0"))


def wording() -> Iterator[Border]:
    yield Border("wording/statement-length", statement(280), statement(281))
    yield Border("wording/grouping", note("BAMEX toys."), note("BAME toys."))
    yield Border(
        "wording/grouping-in-descriptor", said(description="BAMEX."), said(description="BAME.")
    )
    for good, bad in (
        ("Why?", "Why??"),
        ("TODOS", "TODO"),
        ("ask ann", "ask Ann"),
        ("They ask Ann", "please ask Ann"),
    ):
        yield Border("wording/work-note", note(good), note(bad))
        yield Border("wording/work-note-in-descriptor", hub(caveats=[good]), hub(caveats=[bad]))

    yield Border("wording/source-term", valid(label="BAMEX"), valid(label="BAME"))


def links() -> Iterator[Border]:
    doi = {**FIRST_SOURCE}
    for good, bad in (("10.1234/x", "10.123/x"), ("10.12345/x", "10.1234/")):
        yield Border(
            "links/address",
            rows(f'doi = "{good}"', "sources", {**doi, "doi": good}),
            rows(f'doi = "{bad}"', "sources", {**doi, "doi": bad}),
        )
    for good, bad in (("http://a.b", "http://ab"), ("https://a.b", "ftp://a.b")):
        yield Border("links/address", cells("sources", 2, url=good), cells("sources", 2, url=bad))
    for name, table, row in (
        ("indicator", "indicators", INDICATOR),
        ("finding", "findings", FINDING),
        ("recommendation", "recommendations", RECOMMENDATION),
        ("source", "sources", SECOND_SOURCE | {"id": "toy-report"}),
    ):
        yield Border(
            f"links/repeated-{name}", statement_rows(table, row), statement_rows(table, row, row)
        )
    again = also("the same update twice", update(), rows("", "updates", UPDATE, UPDATE))
    yield Border("links/repeated-update", update(), again)
    repeated = rows("the same question twice", "questions", QUESTION, QUESTION)
    yield Border("links/repeated-question", question(), repeated)
    yield Border(
        "values/duplicate-observation",
        rows("one row for Group A", "observations", {}),
        rows("two rows for Group A", "observations", {}, {}),
    )


def disclosure() -> Iterator[Border]:
    small, unrounded = "disclosure/small-count", "disclosure/not-rounded"
    yield Border(small, kept("0"), kept("1"))
    yield Border(small, kept("8"), kept("7"))
    for bad in ("9", "11"):
        yield Border(unrounded, kept("10"), kept(bad))
    for bad in ("1999", "2001"):
        yield Border(unrounded, kept("10"), kept("10", people=bad))
    yield Border("disclosure/recoverable", hidden_pair("3"), hidden_pair("2"))
    yield Border("disclosure/recoverable", hidden_pair("17"), hidden_pair("18"))
    yield Border("disclosure/narrowed", hidden_pair("10"), hidden_pair("11"))
    yield Border("disclosure/narrowed", hidden_pair("10"), hidden_pair("9"))
    yield Border("disclosure/small-remainder", left_over("10"), left_over("9"))
    yield Border("disclosure/small-remainder", left_over("0"), left_over("1"))
    yield Border("disclosure/contradiction", hidden_pair("2"), hidden_pair("1"))
    yield Border("disclosure/protection-interval", interval_of(9), interval_of(10))
    for good, bad in (
        ("fewer than 5", "exactly 5"),
        ("counts of 1 to 9 are suppressed", "the count is 9"),
        ("rounded to the nearest 5", "n = 5"),
        ("see note 3", "(3)"),
        ("two years together", "two women"),
        ("4% or less", "4 deaths"),
    ):
        yield Border(
            "disclosure/suppressed-in-text", note_on_suppressed(good), note_on_suppressed(bad)
        )
    yield Border("disclosure/rate-tells-count", rate("10"), rate("9"))
    yield Border("disclosure/rate-tells-count", rate("0"), rate("1"))
    yield Border("disclosure/rate-tells-count", rate("0"), rate("0", policy="cdc-wonder-9"))
    yield Border(
        "disclosure/rate-tells-count", rate("10", "cdc-wonder-9"), rate("9", "cdc-wonder-9")
    )
    yield Border("disclosure/mask-undone", masked("0"), masked("1"))
    for good, bad in (("8", "7"), ("-1", "0")):
        yield Border("disclosure/raw-column", raw(good), raw(bad))
    yield Border("disclosure/raw-column", agreeing("25", "90"), agreeing("25", "25", "90"))
    yield Border("disclosure/raw-column", agreeing("31", "19"), agreeing("30", "20"))
    for good, bad in ((("99.9", "1998"), ("100.0", "2000")), (("0.1", "2"), ("0.0", "0"))):
        yield Border("disclosure/all-or-none", percentages(("A", *good)), percentages(("A", *bad)))
    yield Border("disclosure/few-people", kept("10", people="1000"), kept("10", people="999"))
    yield Border("disclosure/few-people", kept("0", people="0"), kept("0", people="1"))
    for good, bad in (
        ("eight women", "seven women"),
        ("8 cases", "7 cases"),
        ("10 deaths", "1 death"),
        ("17 people", "7 people"),
        ("1.7 people", "1 person"),
        ("2 old tin toys and men", "2 old men"),
    ):
        yield Border("disclosure/count-in-text", remark(good), remark(bad))
    yield Border(
        "disclosure/count-in-text",
        remark("ten women", "scot-nes"),
        remark("nine women", "scot-nes"),
    )
    for good, bad in (("dobby", "dob"), ("ssn2", "ssn"), ("postcodes", "postcode")):
        yield Border("disclosure/personal-column", named(good), named(bad))


def claims() -> Iterator[Border]:
    for good, bad in (("1.25", "1.26"), ("1.3", "1.4"), ("1.2", "1.1"), ("1", "2")):
        yield Border("claims/mismatch", ratio(good), ratio(bad))
    for good, bad in (("1.26", "1.27"), ("1.24", "1.23"), ("1.261", "1.262"), ("1.239", "1.238")):
        yield Border("claims/mismatch", rounded_ratio(good), rounded_ratio(bad))


def texts() -> Iterator[Border]:
    for good, bad in (
        ("about 12", "about 11"), ("about 13", "about 14"), ("more than 12", "more than 11"),
        ("nearly 13", "nearly 14"), ("under 13", "under 12"), ("12.5", "12.4"),
        ("about 1 in 80", "about 1 in 90"), ("at least 12.5", "at least 12.6"),
    ):  # fmt: skip
        yield Border("findings/unbound-number", also_said(good), also_said(bad))


def questions() -> Iterator[Border]:
    yield Border(
        "questions/number", question(answer="Many of them."), question(answer="7 of them.")
    )


def recommendations() -> Iterator[Border]:
    yield Border(
        "metadata/last-check",
        recommendation(**LOOKED_UP, next_check="2025-07-01"),
        recommendation(**LOOKED_UP, next_check="2025-06-30"),
    )


def plausibility() -> Iterator[Border]:
    percent = cells("indicators", 2, unit="percent", scale="100", value_type="percentage")
    yield Border(
        "plausibility/unit",
        also("the highest percentage is 1.1", percent, shares_of("0.5", "1.1")),
        also("the highest percentage is 1", percent, shares_of("0.5", "1.0")),
    )
    yield Border(
        "plausibility/group", beside("14", "15", "20.6", "41"), beside("14", "15", "20.5", "41")
    )
    yield Border(
        "plausibility/missing-group",
        over_time(("G1", "G2", "G3"), ("G1", "G2")),
        over_time(("G1", "G2", "G3", "G4"), ("G1", "G2", "G4")),
    )
    yield Border("plausibility/parts", adding_up("100", "50", "52"), adding_up("100", "50", "53"))
    yield Border("plausibility/digits", lone(value="12.12345678901"), lone(value="12.123456789012"))


BORDERS = tuple(
    border
    for part in (
        structure, codes, periods, written, missing, intervals, numbers, metadata, wording, links,
        disclosure, claims, texts, questions, recommendations, plausibility,
    )
    for border in part()
)  # fmt: skip

BESIDES = {
    "values/negative": ("values/zero-denominator",),
    "values/control-character": ("values/garbled-text",),
    "disclosure/small-count": ("disclosure/not-rounded",),
    "disclosure/recoverable": ("disclosure/narrowed",),
    "disclosure/contradiction": ("disclosure/recoverable",),
    "disclosure/all-or-none": ("disclosure/not-rounded", "disclosure/small-count"),
    "disclosure/few-people": ("values/zero-denominator",),
}
"""Rules that the accepted value cannot but break: it is about another border."""

_REASONS = {
    "whether something is there, or given": (
        "structure/inline", "structure/annotation", "structure/concept-missing",
        "structure/blank-row", "values/required", "codes/counting-basis", "metadata/required",
        "metadata/own-scheme", "metadata/unknown", "metadata/lookalike",
        "metadata/empty-heading",
        "metadata/ethnicity-completeness", "metadata/next-update", "metadata/method",
        "claims/reference", "findings/certainty", "findings/cause", "metadata/governance",
        "recommendations/unsought-response", "questions/binding", "questions/mark",
    ),
    "whether two texts are the same, or a text is in a list": (
        "structure/header", "structure/key", "structure/unique-keys", "structure/foreign-key",
        "structure/category", "structure/any-date", "structure/hold-back-not-used",
        "structure/row-not-used", "codes/unknown-code", "codes/own-list", "codes/unmapped",
        "values/blank-dimension", "values/contradiction", "values/split", "structure/file-ending", "structure/note-row",
        "values/malformed-number", "values/garbled-text", "plausibility/scale", "values/no-rows",
        "plausibility/whole-number", "metadata/explained", "metadata/source-terms",
        "codes/unknown-group", "codes/indicator-group", "disclosure/indicator-sums",
        "disclosure/undeclared-sum", "codes/mixed-levels", "values/suppression-unexplained",
        "values/confidential-not-suppressed", "metadata/name", "metadata/licence",
        "metadata/codes", "metadata/contributor-name", "metadata/source-publisher", "links/unknown-source", "links/unknown-main-fact",
        "links/unused-source", "links/unknown-indicator", "links/unknown-finding",
        "links/unknown-recommendation", "claims/unknown-finding", "claims/no-figure",
        "claims/stale", "claims/not-in-text", "claims/period-not-in-text",
        "claims/unit-not-in-text", "claims/group-not-in-text", "claims/direction",
        "claims/basis-changed", "claims/value-status", "claims/verification",
        "claims/superseded", "claims/other-people", "claims/misplaced-number", "findings/other-period", "findings/other-group",
        "findings/unbound-figures", "findings/placeholder", "disclosure/not-signed-off",
        "recommendations/outcome-when-issued",
    ),
    "what Frictionless, or a codec, says": (
        "structure/encoding", "structure/crash", "structure/disagreement",
        "structure/internal-error",
    ),
    "the sign between a day and a time, after the standard has judged both": ("metadata/created",),
    "the size of a table; tests/pipeline/test_disclosure_limits.py has its border": (
        "disclosure/not-proven",
    ),
    "the size of a file; tests/unit/test_limits.py has its border": ("structure/path",),
    "several packages or releases, and whether something is the same in them": (
        "links/defined-twice", "questions/no-values", "questions/unknown-code", "metadata/nothing-to-publish", "metadata/name-taken",
        "plausibility/last-release", "metadata/version-not-raised", "metadata/version-falls", "metadata/dataset-gone",
        "metadata/release-lost", "metadata/release-damaged", "metadata/withdrawn",
        "disclosure/published-before",
    ),
    "time and memory; tests/pipeline/test_isolation.py has its border": ("structure/budget-spent",),
    "the state of a package, which is one of five words": ("metadata/not-ready",),
}  # fmt: skip
WITHOUT = {name: reason for reason, names in _REASONS.items() for name in names}
"""Rules without a border, and what they look at instead."""
