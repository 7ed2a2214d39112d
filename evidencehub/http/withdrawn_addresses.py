"""Addresses of what was withdrawn: 410 with the reason and the day, in place of 404."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from evidencehub.formats.format import list_endings
from evidencehub.http.parameters import CanonicalRequest
from evidencehub.http.problem_details import HttpError, make_problem
from evidencehub.store.withdrawals import WithdrawalRow, Withdrawals

RELEASE = "release"  # what is gone where it is a file: beside the kinds of ids
_KINDS = {
    "datasets": "dataset",
    "indicators": "indicator",
    "embed": "indicator",
    "findings": "finding",
    "questions": "question",
    "recommendations": "recommendation",
    "codes": "list",
    # rows of tables
    "dataset": "dataset",
    "indicator": "indicator",
    "finding": "finding",
    "recommendation": "recommendation",
    "code_list": "list",
}
_ADDRESS = re.compile(r"/(?:api/v1/|hub/)?([a-z_]+)/([^/]+)(?:/share\.png)?/?")
_VIEW = re.compile(r"/hub/dataset_([^/.]+)(?:\..*)?")
_ENDINGS = ["svg", "png", "zip", "ttl", "jsonld", "sssom.tsv"]
_ENDINGS += [e for offer in ("workbook", "citation", "rows") for e in list_endings(offer)]
_ENDING = re.compile(rf"\.(?:{'|'.join(map(re.escape, _ENDINGS))})$")


class WithdrawnError(HttpError):
    """A request for something that was withdrawn; `context` is what a page says of it."""

    template = "withdrawn.html"

    def __init__(
        self, withdrawals: Withdrawals, withdrawal: WithdrawalRow, kind: str, name: str
    ) -> None:
        row = withdrawal
        problem = make_problem(
            "http/withdrawn/release" if kind == RELEASE else "http/withdrawn/item",
            name=name,
            version=row.version,
            day=row.withdrawn_on,
            reason=row.reason,
        )
        super().__init__(410, [problem], [("vary", "Accept")])
        self.members = {
            "withdrawal": {
                "dataset": row.dataset,
                "version": row.version,
                "reason": row.reason,
                "withdrawn_on": row.withdrawn_on,
                "disclosure": bool(row.disclosure),
            }
        }
        has_title = kind in ("dataset", RELEASE) and row.title
        self.context = {
            "kind": kind,
            "heading": row.title if has_title else name,
            "language_of_heading": row.language if has_title else None,
            "withdrawal": row,
            "is_published": row.dataset in withdrawals.standing,
            "versions": [
                (other, withdrawals.files[other.dataset, other.version])
                for other in withdrawals.list_rows(row.dataset)
            ],
        }


class WithdrawnAddressCheck:
    """Refuses a request for a page, an item of the API or a row of what was withdrawn."""

    def __init__(self, withdrawals: Withdrawals) -> None:
        self._withdrawals = withdrawals

    def __call__(self, request: CanonicalRequest) -> None:
        """Raise WithdrawnError for a request of such an address."""
        for key in _list_ids(request.path) if self._withdrawals.by_id else ():
            if key in self._withdrawals.by_id:
                raise WithdrawnError(self._withdrawals, self._withdrawals.by_id[key], *key)


def _list_ids(path: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and id that a path may be about: as it is, and without its ending."""
    if view := _VIEW.fullmatch(path):
        yield "dataset", view[1].replace("_", "-")
    address = _ADDRESS.fullmatch(path)
    if address and address[1] in _KINDS:
        # pages and Datasette escape what a path cannot hold with a tilde
        name = unquote(re.sub("~([0-9A-F]{2})", r"%\1", address[2]))
        yield _KINDS[address[1]], name
        yield _KINDS[address[1]], _ENDING.sub("", name)
