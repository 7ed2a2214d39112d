"""A laid out ZIP is one that other programs open, of whatever size, and every span of it is right."""

from __future__ import annotations

import io
import shutil
import subprocess
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.formats.zip_layout import Content, lay_out_zip, read_entry
from evidencehub.http.body_parts import FileSpan, PartedBody

GIGABYTES_5 = 5_000_000_000
names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="/\\"),
    min_size=1,
    max_size=20,
)


def read(parts: list[bytes | FileSpan]) -> bytes:
    return b"".join(
        part if isinstance(part, bytes) else part.source.read(part.start, part.end)
        for part in parts
    )


class LaidOut(io.RawIOBase):
    """A ZIP that was laid out, as a file that is read where it is asked for."""

    def __init__(self, contents: list[Content]) -> None:
        self.body, self.place = PartedBody.of_files(contents), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = offset + (0, self.place, self.body.size)[whence]
        return self.place

    def tell(self) -> int:
        return self.place

    def readinto(self, buffer: bytearray) -> int:
        end = min(self.place + len(buffer), self.body.size)
        data = read(self.body.select(self.place, end)) if end > self.place else b""
        buffer[: len(data)] = data
        self.place += len(data)
        return len(data)


@given(files=st.dictionaries(names, st.binary(max_size=200), max_size=6), data=st.data())
def test_any_files_come_out_as_they_went_in_and_any_span_is_right(
    files: dict[str, bytes], data: st.DataObject
) -> None:
    contents = lay_out_zip(read_entry(name, content) for name, content in files.items())
    body = PartedBody.of_files(contents)
    whole = read(body.select(0, body.size))
    assert len(whole) == body.size
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    assert read(body.select(start, end)) == whole[start:end]


@pytest.mark.slow
def test_a_file_of_more_than_four_gigabytes_is_whole_and_so_is_what_follows(tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(GIGABYTES_5)  # a hole: it takes no room on the disk
    tracemalloc.start()
    entries = [read_entry("large.bin", large), read_entry("māori.txt", b"after it")]
    with zipfile.ZipFile(io.BufferedReader(LaidOut(lay_out_zip(entries)))) as archive:
        assert archive.getinfo("large.bin").file_size == GIGABYTES_5
        assert archive.getinfo("māori.txt").header_offset > GIGABYTES_5
        assert archive.read("māori.txt") == b"after it"
        with archive.open("large.bin") as inside:
            assert inside.read(1_000_000) == bytes(1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16_000_000


def test_more_files_than_sixteen_bits_count_are_all_there() -> None:
    entries = [read_entry(f"{number}", b"") for number in range(70_000)]
    with zipfile.ZipFile(io.BufferedReader(LaidOut(lay_out_zip(entries)))) as archive:
        assert len(archive.namelist()) == 70_000


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "toys.csv"
    path.write_bytes(b"a")
    before = read_entry("toys.csv", path)
    path.write_bytes(b"bb")
    after = read_entry("toys.csv", path)
    assert (before.size, after.size) == (1, 2)
    assert before.crc32 != after.crc32


@pytest.mark.slow
def test_another_program_unpacks_it(tmp_path: Path) -> None:
    program = shutil.which("bsdtar") or shutil.which("unzip") or shutil.which("7z")
    if program is None:
        pytest.skip("there is no bsdtar, unzip or 7z here")
    body = PartedBody.of_files(lay_out_zip([read_entry("data/toys.csv", b"a,b\n1,2\n")]))
    path = tmp_path / "toys.zip"
    path.write_bytes(read(body.select(0, body.size)))
    options = {"bsdtar": ["-xf"], "unzip": ["-q"], "7z": ["x"]}[Path(program).name]
    subprocess.run([program, *options, path], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "data/toys.csv").read_bytes() == b"a,b\n1,2\n"
