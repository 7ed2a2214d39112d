# A question that an address cannot hold: this and that, or else, but not
curl -s 'http://127.0.0.1:8001/api/v1/query' -H 'content-type: application/json' -d '{
  "resource": "observations",
  "where": {"and": [
    {"eq": {"family": "infant-mortality"}},
    {"or": [{"gte": {"value": 10}}, {"eq": {"value": null}}]},
    {"not": {"eq": {"ethnicity": "_T"}}}
  ]},
  "fields": ["indicator", "ethnicity_label", "value", "obs_status_label"],
  "sort": ["-value"],
  "limit": 5
}'
