"""The files of deploy/ do what they say: nginx runs its own, systemd reads the unit."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.running_server import RunningServer, find_free_port, run_server, wait_until

DEPLOY = PROJECT_ROOT / "deploy"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="There is no nginx here.")
UNVERIFIED = ssl._create_unverified_context()
UNIT = (DEPLOY / "evidencehub.service").read_text("utf-8")
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8")


def fetch(port: int, path: str, host: str, **headers: str) -> tuple[int, dict[str, str]]:
    request = Request(f"https://127.0.0.1:{port}{path}", headers={"Host": host, **headers})
    try:
        answer = urlopen(request, timeout=30, context=UNVERIFIED)
    except HTTPError as error:
        answer = error
    with answer:
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}


@contextmanager
def run_nginx(folder: Path, name: str, served: RunningServer) -> Iterator[int]:
    """nginx with a file of deploy/: only ports, folders and the certificate are others."""
    port, folder = find_free_port(), folder / "nginx"
    folder.mkdir()
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=hub.example.org"]
    subprocess.run(command, check=True, capture_output=True)
    text = (DEPLOY / name).read_text("utf-8")
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{find_free_port()};")
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{served.port}")
    text = text.replace("/var/cache/nginx/hub", str(folder / "cache"))
    text = re.sub(r"ssl_certificate_key .*;", f"ssl_certificate_key {key};", text)
    text = re.sub(r"ssl_certificate /.*;", f"ssl_certificate {certificate};", text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log;"
        f"events {{}} http {{ {places}\n{text} }}",
        "utf-8",
    )
    process = subprocess.Popen(
        [str(NGINX), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    )
    try:
        wait_until(lambda: fetch(port, "/", "x")[0])
        yield port
    finally:
        process.terminate()
        process.wait(30)


@needs_nginx
@pytest.mark.parametrize(
    ("name", "host", "prefix"),
    [
        ("nginx.conf", "hub.example.org", ""),
        ("nginx-below-a-path.conf", "www.example.org", "/evidence"),
    ],
)
def test_nginx_speaks_tls_keeps_pages_and_limits_requests(
    site: BuildWorkspace, tmp_path: Path, name: str, host: str, prefix: str
) -> None:
    place = tmp_path / "place"
    for folder in ("templates", "static", "plugins"):
        shutil.copytree(PROJECT_ROOT / folder, place / folder)
    shutil.copy(PROJECT_ROOT / "build.py", place)
    settings = (PROJECT_ROOT / "settings.json").read_text("utf-8")
    settings = settings.replace("{", f'{{"base_url": "{prefix}/",', 1)
    (place / "settings.json").write_text(settings, "utf-8")
    metadata = (PROJECT_ROOT / "metadata.yaml").read_text("utf-8")
    (place / "metadata.yaml").write_text(f"{metadata}\nurl: https://{host}{prefix}\n", "utf-8")
    site.dataset().write()
    with run_server(site, folder=place) as served:
        wait_until(lambda: served.get("/healthz"))
        with run_nginx(tmp_path, name, served) as port:
            status, first = fetch(port, f"{prefix}/about", host)
            assert status == 200
            assert first["strict-transport-security"] == "max-age=31536000"
            assert first["x-cache-status"] == "MISS"
            assert fetch(port, f"{prefix}/about", host)[1]["x-cache-status"] == "HIT"
            tagged = fetch(port, f"{prefix}/about", host, **{"If-None-Match": first["etag"]})
            assert tagged[0] == 304
            answers = [
                fetch(port, f"{prefix}/api/v1/observations?limit={number}", host)[0]
                for number in range(1, 6)
            ]
            assert answers == [200] * 5


@needs_nginx
@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.conf")), ids=lambda path: path.stem)
def test_a_proxy_names_the_visitor_and_limits_by_it(path: Path) -> None:
    text = path.read_text("utf-8")
    for directive in (
        "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "X-Forwarded-Host $host",
        "limit_req_status 429", "limit_conn_status 429", "Strict-Transport-Security",
        "ssl_protocols TLSv1.2 TLSv1.3", "proxy_cache_revalidate on",
    ):  # fmt: skip
        assert directive in text
    assert "purge" in text


def test_systemd_reads_the_unit_and_finds_it_closed() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("There is no systemd-analyze here.")
    path = str(DEPLOY / "evidencehub.service")
    verified = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True, check=False
    )
    told = [line for line in verified.stderr.splitlines() if "is not executable" not in line]
    assert [line for line in told if "evidencehub" in line] == []
    security = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert security.returncode == 0, security.stdout


def test_the_service_writes_nothing_but_its_counts() -> None:
    for setting in ("ProtectSystem=strict", "DynamicUser=yes", "NoNewPrivileges=yes"):
        assert f"\n{setting}\n" in UNIT
    assert "--no-build" in UNIT
    assert "ReadWritePaths" not in UNIT


def test_the_container_is_pinned_runs_as_nobody_and_is_looked_after() -> None:
    instructions = [line for line in CONTAINER.splitlines() if re.match(r"[A-Z]+ ", line)]
    names = [line.split(" ")[0] for line in instructions]
    assert re.fullmatch(r"FROM python:\d+\.\d+\.\d+-\S+", instructions[0])
    assert "--require-hashes" in CONTAINER
    assert names.index("USER") > max(i for i, name in enumerate(names) if name == "RUN")
    assert [line for line in instructions if line.startswith("USER")] == ["USER 10001"]
    assert names.count("HEALTHCHECK") == 1
    assert '"--no-build"' in instructions[-1]
    assert "--read-only" in CONTAINER
    for line in instructions:
        if line.startswith("COPY"):
            *sources, _ = line.split(" ")[1:]
            assert all((PROJECT_ROOT / source).exists() for source in sources), line


@pytest.mark.parametrize("text", [UNIT, CONTAINER], ids=["unit", "container"])
def test_every_option_of_a_command_is_one_of_serve(text: str) -> None:
    from evidencehub.cli.serve_command import serve

    known = {name for parameter in serve.params for name in parameter.opts}
    start = re.search(r"build\.py\W+serve(.*)", text)
    assert start
    assert set(re.findall(r"--[a-z-]+", start[1])) <= known
