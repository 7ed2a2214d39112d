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


class HttpClient(asyncio.Protocol):
    """One connection, kept alive; one request at a time."""

    def __init__(self) -> None:
        self.pending_status: asyncio.Future[int] | None = None
        self.is_closed = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def connection_lost(self, _: Exception | None) -> None:
        self.is_closed = True
        if self.pending_status is not None and not self.pending_status.done():
            self.pending_status.set_result(0)

    def on_message_complete(self) -> None:
        status = self.parser.get_status_code()
        self.is_closed = self.is_closed or not self.parser.should_keep_alive()
        if self.pending_status is not None and not self.pending_status.done():
            self.pending_status.set_result(status)

    async def get_status(self, path: str) -> int:
        """The status of the answer, or 0 where the connection was lost."""
        self.parser = httptools.HttpResponseParser(self)
        self.pending_status = asyncio.get_running_loop().create_future()
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return await self.pending_status


class LoadRun:
    """What has been asked and seen so far."""

    def __init__(self, port: int, paths: list[str], seconds: float) -> None:
        self.port, self.end = port, time.monotonic() + seconds
        self.paths: Iterator[str] = iter(paths)
        self.seconds_taken: list[float] = []
        self.statuses: dict[int, int] = {}
        self.idle: list[HttpClient] = []

    async def time_request(self, path: str, due: float) -> None:
        client = self.idle.pop() if self.idle else None
        if client is None or client.is_closed:
            loop = asyncio.get_running_loop()
            _, client = await loop.create_connection(HttpClient, "127.0.0.1", self.port)
        status = await client.get_status(path)
        self.seconds_taken.append(time.monotonic() - due)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if not client.is_closed:
            self.idle.append(client)

    async def request_in_sequence(self) -> None:
        for path in self.paths:
            if time.monotonic() > self.end:
                return
            await self.time_request(path, time.monotonic())

    async def request_at_rate(self, rate: float) -> None:
        started, tasks = time.monotonic(), []
        for number, path in enumerate(self.paths):
            due = started + number / rate
            if due > self.end:
                break
            await asyncio.sleep(max(due - time.monotonic(), 0))
            tasks.append(asyncio.create_task(self.time_request(path, due)))
        await asyncio.gather(*tasks)


async def run_load(job: dict[str, Any]) -> dict[str, Any]:
    """What was seen: seconds of each answer, number of answers by status, seconds in all."""
    load = LoadRun(job["port"], job["paths"], job["seconds"])
    started = time.monotonic()
    if rate := job.get("rate"):
        await load.request_at_rate(rate)
    else:
        await asyncio.gather(*(load.request_in_sequence() for _ in range(job["connections"])))
    return {
        "took": load.seconds_taken,
        "statuses": load.statuses,
        "seconds": time.monotonic() - started,
    }


if __name__ == "__main__":
    told = json.dumps(uvloop.run(run_load(json.load(sys.stdin))))
    os.set_blocking(sys.stdout.fileno(), True)  # who reads may come late, and there is much
    print(told)
