"""Do the pages for contributors name what is there, and is the picture the contracts' own?"""

from __future__ import annotations

import importlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidencehub.check.rules import RULES
from tests.support import architecture_picture
from tests.support.architecture_picture import PICTURE
from tests.support.dataset_builder import PROJECT_ROOT

PAGES = [PROJECT_ROOT / "CONTRIBUTING.md", PROJECT_ROOT / "docs" / "architecture.md"]
CODE = re.compile(r"`([^`\n]+)`")
DOTTED_NAME = re.compile(r"evidencehub(\.\w+)+")
FILE_PATH = re.compile(r"(?!/)[\w.<>…-]+(/[\w.<>-]*)+")


def list_code(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """The page and text of each piece of code in the pages that the pattern fits as a whole."""
    return [
        (page.name, text)
        for page in PAGES
        for text in dict.fromkeys(CODE.findall(page.read_text("utf-8")))
        if pattern.fullmatch(text)
    ]


def resolve(name: str) -> object:
    """The object that a dotted name stands for; raises AttributeError if there is none."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        return found
    raise AttributeError(name)


def test_the_pages_name_modules_and_functions() -> None:
    assert len(list_code(DOTTED_NAME)) > 40
    assert len(list_code(FILE_PATH)) > 40


@pytest.mark.parametrize(("page", "name"), list_code(DOTTED_NAME))
def test_a_name_in_a_page_is_one_in_the_code(page: str, name: str) -> None:

    resolve(name)


@pytest.mark.parametrize(("page", "path"), list_code(FILE_PATH))
def test_a_path_in_a_page_is_there(page: str, path: str) -> None:
    pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
    is_rule = path in {rule.name for rule in RULES}
    assert is_rule or list(PROJECT_ROOT.glob(pattern)), f"{page} names {path}"


def test_every_package_is_explained() -> None:
    page = (PROJECT_ROOT / "docs" / "architecture.md").read_text("utf-8")
    packages = [
        path.name
        for path in (PROJECT_ROOT / "evidencehub").iterdir()
        if (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")
    ]
    assert len(packages) > 15
    explained = re.findall(r"^\| `evidencehub/([\w.]+)/?` \|", page, re.MULTILINE)
    assert sorted(explained) == sorted(packages)


def test_a_make_target_in_a_page_is_in_the_makefile() -> None:
    targets = set(
        re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    named = {text.split()[1] for _, text in list_code(re.compile(r"make [a-z-]+.*"))}
    assert len(named) >= 6
    assert named <= targets


def draw_boxes(path: Path) -> Iterator[tuple[str, float]]:
    for element in ET.parse(path).iter("{http://www.w3.org/2000/svg}text"):
        if element.get("class") == "name":
            yield str(element.text), float(element.get("y", "0"))


def test_the_picture_is_what_the_contracts_say() -> None:
    assert PICTURE.read_text("utf-8") == architecture_picture.render_picture(), "Run `make docs`."


def test_the_picture_puts_each_package_above_what_it_imports() -> None:
    height_of = dict(draw_boxes(PICTURE))
    assert height_of["cli"] < height_of["pipeline"] == height_of["runtime"]
    assert height_of["web"] == height_of["api"] < height_of["store"] < height_of["domain"]
    libraries = architecture_picture.read_import_rules().libraries_by_package
    assert libraries["messages"] == ["babel"]
    assert libraries["domain"] == []


def test_the_picture_is_legible_in_light_and_dark() -> None:
    text = PICTURE.read_text("utf-8")
    assert "prefers-color-scheme: dark" in text
    colours = re.findall(r"#[0-9a-f]{6}", text)
    light, dark = colours[:7], colours[7:]
    assert contrast(light[0], light[3]) > 7
    assert contrast(dark[0], dark[3]) > 7
    assert contrast(light[1], light[4]) > 4.5
    assert contrast(dark[1], dark[4]) > 4.5


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
