"""What putting another version of the definition in force would do, to everybody, without storing anything.

Everybody is screened from packs, step by step, as a full pass would; only those whom the newer version does
not let stay are decided in full by both. Of very many an even sample is decided, and the answer says so.
Memory holds one step and the numbers of the leads that would not stay.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.core.colleagues import window_days
from syncd.core.decide import decide
from syncd.core.headline import place
from syncd.core.model import Decision, Snapshot
from syncd.core.plain import shorten, visible
from syncd.core.playbook import Playbook
from syncd.core.replayed import would_be_sql
from syncd.jobs.explain import name_of
from syncd.jobs.fullpass import STEP, Pass
from syncd.store import counting, snapshots, versions
from syncd.store.bulk import chunks
from syncd.store.engine import Store

DECIDED_MAX = 10_000
"""Leads decided in full by both versions: about half a minute."""
NEW_MAX = 1_000
"""New leads whose life is told again."""
NEW_DAYS = 90
EXAMPLES = 5
NAME_MAX = 60
BATCH = 200


@dataclass(frozen=True, slots=True)
class Example:
    """One lead that would stand elsewhere."""

    lead_id: int
    name: str
    before: str
    after: str


@dataclass(slots=True)
class Impact:
    """Whom another version would put elsewhere at once.

    `of` is how many leads there are, all of them screened; `unsettled` how many screening did not let stay,
    and `decided` how many of those were decided in full. `more` and `fewer` are hand-offs to sales.
    """

    of: int = 0
    unsettled: int = 0
    decided: int = 0
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    more: int = 0
    fewer: int = 0

    @property
    def is_sampled(self) -> bool:
        return self.decided < self.unsettled

    @property
    def moved(self) -> int:
        return sum(self.moves.values())

    def most_first(self) -> list[tuple[tuple[str, str], int]]:
        """How many would move from where to where, the most first."""
        return sorted(self.moves.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the new leads each version would have made SQL. `of` is how many new leads there are,
    `looked_at` of how many the life was told again, `sql` the SQL among those by version."""

    of: int
    looked_at: int
    sql: Mapping[str, int]

    def percent(self, version: str) -> float:
        """The part of new leads that would be SQL; 0 where nobody is new."""
        return 100 * self.sql[version] / self.looked_at if self.looked_at else 0.0


# --- who moves -------------------------------------------------------------------------------------------


def impact(
    store: Store, before: Playbook, after: Playbook, now: datetime, decided_max: int = DECIDED_MAX
) -> Impact:
    """Whom `after` would put elsewhere than `before` does, from where everybody stands now."""
    found = Impact()
    if before.evaluation_version == after.evaluation_version:
        with store.read() as tx:
            found.of = counting.total_leads(tx)
        return found
    unsettled = _unsettled(store, after, now, found)
    chosen = _sample(unsettled, decided_max)
    found.unsettled, found.decided = len(unsettled), len(chosen)
    days = max(window_days(before), window_days(after))
    examples: dict[tuple[str, str], int] = {}
    for ids in chunks(chosen, BATCH):
        with store.read() as tx:
            batch = snapshots.load_snapshots(tx, ids, now, account_days=days)
        for snapshot in batch:
            _count(found, snapshot, (before, after), now, examples)
    return found


def _unsettled(store: Store, after: Playbook, now: datetime, found: Impact) -> array[int]:
    """Leads that the newer version would not simply let stay, and those with new facts."""
    whole, last, leaving = Pass(store, after), 0, array("q")
    while (read := whole.read(last, STEP)).rows:
        last = read.rows[-1][0]
        found.of += len(read.rows)
        leaving.extend(whole.look(read, now, want_due=False).leaving)
    for lead_id in _dirty(store):
        found.of += 1
        leaving.append(lead_id)
    return leaving


def _dirty(store: Store) -> Iterator[int]:
    last = 0
    while True:
        with store.read() as tx:
            ids = versions.dirty_ids(tx, last, STEP)
        if not ids:
            return
        yield from ids
        last = ids[-1]


def _sample(ids: Sequence[int], most: int) -> Sequence[int]:
    """At most so many, spread evenly over all."""
    if len(ids) <= most:
        return ids
    return [ids[number * len(ids) // most] for number in range(most)]


def _count(
    found: Impact,
    snapshot: Snapshot,
    books: tuple[Playbook, Playbook],
    now: datetime,
    examples: dict[tuple[str, str], int],
) -> None:
    old, new = (decide(snapshot, book, now) for book in books)
    found.more += _is_handed_over(new) and not _is_handed_over(old)
    found.fewer += _is_handed_over(old) and not _is_handed_over(new)
    if old.standing.position == new.standing.position:
        return
    move = place(old.standing.position, books[0]), place(new.standing.position, books[1])
    found.moves[move] = found.moves.get(move, 0) + 1
    if examples.get(move, 0) < EXAMPLES:
        examples[move] = examples.get(move, 0) + 1
        name = shorten(" ".join(visible(name_of(snapshot)).split()), NAME_MAX)
        found.examples.append(Example(snapshot.lead_id, name, *move))


def _is_handed_over(decision: Decision) -> bool:
    return any(intent.kind == "handoff" for intent in decision.intents)


# --- how many new leads are ready ------------------------------------------------------------------------


def share(store: Store, books: Sequence[Playbook], now: datetime, new_max: int = NEW_MAX) -> Share:
    """How many of the leads of the last 90 days each version would have made SQL by now, from their first day
    on and without what sales did."""
    with store.read() as tx:
        ids = array("q", versions.born_since(tx, now - timedelta(days=NEW_DAYS)))
    days = max(window_days(book) for book in books)
    sql = {book.version: 0 for book in books}
    looked_at = 0
    chosen = _sample(ids, new_max)
    for part in chunks(chosen, BATCH):
        with store.read() as tx:
            batch = snapshots.load_snapshots(tx, part, now, account_days=days)
        for snapshot in batch:
            looked_at += 1
            for book in books:
                sql[book.version] += would_be_sql(snapshot, book, now)
    return Share(len(ids), looked_at, sql)
