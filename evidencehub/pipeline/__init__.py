"""The straight line: from dataset folders to a build that is served, written as one story."""

from __future__ import annotations

import difflib
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from evidencehub import codes, publish, source
from evidencehub.check import across
from evidencehub.codes import CodeBook
from evidencehub.errors import WrongUseError
from evidencehub.model.problem import Problem, Report
from evidencehub.pipeline import cache, claims, swap, workers
from evidencehub.pipeline.cache import Staged
from evidencehub.pipeline.workers import Task

Tell = Callable[[str, Report], None]  # called when a dataset has been checked


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are: datasets, code lists, site metadata; and where builds and archive go."""

    datasets: Sequence[Path]
    codes: Path
    site: Path
    out: Path
    archive: Path


@dataclass(slots=True)
class Outcome:
    """What a build came to: its folder, the report of each dataset, and what was done."""

    build: Path | None = None
    reports: dict[str, Report] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    rebuilt: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when every dataset passed."""
        return all(report.ok for report in self.reports.values())


def build(
    places: Places,
    *,
    only: str = "",
    keep_going: bool = False,
    strict: bool = False,
    tell: Tell = lambda _slug, _report: None,
) -> Outcome:
    """Check, load and publish every dataset; what is served changes in the last step or not at all.

    With `keep_going` a dataset that fails keeps its last good build; with `only` all others do.
    With `strict` a warning stops a dataset as an error does.
    """
    outcome = Outcome()
    with swap.alone(places.out):
        book = codes.read(places.codes)
        last = _last_good(places.out) if only or keep_going else {}
        folders = source.find(places.datasets)
        wanted = _wanted(folders, only, last)
        for folder in wanted:
            report = outcome.reports.setdefault(folder.name, Report(folder.name))
            report.add(source.same_name(folder, folders))
        staged = {f.name: last[f.name] for f in folders if f not in wanted and f.name in last}
        staged |= _stage(wanted, book, places, outcome.reports, tell)
        _links(staged, outcome.reports, places)
        _claims(staged, outcome.reports, whole=len(staged) == len(folders))
        for slug in [slug for slug, one in staged.items() if _empty(one)]:
            outcome.reports.setdefault(slug, Report(slug)).add([NOTHING_YET])
        failed = [s for s, r in outcome.reports.items() if not r.passes(strict=strict)]
        outcome.rebuilt = [one.slug for one in staged.values() if one.fresh]
        if failed and not keep_going:
            return outcome
        _keep_last_good(staged, last, failed, outcome)
        outcome.build = _publish(staged, book, places)
    return outcome


def _wanted(folders: Sequence[Path], only: str, last: Mapping[str, Staged]) -> list[Path]:
    """The folders to look at; raises WrongUseError where `only` leaves no sound build."""
    if not only:
        return list(folders)
    names = [folder.name for folder in folders]
    if only not in names:
        near = " or ".join(difflib.get_close_matches(only, names)) or ", ".join(names[:6])
        raise WrongUseError(f"“{only}” is not one of the datasets. Did you mean {near}?")
    missing = [name for name in names if name != only and name not in last]
    if missing:
        raise WrongUseError(
            f"There is no build yet that {', '.join(missing[:6])} could be kept from. "
            "Build once without --only."
        )
    return [folder for folder in folders if folder.name == only]


def _empty(one: Staged) -> bool:
    """True for a dataset with a table of figures that has no rows, and without a finding."""
    flat = next((file for file in one.files if file.file == f"{one.slug}.csv"), None)
    told = any(link.kind in ("finding", "recommendation") for link in one.links.defines)
    return flat is not None and flat.rows == 0 and not told


def _keep_last_good(
    staged: dict[str, Staged], last: Mapping[str, Staged], failed: list[str], outcome: Outcome
) -> None:
    """Put the last good form in the place of each dataset that failed, or leave it out.

    A dataset that refers to one which is now left out fails with it, and so on.
    """
    while failed:
        for slug in failed:
            staged.pop(slug, None)
            if slug in last and slug not in outcome.kept:
                staged[slug] = last[slug]
                outcome.kept.append(slug)
        lost = across.problems([one.links for _, one in sorted(staged.items())], {})
        for slug, problems in lost.items():
            outcome.reports.setdefault(slug, Report(slug)).add(problems)
        failed = list(lost)
    outcome.kept = [slug for slug in outcome.kept if slug in staged]


def check(paths: Sequence[Path], places: Places) -> list[Report]:
    """The reports on the packages at `paths`; publishes nothing.

    Ids that they use may be defined in any package of `places.datasets`.
    """
    reports: dict[str, Report] = {}
    book = codes.read(places.codes)
    with tempfile.TemporaryDirectory(prefix="evidencehub-") as work:
        parents = (path.parent if path.name == source.DESCRIPTOR else path for path in paths)
        folders = [folder.absolute() for folder in parents]
        for folder in folders:
            reports.setdefault(folder.name, Report(folder.name))
        staged = _stage(folders, book, replace(places, out=Path(work)), reports)
        _links(staged, reports, places)
        _claims(staged, reports, whole=False)
    return list(reports.values())


def current(out: Path) -> Path | None:
    """The build that is served, or None before the first."""
    return swap.current(out)


def _stage(
    folders: Sequence[Path],
    book: CodeBook,
    places: Places,
    reports: Mapping[str, Report],
    tell: Tell = lambda _slug, _report: None,
) -> dict[str, Staged]:
    """The datasets that pass, staged now or found as they were staged before."""
    staged: dict[str, Staged] = {}

    def tasks() -> Iterator[Task]:
        for folder in folders:
            report = reports[folder.name]
            package, problems = source.read(folder)
            report.add(problems)
            if package is None:
                continue
            digest, slug = publish.package_digest(package), package.slug
            report.add(publish.version_problem(places.archive, slug, package.version, digest))
            home = places.out / "stage" / slug
            found = cache.find(home, digest, book)
            if found is None:
                before = publish.earlier(places.archive, slug, package.version)
                yield Task(package, digest, home, before)
                continue
            report.take(Report.from_dict(found.report))
            staged[slug] = found
            tell(slug, report)

    for slug, fresh, report in workers.stage(tasks(), book, places.codes):
        reports[slug].take(report)
        if fresh is not None:
            staged[slug] = fresh
        tell(slug, reports[slug])
    return {slug: one for slug, one in sorted(staged.items()) if reports[slug].ok}


def _links(staged: Mapping[str, Staged], reports: dict[str, Report], places: Places) -> None:
    """Judge what datasets refer to in each other.

    Ids of datasets that did not pass, or were not looked at, count as defined: that a dataset
    fails is told once, and not again by all that refer to it.
    """
    elsewhere = source.defined(places.datasets, set(staged))
    known = [one.links for _, one in sorted(staged.items())]
    for slug, problems in across.problems(known, elsewhere).items():
        reports.setdefault(slug, Report(slug)).add(problems)


def _claims(staged: Mapping[str, Staged], reports: dict[str, Report], *, whole: bool) -> None:
    """Judge the numbers that findings state against the figures of every staged dataset."""
    for one in claims.judged(staged, whole=whole):
        if one.problem is not None:
            reports.setdefault(one.dataset, Report(one.dataset)).add([one.problem])


def _last_good(out: Path) -> dict[str, Staged]:
    """The staged datasets that the build now served was made of."""
    build_folder = swap.current(out)
    if build_folder is None:
        return {}
    told = swap.manifest(build_folder)["datasets"]
    found = {slug: cache.read(out / "stage" / slug / told[slug]["stage"]) for slug in told}
    return {slug: staged for slug, staged in found.items() if staged is not None}


def _publish(staged: Mapping[str, Staged], book: CodeBook, places: Places) -> Path:
    """Freeze new releases in the archive, assemble the build, and swap it in."""
    build_hash = _hash_of(staged, places)
    home = places.out / "builds"
    target = home / build_hash
    if not (target / swap.MANIFEST).is_file():
        home.mkdir(exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
        work.chmod(0o755)
        _assemble(staged, book, places, work, build_hash)
        target = swap.into_place(places.out, work, build_hash)
    elif swap.current(places.out) != target.resolve():
        swap.point(places.out, target)
    stay = swap.forget_old(places.out)
    used = {
        (slug, entry["stage"])
        for one in stay
        for slug, entry in swap.manifest(one)["datasets"].items()
    }
    cache.forget(places.out / "stage", used)
    return target


def _hash_of(staged: Mapping[str, Staged], places: Places) -> str:
    """The name of a build: a hash of everything that it is made of."""
    parts = [cache.code_version(), cache.folder_digest(places.codes), cache.digest(places.site)]
    parts += [f"{slug} {one.key}" for slug, one in sorted(staged.items())]
    parts += [
        f"{release['dataset']} {release['version']}"
        for slug in publish.slugs(places.archive)
        for release in publish.releases(places.archive, slug)
        if slug not in staged or release["version"] != staged[slug].about["version"]
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _assemble(
    staged: Mapping[str, Staged], book: CodeBook, places: Places, work: Path, build_hash: str
) -> None:
    # imported here: an unchanged build needs neither
    from evidencehub.load import assemble
    from evidencehub.pipeline import conversion
    from evidencehub.publish import describe

    new = {
        slug: publish.release(places.archive, one.about, one.files)
        for slug, one in sorted(staged.items())
    }
    releases = [told for slug in new for told in _releases(places.archive, slug, new[slug])]
    withdrawn = [
        told
        for slug in publish.slugs(places.archive)
        if slug not in new
        for told in publish.releases(places.archive, slug)
    ]
    known = {
        "release": [{name: told[name] for name in RELEASE_COLUMNS} for told in releases],
        "file": [
            {"dataset": slug, "version": one.told["version"], **asdict(file)}
            for slug, one in new.items()
            for file in one.files
        ],
        "conversion": conversion.rows(book),
        "claim": [one.row for one in claims.judged(staged)],
        "build": [{"name": "hash", "value": build_hash}],
    }
    assemble.hub(work / "hub.db", {s: one.database for s, one in staged.items()}, book, known)
    for slug, one in new.items():
        publish.freeze(places.archive, one, staged[slug].folder / "files")
    publish.lay_out(places.archive, [*releases, *withdrawn], work / "files")
    describe.write(work, places.site)
    manifest = {
        "build": build_hash,
        "datasets": {
            slug: {**one.about, "stage": one.key, "files": [asdict(f) for f in new[slug].files]}
            for slug, one in sorted(staged.items())
        },
    }
    publish.write_whole(work / swap.MANIFEST, manifest)


def _releases(archive: Path, slug: str, new: publish.Release) -> list[Mapping[str, Any]]:
    """Every release of a dataset, this build's own as it will be, oldest first."""
    older = [
        told for told in publish.releases(archive, slug) if told["version"] != new.told["version"]
    ]
    return sorted([*older, new.told], key=publish.by_version)


NOTHING_YET = Problem(
    "metadata/nothing-to-publish",
    "There is no figure and no finding yet.",
    "Put the figures into observations.csv, or move the folder out of datasets/ till then.",
    file="data/observations.csv",
)
RELEASE_COLUMNS = ("dataset", "version", "created", "release_note", "package_sha256")
