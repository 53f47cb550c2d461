"""Fresh state before a write: who is there under our key, a known id or an e-mail address.

One call asks for Leads and Contacts of up to a hundred people. What has moved (a converted Lead, the loser of
a merge) is followed to what took its place. Contacts carry whether their account is in a sale or a customer,
and whether an open opportunity names them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from syncd.connectors.salesforce import decode, soql
from syncd.connectors.salesforce.client import Client, Query, Row
from syncd.connectors.salesforce.looking_accounts import AccountFacts, AccountFinder
from syncd.connectors.salesforce.options import CONTACT, EVENT, LEAD, TASK, SalesforceOptions, api_name
from syncd.connectors.salesforce.schema import Schema
from syncd.core.mailboxes import plain_forms
from syncd.core.model import Ref, System
from syncd.ports import Candidate, Found, Lookup, Recovery, SystemFailure

LOOKUPS_MAX = 100
EMAIL_CHARS_MAX = 80
"""Longest address the standard Email field holds (field reference, Lead): a longer one matches nobody."""
MOVES_MAX = 3
"""How many times one record is followed: converted, then merged, then merged again."""

_MATCH_ORDER = ("key", "native", "id", "email", "near")
_WORDS = {LEAD: "lead", CONTACT: "contact"}

Place: TypeAlias = tuple[str, str]
"""An object's API name and a record id."""


@dataclass(slots=True)
class _Seen:
    """All rows found for a group of lookups, by place; and what each account is."""

    rows: dict[Place, Row] = field(default_factory=dict)
    asked: set[Place] = field(default_factory=set)
    accounts: AccountFacts = field(default_factory=AccountFacts)

    def add(self, object_name: str, rows: Iterable[Row]) -> None:
        for row in rows:
            self.rows[object_name, str(row["Id"])] = row


class Finder:
    """Reads candidates. Safe to share between threads."""

    def __init__(self, client: Client, schema: Schema, options: SalesforceOptions) -> None:
        self._client = client
        self._schema = schema
        self._options = options
        self._accounts = AccountFinder(client, schema, options)

    def people(self, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
        """Leads and Contacts for each lookup, by position. Raises SystemFailure."""
        found: list[Found] = []
        for start in range(0, len(lookups), LOOKUPS_MAX):
            found.extend(self._people(lookups[start : start + LOOKUPS_MAX]))
        return tuple(found)

    def tasks(self, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
        """Tasks or events that carry each lookup's key, by position. Raises SystemFailure."""
        rows: dict[str, tuple[Row, ...]] = {}
        for name in (TASK, EVENT):
            part = [lookup for lookup in lookups if object_of(lookup.payload) == name]
            if part:
                rows |= self.tasks_by_key([lookup.key for lookup in part], _asked(part), name)
        return tuple(
            Found(
                lookup.effect_id,
                tuple(
                    Candidate(
                        decode.ref(object_of(lookup.payload).lower(), row["Id"]),
                        "key",
                        decode.texts(row),
                        modified_at=_stamp(row),
                    )
                    for row in rows.get(lookup.key, ())
                ),
            )
            for lookup in lookups
        )

    def tasks_by_key(
        self, keys: Collection[str], fields: Collection[str] = (), object_name: str = TASK
    ) -> Mapping[str, tuple[Row, ...]]:
        """Tasks (or events) that carry one of our keys, the oldest first. Raises SystemFailure."""
        wanted = sorted({key for key in keys if key})
        found: dict[str, tuple[Row, ...]] = {}
        name = self._options.task_key_field
        status = ("Status",) if object_name == TASK else ()
        columns = self._schema.readable(
            object_name, ("Id", name, "WhoId", *status, "SystemModstamp"), (*fields, "OwnerId", "Subject")
        )
        for start in range(0, len(wanted), LOOKUPS_MAX):
            where = soql.one_of(name, wanted[start : start + LOOKUPS_MAX])
            select = soql.Select(object_name, columns, where, order=("CreatedDate", "Id"))
            for row in self._client.all_rows(Query(select.text()), "query task by key"):
                found[str(row[name])] = (*found.get(str(row[name]), ()), row)
        return found

    def whereabouts(self, keys: Collection[str], ids: Collection[str]) -> Mapping[str, tuple[str, str]]:
        """Record id and owner id of the Lead or Contact a task may name now, by our key and by the id asked.

        A converted Lead cannot carry new tasks: its Contact stands in for it.
        """
        found: dict[str, tuple[str, str]] = {}
        name = self._options.key_field
        leads = (
            "Id",
            name,
            "OwnerId",
            "IsConverted",
            "ConvertedContactId",
        )
        wanted = [("key", key) for key in sorted(set(keys))] + [("id", item) for item in sorted(set(ids))]
        for start in range(0, len(wanted), LOOKUPS_MAX):
            part = wanted[start : start + LOOKUPS_MAX]
            by_key, by_id = [v for kind, v in part if kind == "key"], [v for kind, v in part if kind == "id"]
            where = soql.either(
                soql.one_of(name, by_key) if by_key else None, soql.one_of("Id", by_id) if by_id else None
            )
            queries = [
                Query(soql.Select(LEAD, leads, where).text()),
                Query(soql.Select(CONTACT, ("Id", name, "OwnerId"), where).text()),
            ]
            for rows in self._client.queries(queries, "query person of task"):
                for row in rows.records:
                    place = str(row.get("ConvertedContactId") or row["Id"]), str(row["OwnerId"])
                    found |= {str(handle): place for handle in (row[name], row["Id"]) if handle}
        return found

    def task_queues(self) -> frozenset[str]:
        """Queues that may own tasks; none where the org does not show them. Raises SystemFailure."""
        select = soql.Select("QueueSobject", ("QueueId",), soql.equals("SobjectType", TASK))
        try:
            rows = self._client.all_rows(Query(select.text()), "query task queues")
        except SystemFailure as error:
            if error.failure.recovery is not Recovery.CONFIGURATION:
                raise
            return frozenset()
        return frozenset(str(row["QueueId"]) for row in rows)

    # --- people ------------------------------------------------------------------------------------------

    def _people(self, lookups: Sequence[Lookup]) -> list[Found]:
        columns = {
            LEAD: self._columns(LEAD, ("IsConverted", "ConvertedContactId", "IsDeleted"), lookups),
            CONTACT: self._columns(CONTACT, ("AccountId", "IsDeleted"), lookups),
        }
        seen = _Seen()
        self._first_look(lookups, columns, seen)
        for _ in range(MOVES_MAX):
            missing = self._to_follow(lookups, seen)
            if not missing:
                break
            self._look_by_id(missing, columns, seen)
        self._look_at_accounts(lookups, seen)
        return [self._found(lookup, seen) for lookup in lookups]

    def _columns(
        self, object_name: str, needed: tuple[str, ...], lookups: Sequence[Lookup]
    ) -> tuple[str, ...]:
        required = ("Id", "OwnerId", "SystemModstamp", self._options.key_field, *needed)
        standard = _STANDARD
        ours = (self._options.contact_id_field, *_asked(lookups))
        return self._schema.readable(object_name, required, (*standard, *ours))

    def _first_look(
        self, lookups: Sequence[Lookup], columns: Mapping[str, tuple[str, ...]], seen: _Seen
    ) -> None:
        keys = {lookup.key for lookup in lookups if lookup.key}
        asked = (email for lookup in lookups for email in plain_forms(lookup.emails))
        emails = {email for email in asked if len(email) <= EMAIL_CHARS_MAX}
        queries: dict[str, Query] = {}
        for object_name in columns:
            ids = {
                record_id for lookup in lookups for name, record_id in _wanted(lookup) if name == object_name
            }
            where = soql.either(
                soql.one_of(self._options.key_field, keys) if keys else None,
                soql.one_of("Id", ids) if ids else None,
                soql.one_of("Email", emails) if emails else None,
            )
            if where is not None:
                queries[object_name] = Query(soql.Select(object_name, columns[object_name], where).text())
        self._ask(queries, seen)

    def _to_follow(self, lookups: Sequence[Lookup], seen: _Seen) -> dict[str, set[str]]:
        """Records not looked at yet: known ids that were not found, and what the found ones became."""
        wanted = {place for lookup in lookups for place in _wanted(lookup)}
        wanted |= {place for (name, _id), row in seen.rows.items() if (place := _moved(name, row))}
        missing: dict[str, set[str]] = {}
        for object_name, record_id in wanted - set(seen.rows) - seen.asked:
            missing.setdefault(object_name, set()).add(record_id)
            seen.asked.add((object_name, record_id))
        return missing

    def _look_by_id(
        self, missing: Mapping[str, set[str]], columns: Mapping[str, tuple[str, ...]], seen: _Seen
    ) -> None:
        self._ask(
            {
                name: Query(
                    soql.Select(name, columns[name], soql.one_of("Id", ids)).text(), include_deleted=True
                )
                for name, ids in missing.items()
            },
            seen,
        )

    def _ask(self, queries: Mapping[str, Query], seen: _Seen) -> None:
        answers = self._client.queries(list(queries.values()), "query candidates") if queries else ()
        for object_name, rows in zip(queries, answers, strict=True):
            seen.add(object_name, self._client.rest_of(rows, "query candidates"))

    def _look_at_accounts(self, lookups: Sequence[Lookup], seen: _Seen) -> None:
        """What sales has with the accounts of the Contacts found, and with those that may be a person's."""
        contacts = {record_id: row for (name, record_id), row in seen.rows.items() if name == CONTACT}
        ids = {str(row["AccountId"]) for row in contacts.values() if row["AccountId"]}
        ids |= {ref.id for lookup in lookups for ref in lookup.near if ref.object == "account"}
        if ids or contacts:
            seen.accounts = self._accounts.look(ids, contacts)

    # --- what was found for one lookup -------------------------------------------------------------------

    def _found(self, lookup: Lookup, seen: _Seen) -> Found:
        how: dict[Place, str] = {}
        for place, row in seen.rows.items():
            if match := self._match(lookup, place, row):
                how[place] = match
        for place in [place for place in how if _moved(place[0], seen.rows[place])]:
            self._add_successors(place, how, seen)
        ordered = sorted(how, key=lambda place: (_MATCH_ORDER.index(how[place]), place))
        people = tuple(self._candidate(place, how[place], seen) for place in ordered)
        near = (ref.id for ref in lookup.near if ref.object == "account")
        accounts = (seen.accounts.candidate(item, self._client.address_of(item)) for item in near)
        return Found(lookup.effect_id, people, accounts=tuple(item for item in accounts if item is not None))

    def _match(self, lookup: Lookup, place: Place, row: Row) -> str:
        """How the row answers the lookup; empty when it does not. A deleted row answers to its id only."""
        if lookup.key and row.get(self._options.key_field) == lookup.key and not row.get("IsDeleted"):
            return "key"
        if place in _places(lookup.native):
            return "native"
        if place in _places(lookup.known):
            return "id"
        if row.get("IsDeleted"):
            return "near" if place in _places(lookup.near) else ""
        email = decode.text_of(row.get("Email")).lower()
        if email and email in lookup.emails:
            return "email"
        is_alias = email and email in plain_forms(lookup.emails)
        return "near" if is_alias or place in _places(lookup.near) else ""

    def _add_successors(self, place: Place, how: dict[Place, str], seen: _Seen) -> None:
        """What a moved record became belongs to the same person."""
        current: Place | None = place
        for _ in range(MOVES_MAX):
            current = _moved(current[0], seen.rows[current]) if current in seen.rows else None
            if current is None or current not in seen.rows:
                return
            how.setdefault(current, how[place])

    def _candidate(self, place: Place, match: str, seen: _Seen) -> Candidate:
        row = seen.rows[place]
        moved = _moved(place[0], row)
        fields = decode.texts(row)
        if place[0] == CONTACT:
            fields |= seen.accounts.of_contact(place[1], str(row.get("AccountId") or ""))
        return Candidate(
            ref=decode.ref(_WORDS[place[0]], place[1]),
            matched_by=match,
            fields=fields,
            is_open=not row.get("IsDeleted") and not row.get("IsConverted"),
            moved_to=decode.ref(_WORDS[moved[0]], moved[1]) if moved else None,
            modified_at=_stamp(row),
            url=self._client.address_of(place[1]),
        )


_STANDARD = (
    *("MasterRecordId", "FirstName", "LastName", "Email", "Company", "Status", "CreatedDate"),
    *("Phone", "MobilePhone", "Title", "Website"),
)
"""What tells one person from another, where the org shows it."""


def _wanted(lookup: Lookup) -> set[Place]:
    """Records that are read by their id."""
    return _places((*lookup.known, *lookup.native, *lookup.near))


def _places(refs: Iterable[Ref]) -> set[Place]:
    names = {word: name for name, word in _WORDS.items()}
    return {
        (names[ref.object], ref.id) for ref in refs if ref.system is System.SALESFORCE and ref.object in names
    }


def _moved(object_name: str, row: Row) -> Place | None:
    """Where a record went: the Contact of a converted Lead, the winner of a merge."""
    if row.get("IsDeleted") and row.get("MasterRecordId"):
        return object_name, str(row["MasterRecordId"])
    if object_name == LEAD and row.get("IsConverted") and row.get("ConvertedContactId"):
        return CONTACT, str(row["ConvertedContactId"])
    return None


def object_of(payload: Mapping[str, object]) -> str:
    """What an activity of ours is: a task, unless its payload says that it is an event."""
    return api_name(str(payload.get("object") or TASK))


def _asked(lookups: Sequence[Lookup]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(name for lookup in lookups for name in lookup.fields if not name.startswith("_"))
    )


def _stamp(row: Row) -> datetime | None:
    return decode.moment_or_none(row.get("SystemModstamp"))
