"""Which addresses are about an id that was withdrawn, however they are written."""

from __future__ import annotations

import pytest

from evidencehub.http.parameters import CanonicalRequest
from evidencehub.http.withdrawn_addresses import WithdrawnAddressCheck, WithdrawnError
from evidencehub.store.withdrawals import WithdrawalRow, Withdrawals

ROW = WithdrawalRow("toys", "1.0.0", "It was {wrong}.", "2026-11-29", 0, None, None)
IDS = [
    ("dataset", "toys"), ("indicator", "a/b c"), ("indicator", "a.b"), ("list", "toy-groups"),
    ("finding", "some.csv"), ("dataset", "many-toys"),
]  # fmt: skip
CHECK = WithdrawnAddressCheck(
    Withdrawals([ROW], dict.fromkeys(IDS, ROW), {("toys", "1.0.0"): ["toys.csv"]})
)


def request(path: str) -> CanonicalRequest:
    return CanonicalRequest(path, (), "", "")


@pytest.mark.parametrize(
    "path",
    [
        "/datasets/toys", "/datasets/toys/", "/datasets/toys.zip", "/datasets/toys.csl.json",
        "/indicators/a~2Fb%20c", "/indicators/a~2Fb%20c.svg", "/indicators/a.b.xlsx",
        "/indicators/a.b/share.png", "/embed/a.b", "/api/v1/indicators/a.b.json",
        "/hub/indicator/a~2Eb", "/hub/indicator/a~2Eb.json", "/codes/toy-groups",
        "/api/v1/codes/toy-groups.csv", "/findings/some.csv", "/findings/some.csv.bib",
        "/hub/code_list/toy-groups", "/hub/dataset_many_toys", "/hub/dataset_many_toys.csv",
    ],
)  # fmt: skip
def test_an_address_of_something_withdrawn_is_known(path: str) -> None:
    with pytest.raises(WithdrawnError) as refused:
        CHECK(request(path))
    assert refused.value.status == 410
    assert str(refused.value).endswith("was withdrawn on 2026-11-29. Reason: It was {wrong}.")
    assert refused.value.context["versions"] == [(ROW, ["toys.csv"])]


@pytest.mark.parametrize(
    "path",
    [
        "/", "/datasets", "/datasets/toy", "/datasets/toys.exe", "/indicators/toys",
        "/datasets/toys/1.0.0/toys.csv", "/indicators/a/b", "/indicators/a", "/topics/toys",
        "/findings/some", "/api/v2/datasets/toys", "/hub/dataset_toy", "/datasets/%ff",
        "/x/datasets/toys",
    ],
)  # fmt: skip
def test_any_other_address_is_let_through(path: str) -> None:
    CHECK(request(path))
