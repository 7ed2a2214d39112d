"""Why groups of one classification cannot be mapped to another, or only with care."""

from __future__ import annotations

TEMPLATES = {
    "crosswalk/target-is-facet": "{target} is for finding data. Nothing is converted into it.",
    "crosswalk/no-crosswalk": "There is no crosswalk from {source} to {target}.",
    "crosswalk/different-countries": (
        "{source} is of {source_country} and {target} of {target_country}. "
        "Groups are never carried from one country to another."
    ),
    "crosswalk/different-counting-bases": (
        "People of several groups are counted differently: {source_basis} in {source}, "
        "{target_basis} in {target}."
    ),
    "crosswalk/cycle": "In {scheme} the codes {codes} hold themselves.",
    "crosswalk/unknown-code": "“{code}” is not a code of {scheme}.",
    "crosswalk/unmapped-code": "{source} {code}: the crosswalk to {target} does not have it.",
    "crosswalk/narrower": (
        "{source} {code}: {relation} to {target_codes} of {target}. "
        "A group cannot be shared out among narrower ones."
    ),
    "crosswalk/related": (
        "{source} {code}: {relation} to {target_codes} of {target}. "
        "They overlap, and nobody says by how much."
    ),
    "crosswalk/narrower-without-target": (
        "{source} {code}: {relation}. A group cannot be shared out among narrower ones."
    ),
    "crosswalk/related-without-target": (
        "{source} {code}: {relation}. They overlap, and nobody says by how much."
    ),
    "crosswalk/unknown-relation-without-target": (
        "{source} {code}: {relation}. This is not a relation that the hub knows."
    ),
    "crosswalk/unknown-relation": (
        "{source} {code}: {relation} to {target_codes} of {target}. "
        "This is not a relation that the hub knows."
    ),
    "crosswalk/narrower-in-words": (
        "{source} {code}: wider than {target_codes} of {target}. "
        "A group cannot be shared out among narrower ones."
    ),
    "crosswalk/narrower-without-target-in-words": (
        "{source} {code}: wider than any group there. "
        "A group cannot be shared out among narrower ones."
    ),
    "crosswalk/related-in-words": (
        "{source} {code}: related to {target_codes} of {target}. "
        "They overlap, and nobody says by how much."
    ),
    "crosswalk/related-without-target-in-words": (
        "{source} {code}: related to a group there. They overlap, and nobody says by how much."
    ),
    "crosswalk/no-match-in-words": (
        "{source} {code}: no match to {target_codes} of {target}. No group there holds its people."
    ),
    "crosswalk/no-match-without-target-in-words": (
        "{source} {code}: no match. No group there holds its people."
    ),
    "crosswalk/no-match-without-target": (
        "{source} {code}: noMatch. No group there holds its people."
    ),
    "crosswalk/no-match": (
        "{source} {code}: noMatch to {target_codes} of {target}. No group there holds its people."
    ),
    "crosswalk/several-targets": (
        "{source} {code}: leads to several groups of {target}, {target_codes}. It must be one."
    ),
    "crosswalk/related-code": "{target_code} ({relation})",
    "crosswalk/related-code-in-words": "{target_code}",
    "crosswalk/target-not-a-group": (
        "{source} {code}: leads to {target} “{target_code}”, which is no group there."
    ),
    "crosswalk/overlapping-targets": (
        "{target} {parent} holds {codes}, and the crosswalk leads to both levels: "
        "the groups would overlap."
    ),
    "crosswalk/partial-group": (
        "{source} {code}: {target} {target_code} also holds some people of {other_codes}, "
        "and nobody says how many."
    ),
    "crosswalk/multiple-counting": (
        "{scheme} counts people in more than one group ({counting_basis}): "
        "adding groups would count them twice."
    ),
    "crosswalk/unstated-counting": (
        "{scheme} does not say how people of several groups are counted, "
        "so its groups cannot be added."
    ),
    "crosswalk/close-match": (
        "{source} to {target}: some groups are nearly the same, not exactly (closeMatch): {codes}."
    ),
    "crosswalk/close-match-in-words": (
        "{source} to {target}: some groups are nearly the same, not exactly: {codes}."
    ),
    "crosswalk/close-codes": "{code} to {target_code}",
    "crosswalk/contradictory-exact-match": (
        "{source} {code} is said to be exactly {target} {target_code}, "
        "and {other_codes} to be in it too. Both cannot be true."
    ),
    "crosswalk/counting-basis-unstated": (
        "{scheme} does not say how people of several groups are counted."
    ),
    "crosswalk/counted-alone": (
        "{scheme} counts people of one group only; those of several are in none."
    ),
    "crosswalk/unknown-scheme": "“{scheme}” is not a classification of the hub.",
    "crosswalk/repeated-row": (
        "1 row repeats the key of another, first {row}. Ask for one release of one dataset."
    ),
    "crosswalk/repeated-rows": (
        "{count} rows repeat the key of another, first {row}. Ask for one release of one dataset."
    ),
    "crosswalk/parallel-schemes": (
        "The same figures are there in several classifications, {schemes}. Ask for one of them."
    ),
    "crosswalk/unknown-indicator": "{indicator}: nothing is known of this indicator.",
    "crosswalk/value-type": "{indicator}: figures of the type “{value_type}” cannot be added up.",
    "crosswalk/comparator": (
        "{indicator}: figures in comparison with another group ({comparators}) cannot be added."
    ),
    "crosswalk/adjusted": "{indicator}: adjusted figures ({adjustments}) cannot be added.",
    "crosswalk/standardised": (
        "{indicator}: only crude figures can be added, and the standardisation is "
        "“{standardisation}”."
    ),
    "crosswalk/standardisation-unstated": (
        "{indicator}: only crude figures can be added, and the standardisation is “not stated”."
    ),
    "crosswalk/no-counts": (
        "{indicator}: the {value_type} is published without its numerator and denominator."
    ),
    "crosswalk/scale": "{indicator}: the scale is {scale}, which is no scale.",
    "crosswalk/left-out-residual": "no ethnic group: not known, not stated or declined",
    "crosswalk/left-out-part": "part of a group that could not be made",
    "crosswalk/left-out-published": (
        "the source gives the group in the target classification itself"
    ),
    "crosswalk/left-out-level": "a heading and its parts are both there: one of the two was taken",
    "crosswalk/unavailable": "{target} {target_code} cannot be given: {source} {parts}.",
    "crosswalk/part-absent": "{code} has no row",
    "crosswalk/part-suppressed": "{code} is suppressed",
    "crosswalk/part-without-value": "{code} has no figure",
    "crosswalk/part-censored": "{code} is known only as a bound",
    "crosswalk/part-without-counts": "{code} has no numerator or no denominator",
    "crosswalk/part-mixed": (
        "{code} holds people of another category, or they are counted elsewhere"
    ),
    "crosswalk/total-suppressed": "The total is suppressed.",
    "crosswalk/total-without-value": "The total has no figure.",
    "crosswalk/total-censored": "The total is known only as a bound.",
    "crosswalk/total-without-counts": "The total has no numerator or no denominator.",
    "crosswalk/total-mixed": (
        "The total holds people of another category, or they are counted elsewhere."
    ),
    "crosswalk/nobody": "Nobody is in the group.",
    "crosswalk/shares-of-whole": (
        "All parts have the same denominator: they are shares of one whole, "
        "and their denominators cannot be added."
    ),
    "crosswalk/inconsistent-parents": (
        "{scheme}: the parts of {codes} do not always add up to the figure that is published "
        "for the heading ({count} of {group_count} groups). The sum of the parts is given."
    ),
    "crosswalk/sum": "Sum of {codes} of {scheme}.",
    "crosswalk/close-sum": "Sum of {codes} of {scheme} (closeMatch: {close_codes}).",
    "crosswalk/published": "Published as {code} of {scheme}.",
    "crosswalk/close-published": "Published as {code} of {scheme} (closeMatch: {code}).",
    "crosswalk/narrower-published": "Published as {code} of {scheme}. It is narrower.",
}
