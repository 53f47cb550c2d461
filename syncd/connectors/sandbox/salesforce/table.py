"""Rows of one object with the indexes queries live on, and a journal that can take writes back.

A row is replaced, never changed: a query cursor and the journal keep the versions they saw. The log of stamps
is only ever a superset of what changed since a moment; whoever reads it still tests the row.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator

from syncd.connectors.sandbox.salesforce.values import Row

INDEXED = (
    "Email", "Syncd_Key__c", "HubSpot_Contact_ID__c", "WhoId", "WhatId", "AccountId", "ContactId",
    "OpportunityId",
    "LeadId", "QueueId", "MasterRecordId", "ConvertedContactId", "CampaignId",
)  # fmt: skip


class Table:
    """The rows of one object by id."""

    def __init__(self, name: str, fields: frozenset[str]) -> None:
        self.name = name
        self.rows: dict[str, Row] = {}
        self._indexes: dict[str, dict[str, set[str]]] = {f: defaultdict(set) for f in INDEXED if f in fields}
        self._log: list[tuple[str, str]] = []

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def get(self, record_id: str) -> Row | None:
        return self.rows.get(record_id)

    def put(self, record_id: str, row: Row | None) -> Row | None:
        """Make `row` the row of that id (None removes it); returns the one before."""
        before = self.rows.get(record_id)
        for name, index in self._indexes.items():
            old, new = before and before.get(name), row and row.get(name)
            if old != new:
                if old:
                    index[str(old).lower()].discard(record_id)
                if new:
                    index[str(new).lower()].add(record_id)
        if row is None:
            self.rows.pop(record_id, None)
            return before
        self.rows[record_id] = row
        entry = (str(row.get("SystemModstamp") or row["CreatedDate"]), record_id)
        if not self._log or entry[0] >= self._log[-1][0]:
            self._log.append(entry)
        else:
            insort(self._log, entry)
        return before

    def is_indexed(self, field_name: str) -> bool:
        return field_name in self._indexes

    def with_value(self, field_name: str, value: object) -> set[str]:
        """Ids of the rows whose indexed field has this value, case ignored."""
        return self._indexes[field_name].get(str(value).lower(), set())

    def since(self, bound: str) -> set[str]:
        """Ids of at least all rows stamped at or after `bound`."""
        return {record_id for _at, record_id in self._log[bisect_left(self._log, (bound, "")) :]}


class Journal:
    """What every write replaced, newest last."""

    def __init__(self) -> None:
        self._entries: list[tuple[Table, str, Row | None]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def write(self, table: Table, record_id: str, row: Row | None) -> None:
        self._entries.append((table, record_id, table.put(record_id, row)))

    def rewind(self, length: int) -> None:
        """Undo everything written after the journal had this length."""
        while len(self._entries) > length:
            table, record_id, before = self._entries.pop()
            table.put(record_id, before)

    def forget(self) -> None:
        self._entries.clear()
