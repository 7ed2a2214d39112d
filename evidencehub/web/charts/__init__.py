"""web/charts."""
