"""Answers kept in the process: by what was asked, and by the very bytes that asked it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from evidencehub.serve.http.answers import Answer, Ready

BYTES = 64 * 1024 * 1024
ADDRESSES, LONGEST = 4_096, 1_500  # spellings of requests kept, and bytes in one
Address = tuple[bytes | str | None, ...]


class Cache:
    """At most `limit` bytes of answers; those not asked for lately go first.

    `hot` finds an answer by the raw bytes of a request, without reading them; `get` by the key
    that all equal requests share.
    """

    def __init__(self, limit: int = BYTES) -> None:
        self._limit = limit
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self.hot: dict[Address, tuple[Answer, Ready]] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: Hashable) -> Answer | None:
        """The answer under a key."""
        return self._answers.get(key)

    def keep(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer, unless it alone would fill an eighth of the room."""
        if answer.size * 8 > self._limit:
            return
        answer.key = key
        self._answers[key] = answer
        self._count(answer)

    def remember(self, address: Address, answer: Answer, ready: Ready) -> None:
        """Find a kept answer, and what was made ready of it, by this spelling from now on."""
        if self._answers.get(answer.key) is not answer or _length(address) > LONGEST:
            return
        if len(self.hot) >= ADDRESSES:
            self._forget_spellings()
        self.hot[address] = answer, ready
        answer.addresses.append(address)
        self._count(answer)  # a coding may have been made

    def _forget_spellings(self) -> None:
        self.hot.clear()
        for answer in self._answers.values():
            answer.addresses.clear()

    def _count(self, changed: Answer) -> None:
        """Drop what was not asked for lately until the rest fits; each use saves once."""
        size = changed.size
        self.bytes += size - changed.counted
        changed.counted = size
        while self.bytes > self._limit:
            key, answer = self._answers.popitem(last=False)
            if answer.used:
                answer.used = False
                self._answers[key] = answer
                continue
            self.bytes -= answer.counted
            answer.counted = 0
            for address in answer.addresses:
                self.hot.pop(address, None)


def _length(address: Address) -> int:
    return sum(len(part) for part in address if part)
