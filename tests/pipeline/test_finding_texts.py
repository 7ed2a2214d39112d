"""A sentence that drifts from its value is stopped, whichever of the two was changed.

The cases are changes of shipped datasets at one place each; what a case needs is in the dataset.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evidencehub import pipeline
from evidencehub.domain.problem import CheckReport
from evidencehub.pipeline import BuildPaths
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT

DATASETS = PROJECT_ROOT / "datasets"
DETENTIONS, THERAPIES = "eng-mental-health-act-detentions", "eng-talking-therapies-outcomes"
OXIMETRY, STILLBIRTH = "pulse-oximetry-accuracy", "uk-perinatal-infant-mortality"
WRES = "eng-nhs-workforce-race-equality"
TRUST = "rho-findings-recommendations"
VALUES_OF = {TRUST: ("eng-digital-access-and-trust", "eng-ethnicity-coding-quality")}
FINDINGS, CLAIMS = "data/findings.csv", "data/claims.csv"
INDICATORS, VALUES = "data/indicators.csv", "data/observations.csv"
SENTENCE = "claims/not-in-text"


def report_on(tmp_path: Path, slug: str, *edits: tuple[str, str, str]) -> CheckReport:
    """The report on a shipped dataset with the first of each text replaced in a file."""
    folder = tmp_path / slug
    shutil.copytree(DATASETS / slug, folder)
    for file, old, new in edits:
        text = (folder / file).read_text("utf-8")
        assert old in text, f"{slug}/{file} has no “{old}”"
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    paths = BuildPaths(
        [DATASETS], CODE_FOLDER, PROJECT_ROOT / "metadata.yaml", tmp_path / "out", tmp_path / "none"
    )
    folders = [folder, *(DATASETS / other for other in VALUES_OF.get(slug, ()))]
    return pipeline.check_packages(folders, paths)[0]


def errors(report: CheckReport) -> list[str]:
    return list(dict.fromkeys(p.rule for p in report.problems if p.severity == "error"))


RATE = "341.7 per 100,000"
STUDY = {
    "number of the text": (DETENTIONS, FINDINGS, "was 4.7 times", "was 7.4 times", [
        "claims/not-in-text", "findings/unbound-number",
    ]),
    "number of the text, by one": (DETENTIONS, FINDINGS, "was 4.7 times", "was 6 times", [
        "claims/not-in-text", "findings/unbound-number",
    ]),
    "unit of the text": (DETENTIONS, FINDINGS, RATE, "341.7 per 1,000", ["claims/unit-not-in-text"]),
    "period of the text": (DETENTIONS, FINDINGS, "March 2022", "March 2024", [
        "findings/other-period",
    ]),
    "group of the text": (
        DETENTIONS, FINDINGS, "high for Black or Black British", "high for Asian or Asian British",
        ["claims/group-not-in-text", "findings/other-group"],
    ),
    "direction of the text": (THERAPIES, FINDINGS, "points lower", "points higher", [
        "claims/direction",
    ]),
    "polarity of the indicator": (DETENTIONS, INDICATORS, "rate,adverse", "rate,favourable", [
        "claims/basis-changed", "claims/direction",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("case", list(STUDY))
def test_a_change_at_one_place_is_stopped(tmp_path: Path, case: str) -> None:
    slug, file, old, new, expected = STUDY[case]
    assert sorted(errors(report_on(tmp_path, slug, (file, old, new)))) == sorted(expected)


def test_a_finding_without_its_claims_is_stopped(tmp_path: Path) -> None:
    text = (DATASETS / DETENTIONS / CLAIMS).read_text("utf-8")
    header, *rows = text.splitlines(keepends=True)
    rows = [row for row in rows if "other-black" in row]
    report = report_on(tmp_path, DETENTIONS, (CLAIMS, text, "".join([header, *rows])))
    assert errors(report) == ["findings/unbound-number"]
    assert {p.row for p in report.problems if p.severity == "error"} == {2}


def test_another_unit_of_the_indicator_is_stopped_though_the_values_stay(tmp_path: Path) -> None:
    unit = "per-100000-population,100000"
    edit = (INDICATORS, unit, "per-1000-population,1000")
    report = report_on(tmp_path, DETENTIONS, edit)
    assert {"claims/unit-not-in-text", "claims/basis-changed"} <= set(errors(report))
    # also where no claim says what the unit was: the sentence still says “per 100,000”
    silent = (CLAIMS, "per-100000-population,100000,", ",,")
    report = report_on(tmp_path / "silent", DETENTIONS, edit, *[silent] * 8)
    assert errors(report) == ["claims/unit-not-in-text"]


def make_provisional(tmp_path: Path, *edits: tuple[str, str, str]) -> CheckReport:
    row = next(
        line for line in (DATASETS / DETENTIONS / VALUES).read_text("utf-8").splitlines()
        if ",341.7," in line
    )  # fmt: skip
    assert ",A," in row
    return report_on(tmp_path, DETENTIONS, (VALUES, row, row.replace(",A,", ",P,")), *edits)


def test_a_value_that_is_now_provisional_must_be_said_to_be(tmp_path: Path) -> None:
    report = make_provisional(tmp_path)
    assert set(errors(report)) == {"claims/basis-changed", "claims/value-status"}
    message = next(p.message for p in report.problems if p.rule == "claims/value-status")
    assert message == "The value 341.7 is marked “Provisional” (P), which the finding does not say."


SAYS_SO = (
    FINDINGS,
    "341.7 divided by 72.4 is 4.72.",
    "341.7 divided by 72.4 is provisionally 4.72.",
)
TAKEN_UP = [(CLAIMS, ",adverse,A,C1", ",adverse,P,C1")] * 4


@pytest.mark.parametrize("edits", [[SAYS_SO, *TAKEN_UP], TAKEN_UP], ids=["text", "claim"])
def test_a_provisional_value_may_be_said_in_the_text_or_in_the_claim(
    tmp_path: Path, edits: list[tuple[str, str, str]]
) -> None:
    """The claims are four in row: the ratio, both values, and the ratio of the detail."""
    report = make_provisional(tmp_path, *edits)
    # the value of the White group is not provisional, and its claim says that it is
    assert [p.rule for p in report.problems if p.severity == "error"] == ["claims/basis-changed"]
    assert next(p for p in report.problems if p.severity == "error").row == 4


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        # as the study has them: rounding is right …
        ((VALUES, ",341.7,", ",342,"), []),
        # … and what was stopped before is stopped still
        ((CLAIMS, "ratio,4.7,", "ratio,7.4,"), [SENTENCE, "findings/unbound-number"]),
        ((CLAIMS, ",GB,GW", ",P,GW"), ["claims/mismatch", "claims/group-not-in-text"]),
        ((CLAIMS, "2021-04/2022-03", "2022-04/2023-03"), ["claims/period-not-in-text"]),
        ((VALUES, ",341.7,", ",431.7,"), ["claims/mismatch"]),
        ((VALUES, "2021-04-01,2022-03-31,nhs-ethnic-category-2001,GB", "x"), None),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_values_and_claims_are_judged_as_before(
    tmp_path: Path, edit: tuple[str, str, str], expected: list[str] | None
) -> None:
    if expected is None:  # the value's period moves away from the claim's
        old = next(
            line for line in (DATASETS / DETENTIONS / VALUES).read_text("utf-8").splitlines()
            if ",341.7," in line
        )  # fmt: skip
        new = old.replace("2021-04-01", "2017-04-01").replace("2022-03-31", "2018-03-31")
        edit, expected = (VALUES, old, new), ["claims/no-figure"]
    assert sorted(errors(report_on(tmp_path, DETENTIONS, edit))) == sorted(expected)


def test_a_claim_that_is_rounded_further_than_its_sentence_is_stopped(tmp_path: Path) -> None:
    """Before, “4.7” with a claim of 5 passed; the sentence and the claim now say the same."""
    report = report_on(tmp_path, DETENTIONS, (CLAIMS, "ratio,4.7,", "ratio,5,"))
    assert sorted(errors(report)) == ["claims/not-in-text", "findings/unbound-number"]


OTHERS = {
    "a count of the detail": (OXIMETRY, FINDINGS, "339 of 16,011", "393 of 16,011", [
        "claims/not-in-text", "findings/unbound-number",
    ]),
    "“twice” where the ratio is 1.9": (OXIMETRY, FINDINGS, "about twice as", "about three times as", [
        "findings/unbound-number",
    ]),
    "a limit of the definition": (OXIMETRY, FINDINGS, "below 88%", "below 85%", [
        "findings/unbound-figures", "findings/unbound-number",
    ]),
    "a confidence limit": (STILLBIRTH, FINDINGS, "3.35 to 4.32", "3.35 to 4.23", [
        "claims/not-in-text", "findings/unbound-number",
    ]),
    "the unit of a difference": (THERAPIES, FINDINGS, "6.2 percentage points", "6.2%", [
        "claims/unit-not-in-text",
    ]),
    "the unit in other words": (STILLBIRTH, FINDINGS, "4.05 more, or", "4.05% more, or", [
        "claims/unit-not-in-text",
    ]),
    "a ratio that becomes a share": (STILLBIRTH, FINDINGS, "or 2.4 times the rate", "or 2.4% more", [
        "claims/not-in-text", "findings/unbound-number",
    ]),
    "the years of a span": (STILLBIRTH, FINDINGS, "Wales in 2006 to 2012", "Wales in 2006 to 2021", [
        "claims/period-not-in-text", "findings/other-period",
    ]),
    "the year of a title": (DETENTIONS, FINDINGS, "British people, 2021-22", "British people, 2023-24", [
        "findings/other-period",
    ]),
    "a narrower group": (STILLBIRTH, FINDINGS, "births for Black African babies than for White babies",
        "births for Black African babies than for White Irish babies",
        ["claims/group-not-in-text", "findings/other-group"],
    ),
    "the group compared with": (DETENTIONS, FINDINGS, "as for White people (72.4)",
        "as for White British people (72.4)", ["claims/group-not-in-text", "findings/other-group"],
    ),
    "the groups changed about": (STILLBIRTH, FINDINGS, "rate for Black African babies than for White babies",
        "rate for White babies than for Black African babies", ["claims/direction"],
    ),
    "a title's direction": (STILLBIRTH, FINDINGS, "birthday more often than White British",
        "birthday less often than White British", ["claims/direction"],
    ),
    "the finding's direction": (THERAPIES, FINDINGS, ",worse,", ",better,", ["claims/direction"]),
    "a value that is only quoted": (DETENTIONS, FINDINGS, ",nhs-mha-2021-22,C1", ",nhs-mha-2021-22,A", [
        "claims/verification",
    ]),
    "a scale beside the unit": (DETENTIONS, CLAIMS, ",100000,adverse", ",1000,adverse", [
        "claims/basis-changed",
    ]),
    "another country": (DETENTIONS, FINDINGS, "Mental Health Act in England was 4.7", "Mental Health Act in Scotland was 4.7", ["claims/other-people"]),
    "two groups' numbers": (TRUST, FINDINGS, "49% of the Black and 38% of the Asian", "38% of the Black and 49% of the Asian", ["claims/misplaced-number"]),
    "two groups' names": (OXIMETRY, FINDINGS, "2.1% of paired readings of Black patients and 1.1% of those of White", "2.1% of paired readings of White patients and 1.1% of those of Black", ["claims/misplaced-number"]),
    "two indicators' numbers": (TRUST, FINDINGS, "not stated for 13% of inpatients and 17% of outpatients", "not stated for 17% of inpatients and 13% of outpatients", ["claims/misplaced-number"]),
    "a placeholder": (DETENTIONS, FINDINGS, "These figures do not show", "{ratio} These figures do not show", [
        "findings/placeholder",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("case", list(OTHERS))
def test_others_of_the_kind_are_stopped(tmp_path: Path, case: str) -> None:
    slug, file, old, new, expected = OTHERS[case]
    assert sorted(errors(report_on(tmp_path, slug, (file, old, new)))) == sorted(expected)


REWORDED = {
    "per cent": (THERAPIES, "61.1% of finished", "61.1 per cent of finished"),
    "a range of years": (STILLBIRTH, "in 2006 to 2012", "between 2006 and 2012"),
    "fold": (DETENTIONS, "was 4.7 times as high for", "was 4.7-fold, for"),
    "for every": (DETENTIONS, "341.7 per 100,000", "341.7 for every 100,000"),
    "a year end": (DETENTIONS, "In the year to March 2022, the known rate", "In 2021/22 the known rate"),
    "turned about": (THERAPIES, "6.2 percentage points lower than for White British people (67.3%)",
        "6.2 percentage points fewer than those of White British people (67.3%)"),
    "the other way": (THERAPIES, "about 6.2 percentage points lower than for White British people (67.3%)",
        "White British people (67.3%) had 6.2 percentage points more than Bangladeshi people"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(REWORDED))
def test_the_same_in_other_words_passes(tmp_path: Path, case: str) -> None:
    slug, old, new = REWORDED[case]
    report = report_on(tmp_path, slug, (FINDINGS, old, new))
    assert errors(report) == [], [p.message for p in report.problems]


DETAIL = "These figures do not show"
HONEST = {
    "a classification": (DETENTIONS, FINDINGS, DETAIL, f"No value by Chinese status was read. {DETAIL}"),
    "a search": (DETENTIONS, FINDINGS, DETAIL, f"More was looked for on 28 November 2026. {DETAIL}"),
    "a setting": (DETENTIONS, FINDINGS, DETAIL, f"Another study is of five hospitals of one city. {DETAIL}"),
    "a year that ends within a month": ("ie-traveller-mortality", FINDINGS,
        "In Ireland from October 2007 to October 2008, injury",
        "In Ireland in the year to October 2008, injury"),
    "how a claim's group is named": (WRES, CLAIMS, "other ethnic groups combined", "all other ethnic groups combined"),
}  # fmt: skip
WRONG = {
    "people": (DETENTIONS, FINDINGS, DETAIL, f"No value of Chinese people was read. {DETAIL}", "findings/other-group"),
    "a time": (DETENTIONS, FINDINGS, DETAIL, f"It was so in November 2026. {DETAIL}", "findings/other-period"),
    "a result": (DETENTIONS, FINDINGS, DETAIL, f"In another study 48 people died. {DETAIL}", "findings/unbound-number"),
    "another year": ("ie-traveller-mortality", FINDINGS,
        "In Ireland from October 2007 to October 2008, injury",
        "In Ireland in the year to October 2009, injury", "findings/other-period"),
    "another day": (WRES, FINDINGS, "On 31 March 2024", "On 11 March 2024", "findings/other-period"),
    "another group's words": (WRES, CLAIMS, "other ethnic groups combined", "White", "claims/group-not-in-text"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(HONEST))
def test_what_is_no_value_group_or_time_passes(tmp_path: Path, case: str) -> None:
    slug, file, old, new = HONEST[case]
    report = report_on(tmp_path, slug, (file, old, new))
    assert errors(report) == [], [p.message for p in report.problems]


@pytest.mark.parametrize("case", list(WRONG))
def test_what_is_one_is_stopped_in_its_place(tmp_path: Path, case: str) -> None:
    slug, file, old, new, rule = WRONG[case]
    assert rule in errors(report_on(tmp_path, slug, (file, old, new)))
