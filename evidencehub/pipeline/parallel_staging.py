"""Many datasets at once: each is staged in a process of its own, so every core has its share."""

from __future__ import annotations

import os
import pickle
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import count, islice
from multiprocessing.connection import wait
from pathlib import Path

from evidencehub.domain.code_lists import CodeBook
from evidencehub.pipeline.stage_process import (
    KILL_DELAY_SECONDS,
    QueuedTask,
    StageProcess,
    StageResult,
    start_process,
)
from evidencehub.pipeline.stage_task import StageBudget, StageTask

MAX_AHEAD = 4  # datasets, for each core, that may be done while an earlier one is at work


def stage_in_parallel(
    tasks: Iterable[StageTask], book: CodeBook, budget: StageBudget
) -> Iterator[StageResult]:
    """Stage every dataset, in order: slug, staged form (None where it failed) and report.

    A process that crashes or spends its budget fails its dataset alone.
    """
    pool = _ProcessPool(book, budget)
    remaining = iter(tasks)
    ready: deque[StageTask] = deque()
    queue: deque[QueuedTask] = deque()
    try:
        while True:
            while pool.count_free(len(queue)):
                task = ready.popleft() if ready else next(remaining, None)
                if task is None:
                    break
                queue.append(QueuedTask(task))
                pool.start(queue[-1])
            # the next ones are made ready while the processes are at work
            ready.extend(islice(remaining, pool.core_count - len(ready)))
            if not queue:
                return
            pool.wait()
            while queue and queue[0].result is not None:
                yield queue[0].result
                queue.popleft()
    finally:
        pool.close()


class _ProcessPool:
    """As many processes as there are cores, each at one dataset; a process that ends is replaced.

    `concurrent.futures` would not do: there one process that is killed ends the whole pool.
    """

    def __init__(self, book: CodeBook, budget: StageBudget) -> None:
        self._book, self._budget = book, budget
        self.core_count = os.cpu_count() or 1
        self._busy: list[StageProcess] = []
        self._idle: list[StageProcess] = []
        self._numbers = count()
        self._folder = tempfile.TemporaryDirectory(prefix="evidencehub-")
        self._book_file = Path(self._folder.name) / "book"

    def count_free(self, queue_length: int) -> int:
        """Return how many datasets may be started where so many wait for their turn."""
        free_places = self.core_count * MAX_AHEAD - queue_length
        return max(0, min(self.core_count - len(self._busy), free_places))

    def start(self, queued: QueuedTask) -> None:
        """Give a dataset to a process."""
        self._idle = [process for process in self._idle if process.process.is_alive()]
        process = self._idle.pop() if self._idle else self._start_process()
        process.start(queued)
        self._busy.append(process)

    def _start_process(self) -> StageProcess:
        if not self._book_file.exists():
            self._book_file.write_bytes(pickle.dumps(self._book))
        log_file = Path(self._folder.name) / f"{next(self._numbers)}.log"
        return start_process(self._budget, self._book_file, log_file)

    def wait(self) -> None:
        """Wait until a process says something, ends, or has spent its time."""
        if not self._busy:
            return
        deadline = min(process.deadline for process in self._busy) + KILL_DELAY_SECONDS
        seconds = max(0, deadline - time.monotonic()) + 0.01
        wait([process.connection for process in self._busy], seconds)
        for process in tuple(self._busy):
            if process.has_ended():
                self._busy.remove(process)
                queued = process.collect_failure()
                if queued is not None and queued.result is None:
                    self.start(queued)
            elif process.queued is None:
                self._busy.remove(process)
                self._idle.append(process)
                if process.is_worn:
                    process.stop()

    def close(self) -> None:
        """End every process."""
        for process in (*self._busy, *self._idle):
            process.stop()
        self._folder.cleanup()
