"""The public site: every page of the table of pages, and the language that they are written in."""

from pathlib import Path
from urllib.parse import parse_qsl

from datasette import Response, hookimpl
from datasette.renderer import json_renderer

from evidencehub.serve import asgi
from evidencehub.serve.pages import language, page, pictures, routes, site


@hookimpl
def register_routes(datasette):
    pages = routes.pages(sql=datasette.setting("default_allow_sql"))
    return [(page.compiled(one), _answering(one)) for one in pages]


@hookimpl
def prepare_jinja2_environment(env, datasette):
    datasette.hub_site = site.read(datasette.metadata() or {})
    spoken = datasette.hub_language = language.read(datasette.hub_site.language)
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_translations(spoken.texts, newstyle=True)
    env.filters |= {name: getattr(spoken, name) for name in ("number", "day", "size")}
    env.globals |= {"period": spoken.period, "language": spoken, "at": page.path}


@hookimpl
def extra_template_vars(datasette, request):
    told = {"site": datasette.hub_site}
    if request is not None:
        told["home"] = datasette.hub_site.url or f"{request.scheme}://{request.host}"
    return told


@hookimpl
def register_output_renderer():
    return {"extension": "json", "render": json}


def json(args, data, view_name):
    # equal questions get equal bytes, so that an entity tag keeps its word
    data.pop("query_ms", None)
    return json_renderer(args, data, view_name)


def _answering(one):
    async def answer(datasette, request, send):
        base = datasette.setting("base_url").rstrip("/")
        home = datasette.hub_site.url or f"{request.scheme}://{request.host}{base}"
        given = page.given(one, parse_qsl(request.query_string, keep_blank_values=True))
        build = Path(datasette.get_database("hub").path).parent

        def make(ask):
            told = (ask, page.named(request.url_vars), given, datasette.hub_site, build, home)
            return one.make(page.Visit(*told, datasette.hub_api.known))

        made = await datasette.hub_api.database.ask(make)
        if not one.template:
            return await _document(made, datasette.hub_api.database.beside, send)
        made["here"] = request.path
        body = await datasette.render_template(one.template, made, request=request)
        if one.content_type == "image/png":
            body = await datasette.hub_api.database.beside(lambda: pictures.png(body))
        told = {"content-security-policy": "frame-ancestors *"} if one.embeddable else {}
        return Response(body, 200, told, one.content_type)

    return answer


async def _document(made, beside, send):
    headers = made.headers
    if isinstance(made.body, bytes):
        return Response(made.body, 200, headers, made.content_type)
    if callable(made.body):
        return Response(await beside(made.body), 200, headers, made.content_type)
    told = [("content-type", made.content_type), *headers.items()]
    await asgi.pieces(send, told, lambda: beside(lambda: next(made.body, b"")))
    return None
