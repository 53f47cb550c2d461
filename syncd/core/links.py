"""Addresses of a person in both CRMs, as lines of the brief.

Salesforce's record page is reached by the org's address and the record's id; where the address is not known,
or is no secure one, only HubSpot's is given.
"""

from __future__ import annotations

from syncd.core.model import Snapshot

CONTACT_URL = "https://app.hubspot.com/contacts/{portal}/record/0-1/{id}"


def hubspot(snapshot: Snapshot) -> str:
    """The contact's page; blank while there is none."""
    portal = (snapshot.key or "").partition(":")[0]
    contact_id = snapshot.hubspot.id if snapshot.hubspot else ""
    return CONTACT_URL.format(portal=portal, id=contact_id) if portal and contact_id else ""


def salesforce(snapshot: Snapshot) -> str:
    """The page of the record sales works on, as far as it was read; blank where nothing is known of one."""
    present = [item for item in snapshot.sales_records if not item.is_deleted]
    open_ones = [item for item in present if item.fields.get("IsConverted", "false") != "true"]
    ids = sorted((item.ref.object != "contact", item.ref.id) for item in open_ones)
    return record_url(snapshot.org_url, ids[0][1]) if ids else ""


def record_url(org_url: str, record_id: str) -> str:
    """The page of one Salesforce record; blank without a secure address of the org."""
    return f"{org_url.rstrip('/')}/{record_id}" if org_url.startswith("https://") and record_id else ""


def of(snapshot: Snapshot) -> tuple[str, ...]:
    """Both, as far as known, each with its name."""
    named = (("HubSpot", hubspot(snapshot)), ("Salesforce", salesforce(snapshot)))
    return tuple(f"{name}: {address}" for name, address in named if address)
