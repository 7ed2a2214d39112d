"""What stands beside the ticks of a scale."""

from __future__ import annotations

from evidencehub.messages.language import Language
from evidencehub.web.charts.scales import Scale

FRACTION_SIGNS = {0.5: "½", 0.25: "¼", 0.125: "⅛"}


def format_ticks(scale: Scale, language: Language) -> list[str]:
    """Return the label of each tick; on a scale of ratios it says how many times.

    >>> from evidencehub.messages.language import load_language
    >>> from evidencehub.web.charts.scales import build_log_scale
    >>> format_ticks(build_log_scale([2.0]), load_language("en"))
    ['½×', '1×', '2×']
    """
    numbers = [language.format_number(tick.value) for tick in scale.ticks]
    if not scale.is_log:
        return numbers
    return [
        f"{FRACTION_SIGNS.get(tick.value, number)}×"
        for tick, number in zip(scale.ticks, numbers, strict=True)
    ]
