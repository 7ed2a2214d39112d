"""Why a request of SDMX is refused."""

from __future__ import annotations

TEMPLATES = {
    "sdmx/not-found": (
        "No resource of SDMX is at this address. Use {base}/data, {base}/structure or another "
        "resource of the documentation."
    ),
    "sdmx/not-found/artefact": "No {kind} matches “{name}”.",
    "sdmx/not-found/agency": "“{name}” maintains nothing here. Use {agency}.",
    "sdmx/not-found/withdrawn": "“{name}” was withdrawn on {day}: {reason}",
    "sdmx/not-found/data": "No observations match this query of “{name}”.",
    "sdmx/not-found/code": "“{code}” is not a code of {dimension} in “{name}”.",
    "sdmx/not-found/item": "No {name} has the code “{code}”.",
    "sdmx/unknown-parameter": "“{name}” is not a parameter of this resource. Use {allowed}.",
    "sdmx/unknown-parameter/none": "“{name}” is not a parameter: this resource has none.",
    "sdmx/not-offered": "“{name}” is not offered yet. Leave it out to get the data as they stand.",
    "sdmx/not-offered/paging": (
        "“{name}” is not offered. Ask for less with a key or c[…], or for CSV, which has no limit."
    ),
    "sdmx/bad-value": "“{value}” is not a value of “{name}”. Use {choices}.",
    "sdmx/bad-value/count": "“{value}” is not a value of “{name}”. Use a whole number from 1.",
    "sdmx/bad-value/number": "“{value}” is not a number. “{name}” is compared with numbers.",
    "sdmx/bad-value/period": (
        "“{value}” in “{name}” is no time period. Use a year (2020), a month (2020-04), a day, or "
        "a first day and a duration (2020-04-01/P1Y)."
    ),
    "sdmx/bad-key": (
        "The key “{key}” has {count} parts. “{name}” has {wanted} dimensions before the period: "
        "{dimensions}."
    ),
    "sdmx/unknown-component": "“{name}” is not a component of “{flow}”. Use {allowed}.",
    "sdmx/one-dataflow": (
        "A data query is answered for one dataflow at a time, and “{name}” names {count}. "
        "Name one of the list at {base}."
    ),
    "sdmx/too-large": (
        "{count} observations match, and this format is made for up to {maximum}. Ask for "
        "SDMX-CSV ({csv}), which has no limit, or for less."
    ),
    "sdmx/not-acceptable": "None of the formats in the Accept header is available. Use {formats}.",
}
