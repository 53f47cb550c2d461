"""From feeds of objects to pages of records: contacts with their company, engagements with their people.

One call asks for the associations of several pages, which are then handed on one by one, since what is stored
at once must be held at once. The cursor that goes with a page is the feed's own; the caller
stores both together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from syncd.connectors.hubspot.answers import AssociatedTo
from syncd.connectors.hubspot.api import BATCH_MAX, NOUNS, Api
from syncd.connectors.hubspot.changes import Batch
from syncd.connectors.hubspot.engagements import Quoting, activities_of
from syncd.connectors.hubspot.people import Sources, company_of, facts_of, person_of
from syncd.connectors.hubspot.target import by_any_id, left_out
from syncd.connectors.hubspot.wire import Row, moment, to_ms
from syncd.core.model import Ref, System
from syncd.ports import (
    Activity,
    Company,
    Deal,
    Page,
    Person,
    Record,
    Recovery,
    Removal,
    RemovalKind,
    SystemFailure,
    User,
)

Answer = TypeVar("Answer")

AHEAD_ROWS = 400
"""Rows whose associations are asked for in one call. A thousand are allowed, and cost 5 MB (measured)."""

REMOVAL_HORIZON_MS = 5 * 60 * 1000
DEAL_PROPERTIES = (
    "dealstage", "hs_is_closed", "hs_is_closed_won", "amount", "deal_currency_code", "closedate",
    "closed_lost_reason",
)  # fmt: skip


def page_of(batch: Batch, records: Iterable[Record]) -> Page:
    return Page(
        tuple(records),
        batch.cursor,
        batch.is_complete,
        problems=batch.problems,
        covered_until_at=batch.covered_until_at,
    )


def accompanied(
    batches: Iterable[Batch], ask: Callable[[Sequence[str]], Answer]
) -> Iterator[tuple[Batch, Answer]]:
    """Each batch with what `ask` answered for its ids and those of its neighbours, asked in one call; an
    urgent batch waits for no other."""
    ahead: list[Batch] = []
    for batch in batches:
        ahead.append(batch)
        is_last = batch.is_urgent or batch.is_complete
        del batch
        if is_last or sum(len(item.rows) for item in ahead) >= AHEAD_ROWS:
            yield from _each(ahead, ask)
    yield from _each(ahead, ask)


def _each(ahead: list[Batch], ask: Callable[[Sequence[str]], Answer]) -> Iterator[tuple[Batch, Answer]]:
    """Empties `ahead`: what has been handed on is not held."""
    if ahead:
        answer = ask([row.id for batch in ahead for row in batch.rows])
        while ahead:
            yield ahead.pop(0), answer


class Companions:
    """Association reads. One that is not granted counts as no association; doctor names the scope."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._refused: set[tuple[str, str]] = set()

    def of(self, source: str, target: str, ids: Sequence[str]) -> dict[str, list[AssociatedTo]]:
        """What each object is associated with, by id."""
        if not ids or (source, target) in self._refused:
            return {}
        try:
            return self._api.associations(source, target, ids)
        except SystemFailure as error:
            if error.failure.recovery is not Recovery.CONFIGURATION or error.failure.status != 403:
                raise
            self._refused.add((source, target))
            return {}

    def people(self, source: str, ids: Sequence[str]) -> dict[str, tuple[Ref, ...]]:
        """The contacts of each object, each once."""
        found = self.of(source, "contacts", ids)
        return {id_: refs("contact", items) for id_, items in found.items()}

    def of_deals(
        self, ids: Sequence[str]
    ) -> tuple[dict[str, tuple[Ref, ...]], dict[str, list[AssociatedTo]]]:
        """The contacts and the companies of each deal."""
        return self.people("deals", ids), self.of("deals", "companies", ids)


def refs(noun: str, items: Sequence[AssociatedTo]) -> tuple[Ref, ...]:
    ids = dict.fromkeys(str(item.to_object_id) for item in items)
    return tuple(Ref(System.HUBSPOT, noun, id_) for id_ in ids)


def contact_records(
    batch: Batch, companies: Mapping[str, list[AssociatedTo]], stored: frozenset[str], sources: Sources
) -> Iterator[Person | Activity]:
    """The persons of a batch, each followed by the facts only its properties tell."""
    for row in batch.rows:
        yield person_of(row, stored, companies.get(row.id, ()), sources)
        yield from facts_of(row, sources)


def company_records(batch: Batch, stored: frozenset[str]) -> Iterator[Company]:
    return (company_of(row, stored) for row in batch.rows)


def engagement_records(
    type_: str,
    batch: Batch,
    people: Mapping[str, tuple[Ref, ...]],
    quoting: Quoting,
    dispositions: dict[str, str],
) -> Iterator[Activity]:
    """The activities of a batch of one engagement type."""
    for row in batch.rows:
        yield from activities_of(
            type_, row, people.get(row.id, ()), quoting, lambda value: dispositions.get(value, value)
        )


def deal_records(
    batch: Batch, people: Mapping[str, tuple[Ref, ...]], companies: Mapping[str, list[AssociatedTo]]
) -> Iterator[Deal]:
    for row in batch.rows:
        company = refs("company", companies.get(row.id, ()))
        yield Deal(
            Ref(System.HUBSPOT, "deal", row.id),
            row.text("dealstage"),
            is_closed=row.text("hs_is_closed") == "true",
            is_won=row.text("hs_is_closed_won") == "true",
            modified_at=row.updated_at,
            created_at=row.created_at,
            closes_at=moment(row.text("closedate")),
            amount=row.text("amount") or None,
            currency=row.text("deal_currency_code") or None,
            lost_reason=row.text("closed_lost_reason") or None,
            people=people.get(row.id, ()),
            company=company[0] if company else None,
            is_removed=row.archived,
        )


def owner_pages(api: Api) -> Iterator[Page]:
    """All owners, former ones too, so that a name can be shown for each id."""
    users: list[User] = []
    for archived in (False, True):
        after = ""
        while True:
            page = api.owners(after, archived=archived)
            for owner in page.results:
                name = " ".join(part for part in (owner.first_name, owner.last_name) if part)
                ref = Ref(System.HUBSPOT, "owner", owner.id)
                users.append(User(ref, name or f"owner {owner.id}", owner.email, is_active=not archived))
            after = page.paging.next.after if page.paging and page.paging.next else ""
            if not after:
                break
    yield Page(tuple(users), "{}", is_complete=True)


# --- what is gone ----------------------------------------------------------------------------------------


MERGED_IDS = "hs_merged_object_ids"


class _RemovalsCursor(msgspec.Struct):
    """The newest archiving seen, by object type, in epoch milliseconds; behind now by the horizon, so that
    what is archived in the same moment is seen too."""

    newest: dict[str, int] = {}


def removal_pages(api: Api, types: Sequence[str], cursor: str | None, now: datetime) -> Iterator[Page]:
    """What was archived since the last sweep. Archiving bumps no date and search never shows it, so the
    archived objects (kept 90 days) are listed (airbyte issues 19838, 35017)."""
    state = msgspec.json.decode(cursor, type=_RemovalsCursor) if cursor else _RemovalsCursor()
    for type_ in types:
        try:
            rows = list(_archived_since(api, type_, state.newest.get(type_, 0)))
        except SystemFailure as error:
            if error.failure.recovery is not Recovery.CONFIGURATION or error.failure.status != 403:
                raise
            continue
        if not rows:
            continue
        newest = max(to_ms(row.archived_at or row.updated_at) for row in rows)
        state.newest[type_] = max(state.newest.get(type_, 0), min(newest, to_ms(now) - REMOVAL_HORIZON_MS))
        survivors = _survivors(api, type_, rows)
        removals = tuple(removal for row in rows for removal in _removals(type_, row, survivors.get(row.id)))
        yield Page(removals, msgspec.json.encode(state).decode(), is_complete=False)
    yield Page((), msgspec.json.encode(state).decode(), is_complete=True, covered_until_at=now)


def _archived_since(api: Api, type_: str, since_ms: int) -> Iterator[Row]:
    after = ""
    while True:
        page = api.list_page(type_, ("hs_object_id", MERGED_IDS), after, archived=True)
        yield from (row for row in page.rows if to_ms(row.archived_at or row.updated_at) > since_ms)
        after = page.after
        if not after:
            return


def _survivors(api: Api, type_: str, rows: Sequence[Row]) -> dict[str, Row]:
    """Of archived contacts and companies, those whose id answers with another record: they were merged."""
    found: dict[str, Row] = {}
    if type_ not in ("contacts", "companies"):
        return found
    for start in range(0, len(rows), BATCH_MAX):
        ids = [row.id for row in rows[start : start + BATCH_MAX]]
        page = api.batch_read(type_, ids, ("hs_merged_object_ids",))
        for failure in left_out(page).values():  # merged or archived: it cannot be told now
            raise SystemFailure(failure)
        answers = by_any_id(page)
        found |= {id_: row for id_ in ids if (row := answers.get(id_)) is not None and row.id != id_}
    return found


def _removals(type_: str, row: Row, survivor: Row | None) -> Iterator[Removal]:
    """The record and, where it is archived, those merged into it: merged and archived between two sweeps, it
    was never read, and they would stay present for ever."""
    noun = NOUNS[type_]
    ref = Ref(System.HUBSPOT, noun, row.id)
    at = row.archived_at or row.updated_at
    if survivor is not None:
        yield Removal(ref, RemovalKind.MERGED, at, into=Ref(System.HUBSPOT, noun, survivor.id))
        return
    yield Removal(ref, RemovalKind.ARCHIVED, at)
    for merged in row.text(MERGED_IDS).split(";"):
        if merged.strip():
            yield Removal(Ref(System.HUBSPOT, noun, merged.strip()), RemovalKind.ARCHIVED, at)


def vanished(api: Api, ids: Sequence[str]) -> frozenset[str]:
    """Those contacts of which nothing is left, not even in the bin. Raises SystemFailure."""
    gone: set[str] = set()
    for start in range(0, len(ids), BATCH_MAX):
        rest = list(ids[start : start + BATCH_MAX])
        for archived in (False, True):
            if rest:
                page = api.batch_read("contacts", rest, ("hs_merged_object_ids",), archived=archived)
                for failure in left_out(page).values():  # it cannot be told now
                    raise SystemFailure(failure)
                known = by_any_id(page)
                rest = [id_ for id_ in rest if id_ not in known]
        gone |= set(rest)
    return frozenset(gone)


# --- associations that changed without a trace -----------------------------------------------------------


class RoundCursor(msgspec.Struct, omit_defaults=True):
    """A round over several types: those in `done` are through, the next one stands at `feed`."""

    done: list[str] = []
    feed: str = ""

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


def round_of(cursor: str | None) -> RoundCursor:
    return msgspec.json.decode(cursor, type=RoundCursor) if cursor else RoundCursor()
