"""What people read when a rule is broken, whole: a bad example each."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from evidencehub.formats.check_report import render_text
from tests.spec.changes import report_on
from tests.spec.examples import EXAMPLES

MESSAGES = {
    "structure/descriptor": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, licenses: “CC-BY-4.0” must be a list, [ … ].  [structure/descriptor]
           Correct it. The properties allowed are listed in docs/reference/package.md.\
"""),
    "structure/path": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, resources[2].path: “../sources.csv” is outside the dataset's folder.
           [structure/path]
           Use a file inside the dataset's folder.\
"""),
    "structure/inline": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, resources[1].dialect: The resource “observations” is not CSV with its
           dialect in the descriptor.  [structure/inline]
           Use CSV, and write the dialect as an object in the descriptor.\
"""),
    "structure/resource-names": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, resources: 2 resources use the file “data/sources.csv”.
           [structure/resource-names]
           Give each resource a different name and a different file.\
"""),
    "structure/annotation": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, resources.observations: note.hub: “remark” is not a concept for the
           role observations.  [structure/annotation]
           Use one of indicator, area, period, period_start, period_end, scheme, ethnicity, sex,
           age, other, comparator, adjustment, value, value_min, value_max, ci_lower, ci_upper,
           ci_level, se, numerator, denominator, population, decimals, obs_status, conf_status,
           counting_basis, source, locator, read_from, verification, note, margin_of_error,
           unit_multiplier.\
"""),
    "structure/concept-missing": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, resources.observations: observations has no scheme.
           [structure/concept-missing]
           Add a column scheme, or declare which column has this concept in its `hub` object.\
"""),
    "structure/header": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv, note: Column “notes” is where the schema has “note”.
           [structure/header]
           Put the columns of the file in the same order as in the schema.\
"""),
    "structure/row-length": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, note: The row has fewer cells than the header.
           [structure/row-length]
           Add the missing cells, or look for a missing quotation mark in an earlier row.\
"""),
    "structure/type": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: “twelve” is not a number.  [structure/type]
           Correct the cell. If it marks a missing value, list it in `missingValues` and give its
           meaning in `marks`.\
"""),
    "structure/constraint": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: “12.5” is above the maximum, 12.
           [structure/constraint]
           Correct the value or the constraint.\
"""),
    "structure/key": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/sources.csv row 3: This row has the same key as row 2.  [structure/key]
           Delete one row, or correct the column that should differ.\
"""),
    "structure/unique-keys": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 3: This duplicates row 2 (same indicator, area and period).
           [structure/unique-keys]
           Delete one row, or correct the column that should differ.\
"""),
    "structure/crash": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv: Frictionless could not complete the check (TypeError: float()
           argument must be a string or a real number, not 'NoneType').  [structure/crash]
           Look for an unusual constraint or value (a minimum that is not a number, sNaN) and
           correct it.\
"""),
    "structure/row-not-used": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/observations.csv: 1 row matches no measure's condition and will not be loaded.
           [structure/row-not-used]
           Widen the measure's `where` condition, or add the rows to hold_back with a reason.\
"""),
    "structure/category": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, note: “blue” is not one of the field's categories.
           [structure/category]
           Use a category listed for the field, or add this one to `categories`.\
"""),
    "codes/unknown-code": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, ethnicity: “Group Z” is not in toy-repairs-groups.
           [codes/unknown-code]
           Did you mean A (Group A) or B (Group B)?\
"""),
    "codes/ambiguous-label": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, ethnicity: “Group A” could be A or B in toy-repairs-groups.
           [codes/ambiguous-label]
           Use the code instead of the label, or declare the level in the descriptor.\
"""),
    "codes/own-list": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, hub.lists: toy-repairs-groups B has the parent “Z”, which does not
           exist.  [codes/own-list]
           Correct codes.csv, or the declaration of the list in hub.lists.\
"""),
    "codes/unmapped": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, indicator: “Speed” is not in the map of indicator.
           [codes/unmapped]
           Add it to the map in the descriptor. The map has Rate.\
"""),
    "codes/unknown-group": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, groups_affected: “Group A” is not a group in the form
           scheme:code.  [codes/unknown-group]
           Use scheme:code, for example ew-census-2021:1.\
"""),
    "codes/retired": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, ethnicity: toy-repairs-groups A was retired on 2020-12-31,
           but this period ends on 2024-12-31.  [codes/retired]
           Use the classification in force at the time, or give the source's own categories as a
           code list in the package.\
"""),
    "codes/before-its-time": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/observations.csv row 2, ethnicity: toy-repairs-groups A was introduced on
           2025-01-01, but this period starts on 2024-01-01.  [codes/before-its-time]
           Check that the source recoded the earlier years. If it did, say so in the caveats.\
"""),
    "codes/counting-basis": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, counting_basis: The counting basis of toy-repairs-groups is
           not stated: how people who belong to several groups are counted.  [codes/counting-basis]
           State counting_basis for the classification or in the observations.\
"""),
    "codes/mixed-levels": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/observations.csv row 3, ethnicity: B and its parent category A are in the same
           table.  [codes/mixed-levels]
           No action is needed if this is intended. Readers must not add the categories to their
           parent.\
"""),
    "values/period": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, period: “2023-24” could mean more than one period.
           [values/period]
           Write 2024, 2024-03, 2024-Q1 or 2024-04/2025-03. If it is a year of another kind, declare
           `period` of the field: years, financial-year (from April), financial-year-july,
           financial-year-october or school-year.\
"""),
    "values/date": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, published: “31/03/2024” is not a valid date.  [values/date]
           Write it as 2024-03-31, 2024-03 or 2024.\
"""),
    "values/formula-cell": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, note: A spreadsheet would run “=1+1” as a formula.
           [values/formula-cell]
           Rewrite the text so that it does not begin with =, +, -, @ or a tab.\
"""),
    "values/spreadsheet-error": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, note: “#REF!” is a spreadsheet error, not a value.
           [values/spreadsheet-error]
           Take the value from the source again, or declare in the descriptor what this marker
           means.\
"""),
    "values/not-finite": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: “INF” is not a finite number.  [values/not-finite]
           Leave the cell empty and give the reason in obs_status.\
"""),
    "values/too-large": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: “1e300” is too large to be stored exactly.
           [values/too-large]
           If it is a code or an identifier, set the field's type to string.\
"""),
    "values/missing-without-reason": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: The value is empty.  [values/missing-without-reason]
           Set obs_status to Q (suppressed), M (cannot exist), L (not collected) or O (missing), or
           declare the marker that stands for a missing value.\
"""),
    "values/status-without-value": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, obs_status: The status is A but the value is empty.
           [values/status-without-value]
           Enter the value, or a status that explains why it is missing (Q, M, L, O, H, K, S).\
"""),
    "values/value-and-status": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, obs_status: The status M says that the value is missing, but
           a value, limit or standard error is given.  [values/value-and-status]
           Delete the value, confidence limits and standard error, or correct the status.\
"""),
    "values/suppressed-count": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, numerator: The value is suppressed but its numerator, 25, is
           published.  [values/suppressed-count]
           Delete the numerator: the suppressed value can be derived from it.\
"""),
    "values/censored-and-value": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value_min: The value (12.5), lower bound (950) and upper
           bound (nothing) are inconsistent.  [values/censored-and-value]
           Enter either the value or the bounds. The lower bound must not exceed the upper bound.\
"""),
    "values/interval-order": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, ci_lower: The value 12.5 is not between the confidence
           limits 13 and 14.  [values/interval-order]
           Check whether the lower and upper confidence limits are swapped.\
"""),
    "values/interval-half": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/observations.csv row 2, ci_lower: The confidence interval has only one limit (11 to
           nothing).  [values/interval-half]
           Add the other limit, or explain in the note why the source gives only one.\
"""),
    "values/interval-level": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, ci_level: The confidence level is 0.95.
           [values/interval-level]
           Write 95 for a 95% confidence interval.\
"""),
    "values/negative": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: The value -12.5 is negative.  [values/negative]
           Correct the value. If it is a difference, set the value type to `difference`; if it is a
           correction of earlier values, give the reason in hub.explained.\
"""),
    "values/percentage-range": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: 125 is outside the range of a percentage.
           [values/percentage-range]
           Check the value and the indicator's value type. If numerator and denominator come from
           different sources, set same_source to no and say so in the caveats, or give the reason in
           hub.explained.\
"""),
    "values/zero-denominator": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, denominator: The denominator is 0 but a value (0) is given.
           [values/zero-denominator]
           Leave the value empty and set obs_status to M (cannot exist).\
"""),
    "values/rate-disagrees": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: The value is 1.25, but 25 of 2000 gives 12.5.
           [values/rate-disagrees]
           Check the value, the counts and the scale, and whether columns are swapped. If counts are
           rounded, state the base in hub.counts_rounded_to; if they are weighted, give the reason
           in hub.explained.\
"""),
    "values/period-future": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, period: The period ends on 2026-12-31, after the package was
           created on 2026-01-31.  [values/period-future]
           Correct the period, or the date in `created`.\
"""),
    "values/duplicate-observation": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 3: This duplicates data/observations.csv row 2: every dimension
           is the same.  [values/duplicate-observation]
           Delete one row, or correct the column that should differ.\
"""),
    "metadata/hub": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, hub.contact: “7” must be text.  [metadata/hub]
           Correct it. The properties allowed are listed in docs/reference/package.md.\
"""),
    "metadata/required": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, title: The descriptor has no `title`.  [metadata/required]
           Add it to the descriptor.\
"""),
    "metadata/unknown": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json: Still unknown: the licence (`licenses`), the sources (`sources`) and
           the contact (`hub.contact`).  [metadata/unknown]
           State it. Until it is known, leave it out and let `hub.state` say “draft”.\
"""),
    "metadata/contributor-name": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    datapackage.json, contributors[0]: “toys@example.org” is an address, not the name of a
           contributor.  [metadata/contributor-name]
           Write the name of the organisation or person. An e-mail address belongs in `hub.contact`.\
"""),
    "metadata/empty-heading": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    about.md: Nothing is written below “What it shows”.  [metadata/empty-heading]
           Write the text, or delete the heading.\
"""),
    "metadata/name": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, name: The package's name is “toys” but its folder is “toy-repairs”.
           [metadata/name]
           Give both the same name, using lower-case letters, digits and hyphens.\
"""),
    "metadata/created": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, created: “2026-01-31 00:00:00” is not a valid date.  [metadata/created]
           Write it as 2024-03-31T00:00:00Z.\
"""),
    "metadata/licence": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, licenses: “CC-BY-NC-4.0” does not permit use for money.
           [metadata/licence]
           Use an id such as CC-BY-4.0 or OGL-UK-3.0. State any other terms in sources.csv.\
"""),
    "metadata/codes": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, hub.workstreams: “innovation” is not in workstream. Did you mean
           innovating-for-all (Innovating for all)?  [metadata/codes]
           Use a code from the list.\
"""),
    "metadata/own-scheme": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, hub.lists.toy-repairs-groups: The scheme has no row for _U.
           [metadata/own-scheme]
           In codes.csv, add the rows _T and _U, and give each group a code of hub-facet in `facet`;
           a category with 1 in `residual` needs none.\
"""),
    "metadata/lookalike": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/observations.csv row 1, lower_ci: “lower_ci” looks like the concept ci_lower but is
           not declared as one.  [metadata/lookalike]
           Add `hub: {"concept": …}` to the field. Otherwise the column is published as it is.\
"""),
    "metadata/ethnicity-completeness": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    datapackage.json, hub.ethnicity_completeness: The completeness of ethnicity recording is
           not stated.  [metadata/ethnicity-completeness]
           State the percentage of people whose ethnicity is known, or write “not stated” if the
           source does not give it.\
"""),
    "metadata/texts": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    about.md: about.md is missing or empty. It should say what the dataset shows.
           [metadata/texts]
           Write the file, with an entry for this version in changes.md. `new` creates an example of
           both.\
"""),
    "wording/grouping": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, note: The term “BAME” is not used by the hub.
           [wording/grouping]
           Name the groups as the source names them. If the source gives one value for all minority
           groups, define that group in the package's own classification.\
"""),
    "wording/source-term": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    datapackage.json, hub.lists.toy-repairs-groups: The source's category “BME groups”
           contains the term “BME”.  [wording/source-term]
           No action is needed. The label is shown as the source's own.\
"""),
    "wording/work-note-in-descriptor": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, hub.caveats: “??” looks like a working note.
           [wording/work-note-in-descriptor]
           Finish the sentence, or remove the note from the package.\
"""),
    "wording/statement-length": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, statement: The statement has 281 characters. The maximum is 280.
           [wording/statement-length]
           Shorten the statement. Use `detail` for the rest.\
"""),
    "links/unknown-source": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, source: “toy-raport” is not in sources.csv.
           [links/unknown-source]
           Add the source to sources.csv, or correct the id.\
"""),
    "links/unknown-main-fact": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, hub.main_facts: “toy-repair-rate” is not in indicators.csv.
           [links/unknown-main-fact]
           Correct the id, or move the main fact to the package that defines the indicator.\
"""),
    "links/unused-source": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/sources.csv row 3, id: The source “toy-leaflet” is not cited anywhere in the
           package.  [links/unused-source]
           Cite the source, or delete it from sources.csv.\
"""),
    "links/address": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/sources.csv row 2, url: “example.org/toys” is not a full web address.
           [links/address]
           Write the full address with https://, or the DOI as 10.…/….\
"""),
    "links/repeated-indicator": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/indicators.csv row 3, id: “toy-repairs-rate” is already defined in row 2.
           [links/repeated-indicator]
           Delete one row, or give it a different id.\
"""),
    "claims/mismatch": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/claims.csv row 2, stated: The finding states 1.4, but the data gives 1.25, from 12.5
           (25 of 2000); 10.0 (10 of 1000).  [claims/mismatch]
           Correct the finding and its claim, or correct the published values. The message shows
           both.\
"""),
    "claims/stale": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/claims.csv row 2, inputs: 1.3 was signed off with the values 12.0 (24 of 2000); 10.0
           (10 of 1000), but they are now 12.5 (25 of 2000); 10.0 (10 of 1000).  [claims/stale]
           Check the claim against the current values, then update `inputs` and sign it off again.\
"""),
    "claims/no-figure": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/claims.csv row 2, indicator: No figure has toy-repairs-rate, toy-repairs-places:X01,
           2023-01-01 to 2023-12-31, toy-repairs-groups:A.  [claims/no-figure]
           Correct the claim's indicator, area, period, groups or other dimensions.\
"""),
    "disclosure/recoverable": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 4, numerator: The suppressed count is 5. It can be derived from
           rows 2, 3.  [disclosure/recoverable]
           Round every other count independently, apply secondary suppression to more cells, or
           combine groups. See docs/explanation/disclosure.md.\
"""),
    "disclosure/narrowed": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 4, numerator: The suppressed count lies in the range 1 to 4,
           but 5 values must remain possible. It can be derived from rows 2, 3.
           [disclosure/narrowed]
           Round every other count independently, apply secondary suppression to more cells, or
           combine groups. See docs/explanation/disclosure.md.\
"""),
    "disclosure/small-remainder": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, numerator: The total in row 2 exceeds its listed parts (row
           3) by 5, which is a small count.  [disclosure/small-remainder]
           List the part and suppress it together with another one, round the counts, or suppress
           the total.\
"""),
    "disclosure/contradiction": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, numerator: These counts are inconsistent with each other:
           rows 2, 3, 4.  [disclosure/contradiction]
           Correct the count that is wrong. The audit cannot rely on sums that contradict each
           other.\
"""),
    "disclosure/undeclared-sum": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 4, numerator: If toy-repairs-tin and toy-repairs-wood add up to
           toy-repairs-rate, the suppressed count is 5. It can be derived from rows 2, 3.
           [disclosure/undeclared-sum]
           State in `hub.indicator_sums` whether they add up. If they do, apply secondary
           suppression.\
"""),
    "disclosure/indicator-sums": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, hub.indicator_sums[0]: “toy-repairs-glass” has no observations in this
           package.  [disclosure/indicator-sums]
           Correct the entry: `parts` are two or more indicators of this package, and `total` is
           another one.\
"""),
    "disclosure/protection-interval": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      datapackage.json, hub.protection_interval: The policy “already-published” does not say
           which counts are suppressed, so a protection interval has no effect.
           [disclosure/protection-interval]
           Delete `protection_interval`, or choose a policy and a number of values that fit.\
"""),
    "disclosure/suppressed-in-text": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, note: The value is suppressed, but the text states “n=4”.
           [disclosure/suppressed-in-text]
           Remove the count from the text.\
"""),
    "disclosure/mask-undone": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: The value of toy-repairs-rate is censored (over 950),
           but it can be derived from the counts 25 and 2000.  [disclosure/mask-undone]
           Remove the counts, or publish the value.\
"""),
    "disclosure/small-count": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, numerator: The count 5 is published but must be suppressed
           under the dataset's policy.  [disclosure/small-count]
           Suppress the row's values: set obs_status to Q and give the reason in conf_status.\
"""),
    "findings/unbound-number": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, statement: The number “12.5 of every 1,000” has no claim: In
           2024, 12.5 of every 1,000 toys were…  [findings/unbound-number]
           Add a claim that states it, correct the number, or list it in `unbound_figures` with an
           `unbound_reason`.\
"""),
    "findings/other-period": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, title: The text names “2025”, but neither the finding nor a
           claim is about that time: Toys that were mended in 2025  [findings/other-period]
           Correct the text or the period, or list the date in `unbound_figures` with an
           `unbound_reason`.\
"""),
    "findings/certainty": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, assessed_by: The certainty is “low”, but assessed_by is empty,
           so nobody can see who assessed it.  [findings/certainty]
           Fill in `assessed_by`, `assessment_method` and `assessed_on`; or leave all three empty
           and use “not-assessed”.\
"""),
    "claims/not-in-text": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/claims.csv row 2, stated: The claim states 1.3, but the finding has no number.
           [claims/not-in-text]
           Write the same number in the finding and in its claim; delete the claim if the finding no
           longer states it.\
"""),
    "claims/unit-not-in-text": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/claims.csv row 2, stated: The finding's text states 12.5%, but the values are per
           1,000 population: In 2024, 12.5% of toys of Group A were…  [claims/unit-not-in-text]
           Write the unit with the number, such as “341.7 per 100,000” or “61.1%”; or correct the
           indicator's unit.\
"""),
    "claims/group-not-in-text": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/claims.csv row 2, ethnicity: The finding's text states 12.5 of every 1,000 without
           naming “Group A”: In 2024, 12.5 of every 1,000 toys were…  [claims/group-not-in-text]
           Name the group by its label; if the finding names it otherwise, write those words in
           `group_text` or `reference_text`.\
"""),
    "claims/direction": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, statement: The finding's text says “fewer for every 1,000 than
           toys of Group B”, but Group A has more than Group B: 12.5 (25 of 2000); 10.0 (10 of
           1000).  [claims/direction]
           Correct the text or the direction; if the values are wrong, correct the values or the
           indicator's polarity.\
"""),
    "claims/basis-changed": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/claims.csv row 2, polarity: The claim was compared with values whose polarity was
           “adverse”, but it is now “favourable”.  [claims/basis-changed]
           Read the finding again beside the values, then correct it or the claim's columns.\
"""),
    "claims/verification": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, verification: The finding has the verification level A, but it
           rests on a value of the level C1: 12.5.  [claims/verification]
           Correct the finding's `verification`, or verify the value against its source.\
"""),
    "claims/superseded": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/claims.csv row 2, period: The claim is about 2024-01-01 to 2024-12-31, but there are
           values of the same series for 2025-01-01 to 2025-12-31.  [claims/superseded]
           Write a new finding with claims about the newer values and name it in `superseded_by`, or
           keep this one as a finding about its time.\
"""),
    "questions/binding": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/questions.csv row 2, findings: Nothing is named that answers the question.
           [questions/binding]
           Name what answers it. Where nothing does, write a finding of the type evidence-gap and
           name that.\
"""),
    "questions/number": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/questions.csv row 2, answer: The text states 25, which nothing binds to a value.
           [questions/number]
           Write the sentence without the number, and bind the question to what states it.\
"""),
    "plausibility/group": snapshot("""\
toy-repairs: no errors, 1 warning to review.

warning    data/observations.csv row 5, value: The value of G4 is 1.25, and those of the other
           groups are 9.8 to 15.1. Is it 12.5?  [plausibility/group]
           Check it against the source. If the source is right, give the reason in hub.explained.\
"""),
    "values/blank-dimension": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 3, sex: The cell does not say which sex the row is about.
           [values/blank-dimension]
           Write _T for all people together, or give the cell its meaning in the field's `map`.\
"""),
    "values/malformed-number": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/observations.csv row 2, value: “<5%” would be read as a number by leaving out signs
           that may change its meaning.  [values/malformed-number]
           If the text is a bound or a mark, list it in `missingValues` and give its meaning in
           `marks`. If it is a value with a flag, declare `split`. Otherwise correct the cell.\
"""),
    "questions/mark": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/questions.csv row 2, question: The question has no question mark.  [questions/mark]
           Write it as somebody would ask it.\
"""),
    "recommendations/unsought-response": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/recommendations.csv row 2, status: “toy-advice” has the status “no-response”, but
           nothing says where and when a response was looked for.
           [recommendations/unsought-response]
           Fill in `last_checked`, `checked_where` and `checked_by`, or use the status “unknown”.\
"""),
    "recommendations/outcome-when-issued": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/recommendations.csv row 2, status: “outcome-improved” says what the recommendation
           brought, which cannot be known when it is made.  [recommendations/outcome-when-issued]
           Record the outcome in `updates` with its date and source.\
"""),
    "links/unknown-indicator": snapshot("""\
toy-repairs: 1 error must be fixed. Nothing has been published.

error      data/findings.csv row 2, indicators: The indicator “toy-repairs-speed” is not defined in
           any package.  [links/unknown-indicator]
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
