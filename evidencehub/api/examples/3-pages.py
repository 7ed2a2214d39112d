# A long answer page by page: next is the address of the following page
import json
from urllib.parse import urljoin
from urllib.request import urlopen

address = "http://127.0.0.1:8001/api/v1/indicators?limit=20"
found = []
while address:
    with urlopen(address) as answer:
        told = json.load(answer)
    found += told["data"]
    following = told["page"]["next"]
    address = urljoin(address, following) if following else None
print(len(found), "of", told["page"]["total"], "indicators")
