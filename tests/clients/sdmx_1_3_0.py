"""sdmx1 with SDMX 3.0: structures and data, by wildcards of context and version."""

import sys

import sdmx

FLOW = "uk-maternal-mortality-rate"
sdmx.add_source(
    {"id": "HUB", "name": "Evidence hub", "url": f"{sys.argv[1]}/sdmx/v2", "versions": ["3.0.0"]}
)
hub = sdmx.Client("HUB")
assert len(hub.dataflow().dataflow) > 100
message = hub.dataflow(FLOW, params={"references": "all"})
structure = message.structure[FLOW]
assert structure.dimensions.get("ETHNICITY").local_representation.enumerated is not None
assert message.codelist["mbrrace-broad"]["black"].name.localized_default("en") == "Black"
values = sdmx.to_pandas(hub.data(FLOW, dsd=structure))
assert len(values) > 10
assert "MBRRACE_DEPRIVATION_FIFTH" in values.index.names
print(len(values), "done")
