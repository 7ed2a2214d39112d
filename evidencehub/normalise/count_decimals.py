"""Counts have no decimals, whatever the program that stored them wrote: `12642.0` is 12,642."""

from __future__ import annotations

from collections.abc import Container

from evidencehub.domain.columns import Cell, HubChunk, encode_cells


def drop_decimals_of_counts(chunk: HubChunk, counts: Container[Cell]) -> HubChunk:
    """Return the observations, where whole values of the indicators `counts` have no decimals."""
    columns = chunk.columns
    if not any(columns["decimals"].values):
        return chunk
    cells = zip(*(columns[name] for name in ("indicator", "value", "decimals")), strict=True)
    decimals = encode_cells(
        0 if decimals and indicator in counts and value is not None and value == int(value)
        else decimals
        for indicator, value, decimals in cells
    )  # fmt: skip
    return HubChunk(
        chunk.role, chunk.file, chunk.rows, {**columns, "decimals": decimals}, chunk.unmapped
    )
