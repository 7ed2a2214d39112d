"""Are our templates our own, and do those of Datasette that ours replace still do the same?"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import datasette
import pytest

from tests.support.translation_catalogue import TEMPLATES, list_templates

UPSTREAM = Path(datasette.__file__).parent / "templates"
MAX_SHARED_TOKENS = 39
_TOKEN = re.compile(r"\w+|[^\w\s]")
_INCLUDED = re.compile(r"""\{%-?\s*(?:include|import|from|extends)\s+["']([^"']+)["']""")
PINNED = {
    "database.html": "4fd5e97823bb5380b54c4f4f5285f07d1db74e366ef6225aa46dddfcf5b2c88a",
    "error.html": "c2115d1fdbff1a480b804fe880bafec9a754544f7b154e5322f680309ee3b497",
    "query.html": "bc3559df0e209da97d0bb46d0da5e36e02a9a561e4e473d1b79f62776786b435",
    "row.html": "ff5dde41541c39dd09f1dee1bbb3e4e58e8487775b17e1c9650bd558eb1b5a17",
    "table.html": "81cec4b0f7948bf0b4756b1a0ce706ce30d5694e506fd5639f3cd08a4a8f88a9",
}


def list_upstream_names() -> set[str]:
    return {path.name for path in UPSTREAM.rglob("*.html")}


def list_includes(text: str) -> set[str]:
    """The templates that a template draws in."""
    return set(_INCLUDED.findall(text))


def split_tokens(text: str) -> list[str]:
    """The words and punctuation marks of a template, without the white space between them."""
    return _TOKEN.findall(text)


def find_shared_run(text: str, other: str, size: int) -> str:
    """The first run of `size` tokens of a text that the other text has too; empty: none."""
    tokens, others = split_tokens(text), split_tokens(other)
    runs = {tuple(others[start : start + size]) for start in range(len(others) - size + 1)}
    for start in range(len(tokens) - size + 1):
        if (run := tuple(tokens[start : start + size])) in runs:
            return " ".join(run)
    return ""


@pytest.mark.parametrize("path", list_templates(), ids=lambda path: path.name)
def test_no_template_shares_a_run_of_forty_tokens_with_any_of_datasette(path: Path) -> None:
    text = path.read_text("utf-8")
    upstream = sorted(UPSTREAM.rglob("*.html"))
    assert len(upstream) > 20, "the templates of Datasette are somewhere else now"
    shared = {
        other.name: run
        for other in upstream
        if (run := find_shared_run(text, other.read_text("utf-8"), MAX_SHARED_TOKENS + 1))
    }
    assert not shared, f"{path.name} repeats text of Datasette: write it anew. {shared}"


def test_a_shared_run_counts_from_forty_tokens_on_whatever_the_white_space() -> None:
    tokens = [f"word{number}" for number in range(38)]
    short = " ".join(["{{", *tokens[:37]])  # two marks and 37 words: 39 tokens
    long = " ".join(["{{", *tokens])
    for text, expected in ((short, False), (long, True)):
        ours = "ours " + text.replace(" ", "\n  ") + " ends"
        theirs = "theirs " + text + " goes on"
        assert bool(find_shared_run(ours, theirs, MAX_SHARED_TOKENS + 1)) is expected
    swapped = long.replace("word20 word21", "word21 word20")
    assert not find_shared_run(swapped, long, MAX_SHARED_TOKENS + 1)


@pytest.mark.parametrize("path", list_templates(), ids=lambda path: path.name)
def test_a_template_draws_in_nothing_but_templates_of_our_own(path: Path) -> None:
    ours = {template.name for template in TEMPLATES.iterdir()}
    assert list_includes(path.read_text("utf-8")) <= ours


def test_each_template_of_datasette_that_ours_replaces_is_pinned() -> None:
    ours = {path.name for path in TEMPLATES.iterdir()}
    assert set(PINNED) == ours & list_upstream_names(), (
        "Add the template to PINNED, or take out what is not used now."
    )


def test_no_template_of_datasette_has_changed() -> None:
    digests = {name: hashlib.sha256((UPSTREAM / name).read_bytes()).hexdigest() for name in PINNED}
    changed = [name for name, digest in digests.items() if digest != PINNED[name]]
    assert not changed, (
        f"Datasette {datasette.__version__} changed pages that ours replace: {', '.join(changed)}. "
        "Read its release notes for what the pages can do or guard against now and for variables "
        "that its views pass; give templates/ and datasette_views.py the same, in words of our own. "
        "Run tests/browser and tests/api/test_served.py, then write the new digests into PINNED: "
        + "; ".join(f"{name} {digests[name]}" for name in changed)
    )
