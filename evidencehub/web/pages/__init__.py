"""The public site: a function for each page, from the database to what its template shows."""
