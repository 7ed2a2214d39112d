# Three figures of one indicator, with the labels of their codes
library(jsonlite)  # once: install.packages("jsonlite")
address <- "http://127.0.0.1:8001/api/v1/observations?indicator=uk-maternal-mortality-rate&limit=3"
told <- fromJSON(address)
cat(told$page$total, "figures in all\n")
print(told$data[, c("period_start", "ethnicity_label", "value", "unit_label")])
