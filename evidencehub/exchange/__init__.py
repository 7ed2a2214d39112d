"""Packages taken from other hubs and files: what is fetched, checked and kept."""
