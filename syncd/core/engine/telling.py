"""The verdict in full: scores with reasons, every criterion with what it was seen in, every filter.

Only for people to read: nothing is decided here. The numbers and answers are those of the generated
functions; what never changes (a criterion that is missing, the points of a fit rule) is made once. What is
not known is said to be unknown, also where it only costs fit points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from syncd.core.engine.lines import Told, cap_reason, told_letter, unmatched
from syncd.core.engine.plans import BlockPlan, plans
from syncd.core.engine.primitives import Weighted
from syncd.core.engine.seen import Columns, Seen, Tri, met
from syncd.core.instants import from_ms
from syncd.core.model import (
    Cause,
    Criterion,
    FilterResult,
    MachineAct,
    ModelScore,
    Position,
    Reason,
    Score,
    Stage,
    Verdict,
)
from syncd.core.scoring import EVIDENCE_MAX, Pattern, Scorer, capped
from syncd.core.signals import ACCOUNT_SOURCES
from syncd.core.view import Numbers

if TYPE_CHECKING:
    from syncd.core.engine.looks import Looks
    from syncd.core.engine.program import Program

FITS_REMEMBERED_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision found where the criteria alone do not say it: a claim to be an SQL."""

    earned: Position
    missing: tuple[str, ...]
    decisive: str
    evidence: tuple[int, ...]
    evidence_ms: int | None
    cause: Cause
    blocked_by: str


@dataclass(frozen=True, slots=True)
class Known:
    """All that is told about: one lead at one second. `machine` are the acts left out."""

    columns: Columns
    lists: Mapping[int, Weighted]
    answers: int
    fields: Mapping[str, str]
    waived: frozenset[str]
    at_ms: int
    machine: tuple[MachineAct, ...] = ()


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

    def tell(self, known: Known, decide: Callable[[Numbers], Decided]) -> Verdict:
        """The verdict. `decide` is asked what becomes of the lead where it claims to be an SQL."""
        number = self._number(known)
        found, answers, untils = self._found(known, number)
        fit, engagement, intent, grade = found[:4]
        numbers = Numbers(self._book.models[number], fit, engagement, intent, grade, found[10])
        decided = decide(numbers) if found[5] else self._decided(found)
        model = self._models[number]
        second = known.at_ms // 1000
        seen = Seen(
            self._program, known.columns, known.lists, known.answers, known.fields, found, model.id, second
        )
        return model.verdict(known, seen, found, answers, untils, decided, self._others(known, number))

    def _number(self, known: Known) -> int:
        return self._program.model_number(
            known.answers, known.lists, known.columns.looked_at, known.at_ms // 1000
        )

    def _found(
        self, known: Known, number: int
    ) -> tuple[tuple[Any, ...], tuple[Tri, ...], tuple[int | None, ...]]:
        looks, profile = (
            self._program.looks(number, weighted=True),
            self._program.profile_of(known.answers, number),
        )
        second = known.at_ms // 1000
        return looks.told(profile, known.lists, known.columns.looked_at, second, -1)  # type: ignore[no-any-return]

    def _decided(self, found: tuple[Any, ...]) -> Decided:
        """What the criteria alone say of somebody who claims nothing."""
        return Decided(self._positions[found[8]], found[9], "", (), None, Cause.CRITERIA_MET, "")

    def _others(self, known: Known, driving: int) -> tuple[ModelScore, ...]:
        """What the other models would give, were each of them the one that applies."""
        found = []
        for number, model in enumerate(self._models):
            if number != driving:
                looks, profile = (
                    self._program.looks(number, weighted=True),
                    self._program.profile_of(known.answers, number),
                )
                look = looks.look(profile, known.lists, known.columns.looked_at, known.at_ms // 1000, -1)
                fit, engagement, intent, grade = look[:4]
                earned = self._positions[look[8]]
                found.append(ModelScore(model.id, model.label, fit, engagement, intent, grade, earned))
        return tuple(found)


class _ModelTeller:
    """Tells verdicts under one scoring model."""

    def __init__(self, program: Program, number: int) -> None:
        self._program, self._number = program, number
        self._book = program.book
        self._scorer: Scorer = program.book.models[number]
        self.id, self.label = self._scorer.model.id, self._scorer.model.label
        self._fits: dict[int, tuple[Score, tuple[Criterion, ...]]] = {}
        self._fit_reasons = {
            item.rule.id: Reason(item.rule.id, item.rule.label, item.points_micro)
            for _group, _cap, rules in self._scorer.fit
            for item in rules
        }
        scorer, levels = self._scorer, program.playbook.levels
        self._plans = tuple(plans(blocks, program.slots) for blocks in (scorer.engagement, scorer.intent))
        self._patterns = [item for block in (*scorer.engagement, *scorer.intent) for item in block.patterns]
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
        self._filters = [(item, unmatched(item)) for item in program.book.filters]

    @property
    def _looks(self) -> Looks:
        return self._program.looks(self._number, weighted=True)

    def verdict(
        self,
        known: Known,
        seen: Seen,
        found: tuple[Any, ...],
        answers: tuple[Tri, ...],
        untils: tuple[int | None, ...],
        decided: Decided,
        others: tuple[ModelScore, ...],
    ) -> Verdict:
        held = answers[: len(self._patterns)]
        places: set[int] = set()
        scores = []
        for blocks, function, held_micro, patterns in self._scores(found, held):
            scores.append(self._score(blocks, function, held_micro, patterns, seen, places))
        at = len(self._patterns)
        criteria = self._criteria(answers[at:], seen, places)
        at += len(self._named) + 2 * len(self._letters)
        fit, unknown = self._fit(known, seen)
        evidence, evidence_ms = decided.evidence, decided.evidence_ms
        if not decided.evidence and evidence_ms is None and not decided.decisive:
            newest = self._newest(places, known.columns)
            evidence = tuple(known.columns.keys[place] for place in newest)
            evidence_ms = known.columns.times_ms[newest[0]] if newest else None
        return Verdict(
            at=from_ms(known.at_ms),
            model=self.id,
            fit=fit,
            engagement=scores[0],
            intent=scores[1],
            grade=found[3],
            icp=met(found[10]),
            earned=decided.earned,
            filters=tuple(self._filter_results(answers[at:], known, seen)),
            criteria=(*criteria, *unknown),
            missing=decided.missing,
            decisive=decided.decisive,
            evidence=evidence,
            evidence_at=None if evidence_ms is None else from_ms(evidence_ms),
            cause=decided.cause,
            blocked_by=decided.blocked_by,
            lifetime_micro={
                "engagement": self._lifetime(self._plans[0], known.lists),
                "intent": self._lifetime(self._plans[1], known.lists),
            },
            cell=found[4],
            machine=known.machine,
            others=others,
        )

    def _newest(self, places: set[int], columns: Columns) -> list[int]:
        """The newest of the person's own signals among these."""
        own: list[int] = []
        for place in sorted(places):
            if not columns.shape_of(place).source.startswith(ACCOUNT_SOURCES):
                own.append(place)
                if len(own) == EVIDENCE_MAX:
                    break
        return own

    # --- scores ------------------------------------------------------------------------------------------

    def _scores(self, found: tuple[Any, ...], held: tuple[Tri, ...]) -> Iterator[tuple[Any, ...]]:
        split = sum(len(block.patterns) for block in self._scorer.engagement)
        engagement, intent = self._plans
        yield engagement, self._looks.engagement_of, found[11], iter(held[:split])
        yield intent, self._looks.intent_of, found[12], iter(held[split:])

    def _score(
        self,
        planned: tuple[BlockPlan, ...],
        function: Any,
        held_micro: tuple[int, ...],
        held: Iterator[Tri],
        seen: Seen,
        places: set[int],
    ) -> Score:
        """One score with its reasons. Adds the places of the signals that gain points."""
        given: list[tuple[int, int]] = []
        function(seen.lists, held_micro, seen.second, seen.second, given)
        points_of = dict(given)
        reasons: list[Reason] = []
        score = 0
        for block, plans_of in planned:
            total, before = 0, len(reasons)
            for plan in plans_of:
                points = points_of.get(plan.number, 0)
                if points:
                    counted = points if plan.cap_micro is None else capped(points, plan.cap_micro)
                    total += counted
                    reasons.append(plan.reason(points, seen, places))
                    if counted != points:
                        reasons.append(Reason(plan.cap_id, plan.cap_label, counted - points))
            for pattern in block.patterns:
                if next(held) and pattern.points_micro:
                    total += pattern.points_micro
                    reasons.append(self._pattern_reason(pattern, seen))
            limit = cap_reason(total, block.cap_micro, block.group, reasons[before:])
            reasons += limit
            score += total + sum(reason.points_micro for reason in limit)
        return Score(score, tuple(reasons))

    def _pattern_reason(self, pattern: Pattern, seen: Seen) -> Reason:
        atoms = self._program.about.of(pattern.rule.when).atoms
        used = {place for atom in atoms if seen.until(atom, seen.second) > 0 for place in seen.used(atom)}
        newest = sorted(used)[:EVIDENCE_MAX]
        return Reason(
            pattern.rule.id,
            pattern.rule.label,
            pattern.points_micro,
            seen.columns.at(newest[0]) if newest else None,
            1,
            tuple([seen.columns.keys[place] for place in newest]),
        )

    @staticmethod
    def _lifetime(planned: tuple[BlockPlan, ...], lists: Mapping[int, Weighted]) -> int:
        return sum(
            [
                round(plan.points_micro * sum(lists[plan.slot][1]))
                for _block, plans_of in planned
                for plan in plans_of
                if plan.slot in lists
            ]
        )

    # --- fit ---------------------------------------------------------------------------------------------

    def _fit(self, known: Known, seen: Seen) -> tuple[Score, tuple[Criterion, ...]]:
        """Fit with its reasons, and what it cannot say; remembered by the answers where they alone decide."""
        found = self._fits.get(known.answers)
        if found is None:
            found = self._fit_now(seen)
            if self._looks.is_fit_fixed:
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

    def _criteria(self, answers: tuple[Tri, ...], seen: Seen, places: set[int]) -> list[Criterion]:
        """Every named criterion, then the letters. Adds the places of what a criterion of levels counted."""
        found = []
        for item, answer in zip(self._named, answers, strict=False):
            if answer:
                found.append(item.met(seen))
                for atom in item.carriers:
                    if seen.until(atom, seen.second) > 0:
                        places.update(islice(seen.places(atom), EVIDENCE_MAX))
            else:
                found.append(item.unknown if answer is None else item.missing)
        at, count = len(self._named), len(self._letters)
        for number, (letter, silent) in enumerate(self._letters):
            found.append(
                told_letter(letter, silent, answers[at + number], answers[at + count + number], seen)
            )
        return found

    def _filter_results(self, answers: tuple[Tri, ...], known: Known, seen: Seen) -> Iterator[FilterResult]:
        for (item, untouched), answer in zip(self._filters, answers, strict=True):
            its = item.filter
            if its.id in known.waived and its.outcome != "stop":
                yield replace(untouched, evidence="set aside by a person")
            elif answer is True:
                yield replace(untouched, matched=True, evidence=seen.source(its.test)[0])
            else:
                yield untouched
