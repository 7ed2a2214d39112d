# A long answer page by page, with jq: next is the address of the following page
host='http://127.0.0.1:8001'
address="$host/api/v1/indicators?limit=20"
while [ "$address" ]; do
  curl -s "$address" > page.json
  jq -r '.data[].indicator' page.json
  address=$(jq -r --arg host "$host" '.page.next // empty | sub("^/"; $host + "/")' page.json)
done
