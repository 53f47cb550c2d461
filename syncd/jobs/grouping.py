"""Who leads are, and by what a report may group them: each lead is in exactly one group of each kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from syncd.core.headline import place
from syncd.core.origin import DETAILS, SOURCE, source_label
from syncd.core.plain import plain
from syncd.core.playbook import Playbook
from syncd.jobs.explain import person_name
from syncd.store import ledger, snapshots, traits
from syncd.store.engine import Store

T = TypeVar("T")
UNKNOWN = "(not known)"
NAME_CHARS_MAX = 80
_OWNERS = ("lead.OwnerId", "sfcontact.OwnerId")


@dataclass(frozen=True, slots=True)
class ShownLead:
    """A lead in a list: its name, where it stands as a code, and in words."""

    name: str
    position: str
    place: str


def shown_leads(store: Store, playbook: Playbook, lead_ids: Iterable[int]) -> Mapping[int, ShownLead]:
    """How these leads are told of in a list."""
    ids = sorted(set(lead_ids))
    with store.read() as tx:
        fields, standings = snapshots.fields_of(tx, ids), ledger.standings(tx, ids)
    found = {}
    for lead_id in ids:
        standing = standings.get(lead_id)
        name = plain(person_name(fields.get(lead_id, {}), lead_id), NAME_CHARS_MAX)
        found[lead_id] = ShownLead(
            name,
            str(standing.position) if standing else "",
            place(standing.position, playbook) if standing else "",
        )
    return found


def parted(
    items: Iterable[T], group: Callable[[T], str], person: Callable[[T], int]
) -> Mapping[str, list[T]]:
    """The items by their group, the group of most people first, then by name."""
    found: defaultdict[str, list[T]] = defaultdict(list)
    people: defaultdict[str, set[int]] = defaultdict(set)
    for item in items:
        name = group(item)
        found[name].append(item)
        people[name].add(person(item))
    return {name: found[name] for name in sorted(found, key=lambda name: (-len(people[name]), name))}


def groups(tx: sa.Connection, playbook: Playbook, by: str, lead_ids: Iterable[int]) -> Mapping[int, str]:
    """The group of each lead, in words. `by` is channel, offer, source, segment, owner or playbook."""
    ids = sorted(set(lead_ids))
    if by == "offer":
        found = traits.first_offers(tx, ids)
    elif by == "segment":
        labels = {model.id: model.label for model in playbook.models}
        found = {key: labels.get(name, name) for key, name in traits.segments(tx, ids).items()}
    elif by == "owner":
        found = _owners(tx, ids)
    elif by == "playbook":
        found = traits.first_versions(tx, ids)
    else:
        assert by in ("channel", "source"), f"no such grouping: {by}"
        fields = snapshots.fields_of(tx, ids)
        found = {lead_id: _source(known, is_whole=by == "source") for lead_id, known in fields.items()}
    return {lead_id: found.get(lead_id) or UNKNOWN for lead_id in ids}


def _source(fields: Mapping[str, str], *, is_whole: bool) -> str:
    """HubSpot's original source: the channel alone, or with the drill-down that says which."""
    channel = source_label(fields.get(SOURCE, "").strip())
    details = [plain(fields.get(name, ""), NAME_CHARS_MAX) for name in DETAILS] if is_whole else []
    return " / ".join(part for part in (channel, *details) if part)


def _owners(tx: sa.Connection, ids: list[int]) -> dict[int, str]:
    """Who has the lead in Salesforce; where no record says so, whom we gave its newest pass to."""
    fields, chosen, names = snapshots.fields_of(tx, ids), traits.owners(tx, ids), snapshots.user_names(tx)
    found: dict[int, str] = {}
    for lead_id in ids:
        known = fields.get(lead_id, {})
        owner = next((known[name] for name in _OWNERS if known.get(name)), "") or chosen.get(lead_id, "")
        found[lead_id] = plain(names.get(owner, owner), NAME_CHARS_MAX)
    return found
