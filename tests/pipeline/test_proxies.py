"""The site behind Debian's nginx, configured as the documentation writes it, read by R and curl."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.running_server import (
    TIMEOUT_SECONDS,
    RunningServer,
    find_free_port,
    run_server,
    wait_until,
)

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PAGE = (PROJECT_ROOT / "docs/how-to/run-a-server.md").read_text("utf-8")
AT_THE_TOP, STRIPPING, PASSING = re.findall(r"```nginx\n(.*?)```", PAGE, re.DOTALL)
pytestmark = pytest.mark.skipif(NGINX is None, reason="There is no nginx here.")
TRACKED = "fbclid=IwAR0abc&utm_source=newsletter&utm_medium=email&mc_cid=1&gclid=x"


@dataclass
class Proxy:
    """nginx at a port of this machine, for one host."""

    port: int
    host: str

    def open(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; redirects are not followed."""
        request = Request(f"http://127.0.0.1:{self.port}{path}")
        for name, value in {"Host": self.host, **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            answer = build_opener(Unredirected).open(request, timeout=TIMEOUT_SECONDS)
        except HTTPError as refusal:
            answer = refusal
        with answer:
            named = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, named, answer.read()


class Unredirected(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@contextmanager
def run_nginx(folder: Path, configuration: str, served: RunningServer) -> Iterator[Proxy]:
    """nginx with a configuration of the documentation: only ports and folders are others."""
    port, folder = find_free_port(), folder / "nginx"
    folder.mkdir()
    (host,) = re.findall(r"server_name (.*);", configuration)
    text = configuration.replace("listen 80;", f"listen 127.0.0.1:{port};")
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{served.port}")
    text = text.replace("/var/cache/nginx/hub", str(folder / "cache"))
    places = "".join(
        f"{kind}_temp_path {folder / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # its workers must reach the folders of a test
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log;"
        f"events {{}} http {{ access_log off; {places}\n{text} }}",
        "utf-8",
    )
    command = [str(NGINX), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    process = subprocess.Popen(command)
    proxy = Proxy(port, host)
    try:
        wait_until(lambda: proxy.open("/")[0])
        yield proxy
    finally:
        process.terminate()
        process.wait(TIMEOUT_SECONDS)


@contextmanager
def run_site(root: Path, *, url: str, base_url: str = "/") -> Iterator[RunningServer]:
    """A toy site with its own address and prefix."""
    site, place = BuildWorkspace(root), root / "place"
    site.dataset().write()
    for name in ("templates", "static", "plugins"):
        shutil.copytree(PROJECT_ROOT / name, place / name)
    shutil.copy(PROJECT_ROOT / "build.py", place)
    settings = json.loads((PROJECT_ROOT / "settings.json").read_text("utf-8"))
    (place / "settings.json").write_text(json.dumps({**settings, "base_url": base_url}))
    metadata = (PROJECT_ROOT / "metadata.yaml").read_text("utf-8")
    (place / "metadata.yaml").write_text(metadata + (f"\nurl: {url}\n" if url else ""), "utf-8")
    with run_server(site, folder=place) as served:
        wait_until(lambda: served.get("/healthz"))
        yield served


@pytest.fixture(
    scope="module",
    params=[(c, u) for c in ("stripping", "passing") for u in ("", "http://www.example.org/evidence")],
    ids=lambda kind: f"{kind[0]}, {kind[1] or 'no url'}",
)  # fmt: skip
def proxy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    kind, url = request.param
    root = tmp_path_factory.mktemp("proxy")
    configuration = {"stripping": STRIPPING, "passing": PASSING}[kind]
    with (
        run_site(root, url=url, base_url="/evidence/") as served,
        run_nginx(root, configuration, served) as nginx,
    ):
        yield nginx


LINK = re.compile(
    r'(?:href|src|action)="([^"#]+)|<loc>([^<]+)|"(?:next|self|first|url|csv)": "([^"]+)"'
)
START = [
    "/evidence/", "/evidence/sitemap.xml", "/evidence/feed.atom", "/evidence/hub.json",
    "/evidence/api/v1", "/evidence/api/v1/observations?limit=1", "/evidence/hub/dataset?_size=1",
    "/evidence/datasets/toy-repairs/latest/data/observations.csv", "/evidence/hub/held",
    "/evidence/api/v1/datasets/toy-repairs", "/evidence/topics/",
]  # fmt: skip


def test_every_address_stays_below_the_path_and_leads_somewhere(proxy: Proxy) -> None:
    todo, seen = list(START), set()
    while todo and len(seen) < 120:
        path = todo.pop(0)
        if path in seen:
            continue
        seen.add(path)
        status, headers, body = proxy.open(path)
        assert status in (200, 301, 302), path
        links = [headers["location"]] if status != 200 else []
        links += re.findall(r"<([^>]*)>", headers.get("link", ""))
        if re.search("html|json|xml", headers.get("content-type", "")):
            links += ["".join(groups) for groups in LINK.findall(html.unescape(body.decode()))]
        for link in links:
            parts = urlsplit(urljoin(f"http://{proxy.host}{path}", link))
            if parts.scheme not in ("http", "https") or parts.hostname != proxy.host:
                continue
            assert parts.path.startswith("/evidence/"), f"{path}: {link}"
            assert "/evidence/evidence" not in parts.path, f"{path}: {link}"
            todo.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    assert len(seen) > 60


@pytest.mark.parametrize("door", ["databases.json", "settings", "versions.json", "plugins"])
def test_no_door_is_open_behind_a_proxy(proxy: Proxy, door: str) -> None:
    for path in ("/-/", "/evidence/-/", "/evidence/evidence/-/", "//-/", "/%65vidence/-/", "/%2d/"):
        status, _, body = proxy.open(f"/evidence{path}{door}")
        assert status in (400, 404), path
        assert b"hub.db" not in body


def test_r_and_curl_follow_a_link_that_was_tracked(proxy: Proxy) -> None:
    address = f"http://127.0.0.1:{proxy.port}/evidence"
    page = subprocess.run(
        ["curl", "-sSfL", "-H", f"Host: {proxy.host}", f"{address}/datasets/toy-repairs?{TRACKED}"],
        capture_output=True, check=True, text=True, timeout=TIMEOUT_SECONDS,
    ).stdout  # fmt: skip
    (canonical,) = re.findall(r'rel="canonical" href="([^"]*)"', page)
    assert canonical == "http://www.example.org/evidence/datasets/toy-repairs"
    if shutil.which("Rscript") is None:
        pytest.skip("There is no R here.")
    file = f"{address}/datasets/toy-repairs/latest/data/observations.csv?{TRACKED}"
    code = (
        f'h <- c(Host="{proxy.host}"); f <- tempfile(); '
        f'download.file("{file}", f, quiet=TRUE, headers=h); cat(nrow(read.csv(f)))'
    )
    rows = subprocess.run(
        ["Rscript", "-e", code], capture_output=True, check=True, text=True, timeout=TIMEOUT_SECONDS
    )
    assert int(rows.stdout) > 0


def test_a_proxy_keeps_pages_for_visitors_with_cookies(tmp_path: Path) -> None:
    with (
        run_site(tmp_path, url="http://hub.example.org") as served,
        run_nginx(tmp_path, AT_THE_TOP, served) as proxy,
    ):
        first = proxy.open("/about", Cookie="_ga=1")
        assert first[0] == 200
        assert first[1]["cache-control"].startswith("public")
        again = proxy.open("/about", Cookie="_ga=2")
        assert again[2] == first[2]
        assert f"http://{proxy.host}/about" in first[2].decode()
        assert proxy.open("/about", Host="evil.example")[2] == first[2]  # nginx names the host
        assert proxy.open("/about", X_Forwarded_Host="evil.example")[2] == first[2]
