"""Foreign dialects: each parses its requests into the logical query, and answers in its formats."""
