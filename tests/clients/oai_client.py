"""sickle harvests a hub; prints what it read as JSON. Argument: the address of the hub."""

from __future__ import annotations

import json
import sys

from sickle import Sickle
from sickle.oaiexceptions import BadArgument, BadResumptionToken, IdDoesNotExist, NoRecordsMatch


def find_error(hub: Sickle, verb: str, **arguments: str) -> str:
    """The class of the error that sickle raises."""
    try:
        getattr(hub, verb)(**arguments)
    except (BadArgument, BadResumptionToken, IdDoesNotExist, NoRecordsMatch) as error:
        return type(error).__name__
    return ""


hub = Sickle(f"{sys.argv[1]}/oai", encoding="utf-8")
posting = Sickle(f"{sys.argv[1]}/oai", http_method="POST")
records = list(hub.ListRecords(metadataPrefix="oai_dc"))
print(
    json.dumps(
        {
            "name": hub.Identify().repositoryName,
            "formats": [item.metadataPrefix for item in hub.ListMetadataFormats()],
            "sets": [item.setSpec for item in hub.ListSets()],
            "titles": {r.header.identifier: r.metadata["title"][0] for r in records},
            "graphs": len(list(hub.ListRecords(metadataPrefix="dcat_ap"))),
            "posted": [
                h.identifier for h in posting.ListIdentifiers(metadataPrefix="oai_datacite")
            ],
            "since": len(
                list(hub.ListIdentifiers(**{"metadataPrefix": "oai_dc", "from": "2020-01-01"}))
            ),
            "errors": [
                find_error(hub, "ListRecords"),
                find_error(hub, "GetRecord", identifier="x", metadataPrefix="oai_dc"),
                find_error(hub, "ListRecords", metadataPrefix="oai_dc", until="2001-01-01"),
                find_error(hub, "ListRecords", resumptionToken="x"),
            ],
        }
    )
)
