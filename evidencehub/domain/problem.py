"""Problem and Report: what a check found, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Protocol

Severity = Literal["error", "warning"]


DISCLOSURE_RULES = "disclosure/"  # how the names of rules begin that protect people
MAX_DISCLOSURES: dict[Severity, int] = {"error": 100_000, "warning": 1_000}  # of a kind


JOINED_RULES = (
    "codes/unknown-code", "codes/ambiguous-label", "codes/unmapped", "structure/type",
    "codes/mixed-levels", "codes/retired", "codes/before-its-time",
    "values/period", "values/date", "values/split", "values/contradiction",
    "values/malformed-number",
)  # fmt: skip
"""Rules of which rows with the same mistake are one fault, told once with their count."""
NO_CODE = "…"  # stands in a proposed map where no code is near
MAX_PER_KIND = 10_000  # problems of a kind in a report; what else there is is counted
_KINDS_OF_CELL = "structure/type/"  # codes of messages that say what kind of mistake a cell is


class Sentence(Protocol):
    """What is said: a message of the catalogue, which stands on this layer, is one."""

    def render(self) -> str:
        """Return the sentence in words."""


class ProblemGroup(NamedTuple):
    """What alike problems have in common."""

    rule: str
    file: str
    field: str
    severity: Severity


class ProposedMap(NamedTuple):
    """The spellings without a meaning of one field, with the nearest codes, to paste and correct.

    `rows` is in how many cells they stand.
    """

    file: str
    field: str
    rows: int
    codes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a check found: `location` it is, what it is (`message`) and the `fix`.

    Both are messages of the catalogue, or plain text where a report is read back.
    `file` and `row` give its place in the package (row 1 is the header, None where the
    problem is about no row) and order a report; `occurrences` counts alike problems told as one.
    `spelling` is a text that a map could give a meaning, `nearest` the code that it is like.
    """

    rule: str
    finding: Sentence | str
    advice: Sentence | str
    severity: Severity = "error"
    file: str = "datapackage.json"
    row: int | None = None
    field: str = ""
    occurrences: int = 1
    spelling: str | None = None
    nearest: str = ""

    @property
    def kind(self) -> ProblemGroup:
        """What it has in common with the problems that are alike."""
        return ProblemGroup(self.rule, self.file, self.field, self.severity)

    @property
    def fault(self) -> object:
        """What is the same mistake: the message, or the kind of mistake that its code names."""
        code = str(getattr(self.finding, "code", ""))
        return code if code.startswith(_KINDS_OF_CELL) else self.finding

    @property
    def more_rows(self) -> int:
        """In how many further rows the same fault is; 0 for a problem that is told row by row."""
        return self.occurrences - 1 if self.rule in JOINED_RULES and self.row is not None else 0

    @property
    def message(self) -> str:
        """What is wrong, in words."""
        return _render(self.finding)

    @property
    def fix(self) -> str:
        """What to do, in words."""
        return _render(self.advice)

    @property
    def location(self) -> str:
        """The place in words: file, row and column, as far as they are known."""
        position = self.file if self.row is None else f"{self.file} row {self.row}"
        return f"{position}, {self.field}" if self.field else position

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Problem:
        """Return the problem that `as_dict` wrote."""
        place = (data[name] for name in ("severity", "file", "row", "field", "times"))
        problem = cls(data["rule"], data["message"], data["fix"], *place)
        return replace(problem, spelling=data.get("spelling"), nearest=data.get("nearest") or "")

    def as_dict(self) -> dict[str, object]:
        """The problem as `report.json` and the JSON output tell it."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "where": self.location,
            "file": self.file,
            "row": self.row,
            "field": self.field,
            "message": self.message,
            "fix": self.fix,
            "times": self.occurrences,
            **({} if self.spelling is None else self._spelling_as_dict()),
        }

    def _spelling_as_dict(self) -> dict[str, object]:
        return {"spelling": self.spelling, "nearest": self.nearest or None}


def _render(sentence: Sentence | str) -> str:
    return sentence if isinstance(sentence, str) else sentence.render()


@dataclass(slots=True)
class CheckReport:
    """All problems found in one dataset.

    `add` keeps at most `max_per_group` alike and counts the rest: problems are alike when rule,
    file, field and severity are the same. One round of corrections finds all of them, and a table
    of a million rows with the same mistake in each still takes no memory to speak of.
    """

    slug: str
    max_per_group: int = MAX_PER_KIND
    _listed: dict[ProblemGroup, dict[Problem, None]] = field(default_factory=dict)
    _counts: dict[ProblemGroup, int] = field(default_factory=dict)
    _faults: dict[tuple[ProblemGroup, object], Problem] = field(default_factory=dict)
    _joined: set[Problem] = field(default_factory=set)

    def add(self, problems: Iterable[Problem]) -> None:
        """Take problems in; identical ones are told once."""
        for problem in problems:
            kind = problem.kind
            listed = self._listed.setdefault(kind, {})
            if problem in listed or problem in self._joined:
                continue
            if kind.rule in JOINED_RULES and self._join(problem, listed):
                continue
            self._counts[kind] = self._counts.get(kind, 0) + problem.occurrences
            if len(listed) < self._limit_group(kind):
                listed[problem] = None

    def _join(self, problem: Problem, listed: dict[Problem, None]) -> bool:
        """Count a problem with the one that tells the same fault, if there is one."""
        key = (problem.kind, problem.fault)
        first = self._faults.setdefault(key, problem)
        if first is problem:
            return False
        del listed[first]
        self._joined.update((first, problem))
        self._faults[key] = replace(first, occurrences=first.occurrences + problem.occurrences)
        listed[self._faults[key]] = None
        self._counts[problem.kind] += problem.occurrences
        return True

    def _limit_group(self, kind: ProblemGroup) -> int:
        """Return how many problems of a kind are kept; what else there is is counted."""
        is_disclosure = kind.rule.startswith(DISCLOSURE_RULES)
        return MAX_DISCLOSURES[kind.severity] if is_disclosure else self.max_per_group

    def merge(self, other: CheckReport) -> None:
        """Take in all that another report on the same dataset found."""
        for kind, listed in other._listed.items():
            listed_count = sum(problem.occurrences for problem in listed)
            self.add(listed)
            self._counts[kind] += other._counts[kind] - listed_count

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CheckReport:
        """The report that `as_dict` told."""
        report = cls(data["dataset"])
        report.add(Problem.from_dict(entry) for entry in data["problems"])
        for entry in data["more"]:
            kind = ProblemGroup(*(entry[name] for name in ProblemGroup._fields))
            report._counts[kind] += entry["count"]
        return report

    @property
    def problems(self) -> list[Problem]:
        """Every kept problem, in file order, errors before warnings on the same row."""
        listed = [problem for problems in self._listed.values() for problem in problems]
        return sorted(listed, key=_sort_key)

    @property
    def omitted_counts(self) -> dict[ProblemGroup, int]:
        """How many problems of a kind were found beyond those kept."""
        return {
            kind: count - sum(p.occurrences for p in self._listed[kind])
            for kind, count in self._counts.items()
            if count > sum(p.occurrences for p in self._listed[kind])
        }

    @property
    def proposed_maps(self) -> list[ProposedMap]:
        """What each field's `map` could say of the spellings that have no meaning yet."""
        maps: dict[tuple[str, str], ProposedMap] = {}
        for problem in self.problems:
            if problem.spelling is not None:
                key = (problem.file, problem.field)
                proposed = maps.get(key, ProposedMap(*key, 0, {}))
                proposed.codes.setdefault(problem.spelling, problem.nearest or NO_CODE)
                maps[key] = proposed._replace(rows=proposed.rows + problem.occurrences)
        return list(maps.values())

    def count(self, severity: Severity) -> int:
        """How many problems of one severity were found, those not kept included."""
        return sum(n for kind, n in self._counts.items() if kind.severity == severity)

    @property
    def has_no_errors(self) -> bool:
        """True when nothing must be fixed; warnings do not stop a publication."""
        return self.count("error") == 0

    def passes(self, *, strict: bool = False) -> bool:
        """True when the dataset may be published; `strict` takes warnings for errors."""
        return self.has_no_errors and not (strict and self.count("warning"))

    @property
    def rules(self) -> list[str]:
        """The names of the rules that found something, each once, in file order."""
        return list(dict.fromkeys(problem.rule for problem in self.problems))

    def as_dict(self) -> dict[str, object]:
        """The report as JSON: the verdict, the counts, the problems in file order."""
        return {
            "dataset": self.slug,
            "ok": self.has_no_errors,
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "problems": [problem.as_dict() for problem in self.problems],
            "more": [
                {**kind._asdict(), "count": count}
                for kind, count in sorted(self.omitted_counts.items())
            ],
            "maps": [
                {"file": item.file, "field": item.field, "map": item.codes}
                for item in self.proposed_maps
            ],
        }


def _sort_key(problem: Problem) -> tuple[bool, str, int, str, str, str]:
    return (
        problem.file != "datapackage.json",
        problem.file,
        problem.row or 0,
        problem.severity,
        problem.field,
        problem.rule,
    )
