"""The verdict in one line: where the lead stands, why, and what stopped it if something did.

Made of the playbook's own labels and of numbers as of the evaluation; for screens and logs, not for the CRMs,
where nothing that decays is written.
"""

from __future__ import annotations

from syncd.core.model import MICRO, Position, Stage, Standing, Verdict
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
    parts = [_place(standing.position, playbook)]
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
    if verdict.blocked_by and stage not in (Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED):
        parts.append(f"not to sales: {_stopper(verdict, playbook)}")
    return "; ".join(parts)


def _place(position: Position, playbook: Playbook) -> str:
    if position.stage is not Stage.MQL:
        return _STAGES[position.stage]
    label = next((level.label for level in playbook.levels.mql if level.id == position.level), position.level)
    return f"MQL {label}".strip()


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
