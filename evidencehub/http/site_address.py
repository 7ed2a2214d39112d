"""Where visitors reach the site: an address is read here once, and written here alone."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from evidencehub.errors import HubError
from evidencehub.http import asgi, guard
from evidencehub.http.asgi import Scope
from evidencehub.http.problem_details import make_http_error
from evidencehub.http.responses import RawHeaders

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]*[A-Za-z0-9_~-])*")
SITE_URL = re.compile(rf"https?://[A-Za-z0-9._:\[\]-]+{_PREFIX.pattern}")
"""The whole address of a site, without a slash at its end."""
_PERCENT_CODE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_LOCAL_ADDRESS = re.compile(r"(?<=^<)/[^>]*(?=>)|(?<=, <)/[^>]*(?=>)")  # in a Link header
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# the first segments of our own addresses: after one of these a prefix could not be told from them
OWN_SEGMENTS = {
    "-", ".well-known", "about", "accessibility", "api", "catalog", "changes", "codes", "compare",
    "coverage", "datasets", "design", "dump", "embed", "findings", "glossary", "groups", "hub",
    "indicators", "oai", "odata", "organisations", "partners", "places", "privacy", "questions",
    "recommendations", "sdmx", "search", "static", "topics", "writing",
}  # fmt: skip
# nothing here depends on who asks: a cookie of a parent domain must not make a page another one
CREDENTIAL_HEADERS = frozenset({b"cookie", b"authorization", b"proxy-authorization"})
# answers that name no host: their links begin with a slash
_HOSTLESS_PATHS = (
    *("/api/v1", "/odata", "/sdmx/", "/openapi.json", "/static/", "/-/static/", "/favicon.ico"),
)
_PROBE_PATHS = ("/healthz", "/readyz")


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """The path before every address of the site, and its whole address if the operator gives it.

    >>> site = SiteAddress("/evidence", "https://hub.example.org/evidence")
    >>> site.build_link("/topics"), site.strip_prefix("/evidence/topics")
    ('/evidence/topics', '/topics')
    """

    prefix: str = ""
    url: str = ""

    @property
    def base(self) -> str:
        """What stands before a path in links that everybody gets alike."""
        return self.url or self.prefix

    def strip_prefix(self, path: str) -> str:
        """Return a path as the server knows it, whether a proxy has stripped the prefix or not.

        Raise HttpError (404) if the prefix comes twice: whoever strips it again would read another
        address than the guard has.
        """
        if not self.prefix:
            return path
        inner = path.removeprefix(self.prefix) if self._has_prefix(path) else path
        if self._has_prefix(inner):
            raise make_http_error(404, "http/not-found/page")
        return inner or "/"

    def build_link(self, path: str) -> str:
        """Return the address of a path on the same host; one that has the prefix is left alone."""
        return path if self._has_prefix(path) else self.prefix + path

    def build_headers(self, headers: RawHeaders) -> RawHeaders:
        """Return the headers of a response, in which every address is one for visitors."""
        if not self.prefix:
            return headers
        return [(name, self._build_header(name, value)) for name, value in headers]

    def read_request(self, scope: Scope) -> Scope:
        """Return a request as everything behind the front sees it, read once.

        The prefix is stripped, credentials are dropped, and where the operator gives an address
        that one is asked, whatever the client or a proxy says. Raise HttpError for an address that
        is none (400, 404), or that of another site (421).
        """
        host = asgi.get_header(scope, "host")
        guard.check_host(scope.get("http_version", "1.1"), host)
        path = self.strip_prefix(normalise_path(get_raw_path(scope)))
        headers = [pair for pair in scope["headers"] if pair[0] not in CREDENTIAL_HEADERS]
        scheme = scope.get("scheme", "http")
        if self.url:
            if path not in _PROBE_PATHS and not self._may_ask(host):
                raise make_http_error(421, "http/other-host", url=self.url)
            scheme, _, rest = self.url.partition("://")
            host = rest.partition("/")[0]
            headers = [pair for pair in headers if pair[0] != b"host"]
            headers.append((b"host", host.encode()))
        raw_path = path.encode("latin-1")
        return {
            **scope, "scheme": scheme, "headers": headers, "raw_path": raw_path,
            "path": unquote(path),
        }  # fmt: skip

    def find_origin(self, scope: Scope, path: str) -> tuple[str, str] | None:
        """Return scheme and host as an answer may name them; None if it depends on neither."""
        if path.startswith(_HOSTLESS_PATHS):
            return None
        return scope.get("scheme", "http"), asgi.get_header(scope, "host")

    def is_known_host(self, scope: Scope) -> bool:
        """Whether an answer for everybody may name the host that the client has asked.

        Without an address of the operator's that is only the one that the client has reached:
        any other may be made up, and would stand in pages that caches give to others.
        """
        host = asgi.get_header(scope, "host")
        if self.url or not host:
            return True
        server_name, server_port = scope.get("server") or ("", None)
        name, port = _split_host(host)
        is_ours = name in _LOOPBACK_NAMES or name == str(server_name).lower()
        return is_ours and (not port or port == str(server_port))

    def _may_ask(self, host: str) -> bool:
        """Whether a request is for this site: by its name, or by the number of a machine.

        Load balancers check by number, and proxies may pass it on; no page then names it.
        """
        name, _ = _split_host(host)
        if name in ("", "localhost", urlsplit(self.url).hostname):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _has_prefix(self, path: str) -> bool:
        return bool(self.prefix) and (path + "/").startswith(self.prefix + "/")

    def _build_header(self, name: bytes, value: bytes) -> bytes:
        text = value.decode("latin-1")
        if name == b"location" and text.startswith("/"):
            text = self.build_link(text)
        elif name == b"link":
            text = _LOCAL_ADDRESS.sub(lambda match: self.build_link(match[0]), text)
        return text.encode("latin-1")


def read_site_address(settings: Mapping[str, Any], metadata: Mapping[str, Any]) -> SiteAddress:
    """Return the address of the site by `base_url` in settings.json and `url` in metadata.yaml.

    Raise HubError for one that cannot be used, or if the two contradict each other.
    """
    base_url, url = str(settings.get("base_url") or "/"), str(metadata.get("url") or "")
    prefix, url = base_url.rstrip("/"), url.rstrip("/")
    if not _PREFIX.fullmatch(prefix):
        raise HubError(
            f"settings.json, base_url: “{base_url}” is no path. Use one like “/evidence/”."
        )
    if prefix and prefix.split("/")[1] in OWN_SEGMENTS:
        raise HubError(
            f"settings.json, base_url: addresses of the hub begin with “{prefix}/” already. "
            "Choose another path, such as “/evidence/”."
        )
    if url and not SITE_URL.fullmatch(url):
        raise HubError(
            f"metadata.yaml, url: “{url}” is no address of a site. "
            "Use one like “https://hub.example.org”."
        )
    if url and urlsplit(url).path != prefix:
        raise HubError(
            f"metadata.yaml has url “{url}”, and settings.json has base_url “{base_url}”. "
            "End both with the same path."
        )
    return SiteAddress(prefix, url)


def get_site_address(datasette: Any) -> SiteAddress:
    """Return the address of the site that a Datasette serves."""
    settings = {"base_url": datasette.setting("base_url")}
    return read_site_address(settings, datasette.metadata() or {})


def build_base_url(datasette: Any, request: Any) -> str:
    """Return the whole address of the site, for a request that has passed `read_request`."""
    return f"{request.scheme}://{request.host}{get_site_address(datasette).prefix}"


def get_raw_path(scope: Scope) -> str:
    """The path as it was sent, without its query."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return str(raw.split(b"?")[0].decode("latin-1"))


def normalise_path(path: str) -> str:
    """Return a path in which nothing is a code that need not be one (RFC 3986, 6.2.2.2).

    >>> normalise_path("/%61pi/v1/a%2Fb")
    '/api/v1/a%2Fb'
    """
    return _PERCENT_CODE.sub(_decode_unreserved, path) if "%" in path else path


def _decode_unreserved(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if _UNRESERVED.fullmatch(character) else match[0]


def _split_host(host: str) -> tuple[str, str]:
    """Return the name in a Host header and its port, empty for none."""
    match = re.fullmatch(r"\[?(.*?)\]?(?::(\d*))?", host.lower())
    return (match[1].rstrip("."), match[2] or "") if match else ("", "")
