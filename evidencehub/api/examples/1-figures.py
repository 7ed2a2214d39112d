# Three figures of one indicator, with the labels of their codes
import json
from urllib.request import urlopen

address = "http://127.0.0.1:8001/api/v1/observations?indicator=uk-maternal-mortality-rate&limit=3"
with urlopen(address) as answer:
    told = json.load(answer)
print(told["page"]["total"], "figures in all")
for row in told["data"]:
    print(row["period_start"], row["ethnicity_label"], row["value"], row["unit_label"])
