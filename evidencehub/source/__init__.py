"""What staff write, read from disk: packages and code lists."""
