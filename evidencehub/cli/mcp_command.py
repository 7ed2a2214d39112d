"""The command mcp: the API as tools for programs that read and reason in words."""

from __future__ import annotations

from pathlib import Path

import click

from evidencehub.errors import UsageError
from evidencehub.pipeline import ServableBuildFinder


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="dist",
    show_default=True,
    help="Folder for builds.",
)
def mcp(out: Path) -> None:
    """Answer the Model Context Protocol at standard input and output; read-only.

    Tools search, describe, query and compare the newest build, with releases, terms and
    comparability in every answer. See docs/how-to/connect-a-language-model.md. Exit codes: 0 the
    input ended; 2 no build.
    """
    find_build = ServableBuildFinder(out, lambda text: click.echo(text, err=True))
    if find_build() is None:
        raise UsageError(f"{out}: there is no build yet. Run `python build.py` first.")
    # imported here: only this command speaks the protocol
    from evidencehub.runtime.tool_server import serve_tools

    serve_tools(find_build)
