"""Everything `syncd explain` and the brief of the demo show about one lead, as plain data.

The stored decision is shown as it was made. With a date, the lead is decided again from what was known then;
nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.core.decide import decide
from syncd.core.model import MICRO, Decision, Signal, Snapshot, Transition
from syncd.core.playbook import Playbook
from syncd.core.signals import classify
from syncd.store import holds, ledger, outbox, snapshots
from syncd.store.engine import Store
from syncd.store.holds import Hold
from syncd.store.ledger import LedgerRow
from syncd.store.outbox import Effect
from syncd.store.snapshots import LeadMatch


@dataclass(frozen=True, slots=True)
class Explanation:
    """One lead: what is known, what was decided and why, what was sent, what waits for a person."""

    snapshot: Snapshot
    decision: Decision
    history: tuple[LedgerRow, ...]
    effects: tuple[Effect, ...]
    holds: tuple[Hold, ...]
    as_of_at: datetime
    is_stored: bool  # the decision in force, as against one made for the question


class NotDecidedYet(Exception):  # noqa: N818 - names the state
    """The lead is known but was never evaluated: the first load is not complete."""


def find(store: Store, who: str) -> tuple[LeadMatch, ...]:
    """Leads that `who` (e-mail, HubSpot or Salesforce id, external key, name) may mean."""
    with store.read() as tx:
        return tuple(snapshots.find_leads(tx, who))


def explain(
    store: Store, playbook: Playbook, lead_id: int, now: datetime, at: datetime | None = None
) -> Explanation:
    """The explanation of one lead, in force or as of `at`. Raises NotDecidedYet."""
    with store.read() as tx:
        history = ledger.history(tx, [lead_id]).get(lead_id, ())
        if at is None:
            snapshot = snapshots.load_snapshots(tx, [lead_id], now)[0]
            decision = ledger.stored_decision(tx, lead_id)
            if decision is None:
                raise NotDecidedYet
        else:
            snapshot = snapshots.load_snapshots(tx, [lead_id], at, known_by=at)[0]
            decision = decide(snapshot, playbook, at)
            history = tuple(row for row in history if row.recorded_at <= at)
        return Explanation(
            snapshot,
            decision,
            history,
            outbox.of_lead(tx, lead_id),
            _holds_of(tx, lead_id),
            decision.verdict.at,
            at is None,
        )


def _holds_of(tx: sa.Connection, lead_id: int) -> tuple[Hold, ...]:
    return tuple(hold for hold in holds.all_holds(tx) if hold.lead_id == lead_id)


def name_of(snapshot: Snapshot) -> str:
    """The person's name as shown to our own users; the number of the lead when nobody gave one."""
    for prefix, first, last in (
        ("contact", "firstname", "lastname"),
        ("lead", "FirstName", "LastName"),
        ("sfcontact", "FirstName", "LastName"),
    ):
        parts: Sequence[str] = [snapshot.fields.get(f"{prefix}.{name}", "").strip() for name in (first, last)]
        if any(parts):
            return " ".join(part for part in parts if part)
    return f"lead {snapshot.lead_id}"


# --- the timeline of one lead ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: a fact, a move, a write, an answer."""

    at: datetime
    what: str
    text: str


def timeline(store: Store, playbook: Playbook, lead_id: int, now: datetime) -> tuple[Line, ...]:
    """Everything that happened to one lead, oldest first."""
    with store.read() as tx:
        snapshot = snapshots.load_snapshots(tx, [lead_id], now)[0]
        history = ledger.history(tx, [lead_id]).get(lead_id, ())
        effects = outbox.of_lead(tx, lead_id)
    labels = {kind.id: kind.label for kind in playbook.signals}
    found = [
        Line(signal.occurred_at, "fact", _fact_text(signal, playbook, labels)) for signal in snapshot.signals
    ]
    found += [Line(row.transition.effective_at, "move", move_text(row.transition)) for row in history]
    for effect in effects:
        target = f"{effect.system} {effect.kind}"
        found.append(Line(effect.created_at, "intended", target))
        if effect.done_at is not None:
            note = f" ({effect.note})" if effect.note else ""
            found.append(Line(effect.done_at, "delivered", f"{target} {effect.result_id}{note}"))
        elif effect.code:
            found.append(Line(effect.updated_at, str(effect.state), f"{target}: {effect.message}"))
    order = {"fact": 0, "move": 1, "intended": 2}
    return tuple(sorted(found, key=lambda line: (line.at, order.get(line.what, 3), line.text)))


def _fact_text(signal: Signal, playbook: Playbook, labels: dict[str, str]) -> str:
    kinds = [labels[kind] for kind in classify(signal.shape, playbook)]
    said = "; ".join(kinds) or _plain_source(signal.shape.source)
    count = f" x{signal.count}" if signal.count > 1 else ""
    shown = signal.detail.title or signal.detail.url if signal.detail else None
    if not shown and signal.shape.source.endswith(("_change", ".deal")):
        told = signal.shape.attributes
        shown = told.get("stage") or f"{told.get('property', '')} = {told.get('value', '')}"
    return f"{said}{count}" + (f": {shown}" if shown else "")


def _plain_source(source: str) -> str:
    """A source no kind of the playbook speaks of: `hubspot.page_view` is `Page view (hubspot)`."""
    system, _dot, what = source.partition(".")
    return f"{what.replace('_', ' ').capitalize()} ({system})"


def move_text(move: Transition) -> str:
    """A move in a few words: from, to, why."""
    origin = f"{move.origin} -> " if move.origin else ""
    code = f" ({move.code})" if move.code else ""
    return f"{origin}{move.target}, {str(move.cause).replace('_', ' ')}{code}"


# --- lists of leads --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """An open hold with the name of its lead."""

    hold: Hold
    name: str

    def as_dict(self) -> dict[str, object]:
        """The documented shape of one entry of `syncd hold list --json`."""
        hold = self.hold
        return {
            "hold_id": hold.hold_id,
            "lead_id": hold.lead_id,
            "name": self.name,
            "kind": hold.kind,
            "reason": hold.reason,
            "candidates": list(hold.candidates),
            "opened_at": hold.opened_at,
        }


def open_cases(store: Store, now: datetime) -> tuple[Case, ...]:
    """Every case that waits for a person, oldest first."""
    with store.read() as tx:
        found = holds.all_holds(tx)
        names = _names(tx, [hold.lead_id for hold in found], now)
    return tuple(Case(hold, names[hold.lead_id]) for hold in found)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead that qualifies on evidence from before go-live."""

    lead_id: int
    name: str
    points: int
    headline: str


def waiting_for_release(store: Store, now: datetime, limit: int) -> tuple[Waiting, ...]:
    """The release list, best first."""
    with store.read() as tx:
        ranked = ledger.releasable(tx, limit)
        names = _names(tx, [lead_id for lead_id, _rank in ranked], now)
        found = []
        for lead_id, rank in ranked:
            decision = ledger.stored_decision(tx, lead_id)
            headline = decision.headline if decision else ""
            found.append(Waiting(lead_id, names[lead_id], rank // MICRO, headline))
    return tuple(found)


def _names(tx: sa.Connection, lead_ids: Sequence[int], now: datetime) -> dict[int, str]:
    loaded = snapshots.load_snapshots(tx, sorted(set(lead_ids)), now)
    return {snapshot.lead_id: name_of(snapshot) for snapshot in loaded}
