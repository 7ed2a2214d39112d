"""The package of a dataset in one file: its length, parts and tag, and no file made for it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from evidencehub.http import spool

ADDRESS = "/datasets/uk-maternal-mortality.zip"


@pytest.fixture(autouse=True)
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of an answer can be put down anywhere."""
    monkeypatch.setattr(spool, "MAX_SPOOLED_BYTES", 0)


async def test_a_package_has_a_length_and_a_tag_and_is_kept_by_both(client: Any) -> None:
    whole = await client.get(ADDRESS)
    assert whole.status_code == 200
    assert whole.headers["content-length"] == str(len(whole.content))
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-disposition"].endswith('.zip"')
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.testzip() is None
        assert {"README.txt", "datapackage.json"} <= set(archive.namelist())
    head = await client.head(ADDRESS)
    for name in ("content-length", "etag", "last-modified", "accept-ranges", "content-type"):
        assert head.headers[name] == whole.headers[name], name
    for known in (
        {"if-none-match": whole.headers["etag"]},
        {"if-modified-since": whole.headers["last-modified"]},
    ):
        again = await client.get(ADDRESS, headers=known)
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("kept", [1, 1_000, 20_000])
async def test_a_download_that_broke_off_is_taken_up_again(client: Any, kept: int) -> None:
    whole = await client.get(ADDRESS)
    asked = {"range": f"bytes={kept}-", "if-range": whole.headers["etag"]}
    rest = await client.get(ADDRESS, headers=asked)
    assert rest.status_code == 206
    size = len(whole.content)
    assert rest.headers["content-range"] == f"bytes {kept}-{size - 1}/{size}"
    assert whole.content[:kept] + rest.content == whole.content
    asked["if-range"] = '"another"'
    assert (await client.get(ADDRESS, headers=asked)).content == whole.content


async def test_a_part_that_is_not_there_is_refused_with_the_length(client: Any) -> None:
    response = await client.get(ADDRESS, headers={"range": "bytes=999999999-"})
    assert response.status_code == 416
    assert response.headers["content-range"].startswith("bytes */")


async def test_each_dataset_has_a_tag_of_its_own(client: Any, built: Path) -> None:
    slugs = sorted(path.name for path in (built / "files").iterdir())[:6]
    tags = {(await client.head(f"/datasets/{slug}.zip")).headers["etag"] for slug in slugs}
    assert len(tags) == len(slugs) > 3
