"""Random packages with suppressed counts, over every structure that an attacker can add up."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.support.dataset_builder import DatasetBuilder
from tests.support.disclosure_attack import Attacker, age_atoms

POLICY_RANGES = {"scot-nes": (1, 9, 0), "cdc-wonder-9": (0, 9, 0), "nhs-7-5": (1, 7, 5)}
Cell = tuple[str, str, str, str, str]  # indicator, area, group, sex, age
Tree = Mapping[str, tuple[str, ...]]  # a heading and its parts


@dataclass
class Axes:
    """The codes of each dimension, with what is inside what; `trees` are by dimension."""

    codes: dict[str, list[str]]
    trees: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)


@dataclass
class RandomPackage:
    """A package with what an attacker knows; `spoiled` is the line of a total typed wrong."""

    toys: DatasetBuilder
    attacker: Attacker
    spoiled: int | None = None


@dataclass
class Recipe:
    """What a package is made of, drawn by lot."""

    rng: np.random.Generator
    toys: DatasetBuilder
    policy: str = "scot-nes"
    form: str = "count"  # count, percentage or rate
    axes: Axes = field(default_factory=lambda: Axes({}))
    parents: dict[str, str] = field(default_factory=dict)  # of groups
    scheme_of: dict[str, str] = field(default_factory=dict)  # schemes of groups
    can_drop: bool = True
    own_ages: list[str] = field(default_factory=list)


def draw_areas(recipe: Recipe, number: int) -> None:
    """Towns in a county."""
    towns = [f"X{n}" for n in range(number)]
    recipe.axes.codes["area"] = [*towns, "C"]
    recipe.axes.trees["area"] = {"C": frozenset(towns)}


def draw_groups(recipe: Recipe, *sizes: int) -> None:
    """Groups under headings of so many parts each; one heading of size 0 is a plain group."""
    leaves: list[str] = []
    tree: dict[str, frozenset[str]] = {}
    codes: list[str] = []
    for number, size in enumerate(sizes):
        parts = [f"G{number}{part}" for part in range(size)]
        if parts:
            tree[f"H{number}"] = frozenset(parts)
            recipe.parents |= dict.fromkeys(parts, f"H{number}")
        codes += [*parts, f"H{number}"]
        leaves += parts or [f"H{number}"]
    tree["_T"] = frozenset(leaves)
    recipe.axes.codes["ethnicity"] = [*codes, "_T"]
    recipe.axes.trees["ethnicity"] = tree


def draw_sexes(recipe: Recipe) -> None:
    recipe.axes.codes["sex"] = ["F", "M", "_T"]
    recipe.axes.trees["sex"] = {"_T": frozenset("FM")}


def draw_ages(recipe: Recipe, *ages: str) -> None:
    recipe.axes.codes["age"] = [*ages, "_T"]
    recipe.axes.trees["age"] = age_atoms(list(ages))


def finest_cells(recipe: Recipe) -> Iterator[Cell]:
    """Every combination of finest codes; a code that covers itself alone is one."""
    per_dimension = []
    for dimension in ("indicator", "area", "ethnicity", "sex", "age"):
        codes = recipe.axes.codes.get(dimension, ["_T"])
        tree = recipe.axes.trees.get(dimension, {})
        atoms = {atom for code in codes for atom in tree.get(code, frozenset([code]))}
        per_dimension.append(sorted(atoms))
    return itertools.product(*per_dimension)  # type: ignore[return-value]


def draw_counts(recipe: Recipe) -> dict[Cell, int]:
    """The people in each finest cell, few in many of them."""
    return {
        cell: int(recipe.rng.poisson(recipe.rng.choice([3, 12, 40])))
        for cell in finest_cells(recipe)
    }


def count_rows(recipe: Recipe) -> dict[Cell, int]:
    """The count of every row that could be published."""
    people = draw_counts(recipe)
    names = ("indicator", "area", "ethnicity", "sex", "age")
    per_dimension = [recipe.axes.codes.get(name, ["_T"]) for name in names]
    rows: dict[Cell, int] = {}
    for key in itertools.product(*per_dimension):
        covered = [
            recipe.axes.trees.get(name, {}).get(code, frozenset([code]))
            for name, code in zip(names, key, strict=True)
        ]
        rows[key] = sum(people[atom] for atom in itertools.product(*covered))  # type: ignore[index]
    return rows


def is_finest(recipe: Recipe, key: Cell) -> bool:
    names = ("indicator", "area", "ethnicity", "sex", "age")
    return all(
        code not in recipe.axes.trees.get(name, {})
        or recipe.axes.trees[name][code] == frozenset([code])
        for name, code in zip(names, key, strict=True)
    )


def write_package(recipe: Recipe, *, spoil: bool = False) -> RandomPackage:
    """Suppress and round the rows as the policy says, and write the package."""
    rng, toys = recipe.rng, recipe.toys
    least, most, base = POLICY_RANGES[recipe.policy]
    rows = count_rows(recipe)
    totals = [key for key in rows if not is_finest(recipe, key)]
    dropped = {key for key in totals if recipe.can_drop and rng.random() < rng.choice([0, 0.15])}
    published = [(key, n) for key, n in rows.items() if key not in dropped]
    has_secondary = rng.random() < 0.5
    observations = []
    for key, count in published:
        if least <= count <= most:
            observations.append(build_row(recipe, key, None, "A"))
        elif has_secondary and rng.random() < 0.2 and is_finest(recipe, key):
            observations.append(build_row(recipe, key, None, "D"))
        else:
            shown = base * round(count / base) if base else count
            observations.append(build_row(recipe, key, shown, ""))
    spoiled = spoil_total(recipe, [key for key, _ in published], observations) if spoil else None
    toys.tables["observations"] = observations
    describe(recipe)
    toys.write()
    return RandomPackage(toys, Attacker(least, most, prefixed(recipe), base), spoiled)


def prefixed(recipe: Recipe) -> dict[str, dict[str, frozenset[str]]]:
    """What is inside what, by the codes as they stand in the rows."""
    slug = recipe.toys.slug
    trees: dict[str, dict[str, frozenset[str]]] = {}
    for dimension, tree in recipe.axes.trees.items():
        prefix = {"area": f"{slug}-places:", "indicator": f"{slug}-"}.get(dimension, "")
        trees[dimension] = {
            f"{prefix}{code}": frozenset(f"{prefix}{part}" for part in parts)
            for code, parts in tree.items()
        }
    return trees


def spoil_total(recipe: Recipe, keys: list[Cell], observations: list[dict[str, str]]) -> int | None:
    """Type one published total wrong; return its line."""
    lines = [
        line
        for line, key in enumerate(keys)
        if key[2] == "_T" and observations[line]["obs_status"] != "Q"
    ]
    if not lines:
        return None
    line = int(recipe.rng.choice(lines))
    slip = int(recipe.rng.choice([-60, -9, -1, 1, 7, 100]))
    observations[line]["value"] = str(max(int(observations[line]["value"]) + slip, 20))
    return line + 2


def build_row(recipe: Recipe, key: Cell, count: int | None, reason: str) -> dict[str, str]:
    """One row; `count` None where it is suppressed, for a reason."""
    indicator, area, group, sex, age = key
    toys = recipe.toys
    row = toys.build_observation(
        indicator=f"{toys.slug}-{indicator if indicator != '_T' else 'rate'}",
        area=f"{toys.slug}-places:{area}",
        ethnicity=group,
        scheme=recipe.scheme_of.get(group, f"{toys.slug}-groups"),
        sex=sex,
        age=age,
        value="", population="", obs_status="" if reason == "" else "Q", conf_status=reason,
    )  # fmt: skip
    if count is None:
        return row
    if recipe.form == "count":
        return row | {"value": str(count)}
    people = max(2 * count, 100) + int(recipe.rng.integers(0, 50))
    if recipe.form == "percentage":
        return row | {"value": f"{100 * count / people:.1f}", "denominator": str(people)}
    people *= 50
    return row | {"value": f"{100_000 * count / people:.2f}", "population": str(people)}


def describe(recipe: Recipe) -> None:
    """The descriptor, indicators and codes of the package."""
    toys = recipe.toys
    toys.descriptor["hub"]["disclosure_policy"] = recipe.policy
    names = recipe.axes.codes.get("indicator", ["rate"])
    value_type = {"count": ("count", "1", "people"), "percentage": ("percentage", "100", "percent")}
    kind, scale, unit = value_type.get(recipe.form, ("rate", "100000", "per-100000-population"))
    first = toys.tables["indicators"][0] | {"value_type": kind, "scale": scale, "unit": unit}
    toys.tables["indicators"] = [
        first | {"id": f"{toys.slug}-{name}", "title": f"Toys: {name}"} for name in names
    ]
    groups = f"{toys.slug}-groups"
    usual = {"level": "group", "facet": "OTH", "parent": ""}
    codes = [
        usual | {"list": groups, "code": code, "label": f"Group {code}"}
        | {"parent": recipe.parents.get(code, "")}
        for code in recipe.axes.codes["ethnicity"] if code != "_T" and code not in recipe.scheme_of
    ]  # fmt: skip
    codes = codes or [usual | {"list": groups, "code": "A", "label": "Group A"}]
    codes += [
        usual | {"list": groups, "code": "_T", "label": "All", "level": "total", "facet": ""},
        usual
        | {"list": groups, "code": "_U", "label": "Not known", "level": "residual", "facet": ""},
    ]
    places = recipe.axes.codes["area"]
    codes += [
        {"list": f"{toys.slug}-places", "code": code, "label": f"Place {code}", "facet": ""}
        | {"level": "county" if code == "C" else "city"}
        | {"parent": "" if code == "C" else "C"}
        for code in {*places, "C"}
    ]
    toys.field_overrides["observations"] = {"sex": {"type": "string"}}
    describe_ages(recipe)
    codes += age_codes(recipe)
    toys.tables["codes"] = sorted(codes, key=lambda row: (row["list"], row["code"]))


def age_codes(recipe: Recipe) -> list[dict[str, str]]:
    """The codes of bands that the list of the hub does not have."""
    return [
        {"list": f"{recipe.toys.slug}-ages", "code": age, "label": f"Aged {age}"}
        for age in recipe.own_ages
    ]


def describe_ages(recipe: Recipe) -> None:
    """Declare the package's own list of ages."""
    if recipe.own_ages:
        name = f"{recipe.toys.slug}-ages"
        lists = recipe.toys.descriptor["hub"]["lists"]
        lists.append({"list": name, "title": "Toy ages", "kind": "dimension"})
        field_of_ages = {"type": "string", "hub": {"concept": "age", "codelist": name}}
        recipe.toys.field_overrides["observations"]["age"] = field_of_ages


def two_way(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, int(recipe.rng.integers(2, 5)))
    draw_groups(recipe, *[0] * int(recipe.rng.integers(2, 6)))
    return write_package(recipe)


def headings(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, 2)
    draw_groups(recipe, *recipe.rng.integers(0, 4, 3).tolist())
    return write_package(recipe)


def single_children(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, 2)
    draw_groups(recipe, 1, 2, 1, 0)
    return write_package(recipe)


def sexes(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, 2)
    draw_groups(recipe, 0, 0, 0)
    draw_sexes(recipe)
    return write_package(recipe)


def sexes_and_headings(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, 2)
    draw_groups(recipe, 2, 3)
    draw_sexes(recipe)
    return write_package(recipe)


def rounded(recipe: Recipe) -> RandomPackage:
    recipe.policy = "nhs-7-5"
    return headings(recipe)


def zeros(recipe: Recipe) -> RandomPackage:
    recipe.policy = "cdc-wonder-9"
    return two_way(recipe)


def percentages(recipe: Recipe) -> RandomPackage:
    recipe.form = "percentage"
    return two_way(recipe)


def populations(recipe: Recipe) -> RandomPackage:
    recipe.form = "rate"
    return two_way(recipe)


def nested_ages(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, 1)
    draw_groups(recipe, 0, 0)
    draw_ages(recipe, "0-17", "18+", "0-4", "5-11", "12-17")
    return write_package(recipe)


def overlapping_ages(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, 1)
    draw_groups(recipe, 0, 0)
    bands = [f"{low}-{high}" for low, high in itertools.combinations([0, 4, 11, 17, 24, 34], 2)]
    bands = [f"{int(b.split('-')[0]) + (b[0] != '0')}-{b.split('-')[1]}" for b in bands]
    chosen = recipe.rng.choice(bands, int(recipe.rng.integers(3, 8)), replace=False).tolist()
    recipe.own_ages = [*chosen, "35+", "_T"]
    draw_ages(recipe, *chosen, "35+")
    recipe.can_drop = False
    return write_package(recipe)


def schemes(recipe: Recipe) -> RandomPackage:
    """Groups of the NHS list with the headings of another, which an exact crosswalk links."""
    draw_areas(recipe, 2)
    fine = {"6:3": "HJKL", "6:4": "MNP", "GA": "HJKL", "16:8": "H", "16:12": "M"}
    leaves = [*"HJKL", *"MNP"]
    recipe.axes.codes["ethnicity"] = [*leaves, *fine]
    recipe.axes.trees["ethnicity"] = {code: frozenset(parts) for code, parts in fine.items()}
    nhs = dict.fromkeys([*leaves, "GA"], "nhs-ethnic-category-2001")
    recipe.scheme_of = nhs | dict.fromkeys([c for c in fine if ":" in c], "opensafely-ethnicity")
    return write_package(recipe)


def indicator_parts(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, 2)
    draw_groups(recipe, 0, 0)
    recipe.axes.codes["indicator"] = ["one", "two", "three", "all"]
    recipe.axes.trees["indicator"] = {"all": frozenset(["one", "two", "three"])}
    slug = recipe.toys.slug
    parts = [f"{slug}-{name}" for name in ("one", "two", "three")]
    recipe.toys.descriptor["hub"]["indicator_sums"] = [{"total": f"{slug}-all", "parts": parts}]
    return write_package(recipe)


def contradictions(recipe: Recipe) -> RandomPackage:
    draw_areas(recipe, int(recipe.rng.integers(2, 5)))
    draw_groups(recipe, *[0] * int(recipe.rng.integers(2, 5)))
    return write_package(recipe, spoil=True)


STRUCTURES: Mapping[str, Callable[[Recipe], RandomPackage]] = {
    made.__name__: made
    for made in (
        two_way, headings, single_children, sexes, sexes_and_headings, rounded, zeros, percentages,
        populations, nested_ages, overlapping_ages, schemes, indicator_parts, contradictions,
    )
}  # fmt: skip


def create_package(structure: str, seed: int, root: Path) -> RandomPackage:
    """A package of this structure, the same for the same seed."""
    toys = DatasetBuilder(root / f"{structure.replace('_', '-')}-{seed}")
    recipe = Recipe(np.random.default_rng([seed, *map(ord, structure)]), toys)
    return STRUCTURES[structure](recipe)
