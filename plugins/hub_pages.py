"""The public site: every page of the table of pages, and the language that they are written in."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jinja2
from datasette import Request, Response, hookimpl
from datasette.app import Datasette
from datasette.renderer import json_renderer

from evidencehub.domain import status
from evidencehub.http import asgi
from evidencehub.messages import language
from evidencehub.store.database import RowReader
from evidencehub.web import page_request, routes, site_settings
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
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_translations(texts.translations, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    env.filters |= {
        "number": texts.format_number,
        "day": texts.format_date,
        "size": texts.format_size,
        "missing_symbol": status.get_missing_symbol,
        "value_symbol": status.get_value_symbol,
    }
    env.globals |= {"period": texts.format_period, "language": texts, "at": page_request.build_path}


@hookimpl
def extra_template_vars(datasette: Datasette, request: Request | None) -> dict[str, Any]:
    variables = {"site": datasette.hub_site}
    if request is not None:
        variables["home"] = datasette.hub_site.url or f"{request.scheme}://{request.host}"
    return variables


@hookimpl
def register_output_renderer() -> dict[str, Any]:
    return {"extension": "json", "render": render_json}


def render_json(args: Any, data: dict[str, Any], view_name: str) -> Any:
    # equal questions get equal bytes, so that an entity tag keeps its word
    data.pop("query_ms", None)
    return json_renderer(args, data, view_name)


def _build_view(page: page_request.PageRoute) -> View:
    async def view(datasette: Datasette, request: Request, send: asgi.Send) -> Response | None:
        database = datasette.hub_api.database
        base_path = datasette.setting("base_url").rstrip("/")
        base_url = datasette.hub_site.url or f"{request.scheme}://{request.host}{base_path}"
        options = page_request.parse_options(page, request.query_string)

        def render_page(db: RowReader) -> Any:
            return page.handler(
                page_request.PageRequest(
                    db=db,
                    path_params=page_request.decode_path_params(request.url_vars),
                    options=options,
                    site=datasette.hub_site,
                    build_folder=Path(datasette.get_database("hub").path).parent,
                    base_url=base_url,
                    reference_data=datasette.hub_api.reference_data,
                )
            )

        result = await database.run_query(render_page)
        if not page.template:
            return await _send_document(result, database.run_in_thread, send)
        result["here"] = request.path
        body = await datasette.render_template(page.template, result, request=request)
        if page.content_type == "image/png":
            body = await database.run_in_thread(lambda: png.render_png(body))
        headers = {"content-security-policy": "frame-ancestors *"} if page.is_embeddable else {}
        return Response(body, 200, headers, page.content_type)

    return view


async def _send_document(
    document: page_request.Document,
    run_in_thread: Callable[[Callable[[], bytes]], Awaitable[bytes]],
    send: asgi.Send,
) -> Response | None:
    headers, body = document.headers, document.body
    if isinstance(body, bytes):
        return Response(body, 200, headers, document.content_type)
    if callable(body):
        return Response(await run_in_thread(body), 200, headers, document.content_type)
    items = [("content-type", document.content_type), *headers.items()]
    await asgi.send_stream(send, items, lambda: run_in_thread(lambda: next(body, b"")))
    return None
