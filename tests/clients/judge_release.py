"""Judges how releases are described: Croissant, DataCite and RO-Crate, by libraries of each.

    python judge_release.py ADDRESS...

Each address is that of the folder of a release. Prints a JSON list of faults, empty where all is
well. Runs in a place without the hub.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from urllib.request import urlopen

from datacite import schema45
from rocrate.rocrate import ROCrate

MAX_ROWS = 5  # of each record set that are read


def main(*addresses: str) -> None:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CROISSANT_CACHE"] = cache
        faults = [
            f"{address} {judge.__name__}: {fault}"
            for address in addresses
            for judge in (judge_croissant, judge_datacite, judge_ro_crate)
            for fault in judge(address)
        ]
    json.dump(faults, sys.stdout, indent=1)


def judge_croissant(address: str) -> Iterator[str]:
    """Read the description and rows of each of its tables, which compares hashes."""
    import mlcroissant  # it reads CROISSANT_CACHE when it is imported

    dataset = mlcroissant.Dataset(jsonld=f"{address}/croissant.json")
    issues = dataset.metadata.ctx.issues
    yield from map(str, (*issues.errors, *issues.warnings))
    for record_set in dataset.metadata.record_sets:
        rows = list(itertools.islice(dataset.records(record_set.uuid), MAX_ROWS))
        if not rows:
            yield f"{record_set.uuid} has no rows"
        names = {field.uuid for field in record_set.fields}
        yield from (f"{record_set.uuid}: other columns" for row in rows if row.keys() != names)


def judge_datacite(address: str) -> Iterator[str]:
    metadata = read_json(f"{address}/datacite.json")
    yield from (error.message for error in schema45.validator.iter_errors(metadata))


def judge_ro_crate(address: str) -> Iterator[str]:
    """Load the crate as a folder that was fetched, with each file where the crate has it."""
    metadata = read_json(f"{address}/ro-crate-metadata.json")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "ro-crate-metadata.json").write_text(json.dumps(metadata), "utf-8")
        for entity in metadata["@graph"]:
            if entity["@type"] == "File":
                target = folder / unquote(entity["@id"])
                target.parent.mkdir(parents=True, exist_ok=True)
                with urlopen(f"{address}/{entity['@id']}") as answer:
                    target.write_bytes(answer.read())
        crate = ROCrate(folder)
        if not (crate.name and crate.license and crate.datePublished):
            yield "the root says too little"
        entities = [entity for entity in crate.data_entities if entity.type == "File"]
        if len(entities) != sum(entity["@type"] == "File" for entity in metadata["@graph"]):
            yield "files are missing"
        for entity in entities:
            if entity.source is None or not Path(entity.source).is_file():
                yield f"{entity.id} is not where the crate has it"
            elif str(Path(entity.source).stat().st_size) != entity["contentSize"]:
                yield f"{entity.id} has another size"


def read_json(address: str) -> dict:
    with urlopen(address) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
