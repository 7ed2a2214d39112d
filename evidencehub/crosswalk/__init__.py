"""crosswalk."""
