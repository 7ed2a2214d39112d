"""The Action API of CKAN over the catalogue and the observations of the hub, to read only."""
