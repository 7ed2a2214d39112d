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
