# A question that an address cannot hold: this and that, or else, but not
import json
from urllib.request import Request, urlopen

question = {
    "resource": "observations",
    "where": {
        "and": [
            {"eq": {"family": "infant-mortality"}},
            {"or": [{"gte": {"value": 10}}, {"eq": {"value": None}}]},
            {"not": {"eq": {"ethnicity": "_T"}}},
        ]
    },
    "fields": ["indicator", "ethnicity_label", "value", "obs_status_label"],
    "sort": ["-value"],
    "limit": 5,
}
request = Request(
    "http://127.0.0.1:8001/api/v1/query",
    data=json.dumps(question).encode(),
    headers={"content-type": "application/json"},
)
with urlopen(request) as answer:
    for row in json.load(answer)["data"]:
        print(row)
