"""What Frictionless guesses where a descriptor leaves it unsaid, and whether it guesses otherwise.

The hub reads what is unsaid by the standard's defaults. Other programs look at the file and guess,
so a package may pass here and fail there; where the guess differs, the package is judged both ways.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from itertools import islice
from typing import Any

import frictionless

from evidencehub.check.dialects import flatten_dialect
from evidencehub.domain.package import Resource

SAMPLE_LINES = 100  # as many as Frictionless looks at to guess a dialect
SAMPLE_BYTES = 100_000  # as many as Frictionless looks at to guess an encoding
GUESSED_DELIMITERS = ",\t;|"


def is_read_alike(resource: Resource) -> bool:
    """True when Frictionless, left to guess, reads the file by the standard's defaults."""
    descriptor = resource.descriptor
    if "format" not in descriptor and not resource.file.lower().endswith(".csv"):
        return False
    if "encoding" not in descriptor and not _is_utf8_guessed(resource):
        return False
    return _is_dialect_alike(resource, flatten_dialect(descriptor.get("dialect", {})))


def _is_dialect_alike(resource: Resource, dialect: Mapping[str, Any]) -> bool:
    with resource.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        sample = "".join(islice(file, SAMPLE_LINES))
    if sample.startswith(("\r", "\n")):
        return False  # left without a dialect, it takes the line below for the header
    if {"delimiter", "skipInitialSpace"} <= dialect.keys():
        return True
    delimiter = dialect.get("delimiter")
    risky = GUESSED_DELIMITERS[1:] if delimiter is None else ""
    if f"{delimiter or ','} " not in sample and set(risky).isdisjoint(sample):
        return True  # nothing in it that could be guessed otherwise
    return _is_default_sniffed(sample, delimiter)


def _is_default_sniffed(sample: str, delimiter: str | None) -> bool:
    try:
        guess = csv.Sniffer().sniff(sample, delimiter or GUESSED_DELIMITERS)
    except csv.Error:
        return True
    return guess.delimiter == (delimiter or ",") and not guess.skipinitialspace


def _is_utf8_guessed(resource: Resource) -> bool:
    with resource.path.open("rb") as file:
        start = file.read(SAMPLE_BYTES)
    detector = frictionless.Detector()
    return start.isascii() or detector.detect_encoding(start).startswith("utf-8")
