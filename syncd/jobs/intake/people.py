"""Takes people's records: profile, addresses, links, and what changed since the last time they were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from syncd.core.model import Ref, System
from syncd.jobs import normalise
from syncd.jobs.intake import changes, edits
from syncd.jobs.intake.linking import GONE, Book, open_book
from syncd.jobs.intake.matching import match_people
from syncd.jobs.intake.page import Intake, newest
from syncd.ports import Person
from syncd.store import accounts, affiliations, people, rekey
from syncd.store.accounts import Home
from syncd.store.people import Link, Profile, ProfileHead

VOLATILE = frozenset(
    {"lastmodifieddate", "hs_lastmodifieddate", "SystemModstamp", "LastModifiedDate", "LastModifiedById"}
    | {"LastViewedDate", "LastReferencedDate"}
)
"""Properties that change with every change: they tell nothing of their own."""

_RANK = {
    (System.HUBSPOT.value, "contact"): 0,
    (System.SALESFORCE.value, "contact"): 1,
    (System.SALESFORCE.value, "lead"): 2,
}
"""Whose word counts for the company of a lead."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A record worth a write. `is_news` is false for an echo: stored again, but nobody need look."""

    person: Person
    emails: tuple[str, ...]
    head: ProfileHead | None
    totals: Mapping[str, int]  # counted before, of this record or of those merged into it
    content_hash: int
    lead_id: int
    is_news: bool


def take_people(page: Intake, records: Iterable[Person]) -> None:
    """Store what is new about these people. Records unchanged or older than what is stored write nothing."""
    persons = newest(records)
    if not persons:
        return
    addressed = {person.ref: normalise.emails(person.emails) for person in persons}
    keys = [person.properties.get(page.ingest.key_field, "") for person in persons]
    given = {email for found in addressed.values() for email in found}
    book = open_book(page.tx, page.ingest.portal_id, persons, given, keys)
    before = set(book.links)
    arrivals = [
        arrival
        for person in persons
        if (arrival := _weigh(page, book, person, addressed[person.ref])) is not None
    ]
    page.count.changed += sum(arrival.is_news for arrival in arrivals)
    page.count.unchanged += len(persons) - sum(arrival.is_news for arrival in arrivals)
    if not arrivals:
        return
    real = _make_leads(page, book)
    settled = [
        (arrival, real.get(book.root(arrival.lead_id), book.root(arrival.lead_id))) for arrival in arrivals
    ]
    known = [arrival.person for arrival in arrivals if arrival.head is not None]
    former = changes.former_properties(page, known)
    news = [(arrival.person, lead_id) for arrival, lead_id in settled if arrival.is_news]
    edits.notice(page, news, former)
    _save(page, book, real, settled)
    for arrival, lead_id in settled:
        if arrival.is_news:
            changes.tell(page, arrival.person, lead_id, arrival.totals, former.get(arrival.person.ref))
    _join_accounts(page, settled, set(real.values()))
    page.arrived |= {str(ref) for ref in book.changed.keys() - before}


def _weigh(page: Intake, book: Book, person: Person, emails: tuple[str, ...]) -> _Arrival | None:
    """What to do with one record; None for nothing. Placing it may link and merge others on the page."""
    link, head = book.links.get(person.ref), book.heads.get(person.ref)
    row = book.lead_of(person.ref)
    if (row is not None and row.is_erased) or (link is not None and link.state == "merged"):
        return None
    if person.is_archived:
        return None  # taken as a removal, after the page's people
    content_hash = _content_hash(page, person, emails)
    is_removed = link is not None and link.state in GONE
    if head is not None:
        if page.is_stale(person.modified_at, head.modified_at, is_removed=is_removed):
            return None
        is_same = head.content_hash == content_hash and not is_removed
        if is_same and person.modified_at <= head.modified_at:
            return None
    lead_id = book.place(person, emails, person.properties.get(page.ingest.key_field, ""))
    is_news = head is None or is_removed or head.content_hash != content_hash
    return _Arrival(person, emails, head, _known_totals(book, person), content_hash, lead_id, is_news)


def _content_hash(page: Intake, person: Person, emails: tuple[str, ...]) -> int:
    """A hash of what the record says, apart from dates of change and what we wrote ourselves.

    Our key is ours, but it says whose record it is, so it counts.
    """
    ignored = VOLATILE | (
        page.ingest.own_fields.get(person.ref.system, frozenset()) - {page.ingest.key_field}
    )
    properties = person.properties
    if not ignored.isdisjoint(properties):
        properties = {name: value for name, value in properties.items() if name not in ignored}
    return normalise.fingerprint(
        properties,
        emails,
        str(person.company or ""),
        sorted(person.merged_ids),
        sorted(str(same) for same in person.same_as),
        {changes.counter_name(counter): counter.total for counter in person.counters},
    )


# --- leads, links, profiles, addresses -------------------------------------------------------------------


def _make_leads(page: Intake, book: Book) -> dict[int, int]:
    """Create and merge leads as the book decided; real ids of the leads that were only promised."""
    alive = [lead_id for lead_id in book.created if book.root(lead_id) == lead_id]
    fresh = people.create_leads(page.tx, [book.leads[item].external_key for item in alive], page.now)
    real = dict(zip(alive, fresh, strict=True))
    page.count.leads_created += len(fresh)
    for loser, survivor in book.merges:
        if loser < 0:
            continue
        target = book.root(survivor)
        rekey.merge_leads(page.tx, loser, real.get(target, target), page.origin, page.now)
        page.count.leads_merged += 1
    keyed = {item: book.leads[item].external_key for item in book.keyed if item > 0}
    people.set_keys(page.tx, {lead_id: key for lead_id, key in keyed.items() if key is not None})
    return real


def _save(page: Intake, book: Book, real: Mapping[int, int], settled: Sequence[tuple[_Arrival, int]]) -> None:
    def resolved(lead_id: int) -> int:
        return real.get(book.root(lead_id), book.root(lead_id))

    people.save_links(
        page.tx,
        [
            Link(ref, resolved(link.lead_id), link.state, link.linked_by, link.into_id)
            for ref, link in book.changed.items()
        ],
    )
    page.dirty |= {resolved(link.lead_id) for link in book.changed.values()}
    page.dirty |= {lead_id for arrival, lead_id in settled if arrival.is_news}
    profiles = [_profile(arrival, lead_id) for arrival, lead_id in settled]
    people.save_profiles(page.tx, profiles, page.now)
    _save_addresses(page, book, settled)


def _known_totals(book: Book, person: Person) -> dict[str, int]:
    """Totals counted before; those of merged records add up, since their signals came along."""
    heads = [book.heads[ref] for ref in (person.ref,) if ref in book.heads]
    heads = heads or [book.heads[ref] for ref in _merged_refs(person) if ref in book.heads]
    totals: dict[str, int] = {}
    for head in heads:
        for name, total in head.counters.items():
            totals[name] = totals.get(name, 0) + total
    return totals


def _profile(arrival: _Arrival, lead_id: int) -> Profile:
    person = arrival.person
    counters = dict(arrival.totals)
    for counter in person.counters:
        name = changes.counter_name(counter)
        counters[name] = max(counters.get(name, 0), counter.total)
    return Profile(
        ref=person.ref,
        lead_id=lead_id,
        properties=person.properties,
        counters=counters,
        emails=arrival.emails,
        company=str(person.company or ""),
        content_hash=arrival.content_hash,
        modified_at=person.modified_at,
        created_at=person.created_at,
    )


def _merged_refs(person: Person) -> list[Ref]:
    return [Ref(person.ref.system, person.ref.object, merged_id) for merged_id in person.merged_ids]


def _save_addresses(page: Intake, book: Book, settled: Sequence[tuple[_Arrival, int]]) -> None:
    """Addresses follow the record: new ones are added, those it lost are dropped."""
    rows: list[tuple[str, int, str, bool]] = []
    dropped: list[tuple[str, int, str]] = []
    for arrival, lead_id in settled:
        if not arrival.is_news:
            continue
        system = arrival.person.ref.system.value
        rows += [(email, lead_id, system, email == arrival.emails[0]) for email in arrival.emails]
        heads = [arrival.head] + [book.heads.get(ref) for ref in _merged_refs(arrival.person)]
        former = {email for head in heads if head is not None for email in head.emails}
        dropped += [(email, lead_id, system) for email in former - set(arrival.emails)]
        if arrival.head is not None and book.root(arrival.head.lead_id) != lead_id:
            left = book.root(arrival.head.lead_id)
            dropped += [(email, left, system) for email in arrival.head.emails]
            page.dirty.add(left)
        page.arrived |= set(arrival.emails) - (set(arrival.head.emails) if arrival.head else set())
    people.save_addresses(page.tx, rows)
    people.drop_addresses(page.tx, dropped)


def _join_accounts(page: Intake, settled: Sequence[tuple[_Arrival, int]], fresh: Collection[int]) -> None:
    """Each lead belongs to the company its records name: the HubSpot contact's, else Salesforce's.

    `fresh` are leads made with this page: what other records say need not be asked of most of them.
    """
    records = Counter(lead_id for _arrival, lead_id in settled)
    chosen: dict[int, Ref] = {}
    moved: set[int] = set()
    for arrival, lead_id in settled:
        company = arrival.person.company
        if company is not None and lead_id in fresh and records[lead_id] == 1:
            chosen[lead_id] = company
        elif company is not None or (arrival.head is not None and arrival.head.company):
            moved.add(lead_id)
    named = accounts.profile_companies(page.tx, moved)
    chosen |= {lead_id: _company_ref(min(rows, key=_company_rank)[2]) for lead_id, rows in named.items()}
    ids = accounts.ensure_accounts(page.tx, chosen.values(), page.now)
    alone = {lead_id for arrival, lead_id in settled if arrival.is_news} | moved
    alone = _without_company(page, alone - chosen.keys(), moved)
    matched = match_people(page, alone)
    affiliations.drop(page.tx, chosen.keys() - fresh)
    wanted: dict[int, Home] = {item: (ids[company], "") for item, company in chosen.items()}
    wanted |= {item: matched.get(item, (None, "")) for item in alone}
    stored = accounts.lead_homes(page.tx, moved | (alone - set(fresh)))
    changed = {item: home for item, home in wanted.items() if home != stored.get(item, (None, ""))}
    accounts.set_lead_homes(page.tx, changed)
    touched = {stored[item][0] for item in changed if item in stored} | {home for home, _ in changed.values()}
    page.dirty_accounts |= {account_id for account_id in touched if account_id is not None}


def _without_company(page: Intake, lead_ids: Collection[int], asked: Collection[int]) -> set[int]:
    """Those of `lead_ids` that no record associates with a company; of `asked` it is known."""
    others = set(lead_ids) - set(asked)
    return set(lead_ids) - accounts.profile_companies(page.tx, others).keys()


def _company_rank(row: tuple[str, str, str]) -> tuple[int, str]:
    system, object_type, company = row
    return _RANK.get((system, object_type), len(_RANK)), company


def _company_ref(text: str) -> Ref:
    system, object_type, object_id = text.split(":", 2)
    return Ref(System(system), object_type, object_id)
