"""Writing so that a file is there whole or not at all, also after the power was cut."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from evidencehub.errors import HubError

READ_BLOCK_BYTES = 1 << 20
READ_ONLY = 0o444
LOCK_POLL_SECONDS = 0.1
RESTORE_HINT = (
    "Put the archive back from a backup, or take what is missing from the last build: "
    "`python build.py restore-archive`."
)


def encode_json(value: Mapping[str, Any]) -> bytes:
    """Return a value as JSON of one form: equal values give equal bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{text}\n".encode()


def write_json_atomically(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON for people so that the file is there whole or not at all."""
    data = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    write_atomically(path, lambda file: file.write(data.encode()), 0o644)


def write_atomically(path: Path, write: Callable[[BinaryIO], object], mode: int) -> None:
    """Give `write` a new file, then put it in its place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        with temporary.open("wb") as file:
            write(file)
        temporary.chmod(mode)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_if_other(path: Path, data: bytes) -> bool:
    """Write a read-only file in the place of a missing or changed one; False where it is sound."""
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomically(path, lambda file: file.write(data), READ_ONLY)
    return True


def copy_hashed(origin: Path, target: BinaryIO) -> str:
    """Append the bytes of `origin` to `target`; return their SHA-256."""
    digest = hashlib.sha256()
    with origin.open("rb") as file:
        while block := file.read(READ_BLOCK_BYTES):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def flush_file(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def hold_lock(path: Path, *, wait_seconds: float, message: str) -> Iterator[None]:
    """Hold the lock of a file that everybody who writes beside it asks for.

    Raise HubError with `message` when another process has not let go after `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise HubError(message) from None
                time.sleep(LOCK_POLL_SECONDS)
        yield
