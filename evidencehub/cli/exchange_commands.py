"""Commands on partners: pull, conformance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
import yaml

from evidencehub.cli.build_options import add_folder_options, check_folders
from evidencehub.cli.build_report import print_json
from evidencehub.errors import ChecksFailedError, UsageError
from evidencehub.pipeline import BuildPaths
from evidencehub.source.partner_lock import LockedPackage, LockedPartner, read_lock, write_lock
from evidencehub.source.partners import PARTNERS_FILE, Partner, read_partners

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
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def pull(
    partners: tuple[str, ...], datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    *, as_json: bool,
) -> None:  # fmt: skip
    """Take what PARTNERS of partners.yaml publish; all of them if none is named.

    Packages that pass the hub's checks go into datasets/, the others into quarantine/ with a
    report for their owners; partners.lock.json says what was taken. Nothing is published before
    `python build.py`. Exit codes: 0 all is as the partners have it; 1 something was not taken.
    """
    # imported here: only this command needs a client for HTTP
    from evidencehub.exchange.pull import PullSite, pull_partner

    project = Path()
    chosen = _choose_partners(read_partners(project), partners)
    paths = BuildPaths(check_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    locked = read_lock(project)
    before = dict(locked)
    for partner in chosen:
        others = {name: known for name, known in locked.items() if name != partner.name}
        site = PullSite(project, paths, moment, _read_site_url(paths.site_file), others)
        locked[partner.name] = pull_partner(site, partner, locked.get(partner.name))
        write_lock(project, locked)  # after each: what was taken is known whatever comes next
        if not as_json:
            for line in _describe(partner, before.get(partner.name), locked[partner.name], moment):
                click.echo(line)
    pulled = {partner.name: locked[partner.name] for partner in chosen}
    if as_json:
        print_json({name: _summarise(entry, moment) for name, entry in pulled.items()})
    if any(_has_failed(entry, moment) for entry in pulled.values()):
        raise ChecksFailedError


def _choose_partners(known: list[Partner], names: tuple[str, ...]) -> list[Partner]:
    if not known:
        raise UsageError(
            f"There is no partner. Name one in {PARTNERS_FILE}; docs/how-to/take-from-partners.md "
            "says how."
        )
    by_name = {partner.name: partner for partner in known}
    for name in names:
        if name not in by_name:
            raise UsageError(f"“{name}” is no partner. {PARTNERS_FILE} has {', '.join(by_name)}.")
    return [by_name[name] for name in names] if names else known


def _read_site_url(site_file: Path) -> str:
    content = yaml.safe_load(site_file.read_text("utf-8")) if site_file.is_file() else None
    return str((content or {}).get("url") or "")


def _describe(
    partner: Partner, before: LockedPartner | None, after: LockedPartner, moment: str
) -> Iterator[str]:
    """Yield what to tell of a pull, a line for each package that it looked at."""
    yield f"{partner.title} ({partner.name})"
    if after.failure:
        yield f"  {after.failure}"
        yield "  What was taken before stays."
        return
    seen = {name: p for name, p in after.packages.items() if p.pulled_at == moment}
    earlier = before.packages if before else {}
    unchanged = [n for n, p in seen.items() if p.state == "taken" and _is_same(p, earlier.get(n))]
    for name in sorted(set(seen) - set(unchanged)):
        package = seen[name]
        version = f" {package.version}" if package.version else ""
        yield f"  {name}{version}: {STATE_WORDS[package.state]}."
        yield from (f"    {reason}" for reason in package.reasons)
    if unchanged or not seen:
        yield f"  {len(unchanged)} unchanged." if seen else "  Nothing has changed."


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
@click.option("--public-key", default="", help="Public key of minisign, in one line.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def conformance(
    url: str, datasets: tuple[Path, ...], codes: Path, out: Path, archive: Path,
    *, public_key: str, as_json: bool,
) -> None:  # fmt: skip
    """Tell whether the hub at URL can be pulled, each check with its reason; nothing is taken.

    Exit codes: 0 it can be pulled; 1 something is in the way.
    """
    # imported here: only these commands need a client for HTTP
    from evidencehub.exchange.conformance import examine_hub

    paths = BuildPaths(check_folders(datasets), codes, Path("metadata.yaml"), out, archive)
    findings = []
    for finding in examine_hub(url, paths, public_key):
        findings.append(finding)
        if not as_json:
            click.echo(f"{'yes' if finding.is_met else 'NO ':<4} {finding.check}: {finding.reason}")
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if not all(finding.is_met for finding in findings):
        raise ChecksFailedError


EXCHANGE_COMMANDS = (pull, conformance)
