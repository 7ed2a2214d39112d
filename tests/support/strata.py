"""One invented stratum to change a part of."""

from __future__ import annotations

import math

import numpy as np

from evidencehub.measures.inequality import Strata


def one(**changes) -> Strata:
    """One stratum of four groups in an order, with the last as reference; None leaves a part out."""
    parts = {
        "estimate": [10.0, 20.0, 40.0, 60.0],
        "se": [1.0, 2.0, 3.0, 4.0],
        "population": [100.0, 200.0, 300.0, 400.0],
        "rank": [1.0, 2.0, 3.0, 4.0],
    }
    parts = {name: changes.get(name, value) for name, value in parts.items()}
    whole = {"favourable": True, "reference": 3, "average": math.nan, "scale": 100.0}
    whole = {name: changes.get(name, value) for name, value in whole.items()}
    given = {"given": np.array([changes["given"]])} if "given" in changes else {}
    return Strata(
        **{n: v if v is None else np.array([v], float) for n, v in parts.items()},
        **{n: v if v is None else np.array([v]) for n, v in whole.items()},
        **given,
    )
