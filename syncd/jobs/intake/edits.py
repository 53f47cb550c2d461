"""Notices a stage or status of a HubSpot contact that is not what we set there: an edit to be settled.

Only where we had set the field ourselves: what others keep among themselves is none of our business, and our
own value coming back is an echo.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.core.lifecycle_stage import PROPERTY, STATUS_PROPERTY
from syncd.core.model import Ref, System
from syncd.core.ownership import same
from syncd.jobs.intake.page import Intake
from syncd.ports import Person
from syncd.store import edits

GUARDED = frozenset({PROPERTY, STATUS_PROPERTY})
VALUE_CHARS_MAX = 60


def is_guarded(ref: Ref) -> bool:
    """Whether this kind of record shows stages of ours."""
    return ref.system is System.HUBSPOT and ref.object == "contact"


def notice(page: Intake, seen: Iterable[tuple[Person, int]], former: Mapping[Ref, Mapping[str, str]]) -> None:
    """Keep the edits among these records; `former` is what was stored of them."""
    changed = [
        (person, lead_id, name, person.properties.get(name, ""))
        for person, lead_id in seen
        if is_guarded(person.ref) and person.ref in former
        for name in sorted(GUARDED)
        if person.properties.get(name, "") != former[person.ref].get(name, "")
    ]
    if not changed:
        return
    contacts = {person.ref.id: lead_id for person, lead_id, _name, _value in changed}
    ours = edits.last_written(page.tx, System.HUBSPOT, contacts, GUARDED)
    rows: list[dict[str, object]] = []
    leads: set[int] = set()
    for person, lead_id, name, value in changed:
        mine = ours.get((person.ref.id, name))
        if mine is None or same(mine, value):
            continue
        leads.add(lead_id)
        rows.append(
            {
                "lead_id": lead_id,
                "system": str(person.ref.system),
                "object_id": person.ref.id,
                "field": name,
                "ours": mine,
                "theirs": value[:VALUE_CHARS_MAX],
                "edited_at": person.modified_at,
                "seen_at": page.now,
            }
        )
    edits.add(page.tx, rows)
    page.dirty |= leads
