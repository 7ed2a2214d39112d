"""The table of the catalogue's renderings: the address of each, its format, and what writes it.

All are made when a build is assembled. A new one is a module that writes it and a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evidencehub.domain.catalogue import Catalogue, CatalogueDataset
from evidencehub.domain.page_addresses import build_path
from evidencehub.formats import ckan, croissant, datacite, oai_pmh, resource_sync, ro_crate
from evidencehub.formats.catalogue_package import (
    PACKAGE_PROFILE,
    write_catalogue_package,
    write_release_package,
)
from evidencehub.formats.croissant import write_croissant
from evidencehub.formats.data_json import write_data_json
from evidencehub.formats.datacite import write_datacite
from evidencehub.formats.dump import MANIFEST_PATH, SUMS_PATH, write_dump_manifest, write_sums
from evidencehub.formats.format import Format, get_format, list_formats
from evidencehub.formats.linkset import LINKSET_PATH, write_linkset
from evidencehub.formats.ro_crate import write_ro_crate

CATALOGUE_FOLDER = "catalogue"  # of a build
GRAPH_NAME = "catalog"  # the address of the graph, before the ending of its format


@dataclass(frozen=True, slots=True)
class SiteRendering:
    """A rendering of the whole catalogue: its path below the hub, and its format."""

    path: str
    format_name: str
    write: Callable[[Catalogue], bytes]

    @property
    def format(self) -> Format:
        """The format in the table of formats."""
        return get_format(self.format_name)


def _build_graph_rendering(entry: Format) -> SiteRendering:
    def write(catalogue: Catalogue) -> bytes:
        # imported here: a server and an unchanged build do without rdflib
        from evidencehub.formats.dcat import write_catalogue_graph

        return write_catalogue_graph(catalogue, entry.name)

    return SiteRendering(f"{GRAPH_NAME}.{entry.ending}", entry.name, write)


def _write_linkset(catalogue: Catalogue) -> bytes:
    descriptions = [
        (rendering.name, rendering.format.media_type, rendering.profile)
        for rendering in RELEASE_RENDERINGS
        if rendering.profile
    ]
    return write_linkset(catalogue, descriptions)


SITE_RENDERINGS: tuple[SiteRendering, ...] = (
    *map(_build_graph_rendering, list_formats("graph")),
    SiteRendering("data.json", "dcat-us", write_data_json),
    SiteRendering("datapackage.json", "catalogue-package", write_catalogue_package),
    SiteRendering(MANIFEST_PATH, "dump-manifest", write_dump_manifest),
    SiteRendering(SUMS_PATH, "sha256sums", write_sums),
    SiteRendering(LINKSET_PATH, "linkset", _write_linkset),
    SiteRendering(resource_sync.DESCRIPTION_PATH, "resource-sync",
                  resource_sync.write_source_description),
    SiteRendering(resource_sync.CAPABILITIES_PATH, "resource-sync",
                  resource_sync.write_capability_list),
    SiteRendering(resource_sync.LIST_PATH, "resource-sync",
                  resource_sync.write_resource_list_index),
    SiteRendering(resource_sync.CHANGES_PATH, "resource-sync", resource_sync.write_change_list),
)  # fmt: skip
"""Every rendering of the whole catalogue, by its path below the hub."""


@dataclass(frozen=True, slots=True)
class ReleaseRendering:
    """A description of one release: its name beside the files, and the standard it keeps to.

    One without a `profile` is found by other ways than the links of files and pages.
    """

    name: str
    format_name: str
    profile: str
    write: Callable[[Catalogue, CatalogueDataset], bytes]

    @property
    def format(self) -> Format:
        """The format in the table of formats."""
        return get_format(self.format_name)


RELEASE_RENDERINGS: tuple[ReleaseRendering, ...] = (
    ReleaseRendering("croissant.json", "croissant", croissant.CONFORMS_TO, write_croissant),
    ReleaseRendering("datacite.json", "datacite", datacite.SCHEMA_VERSION, write_datacite),
    ReleaseRendering(ro_crate.METADATA_NAME, "ro-crate", ro_crate.PROFILE, write_ro_crate),
    ReleaseRendering("files.json", "release-package", PACKAGE_PROFILE, write_release_package),
    ReleaseRendering(resource_sync.LIST_PATH, "resource-sync", "",
                     resource_sync.write_resource_list),
)  # fmt: skip
"""Every description of a current release, by its name beside the files."""


def build_graph_links() -> str:
    """Return the links (RFC 8288) to the catalogue as a graph, in each of its formats."""
    return ", ".join(
        f'</{GRAPH_NAME}.{entry.ending}>; rel="alternate"; type="{entry.media_type}"'
        for entry in list_formats("graph")
    )


def locate_rendering(path: str) -> str:
    """Return where a build has the rendering of a path below the hub.

    A name with a dot before it is one of something unfinished in a build.

    >>> locate_rendering(".well-known/resourcesync")
    'catalogue/well-known/resourcesync'
    """
    return f"{CATALOGUE_FOLDER}/{path.removeprefix('.')}"


PROTOCOL_RENDERINGS: tuple[tuple[str, Callable[[Catalogue], bytes]], ...] = (
    (ckan.PATH, ckan.write_ckan_catalogue),
    (oai_pmh.PATH, oai_pmh.write_oai_records),
)
"""What protocols make their answers of, by its path in a build: none has an address."""


def list_site_paths() -> tuple[str, ...]:
    """Return the path of each rendering below the hub."""
    return tuple(rendering.path for rendering in SITE_RENDERINGS)


def list_description_names() -> tuple[str, ...]:
    """Return the name of each description of a release."""
    return tuple(rendering.name for rendering in RELEASE_RENDERINGS)


def build_description_links(dataset: str, version: str) -> list[str]:
    """Return the links (RFC 8288) from a file of a current release, or its page, to these."""
    return [
        f"<{build_path('datasets', dataset, version, rendering.name)}>; "
        f'rel="describedby"; type="{rendering.format.media_type}"; profile="{rendering.profile}"'
        for rendering in RELEASE_RENDERINGS
        if rendering.profile
    ]


def get_description(name: str) -> ReleaseRendering:
    """Return the description of a release by its name; raise KeyError where there is none."""
    return {rendering.name: rendering for rendering in RELEASE_RENDERINGS}[name]


def get_site_rendering(path: str) -> SiteRendering:
    """Return the rendering of a path below the hub; raise KeyError where there is none."""
    return {rendering.path: rendering for rendering in SITE_RENDERINGS}[path]


def iter_renderings(catalogue: Catalogue) -> Iterator[tuple[str, bytes]]:
    """Yield the path of each rendering of a catalogue, and its bytes."""
    for rendering in SITE_RENDERINGS:
        yield rendering.path, rendering.write(catalogue)
    yield from ((path, write(catalogue)) for path, write in PROTOCOL_RENDERINGS)
    for dataset in catalogue.datasets:
        for description in RELEASE_RENDERINGS:
            path = f"datasets/{dataset.name}/{dataset.current.version}/{description.name}"
            yield path, description.write(catalogue, dataset)
