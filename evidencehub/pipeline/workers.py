"""Many datasets at once: each is staged by itself, so every core can take its share."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from evidencehub import codes
from evidencehub.codes import CodeBook
from evidencehub.model.package import SourcePackage
from evidencehub.model.problem import Report
from evidencehub.pipeline.cache import Staged

MANY = 16  # fewer are done sooner than other processes have started
WATCH = 0.5  # seconds between two looks at whether the build is still there


@dataclass(frozen=True, slots=True)
class Task:
    """A dataset to stage: the package, the hash of its files, where its staged forms live.

    `earlier` are the flat files of the releases that were published before, by version.
    """

    package: SourcePackage
    package_sha256: str
    home: Path
    earlier: Mapping[str, Path] = field(default_factory=dict)


Done = tuple[str, Staged | None, Report]


def stage(tasks: Iterable[Task], book: CodeBook, code_folder: Path) -> Iterator[Done]:
    """Stage every dataset, in order: slug, staged form (None where it failed) and report.

    Other processes start as soon as the tasks are many, while the rest are still looked for.
    """
    coming = iter(tasks)
    first = list(islice(coming, MANY))
    if len(first) < MANY or os.cpu_count() == 1:
        for task in chain(first, coming):
            yield _staged(task, book)
        return
    # one clean process loads what staging needs, and the workers are copies of it
    context = multiprocessing.get_context("forkserver")
    needed = ["__main__", "evidencehub.pipeline.stage", "evidencehub.measures.table"]
    context.set_forkserver_preload(needed)
    with ProcessPoolExecutor(os.cpu_count(), context, _begin, (code_folder,)) as pool:
        yield from pool.map(_in_worker, chain(first, coming), chunksize=4)


def _staged(task: Task, book: CodeBook) -> Done:
    # imported here: Frictionless takes longer to load than all hashes of an unchanged build
    from evidencehub.pipeline import stage as line

    report = Report(task.package.slug)
    gc.disable()  # a chunk makes no cycles, and looking for them costs a tenth of the time
    try:
        found = line.run(task, book, report)
    finally:
        gc.enable()
    return task.package.slug, found, report


_BOOK: list[CodeBook] = []  # a worker's own copy, read when it starts


def _begin(code_folder: Path) -> None:
    """Make a worker ready. An interrupt is the build's to handle.

    The process that it is a copy of ends with the build; then there is no work either.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _BOOK[:] = [codes.read(code_folder)]
    gc.freeze()  # what is here now stays: no need to look at it again
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _in_worker(task: Task) -> Done:
    return _staged(task, _BOOK[0])
