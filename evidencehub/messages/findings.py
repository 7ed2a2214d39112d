"""What the checks of findings, claims and recommendations say: code to template."""

from __future__ import annotations

TEMPLATES = {
    "claims/unknown-finding": "“{id}” is not a finding of this package.",
    "claims/reference/value": (
        "A claim with the measure “{measure}” must not have a reference group."
    ),
    "claims/reference/missing": "A claim with the measure “{measure}” must name a reference group.",
    "claims/not-in-text/nearest": (
        "The claim states {stated}, but the finding's text does not. Its nearest number is "
        "“{number}”: {excerpt}"
    ),
    "claims/not-in-text/no-number": "The claim states {stated}, but the finding has no number.",
    "claims/period-not-in-text": (
        "The claim is about {start} to {end}, but the finding names no such period."
    ),
    "claims/unit-not-in-text/other": (
        "The finding's text states {number}, but the values are {unit}: {excerpt}"
    ),
    "claims/unit-not-in-text/missing": (
        "The finding's text gives {number} no unit, but the values are {unit}: {excerpt}"
    ),
    "claims/group-not-in-text": (
        "The finding's text states {number} without naming {group}: {excerpt}"
    ),
    "claims/other-people/area": (
        "The finding's text names “{words}”, but the claim is about the place {code}: {excerpt}"
    ),
    "claims/other-people/sex": (
        "The finding's text names “{words}”, but the claim is about the sex {code}: {excerpt}"
    ),
    "claims/other-people/age": (
        "The claim is about the ages “{label}”, which the finding does not name."
    ),
    "claims/misplaced-number": (
        "The numbers {numbers} stand in another order than what they are of: {excerpt}"
    ),
    "claims/direction/text": (
        "The finding's text says “{words}”, but {group} has {effect} than {reference}: {inputs}."
    ),
    "claims/direction/swapped": (
        "The finding's text compares with “{words}”, but the claim compares {group} with "
        "{reference}: {excerpt}"
    ),
    "claims/direction/column": (
        "The finding's direction is “{direction}”, but it is {valued} that {group} has {effect} "
        "than {reference}: {inputs}."
    ),
    "claims/direction/higher": "more",
    "claims/direction/lower": "less",
    "claims/direction/better": "better",
    "claims/direction/worse": "worse",
    "claims/basis-changed": (
        "The claim was compared with values whose {column} was “{stated}”, but it is now “{value}”."
    ),
    "claims/value-status": (
        "The value {value} is marked “{label}” ({status}), which the finding does not say."
    ),
    "claims/verification": (
        "The finding has the verification level {level}, but it rests on a value of the level "
        "{value_level}: {value}."
    ),
    "claims/superseded": (
        "The claim is about {start} to {end}, but there are values of the same series for "
        "{newer_start} to {newer_end}."
    ),
    "findings/unbound-number": "The number “{number}” has no claim: {excerpt}",
    "findings/unbound-number/nearest": (
        "The number “{number}” has no claim, and the nearest claim states {stated}: {excerpt}"
    ),
    "findings/other-period": (
        "The text names “{period}”, but neither the finding nor a claim is about that time: "
        "{excerpt}"
    ),
    "findings/other-group": (
        "The text names “{group}”, but neither the finding nor a claim is about that group: "
        "{excerpt}"
    ),
    "findings/unbound-figures/reason": (
        "`unbound_figures` lists {entries}, but `unbound_reason` is empty."
    ),
    "findings/unbound-figures/nothing": (
        "`unbound_reason` is “{reason}”, but `unbound_figures` lists no number."
    ),
    "findings/unbound-figures/entry": (
        "`unbound_figures` lists “{entry}”, which is no number in the finding's text."
    ),
    "findings/certainty/not-assessed": (
        "The certainty is “{certainty}”, but {columns} is empty, so nobody can see who assessed it."
    ),
    "findings/certainty/assessed": ("The certainty is “not-assessed”, but {columns} is filled in."),
    "findings/cause/mechanism": "It is a cause, but does not say what the gap comes from.",
    "findings/cause/study-design": (
        "It is a {type}, but does not say on what kind of study it rests."
    ),
    "findings/placeholder": "“{text}” would be published as it stands.",
    "metadata/last-check/incomplete": (
        "The row says that something was looked for, but {columns} is empty."
    ),
    "metadata/last-check/order": (
        "The next check, {next_check}, is not after the last one, {last_checked}."
    ),
    "questions/binding/values": (
        "The question names a family of indicators, but {columns} is empty."
    ),
    "questions/binding/nothing": "Nothing is named that answers the question.",
    "questions/number": "The text states {number}, which nothing binds to a value.",
    "questions/mark": "The question has no question mark.",
    "questions/unknown-code": "“{code}” is in no code list.",
    "questions/no-values": "No indicator of “{family}” has a value in {area} for these groups.",
    "recommendations/unsought-response": (
        "“{id}” has the status “no-response”, but nothing says where and when a response was "
        "looked for."
    ),
    "recommendations/outcome-when-issued": (
        "“{status}” says what the recommendation brought, which cannot be known when it is made."
    ),
}
