"""pyjstat reads the list of datasets, and every dataset with as many values as the hub's CSV."""

import csv
import io
import json
import sys
from urllib.request import urlopen

from pyjstat import pyjstat

BASE = sys.argv[1]
MEASURES = ("value", "value_min", "value_max", "ci_lower", "ci_upper", "se", "numerator")


def fetch(path: str) -> str:
    with urlopen(BASE + path) as response:
        return response.read().decode()


collection = json.loads(fetch("/sdmx/jsonstat"))
assert collection["class"] == "collection"
items = collection["link"]["item"]
assert len(items) > 100
for item in items[:: len(items) // 12]:
    dataset = pyjstat.Dataset.read(BASE + item["href"])
    table = dataset.write("dataframe", naming="id").dropna(subset=["value"])
    name = item["href"].rpartition("/")[2]
    rows = list(csv.DictReader(io.StringIO(fetch(f"/api/v1/observations.csv?indicator={name}"))))
    for measure in MEASURES:
        published = sorted(float(row[measure]) for row in rows if row[measure])
        column = "OBS_VALUE" if measure == "value" else measure.upper()
        told = sorted(map(float, table.loc[table["MEASURE"] == column, "value"]))
        assert told == published, (name, measure)
    assert len(dataset["status"]) == len(rows)
print(len(items), "done")
