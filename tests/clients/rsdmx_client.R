# rsdmx: the list of dataflows, data by a key, and the labels that a data structure gives them
library(rsdmx)
base <- paste0(commandArgs(TRUE)[1], "/sdmx/v1")
flow <- "uk-maternal-mortality-rate"
flows <- as.data.frame(readSDMX(paste0(base, "/dataflow/HUB/all/latest")))
stopifnot(nrow(flows) > 100)
rows <- as.data.frame(readSDMX(paste0(base, "/data/", flow, "/all/all/?startPeriod=2015")))
stopifnot(nrow(rows) > 5, all(rows$OBS_STATUS == "A"))
addSDMXServiceProvider(SDMXServiceProvider(
  agencyId = "HUB", name = "Evidence hub",
  builder = SDMXREST21RequestBuilder(regUrl = base, repoUrl = base, compliant = TRUE)
))
data <- readSDMX(providerId = "HUB", resource = "data", flowRef = flow, key = "GB.black...",
                 start = 2015, dsd = TRUE)
table <- as.data.frame(data, labels = TRUE)
stopifnot(nrow(table) > 0, all(table$ETHNICITY_label.en == "Black"))
cat(nrow(flows), nrow(rows), "done\n")
