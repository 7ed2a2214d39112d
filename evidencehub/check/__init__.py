"""The gate: structure by Frictionless' own readers, then the hub's rules."""
