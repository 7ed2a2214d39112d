# Every row of an answer in one table, however many there are; codes stay text, as "F" or "NA"
import pandas as pd

address = "http://127.0.0.1:8001/api/v1/observations.csv?family=infant-mortality"
figures = pd.read_csv(address, dtype=str, keep_default_na=False)
figures["value"] = pd.to_numeric(figures["value"])
print(len(figures), "rows")
print(figures.groupby("indicator")["value"].count())
