"""What is missing of the measures of inequality, and why: strata counted by reason."""

from __future__ import annotations

import numpy as np

from evidencehub.inequality.matrix import StrataMatrix
from evidencehub.inequality.records import InequalityTable, MissingEstimateRecord
from evidencehub.inequality.results import MeasureResult
from evidencehub.inequality.strata import MISSING_REASON_TEXTS, Bools


def make_missing_record(
    sheet: StrataMatrix, name: str, missing_part: str, reason: str, strata: int
) -> MissingEstimateRecord:
    """Return the record that so many strata lack an estimate or an interval for one reason."""
    return MissingEstimateRecord(
        sheet.indicator_id, sheet.scheme, sheet.dimension, name, missing_part, reason, strata
    )


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
            MISSING_REASON_TEXTS[code]: code
            for code in np.unique(reason_codes[in_scope]).tolist()
            if code
        }
        for reason, code in sorted(reasons.items()):
            strata = int(((reason_codes == code) & in_scope).any(axis=1).sum())
            table.missing_estimates.append(
                make_missing_record(sheet, name, missing_part, reason, strata)
            )
