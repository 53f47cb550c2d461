"""The life of one lead in one list: what was read, what happened, what we made of it, wrote and told, what
sales did, and what people decided; under every number the lead ever had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core import owner_words
from syncd.core.headline import cause_words, move_words, place
from syncd.core.model import MICRO, Cause, Signal, Snapshot
from syncd.core.plain import counted, plain
from syncd.core.playbook import Playbook
from syncd.core.signals import classify
from syncd.core.sla import words
from syncd.core.sla.clock import clocks
from syncd.core.timeline import TOUCH_SOURCES
from syncd.jobs import alert_words
from syncd.jobs.sales_acts import author_words
from syncd.store import follows, ledger, life, outbox, sales_acts, snapshots
from syncd.store.engine import Store
from syncd.store.ledger import LedgerRow
from syncd.store.life import Read, Sent
from syncd.store.outbox import Effect

TEXT_CHARS_MAX = 600
FIELDS_SHOWN_MAX = 8
_SALES = frozenset(
    {
        Cause.SALES_ACCEPTED,
        Cause.SALES_REJECTED,
        Cause.SALES_DISQUALIFIED,
        Cause.SALES_UNRESPONSIVE,
        Cause.OPPORTUNITY_OPENED,
        Cause.OPPORTUNITY_WON,
        Cause.OPPORTUNITY_LOST,
    }
)
_WHAT = {Cause.UNDONE: "undo", Cause.MERGED: "merge"} | dict.fromkeys(_SALES, "outcome")
_ORDER = (
    "pull", "fact", "touch", "merge", "score", "move", "outcome", "waiver", "release", "owner", "sla", "plan",
    "intended", "write", "hold", "undo",
)  # fmt: skip
"""How things of the same moment follow on each other; what is not named here comes last."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, and the number the lead had then."""

    at: datetime
    what: str
    text: str
    lead_id: int = 0


def timeline(store: Store, playbook: Playbook, lead_id: int, now: datetime) -> tuple[Line, ...]:
    """Everything that happened to one lead, oldest first."""
    with store.read() as tx:
        snapshot = snapshots.load_snapshots(tx, [lead_id], now)[0]
        ids = life.numbers_of(tx, lead_id)
        found = [
            *_facts(snapshot, playbook, _authors(tx, lead_id, snapshot)),
            *_known(tx, ids),
            *_moves(ledger.history(tx, ids).values(), playbook),
            *_clock(snapshot, playbook, now),
            *_owners(tx, ids, snapshot, playbook),
            *_written(tx, ids),
            *_people_said(tx, ids),
        ]
    order = {what: place_of for place_of, what in enumerate(_ORDER)}
    made = (
        Line(line.at, line.what, plain(line.text, TEXT_CHARS_MAX), line.lead_id or lead_id) for line in found
    )
    # of lines at one moment, moves keep the ledger's order
    return tuple(sorted(made, key=lambda line: (line.at, order.get(line.what, len(order)))))


# --- what was read and what happened ---------------------------------------------------------------------


def _known(tx: sa.Connection, ids: tuple[int, ...]) -> Iterator[Line]:
    for row in life.entered(tx, ids):
        yield Line(row.created_at, "pull", f"known to us from here on, as lead {row.lead_id}", row.lead_id)
        if row.released_at is not None:
            text = f"evidence from before go-live counts: released by {row.released_by or 'somebody'}"
            yield Line(row.released_at, "release", text, row.lead_id)
    for number, followed in follows.followed_by(tx, ids).items():
        into = f"Salesforce merged its record into that of lead {followed.lead_id}"
        text = f"{into}: what sales does is about both"
        yield Line(followed.since_at, "merge", text, number)
    for read in life.reads(tx, ids):
        yield Line(read.pulled_at, "pull", _read_text(read), read.lead_id)


def _read_text(read: Read) -> str:
    changed = f"{read.modified_at:%Y-%m-%d %H:%M} UTC"
    return f"{read.system} {read.object_type} {read.object_id} read last, as changed {changed}"


def _authors(tx: sa.Connection, lead_id: int, snapshot: Snapshot) -> dict[int, str]:
    """Who in Salesforce set what a fact tells, by its key."""
    acts = sales_acts.of_leads(tx, [lead_id]).get(lead_id, ())
    return {act.signal_key: author_words(act, snapshot.owner_names) for act in acts}


def _facts(snapshot: Snapshot, playbook: Playbook, authors: Mapping[int, str]) -> Iterator[Line]:
    labels = {kind.id: kind.label for kind in playbook.signals}
    for signal in snapshot.signals:
        what = "touch" if signal.shape.source in TOUCH_SOURCES else "fact"
        by = authors.get(signal.key, "")
        text = fact_text(signal, playbook, labels) + (f", set by {by}" if by else "")
        yield Line(signal.occurred_at, what, text)


def fact_text(signal: Signal, playbook: Playbook, labels: dict[str, str]) -> str:
    """One fact in the playbook's words, else in plain ones."""
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


# --- what we made of it ----------------------------------------------------------------------------------


def _moves(histories: Iterable[Iterable[LedgerRow]], playbook: Playbook) -> Iterator[Line]:
    """Each move with its rule, and beside it the scores it was made on and the playbook in force."""
    for history in histories:
        told = ""
        for row in history:
            move = row.transition
            what = _WHAT.get(move.cause, "move")
            text = move_words(move, playbook)
            if move.cause is Cause.MERGED:
                text = f"{_merged(move.code)}; stands at {place(move.target, playbook)}"
            elif what == "outcome":
                text = f"{cause_words(move.cause, move.code, playbook)}: {text.partition(': ')[0]}"
            yield Line(move.effective_at, what, text, row.lead_id)
            scores = _scores(row)
            if scores and scores != told:
                yield Line(move.effective_at, "score", scores, row.lead_id)
            told = scores or told


def _scores(row: LedgerRow) -> str:
    """The scores a move was made on, and the playbook that gave them; blank for moves that need none."""
    numbers, names = row.transition.numbers, ("fit", "engagement", "intent")
    if not numbers.keys() >= set(names):
        return ""
    shown = ", ".join(f"{name} {numbers[name] / MICRO:.1f}" for name in names)
    return f"{shown}; playbook {row.playbook_version[:12]}"


def _merged(code: str) -> str:
    side, _colon, other = code.partition(":")
    if side == "into":
        return f"this record's history goes on under lead {other}"
    return f"lead {other} was merged into this one" if other else "merged"


def _clock(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Iterator[Line]:
    for clock in clocks(snapshot, snapshot.standing, playbook, now):
        for at, text in words.lines(clock, snapshot.owner_names):
            yield Line(at, "sla", text)


def _owners(
    tx: sa.Connection, ids: tuple[int, ...], snapshot: Snapshot, playbook: Playbook
) -> Iterator[Line]:
    for chosen in life.chosen(tx, ids):
        why = owner_words.reason(chosen, snapshot.owner_names, playbook.time_zone)
        yield Line(chosen.chosen_at, "owner", why)


# --- what was written and told ---------------------------------------------------------------------------


def _written(tx: sa.Connection, ids: tuple[int, ...]) -> Iterator[Line]:
    receipts: defaultdict[int, list[Sent]] = defaultdict(list)
    for sent in life.sent(tx, ids):
        receipts[sent.effect_id].append(sent)
        yield Line(sent.sent_at, "write", _sent_text(sent), sent.lead_id)
    for number in ids:
        for effect in outbox.of_lead(tx, number):
            if effect.kind == "alert":
                yield from _alert_lines(effect, number)
            else:
                yield from _effect_lines(effect, number, was_sent=bool(receipts[effect.effect_id]))


def _sent_text(sent: Sent) -> str:
    """`salesforce task 00T made: Subject, Status and 3 more`."""
    did = {
        "done": "made" if sent.is_created else "written",
        "failed": f"not written ({sent.code})",
        "unknown": "sent, and the answer was lost",
    }.get(sent.result, "sent, and not answered yet")
    fields = ", ".join(sent.fields[:FIELDS_SHOWN_MAX])
    more = len(sent.fields) - FIELDS_SHOWN_MAX
    fields += f" and {more} more" if more > 0 else ""
    target = " ".join(part for part in (sent.system, sent.object_type, sent.object_id) if part)
    return f"{target} {did}" + (f": {fields}" if fields else "")


def _effect_lines(effect: Effect, lead_id: int, *, was_sent: bool) -> Iterator[Line]:
    target = f"{effect.system} {effect.kind}"
    yield Line(effect.created_at, "intended", target, lead_id)
    if effect.done_at is not None:
        if not was_sent or effect.note:
            told = f"{target} {effect.result_id}" + ("" if was_sent else ": nothing was to be written")
            note = f" ({effect.note})" if effect.note else ""
            yield Line(effect.done_at, "delivered", f"{told}{note}", lead_id)
    elif effect.code:
        yield Line(effect.updated_at, str(effect.state), f"{target}: {effect.message}", lead_id)
    elif effect.held_at is not None and effect.held_cause:
        yield Line(
            effect.held_at, "waits", f"{target}: held back ({effect.held_cause.replace('_', ' ')})", lead_id
        )


def _alert_lines(effect: Effect, lead_id: int) -> Iterator[Line]:
    """When a message was meant, and what proves it or why it was not sent."""
    name = alert_words.name_of(effect)
    yield Line(effect.created_at, "intended", name, lead_id)
    if effect.done_at is not None:
        yield Line(effect.done_at, "alert", f"{name}: {alert_words.state_of(effect)}", lead_id)
    elif effect.code:
        yield Line(effect.updated_at, str(effect.state), f"{name}: {effect.message}", lead_id)
    elif alert_words.state_of(effect):
        yield Line(effect.updated_at, "waits", f"{name}: {alert_words.state_of(effect)}", lead_id)


# --- what people decided ---------------------------------------------------------------------------------


def _people_said(tx: sa.Connection, ids: tuple[int, ...]) -> Iterator[Line]:
    for case in life.cases(tx, ids):
        name = f"case {case.hold_id} ({case.kind.replace('_', ' ')})"
        yield Line(case.opened_at, "hold", f"{name}: {case.reason}", case.lead_id)
        if case.resolved_at is not None:
            by = case.resolved_by or "somebody"
            yield Line(case.resolved_at, "hold", f"{name} settled by {by}: {case.resolution}", case.lead_id)
    for waiver in life.set_aside(tx, ids):
        until = f", until {waiver.until_at:%Y-%m-%d}" if waiver.until_at else ""
        text = f"{waiver.name} set aside by {waiver.given_by}: {waiver.why}{until}"
        yield Line(waiver.given_at, "waiver", text, waiver.lead_id)
        if waiver.revoked_at is not None:
            text = f"{waiver.name} counts again: taken back by {waiver.revoked_by or 'somebody'}"
            yield Line(waiver.revoked_at, "waiver", text, waiver.lead_id)
    yield from _plans(life.planned(tx, ids))
    for run in life.taken_back(tx, ids):
        yield Line(run.undone_at, "undo", f"run {run.run_id} taken back by {run.undone_by}")


def _plans(rows: Iterable[sa.Row[Any]]) -> Iterator[Line]:
    """When a plan showed the person and what it would do, and when a person applied it."""
    shown: dict[int, sa.Row[Any]] = {}
    acts: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        shown[row.plan_id] = row
        acts[row.plan_id].append(f"{row.act} {row.system} {row.kind}")
    for plan_id, row in shown.items():
        told = ", ".join(dict.fromkeys(acts[plan_id]))
        steps = counted(len(acts[plan_id]), "step")
        yield Line(row.made_at, "plan", f"plan {plan_id} by {row.made_by} shows {steps}: {told}")
        if row.applied_at is not None:
            yield Line(row.applied_at, "plan", f"plan {plan_id} applied by {row.applied_by}")
