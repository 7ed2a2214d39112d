"""The pages over tables, rows and queries: what their templates ask of the variables given."""

from datasette import hookimpl
from jinja2 import pass_context

from evidencehub.serve.http import table_views


@hookimpl
def prepare_jinja2_environment(env):
    env.globals |= {name: pass_context(read) for name, read in table_views.READERS.items()}
