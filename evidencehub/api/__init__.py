"""The partner API: a table of resources, one strict question, one builder of SQL, four formats."""
