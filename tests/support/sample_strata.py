"""One invented stratum to change a part of."""

from __future__ import annotations

import math

import numpy as np

from evidencehub.inequality.measures import Strata


def make_stratum(**changes) -> Strata:
    """One stratum of four groups in an order, with the last as reference; None leaves a part out."""
    group_arrays = {
        "estimate": [10.0, 20.0, 40.0, 60.0],
        "se": [1.0, 2.0, 3.0, 4.0],
        "population": [100.0, 200.0, 300.0, 400.0],
        "rank": [1.0, 2.0, 3.0, 4.0],
    }
    group_arrays = {name: changes.get(name, value) for name, value in group_arrays.items()}
    group_arrays |= {name: changes[name] for name in ("lower", "upper") if name in changes}
    stratum_values = {
        "favourable": True,
        "reference": 3,
        "published_average": math.nan,
        "max_value": 100.0,
    }
    stratum_values = {name: changes.get(name, value) for name, value in stratum_values.items()}
    unknown_names = changes.keys() - {*group_arrays, *stratum_values, "is_listed"}
    assert not unknown_names, unknown_names
    optional_arrays = (
        {"is_listed": np.array([changes["is_listed"]])} if "is_listed" in changes else {}
    )
    return Strata(
        **{n: v if v is None else np.array([v], float) for n, v in group_arrays.items()},
        **{n: v if v is None else np.array([v]) for n, v in stratum_values.items()},
        **optional_arrays,
    )
