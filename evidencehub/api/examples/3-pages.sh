# A long answer page by page: next is the address of the following page
address='/api/v1/indicators?limit=20'
while [ "$address" ]; do
  answer=$(curl -s "http://127.0.0.1:8001$address")
  echo "$answer" | grep -o '"indicator":"[^"]*"'
  address=$(echo "$answer" | sed -n 's/.*"next": "\([^"]*\)".*"release".*/\1/p')
done
