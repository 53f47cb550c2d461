"""The verdict in full: scores with reasons, every criterion with what it was seen in, every filter.

Only for people to read: nothing is decided here. The numbers and answers are those of the generated
functions; what never changes (a criterion that is missing, the points of a fit rule) is made once. What is
not known is said to be unknown, also where it only costs fit points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.core.engine.lines import Told, cap_reason, told_letter, unmatched
from syncd.core.engine.made import quickly
from syncd.core.engine.plans import ScorePlan
from syncd.core.engine.seen import Known, Seen, Tri, met
from syncd.core.instants import from_ms
from syncd.core.model import (
    Cause,
    Criterion,
    FilterResult,
    ModelScore,
    Position,
    Reason,
    Score,
    Stage,
    Verdict,
)
from syncd.core.scoring import EVIDENCE_MAX, Scorer
from syncd.core.view import Numbers

if TYPE_CHECKING:
    from syncd.core.engine.program import Program

FITS_REMEMBERED_MAX = 50_000
_verdict = quickly(Verdict)


class Decided(NamedTuple):
    """What a decision found where the criteria alone do not say it: a claim to be an SQL."""

    earned: Position
    missing: tuple[str, ...]
    decisive: str
    evidence: tuple[int, ...]
    evidence_ms: int | None
    cause: Cause
    blocked_by: str


class Teller:
    """Tells the verdicts of one playbook."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._book = program.book
        self._models = [_ModelTeller(program, number) for number in range(len(program.book.models))]
        levels = program.playbook.levels.mql
        self._positions = [
            Position(Stage.LEAD),
            *(Position(Stage.MQL, level.id) for level in levels),
            Position(Stage.NEAR_SQL),
        ]
        self._unclaiming: dict[tuple[int, tuple[str, ...]], Decided] = {}
        """What the criteria alone say of those who claim nothing; few differ."""

    def tell(self, known: Known, decide: Callable[[Numbers], Decided]) -> Verdict:
        """The verdict. `decide` is asked what becomes of the lead where it claims to be an SQL."""
        columns, second = known.columns.looked_at, known.second
        number = self._program.model_number(known.answers, known.lists, columns, second)
        looks = self._program.looks(number, weighted=known.is_weighted)
        profile = self._program.profile_of(known.answers, number)
        lists: Mapping[int, Any] = known.lists
        if not known.is_weighted:
            lists = {slot: entries[0] for slot, entries in lists.items()}
        told = looks.told(profile, lists, columns, second, -1)
        found = told[0]
        fit, engagement, intent, grade = found[:4]
        model = self._models[number]
        if found[5]:
            numbers = Numbers(self._book.models[number], fit, engagement, intent, grade, found[10])
            decided = decide(numbers)
        else:
            decided = self._unclaimed(found[8], found[9])
        seen = Seen(self._program, known, found, model.id)
        others = self._others(known, number) if len(self._models) > 1 else ()
        return model.verdict(known, seen, told, decided, others)

    def _unclaimed(self, earned: int, missing: tuple[str, ...]) -> Decided:
        found = self._unclaiming.get((earned, missing))
        if found is None:
            found = Decided(self._positions[earned], missing, "", (), None, Cause.CRITERIA_MET, "")
            self._unclaiming[earned, missing] = found
        return found

    def _others(self, known: Known, driving: int) -> tuple[ModelScore, ...]:
        """What the other models would give, were each of them the one that applies."""
        found = []
        columns, second = known.columns.looked_at, known.second
        for number, model in enumerate(self._models):
            if number != driving:
                looks = self._program.looks(number, weighted=True)
                profile = self._program.profile_of(known.answers, number)
                look = looks.look(profile, known.lists, columns, second, -1)
                fit, engagement, intent, grade = look[:4]
                earned = self._positions[look[8]]
                found.append(ModelScore(model.id, model.label, fit, engagement, intent, grade, earned))
        return tuple(found)


class _ModelTeller:
    """Tells verdicts under one scoring model."""

    def __init__(self, program: Program, number: int) -> None:
        self._program, self._number = program, number
        self._scorer: Scorer = program.book.models[number]
        self.id, self.label = self._scorer.model.id, self._scorer.model.label
        self._fits: dict[int, tuple[Score, tuple[Criterion, ...]]] = {}
        self._fit_reasons = {
            item.rule.id: Reason(item.rule.id, item.rule.label, item.points_micro)
            for _group, _cap, rules in self._scorer.fit
            for item in rules
        }
        scorer, levels = self._scorer, program.playbook.levels
        self._engagement = ScorePlan.of(scorer.engagement, program.slots, program.about)
        self._intent = ScorePlan.of(scorer.intent, program.slots, program.about)
        groups = [("icp", levels.icp)]
        groups += [(f"mql.{level.id}", level.enter) for level in levels.mql]
        groups += [
            ("near_sql", levels.near_sql.enter),
            ("sql", levels.sql),
            ("decisive", levels.decisive.needs),
        ]
        self._named = [Told.of(prefix, item, program) for prefix, items in groups for item in items]
        self._letters = [
            (letter, Criterion(f"bant.{letter.id}", letter.label, "unknown")) for letter in levels.bant
        ]
        self._filters = tuple((item.filter, unmatched(item)) for item in program.book.filters)
        self._unmatched = tuple(untouched for _filter, untouched in self._filters)

    def verdict(
        self,
        known: Known,
        seen: Seen,
        told: tuple[Any, ...],
        decided: Decided,
        others: tuple[ModelScore, ...],
    ) -> Verdict:
        found, answers, _untils, engaged, intended = told
        gaining: list[Sequence[int]] = []
        first = self._engagement.patterns
        at = first + self._intent.patterns
        engagement, ever_engaged = self._engagement.tell(found[1], engaged, answers[:first], seen, gaining)
        intent, ever_intended = self._intent.tell(found[2], intended, answers[first:at], seen, gaining)
        criteria = self._criteria(answers[at:], seen, gaining)
        fit, unknown = self._fit(known, seen)
        evidence, evidence_ms = decided.evidence, decided.evidence_ms
        if not evidence and evidence_ms is None and not decided.decisive:
            own = set().union(*gaining).difference(known.columns.colleagues())
            newest = sorted(own)[:EVIDENCE_MAX]
            evidence = known.columns.keys_at(newest)
            evidence_ms = known.columns.time_ms(newest[0]) if newest else None
        at += len(self._named) + 2 * len(self._letters)
        return _verdict(
            at=from_ms(known.at_ms),
            model=self.id,
            fit=fit,
            engagement=engagement,
            intent=intent,
            grade=found[3],
            icp=met(found[10]),
            earned=decided.earned,
            filters=self._filter_results(answers[at:], known, seen),
            criteria=(*criteria, *unknown),
            missing=decided.missing,
            decisive=decided.decisive,
            evidence=evidence,
            evidence_at=None if evidence_ms is None else from_ms(evidence_ms),
            cause=decided.cause,
            blocked_by=decided.blocked_by,
            lifetime_micro={"engagement": ever_engaged, "intent": ever_intended},
            cell=found[4],
            machine=known.machine,
            others=others,
        )

    # --- fit ---------------------------------------------------------------------------------------------

    def _fit(self, known: Known, seen: Seen) -> tuple[Score, tuple[Criterion, ...]]:
        """Fit with its reasons, and what it cannot say; remembered by the answers where they alone decide."""
        found = self._fits.get(known.answers)
        if found is None:
            found = self._fit_now(seen)
            if self._program.looks(self._number, weighted=False).is_fit_fixed:
                if len(self._fits) >= FITS_REMEMBERED_MAX:
                    self._fits.clear()
                self._fits[known.answers] = found
        return found

    def _fit_now(self, seen: Seen) -> tuple[Score, tuple[Criterion, ...]]:
        reasons: list[Reason] = []
        unknown: list[Criterion] = []
        for group, cap_micro, rules in self._scorer.fit:
            answers = [seen.answer(item.rule.when, seen.second) for item in rules]
            mine = [self._fit_reasons[item.rule.id] for item, one in zip(rules, answers, strict=True) if one]
            reasons += mine
            reasons += cap_reason(sum(item.points_micro for item in mine), cap_micro, group, mine)
            if group and not any(answers) and None in answers:
                unknown.append(Criterion(f"fit.{group}", group.replace("_", " ").capitalize(), "unknown"))
            elif not group:
                unknown += [
                    Criterion(f"fit.{item.rule.id}", item.rule.label, "unknown")
                    for item, one in zip(rules, answers, strict=True)
                    if one is None
                ]
        return Score(sum(reason.points_micro for reason in reasons), tuple(reasons)), tuple(unknown)

    # --- criteria ----------------------------------------------------------------------------------------

    def _criteria(
        self, answers: tuple[Tri, ...], seen: Seen, gaining: list[Sequence[int]]
    ) -> list[Criterion]:
        """Every named criterion, then the letters. Adds the places of what a criterion of levels counted."""
        found = []
        for item, answer in zip(self._named, answers, strict=False):
            if answer:
                found.append(item.met(seen))
                for atom in item.carriers:
                    if seen.holds(atom):
                        gaining.append(seen.places(atom)[:EVIDENCE_MAX])
            else:
                found.append(item.unknown if answer is None else item.missing)
        at, count = len(self._named), len(self._letters)
        for number, (letter, silent) in enumerate(self._letters):
            found.append(
                told_letter(letter, silent, answers[at + number], answers[at + count + number], seen)
            )
        return found

    def _filter_results(self, answers: tuple[Tri, ...], known: Known, seen: Seen) -> tuple[FilterResult, ...]:
        if True not in answers and not known.waived:
            return self._unmatched
        found: list[FilterResult] = []
        for (item, untouched), answer in zip(self._filters, answers, strict=True):
            if item.id in known.waived and item.outcome != "stop":
                found.append(replace(untouched, evidence="set aside by a person"))
            elif answer is True:
                found.append(replace(untouched, matched=True, evidence=seen.source(item.test)[0]))
            else:
                found.append(untouched)
        return tuple(found)
