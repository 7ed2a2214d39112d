"""What the checks of a package say: code to template, and what to do about it.

A code begins with the name of the rule. A condition in SQL has its template in its own row of the
table of rules, as what a rule advises has.
"""

from __future__ import annotations

TEMPLATES = {
    "codes/retired": "{group} was retired on {bound}, but this period ends on {day}.",
    "codes/before-its-time": "{group} was introduced on {bound}, but this period starts on {day}.",
    "codes/counting-basis": (
        "The counting basis of {scheme} is not stated: how people who belong to several groups are "
        "counted."
    ),
    "codes/mixed-levels": "{code} and its parent category {parent} are in the same table.",
    "values/formula-cell": "A spreadsheet would run “{text}” as a formula.",
    "values/spreadsheet-error": "“{text}” is a spreadsheet error, not a value.",
    "values/spreadsheet-number": (
        "“{text}” looks like a code that a spreadsheet has converted to a number."
    ),
    "values/control-character": "“{text}” contains a control character.",
    "values/malformed-number": (
        "“{text}” would be read as a number by leaving out signs that may change its meaning."
    ),
    "values/not-finite": "“{text}” is not a finite number.",
    "values/too-large": "“{text}” is too large to be stored exactly.",
    "values/ethnicity-shares": (
        "The shares known ({known}%) and unknown ({unknown}%) are not between 0 and 100, or add up "
        "to more than 100%."
    ),
    "values/rate-disagrees/rounded": (
        "The value does not follow from the counts exactly. They are all multiples of {base}, so "
        "they look rounded."
    ),
    "plausibility/unit": "No value of {indicator}, a percentage, is above {highest}.",
    "plausibility/scale": "The unit {unit} means a scale of {expected}, but the scale is {scale}.",
    "plausibility/group": (
        "The value of {group} is {value}, and those of the other groups are {lowest} to {highest}. "
        "Is it {likely}?"
    ),
    "plausibility/missing-group": (
        "{group} has no row of {indicator} in the newest period, and has one in every earlier one."
    ),
    "plausibility/parts": "The total is {total}, but the groups add up to {parts}.",
    "plausibility/digits": "Values have up to {decimals} decimals, which no source prints.",
    "plausibility/whole-number": "{value} is not a whole number of the unit {unit}.",
    "plausibility/whole-number/count": (
        "The {concept} is not a whole number; other counts of the package are."
    ),
    "plausibility/last-release": "The value is {value}; version {version} has {earlier}.",
    "metadata/source-terms": "The terms of this source are “{terms}”, narrower than the package's.",
    "metadata/source-terms/commercial": "The source's licence, {terms}, forbids use for money.",
    "metadata/source-terms/changes": "The source's licence, {terms}, forbids changed versions.",
    "metadata/source-terms/commercial-changes": (
        "The source's licence, {terms}, forbids use for money and changed versions."
    ),
    "metadata/source-terms/share-alike": (
        "The source's licence, {terms}, must be passed on. The package has another."
    ),
    "metadata/source-terms/attribution": (
        "The source's licence, {terms}, asks for attribution. The package's does not."
    ),
    "values/no-rows": "The table has no rows, so nothing of it is published.",
    "values/garbled-text": "“{text}” looks garbled: UTF-8 read in another encoding.",
    "values/explained": "The values are unusual. The package explains: {reason}",
    "metadata/explained/rule": "The rule “{rule}” is not one that a reason can answer.",
    "metadata/explained/indicator": "“{indicator}” is not an indicator of the package.",
    "values/period-future": "The period ends on {end}, after the package was created on {created}.",
    "values/duplicate-observation": (
        "This duplicates {first_file} row {first_row}: every dimension is the same."
    ),
    "values/duplicate-observation/other-value": (
        "This duplicates {first_file} row {first_row} with another value: every dimension is the "
        "same."
    ),
    "metadata/required": "The descriptor has no `{key}`.",
    "metadata/name/differs": "The package's name is “{name}” but its folder is “{folder}”.",
    "metadata/name/folder": "The folder name “{folder}” contains characters that are not allowed.",
    "metadata/version": "“{version}” is not a version in the form major.minor.patch.",
    "metadata/created": "“{created}” is not a valid date.",
    "metadata/created-later": "The date {created} has not come yet.",
    "metadata/hidden-character": "The text contains the character {character}, which is not seen.",
    "metadata/text-length/text": "The text has {length} characters; the limit is {limit}.",
    "metadata/text-length/list": "The list has {count} entries; the limit is {limit}.",
    "metadata/address": "“{address}” is not an address that a page may link to.",
    "links/address-scheme": "“{address}” is not an address that a page may link to.",
    "values/cell-length": "The cell has {length} characters.",
    "metadata/licence/unnamed": "A licence has no name.",
    "metadata/licence/unknown": "“{name}” is not a licence id of SPDX or the Open Definition.",
    "metadata/licence/suggested": (
        "“{name}” is not a licence id of SPDX or the Open Definition. Did you mean {suggestions}?"
    ),
    "metadata/licence/commercial": "“{name}” does not permit use for money.",
    "metadata/licence/changes": "“{name}” does not permit changed versions.",
    "metadata/licence/commercial-changes": "“{name}” forbids use for money and changed versions.",
    "metadata/licence/not-known": "What “{name}” permits is unknown to the hub.",
    "metadata/codes": "“{code}” is not in {codelist}.",
    "metadata/codes/suggested": "“{code}” is not in {codelist}. Did you mean {suggestions}?",
    "metadata/own-scheme/rows": "The scheme has no row for {codes}.",
    "metadata/own-scheme/counting-basis": "“{code}” is not a code in the list counting-basis.",
    "metadata/own-scheme/facet": "{code} is not mapped to a group in hub-facet.",
    "metadata/not-ready": "The dataset is not ready to publish: its state is “{state}”.",
    "metadata/unknown": "Still unknown: {facts}.",
    "metadata/contributor-name": "“{name}” is an address, not the name of a contributor.",
    "metadata/source-publisher": "“{name}” is an address, not the name of a publisher.",
    "metadata/empty-heading": "Nothing is written below {headings}.",
    "metadata/lookalike": ("“{name}” looks like the concept {concept} but is not declared as one."),
    "metadata/ethnicity-completeness": "The completeness of ethnicity recording is not stated.",
    "metadata/next-update": "The date of the next update is not stated.",
    "metadata/texts/about": ("about.md is missing or empty. It should say what the dataset shows."),
    "metadata/texts/changes": "changes.md is missing or empty. It should say what has changed.",
    "metadata/texts/version": "changes.md has no entry for version {version}.",
    "metadata/method": "The indicator {indicator} has no `method`.",
    "wording/grouping": "The term “{term}” is not used by the hub.",
    "wording/source-term": "The source's category “{label}” contains the term “{term}”.",
    "wording/work-note": "“{term}” looks like a working note.",
    "wording/statement-length": "The statement has {length} characters. The maximum is 280.",
    "links/unknown-source": "“{id}” is not in sources.csv.",
    "links/unknown-main-fact": "“{id}” is not in indicators.csv.",
    "links/unused-source": "The source “{id}” is not cited anywhere in the package.",
    "links/address/url": "“{url}” is not a full web address.",
    "metadata/governance/people": (
        "The package has values or findings on {groups}, but does not say who has authority over "
        "these data."
    ),
    "metadata/governance/lived-experience": (
        "The package has lived experience, but does not say to what the people consented."
    ),
    "links/address/doi": "“{doi}” is not a DOI in the form 10.…/….",
    "links/repeated-id": "“{id}” is already defined in row {first_row}.",
    "links/repeated-update": "This repeats row {first_row} (same recommendation, date and status).",
    "links/defined-twice": "The {kind} “{id}” is already defined by {owner}.",
    "links/unknown-id": "The {kind} “{id}” is not defined in any package.",
    "disclosure/small-count": (
        "The count {count} is published but must be suppressed under the dataset's policy."
    ),
    "disclosure/not-rounded": "The count {count} is not rounded to a multiple of {base}.",
    "disclosure/personal-column": "“{name}” looks like a column of personal data.",
    "disclosure/all-or-none/nobody": "Nobody in this group is counted.",
    "disclosure/all-or-none/everybody": "Everybody in this group is counted.",
    "disclosure/few-people": "The denominator is {people} people.",
    "disclosure/count-in-text": "The text states a small count: “{text}”.",
    "disclosure/not-signed-off": "These files ({files}) have not been signed off under {policy}.",
    "disclosure/not-signed-off/other-files": (
        "The sign-off by {by} on {date} is for other files or another policy. The current files "
        "are {files}, under {policy}."
    ),
    "disclosure/recoverable/exact": (
        "The suppressed count is {count}. It can be derived from {rows}."
    ),
    "disclosure/recoverable/exact-elsewhere": (
        "The suppressed count in {cell} is {count}. It can be derived from {rows}."
    ),
    "disclosure/narrowed/range": (
        "The suppressed count lies in the range {count}. It can be derived from {rows}."
    ),
    "disclosure/narrowed/too-narrow": (
        "The suppressed count lies in the range {count}, but {limit} values must remain possible. "
        "It can be derived from {rows}."
    ),
    "disclosure/narrowed/range-elsewhere": (
        "The suppressed count in {cell} lies in the range {count}. It can be derived from {rows}."
    ),
    "disclosure/small-remainder": (
        "The total in {total} exceeds its listed parts ({rows}) by {count}, which is a small count."
    ),
    "disclosure/contradiction": "These counts are inconsistent with each other: {rows}.",
    "disclosure/not-proven/too-large": (
        "{count:,} counts of the indicator {indicator}, and those that it adds up with, are too "
        "many to audit for disclosure in this dataset."
    ),
    "disclosure/not-proven/versions": (
        "There are too many counts to audit. Versions {versions} were left out of the audit."
    ),
    "disclosure/not-proven/limits": (
        "The confidence limits of {count:,} rows were not examined for the counts that they imply."
    ),
    "disclosure/not-proven/indicators": (
        "The {count:,} indicators are too many to find out which of them add up."
    ),
    "disclosure/not-proven/block": (
        "The suppressed count is not proven to be protected: it is in a block of the table that is "
        "too large to audit in full."
    ),
    "disclosure/undeclared-sum/total": (
        "If {first} and {second} add up to {total}, the suppressed count is {count}. It can be "
        "derived from {rows}."
    ),
    "disclosure/undeclared-sum/denominator": (
        "If {first} and {second} add up to their denominator, the suppressed count is {count}. It "
        "can be derived from {rows}."
    ),
    "disclosure/indicator-sums/unknown": ("“{indicator}” has no observations in this package."),
    "disclosure/indicator-sums/parts": (
        "A sum needs two or more different parts, and a total that is not one of them."
    ),
    "disclosure/indicator-sums/circular": "“{indicator}” is declared to be a part of itself.",
    "disclosure/protection-interval/no-policy": (
        "The policy “{policy}” does not say which counts are suppressed, so a protection interval "
        "has no effect."
    ),
    "disclosure/protection-interval/too-wide": (
        "A suppressed count cannot have {interval} values: {policy} suppresses {limit}."
    ),
    "disclosure/suppressed-in-text": "The value is suppressed, but the text states “{text}”.",
    "disclosure/published-before": (
        "Version {version} published {value} here, and earlier releases stay available."
    ),
    "disclosure/rate-tells-count/denominator": (
        "The rate {rate} with a denominator of {denominator} implies a count of {count}."
    ),
    "disclosure/rate-tells-count/limits": (
        "The rate {rate} with confidence limits of {lower} and {upper} implies a count of {count}."
    ),
    "disclosure/mask-undone/over": (
        "The value of {indicator} is censored (over {bound}), but it can be derived from the "
        "counts {numerator} and {denominator}."
    ),
    "disclosure/mask-undone/under": (
        "The value of {indicator} is censored (under {bound}), but it can be derived from the "
        "counts {numerator} and {denominator}."
    ),
    "disclosure/raw-column": "The value is suppressed, but this column shows {value}.",
    "descriptor/fix": "Correct it. The properties allowed are listed in docs/reference/package.md.",
    "descriptor/missing-key": "{names} is missing.",
    "descriptor/missing-keys": "{names} are missing.",
    "descriptor/unknown-key": "{names} is not allowed here: no such key. Allowed: {allowed}.",
    "descriptor/unknown-keys": "{names} are not allowed here: no such keys. Allowed: {allowed}.",
    "descriptor/type": "“{value}” must be {types}.",
    "descriptor/enum": "“{value}” is not one of {allowed}.",
    "descriptor/empty": "The value is empty.",
    "descriptor/too-long": "The text has {count} characters; at most {limit} are allowed.",
    "descriptor/too-many": "The list has {count} entries; at most {limit} are allowed.",
    "descriptor/duplicate": "The list contains a duplicate.",
    "descriptor/invalid": "“{value}” is not valid ({constraint} {limit}).",
}
