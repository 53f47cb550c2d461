"""Takes removals: records archived, deleted, merged or erased at their source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncd.core.model import Ref, System
from syncd.jobs.intake.activities import entries_now, meet, take_back
from syncd.jobs.intake.page import Intake
from syncd.jobs.normalise import emails
from syncd.ports import Removal, RemovalKind
from syncd.store import accounts, deals, facts, follows, outbox, people, rekey
from syncd.store.accounts import AccountLink
from syncd.store.facts import ActivityHead
from syncd.store.people import LeadRow, Link, ProfileHead

PEOPLE = frozenset({"contact", "lead"})
COMPANIES = frozenset({"company", "account"})
DEALS = frozenset({"deal", "opportunity"})
_STATES = {
    RemovalKind.ARCHIVED: "archived",
    RemovalKind.DELETED: "deleted",
    RemovalKind.MERGED: "merged",
    RemovalKind.ERASED: "deleted",
}


def take_removals(page: Intake, records: Iterable[Removal]) -> None:
    """Store what is gone. A removal older than a later copy of the record, or known already, does nothing."""
    found = {(removal.ref, removal.at): removal for removal in records}
    removals = [found[key] for key in sorted(found)]
    _take_people(page, [removal for removal in removals if removal.ref.object in PEOPLE])
    _take_companies(page, [removal for removal in removals if removal.ref.object in COMPANIES])
    others = [removal for removal in removals if removal.ref.object not in PEOPLE | COMPANIES]
    _take_activities(page, others)


# --- people ----------------------------------------------------------------------------------------------


def _take_people(page: Intake, removals: Sequence[Removal]) -> None:
    if not removals:
        return
    refs = {removal.ref for removal in removals} | {removal.into for removal in removals if removal.into}
    links = people.find_links(page.tx, refs)
    heads = people.find_heads(page.tx, links)
    for removal in removals:
        link, head = links.get(removal.ref), heads.get(removal.ref)
        if removal.kind is RemovalKind.ERASED:
            _erase(page, removal.ref, link, head)
        elif link is None or link.state in {_STATES[removal.kind], "merged"}:
            page.count.unchanged += 1
        elif head is not None and head.modified_at > removal.at:
            page.count.unchanged += 1  # read again since: it is back
        else:
            _remove(page, removal, link, head, links)


def _erase(page: Intake, ref: Ref, link: Link | None, head: ProfileHead | None) -> None:
    """A privacy deletion there is one here: the whole person, not only that record."""
    lead_ids = [] if link is None else [link.lead_id]
    named = {str(found) for found in people.refs_of(page.tx, lead_ids)} | {str(ref)}
    addresses = people.addresses_of(page.tx, lead_ids) | set(head.emails if head else ())
    waiting = [row.ref for row in facts.all_waiting(page.tx) if _names(row.payload, named, addresses)]
    facts.drop_waiting(page.tx, waiting)
    if link is None or people.leads_by_id(page.tx, lead_ids)[link.lead_id].is_erased:
        page.count.unchanged += 1
        return
    rekey.erase_leads(page.tx, lead_ids, page.origin, page.now)
    page.count.leads_erased += 1
    page.count.changed += 1


def _names(payload: Mapping[str, Any], named: set[str], addresses: set[str]) -> bool:
    """Whether a waiting record is about somebody with one of these references or addresses."""
    record = payload["record"]
    about = {f"{item['system']}:{item['object']}:{item['id']}" for item in record["people"]}
    return not about.isdisjoint(named) or not addresses.isdisjoint(emails(record.get("emails", ())))


def _remove(
    page: Intake, removal: Removal, link: Link, head: ProfileHead | None, links: dict[Ref, Link]
) -> None:
    page.count.changed += 1
    lead_id = link.lead_id
    if removal.kind is RemovalKind.MERGED and removal.into is not None:
        lead_id = _merge_into(page, removal, removal.into, link, links)
    into_id = removal.into.id if removal.into else link.into_id
    gone = replace(link, lead_id=lead_id, state=_STATES[removal.kind], into_id=into_id)
    links[removal.ref] = gone
    people.save_links(page.tx, [gone])
    people.stamp_removed(page.tx, {removal.ref: removal.at})
    if head is not None:
        system = removal.ref.system.value
        people.drop_addresses(page.tx, [(email, lead_id, system) for email in head.emails])
    if removal.kind is not RemovalKind.MERGED and removal.ref.system is System.HUBSPOT:
        # We hand over from HubSpot: nothing goes out for who is gone there. Who is back is decided anew.
        outbox.withdraw(page.tx, lead_id, page.now)
    page.dirty |= {lead_id, link.lead_id} - _merged_away(page, link.lead_id)


def _merged_away(page: Intake, lead_id: int) -> set[int]:
    row = people.leads_by_id(page.tx, [lead_id])[lead_id]
    return set() if row.merged_into is None else {lead_id}


def _merge_into(page: Intake, removal: Removal, into: Ref, link: Link, links: dict[Ref, Link]) -> int:
    """The lead of the survivor. A survivor nobody read yet is expected under the loser's lead; two leads
    become one unless each is a HubSpot contact of its own and the merge was Salesforce's: then the loser's
    follows what sales does with the one record left."""
    survivor = links.get(into)
    if survivor is None:
        expected = Link(into, link.lead_id, "current", "merge")
        people.save_links(page.tx, [expected])
        links[into] = expected
        return link.lead_id
    if survivor.lead_id == link.lead_id:
        return link.lead_id
    rows = people.leads_by_id(page.tx, [survivor.lead_id, link.lead_id])
    one, other = rows[link.lead_id], rows[survivor.lead_id]
    if into.system is not System.HUBSPOT and one.external_key and other.external_key:
        page.dirty.add(survivor.lead_id)
        follows.begin(page.tx, one.lead_id, other.lead_id, removal.at)
        return link.lead_id
    loser, home = _loser_and_home(one, other)
    rekey.merge_leads(page.tx, loser, home, page.origin, page.now)
    page.count.leads_merged += 1
    for ref, known in list(links.items()):
        if known.lead_id == loser:
            links[ref] = replace(known, lead_id=home)
    return home


def _loser_and_home(one: LeadRow, other: LeadRow) -> tuple[int, int]:
    """The smaller key stays, else the older lead: the same whichever side of the merge was read first."""

    def seniority(row: LeadRow) -> tuple[bool, int, int]:
        number = (row.external_key or "").rpartition(":")[2]
        return not number.isdecimal(), int(number) if number.isdecimal() else 0, row.lead_id

    home, loser = sorted((one, other), key=seniority)
    return loser.lead_id, home.lead_id


# --- everything else -------------------------------------------------------------------------------------


def _take_companies(page: Intake, removals: Sequence[Removal]) -> None:
    refs = {removal.ref for removal in removals} | {removal.into for removal in removals if removal.into}
    links = accounts.find_account_links(page.tx, refs)
    became: dict[int, int] = {}  # accounts merged on this page

    def account_of(link: AccountLink) -> int:
        found = link.account_id
        while found in became:
            found = became[found]
        return found

    for removal in removals:
        link = links.get(removal.ref)
        if link is None or link.state != "current" or link.modified_at > removal.at:
            page.count.unchanged += 1
            continue
        page.count.changed += 1
        mine = account_of(link)
        page.dirty_accounts.add(mine)
        survivor = links.get(removal.into) if removal.into else None
        if survivor is not None and account_of(survivor) != mine:
            became[mine] = account_of(survivor)
            accounts.merge_accounts(page.tx, mine, became[mine], page.now)
            page.dirty_accounts.add(became[mine])
        elif survivor is None and removal.into is not None:
            expected = AccountLink(removal.into, mine)  # nobody read the survivor yet: it is this account
            accounts.save_account_links(page.tx, [expected])
            links[removal.into] = expected
        accounts.remove_account_link(page.tx, removal.ref, _STATES[removal.kind], removal.at)


def _take_activities(page: Intake, removals: Sequence[Removal]) -> None:
    """Signals of a record that is gone are taken back; the record is remembered as gone."""
    gone = _with_bookings(removals)
    heads = facts.find_activities(page.tx, gone)
    named = {entry[0] for head in heads.values() for entry in head.entries}
    crowd = meet(page, (), (), named)
    fresh: dict[Ref, ActivityHead] = {}
    for ref, removal in gone.items():
        head = heads.get(ref)
        if head is not None and (head.is_removed or head.modified_at > removal.at):
            page.count.unchanged += 1
            continue
        content_hash = head.content_hash if head else 0
        fresh[ref] = ActivityHead(content_hash, removal.at, is_removed=True, entries=())
    page.count.changed += len(fresh)
    take_back(page, {ref: tuple(sorted(entries_now(heads.get(ref), crowd))) for ref in fresh})
    facts.save_activities(page.tx, fresh)
    facts.drop_waiting(page.tx, (str(ref) for ref in fresh))
    removed = {ref: removal.at for ref, removal in gone.items() if ref in fresh and ref.object in DEALS}
    page.dirty_accounts |= deals.remove_deals(page.tx, removed)


def _with_bookings(removals: Sequence[Removal]) -> Mapping[Ref, Removal]:
    """A meeting is two facts, booked and held: both go."""
    gone = {removal.ref: removal for removal in removals}
    for removal in removals:
        if removal.ref.object == "meeting":
            gone[replace(removal.ref, object="meeting_booked")] = removal
    return gone
