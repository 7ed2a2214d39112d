"""SDMX REST, versions 1.5 and 2: dataflows are the indicators of the hub."""
