"""Findings read beside the values that their claims rest on: units, groups, directions, marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evidencehub.check.finding_texts import read_stated_findings
from evidencehub.domain.status import NORMAL, rank_verification
from evidencehub.load import claim_queries as load
from evidencehub.load.claim_queries import ClaimedFinding
from evidencehub.messages.rendering import Message, Parameter, make_message
from evidencehub.pipeline.claim_pairs import ClaimPair, get_stated, list_pairs, turn_pair
from evidencehub.pipeline.claim_verification import VerifiedClaim
from evidencehub.pipeline.group_names import GroupNames
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.statements.claim_dimensions import (
    OtherPeople,
    find_other_place,
    find_other_sex,
    has_ages,
)
from evidencehub.statements.claim_sentences import ClaimSentences, DirectionFault
from evidencehub.statements.number_places import (
    NamedPlace,
    find_misplaced_numbers,
    list_period_places,
    list_title_places,
)
from evidencehub.statements.stated_finding import StatedClaim, StatedFinding
from evidencehub.statements.value_units import ValueUnit, describe_unit, find_unit_faults

_MAX_STEM = 7  # letters of a status that a text must have: “provisional”, “provisionally”


class TextFault(NamedTuple):
    """What is wrong with a finding's text beside a claim's values: rule, place and message."""

    claim: VerifiedClaim
    rule: str
    file: str
    row: int
    column: str
    message: Message


def find_text_faults(
    dataset: StagedDataset, verified: Iterable[VerifiedClaim], names: GroupNames
) -> Iterator[TextFault]:
    """Return what the texts of a dataset's findings say that its claims' values do not.

    Claims that could not be judged are passed over: another dataset may have their values.
    """
    by_finding: dict[str, list[VerifiedClaim]] = {}
    for claim in verified:
        if claim.indicator is not None and claim.values:
            by_finding.setdefault(str(claim.claim["finding"]), []).append(claim)
    if not by_finding:
        return
    metadata = load.read_claimed_findings(dataset.database)
    stated = read_stated_findings(lambda sql: load.query_stage(dataset.database, sql))
    for finding in filter(lambda finding: finding.identifier in by_finding, stated):
        judged = _FindingCheck(
            finding, metadata[finding.identifier], by_finding[finding.identifier], names
        )
        yield from judged.find_faults()


@dataclass(frozen=True)
class _FindingCheck:
    """A finding beside the claims of it that could be verified."""

    finding: StatedFinding
    metadata: ClaimedFinding
    claims: Sequence[VerifiedClaim]
    names: GroupNames

    def find_faults(self) -> Iterator[TextFault]:
        """Return what is wrong, claim by claim and then scheme by scheme."""
        yield from self._check_units()
        yield from self._check_state()
        yield from self._check_places()
        for claim in self.claims:
            yield from self._check_groups(claim, get_stated(claim))
            yield from self._check_people(claim)
            yield from self._check_basis(claim)
            yield from self._check_status(claim)
            yield from self._check_verification(claim)
        for scheme in dict.fromkeys(str(claim.claim["scheme"]) for claim in self.claims):
            yield from self._check_scheme(scheme)

    def _check_scheme(self, scheme: str) -> Iterator[TextFault]:
        sentences = ClaimSentences(self.finding, self.names.get_vocabulary(scheme))
        yield from self._check_other_groups(sentences, scheme)
        pairs = list_pairs([c for c in self.claims if c.claim["scheme"] == scheme])
        affected = _select_codes(self.metadata.groups_affected, scheme)
        for fault in sentences.find_direction_faults([pair for _, pair in pairs], affected):
            claim = next(claim for claim, pair in pairs if pair is fault.pair)
            yield self._describe_direction_fault(fault, claim)
        yield from self._check_direction_column(pairs, affected)

    def _make_fault(
        self, claim: VerifiedClaim, rule: str, column: str, message: Message
    ) -> TextFault:
        """Return a fault in the finding's own row."""
        return TextFault(claim, rule, self.finding.file, self.finding.row, column, message)

    def _describe_value_unit(self, claim: VerifiedClaim) -> ValueUnit | None:
        indicator = claim.indicator
        if indicator is None:
            return None
        units = self.names.book.lists["unit"].codes
        label = units[indicator.unit].label if indicator.unit in units else indicator.unit
        return describe_unit(
            str(claim.claim["measure"]),
            unit=indicator.unit,
            label=label,
            scale=indicator.scale,
            value_type=indicator.value_type,
        )

    def _check_units(self) -> Iterator[TextFault]:
        by_row = {int(claim.claim["row"]): claim for claim in self.claims}
        units = [(get_stated(c), self._describe_value_unit(c)) for c in self.claims]
        for stated, fault in find_unit_faults(self.finding, units):
            number = fault.number
            message = make_message(
                f"claims/unit-not-in-text/{'missing' if fault.is_missing else 'other'}",
                number=number.text,
                unit=fault.unit.label,
                excerpt=self.finding.excerpt(fault.column, number.start, number.end),
            )
            claim = by_row[stated.row]
            yield _make_claim_fault(claim, "claims/unit-not-in-text", "stated", message)

    def _check_groups(self, claim: VerifiedClaim, stated: StatedClaim) -> Iterator[TextFault]:
        scheme = stated.scheme
        compared = filter(None, [str(claim.claim["comparator"])])
        codes = [c for c in (*claim.values, *compared) if self.names.must_be_named(scheme, c)]
        sentences = ClaimSentences(self.finding, self.names.get_vocabulary(scheme))
        missing = sentences.find_missing_group(stated, codes)
        if missing is not None:
            number = missing.number
            message = make_message(
                "claims/group-not-in-text",
                number=number.text,
                group=f"“{self.names.get_label(scheme, missing.code)}”",
                excerpt=self.finding.excerpt(missing.column, number.start, number.end),
            )
            column = "ethnicity" if missing.code == stated.ethnicity else "reference"
            yield _make_claim_fault(claim, "claims/group-not-in-text", column, message)

    def _check_people(self, claim: VerifiedClaim) -> Iterator[TextFault]:
        row = claim.claim
        for column, other in (
            ("area", self._find_other_place(str(row["area"]))),
            ("sex", find_other_sex(self.finding.texts, str(row["sex"]))),
        ):
            if other is not None:
                message = make_message(
                    f"claims/other-people/{column}",
                    words=other.text,
                    code=str(row[column]),
                    excerpt=self.finding.excerpt(other.column, other.start, other.end),
                )
                yield _make_claim_fault(claim, "claims/other-people", column, message)
        ages = self.names.book.lists["age"].codes.get(str(row["age"]))
        if ages is not None and not has_ages(self.finding.texts, ages.label):
            message = make_message("claims/other-people/age", label=ages.label)
            yield _make_claim_fault(claim, "claims/other-people", "age", message)

    def _find_other_place(self, area: str) -> OtherPeople | None:
        places = self.names.places
        if not places.has_place(area):
            return None
        related = places.list_related([area, *filter(None, [self.metadata.area])])
        return find_other_place(self.finding.texts, places.vocabulary, related)

    def _check_other_groups(self, sentences: ClaimSentences, scheme: str) -> Iterator[TextFault]:
        groups = (*self.metadata.groups_affected, *self.metadata.groups_compared)
        codes = _select_codes(groups, scheme)
        for claim in self.claims:
            if claim.claim["scheme"] == scheme:
                codes |= {*claim.values, str(claim.claim["comparator"])}
        for column, mention in sentences.find_other_groups(codes, self._list_group_texts(groups)):
            message = make_message(
                "findings/other-group",
                group=mention.text,
                excerpt=self.finding.excerpt(column, mention.start, mention.end),
            )
            yield self._make_fault(self.claims[0], "findings/other-group", column, message)

    def _list_group_texts(self, groups: Sequence[str]) -> set[str]:
        """Return the names of groups (`scheme:code`), and how claims say that theirs are named."""
        pairs = [group.partition(":")[::2] for group in groups]
        texts = {text.casefold() for pair in pairs for text in self.names.list_texts(*pair)}
        for claim in self.claims:
            stated = claim.claim["group_text"], claim.claim["reference_text"]
            texts |= {text.casefold() for text in stated if text}
        return texts

    def _check_basis(self, claim: VerifiedClaim) -> Iterator[TextFault]:
        for column in load.BASIS_COLUMNS:
            stated, value = claim.claim[column], claim.row[column]
            if stated not in (None, "", value):
                message = make_message(
                    "claims/basis-changed",
                    column=column,
                    stated=_write(stated),
                    value=_write(value),
                )
                yield _make_claim_fault(claim, "claims/basis-changed", column, message)

    def _check_status(self, claim: VerifiedClaim) -> Iterator[TextFault]:
        codes = self.names.book.lists["obs-status"].codes
        texts = " ".join([*self.finding.texts.values(), str(claim.claim["note"] or "")]).casefold()
        for value in claim.values.values():
            status = value.obs_status
            if status in (NORMAL, claim.claim["obs_status"]) or status not in codes:
                continue
            label = codes[status].short_label or codes[status].label
            if label.split()[-1].casefold()[:_MAX_STEM] not in texts:
                message = make_message(
                    "claims/value-status", value=_write(value.value), label=label, status=status
                )
                yield _make_claim_fault(claim, "claims/value-status", "indicator", message)

    def _check_verification(self, claim: VerifiedClaim) -> Iterator[TextFault]:
        level = self.metadata.verification
        value = max(claim.values.values(), key=lambda value: rank_verification(value.verification))
        if level and rank_verification(value.verification) > rank_verification(level):
            message = make_message(
                "claims/verification",
                level=level,
                value_level=value.verification or "—",
                value=_write(value.value),
            )
            yield self._make_fault(claim, "claims/verification", "verification", message)

    def _check_places(self) -> Iterator[TextFault]:
        """Return the numbers that do not stand with their own group, period or indicator."""
        by_row = {int(claim.claim["row"]): claim for claim in self.claims}
        for key_by_row, places in self._list_keys():
            wrong = find_misplaced_numbers(self.finding, key_by_row, places)
            if wrong is not None:
                message = make_message(
                    "claims/misplaced-number",
                    numbers=wrong.numbers,
                    excerpt=self.finding.texts[wrong.column][wrong.start : wrong.end].strip(),
                )
                rule, claim = "claims/misplaced-number", by_row[wrong.claim.row]
                yield self._make_fault(claim, rule, wrong.column, message)

    def _list_keys(self) -> Iterator[tuple[dict[int, str], dict[str, list[NamedPlace]]]]:
        """Return group, period and indicator of each claim by row, and where they are named."""
        stated = [get_stated(claim) for claim in self.claims]
        yield {c.row: f"{c.scheme}:{c.ethnicity}" for c in stated}, self._place_groups()
        periods = {c.row: f"{c.period_start}/{c.period_end}" for c in stated}
        yield periods, list_period_places(self.finding)
        titles = {str(c.claim["indicator"]): c.indicator.title for c in self.claims if c.indicator}
        yield {c.row: c.indicator for c in stated}, list_title_places(self.finding, titles)

    def _place_groups(self) -> dict[str, list[NamedPlace]]:
        """Return where each column names a group of a claim, in order."""
        places: dict[str, list[NamedPlace]] = {}
        for scheme in dict.fromkeys(str(claim.claim["scheme"]) for claim in self.claims):
            vocabulary = self.names.get_vocabulary(scheme)
            for column, text in self.finding.texts.items():
                for mention in vocabulary.find_groups(text):
                    named = [
                        NamedPlace(mention.start, f"{scheme}:{code}") for code in mention.codes
                    ]
                    places.setdefault(column, []).extend(named)
        return {column: sorted(named) for column, named in places.items()}

    def _check_state(self) -> Iterator[TextFault]:
        """Return one remark for a finding, about the claim with the newest later values."""
        superseded = [claim for claim in self.claims if claim.row["state"] == "superseded"]
        if superseded and not self.metadata.superseded_by:
            claim = max(superseded, key=lambda claim: str(claim.row["newer_period_end"]))
            message = make_message(
                "claims/superseded",
                start=str(claim.claim["period_start"]),
                end=str(claim.claim["period_end"]),
                newer_start=str(claim.row["newer_period_start"]),
                newer_end=str(claim.row["newer_period_end"]),
            )
            yield _make_claim_fault(claim, "claims/superseded", "period", message)

    def _describe_direction_fault(self, fault: DirectionFault, claim: VerifiedClaim) -> TextFault:
        scheme, pair = fault.pair.claim.scheme, fault.pair
        words: dict[str, Parameter] = {
            "words": fault.words,
            "group": self.names.get_label(scheme, pair.group),
            "reference": self.names.get_label(scheme, pair.reference),
        }
        if fault.is_swapped:
            excerpt = self.finding.excerpt(fault.column, fault.start, fault.end)
            message = make_message("claims/direction/swapped", excerpt=excerpt, **words)
        else:
            message = make_message(
                "claims/direction/text",
                effect=_name_effect(pair.effect),
                inputs=str(claim.row["inputs"]),
                **words,
            )
        return self._make_fault(claim, "claims/direction", fault.column, message)

    def _check_direction_column(
        self, pairs: Sequence[ClaimPair], affected: set[str]
    ) -> Iterator[TextFault]:
        expected = {"better": 1, "worse": -1}.get(self.metadata.direction or "")
        for claim, pair in pairs:
            subjects = affected & {pair.group, pair.reference}
            if expected is None or len(subjects) != 1:
                continue
            (subject,) = subjects
            value = pair.value_for(subject)
            if value and value != expected:
                turned = pair if subject == pair.group else turn_pair(pair)
                group, reference = (
                    self.names.get_label(pair.claim.scheme, c)
                    for c in (turned.group, turned.reference)
                )
                message = make_message(
                    "claims/direction/column",
                    direction=str(self.metadata.direction),
                    valued=make_message(f"claims/direction/{'better' if value > 0 else 'worse'}"),
                    group=group,
                    effect=_name_effect(turned.effect),
                    reference=reference,
                    inputs=str(claim.row["inputs"]),
                )
                yield self._make_fault(claim, "claims/direction", "direction", message)


def _select_codes(groups: Iterable[str], scheme: str) -> set[str]:
    """Return the codes of one scheme among groups written as `scheme:code`."""
    return {code for name, _, code in (group.partition(":") for group in groups) if name == scheme}


def _make_claim_fault(claim: VerifiedClaim, rule: str, column: str, message: Message) -> TextFault:
    """Return a fault in the claim's own row."""
    return TextFault(
        claim, rule, str(claim.claim["file"]), int(claim.claim["row"]), column, message
    )


def _write(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _name_effect(effect: int) -> Message:
    return make_message(f"claims/direction/{'higher' if effect > 0 else 'lower'}")
