"""The hub's own rules, one module for each subject."""
