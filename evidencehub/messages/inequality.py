"""Why an inequality measure has no estimate or no confidence interval: code to template."""

from __future__ import annotations

TEMPLATES = {
    "inequality/no-value": "No group has a figure.",
    "inequality/invalid": "A figure, population or rank is infinite, or a population is negative.",
    "inequality/bad-scale": "The scale is not a number above zero.",
    "inequality/outside-scale": "A figure is below zero or above the declared scale.",
    "inequality/no-order": "The groups have no order.",
    "inequality/same-rank": "Two groups have the same rank.",
    "inequality/no-population": "The dataset gives no population of the groups.",
    "inequality/no-mean": "The dataset gives neither the population of the groups nor an average.",
    "inequality/no-reference": "No reference group is declared.",
    "inequality/reference-without-value": "The reference group has no figure.",
    "inequality/reference-without-population": "The reference group has no population.",
    "inequality/fewer-than-2": "Fewer than 2 groups.",
    "inequality/fewer-than-3": "Fewer than 3 groups.",
    "inequality/end-without-value": "The first or the last group of the order has no figure.",
    "inequality/negative": "A figure is negative, which a relative measure does not allow.",
    "inequality/zero-mean": "The mean is zero, and a relative measure divides by it.",
    "inequality/zero-denominator": "The figure to divide by is zero.",
    "inequality/zero-logarithm": "A figure is zero, and its logarithm does not exist.",
    "inequality/no-solution": "No curve of the model fits these figures.",
    "inequality/line-below-zero": "The fitted line falls to zero or below.",
    "inequality/undefined": "The measure is not defined for these figures.",
    "inequality/group-without-value": "This group has no figure.",
    "inequality/no-se": "A group has no standard error.",
    "inequality/invalid-se": (
        "A standard error is negative or infinite, or confidence limits do not hold their value."
    ),
    "inequality/no-draws": (
        "The interval of this measure needs a simulation, and no draws were asked for."
    ),
    "inequality/zero-interval": "A figure is zero, and the interval needs its logarithm.",
    "inequality/set-to-zero": (
        "The top group is no better than the mean, so the figure is set to zero without an "
        "interval."
    ),
    "inequality/is-reference": "This is the reference group itself.",
    "inequality/no-scale": "The interval needs the scale of the indicator, which is not given.",
    "inequality/interval-undefined": "The interval is not defined for these figures.",
    "inequality/repeated-units": (
        "A person may count many times in these counts, so no confidence limits follow from them."
    ),
    "inequality/no-upper-limit": (
        "The value to divide by may be zero, so the ratio has a lower confidence limit only."
    ),
    "inequality/both-may-be-zero": (
        "Both values may be zero, so the ratio has no confidence limits."
    ),
    "inequality/no-reference-and-no-total": (
        "No reference group is declared, and there is no figure of all groups together."
    ),
    "inequality/neutral": "Neither more nor less of it is better.",
    "inequality/overlapping-groups": "People may count in more than one group.",
    "inequality/value-type": "Values of the type {value_type} are not used to compare groups.",
    "inequality/value-type/composition": (
        "A group's share of a whole is no gap without its share of the people."
    ),
    "inequality/external-indicator": "The indicator is defined by another dataset.",
    "inequality/too-many-observations": "The dataset has more than {max_count} observations.",
    "inequality/whole-population-only": (
        "The dataset has more than {max_count} observations, so only those for both sexes, "
        "all ages and no other dimension are compared."
    ),
}
