"""What reading a package and understanding its columns say: code to template, and what to do."""

from __future__ import annotations

_FIELD_NAME = "Use a field name exactly as it is in the schema."
_SAY_DIMENSION = (
    "Write _T for all people together, or give the cell its meaning in the field's `map`."
)
TEMPLATES = {
    "metadata/name-taken": "{other} has the same name as {folder}.",
    "metadata/name-taken/fix": (
        "A dataset keeps its name permanently. Rename one of the two folders."
    ),
    "structure/descriptor/link": "The descriptor is a symbolic link.",
    "structure/descriptor/link/fix": "Put the file itself in the folder.",
    "structure/descriptor/size": "The descriptor is larger than 5 MB.",
    "structure/descriptor/size/fix": "Move the data into CSV files.",
    "structure/descriptor/missing": "The descriptor is missing.",
    "structure/descriptor/missing/fix": (
        "Every dataset folder needs one. `python build.py new NAME` creates it."
    ),
    "structure/descriptor/unreadable": "The descriptor cannot be read ({error}).",
    "structure/descriptor/unreadable/fix": (
        "Check that you have permission to read the folder and its files."
    ),
    "structure/descriptor/byte-order-mark": (
        "The descriptor begins with a byte order mark, which JSON does not allow."
    ),
    "structure/descriptor/byte-order-mark/fix": "Save the file as UTF-8 without a signature (BOM).",
    "structure/descriptor/encoding": "The descriptor is not UTF-8 text.",
    "structure/descriptor/encoding/fix": "Save the file as UTF-8.",
    "structure/descriptor/nesting": "The descriptor is nested too deeply.",
    "structure/descriptor/nesting/fix": "Simplify its structure.",
    "structure/descriptor/json": "The descriptor is not valid JSON: {error}.",
    "structure/descriptor/json/fix": "Correct it at the position given.",
    "structure/descriptor/json-value": "The descriptor is not valid JSON: {error}.",
    "structure/descriptor/json-value/fix": "Search the descriptor for it, and correct it.",
    "structure/descriptor/not-object": "The descriptor is not a JSON object.",
    "structure/descriptor/not-object/fix": "It must start with {{ and end with }}.",
    "structure/descriptor/no-resources": "The descriptor lists no resources.",
    "structure/descriptor/no-resources/fix": "List each CSV file in `resources`.",
    "structure/descriptor/resource": "A resource in the descriptor is not an object.",
    "structure/descriptor/resource/fix": 'Write it as {{"name": …, "path": …}}.',
    "structure/descriptor/resource-name": "A resource has no name.",
    "structure/descriptor/resource-name/fix": "Give it a short name in lower case.",
    "structure/path/not-one-file": "“{name}” does not refer to a single CSV file.",
    "structure/path/not-one-file/fix": (
        "Put all its rows in one file in the folder, and give the file name in `path`."
    ),
    "structure/path/long": "The path of a file has more than {limit} bytes.",
    "structure/path/long/fix": "Give the file a shorter name.",
    "structure/path/web": "“{path}” is a web address.",
    "structure/path/web/fix": (
        "Put a copy of the file in the folder, and give the web address as a source."
    ),
    "structure/path/outside": "“{path}” is outside the dataset's folder.",
    "structure/path/outside/fix": "Use a file inside the dataset's folder.",
    "structure/path/compressed": "“{path}” is compressed.",
    "structure/path/compressed/fix": "Decompress it. The hub creates compressed files itself.",
    "structure/path/link": "“{path}” is a symbolic link, or its path includes one.",
    "structure/path/link/fix": "Put the file itself in the folder.",
    "structure/path/hard-link": "“{path}” is a hard link to a file outside the dataset's folder.",
    "structure/path/hard-link/fix": "Put a copy of the file in the folder.",
    "structure/path/not-file": "“{path}” is not a file.",
    "structure/path/not-file/fix": "Give the name of a CSV file.",
    "structure/path/missing": "“{path}” is missing.",
    "structure/path/missing/fix": "Add the file, or correct its name.",
    "structure/path/unreadable": "“{path}” cannot be read ({error}).",
    "structure/path/unreadable/fix": "Check that you have permission to read it.",
    "structure/path/size": "“{path}” is {size:.1f} {unit}; the limit is {limit:.0f} {unit}.",
    "structure/path/size/fix": "Split it into several resources, or shorten it.",
    "structure/annotation/constant": "The constant for {concept} is not a single value.",
    "structure/annotation/constant/fix": "Enter one code.",
    "structure/annotation/field": "“{field}” is not a field of {resource}.",
    "structure/annotation/field/fix": _FIELD_NAME,
    "structure/annotation/codelist": "“{codelist}” is not a code list.",
    "structure/annotation/codelist/fix": (
        "Use a list from codes/ or one that the package declares in hub.lists."
    ),
    "structure/annotation/period": "“{period}” is not a type of period.",
    "structure/annotation/period/fix": "Use {kinds}.",
    "structure/annotation/number": (
        "“{field}” has the concept {concept} but is not declared as a number."
    ),
    "structure/annotation/number/fix": (
        "Set the field's type to number or integer, and list its markers in missingValues."
    ),
    "structure/annotation/whole-number": (
        "“{field}” has the concept {concept} but is not declared as a whole number."
    ),
    "structure/annotation/whole-number/fix": "Set the field's type to integer.",
    "structure/annotation/scheme": "hub map: “{value}” has no classification (scheme).",
    "structure/annotation/scheme/fix": (
        "Give the scheme with {concept}, or as a constant of the table."
    ),
    "structure/annotation/value": "“{value}” is not valid for {concept}.",
    "structure/annotation/value/fix": "Enter a {kind}, without quotation marks.",
    "structure/annotation/condition": "hub.{location}.where names “{field}”, which is not a field.",
    "structure/annotation/condition/fix": _FIELD_NAME,
    "structure/annotation/idle-key": "`{key}` has no effect on a column of {concept}.",
    "structure/annotation/idle-key/fix": (
        "Delete it. Numbers have `marks`, `split` and `map`, codes `map`, `codelist` and `level`, "
        "periods `map` and `period`."
    ),
    "structure/annotation/idle-mark": (
        "The mark “{mark}” of “{field}” can never apply: it is not among `missingValues`."
    ),
    "structure/annotation/idle-mark/fix": (
        "Add it to `missingValues` of the field, or delete the mark."
    ),
    "structure/annotation/double": "“{first}” and “{second}” both have the concept {concept}.",
    "structure/annotation/double/fix": (
        "Use one entry of `measures` for each, or set the concept of one of them to `none`."
    ),
    "structure/annotation/margin-level": (
        "The table has a margin of error but no confidence level (ci_level)."
    ),
    "structure/annotation/margin-level/fix": (
        "Add `ci_level` to the constants of the table, as the source states it (often 90 or 95)."
    ),
    "structure/annotation/split": (
        "“{field}” has `split` or a `map` from words to numbers but is not a text."
    ),
    "structure/annotation/split/fix": "Set the field's type to string.",
    "structure/annotation/concept": "{location}: “{concept}” is not a concept for the role {role}.",
    "structure/annotation/concept/fix": "Use one of {concepts}.",
    "structure/concept-missing": "{resource} has no {concept}.",
    "structure/concept-missing/fix": (
        "Add a column {concept}, or declare which column has this concept in its `hub` object."
    ),
    "codes/unknown-code/dimension": "“{text}” is not a code in the form list=code.",
    "codes/unknown-code/dimension/fix": "Use list=code, for example toy-deprivation=1.",
    "codes/unknown-code/white-space": "“{text}” has white space before or after it.",
    "codes/unknown-code/white-space/fix": "Delete it: then it is in {codelist}.",
    "codes/unknown-code/date": "“{text}” is not in {codelist}: a spreadsheet made a date of it.",
    "codes/unknown-code/date/fix": (
        "Write {range}, and let the spreadsheet treat the column as text."
    ),
    "codes/unknown-code/lost-zero": (
        "“{text}” is not in {codelist}: a spreadsheet took a zero away."
    ),
    "codes/unknown-code/lost-zero/fix": (
        "Did you mean {code} ({label})? Let the spreadsheet treat the column as text."
    ),
    "codes/unknown-code/total": "“{text}” is not in {codelist}.",
    "codes/unknown-code/total/fix": (
        "If the row is about all together, write _T or map the text to it."
    ),
    "codes/unknown-code/similar": "“{text}” is not in {codelist}.",
    "codes/unknown-code/similar/fix": "Did you mean {suggestions}?",
    "codes/unknown-code/long-list": "“{text}” is not in {codelist}.",
    "codes/unknown-code/long-list/fix": "Use a code or label from {title}.",
    "codes/unknown-code/short-list": "“{text}” is not in {codelist}.",
    "codes/unknown-code/short-list/fix": "Use one of {codes}.",
    "codes/indicator-group": "“{text}” is not a category of a classification.",
    "codes/indicator-group/unused": (
        "{group} has no observation of this indicator, so nothing can be told of it."
    ),
    "codes/unknown-group": "“{text}” is not a group in the form scheme:code.",
    "codes/unknown-group/fix": "Use scheme:code, for example ew-census-2021:1.",
    "codes/ambiguous-label": "“{text}” could be {codes} in {codelist}.",
    "codes/ambiguous-label/fix": (
        "Use the code instead of the label, or declare the level in the descriptor."
    ),
    "codes/unmapped": "“{text}” is not in the map of {concept}.",
    "codes/unmapped/fix": "Add it to the map in the descriptor. The map has {suggestions}.",
    "values/period": "“{text}” could mean more than one period.",
    "values/period/fix": (
        "Write 2024, 2024-03, 2024-Q1 or 2024-04/2025-03. If it is a year of another kind, declare "
        "`period` of the field: years, financial-year (from April), financial-year-july, "
        "financial-year-october or school-year."
    ),
    "values/split/no-number": "“{text}” has no number.",
    "values/split/no-number/fix": (
        "Correct the cell. If it stands for a missing value, give its meaning in `marks`; if it is "
        "a word for a number, give the number in `map`."
    ),
    "values/split/unknown-flag": "“{flag}” in “{text}” has no meaning in `marks`.",
    "values/split/unknown-flag/fix": (
        "Add it to `marks` with what the source says of it. If it makes the number a bound, give "
        "the whole cell a meaning."
    ),
    "values/split/conflict": "The flags in “{text}” contradict each other.",
    "values/split/conflict/fix": "Give the flags that stand together a meaning of their own.",
    "values/contradiction": "{concept} is “{first}” by {source} but “{second}” here.",
    "values/contradiction/fix": (
        "Correct one of them. If the column does not hold {concept}, set its concept to `none`."
    ),
    "values/blank-dimension": "“{text}” does not say which {concept} the row is about.",
    "values/blank-dimension/empty": "The cell does not say which {concept} the row is about.",
    "values/blank-dimension/empty/fix": _SAY_DIMENSION,
    "values/blank-dimension/fix": _SAY_DIMENSION,
    "structure/annotation/not-a-code": (
        "“{field}” has the name of the concept {concept}, but holds numbers."
    ),
    "structure/annotation/not-a-code/fix": (
        "If the column holds something else, set the concept of the field to `none`. If it holds "
        "codes, set its type to string."
    ),
    "values/date": "“{text}” is not a valid date.",
    "values/date/fix": "Write it as 2024-03-31, 2024-03 or 2024.",
    "values/required": "The cell is empty.",
    "values/required/fix": "Enter a value. Use _T for all people together.",
}
