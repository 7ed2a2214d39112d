"""The home page and the downloads."""

from pathlib import Path

from datasette import NotFound, Response, hookimpl
from datasette.utils.asgi import asgi_send_file

from evidencehub.serve import files, home

OPEN = {"access-control-allow-origin": "*"}  # other sites may read what is published


@hookimpl
def register_routes():
    return [
        (r"^/$", front),
        (r"^/datasets/(?P<slug>[a-z0-9-]+)/(?P<version>[^/]+)/(?P<file>.+)$", download),
        (r"^/healthz$", health),
    ]


async def front(datasette, request):
    hub = datasette.get_database("hub")
    asked = (home.WORKSTREAMS, home.DATASETS, home.INDICATORS, home.FINDINGS)
    answers = [
        [dict(row) for row in (await hub.execute(sql, page_size=5000, truncate=False)).rows]
        for sql in asked
    ]
    context = {"sections": home.sections(*answers)}
    return Response.html(await datasette.render_template("home.html", context, request=request))


async def download(datasette, send, request):
    hub = datasette.get_database("hub")
    slug, version, file = (request.url_vars[key] for key in ("slug", "version", "file"))
    if version == "latest":
        found = await hub.execute("select version from dataset where dataset = ?", [slug])
        row = found.first()
        if row is None:
            raise NotFound("There is no such dataset.")
        there = f"/datasets/{slug}/{row['version']}/{file}"
        await Response.redirect(there, headers=OPEN).asgi_send(send)
        return
    path = files.find(Path(hub.path).parent / "files", slug, version, file)
    if path is None:
        raise NotFound("There is no such file.")
    await asgi_send_file(send, path, content_type=files.content_type(path), headers=OPEN)


async def health():
    return Response.text("ok\n")
