"""Takes activities: one signal per lead concerned, retracted when the source no longer says so.

A record is a new fact when its time or attributes change; its words may change without being one. Whoever is
unknown yet is waited for. What we wrote ourselves is remembered and is never evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from syncd.core.model import Detail, Ref, Shape
from syncd.core.signals import signal_key
from syncd.jobs.intake.page import Intake, newest
from syncd.jobs.normalise import emails, fingerprint
from syncd.ports import Activity
from syncd.store import facts, people
from syncd.store.bulk import json_text
from syncd.store.facts import ActivityHead, Entry, Waiting
from syncd.store.people import LeadRow
from syncd.store.tables import to_ms

RETURNS_MAX = 64
"""How often one and the same fact may be taken back and stated again."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is behind the references and addresses of a page: lead ids, survivors of merges only."""

    links: Mapping[Ref, int]
    owners: Mapping[str, Mapping[int, set[str]]]
    leads: Mapping[int, LeadRow]

    def root(self, lead_id: int) -> int:
        row = self.leads.get(lead_id)
        while row is not None and row.merged_into is not None:
            lead_id = row.merged_into
            row = self.leads.get(lead_id)
        return lead_id

    def is_erased(self, lead_id: int) -> bool:
        row = self.leads.get(lead_id)
        return row is not None and row.is_erased

    def by_ref(self, ref: Ref) -> int | None:
        found = self.links.get(ref)
        return None if found is None else self.root(found)

    def by_email(self, email: str, system: str) -> int | None:
        """The one lead with this address; the system that names it counts before the other."""
        owners = self.owners.get(email, {})
        near = {self.root(lead_id) for lead_id, systems in owners.items() if system in systems}
        found = near or {self.root(lead_id) for lead_id in owners}
        return found.pop() if len(found) == 1 else None


def meet(page: Intake, refs: Iterable[Ref], addresses: Iterable[str], lead_ids: Iterable[int]) -> Crowd:
    """Look up everybody a page's records name; `lead_ids` are those named before."""
    links = {ref: link.lead_id for ref, link in people.find_links(page.tx, refs).items()}
    owners = people.find_owners(page.tx, addresses)
    wanted = {*links.values(), *lead_ids, *(lead_id for found in owners.values() for lead_id in found)}
    return Crowd(links, owners, people.leads_by_id(page.tx, wanted))


def take_activities(page: Intake, records: Iterable[Activity], *, again: bool = False) -> None:
    """Store what is new about these activities. `again` looks at unchanged ones too: somebody was met."""
    activities = newest(records)
    heads = facts.find_activities(page.tx, [activity.ref for activity in activities])
    hashes = {activity.ref: _content_hash(activity) for activity in activities}
    wanted = [item for item in activities if again or _is_news(page, item, hashes[item.ref], heads)]
    page.count.changed += 0 if again else len(wanted)
    page.count.unchanged += len(activities) - len(wanted)
    if not wanted:
        return
    crowd = meet(
        page,
        {ref for activity in wanted for ref in activity.people},
        {email for activity in wanted for email in emails(activity.emails)},
        {entry[0] for head in heads.values() for entry in head.entries},
    )
    plans = [_plan(page, activity, heads.get(activity.ref), crowd) for activity in wanted]
    _carry_out(page, plans)
    saved = {
        plan.activity.ref: ActivityHead(
            hashes[plan.activity.ref], plan.activity.modified_at, is_removed=False, entries=plan.in_force
        )
        for plan in plans
    }
    facts.save_activities(page.tx, saved)
    _wait(page, plans, {plan.activity.ref for plan in plans if plan.activity.ref in heads})


def _is_news(page: Intake, activity: Activity, content_hash: int, heads: Mapping[Ref, ActivityHead]) -> bool:
    head = heads.get(activity.ref)
    if head is None:
        return True
    if page.is_stale(activity.modified_at, head.modified_at, is_removed=head.is_removed):
        return False
    return head.is_removed or head.content_hash != content_hash


def _content_hash(activity: Activity) -> int:
    """Everything the record says, apart from when it was modified."""
    return fingerprint(
        _version(activity),
        activity.source,
        sorted(str(ref) for ref in activity.people),
        sorted(activity.emails),
        (activity.title, activity.quote, activity.url, activity.is_ours),
    )


def _version(activity: Activity) -> str:
    """What makes it this fact and no other: when, what, how many."""
    shape = {name: value for name, value in activity.attributes.items() if value}
    return f"{fingerprint(to_ms(activity.occurred_at), shape, activity.count):x}"


# --- whose, and what was in force before -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    activity: Activity
    kept: tuple[Entry, ...]
    added: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    unknown: tuple[str, ...]

    @property
    def in_force(self) -> tuple[Entry, ...]:
        return self.kept + self.added


def _plan(page: Intake, activity: Activity, head: ActivityHead | None, crowd: Crowd) -> _Plan:
    lead_ids, unknown = _concerned(activity, crowd)
    before = entries_now(head, crowd)
    occurred_ms, version = to_ms(activity.occurred_at), _version(activity)
    source = activity.source
    keys = set(_returns(activity.ref, source, version)) if before else set()
    kept = tuple(
        entry for entry in before if entry[0] in lead_ids and entry[1] == occurred_ms and entry[2] in keys
    )
    fresh = sorted(lead_ids - {entry[0] for entry in kept})
    if head is None:
        first = signal_key(activity.ref, source, version)
        added = tuple((lead_id, occurred_ms, first) for lead_id in fresh)
    else:
        added = tuple(
            (lead_id, occurred_ms, unused_key(page, lead_id, activity.ref, source, version))
            for lead_id in fresh
        )
    return _Plan(activity, kept, added, tuple(sorted(before - set(kept))), unknown)


def _concerned(activity: Activity, crowd: Crowd) -> tuple[set[int], tuple[str, ...]]:
    """Leads the activity is about, and whom it names that nobody knows."""
    if activity.is_ours:
        return set(), ()
    by_ref = {str(ref): crowd.by_ref(ref) for ref in activity.people}
    by_email = {email: crowd.by_email(email, activity.ref.system.value) for email in emails(activity.emails)}
    named = by_ref | by_email
    unknown = [text for text, lead_id in by_ref.items() if lead_id is None]
    if not by_ref:
        unknown = [text for text, lead_id in by_email.items() if lead_id is None]
    known = {lead_id for lead_id in named.values() if lead_id is not None}
    return {lead_id for lead_id in known if not crowd.is_erased(lead_id)}, tuple(sorted(unknown))


def entries_now(head: ActivityHead | None, crowd: Crowd) -> set[Entry]:
    """Entries in force, under the leads that merged ones have become."""
    if head is None:
        return set()
    return {
        (crowd.root(lead_id), occurred_ms, key)
        for lead_id, occurred_ms, key in head.entries
        if not crowd.is_erased(crowd.root(lead_id))
    }


def _returns(ref: Ref, source: str, version: str) -> list[int]:
    """Every key one fact can have, in order: the first, and those of its returns after being taken back."""
    later = [f"{version}+{number}" for number in range(1, RETURNS_MAX)]
    return [signal_key(ref, source, item) for item in (version, *later)]


def unused_key(page: Intake, lead_id: int, ref: Ref, source: str, version: str) -> int:
    """The first key of a fact that is not stored for this lead: a stored one may have been taken back."""
    keys = _returns(ref, source, version)
    stored = facts.stored_signals(page.tx, [(lead_id, key) for key in keys])
    return next((key for key in keys if (lead_id, key) not in stored), keys[0])


# --- what follows ----------------------------------------------------------------------------------------


def _carry_out(page: Intake, plans: Sequence[_Plan]) -> None:
    for plan in plans:
        activity = plan.activity
        shape = Shape(activity.source, {name: value for name, value in activity.attributes.items() if value})
        words = (activity.title, activity.quote, activity.url)
        detail = Detail(*words) if any(words) else None
        for lead_id, occurred_ms, key in plan.in_force:
            page.add_fact(lead_id, occurred_ms, key, shape, activity.ref, count=activity.count, detail=detail)
    wordless = [
        plan for plan in plans if not any((plan.activity.title, plan.activity.quote, plan.activity.url))
    ]
    facts.drop_details(page.tx, ((entry[0], entry[2]) for plan in wordless for entry in plan.kept))
    take_back(page, {plan.activity.ref: plan.gone for plan in plans})


def take_back(page: Intake, gone: Mapping[Ref, Sequence[Entry]]) -> None:
    """Retract signals in force: a row that names the signal, and the signal's words are deleted."""
    wanted = {(entry[0], entry[2]) for entries in gone.values() for entry in entries}
    shape_ids = facts.stored_signals(page.tx, wanted)
    for ref, entries in gone.items():
        for lead_id, occurred_ms, key in entries:
            shape_id = shape_ids.get((lead_id, key))
            if shape_id is not None:
                by = signal_key(ref, "retraction", str(key))
                page.take_back(lead_id, occurred_ms, key, by, shape_id)
    facts.drop_details(page.tx, wanted)


def _wait(page: Intake, plans: Sequence[_Plan], known: set[Ref]) -> None:
    """Keep what names unknown people until they come; forget what an earlier version waited for."""
    facts.drop_waiting(page.tx, (str(plan.activity.ref) for plan in plans if plan.activity.ref in known))
    rows = [
        Waiting(person, str(plan.activity.ref), payload(plan.activity))
        for plan in plans
        for person in plan.unknown
    ]
    page.count.waiting += facts.add_waiting(page.tx, rows, page.now)


def payload(record: Any) -> str:
    """A record as the `waiting` table keeps it, with its kind."""
    return json_text({"kind": type(record).__name__, "record": msgspec.to_builtins(record)})
