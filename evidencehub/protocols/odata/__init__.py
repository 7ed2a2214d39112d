"""OData 4, read only: spreadsheets and tools of analysis read the lists of the API."""
