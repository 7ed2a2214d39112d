"""Rules on who has a say over data about a people, and over what people told of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from evidencehub.check.definition import Rule, RuleContext, Violation, make_descriptor_violation

_INDIGENOUS_FACET = "IND"


def _unstated_governance(dataset: RuleContext) -> Iterator[Violation]:
    hub = dataset.package.hub
    if not hub.get("governance"):
        labels = _list_indigenous_groups(dataset)
        if labels:
            yield make_descriptor_violation(
                "hub.governance", "metadata/governance/people", groups=labels
            )
    if not hub.get("lived_experience") and dataset.query(
        "select 1 from findings where type = 'lived-experience' limit 1"
    ):
        yield make_descriptor_violation(
            "hub.lived_experience", "metadata/governance/lived-experience"
        )


def _list_indigenous_groups(dataset: RuleContext) -> tuple[str, ...]:
    """The Indigenous groups of the package's values and findings, by the navigation facet."""
    groups = {
        (entry.from_scheme, entry.from_code)
        for entry in dataset.code_book.crosswalks
        if (entry.to_scheme, entry.to_code) == ("hub-facet", _INDIGENOUS_FACET)
    }
    published_groups = dataset.query("""
select distinct scheme, ethnicity from observation
union
select substr(j.value, 1, instr(j.value, ':') - 1), substr(j.value, instr(j.value, ':') + 1)
from findings as f, json_each(f.groups_affected) as j
""")
    lists = dataset.code_book.lists
    return tuple(
        sorted(
            {
                lists[scheme].codes[code].label
                for scheme, code in published_groups
                if (scheme, code) in groups
            }
        )
    )


RULES = (
    Rule(
        "metadata/governance",
        "dataset",
        "A package about an Indigenous people should say who has authority over the data and on "
        "what terms they are shown, and one with lived experience to what people consented.",
        "Fill in `hub.governance` or `hub.lived_experience`. Where nobody was asked, write “not "
        "sought”.",
        _unstated_governance,
        "warning",
    ),
)
