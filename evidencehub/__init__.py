"""The evidence hub: checks data packages, loads them into SQLite and serves them."""
