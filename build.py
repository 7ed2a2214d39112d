#!/usr/bin/env python3
"""Check datasets, build the hub, serve it: `python build.py --help` tells more."""

from evidencehub.cli import main

if __name__ == "__main__":
    main()
