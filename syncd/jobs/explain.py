"""Everything `syncd explain` and the brief of the demo show about one lead, as plain data.

The stored decision is shown as it was made, and beside it the verdict of this moment, with what changed
since. With a date, the lead is decided again from what was known then, or with hindsight from what is known
now about then; with another playbook, as that one would. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from syncd.core import explanation, qualify
from syncd.core.ahead import falls
from syncd.core.decide import decide
from syncd.core.explanation import Page
from syncd.core.lift import lift
from syncd.core.model import MICRO, Decision, Position, Signal, Snapshot, Stage, Transition, Waiver
from syncd.core.playbook import Playbook
from syncd.core.since import Difference, difference
from syncd.store import holds, ledger, outbox, snapshots, waivers
from syncd.store.engine import Store
from syncd.store.holds import Hold
from syncd.store.ledger import LedgerRow
from syncd.store.outbox import Effect
from syncd.store.snapshots import LeadMatch

NAMED_MAX = 4
"""Colleagues named on the page."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One lead: what is known, what was decided and why, what was sent, what waits for a person.

    `decision` is the stored one where `is_stored`, else made for the question. `page` is of `as_of_at`;
    `pending` are moves due by then that no evaluation has made yet.
    """

    snapshot: Snapshot
    decision: Decision
    history: tuple[LedgerRow, ...]
    effects: tuple[Effect, ...]
    holds: tuple[Hold, ...]
    as_of_at: datetime
    is_stored: bool
    page: Page
    pending: tuple[Transition, ...] = ()
    decided_at: datetime | None = None


class NotDecidedYet(Exception):  # noqa: N818 - names the state
    """The lead is known but was never evaluated: the first load is not complete."""


def find(store: Store, who: str) -> tuple[LeadMatch, ...]:
    """Leads that `who` (e-mail, HubSpot or Salesforce id, external key, name) may mean."""
    with store.read() as tx:
        return tuple(snapshots.find_leads(tx, who))


@dataclass(frozen=True, slots=True)
class Question:
    """How a lead is asked about: as of a date, with hindsight, under another definition. `is_full` asks also
    what would lift it and when it falls, which is tried out and takes some hundred verdicts."""

    at: datetime | None = None
    hindsight: bool = False
    playbook: Playbook | None = None
    is_full: bool = False


def explain(
    store: Store, playbook: Playbook, lead_id: int, now: datetime, question: Question | None = None
) -> Explanation:
    """The explanation of one lead, in force or as asked. Raises NotDecidedYet."""
    asked = question or Question()
    with store.read() as tx:
        history = ledger.history(tx, [lead_id]).get(lead_id, ())
        effects, cases = outbox.of_lead(tx, lead_id), _holds_of(tx, lead_id)
        stored = ledger.stored_decision(tx, lead_id)
        if stored is None:
            raise NotDecidedYet
        moment = now if asked.at is None else asked.at
        snapshot = _snapshot(tx, lead_id, now, asked)
        before = None if asked.at or asked.playbook else stored
        last = _last_moved(tx, snapshot, lead_id, moment)
    if asked.at is not None:
        history = tuple(row for row in history if row.recorded_at <= asked.at)
    book = asked.playbook or playbook
    decided = decide(snapshot, book, moment)
    changed = _changed(playbook, book, snapshot, decided, before, last)
    is_stored = asked.at is None and asked.playbook is None
    is_erased = decided.standing.position.stage is Stage.ERASED
    page = explanation.page(
        snapshot,
        decided,
        book,
        changed=changed,
        lift=lift(snapshot, book, moment) if asked.is_full and not is_erased else None,
        ahead=falls(snapshot, book, moment, decided) if asked.is_full else None,
        names=_colleagues(store, snapshot, moment) if asked.is_full else None,
    )
    return Explanation(
        snapshot=snapshot,
        decision=stored if is_stored else decided,
        history=history,
        effects=effects,
        holds=cases,
        as_of_at=moment,
        is_stored=is_stored,
        page=page,
        pending=decided.transitions if is_stored else (),
        decided_at=stored.verdict.at if is_stored else None,
    )


def _snapshot(tx: sa.Connection, lead_id: int, now: datetime, asked: Question) -> Snapshot:
    """What is known now; with a date, what was known then; with hindsight, what is known now about then."""
    if asked.at is None:
        return snapshots.load_snapshots(tx, [lead_id], now)[0]
    then = snapshots.load_snapshots(tx, [lead_id], asked.at, known_by=asked.at)[0]
    if not asked.hindsight:
        return then
    known = snapshots.load_snapshots(tx, [lead_id], now)[0]
    return replace(
        then,
        signals=_about(known.signals, asked.at),
        account_signals=_about(known.account_signals, asked.at),
    )


def _colleagues(store: Store, snapshot: Snapshot, moment: datetime) -> dict[str, str]:
    """Names of the colleagues who were active last, by surrogate."""
    people = [name for name in explanation.colleagues(snapshot, moment) if name.isdecimal()][:NAMED_MAX]
    with store.read() as tx:
        names = _names(tx, [int(name) for name in people], moment)
    return {str(lead_id): name for lead_id, name in names.items() if name != f"lead {lead_id}"}


def _about(signals: Sequence[Signal], at: datetime) -> tuple[Signal, ...]:
    """Facts that had happened by then, as if each had been known at once."""
    return tuple(replace(item, known_at=item.occurred_at) for item in signals if item.occurred_at <= at)


def _last_moved(
    tx: sa.Connection, snapshot: Snapshot, lead_id: int, moment: datetime
) -> tuple[Snapshot, datetime, Position] | None:
    """What was known when the lead last moved, and where it came to stand; None when it never did."""
    moves = [move for move in snapshot.history if move.effective_at < moment]
    if not moves:
        return None
    at = moves[-1].effective_at
    return snapshots.load_snapshots(tx, [lead_id], at, known_by=at)[0], at, moves[-1].target


def _changed(
    playbook: Playbook,
    book: Playbook,
    snapshot: Snapshot,
    decided: Decision,
    before: Decision | None,
    last: tuple[Snapshot, datetime, Position] | None,
) -> Difference | None:
    """Against the stored decision; where nothing is different, against the last move. Another playbook is
    compared with the one in force."""
    stands = decided.standing.position
    if book is not playbook:
        ours = decide(snapshot, playbook, decided.verdict.at)
        pair = (ours.standing.position, stands)
        return difference(ours.verdict, decided.verdict, snapshot, book, pair)
    if before is not None:
        pair = (before.standing.position, stands)
        found = difference(before.verdict, decided.verdict, snapshot, book, pair)
        if not found.is_empty:
            return found
    if last is None:
        return None
    then, at, stood = last
    return difference(qualify.verdict(then, book, at), decided.verdict, snapshot, book, (stood, stands))


def waivers_of(store: Store, lead_id: int, now: datetime) -> tuple[Waiver, ...]:
    """What people have set aside for one lead and not taken back, the oldest first."""
    with store.read() as tx:
        return waivers.of_leads(tx, [lead_id], now).get(lead_id, ())


def headline_of(store: Store, lead_id: int) -> str:
    """The stored verdict in one line; empty before the first."""
    with store.read() as tx:
        decision = ledger.stored_decision(tx, lead_id)
    return decision.headline if decision else ""


def _holds_of(tx: sa.Connection, lead_id: int) -> tuple[Hold, ...]:
    return tuple(hold for hold in holds.all_holds(tx) if hold.lead_id == lead_id)


def name_of(snapshot: Snapshot) -> str:
    """The person's name as shown to our own users; the number of the lead when nobody gave one."""
    return person_name(snapshot.fields, snapshot.lead_id)


def person_name(fields: Mapping[str, str], lead_id: int) -> str:
    """The same from the fields of the person's records alone."""
    for prefix, first, last in (
        ("contact", "firstname", "lastname"),
        ("lead", "FirstName", "LastName"),
        ("sfcontact", "FirstName", "LastName"),
    ):
        parts: Sequence[str] = [fields.get(f"{prefix}.{name}", "").strip() for name in (first, last)]
        if any(parts):
            return " ".join(part for part in parts if part)
    return f"lead {lead_id}"


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
            "candidates": [
                {name: value for name, value in item.items() if name != "fields"} for item in hold.candidates
            ],
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


def names_of(tx: sa.Connection, lead_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """What these leads are called for our own users."""
    return _names(tx, lead_ids, now)


def _names(tx: sa.Connection, lead_ids: Sequence[int], now: datetime) -> dict[int, str]:
    loaded = snapshots.load_snapshots(tx, sorted(set(lead_ids)), now)
    return {snapshot.lead_id: name_of(snapshot) for snapshot in loaded}
