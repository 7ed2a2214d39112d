"""The public site: every page of the table of pages, and the language that they are written in."""

import functools
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jinja2
from datasette import Request, Response, hookimpl
from datasette.app import Datasette

from evidencehub.http import asgi, site_address
from evidencehub.messages import language
from evidencehub.store.database import RowReader
from evidencehub.web import documents, page_request, page_templates, routes, site_settings
from evidencehub.web.charts import png

View = Callable[[Datasette, Request, asgi.Send], Awaitable[Response | None]]


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[re.Pattern[str], View]]:
    pages = routes.select_routes(allow_sql=datasette.setting("default_allow_sql"))
    return [(page_request.compile_pattern(page), _build_view(page)) for page in pages]


@hookimpl
def prepare_jinja2_environment(env: jinja2.Environment, datasette: Datasette) -> None:
    datasette.hub_site = site_settings.read_site_settings(datasette.metadata() or {})
    texts = datasette.hub_language = language.load_language(datasette.hub_site.language)
    datasette.hub_templates = page_templates.prepare_environment(env, texts)


@hookimpl
def extra_template_vars(datasette: Datasette, request: Request | None) -> dict[str, Any]:
    variables = {"site": datasette.hub_site}
    if request is not None:
        variables["base_url"] = site_address.build_base_url(datasette, request)
    return variables


def _build_view(page: page_request.PageRoute) -> View:
    async def view(datasette: Datasette, request: Request, send: asgi.Send) -> Response | None:
        database = datasette.hub_api.database
        build_request = functools.partial(
            page_request.PageRequest,
            path_params=page_request.parse_path_params(request.url_vars),
            options=page_request.parse_options(page, request.query_string),
            site=datasette.hub_site,
            build_folder=Path(datasette.get_database("hub").path).parent,
            base_url=site_address.build_base_url(datasette, request),
            reference_data=datasette.hub_api.reference_data,
            language=datasette.hub_language,
        )

        def build(db: RowReader) -> Any:
            view_request = build_request(db)
            result = page.handler(view_request)
            if not page.template:
                return result
            template = datasette.hub_templates.get_template(page.template)
            return template.render(
                **result,
                current_path=request.path,
                **view_request.queries,
                urls=datasette.urls,
                **extra_template_vars(datasette, request),
            )

        result = await database.run_query(build)
        if not page.template:
            await documents.send_document(result, database.run_in_thread, send)
            return None
        if page.content_type == routes.PNG_MEDIA_TYPE:
            svg = result
            result = await database.run_in_thread(lambda: png.render_png(svg))
        return Response(result, 200, page.headers, page.content_type)

    return view
