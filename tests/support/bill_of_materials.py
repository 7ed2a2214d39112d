"""The bill of materials of what is installed to serve (CycloneDX), licences, and known weaknesses.

`make audit` writes `sbom.cdx.json`, prints the licence of each library, and asks pip-audit for
known weaknesses where that is installed and reaches its database; otherwise it says so aloud.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import uuid
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

PROJECT_ROOT = Path(__file__).parents[2]
LOCK_FILE = PROJECT_ROOT / "requirements.lock"
OUTPUT_FILE = PROJECT_ROOT / "sbom.cdx.json"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NAMESPACE = uuid.UUID("4b0a1f0e-6d7e-5f0a-9c63-1d9a6a3f5f0e")
UNKNOWN_LICENCE = "not stated"
NO_ANSWER = ("connection", "resolve", "timed out", "max retries", "proxy")


@dataclass(frozen=True)
class LockedLibrary:
    """A library of the lock file: the digests are those of the files that may be installed."""

    name: str
    version: str
    sha256: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{re.sub(r'[-_.]+', '-', self.name).lower()}@{self.version}"


def read_lock(text: str) -> list[LockedLibrary]:
    """Return the libraries of a lock file; raise ValueError for one without a digest."""
    libraries: list[LockedLibrary] = []
    for entry in re.split(r"\n(?=\S)", text):
        if match := PIN.match(entry.strip()):
            library = LockedLibrary(match[1], match[2], tuple(HASH.findall(entry)))
            if not library.sha256:
                raise ValueError(f"{library.name} has no digest in the lock file.")
            libraries.append(library)
    return libraries


def find_licence(name: str) -> str:
    """Return the licence that an installed library states."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return UNKNOWN_LICENCE
    classifiers = [
        value.rpartition(" :: ")[2]
        for value in about.get_all("Classifier") or ()
        if value.startswith("License :: ") and value != "License :: OSI Approved"
    ]
    stated = about.get("License-Expression") or ", ".join(classifiers) or about.get("License") or ""
    return stated.strip().splitlines()[0][:80] if stated.strip() else UNKNOWN_LICENCE


def build_bill(libraries: list[LockedLibrary], version: str) -> dict[str, Any]:
    """Return the bill as CycloneDX 1.5; equal lock files give equal bills."""
    purls = "\n".join(library.purl for library in libraries)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, purls)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": "evidencehub", "name": "evidencehub",
                "version": version, "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [_describe(library) for library in libraries],
        "dependencies": [
            {"ref": "evidencehub", "dependsOn": [library.purl for library in libraries]},
            *({"ref": library.purl} for library in libraries),
        ],
    }  # fmt: skip


def _describe(library: LockedLibrary) -> dict[str, Any]:
    # a library has several files; CycloneDX keeps the digests of files with where they come from
    hashes = [{"alg": "SHA-256", "content": digest} for digest in library.sha256]
    return {
        "type": "library",
        "bom-ref": library.purl,
        "name": library.name,
        "version": library.version,
        "purl": library.purl,
        "licenses": [{"license": {"name": find_licence(library.name)}}],
        "externalReferences": [{"type": "distribution", "url": library.purl, "hashes": hashes}],
    }


def audit() -> int:
    """Ask for known weaknesses; 1 where there is one, 0 where there is none or nobody answers."""
    program = shutil.which("pip-audit")
    if program is None:
        print("SKIPPED: no audit of known weaknesses, because pip-audit is not installed.")
        print("Install it apart from the project (pipx install pip-audit), and run this again.")
        return 0
    command = [program, "--require-hashes", "--disable-pip", "-r", str(LOCK_FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, end="")
    skipped_count = done.stdout.count("could not be audited")
    if skipped_count:  # the program counts these as sound
        print(f"SKIPPED: {skipped_count} libraries are unknown to its database; see above.")
    if done.returncode and any(words in done.stderr.lower() for words in NO_ANSWER):
        print("SKIPPED: pip-audit could not reach its database; nothing was audited.")
        return 0
    print(done.stderr, end="", file=sys.stderr)
    return done.returncode


def main() -> int:
    """Write the bill, print licences, and audit."""
    libraries = read_lock(LOCK_FILE.read_text("utf-8"))
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bill = build_bill(libraries, project["version"])
    OUTPUT_FILE.write_text(json.dumps(bill, indent=1) + "\n", "utf-8")
    for library in libraries:
        print(f"{library.name} {library.version}: {find_licence(library.name)}")
    print(f"{len(libraries)} libraries are in {OUTPUT_FILE.name}.")
    return audit()


if __name__ == "__main__":
    sys.exit(main())
