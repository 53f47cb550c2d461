"""What changed about a lead between two evaluations: scores, level, criteria, filters, and the new evidence.

A comparison of two verdicts, so it holds for any two: the stored one and the present, two dates, or two
playbooks over the same facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.core.model import Position, Reason, Score, Signal, Snapshot, Verdict
from syncd.core.playbook import Playbook
from syncd.core.story import leading_kind

LINES_MAX = 12
"""New facts and changed reasons listed one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One score before and after."""

    id: str
    before_micro: int
    after_micro: int


@dataclass(frozen=True, slots=True)
class ReasonChange:
    """One reason whose points changed: new, gone, grown or faded."""

    score: str
    label: str
    before_micro: int
    after_micro: int


@dataclass(frozen=True, slots=True)
class CriterionChange:
    """One criterion or filter that answers differently."""

    id: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NewFact:
    """Facts of one kind that became known in between, the newest first."""

    label: str
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it was at `since_at`. Empty parts are unchanged."""

    since_at: datetime
    scores: tuple[ScoreChange, ...]
    reasons: tuple[ReasonChange, ...]
    criteria: tuple[CriterionChange, ...]
    filters: tuple[CriterionChange, ...]
    facts: tuple[NewFact, ...]
    before: Position
    after: Position
    grade: tuple[str, str]
    model: tuple[str, str]
    cell: tuple[str, str]

    @property
    def is_empty(self) -> bool:
        moved = self.before != self.after or self.grade[0] != self.grade[1] or self.model[0] != self.model[1]
        return not (self.scores or self.criteria or self.filters or self.facts or moved)


def difference(
    before: Verdict,
    after: Verdict,
    snapshot: Snapshot,
    playbook: Playbook,
    positions: tuple[Position, Position],
) -> Difference:
    """What changed from one verdict to the other. `positions` are where the lead stood, and stands now."""
    scores = (("fit", before.fit, after.fit), ("engagement", before.engagement, after.engagement),
              ("intent", before.intent, after.intent))  # fmt: skip
    return Difference(
        since_at=before.at,
        scores=tuple(
            ScoreChange(name, then.points_micro, now.points_micro)
            for name, then, now in scores
            if then.points_micro != now.points_micro
        ),
        reasons=_reasons(scores),
        criteria=_answers(
            {item.id: (item.label, item.state) for item in before.criteria},
            {item.id: (item.label, item.state) for item in after.criteria},
        ),
        filters=_answers(
            {item.id: (item.label, _matched(is_on=item.matched)) for item in before.filters},
            {item.id: (item.label, _matched(is_on=item.matched)) for item in after.filters},
        ),
        facts=_facts(snapshot, playbook, before.at, after.at),
        before=positions[0],
        after=positions[1],
        grade=(before.grade, after.grade),
        model=(before.model, after.model),
        cell=(before.cell, after.cell),
    )


def _reasons(scores: Iterable[tuple[str, Score, Score]]) -> tuple[ReasonChange, ...]:
    """Reasons with other points than before, the largest change first."""
    found: list[ReasonChange] = []
    for name, before, after in scores:
        then, now = _by_rule(before.reasons), _by_rule(after.reasons)
        for rule in dict.fromkeys([*now, *then]):
            old, new = then.get(rule), now.get(rule)
            micro = (old.points_micro if old else 0, new.points_micro if new else 0)
            shown = new or old
            if shown is not None and micro[0] != micro[1]:
                found.append(ReasonChange(name, shown.label, *micro))
    found.sort(key=lambda item: -abs(item.after_micro - item.before_micro))
    return tuple(found[:LINES_MAX])


def _by_rule(reasons: Iterable[Reason]) -> dict[str, Reason]:
    return {reason.rule: reason for reason in reasons}


def _matched(*, is_on: bool) -> str:
    return "matched" if is_on else "clear"


def _answers(
    before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]
) -> tuple[CriterionChange, ...]:
    found = []
    for name in dict.fromkeys([*after, *before]):
        old = before.get(name, ("", ""))
        new = after.get(name, ("", ""))
        if old[1] != new[1]:
            found.append(CriterionChange(name, new[0] or old[0], old[1], new[1]))
    return tuple(found)


def _facts(
    snapshot: Snapshot, playbook: Playbook, since_at: datetime, until_at: datetime
) -> tuple[NewFact, ...]:
    """What became known after `since_at`, by the most telling kind; facts of no kind are left out."""
    by_id = {kind.id: kind for kind in playbook.signals}
    found: dict[str, NewFact] = {}
    for signal in (*snapshot.signals, *snapshot.account_signals):
        if not _is_new(signal, since_at, until_at):
            continue
        kind = leading_kind(signal, playbook, by_id)
        if kind is None:
            continue
        label = kind.label
        before = found.get(label)
        newest = signal.occurred_at if before is None else max(before.at, signal.occurred_at)
        found[label] = NewFact(label, newest, signal.count + (before.count if before else 0))
    return tuple(sorted(found.values(), key=lambda fact: (fact.at, fact.label), reverse=True)[:LINES_MAX])


def _is_new(signal: Signal, since_at: datetime, until_at: datetime) -> bool:
    return since_at < max(signal.known_at, signal.occurred_at) <= until_at
