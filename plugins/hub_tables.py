"""The pages over tables, rows and queries: what their templates read, and their JSON."""

from typing import Any

import jinja2
from datasette import hookimpl
from datasette.renderer import json_renderer

from evidencehub.web import datasette_views


@hookimpl
def prepare_jinja2_environment(env: jinja2.Environment) -> None:
    env.globals |= {
        name: jinja2.pass_context(read) for name, read in datasette_views.READERS.items()
    }


@hookimpl
def register_output_renderer() -> dict[str, Any]:
    return {"extension": "json", "render": render_json}


def render_json(args: Any, data: dict[str, Any], view_name: str) -> Any:
    # equal requests get equal bytes: the entity tag is made without the body
    data.pop("query_ms", None)
    return json_renderer(args, data, view_name)
