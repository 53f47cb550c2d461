"""One mapped field as it is to be on the record of a lead that was handed over: to write it again on demand.

Who may overwrite whom stays as it is, but for one thing: a field that is written only on records we create
may fill a blank, since such a record lacks what it would have been created with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from syncd.core import brief, story
from syncd.core.model import Decision, Intent, Ref, Snapshot, System
from syncd.core.ownership import is_blank
from syncd.core.playbook import FieldMap, Ownership, Playbook
from syncd.core.values import Facts, known, render

PRIORITY = 5
"""As what can wait: everything else goes first."""
OBJECTS = ("lead", "contact")
"""Our words for the Salesforce objects a field may be on."""


def maps_of(playbook: Playbook, name: str, object_type: str = "") -> dict[str, tuple[FieldMap, ...]]:
    """The mapped fields of that name, by object: Lead, Contact, or both where none is named."""
    mapping = playbook.mapping
    return {
        word: tuple(item for item in maps if item.target == name and object_type in {"", word})
        for word, maps in (("lead", mapping.lead), ("contact", mapping.sfcontact))
    }


def rewritten(
    snapshot: Snapshot,
    decision: Decision,
    playbook: Playbook,
    now: datetime,
    maps: Mapping[str, Iterable[FieldMap]],
    asked: str,
) -> Intent | None:
    """The field as it is to be; None for who has no key. `asked` names the request: what was written for an
    earlier one may be written again."""
    if snapshot.key is None or snapshot.hubspot is None:
        return None
    history = (*snapshot.history, *decision.transitions)
    snapshot = story.by_people(replace(snapshot, history=history), decision.verdict)
    written = brief.write(snapshot, decision.verdict, decision.standing, playbook, now)
    facts = Facts(snapshot, decision.verdict, decision.standing, history, written, playbook)
    values = known(facts)
    lead, lead_rules = _fields(maps.get("lead", ()), snapshot, values)
    contact, contact_rules = _fields(maps.get("contact", ()), snapshot, values)
    if not lead and not contact:
        return None
    name = next(iter({**lead, **contact}))
    payload: dict[str, object] = {
        "key": snapshot.key,
        "known": [str(ref) for ref in _records(snapshot)],
        "fields": lead,
        "rules": lead_rules,
        "contact_fields": contact,
        "contact_rules": contact_rules,
        "asked": asked,
    }
    target = f"field:{snapshot.key}:{name}"
    return Intent(System.SALESFORCE, "record", target, payload, decision.standing.pass_number, PRIORITY)


def _fields(
    maps: Iterable[FieldMap], snapshot: Snapshot, values: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, str]]:
    fields: dict[str, object] = {}
    rules: dict[str, str] = {}
    for item in maps:
        value = render(item, snapshot, values)
        if is_blank(value) and not item.clears:
            continue
        fills = item.ownership is Ownership.ON_CREATE
        fields[item.target] = value
        rules[item.target] = str(Ownership.FILL_ONCE if fills else item.ownership)
    return fields, rules


def _records(snapshot: Snapshot) -> list[Ref]:
    return sorted({item.ref for item in snapshot.sales_records if not item.is_deleted})
