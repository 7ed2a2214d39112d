"""Cut a release: the fragments of changelog.d become a section of CHANGELOG.md.

`make release VERSION=2026.12.0` also writes the version into pyproject.toml. Nothing is committed.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from tests.support.dataset_builder import PROJECT_ROOT

KINDS = {
    "added": "Added",
    "changed": "Changed",
    "fixed": "Fixed",
    "removed": "Removed",
    "data": "Data",
}
"""The kinds of fragments, in the order of the sections, with their headings."""
FRAGMENT = re.compile(rf"\d+(-[a-z0-9-]+)?\.(?P<kind>{'|'.join(KINDS)})\.md")
VERSION = re.compile(r"(20\d\d)\.([1-9]|1[0-2])\.(0|[1-9]\d*)")
UNRELEASED = "Until a release, each change is one sentence in `changelog.d/`.\n"
VERSION_LINE = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


class ReleaseError(Exception):
    """A release cannot be cut; nothing was written."""


def read_fragments(folder: Path) -> Mapping[str, Sequence[str]]:
    """Return the entries of each kind, those of lower issues first.

    Raise ReleaseError for a file that is no fragment, an empty one, and where there is none.
    """
    entries: defaultdict[str, list[str]] = defaultdict(list)
    paths = sorted(
        folder.iterdir(), key=lambda path: (int(re.match(r"\d*", path.name)[0] or 0), path.name)
    )
    for path in paths:
        match = FRAGMENT.fullmatch(path.name)
        if match is None:
            kinds = ", ".join(KINDS)
            raise ReleaseError(
                f"{path}: the name is not <issue>-<name>.<kind>.md with a kind of {kinds}. Rename it."
            )
        lines = [line.removeprefix("- ").strip() for line in path.read_text("utf-8").splitlines()]
        if not any(lines):
            raise ReleaseError(f"{path} is empty. Say what changed, or delete it.")
        entries[match["kind"]] += filter(None, lines)
    if not entries:
        raise ReleaseError(
            f"{folder} has no fragments: nothing has changed since the last release."
        )
    return entries


def render_section(version: str, day: date, entries: Mapping[str, Sequence[str]]) -> str:
    """Return the section of a release as Markdown."""
    parts = [f"## {version} ({day.day} {day:%B %Y})"]
    for kind, heading in KINDS.items():
        if entries.get(kind):
            parts.append(f"### {heading}")
            parts.append("\n".join(f"- {entry}" for entry in entries[kind]))
    return "\n\n".join(parts) + "\n"


def cut_release(root: Path, version: str, day: date) -> None:
    """Write the section and the version, and delete the fragments.

    Raise ReleaseError for a version that is none or is not above the last one, and where a
    fragment or the changelog is not as it should be.
    """
    number = _parse_version(version)
    project, changelog = root / "pyproject.toml", root / "CHANGELOG.md"
    project_text, text = project.read_text("utf-8"), changelog.read_text("utf-8")
    published = re.findall(r"^## (\S+) \(", text, re.MULTILINE)
    if published and number <= _parse_version(published[0]):
        raise ReleaseError(f"{version} is not above {published[0]}, the last release. Raise it.")
    if UNRELEASED not in text:
        raise ReleaseError(f"{changelog} lacks the line “{UNRELEASED.strip()}” Put it back.")
    entries = read_fragments(root / "changelog.d")
    section = render_section(version, day, entries)
    changelog.write_text(text.replace(UNRELEASED, f"{UNRELEASED}\n{section}", 1), "utf-8")
    project.write_text(VERSION_LINE.sub(f'version = "{version}"', project_text, count=1), "utf-8")
    for path in (root / "changelog.d").iterdir():
        path.unlink()


def _parse_version(version: str) -> tuple[int, ...]:
    match = VERSION.fullmatch(version)
    if match is None:
        raise ReleaseError(f"“{version}” is not a version: write year.month.number, as 2026.12.0.")
    return tuple(map(int, match.groups()))


def main() -> None:
    """Cut the release that the command line names."""
    version = sys.argv[1] if len(sys.argv) == 2 else ""
    try:
        cut_release(PROJECT_ROOT, version, datetime.now(UTC).date())
    except ReleaseError as error:
        sys.exit(str(error))
    print(f"CHANGELOG.md has a section {version}. Read it, then commit and tag {version}.")


if __name__ == "__main__":
    main()
