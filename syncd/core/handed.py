"""What a hand-off says of the person besides fields: what tells them apart, and where they may belong."""

from __future__ import annotations

from syncd.core.model import Ref, Snapshot, System

_NATIVE = (("lead", "contact.salesforceleadid"), ("contact", "contact.salesforcecontactid"))
"""Where HubSpot's own sync keeps the ids of its records (facts/hubspot.md 8)."""
_ID_CHARS = (15, 18)


def person(snapshot: Snapshot) -> dict[str, object]:
    """Name, phones, company names, domains and country, as HubSpot has them."""
    fields = snapshot.fields
    names = ("contact.company", "company.name")
    sites = ("company.domain", "contact.website")
    told: dict[str, object] = {
        "first": fields.get("contact.firstname", ""),
        "last": fields.get("contact.lastname", ""),
        "phones": _known(snapshot, "contact.phone", "contact.mobilephone"),
        "companies": _known(snapshot, *names),
        "domains": _known(snapshot, *sites),
        "country": fields.get("contact.country", "") or fields.get("company.country", ""),
    }
    return {name: value for name, value in told.items() if value}


def native(snapshot: Snapshot) -> list[str]:
    """Records that HubSpot's own sync names, as reference texts."""
    linked = ((word, snapshot.fields.get(name, "").strip()) for word, name in _NATIVE)
    return [str(Ref(System.SALESFORCE, word, full_id(item))) for word, item in linked if _is_id(item)]


def native_account(snapshot: Snapshot) -> str:
    """The Account that HubSpot's own sync names, as reference text; blank where it names none."""
    linked = snapshot.fields.get("contact.salesforceaccountid", "").strip()
    return str(Ref(System.SALESFORCE, "account", full_id(linked))) if _is_id(linked) else ""


def _known(snapshot: Snapshot, *names: str) -> list[str]:
    return list(dict.fromkeys(text for name in names if (text := snapshot.fields.get(name, "").strip())))


def _is_id(text: str) -> bool:
    return len(text) in _ID_CHARS and text.isalnum() and text.isascii()


def full_id(record_id: str) -> str:
    """The 18-character form of a record id: three letters that tell which of five characters are capitals
    ("What Are Salesforce ID Fields Composed of?", help.salesforce.com)."""
    if len(record_id) != _ID_CHARS[0]:
        return record_id
    parts = (record_id[start : start + 5] for start in (0, 5, 10))
    marks = (sum(1 << at for at, char in enumerate(part) if "A" <= char <= "Z") for part in parts)
    return record_id + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[mark] for mark in marks)
