"""Fetch the official tables of the recipes into a folder, each verified by its hash.

    python -m tests.real.fetch_official FOLDER [--clones '/clones/{owner}+{name}']

With `--clones` the tables are taken from git clones of the repositories that hold them, which is
for machines without a way out; their place is written with {owner} and {name}.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path

from evidencehub.errors import HubError
from evidencehub.exchange.fetching import FetchBudget, Fetcher
from tests.real import official

_RAW_FILE = re.compile(
    r"https://raw\.githubusercontent\.com/"
    r"(?P<owner>[^/]+)/(?P<name>[^/]+)/(?P<commit>[0-9a-f]{40})/(?P<path>.+)"
)
BUDGET = FetchBudget(bytes=100_000_000, seconds=600)


def fetch(table: official.Table, target: Path) -> None:
    """Write a table to `target`, whole and as its hash says."""
    with Fetcher(table.url, BUDGET) as fetcher:
        fetcher.fetch(table.url, target, sha256=table.sha256, size=table.bytes)


def copy_from_clone(table: official.Table, target: Path, clones: str) -> None:
    """Write a table to `target` from the git clone of the repository that its address names."""
    match = _RAW_FILE.fullmatch(table.url)
    if match is None:
        raise SystemExit(f"{table.url} is no address of a file in a repository.")
    clone = clones.format(**match.groupdict())
    shown = f"{match['commit']}:{match['path']}"
    data = subprocess.run(["git", "-C", clone, "show", shown], check=True, capture_output=True)
    target.write_bytes(data.stdout)


def main() -> None:
    """Fetch what is not there yet, and say of each table what became of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clones", default="")
    options = parser.parse_args()
    missing = 0
    for recipe in official.RECIPE_NAMES:
        for table in official.list_tables(recipe):
            target = options.folder / recipe / table.file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                if options.clones:
                    copy_from_clone(table, target, options.clones)
                else:
                    fetch(table, target)
            except (HubError, subprocess.CalledProcessError) as error:
                print(f"not to be had: {target}. {error}")
                missing += 1
                continue
            is_whole = official.digest(target) == (table.sha256, table.bytes)
            missing += not is_whole
            print(f"{'fetched' if is_whole else 'not what its hash says'}: {target}")
    if missing:
        raise SystemExit(f"{missing} tables are missing.")


if __name__ == "__main__":
    main()
