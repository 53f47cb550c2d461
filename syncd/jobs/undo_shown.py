"""What an undo would bring back, shown before anybody says yes; and how far one is that was begun.

The very plan the delivery will make is made here, against records read now. Where a system cannot be read,
what the receipts say is shown, and that it was not compared. Nothing is stored and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.core.model import System
from syncd.core.playbook import Playbook
from syncd.core.undoing import MOVES_UNDONE
from syncd.jobs import planning, undoing
from syncd.jobs.deliver import Described
from syncd.jobs.explain import names_of
from syncd.jobs.planning import Context, Failed, Nothing, Send
from syncd.ports import SystemFailure, Target
from syncd.store import outbox, undos
from syncd.store.engine import Store
from syncd.store.outbox import Effect
from syncd.store.undos import RunLine, Written

READ_MAX = 100
"""Records read in one call."""
_ACTS = {
    "restore": "restore",
    "close": "close and mark",
    "end_task": "close the task",
    "membership": "list",
    "leave": "leave",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is, was or would be taken back. `fields` are the values that come back."""

    lead_id: int
    name: str
    system: str
    what: str
    about: str
    fields: Mapping[str, Any]
    notes: tuple[str, ...]
    state: str  # would, left, unread; or the effect's state once it was asked for

    def as_dict(self) -> dict[str, Any]:
        """The documented shape of one step of `syncd undo --json`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a lead stands again."""

    lead_id: int
    name: str
    now: str
    back_to: str
    moves: int

    def as_dict(self) -> dict[str, Any]:
        """The documented shape of one move of `syncd undo --json`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Shown:
    """What `syncd undo RUN` shows."""

    run: RunLine
    lines: tuple[Line, ...]
    moves: tuple[Moved, ...]
    unread: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The documented shape of `syncd undo --json`."""
        return {
            "run": run_data(self.run),
            "steps": [line.as_dict() for line in self.lines],
            "moves": [move.as_dict() for move in self.moves],
            "unread": dict(self.unread),
        }


def run_data(run: RunLine) -> dict[str, Any]:
    """The documented shape of one run."""
    return {
        "run_id": run.run_id,
        "kind": run.kind,
        "status": run.status,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "leads": run.leads,
        "written": dict(run.written),
        "transitions": run.transitions,
        "undone_at": run.undone_at,
        "undone_by": run.undone_by,
    }


def runs(store: Store, limit: int) -> tuple[RunLine, ...]:
    """The newest runs that wrote something, the newest first."""
    with store.read() as tx:
        return undos.runs_that_wrote(tx, limit)


def begun(store: Store, run_id: int, now: datetime) -> Shown | None:
    """How far the undo of a run is; None where nobody has asked for one."""
    with store.read() as tx:
        lines = undos.runs_that_wrote(tx, 1, run_id)
        if not lines or undos.undone(tx, run_id) is None:
            return None
        steps = undos.steps_of(tx, run_id)
        names = names_of(tx, [step["lead_id"] for step in steps if step["lead_id"] is not None], now)
        gone = undoing.erased(tx, undos.written_by(tx, run_id))
    shown = tuple(
        _line(
            int(step["lead_id"] or 0),
            names.get(int(step["lead_id"] or 0), ""),
            str(step["system"]),
            step["payload"],
            tuple(text for text in (step["note"], step["message"]) if text),
            str(step["state"]),
        )
        for step in steps
    )
    return Shown(lines[0], (*shown, *_erased(gone)), (), {})


def _erased(written: Iterable[Written]) -> Iterator[Line]:
    """Records that were written for people erased since: named, and left."""
    why = ("left as it is: the person was erased, and with them what was written",)
    places = dict.fromkeys(
        (item.lead_id or 0, item.system, f"{item.system}:{item.object_type}:{item.object_id}")
        for item in written
        if item.object_id and item.system != System.NOTIFY
    )
    for lead_id, system, place in places:
        yield Line(lead_id, f"lead {lead_id}", system, _ACTS["leave"], place, {}, why, "left")


def foreseen(
    store: Store,
    targets: Mapping[System, Target],
    playbook: Playbook,
    run_id: int,
    person: str,
    now: datetime,
) -> Shown:
    """What taking a run back would do now. Raises NotUndone."""
    with store.read() as tx:
        found = undoing.look(tx, run_id, playbook, person, now)
        names = names_of(tx, found.lead_ids, now)
    effects = outbox.imagined(found.intents, now)
    steps, unread = _planned(effects, targets, playbook.mapping.key_field)
    lines = tuple(
        _foreseen_line(effect, steps.get(effect.effect_id), names.get(effect.lead_id or 0, ""))
        for effect in effects
    )
    moves = tuple(
        Moved(
            lead_id,
            names.get(lead_id, ""),
            str(step.transition.origin),
            str(step.transition.target),
            step.transition.numbers.get(MOVES_UNDONE, 0),
        )
        for lead_id, step in sorted(found.reversals.items())
    )
    return Shown(found.run, (*lines, *_erased(found.erased)), moves, unread)


def _planned(
    effects: Sequence[Effect], targets: Mapping[System, Target], key_field: str
) -> tuple[dict[int, planning.Step], dict[str, str]]:
    """The step of each effect that could be compared with what is there; and why others could not."""
    steps: dict[int, planning.Step] = {}
    unread: dict[str, str] = {}
    for system in (System.SALESFORCE, System.HUBSPOT):
        mine = [effect for effect in effects if effect.system == system]
        target = targets.get(system)
        if not mine:
            continue
        if target is None:
            unread[system] = "it was not asked"
            continue
        try:
            steps |= _read(mine, target, key_field)
        except SystemFailure as error:
            unread[system] = error.failure.message
    return steps, unread


def _read(effects: Sequence[Effect], target: Target, key_field: str) -> dict[int, planning.Step]:
    names = {str(effect.payload["object"]) for effect in effects} & {"lead", "contact", "task"}
    schemas = {name: target.schema(name) for name in names} if isinstance(target, Described) else {}
    context = Context(key_field=key_field, schemas=schemas)
    steps: dict[int, planning.Step] = {}
    for start in range(0, len(effects), READ_MAX):
        part = effects[start : start + READ_MAX]
        found = target.read([planning.lookup(effect, context) for effect in part])
        for effect, item in zip(part, found, strict=True):
            steps[effect.effect_id] = planning.plan(effect, item, context)
    return steps


def _foreseen_line(effect: Effect, step: planning.Step | None, name: str) -> Line:
    system, payload, lead_id = effect.system, effect.payload, effect.lead_id or 0
    match step:
        case Send():
            line = _line(lead_id, name, system, payload, step.notes, "would")
            shown = {key: value for key, value in step.write.fields.items() if key != "Description"}
            return Line(lead_id, name, system, line.what, line.about, shown, step.notes, "would")
        case Nothing():
            notes = step.notes or ("nothing is left to take back",)
            return _line(lead_id, name, system, payload, notes, "left", fields={})
        case Failed():
            return _line(lead_id, name, system, payload, (step.failure.message,), "unread")
        case _:
            state = "would" if system == System.NOTIFY else "unread"
            return _line(lead_id, name, system, payload, (), state)


def _line(
    lead_id: int,
    name: str,
    system: str,
    payload: Mapping[str, Any],
    notes: Iterable[str],
    state: str,
    fields: Mapping[str, Any] | None = None,
) -> Line:
    act = str(payload.get("act", ""))
    if system == System.NOTIFY:
        channel = str(payload.get("channel", ""))  # nothing is left of it once the person is erased
        return Line(lead_id, name, system, "correct", channel, {}, tuple(notes), state)
    about = next(iter(payload.get("known", ())), str(payload.get("object", "")))
    if act == "membership":
        word, of = ("back on", "list") if payload.get("member") else ("off", "from")
        about = f"{word} the list {payload.get(of) or payload.get('list', '')}"
    shown = payload.get("fields", {}) if fields is None else fields
    return Line(lead_id, name, system, _ACTS.get(act, act), about, shown, tuple(notes), state)
