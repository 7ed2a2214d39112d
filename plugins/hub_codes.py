"""Code lists for programs, at the addresses of their pages."""

from collections.abc import Callable

from datasette import hookimpl

from evidencehub.http import asgi
from evidencehub.web import code_negotiation


@hookimpl
def asgi_wrapper() -> Callable[[asgi.ASGIApp], asgi.ASGIApp]:
    return code_negotiation.negotiate_code_lists
