"""Options of `serve` under their earlier names, which warn and still work."""

from __future__ import annotations

from collections.abc import Sequence

import click

RENAMED_OPTIONS = {
    "--connections": "--max-connections",
    "--patience": "--write-timeout",
    "--sql": "--public-sql",
    "--usage": "--usage-file",
}
"""Options of `serve` by their names before 2026.12.0; they warn until the release after it."""
RENAMED_VALUES = {("--public-sql", "on"): "local"}


def replace_renamed_options(args: Sequence[str]) -> list[str]:
    """Return the arguments under today's names; each old name is a warning."""
    replaced: list[str] = []
    for argument in args:
        name, equals, value = argument.partition("=")
        if name in RENAMED_OPTIONS:
            new_name = RENAMED_OPTIONS[name]
            click.echo(f"Warning: {name} is now {new_name}; the old name will go.", err=True)
            value = RENAMED_VALUES.get((new_name, value), value)
            replaced.append(f"{new_name}{equals}{value}")
        else:
            previous = replaced[-1] if replaced else ""
            replaced.append(RENAMED_VALUES.get((previous, argument), argument))
    return replaced
