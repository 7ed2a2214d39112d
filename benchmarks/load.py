"""A client of its own process that asks for addresses, each once, and times every answer.

It reads what to do as JSON and prints what it saw as JSON. Two ways: `connections` that ask one
after the other as quickly as they are answered, or `rate` requests a second whether answered or
not, as strangers do; then the time begins when a request was due, not when it could be sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import httptools
import uvloop


class Client(asyncio.Protocol):
    """One connection, kept alive; one request at a time."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[int] | None = None
        self.lost = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def connection_lost(self, _: Exception | None) -> None:
        self.lost = True
        if self.answered is not None and not self.answered.done():
            self.answered.set_result(0)

    def on_message_complete(self) -> None:
        status = self.parser.get_status_code()
        self.lost = self.lost or not self.parser.should_keep_alive()
        if self.answered is not None and not self.answered.done():
            self.answered.set_result(status)

    async def ask(self, path: str) -> int:
        """The status of the answer, or 0 where the connection was lost."""
        self.parser = httptools.HttpResponseParser(self)
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return await self.answered


class Run:
    """What has been asked and seen so far."""

    def __init__(self, port: int, paths: list[str], seconds: float) -> None:
        self.port, self.end = port, time.monotonic() + seconds
        self.paths: Iterator[str] = iter(paths)
        self.took: list[float] = []
        self.statuses: dict[int, int] = {}
        self.idle: list[Client] = []

    async def one(self, path: str, due: float) -> None:
        client = self.idle.pop() if self.idle else None
        if client is None or client.lost:
            loop = asyncio.get_running_loop()
            _, client = await loop.create_connection(Client, "127.0.0.1", self.port)
        status = await client.ask(path)
        self.took.append(time.monotonic() - due)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if not client.lost:
            self.idle.append(client)

    async def one_after_the_other(self) -> None:
        for path in self.paths:
            if time.monotonic() > self.end:
                return
            await self.one(path, time.monotonic())

    async def at_a_rate(self, rate: float) -> None:
        begun, tasks = time.monotonic(), []
        for number, path in enumerate(self.paths):
            due = begun + number / rate
            if due > self.end:
                break
            await asyncio.sleep(max(due - time.monotonic(), 0))
            tasks.append(asyncio.create_task(self.one(path, due)))
        await asyncio.gather(*tasks)


async def run(told: dict[str, Any]) -> dict[str, Any]:
    """What was seen: seconds of each answer, number of answers by status, seconds in all."""
    load = Run(told["port"], told["paths"], told["seconds"])
    begun = time.monotonic()
    if rate := told.get("rate"):
        await load.at_a_rate(rate)
    else:
        await asyncio.gather(*(load.one_after_the_other() for _ in range(told["connections"])))
    return {"took": load.took, "statuses": load.statuses, "seconds": time.monotonic() - begun}


if __name__ == "__main__":
    told = json.dumps(uvloop.run(run(json.load(sys.stdin))))
    os.set_blocking(sys.stdout.fileno(), True)  # who reads may come late, and there is much
    print(told)
