"""Facts made from a changed profile: raised counters, and new values of watched properties.

A property that only we write makes no fact, and no value that names a person enters a shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from syncd.core.model import Ref, Shape
from syncd.core.ownership import same
from syncd.core.signals import signal_key
from syncd.jobs.intake import edits
from syncd.jobs.intake.page import Intake
from syncd.ports import Counter, Person
from syncd.store import people, undos
from syncd.store.tables import to_ms

PERSONAL = frozenset(
    {"email", "firstname", "lastname", "phone", "mobilephone", "hs_additional_emails", "address"}
    | {"Email", "FirstName", "LastName", "Name", "Phone", "MobilePhone", "Street", "Description"}
)
"""Properties whose values never go into a shape, which outlives an erasure."""

VALUE_CHARS_MAX = 60
ECHO_WITHIN = timedelta(minutes=15)
"""How far apart our clock at the write and the record's own date of it may be."""


def counter_name(counter: Counter) -> str:
    """What one running total is called among a record's counters."""
    if not counter.attributes:
        return counter.source
    return f"{counter.source} {sorted(counter.attributes.items())}"


def former_properties(page: Intake, persons: Sequence[Person]) -> dict[Ref, Mapping[str, str]]:
    """Stored values of what is watched of these records; to be read before they are replaced."""
    wanted = {
        person.ref: _watched(page, person) | (edits.GUARDED if edits.is_guarded(person.ref) else frozenset())
        for person in persons
    }
    names = frozenset().union(*wanted.values())
    return people.find_properties(page.tx, [ref for ref, watched in wanted.items() if watched], names)


def tell(
    page: Intake,
    person: Person,
    lead_id: int,
    totals: Mapping[str, int],
    former: Mapping[str, str] | None,
) -> None:
    """Add the facts of one record. `totals` were counted before; `former` is None for a record first seen."""
    _tell_counters(page, person, lead_id, totals)
    if former is None:
        if not _is_born_later(page, person):
            return
        former = {}
    for name in sorted(_watched(page, person)):
        value, before = person.properties.get(name, ""), former.get(name, "")
        if value != before and not _is_undo(page, person, lead_id, name, value):
            _tell_change(page, person, lead_id, name, value, before)


def _is_undo(page: Intake, person: Person, lead_id: int, name: str, value: str) -> bool:
    """Whether it was us who set this back: closing a Lead that was a mistake is no answer of sales."""
    return any(
        same(value, written) and abs(person.modified_at - sent_at) <= ECHO_WITHIN
        for sent_at, written in undos.values_written(page.tx, lead_id, person.ref.id, name)
    )


def _is_born_later(page: Intake, person: Person) -> bool:
    """A record made after the baseline got its first values since; of an older one nobody knows when."""
    born_after_at = page.ingest.born_after_at
    if born_after_at is None or person.created_at is None or person.merged_ids:
        return False
    return person.created_at >= born_after_at


def _watched(page: Intake, person: Person) -> frozenset[str]:
    """Watched properties of this kind of record, less those that change by our own hand."""
    named = page.watched.get(_source(person), frozenset())
    return named - page.ingest.own_fields.get(person.ref.system, frozenset())


def _source(person: Person) -> str:
    return f"{person.ref.system}.{person.ref.object}_change"


def _tell_counters(page: Intake, person: Person, lead_id: int, totals: Mapping[str, int]) -> None:
    for counter in person.counters:
        name = counter_name(counter)
        raised = counter.total - totals.get(name, 0)
        if raised > 0:
            key = signal_key(person.ref, name, str(counter.total))
            shape = Shape(counter.source, {k: v for k, v in counter.attributes.items() if v})
            page.add_fact(lead_id, to_ms(counter.last_at), key, shape, person.ref, count=raised)


def _tell_change(page: Intake, person: Person, lead_id: int, name: str, value: str, before: str) -> None:
    attributes = {"property": name}
    if name not in PERSONAL:
        attributes |= {"value": value[:VALUE_CHARS_MAX], "from": before[:VALUE_CHARS_MAX]}
    reason = person.properties.get(page.ingest.reason_field, "") if page.ingest.reason_field else ""
    attributes["reason"] = reason[:VALUE_CHARS_MAX]
    occurred_ms = to_ms(person.modified_at)
    source = _source(person)
    key = signal_key(person.ref, source, f"{name}={value}@{occurred_ms}")
    shape = Shape(source, {k: v for k, v in attributes.items() if v})
    page.add_fact(lead_id, occurred_ms, key, shape, person.ref)
    if source == "salesforce.lead_change" and name == "Status" and before:
        page.note_act(lead_id, key, person.ref, value, person.modified_at)
