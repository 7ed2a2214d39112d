"""Takes the packages of one partner: fetched, judged by the gate, taken or quarantined, locked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from evidencehub import pipeline
from evidencehub.errors import HubError
from evidencehub.exchange import admission, origins
from evidencehub.exchange.fetching import FetchBudget, Fetcher
from evidencehub.exchange.hub_catalogue import (
    HubCatalogue,
    ListedPackage,
    ListedWithdrawal,
    read_hub_catalogue,
)
from evidencehub.exchange.package_download import DownloadedPackage, download_package
from evidencehub.exchange.recipes import RECIPES_FOLDER, cook_recipe
from evidencehub.exchange.withdrawals import withdraw_taken
from evidencehub.pipeline import BuildPaths
from evidencehub.pipeline.stage_task import StageBudget
from evidencehub.source.packages import read_package
from evidencehub.source.partner_lock import LockedPackage, LockedPartner, PullState
from evidencehub.source.partners import Partner

QUARANTINE_FOLDER = "quarantine"
MEGABYTE = 1_000_000


@dataclass(slots=True)
class PullSite:
    """The hub that pulls: its folders, its own address, and what it has of other partners.

    `moment` is when the pull began, as it is written down; `budget` is what the check of one
    package may take.
    """

    project: Path
    paths: BuildPaths
    moment: str
    site_url: str = ""
    budget: StageBudget = pipeline.DEFAULT_BUDGET
    other_partners: Mapping[str, LockedPartner] = field(default_factory=dict)

    @property
    def datasets(self) -> Path:
        """The folder that packages are taken into."""
        return self.paths.dataset_roots[0]


@dataclass(slots=True)
class _Pull:
    """One pull as it goes: what was known of the partner, and what is known now."""

    site: PullSite
    partner: Partner
    fetcher: Fetcher
    work: Path
    previous: dict[str, LockedPackage]
    packages: dict[str, LockedPackage] = field(default_factory=dict)
    candidates: dict[str, DownloadedPackage] = field(default_factory=dict)

    def settle(
        self, name: str, state: PullState, *reasons: str, facts: LockedPackage | None = None
    ) -> None:
        """Write down what became of a package; what is in `datasets/` of it stays known.

        `facts` are its version, address and title, where they are other than before.
        """
        earlier = self.previous.get(name, LockedPackage(state))
        self.packages[name] = replace(
            facts or earlier,
            state=state,
            reasons=tuple(reasons),
            pulled_at=self.site.moment,
            files=earlier.files,
        )


def pull_partner(site: PullSite, partner: Partner, previous: LockedPartner | None) -> LockedPartner:
    """Take what a partner has, and return what is known of it now.

    What goes wrong with one package is written down and stops no other; what goes wrong with the
    partner (it is down, its catalogue is none) is its `failure`, and all stays as it was.
    """
    entry = previous or LockedPartner(partner.title, partner.kind, partner.url)
    entry = replace(entry, title=partner.title, kind=partner.kind, url=partner.url)
    budget = FetchBudget(bytes=partner.megabytes * MEGABYTE, seconds=partner.seconds)
    try:
        with Fetcher(partner.url, budget) as fetcher, _make_work_folder(site) as work:
            pull = _Pull(site, partner, fetcher, work, dict(entry.packages))
            catalogue = _SOURCES[partner.kind](pull, entry)
            _admit_candidates(pull)
    except HubError as error:
        return replace(entry, failure=str(error), pulled_at=site.moment)
    return replace(
        entry,
        failure="",
        pulled_at=site.moment,
        catalogue=catalogue.file if catalogue else entry.catalogue,
        packages={**entry.packages, **pull.packages},
    )


@contextmanager
def _make_work_folder(site: PullSite) -> Iterator[Path]:
    """Give a folder on the disk of the datasets, so that a package moves into them at once."""
    site.datasets.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=site.datasets, prefix=".pull-") as name:
        yield Path(name)


def _pull_hub(pull: _Pull, entry: LockedPartner) -> HubCatalogue | None:
    """Look at each dataset that is wanted of a hub; None where its catalogue is what it was."""
    file = entry.catalogue if _is_settled(pull.partner, entry) else None
    catalogue = read_hub_catalogue(pull.fetcher, pull.partner.url, file)
    if catalogue is None:
        return None
    for name in pull.partner.datasets or catalogue.packages:
        listed = catalogue.packages.get(name)
        if listed is None:
            pull.settle(name, "failed", f"{pull.partner.title} has no dataset {name}.")
        else:
            _contain(pull, name, listed)
    for name, package in entry.packages.items():
        if name not in catalogue.packages and package.files:
            reason = f"{pull.partner.title} does not list it any more. What was taken stays."
            pull.settle(name, "taken", reason)
    return catalogue


def _is_settled(partner: Partner, entry: LockedPartner) -> bool:
    """Whether there is nothing to do while the partner's catalogue stays as it is."""
    states = {package.state for package in entry.packages.values()}
    is_complete = set(partner.datasets) <= set(entry.packages)
    return is_complete and states.isdisjoint({"failed", "quarantined"})


def _contain(pull: _Pull, name: str, listed: ListedPackage) -> None:
    """Look at one dataset of a hub; what is wrong with it is written down."""
    try:
        if name in pull.previous:
            _honour_withdrawals(pull, name, listed)
        earlier = pull.previous.get(name)
        if not listed.url:
            _settle_withdrawn(pull, name, listed)
        elif not _is_taken_already(pull, name, listed, earlier):
            _download(pull, listed.url, listed.sha256, name)
    except HubError as error:
        facts = LockedPackage("failed", listed.version, listed.url)
        pull.settle(name, "failed", str(error), facts=facts)


def _honour_withdrawals(pull: _Pull, name: str, listed: ListedPackage) -> None:
    """Withdraw what the partner withdrew of a dataset, and remove what was taken of that."""
    earlier = pull.previous[name]
    withdrawals = list(listed.withdrawn)
    if not listed.url:  # none of its versions may stay, whatever is listed
        withdrawals.append(ListedWithdrawal("", _get_last_reason(listed)))
    for withdrawal in withdrawals:
        withdraw_taken(pull.site.paths, name, pull.partner, withdrawal)
    gone = {withdrawal.version for withdrawal in withdrawals}
    if earlier.state == "quarantined" and gone & {"", earlier.version}:
        admission.end_quarantine(_get_quarantine(pull, name))
    if earlier.files and gone & {"", _read_version(pull, name)}:
        admission.remove_package(pull.site.datasets / name, earlier.files)
        pull.previous[name] = replace(earlier, files={})


def _settle_withdrawn(pull: _Pull, name: str, listed: ListedPackage) -> None:
    """Write down that a partner withdrew a whole dataset, where it was ever here."""
    if name in pull.previous:
        pull.settle(name, "withdrawn", _get_last_reason(listed))


def _get_last_reason(listed: ListedPackage) -> str:
    return listed.withdrawn[-1].reason if listed.withdrawn else "No reason is given."


def _is_taken_already(
    pull: _Pull, name: str, listed: ListedPackage, earlier: LockedPackage | None
) -> bool:
    """Whether the version that a partner lists is the one that is here; it is settled then."""
    if earlier is None or not listed.sha256:
        return False
    is_loop = earlier.state == "ours" and earlier.sha256 == listed.sha256
    origin = origins.read_taken_origin(pull.site.datasets / name) if earlier.files else {}
    if not is_loop and origin.get("sha256") != listed.sha256:
        return False
    if earlier.files:
        admission.require_unchanged(pull.site.datasets / name, earlier.files)
    state: PullState = "ours" if is_loop else "taken"
    reasons = earlier.reasons if is_loop else ()
    facts = replace(earlier, version=listed.version, url=listed.url, sha256=listed.sha256)
    pull.settle(name, state, *reasons, facts=facts)
    return True


def _pull_package(pull: _Pull, _: LockedPartner) -> None:
    """Take the one package whose descriptor is at the partner's address."""
    _download(pull, pull.partner.url, "", "")


def _pull_recipes(pull: _Pull, _: LockedPartner) -> None:
    """Make a package of each recipe that the partner names."""
    base = f"{pull.partner.url.rstrip('/')}/" if pull.partner.url else ""
    for name in pull.partner.datasets:
        folder = pull.work / name
        folder.mkdir()
        try:
            recipe = pull.site.project / RECIPES_FOLDER / name
            package = cook_recipe(pull.fetcher, recipe, folder, base)
            _consider(pull, name, package)
        except HubError as error:
            pull.settle(name, "failed", str(error))


_SOURCES = {"hub": _pull_hub, "package": _pull_package, "recipe": _pull_recipes}


def _download(pull: _Pull, url: str, sha256: str, expected_name: str) -> None:
    folder = Path(tempfile.mkdtemp(dir=pull.work))
    package = download_package(
        pull.fetcher, url, folder, public_key=pull.partner.public_key, sha256=sha256
    )
    name = expected_name or package.name
    if package.name != name:
        raise HubError(f"{url} is the package {package.name}, and {name} was listed there.")
    if pull.partner.datasets and name not in pull.partner.datasets:
        raise HubError(
            f"{url} is the package {name}, which is not one of the partner's `datasets`."
        )
    folder.rename(pull.work / name)
    _consider(pull, name, package)


def _consider(pull: _Pull, name: str, package: DownloadedPackage) -> None:
    """Make a candidate of a package, unless it is here or comes from elsewhere."""
    facts = _list_facts(package)
    earlier = pull.previous.get(name)
    origin = origins.read_taken_origin(pull.site.datasets / name)
    if origin.get("partner") == pull.partner.name and origin.get("sha256") == package.sha256:
        target = pull.site.datasets / name
        files = earlier.files if earlier else {}
        # a pull that was cut off may have taken a package without writing it down
        files = files or admission.recognise_package(pull.work / name, target, package.files)
        admission.require_unchanged(target, files)
        pull.settle(name, "taken", facts=facts)
        pull.packages[name] = replace(pull.packages[name], files=files)
        return
    home = origins.find_common_home(package.descriptor, _list_homes(pull, origin))
    if home:
        reason = f"It comes from {home}, so it is not taken from here."
        pull.settle(name, "ours", reason, facts=facts)
        return
    if earlier and earlier.files and _read_version(pull, name) == package.version:
        reason = (
            f"Version {package.version} came with other content than before. Ask its publisher "
            "for a new version."
        )
        _quarantine(pull, name, package, [reason])
        return
    origins.write_origin(
        pull.work / name, package.descriptor, package, pull.partner, pull.site.moment
    )
    pull.candidates[name] = package


def _list_homes(pull: _Pull, origin: Mapping[str, str]) -> dict[str, str]:
    """Return the hubs that need not give a package again, by their addresses.

    They are this hub, and the partner that it has the package from.
    """
    homes = {pull.site.site_url: "this hub"} if pull.site.site_url else {}
    other = pull.site.other_partners.get(str(origin.get("partner", "")))
    if other is not None and other.url and origin.get("partner") != pull.partner.name:
        homes[other.url] = other.title
    return homes


def _read_version(pull: _Pull, name: str) -> str:
    """Return the version of a package in `datasets/`."""
    package, _ = read_package(pull.site.datasets / name)
    return str(package.descriptor.get("version", "")) if package is not None else ""


def _list_facts(package: DownloadedPackage) -> LockedPackage:
    return LockedPackage(
        "taken", package.version, package.url, package.sha256, package.title, package.licence
    )


def _admit_candidates(pull: _Pull) -> None:
    """Judge all candidates together, and take or quarantine each."""
    folders = {name: pull.work / name for name in pull.candidates}
    for name, faults in admission.judge_packages(
        folders, pull.site.paths, pull.site.budget
    ).items():
        package = pull.candidates[name]
        reasons = faults or _take(pull, name, package)
        if reasons:
            _quarantine(pull, name, package, reasons)
        else:
            admission.end_quarantine(_get_quarantine(pull, name))


def _quarantine(pull: _Pull, name: str, package: DownloadedPackage, reasons: list[str]) -> None:
    """Put a package aside, in the place of one that was put aside before."""
    place = _get_quarantine(pull, name)
    admission.end_quarantine(place)
    admission.quarantine_package(pull.work / name, place, reasons)
    pull.settle(name, "quarantined", *reasons, facts=_list_facts(package))


def _get_quarantine(pull: _Pull, name: str) -> Path:
    return pull.site.project / QUARANTINE_FOLDER / pull.partner.name / name


def _take(pull: _Pull, name: str, package: DownloadedPackage) -> list[str]:
    """Put a package among the datasets; return why that may not be."""
    earlier = pull.previous.get(name)
    try:
        files = admission.take_package(
            pull.work / name,
            pull.site.datasets / name,
            package.files,
            earlier.files if earlier else {},
        )
    except HubError as error:
        return [str(error)]
    pull.settle(name, "taken", facts=_list_facts(package))
    pull.packages[name] = replace(pull.packages[name], files=files)
    return []
