"""Commands on partners: pull, conformance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from evidencehub.cli.build_options import (
    add_budget_options,
    add_folder_options,
    check_folders,
    create_budget,
)
from evidencehub.cli.build_report import print_json
from evidencehub.errors import ChecksFailedError, UsageError
from evidencehub.pipeline import BuildPaths
from evidencehub.source.partner_lock import LockedPackage, LockedPartner, read_lock, write_lock
from evidencehub.source.partners import PARTNERS_FILE, Partner, read_partners

if TYPE_CHECKING:
    from evidencehub.exchange.pull import PullSite

PROJECT = Path()  # the folder in which the command is run, like that of metadata.yaml
STATE_WORDS = {
    "taken": "taken",
    "quarantined": "quarantined",
    "withdrawn": "withdrawn by its publisher",
    "ours": "not taken",
    "failed": "did not come",
}


@click.command()
@click.argument("partners", nargs=-1)
@add_folder_options
@add_budget_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def pull(
    partners: tuple[str, ...], datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    time_limit: float, memory_limit: int, *, as_json: bool,
) -> None:  # fmt: skip
    """Take what PARTNERS of partners.yaml publish; all of them if none is named.

    Packages that pass the hub's checks go into datasets/, the others into quarantine/ with a
    report for their owners; partners.lock.json says what was taken. Nothing is published before
    `python build.py`. Exit codes: 0 all is as the partners have it; 1 something was not taken.
    """
    # imported here: only this command needs a client for HTTP
    from evidencehub.exchange.pull import PullSite

    chosen = _choose_partners(read_partners(PROJECT), partners)
    paths = BuildPaths(check_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    budget = create_budget(time_limit, memory_limit)
    site = PullSite(PROJECT, paths, moment, _read_site_url(paths.site_file), budget)
    pulled = dict(_pull_partners(site, chosen, is_quiet=as_json))
    if as_json:
        print_json({name: _summarise(entry, moment) for name, entry in pulled.items()})
    if any(_has_failed(entry, moment) for entry in pulled.values()):
        raise ChecksFailedError


def _pull_partners(
    site: PullSite, partners: Sequence[Partner], *, is_quiet: bool
) -> Iterator[tuple[str, LockedPartner]]:
    """Yield each partner with what came of it, told unless `is_quiet`."""
    from evidencehub.exchange.pull import pull_partner

    locked = read_lock(site.project)
    for partner in partners:
        previous = locked.pop(partner.name, None)
        site.other_partners = dict(locked)
        locked[partner.name] = pull_partner(site, partner, previous)
        write_lock(site.project, locked)  # at once: what was taken is known whatever comes next
        if not is_quiet:
            lines = _describe(partner, previous, locked[partner.name], site.moment)
            click.echo("\n".join(lines))
        yield partner.name, locked[partner.name]


def _choose_partners(partners: list[Partner], names: tuple[str, ...]) -> list[Partner]:
    if not partners:
        raise UsageError(
            f"There is no partner. Name one in {PARTNERS_FILE}; docs/how-to/take-from-partners.md "
            "says how."
        )
    by_name = {partner.name: partner for partner in partners}
    for name in names:
        if name not in by_name:
            raise UsageError(f"“{name}” is no partner. {PARTNERS_FILE} has {', '.join(by_name)}.")
    return [by_name[name] for name in names] if names else partners


def _read_site_url(site_file: Path) -> str:
    content = yaml.safe_load(site_file.read_text("utf-8")) if site_file.is_file() else None
    return str((content or {}).get("url") or "")


def _describe(
    partner: Partner, previous: LockedPartner | None, entry: LockedPartner, moment: str
) -> Iterator[str]:
    """Yield what to tell of a pull, a line for each package that it looked at."""
    yield f"{partner.title} ({partner.name})"
    if entry.failure:
        yield f"  {entry.failure}"
        yield "  What was taken before stays."
        return
    packages = {name: p for name, p in entry.packages.items() if p.pulled_at == moment}
    earlier = previous.packages if previous else {}
    changed = [name for name, p in packages.items() if not _is_same(p, earlier.get(name))]
    for name in sorted(changed):
        yield from _describe_package(name, packages[name])
    if not packages:
        yield "  Nothing has changed."
    elif len(packages) > len(changed):
        yield f"  {len(packages) - len(changed)} unchanged."


def _describe_package(name: str, package: LockedPackage) -> Iterator[str]:
    version = f" {package.version}" if package.version else ""
    yield f"  {name}{version}: {STATE_WORDS[package.state]}."
    yield from (f"    {reason}" for reason in package.reasons)


def _is_same(package: LockedPackage, earlier: LockedPackage | None) -> bool:
    return (
        earlier is not None and dict(package.files) == dict(earlier.files) and not package.reasons
    )


def _has_failed(entry: LockedPartner, moment: str) -> bool:
    states = {p.state for p in entry.packages.values() if p.pulled_at == moment}
    return bool(entry.failure) or not states.isdisjoint({"failed", "quarantined"})


def _summarise(entry: LockedPartner, moment: str) -> Mapping[str, object]:
    packages = {
        name: {"state": p.state, "version": p.version, "reasons": list(p.reasons)}
        for name, p in entry.packages.items()
        if p.pulled_at == moment
    }
    return {"failure": entry.failure, "packages": packages}


@click.command()
@click.argument("url")
@add_folder_options
@add_budget_options
@click.option("--public-key", default="", help="Public key of minisign, in one line.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def conformance(
    url: str, datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    time_limit: float, memory_limit: int, *, public_key: str, as_json: bool,
) -> None:  # fmt: skip
    """Tell whether the hub at URL can be pulled, each check with its reason; nothing is taken.

    Exit codes: 0 it can be pulled; 1 something is in the way.
    """
    # imported here: only these commands need a client for HTTP
    from evidencehub.exchange.conformance import examine_hub

    paths = BuildPaths(check_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    findings = []
    for finding in examine_hub(url, paths, public_key, create_budget(time_limit, memory_limit)):
        findings.append(finding)
        if not as_json:
            click.echo(f"{'yes' if finding.is_met else 'NO ':<4} {finding.check}: {finding.reason}")
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if not all(finding.is_met for finding in findings):
        raise ChecksFailedError


EXCHANGE_COMMANDS = (pull, conformance)
