"""A person at a terminal: a program that asks, and what is typed."""

from __future__ import annotations

import codecs
import os
import pty
import select
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.dataset_builder import PROJECT_ROOT

MAX_WAIT_SECONDS = 60


@dataclass
class Terminal:
    """A program in a terminal of its own; `screen` is what was seen and typed so far."""

    process: int
    file: int
    screen: str = ""
    exit_code: int | None = None
    _decode: Callable[[bytes], str] = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace").decode
    )

    def type(self, question: str, answer: str) -> None:
        """Wait until the last line ends with a question, and type what is to be typed there."""
        while not self.screen.rsplit("\n", 1)[-1].endswith(question):
            assert self._read(), f"No “{question}” was asked:\n{self.screen}"
        seen = len(self.screen)
        os.write(self.file, answer.encode())
        if answer.endswith("\n"):
            while not self.screen[seen:].startswith(answer):  # the terminal shows it
                assert self._read(), self.screen

    def finish(self) -> None:
        """Read to the end."""
        while self._read():
            pass
        self.exit_code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def _read(self) -> bool:
        assert select.select([self.file], [], [], MAX_WAIT_SECONDS)[0], self.screen
        try:
            data = os.read(self.file, 4096)
        except OSError:  # the program has ended
            return False
        self.screen += self._decode(data).replace("\r", "")
        return bool(data)


@contextmanager
def run_in_terminal(command: Sequence[str], folder: Path) -> Iterator[Terminal]:
    """Run a program of the project in a folder; it ends with the terminal."""
    process, file = pty.fork()
    if process == 0:
        os.chdir(folder)
        # as a person's shell does: what runs in the background of a script is deaf to Ctrl-C
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.environ["PYTHONPATH"] = str(PROJECT_ROOT)
        os.execv(command[0], command)
    terminal = Terminal(process, file)
    try:
        yield terminal
    finally:
        os.close(file)
