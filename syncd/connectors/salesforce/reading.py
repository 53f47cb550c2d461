"""Pulling: what changed since the cursor, without loss, in as few calls as possible.

Rows come in the order SystemModstamp, Id and are continued behind the last one, so ties lose nothing and a
crash restarts cleanly. Each object's pass notes the server's clock when it began; the mark it leaves is never
later, and the next pass reads five minutes before the mark, because a stamp is set when a change begins and
becomes visible when it commits. Our own clock never moves a mark forward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec

from syncd.connectors.salesforce import decode, errors, feeds, soql
from syncd.connectors.salesforce.client import Client, Query, Row, Rows
from syncd.connectors.salesforce.feeds import PAGE_ROWS, STAMP, Feed
from syncd.connectors.salesforce.options import SalesforceOptions
from syncd.connectors.salesforce.schema import Schema
from syncd.core.model import Ref, System
from syncd.ports import Cadence, Failure, Page, Person, Record, Recovery, Stream, SystemFailure

OVERLAP = timedelta(minutes=5)
"""How late a commit may become visible; others saw seconds, once about five minutes (facts, section 5)."""
IDLE = timedelta(minutes=15)
"""Behind this a mark follows the server's clock although nothing changed: no call, and so no transaction of
one, lasts longer than ten minutes ("API Request Limits", App Limits Cheatsheet)."""
RECHECK = timedelta(hours=48)
SETTLED = timedelta(seconds=10)
"""From when on a stamp stands for one state of a row. Stamps are whole seconds: who changes a row in the
second it was read leaves the same one."""
IDS_MAX = 200
"""Ids in one query: 200 make about 5.5 kB of URL."""
SEEN_MAX = 20_000

DIRECTORY, CHANGES, REMOVALS, RECHECKED = "directory", "changes", "removals", "recheck"
CAMPAIGNS = "campaigns"
ROLES = "OpportunityContactRole"


class Spot(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where reading one object stands: `mark` after a complete pass; `at`, `id`, `began` inside one."""

    mark: datetime | None = None
    at: datetime | None = None
    id: str = ""
    began: datetime | None = None


Spots = dict[str, Spot]
_decoder = msgspec.json.Decoder(Spots)


@dataclass(slots=True)
class _Seen:
    """Rows the last complete poll brought that the overlap brings again; good for one cursor only."""

    cursor: str = ""
    rows: frozenset[tuple[str, str]] = frozenset()


@dataclass(slots=True)
class _Pass:
    """One pull on its way: where each object stands, and the page in the making.

    `known` are rows (id, stamp) the caller has already; `fresh` collects those this pass met.
    """

    spots: Spots
    now: datetime
    known: frozenset[tuple[str, str]] = frozenset()
    fresh: set[tuple[str, str]] = field(default_factory=set)
    records: list[Record] = field(default_factory=list)
    problems: list[Failure] = field(default_factory=list)
    began: list[datetime] = field(default_factory=list)

    def is_new(self, row: Row, read_at: datetime | None) -> bool:
        """False for a row the caller has already. What is met is remembered up to a bound, and only once no
        later change can bear the same stamp."""
        version = str(row.get("Id")), str(row.get(STAMP))
        if len(self.fresh) <= SEEN_MAX and _is_settled(version[1], read_at or self.now):
            self.fresh.add(version)
        return version not in self.known

    def move(self, key: str, rows: Rows) -> None:
        """Note how far these rows lead: further on in the object's pass, or to rest with a new mark."""
        spot = self.spots.get(key, Spot())
        began = spot.began or min(rows.at or self.now, self.now)
        last = rows.records[-1] if rows.records else None
        last_at = decode.moment(last[STAMP]) if last is not None else spot.at
        if last is not None and (not rows.done or len(rows.records) >= PAGE_ROWS):
            self.spots[key] = Spot(mark=spot.mark, at=last_at, id=str(last["Id"]), began=began)
            return
        self.began.append(began)
        marks = (spot.mark, min(last_at, began) if last_at else None, began - IDLE)
        self.spots[key] = Spot(mark=max(mark for mark in marks if mark is not None).astimezone(UTC))

    def page(self, *, is_complete: bool) -> Page:
        """What was gathered since the last page."""
        made = Page(
            records=tuple(self.records),
            cursor=_text(self.spots),
            is_complete=is_complete,
            problems=tuple(self.problems),
            covered_until_at=min(self.began) - OVERLAP if is_complete and self.began else None,
        )
        self.records, self.problems = [], []
        return made


class Reader:
    """The streams of Salesforce. One pull of one stream at a time."""

    def __init__(self, client: Client, schema: Schema, options: SalesforceOptions) -> None:
        self._client = client
        self._schema = schema
        self._options = options
        self._seen = _Seen()
        self._pulls: Mapping[str, Callable[[Spots, datetime, str | None], Iterator[Page]]] = {
            DIRECTORY: self._directory,
            CHANGES: self._changes,
            REMOVALS: self._removals,
            RECHECKED: self._recheck,
            CAMPAIGNS: self._campaigns,
        }
        self._contacts = feeds.contacts(options)
        self._deals = feeds.opportunities(options)
        leads, accounts = feeds.leads(options), feeds.accounts(options)
        acts = (feeds.tasks(options), feeds.events(options))
        self._people = (leads, self._contacts, self._deals, *acts)
        self._around = (feeds.users(options), feeds.queues(options), accounts)
        self._gone = tuple(
            feeds.deleted(feed) for feed in (leads, self._contacts, accounts, self._deals, *acts)
        )

    def streams(self) -> tuple[Stream, ...]:
        """`directory`: users, queues, accounts. `changes`: leads, contacts, opportunities with their roles,
        tasks, events: six queries in two calls per poll. `campaigns`: who is in which, where a kind of signal
        asks for it. `removals`: deleted and merged records, changed
        contact roles. `recheck`: the last two days once more, for what became visible too late."""
        campaigns = Stream(System.SALESFORCE, CAMPAIGNS, Cadence.SWEEP, is_optional=True)
        return (
            Stream(System.SALESFORCE, DIRECTORY, Cadence.SWEEP),
            Stream(System.SALESFORCE, CHANGES, Cadence.HOT),
            *((campaigns,) if self._options.reads_campaigns else ()),
            Stream(System.SALESFORCE, REMOVALS, Cadence.SWEEP, baseline=False),
            Stream(System.SALESFORCE, RECHECKED, Cadence.NIGHTLY, baseline=False),
        )

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        """Pages of `stream` from `cursor` to the present. Raises SystemFailure."""
        try:
            yield from self._pulls[stream](_spots(cursor), now, cursor)
        except SystemFailure as error:
            if error.failure.code in errors.SCHEMA_CODES:
                self._schema.forget()
            raise

    def counts(self) -> Mapping[str, int]:
        """How many records the org shows us, by our word for the object. Raises SystemFailure."""
        counted = [feed for feed in (*self._people, *self._around) if not feed.history_days]
        texts = [Query(soql.count(feed.object, feed.only(self._schema))) for feed in counted]
        answers = self._client.queries(texts, "query counts")
        return {feed.word: rows.total for feed, rows in zip(counted, answers, strict=True)}

    # --- streams -----------------------------------------------------------------------------------------

    def _directory(self, spots: Spots, now: datetime, _cursor: str | None) -> Iterator[Page]:
        yield from self._follow(self._around, spots, now)

    def _changes(self, spots: Spots, now: datetime, cursor: str | None) -> Iterator[Page]:
        known = self._seen.rows if cursor is not None and cursor == self._seen.cursor else frozenset()
        fresh: set[tuple[str, str]] = set()
        spots.setdefault(ROLES, Spot(mark=now))
        for page in self._follow(self._people, spots, now, known=known, fresh=fresh):
            yield page
            if page.is_complete and len(fresh) <= SEEN_MAX:  # reached when the page has been stored
                self._seen = _Seen(page.cursor, frozenset(fresh))

    def _removals(self, spots: Spots, now: datetime, _cursor: str | None) -> Iterator[Page]:
        spots = dict(spots)
        yield from self._roles(spots, now)
        yield from self._follow(self._gone, spots, now)

    def _campaigns(self, spots: Spots, now: datetime, _cursor: str | None) -> Iterator[Page]:
        members = feeds.campaign_members(self._options)
        yield from self._follow((members, feeds.deleted(members)), spots, now)

    def _recheck(self, spots: Spots, now: datetime, _cursor: str | None) -> Iterator[Page]:
        """A pass that was cut goes on; a complete one leaves an empty cursor, so the next starts anew."""
        if self._client.day_share() >= self._options.optional_reads_stop_share:
            yield Page((), _text(spots), is_complete=False, problems=(_PAUSED,))
            return
        begin = Spot(mark=now - RECHECK + OVERLAP)
        every_feed = (*self._around, *self._people, *self._gone)
        spots = {feed.key: begin for feed in every_feed} | spots
        for page in self._follow(every_feed, spots, now):
            yield replace(page, cursor="{}") if page.is_complete else page

    # --- one pass over several objects -------------------------------------------------------------------

    def _follow(
        self,
        wanted: Sequence[Feed],
        spots: Spots,
        now: datetime,
        *,
        known: frozenset[tuple[str, str]] = frozenset(),
        fresh: set[tuple[str, str]] | None = None,
    ) -> Iterator[Page]:
        """Objects never read or in the middle of a pass go on one by one; the others share calls."""
        walk = _Pass(dict(spots), now, known, set() if fresh is None else fresh)
        present = [feed for feed in wanted if self._is_there(feed, walk)]
        cold = [feed for feed in present if not _is_resting(walk.spots.get(feed.key))]
        warm = [feed for feed in present if feed not in cold]
        for feed in cold:
            yield from self._drain(feed, walk, is_last=not warm and feed is cold[-1])
        again = self._poll(warm, walk) if warm else []
        if warm or not present:
            yield walk.page(is_complete=not again)
        for feed in again:
            yield from self._drain(feed, walk, is_last=feed is again[-1])

    def _poll(self, warm: Sequence[Feed], walk: _Pass) -> list[Feed]:
        """Take the changes of all resting objects; returns those that have more."""
        asked = [feed.query(self._schema, _behind(walk.spots[feed.key])) for feed in warm]
        answers = self._client.queries([*asked, *self._roles_since(warm, walk)], "query changes")
        for feed, rows in zip(warm, answers, strict=False):
            self._take(feed, rows, walk)
            walk.move(feed.key, rows)
        for rows in answers[len(warm) :]:
            self._follow_roles(rows, walk)
        self._follow_conversions(walk)
        return [feed for feed in warm if not _is_resting(walk.spots[feed.key])]

    def _drain(self, feed: Feed, walk: _Pass, *, is_last: bool) -> Iterator[Page]:
        """Page after page of one object until the present."""
        is_done = False
        while not is_done:
            where = _behind(walk.spots.get(feed.key, Spot())) or feed.first_bound(walk.now)
            rows = self._client.query(feed.query(self._schema, where), f"query {feed.word}")
            self._take(feed, rows, walk)
            walk.move(feed.key, rows)
            is_done = _is_resting(walk.spots[feed.key])
            yield walk.page(is_complete=is_done and is_last)

    def _take(self, feed: Feed, rows: Rows, walk: _Pass, *, again: bool = False) -> None:
        for row in rows.records:
            if not walk.is_new(row, rows.at) and not again:
                continue
            try:
                walk.records.append(feed.decode(self._with_all_roles(row), self._options))
            except (ValueError, KeyError, TypeError) as error:
                walk.problems.append(_unreadable(feed, row, error))

    def _with_all_roles(self, row: Row) -> Row:
        """The row with its contact roles complete: a nested result has pages of its own."""
        roles = row.get("OpportunityContactRoles")
        if not roles or roles.get("done", True):
            return row
        page = Rows(tuple(roles["records"]), done=False, total=0, next_url=str(roles["nextRecordsUrl"]))
        records = self._client.rest_of(page, "query roles")
        return {**row, "OpportunityContactRoles": {"records": records, "done": True}}

    def _follow_conversions(self, walk: _Pass) -> None:
        """Add the Contacts that Leads of this page became, where the page lacks them."""
        people = [record for record in walk.records if isinstance(record, Person)]
        became = {ref.id for person in people for ref in person.same_as if ref.object == "contact"}
        self._fetch(self._contacts, sorted(became - {person.ref.id for person in people}), walk)

    def _fetch(self, feed: Feed, ids: Sequence[str], walk: _Pass, *, again: bool = False) -> None:
        """Add the records with these ids, as far as they are not deleted; `again` also those met before."""
        for start in range(0, len(ids), IDS_MAX):
            where = soql.one_of("Id", ids[start : start + IDS_MAX])
            query = feed.query(self._schema, where, limit=None)
            rows = self._client.all_rows(query, f"query {feed.word} by id")
            self._take(feed, Rows(rows, done=True, total=len(rows)), walk, again=again)

    def _roles_since(self, warm: Sequence[Feed], walk: _Pass) -> list[Query]:
        """The contact roles changed since the last poll of deals, where the org shows them; where it does
        not, the sweep says so."""
        if ROLES not in walk.spots or self._deals not in warm:
            return []
        try:
            return [self._roles_query(walk.spots[ROLES])]
        except SystemFailure as error:
            if error.failure.code not in errors.SCHEMA_CODES:
                raise
            return []

    def _follow_roles(self, rows: Rows, walk: _Pass) -> None:
        """Add the Opportunities whose roles changed: their own stamp did not move by it."""
        fresh = [row for row in rows.records if walk.is_new(row, rows.at)]
        self._fetch(self._deals, sorted({str(row["OpportunityId"]) for row in fresh}), walk, again=True)
        walk.move(ROLES, rows)

    def _roles_query(self, spot: Spot) -> Query:
        """Contact roles from this spot on, deleted ones too. Raises SystemFailure where they are hidden."""
        fields = self._schema.readable(ROLES, ("Id", "OpportunityId", STAMP))
        select = soql.Select(ROLES, fields, _behind(spot), order=(STAMP, "Id"), limit=PAGE_ROWS)
        return Query(select.text(), include_deleted=True)

    def _roles(self, spots: Spots, now: datetime) -> Iterator[Page]:
        """Opportunities whose contact roles changed: that does not move the Opportunity's own stamp."""
        walk = _Pass(spots, now)
        spots.setdefault(ROLES, Spot(mark=now - RECHECK))
        try:
            self._roles_query(spots[ROLES])
        except SystemFailure as error:
            walk.problems.append(_hidden(ROLES, error.failure))
            yield walk.page(is_complete=False)
            return
        is_done = False
        while not is_done:
            rows = self._client.query(self._roles_query(spots[ROLES]), "query roles")
            self._fetch(self._deals, sorted({str(row["OpportunityId"]) for row in rows.records}), walk)
            walk.move(ROLES, rows)
            is_done = _is_resting(spots[ROLES])
            yield walk.page(is_complete=False)

    def _is_there(self, feed: Feed, walk: _Pass) -> bool:
        """False for an optional object the org does not show; it is named among the problems."""
        try:
            feed.fields(self._schema)
        except SystemFailure as error:
            if not feed.is_optional or error.failure.code not in errors.SCHEMA_CODES:
                raise
            walk.problems.append(_hidden(feed.object, error.failure))
            return False
        return True


# --- marks ------------------------------------------------------------------------------------------------


def _is_resting(spot: Spot | None) -> bool:
    """True when the last pass over the object was completed."""
    return spot is not None and spot.mark is not None and spot.at is None


def _is_settled(stamp: str, read_at: datetime) -> bool:
    """Whether a row read then can change no more without another stamp."""
    try:
        return decode.moment(stamp) + SETTLED <= read_at
    except ValueError:
        return False


def _behind(spot: Spot) -> soql.Condition | None:
    """What to ask for from this spot on; None for everything."""
    if spot.at is not None:
        return soql.beyond(STAMP, spot.at, spot.id)
    return soql.since(STAMP, spot.mark - OVERLAP) if spot.mark is not None else None


def _spots(cursor: str | None) -> Spots:
    """The cursor's content. One that is not ours is no cursor: all is read again, nothing is missed."""
    try:
        return _decoder.decode(cursor or "{}")
    except (msgspec.DecodeError, UnicodeError):
        return {}


def _text(spots: Spots) -> str:
    return msgspec.json.encode(spots).decode()


# --- problems ---------------------------------------------------------------------------------------------


_PAUSED = Failure(
    Recovery.REJECTED,
    System.SALESFORCE,
    "salesforce.optional_reads_paused",
    "the nightly re-read was left out: the org has used too much of its daily API calls",
    "find who uses them (Setup > System Overview > API Usage); it runs again the next night",
    subject=Ref(System.SALESFORCE, "stream", RECHECKED),
)


def _unreadable(feed: Feed, row: Row, error: Exception) -> Failure:
    record_id = str(row.get("Id") or "without-id")
    return Failure(
        Recovery.REJECTED,
        System.SALESFORCE,
        "salesforce.unreadable_record",
        f"a {feed.object} could not be read ({type(error).__name__})",
        "open the record in Salesforce; it is read again with its next change",
        subject=Ref(System.SALESFORCE, feed.word, record_id),
    )


def _hidden(object_name: str, failure: Failure) -> Failure:
    return replace(
        failure,
        recovery=Recovery.REJECTED,
        subject=Ref(System.SALESFORCE, "object", object_name),
    )
