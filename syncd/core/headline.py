"""The verdict in one line: where the lead stands, why, and what stopped it if something did.

Made of the playbook's own labels and of numbers as of the evaluation; for screens and logs, not for the CRMs,
where nothing that decays is written.
"""

from __future__ import annotations

from syncd.core.model import MICRO, Cause, Position, Stage, Standing, Transition, Verdict
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.core.qualify import GUARDS

_STAGES = {
    Stage.LEAD: "Lead",
    Stage.NEAR_SQL: "Near-SQL",
    Stage.SQL: "SQL",
    Stage.HANDED_OFF: "Handed over to sales",
    Stage.ACCEPTED: "Accepted by sales",
    Stage.OPPORTUNITY: "In an opportunity",
    Stage.CUSTOMER: "Customer",
    Stage.REJECTED: "Sent back by sales",
    Stage.LOST: "Opportunity lost",
    Stage.RECYCLED: "Recycled",
    Stage.DISQUALIFIED: "Kept out",
    Stage.ERASED: "Erased",
}
_REASONED = frozenset({Stage.REJECTED, Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED})
_SETTLED = frozenset({Stage.OPPORTUNITY, Stage.CUSTOMER, Stage.ERASED})


def write(verdict: Verdict, standing: Standing, playbook: Playbook) -> str:
    """The line."""
    stage = standing.position.stage
    parts = [place(standing.position, playbook)]
    if stage in _REASONED and standing.reason:
        parts[0] += f": {_label(standing.reason, playbook)}"
        if standing.until_at is not None:
            parts[0] += f", until {standing.until_at:%Y-%m-%d}"
    if stage in _SETTLED:
        return parts[0]
    if verdict.decisive:
        parts.append(_label(verdict.decisive, playbook))
    points = (verdict.engagement.points_micro + verdict.intent.points_micro) / MICRO
    parts.append(f"fit {verdict.grade or '-'} ({verdict.fit.points:.0f}), behaviour {points:.0f}")
    if verdict.machine:
        parts.append(f"{counted(len(verdict.machine), 'machine click')} left out")
    if verdict.blocked_by and stage not in (Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED):
        parts.append(f"not to sales: {_stopper(verdict, playbook)}")
    return "; ".join(parts)


EVANGELIST = "evangelist"
"""Level of a customer who speaks for us (S15)."""


def place(position: Position, playbook: Playbook) -> str:
    """What people call a position: `Near-SQL`, `MQL Engaged`, `Customer who speaks for us`."""
    if position.stage is Stage.CUSTOMER and position.level == EVANGELIST:
        return "Customer who speaks for us"
    if position.stage is not Stage.MQL:
        return _STAGES[position.stage]
    label = next((level.label for level in playbook.levels.mql if level.id == position.level), position.level)
    return f"MQL {label}".strip()


_CAUSES = {
    Cause.CREATED: "first seen",
    Cause.ADOPTED: "taken over as both systems showed it",
    Cause.CRITERIA_MET: "meets the criteria",
    Cause.CRITERIA_LOST: "no longer meets the criteria",
    Cause.DECISIVE_ACTION: "decisive action",
    Cause.THRESHOLD: "meets every SQL criterion",
    Cause.FILTER: "kept out by a filter",
    Cause.FILTER_LIFTED: "the filter no longer matches",
    Cause.DELIVERED: "Salesforce has confirmed it",
    Cause.SALES_ACCEPTED: "sales said yes",
    Cause.SALES_REJECTED: "sales gave it back",
    Cause.SALES_DISQUALIFIED: "sales ruled it out",
    Cause.SALES_UNRESPONSIVE: "no answer",
    Cause.OPPORTUNITY_OPENED: "opportunity opened",
    Cause.OPPORTUNITY_WON: "opportunity won",
    Cause.OPPORTUNITY_LOST: "opportunity lost",
    Cause.RECYCLED: "back to marketing",
    Cause.REENTERED: "new evidence",
    Cause.RELEASED: "released by a person",
    Cause.PLAYBOOK_CHANGED: "the definition changed",
    Cause.SEGMENT_CHANGED: "another scoring model applies now",
    Cause.CORRECTED: "corrected",
    Cause.UNDONE: "taken back by a person",
    Cause.MERGED: "merged",
    Cause.ERASED: "erased",
}
_WITHOUT_CODE = frozenset({Cause.CRITERIA_MET, Cause.CRITERIA_LOST})
"""Causes whose code is only the level that the move names already."""


def cause_words(cause: Cause, code: str, playbook: Playbook) -> str:
    """Why a move happened, in words; the code as the playbook labels it."""
    if not code or cause in _WITHOUT_CODE:
        return _CAUSES[cause]
    if cause is Cause.UNDONE:
        return f"{_CAUSES[cause]}: {code.replace(':', ' ')}"
    label = GUARDS.get(code) or _label(code, playbook)
    return f"{_CAUSES[cause]}: {label.replace('_', ' ')}"


def move_words(move: Transition, playbook: Playbook) -> str:
    """`Lead -> Near-SQL: meets the criteria`."""
    origin = f"{place(move.origin, playbook)} -> " if move.origin else ""
    return f"{origin}{place(move.target, playbook)}: {cause_words(move.cause, move.code, playbook)}"


def _stopper(verdict: Verdict, playbook: Playbook) -> str:
    if verdict.blocked_by in GUARDS:
        return GUARDS[verdict.blocked_by]
    labels = {item.id: item.label for item in verdict.filters}
    needs = {f"{item.id}": item.label for item in playbook.levels.decisive.needs}
    return labels.get(verdict.blocked_by) or needs.get(verdict.blocked_by) or verdict.blocked_by


def _label(code: str, playbook: Playbook) -> str:
    rule = playbook.recycle.rules.get(code)
    if rule is not None:
        return rule.label
    labels = {item.id: item.label for item in playbook.signals}
    labels |= {item.id: item.label for item in playbook.filters}
    return labels.get(code, code)
