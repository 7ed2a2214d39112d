"""Datasette as it comes, over a build, asked one address after the other.

A process of its own: plugins are registered for a whole process, and ours are not to be there.
Run as `python -m tests.support.stock_datasette BUILD`, with requests as JSON lines on standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from tests.support.asgi_client import AsgiResponse, send_request


def read_peak_memory() -> int:
    """Kilobytes that this process has held at most; getrusage would count the parent's too."""
    status_text = Path("/proc/self/status").read_text("utf-8")
    return int(status_text.split("VmHWM:")[1].split()[0])


async def main(build: Path) -> None:
    output = sys.stdout
    sys.stdout = sys.stderr  # where it prints what went wrong, locals and all
    metadata = json.loads((build / "metadata.json").read_text("utf-8"))
    datasette = Datasette([], immutables=[str(build / "hub.db")], metadata=metadata, cors=True)
    await datasette.invoke_startup()
    app: Any = datasette.app()
    for request_line in sys.stdin:
        method, address = json.loads(request_line)
        try:
            response = await send_request(app, address, method)
        except Exception as fault:  # noqa: BLE001 - a server would answer 500
            response = AsgiResponse(500, [], repr(fault).encode())
        record = {
            "status": response.status,
            "headers": response.headers,
            "body": response.body[:200_000].decode("utf-8", "replace"),
            "memory": read_peak_memory(),
        }
        print(json.dumps(record), file=output, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
