"""The questions that people ask, and what they are bound to."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.domain.concepts import QUESTION_CONCEPTS
from evidencehub.store.resource_model import ApiResource

_GROUPS_SQL = " from question_group as g where g.question = q.question order by g.rowid"

QUESTIONS = ApiResource(
    "questions",
    "Questions that people ask, what answers them, and what is not known",
    "question as q" + columns.join_area("q"),
    ("q.question",),
    columns.build(
        "q",
        ("question", "code", "id of the question"),
        ("dataset", "code", "id of the dataset in which it is published"),
        ("text", "text", QUESTION_CONCEPTS["question"].description),
        "other_words answer not_known",
        *columns.build_subjects("question", "q.question"),
        "family",
        *columns.build_labelled_lists(
            "groups",
            "g.scheme || ':' || g.ethnicity",
            columns.build_group_label("g.scheme", "g.ethnicity"),
            _GROUPS_SQL,
            QUESTION_CONCEPTS["groups"].description,
        ),
        *columns.build_area("q"),
        *(
            columns.build_list(
                f"{record_type}s",
                f"select {record_type} as v from question_{record_type}"
                " where question = q.question order by rowid",
                QUESTION_CONCEPTS[f"{record_type}s"].description,
            )
            for record_type in ("finding", "recommendation", "indicator")
        ),
        "note",
        columns.EXTRA_ROW,
        columns.build_origin_of_dataset("q"),
        concepts=QUESTION_CONCEPTS,
    ),
    filters.build(
        "q",
        ("dataset", "from this dataset"),
        filters.build_origin("q"),
        *filters.build_subjects("question", "q.question"),
        *filters.build_areas("about {}", "q.area in {}"),
        ("family", "about this family of indicators", "family"),
        *filters.build_groups(
            "about {}",
            "q.question in (select question from question_group"
            " where (scheme, ethnicity) in (values {}))",
        ),
        *filters.build_contains("q", "text"),
        filters.build_search("question", "q.question"),
    ),
    comparability_sql={"dataset": "q.dataset"},
    item_column="question",
    datasette_view="question",
    accepts_posted_query=True,
)
