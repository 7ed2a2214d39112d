# Every row of an answer in one table, however many there are
address <- "http://127.0.0.1:8001/api/v1/observations.csv?family=infant-mortality"
figures <- read.csv(address, colClasses = c(ethnicity = "character"))
cat(nrow(figures), "rows\n")
print(table(figures$indicator))
