"""Tells of another hub whether it can be pulled: what a pull would do, without taking anything."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from evidencehub import pipeline
from evidencehub.errors import HubError
from evidencehub.exchange.admission import judge_packages
from evidencehub.exchange.fetching import FetchBudget, Fetcher
from evidencehub.exchange.hub_catalogue import (
    CATALOGUE_PATH,
    HubCatalogue,
    ListedPackage,
    read_hub_catalogue,
)
from evidencehub.exchange.package_download import DownloadedPackage, download_package
from evidencehub.pipeline import BuildPaths
from evidencehub.pipeline.stage_task import StageBudget

DEFAULT_BUDGET = FetchBudget(bytes=500_000_000, seconds=600)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, whether it is as it must be, and why."""

    check: str
    is_met: bool
    reason: str


def examine_hub(
    url: str,
    paths: BuildPaths,
    public_key: str = "",
    check_budget: StageBudget = pipeline.DEFAULT_BUDGET,
    budget: FetchBudget = DEFAULT_BUDGET,
) -> Iterator[Finding]:
    """Yield what was found of the hub at `url`, in the order of a pull.

    Its packages are judged by the gate of this hub, with its code lists, in a folder that goes.
    """
    with Fetcher(url, budget) as fetcher, tempfile.TemporaryDirectory(prefix="hub-") as work:
        try:
            catalogue = read_hub_catalogue(fetcher, url)
        except HubError as error:
            yield Finding("catalogue", False, str(error))
            return
        if catalogue is None:
            return
        count = len(catalogue.packages)
        yield Finding("catalogue", True, f"{CATALOGUE_PATH} names {count} datasets.")
        yield _examine_conditional_request(fetcher, url, catalogue)
        folders: dict[str, Path] = {}
        for name, listed in catalogue.packages.items():
            yield from _examine_withdrawals(listed)
            if listed.url:
                finding = _download(fetcher, listed, Path(work), public_key)
                yield finding
                if finding.is_met:
                    folders[name] = Path(work) / name
        yield from _examine_contents(folders, paths, check_budget)


def _examine_conditional_request(fetcher: Fetcher, url: str, catalogue: HubCatalogue) -> Finding:
    """Whether the catalogue is sent once only while it stays as it is."""
    name = "conditional requests"
    if not (catalogue.file.etag or catalogue.file.last_modified):
        return Finding(name, False, "The catalogue has neither ETag nor Last-Modified. Send one.")
    try:
        again = read_hub_catalogue(fetcher, url, catalogue.file)
    except HubError as error:
        return Finding(name, False, str(error))
    if again is None:
        return Finding(name, True, "A catalogue that has not changed is answered 304.")
    if again.file.sha256 != catalogue.file.sha256:
        return Finding(name, True, "The catalogue changed while it was looked at.")
    return Finding(name, False, "A catalogue that has not changed is sent again. Answer 304.")


def _examine_withdrawals(listed: ListedPackage) -> Iterator[Finding]:
    for withdrawal in listed.withdrawn:
        place = f"{listed.name} {withdrawal.version}: withdrawal"
        reason = withdrawal.reason.strip()
        yield Finding(place, bool(reason), reason or "No reason is given. Say why.")


def _download(fetcher: Fetcher, listed: ListedPackage, work: Path, public_key: str) -> Finding:
    """Fetch a package whole, into a folder of its name."""
    folder = work / listed.name
    folder.mkdir()
    try:
        package = download_package(
            fetcher, listed.url, folder, public_key=public_key, sha256=listed.sha256
        )
    except HubError as error:
        return Finding(f"{listed.name}: files", False, str(error))
    if package.name != listed.name:
        reason = f"{listed.url} is the package {package.name}. Its name must be {listed.name}."
        return Finding(f"{listed.name}: files", False, reason)
    return Finding(f"{listed.name}: files", True, _describe_files(package, listed, public_key))


def _describe_files(package: DownloadedPackage, listed: ListedPackage, public_key: str) -> str:
    signed = ", signed with the key that was given" if public_key else ""
    hashed = "as their hashes say" if listed.sha256 else "without a hash of their descriptor"
    place = urljoin(listed.url, ".")
    return f"{len(package.files)} files at {place}, {hashed}{signed}."


def _examine_contents(
    folders: dict[str, Path], paths: BuildPaths, budget: StageBudget
) -> Iterator[Finding]:
    """Yield the verdict of the gate on each package that came whole."""
    for name, reasons in judge_packages(folders, paths, budget).items():
        text = " ".join(reasons) or "It passes the checks of this hub."
        yield Finding(f"{name}: contents", not reasons, text)
