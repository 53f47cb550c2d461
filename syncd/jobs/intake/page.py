"""What all kinds of records of one page share: settings, counts, and the facts to be written at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import sqlalchemy as sa

from syncd.core.colleagues import is_act
from syncd.core.model import Detail, Ref, Shape, System
from syncd.jobs.normalise import fingerprint
from syncd.store import accounts, colleagues, facts, follows, ledger, sales_acts
from syncd.store.facts import NewDetail, NewSignal, Retention
from syncd.store.rekey import Origin
from syncd.store.sales_acts import SalesAct

RESTORED_AFTER = timedelta(hours=1)
"""A removed record read again this long after is back, whatever its date: HubSpot need not bump the date of a
restored record, and its index is not an hour late. Earlier, an older copy is the index lagging behind."""

SHAPES_CACHED_MAX = 50_000
ACT_CHARS_MAX = 60


def _for_ever(_shape: Shape) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Ingest:
    """What the pull job must know of the tenant and the playbook.

    `own_fields` are properties only we write: a change of them alone is our own echo and moves nobody.
    `key_field` holds our external key on Salesforce records; `reason_field` the reason beside a Lead Status.
    `born_after_at` is the baseline: the first values of a record made later are changes too.
    """

    portal_id: str
    key_field: str = ""
    reason_field: str = ""
    own_fields: Mapping[System, frozenset[str]] = field(default_factory=dict)
    playbook_version: str = ""
    retention: Retention = _for_ever
    born_after_at: datetime | None = None


@dataclass(slots=True)
class PullCount:
    """What one pull of one stream did."""

    pages: int = 0
    records: int = 0
    changed: int = 0
    unchanged: int = 0
    leads_created: int = 0
    leads_merged: int = 0
    leads_erased: int = 0
    signals: int = 0
    retractions: int = 0
    waiting: int = 0
    problems: int = 0
    is_complete: bool = False
    unavailable: str = ""


class _Dated(Protocol):
    @property
    def ref(self) -> Ref: ...

    @property
    def modified_at(self) -> datetime: ...


_Record = TypeVar("_Record", bound=_Dated)


def newest(records: Iterable[_Record]) -> list[_Record]:
    """One record per reference, the newest; of equally new ones the later in the page."""
    found: dict[Ref, _Record] = {}
    for record in records:
        seen = found.get(record.ref)
        if seen is None or record.modified_at >= seen.modified_at:
            found[record.ref] = record
    return [found[ref] for ref in sorted(found)]


@dataclass(slots=True)
class _Fact:
    lead_id: int
    occurred_ms: int
    key: int
    shape: Shape
    digest: int
    count: int
    ref: Ref
    detail: Detail | None


@dataclass(slots=True)
class Intake:
    """One page on its way into the store, inside the transaction `tx`."""

    tx: sa.Connection
    now: datetime
    ingest: Ingest
    watched: Mapping[str, frozenset[str]]
    count: PullCount
    shape_ids: dict[int, int]
    epoch: int = 0
    dirty: set[int] = field(default_factory=set)
    dirty_accounts: set[int] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)  # people known only now: reference texts and addresses
    acts: list[SalesAct] = field(default_factory=list)  # statuses and stages that somebody has set
    _facts: list[_Fact] = field(default_factory=list)
    _taken_back: list[NewSignal] = field(default_factory=list)

    @property
    def origin(self) -> Origin:
        return Origin(self.ingest.playbook_version, self.epoch)

    def is_stale(self, modified_at: datetime, stored_at: datetime, *, is_removed: bool) -> bool:
        """True for a copy older than what is stored, unless it proves that a removed record is back."""
        if modified_at >= stored_at:
            return False
        return not (is_removed and self.now - stored_at > RESTORED_AFTER)

    def add_fact(
        self,
        lead_id: int,
        occurred_ms: int,
        key: int,
        shape: Shape,
        ref: Ref,
        *,
        count: int = 1,
        detail: Detail | None = None,
    ) -> None:
        """One signal to be written with the page."""
        digest = fingerprint(shape.source, shape.attributes)
        self._facts.append(_Fact(lead_id, occurred_ms, key, shape, digest, count, ref, detail))
        self.dirty.add(lead_id)

    def take_back(self, lead_id: int, occurred_ms: int, key: int, by: int, shape_id: int) -> None:
        """A stored signal the source no longer stands by: `by` is the retraction's own key."""
        self._taken_back.append(NewSignal(lead_id, occurred_ms, by, shape_id, 1, key))
        self.dirty.add(lead_id)

    def flush(self) -> None:
        """Write what was gathered, and mark whom it concerns."""
        self._stir_colleagues()
        self._write_facts()
        sales_acts.note(self.tx, self.acts)
        self.dirty |= follows.followers(self.tx, self.dirty)
        ledger.mark_dirty(self.tx, self.dirty, self.now)
        accounts.mark_accounts_dirty(self.tx, self.dirty_accounts, self.now)
        self.dirty.clear()
        self.dirty_accounts.clear()
        self.acts.clear()

    def note_act(self, lead_id: int, key: int, ref: Ref, value: str, at: datetime) -> None:
        """A status or stage that was set since the baseline: who it was is asked afterwards."""
        since_at = self.ingest.born_after_at
        if since_at is not None and at >= since_at:
            self.acts.append(SalesAct(lead_id, key, ref.object, ref.id, value[:ACT_CHARS_MAX], at))

    def _stir_colleagues(self) -> None:
        """Somebody's first act after a while is news about everybody of the company, and so is one taken
        back; any other only makes what is known of them last longer. Asked before the acts are written."""
        acts = {(fact.lead_id, fact.occurred_ms) for fact in self._facts if is_act(fact.shape)}
        if not (acts or self._taken_back) or not colleagues.watched_days(self.tx):
            return
        stirring = colleagues.first_acts(self.tx, acts, colleagues.news_days(self.tx))
        stirring |= {fact.lead_id for fact in self._taken_back}
        homes = accounts.lead_homes(self.tx, {*stirring, *(lead_id for lead_id, _ms in acts)})
        at_home = {lead_id: account for lead_id, (account, _way) in homes.items() if account is not None}
        self.dirty_accounts |= {account for lead_id, account in at_home.items() if lead_id in stirring}
        accounts.hasten_accounts(self.tx, set(at_home.values()) - self.dirty_accounts)

    def _write_facts(self) -> None:
        if len(self.shape_ids) > SHAPES_CACHED_MAX:
            self.shape_ids.clear()
        shapes = {fact.digest: fact.shape for fact in self._facts}
        self.shape_ids.update(facts.intern_shapes(self.tx, shapes, self.shape_ids))
        days = {digest: self.ingest.retention(shape) for digest, shape in shapes.items()}
        signals: list[NewSignal] = list(self._taken_back)
        details: list[NewDetail] = []
        for fact in self._facts:
            until_ms = facts.retain_until_ms(days[fact.digest], fact.occurred_ms)
            shape_id = self.shape_ids[fact.digest]
            signals.append(
                NewSignal(fact.lead_id, fact.occurred_ms, fact.key, shape_id, fact.count, None, until_ms)
            )
            if fact.detail is not None:
                details.append(NewDetail(fact.lead_id, fact.key, fact.ref, fact.detail, until_ms))
        added = facts.add_signals(self.tx, signals, self.now)
        facts.save_details(self.tx, details)
        self.count.retractions += len(self._taken_back)
        self.count.signals += added - len(self._taken_back)
        self._facts.clear()
        self._taken_back.clear()
