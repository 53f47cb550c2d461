"""Takes back what one run did: as effects in the outbox, holds on the leads, and entries in the ledger.

What is done is read from the run's receipts, which were stored before every call. `look` says what would be
done and changes nothing; `undo` does it in the request's own transaction, so that it happens as a whole and
once. What really comes back is decided at delivery, against fresh records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core import undoing
from syncd.core.lifecycle import Step
from syncd.core.model import Cause, Intent, System
from syncd.core.plain import counted, plain
from syncd.core.playbook import FieldMap, Playbook
from syncd.core.timeline import TOUCH_SOURCES
from syncd.store import holds, ledger, outbox, people, undos
from syncd.store.happened import signals_of
from syncd.store.ledger import LedgerRow
from syncd.store.outbox import Wanted
from syncd.store.tables import EffectState
from syncd.store.undos import Shown, Undone, Written
from syncd.store.work import RequestRow

URGENT = 1
"""Before ordinary writes, after fresh SQLs."""
TITLE_CHARS_MAX = 150
_PEOPLE = frozenset({"lead", "contact"})
_MESSAGES = frozenset({"alert", "notice"})
_GUARDED = frozenset({"opportunity", "customer", "evangelist"})
STAGE = "lifecyclestage"


class NotUndone(Exception):  # noqa: N818 - an outcome for the person who asked
    """The run cannot be taken back; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """What taking one run back means. `steps` are per lead; `reversals` where it stands again."""

    run: undos.RunLine
    steps: Mapping[int, Sequence[Intent]]
    reversals: Mapping[int, Step]
    renewed: frozenset[int]
    """Effects whose outcome will not be there any more."""
    erased: tuple[Written, ...] = ()
    """Writes for people erased since: nobody knows any more what they were."""

    @property
    def lead_ids(self) -> tuple[int, ...]:
        return tuple(sorted(self.steps.keys() | self.reversals.keys()))

    @property
    def intents(self) -> Iterator[tuple[int, Intent]]:
        return ((lead_id, intent) for lead_id in sorted(self.steps) for intent in self.steps[lead_id])


# --- doing it --------------------------------------------------------------------------------------------


def undo(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """Take the named run back, or let its leads go again; returns the answer. Raises NotUndone."""
    run_id = int(request.arguments["run_id"])
    if request.arguments.get("release"):
        return _release(tx, run_id, request.person, now)
    found = look(tx, run_id, playbook, request.person, now)
    lead_ids = found.lead_ids
    if not lead_ids:
        raise NotUndone(f"nothing of run {run_id} can be taken back: `syncd undo {run_id} --plan` says why")
    undos.withdraw(tx, lead_ids, holds.UNDONE, now)
    undos.forget_shown(tx, found.renewed)
    for lead_id, step in found.reversals.items():
        moves, version = [step.transition], playbook.version
        ledger.add_transitions(
            tx, lead_id, moves, playbook_version=version, now=now, epoch=0, request_id=request.request_id
        )
        ledger.save_standing(tx, lead_id, step.standing)
    outbox.put_all(tx, [Wanted(item, steps, is_live=True) for item, steps in found.steps.items()], now)
    reason = (
        f"Taken back by {request.person} (run {run_id}). Nothing is written for this lead until you "
        "release it, or until it does something new."
    )
    for lead_id in lead_ids:
        holds.open_hold(tx, lead_id, holds.UNDONE, reason, [], now)
    ledger.mark_dirty(tx, lead_ids, now)
    undos.save(tx, Undone(run_id, request.request_id, now, request.person, len(lead_ids)))
    steps = sum(len(items) for items in found.steps.values())
    erased = len({item.lead_id for item in found.erased})
    without = f"; left out: {counted(erased, 'lead')} erased since" if erased else ""
    return (
        f"run {run_id} is taken back: {counted(steps, 'step')} for {counted(len(lead_ids), 'lead')}, each "
        f"held until released or newer evidence{without}; `syncd undo {run_id}` shows how far it is"
    )


def _release(tx: sa.Connection, run_id: int, person: str, now: datetime) -> str:
    """Close the holds that this run's undo put on leads."""
    made = undos.undone(tx, run_id)
    if made is None:
        raise NotUndone(f"run {run_id} was not taken back")
    lead_ids = {int(step["lead_id"]) for step in undos.steps_of(tx, run_id) if step["lead_id"] is not None}
    mine = [hold for hold in holds.all_holds(tx) if hold.kind == holds.UNDONE and hold.lead_id in lead_ids]
    if not mine:
        raise NotUndone(f"no lead of run {run_id} is held any more")
    for hold in mine:
        holds.resolve_hold(tx, hold.hold_id, holds.RELEASE, person, now)
    released = [hold.lead_id for hold in mine]
    undos.let_go(tx, released, holds.UNDONE)
    ledger.mark_dirty(tx, released, now)
    return f"{counted(len(released), 'lead')} released: each is judged again by what the playbook says now"


# --- what it means ---------------------------------------------------------------------------------------


def look(tx: sa.Connection, run_id: int, playbook: Playbook, person: str, now: datetime) -> Undoing:
    """What taking this run back would do. Raises NotUndone."""
    run, written = _written(tx, run_id)
    survivors = undos.survivors(tx, {item.lead_id for item in written if item.lead_id is not None})
    gone = erased(tx, written)
    lost = {item.lead_id for item in gone}
    by_lead: dict[int, list[Written]] = {}
    for item in written:
        if item.lead_id is not None and item.lead_id not in lost:
            by_lead.setdefault(survivors[item.lead_id], []).append(item)
    shown = undos.shown_on(tx, {*survivors, *by_lead})  # a merged lead's writes stay under its own number
    about = _About(run, playbook, person, now, shown, _touched(tx, by_lead, now))
    steps = {lead_id: tuple(_steps(about, lead_id, items)) for lead_id, items in by_lead.items()}
    steps = _after_others(tx, {lead_id: items for lead_id, items in steps.items() if items})
    merged = {item: into for item, into in survivors.items() if item != into and item not in lost}
    reversals = _reversals(tx, run, by_lead, merged, now)
    states = {"handoff", "record", "contact", "membership"}
    renewed = frozenset(item.effect_id for item in written if item.kind in states)
    return Undoing(run, steps, reversals, renewed, gone)


def erased(tx: sa.Connection, written: Sequence[Written]) -> tuple[Written, ...]:
    """Those of these writes that were for people erased since."""
    survivors = undos.survivors(tx, {item.lead_id for item in written if item.lead_id is not None})
    rows = people.leads_by_id(tx, set(survivors.values()))
    return tuple(
        item
        for item in written
        if item.lead_id is not None
        and (survivors[item.lead_id] not in rows or rows[survivors[item.lead_id]].is_erased)
    )


def _written(tx: sa.Connection, run_id: int) -> tuple[undos.RunLine, list[Written]]:
    """The run and what it wrote. Raises NotUndone where it cannot be taken back."""
    lines = undos.runs_that_wrote(tx, 1, run_id)
    if not lines:
        raise NotUndone(f"run {run_id} wrote nothing: `syncd runs` lists those that did")
    before = undos.undone(tx, run_id)
    if before is not None:
        raise NotUndone(
            f"run {run_id} was taken back by {before.undone_by} at {before.undone_at:%Y-%m-%d %H:%M} UTC"
        )
    if lines[0].ended_at is None:
        raise NotUndone(f"run {run_id} is still at work: wait until it has ended, then try again")
    everything = undos.written_by(tx, run_id)
    written = [item for item in everything if not item.target.startswith("undo:")]
    if not written:
        raise NotUndone(
            f"run {run_id} only took something back, and an undo cannot be undone: release the leads "
            "instead (`syncd hold list`), and each is written again by what the playbook says"
        )
    on_its_way = {EffectState.SENDING, EffectState.UNKNOWN}
    unsure = [item for item in written if item.state in on_its_way and item.system != System.NOTIFY]
    if unsure:
        raise NotUndone(
            f"{counted(len(unsure), 'write')} of run {run_id} may or may not have arrived: they are settled "
            "by themselves within minutes; try again then"
        )
    return lines[0], written


def _touched(tx: sa.Connection, by_lead: Mapping[int, Sequence[Written]], now: datetime) -> frozenset[int]:
    """Leads whom sales has been in touch with since the run wrote."""
    found: set[int] = set()
    for lead_id, signals in signals_of(tx, sorted(by_lead), now).items():
        since = min(item.sent_at for item in by_lead[lead_id])
        if any(item.occurred_at > since and item.shape.source in TOUCH_SOURCES for item in signals):
            found.add(lead_id)
    return frozenset(found)


def _reversals(
    tx: sa.Connection, run: undos.RunLine, lead_ids: Iterable[int], merged: Mapping[int, int], now: datetime
) -> dict[int, Step]:
    """For each lead that the run moved, the entry that puts it back where it stood. Who stands where the run
    has put somebody `merged` into them stands where they stood before the merge."""
    ids = sorted(lead_ids)
    standings = ledger.standings(tx, ids)
    histories = ledger.history(tx, sorted({*ids, *merged}))
    moved = {
        (into, f"from:{lead_id}")
        for lead_id, into in merged.items()
        if _is_moved(run, histories.get(lead_id, ()))
    }
    found: dict[int, Step] = {}
    for lead_id in ids:
        rows, standing = histories.get(lead_id, ()), standings.get(lead_id)
        if standing is None:
            continue
        made = [
            _is_by(run, row)
            or (row.transition.cause is Cause.MERGED and (lead_id, row.transition.code) in moved)
            for row in rows
        ]
        step = undoing.reversal([row.transition for row in rows], made, standing, now, run.run_id)
        if step is not None:
            found[lead_id] = step
    return found


def _is_moved(run: undos.RunLine, rows: Sequence[LedgerRow]) -> bool:
    """Whether a lead that was merged into another stood, at its end, where the run has put it."""
    own = [row for row in rows if row.transition.cause is not Cause.MERGED]
    return undoing.taken_from([row.transition for row in own], [_is_by(run, row) for row in own]) is not None


def _is_by(run: undos.RunLine, row: LedgerRow) -> bool:
    """Whether the run made this move. That records were merged or people erased is nobody's decision."""
    assert run.ended_at is not None, "a run at work is not taken back"
    move = row.transition
    is_within = run.started_at <= row.recorded_at <= run.ended_at
    is_ours = move.cause not in {Cause.MERGED, Cause.ERASED, Cause.UNDONE}
    return is_within and is_ours and row.request_id is None


def _after_others(
    tx: sa.Connection, steps: Mapping[int, tuple[Intent, ...]]
) -> dict[int, tuple[Intent, ...]]:
    """Two undos of one record go in the order they were asked for."""
    waiting = outbox.targets_waiting(tx, "undo")
    first = {target.split(":", 2)[2]: target for target in waiting}
    return {
        lead_id: tuple(_behind(intent, first.get(intent.target.split(":", 2)[2], "")) for intent in items)
        for lead_id, items in steps.items()
    }


def _behind(intent: Intent, target: str) -> Intent:
    return (
        intent
        if not target
        else Intent(
            intent.system,
            intent.kind,
            intent.target,
            intent.payload,
            intent.pass_number,
            intent.priority,
            target,
        )
    )


# --- the steps of one lead -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _About:
    """What is the same for every step of one undo."""

    run: undos.RunLine
    playbook: Playbook
    person: str
    now: datetime
    shown: Mapping[tuple[str, str, str], Shown]
    touched: frozenset[int]

    @property
    def said(self) -> str:
        return f"{self.playbook.undo.mark} ({self.now:%Y-%m-%d}, {self.person}, run {self.run.run_id})"


def _steps(about: _About, lead_id: int, items: Sequence[Written]) -> Iterator[Intent]:
    by_object: dict[tuple[str, str, str], list[Written]] = {}
    for item in items:
        if item.kind in _MESSAGES:
            continue
        is_track = item.kind == "membership"
        name, object_id = ("track", _contact_of(item)) if is_track else (item.object_type, item.object_id)
        by_object.setdefault((item.system, name, object_id), []).append(item)
    for place, group in by_object.items():
        system, name, object_id = place
        if group[0].kind == "membership":
            yield from _left_track(about, object_id, group)
        elif not object_id:
            why = "left as it is: what became of the write is not known"
            yield _intent(about, group[0], f"{name}:effect{group[0].effect_id}", "leave", {"why": why})
        else:
            yield _step(about, lead_id, (system, name, object_id), group)
    yield from _corrections(about, lead_id, [item for item in items if item.kind in _MESSAGES])


def _step(about: _About, lead_id: int, place: tuple[str, str, str], group: Sequence[Written]) -> Intent:
    """Close what the run made, restore what it changed."""
    system, name, object_id = place
    first, is_created = group[0], any(item.is_created for item in group)
    target, ref = f"{name}:{object_id}", f"{system}:{name}:{object_id}"
    known: dict[str, Any] = {"known": [ref]}
    if name == "optout":
        return _intent(about, first, target, "leave", {"why": "left as it is: nobody is subscribed again"})
    key = next((str(item.payload["key"]) for item in group if item.payload.get("key")), "")
    is_changed_task = name == "task" and all("goes_on" in item.payload for item in group)
    if name == "task" and not is_changed_task:
        return _intent(about, first, target, "end_task", {**known, "key": key, "note": about.said})
    if system == System.SALESFORCE and name not in _PEOPLE and not is_changed_task:
        why = f"left as it is: syncd does not take back what it wrote on a {name}"
        return _intent(about, first, target, "leave", {"why": why})
    if is_created and system == System.SALESFORCE:
        if lead_id in about.touched:
            why = "left as it is: sales has been in touch since"
            return _intent(about, first, target, "leave", {**known, "why": why})
        closing = _closing(about, name)
        shown = about.shown.get(place)
        expected = _together(group) if shown is None else shown.fields
        return _intent(
            about, first, target, "close", {**known, "fields": closing, "expected": dict(expected)}
        )
    before: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for item in group:
        before = {**item.before, **before}
        written = {**written, **item.written}
    changed = {field: value for field, value in before.items() if field in written}
    payload = {**known, "fields": changed, "written": written, **({"key": key} if is_changed_task else {})}
    if system == System.HUBSPOT:
        stage = str(written.get(STAGE) or "")
        payload |= {
            "contact_id": object_id,
            "moves_back": True,
            "may_leave": [stage] if stage in _GUARDED else [],
        }
    return _intent(about, first, target, "restore", payload)


def _together(group: Sequence[Written]) -> dict[str, Any]:
    """Each field as the run wrote it last."""
    return {field: value for item in group for field, value in item.written.items()}


def _closing(about: _About, name: str) -> dict[str, object]:
    """The status of a record that was made by mistake, and where it says so."""
    mapping = about.playbook.mapping
    maps: Sequence[FieldMap] = mapping.lead if name == "lead" else mapping.sfcontact
    by_source = {item.source: item.target for item in reversed(maps)}
    field = by_source.get("syncd.reason") or by_source.get("syncd.brief")
    found: dict[str, object] = {field: about.said} if field else {}
    if name == "lead" and about.playbook.undo.lead_status:
        found["Status"] = about.playbook.undo.lead_status
    return found


def _contact_of(item: Written) -> str:
    return str(item.payload.get("contact_id") or item.object_id)


def _left_track(about: _About, contact_id: str, group: Sequence[Written]) -> Iterator[Intent]:
    """The contact goes back to the list of the track it was on, where the run really changed that."""
    changes = [item for item in group if item.is_created and "lists" in item.before]
    if not changes:
        return
    was = next(iter(changes[0].before["lists"]), "")
    now = str(changes[-1].written["list"])
    if was == now:
        return
    payload = {
        "known": [f"{System.HUBSPOT}:contact:{contact_id}"],
        "contact_id": contact_id,
        "list": was,
        "member": bool(was),
        "from": now,
    }
    yield _intent(about, changes[0], f"track:{contact_id}", "membership", payload)


def _corrections(about: _About, lead_id: int, alerts: Sequence[Written]) -> Iterator[Intent]:
    """One message per channel, however many were sent there about this lead."""
    by_channel: dict[str, list[Written]] = {}
    for item in alerts:
        by_channel.setdefault(str(item.written.get("channel") or item.payload.get("channel", "")), []).append(
            item
        )
    for channel, items in sorted(by_channel.items()):
        titles = [str(item.written.get("title") or item.payload.get("title", "")) for item in items]
        target = f"undo:{about.run.run_id}:alert:{lead_id}:{channel}"
        title = plain(f"Correction: taken back by {about.person}: {titles[0]}", TITLE_CHARS_MAX)
        lines = [
            f"{about.playbook.undo.mark}. Please do not act on the earlier message.",
            *(f"Taken back: {text}" for text in titles[1:6]),
            f"See: syncd undo {about.run.run_id}",
        ]
        payload = {
            **{name: items[-1].payload[name] for name in ("url", "key") if name in items[-1].payload},
            "id": target,
            "channel": channel,
            "event": "correction",
            "title": title,
            "body": "\n".join(lines),
        }
        yield Intent(System.NOTIFY, "notice", target, payload, items[-1].pass_number, URGENT)


def _intent(about: _About, item: Written, name: str, act: str, payload: Mapping[str, object]) -> Intent:
    return Intent(
        System(item.system),
        "undo",
        f"undo:{about.run.run_id}:{item.system}:{name}",
        {"undo": about.run.run_id, "act": act, "object": item.object_type, **payload},
        item.pass_number,
        URGENT,
    )
