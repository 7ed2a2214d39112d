"""What people read when a rule is broken, whole: a bad example each."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from evidencehub.formats.check_report import render_text
from tests.spec.changes import report_on
from tests.spec.examples import EXAMPLES

MESSAGES = {
    "structure/descriptor": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, licenses: “CC-BY-4.0” must be a list: [ … ].  [structure/descriptor]
           Correct it; docs/reference/package.md says what may stand there.\
"""),
    "structure/path": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, resources[2].path: “../sources.csv” leaves the folder.
           [structure/path]
           Name a file inside the dataset's folder.\
"""),
    "structure/inline": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, resources[1].dialect: “observations” is not plain CSV described in the
           descriptor itself.  [structure/inline]
           Use CSV, and write the dialect out as an object.\
"""),
    "structure/resource-names": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, resources: 2 resources have the file “data/sources.csv”.
           [structure/resource-names]
           Give each its own.\
"""),
    "structure/annotation": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, resources.observations: note.hub: “remark” is not a concept of
           observations.  [structure/annotation]
           Use one of indicator, area, period, period_start, period_end, scheme, ethnicity, sex,
           age, other, comparator, adjustment, value, value_min, value_max, ci_lower, ci_upper,
           ci_level, se, numerator, denominator, population, decimals, obs_status, conf_status,
           counting_basis, source, locator, read_from, verification, note.\
"""),
    "structure/concept-missing": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, resources.observations: observations does not say the scheme.
           [structure/concept-missing]
           Add a column scheme, or name the column that carries it in its `hub`.\
"""),
    "structure/header": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv, note: Column “notes” stands where the schema has “note”.
           [structure/header]
           Give file and schema the same columns in the same order.\
"""),
    "structure/row-length": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, note: The row has fewer cells than the header.
           [structure/row-length]
           Add the empty cells, or look for a missing quotation mark above.\
"""),
    "structure/type": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: “twelve” is not a number.  [structure/type]
           Correct it; if it means that there is no value, list it in `missingValues`.\
"""),
    "structure/constraint": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: “12.5” is above the greatest value allowed, 12.
           [structure/constraint]
           Correct the value or the limit.\
"""),
    "structure/key": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/sources.csv row 3: This repeats the key of row 2.  [structure/key]
           Delete one, or correct the column that should differ.\
"""),
    "structure/unique-keys": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 3: This repeats row 2 (same indicator, area and period).
           [structure/unique-keys]
           Delete one, or correct the column that should differ.\
"""),
    "structure/crash": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv: Frictionless could not finish checking this (TypeError: float()
           argument must be a string or a real number, not 'NoneType').  [structure/crash]
           Look for an unusual limit or value (a minimum that is no number, sNaN) and correct it.\
"""),
    "structure/row-not-used": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       data/observations.csv: 1 row meets the condition of no measure, and will not be loaded.
           [structure/row-not-used]
           Widen a measure's `where`, or add the rows to hold_back with the reason.\
"""),
    "structure/category": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, note: “blue” is not one of the field's categories.
           [structure/category]
           Use a category of the field, or add this one to `categories`.\
"""),
    "codes/unknown-code": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, ethnicity: “Group Z” is not in toy-repairs-groups.
           [codes/unknown-code]
           Did you mean B (Group B), A (Group A) or _T (All groups)?\
"""),
    "codes/ambiguous-label": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, ethnicity: “Group A” may mean A or B in toy-repairs-groups.
           [codes/ambiguous-label]
           Write the code instead, or declare the level in the descriptor.\
"""),
    "codes/own-list": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, hub.lists: toy-repairs-groups B has the parent “Z”, which is not there.
           [codes/own-list]
           Correct codes.csv, or the description of the list in hub.lists.\
"""),
    "codes/unmapped": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, indicator: “Speed” is not in the map of indicator.
           [codes/unmapped]
           Add it to the map in the descriptor; it has Rate.\
"""),
    "codes/unknown-group": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/findings.csv row 2, groups_affected: “Group A” does not name a group.
           [codes/unknown-group]
           Write it as scheme:code, for example ew-census-2021:1.\
"""),
    "codes/retired": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, ethnicity: toy-repairs-groups A was retired on 2020-12-31,
           and this period ends on 2024-12-31.  [codes/retired]
           Use the scheme that was in force, or give the source's own categories as an own list.\
"""),
    "codes/before-its-time": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       data/observations.csv row 2, ethnicity: toy-repairs-groups A is in use since 2025-01-01,
           and this period starts on 2024-01-01.  [codes/before-its-time]
           Check that the source really recoded the earlier years; if so, say it in the caveats.\
"""),
    "codes/counting-basis": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, counting_basis: Nothing says how toy-repairs-groups counts
           people who belong to several groups.  [codes/counting-basis]
           State counting_basis in the scheme or in the observations.\
"""),
    "codes/mixed-levels": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       data/observations.csv row 3, ethnicity: B and its heading A stand side by side.
           [codes/mixed-levels]
           Nothing to do if that is meant: readers must not add the two up.\
"""),
    "values/period": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, period: “2023-24” is not a period that can be read one way
           only.  [values/period]
           Write 2024, 2024-03, 2024-Q1 or 2024-04/2025-03, or declare in the descriptor which kind
           of year the label means.\
"""),
    "values/date": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/findings.csv row 2, published: “31/03/2024” is not a date.  [values/date]
           Write it as 2024-03-31, 2024-03 or 2024.\
"""),
    "values/formula-cell": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, note: “=1+1” would be run as a formula by a spreadsheet.
           [values/formula-cell]
           Rewrite the text so that it does not start with =, +, -, @ or a tab.\
"""),
    "values/spreadsheet-error": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, note: “#REF!” is an error of a spreadsheet, not a value.
           [values/spreadsheet-error]
           Go back to the source for the figure, or declare in the descriptor what the mark means.\
"""),
    "values/not-finite": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: “INF” is not a finite number.  [values/not-finite]
           Leave the cell empty and say why in obs_status.\
"""),
    "values/too-large": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: “1e300” is too large to be kept exactly.
           [values/too-large]
           If it is a code or an identifier, give the field the type string.\
"""),
    "values/missing-without-reason": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: The value is empty.  [values/missing-without-reason]
           Add obs_status: Q suppressed, M cannot exist, L not collected, O missing, or declare the
           mark that stands for it.\
"""),
    "values/status-without-value": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, obs_status: The status is A and there is no value.
           [values/status-without-value]
           Give the value, or a status that says why there is none (Q, M, L, O, H, K, S).\
"""),
    "values/value-and-status": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, obs_status: The status M says that there is no figure, and
           there is one.  [values/value-and-status]
           Take value, limits and standard error out, or correct the status.\
"""),
    "values/suppressed-count": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, numerator: The figure is suppressed and its numerator, 25,
           is shown.  [values/suppressed-count]
           Take the numerator out: it gives the suppressed figure away.\
"""),
    "values/censored-and-value": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value_min: There is a value (12.5), at least 950, at most
           nothing: these do not go together.  [values/censored-and-value]
           Give the value or the bound, and a lower bound that is not above the upper one.\
"""),
    "values/interval-order": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, ci_lower: The limits 13 to 14 do not bracket the value 12.5.
           [values/interval-order]
           Check whether the lower and upper limits are swapped.\
"""),
    "values/interval-half": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       data/observations.csv row 2, ci_lower: The interval has one limit only (11 to nothing).
           [values/interval-half]
           Add the other limit, or say in the note why the source gives one only.\
"""),
    "values/interval-level": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, ci_level: The level is 0.95.  [values/interval-level]
           Write 95 for a 95 % interval.\
"""),
    "values/negative": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: The value, -12.5, is negative.  [values/negative]
           Correct the figure, or give the indicator the value type `difference`.\
"""),
    "values/percentage-range": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: 125 is not possible for a percentage.
           [values/percentage-range]
           Check the figure and the indicator's value type.\
"""),
    "values/zero-denominator": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, denominator: The denominator is 0 and the value is 0.
           [values/zero-denominator]
           Leave the value empty with status M (cannot exist).\
"""),
    "values/rate-disagrees": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: The value is 1.25; 25 of 2000 gives 12.5.
           [values/rate-disagrees]
           Check value, numerator, denominator and the indicator's scale.\
"""),
    "values/period-future": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, period: The period ends on 2026-12-31, after 2026-01-31.
           [values/period-future]
           Correct the period, or `created` in the descriptor.\
"""),
    "values/duplicate-observation": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 3: This repeats data/observations.csv row 2 (the same in every
           dimension).  [values/duplicate-observation]
           Delete one, or correct the column that should differ.\
"""),
    "metadata/hub": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, hub: `contact` is not given.  [metadata/hub]
           Correct it; docs/reference/package.md says what may stand there.\
"""),
    "metadata/required": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, title: `title` is not given.  [metadata/required]
           Add it to the descriptor.\
"""),
    "metadata/name": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, name: The package calls itself “toys”; its folder is “toy-repairs”.
           [metadata/name]
           Give both the same name: lower case letters, digits and hyphens.\
"""),
    "metadata/created": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, created: “2026-01-31 00:00:00” is not a day.  [metadata/created]
           Write it as 2024-03-31T00:00:00Z.\
"""),
    "metadata/licence": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, licenses: “CC-BY-NC-4.0” is not a licence that permits publication.
           [metadata/licence]
           Use an id such as CC-BY-4.0 or OGL-UK-3.0; state other terms in sources.csv.\
"""),
    "metadata/codes": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, hub.workstreams: “innovation” is not in workstream. Did you mean
           innovating-for-all (Innovating for all)?  [metadata/codes]
           Use a code of the list.\
"""),
    "metadata/own-scheme": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, hub.lists.toy-repairs-groups: The scheme has no row for _U.
           [metadata/own-scheme]
           Complete codes.csv: rows _T and _U, and a code of hub-facet for each group in `facet`.\
"""),
    "metadata/lookalike": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       data/observations.csv row 1, lower_ci: “lower_ci” looks like ci_lower and is not declared
           as such.  [metadata/lookalike]
           Add `hub: {"concept": …}` to the field; it is kept as it is otherwise.\
"""),
    "metadata/ethnicity-completeness": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       datapackage.json, hub.ethnicity_completeness: How complete the recording of ethnicity is
           is not given.  [metadata/ethnicity-completeness]
           Say it, or write “not stated” if the source does not.\
"""),
    "metadata/texts": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       about.md: There is no about.md to say what the dataset shows.  [metadata/texts]
           Write it, with a heading for this version in changes.md; `new` shows how both look.\
"""),
    "wording/grouping": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, note: “BAME” is not how we speak of people.
           [wording/grouping]
           Name the groups as the source names them; if it gave one figure for all minority groups,
           declare that group in the package's own scheme.\
"""),
    "wording/source-term": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       datapackage.json, hub.lists.toy-repairs-groups: The source's own category “BME groups”
           says “BME”.  [wording/source-term]
           Nothing to do: the label is shown as the source's own.\
"""),
    "wording/work-note-in-descriptor": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, hub.caveats: “??” looks like a note to oneself.
           [wording/work-note-in-descriptor]
           Finish the sentence, or move the note out of the package.\
"""),
    "wording/statement-length": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/findings.csv row 2, statement: The statement has 281 characters; 280 is the most.
           [wording/statement-length]
           Shorten the statement; `detail` has room for the rest.\
"""),
    "links/unknown-source": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, source: “toy-raport” is not in sources.csv.
           [links/unknown-source]
           Add a row for it to sources.csv, or correct the id.\
"""),
    "links/unknown-main-fact": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   datapackage.json, hub.main_facts: “toy-repair-rate” is not in indicators.csv.
           [links/unknown-main-fact]
           Correct the id, or move the main facts to the package that defines the indicator.\
"""),
    "links/unused-source": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       data/sources.csv row 3, id: Nothing refers to “toy-leaflet”.  [links/unused-source]
           Refer to it, or take it out of sources.csv.\
"""),
    "links/address": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/sources.csv row 2, url: “example.org/toys” is not a full address.  [links/address]
           Write the whole address with https://, and the DOI as 10.…/….\
"""),
    "links/repeated-indicator": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/indicators.csv row 3, id: “toy-repairs-rate” is defined in row 2 already.
           [links/repeated-indicator]
           Delete one, or give it an id of its own.\
"""),
    "claims/mismatch": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/claims.csv row 2, stated: The finding states 1.4; the data give 1.25, from 12.5 (25
           of 2000); 10.0 (10 of 1000).  [claims/mismatch]
           Correct the finding and its claim, or the figures; both stand in the message.\
"""),
    "claims/stale": snapshot("""\
toy-repairs: nothing must be fixed, 1 is worth a look.

look       data/claims.csv row 2, inputs: 1.3 was signed off with 12.0 (24 of 2000); 10.0 (10 of
           1000); now it is 12.5 (25 of 2000); 10.0 (10 of 1000).  [claims/stale]
           Compare the number again; then write the figures into `inputs`, and sign anew.\
"""),
    "claims/no-figure": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/claims.csv row 2, indicator: No figure has toy-repairs-rate, toy-repairs-places:X01,
           2023-01-01 to 2023-12-31, toy-repairs-groups:A.  [claims/no-figure]
           Correct the claim's indicator, place, period, groups or other dimensions.\
"""),
    "disclosure/recoverable": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 4, numerator: The hidden count is 5: it follows from rows 2, 3.
           [disclosure/recoverable]
           Round all other counts too, each by itself, or hide or join more; see docs/explanation.\
"""),
    "disclosure/mask-undone": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, value: The value is shown as over 950, and 25 of 2000 gives
           it away.  [disclosure/mask-undone]
           Leave the counts out, or show the figure.\
"""),
    "disclosure/small-count": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/observations.csv row 2, numerator: A count of 5 is shown.  [disclosure/small-count]
           Hide the row's figures with status Q and say why in conf_status.\
"""),
    "links/unknown-indicator": snapshot("""\
toy-repairs: 1 thing must be fixed. Nothing has been published.

must fix   data/findings.csv row 2, indicators: The indicator “toy-repairs-speed” is defined
           nowhere.  [links/unknown-indicator]
           Add it to indicators.csv, or correct the id.\
"""),
}


@pytest.mark.parametrize("rule", list(MESSAGES))
def test_a_report_says_where_what_and_what_to_do(rule: str) -> None:
    example = next(example for example in EXAMPLES if example.rule == rule)
    assert render_text(report_on(example.bad)) == MESSAGES[rule]


def test_messages_of_every_subject_are_read() -> None:
    subjects = {example.rule.partition("/")[0] for example in EXAMPLES}
    assert {rule.partition("/")[0] for rule in MESSAGES} == subjects
