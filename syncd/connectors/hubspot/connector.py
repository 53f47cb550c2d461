"""The HubSpot connector: streams in order, one way to pull each, deliveries, checks.

It only puts the parts together: `changes` reads completely, `people`, `engagements` and `behaviour` turn
answers into records, `target` and `stages` write. Streams a portal does not offer become unavailable, with a
sentence; the contact's own properties then stand in for what they would have told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import starmap
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncd.connectors.hubspot import behaviour, costs, feeds, memberships, optouts
from syncd.connectors.hubspot.answers import AssociatedTo
from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.changes import Batch, Feed
from syncd.connectors.hubspot.checks import inspect
from syncd.connectors.hubspot.comparing import Comparison, limit_of
from syncd.connectors.hubspot.engagements import DISPOSITIONS, READINGS, Quoting
from syncd.connectors.hubspot.errors import Classifier
from syncd.connectors.hubspot.listing import Listings
from syncd.connectors.hubspot.offers import Offers
from syncd.connectors.hubspot.options import HubSpotOptions, paced
from syncd.connectors.hubspot.paths import path_table
from syncd.connectors.hubspot.people import (
    COMPANY_PROPERTIES,
    CONTACT_PROPERTIES,
    FALLBACK_PROPERTIES,
    HOT_PROPERTIES,
    stored_properties,
)
from syncd.connectors.hubspot.shapes import Shapes
from syncd.connectors.hubspot.stages import STAGE, StageMover
from syncd.connectors.hubspot.target import (
    Memberships,
    Update,
    contact_id_of,
    read_contacts,
    rounds,
    write_properties,
)
from syncd.connectors.hubspot.wire import Row, moment
from syncd.connectors.hubspot.writers import writers
from syncd.connectors.transport import Transport, TransportOptions
from syncd.core.fitting import FieldShape
from syncd.core.model import Ref, System
from syncd.ports import (
    Account,
    Activity,
    Budget,
    Cadence,
    Failure,
    Finding,
    Found,
    Lookup,
    Needs,
    Outcome,
    Page,
    Recovery,
    Stream,
    SystemFailure,
    Usage,
    Write,
    Writer,
)

BASE_URL = "https://api.hubapi.com"
SWEEP_CALLS_MAX = 60
LOOK_AGAIN = timedelta(minutes=15)
"""How long a behaviour endpoint is left alone while no contact shows anything new."""

CLOCK_AHEAD_S = 5.0
DAY_S = 86_400.0
UNAVAILABLE_FOR = timedelta(hours=1)
"""How long a stream that the portal refused is not asked for again."""

INCOMPLETE = "hubspot.search_incomplete"
REMOVABLE = ("contacts", "companies", "deals", *READINGS)


class HubSpot(Listings):
    """One portal. Safe to use from several threads; each stream is pulled by one at a time."""

    system = System.HUBSPOT
    batch_max = 100

    def __init__(
        self,
        token: str,
        base_url: str = BASE_URL,
        *,
        options: HubSpotOptions | None = None,
        transport: TransportOptions | None = None,
    ) -> None:
        self._options = options or HubSpotOptions()
        how = transport or TransportOptions()
        how = replace(how, budgets=paced(how.budgets, self._options.search_per_second))
        self._classifier = Classifier(how.clock.now if how.clock is not None else lambda: datetime.now(UTC))
        self._transport = Transport(
            System.HUBSPOT,
            base_url,
            headers={"Authorization": f"Bearer {token}"},
            classify=self._classifier,
            options=how,
            rewrite=path_table(self._options.api_version),
        )
        self._api = Api(self._transport)
        self._offers = Offers(self._api, self._options.web_behaviour)
        self._companions = feeds.Companions(self._api)
        self._memberships = Memberships(self._api)
        self._stages = StageMover(self._api)
        self._shapes = Shapes(self._api)
        self._quoting = Quoting(self._options.keep_quotes, self._options.quote_chars_max, self._options.marks)
        self._campaigns: dict[int, str] = {}
        self._dispositions: dict[str, str] | None = None
        self._seen: dict[str, datetime] = {}  # the newest act contacts have shown, by stream
        self._looked: dict[str, tuple[datetime, datetime | None]] = {}
        self._unavailable: dict[str, tuple[str, datetime]] = {}
        self._is_doubted = False  # search has contradicted itself since contacts were last compared

    # --- pulling -----------------------------------------------------------------------------------------

    def streams(self) -> tuple[Stream, ...]:
        """The feeds in the order they are to be pulled: who first, then what they did."""
        hot = partial(Stream, System.HUBSPOT, cadence=Cadence.HOT)
        sweep = partial(Stream, System.HUBSPOT, cadence=Cadence.SWEEP)
        deals = (hot(name="deals", is_optional=True),) if self._options.reads_deals else ()
        lists = (sweep(name="lists", is_optional=True),) if self._options.lists else ()
        return (
            sweep(name="owners"),
            hot(name="companies"),
            hot(name="contacts"),
            *(hot(name=type_, is_optional=type_ in ("emails", "communications")) for type_ in READINGS),
            hot(name="forms", is_optional=True),
            hot(name="email_events", is_optional=True),
            hot(name="page_events", is_optional=True),
            sweep(name="marketing_events", is_optional=True),
            *lists,
            *deals,
            sweep(name="archived", baseline=False),
            sweep(name="associations", baseline=False),
            sweep(name="contacts_compare", baseline=False),
        )

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        """Pages of one stream up to the present. Raises SystemFailure; an optional stream that the portal
        does not offer ends with an `unavailable` page instead."""
        is_optional = next(item.is_optional for item in self.streams() if item.name == stream)
        known = self._unavailable.get(stream)
        if known is not None and now - known[1] < UNAVAILABLE_FOR:
            yield Page((), cursor or "", is_complete=True, unavailable=known[0])
            return
        try:
            yield from self._pull(stream, cursor or None, self._their(now))
        except SystemFailure as error:
            if not is_optional or not _is_not_offered(error.failure):
                raise
            sentence = f"{error.failure.message} {error.failure.cure}".strip()
            self._unavailable[stream] = (sentence, now)
            yield Page((), cursor or "", is_complete=True, unavailable=sentence)

    def _their(self, now: datetime) -> datetime:
        """Now by HubSpot's clock where ours is ahead of it: a cursor beyond what it has stamped would pass
        over what it stamps next."""
        ahead_s = self._transport.clock_ahead_s
        return now - timedelta(seconds=ahead_s) if CLOCK_AHEAD_S < ahead_s < DAY_S else now

    def _pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        if stream in READINGS:
            return self._engagements(stream, cursor, now)
        pulls: dict[str, Callable[[str | None, datetime], Iterator[Page]]] = {
            "owners": lambda _cursor, _now: feeds.owner_pages(self._api),
            "companies": self._companies,
            "contacts": self._contacts,
            "forms": self._forms,
            "email_events": self._email_events,
            "page_events": self._page_events,
            "marketing_events": partial(behaviour.participations, self._api),
            "lists": partial(memberships.joined, self._api, self._options.lists),
            "deals": self._deals,
            "archived": partial(feeds.removal_pages, self._api, REMOVABLE),
            "associations": self._associations,
            "contacts_compare": self._compare,
        }
        return pulls[stream](cursor, now)

    def _contact_properties(self, now: datetime) -> list[str]:
        names = {*CONTACT_PROPERTIES, *self._options.native_sync_properties}
        names |= self._options.properties | self._options.watched
        if not self._offers.is_complete(now):
            names |= set(FALLBACK_PROPERTIES)
        return sorted(names)

    def _stored(self) -> frozenset[str]:
        asked = self._options.properties | self._options.watched
        return stored_properties(asked, (*CONTACT_PROPERTIES, *self._options.native_sync_properties))

    def _contacts(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        sources, stored = self._offers.sources(now), self._stored()
        calls_max = self._options.search_calls_max
        names = self._contact_properties(now)
        feed = Feed(self._api, "contacts", names, hot=HOT_PROPERTIES, calls_max=calls_max)

        def page(batch: Batch, companies: Mapping[str, list[AssociatedTo]]) -> Page:
            self._note_acts(batch.rows)
            self._is_doubted |= any(item.code == INCOMPLETE for item in batch.problems)
            return feeds.page_of(batch, feeds.contact_records(batch, companies, stored, sources))

        # Not a loop: its variable would hold the rows while their page is stored and the next are read.
        yield from starmap(page, feeds.accompanied(feed.batches(cursor, now), self._companies_of_contacts))

    def _compare(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        """All contacts by listing, a part at each sweep: whatever search withheld is among them."""
        sources, stored = self._offers.sources(now), self._stored()
        comparison = Comparison(self._api, "contacts", self._contact_properties(now))
        limit, is_doubted = limit_of(self._transport.budgets()), self._is_doubted
        self._is_doubted = False
        batches = comparison.step(cursor, now, daily_limit=limit, is_doubted=is_doubted)

        def page(batch: Batch, companies: Mapping[str, list[AssociatedTo]]) -> Page:
            return feeds.page_of(batch, feeds.contact_records(batch, companies, stored, sources))

        yield from starmap(page, feeds.accompanied(batches, self._companies_of_contacts))

    def _companies_of_contacts(self, ids: Sequence[str]) -> dict[str, list[AssociatedTo]]:
        return self._companions.of("contacts", "companies", ids)

    def _companies(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        asked = self._options.company_properties
        names = sorted({*COMPANY_PROPERTIES, *asked})
        stored = stored_properties(asked, COMPANY_PROPERTIES)
        for batch in self._feed("companies", names).batches(cursor, now):
            yield feeds.page_of(batch, feeds.company_records(batch, stored))

    def _deals(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        batches = self._feed("deals", feeds.DEAL_PROPERTIES).batches(cursor, now)
        for batch, (people, companies) in feeds.accompanied(batches, self._companions.of_deals):
            yield feeds.page_of(batch, feeds.deal_records(batch, people, companies))

    def _engagements(self, type_: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        batches = self._feed(type_, READINGS[type_].properties, hot=READINGS[type_].hot).batches(cursor, now)
        for batch, people in feeds.accompanied(batches, partial(self._companions.people, type_)):
            yield feeds.page_of(batch, self._activities(type_, batch, people))

    def _activities(
        self, type_: str, batch: Batch, people: Mapping[str, tuple[Ref, ...]]
    ) -> Iterator[Activity]:
        names = self._disposition_names() if type_ == "calls" and batch.rows else {}
        return feeds.engagement_records(type_, batch, people, self._quoting, names)

    def _associations(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        """Recent engagements again, with the people they have now: an association that changed bumps no
        date. What a sweep does not reach, the next one goes on with."""
        state = feeds.round_of(cursor)
        since = now - timedelta(days=self._options.association_days)
        for type_ in READINGS:
            if type_ in state.done:
                continue
            feed = Feed(self._api, type_, READINGS[type_].properties, calls_max=SWEEP_CALLS_MAX)
            is_through = False
            batches = feed.recent(state.feed or None, since, now)
            for batch, people in feeds.accompanied(batches, partial(self._companions.people, type_)):
                is_through = batch.is_complete
                state.feed = "" if is_through else batch.cursor
                if is_through:
                    state.done.append(type_)
                yield Page(tuple(self._activities(type_, batch, people)), state.encode(), is_complete=False)
            if not is_through:
                return
        yield Page((), feeds.RoundCursor().encode(), is_complete=True, covered_until_at=now)

    def _feed(self, type_: str, properties: Sequence[str], *, hot: Sequence[str] = ()) -> Feed:
        return Feed(self._api, type_, properties, hot=hot, calls_max=self._options.search_calls_max)

    # --- behaviour, looked at when contacts show something new -------------------------------------------

    def _forms(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        self._offers.require("forms", now)
        chars_max = self._quoting.chars_max if self._quoting.keeps else 0
        read = partial(behaviour.form_submissions, self._api, quote_chars_max=chars_max)
        return self._looking("forms", cursor, now, read)

    def _email_events(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        self._offers.require("email_events", now)
        read = partial(behaviour.email_events, self._api, self._campaigns)
        return self._looking("email_events", cursor, now, read)

    def _page_events(self, cursor: str | None, now: datetime) -> Iterator[Page]:
        self._offers.require("page_events", now)
        return self._looking("page_events", cursor, now, partial(behaviour.page_views, self._api))

    def _looking(
        self,
        stream: str,
        cursor: str | None,
        now: datetime,
        read: Callable[[str | None, datetime], Iterator[Page]],
    ) -> Iterator[Page]:
        """Ask only when a contact has shown a newer act, and every quarter of an hour in any case: each
        form costs a call. Contacts are pulled before."""
        looked = self._looked.get(stream)
        seen = self._seen.get(stream)
        if cursor and looked and now - looked[0] < LOOK_AGAIN and seen == looked[1]:
            yield Page((), cursor, is_complete=True, covered_until_at=looked[0])
            return
        yield from read(cursor, now)
        self._looked[stream] = (now, seen)

    def _note_acts(self, rows: Sequence[Row]) -> None:
        for stream, names in _ACTS.items():
            for row in rows:
                for name in names:
                    at = moment(row.text(name))
                    if at is not None and at > self._seen.get(stream, at - timedelta(1)):
                        self._seen[stream] = at

    def _disposition_names(self) -> dict[str, str]:
        """Labels of call outcomes by their internal id, which differ from portal to portal."""
        if self._dispositions is None:
            try:
                definition = self._api.properties("calls").get("hs_call_disposition")
            except SystemFailure as error:
                if error.failure.recovery is not Recovery.CONFIGURATION:
                    raise
                definition = None
            options = definition.options if definition is not None else []
            self._dispositions = {**DISPOSITIONS, **{option.value: option.label for option in options}}
        return self._dispositions

    # --- delivering --------------------------------------------------------------------------------------

    def read(self, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
        """The contact of each lookup as it is now. Raises SystemFailure when nothing could be read."""
        with self._transport.priority(min((lookup.priority for lookup in lookups), default=5)):
            return read_contacts(self._api, lookups)

    def apply(self, writes: Sequence[Write]) -> tuple[Outcome, ...]:
        """One outcome per write, by position. Kinds: `contact` (properties), `membership` (lists) and
        `optout`."""
        outcomes: dict[int, Outcome] = {}
        with self._transport.priority(min((write.priority for write in writes), default=5)):
            updates = [
                Update(
                    write.effect_id,
                    contact_id_of([write.ref] if write.ref else [], write.payload),
                    write.fields,
                    bool(write.payload.get("moves_back", True)),
                    frozenset(write.payload.get("may_leave") or ()),  # type: ignore[call-overload]
                )
                for write in writes
                if write.kind == "contact"
            ]
            for batch in rounds([item for item in updates if STAGE not in item.fields]):
                outcomes |= {id_: made[0] for id_, made in write_properties(self._api, batch).items()}
            for batch in rounds([item for item in updates if STAGE in item.fields]):
                outcomes |= self._stages.apply(batch)
            outcomes |= self._memberships.apply([write for write in writes if write.kind == "membership"])
            outcomes |= optouts.apply(self._api, [write for write in writes if write.kind == "optout"])
        if any(item.failure is not None and item.failure.status == 400 for item in outcomes.values()):
            self._shapes.forget()  # an option or a property may have gone since they were read
        return tuple(outcomes[write.effect_id] for write in writes)

    def schema(self, object_type: str) -> Mapping[str, FieldShape]:
        """What the portal lets us write on an object, by our word for it. Raises SystemFailure."""
        with self._transport.priority(0):
            return self._shapes.of(object_type)

    def describe_anew(self) -> None:
        """Ask the portal again what its properties are, when next asked."""
        self._shapes.forget()

    # --- the portal --------------------------------------------------------------------------------------

    def account(self) -> Account:
        """Which portal answers. Raises SystemFailure(CONFIGURATION) for a bad token."""
        details = self._api.details()
        try:
            self._classifier.zone = ZoneInfo(details.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            self._classifier.zone = None
        is_sandbox = details.account_type in ("SANDBOX", "DEVELOPER_TEST", "APP_DEVELOPER")
        return Account(
            System.HUBSPOT,
            str(details.portal_id),
            f"portal {details.portal_id}",
            details.time_zone,
            is_sandbox,
        )

    def counts(self) -> Mapping[str, int]:
        """How many records the portal shows us, by our word for the object, for the tie-out. Raises
        SystemFailure. They are search's totals, which lag some seconds behind."""
        exists = ({"propertyName": "hs_object_id", "operator": "HAS_PROPERTY"},)
        types = {"contact": "contacts", "company": "companies"}
        if self._options.reads_deals:
            types["deal"] = "deals"
        return {
            word: self._api.search(type_, (exists,), ("hs_object_id",), limit=1).total
            for word, type_ in types.items()
        }

    def vanished(self, ids: Sequence[str]) -> frozenset[str]:
        """Of these contacts, those that are neither there, nor merged, nor archived: deleted for privacy
        (Contacts guide, GDPR delete), or archived more than 90 days ago. Raises SystemFailure."""
        return feeds.vanished(self._api, ids)

    def writers(self, ids: Sequence[str], names: Sequence[str]) -> Mapping[tuple[str, str], Writer]:
        """Who set these properties of these contacts last. Raises SystemFailure."""
        return writers(self._api, ids, names)

    def inspect(self, needs: Needs) -> tuple[Finding, ...]:
        """Every check, with cures; writes nothing and raises nothing."""
        return inspect(
            self._api, self._offers, needs, self._options.native_sync_properties, self._transport.now()
        )

    def calls_for(self, writes: Sequence[Write]) -> int:
        """How many calls these writes take at most."""
        return costs.calls_for(writes)

    def usage(self) -> tuple[Usage, ...]:
        return self._transport.usage()

    def budgets(self) -> tuple[Budget, ...]:
        return self._transport.budgets()

    def close(self) -> None:
        self._transport.close()


_ACTS = {
    "forms": ("recent_conversion_date",),
    "email_events": ("hs_email_last_open_date", "hs_email_last_click_date"),
    "page_events": ("hs_analytics_last_timestamp",),
}
"""Contact properties that move with an act of each behaviour stream."""


def _is_not_offered(failure: Failure) -> bool:
    """True for a missing scope or tier, or an endpoint that is not there."""
    return failure.status in (403, 404) and failure.recovery in (Recovery.CONFIGURATION, Recovery.REJECTED)
