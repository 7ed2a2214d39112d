"""Draw the pictures of the documentation again with the system's Chromium, over a fresh server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
)  # fmt: skip
INDICATOR = "/indicators/eng-mha-detention-rate?period=2021-04-01/2022-03-31"
PICTURES = {
    "home.png": ("/", "1100,1400"),
    "home-phone.png": ("/", "390,1400"),
    "indicator.png": (INDICATOR, "1100,1500"),
    "indicator-phone.png": (INDICATOR, "390,1400"),
    "group-phone.png": ("/groups/nhs-ethnic-category-2001/K", "390,1400"),
    "recommendation.png": ("/recommendations/rho-pulse-ox-04", "1100,1200"),
}


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("There is no Chromium here: install it (apt-get install chromium).")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "build.py", "serve", "--port", str(port)], cwd=ROOT)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}/healthz")
        for name, (path, size) in PICTURES.items():
            with tempfile.TemporaryDirectory() as profile:
                command = [chromium, *FLAGS, f"--user-data-dir={profile}", f"--window-size={size}"]
                command += [f"--screenshot={HERE / name}", address + path]
                subprocess.run(command, check=True, capture_output=True)
    finally:
        server.terminate()
        server.wait()


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(address).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The server did not start.")


if __name__ == "__main__":
    main()
