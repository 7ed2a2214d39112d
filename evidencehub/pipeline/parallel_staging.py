"""Many datasets at once: each is staged by itself, so every core can take its share."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, islice
from pathlib import Path

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.problem import CheckReport
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.pipeline.stage_task import StageTask
from evidencehub.source.code_lists import read_code_book

MIN_PARALLEL_TASKS = 16  # fewer are done sooner than other processes have started
PARENT_POLL_SECONDS = 0.5  # seconds between two looks at whether the build is still there


StageResult = tuple[str, StagedDataset | None, CheckReport]


def stage_in_parallel(
    tasks: Iterable[StageTask], book: CodeBook, code_folder: Path
) -> Iterator[StageResult]:
    """Stage every dataset, in order: slug, staged form (None where it failed) and report.

    Other processes start as soon as the tasks are many, while the rest are still looked for.
    """
    remaining = iter(tasks)
    first = list(islice(remaining, MIN_PARALLEL_TASKS))
    if len(first) < MIN_PARALLEL_TASKS or os.cpu_count() == 1:
        for task in chain(first, remaining):
            yield _stage_one(task, book)
        return
    # one clean process loads what staging needs, and the workers are copies of it
    context = multiprocessing.get_context("forkserver")
    preloaded_modules = ["__main__", "evidencehub.pipeline.stage", "evidencehub.inequality.table"]
    context.set_forkserver_preload(preloaded_modules)
    with ProcessPoolExecutor(os.cpu_count(), context, _start_worker, (code_folder,)) as pool:
        yield from pool.map(_stage_in_worker, chain(first, remaining), chunksize=4)


def _stage_one(task: StageTask, book: CodeBook) -> StageResult:
    # imported here: Frictionless takes longer to load than all hashes of an unchanged build
    from evidencehub.pipeline import stage as line

    report = CheckReport(task.package.slug)
    gc.disable()  # a chunk makes no cycles, and looking for them costs a tenth of the time
    try:
        staged = line.stage_dataset(task, book, report)
    finally:
        gc.enable()
    return task.package.slug, staged, report


_WORKER_BOOK: list[CodeBook] = []  # a worker's own copy, read when it starts


def _start_worker(code_folder: Path) -> None:
    """Make a worker ready. An interrupt is the build's to handle.

    The process that it is a copy of ends with the build; then there is no work either.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _WORKER_BOOK[:] = [read_code_book(code_folder)]
    gc.freeze()  # what is here now stays: no need to look at it again
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()


def _exit_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)
    os._exit(1)


def _stage_in_worker(task: StageTask) -> StageResult:
    return _stage_one(task, _WORKER_BOOK[0])
