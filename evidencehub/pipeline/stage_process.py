"""A process that stages a dataset: watched for time and memory, and killed for them."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import multiprocessing
import os
import pickle
import resource
import signal
import threading
import time
import traceback
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.problem import CheckReport, Problem
from evidencehub.errors import find_disk_error, write_error_log
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.pipeline.stage_task import StageBudget, StageTask

StageResult = tuple[str, StagedDataset | None, CheckReport]

START_METHOD = "forkserver"  # one clean process loads what staging needs; the others are copies
PRELOADED_MODULES = [
    "__main__",
    "evidencehub.pipeline.forkserver",
    "evidencehub.pipeline.stage",
    "evidencehub.inequality.table",
]
PARENT_POLL_SECONDS = 0.5  # seconds between two looks at whether the build is still there
KILL_DELAY_SECONDS = 1.0  # seconds that a process has to end by itself, its time spent
MAX_TASKS = 500  # datasets that a process stages, one after the other, before it is replaced
OUT_OF_MEMORY = "MemoryError"
REPORT_BYTES = 100_000_000  # bytes beyond the memory limit, to say where it was spent


class Position:
    """Where a process is in its dataset: a file beside its log, read once it has ended.

    A message for each run of rows would wake the build up, which then takes a core from the others.
    """

    def __init__(self, log_file: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._handle = os.open(log_file.with_suffix(".position"), flags, 0o600)

    def write(self, file: str, row: int | None) -> None:
        """Say up to which row of which file has been read."""
        data = f"{row or 0} {file}".encode(errors="backslashreplace")
        with contextlib.suppress(OSError):  # a full disk is for the stage itself to find
            os.pwrite(self._handle, data, 0)
            os.ftruncate(self._handle, len(data))


def _read_position(log_file: Path) -> tuple[str, int]:
    """Return the file in which a process was, and the row, 0 for none, up to which it had read."""
    try:
        row, _, file = log_file.with_suffix(".position").read_text("utf-8").partition(" ")
        return file, int(row)
    except (OSError, ValueError):
        return "", 0


@dataclass(eq=False)
class QueuedTask:
    """A task with what came of it, once that is known."""

    task: StageTask
    result: StageResult | None = None


@dataclass(eq=False)
class StageProcess:
    """A process that stages one dataset at a time, with what it has said of the present one.

    `failure` is the name of the error that ended it, with its traceback.
    """

    process: Any
    connection: Connection
    log_file: Path
    budget: StageBudget
    task_count: int = 0
    queued: QueuedTask | None = None
    deadline: float = 0
    failure: tuple[str, str] | None = None
    disk_error: OSError | None = None

    @property
    def is_worn(self) -> bool:
        """True when the next dataset should have a new process."""
        return self.task_count >= MAX_TASKS

    def start(self, queued: QueuedTask) -> None:
        """Hand over a dataset. Its time begins."""
        self.queued, self.task_count = queued, self.task_count + 1
        self.failure = None
        seconds = self.budget.compute_seconds(queued.task.package)
        self.deadline = time.monotonic() + seconds
        with contextlib.suppress(OSError):  # a process that is gone says so when it is asked
            self.connection.send((queued.task, seconds))

    def has_ended(self) -> bool:
        """Take in what the process has said; True when it has ended or its time is spent."""
        try:
            while self.connection.poll():
                match self.connection.recv():
                    case {"result": result}:
                        assert self.queued is not None  # noqa: S101 - it had a dataset
                        self.queued.result, self.queued = result, None
                    case message:
                        for name, value in message.items():
                            setattr(self, name, value)
        except (EOFError, OSError, pickle.UnpicklingError):
            return True
        is_late = time.monotonic() > self.deadline + KILL_DELAY_SECONDS
        return self.queued is not None and is_late

    def stop(self) -> None:
        """End the process, if it is still there."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def collect_failure(self) -> QueuedTask | None:
        """Stop a process that has ended without a result: that is a problem of its dataset.

        Return the dataset, without a result, where another process should try: earlier ones may
        have taken the memory. Raise OSError where the disk is full or cannot be written to, which
        is no fault of the data.
        """
        self.stop()
        if self.disk_error is not None:
            raise self.disk_error
        queued = self.queued
        is_first = self.task_count == 1
        if queued is not None and (
            is_first or not self.failure or self.failure[0] != OUT_OF_MEMORY
        ):
            report = CheckReport(queued.task.package.slug)
            report.add([self._describe_end(queued.task)])
            queued.result = report.slug, None, report
        return queued

    def _describe_end(self, task: StageTask) -> Problem:
        error, trace = self.failure or ("", self.log_file.read_text("utf-8", "replace"))
        file, row = _read_position(self.log_file)
        place = f" after row {row} of {file}" if row else f" in {file}"
        place = place if file else ""
        log = f"Details are in {write_error_log(trace)}."
        if error == OUT_OF_MEMORY:
            limit = f"{self.budget.memory_limit / 1e6:,.0f} MB of memory"
            return _describe_spent(limit, "--memory-limit", place, log, file)
        if not error and time.monotonic() > self.deadline:
            limit = f"{self.budget.compute_seconds(task.package):g} seconds"
            return _describe_spent(limit, "--time-limit", place, log, file)
        code = self.process.exitcode
        cause = error or (f"signal {-code}" if code < 0 else f"exit code {code}")
        return describe_internal_error(cause, log, place, file)


def start_process(budget: StageBudget, book_file: Path, log_file: Path) -> StageProcess:
    """Start a process; the code lists are pickled in `book_file`.

    It writes to `log_file` where it was when its time was up, or when it crashed.
    """
    context: Any = multiprocessing.get_context(START_METHOD)
    if START_METHOD == "forkserver":
        context.set_forkserver_preload(PRELOADED_MODULES)
    connection, far_end = context.Pipe()
    log_file.touch()
    arguments = (far_end, book_file, log_file, budget.memory_limit)
    process = context.Process(target=_run_tasks, args=arguments, daemon=True)
    process.start()
    far_end.close()
    return StageProcess(process, connection, log_file, budget)


def stop_clean_process() -> None:
    """End the process that the others are copies of, as a server that has built needs it no more.

    The library ends it with this process only, and offers no other way.
    """
    servers: tuple[Any, ...] = (forkserver._forkserver, resource_tracker._resource_tracker)  # noqa: SLF001
    for server in servers:
        server._stop()  # noqa: SLF001


def describe_internal_error(cause: str, log: str, place: str = "", file: str = "") -> Problem:
    """Return the problem of a dataset in whose check the hub itself failed."""
    return Problem(
        "structure/internal-error",
        f"The check stopped with an internal error ({cause}){place}. {log}",
        "Send the file to the developers. The other datasets are not affected.",
        file=file or "datapackage.json",
    )


def _describe_spent(limit: str, option: str, place: str, log: str, file: str) -> Problem:
    return Problem(
        "structure/budget-spent",
        f"The check was stopped{place}: it used more than {limit}. {log}",
        f"Look for a pattern or a table that takes too long, split the dataset, or raise {option}.",
        file=file or "datapackage.json",
    )


def _run_tasks(connection: Connection, book_file: Path, log_file: Path, memory_limit: int) -> None:
    """Stage datasets in this process, until one fails. An interrupt is the build's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()
    book = pickle.loads(book_file.read_bytes())  # noqa: S301 - the build wrote it
    _limit_memory(memory_limit)
    position = Position(log_file)
    with log_file.open("w") as log, contextlib.suppress(EOFError, OSError):
        faulthandler.enable(log)
        while True:
            task, seconds = connection.recv()
            # a thread of C: it ends the process even in a regular expression that never returns
            faulthandler.dump_traceback_later(seconds, exit=True, file=log)
            message = _run_task(task, book, position, memory_limit)
            faulthandler.cancel_dump_traceback_later()
            connection.send(message)
            if "failure" in message:
                return


def _run_task(
    task: StageTask, book: CodeBook, position: Position, memory_limit: int
) -> dict[str, object]:
    # imported here: the build itself does not load Frictionless
    from evidencehub.pipeline import stage

    report = CheckReport(task.package.slug)
    gc.disable()  # a dataset makes few cycles, and looking for them costs a tenth of the time
    position.write("", None)
    try:
        staged = stage.stage_dataset(task, book, report, position.write)
    except Exception as error:  # noqa: BLE001 - the outermost frame of a dataset
        _limit_memory(memory_limit + REPORT_BYTES)
        name = OUT_OF_MEMORY if _is_memory_error(error) else type(error).__name__
        failure = (name, traceback.format_exc())
        return {"failure": failure, "disk_error": find_disk_error(error)}
    finally:
        gc.enable()
    return {"result": (task.package.slug, staged, report)}


def _limit_memory(limit: int) -> None:
    """Bound the memory that is this process's own, which the system counts at each allocation.

    Looking at the resident memory from outside would come too late, and the address space counts
    what is only reserved.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.RLIM_INFINITY))


def _is_memory_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError) or type(error).__name__ == "NoMemError":  # apsw's
            return True
        error = error.__cause__ or error.__context__
    return False


def _exit_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)
    os._exit(1)
