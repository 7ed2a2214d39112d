"""The catalogue of the hub as one typed description, of which every rendering is made.

Texts are as published. What is not known is empty, and a rendering leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidencehub.domain.package_origin import OriginStep, PackageOrigin
from evidencehub.domain.page_addresses import build_path, keep_web_url
from evidencehub.domain.stated_text import has_address

SITE_PLACEHOLDER = "https://address-of-this-hub.invalid"
"""Stands for the address of the hub in renderings that are made before it is known (RFC 2606)."""
SYNTHETIC_NOTE = "These figures are invented, for teaching. Do not use them as evidence."
HUB_TEXT_NOTE = (
    "The licence of this dataset covers the hub’s own wording and compilation. "
    "Values remain those of their sources, on the terms stated for each source."
)
AWAITING_NOTE = (
    "Values or statements of this dataset come from secondary sources and await verification."
)


@dataclass(frozen=True, slots=True)
class Agent:
    """An organisation or a point of contact; `email` or `url` where it can be reached."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """A licence by its name, usually that of SPDX, with the address of its text."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A code of a list of subjects, with its label."""

    code_list: str
    code: str
    label: str
    language: str


@dataclass(frozen=True, slots=True)
class CoveredPlace:
    """A country, or the world, by its code (ISO 3166-1 alpha-2, or UN M49) and label."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class DayRange:
    """From the first to the last day that values are about, as ISO days."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class SourceWork:
    """A publication that values or statements come from; `terms` as its row in the package says.

    `basis` is the ground on which it is used, a code of `licence_basis.LICENCE_BASES`.
    """

    title: str
    publisher: str
    url: str
    terms: str
    basis: str


@dataclass(frozen=True, slots=True)
class Variable:
    """An indicator of a dataset."""

    identifier: str
    title: str


@dataclass(frozen=True, slots=True)
class UsedClassification:
    """A classification of people that the values of a dataset are broken down by."""

    code_list: str
    title: str


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a published table; `column_type` is one of Table Schema, `any` for a text."""

    name: str
    column_type: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A file of a release: its name in the release, its format, and how to check it.

    `format_name` is a name of `formats.format.FORMATS`. `columns` are those of a plain CSV table,
    and empty for any other file.
    """

    path: str
    format_name: str
    description: str
    row_count: int | None
    size_bytes: int
    sha256: str
    columns: tuple[TableColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetRelease:
    """A release of a dataset; `issued_at` is the moment that its publisher states, in ISO 8601.

    `published_at` is when this hub published it: who asks for what is new since then must get it.
    """

    version: str
    issued_at: str
    published_at: str
    note: str
    files: tuple[Distribution, ...]

    @property
    def descriptor_path(self) -> str:
        """The file that describes the publisher's tables; it has a hash in its name if it must."""
        return next(file.path for file in self.files if file.format_name == "datapackage")


@dataclass(frozen=True, slots=True)
class WithdrawnRelease:
    """A version that was withdrawn: at which moment in ISO 8601, and why.

    Where it was for `disclosure` its bytes were erased, and whoever has a copy should do the same.
    """

    version: str
    withdrawn_at: str
    reason: str
    disclosure: bool = False

    @property
    def withdrawn_on(self) -> str:
        """The day of its withdrawal."""
        return self.withdrawn_at[:10]


@dataclass(frozen=True, slots=True)
class WithdrawnDataset:
    """A dataset of which no version is left; without a title only its name is known."""

    name: str
    title: str
    language: str
    withdrawn: tuple[WithdrawnRelease, ...]

    @property
    def path(self) -> str:
        """The path of its page, which says that it was withdrawn."""
        return build_path("datasets", self.name)


@dataclass(frozen=True, slots=True)
class CatalogueDataset:
    """A published dataset: what it is, on which terms it may be used, and its releases.

    `statements` say of it what a reader has to know, each a sentence or two: verification,
    recording of ethnicity, disclosure control, caveats. `governance` says who has a say over data
    about a people. `releases` are in the order of their versions; the last is the current one.
    `origin` is the partner that the hub took it from, None for its own.
    """

    name: str
    title: str
    description: str
    language: str
    publisher: Agent
    contact: Agent
    licence: Terms
    homepage: str
    next_update: str
    population: str
    observation_count: int
    topics: tuple[Topic, ...]
    places: tuple[CoveredPlace, ...]
    period: DayRange | None
    classifications: tuple[UsedClassification, ...]
    variables: tuple[Variable, ...]
    sources: tuple[SourceWork, ...]
    statements: tuple[str, ...]
    governance: tuple[str, ...]
    is_synthetic: bool
    awaits_verification: bool
    releases: tuple[DatasetRelease, ...]
    withdrawn: tuple[WithdrawnRelease, ...] = ()
    origin: PackageOrigin | None = None

    @property
    def current(self) -> DatasetRelease:
        """The release that is served as the newest."""
        return self.releases[-1]

    @property
    def changed_at(self) -> str:
        """When this hub last changed what it tells of it: by a release or a withdrawal."""
        moments = [release.published_at for release in self.releases]
        return max([*moments, *(version.withdrawn_at for version in self.withdrawn)])

    @property
    def keywords(self) -> tuple[str, ...]:
        """Its topics by their labels, and that it is synthetic."""
        mark = ("synthetic",) if self.is_synthetic else ()
        return (*(topic.label for topic in self.topics), *mark)

    @property
    def source_urls(self) -> tuple[str, ...]:
        """The addresses of its sources, each once."""
        return tuple(dict.fromkeys(work.url for work in self.sources if work.url))

    @property
    def interval(self) -> str:
        """The days that values are about as an interval of ISO 8601; empty without values."""
        return f"{self.period.start}/{self.period.end}" if self.period else ""

    @property
    def path(self) -> str:
        """The path of its page."""
        return build_path("datasets", self.name)

    @property
    def full_description(self) -> str:
        """The description; before it that values are invented, where they are."""
        return f"{SYNTHETIC_NOTE} {self.description}" if self.is_synthetic else self.description

    @property
    def usage_notes(self) -> tuple[str, ...]:
        """What has to be known before using it, but for the terms of each single source."""
        coverage = () if self.is_synthetic else (HUB_TEXT_NOTE,)
        return (*self.notes, *coverage, *self.governance)

    @property
    def rights(self) -> tuple[str, ...]:
        """What the licence covers, the terms of each source, and who has a say over the data."""
        if self.is_synthetic:
            return self.governance
        terms = (
            f"{_name_source(work)}. Terms: {work.terms or 'not stated'}" for work in self.sources
        )
        return (HUB_TEXT_NOTE, *terms, *self.governance)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know before using the values, the gravest first."""
        marks = ((self.is_synthetic, SYNTHETIC_NOTE), (self.awaits_verification, AWAITING_NOTE))
        return (*(note for is_set, note in marks if is_set), *self.statements, *self.origin_notes)

    @property
    def origin_notes(self) -> tuple[str, ...]:
        """From whom it was taken and when, and where the partner had it from: a sentence each."""
        if self.origin is None:
            return ()
        verbs = ("Taken from", *(["It was taken there from"] * len(self.origin.chain)))
        steps = zip(verbs, (self.origin.step, *self.origin.chain), strict=True)
        return tuple(_describe_step(verb, step) for verb, step in steps)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The hub and all that it publishes; `issued_at` is the moment of the newest release."""

    title: str
    description: str
    language: str
    publisher: Agent
    contact: Agent
    issued_at: str
    datasets: tuple[CatalogueDataset, ...]
    withdrawn: tuple[WithdrawnDataset, ...] = ()

    @property
    def licences(self) -> tuple[Terms, ...]:
        """Every licence of a dataset once, in order."""
        return tuple(dict.fromkeys(dataset.licence for dataset in self.datasets))

    @property
    def changed_at(self) -> str:
        """When this hub last published or withdrew something; empty where it never did."""
        gone = (version.withdrawn_at for dataset in self.withdrawn for version in dataset.withdrawn)
        return max((*(dataset.changed_at for dataset in self.datasets), *gone), default="")

    def list_files(self) -> Iterator[tuple[CatalogueDataset, DatasetRelease, Distribution]]:
        """Yield every file of every current release with its dataset and release, in order."""
        for dataset in self.datasets:
            for file in dataset.current.files:
                yield dataset, dataset.current, file


def build_site_url(path: str = "") -> str:
    """Return the address of a path of the hub, with the placeholder for its own.

    >>> build_site_url("/catalog")
    'https://address-of-this-hub.invalid/catalog'
    """
    return SITE_PLACEHOLDER + path


def build_file_path(dataset: CatalogueDataset, release: DatasetRelease, path: str) -> str:
    """Return the path of a file of a release below the hub, as it lies in its archive too."""
    return f"datasets/{dataset.name}/{release.version}/{path}"


def build_file_url(dataset: CatalogueDataset, release: DatasetRelease, path: str) -> str:
    """Return the address of a file of a release."""
    return build_site_url(build_path(*build_file_path(dataset, release, path).split("/")))


def choose_publisher(publisher: str | None, organisation: str, site_title: str) -> str:
    """Return who publishes a dataset: whoever its package names, else who runs the hub.

    An address is nobody's name.
    """
    names = (name for name in (publisher, organisation) if name and not has_address(name))
    return next(names, site_title)


def parse_contact(contact: str | None) -> Agent:
    """Return a contact as it may be reached: a web page, an e-mail address, or only a text.

    >>> parse_contact("https://example.org/ask").url, parse_contact("ask@example.org").email
    ('https://example.org/ask', 'ask@example.org')
    """
    text = contact or ""
    if url := keep_web_url(text):
        return Agent(text, url=url)
    is_email = "@" in text and " " not in text.strip()
    return Agent(text, email=text.removeprefix("mailto:").strip() if is_email else "")


def _describe_step(verb: str, step: OriginStep) -> str:
    day = f" on {step.fetched_at[:10]}" if step.fetched_at else ""
    address = f" ({step.url})" if step.url else ""
    return f"{verb} {step.name}{day}{address}."


def _name_source(work: SourceWork) -> str:
    return ", ".join(filter(None, (work.publisher, work.title.rstrip("."))))
