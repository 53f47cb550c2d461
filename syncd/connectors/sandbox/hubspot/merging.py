"""Merging two records into a new one.

The result has a new id; both old ids go on answering with it. The primary's values win, counters of what
the two did add up, every address stays unique across contacts, at most 250 identities join (facts section
6; changelog on updated merge functionality).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.records import Record, epoch_ms, stamp

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

IDENTITIES_MAX = 250
SUMMED = (
    "hs_analytics_num_page_views", "hs_analytics_num_visits", "hs_analytics_num_event_completions",
    "num_conversion_events", "hs_email_delivered", "hs_email_open", "hs_email_click", "hs_email_bounce",
    "hs_email_replied", "num_notes", "num_contacted_notes",
)  # fmt: skip


def merge(hubspot: HubSpot, winner: Record, loser: Record, source: str) -> Record:
    """The new record. Raises Refusal for one record twice or too many identities."""
    if winner is loser:
        raise answers.refuse(400, "Cannot merge an object with itself")
    kind = winner.kind
    merged = _identities(winner) + _identities(loser)
    if len(merged) > IDENTITIES_MAX:
        raise answers.refuse(414, "Too many merged identities")
    now_ms = epoch_ms(hubspot.kernel.now)
    values = _joined(winner, loser)
    values["hs_merged_object_ids"] = ";".join(merged)
    values["hs_calculated_merged_vids"] = ";".join(f"{old}:{now_ms}" for old in merged)
    record = hubspot.make(kind, values, source)
    for old in (loser, winner):
        record.changes.update({name: [*old.changes[name]] for name in old.changes if name in values})
    record.created_at = min(winner.created_at, loser.created_at)
    record.properties[kind.created] = stamp(record.created_at)
    if kind.name == "contacts":
        _join_addresses(hubspot, record, (winner, loser), merged)
    for old in (winner, loser):
        _succeed(hubspot, old, record)
    return record


def addresses(record: Record) -> list[str]:
    """The addresses a contact answers to, its primary one first."""
    more = record.properties.get("hs_additional_emails", "").split(";")
    return [email for email in (record.properties.get("email", ""), *more) if email]


def _identities(record: Record) -> list[str]:
    earlier = record.properties.get("hs_merged_object_ids", "")
    return [*(earlier.split(";") if earlier else []), record.id]


def _joined(winner: Record, loser: Record) -> dict[str, str]:
    values = {**loser.properties, **winner.properties}
    for name in SUMMED:
        total = sum(int(item.properties.get(name, "0")) for item in (winner, loser))
        if total:
            values[name] = str(total)
    return values


def _join_addresses(hubspot: HubSpot, record: Record, old: tuple[Record, Record], merged: list[str]) -> None:
    known = list(dict.fromkeys(email for item in old for email in addresses(item)))
    for email in known:
        hubspot.by_email[email] = record.number
    record.properties["hs_all_contact_vids"] = ";".join([record.id, *merged])
    more = [email for email in known if email != record.properties.get("email")]
    if more:
        record.properties["hs_additional_emails"] = ";".join(more)


def _succeed(hubspot: HubSpot, old: Record, new: Record) -> None:
    """Let the new record stand wherever the old one stood."""
    kind = old.kind.name
    del hubspot.objects[kind][old.number]
    hubspot.index.forget(old)
    moved = hubspot.moved[kind]
    for earlier, target in list(moved.items()):
        if target == old.number:
            moved[earlier] = new.number
    moved[old.number] = new.number
    hubspot.associations.move(kind, old.number, new.number)
    if kind == "contacts":
        hubspot.lists.succeed(old.number, new.number)
        hubspot.marketing.succeed(old.number, new.number)
        company = hubspot.associations.primary.get(new.number)
        if company is not None:
            new.properties["associatedcompanyid"] = str(company)
