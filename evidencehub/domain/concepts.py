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
    Concept("indicator", "id", "id of the indicator, of this or another package", required=True),
    Concept("area", "code", "where: ISO 3166 or GSS code, else list:code", "area", required=True),
    Concept("period", "period", "when, as one text: 2024, 2024-03, 2024-Q1, 2024-04/2025-03"),
    Concept("period_start", "date", "first day of the period"),
    Concept("period_end", "date", "last day of the period"),
    Concept("scheme", "code", "the ethnic classification", "scheme", required=True),
    Concept("ethnicity", "code", "group in the scheme; _T all, _U unknown", "", required=True),
    Concept("sex", "code", "sex; all together when not given", "sex", default=TOTAL),
    Concept("age", "code", "age band; all together when not given", "age", default=TOTAL),
    Concept("other", "code", "further dimensions, written list=code;list=code", default=""),
    Concept("comparator", "code", "for a relative measure: the group compared with", default=""),
    Concept("adjustment", "code", "what the measure is adjusted for", "adjustment", default=""),
    Concept("value", "number", "the figure, in the indicator's unit"),
    Concept("value_min", "number", "for a censored value (“over 950”): it is at least this"),
    Concept("value_max", "number", "for a censored value (“under 5”): it is at most this"),
    Concept("ci_lower", "number", "lower limit of the interval"),
    Concept("ci_upper", "number", "upper limit of the interval"),
    Concept("ci_level", "number", "confidence level of the interval, in percent"),
    Concept("se", "number", "standard error"),
    Concept("numerator", "number", "count of events or people the value is made from"),
    Concept("denominator", "number", "count the numerator is divided by"),
    Concept("population", "number", "people in the group, for weighting"),
    Concept("decimals", "integer", "decimals as published; taken from the text when not given"),
    Concept("obs_status", "code", "SDMX observation status", "obs-status"),
    Concept("conf_status", "code", "SDMX confidentiality status", "conf-status"),
    Concept("counting_basis", "code", "how people of several groups are counted", "counting-basis"),
    Concept("source", "id", "row of sources.csv: the original publication"),
    Concept("locator", "text", "where in the source: page, table, sheet"),
    Concept("read_from", "text", "where the figure was read, when not in the source itself"),
    Concept("verification", "code", "how the figure was verified", "verification"),
    Concept("note", "text", "shown beside the figure"),
)

INDICATOR_CONCEPTS = _by_name(
    Concept("id", "id", "readable, global, place or source first", required=True),
    Concept("family", "code", "what measures the same thing elsewhere", "family"),
    Concept("title", "text", "name of the indicator, in words", required=True),
    Concept("definition", "text", "what it measures, in one or two sentences", required=True),
    Concept("unit", "code", "unit of the value", "unit", required=True),
    Concept("scale", "number", "events per this many (100, 1000, 100000)"),
    Concept("decimals", "integer", "decimals to print when a row does not say"),
    Concept("value_type", "code", "rate, percentage, count, ratio …", "value-type", required=True),
    Concept("polarity", "code", "is more better, worse, or neither", "polarity", required=True),
    Concept("numerator_definition", "text", "what is counted"),
    Concept("denominator_definition", "text", "what it is divided by"),
    Concept("unit_of_count", "code", "what one unit of the counts is", "unit-of-count"),
    Concept("method", "text", "how the figures are made"),
    Concept("standardisation", "text", "crude, or standardised to what; “not stated” if unknown"),
    Concept("whose_ethnicity", "code", "mother, baby, patient, staff …", "whose-ethnicity"),
    Concept("ethnicity_recording", "code", "how it was recorded", "ethnicity-recording"),
    Concept("ethnicity_known", "number", "for how many it is known, in percent"),
    Concept("ethnicity_unknown", "number", "for how many it is unknown or not stated, in percent"),
    Concept("same_source", "code", "are numerator and denominator of one source", "same-source"),
    Concept("population_year", "integer", "year of the population that is divided by"),
    Concept("reference_group", "text", "scheme:code of the group that others are compared with"),
    Concept(
        "headline_group",
        "text",
        "scheme:code of the group whose gap is told first, chosen before the values are seen",
    ),
    Concept("ci_method", "text", "how the interval was made"),
    Concept("ci_level", "number", "confidence level in percent"),
    Concept("caveats", "text", "what a reader must know"),
    Concept("series_breaks", "text", "where the series may not be compared across"),
    Concept("workstreams", "codes", "workstreams it belongs to", "workstream"),
    Concept("topics", "codes", "topics it belongs to", "topic"),
    Concept("external_ids", "text", "ids of the same indicator elsewhere"),
)

FINDING_CONCEPTS = _by_name(
    Concept("id", "id", "readable, global", required=True),
    Concept("title", "text", "short title"),
    Concept("statement", "text", "the finding in at most 280 characters", required=True),
    Concept("detail", "text", "more about it"),
    Concept(
        "type", "code", "finding, evidence gap, lived experience …", "finding-type", required=True
    ),
    Concept("workstreams", "codes", "workstreams it belongs to", "workstream", required=True),
    Concept("topics", "codes", "topics it belongs to", "topic"),
    Concept("mechanism", "code", "for a cause or remedy: what the gap comes from", "mechanism"),
    Concept("study_design", "code", "the kind of study that it rests on", "study-design"),
    Concept("responsible", "codes", "organisations that can change it", "organisation"),
    Concept("direction", "code", "worse, better, no difference, mixed, unclear", "direction"),
    Concept("certainty", "code", "how certain", "certainty", default="not-assessed"),
    Concept("certainty_note", "text", "why"),
    Concept("assessed_by", "text", "the role or office that assessed the certainty"),
    Concept("assessment_method", "text", "the method by which the certainty was assessed"),
    Concept("assessed_on", "date", "the day on which the certainty was assessed"),
    Concept(
        "unbound_figures", "text", "numbers in it that no claim states, separated by semicolons"
    ),
    Concept("unbound_reason", "code", "why no claim states them", "unbound-reason"),
    Concept("groups_affected", "groups", "scheme:code of the groups it speaks of"),
    Concept("groups_compared", "groups", "scheme:code of the groups they are compared with"),
    Concept("population", "text", "whom it is about, in words"),
    Concept("area", "code", "where", "area"),
    Concept("period", "period", "when, as one text"),
    Concept("period_start", "date", "first day of the period"),
    Concept("period_end", "date", "last day of the period"),
    Concept("published", "date", "when it was published"),
    Concept("reviewed", "date", "when it was last reviewed"),
    Concept("next_review", "date", "when it will be reviewed"),
    Concept("superseded_by", "id", "the finding that replaces it"),
    Concept("last_checked", "date", "for an evidence gap: when such evidence was last looked for"),
    Concept("checked_where", "text", "where it was looked for"),
    Concept("checked_by", "text", "the role or office that looked"),
    Concept("indicators", "ids", "indicators behind it"),
    Concept("sources", "ids", "rows of sources.csv"),
    Concept("verification", "code", "how it was verified", "verification"),
    Concept("note", "text", "shown beside it"),
)

RECOMMENDATION_CONCEPTS = _by_name(
    Concept("id", "id", "readable, global", required=True),
    Concept("title", "text", "short title"),
    Concept("text", "text", "what is recommended", required=True),
    Concept("issued_by", "code", "the organisation that made it", "organisation"),
    Concept("addressed_to", "codes", "organisations asked", "organisation"),
    Concept("addressee_note", "text", "whom it may be for, where the source names nobody"),
    Concept("strength", "code", "how strong", "recommendation-strength"),
    Concept("workstreams", "codes", "workstreams it belongs to", "workstream", required=True),
    Concept("topics", "codes", "topics it belongs to", "topic"),
    Concept("issued", "date", "when it was made"),
    Concept("due", "date", "when it is to be done"),
    Concept("status", "code", "status when issued", "recommendation-status", default="unknown"),
    Concept("last_checked", "date", "when it was last looked for what became of it"),
    Concept("checked_where", "text", "where that was looked for"),
    Concept("checked_by", "text", "the role or office that looked"),
    Concept("next_check", "date", "when that will be looked for again"),
    Concept("area", "code", "where", "area"),
    Concept("population", "text", "whom it is about, in words"),
    Concept("findings", "ids", "findings behind it"),
    Concept("indicators", "ids", "indicators that show whether it works"),
    Concept("sources", "ids", "rows of sources.csv"),
    Concept("verification", "code", "how it was verified", "verification"),
    Concept("note", "text", "shown beside it"),
)

UPDATE_CONCEPTS = _by_name(
    Concept("recommendation", "id", "the recommendation it is about", required=True),
    Concept("date", "date", "when it happened", required=True),
    Concept("status", "code", "status from then on", "recommendation-status", required=True),
    Concept("note", "text", "what happened"),
    Concept("source", "id", "row of sources.csv"),
    Concept("verification", "code", "how it was verified", "verification"),
)

CLAIM_CONCEPTS = _by_name(
    Concept("finding", "id", "the finding that states the number", required=True),
    Concept("measure", "code", "value, difference, ratio, limit …", "claim-measure", required=True),
    Concept("stated", "number", "the number, as the finding states it", required=True),
    Concept("decimals", "integer", "decimals it is stated with; read off it when not given"),
    Concept("indicator", "id", "indicator that it is a figure of", required=True),
    Concept("area", "id", "code of the place, as the figure has it", required=True),
    Concept("period", "period", "when, as one text"),
    Concept("period_start", "date", "first day of the period"),
    Concept("period_end", "date", "last day of the period"),
    Concept("scheme", "id", "the ethnic classification of the figure", required=True),
    Concept("ethnicity", "id", "code of the group in the scheme", required=True),
    Concept("reference", "id", "code of the group compared with, for a difference or ratio"),
    Concept("sex", "id", "code of the sex", default=TOTAL),
    Concept("age", "id", "code of the ages", default=TOTAL),
    Concept("other", "text", "further dimensions, list=code;list=code", default=""),
    Concept("comparator", "id", "comparator of the figure, if it has one", default=""),
    Concept("adjustment", "id", "what the figure is adjusted for", default=""),
    Concept("group_text", "text", "how the finding names the group, where not by its label"),
    Concept("reference_text", "text", "how the finding names the reference group"),
    Concept("unit", "code", "unit of the figure when it was compared", "unit"),
    Concept("scale", "number", "scale of the figure when it was compared"),
    Concept("polarity", "code", "polarity of the figure when it was compared", "polarity"),
    Concept("obs_status", "code", "status of the figure when it was compared", "obs-status"),
    Concept("verification", "code", "how the figure was verified, when compared", "verification"),
    Concept("signed_by", "text", "who compared the number with the data"),
    Concept("signed_on", "date", "the day on which it was compared"),
    Concept("inputs", "text", "the figures it was compared with, as the hub writes them"),
    Concept("note", "text", "shown beside it"),
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
    Concept("id", "id", "readable, unique in the package", required=True),
    Concept("title", "text", "title of the publication", required=True),
    Concept("publisher", "text", "who published it"),
    Concept("type", "code", "kind of publication", "source-type", required=True),
    Concept("url", "text", "address"),
    Concept("doi", "text", "DOI, without the resolver's address"),
    Concept("published", "date", "when it was published"),
    Concept("accessed", "date", "when it was read"),
    Concept("licence", "text", "terms of the source, as it states them"),
    Concept("verification", "code", "how its figures were verified", "verification"),
)

CODE_CONCEPTS = _by_name(
    Concept(
        "list", "id", "the list that the code belongs to (hub.lists describes it)", required=True
    ),
    Concept("code", "id", "the code", required=True),
    Concept("label", "text", "as the source names it", required=True),
    Concept("short_label", "text", "for charts"),
    Concept("prose", "text", "in a sentence: “people from a … background”"),
    Concept("language", "text", "language of the label"),
    Concept("parent", "id", "code of the same list that contains it"),
    Concept("sort_order", "integer", "the source's own order"),
    Concept("level", "text", "total, heading, group or residual; for areas what kind of place"),
    Concept("residual", "integer", "1 for not known, not stated, declined"),
    Concept("definition", "text", "what it means"),
    Concept("valid_from", "date", "first day it may be used"),
    Concept("valid_to", "date", "last day it may be used"),
    Concept("source", "text", "where the code comes from"),
    Concept("verified", "text", "yes, partial, memory or no"),
    Concept("note", "text", "a remark"),
    Concept("successor", "id", "code of the same list that took its place"),
    Concept(
        "country",
        "id",
        "for areas: ISO 3166 code of the country it lies in, if its list is of several; INT for"
        " several countries",
    ),
    Concept("aliases", "texts", "other spellings, separated by semicolons"),
    Concept("facet", "id", "for ethnic groups: code of hub-facet, for navigation only"),
    Concept("facet_relation", "text", "SKOS relation to the facet code"),
    Concept("maps_to", "id", "scheme:code of a known scheme, where there is one"),
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

OBSERVATION_KEY = (
    "indicator", "area", "period_start", "period_end", "scheme", "ethnicity", "sex", "age",
    "other", "comparator", "adjustment",
)  # fmt: skip
"""What tells two observations of one dataset apart."""
