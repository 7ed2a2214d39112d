"""Do the templates of Datasette that ours replace or include still say what ours were made from?"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import datasette

from tests.support.messages import TEMPLATES

UPSTREAM = Path(datasette.__file__).parent / "templates"
_INCLUDED = re.compile(r"""\{%-?\s*(?:include|import|from|extends)\s+["']([^"']+)["']""")
PINNED = {
    "_crumbs.html": "882c9d69e13363b440d4b977d432ae7287548d53e71ca199327c1acece3c9c81",
    "_description_source_license.html": "13fcf73b733dadc598f79a11ce5ec04df6205d13deefeb76bd388008cc072e51",
    "_facet_results.html": "622d3c764aa14f17f07714af7bbdee5719adfbce9cce5358fd3df3e2df137f30",
    "_table.html": "f75a8872713f28fdce49b9a44a397f26ba1b5db5e82a74dda1f20ec14faaaa57",
    "database.html": "4fd5e97823bb5380b54c4f4f5285f07d1db74e366ef6225aa46dddfcf5b2c88a",
    "error.html": "c2115d1fdbff1a480b804fe880bafec9a754544f7b154e5322f680309ee3b497",
    "query.html": "bc3559df0e209da97d0bb46d0da5e36e02a9a561e4e473d1b79f62776786b435",
    "row.html": "ff5dde41541c39dd09f1dee1bbb3e4e58e8487775b17e1c9650bd558eb1b5a17",
    "table.html": "81cec4b0f7948bf0b4756b1a0ce706ce30d5694e506fd5639f3cd08a4a8f88a9",
}


def used() -> set[str]:
    """Templates of Datasette that ours have the name of, or include."""
    ours = {path.name: path.read_text("utf-8") for path in TEMPLATES.iterdir()}
    included = {name for text in ours.values() for name in _INCLUDED.findall(text)}
    theirs = {path.name for path in UPSTREAM.iterdir()}
    return theirs & (set(ours) | included)


def test_each_template_of_datasette_that_matters_is_pinned() -> None:
    assert set(PINNED) == used(), "Add the template to PINNED, or take out what is not used now."


def test_no_template_of_datasette_has_changed() -> None:
    found = {name: hashlib.sha256((UPSTREAM / name).read_bytes()).hexdigest() for name in PINNED}
    changed = [name for name, digest in found.items() if digest != PINNED[name]]
    assert not changed, (
        f"Datasette {datasette.__version__} has other templates than ours were made from: "
        f"{', '.join(changed)}. Compare the old with the new one (pip download both versions), "
        "take over into templates/ what matters (new variables, forms, links, fixes of security), "
        "run tests/browser and tests/api/test_served.py, then write the new digests into PINNED: "
        + "; ".join(f"{name} {found[name]}" for name in changed)
    )
