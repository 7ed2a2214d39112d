# A question that an address cannot hold: this and that, or else, but not
library(httr2)  # once: install.packages("httr2")
question <- list(
  resource = "observations",
  where = list(and = list(
    list(eq = list(family = "infant-mortality")),
    list(gte = list(value = 10)),
    list(not = list(eq = list(ethnicity = "_T")))
  )),
  fields = list("indicator", "ethnicity_label", "value"),
  sort = list("-value"),
  limit = 5L
)
answer <- request("http://127.0.0.1:8001/api/v1/query") |>
  req_body_json(question) |>
  req_perform() |>
  resp_body_json(simplifyVector = TRUE)
print(answer$data)
