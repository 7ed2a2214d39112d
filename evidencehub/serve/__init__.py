"""Pure functions behind the plugins: what to refuse, what a page shows."""
