"""pysdmx as a client: both connectors, the registry's client, and messages that it validates."""

import sys
from urllib.request import Request, urlopen

import pandas as pd
from pysdmx.api.dc.pd import PandasConnector
from pysdmx.api.dc.rest import SdmxConnector
from pysdmx.api.fmr import RegistryClient
from pysdmx.errors import NotFound
from pysdmx.io import get_datasets, read_sdmx
from pysdmx.io.format import StructureFormat

FLOW, BASE = "uk-maternal-mortality-rate", f"{sys.argv[1]}/sdmx"
URN = f"Dataflow=HUB:{FLOW}(1.0.0)"

pandas_client = PandasConnector(f"{BASE}/v2")
flows = list(pandas_client.dataflows())
assert len(flows) > 100
flow = pandas_client.dataflow(URN)
table = pandas_client.data(URN)
assert len(table) == flow.obs_count > 10
series = table[[d.id for d in flow.components.dimensions if d.id != "TIME_PERIOD"]]
assert len(series.drop_duplicates()) == flow.series_count
chosen = pandas_client.data(URN, "REF_AREA='GB' AND TIME_PERIOD >= '2015'")
assert 0 < len(chosen) < len(table)
assert set(chosen["REF_AREA"]) == {"GB"}

rest_client = SdmxConnector(f"{BASE}/v2")
assert rest_client.dataflow(URN).series_count == flow.series_count
rows = list(rest_client.data(URN))
assert len(rows) == len(table), rows[:1]
try:
    rest_client.dataflow("Dataflow=HUB:nothing(1.0.0)")
except NotFound:
    pass
else:
    raise AssertionError("a dataflow that is not there was found")

registry = RegistryClient(f"{BASE}/v2", StructureFormat.SDMX_JSON_2_0_0)
schema = registry.get_schema("dataflow", "HUB", FLOW, "1.0.0")
ethnicity = schema.components["ETHNICITY"]
assert "black" in ethnicity.enumeration
assert len(registry.get_dataflows("HUB")) == len(flows)
assert registry.get_codes("HUB", "sex")["F"].name == "Female"


def fetch(path: str, accept: str) -> str:
    with urlopen(Request(f"{BASE}/{path}", headers={"Accept": accept})) as response:
        return response.read().decode()


SDMX = "application/vnd.sdmx."
STRUCTURES = {
    f"{SDMX}structure+xml;version=2.1": f"v1/dataflow/HUB/{FLOW}/latest?references=all",
    f"{SDMX}structure+xml;version=3.0.0": f"v2/structure/dataflow/HUB/{FLOW}/+?references=all",
    f"{SDMX}structure+json;version=2.0.0": f"v2/structure/dataflow/HUB/{FLOW}/+?references=all",
}
DATA = {
    f"{SDMX}genericdata+xml;version=2.1": f"v1/data/{FLOW}",
    f"{SDMX}structurespecificdata+xml;version=2.1": f"v1/data/{FLOW}",
    f"{SDMX}data+csv;version=1.0.0": f"v1/data/{FLOW}",
    f"{SDMX}data+xml;version=3.0.0": f"v2/data/dataflow/HUB/{FLOW}/+",
    f"{SDMX}data+csv;version=2.0.0": f"v2/data/dataflow/HUB/{FLOW}/+",
}
KEY = [d.id for d in flow.components.dimensions]
COMPARED = [*KEY, "OBS_VALUE", "OBS_STATUS", "CONF_STATUS", "CI_LOWER", "SOURCE"]


def normalise(frame):
    """The rows in order, every cell as a text."""
    frame = frame.reindex(columns=COMPARED).astype(object)
    texts = frame.map(lambda cell: "" if pd.isna(cell) else str(cell))
    for name in ("OBS_VALUE", "CI_LOWER"):
        texts[name] = [f"{float(cell):g}" if cell and cell != "nan" else "" for cell in texts[name]]
    return texts.sort_values(KEY).reset_index(drop=True)


messages = {accept: fetch(path, accept) for accept, path in STRUCTURES.items()}
for text in messages.values():
    assert read_sdmx(text, validate=True).get_dataflow(URN).name == flow.name
expected = None
for accept, path in DATA.items():
    version = "3.0.0" if path.startswith("v2") else "2.1"
    structures = messages[f"{SDMX}structure+xml;version={version}"]
    (dataset,) = get_datasets(fetch(path, accept), structures, validate=True)
    frame = normalise(dataset.data)
    expected = frame if expected is None else expected
    assert frame.equals(expected), (accept, frame.compare(expected))
assert len(expected) == len(table)
print(len(flows), len(table), "done")
