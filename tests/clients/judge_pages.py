"""Judges what the pages of datasets say to machines: schema.org by extruct, links by signposting.

    python judge_pages.py ADDRESS...

Each address is that of the page of a dataset. Prints a JSON list of faults, empty where all is well.
Runs in a place without the hub.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from urllib.request import urlopen

import extruct
import signposting

REQUIRED = {
    *("name", "description", "url", "version", "license", "creator", "publisher", "usageInfo"),
    *("datePublished", "distribution", "includedInDataCatalog", "isAccessibleForFree"),
}
MIN_DESCRIPTION_CHARS, MAX_DESCRIPTION_CHARS = 50, 5_000  # what Google asks of a description


def main(*addresses: str) -> None:
    faults = [
        f"{address} {judge.__name__}: {fault}"
        for address in addresses
        for judge in (judge_structured_data, judge_links)
        for fault in judge(address)
    ]
    json.dump(faults, sys.stdout, indent=1)


def judge_structured_data(address: str) -> Iterator[str]:
    with urlopen(address) as answer:
        html = answer.read().decode()
    data = extruct.extract(html, base_url=address, syntaxes=["json-ld"])["json-ld"]
    datasets = [item for item in data if item["@type"] == "Dataset"]
    if len(datasets) != 1:
        yield f"{len(datasets)} datasets"
        return
    (dataset,) = datasets
    yield from (f"no {name}" for name in sorted(REQUIRED - dataset.keys()))
    if not MIN_DESCRIPTION_CHARS <= len(dataset["description"]) <= MAX_DESCRIPTION_CHARS:
        yield f"a description of {len(dataset['description'])} characters"
    for file in dataset["distribution"]:
        with urlopen(file["contentUrl"]) as answer:
            if f"{len(answer.read())} B" != file["contentSize"]:
                yield f"{file['contentUrl']} has another size"


def judge_links(address: str) -> Iterator[str]:
    """The headers have every kind of link, and the linkset says the same of the page and files."""
    links = signposting.find_signposting_http(address)
    kinds = {
        "cite-as": links.citeAs, "license": links.license, "type": links.types,
        "item": links.items, "describedby": links.describedBy, "author": links.authors,
        "linkset": links.linksets,
    }  # fmt: skip
    yield from (f"no {kind}" for kind, found in kinds.items() if not found)
    for linkset in links.linksets:
        everything = signposting.find_signposting_linkset(str(linkset.target))
        page = everything.for_context(address)
        for name in ("items", "describedBy", "types", "authors"):
            targets = [{str(s.target) for s in getattr(side, name)} for side in (links, page)]
            if targets[0] != targets[1]:
                yield f"{name} differ: {sorted(targets[0] ^ targets[1])}"
        for item in page.items:
            file = signposting.find_signposting_http(str(item.target))
            if str(file.collection and file.collection.target) != address:
                yield f"{item.target} does not lead back"
            same = everything.for_context(str(item.target)).collection
            if str(same and same.target) != address:
                yield f"{item.target} does not lead back by the linkset"


if __name__ == "__main__":
    main(*sys.argv[1:])
