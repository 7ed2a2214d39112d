"""Draw docs/images/architecture.svg from the import contracts: part of `make docs`.

The layers, and the libraries that only some packages may import, are read from pyproject.toml,
where import-linter reads them too; so the picture cannot show another order than the one checked.
"""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tests.support.dataset_builder import PROJECT_ROOT

PICTURE = PROJECT_ROOT / "docs" / "images" / "architecture.svg"
WIDTH, MARGIN, GUTTER = 960, 20, 12  # pixels, as all lengths here
LEFT = MARGIN + 22  # where the boxes begin, right of the arrow
NAME_HEIGHT, LINE_HEIGHT, LAYER_GAP, TITLE_HEIGHT = 30, 13, 14, 34
CHARACTER_WIDTH = 6  # of the small letters in which libraries are named
_STYLE = """
  text { font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
  .page { fill: #ffffff; } .box { fill: #eef3fa; stroke: #33537a; }
  .name, .title { fill: #14233a; font-weight: 600; } .dependency { fill: #3d5573; }
  .arrow { stroke: #33537a; fill: #33537a; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #10161f; } .box { fill: #1d2a3c; stroke: #8fb0da; }
    .name, .title { fill: #eaf1fb; } .dependency { fill: #b4c8e2; }
    .arrow { stroke: #8fb0da; fill: #8fb0da; }
  }
"""


@dataclass(frozen=True)
class ImportRules:
    """The layers from the top down, each with its packages; the restricted libraries of each."""

    layers: Sequence[Sequence[str]]
    libraries_by_package: Mapping[str, Sequence[str]]


def read_import_rules() -> ImportRules:
    """Return the import rules that pyproject.toml states."""
    settings = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layered,) = (contract for contract in contracts if contract["id"] == "layers")
    layers = [
        [name.strip() for name in layer.replace(":", "|").split("|")] for layer in layered["layers"]
    ]
    return ImportRules(layers, _collect_libraries(layers, contracts))


def _collect_libraries(
    layers: Sequence[Sequence[str]], contracts: Sequence[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Return the libraries that each package may import, of those that others may not."""
    allowed: dict[str, list[str]] = {package: [] for layer in layers for package in layer}
    for contract in contracts:
        external = [
            name
            for name in contract.get("forbidden_modules", ())
            if not name.startswith("evidencehub")
        ]
        if not external or contract.get("source_modules") == ["evidencehub"]:
            continue
        refused = {module.removeprefix("evidencehub.") for module in contract["source_modules"]}
        for package in allowed.keys() - refused:
            allowed[package] += external
    return allowed


def render_picture() -> str:
    """Return the picture as SVG: a row of boxes for each layer, imports pointing downwards."""
    rules = read_import_rules()
    drawn_layers, top = [], TITLE_HEIGHT
    for layer in rules.layers:
        lines_by_package = _wrap_libraries(layer, rules.libraries_by_package)
        box_height = NAME_HEIGHT + LINE_HEIGHT * max(map(len, lines_by_package.values()))
        drawn_layers += _draw_layer(lines_by_package, top, box_height)
        top += box_height + LAYER_GAP
    height = top + MARGIN
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
                'role="img" aria-labelledby="title">'
            ),
            (
                '<title id="title">The packages of evidencehub in layers; each imports only from '
                "layers below its own</title>"
            ),
            f"<style>{_STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            (
                f'<text class="title" x="{LEFT}" y="24" font-size="14">'
                "Imports point down; packages side by side do not import each other</text>"
            ),
            (
                f'<path class="arrow" stroke-width="2" d="M{MARGIN} {TITLE_HEIGHT}'
                f'V{height - MARGIN - 12}m-6 0l6 12l6 -12z"/>'
            ),
            *drawn_layers,
            "</svg>",
            "",
        ]
    )


def _box_width(package_count: int) -> float:
    return (WIDTH - LEFT - MARGIN - GUTTER * (package_count - 1)) / package_count


def _wrap_libraries(
    layer: Sequence[str], libraries_by_package: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the lines of small text in the box of each package of a layer."""
    characters = int(_box_width(len(layer)) / CHARACTER_WIDTH)
    return {
        package: textwrap.wrap(", ".join(libraries_by_package[package]), characters)
        for package in layer
    }


def _draw_layer(
    lines_by_package: Mapping[str, Sequence[str]], top: int, box_height: int
) -> Iterator[str]:
    width = _box_width(len(lines_by_package))
    for position, (package, lines) in enumerate(lines_by_package.items()):
        x = LEFT + position * (width + GUTTER)
        yield (
            f'<rect class="box" x="{x:.1f}" y="{top}" width="{width:.1f}" height="{box_height}" '
            'rx="5"/>'
        )
        yield _draw_text("name", x + width / 2, top + 20, 15, package)
        for number, line in enumerate(lines, start=1):
            y = top + 20 + number * LINE_HEIGHT
            yield _draw_text("dependency", x + width / 2, y, 10, line)


def _draw_text(css_class: str, x: float, y: int, size: int, text: str) -> str:
    return (
        f'<text class="{css_class}" x="{x:.1f}" y="{y}" font-size="{size}" '
        f'text-anchor="middle">{escape(text)}</text>'
    )


def write_picture() -> None:
    """Write the picture where docs/architecture.md shows it."""
    PICTURE.write_text(render_picture(), "utf-8")


if __name__ == "__main__":
    write_picture()
