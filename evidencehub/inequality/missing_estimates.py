"""What is missing of the measures of inequality, and why: strata counted by reason."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from evidencehub.inequality.matrix import StrataMatrix
from evidencehub.inequality.records import InequalityTable, MissingEstimateRecord
from evidencehub.inequality.results import MeasureResult
from evidencehub.inequality.strata import MISSING_REASON_TEXTS, Bools, MissingReason
from evidencehub.messages.rendering import Message, make_message


def make_missing_records(
    sheet: StrataMatrix, names: Iterable[str], reason: Message
) -> list[MissingEstimateRecord]:
    """Return the records that no stratum has an estimate of these measures, for one reason."""
    text, size = reason.render(), len(sheet.strata)
    return [
        MissingEstimateRecord._make((*sheet.key, name, "estimate", text, size)) for name in names
    ]


def add_missing_records(
    sheet: StrataMatrix, name: str, result: MeasureResult, in_scope: Bools, table: InequalityTable
) -> None:
    """Count strata by what is missing of a measure, and why; `in_scope` is (strata, figures)."""
    for missing_part, codes in (
        ("estimate", result.missing_reason),
        ("interval", result.missing_interval_reason),
    ):
        reason_codes = codes.reshape(in_scope.shape)
        reasons = {
            _explain(sheet, code): code
            for code in np.unique(reason_codes[in_scope]).tolist()
            if code
        }
        for reason, code in sorted(reasons.items()):
            strata = int(((reason_codes == code) & in_scope).any(axis=1).sum())
            table.missing_estimates.append(
                MissingEstimateRecord._make((*sheet.key, name, missing_part, reason, strata))
            )


def _explain(sheet: StrataMatrix, code: int) -> str:
    """Return the sentence of a reason; of missing errors it says why counts gave none."""
    if code == MissingReason.NO_SE and not sheet.indicator.has_independent_counts:
        return make_message("inequality/repeated-units").render()
    return MISSING_REASON_TEXTS[code]
