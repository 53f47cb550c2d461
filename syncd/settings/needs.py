"""What the playbook asks of each system: fields read and written, lists, stages, statuses, owners.

`syncd doctor` compares this with the live schema. Every entry says where it is used, so that a missing field
can be answered with the line of the playbook that wants it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from syncd.core.model import System
from syncd.core.playbook import FieldMap, Mappings, Ownership, Playbook, Routing, SignalKind, SourceMatch
from syncd.ports import FieldNeed, Needs, SharedField
from syncd.settings.definitions import closed_set
from syncd.settings.fields import SOURCE_TYPES, TARGET_TYPES, type_of
from syncd.settings.model import Settings
from syncd.settings.vocabulary import MARK_PREFIX

_READ = "playbook"
_OBJECTS: Mapping[str, str] = {
    "contact": "contact",
    "company": "company",
    "lead": "Lead",
    "sfcontact": "Contact",
}
"""The vendor's word for each kind of record."""

_CHANGES: Mapping[str, str] = {
    "hubspot.contact_change": "contact",
    "salesforce.lead_change": "lead",
    "salesforce.contact_change": "sfcontact",
}


def letters(playbook: Playbook) -> Mapping[str, str]:
    """The framework's letters, id and label: what sales may mark in a note."""
    return {letter.id: letter.label for letter in playbook.levels.bant}


def asks_marks(playbook: Playbook, *sources: str) -> bool:
    """Whether a kind of signal asks for marks in facts of these sources: else their texts are not read."""
    tests = (test for match in _matches(playbook, *sources) for test in match.where)
    return any(test.attribute.startswith(MARK_PREFIX) for test in tests)


def asks_for(playbook: Playbook, source: str) -> bool:
    """Whether a kind of signal asks for facts of this source: else no call is spent on it."""
    return any(True for _ in _matches(playbook, source))


def lists_read(playbook: Playbook) -> tuple[str, ...]:
    """Names of the HubSpot lists whose joining is a signal."""
    tests = (test for match in _matches(playbook, "hubspot.list_membership") for test in match.where)
    return tuple(sorted({name for test in tests if test.attribute == "list" for name in test.patterns}))


def _matches(playbook: Playbook, *sources: str) -> Iterator[SourceMatch]:
    return (match for kind in playbook.signals for match in kind.sources if match.source in sources)


def needs(playbook: Playbook, settings: Settings) -> dict[System, Needs]:
    """Everything asked of HubSpot and of Salesforce. Channels for alerts need nothing."""
    mapping = playbook.mapping
    stages = set(mapping.lifecycle.values()) if mapping.owns_lifecycle else set()
    rules = playbook.recycle.rules.values()
    if mapping.owns_lifecycle:
        stages |= {rule.lifecycle_stage for rule in rules} - {""}
    routing = playbook.routing
    return {
        System.HUBSPOT: Needs(
            fields=_merged([*_read(playbook, "contact", "company"), *_hubspot_written(playbook)]),
            lists=playbook.track_lists,
            lists_read=lists_read(playbook),
            lifecycle_stages=tuple(sorted(stages)),
            lead_statuses=tuple(sorted({rule.lead_status for rule in rules if rule.lead_status})),
            unsubscribes=mapping.consent.unsubscribes,
            shared=tuple(_shared(playbook, frozenset(settings.hubspot.native_sync_writes))),
        ),
        System.SALESFORCE: Needs(
            fields=_merged(
                [*_read(playbook, "lead", "sfcontact"), *_salesforce_written(mapping), *_feedback(playbook)]
            ),
            lead_statuses=tuple(sorted(playbook.feedback.statuses)),
            owners=_last_owners(routing),
            spare_owners=tuple(sorted(routing.owners - frozenset(_last_owners(routing)))),
            unattended_owners=(routing.router.starts_with,) if routing.router else (),
            org_rules=routing.mode == "org_rules",
        ),
    }


def _last_owners(routing: Routing) -> tuple[str, ...]:
    """Who nobody takes the place of: the one named last, where the org's own rules do not choose."""
    last = [owner for owner in (routing.owner_id, routing.queue_id) if owner]
    return tuple(last) if len(last) == 1 and routing.mode != "org_rules" else ()


# --- read ------------------------------------------------------------------------------------------------


def _read(playbook: Playbook, *records: str) -> Iterator[FieldNeed]:
    for record in records:
        for name in sorted(playbook.fields_of(record) | _watched(playbook.signals, record)):
            kind = type_of(SOURCE_TYPES, record, name)
            yield FieldNeed(_OBJECTS[record], name, is_written=False, type=kind, used_by=_READ)


def _watched(signals: Iterable[SignalKind], record: str) -> frozenset[str]:
    """Properties whose changes make a signal, where they are named without wildcards."""
    names: set[str] = set()
    for kind in signals:
        for match in kind.sources:
            if _CHANGES.get(match.source) != record:
                continue
            for test in match.where:
                if test.attribute == "property":
                    names |= {pattern for pattern in test.patterns if not set(pattern) & {"*", "?"}}
    return frozenset(names)


def _feedback(playbook: Playbook) -> Iterator[FieldNeed]:
    feedback = playbook.feedback
    used_by = "recycle.yaml, feedback"
    yield FieldNeed(
        "Lead",
        "Status",
        is_written=bool(feedback.reopen_as or playbook.undo.lead_status),
        type="picklist",
        values=tuple(feedback.statuses),
        used_by=used_by,
    )
    if feedback.reason_field:
        values = tuple(feedback.reasons)
        yield FieldNeed(
            "Lead", feedback.reason_field, is_written=False, type="picklist", values=values, used_by=used_by
        )
    if feedback.lost_reason_field:
        values = tuple(feedback.lost_reasons)
        yield FieldNeed(
            "Opportunity",
            feedback.lost_reason_field,
            is_written=False,
            type="picklist",
            values=values,
            used_by=used_by,
        )
    for name in sorted(playbook.recycle.date_fields):
        yield FieldNeed("Lead", name, is_written=False, type="date", used_by="recycle.yaml, day of return")


# --- written ---------------------------------------------------------------------------------------------


def _hubspot_written(playbook: Playbook) -> Iterator[FieldNeed]:
    """A property that is a dropdown must hold every value of a closed set."""
    maps = playbook.mapping.contact
    for item, need in zip(maps, _written(maps, "contact", "mapping.yaml, hubspot.contact"), strict=True):
        values = tuple(value for value, _label in closed_set(playbook, item))
        yield replace(need, values=values) if values else need


def _salesforce_written(mapping: Mappings) -> Iterator[FieldNeed]:
    for record, maps in (("lead", mapping.lead), ("sfcontact", mapping.sfcontact)):
        target = _OBJECTS[record]
        yield FieldNeed(
            target,
            mapping.key_field,
            is_written=True,
            type="text",
            used_by="mapping.yaml, salesforce.key_field",
            must_be_unique=True,
        )
        yield from _written(maps, record, f"mapping.yaml, salesforce.{target.lower()}")
    used_by = "mapping.yaml, salesforce.task_key_field"
    yield FieldNeed("Task", mapping.task_key_field, is_written=True, type="text", used_by=used_by)
    for name in ("Subject", "Status", "Priority", "Description", "WhoId", "OwnerId", "ActivityDate"):
        yield FieldNeed("Task", name, is_written=True, used_by="the rep's task")
    for name in ("IsReminderSet", "ReminderDateTime"):
        yield FieldNeed("Task", name, is_written=True, used_by="the rep's task")
    if mapping.history.has_events:
        used_by = "mapping.yaml, salesforce.history"
        yield FieldNeed("Event", mapping.task_key_field, is_written=True, type="text", used_by=used_by)
        for name in ("Subject", "Description", "WhoId", "OwnerId", "StartDateTime", "EndDateTime"):
            yield FieldNeed("Event", name, is_written=True, used_by=used_by)


def _written(maps: Iterable[FieldMap], record: str, used_by: str) -> Iterator[FieldNeed]:
    for item in maps:
        constants = (item.source[1:],) if item.source.startswith("=") else ()
        kind = type_of(TARGET_TYPES, record, item.target)
        values = tuple(sorted({*item.values.values(), *constants})) if kind == "picklist" else ()
        yield FieldNeed(
            _OBJECTS[record], item.target, is_written=True, type=kind, values=values, used_by=used_by
        )


# --- written by HubSpot's own Salesforce sync too ---------------------------------------------------------


def _shared(playbook: Playbook, theirs: frozenset[str]) -> Iterator[SharedField]:
    """Every field and stage with two owners while that sync is at work.

    A value given to a record we create, and never again, leaves the field to the other owner.
    """
    mapping = playbook.mapping
    for noun, maps in (("Lead", mapping.lead), ("Contact", mapping.sfcontact), ("contact", mapping.contact)):
        cure = "take it out of mapping.yaml" + (", or set write: on_create" if noun != "contact" else "")
        for item in maps:
            if item.target in theirs and item.ownership is not Ownership.ON_CREATE:
                yield SharedField(f"{noun}.{item.target}", f"mapping.yaml, write: {item.ownership}", cure)
    if mapping.owns_lifecycle and "lifecyclestage" in theirs:
        used_by = "mapping.yaml, hubspot.lifecycle"
        yield SharedField(
            "contact.lifecyclestage", used_by, "set write: false under lifecycle in mapping.yaml"
        )
    if "hs_lead_status" in theirs and any(rule.lead_status for rule in playbook.recycle.rules.values()):
        cure = "take every lead_status out of recycle.yaml"
        yield SharedField("contact.hs_lead_status", "recycle.yaml, reasons", cure)


def _merged(found: Iterable[FieldNeed]) -> tuple[FieldNeed, ...]:
    """One need per field: written wins over read, values and uses are joined."""
    merged: dict[tuple[str, str], FieldNeed] = {}
    for need in found:
        place = (need.object_type, need.field)
        merged[place] = _joined(merged[place], need) if place in merged else need
    return tuple(merged[place] for place in sorted(merged))


def _joined(first: FieldNeed, second: FieldNeed) -> FieldNeed:
    uses = dict.fromkeys([first.used_by, second.used_by])
    return FieldNeed(
        object_type=first.object_type,
        field=first.field,
        is_written=first.is_written or second.is_written,
        type=first.type or second.type,
        values=tuple(dict.fromkeys([*first.values, *second.values])),
        used_by="; ".join(uses),
        must_be_unique=first.must_be_unique or second.must_be_unique,
    )
