"""Why values may not be compared, or only with care: code to template."""

from __future__ import annotations

TEMPLATES = {
    "comparability/countries": (
        "The groups are of different countries: {countries}. "
        "Compare the inequality within each country, not groups between countries."
    ),
    "comparability/classifications-apart": (
        "The groups of {scheme} ({area}) and {other_scheme} ({other_area}) "
        "cannot be brought into one classification."
    ),
    "comparability/unit": "The figures have different units: {values}.",
    "comparability/value-type": "The figures are of different types: {values}.",
    "comparability/adjustment": "{indicator}: figures with different adjustments: {values}.",
    "comparability/comparator": "{indicator}: figures in relation to different groups: {values}.",
    "comparability/classifications": "The groups are of different classifications: {values}.",
    "comparability/convertible-classifications": (
        "The groups are of different classifications: {values}. "
        "These can be converted: {conversions}."
    ),
    "comparability/counting-basis": "People of several groups are counted differently: {values}.",
    "comparability/standardisation": "The figures are standardised differently: {values}.",
    "comparability/population": "The figures are about different people: {values}.",
    "comparability/whose-ethnicity": "The ethnic group is that of different people: {values}.",
    "comparability/recording": "The ethnic group was recorded differently: {values}.",
    "comparability/age": "The figures are of different ages: {values}.",
    "comparability/sex": "The figures are of different sexes: {values}.",
    "comparability/period-length": "The periods differ in length: {lengths}.",
    "comparability/periods": "The figures are of different periods: {periods}.",
    "comparability/periods-overlap": (
        "{indicator}: periods overlap, such as {start} to {end} and {other_start} to {other_end}, "
        "so their figures share people."
    ),
    "comparability/series-break": "{indicator}: the series has a break. {breaks}",
    "comparability/marked-series-break": "{indicator}: the series has a break at {starts}.",
    "comparability/completeness": (
        "{indicator}: the ethnic group is known for only {percentage}% of records."
    ),
    "comparability/completeness-differs": (
        "The ethnic group is known for different shares: {values}."
    ),
    "comparability/completeness-not-stated": (
        "It is not stated for how many people the ethnic group is known ({indicators})."
    ),
    "comparability/counting-basis-not-stated": (
        "It is not stated how people of several groups are counted ({indicators})."
    ),
    "comparability/whose-not-stated": "It is not stated whose ethnic group it is ({indicators}).",
    "comparability/synthetic": (
        "Some values were made up for teaching ({indicators}). Do not set them beside real ones."
    ),
    "comparability/secondary-source": (
        "Some values were read in a secondary source ({indicators}), others in the original."
    ),
    "comparability/definition": (
        "The indicators are defined differently: {indicators}. Read the definition of each."
    ),
    "comparability/numerator": "What is counted differs: {values}.",
    "comparability/absolute-unit": (
        "The absolute measures have different units: {values}. Compare the relative measures only."
    ),
    "comparability/difference-unit": (
        "The differences have different units: {values}. Compare the ratios only."
    ),
    "comparability/ratio-kind": "The ratios are of different kinds: {values}.",
    "comparability/similar-ratio-kind": (
        "The ratios are of different kinds, which are alike only for rare events: {values}."
    ),
    "comparability/ratio-kind-not-stated": (
        "It is not stated of what kind the ratios are ({indicators})."
    ),
    "comparability/dimension": "The gaps are between categories of different dimensions: {values}.",
    "comparability/reference-kind": (
        "The gaps are measured from different kinds of reference: {kinds}."
    ),
    "comparability/kind-of-indicators": "{kind} ({indicators})",
    "comparability/reference-declared-group": "a reference group",
    "comparability/reference-all-groups": "all groups together",
    "comparability/reference-highest-lowest": "the highest group against the lowest",
    "comparability/reference-group": (
        "{scheme}: gaps are measured from different reference groups: {values}."
    ),
    "comparability/number-of-groups": (
        "The numbers of groups differ: {counts}. Of more groups the widest gap is wider."
    ),
    "comparability/count-of-indicators": "{count} ({indicators})",
    "comparability/exploratory": (
        "Some gaps are of a group picked by its value ({indicators}), others of a group fixed "
        "beforehand."
    ),
    "comparability/adjusted-beside-crude": (
        "Some gaps are crude ({crude}), others adjusted or standardised ({adjusted})."
    ),
    "comparability/adjustments-differ": "The gaps are adjusted for different things: {values}.",
    "comparability/adjustment-not-stated": (
        "It is not stated whether the values are adjusted or standardised ({indicators})."
    ),
    "comparability/no-period-in-common-of-groups": (
        "{indicator}: the groups have no period in common, such as {examples}."
    ),
    "comparability/no-period-in-common-of-areas": (
        "{indicator}: the areas have no period in common, such as {examples}."
    ),
    "comparability/category-period": "{category} ({start} to {end})",
    "comparability/periods-not-assessed": (
        "{indicator}: too many groups, areas and periods to assess whether any period is shared. "
        "Add filters."
    ),
    "comparability/not-assessed": (
        "The answer is too large to assess: the maximum is {max_rows} rows, and {max_combinations} "
        "combinations of what rows may differ in. Add filters, such as one indicator or one period."
    ),
    "comparability/others": "{count} more",
    "comparability/quoted": "“{value}”",
    "comparability/not-stated": "not stated",
    "comparability/not-adjusted": "no adjustment",
    "comparability/conversion": "{source} to {target}",
    "comparability/indicator-period": "{indicator} {start} to {end}",
    "comparability/length-of-indicators": "{length} ({indicators})",
    "comparability/month": "{count} month",
    "comparability/months": "{count} months",
    "comparability/day": "{count} day",
    "comparability/days": "{count} days",
    "comparability/unknown-length": "unknown",
}
