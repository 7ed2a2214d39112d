"""The pages over tables, rows and queries: what their templates ask of the variables given."""

import jinja2
from datasette import hookimpl

from evidencehub.web import datasette_views


@hookimpl
def prepare_jinja2_environment(env: jinja2.Environment) -> None:
    env.globals |= {
        name: jinja2.pass_context(read) for name, read in datasette_views.READERS.items()
    }
