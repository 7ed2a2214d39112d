"""Identifiers of the hub as SDMX allows them, and back: nothing is lost or joined.

A code has letters, digits, `_`, `-`, `@` and `$` (IDType of the schemas of SDMX): every other
character is written as `$` and two hexadecimal digits for each of its bytes, and `@` stands between
a list and its code. The name of an artefact begins with a letter and has neither `@` nor `$`
(NCNameIDType): there `_` does for `$`, and two of them stand between a dataflow and a dimension.
"""

from __future__ import annotations

import re
from functools import lru_cache

NOT_BROKEN_DOWN = "_Z"
"""The code of a dimension by which a row is not broken down: “not applicable” in SDMX."""
OWN_LIST = "__"
_FOREIGN_IN_NAME = re.compile(r"[^A-Za-z0-9-]")
_FOREIGN_CHARACTER = re.compile(r"[^A-Za-z0-9_-]")
_ESCAPES = re.compile(r"(?:\$[0-9A-F]{2})+")
_COMPONENT_CHARACTER = re.compile(r"[^A-Z0-9]+")
AGENCY_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z0-9_-]*)*")


@lru_cache(maxsize=20_000)
def encode_id(text: str) -> str:
    """Return an identifier of the hub as one of SDMX.

    >>> encode_id("18+"), encode_id("ew-census-2021"), encode_id("16:1")
    ('18$2B', 'ew-census-2021', '16$3A1')
    """
    return _FOREIGN_CHARACTER.sub(lambda match: _escape(match[0]), text)


def decode_id(text: str) -> str:
    """Return the identifier of the hub that `encode_id` has written so.

    >>> decode_id("18$2B"), decode_id("M$C4$81ori")
    ('18+', 'Māori')
    """
    return _ESCAPES.sub(lambda match: bytes.fromhex(match[0].replace("$", "")).decode(), text)


def encode_name(text: str) -> str:
    """Return the identifier of a dataflow or a code list of the hub as one of SDMX.

    >>> encode_name("ew-census-2021"), encode_name("a_b"), encode_name("5-a-day")
    ('ew-census-2021', 'a_5Fb', 'x_-5-a-day')
    """
    name = _FOREIGN_IN_NAME.sub(lambda match: _escape(match[0]).replace("$", "_"), text)
    return name if name[:1].isalpha() else f"x_-{name}"


def name_own_list(flow: str, dimension: str) -> str:
    """Return the identifier of the code list that a dimension of one dataflow has for itself."""
    return f"{flow}{OWN_LIST}{dimension}"


def split_own_list(name: str) -> str:
    """Return the dataflow that a code list is of alone, empty for other lists."""
    flow, separator, _ = name.rpartition(OWN_LIST)
    return flow if separator else ""


def encode_code(code: str, code_list: str = "", *, is_optional: bool = False) -> str:
    """Return a code as SDMX has it, with its list where it is one of several in a dimension.

    Nothing, in a dimension that is optional, is “not broken down”; a code of that very name is
    told apart from it.

    >>> encode_code("5", "my-fifths"), encode_code("", is_optional=True)
    ('my-fifths@5', '_Z')
    """
    if is_optional and not code:
        return NOT_BROKEN_DOWN
    if is_optional and code == NOT_BROKEN_DOWN and not code_list:
        return f"{_escape('_')}Z"
    return "@".join(map(encode_id, filter(None, (code_list, code))))


def name_component(code_list: str) -> str:
    """Return the identifier of the dimension for the codes of one more list.

    >>> name_component("mbrrace-deprivation")
    'MBRRACE_DEPRIVATION'
    """
    name = _COMPONENT_CHARACTER.sub("_", code_list.upper()).strip("_")
    return name if name[:1].isalpha() else f"L_{name}"


def _escape(text: str) -> str:
    return "".join(f"${byte:02X}" for byte in text.encode())
