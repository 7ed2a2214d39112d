"""Datasette as it comes, over a build, asked one address after the other.

A process of its own: plugins are registered for a whole process, and ours are not to be there.
Run as `python -m tests.support.stock BUILD`, with requests as JSON lines on standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from tests.support.asgi import Answer, ask


def memory() -> int:
    """Kilobytes that this process has held at most; getrusage would count the parent's too."""
    told = Path("/proc/self/status").read_text("utf-8")
    return int(told.split("VmHWM:")[1].split()[0])


async def main(build: Path) -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # where it prints what went wrong, locals and all
    metadata = json.loads((build / "metadata.json").read_text("utf-8"))
    stock = Datasette([], immutables=[str(build / "hub.db")], metadata=metadata, cors=True)
    await stock.invoke_startup()
    app: Any = stock.app()
    for line in sys.stdin:
        method, address = json.loads(line)
        try:
            answer = await ask(app, address, method)
        except Exception as fault:  # noqa: BLE001 - a server would answer 500
            answer = Answer(500, [], repr(fault).encode())
        told = {
            "status": answer.status,
            "headers": answer.headers,
            "body": answer.body[:200_000].decode("utf-8", "replace"),
            "memory": memory(),
        }
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
