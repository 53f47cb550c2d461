"""What the next delivery would do, without doing it: every open effect against a fresh read of both systems.

Leads that are to be decided are decided for the plan only, in transactions that are taken back. Reading and
planning are the delivery's own (`deliver.look`), so the plan equals what applying it writes by construction.
Nothing here writes to another system.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from syncd.core.model import System
from syncd.core.playbook import Playbook
from syncd.jobs import deliver, evaluate
from syncd.jobs.foreseen import KINDS, Act, Foreseen, failed, foreseen, waiting
from syncd.jobs.limiting import CAUSES
from syncd.jobs.planning import Send
from syncd.ports import Budget, Clock, Failure, SystemFailure, Target, Usage, Write
from syncd.store import holds, plans, snapshots, work
from syncd.store.bulk import chunks
from syncd.store.engine import Store
from syncd.store.outbox import Effect
from syncd.store.tables import EffectState

DECIDED_MAX = 5_000
"""Leads decided for one plan. More are waiting only after a first load or a long pause: sync first."""
PAGE = 500
STOPS: Mapping[Act, str] = {
    Act.HOLD: "a person is asked about it",
    Act.FAIL: "it cannot be written",
    Act.WAIT: "it waits too",
}
"""What does not get there stops what comes after it, and why."""


@runtime_checkable
class Metered(Protocol):
    """A target that counts its calls and knows its limits."""

    def usage(self) -> tuple[Usage, ...]: ...

    def budgets(self) -> tuple[Budget, ...]: ...


@runtime_checkable
class Priced(Protocol):
    """A target that knows how many calls writes take."""

    def calls_for(self, writes: Sequence[Write]) -> int: ...


@dataclass(slots=True)
class Seen:
    """What was counted on the way."""

    acts: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # system, kind, act
    leads: set[int] = field(default_factory=set)  # for whom something leaves
    alerts: Counter[str] = field(default_factory=Counter)  # channel
    owners: Counter[str] = field(default_factory=Counter)  # of new records; blank: the org's own rules
    undecided_owners: Counter[str] = field(default_factory=Counter)  # of those decided for the plan only
    writing: Counter[str] = field(default_factory=Counter)  # system -> calls
    reading: Counter[str] = field(default_factory=Counter)
    unread: dict[str, Failure] = field(default_factory=dict)
    decided: int = 0
    undecided: int = 0  # left for later, being too many
    held_back: Counter[str] = field(default_factory=Counter)  # cause
    fields: int = 0


class Foresight:
    """One look ahead. `batches` is read once; `seen` is complete afterwards."""

    def __init__(
        self, store: Store, targets: Mapping[System, Target], playbook: Playbook, clock: Clock
    ) -> None:
        self.seen = Seen()
        self._store = store
        self._targets = targets
        self._playbook = playbook
        self.now = clock.now()
        self._stopped: dict[tuple[str, str], str] = {}
        self._decided: dict[int, list[Effect]] = {}
        self._numbers = 0

    def batches(self) -> Iterator[list[Foreseen]]:
        """Every step, in the order of a delivery."""
        before = self._calls()
        self._rehearse()
        for system, kinds in deliver.LANES.items():
            if system not in self._targets:
                continue
            for kind in kinds:
                for effects in self._effects(system, kind):
                    steps = self._steps(system, effects)
                    self._count(steps)
                    yield steps
        self.seen.reading = self._calls()
        self.seen.reading.subtract(before)

    def budgets(self) -> dict[str, tuple[Budget, ...]]:
        """What each system has left, as last seen."""
        return {
            system: target.budgets()
            for system, target in self._targets.items()
            if isinstance(target, Metered)
        }

    def again(self, system: System, effects: Sequence[Effect]) -> list[Foreseen]:
        """The steps of these effects as they follow now. Raises SystemFailure."""
        return self._look(system, effects)

    # --- what is to be looked at -------------------------------------------------------------------------

    def _rehearse(self) -> None:
        """Decide who is due for this plan only; their effects stand for the stored ones."""
        with self._store.read() as tx:
            if work.baseline(tx).baseline_at is None:
                return
            due = snapshots.due_lead_ids(tx, self.now, DECIDED_MAX + 1)
        self.seen.undecided = len(due[DECIDED_MAX:])
        for ids, effects in evaluate.rehearse(self._store, self._playbook, self.now, DECIDED_MAX):
            self.seen.decided += len(ids)
            self._decided |= {lead_id: [] for lead_id in ids}
            for effect in effects:
                lead_id = effect.lead_id
                assert lead_id is not None, "asked for by lead"
                if effect.effect_id < 0:  # its number was taken back with its row, and comes again
                    self._numbers += 1
                    effect = replace(effect, effect_id=-self._numbers)  # noqa: PLW2901
                self._decided[lead_id].append(effect)

    def _effects(self, system: System, kind: str) -> Iterator[list[Effect]]:
        """The open effects of one kind in batches: the stored ones, then those decided for the plan."""
        size = self._targets[system].batch_max
        after = (-1, 0)
        while True:
            with self._store.read() as tx:
                page = plans.open_effects(tx, system, kind, self.now, after, PAGE)
            stored = [effect for effect in page if not self._is_decided(effect)]
            yield from (list(part) for part in chunks(stored, size))
            if len(page) < PAGE:
                break
            after = (page[-1].priority, page[-1].effect_id)
        made = [
            effect
            for effects in self._decided.values()
            for effect in effects
            if (effect.system, effect.kind) == (system, kind)
        ]
        yield from (list(part) for part in chunks(made, size))

    def _is_decided(self, effect: Effect) -> bool:
        """Whether what was decided for the plan stands for a stored effect. A second look at one that is done
        stays, unless something else is meant by now."""
        theirs = self._decided.get(effect.lead_id or 0)
        if theirs is None:
            return False
        return effect.state != EffectState.DONE or any(e.effect_id == effect.effect_id for e in theirs)

    # --- looking -----------------------------------------------------------------------------------------

    def _steps(self, system: System, effects: Sequence[Effect]) -> list[Foreseen]:
        standing = {effect.effect_id: self._waits(effect) for effect in effects}
        asked = [effect for effect in effects if standing[effect.effect_id] is None]
        looked: list[Foreseen] = []
        if asked and system not in self.seen.unread:
            try:
                looked = self._look(system, asked)
            except SystemFailure as error:
                self.seen.unread[system] = error.failure
        if system in self.seen.unread:
            failure = self.seen.unread[system]
            why = f"{system} could not be read: {failure.message}"
            looked = [waiting(effect, why, failure.code, failure.cure) for effect in asked]
        by_id = dict(zip((effect.effect_id for effect in asked), looked, strict=True))
        steps = [standing[effect.effect_id] or by_id[effect.effect_id] for effect in effects]
        steps = [
            replace(step, decided_at=self.now) if step.lead_id in self._decided else step for step in steps
        ]
        self._stopped |= {
            (step.system, step.target): f"waits for {KINDS.get(step.kind, step.kind)}: {STOPS[step.act]}"
            for step in steps
            if step.act in STOPS
        }
        return steps

    def _waits(self, effect: Effect) -> Foreseen | None:
        """Why an effect would not be looked at in a delivery; None when it would."""
        if effect.held_cause:
            self.seen.held_back[effect.held_cause] += 1
            if effect.held_cause == holds.UNDONE:
                return waiting(effect, "taken back by a person", "undone", "syncd hold list")
            why = f"held back, too many at once: {CAUSES.get(effect.held_cause, effect.held_cause)}"
            return waiting(effect, why, "held_back", "syncd queue list")
        if effect.state == EffectState.PARKED:
            return self._parked(effect)
        stopped = self._stopped.get((effect.system, effect.after))
        return waiting(effect, stopped) if stopped else None

    def _parked(self, effect: Effect) -> Foreseen:
        if not effect.code.startswith("identity."):
            return waiting(effect, effect.message, effect.code, f"syncd errors {effect.code} --retry")
        with self._store.read() as tx:
            named = plans.candidates(tx, [effect.effect_id]).get(effect.effect_id, [])
        return replace(
            waiting(effect, effect.message, effect.code, "syncd hold list"), candidates=tuple(named)
        )

    def _look(self, system: System, effects: Sequence[Effect]) -> list[Foreseen]:
        """Read, plan, and keep what it would be. Raises SystemFailure."""
        target = self._targets[system]
        with self._store.read() as tx:
            context = deliver.context_of(tx, self._playbook, effects, self.now)
        looked = deliver.look(target, [_as_due(effect) for effect in effects], context)
        writes = [step.write for _found, step in looked if isinstance(step, Send)]
        if writes:
            self.seen.writing[system] += target.calls_for(writes) if isinstance(target, Priced) else 1
        return [
            failed(effect, found.failure)
            if found.failure is not None
            else foreseen(effect, found, step, self._playbook)
            for effect, (found, step) in zip(effects, looked, strict=True)
        ]

    # --- counting ----------------------------------------------------------------------------------------

    def _calls(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for system, target in self._targets.items():
            if isinstance(target, Metered):
                found[system] = sum(row.calls for row in target.usage())
        return found

    def _count(self, steps: Sequence[Foreseen]) -> None:
        for step in steps:
            self.seen.acts[step.system, step.kind, step.act] += 1
            if not step.is_leaving:
                continue
            if step.lead_id is not None:
                self.seen.leads.add(step.lead_id)
            self.seen.fields += len(step.changes)
            about = step.about or {}
            if step.kind == "alert":
                self.seen.alerts[str(about.get("channel", ""))] += 1
            if step.kind == "handoff" and step.act is Act.CREATE:
                self.seen.owners[_owner(step)] += 1
                self.seen.undecided_owners[_owner(step)] += step.decided_at is not None


def _as_due(effect: Effect) -> Effect:
    """The effect as a delivery would find it: what only observes as if it were live, what was being sent
    when its process was killed as of unknown fate. It is read at leisure: no reserved call is used."""
    states = {EffectState.OBSERVED.value: EffectState.PENDING, EffectState.SENDING.value: EffectState.UNKNOWN}
    return replace(effect, state=str(states.get(effect.state, effect.state)), priority=5)


def _owner(step: Foreseen) -> str:
    """Who would own a new record; blank where the org's own rules choose."""
    for change in step.changes:
        if change.name == "OwnerId" and change.after:
            return str(change.after)
    return str((step.about or {}).get("owner", ""))
