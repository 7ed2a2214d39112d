"""sdmx1 with SDMX 2.1: structures, generic and structure-specific data, keys and periods."""

import sys

import pandas as pd
import sdmx

FLOW = "uk-maternal-mortality-rate"
sdmx.add_source(
    {
        "id": "HUB",  # sdmx1 takes it for the agency
        "name": "Evidence hub",
        "url": f"{sys.argv[1]}/sdmx/v1",
        "supports": {"preview": True, "structure-specific data": True},
    }
)
hub = sdmx.Client("HUB")

flows = hub.dataflow().dataflow
assert len(flows) > 100, len(flows)
message = hub.dataflow(FLOW)
structure = message.structure[FLOW]
assert [d.id for d in structure.dimensions][:2] == ["REF_AREA", "ETHNICITY"]
assert message.codelist["mbrrace-broad"]["black"].name.localized_default("en") == "Black"
census = hub.codelist("ew-census-2021").codelist["ew-census-2021"]
assert census["1"].parent is census["G1"]

generic = hub.data(FLOW)
values = sdmx.to_pandas(generic)
assert len(values) == len(generic.data[0].obs) > 10
specific = hub.data(FLOW, dsd=structure)
assert type(specific.data[0]).__name__.startswith("StructureSpecific"), type(specific.data[0])
sort = {"level": list(values.index.names)}
pd.testing.assert_series_equal(
    sdmx.to_pandas(specific).reorder_levels(values.index.names).sort_index(), values.sort_index()
)

black = sdmx.to_pandas(hub.data(FLOW, key={"ETHNICITY": ["black"]}, params={"startPeriod": "2015"}))
assert set(black.index.get_level_values("ETHNICITY")) == {"black"}
assert len(black) < len(values)
keys = hub.data(FLOW, params={"detail": "serieskeysonly"}).data[0]
assert len(keys.series) == len(generic.data[0].series)
assert not keys.obs

draft = {"Accept": "application/vnd.sdmx.data+json;version=1.0.0-wd"}
table = sdmx.to_pandas(hub.data(FLOW, headers=draft), attributes="o")
assert sorted(table["value"]) == sorted(values)
assert set(table["OBS_STATUS"].astype(str)) == {"A"}

suppressed = hub.data("teaching-town-fall-admission-rate-synthetic")
statuses = {o.attached_attribute["OBS_STATUS"].value for o in suppressed.data[0].obs}
assert "Q" in statuses, statuses
missing = [o for o in suppressed.data[0].obs if o.attached_attribute["OBS_STATUS"].value == "Q"]
assert all(o.value is None for o in missing)
print(len(flows), len(values), "done")
