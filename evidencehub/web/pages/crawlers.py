"""What crawlers read: the sitemap, the rules for robots, and a summary for language models."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from evidencehub.store import releases
from evidencehub.store.search import select_page_keys
from evidencehub.web.addresses import build_item_path
from evidencehub.web.page_request import Document, PageRequest
from evidencehub.web.views.xml_text import serialise_xml

MAX_SITEMAP_URLS = 50_000  # of one sitemap, by its protocol
SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
FIXED_PATHS = (
    *("/", "/api", "/topics", "/groups", "/places", "/compare", "/findings", "/recommendations"),
    *("/organisations", "/datasets", "/codes"),
)

LLMS_TXT = """# {title}

> {description}

Every figure has a source, a place, a period, an ethnic group in the classification of its source,
and a level of verification. A figure that is hidden or not known is empty and says why; it is
never zero. Groups of different classifications are not the same groups: do not add or compare
them without reading what is said of it. Cite the source beside the hub.

## Data

- [API]({base_url}/api): how to ask, with examples; no key is needed
- [Description of the API]({base_url}/openapi.json): OpenAPI 3.1, every parameter and code
- [Figures]({base_url}/api/v1/observations): JSON; add .csv, .ndjson or .parquet to the path
- [Gaps]({base_url}/api/v1/gaps): difference and ratio of each group beside its reference
- [Search]({base_url}/api/v1/search?q=maternal): indicators, findings, recommendations, datasets
- [Datasets]({base_url}/datasets): CSV, XLSX, ODS, Parquet, Data Package; licence of each

## Pages

- [Topics]({base_url}/topics)
- [Classifications and codes]({base_url}/codes): what each group and code means
- [How we write about ethnicity]({base_url}/writing)
- [About]({base_url}/about): how evidence is checked, and what the hub does not do
- [What has changed]({base_url}/changes), also as [Atom]({base_url}/feed.atom)
- [Every page]({base_url}/sitemap.xml)
"""


def build_sitemap(request: PageRequest) -> Document:
    """Return every page for people, with the day on which a dataset was published."""
    release_dates = releases.select_release_dates(request.db)
    root = ET.Element("urlset", xmlns=SITEMAP_NAMESPACE)
    for page_path in _list_page_paths(request)[:MAX_SITEMAP_URLS]:
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = request.base_url + page_path
        day = release_dates.get(page_path.removeprefix("/datasets/"))
        if day:
            ET.SubElement(url, "lastmod").text = day
    return Document("application/xml; charset=utf-8", serialise_xml(root))


def build_robots_txt(request: PageRequest) -> Document:
    """Return which addresses a robot may leave out: other pages have the same figures."""
    lines = (
        "User-agent: *",
        "Disallow: /search?",
        "Disallow: /hub/*?",
        "Disallow: /-/",
        "",
        f"Sitemap: {request.base_url}/sitemap.xml",
    )
    return Document("text/plain; charset=utf-8", ("\n".join(lines) + "\n").encode())


def build_llms_txt(request: PageRequest) -> Document:
    """Return the site in a few lines, for programs that read text."""
    text = LLMS_TXT.format(
        title=request.site.title, description=request.site.description, base_url=request.base_url
    )
    return Document("text/plain; charset=utf-8", text.encode())


def _list_page_paths(request: PageRequest) -> list[str]:
    """Return the path of every page for people once, in order."""
    item_paths = (build_item_path(kind, name) for kind, name in select_page_keys(request.db))
    return list(dict.fromkeys([*FIXED_PATHS, *item_paths]))
