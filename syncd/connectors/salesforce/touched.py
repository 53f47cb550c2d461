"""Which fields of a record somebody else wrote last, as the org's field history tells.

A record has one last modifier for all its fields, so that says nothing of a single one. The history does,
for fields an admin has put under tracking ("LeadHistory", object reference: 20 of an object, 18 months, no
initial values). It is asked only for fields that are ours until a person changes them; for the rest, and
where there is no history, the value alone decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from syncd.connectors.salesforce import decode, soql
from syncd.connectors.salesforce.client import Client, Query
from syncd.core.playbook import Ownership
from syncd.ports import Found, Lookup, SystemFailure

HISTORIES = {"lead": ("LeadHistory", "LeadId"), "contact": ("ContactHistory", "ContactId")}
"""Where the history of an object is kept, and the field that names its record."""
IDS_MAX = 100


def marked(
    client: Client, user_id: Callable[[], str], lookups: Sequence[Lookup], found: Sequence[Found]
) -> tuple[Found, ...]:
    """`found` with the fields of each candidate that somebody else wrote last. A history that cannot be read
    says nothing."""
    asked = [_shared(lookup) for lookup in lookups]
    if not any(asked):
        return tuple(found)
    touched: dict[str, frozenset[str]] = {}
    for word in HISTORIES:
        ids = {
            candidate.ref.id
            for item, names in zip(found, asked, strict=True)
            for candidate in item.candidates
            if names and candidate.ref.object == word
        }
        names = sorted(frozenset[str]().union(*asked))
        for start in range(0, len(ids), IDS_MAX):
            touched |= _last_hands(client, word, sorted(ids)[start : start + IDS_MAX], names, user_id)
    return tuple(
        replace(
            item,
            candidates=tuple(
                replace(candidate, touched=touched.get(candidate.ref.id, frozenset()) & names)
                for candidate in item.candidates
            ),
        )
        for item, names in zip(found, asked, strict=True)
    )


def _shared(lookup: Lookup) -> frozenset[str]:
    """Fields of this write that are ours until somebody changes them."""
    found: set[str] = set()
    for key in ("rules", "contact_rules"):
        rules = lookup.payload.get(key)
        if isinstance(rules, Mapping):
            found |= {str(name) for name, rule in rules.items() if rule == Ownership.UNTIL_TOUCHED}
    return frozenset(found)


def _last_hands(
    client: Client, word: str, ids: Sequence[str], names: Sequence[str], user_id: Callable[[], str]
) -> dict[str, frozenset[str]]:
    """Per record the fields whose newest entry is not by us."""
    table, link = HISTORIES[word]
    where = soql.every(soql.one_of(link, ids), soql.one_of("Field", names))
    order = ("CreatedDate", "Id")
    select = soql.Select(table, (link, "Field", "CreatedById", "CreatedDate"), where, order=order)
    try:
        rows = list(client.all_rows(Query(select.text()), "query field history"))
        ours = user_id()[:15]
    except SystemFailure:
        return {}
    newest: dict[tuple[str, str], str] = {}
    for row in rows:
        newest[decode.text_of(row[link]), str(row["Field"])] = decode.text_of(row["CreatedById"])[:15]
    found: dict[str, set[str]] = {}
    for (record_id, name), by in newest.items():
        if ours and by != ours:
            found.setdefault(record_id, set()).add(name)
    return {record_id: frozenset(fields) for record_id, fields in found.items()}
