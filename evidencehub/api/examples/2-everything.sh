# Every row of an answer in one file, however many there are
curl -s -o figures.csv 'http://127.0.0.1:8001/api/v1/observations.csv?family=infant-mortality'
