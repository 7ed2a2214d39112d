"""What partners and readers met, tried again on a served hub: one line for each, as Markdown.

python benchmarks/partner_checks.py [ADDRESS]

Without an address the shipped datasets are built and served on this machine. Lines are numbered as
in the reports that they repeat: P for what a partner needs of formats and HTTP, B for faults of
other projects. What a program here cannot be had for is said to be not tried; the exit code is the
number of lines that fail.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parent.parent
API = "/api/v1"
RATE = "uk-maternal-mortality-rate"
QUERIES = (
    "observations?family=infant-mortality",
    "observations?dataset=teaching-suppressed-synthetic",
    "gaps?family=infant-mortality",
    "inequality?family=infant-mortality",
    "compare?family=maternal-mortality",
    "indicators",
    "findings?limit=40",
    "codes/br-raca-cor",
    "crosswalks?limit=100",
)
Check = Callable[[httpx.Client], str]
CHECKS: dict[str, tuple[str, Check]] = {}


class NotTriedError(Exception):
    """A program that the check needs is not here."""


def check(number: str, title: str) -> Callable[[Check], Check]:
    """Enter a function under its number; it returns what was seen, or fails an assertion."""

    def enter(function: Check) -> Check:
        CHECKS[number] = title, function
        return function

    return enter


def with_ending(query: str, ending: str) -> str:
    path, _, parameters = query.partition("?")
    return f"{API}/{path}.{ending}" + (f"?{parameters}" if parameters else "")


def read_parquet(hub: httpx.Client, address: str) -> pa.Table:
    return pq.read_table(io.BytesIO(hub.get(address).content))


@check("P01", "JSON, NDJSON, CSV and Parquet are equal")
def compare_formats(hub: httpx.Client) -> str:
    rows_seen = 0
    for query in QUERIES:
        lines = [
            json.loads(line) for line in hub.get(with_ending(query, "ndjson")).text.splitlines()
        ]
        cells = list(csv.DictReader(io.StringIO(hub.get(with_ending(query, "csv")).text)))
        table = read_parquet(hub, with_ending(query, "parquet"))
        assert len(lines) == len(cells) == table.num_rows, query
        joined, address = [], f"{API}/{query}{'&' if '?' in query else '?'}limit=1000"
        while address and "limit=" not in query:
            page = hub.get(address).json()
            joined += page["data"]
            address = page["page"]["next"]
        assert joined in ([], lines), query
        for line, row in zip(lines, cells, strict=True):
            assert [
                name for name in line if (line[name] in (None, [])) != (row[name] == "")
            ] == [], query
        rows_seen += len(lines)
    return f"{len(QUERIES)} of {len(QUERIES)} queries, {rows_seen:,} rows"


@check("P02", "0, suppressed and impossible are told apart")
def compare_statuses(hub: httpx.Client) -> str:
    table = read_parquet(hub, f"{API}/observations.parquet?dataset=teaching-suppressed-synthetic")
    kinds = {
        (row["obs_status"], "zero" if row["value"] == 0 else row["value"] is None)
        for row in table.select(["obs_status", "value"]).to_pylist()
    }
    assert {("A", "zero"), ("Q", True), ("M", True)} <= kinds
    return "A with 0, Q and M with null"


@check("P03", "no floating noise, decimals beside derived values")
def find_noise(hub: httpx.Client) -> str:
    text = hub.get(f"{API}/gaps.csv").text + hub.get(f"{API}/inequality.csv").text
    noise = [n for n in re.findall(r"\d+\.\d+", text) if len(n.replace(".", "").lstrip("0")) > 13]
    assert noise == []
    assert "decimals" in hub.get(f"{API}/gaps?limit=1").json()["data"][0]
    return "no number of more than 13 digits in all gaps and measures"


@check("P04", "file of a release and API have the same columns and cells")
def compare_file_and_api(hub: httpx.Client) -> str:
    slug = "uk-maternal-mortality"
    file = hub.get(f"/datasets/{slug}/latest/{slug}.csv", follow_redirects=True).text
    answer = hub.get(f"{API}/observations.csv?dataset={slug}").text
    of_file, of_api = (list(csv.DictReader(io.StringIO(text))) for text in (file, answer))
    shared = set(of_file[0]) & set(of_api[0])
    assert set(of_api[0]) - shared == set()

    def sort(rows: list[dict[str, str]]) -> list[list[str]]:
        return sorted([row[name] for name in sorted(shared)] for row in rows)

    assert sort(of_file) == sort(of_api)
    return f"{len(of_api)} rows, {len(shared)} columns"


@check("P05", "dates in Parquet are dates, in file and API (B44)")
def read_days(hub: httpx.Client) -> str:
    slug = "uk-maternal-mortality"
    file = hub.get(f"/datasets/{slug}/latest/{slug}.parquet", follow_redirects=True).content
    tables = pq.read_table(io.BytesIO(file)), read_parquet(hub, f"{API}/observations.parquet")
    for table in tables:
        assert table.schema.field("period_end").type == pa.date32()
        assert table.schema.field("value").metadata[b"description"]
    return "date32, with descriptions"


@check("P06", "Accept, 406, HEAD, OPTIONS")
def negotiate(hub: httpx.Client) -> str:
    address = f"{API}/indicators"
    accepted = hub.get(address, headers={"accept": "text/csv;q=0.9, application/json;q=0.1"})
    assert accepted.headers["content-type"].startswith("text/csv")
    assert hub.get(address, headers={"accept": "image/gif"}).status_code == 406
    head, whole = hub.head(address), hub.get(address)
    assert head.headers["content-length"] == whole.headers["content-length"] or (
        "content-encoding" in whole.headers
    )
    assert hub.options(address).status_code == 204
    return "CSV by its weight, 406, HEAD as GET, 204"


@check("P07", "conditional requests: tags, lists, *, dates (B34)")
def revalidate(hub: httpx.Client) -> str:
    count = 0
    for address in (
        f"{API}/indicators",
        f"{API}/observations.csv",
        "/",
        "/datasets",
        "/sitemap.xml",
    ):
        first = hub.get(address).headers
        for known in (
            {"if-none-match": first["etag"]},
            {"if-none-match": f'"x", W/{first["etag"].removeprefix("W/")}'},
            {"if-none-match": "*"},
            {"if-modified-since": first["last-modified"]},
        ):
            assert hub.get(address, headers=known).status_code == 304, (address, known)
            count += 1
    return f"{count} of {count} answered 304"


@check("P08", "lengths, ranges and 416 of API files (B29, B31)")
def ask_for_parts(hub: httpx.Client) -> str:
    for ending in ("csv", "ndjson", "parquet"):
        address = f"{API}/observations.{ending}"
        plain = {"accept-encoding": "identity"}
        whole = hub.get(address, headers=plain)
        assert whole.headers["content-length"] == str(len(whole.content))
        for asked, expected in (("0-99", slice(0, 100)), ("-50", slice(-50, None))):
            part = hub.get(address, headers={**plain, "range": f"bytes={asked}"})
            assert (part.status_code, part.content) == (206, whole.content[expected])
        beyond = hub.get(address, headers={"range": "bytes=999999999-"})
        assert beyond.status_code == 416
        assert "problem+json" in beyond.headers["content-type"]
    package = hub.get("/datasets/uk-maternal-mortality.zip", headers={"range": "bytes=0-3"})
    assert (package.status_code, package.content) == (206, b"PK\3\4")
    return "206 and 416 for CSV, NDJSON, Parquet and the package"


@check("P09", "what is wrong is refused with a code")
def send_nonsense(hub: httpx.Client) -> str:
    wrong = ["area=%FF", "area=%00", "limit=%EF%BC%91", "nope=1", "&".join(["area=GB"] * 30)]
    for query in wrong:
        answer = hub.get(f"{API}/observations?{query}")
        assert answer.status_code == 400, query
        assert answer.json()["problems"][0]["code"], query
    assert hub.get(f"{API}/observations?note_contains={'x' * 20_000}").status_code == 414
    return f"{len(wrong)} with 400 and a code, a long address with 414"


@check("P10", "polars reads Parquet, CSV and NDJSON by address")
def read_with_polars(hub: httpx.Client) -> str:
    try:
        import polars as pl
    except ImportError:
        raise NotTriedError("polars is not installed") from None
    base = f"{str(hub.base_url).rstrip('/')}{API}/gaps"
    heights = {
        pl.read_parquet(f"{base}.parquet").height,
        pl.read_csv(f"{base}.csv", infer_schema=False).height,
        pl.read_ndjson(f"{base}.ndjson", infer_schema_length=None).height,
    }
    assert len(heights) == 1
    return f"{heights.pop()} rows each"


@check("P11", "the licence stands at each row and each source")
def read_terms(hub: httpx.Client) -> str:
    answer = hub.get(f"{API}/observations?limit=1").json()
    assert {"source_licence", "source_licence_basis"} <= set(answer["data"][0])
    assert all({"terms", "basis", "attribution"} <= set(s) for s in answer["licence"][0]["sources"])
    address = f"{API}/observations?source_licence_basis=publisher-licence"
    return f"{hub.get(address).json()['page']['total']} rows under a publisher's open licence"


@check("P12", "an area, a country and a facet mean what a partner means")
def ask_for_places(hub: httpx.Client) -> str:
    counts = {
        query: hub.get(f"{API}/observations?{query}&limit=1").json()["page"]["total"]
        for query in ("country=AU", "country=GB", "within=GB", "ethnicity=hub-facet:AFD")
    }
    assert all(counts.values()), counts
    assert hub.get(f"{API}/observations?area=AU&family=infant-mortality").json()["page"]["near"]
    return ", ".join(f"{query} {count}" for query, count in counts.items())


@check("P13", "compare has every place that has a gap")
def compare_places(hub: httpx.Client) -> str:
    families = hub.get(f"{API}/indicators?fields=family&limit=1000").json()["data"]
    count = 0
    for family in sorted({row["family"] for row in families if row["family"]}):
        gaps = hub.get(f"{API}/gaps?family={family}&limit=1000").json()["data"]
        compared = hub.get(f"{API}/compare?family={family}&limit=1000").json()
        places = {row["country"] for row in compared["data"]}
        missing = {row["country"] for row in gaps} - places - {None}
        assert not missing or "absent" in json.dumps(compared), (family, missing)
        count += 1
    return f"{count} families"


@check("P14", "the verdict does not depend on the page")
def read_verdicts(hub: httpx.Client) -> str:
    address: str | None = f"{API}/compare?family=infant-mortality&limit=3"
    verdicts = []
    while address:
        page = hub.get(address).json()
        verdicts.append(page["comparability"]["verdict"])
        address = page["page"]["next"]
    assert len(set(verdicts)) == 1
    return f"{len(verdicts)} pages: {verdicts[0]}"


@check("B01", "a tracking parameter changes nothing on a page, and is refused by the API")
def track(hub: httpx.Client) -> str:
    page = f"/indicators/{RATE}"
    assert hub.get(f"{page}?fbclid=IwAR0abc").text == hub.get(page).text
    assert hub.get(f"{API}/indicators?fbclid=x").status_code == 400
    return "page as without it; 400"


@check("B05", "the picture that goes with a link is of the chosen view")
def share(hub: httpx.Client) -> str:
    page = hub.get(f"/indicators/{RATE}?period=2016-01-01/2018-12-31").text
    (picture,) = re.findall(r'og:image" content="([^"]+)"', page)
    assert "period=2016-01-01" in picture
    address = urlsplit(picture)
    assert hub.get(f"{address.path}?{address.query}").status_code == 200
    return "named with its period, 200"


@check("B07", "a shared link keeps the choice")
def keep_choice(hub: httpx.Client) -> str:
    page = hub.get("/compare?family=infant-mortality").text
    for pattern in (r'canonical" href="([^"]+)"', r'og:url" content="([^"]+)"'):
        (address,) = re.findall(pattern, page)
        assert address.endswith("/compare?family=infant-mortality")
    return "canonical and og:url"


@check("B08", "every address of the sitemap answers")
def follow_map(hub: httpx.Client) -> str:
    places = re.findall("<loc>[a-z]+://[^/]+([^<]*)</loc>", hub.get("/sitemap.xml").text)
    wrong = [place for place in places if hub.get(place).status_code != 200]
    assert wrong == []
    return f"{len(places)} of {len(places)}"


@check("B14", "a link with the end of a sentence, or capitals, leads to the page")
def stray(hub: httpx.Client) -> str:
    page = f"/indicators/{RATE}"
    for address in (f"{page})", f"{page}.", f"{page}%20", page.replace("uk-", "UK-"), f"{page}/"):
        answer = hub.get(address, follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, page), address
    return "5 of 5"


@check("B24", "a foreign cookie costs nothing")
def send_cookie(hub: httpx.Client) -> str:
    address = f"/indicators/{RATE}"
    hub.get(address)
    cached = hub.get(address, headers={"cookie": "_ga=GA1.2.3"}).headers
    assert cached.get("hub-cache") == "hit"
    return "answered from what was kept"


@check("B26", "raw UTF-8 in a request line, HTTP/1.0, no Host")
def write_raw(hub: httpx.Client) -> str:
    seen = []
    for request in (
        f"GET {API}/search?q=Māori HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        f"GET {API}/indicators?limit=1 HTTP/1.0\r\n\r\n",
        f"GET {API}/indicators HTTP/1.1\r\nConnection: close\r\n\r\n",
    ):
        answer = speak(hub, request.encode())
        seen.append(answer.split(b" ", 2)[1].decode())
        assert b"Invalid HTTP request" not in answer
    assert seen[0] in ("200", "400")
    assert seen[1:] == ["200", "400"]
    return ", ".join(seen)


@check("B46", "a file that is saved says what and which release")
def name_files(hub: httpx.Client) -> str:
    slug = "uk-maternal-mortality"
    addresses = (f"{API}/observations.csv?dataset={slug}", f"/datasets/{slug}.xlsx")
    names = [hub.get(address).headers["content-disposition"] for address in addresses]
    assert all(slug in name and re.search(r"\d+\.\d+\.\d+", name) for name in names), names
    return "; ".join(name.partition("filename=")[2] for name in names)


@check("B47", "page and API find the same, in any form of Unicode (B48, B49)")
def search_twice(hub: httpx.Client) -> str:
    seen = {}
    for words in ("Brasil", "babies dying", "stillborn", "infant deaht", "Māori", "Ma\u0304ori"):
        total = hub.get(f"{API}/search?q={quote(words)}&limit=1").json()["page"]["total"]
        page = hub.get(f"/search?q={quote(words)}").text
        assert f"{total:,}" in page, words
        seen[words] = total
    assert seen["Māori"] == seen["Ma\u0304ori"]
    return ", ".join(f"{words} {total}" for words, total in seen.items())


@check("B54", "no cookie is set, nothing of others is asked for")
def set_no_cookie(hub: httpx.Client) -> str:
    for address in ("/", f"/indicators/{RATE}", "/search?q=x", "/api", f"{API}/indicators", "/hub"):
        assert "set-cookie" not in hub.get(address).headers, address
    return "6 kinds of address"


def speak(hub: httpx.Client, request: bytes) -> bytes:
    """What a server writes to a request in these very bytes, until it closes or is silent."""
    with socket.create_connection((hub.base_url.host, hub.base_url.port), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        with contextlib.suppress(TimeoutError):
            while chunk := connection.recv(65_536):
                received += chunk
    return received


@contextlib.contextmanager
def serve_shipped() -> Iterator[str]:
    """The shipped datasets, built into a folder of their own and served until the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = ["--out", folder / "dist", "--archive", folder / "archive", "--port", port]
        command = [sys.executable, "build.py", "serve", *map(str, options)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            while process.poll() is None:
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(f"{address}/readyz").status_code == 200:
                        break
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait()


def run_checks(address: str) -> int:
    """Print a line for each check; return how many fail."""
    print("| | what was asked | now | seen |\n| --- | --- | --- | --- |")
    failures = 0
    with httpx.Client(base_url=address, timeout=120) as hub:
        for number, (title, function) in CHECKS.items():
            outcome, seen = try_check(function, hub)
            failures += outcome == "fails"
            print(f"| {number} | {title} | {outcome} | {seen} |", flush=True)
    return failures


def try_check(function: Check, hub: httpx.Client) -> tuple[str, str]:
    try:
        return "right", function(hub)
    except NotTriedError as reason:
        return "not tried", str(reason)
    except Exception as error:  # noqa: BLE001 - one line that fails leaves the others to be tried
        (first_line, *_) = str(error).splitlines() or [""]
        return "fails", f"{type(error).__name__}: {first_line[:200]}".replace("|", "\\|")


def main() -> None:
    given: Any = sys.argv[1:]
    if given:
        sys.exit(run_checks(given[0].rstrip("/")))
    with serve_shipped() as address:
        failures = run_checks(address)
    sys.exit(failures)


if __name__ == "__main__":
    main()
