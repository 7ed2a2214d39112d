"""What goes with the rows of an answer in every format: page, releases, licences, verdict.

JSON has it around the rows, Parquet in its own metadata, CSV in a document beside it; and headers
say it of all of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from evidencehub.api.answer_links import Headers, format_link_header
from evidencehub.domain.licence_basis import is_covered
from evidencehub.formats.attribution import write_attribution
from evidencehub.http.file_names import build_file_name
from evidencehub.messages.rendering import make_message
from evidencehub.store.answer_summary import AnswerSummary
from evidencehub.store.comparability_verdicts import build_verdict
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.near_rows import MAX_NEAR_ROWS, NearRows
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ApiResource
from evidencehub.store.search_matches import SearchMatches

Metadata = Mapping[str, Any]
Resolved = Mapping[str, Mapping[str, Sequence[str]]]
MAX_HEADER_VALUES = 25  # values of a parameter that a header lists: as many as an address has
MAX_HEADER_NEAR = 10  # suggestions that a header lists
MAX_HEADER_RELEASES = 20  # releases that a header lists; another header says how many there are


@dataclass(frozen=True)
class PageExtent:
    """Which part of all rows is sent: `returned` is None where a stream does not count them."""

    returned: int | None
    limit: int | None
    next_cursor: str = ""


def describe_answer(
    resource: ApiResource,
    summary: AnswerSummary,
    extent: PageExtent,
    links: Mapping[str, str],
    reference_data: ReferenceData,
    resolved: Resolved,
) -> dict[str, Any]:
    """Return what JSON has around the rows of an answer, and other formats beside them.

    `resolved` has, by parameter and value, the codes that a value of several codes stands for.
    """
    verdict = None
    if summary.comparability is not None and resource.comparison_subject:
        verdict = build_verdict(summary.comparability, resource.comparison_subject)
    return {
        "page": {
            "total": summary.total,
            "returned": extent.returned,
            "truncated": bool(extent.next_cursor),
            "limit": extent.limit,
            "next": links.get("next"),
            "cursor": extent.next_cursor or None,
            "left_out": _describe_left_out(summary),
            "near": [_describe_near(near) for near in summary.near],
        },
        "resolved": {name: dict(codes) for name, codes in resolved.items()},
        **describe_origin(summary.datasets, reference_data, _list_indicators(resource, summary)),
        "comparability": verdict,
        **({"search_words": describe_search(summary.search)} if summary.search else {}),
        "links": dict(links),
    }


def describe_search(matches: SearchMatches) -> dict[str, Any]:
    """Return how the words of a search were read: what else was looked for, and what is missing."""
    return {
        "words": list(matches.words),
        "corrections": {c.word: list(c.suggestions) for c in matches.corrections if c.is_misspelt},
        "synonyms": {c.word: list(c.suggestions) for c in matches.corrections if not c.is_misspelt},
        "missing_words": list(matches.missing_words),
        "is_partial": matches.is_partial,
    }


def _describe_left_out(summary: AnswerSummary) -> list[dict[str, Any]]:
    """Return how many rows match and are left out, and why."""
    if not summary.excluded_rows:
        return []
    count = summary.excluded_rows
    if count == 1:
        message = make_message("answer/left-out-synthetic-row")
    else:
        message = make_message("answer/left-out-synthetic", count=f"{count:,}")
    return [{"code": "synthetic", "rows": count, "text": message.render()}]


def _describe_near(near: NearRows) -> dict[str, Any]:
    """Return which filter to drop, which to use in its place, and how many rows there are then."""
    count = f"{near.rows:,}" + ("+" if near.rows == MAX_NEAR_ROWS else "")
    use = f"{near.parameter}={near.value}" if near.parameter else None
    if use is None:
        message = make_message("answer/near-without", count=count, name=near.drop)
    else:
        message = make_message("answer/near-with", count=count, name=near.drop, use=use)
    return {"drop": near.drop, "use": use, "rows": near.rows, "text": message.render()}


def _list_indicators(resource: ApiResource, summary: AnswerSummary) -> Collection[str] | None:
    """Return the indicators whose sources an answer rests on; None for all of its datasets."""
    return summary.indicators if resource.comparison_subject else ()


def describe_origin(
    datasets: Iterable[str], reference_data: ReferenceData, indicators: Collection[str] | None = ()
) -> dict[str, Any]:
    """Return which releases rows are of, whom to credit, and on which terms they may be used.

    `indicators` are those whose values are in the rows; None for every indicator of the datasets.
    """
    rows = {name: reference_data.datasets[name] for name in datasets}
    names_by_licence: dict[tuple[str, str], list[str]] = {}
    for name, row in rows.items():
        names_by_licence.setdefault((row["licence"], row["licence_url"]), []).append(name)
    return {
        "release": [
            {
                "dataset": name,
                "title": row["title"],
                "version": row["version"],
                "date": row["created"],
                "attribution": write_attribution(
                    row["title"], row["version"], row["licence"], row["publisher"]
                ),
                "governance": row["governance"],
                "origin": _describe_partner(row),
            }
            for name, row in rows.items()
        ],
        "licence": [
            _describe_licence(licence, url, names, reference_data, indicators)
            for (licence, url), names in names_by_licence.items()
        ],
    }


def _describe_partner(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return from whom a dataset was taken; None for the hub's own."""
    if row["origin"] is None:
        return None
    return {
        "partner": row["origin"],
        "title": row["origin_title"],
        "url": row["origin_url"],
        "fetched": row["origin_fetched_at"],
    }


def _describe_licence(
    licence: str,
    url: str | None,
    datasets: Sequence[str],
    reference_data: ReferenceData,
    indicators: Collection[str] | None,
) -> dict[str, Any]:
    """Return what a licence of datasets covers, and the terms of the sources of their values.

    A dataset's licence covers what was written for it, its texts and its selection; values that
    were made up for teaching are all of that.
    """
    sources = {
        (row["dataset"], row["source"]): row
        for (dataset, indicator), source_rows in reference_data.value_sources.items()
        if dataset in datasets and (indicators is None or indicator in indicators)
        for row in source_rows
    }
    is_synthetic = all(reference_data.datasets[name]["synthetic"] for name in datasets)
    return {
        "id": licence,
        "url": url,
        "datasets": list(datasets),
        "basis": "publisher-licence" if is_synthetic else "hub-text",
        "sources": [_describe_source(row) for _, row in sorted(sources.items())],
    }


def _describe_source(row: Mapping[str, Any]) -> dict[str, Any]:
    parts = (row["title"], row["publisher"], row["address"])
    return {
        "dataset": row["dataset"],
        "source": row["source"],
        "terms": row["licence"],
        "url": row["licence_url"],
        "attribution": ". ".join(part.rstrip(".") for part in parts if part),
        "basis": row["licence_basis"],
    }


def list_licence_urls(licences: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the addresses of the licences that cover all of an answer's rows.

    A licence that covers the hub's texts, and not the values of a source, is not among them.
    """
    return [
        item["url"]
        for item in licences
        if item["url"] and is_covered(source["basis"] for source in item["sources"])
    ]


def build_headers(metadata: Metadata) -> Headers:
    """Return the headers that say of any format what JSON has around its rows."""
    headers = [*_list_page_headers(metadata), *_list_origin_headers(metadata)]
    if verdict := metadata.get("comparability"):
        headers.append(("hub-comparability", _format_verdict(verdict)))
    if search := metadata.get("search_words"):
        headers.append(("hub-search", _format_search(search)))
    if conversion := metadata.get("conversion"):
        headers.append(("hub-conversion", _format_conversion(conversion)))
    licence_urls = list_licence_urls(metadata["licence"])
    return [*headers, ("link", format_link_header(metadata["links"], licence_urls))]


def _list_page_headers(metadata: Metadata) -> Iterator[tuple[str, str]]:
    page = metadata.get("page")
    if not page:
        return
    yield "hub-total", str(page["total"])
    yield "hub-truncated", _dump(page["truncated"])
    if page["cursor"]:
        yield "hub-cursor", page["cursor"]
    for item in page["left_out"]:
        yield "hub-left-out", f'{item["rows"]}; reason="{item["code"]}"'
    if page["near"]:
        yield "hub-near", ", ".join(map(_format_near, page["near"][:MAX_HEADER_NEAR]))
    for name, codes in metadata["resolved"].items():
        counts = [f'"{value}";codes={len(codes[value])}' for value in codes]
        yield "hub-resolved", f"{name}=({' '.join(counts[:MAX_HEADER_VALUES])})"


def _format_near(near: Mapping[str, Any]) -> str:
    """Return what is near an empty answer as an item of a structured field (RFC 8941)."""
    use = f'; use="{near["use"]}"' if near["use"] else ""
    return f'{near["rows"]}; drop="{near["drop"]}"{use}'


def _list_origin_headers(metadata: Metadata) -> Iterator[tuple[str, str]]:
    releases = [f"{item['dataset']}={item['version']}" for item in metadata["release"]]
    if releases:
        yield "hub-release", ", ".join(releases[:MAX_HEADER_RELEASES])
        yield "hub-release-count", str(len(releases))
        yield "hub-licence", ", ".join(map(_format_licence, metadata["licence"]))


def _format_licence(licence: Mapping[str, Any]) -> str:
    """Return a licence with its ground, and how many sources have which, as a structured field."""
    counts = Counter(source["basis"] for source in licence["sources"])
    text = " ".join(f"{basis}={count}" for basis, count in sorted(counts.items()))
    parameters = f'; sources="{text}"' if text else ""
    return f"{licence['id']}; basis={licence['basis']}{parameters}"


def _format_verdict(verdict: Mapping[str, Any]) -> str:
    """Return a verdict and the codes of its reasons as a structured field (RFC 8941)."""
    codes = " ".join(dict.fromkeys(reason["code"] for reason in verdict["reasons"]))
    parameters = f'; reasons="{codes}"' if codes else ""
    return f"{verdict['verdict']}; subject={verdict['subject']}{parameters}"


def _format_search(search: Mapping[str, Any]) -> str:
    """Return the words of a search, which were corrected and which are missing: percent-encoded."""
    words = {
        "corrected": [
            f"{word}={suggestions[0]}" for word, suggestions in search["corrections"].items()
        ],
        "missing": search["missing_words"],
    }
    parameters = [f'; {name}="{quote(" ".join(w), safe=" =")}"' for name, w in words.items() if w]
    return f'"{quote(" ".join(search["words"]), safe=" ")}"' + "".join(parameters)


def _format_conversion(conversion: Mapping[str, Any]) -> str:
    """Return the target of a conversion, and how much of it could not be made."""
    left_out_count = sum(conversion["left_out"].values())
    return f"{conversion['to']}; gaps={len(conversion['gaps'])}; left-out={left_out_count}"


_SUBJECT_FILTERS = ("indicator", "dataset", "family", "list", "from_scheme", "finding")
"""Filters that say what an answer is about, if they have one value; the first counts."""


def name_rows_file(query: LogicalQuery, metadata: Metadata, ending: str) -> str:
    """Return the name under which rows are saved: what they are of, and of which release.

    Of rows of several releases the day of the newest one stands in it.
    """
    releases = metadata["release"]
    chosen = (query.filter_values.get(name, ()) for name in _SUBJECT_FILTERS)
    datasets = [release["dataset"] for release in releases]
    subjects = [
        *(v[0] for v in chosen if len(set(v)) == 1),
        *(datasets if len(datasets) == 1 else []),
    ]
    edition = max((release["date"][:10] for release in releases), default="")
    if len(releases) == 1:
        edition = releases[0]["version"]
    subject = next(iter(subjects), "")
    resource = query.resource.name.removesuffix("-of-a-list")
    target = f"in-{metadata['conversion']['to']}" if "conversion" in metadata else ""
    return build_file_name(subject, resource, target, edition, ending=ending)


def build_file_metadata(metadata: Metadata) -> dict[str, str]:
    """Return the metadata of a file as names and JSON texts."""
    return {
        f"hub:{name}": _dump(value)
        for name, value in metadata.items()
        if name != "links" and value is not None
    } | {"hub:source": metadata["links"]["self"]}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
