# A long answer page by page: next is the address of the following page
library(jsonlite)  # once: install.packages("jsonlite")
home <- "http://127.0.0.1:8001"
following <- "/api/v1/indicators?limit=20"
found <- character()
while (!is.null(following)) {
  told <- fromJSON(paste0(home, following))
  found <- c(found, told$data$indicator)
  following <- told$page$`next`
}
cat(length(found), "of", told$page$total, "indicators\n")
