# Every row of an answer in one table, however many there are
import pandas as pd

address = "http://127.0.0.1:8001/api/v1/observations.csv?family=infant-mortality"
figures = pd.read_csv(address, dtype={"ethnicity": str, "sex": str, "age": str})
print(len(figures), "rows")
print(figures.groupby("indicator")["value"].count())
