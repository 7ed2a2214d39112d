"""$filter of OData as a tree of conditions: that which may be posted to the API.

The library `odata-query` reads the text; which columns there are, and which values they take, is
judged where every posted tree is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

MAX_FILTER_CHARS = 8_000
Tree = dict[str, Any]
_COMPARISONS: Mapping[type[ast._Node], str] = {
    ast.Eq: "eq", ast.Lt: "lt", ast.LtE: "lte", ast.Gt: "gt", ast.GtE: "gte",
}  # fmt: skip
_MIRRORED = {"eq": "eq", "lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
_FUNCTIONS = {"contains": "contains", "startswith": "starts_with"}
_LITERALS: Mapping[type[ast._Node], Callable[[str], Any]] = {
    ast.String: str,
    ast.Date: str,
    ast.GUID: str,
    ast.Integer: int,
    ast.Float: float,
    ast.Boolean: lambda text: text == "true",
}


class FilterError(ValueError):
    """A filter that cannot be read, or has what the hub does not have; says which."""


def parse_filter(text: str) -> Tree:
    """Return the tree of a filter; raise FilterError with what to do."""
    if len(text) > MAX_FILTER_CHARS:
        raise FilterError(f"The filter is longer than {MAX_FILTER_CHARS:,} characters. Shorten it.")
    try:
        node = ODataParser().parse(ODataLexer().tokenize(text))
    except ODataException as error:
        raise FilterError(f"The filter cannot be read: {error}. Correct it.") from None
    if node is None:
        raise FilterError("The filter is empty. Leave it out, or write a condition.")
    return _convert(node)


def _convert(node: ast._Node) -> Tree:
    match node:
        case ast.BoolOp():
            name = "and" if isinstance(node.op, ast.And) else "or"
            return {name: [_convert(node.left), _convert(node.right)]}
        case ast.UnaryOp() if isinstance(node.op, ast.Not):
            return {"not": _convert(node.operand)}
        case ast.Compare():
            return _convert_comparison(node)
        case ast.Call() if node.func.name in _FUNCTIONS and len(node.args) == 2:
            column, value = node.args
            return {_FUNCTIONS[node.func.name]: {_read_name(column): _read_value(value)}}
        case ast.Call():
            functions = ", ".join(_FUNCTIONS)
            raise FilterError(f"{node.func.name}() is not available. Use {functions}.")
    raise FilterError("The filter is no condition. Compare a column with a value.")


def _convert_comparison(node: ast.Compare) -> Tree:
    column, value = node.left, node.right
    if isinstance(node.comparator, ast.In):
        if not isinstance(value, ast.List):
            raise FilterError("“in” needs a list of values in parentheses.")
        return {"in": {_read_name(column): [_read_value(item) for item in value.val]}}
    if isinstance(node.comparator, ast.NotEq):
        return {"not": _convert_comparison(ast.Compare(ast.Eq(), column, value))}
    operator = _COMPARISONS[type(node.comparator)]
    if not isinstance(column, ast.Identifier):  # 5 lt value
        column, value, operator = value, column, _MIRRORED[operator]
    return {operator: {_read_name(column): _read_value(value)}}


def _read_name(node: ast._Node) -> str:
    if isinstance(node, ast.Identifier) and not node.namespace:
        return str(node.name)
    raise FilterError("A comparison needs the name of a column on one side. Name one.")


def _read_value(node: ast._Node) -> Any:
    if isinstance(node, ast.Null):
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_read_value(node.operand)
    read = _LITERALS.get(type(node))
    if read is None:
        raise FilterError("Compare a column with a text, a number, a date, true, false or null.")
    return read(str(getattr(node, "val", "")))
