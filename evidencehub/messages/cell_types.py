"""What the check says of cells that are not of their field's type: code to template, and advice."""

from __future__ import annotations

_NOT_OF_TYPE = "“{cell}” is not {type_name}."
_TYPE_ADVICE = {
    "spreadsheet-error": "This is an error of a spreadsheet. Take the value from the source again.",
    "formula": "This is a formula. Export the values of the sheet, not its formulas.",
    "grouped": (
        "If it is a number in groups of digits, declare the sign between them as `groupChar`."
    ),
    "decimal-comma": "If the comma is a decimal comma, set `decimalChar` of the field to it.",
    "bound": (
        "This is a bound, not a value. List it in `missingValues`, and give it `value_min` or "
        "`value_max` in `marks`; if it hides a small count, mark it as suppressed."
    ),
    "percent": "If the sign is a unit, set `bareNumber` of the field to false.",
    "flagged": (
        "If a flag or an interval stands beside the value, set the field's type to string and "
        "declare `split`, with the meaning of each flag in `marks`."
    ),
    "decimal-point": (
        "A program wrote a whole number with a decimal point. Write it without, or give the field "
        "the type number."
    ),
    "year-point": "A program wrote a year with a decimal point. Write it without: 2024.",
}
"""What to do about a cell that is not of its type, by what it looks like."""
TEMPLATES = {
    "structure/type": _NOT_OF_TYPE,
    "structure/type/fix": (
        "Correct the cell. If it marks a missing value, list it in `missingValues` and give its "
        "meaning in `marks`."
    ),
    **{f"structure/type/{hint}": _NOT_OF_TYPE for hint in _TYPE_ADVICE},
    **{f"structure/type/{hint}/fix": advice for hint, advice in _TYPE_ADVICE.items()},
}
