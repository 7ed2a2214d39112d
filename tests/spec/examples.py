"""A bad and a good example of every rule: the rules' tests, and the documentation's examples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tests.spec.changes import (
    FINDING,
    HERE,
    QUESTION,
    RECOMMENDATION,
    UPDATE,
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
    resource,
    resources,
    rows,
    said,
    schema,
    scheme,
    update,
    without_column,
)
from tests.support.dataset_builder import DatasetBuilder

VALID = edit("the toy dataset as it is", lambda toys: None)
TABLE = "data/observations.csv"
ROW = f"{TABLE} row 2"
SOURCES_KEY = {"primaryKey": ["id"]}
TO_SOURCES = {"fields": ["source"], "reference": {"resource": "sources", "fields": ["id"]}}
SECOND_SOURCE = {
    "id": "toy-leaflet",
    "title": "A leaflet on toys",
    "publisher": "Toy Office",
    "type": "report",
    "url": "https://example.org/leaflet",
}
FIRST_SOURCE = {**SECOND_SOURCE, "id": "toy-report", "title": "A report on toys"}
VALUE_CLAIM = {"measure": "value", "stated": "12.5", "reference": ""}
DIFFERENCE_CLAIM = {"measure": "difference", "stated": "2.5"}
MENDED = "In 2024 toys of Group A had"
SEX_AS_TEXT = field("observations", "sex", type="string")
PROVISIONAL = cells("observations", 2, obs_status="P")
LEVEL_A = edit("", lambda toys: toys.tables["findings"][0].update(verification="A"))
IN_BRITAIN = column("", "observations", area="GB")
YEAR_2025 = edit(
    "",
    lambda toys: toys.tables["observations"].extend(
        {**row, "period": "2025"} for row in list(toys.tables["observations"])
    ),
)


def two_values(first: str, second: str) -> Change:
    """A finding with the values of both groups, each with a claim."""
    words = (
        "In 2024, 12.5 of every 1,000 toys of Group {} and 10.0 of those of Group {} were mended."
    )
    value = {**VALUE_CLAIM, "ethnicity": "B", "stated": "10.0"}
    return also(
        "",
        claimed(words.format(first, second), **VALUE_CLAIM),
        edit("", lambda toys: toys.tables["claims"].append({**toys.tables["claims"][0], **value})),
    )


INDICATOR = {
    "id": "toy-repairs-rate",
    "title": "Toy rate",
    "definition": "Toys that were mended, for every 1,000 toys.",
    "unit": "per-1000-population",
    "scale": "1000",
    "value_type": "rate",
    "polarity": "favourable",
    "method": "Counted.",
    "standardisation": "crude",
}
PERCENTAGE = also(
    "for a percentage",
    cells("indicators", 2, value_type="percentage", unit="percent", scale="100"),
    rows("", "observations", {"ethnicity": "A"}, {"ethnicity": "B", "value": "8.5"}),
)
BOTH_CITED = rows(
    "both sources are referred to", "observations", {}, {"ethnicity": "B", "source": "toy-leaflet"}
)


@dataclass(frozen=True, slots=True)
class Example:
    """What breaks a rule and what keeps it, and the place that the report must name.

    `besides` are rules that the bad example cannot but break too.
    """

    rule: str
    bad: Change
    good: Change
    where: str
    besides: tuple[str, ...] = ()


def as_it_is(says: str) -> Change:
    """The toy dataset, and what about it is good."""
    return also(says, VALID)


COUNTS_OF_PEOPLE = also(
    "",
    cells("indicators", 2, unit="people", scale="", value_type="count"),
    cells("observations", 3, numerator="", denominator="", value="10"),
)
SHARES_IN_PERCENT = cells("indicators", 2, unit="percent", scale="100", value_type="percentage")


def shares_of(*values: str) -> Change:
    """Values of the two groups, without counts."""
    pairs = zip("AB", values, strict=True)
    told = [{"ethnicity": group, "value": value} for group, value in pairs]
    return rows(f"values {' and '.join(values)}", "observations", *told)


def beside(*values: str) -> Change:
    """Values of so many groups of the census, beside each other."""
    told = [
        {"scheme": "ew-census-2021", "ethnicity": f"G{number}", "value": value}
        for number, value in enumerate(values, start=1)
    ]
    return rows(f"groups with the values {', '.join(values)}", "observations", *told)


def over_time(*groups_by_year: tuple[str, ...]) -> Change:
    """Rows of these groups of the census, in one year after the other."""
    told = [
        {"scheme": "ew-census-2021", "ethnicity": group, "period": str(2022 + year)}
        for year, groups in enumerate(groups_by_year)
        for group in groups
    ]
    says = " and then ".join(", ".join(groups) for groups in groups_by_year)
    return rows(f"one year has {says}", "observations", *told)


def adding_up(total: str, first: str, second: str) -> Change:
    """Numerators of all and of the two groups."""
    counts = zip(("_T", "A", "B"), (total, first, second), strict=True)
    told = [{"ethnicity": group, "numerator": count} for group, count in counts]
    return rows(f"groups of {first} and {second} in a total of {total}", "observations", *told)


def split_values(marks: dict[str, str]) -> Change:
    """Values in a text, with the flags that stand beside them."""
    hub = {"split": "flags", "marks": marks}
    return field("observations", "value", type="string", hub=hub)


REQUIRED_AREA = field("observations", "area", type="string", constraints={"required": True})


def noted_below(text: str) -> Change:
    """A table with a line of text below its rows."""

    def make(toys: DatasetBuilder) -> None:
        table = (toys.write() / TABLE).read_text("utf-8")
        commas = "," * table.partition("\n")[0].count(",")
        toys.raw_files["observations"] = f"{table}{text}{commas}\n".encode()

    return edit(f"“{text}” stands below the table", make)


def add_empty_table(toys: DatasetBuilder, rows: int = 0) -> None:
    """Add a second table of values: with so many rows, of another year."""
    row = {**toys.tables["observations"][0], "period": "2019"}
    toys.tables["more"] = [row]
    toys.resource_overrides["more"] = {"hub": {"role": "observations"}}
    header, data = ",".join(row), ",".join(row.values())
    toys.raw_files["more"] = "".join(f"{line}\n" for line in [header, data][: rows + 1]).encode()


def add_log(toys: DatasetBuilder, path: str) -> None:
    """Add a table of one column that carries no concept, in a file of this name."""
    toys.tables["log"] = [{"entry": "A doll."}]
    toys.resource_overrides["log"] = {"path": path, "hub": {"role": "table"}}
    (toys.folder / "data").mkdir(parents=True, exist_ok=True)
    (toys.folder / path).write_text("entry\nA doll.\n", "utf-8")


def tables_of_columns(count: int, width: int) -> Change:
    """Tables of observations, each with so many columns of its own that have no concept."""

    def make(toys: DatasetBuilder) -> None:
        first, second = toys.tables["observations"]
        toys.tables["observations"] = [first]
        for number in range(count):
            year = str(2000 + number)
            row = {**second, "period": year}
            toys.tables[f"extra_{number}"] = [
                row | {f"column_{number}_{n}": "x" for n in range(width - len(row))}
            ]
            toys.resource_overrides[f"extra_{number}"] = {"hub": {"role": "observations"}}

    return Change(f"{count} more tables of observations, each with {width} columns", make)


def rename(old: str, new: str) -> Change:
    """A column that has another name in the table and in its schema."""
    return Change(
        f"a column {new}",
        lambda toys: [row.update({new: row.pop(old)}) for row in toys.tables["observations"]],
    )


def lone(**found: str) -> Change:
    """Other cells in the first row, which then has no counts."""
    return also(
        cells("observations", 2, **found).says,
        cells("observations", 2, numerator="", denominator="", **found),
    )


def dates(start: str, end: str) -> Change:
    """Periods given by their first and last day."""
    return also(
        f'period_start = "{start}", period_end = "{end}"',
        without_column("", "observations", "period"),
        column("", "observations", period_start="2024-01-01", period_end="2024-12-31"),
        cells("observations", 2, period_start=start, period_end=end),
    )


def shares(known: str, unknown: str) -> Change:
    """An indicator that says for how many ethnicity is known."""
    numbers = [field("indicators", n, type="number") for n in SHARES]
    told = dict(zip(SHARES, (known, unknown), strict=True))
    says = f'ethnicity_known = "{known}", ethnicity_unknown = "{unknown}"'
    return also(says, column("", "indicators", **told), *numbers)


SHARES = ("ethnicity_known", "ethnicity_unknown")


def protected(*figures: tuple[str, ...], policy: str = "nhs-7-5") -> Change:
    """Figures under a policy that hides small counts: group, value, numerator, denominator."""

    def make(toys: DatasetBuilder) -> None:
        toys.descriptor["hub"]["disclosure_policy"] = policy
        toys.tables["observations"] = [
            toys.build_observation(ethnicity=group, value=value, numerator=n, denominator=d)
            | ({} if value else {"obs_status": "Q", "conf_status": "A"})
            for group, value, n, d in figures
        ]

    told = ", ".join(f"{g} {n or '*'} of {d or '*'}" for g, _, n, d in figures)
    return edit(f"under {policy}: {told}", make)


def with_parts(*figures: tuple[str, str, str]) -> Change:
    """Indicators of counts under scot-nes: group, indicator, count (empty if suppressed)."""

    def make(toys: DatasetBuilder) -> None:
        toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
        first = toys.tables["indicators"][0] | {"value_type": "count", "scale": "1"}
        names = dict.fromkeys(name for _, name, _ in figures)
        toys.tables["indicators"] = [
            first | {"id": f"toy-repairs-{name}", "title": name, "unit": "people"} for name in names
        ]
        toys.tables["observations"] = [
            toys.build_observation(ethnicity=group, indicator=f"toy-repairs-{name}", value=count)
            | ({} if count else {"obs_status": "Q", "conf_status": "A"})
            for group, name, count in figures
        ]

    told = ", ".join(f"{name} of {group} {count or '*'}" for group, name, count in figures)
    return edit(f"under scot-nes: {told}", make)


MENDED_COUNTS = (
    *(("A", "rate", "30"), ("A", "wood", "25"), ("A", "tin", "")),
    *(("B", "rate", "50"), ("B", "wood", "30"), ("B", "tin", "20")),
)


def declared(parts: list[str], total: str = "rate", **settings: object) -> Change:
    """A sum of indicators that the package declares."""
    entry: dict[str, object] = {"total": f"toy-repairs-{total}"} if total else {}
    entry |= {"parts": [f"toy-repairs-{part}" for part in parts], **settings}
    return hub(indicator_sums=[entry])


def note_on_suppressed(text: str) -> Change:
    """A suppressed figure with a note, under scot-nes."""
    return also(
        f"a suppressed figure with the note “{text}”",
        protected(("A", "", "", ""), ("B", "10.0", "20", "2000"), policy="scot-nes"),
        column("", "observations", note=""),
        cells("observations", 2, note=text),
    )


def percentages(*figures: tuple[str, ...]) -> Change:
    """Percentages of 2,000 under a policy that hides small counts: group, value, numerator."""
    told = ", ".join(f"{value}% of group {group}" for group, value, _ in figures)
    of = [(group, value, n, "2000") for group, value, n in figures]
    return also(
        f"{told}, under nhs-7-5",
        protected(*of),
        column("", "indicators", value_type="percentage", scale="100", unit="percent"),
    )


def unsigned(toys: DatasetBuilder) -> None:
    """Nobody has signed anything."""
    toys.is_signed_off = False


def censored(numerator: str, denominator: str) -> Change:
    """A rate that is shown as over 950, with its counts or without."""
    told = f"{numerator} of {denominator}" if numerator else "no counts"
    return also(
        f"over 950 for every 1,000, beside {told}",
        hub(disclosure_policy="nhs-7-5"),
        column("", "observations", value_min=""),
        cells(
            "observations",
            2,
            value="",
            value_min="950",
            numerator=numerator,
            denominator=denominator,
        ),
    )


def raw(mended: str) -> Change:
    """A hidden figure, and a column without a concept."""
    return also(
        f'a figure with obs_status = "Q" and mended = "{mended}"',
        hub(disclosure_policy="nhs-7-5"),
        column("", "observations", mended=""),
        field("observations", "mended", type="integer"),
        cells(
            "observations",
            2,
            value="",
            numerator="",
            denominator="",
            obs_status="Q",
            conf_status="C",
            mended=mended,
        ),
    )


def limits(lower: str, upper: str) -> Change:
    """Limits of a rate whose indicator says that they are Byar's."""
    return also(
        f'25 of 2,000 with ci_lower = "{lower}", ci_upper = "{upper}" and ci_method = "Byar"',
        column("", "indicators", ci_method="Byar"),
        field("indicators", "ci_method", type="string"),
        cells(
            "observations",
            2,
            value="12.50",
            numerator="25",
            denominator="2000",
            ci_lower=lower,
            ci_upper=upper,
        ),
    )


def measure(*groups: str) -> Change:
    """A measure that is made from the rows of some groups."""
    made = {
        "indicator": "toy-repairs-rate",
        "value": "value",
        "numerator": "numerator",
        "where": {"ethnicity": list(groups)},
    }
    says = f"a measure that is made from the rows of {' and '.join(groups)}, in a table of A and B"
    return also(says, resource("observations", hub={"measures": [made]}))


STRUCTURE = (
    Example(
        "structure/descriptor",
        said(licenses="CC-BY-4.0"),
        said(licenses=[{"name": "CC-BY-4.0"}]),
        f"{HERE}, licenses",
    ),
    Example(
        "structure/path",
        resources(
            'the resource sources has {"path": "../sources.csv"}',
            lambda told: told[2].update(path="../sources.csv"),
        ),
        resources(
            'the resource sources has {"path": "data/sources.csv"}',
            lambda told: told[2].update(path="data/sources.csv"),
        ),
        f"{HERE}, resources[2].path",
    ),
    Example(
        "structure/inline",
        resource("observations", dialect="dialect.json"),
        resource("observations", dialect={"delimiter": ","}),
        f"{HERE}, resources[1].dialect",
    ),
    Example(
        "structure/resource-names",
        resources(
            "two resources use the file data/sources.csv",
            lambda told: told.append({**told[2], "name": "again", "hub": {"role": "table"}}),
        ),
        as_it_is("each resource has a file of its own"),
        f"{HERE}, resources",
    ),
    Example(
        "structure/annotation",
        field("observations", "note", hub={"concept": "remark"}),
        field("observations", "note", hub={"concept": "note"}),
        f"{HERE}, resources.observations",
    ),
    Example(
        "structure/concept-missing",
        without_column("observations.csv has no column scheme", "observations", "scheme"),
        also(
            'the resource observations has {"hub": {"constants": {"scheme": "toy-repairs-groups"}}}',
            without_column("", "observations", "scheme"),
            resource("observations", hub={"constants": {"scheme": "toy-repairs-groups"}}),
        ),
        f"{HERE}, resources.observations",
    ),
    Example(
        "structure/header",
        bytes_of("the file has a column notes, the schema note", "observations", b"note", b"notes"),
        as_it_is("the file has a column note, as the schema has"),
        f"{TABLE}, note",
    ),
    Example(
        "structure/encoding",
        also(
            "the file is in Latin 1 and the descriptor names no encoding",
            cells("observations", 2, note="Mended in a café."),
            bytes_of("", "observations", "é".encode(), b"\xe9"),
        ),
        also(
            'the file is in Latin 1 and the resource has {"encoding": "iso-8859-1"}',
            cells("observations", 2, note="Mended in a café."),
            bytes_of("", "observations", "é".encode(), b"\xe9"),
            resource("observations", encoding="iso-8859-1"),
        ),
        TABLE,
    ),
    Example(
        "structure/row-length",
        bytes_of("a row ends early", "observations", b"toy-report,\n", b"toy-report\n"),
        as_it_is("every row has as many cells as the header"),
        f"{ROW}, note",
    ),
    Example(
        "structure/blank-row",
        bytes_of("an empty line", "observations", b"toy-report,\n", b"toy-report,\n\n"),
        as_it_is("no empty line"),
        f"{TABLE} row 3",
    ),
    Example(
        "structure/type",
        cells("observations", 2, value="twelve"),
        cells("observations", 2, value="12.5"),
        f"{ROW}, value",
    ),
    Example(
        "structure/constraint",
        field("observations", "value", constraints={"maximum": 12}),
        field("observations", "value", constraints={"maximum": 1000}),
        f"{ROW}, value",
    ),
    Example(
        "structure/key",
        also(
            'two rows have id = "toy-report", which is the primary key',
            rows("", "sources", FIRST_SOURCE, {**SECOND_SOURCE, "id": "toy-report"}),
            schema("sources", **SOURCES_KEY),
        ),
        also(
            'the rows have id = "toy-report" and id = "toy-leaflet"',
            rows("", "sources", FIRST_SOURCE, SECOND_SOURCE),
            BOTH_CITED,
            schema("sources", **SOURCES_KEY),
        ),
        "data/sources.csv row 3",
        ("links/repeated-source",),
    ),
    Example(
        "structure/unique-keys",
        schema("observations", uniqueKeys=[["indicator", "area", "period"]]),
        schema("observations", uniqueKeys=[["indicator", "area", "period", "ethnicity"]]),
        f"{TABLE} row 3",
    ),
    Example(
        "structure/foreign-key",
        also(
            'source = "toy-raport", and the schema has a foreign key to sources',
            cells("observations", 2, source="toy-raport"),
            schema("observations", foreignKeys=[TO_SOURCES]),
        ),
        also(
            'source = "toy-report", and the schema has a foreign key to sources',
            schema("observations", foreignKeys=[TO_SOURCES]),
        ),
        f"{ROW}, source",
        ("links/unknown-source",),
    ),
    Example(
        "structure/crash",
        field("observations", "value", constraints={"minimum": "none"}),
        field("observations", "value", constraints={"minimum": 0}),
        TABLE,
    ),
    Example(
        "structure/note-row",
        also("a note stands below the table", REQUIRED_AREA, noted_below("A note.")),
        also("the table ends with its rows", REQUIRED_AREA),
        f"{TABLE} row 4",
    ),
    Example(
        "structure/file-ending",
        edit(
            "a table of the package is the file data/log.tsv",
            lambda toys: add_log(toys, "data/log.tsv"),
        ),
        edit("it is data/log.csv", lambda toys: add_log(toys, "data/log.csv")),
        f"{HERE}, resources[4].path",
    ),
    Example(
        "structure/columns",
        tables_of_columns(4, 390),
        tables_of_columns(2, 390),
        f"{HERE}, resources",
    ),
    Example(
        "structure/hold-back-not-used",
        resource(
            "observations",
            hub={"hold_back": [{"where": {"ethnicity": "Z"}, "reason": "Doubtful."}]},
        ),
        resource(
            "observations",
            hub={"hold_back": [{"where": {"ethnicity": "A"}, "reason": "Doubtful."}]},
        ),
        f"{TABLE}, hold_back",
    ),
    Example("structure/row-not-used", measure("A"), measure("A", "B"), TABLE),
    Example(
        "structure/category",
        also(
            'note = "blue", where the field has {"categories": ["red", "green"]}',
            field("observations", "note", categories=["red", "green"]),
            cells("observations", 2, note="blue"),
        ),
        also(
            'note = "red", where the field has {"categories": ["red", "green"]}',
            field("observations", "note", categories=["red", "green"]),
            cells("observations", 2, note="red"),
        ),
        f"{ROW}, note",
    ),
    Example(
        "structure/any-date",
        field("observations", "note", type="date", format="any"),
        field("observations", "note", type="date", format="%d/%m/%Y"),
        f"{HERE}, resources.observations.note",
    ),
    Example(
        "structure/pattern",
        field("observations", "ethnicity", constraints={"pattern": "A|B"}),
        field("observations", "ethnicity", constraints={"pattern": "(?:A|B)"}),
        f"{HERE}, resources.observations.ethnicity",
    ),
)

CODES = (
    Example(
        "values/blank-dimension",
        also(
            "of two rows the first has sex = F, and the other none",
            cells("observations", 2, sex="F"),
            cells("observations", 3, sex=""),
            SEX_AS_TEXT,
        ),
        also(
            "the other has sex = _T",
            cells("observations", 2, sex="F"),
            cells("observations", 3, sex="_T"),
            SEX_AS_TEXT,
        ),
        f"{TABLE} row 3, sex",
    ),
    Example(
        "values/contradiction",
        also(
            "the constant sex is F, and the column says M",
            cells("observations", 2, sex="M"),
            cells("observations", 3, sex="F"),
            SEX_AS_TEXT,
            resource("observations", hub={"constants": {"sex": "F"}}),
        ),
        also(
            "both say F",
            column("", "observations", sex="F"),
            SEX_AS_TEXT,
            resource("observations", hub={"constants": {"sex": "F"}}),
        ),
        f"{ROW}, sex",
    ),
    Example(
        "values/split",
        also(
            'value = "12.5 b", and `marks` has no b',
            cells("observations", 2, value="12.5 b"),
            split_values({}),
        ),
        also(
            "`marks` says that b is a break in the series",
            cells("observations", 2, value="12.5 b"),
            split_values({"b": "B"}),
        ),
        f"{ROW}, value",
    ),
    Example(
        "codes/unknown-code",
        cells("observations", 2, ethnicity="Group Z"),
        cells("observations", 2, ethnicity="Group A"),
        f"{ROW}, ethnicity",
    ),
    Example(
        "codes/ambiguous-label",
        also(
            'ethnicity = "Group A", the label of two codes',
            cells("codes", 4, label="Group A"),
            cells("observations", 2, ethnicity="Group A"),
        ),
        also(
            'ethnicity = "A", one of the two codes with the label Group A',
            cells("codes", 4, label="Group A"),
            cells("observations", 2, ethnicity="A"),
        ),
        f"{ROW}, ethnicity",
    ),
    Example(
        "codes/own-list",
        also('parent = "Z", which is no code of the list', cells("codes", 4, parent="Z")),
        also('parent = "_T", which is a code of the list', cells("codes", 4, parent="_T")),
        f"{HERE}, hub.lists",
    ),
    Example(
        "codes/unmapped",
        also(
            'indicator = "Speed", where the map has {"Rate": "toy-repairs-rate"}',
            column("", "observations", indicator="Rate"),
            cells("observations", 2, indicator="Speed"),
            field("observations", "indicator", hub={"map": {"Rate": "toy-repairs-rate"}}),
        ),
        also(
            'indicator = "Rate", where the map has {"Rate": "toy-repairs-rate"}',
            column("", "observations", indicator="Rate"),
            field("observations", "indicator", hub={"map": {"Rate": "toy-repairs-rate"}}),
        ),
        f"{ROW}, indicator",
    ),
    Example(
        "codes/unknown-group",
        finding(groups_affected="Group A"),
        finding(groups_affected="toy-repairs-groups:A"),
        "data/findings.csv row 2, groups_affected",
    ),
    Example(
        "codes/indicator-group",
        cells("indicators", 1, headline_group="toy-repairs-groups:Z"),
        cells("indicators", 1, headline_group="toy-repairs-groups:A"),
        "data/indicators.csv row 2, headline_group",
    ),
    Example(
        "codes/retired",
        also(
            'a row for 2024 with a code that has valid_to = "2020-12-31"',
            cells("codes", 3, valid_to="2020-12-31"),
        ),
        also(
            'a row for 2024 with a code that has valid_to = "2024-12-31"',
            cells("codes", 3, valid_to="2024-12-31"),
        ),
        f"{ROW}, ethnicity",
    ),
    Example(
        "codes/before-its-time",
        also(
            'a row for 2024 with a code that has valid_from = "2025-01-01"',
            cells("codes", 3, valid_from="2025-01-01"),
        ),
        also(
            'a row for 2024 with a code that has valid_from = "2024-01-01"',
            cells("codes", 3, valid_from="2024-01-01"),
        ),
        f"{ROW}, ethnicity",
    ),
    Example(
        "codes/counting-basis",
        scheme(counting_basis=None),
        scheme(counting_basis="single"),
        f"{ROW}, counting_basis",
        ("metadata/own-scheme",),
    ),
    Example(
        "codes/mixed-levels",
        also(
            "rows for Group A and for Group B, which is a part of Group A",
            cells("codes", 4, parent="A"),
        ),
        also(
            "rows for Group B only, which is a part of Group A",
            cells("codes", 4, parent="A"),
            rows("", "observations", {"ethnicity": "B"}),
        ),
        f"{TABLE} row 3, ethnicity",
    ),
)

VALUES = (
    Example(
        "values/required",
        cells("indicators", 2, title=""),
        cells("indicators", 2, title="Toys mended"),
        "data/indicators.csv row 2, title",
    ),
    Example(
        "values/period",
        cells("observations", 2, period="2023-24"),
        cells("observations", 2, period="2023-04/2024-03"),
        f"{ROW}, period",
    ),
    Example(
        "values/date",
        finding(published="31/03/2024"),
        finding(published="2024-03-31"),
        "data/findings.csv row 2, published",
    ),
    Example(
        "values/formula-cell",
        cells("observations", 2, note="=1+1"),
        cells("observations", 2, note="1 + 1"),
        f"{ROW}, note",
    ),
    Example(
        "values/spreadsheet-error",
        cells("observations", 2, note="#REF!"),
        cells("observations", 2, note="See table 2."),
        f"{ROW}, note",
    ),
    Example(
        "values/spreadsheet-number",
        cells("observations", 2, note="2E+05"),
        cells("observations", 2, note="200000"),
        f"{ROW}, note",
    ),
    Example(
        "values/control-character",
        edit(
            "a note with a bell (U+0007) in it",
            lambda toys: toys.tables["observations"][0].update(note="Mended\x07twice."),
        ),
        cells("observations", 2, note="Mended twice."),
        f"{ROW}, note",
    ),
    Example(
        "values/cell-length",
        edit(
            "a note of a million characters",
            lambda toys: toys.tables["observations"][0].update(note="Mended. " * 125_000),
        ),
        cells("observations", 2, note="Mended twice."),
        f"{ROW}, note",
    ),
    Example(
        "values/malformed-number",
        also(
            'a number that is not bare, value = "<5%"',
            cells("observations", 2, value="<5%", numerator="", denominator=""),
            field("observations", "value", type="number", bareNumber=False),
        ),
        also(
            'value = "12.5%"',
            cells("observations", 2, value="12.5%"),
            field("observations", "value", type="number", bareNumber=False),
        ),
        f"{ROW}, value",
    ),
    Example(
        "values/not-finite", lone(value="INF"), lone(value="", obs_status="M"), f"{ROW}, value"
    ),
    Example("values/too-large", lone(value="1e300"), lone(value="1000000"), f"{ROW}, value"),
    Example(
        "values/missing-without-reason",
        lone(value="", obs_status=""),
        lone(value="", obs_status="O"),
        f"{ROW}, value",
    ),
    Example(
        "values/status-without-value",
        cells("observations", 2, value="", obs_status="A"),
        cells("observations", 2, value="", obs_status="L"),
        f"{ROW}, obs_status",
    ),
    Example(
        "values/value-and-status",
        cells("observations", 2, value="12.5", obs_status="M"),
        cells("observations", 2, value="", obs_status="M"),
        f"{ROW}, obs_status",
    ),
    Example(
        "values/suppressed-count",
        cells("observations", 2, value="", numerator="25", obs_status="Q", conf_status="A"),
        cells("observations", 2, value="", numerator="", obs_status="Q", conf_status="A"),
        f"{ROW}, numerator",
    ),
    Example(
        "values/suppression-unexplained",
        cells("observations", 2, value="", numerator="", obs_status="Q", conf_status=""),
        cells("observations", 2, value="", numerator="", obs_status="Q", conf_status="A"),
        f"{ROW}, conf_status",
    ),
    Example(
        "values/confidential-not-suppressed",
        cells("observations", 2, value="12.5", conf_status="C"),
        cells("observations", 2, value="12.5", conf_status="F"),
        f"{ROW}, conf_status",
    ),
    Example(
        "values/censored-and-value",
        lone(value="12.5", value_min="950"),
        lone(value="", value_min="950"),
        f"{ROW}, value_min",
    ),
    Example(
        "values/interval-order",
        cells("observations", 2, value="12.5", ci_lower="13", ci_upper="14"),
        cells("observations", 2, value="12.5", ci_lower="11", ci_upper="14"),
        f"{ROW}, ci_lower",
    ),
    Example(
        "values/interval-half",
        cells("observations", 2, ci_lower="11", ci_upper=""),
        cells("observations", 2, ci_lower="11", ci_upper="14"),
        f"{ROW}, ci_lower",
    ),
    Example(
        "values/interval-level",
        cells("observations", 2, ci_level="0.95", ci_lower="11", ci_upper="14"),
        cells("observations", 2, ci_level="95", ci_lower="11", ci_upper="14"),
        f"{ROW}, ci_level",
    ),
    Example("values/negative", lone(value="-12.5"), lone(value="12.5"), f"{ROW}, value"),
    Example(
        "values/percentage-range",
        also('value = "125" for a percentage', PERCENTAGE, cells("observations", 2, value="125")),
        also('value = "12.5" for a percentage', PERCENTAGE, cells("observations", 2, value="12.5")),
        f"{ROW}, value",
    ),
    Example(
        "values/zero-denominator",
        cells("observations", 2, value="0", numerator="0", denominator="0"),
        cells("observations", 2, value="", numerator="0", denominator="0", obs_status="M"),
        f"{ROW}, denominator",
    ),
    Example(
        "values/numerator-above-denominator",
        cells("observations", 2, value="1500", numerator="30", denominator="20"),
        cells("observations", 2, value="666.7", numerator="20", denominator="30"),
        f"{ROW}, numerator",
    ),
    Example(
        "values/rate-disagrees",
        cells("observations", 2, value="1.25", numerator="25", denominator="2000"),
        cells("observations", 2, value="12.5", numerator="25", denominator="2000"),
        f"{ROW}, value",
    ),
    Example(
        "values/ethnicity-shares",
        shares("97", "5"),
        shares("97", "3"),
        "data/indicators.csv row 2, ethnicity_known",
    ),
    Example(
        "values/interval-disagrees",
        limits("8.1", "17.9"),
        limits("8.09", "18.45"),
        f"{ROW}, ci_lower",
    ),
    Example(
        "values/period-order",
        dates("2024-12-31", "2024-01-01"),
        dates("2024-01-01", "2024-12-31"),
        f"{ROW}, period_start",
    ),
    Example(
        "values/period-future",
        also(
            'period = "2026" in a package created on 2026-01-31',
            cells("observations", 2, period="2026"),
        ),
        also(
            'period = "2025" in a package created on 2026-01-31',
            cells("observations", 2, period="2025"),
        ),
        f"{ROW}, period",
    ),
    Example(
        "values/duplicate-observation",
        rows(
            "two rows for Group A in 2024", "observations", {"ethnicity": "A"}, {"ethnicity": "A"}
        ),
        rows(
            "a row for Group A in 2024 and one in 2023",
            "observations",
            {"period": "2024"},
            {"period": "2023"},
        ),
        f"{TABLE} row 3",
    ),
)

METADATA = (
    Example(
        "metadata/hub", hub(contact=7), hub(contact="https://example.org"), f"{HERE}, hub.contact"
    ),
    Example("metadata/required", said(title=None), said(title="Toys"), f"{HERE}, title"),
    Example("metadata/not-ready", hub(state="draft"), hub(state="published"), f"{HERE}, hub.state"),
    Example(
        "metadata/name",
        also('"name": "toys" in the folder toy-repairs', said(name="toys")),
        also('"name": "toy-repairs" in the folder toy-repairs', said(name="toy-repairs")),
        f"{HERE}, name",
    ),
    Example("metadata/version", said(version="1.0"), said(version="1.0.0"), f"{HERE}, version"),
    Example(
        "metadata/created",
        said(created="2026-01-31 00:00:00"),
        said(created="2026-01-31T00:00:00Z"),
        f"{HERE}, created",
    ),
    Example(
        "metadata/created-later",
        said(created="9999-12-31T00:00:00Z"),
        said(created="2026-01-31T00:00:00Z"),
        f"{HERE}, created",
    ),
    Example(
        "metadata/hidden-character",
        edit(
            "a title with a character (U+202E) that changes the direction of text",
            lambda toys: toys.descriptor.update(title="Toys \u202ethat were mended"),
        ),
        said(title="Toys that were mended"),
        f"{HERE}, title",
    ),
    Example(
        "metadata/text-length",
        edit(
            "a title of 4.5 million characters",
            lambda toys: toys.descriptor.update(title="Toys " * 900_000),
        ),
        said(title="Toys that were mended"),
        f"{HERE}, title",
    ),
    Example(
        "metadata/address",
        said(licenses=[{"name": "CC-BY-4.0", "path": "javascript:alert(1)"}]),
        said(
            licenses=[{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}]
        ),
        f"{HERE}, licenses[0].path",
    ),
    Example(
        "links/address-scheme",
        rows(
            'read_from = "javascript:alert(1)"',
            "observations",
            {"read_from": "javascript:alert(1)"},
        ),
        rows(
            'read_from = "https://example.org/toys"',
            "observations",
            {"read_from": "https://example.org/toys"},
        ),
        f"{ROW}, read_from",
    ),
    Example(
        "metadata/licence",
        said(licenses=[{"name": "CC-BY-NC-4.0"}]),
        said(licenses=[{"name": "OGL-UK-3.0"}]),
        f"{HERE}, licenses",
    ),
    Example(
        "metadata/codes",
        hub(workstreams=["innovation"]),
        hub(workstreams=["innovating-for-all"]),
        f"{HERE}, hub.workstreams",
    ),
    Example(
        "metadata/own-scheme",
        edit("the package's own scheme has no row _U", lambda toys: toys.tables["codes"].pop(3)),
        as_it_is("the package's own scheme has the rows _T and _U"),
        f"{HERE}, hub.lists.toy-repairs-groups",
    ),
    Example(
        "metadata/unknown",
        also(
            'no "licenses", the contact “n/a”, and no sources.csv',
            said(licenses=None),
            hub(contact="n/a"),
            edit("", lambda toys: toys.tables.pop("sources")),
            without_column("", "observations", "source"),
        ),
        as_it_is("a licence, a contact and a sources.csv"),
        HERE,
    ),
    Example(
        "metadata/contributor-name",
        said(contributors=[{"title": "toys@example.org", "roles": ["publisher"]}]),
        said(contributors=[{"title": "Toy Office", "roles": ["publisher"]}]),
        f"{HERE}, contributors[0]",
    ),
    Example(
        "metadata/source-publisher",
        cells("sources", 2, publisher="Toy Office (toys@example.org)"),
        cells("sources", 2, publisher="Toy Office"),
        "data/sources.csv row 2, publisher",
    ),
    Example(
        "metadata/empty-heading",
        edit(
            "a heading of about.md with nothing below it",
            lambda toys: toys.texts.update({"about.md": "# Toys\n\n## What it shows\n"}),
        ),
        edit(
            "a text below the heading",
            lambda toys: toys.texts.update({"about.md": "# Toys\n\n## What it shows\n\nToys.\n"}),
        ),
        "about.md",
    ),
    Example(
        "metadata/lookalike",
        also("a column lower_ci without a concept", column("", "observations", lower_ci="")),
        also(
            'the field lower_ci has {"hub": {"concept": "ci_lower"}}',
            rename("ci_lower", "lower_ci"),
            field("observations", "lower_ci", type="number", hub={"concept": "ci_lower"}),
        ),
        f"{TABLE} row 1, lower_ci",
    ),
    Example(
        "metadata/ethnicity-completeness",
        hub(ethnicity_completeness=None),
        hub(ethnicity_completeness="not stated"),
        f"{HERE}, hub.ethnicity_completeness",
    ),
    Example(
        "metadata/next-update",
        hub(next_update=None),
        hub(next_update="not planned"),
        f"{HERE}, hub.next_update",
    ),
    Example(
        "metadata/texts",
        edit("no about.md", lambda toys: toys.texts.pop("about.md")),
        edit("an about.md", lambda toys: toys.texts.update({"about.md": "# Toys\n"})),
        "about.md",
    ),
    Example(
        "metadata/method",
        cells("indicators", 2, method=""),
        cells("indicators", 2, method="not stated by the source"),
        "data/indicators.csv row 2, method",
    ),
)

WORDING = (
    Example(
        "wording/grouping",
        cells("observations", 2, note="BAME children only."),
        cells("observations", 2, note="Children of Group A and Group B only."),
        f"{ROW}, note",
    ),
    Example(
        "wording/grouping-in-descriptor",
        said(description="Toys of BAME children."),
        said(description="Toys of children of Group A and Group B."),
        f"{HERE}, description",
    ),
    Example(
        "wording/source-term",
        cells("codes", 3, label="BME groups"),
        cells("codes", 3, label="Group A"),
        f"{HERE}, hub.lists.toy-repairs-groups",
    ),
    Example(
        "wording/work-note",
        cells("observations", 2, note="TODO: look at the source again"),
        cells("observations", 2, note="As the source gives it."),
        f"{ROW}, note",
    ),
    Example(
        "wording/work-note-in-descriptor",
        hub(caveats=["Numbers before 2020 ??"]),
        hub(caveats=["Numbers before 2020 are estimates."]),
        f"{HERE}, hub.caveats",
    ),
    Example(
        "wording/statement-length",
        edit(
            "a statement of 281 characters",
            lambda toys: toys.tables.update(findings=[{**FINDING, "statement": "x" * 281}]),
        ),
        edit(
            "a statement of 280 characters",
            lambda toys: toys.tables.update(findings=[{**FINDING, "statement": "x" * 280}]),
        ),
        "data/findings.csv row 2, statement",
    ),
)

LINKS = (
    Example(
        "links/unknown-source",
        cells("observations", 2, source="toy-raport"),
        cells("observations", 2, source="toy-report"),
        f"{ROW}, source",
    ),
    Example(
        "links/unknown-main-fact",
        hub(main_facts={"toy-repair-rate": ["Group A had more repairs."]}),
        hub(main_facts={"toy-repairs-rate": ["Group A had more repairs."]}),
        f"{HERE}, hub.main_facts",
    ),
    Example(
        "links/unused-source",
        rows("nothing refers to the source toy-leaflet", "sources", FIRST_SOURCE, SECOND_SOURCE),
        also(
            "a row of observations.csv refers to the source toy-leaflet",
            rows("", "sources", FIRST_SOURCE, SECOND_SOURCE),
            BOTH_CITED,
        ),
        "data/sources.csv row 3, id",
    ),
    Example(
        "links/address",
        cells("sources", 2, url="example.org/toys"),
        cells("sources", 2, url="https://example.org/toys"),
        "data/sources.csv row 2, url",
    ),
    Example(
        "links/repeated-indicator",
        rows('two rows have id = "toy-repairs-rate"', "indicators", INDICATOR, INDICATOR),
        rows(
            "each row has an id of its own",
            "indicators",
            INDICATOR,
            {**INDICATOR, "id": "toy-repairs-cost"},
        ),
        "data/indicators.csv row 3, id",
    ),
    Example(
        "links/repeated-finding",
        rows('two rows have id = "toy-finding"', "findings", FINDING, FINDING),
        rows(
            "each row has an id of its own", "findings", FINDING, {**FINDING, "id": "toy-finding-2"}
        ),
        "data/findings.csv row 3, id",
    ),
    Example(
        "links/repeated-recommendation",
        rows('two rows have id = "toy-advice"', "recommendations", RECOMMENDATION, RECOMMENDATION),
        rows(
            "each row has an id of its own",
            "recommendations",
            RECOMMENDATION,
            {**RECOMMENDATION, "id": "toy-advice-2"},
        ),
        "data/recommendations.csv row 3, id",
    ),
    Example(
        "links/repeated-source",
        rows('two rows have id = "toy-report"', "sources", FIRST_SOURCE, FIRST_SOURCE),
        also(
            "each row has an id of its own",
            rows("", "sources", FIRST_SOURCE, SECOND_SOURCE),
            BOTH_CITED,
        ),
        "data/sources.csv row 3, id",
    ),
    Example(
        "links/repeated-update",
        also(
            "the same recommendation, date and status stand in two rows",
            update(),
            rows("", "updates", UPDATE, UPDATE),
        ),
        also(
            "the second row has another date",
            update(),
            rows("", "updates", UPDATE, {**UPDATE, "date": "2025-07-31"}),
        ),
        "data/updates.csv row 3",
    ),
    Example(
        "disclosure/small-count",
        protected(("A", "5.0", "5", "1000"), ("B", "10.0", "10", "1000")),
        protected(("A", "5.0", "10", "2000"), ("B", "10.0", "10", "1000")),
        f"{ROW}, numerator",
    ),
    Example(
        "disclosure/not-rounded",
        protected(("A", "5.0", "10", "2001"), ("B", "10.0", "10", "1000")),
        protected(("A", "5.0", "10", "2000"), ("B", "10.0", "10", "1000")),
        f"{ROW}, denominator",
    ),
    Example(
        "disclosure/recoverable",
        protected(
            ("_T", "10.0", "45", "4500"),
            ("A", "20.0", "40", "2000"),
            ("B", "", "", ""),
            policy="scot-nes",
        ),
        protected(
            ("_T", "10.0", "50", "5000"),
            ("A", "20.0", "40", "2000"),
            ("B", "", "", ""),
            ("_U", "", "", ""),
            policy="scot-nes",
        ),
        f"{TABLE} row 4, numerator",
    ),
    Example(
        "disclosure/narrowed",
        also(
            "four values are left under nhs-7-5, and `protection_interval` is 5",
            protected(("_T", "10.0", "40", "4000"), ("A", "20.0", "40", "2000"), ("B", "", "", "")),
            hub(protection_interval=5),
        ),
        also(
            "all seven values are left",
            protected(("_T", "10.0", "45", "4500"), ("A", "20.0", "40", "2000"), ("B", "", "", "")),
            hub(protection_interval=5),
        ),
        "data/observations.csv row 4, numerator",
    ),
    Example(
        "disclosure/small-remainder",
        protected(("_T", "10.0", "45", "4500"), ("A", "20.0", "40", "2000"), policy="scot-nes"),
        protected(("_T", "10.0", "50", "5000"), ("A", "20.0", "40", "2000"), policy="scot-nes"),
        f"{ROW}, numerator",
    ),
    Example(
        "disclosure/contradiction",
        protected(
            ("_T", "10.0", "45", "4500"),
            ("A", "25.0", "50", "2000"),
            ("B", "", "", ""),
            policy="scot-nes",
        ),
        protected(
            ("_T", "10.0", "50", "5000"),
            ("A", "20.0", "40", "2000"),
            ("B", "", "", ""),
            ("_U", "", "", ""),
            policy="scot-nes",
        ),
        f"{ROW}, numerator",
    ),
    Example(
        "disclosure/undeclared-sum",
        with_parts(*MENDED_COUNTS),
        also(
            "the same, and `indicator_sums` says that they do not add up",
            with_parts(*MENDED_COUNTS),
            declared(["wood", "tin"], additive=False),
        ),
        "data/observations.csv row 4, numerator",
    ),
    Example(
        "disclosure/indicator-sums",
        also(
            "`indicator_sums` has the part toy-repairs-glass, which has no observations",
            with_parts(*MENDED_COUNTS[3:]),
            declared(["wood", "glass"]),
        ),
        also(
            "`indicator_sums` has the parts toy-repairs-wood and toy-repairs-tin",
            with_parts(*MENDED_COUNTS[3:]),
            declared(["wood", "tin"]),
        ),
        f"{HERE}, hub.indicator_sums[0]",
    ),
    Example(
        "disclosure/protection-interval",
        hub(disclosure_policy="already-published", protection_interval=3),
        as_it_is("the package has no `protection_interval`"),
        f"{HERE}, hub.protection_interval",
    ),
    Example(
        "disclosure/suppressed-in-text",
        note_on_suppressed("suppressed (n=4)"),
        note_on_suppressed("suppressed (fewer than 5)"),
        f"{ROW}, note",
    ),
    Example(
        "disclosure/rate-tells-count",
        protected(("A", "5.0", "", "1000"), ("B", "10.0", "10", "1000")),
        protected(("A", "5.0", "", ""), ("B", "10.0", "10", "1000")),
        f"{ROW}, value",
    ),
    Example("disclosure/mask-undone", censored("25", "2000"), censored("", ""), f"{ROW}, value"),
    Example("disclosure/raw-column", raw("3"), raw(""), f"{ROW}, mended"),
    Example(
        "disclosure/all-or-none",
        percentages(("A", "100.0", "2000"), ("B", "10.0", "200")),
        percentages(("A", "99.0", "1980"), ("B", "10.0", "200")),
        f"{ROW}, value",
    ),
    Example(
        "disclosure/few-people",
        protected(("A", "20.0", "10", "500"), ("B", "10.0", "10", "1000")),
        protected(("A", "10.0", "10", "1000"), ("B", "10.0", "10", "1000")),
        f"{ROW}, denominator",
    ),
    Example(
        "disclosure/count-in-text",
        also(
            "a remark says “three women with toys”, and 1 to 7 are hidden",
            protected(("A", "10.0", "10", "1000")),
            column("", "observations", note="Not counted: three women with toys."),
        ),
        also(
            "a remark says “some women with toys”",
            protected(("A", "10.0", "10", "1000")),
            column("", "observations", note="Not counted: some women with toys."),
        ),
        f"{ROW}, note",
    ),
    Example(
        "disclosure/not-signed-off",
        also(
            "under nhs-7-5, without `signed_off`",
            protected(("A", "10.0", "10", "1000")),
            edit("", unsigned),
        ),
        also(
            "under nhs-7-5, with `signed_off`: by, date, policy, and the hash of the files",
            protected(("A", "10.0", "10", "1000")),
        ),
        f"{HERE}, hub.signed_off",
    ),
    Example(
        "disclosure/personal-column",
        column('a column named "postcode"', "observations", postcode="X1"),
        column('a column named "district"', "observations", district="X1"),
        "data/observations.csv row 1, postcode",
    ),
    Example(
        "claims/unknown-finding",
        claim(finding="toy-finding-2"),
        claim(finding="toy-finding"),
        "data/claims.csv row 2, finding",
        ("findings/unbound-number",),
    ),
    Example(
        "claims/reference",
        claim(measure="value", stated="12.5"),
        claim(measure="value", stated="12.5", reference=""),
        "data/claims.csv row 2, reference",
    ),
    Example(
        "claims/not-in-text",
        claimed("In 2024 toys of Group A were mended more often than toys of Group B."),
        claimed("In 2024 toys of Group A were mended 1.3 times as often as toys of Group B."),
        "data/claims.csv row 2, stated",
    ),
    Example(
        "claims/period-not-in-text",
        claimed("Toys of Group A were mended 1.3 times as often as toys of Group B."),
        claimed("In 2024 toys of Group A were mended 1.3 times as often as toys of Group B."),
        "data/claims.csv row 2, period",
    ),
    Example(
        "claims/unit-not-in-text",
        claimed("In 2024, 12.5% of toys of Group A were mended.", **VALUE_CLAIM),
        claimed("In 2024, 12.5 of every 1,000 toys of Group A were mended.", **VALUE_CLAIM),
        "data/claims.csv row 2, stated",
    ),
    Example(
        "claims/group-not-in-text",
        claimed("In 2024, 12.5 of every 1,000 toys were mended.", **VALUE_CLAIM),
        claimed("In 2024, 12.5 of every 1,000 toys of Group A were mended.", **VALUE_CLAIM),
        "data/claims.csv row 2, ethnicity",
    ),
    Example(
        "claims/other-people",
        also(
            "the values and the claim are of GB, and the finding says “in Australia”",
            IN_BRITAIN,
            claimed(
                f"{MENDED} 2.5 more for every 1,000 than toys of Group B in Australia.",
                **DIFFERENCE_CLAIM,
                area="GB",
            ),
        ),
        also(
            "the values and the claim are of GB, and the finding says “in the United Kingdom”",
            IN_BRITAIN,
            claimed(
                f"{MENDED} 2.5 more for every 1,000 than toys of Group B in the United Kingdom.",
                **DIFFERENCE_CLAIM,
                area="GB",
            ),
        ),
        "data/claims.csv row 2, area",
    ),
    Example(
        "claims/misplaced-number",
        also("the finding says “12.5 … of Group B and 10.0 … of Group A”", two_values("B", "A")),
        also("the finding says “12.5 … of Group A and 10.0 … of Group B”", two_values("A", "B")),
        "data/findings.csv row 2, statement",
    ),
    Example(
        "claims/direction",
        claimed(f"{MENDED} 2.5 fewer for every 1,000 than toys of Group B.", **DIFFERENCE_CLAIM),
        claimed(f"{MENDED} 2.5 more for every 1,000 than toys of Group B.", **DIFFERENCE_CLAIM),
        "data/findings.csv row 2, statement",
    ),
    Example(
        "claims/basis-changed",
        claim(polarity="adverse"),
        claim(polarity="favourable"),
        "data/claims.csv row 2, polarity",
    ),
    Example(
        "claims/value-status",
        also("the value is provisional, and nothing says so", PROVISIONAL, claim()),
        also("the value is provisional, and the claim says so", PROVISIONAL, claim(obs_status="P")),
        "data/claims.csv row 2, indicator",
    ),
    Example(
        "claims/verification",
        also("the values are of level C1, and the finding of level A", claim(), LEVEL_A),
        also("the values and the finding are of level C1", claim()),
        "data/findings.csv row 2, verification",
    ),
    Example(
        "claims/superseded",
        also("there are values of 2025 too, and the claim is about 2024", YEAR_2025, claim()),
        also("the newest values are of 2024, and so is the claim", claim()),
        "data/claims.csv row 2, period",
    ),
    Example(
        "claims/no-figure",
        claim(period="2023"),
        claim(period="2024"),
        "data/claims.csv row 2, indicator",
    ),
    Example(
        "claims/mismatch",
        also("12.5 and 10.0, and the ratio is stated as 1.4", claim(stated="1.4")),
        also("12.5 and 10.0, and the ratio is stated as 1.3", claim(stated="1.3")),
        "data/claims.csv row 2, stated",
    ),
    Example(
        "claims/stale",
        also(
            "signed off with 12.0 and 10.0, and the figures are 12.5 and 10.0",
            claim(inputs="12.0 (24 of 2000); 10.0 (10 of 1000)"),
        ),
        also(
            "signed off with the figures that are there",
            claim(inputs="12.5 (25 of 2000); 10.0 (10 of 1000)"),
        ),
        "data/claims.csv row 2, inputs",
    ),
    Example(
        "links/unknown-indicator",
        finding(indicators="toy-repairs-speed"),
        finding(indicators="toy-repairs-rate"),
        "data/findings.csv row 2, indicators",
    ),
    Example(
        "links/unknown-finding",
        finding(superseded_by="toy-finding-2"),
        finding(superseded_by=""),
        "data/findings.csv row 2, superseded_by",
    ),
    Example(
        "links/unknown-recommendation",
        update(recommendation="toy-advise"),
        update(recommendation="toy-advice"),
        "data/updates.csv row 2, recommendation",
    ),
)

FINDINGS = (
    Example(
        "findings/unbound-number",
        finding(statement="In 2024, 12.5 of every 1,000 toys were mended."),
        finding(
            statement="In 2024, 12.5 of every 1,000 toys were mended.",
            unbound_figures="12.5 of every 1,000",
            unbound_reason="not-in-hub",
        ),
        "data/findings.csv row 2, statement",
    ),
    Example(
        "findings/other-period",
        finding(period="2024", title="Toys that were mended in 2025"),
        finding(period="2024", title="Toys that were mended in 2024"),
        "data/findings.csv row 2, title",
    ),
    Example(
        "findings/unbound-figures",
        finding(unbound_figures="12.5", unbound_reason="not-in-hub"),
        finding(unbound_figures="", unbound_reason=""),
        "data/findings.csv row 2, unbound_figures",
    ),
    Example(
        "findings/other-group",
        claimed(
            "In 2024, 12.5 of every 1,000 toys of Groups A and of Group B were mended."
            " Group A has most.",
            **VALUE_CLAIM,
        ),
        claimed("In 2024, 12.5 of every 1,000 toys of Group A were mended.", **VALUE_CLAIM),
        "data/findings.csv row 2, statement",
    ),
    Example(
        "findings/certainty",
        finding(
            certainty="low", assessed_by="", assessment_method="GRADE", assessed_on="2025-01-31"
        ),
        finding(
            certainty="low",
            assessed_by="Head of evidence, Toy Office",
            assessment_method="GRADE",
            assessed_on="2025-01-31",
        ),
        "data/findings.csv row 2, assessed_by",
    ),
    Example(
        "findings/cause",
        finding(type="cause", mechanism="quality"),
        finding(type="cause", mechanism="quality", study_design="qualitative"),
        "data/findings.csv row 2, study_design",
    ),
    Example(
        "findings/placeholder",
        finding(statement="Toys of Group A are mended {ratio} as often."),
        finding(statement="Toys of Group A are mended more often."),
        "data/findings.csv row 2, statement",
    ),
)

LOOKED_UP = {
    "last_checked": "2025-06-30",
    "checked_where": "website of the Toy Office",
    "checked_by": "evidence team",
}
RECOMMENDATIONS = (
    Example(
        "metadata/last-check",
        recommendation(**{**LOOKED_UP, "checked_by": ""}),
        recommendation(**LOOKED_UP),
        "data/recommendations.csv row 2, checked_by",
    ),
    Example(
        "recommendations/unsought-response",
        recommendation(status="no-response"),
        recommendation(status="no-response", **LOOKED_UP),
        "data/recommendations.csv row 2, status",
    ),
    Example(
        "recommendations/outcome-when-issued",
        recommendation(status="outcome-improved"),
        recommendation(status="proposed"),
        "data/recommendations.csv row 2, status",
    ),
)

QUESTIONS = (
    Example(
        "links/repeated-question",
        also(
            "two questions have the same id", question(), rows("", "questions", QUESTION, QUESTION)
        ),
        also(
            "the second question has another id",
            question(),
            rows("", "questions", QUESTION, {**QUESTION, "id": "toy-question-2"}),
        ),
        "data/questions.csv row 3, id",
    ),
    Example(
        "questions/binding",
        question(findings=""),
        question(findings="toy-finding"),
        "data/questions.csv row 2, findings",
    ),
    Example(
        "questions/number",
        question(answer="Those of Group B, 25 of them."),
        question(answer="Those of Group B."),
        "data/questions.csv row 2, answer",
    ),
    Example(
        "questions/mark",
        question(question="Toys that are mended most often."),
        question(question="Which toys are mended most often?"),
        "data/questions.csv row 2, question",
    ),
)
GOVERNANCE = (
    Example(
        "metadata/governance",
        finding(type="lived-experience"),
        also(
            "the package says to what the people who spoke consented",
            finding(type="lived-experience"),
            hub(
                lived_experience={
                    "consent": "To anonymous publication.",
                    "owner": "The Toy Forum.",
                    "permitted_uses": "Not in advertising.",
                    "withdrawal": "Write to the Toy Forum.",
                    "wording_seen": "No.",
                }
            ),
        ),
        "datapackage.json, hub.lived_experience",
    ),
)

EXAMPLES = (
    *STRUCTURE,
    *CODES,
    *VALUES,
    *METADATA,
    *WORDING,
    *LINKS,
    *FINDINGS,
    *RECOMMENDATIONS,
    *QUESTIONS,
    *GOVERNANCE,
)


PLAUSIBILITY = (
    Example(
        "plausibility/unit",
        also("no percentage is above 0.5", SHARES_IN_PERCENT, shares_of("0.5", "0.4")),
        also("one is 40", SHARES_IN_PERCENT, shares_of("0.5", "40")),
        f"{ROW}, value",
    ),
    Example(
        "plausibility/scale",
        cells("indicators", 2, unit="per-100000-population"),
        also(
            'scale = "100000" too, and values that fit it',
            cells("indicators", 2, unit="per-100000-population", scale="100000"),
            cells("observations", 2, value="1250.0"),
            cells("observations", 3, value="1000.0"),
        ),
        "data/indicators.csv row 2, scale",
    ),
    Example(
        "plausibility/group",
        beside("9.8", "12.5", "15.1", "1.25"),
        beside("9.8", "12.5", "15.1", "12.6"),
        f"{TABLE} row 5, value",
    ),
    Example(
        "plausibility/missing-group",
        over_time(("G1", "G2", "G3", "G4"), ("G1", "G2", "G3")),
        over_time(("G1", "G2", "G3", "G4"), ("G1", "G2", "G3", "G4")),
        f"{TABLE} row 6, ethnicity",
    ),
    Example(
        "plausibility/parts",
        adding_up("100", "70", "50"),
        adding_up("120", "70", "50"),
        f"{ROW}, ethnicity",
    ),
    Example(
        "plausibility/digits", lone(value="12.499999999999998"), lone(value="12.5"), f"{ROW}, value"
    ),
    Example(
        "plausibility/whole-number",
        also("12.5 people", COUNTS_OF_PEOPLE, lone(value="12.5")),
        also("12 people", COUNTS_OF_PEOPLE, lone(value="12")),
        f"{ROW}, value",
    ),
    Example(
        "metadata/explained",
        hub(explained=[{"rule": "values/period", "reason": "So it is."}]),
        hub(explained=[{"rule": "values/negative", "reason": "Corrections are negative."}]),
        f"{HERE}, hub.explained[0]",
    ),
    Example(
        "metadata/source-terms",
        column('the source has licence = "CC-BY-SA-4.0"', "sources", licence="CC-BY-SA-4.0"),
        column('the source has licence = "CC-BY-4.0"', "sources", licence="CC-BY-4.0"),
        "data/sources.csv row 2, licence",
    ),
    Example(
        "values/garbled-text",
        cells("observations", 2, note="WhÃ¢nau"),
        cells("observations", 2, note="Whānau, Þórr, Ångström, CAFÉ"),
        f"{ROW}, note",
    ),
    Example(
        "values/no-rows",
        edit("a table of values has a header alone", add_empty_table),
        edit("a table of values has a row", partial(add_empty_table, rows=1)),
        "data/more.csv row 1",
    ),
)
EXAMPLES = (*EXAMPLES, *PLAUSIBILITY)


@dataclass(frozen=True, slots=True)
class Apart:
    """Examples in words of a rule that no package breaks by itself, and why that is so."""

    rule: str
    bad: str
    good: str
    why: str


APART = (
    Apart(
        "plausibility/last-release",
        "release 1.0.0 has 12.5 for Group A, and release 1.0.1 has 125",
        "release 1.0.1 has 13.5",
        "It takes two builds; test_rules.py has them.",
    ),
    Apart(
        "questions/unknown-code",
        "a question asks about a group that neither the hub nor any dataset defines",
        "a question asks about a group of a dataset's own classification",
        "Other packages may define the group; tests/pipeline/test_questions.py has them.",
    ),
    Apart(
        "questions/no-values",
        "the family of a question has no value for its groups and place in any dataset",
        "an indicator of the family has a value for one of the groups in the place",
        "Other packages may have the values; tests/pipeline/test_questions.py has them.",
    ),
    Apart(
        "structure/budget-spent",
        "a field has the pattern (a+)+$, which never comes to an end on some texts",
        "it has the pattern a+$",
        "It takes the whole time limit; tests/pipeline/test_isolation.py has it.",
    ),
    Apart(
        "structure/internal-error",
        "the process that checks the dataset is killed",
        "it ends by itself",
        "Only a mistake in the hub's code breaks it; tests/pipeline/test_isolation.py has it.",
    ),
    Apart(
        "structure/disagreement",
        "the hub's own reader refuses a row that Frictionless takes",
        "both take it",
        "Only a mistake in the hub's code breaks it.",
    ),
    Apart(
        "links/defined-twice",
        "toy-repairs and toy-loans both have an indicator toy-loans-rate",
        "toy-loans has it, and toy-repairs refers to it",
        "It takes two packages; test_rules.py has them.",
    ),
    Apart(
        "metadata/nothing-to-publish",
        "a new dataset is built before its table of figures has a row",
        "it has one figure, or one finding",
        "Only a build asks for it; tests/pipeline/test_build.py has it.",
    ),
    Apart(
        "metadata/name-taken",
        "two folders of datasets both have a folder toy-repairs",
        "the second is called toy-loans",
        "It takes two folders; tests/pipeline/test_bad_input.py has them.",
    ),
    Apart(
        "disclosure/not-proven",
        "a block of 5,000 unknown counts, all of which sums link, has suppressed counts",
        "each block has at most 2,000 unknown counts",
        "It takes a large table; tests/pipeline/test_disclosure_limits.py has it.",
    ),
    Apart(
        "disclosure/published-before",
        "release 1.0.0 shows 12.5 for Group A, and release 1.0.1 hides it",
        "both releases hide it",
        "It takes two builds; tests/pipeline/test_disclosure.py has them.",
    ),
    Apart(
        "metadata/version-not-raised",
        "a figure is corrected and the version stays 1.0.0",
        "a figure is corrected and the version becomes 1.0.1",
        "It takes two builds; test_rules.py has them.",
    ),
    Apart(
        "metadata/version-falls",
        "1.2.0 was published, and the version becomes 1.1.9",
        "1.2.0 was published, and the version becomes 1.10.0",
        "It takes two builds; tests/pipeline/test_releases.py has them.",
    ),
    Apart(
        "metadata/dataset-gone",
        "the folder of a published dataset is deleted",
        "the dataset is withdrawn, and its folder deleted",
        "It takes two builds; tests/pipeline/test_archive.py has them.",
    ),
    Apart(
        "metadata/release-lost",
        "the log of the archive ends before the entry of release 1.0.0",
        "the log has every entry that the last build knows",
        "It takes a damaged archive; tests/pipeline/test_archive.py has them.",
    ),
    Apart(
        "metadata/release-damaged",
        "a digit of a file in the archive is changed",
        "every file of the archive has its digest",
        "It takes a damaged archive; tests/pipeline/test_archive.py has them.",
    ),
    Apart(
        "metadata/withdrawn",
        "1.0.0 was withdrawn, and its folder is still in datasets/",
        "1.0.0 was withdrawn, and the version becomes 1.0.1",
        "It takes a withdrawal; tests/pipeline/test_archive.py has them.",
    ),
)
