"""The partner API: resources, query parsing, response envelope, OpenAPI."""
