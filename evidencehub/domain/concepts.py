"""The one vocabulary: what each table of a package may carry, concept by concept.

Files, database, API and pages use these names. `kind` says how a cell is read:
`code` (a code of `codelist`, given as code or label), `codes`, `ids` and `groups` (several,
separated by semicolons), `id`, `text`, `number`, `integer`, `date` (a day, month or year),
`period` (see `model.period`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidencehub.domain.status import TOTAL


@dataclass(frozen=True, slots=True)
class Concept:
    """One column of the vocabulary: its name, how a cell is read, and what it holds."""

    name: str
    cell_type: str
    description: str
    codelist: str = ""
    required: bool = False
    default: str | None = None

    @property
    def is_number(self) -> bool:
        """True when its cells are numbers."""
        return self.cell_type in ("number", "integer")


def _by_name(*concepts: Concept) -> Mapping[str, Concept]:
    return {concept.name: concept for concept in concepts}


OBSERVATION_CONCEPTS = _by_name(
    Concept(
        "indicator", "id", "id of the indicator, defined in this or another package", required=True
    ),
    Concept("area", "code", "area: ISO 3166 or GSS code, or list:code", "area", required=True),
    Concept("period", "period", "period as one text: 2024, 2024-03, 2024-Q1, 2024-04/2025-03"),
    Concept("period_start", "date", "first day of the period"),
    Concept("period_end", "date", "last day of the period"),
    Concept("scheme", "code", "ethnic classification", "scheme", required=True),
    Concept(
        "ethnicity",
        "code",
        "category in the classification; _T total, _U unknown",
        "",
        required=True,
    ),
    Concept("sex", "code", "sex; all sexes together if not given", "sex", default=TOTAL),
    Concept("age", "code", "age group; all ages together if not given", "age", default=TOTAL),
    Concept("other", "code", "other dimensions, written list=code;list=code", default=""),
    Concept(
        "comparator", "code", "for a published comparison: the group compared with", default=""
    ),
    Concept(
        "adjustment", "code", "factors for which the value is adjusted", "adjustment", default=""
    ),
    Concept("value", "number", "value, in the indicator's unit"),
    Concept("value_min", "number", "for a censored value (“over 950”): the lower bound"),
    Concept("value_max", "number", "for a censored value (“under 5”): the upper bound"),
    Concept("ci_lower", "number", "lower confidence limit"),
    Concept("ci_upper", "number", "upper confidence limit"),
    Concept("ci_level", "number", "confidence level, in percent"),
    Concept("se", "number", "standard error"),
    Concept("numerator", "number", "numerator: number of events or people counted"),
    Concept("denominator", "number", "denominator: the number by which the numerator is divided"),
    Concept("population", "number", "population of the group, used for weighting"),
    Concept("decimals", "integer", "decimals as published; taken from the text if not given"),
    Concept("obs_status", "code", "SDMX observation status", "obs-status"),
    Concept("conf_status", "code", "SDMX confidentiality status", "conf-status"),
    Concept(
        "counting_basis",
        "code",
        "counting basis: how people who belong to several groups are counted",
        "counting-basis",
    ),
    Concept("source", "id", "id of the original publication in sources.csv"),
    Concept("locator", "text", "location in the source: page, table, sheet"),
    Concept("read_from", "text", "where the value was read, if not in the source itself"),
    Concept(
        "verification", "code", "verification level: how the value was verified", "verification"
    ),
    Concept("note", "text", "note, shown with the value"),
)

INDICATOR_CONCEPTS = _by_name(
    Concept(
        "id", "id", "readable, globally unique id, starting with the place or source", required=True
    ),
    Concept(
        "family",
        "code",
        "family: indicators that measure the same thing in different countries",
        "family",
    ),
    Concept("title", "text", "title of the indicator", required=True),
    Concept("definition", "text", "definition, in one or two sentences", required=True),
    Concept("unit", "code", "unit of the value", "unit", required=True),
    Concept("scale", "number", "scale: events per this many (100, 1000, 100000)"),
    Concept("decimals", "integer", "decimals to show if a row does not say"),
    Concept(
        "value_type",
        "code",
        "value type: rate, percentage, count, ratio …",
        "value-type",
        required=True,
    ),
    Concept(
        "polarity",
        "code",
        "polarity: whether a higher value is better, worse or neither",
        "polarity",
        required=True,
    ),
    Concept("numerator_definition", "text", "definition of the numerator"),
    Concept("denominator_definition", "text", "definition of the denominator"),
    Concept("unit_of_count", "code", "what one unit of the counts is", "unit-of-count"),
    Concept("method", "text", "method: how the values are produced"),
    Concept(
        "standardisation", "text", "crude, or the standard population used; “not stated” if unknown"
    ),
    Concept(
        "whose_ethnicity",
        "code",
        "whose ethnicity is recorded: mother, baby, patient, staff …",
        "whose-ethnicity",
    ),
    Concept("ethnicity_recording", "code", "how ethnicity was recorded", "ethnicity-recording"),
    Concept("ethnicity_known", "number", "share of people whose ethnicity is known, in percent"),
    Concept(
        "ethnicity_unknown",
        "number",
        "share of people whose ethnicity is unknown or not stated, in percent",
    ),
    Concept(
        "same_source",
        "code",
        "whether numerator and denominator come from the same source",
        "same-source",
    ),
    Concept("population_year", "integer", "year of the population used as denominator"),
    Concept("reference_group", "text", "scheme:code of the reference group"),
    Concept(
        "headline_group",
        "text",
        "scheme:code of the group whose gap is told first, chosen before the values are seen",
    ),
    Concept("ci_method", "text", "method used for the confidence interval"),
    Concept("ci_level", "number", "confidence level, in percent"),
    Concept("caveats", "text", "caveats for users"),
    Concept(
        "series_breaks",
        "text",
        "breaks in series: points across which values should not be compared",
    ),
    Concept("workstreams", "codes", "workstreams", "workstream"),
    Concept("topics", "codes", "topics", "topic"),
    Concept("external_ids", "text", "ids of the same indicator in other systems"),
)

FINDING_CONCEPTS = _by_name(
    Concept("id", "id", "readable, globally unique id", required=True),
    Concept("title", "text", "short title"),
    Concept(
        "statement", "text", "statement of the finding, in at most 280 characters", required=True
    ),
    Concept("detail", "text", "further detail"),
    Concept(
        "type",
        "code",
        "type: finding, evidence gap, lived experience …",
        "finding-type",
        required=True,
    ),
    Concept("workstreams", "codes", "workstreams", "workstream", required=True),
    Concept("topics", "codes", "topics", "topic"),
    Concept("mechanism", "code", "for a cause or remedy: what the gap comes from", "mechanism"),
    Concept("study_design", "code", "the kind of study that it rests on", "study-design"),
    Concept("responsible", "codes", "organisations that can change it", "organisation"),
    Concept(
        "direction", "code", "direction: worse, better, no difference, mixed, unclear", "direction"
    ),
    Concept("certainty", "code", "certainty of the finding", "certainty", default="not-assessed"),
    Concept("certainty_note", "text", "why"),
    Concept("assessed_by", "text", "the role or office that assessed the certainty"),
    Concept("assessment_method", "text", "the method by which the certainty was assessed"),
    Concept("assessed_on", "date", "the day on which the certainty was assessed"),
    Concept(
        "unbound_figures", "text", "numbers in it that no claim states, separated by semicolons"
    ),
    Concept("unbound_reason", "code", "why no claim states them", "unbound-reason"),
    Concept("groups_affected", "groups", "scheme:code of the groups affected"),
    Concept("groups_compared", "groups", "scheme:code of the groups they are compared with"),
    Concept("population", "text", "population, in words"),
    Concept("area", "code", "where", "area"),
    Concept("period", "period", "period covered, as one text"),
    Concept("period_start", "date", "first day of the period"),
    Concept("period_end", "date", "last day of the period"),
    Concept("published", "date", "date of publication"),
    Concept("reviewed", "date", "date of the last review"),
    Concept("next_review", "date", "date of the next review"),
    Concept("superseded_by", "id", "id of the finding that supersedes it"),
    Concept("last_checked", "date", "for an evidence gap: when such evidence was last looked for"),
    Concept("checked_where", "text", "where it was looked for"),
    Concept("checked_by", "text", "the role or office that looked"),
    Concept("indicators", "ids", "ids of the indicators on which it is based"),
    Concept("sources", "ids", "ids of its sources in sources.csv"),
    Concept("verification", "code", "verification level: how it was verified", "verification"),
    Concept("note", "text", "note, shown with the finding"),
)

RECOMMENDATION_CONCEPTS = _by_name(
    Concept("id", "id", "readable, globally unique id", required=True),
    Concept("title", "text", "short title"),
    Concept("text", "text", "text of the recommendation", required=True),
    Concept("issued_by", "code", "the organisation that made it", "organisation"),
    Concept(
        "addressed_to", "codes", "organisations to which the source directs it", "organisation"
    ),
    Concept("addressee_note", "text", "whom it may be for, where the source names nobody"),
    Concept("strength", "code", "strength of the recommendation", "recommendation-strength"),
    Concept("workstreams", "codes", "workstreams", "workstream", required=True),
    Concept("topics", "codes", "topics", "topic"),
    Concept("issued", "date", "date of issue"),
    Concept("due", "date", "due date"),
    Concept("status", "code", "status when issued", "recommendation-status", default="unknown"),
    Concept("last_checked", "date", "when it was last looked for what became of it"),
    Concept("checked_where", "text", "where that was looked for"),
    Concept("checked_by", "text", "the role or office that looked"),
    Concept("next_check", "date", "when that will be looked for again"),
    Concept("area", "code", "where", "area"),
    Concept("population", "text", "population, in words"),
    Concept("findings", "ids", "ids of the findings on which it is based"),
    Concept("indicators", "ids", "ids of indicators that measure progress"),
    Concept("sources", "ids", "ids of its sources in sources.csv"),
    Concept("verification", "code", "verification level: how it was verified", "verification"),
    Concept("note", "text", "note, shown with the recommendation"),
)

UPDATE_CONCEPTS = _by_name(
    Concept("recommendation", "id", "id of the recommendation", required=True),
    Concept("date", "date", "date of the update", required=True),
    Concept("status", "code", "status from this date", "recommendation-status", required=True),
    Concept("note", "text", "description of what happened"),
    Concept("source", "id", "id of its source in sources.csv"),
    Concept("verification", "code", "verification level: how it was verified", "verification"),
)

CLAIM_CONCEPTS = _by_name(
    Concept("finding", "id", "id of the finding that states the number", required=True),
    Concept("measure", "code", "value, difference, ratio, limit …", "claim-measure", required=True),
    Concept("stated", "number", "number as stated in the finding", required=True),
    Concept(
        "decimals", "integer", "decimals with which it is stated; taken from the text if not given"
    ),
    Concept("indicator", "id", "id of the indicator", required=True),
    Concept("area", "id", "code of the area", required=True),
    Concept("period", "period", "period, as one text"),
    Concept("period_start", "date", "first day of the period"),
    Concept("period_end", "date", "last day of the period"),
    Concept("scheme", "id", "ethnic classification", required=True),
    Concept("ethnicity", "id", "code of the group in the classification", required=True),
    Concept("reference", "id", "code of the reference group, for a difference or ratio"),
    Concept("sex", "id", "code of the sex", default=TOTAL),
    Concept("age", "id", "code of the age group", default=TOTAL),
    Concept("other", "text", "other dimensions, list=code;list=code", default=""),
    Concept("comparator", "id", "published comparator of the value, if any", default=""),
    Concept("adjustment", "id", "factors for which the value is adjusted", default=""),
    Concept("group_text", "text", "how the finding names the group, where not by its label"),
    Concept("reference_text", "text", "how the finding names the reference group"),
    Concept("unit", "code", "unit of the figure when it was compared", "unit"),
    Concept("scale", "number", "scale of the figure when it was compared"),
    Concept("polarity", "code", "polarity of the figure when it was compared", "polarity"),
    Concept("obs_status", "code", "status of the figure when it was compared", "obs-status"),
    Concept("verification", "code", "how the figure was verified, when compared", "verification"),
    Concept("signed_by", "text", "who checked the number against the data"),
    Concept("signed_on", "date", "date on which it was checked"),
    Concept("inputs", "text", "values against which it was checked, as written by the hub"),
    Concept("note", "text", "note, shown with the claim"),
)

QUESTION_CONCEPTS = _by_name(
    Concept("id", "id", "readable, global", required=True),
    Concept("question", "text", "the question, in the words of those who ask", required=True),
    Concept("other_words", "text", "how else it is asked; for the search"),
    Concept("workstreams", "codes", "workstreams it belongs to", "workstream"),
    Concept("topics", "codes", "topics it belongs to", "topic", required=True),
    Concept("family", "code", "the measure that answers it, in every country", "family"),
    Concept("groups", "ids", "scheme:code of the groups it asks about, of any package"),
    Concept("area", "id", "the place it asks about, of any package"),
    Concept("findings", "ids", "findings that answer it"),
    Concept("recommendations", "ids", "recommendations that it asks about"),
    Concept("indicators", "ids", "indicators that show more"),
    Concept("answer", "text", "an answer in own words, without numbers"),
    Concept("not_known", "text", "what is not known", required=True),
    Concept("note", "text", "shown beside it"),
)

SOURCE_CONCEPTS = _by_name(
    Concept("id", "id", "readable id, unique in the package", required=True),
    Concept("title", "text", "title of the publication", required=True),
    Concept("publisher", "text", "publisher"),
    Concept("type", "code", "type of publication", "source-type", required=True),
    Concept("url", "text", "address"),
    Concept("doi", "text", "DOI, without the address of the resolver"),
    Concept("published", "date", "date of publication"),
    Concept("accessed", "date", "date of access"),
    Concept("licence", "text", "licence or terms of use, as stated by the source"),
    Concept(
        "verification", "code", "verification level: how its values were verified", "verification"
    ),
)

CODE_CONCEPTS = _by_name(
    Concept(
        "list", "id", "the list to which the code belongs (declared in hub.lists)", required=True
    ),
    Concept("code", "id", "the code", required=True),
    Concept("label", "text", "label, as named by the source", required=True),
    Concept("short_label", "text", "short label, for charts"),
    Concept("prose", "text", "label for use in a sentence: “people from a … background”"),
    Concept("language", "text", "language of the label"),
    Concept("parent", "id", "code of the parent category in the same list"),
    Concept("sort_order", "integer", "the source's own order"),
    Concept(
        "level", "text", "level: total, heading, group or residual; for areas, the type of area"
    ),
    Concept("residual", "integer", "1 for unknown, not stated or declined"),
    Concept("definition", "text", "definition"),
    Concept("valid_from", "date", "first day on which the code is valid"),
    Concept("valid_to", "date", "last day on which the code is valid"),
    Concept("source", "text", "source of the code"),
    Concept("verified", "text", "checked against the source: yes, partial, memory or no"),
    Concept("note", "text", "note"),
    Concept("successor", "id", "code of the same list that took its place"),
    Concept(
        "country",
        "id",
        "for areas: ISO 3166 code of the country it lies in, if its list is of several; INT for"
        " several countries",
    ),
    Concept("aliases", "texts", "alternative spellings, separated by semicolons"),
    Concept("facet", "id", "for ethnic groups: code in hub-facet, for navigation only"),
    Concept("facet_relation", "text", "SKOS relation to the facet code"),
    Concept(
        "maps_to", "id", "scheme:code of the matching category in a known classification, if any"
    ),
    Concept("relation", "text", "SKOS relation to maps_to"),
)

CONCEPTS_BY_ROLE: Mapping[str, Mapping[str, Concept]] = {
    "observations": OBSERVATION_CONCEPTS,
    "indicators": INDICATOR_CONCEPTS,
    "findings": FINDING_CONCEPTS,
    "recommendations": RECOMMENDATION_CONCEPTS,
    "updates": UPDATE_CONCEPTS,
    "claims": CLAIM_CONCEPTS,
    "questions": QUESTION_CONCEPTS,
    "sources": SOURCE_CONCEPTS,
    "codes": CODE_CONCEPTS,
}

INPUT_CONCEPTS: Mapping[str, Mapping[str, Concept]] = {
    "observations": _by_name(
        Concept(
            "margin_of_error",
            "number",
            "half the width of the confidence interval: the limits are the value less and plus it",
        ),
        Concept(
            "unit_multiplier",
            "number",
            "what value, bounds, limits and standard error are multiplied by (1000 for thousands)",
        ),
    )
}
"""What a table may carry that is not kept as it stands: other columns follow from it."""

OBSERVATION_KEY = (
    "indicator", "area", "period_start", "period_end", "scheme", "ethnicity", "sex", "age",
    "other", "comparator", "adjustment",
)  # fmt: skip
"""What tells two observations of one dataset apart."""
