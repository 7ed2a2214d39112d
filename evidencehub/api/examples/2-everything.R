# Every row of an answer in one table, however many there are; codes stay text, as "F" or "NA"
address <- "http://127.0.0.1:8001/api/v1/observations.csv?family=infant-mortality"
figures <- read.csv(address, colClasses = "character", na.strings = "")
figures$value <- as.numeric(figures$value)
cat(nrow(figures), "rows\n")
print(table(figures$indicator))
