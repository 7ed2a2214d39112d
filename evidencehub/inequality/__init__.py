"""Measures: pure arithmetic on arrays of figures. Nothing is read or written here."""
