"""Who set a Lead's status or an Opportunity's stage, as the org's histories tell.

A Lead's field history is kept for fields an admin has put under tracking ("LeadHistory", object reference);
an Opportunity's stage history always is, by a row whenever stage, amount, probability or close date change
("OpportunityHistory", object reference). Where neither tells, the record knows who changed it last, of all
its fields: that is said to be so much and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from syncd.connectors.salesforce import decode, errors, soql
from syncd.connectors.salesforce.client import Client, Query, Row
from syncd.connectors.salesforce.options import SalesforceOptions, api_name
from syncd.connectors.salesforce.schema import Schema
from syncd.core.model import System
from syncd.ports import Author, Changed, Failure, Recovery, SystemFailure

IDS_MAX = 200
LATE = timedelta(seconds=5)
"""How much later than the record's own stamp a row of its history may be dated."""
NEAR = timedelta(minutes=5)
"""How long before it a row may be that names no value we know, such as a label in another language."""
HISTORIES = {
    "lead": ("LeadHistory", "LeadId", "NewValue"),
    "opportunity": ("OpportunityHistory", "OpportunityId", "StageName"),
}


class _Entry(NamedTuple):
    at: datetime
    value: str
    by: str


def authors(
    client: Client, schema: Schema, options: SalesforceOptions, changes: Sequence[Changed]
) -> tuple[Author, ...]:
    """One author per change, by position. Raises SystemFailure."""
    if client.day_share() >= options.optional_reads_stop_share:
        raise SystemFailure(_SHORT)
    found: dict[int, str] = {}
    for word in HISTORIES:
        mine = {at: item for at, item in enumerate(changes) if item.ref.object == word}
        told = _histories(client, schema, word, {item.ref.id for item in mine.values()})
        found |= {
            at: by for at, item in mine.items() if (by := _who(told.get(item.ref.id, ()), item)) is not None
        }
    left = [item for at, item in enumerate(changes) if at not in found]
    last = _last_modifiers(client, left)
    ours = options.own_user_id()[:15]
    made: list[Author] = []
    for at, item in enumerate(changes):
        by = found.get(at) or last.get(item.ref.id, "")
        kind = "user" if at in found else "last_modifier"
        made.append(Author("unknown") if not by else Author("us" if by[:15] == ours else kind, by))
    return tuple(made)


def _who(entries: Sequence[_Entry], change: Changed) -> str | None:
    """Who made it: the last entry up to the change that says so, else one right before it."""
    before = [item for item in entries if item.at <= change.at + LATE]
    said = [item for item in before if item.value.casefold() == change.value.casefold()]
    if said:
        return said[-1].by
    return before[-1].by if before and before[-1].at >= change.at - NEAR else None


def _histories(
    client: Client, schema: Schema, word: str, ids: Iterable[str]
) -> Mapping[str, Sequence[_Entry]]:
    """The history of each record, oldest first; none of an object whose history we may not see."""
    table, link, value = HISTORIES[word]
    found: dict[str, list[_Entry]] = {}
    only = soql.equals("Field", "Status") if word == "lead" else None
    for part in _parts(ids):
        where = soql.every(soql.one_of(link, part), only)
        try:
            fields = schema.readable(table, (link, value, "CreatedById", "CreatedDate"))
        except SystemFailure as error:
            if error.failure.code not in errors.SCHEMA_CODES:
                raise
            return {}
        select = soql.Select(table, fields, where, order=("CreatedDate", "Id"))
        for row in client.all_rows(Query(select.text()), f"query {word} history"):
            _add(found.setdefault(decode.text_of(row[link]), []), row, value, is_stage=word == "opportunity")
    return found


def _add(entries: list[_Entry], row: Row, value: str, *, is_stage: bool) -> None:
    """One row more. A row of the stage history that repeats the stage tells of another field."""
    said = decode.text_of(row.get(value))
    if is_stage and entries and entries[-1].value == said:
        return
    entries.append(_Entry(decode.moment(row["CreatedDate"]), said, decode.text_of(row.get("CreatedById"))))


def _last_modifiers(client: Client, changes: Iterable[Changed]) -> dict[str, str]:
    """Who changed each of these records last; nobody of one that is gone."""
    found: dict[str, str] = {}
    by_word: dict[str, set[str]] = {}
    for item in changes:
        by_word.setdefault(item.ref.object, set()).add(item.ref.id)
    for word, ids in sorted(by_word.items()):
        for part in _parts(ids):
            select = soql.Select(api_name(word), ("Id", "LastModifiedById"), soql.one_of("Id", part))
            for row in client.all_rows(Query(select.text()), f"query last modifier of {word}"):
                found[decode.text_of(row["Id"])] = decode.text_of(row.get("LastModifiedById"))
    return found


def _parts(ids: Iterable[str]) -> Iterable[list[str]]:
    wanted = sorted(set(ids))
    return (wanted[start : start + IDS_MAX] for start in range(0, len(wanted), IDS_MAX))


_SHORT = Failure(
    Recovery.TRANSIENT,
    System.SALESFORCE,
    "salesforce.optional_reads_paused",
    "who set a status is not asked: the org has used too much of its daily API calls",
    "find who uses them (Setup > System Overview > API Usage); it is asked once there are calls again",
)
