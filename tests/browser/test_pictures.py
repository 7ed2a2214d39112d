"""The look of components and pages against accepted pictures, on every screen and in every mode.

`PICTURES=write` accepts what is there now; look at each picture in tests/pictures before you commit
it. `PICTURES=whole` compares all of them, as `make full` does; `make test` compares ten.

The pages are those of an invented hub, so that new evidence changes none of them. A picture is
shrunk to WIDTH pixels: what differs there is a change of layout, colour or size, and not how one
machine smooths its letters.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.running_server import find_free_port, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOLDER = PROJECT_ROOT / "tests" / "pictures"
WIDTH, MAX_HEIGHT = 240, 720  # pixels of a picture; the page below is not in it
COLOURS = 24  # of an accepted picture, so that it is small
MAX_MEAN_DIFFERENCE = 6.0  # of 255, over all pixels
STRONG_DIFFERENCE, MAX_STRONG_SHARE = 90, 0.02  # of 255, and of all pixels
SCREENS = (390, 820, 1280)
MODES = ("light", "dark", "print", "forced", "rtl")
PAGES = {
    "design": "/design",
    "home": "/",
    "indicator": "/indicators/toy-north-rate",
    "indicators": "/indicators",
    "topic": "/topics/maternity",
    "place": "/places/GB",
    "group": "/groups/toy-kinds/A",
    "compare": "/compare?family=infant-mortality",
    "search": "/search?q=toys",
    "recommendations": "/recommendations",
    "datasets": "/datasets",
}


class Picture(NamedTuple):
    """A page on a screen of some width in a mode."""

    page: str
    width: int
    mode: str

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.page}-{self.width}-{self.mode}.png"


EVERY = [Picture(page, width, mode) for page in PAGES for width in SCREENS for mode in MODES]
SAMPLE = [
    Picture("design", 390, "light"), Picture("design", 1280, "dark"),
    Picture("design", 820, "forced"), Picture("design", 1280, "print"),
    Picture("home", 1280, "light"), Picture("home", 390, "rtl"),
    Picture("indicator", 390, "light"), Picture("indicator", 1280, "rtl"),
    Picture("topic", 820, "light"), Picture("compare", 1280, "dark"),
]  # fmt: skip
CHOICE = os.environ.get("PICTURES", "")


@pytest.fixture(scope="module")
def invented(rich_hub: Path) -> Iterator[str]:
    """Where the invented hub is served."""
    import uvicorn

    port = find_free_port()
    app = runtime.create_datasette(PROJECT_ROOT, rich_hub).app()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started or None)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def photograph(browser, address: str, picture: Picture) -> bytes:
    """The top of a page as a PNG of WIDTH pixels."""
    is_paper = picture.mode == "print"
    context = browser.new_context(
        viewport={"width": picture.width, "height": 900},
        color_scheme="dark" if picture.mode == "dark" else "light",
        forced_colors="active" if picture.mode == "forced" else "none",
        java_script_enabled=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address + PAGES[picture.page])
    if picture.mode == "rtl":
        page.evaluate("document.documentElement.dir = 'rtl'")
    if is_paper:
        page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= picture.width
    height = MAX_HEIGHT * picture.width // WIDTH
    page_height = page.evaluate("document.documentElement.scrollHeight")
    shot = page.screenshot(
        full_page=True,
        clip={"x": 0, "y": 0, "width": picture.width, "height": min(height, page_height)},
    )
    context.close()
    return shrink(shot)


def shrink(shot: bytes) -> bytes:
    from PIL import Image

    image = Image.open(io.BytesIO(shot)).convert("RGB")
    height = round(image.height * WIDTH / image.width)
    small = image.resize((WIDTH, height), Image.Resampling.BOX)
    out = io.BytesIO()
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def compare(accepted: bytes, current: bytes) -> tuple[float, float]:
    """How much two pictures differ: on average, and the share of pixels that differ strongly.

    Where one is higher, what the other lacks is white.
    """
    from PIL import Image, ImageChops

    images = [Image.open(io.BytesIO(data)).convert("RGB") for data in (accepted, current)]
    height = max(image.height for image in images)
    sheets = [Image.new("RGB", (WIDTH, height), "white") for _ in images]
    for sheet, image in zip(sheets, images, strict=True):
        sheet.paste(image, (0, 0))
    histogram = ImageChops.difference(*sheets).convert("L").histogram()
    pixels = sum(histogram)
    mean = sum(level * count for level, count in enumerate(histogram)) / pixels
    return mean, sum(histogram[STRONG_DIFFERENCE:]) / pixels


@pytest.mark.parametrize("picture", EVERY if CHOICE else SAMPLE, ids=lambda p: p.file.stem)
def test_a_page_looks_as_it_was_accepted(browser, invented: str, picture: Picture) -> None:
    current = photograph(browser, invented, picture)
    if CHOICE == "write":
        FOLDER.mkdir(exist_ok=True)
        picture.file.write_bytes(current)
    mean, strong_share = compare(picture.file.read_bytes(), current)
    assert mean <= MAX_MEAN_DIFFERENCE, f"{picture.file.name} differs by {mean:.1f} on average"
    assert strong_share <= MAX_STRONG_SHARE, f"{strong_share:.1%} of {picture.file.name} differ"


def test_every_picture_is_of_a_page() -> None:
    assert {path.name for path in FOLDER.glob("*.png")} == {picture.file.name for picture in EVERY}


def test_a_change_of_the_look_is_seen(browser, invented: str) -> None:
    """Another colour of the marks, and a list without its numbers, are no small differences."""
    one = photograph(browser, invented, SAMPLE[4])
    for other in (Picture("home", 1280, "dark"), Picture("indicators", 1280, "light")):
        mean, strong_share = compare(one, photograph(browser, invented, other))
        assert mean > MAX_MEAN_DIFFERENCE or strong_share > MAX_STRONG_SHARE, other
