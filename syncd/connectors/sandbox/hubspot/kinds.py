"""The object types of the emulated portal: names, type ids, and which property is which.

Contacts are the odd ones out: their modified date is `lastmodifieddate` and their creation `createdate`,
while activities use `hs_lastmodifieddate` and `hs_createdate`. A search on the wrong name finds nothing and
says nothing (facts: developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm; airbyte pull
request 85019).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One object type. `name` is the plural used in paths, `shown` what a bare read gives."""

    name: str
    singular: str
    type_id: str
    created: str
    modified: str
    shown: tuple[str, ...]
    always: tuple[str, ...]
    scope: str
    is_activity: bool = False


def _crm(name: str, singular: str, type_id: str, modified: str, shown: tuple[str, ...]) -> Kind:
    always = ("createdate", modified, "hs_object_id")
    return Kind(name, singular, type_id, "createdate", modified, shown, always, f"crm.objects.{name}")


def _activity(name: str, singular: str, type_id: str) -> Kind:
    # Activities have no scopes of their own but e-mail bodies: they hang on the contact scopes.
    always = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")
    return Kind(name, singular, type_id, "hs_createdate", "hs_lastmodifieddate", always, always,
                "crm.objects.contacts", is_activity=True)  # fmt: skip


KINDS: tuple[Kind, ...] = (
    _crm("contacts", "contact", "0-1", "lastmodifieddate",
         ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname")),
    _crm("companies", "company", "0-2", "hs_lastmodifieddate",
         ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name")),
    _crm("deals", "deal", "0-3", "hs_lastmodifieddate",
         ("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate",
          "hs_object_id", "pipeline")),
    _activity("calls", "call", "0-48"),
    _activity("emails", "email", "0-49"),
    _activity("meetings", "meeting", "0-47"),
    _activity("notes", "note", "0-46"),
    _activity("tasks", "task", "0-27"),
    _activity("communications", "communication", "0-18"),
)  # fmt: skip

_BY_WORD = {word: kind for kind in KINDS for word in (kind.name, kind.singular, kind.type_id)}


def kind_of(word: str) -> Kind | None:
    """The type a path or a caller means by a plural, a singular or a type id; None for anything else."""
    return _BY_WORD.get(word) or _BY_WORD.get(word.lower())


# Association type ids of both directions: (from, to) -> unlabelled id. A primary company carries
# a second type, 1 (contact to company) and 2 (company to contact). Page: docs/api-reference/crm/associations.
TYPE_IDS: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 279, ("companies", "contacts"): 280,
    ("contacts", "deals"): 4, ("deals", "contacts"): 3,
    ("companies", "deals"): 342, ("deals", "companies"): 341,
    ("contacts", "calls"): 193, ("calls", "contacts"): 194,
    ("contacts", "emails"): 197, ("emails", "contacts"): 198,
    ("contacts", "meetings"): 199, ("meetings", "contacts"): 200,
    ("contacts", "notes"): 201, ("notes", "contacts"): 202,
    ("contacts", "tasks"): 203, ("tasks", "contacts"): 204,
    ("contacts", "communications"): 82, ("communications", "contacts"): 81,
    ("companies", "calls"): 181, ("calls", "companies"): 182,
    ("companies", "emails"): 185, ("emails", "companies"): 186,
    ("companies", "meetings"): 187, ("meetings", "companies"): 188,
    ("companies", "notes"): 189, ("notes", "companies"): 190,
    ("companies", "tasks"): 191, ("tasks", "companies"): 192,
    ("companies", "communications"): 88, ("communications", "companies"): 87,
    ("deals", "calls"): 205, ("calls", "deals"): 206,
    ("deals", "emails"): 209, ("emails", "deals"): 210,
    ("deals", "meetings"): 211, ("meetings", "deals"): 212,
    ("deals", "notes"): 213, ("notes", "deals"): 214,
    ("deals", "tasks"): 215, ("tasks", "deals"): 216,
}  # fmt: skip
PRIMARY_COMPANY = {("contacts", "companies"): 1, ("companies", "contacts"): 2}
