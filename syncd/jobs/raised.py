"""Which decisive action of a lead did not hand over, and what stopped it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from syncd.core.compiled import compiled
from syncd.core.model import Decision, Snapshot
from syncd.core.playbook import Playbook
from syncd.core.qualify import BLOCKED_BY_OLD_EVIDENCE
from syncd.store.hand_raises import HandRaise


def unheard(made: Iterable[tuple[Snapshot, Decision]], playbook: Playbook) -> list[HandRaise]:
    """The newest decisive action of each lead that something stopped. What an earlier pass answered is none:
    it did hand over, once."""
    stopped = (item for item in made if item[1].verdict.blocked_by not in ("", BLOCKED_BY_OLD_EVIDENCE))
    return [found for snapshot, decision in stopped if (found := _newest(snapshot, decision, playbook))]


def _newest(snapshot: Snapshot, decision: Decision, playbook: Playbook) -> HandRaise | None:
    """The decisive action a verdict is about; None where a score alone was stopped."""
    terms, now = playbook.levels.decisive, decision.verdict.at
    catalogue = compiled(playbook).catalogue
    machine = {act.key for act in decision.verdict.machine}
    for signal in reversed(snapshot.signals):
        if signal.occurred_at < now - timedelta(days=terms.within_days):
            return None
        if max(signal.occurred_at, signal.known_at) > now or signal.key in machine:
            continue
        kinds = [catalogue.kinds[number].id for number in catalogue.kinds_of(signal.shape)]
        kind = next((kind for kind in kinds if kind in terms.signals), None)
        if kind is not None:
            return HandRaise(
                snapshot.lead_id, signal.key, kind, signal.occurred_at, decision.verdict.blocked_by
            )
    return None
