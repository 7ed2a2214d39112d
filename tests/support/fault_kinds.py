"""Ways in which a table is spoilt on its way into a package: one fault each, put into real tables.

A kind takes the rows of a table, its header first, and changes them, or gives the bytes of the file
as somebody's program would have left them. It says False where the table has no place for it.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator, Sequence

Rows = list[list[str]]
RowFault = Callable[[Rows, random.Random], bool]
FileFault = Callable[[bytes], bytes]


def read_rows(data: bytes) -> Rows:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def write_rows(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def find_cells(rows: Rows, *names: str) -> Iterator[tuple[list[str], int]]:
    """The cells of these columns that are not empty, as a row and a position in it."""
    positions = [rows[0].index(name) for name in names if name in rows[0]]
    for row in rows[1:]:
        yield from ((row, at) for at in positions if at < len(row) and row[at])


def change_cell(change: Callable[[str], str], *names: str) -> RowFault:
    """The kind that changes one cell of a column, drawn by lot among those that it does change."""

    def spoil(rows: Rows, rng: random.Random) -> bool:
        cells = [(row, at) for row, at in find_cells(rows, *names) if change(row[at]) != row[at]]
        if not cells:
            return False
        row, at = rng.choice(cells)
        row[at] = change(row[at])
        return True

    return spoil


def repeat_row(rows: Rows, rng: random.Random) -> bool:
    rows.append(list(rng.choice(rows[1:])))
    return True


def repeat_key(rows: Rows, rng: random.Random) -> bool:
    """A row with the key of another and a value of its own."""
    row = list(rng.choice(rows[1:]))
    row[rows[0].index("value")] = "0.123"
    rows.append(row)
    return True


def shift_row(rows: Rows, rng: random.Random) -> bool:
    row = rng.choice(rows[1:])
    row[:] = ["", *row[:-1]]
    return True


def cut_row(rows: Rows, rng: random.Random) -> bool:
    row = rng.choice(rows[1:])
    del row[len(row) // 2 :]
    return True


def widen_row(rows: Rows, rng: random.Random) -> bool:
    rng.choice(rows[1:]).append("extra")
    return True


def drop_column(rows: Rows, rng: random.Random) -> bool:
    at = rng.randrange(len(rows[0]))
    for row in rows:
        del row[at]
    return True


def rename_column(rows: Rows, rng: random.Random) -> bool:
    at = rng.randrange(len(rows[0]))
    rows[0][at] = f"{rows[0][at]} (2)"
    return True


def swap_names(rows: Rows, rng: random.Random) -> bool:
    first, second = rng.sample(range(len(rows[0])), 2)
    rows[0][first], rows[0][second] = rows[0][second], rows[0][first]
    return True


def repeat_header(rows: Rows, rng: random.Random) -> bool:
    rows.insert(rng.randrange(2, len(rows) + 1), list(rows[0]))
    return True


def add_note(rows: Rows, _: random.Random) -> bool:
    rows.append(["Source: own calculation.", *[""] * (len(rows[0]) - 1)])
    return True


def add_blank_column(rows: Rows, _: random.Random) -> bool:
    for number, row in enumerate(rows):
        row.append("" if number else "Unnamed: 0")
    return True


def swap_limits(rows: Rows, rng: random.Random) -> bool:
    if "ci_lower" not in rows[0]:
        return False
    lower, upper = rows[0].index("ci_lower"), rows[0].index("ci_upper")
    whole = [row for row in rows[1:] if row[lower] and row[upper] and row[lower] != row[upper]]
    if not whole:
        return False
    row = rng.choice(whole)
    row[lower], row[upper] = row[upper], row[lower]
    return True


def exceed_denominator(rows: Rows, rng: random.Random) -> bool:
    if not {"numerator", "denominator"} <= set(rows[0]):
        return False
    above, below = rows[0].index("numerator"), rows[0].index("denominator")
    whole = [row for row in rows[1:] if row[above] and row[below]]
    if not whole:
        return False
    row = rng.choice(whole)
    row[above], row[below] = row[below], row[above]
    return True


def suppress_and_tell(rows: Rows, rng: random.Random) -> bool:
    """A row that says that it is suppressed, and tells its value."""
    if "obs_status" not in rows[0]:
        return False
    status, value = rows[0].index("obs_status"), rows[0].index("value")
    told = [row for row in rows[1:] if row[value]]
    rng.choice(told)[status] = "Q"
    return True


def lose_value(rows: Rows, rng: random.Random) -> bool:
    """A value that is gone, and nothing that says why."""
    value = rows[0].index("value")
    status = rows[0].index("obs_status") if "obs_status" in rows[0] else None
    rng.choice([row for row in rows[1:] if row[value]])[value] = ""
    return status is None


def _group_wrongly(text: str) -> str:
    return f"{text[:1]},{text[1:]}" if text.isdigit() and len(text) == 3 else text


def _spoil_letters(text: str) -> str:
    broken = text.encode().decode("latin-1")
    return broken if broken != text else text


ROW_FAULTS: dict[str, RowFault] = {
    "decimal comma": change_cell(lambda t: t.replace(".", ","), "value", "ci_lower"),
    "percent sign": change_cell(lambda t: f"{t}%", "value"),
    "less than": change_cell(lambda t: f"<{t}", "value", "numerator"),
    "a flag beside a value": change_cell(lambda t: f"{t} [r]", "value"),
    "an interval in the cell": change_cell(lambda t: f"{t} (1.0 to 2.0)", "value"),
    "an error of a spreadsheet": change_cell(lambda _: "#DIV/0!", "value"),
    "a formula": change_cell(lambda t: f"=A1+{t}", "value"),
    "not a number": change_cell(lambda _: "NaN", "value"),
    "without end": change_cell(lambda _: "inf", "value"),
    "beyond every number": change_cell(lambda _: "1e999", "value"),
    "a letter O": change_cell(lambda t: t.replace("0", "O"), "value", "numerator"),
    "a minus of typesetters": change_cell(lambda t: f"\u2212{t}", "value"),
    "a negative count": change_cell(lambda t: f"-{t}", "numerator", "denominator"),
    "a count in parts": change_cell(lambda t: f"{t}.5", "numerator", "denominator"),
    "misplaced group sign": change_cell(_group_wrongly, "numerator", "denominator", "value"),
    "a word for a value": change_cell(lambda _: "low", "value"),
    "an unknown group": change_cell(lambda t: f"{t}x", "ethnicity", "ethnic_group"),
    "no group": change_cell(lambda _: "", "ethnicity"),
    "an unknown area": change_cell(lambda t: f"{t}9", "area"),
    "an unknown indicator": change_cell(lambda t: f"{t}-2", "indicator"),
    "an unknown scheme": change_cell(lambda t: f"{t}-x", "scheme"),
    "an unknown sex": change_cell(lambda _: "X", "sex"),
    "an age that became a date": change_cell(lambda _: "05-Nov", "age"),
    "an unknown status": change_cell(lambda _: "Z9", "obs_status"),
    "an unknown level": change_cell(lambda _: "Z", "verification"),
    "an unknown source": change_cell(lambda t: f"{t}-2", "source"),
    "a period backwards": change_cell(
        lambda t: "/".join(reversed(t.split("/"))) if "/" in t else t, "period"
    ),
    "a month too many": change_cell(lambda t: f"{t[:4]}-13", "period", "period_start"),
    "a year of three digits": change_cell(lambda t: t[1:], "period", "period_end", "year"),
    "a control character": change_cell(lambda t: f"{t[:2]}\x07{t[2:]}", "note", "read_from"),
    "a direction that turns": change_cell(lambda t: f"{t}\u202e", "note", "read_from"),
    "letters read twice": change_cell(_spoil_letters, "note"),
    "a row twice": repeat_row,
    "a key twice": repeat_key,
    "a row that slipped": shift_row,
    "a row cut off": cut_row,
    "a row too wide": widen_row,
    "a column lost": drop_column,
    "a column renamed": rename_column,
    "two names exchanged": swap_names,
    "a header in the middle": repeat_header,
    "a note below": add_note,
    "a column of an index": add_blank_column,
    "limits exchanged": swap_limits,
    "more cases than people": exceed_denominator,
    "suppressed and told": suppress_and_tell,
    "a value lost": lose_value,
}
FILE_FAULTS: dict[str, FileFault] = {
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "another code page": lambda data: f"{data.decode()}é\n".encode("cp1252"),
    "semicolons": lambda data: data.replace(b",", b";"),
    "tabs": lambda data: data.replace(b",", b"\t"),
    "a workbook": lambda data: b"PK\x03\x04" + data,
    "a page of HTML": lambda data: b"<!DOCTYPE html><html><body>" + data,
    "cut in the middle": lambda data: data[: len(data) // 2],
    "an open quote": lambda data: data[:-1] + b',"open\n',
    "null bytes": lambda data: data[:200] + b"\x00" + data[200:],
    "nothing": lambda _: b"",
    "a header alone": lambda data: data.partition(b"\n")[0] + b"\n",
    "a title above": lambda data: b"Table 1: values\n\n" + data,
    "half a character": lambda data: data[:-1] + b"\xff\xfe\n",
    "merge marks": lambda data: b"<<<<<<< HEAD\n" + data,
}


def spoil_table(data: bytes, kind: str, rng: random.Random) -> bytes | None:
    """The bytes of a table with a fault of this kind; None where there is no place for one."""
    if kind in FILE_FAULTS:
        return FILE_FAULTS[kind](data)
    rows = read_rows(data)
    return write_rows(rows) if ROW_FAULTS[kind](rows, rng) else None


KINDS: Sequence[str] = (*ROW_FAULTS, *FILE_FAULTS)
