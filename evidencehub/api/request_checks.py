"""What the API refuses of a request before it looks at a resource: method, parameters, path."""

from __future__ import annotations

from collections.abc import Sequence

from evidencehub.api.answer_links import BASE
from evidencehub.http import asgi
from evidencehub.http.parameters import parse_query_string
from evidencehub.http.problem_details import HttpError, make_http_error, make_problem
from evidencehub.store.reference_data import ReferenceData


def require_method(scope: asgi.Scope, methods: str) -> None:
    """Raise HttpError (405) for a request with another method than `methods`, as in `Allow`."""
    if scope["method"] not in methods.split(", "):
        allow = [("allow", methods)]
        raise make_http_error(405, "api/method-not-allowed", allow, methods=methods)


def refuse_parameters(scope: asgi.Scope) -> None:
    """Raise HttpError (400) if an address that takes no parameters has any."""
    params = parse_query_string(scope["query_string"].decode("latin-1"))
    if params:
        problems = [make_problem("api/unknown-parameter/any", name[:80]) for name, _ in params[:20]]
        raise HttpError(400, problems)


def build_not_found_error(segments: Sequence[str], reference_data: ReferenceData) -> HttpError:
    """Return the error for a path below the API that leads nowhere; of a list with near names."""
    if segments[0] == "codes" and len(segments) == 2:
        near = reference_data.suggest_values("list", segments[1])
        return HttpError(404, [make_problem("api/not-found/list", "", near, base=BASE)])
    return make_http_error(404, "api/not-found", base=BASE)
