"""Two versions of the definition compared: what is told differently, and whom it would move.

Whom it would move is tried out: both versions decide about the same leads, from where they stand now. Of a
large portfolio an even sample is tried, and the answer says so. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.changes import Change, changes
from syncd.core.decide import decide
from syncd.core.headline import place
from syncd.core.model import Snapshot, Stage
from syncd.core.playbook import Playbook
from syncd.core.recalled import recalled
from syncd.jobs.explain import name_of
from syncd.store import snapshots, versions
from syncd.store.engine import Store
from syncd.store.versions import VersionRow

LEADS_MAX = 2_000
BATCH = 200
_JUDGED = frozenset({Stage.LEAD, Stage.MQL, Stage.NEAR_SQL, Stage.SQL, Stage.RECYCLED, Stage.DISQUALIFIED})
"""Stages that our own judgement moves; what sales has in hand follows sales."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One lead that would stand elsewhere."""

    lead_id: int
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Impact:
    """Leads that would change level. `of` is how many there are to look at, `looked_at` how many were."""

    looked_at: int
    of: int
    moved: tuple[Moved, ...]

    @property
    def is_sampled(self) -> bool:
        return self.looked_at < self.of

    def counts(self) -> dict[tuple[str, str], int]:
        """How many would move from where to where, the most first."""
        found: dict[tuple[str, str], int] = {}
        for item in self.moved:
            found[item.before, item.after] = found.get((item.before, item.after), 0) + 1
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes from one version to another, each with the date since when it is known, where it is."""

    before: Playbook
    after: Playbook
    before_at: datetime | None
    after_at: datetime | None
    changes: tuple[Change, ...]
    impact: Impact | None


def stored_versions(store: Store) -> tuple[VersionRow, ...]:
    """Every version the store has seen in force, the newest first."""
    with store.read() as tx:
        return versions.all_versions(tx)


def playbook_of(row: VersionRow) -> Playbook:
    """The definition as it was then. Raises Unreadable."""
    return recalled(row.content, row.version, row.evaluation_version, row.delivery_version)


def compare(
    store: Store | None, before: Playbook, after: Playbook, now: datetime, *, with_leads: bool
) -> Comparison:
    """What changed between two versions; with leads, whom it would move."""
    seen = {} if store is None else _since(store)
    return Comparison(
        before=before,
        after=after,
        before_at=seen.get(before.version),
        after_at=seen.get(after.version),
        changes=changes(before, after),
        impact=impact(store, before, after, now) if store is not None and with_leads else None,
    )


def _since(store: Store) -> dict[str, datetime]:
    """Since when each version has been in force, for the first time; those never in force are left out."""
    with store.read() as tx:
        return versions.terms_since(tx)


def impact(
    store: Store, before: Playbook, after: Playbook, now: datetime, leads_max: int = LEADS_MAX
) -> Impact:
    """Whom the newer version would put elsewhere than the older one, from where everybody stands now."""
    with store.read() as tx:
        ids = versions.lead_ids(tx, frozenset(str(stage) for stage in _JUDGED))
    chosen = _sample(ids, leads_max)
    if before.evaluation_version == after.evaluation_version:
        return Impact(len(ids), len(ids), ())
    moved: list[Moved] = []
    for start in range(0, len(chosen), BATCH):
        with store.read() as tx:
            batch = snapshots.load_snapshots(tx, chosen[start : start + BATCH], now)
        moved += _moved(batch, before, after, now)
    return Impact(len(chosen), len(ids), tuple(moved))


def _sample(ids: Sequence[int], most: int) -> Sequence[int]:
    """At most so many, spread evenly over all."""
    if len(ids) <= most:
        return ids
    return [ids[number * len(ids) // most] for number in range(most)]


def _moved(batch: Sequence[Snapshot], before: Playbook, after: Playbook, now: datetime) -> Iterator[Moved]:
    for snapshot in batch:
        old = decide(snapshot, before, now).standing.position
        new = decide(snapshot, after, now).standing.position
        if old != new:
            yield Moved(snapshot.lead_id, name_of(snapshot), place(old, before), place(new, after))
