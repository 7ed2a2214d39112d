"""OAI-PMH 2.0 over the catalogue of the hub."""
