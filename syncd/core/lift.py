"""What would lift a lead: the smallest sets of further acts and missing facts, found by trying them.

Nothing is guessed from points. Each set is added to the snapshot, dated now, and judged by the real verdict,
smallest sets first; a set that holds a smaller one that lifts is left out. No set passes a filter, a failed
ICP gate or a guard: those are named instead. The number of trials is bounded and does not depend on time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations, combinations_with_replacement

from syncd.core import moves, qualify
from syncd.core.atoms import ScoreName
from syncd.core.compiled import compiled
from syncd.core.decide import decide
from syncd.core.hypothetical import Act, acts_of, with_acts
from syncd.core.instants import to_ms
from syncd.core.lead import Instant, Lead
from syncd.core.model import Position, Snapshot, Stage, Verdict
from syncd.core.playbook import Playbook

ACTS_MAX = 3
MOVES_MAX = 8
"""Moves one set can make at once."""
WAYS_MAX = 4
"""Sets shown besides those with a decisive action."""
FOUND_MAX = 12
TRIALS_MAX = 700
TRIALS_MIN = 150
WORK_MAX = 35_000
"""Trials times signals: who did a thousand things is tried less often, so that an answer stays quick."""
PROMISING_MAX = 12
"""Acts that sets of three are made of: those that alone bring the lead nearest."""

_MARKETING = frozenset({Stage.LEAD, Stage.MQL, Stage.NEAR_SQL})
_WITH_SALES = frozenset({Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED, Stage.OPPORTUNITY, Stage.CUSTOMER})
_LIFTED = _MARKETING | _WITH_SALES
_HARMLESS = frozenset({"", qualify.BLOCKED_WHILE_OBSERVING})
"""What may stand beside an SQL that a set earns: before go-live nobody is handed over, whatever they do."""


@dataclass(frozen=True, slots=True)
class Way:
    """One smallest set: all of it together lifts the lead to `reaches`, no part of it does."""

    acts: tuple[Act, ...]
    reaches: Position


@dataclass(frozen=True, slots=True)
class Lift:
    """What would lift one lead. `target` is the next level, None when there is none to be lifted to.

    `obstacles` are ids of filters, gates and guards (as in `Verdict.blocked_by`) that keep sets from lifting.
    `is_complete` says that every set as small as those named was tried; without any, every set of up to
    three acts.
    """

    start: Position
    target: Position | None
    ways: tuple[Way, ...] = ()
    obstacles: tuple[str, ...] = ()
    trials: int = 0
    is_complete: bool = True


def lift(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Lift:
    """The smallest sets of acts that would lift this lead, a handful at most."""
    verdict = qualify.verdict(snapshot, playbook, now)
    start = start_of(snapshot, verdict, playbook)
    if start.stage not in _MARKETING | {Stage.RECYCLED}:
        return Lift(
            start, None, obstacles=() if start.stage in _WITH_SALES else _kept_out_by(snapshot, verdict)
        )
    search = _Search(snapshot, playbook, now, start, verdict)
    ways = search.ways()
    return Lift(
        start,
        next_level(start, playbook),
        ways,
        search.obstacles(),
        search.trials,
        is_complete=search.is_complete,
    )


def _kept_out_by(snapshot: Snapshot, verdict: Verdict) -> tuple[str, ...]:
    """The filters that keep somebody out; the reason sales gave, where no filter does."""
    filters = [item.id for item in verdict.filters if item.matched and item.outcome in ("block", "stop")]
    reason = snapshot.standing.reason if snapshot.standing else ""
    return tuple(filters) or tuple(filter(None, (verdict.blocked_by or reason,)))


def start_of(snapshot: Snapshot, verdict: Verdict, playbook: Playbook) -> Position:
    """Where the lead stands; what its criteria earn already, where that is higher or nothing is stored."""
    if snapshot.standing is None:
        return verdict.earned
    position = snapshot.standing.position
    if position.stage not in _MARKETING or verdict.earned.stage is Stage.SQL:
        return position
    return max(position, verdict.earned, key=lambda item: height(item, playbook))


def height(position: Position, playbook: Playbook) -> int:
    """The number of a level in the order of levels; 0 for a lead and for everybody outside them."""
    levels = [level.id for level in playbook.levels.mql]
    match position.stage:
        case Stage.MQL:
            return 1 + levels.index(position.level) if position.level in levels else 0
        case Stage.NEAR_SQL:
            return 1 + len(levels)
        case Stage.SQL | Stage.HANDED_OFF:
            return 2 + len(levels)
        case _:
            return 0


def next_level(position: Position, playbook: Playbook) -> Position | None:
    """The level above; for somebody given back, the lowest one there is."""
    ladder = [Position(Stage.MQL, level.id) for level in playbook.levels.mql]
    ladder += [Position(Stage.NEAR_SQL), Position(Stage.SQL)]
    above = height(position, playbook)
    return ladder[above] if above < len(ladder) else None


class _Search:
    """Tries sets by size, and remembers what each gave."""

    def __init__(
        self, snapshot: Snapshot, playbook: Playbook, now: datetime, start: Position, verdict: Verdict
    ) -> None:
        self.snapshot = snapshot
        self.playbook = playbook
        self.now = now
        self.above = height(start, playbook)
        self.is_out = start.stage is Stage.RECYCLED
        self.before = verdict
        self.acts = acts_of(snapshot, playbook, now)
        self._decisive = playbook.levels.decisive.signals
        self.trials = 0
        self.trials_max = max(TRIALS_MIN, min(TRIALS_MAX, WORK_MAX // (50 + len(snapshot.signals))))
        self.is_complete = True
        self._given: dict[tuple[int, ...], Position | None] = {}
        self._gain: dict[int, int] = {}
        self._stopped: dict[str, None] = {}
        self._now_ms = to_ms(now)
        self._total = _total(verdict)

    def ways(self) -> tuple[Way, ...]:
        """The smallest sets found, each confirmed by a full decision. Sets with a decisive action come first,
        as one; others are looked for up to the smallest size that lifts."""
        found: list[tuple[int, ...]] = []
        for size in range(1, ACTS_MAX + 1):
            plain = 0
            for choice in self._choices(size, found):
                if plain >= FOUND_MAX or not self._may_try():
                    break
                if self._lifts(choice) and not self._has_smaller(choice):
                    found.append(choice)
                    plain += not self._is_decisive(choice)
            if plain:
                break
        decisive = [choice for choice in found if self._is_decisive(choice)]
        others = [choice for choice in found if not self._is_decisive(choice)]
        return (*self._merged(self._confirmed(decisive, FOUND_MAX)), *self._confirmed(others, WAYS_MAX))

    def _is_decisive(self, choice: Sequence[int]) -> bool:
        return any(self.acts[number].id in self._decisive for number in choice)

    def _merged(self, ways: Sequence[Way]) -> tuple[Way, ...]:
        """Ways that differ in nothing but the decisive action, as one way that names them all."""
        alike: dict[tuple[object, ...], list[Way]] = {}
        for way in ways:
            rest = tuple(act.id for act in way.acts if act.id not in self._decisive)
            alike.setdefault((rest, way.reaches), []).append(way)
        return tuple(self._merge(group) for group in alike.values())

    def _merge(self, ways: Sequence[Way]) -> Way:
        named = {act.id: act for way in ways for act in way.acts if act.id in self._decisive}
        ordered = [named[name] for name in self._decisive if name in named]
        first = replace(ordered[0], others=tuple(act.label for act in ordered[1:]))
        rest = [act for act in ways[0].acts if act.id not in self._decisive]
        return Way((*rest, first), ways[0].reaches)

    def obstacles(self) -> tuple[str, ...]:
        """What stopped sets that had earned SQL, and what stops this lead whatever it does."""
        stopping = [
            item.id
            for item in self.before.filters
            if item.matched and item.outcome in qualify.STOPPING | {"stop"}
        ]
        if self.before.icp == "missing":
            stopping.append(qualify.BLOCKED_BY_ICP)
        return tuple(dict.fromkeys([*stopping, *self._stopped]))

    # --- which sets --------------------------------------------------------------------------------------

    def _choices(self, size: int, found: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
        """Sets of that size without a smaller one that lifts; no two facts about the same field."""
        numbers: Sequence[int] = range(len(self.acts))
        if size > 1:
            alone = {item[0] for item in found if len(item) == 1}
            numbers = sorted((n for n in numbers if n not in alone), key=self._promise)
        if size == ACTS_MAX and len(numbers) > PROMISING_MAX:
            numbers = numbers[:PROMISING_MAX]
            self.is_complete = False
        smaller = [frozenset(item) for item in found if len(item) < size]
        for choice in combinations_with_replacement(numbers, size):
            if self._is_sensible(choice) and not any(item <= frozenset(choice) for item in smaller):
                yield tuple(sorted(choice))

    def _promise(self, number: int) -> tuple[int, int]:
        """Least first: how many points the act brings on its own, then the playbook's order."""
        return -self._gain.get(number, 0), number

    def _is_sensible(self, choice: Sequence[int]) -> bool:
        """No fact twice, and no two facts that say different things of one field."""
        taken: set[str] = set()
        for number in choice:
            fields = set(self.acts[number].fields)
            if fields & taken:
                return False
            taken |= fields
        return True

    def _has_smaller(self, choice: tuple[int, ...]) -> bool:
        parts = {part for size in range(1, len(choice)) for part in combinations(choice, size)}
        return any(self._lifts(part) for part in sorted(parts))

    def _may_try(self) -> bool:
        if self.trials < self.trials_max:
            return True
        self.is_complete = False
        return False

    # --- what a set gives --------------------------------------------------------------------------------

    def _lifts(self, choice: tuple[int, ...]) -> bool:
        if choice not in self._given:
            self._given[choice] = self._try(choice)
        reached = self._given[choice]
        return reached is not None and height(reached, self.playbook) > self.above

    def _try(self, choice: tuple[int, ...]) -> Position | None:
        """Where the criteria put the lead with this set, by the evaluation itself, without its reasons."""
        self.trials += 1
        instant = self._instant(choice)
        earned, _missing = qualify.earned_position(instant.view)
        blocked_by = qualify.handover(instant, self.snapshot.standing).blocked_by
        if len(choice) == 1:
            self._gain[choice[0]] = instant.view.micro(ScoreName.TOTAL) - self._total
        claims = qualify.did_decisive(instant.view) or earned.stage is Stage.SQL
        if claims and blocked_by not in _HARMLESS:
            self._stopped.setdefault(blocked_by)
            return None if earned.stage is Stage.SQL else earned
        return self._settled(instant) if self.is_out else earned

    def _instant(self, choice: tuple[int, ...]) -> Instant:
        tried = with_acts(self.snapshot, [self.acts[number] for number in choice], self.now)
        lead = Lead(tried, compiled(self.playbook))
        lead.advance(self._now_ms)
        return lead.at(self._now_ms)

    def _settled(self, instant: Instant) -> Position | None:
        """Where somebody who was given back comes to stand; None when they stay out."""
        standing = self.snapshot.standing
        for _move in range(MOVES_MAX):
            if standing is None:
                return None
            step = moves.next_move(instant, standing, is_filtered=False, cause=None)
            if step is None:
                break
            standing = step.standing
        return standing.position if standing and standing.position.stage in _LIFTED else None

    def _confirmed(self, found: Iterable[tuple[int, ...]], most: int) -> tuple[Way, ...]:
        """Ways in order of size, those that name something new first; each holds in a full decision, which
        before go-live cannot show an SQL."""
        left = list(found)
        used: dict[int, int] = {}
        ways: list[Way] = []
        while left and len(ways) < most:
            left.sort(key=lambda choice: (len(choice), self._burden(choice, used)))
            choice = left.pop(0)
            acts = [self.acts[number] for number in choice]
            reached = self._given[choice]
            if reached is not None and (reached.stage is not Stage.SQL or self._is_live):
                reached = _stands(with_acts(self.snapshot, acts, self.now), self.playbook, self.now)
            if reached is None or height(reached, self.playbook) <= self.above:
                continue
            ways.append(Way(_counted(acts), reached))
            for number in choice:
                used[number] = used.get(number, 0) + 1
        return tuple(ways)

    def _burden(self, choice: tuple[int, ...], used: dict[int, int]) -> tuple[int, int, int]:
        """How little a set tells people: the same act again, acts named before, acts late in buying."""
        repeats = len(choice) - len(set(choice))
        return repeats, sum(used.get(n, 0) for n in choice), sum(self.acts[n].phase for n in choice)

    @property
    def _is_live(self) -> bool:
        live_at = self.snapshot.baseline.go_live_at
        return live_at is not None and live_at <= self.now


def _stands(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Position | None:
    """Where a full decision puts the lead; None when it stays out."""
    position = decide(snapshot, playbook, now).standing.position
    return position if position.stage in _LIFTED else None


def _total(verdict: Verdict) -> int:
    return verdict.fit.points_micro + verdict.engagement.points_micro + verdict.intent.points_micro


def _counted(acts: Sequence[Act]) -> tuple[Act, ...]:
    """The same act several times as one with a count."""
    counted: dict[tuple[str, str], Act] = {}
    for act in acts:
        name = (act.kind, act.id)
        before = counted.get(name)
        counted[name] = act if before is None else replace(before, count=before.count + act.count)
    return tuple(counted.values())
