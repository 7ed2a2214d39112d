"""Code lists: looked up by code, label or alias, never by guess; and sound as they are shipped."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from evidencehub.domain import code_lists, package_lists
from evidencehub.domain.code_lists import Code, CodeList
from evidencehub.errors import HubError
from evidencehub.source.code_lists import read_code_book
from tests.support.dataset_builder import CODE_FOLDER

BOOK = read_code_book(CODE_FOLDER)
SCHEMES = sorted(name for name, found in BOOK.lists.items() if found.kind == "ethnicity")


def toy() -> CodeList:
    found = CodeList("toy", "Toys", "vocabulary")
    for code, label, level in (
        ("A", "Group A", "group"),
        ("H", "Same", "heading"),
        ("S", "Same", "group"),
    ):
        found.add(Code("toy", code, label, level=level))
    found.add_alias("The first", "A")
    return found


@pytest.mark.parametrize("text", ["A", "Group A", "  group   a ", "GROUP A", "the first"])
def test_a_code_is_found_by_code_label_or_alias(text: str) -> None:
    assert toy().match(text) == ("A",) or list(toy().match(text)) == ["A"]


def test_letters_that_look_alike_in_two_unicode_forms_are_alike() -> None:
    assert list(BOOK.lists["nz-ethnicity-2005-v2"].match("Ma\u0304ori", level="heading")) == ["2"]


def test_a_label_of_two_codes_has_two_candidates_until_the_level_is_said() -> None:
    assert sorted(toy().match("Same")) == ["H", "S"]
    assert list(toy().match("Same", level="group")) == ["S"]


def test_an_unknown_text_is_no_code_and_names_the_nearest() -> None:
    assert toy().match("Grup A") == ()
    assert toy().suggest("Grup A")[0] == "A (Group A)"


def test_a_change_of_one_code_changes_the_digest_of_its_list_only() -> None:
    book = read_code_book(CODE_FOLDER)
    before = {name: book.list_digest(name) for name in ("sex", "age")}
    other = read_code_book(CODE_FOLDER)
    other.lists["sex"].add(Code("sex", "Q", "Quite another"))
    assert other.list_digest("sex") != before["sex"]
    assert other.list_digest("age") == before["age"]


def test_twenty_schemes_of_eight_countries_are_shipped() -> None:
    assert len(SCHEMES) == 20
    places = {BOOK.lists[name].jurisdiction.split("-")[0] for name in SCHEMES}
    assert len(places) == 8


@pytest.mark.parametrize("name", SCHEMES)
def test_a_scheme_is_whole(name: str) -> None:
    scheme = BOOK.lists[name]
    bases = BOOK.lists["counting-basis"].codes
    placed = {
        walk.from_code
        for walk in BOOK.crosswalks
        if walk.from_scheme == name and walk.to_scheme == "hub-facet"
    }
    assert {"_T", "_U"} <= set(scheme.codes)
    assert scheme.counting_basis in bases
    assert scheme.verified in ("yes", "partial", "memory", "no")
    assert set(scheme.codes) - placed <= {"_T"}
    assert all(code.parent in {"", *scheme.codes} for code in scheme.codes.values())
    order = [code.sort_order for code in scheme.codes.values()]
    assert len(set(order)) == len(order)


def test_crosswalks_lead_from_code_to_code() -> None:
    assert len(BOOK.crosswalks) > 400
    for walk in BOOK.crosswalks:
        assert walk.from_code in BOOK.lists[walk.from_scheme].codes
        assert walk.relation in code_lists.SKOS_RELATIONS
        target = BOOK.lists[walk.to_scheme].codes
        assert (walk.to_code == "") if walk.relation == "noMatch" else walk.to_code in target


def test_no_alias_is_a_name_of_another_code() -> None:
    for found in BOOK.lists.values():
        for spelling, code in found.aliases.items():
            named = {c for c in found.codes if code_lists.fold_label(c) == spelling}
            named |= {
                c.code for c in found.codes.values() if code_lists.fold_label(c.label) == spelling
            }
            assert named <= {code}, (found.name, spelling)


def test_every_file_of_codes_is_in_its_descriptor_and_in_the_list_of_lists() -> None:
    import json

    told = json.loads((CODE_FOLDER / "datapackage.json").read_text("utf-8"))
    listed = {resource["path"] for resource in told["resources"]}
    there = {str(p.relative_to(CODE_FOLDER)) for p in CODE_FOLDER.rglob("*.csv")}
    assert listed == there


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("lists.csv", ",vocabulary,", ",vocable,", "kind of .* must be one of ethnicity, facet"),
        ("sex.csv", "_T,", "_T,", "code “_T” appears more than once"),
        ("sex.csv", ",1,", ",first,", "must have a whole number as sort_order"),
        ("crosswalks/*.csv", "exactMatch", "exactlyMatch", "exactlyMatch"),
        ("lists.csv", "\nsex,", "\ngender,", "“sex” is not in lists.csv. Add a row for it there."),
        ("aliases.csv", ",_T,", ",_X,", "which does not exist. Correct the row or add the code."),
        ("licences.csv", "MIT,", "MIT,", "The id mit names two licences. Correct the row."),
        ("licences.csv", ",yes,", ",perhaps,", "0BSD must say commercial as one of yes, no, un"),
    ],
)
def test_a_wrong_list_is_told_with_its_place(
    file: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    shutil.copytree(CODE_FOLDER, tmp_path / "codes")
    path = next((tmp_path / "codes").rglob(file))
    text = path.read_text("utf-8")
    assert old in text
    if old == new:
        line = next(line for line in text.splitlines() if line.startswith(old))
        path.write_text(f"{text}{line}\n", "utf-8")
    else:
        path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(HubError, match=message):
        read_code_book(tmp_path / "codes")


def test_a_code_whose_parent_is_lost_is_told(tmp_path: Path) -> None:
    shutil.copytree(CODE_FOLDER, tmp_path / "codes")
    path = next((tmp_path / "codes").rglob("ni-census-2021.csv"))
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    rows[-1]["parent"] = "nobody"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(HubError, match="has the parent “nobody”, which does not exist"):
        read_code_book(tmp_path / "codes")


@pytest.mark.parametrize("name", ["lists.csv", "aliases.csv", "licences.csv"])
def test_a_file_that_the_code_lists_need_is_asked_for(name: str, tmp_path: Path) -> None:
    shutil.copytree(CODE_FOLDER, tmp_path / "codes")
    (tmp_path / "codes" / name).unlink()
    with pytest.raises(HubError, match=f"{name}: file missing. It is part of the code lists"):
        read_code_book(tmp_path / "codes")


@pytest.mark.parametrize(
    ("told", "said"),
    [(b"", "the file is empty. Restore its header"), (b"list,\xe9", "Save it as UTF-8")],
)
def test_a_file_that_cannot_be_read_says_why(told: bytes, said: str, tmp_path: Path) -> None:
    shutil.copytree(CODE_FOLDER, tmp_path / "codes")
    (tmp_path / "codes" / "lists.csv").write_bytes(told)
    with pytest.raises(HubError, match=f"lists.csv: .*{said}"):
        read_code_book(tmp_path / "codes")


def test_a_relation_to_nothing_needs_no_code_to_lead_to() -> None:
    described = [{"list": "toy-groups", "title": "Toys", "kind": "ethnicity"}]
    row = {"list": "toy-groups", "code": "A", "label": "Group A"}
    to_nothing = {**row, "maps_to": "ew-census-2021:", "relation": "noMatch"}
    _, walks, wrong = package_lists.build_package_lists(described, [to_nothing], BOOK)
    assert [(walk.to_code, walk.relation) for walk in walks] == [("", "noMatch")]
    assert wrong == []


def test_a_package_s_own_codes_are_found_by_alias_and_keep_their_order() -> None:
    described = [{"list": "toy-groups", "title": "Toys", "kind": "ethnicity", "language": "cy"}]
    rows = [
        {"list": "toy-groups", "code": "B", "label": "Group B", "aliases": '["The second"]'},
        {"list": "toy-groups", "code": "A", "label": "Group A", "sort_order": "1", "residual": "1"},
    ]
    (found,), _, wrong = package_lists.build_package_lists(described, rows, BOOK)
    assert wrong == []
    assert list(found.match("the SECOND")) == ["B"]
    assert [(c.code, c.sort_order, c.residual, c.language) for c in found.codes.values()] == [
        ("B", "1", "", "cy"),
        ("A", "1", "1", "cy"),
    ]


def test_a_topic_of_an_unknown_workstream_stops_the_build(tmp_path: Path) -> None:
    shutil.copytree(CODE_FOLDER, tmp_path / "codes")
    path = tmp_path / "codes" / "crosswalks" / "topic_to_workstream.csv"
    path.write_text(path.read_text().replace("innovating-for-all", "no-such-workstream"))
    with pytest.raises(HubError, match="workstream “no-such-workstream”, which does not exist"):
        read_code_book(tmp_path / "codes")


def test_every_topic_has_a_main_workstream() -> None:
    book = read_code_book(CODE_FOLDER)
    mapped = {entry.from_code for entry in book.crosswalks if entry.to_scheme == "workstream"}
    assert mapped == set(book.lists["topic"].codes)


def test_every_topic_has_a_kind() -> None:
    book = read_code_book(CODE_FOLDER)
    kinds = book.lists["topic-kind"].codes
    assert {code.level for code in book.lists["topic"].codes.values()} == set(kinds)


@pytest.mark.parametrize(
    ("scheme", "label", "code"),
    [
        ("za-population-group", "Indian or Asian", "3"),
        ("scot-census-2022", "White: Gypsy/Traveller", "A5"),
        ("ie-census-2022", "Asian or Asian Irish - any other Asian background", "C3"),
        ("ca-visible-minority-2021", "Total - Visible minority", "_T"),
        ("us-omb-spd15-1997", "Native Hawaiian and Other Pacific Islander", "2076-8"),
        ("nz-ethnicity-2005-v2", "Middle Eastern/Latin American/African", "5"),
    ],
)
def test_a_label_as_its_publisher_prints_it_is_known(scheme: str, label: str, code: str) -> None:
    assert BOOK.lists[scheme].match(label) == (code,)
