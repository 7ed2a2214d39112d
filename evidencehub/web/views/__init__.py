"""web/views."""
