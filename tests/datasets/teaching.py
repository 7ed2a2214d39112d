"""Writes the CSV files of the two teaching datasets, whose figures are drawn by lot.

`python -m tests.datasets.teaching` writes them again. Chance comes from `Random.random` alone,
and sums of it use no function of the system's, so every machine writes the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random

DATASETS = Path(__file__).parents[2] / "datasets"
COUNTS = "teaching-counts-synthetic"
SUPPRESSED = "teaching-suppressed-synthetic"
ADMISSIONS = "teaching-emergency-admission-rate-synthetic"
WAITS = "teaching-seen-within-18-weeks-synthetic"
FALLS = "teaching-town-fall-admission-rate-synthetic"
FIFTHS = "teaching-deprivation-synthetic"
PLACES = "teaching-places-synthetic"
SCHEME = "nhs-ethnic-category-2001"
REFERENCE = "A"
ALL = "_T"

Key = tuple[str, ...]
Row = Mapping[str, str | int]

# The 16 groups, with people in the invented country; the sizes stand for nobody.
PEOPLE = {
    "A": 120_000, "B": 2_000, "C": 12_000, "D": 1_600, "E": 800, "F": 1_700, "G": 1_500,
    "H": 9_000, "J": 7_500, "K": 3_000, "L": 4_500, "M": 3_500, "N": 8_000, "P": 1_400,
    "R": 2_200, "S": 3_300,
}  # fmt: skip
RESIDUAL = {"Z": 0.03, "99": 0.02}  # how often a record has no group, and which code it has then
CODES = (ALL, *PEOPLE, *RESIDUAL)  # in the scheme's order, everybody first
YEARS = ("2021", "2022", "2023", "2024", "2025")
SEXES = {"F": 1.05, "M": 0.95}  # chance of admission against that of both together
FEMALE = 0.51
DEPRIVATION = ("1", "2", "3", "4", "5")
QUARTERS = 4  # a person can be admitted once in each
ADMITTED = 0.1  # chance in a year, of the reference group
GRADIENT = {"2021": 1.0, "2022": 0.95, "2023": 0.9, "2024": 0.85, "2025": 0.8}
TREATED = 0.05  # chance in a year to be treated
IN_TIME = {"2021": 0.62, "2022": 0.64, "2023": 0.66, "2024": 0.68, "2025": 0.7}
TOWNS = {"A": 45_000, "B": 30_000, "C": 20_000, "D": 14_000, "E": 10_000, "F": 8_000}
TOWN_YEARS = ("2024", "2025")
COUNTY = "county"
FELL = 0.03  # chance in a year
FEWEST = 30  # people of a group in a town: populations are never small counts themselves
SEEDS = {ADMISSIONS: 16, WAITS: 18, FALLS: 86}


@dataclass
class Count:
    """Events and people of one cell, and the events that chance was expected to bring."""

    events: int = 0
    people: int = 0
    expected: float = 0.0


@dataclass
class Table:
    """Counts by key, with every margin."""

    cells: dict[Key, Count] = field(default_factory=dict)

    def add(self, key: Key, totals: Key, *, events: int, people: int, expected: float) -> None:
        """Add to the cell and to each total over it; where a total is "", there is none."""
        wholes = [(k, t) if t else (k,) for k, t in zip(key, totals, strict=True)]
        for margin in product(*wholes):
            count = self.cells.setdefault(margin, Count())
            count.events += events
            count.people += people
            count.expected += expected


def drawn(lot: Random, chance: float, times: int) -> int:
    """How often something happens that may happen so many times."""
    return sum(lot.random() < chance for _ in range(times))


def by_lot(lot: Random, least: float, most: float) -> dict[str, float]:
    """A number for each group, drawn from a range."""
    return {group: least + (most - least) * lot.random() for group in PEOPLE}


def recorded(lot: Random, group: str, events: int) -> dict[str, int]:
    """Events by the group that stands in the record: some records have none."""
    found = dict.fromkeys((group, *RESIDUAL), 0)
    for _ in range(events):
        at = lot.random()
        code = "Z" if at < RESIDUAL["Z"] else "99" if at < sum(RESIDUAL.values()) else group
        found[code] += 1
    return found


def known(group: str) -> float:
    """The share of a group's records that stand under this code."""
    return RESIDUAL.get(group, 1 - sum(RESIDUAL.values()))


def fifths(lot: Random) -> dict[Key, float]:
    """The share of each group that lives in each fifth; the fifths are of equal size."""
    tilt = by_lot(lot, -0.3, 0.3)
    people = {
        (group, fifth): size * (1 + tilt[group] * (3 - int(fifth)))
        for group, size in PEOPLE.items()
        for fifth in DEPRIVATION
    }
    for _ in range(50):
        for fifth in DEPRIVATION:
            scale = sum(PEOPLE.values()) / 5 / sum(people[group, fifth] for group in PEOPLE)
            people |= {(group, fifth): people[group, fifth] * scale for group in PEOPLE}
        for group, size in PEOPLE.items():
            scale = size / sum(people[group, fifth] for fifth in DEPRIVATION)
            people |= {(group, fifth): people[group, fifth] * scale for fifth in DEPRIVATION}
    return {key: count / PEOPLE[key[0]] for key, count in people.items()}


def admissions() -> Table:
    """Year, group, sex and fifth, with all their totals."""
    lot = Random(SEEDS[ADMISSIONS])
    share, level = fifths(lot), by_lot(lot, 0.75, 1.45) | {REFERENCE: 1.0}
    table, totals = Table(), ("", ALL, ALL, ALL)
    for (at, year), group, sex, fifth in product(enumerate(YEARS), PEOPLE, SEXES, DEPRIVATION):
        part = FEMALE if sex == "F" else 1 - FEMALE
        people = round(PEOPLE[group] * (1 + at / 100) * share[group, fifth] * part)
        steep = 1 + GRADIENT[year] * (3 - int(fifth)) / 5
        chance = ADMITTED * level[group] * SEXES[sex] * steep
        events = recorded(lot, group, drawn(lot, chance / QUARTERS, people * QUARTERS))
        for code, number in events.items():
            table.add(
                (year, code, sex, fifth),
                totals,
                events=number,
                people=people if code == group else 0,
                expected=chance * people * known(code),
            )
    return table


def waits() -> Table:
    """Year and group, with all groups together; the people are those who were treated."""
    lot = Random(SEEDS[WAITS])
    level = by_lot(lot, -0.1, 0.08) | {REFERENCE: 0.0}
    table = Table()
    for year, group in product(YEARS, PEOPLE):
        chance = IN_TIME[year] + level[group]
        patients = recorded(lot, group, drawn(lot, TREATED, PEOPLE[group]))
        for code, number in patients.items():
            table.add(
                (year, code),
                ("", ALL),
                events=drawn(lot, chance, number),
                people=number,
                expected=chance * number,
            )
    return table


def falls() -> Table:
    """Town, year and group, with all towns and all groups together, before any protection."""
    lot = Random(SEEDS[FALLS])
    level = by_lot(lot, 0.7, 1.4) | {REFERENCE: 1.0}
    here = {town: by_lot(lot, 0.3, 1.7) for town in TOWNS}
    table = Table()
    for town, year, group in product(TOWNS, TOWN_YEARS, PEOPLE):
        share = PEOPLE[group] / sum(PEOPLE.values())
        mix = 1.0 if group == REFERENCE else here[town][group]
        people = max(round(TOWNS[town] * share * mix), FEWEST + round(9 * mix))
        chance = FELL * level[group]
        events = recorded(lot, group, drawn(lot, chance / QUARTERS, people * QUARTERS))
        for code, number in events.items():
            table.add(
                (town, year, code),
                (COUNTY, "", ALL),
                events=number,
                people=people if code == group else 0,
                expected=chance * people * known(code),
            )
    return table


def rounded(count: int) -> int | None:
    """A count under the NHS policy: 1 to 7 hidden, all others to the nearest 5."""
    return None if 1 <= count <= 7 else (count + 2) // 5 * 5


def ratio(events: int, people: int, scale: int) -> str:
    """Events for every so many people, with one decimal; halves go up."""
    tenths = (20 * scale * events + people) // (2 * people)
    return f"{tenths // 10}.{tenths % 10}"


def open_rows() -> Iterator[Row]:
    """The rows of the dataset that shows its counts."""
    cells = admissions().cells
    for year, code in product(YEARS, CODES):
        for sex, fifth in product((ALL, *SEXES), (ALL, *DEPRIVATION)):
            place = {"ethnicity": code, "sex": sex, "deprivation": "" if fifth == ALL else fifth}
            yield _open(ADMISSIONS, 1000, year, place, cells[year, code, sex, fifth])
    cells = waits().cells
    for year, code in product(YEARS, CODES):
        place = {"ethnicity": code, "sex": ALL, "deprivation": ""}
        yield _open(WAITS, 100, year, place, cells[year, code])


def _open(indicator: str, scale: int, year: str, place: Row, count: Count) -> Row:
    row = {
        "indicator": indicator,
        "area": "E92000001",
        "period": year,
        "scheme": SCHEME,
        **place,
        "numerator": count.events,
        "source": "teaching-lots",
    }
    if not count.people:
        return {**row, "obs_status": "M", "note": NO_POPULATION}
    return {
        **row,
        "value": ratio(count.events, count.people, scale),
        "denominator": count.people,
        "population": count.people,
        "value_without_chance": f"{scale * count.expected / count.people:.2f}",
        "obs_status": "A",
    }


def protected_rows() -> Iterator[Row]:
    """The rows of the dataset under the NHS policy: totals are rounded on their own."""
    cells = falls().cells
    for year, area, code in product(TOWN_YEARS, (COUNTY, *TOWNS), CODES):
        count = cells[area, year, code]
        row = {
            "indicator": FALLS,
            "area": f"{PLACES}:{area}",
            "period": year,
            "scheme": SCHEME,
            "ethnicity": code,
            "source": "teaching-lots-protected",
        }
        yield {**row, **_protected(rounded(count.events), rounded(count.people) or 0)}


def _protected(events: int | None, people: int) -> Row:
    told: Row = {"denominator": people, "population": people} if people else {}
    if events is None:
        return {**told, "obs_status": "Q", "conf_status": "A", "note": HIDDEN}
    if not people:
        return {"numerator": events, "obs_status": "M", "conf_status": "F", "note": NO_POPULATION}
    value = ratio(events, people, 1000)
    return {**told, "value": value, "numerator": events, "obs_status": "A", "conf_status": "F"}


NO_POPULATION = "Invented. No population is known of people without a recorded group: no rate."
HIDDEN = "Invented. Hidden because the count is 1 to 7."
INVENTED = "Made up for teaching: the figures do not describe any real people or group."
BY_LOT = "Which groups have high or low figures was decided at random."
FIRST_COLUMNS = ("indicator", "area", "period", "scheme", "ethnicity")
OPEN_COLUMNS = (
    *FIRST_COLUMNS, "sex", "deprivation", "value", "numerator", "denominator", "population",
    "value_without_chance", "obs_status", "source", "note",
)  # fmt: skip
PROTECTED_COLUMNS = (
    *FIRST_COLUMNS, "value", "numerator", "denominator", "population", "obs_status",
    "conf_status", "source", "note",
)  # fmt: skip

RATE = {
    "unit": "per-1000-population",
    "scale": 1000,
    "decimals": 1,
    "value_type": "rate",
    "polarity": "adverse",
    "standardisation": "crude",
    "whose_ethnicity": "patient",
    "reference_group": f"{SCHEME}:{REFERENCE}",
    "workstreams": "improving-health-and-care",
    "topics": "health-system",
}
INDICATORS: dict[str, list[Row]] = {
    COUNTS: [
        {
            "id": ADMISSIONS,
            "title": "Invented emergency admissions for every 1,000 people (synthetic)",
            "definition": "Invented emergency admissions in a year, for every 1,000 people.",
            **RATE,
            "numerator_definition": "Invented emergency admissions, by the group on record.",
            "denominator_definition": "Invented people of the group, in the middle of the year.",
            "method": "Drawn by lot: in each quarter of a year each invented person could be "
            "admitted once; the chance depends on group, sex and fifth. Five records in 100 then "
            "lost their group.",
            "caveats": f"{INVENTED} {BY_LOT} Records without a group make the rates of all groups "
            "5% too low; the rate of everybody together counts them. Some counts are under 10.",
        },
        {
            "id": WAITS,
            "title": "Invented patients seen within 18 weeks (synthetic)",
            "definition": "Share of invented patients who waited no more than 18 weeks for an "
            "invented treatment.",
            **RATE,
            "unit": "percent-of-patients",
            "scale": 100,
            "value_type": "percentage",
            "polarity": "favourable",
            "numerator_definition": "Invented patients treated who had waited no more than 18 weeks.",
            "denominator_definition": "Invented patients treated, by the group on record.",
            "method": "Drawn by lot: 1 in 20 people were treated, and their chance to be seen in "
            "time depends on the group. The population given for weighting is the patients.",
            "caveats": f"{INVENTED} {BY_LOT} Five records in 100 have no group.",
        },
    ],
    SUPPRESSED: [
        {
            "id": FALLS,
            "title": "Invented admissions after a fall in invented towns (synthetic)",
            "definition": "Invented admissions after a fall in a year, for every 1,000 people of "
            "an invented town.",
            **RATE,
            "numerator_definition": "Invented admissions after a fall: hidden where the count is "
            "1 to 7, otherwise rounded to the nearest 5.",
            "denominator_definition": "Invented people of the group, rounded to the nearest 5.",
            "method": "Drawn by lot, then protected as NHS England protects counts below national "
            "level. Totals are rounded on their own. Rates are made from the rounded counts.",
            "caveats": f"{INVENTED} {BY_LOT} Because of rounding, parts do not add up to totals, "
            "and an interval made from rounded counts is rough.",
        }
    ],
}


def source(name: str, what: str) -> Row:
    """The row that says that there is no source."""
    return {
        "id": name,
        "title": f"No publication: {what} made by a computer program for teaching",
        "publisher": "Evidence hub",
        "type": "other",
        "published": "2026-11-23",
        "licence": "CC0-1.0",
        "verification": "S",
    }


def fifth_codes() -> Iterator[Row]:
    """Deprivation fifths, the most deprived first."""
    ends = {"1": " (most deprived)", "5": " (least deprived)"}
    what = "A fifth of the invented people, by the deprivation of the invented area they live in."
    for at, fifth in enumerate(DEPRIVATION, 1):
        label = f"Invented fifth {fifth}{ends.get(fifth, '')}"
        yield {"list": FIFTHS, **_code(at, fifth, label), "definition": what}


def place_codes() -> Iterator[Row]:
    """The invented county and its towns."""
    whole = {"level": "county", "definition": "All the invented towns together. Does not exist."}
    yield {"list": PLACES, **_code(1, COUNTY, "Invented County"), "parent": "", **whole}
    part = {"parent": COUNTY, "level": "town", "definition": "Does not exist."}
    for at, town in enumerate(TOWNS, 2):
        yield {"list": PLACES, **_code(at, town, f"Invented Town {town}"), **part}


def _code(at: int, code: str, label: str) -> Row:
    told = {"code": code, "label": label, "sort_order": 10 * at, "residual": 0}
    return {**told, "source": "this project", "verified": "yes"}


def files() -> dict[str, bytes]:
    """What stands in each file, by its path below the folder of datasets."""
    return {
        f"{COUNTS}/data/observations.csv": _csv(open_rows(), OPEN_COLUMNS),
        f"{COUNTS}/data/codes.csv": _csv(fifth_codes()),
        f"{SUPPRESSED}/data/observations.csv": _csv(protected_rows(), PROTECTED_COLUMNS),
        f"{SUPPRESSED}/data/codes.csv": _csv(place_codes()),
        **{f"{name}/data/indicators.csv": _csv(rows) for name, rows in INDICATORS.items()},
        f"{COUNTS}/data/sources.csv": _csv([source("teaching-lots", "invented counts")]),
        f"{SUPPRESSED}/data/sources.csv": _csv(
            [source("teaching-lots-protected", "invented and protected counts")]
        ),
    }


def _csv(rows: Iterable[Row], columns: Sequence[str] = ()) -> bytes:
    told = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns or list(told[0]), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(told)
    return text.getvalue().encode()


if __name__ == "__main__":
    for path, content in files().items():
        (DATASETS / path).write_bytes(content)
