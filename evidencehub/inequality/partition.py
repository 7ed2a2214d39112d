"""Which categories of a classification cover everybody once: those that may be compared at once.

A classification is a tree. A table often has several depths of it: parent categories, their
parts, and categories that stand beside the parents without one (“Non-Indigenous”). All together
they count people twice; those of one depth leave out whoever stands beside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from evidencehub.domain.status import TOTAL
from evidencehub.inequality.records import Category, find_ancestors


@dataclass(frozen=True, slots=True)
class Partition:
    """Categories of which none holds people of another, and whom they leave out.

    `valued` have a value, `missing` are listed without. `unlisted` are parts of a parent category
    that the table does not list although others of its parts are compared.
    """

    valued: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()

    @property
    def listed(self) -> frozenset[str]:
        """The categories of the table that belong to it."""
        return self.valued | self.missing


class ClassificationTree:
    """The categories of a classification, each with its parts. Residual codes are no categories."""

    def __init__(self, codes: Mapping[str, Category]) -> None:
        self._codes = codes
        self._ancestors: dict[str, set[str]] = {}
        self._children: dict[str, list[str]] = {}
        for code in codes:
            if self._is_category(code):
                parent = codes[code].parent
                self._children.setdefault("" if parent == TOTAL else parent, []).append(code)

    def select_partition(
        self, listed: Collection[str], valued: Collection[str], reference: str = ""
    ) -> Partition:
        """Return the categories of a table to compare, so that everybody in it counts once.

        `listed` are the codes of the table, `valued` those of them with a value. A parent category
        stands for its parts, or they stand for it if the table lists all of them, if it has no
        value itself, or if the reference group is one of them. Of what is possible it is the
        partition in which the reference group has a value, then the one with most values.
        """
        table = _Table(
            self, {code for code in listed if self._is_category(code)}, set(valued), reference
        )
        depths = sorted({len(self.find_ancestors(code)) for code in table.listed}, reverse=True)
        partitions = [table.cut(depth) for depth in depths]
        return max(
            partitions,
            key=lambda partition: (reference in partition.valued, len(partition.valued)),
            default=Partition(),
        )

    def find_ancestors(self, code: str) -> set[str]:
        """Return the parent categories of a code, theirs and so on, without the total."""
        if code not in self._ancestors:
            self._ancestors[code] = find_ancestors(code, self._codes) - {TOTAL, code}
        return self._ancestors[code]

    def list_children(self, code: str) -> list[str]:
        """Return the categories directly below a code."""
        return self._children.get(code, [])

    def _is_category(self, code: str) -> bool:
        return code != TOTAL and not self._codes.get(code, Category()).is_residual


class _Table:
    """The categories that a table lists, each below the nearest listed one that holds it."""

    def __init__(
        self, tree: ClassificationTree, listed: set[str], valued: set[str], reference: str
    ) -> None:
        self._tree, self.listed = tree, listed
        self._valued = listed & valued
        holds_reference = reference in self._valued
        self._holding_reference = tree.find_ancestors(reference) if holds_reference else set[str]()
        self._holding_values = set().union(*map(tree.find_ancestors, self._valued))
        self._parts: dict[str, list[str]] = {}
        for code in sorted(listed):
            holding = tree.find_ancestors(code) & listed
            nearest = max(sorted(holding), key=lambda a: len(tree.find_ancestors(a)), default="")
            self._parts.setdefault(nearest, []).append(code)

    def cut(self, depth: int) -> Partition:
        """Return the categories at a depth, and above it those that their parts do not replace."""
        selected = set(self._select_below("", depth))
        split = set().union(*map(self._tree.find_ancestors, selected)) & self._valued
        return Partition(
            frozenset(selected & self._valued),
            frozenset(selected - self._valued),
            frozenset(part for code in split for part in self._find_unlisted(code)),
        )

    def _select_below(self, code: str, depth: int) -> Iterator[str]:
        for part in self._parts.get(code, ()):
            if part in self._holding_values and self._is_replaced(part, depth):
                yield from self._select_below(part, depth)
            else:
                yield part

    def _is_replaced(self, code: str, depth: int) -> bool:
        """True where the parts of a category that has parts with a value stand for it."""
        if code not in self._valued:
            return True
        if len(self._tree.find_ancestors(code)) >= depth:
            return False
        return code in self._holding_reference or not any(self._find_unlisted(code))

    def _find_unlisted(self, code: str) -> Iterator[str]:
        """Yield the parts of a category that are not listed, nor all that they consist of."""
        for part in self._tree.list_children(code):
            if part in self.listed:
                continue
            if not self._tree.list_children(part) or any(self._find_unlisted(part)):
                yield part
