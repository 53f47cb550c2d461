"""Two permission sets: what the integration user needs and nothing more, and who reads our fields.

Some standard fields belong to everybody who sees the object: naming one in a permission set refuses the whole
deployment. Only fields known to be permissionable are named; the doctor says which others are hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from syncd.connectors.salesforce import feeds
from syncd.connectors.salesforce.options import SalesforceOptions
from syncd.connectors.salesforce.sfdx.fields import formula_names
from syncd.connectors.salesforce.sfdx.org import Org
from syncd.connectors.salesforce.sfdx.xml import Node, document

INTEGRATION, SALES = "Syncd_Integration", "Syncd_Sales"

# Object Reference and the field lists of permission sets as orgs give them out; compound fields by their own
# name ("Address").
_PERSON = (
    "Description DoNotCall Email Fax HasOptedOutOfEmail HasOptedOutOfFax LeadSource MobilePhone Phone Title"
)
_DEAL = "AccountId Amount CampaignId Description LeadSource NextStep Probability Type"
_STANDARD: Mapping[str, frozenset[str]] = {
    "Lead": frozenset(f"{_PERSON} AnnualRevenue Industry NumberOfEmployees Rating Website".split()),
    "Contact": frozenset(
        f"{_PERSON} AccountId AssistantPhone Birthdate Department HomePhone OtherPhone ReportsToId".split()
    ),
    "Opportunity": frozenset(_DEAL.split()),
    "Account": frozenset({"Industry", "NumberOfEmployees", "Type", "Website"}),
}
_ADDRESS: Mapping[str, tuple[str, str]] = {
    "Lead": ("", "Address"),
    "Contact": ("Mailing", "MailingAddress"),
    "Account": ("Billing", "BillingAddress"),
}
_ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode")

_OBJECTS: tuple[tuple[str, str], ...] = (
    ("Account", "read"),
    ("Contact", "read create edit all"),
    ("Lead", "read create edit all"),
    ("Opportunity", "read all"),
)
"""Rights on objects; OpportunityContactRole, Task and Event have none of their own: they follow the record
they belong to and the user permissions below."""

_READ = tuple(
    feed(SalesforceOptions()) for feed in (feeds.leads, feeds.contacts, feeds.opportunities, feeds.accounts)
)

_USER_PERMISSIONS = ("ApiEnabled", "EditTask", "TransferAnyLead")


def _for_events(org: Org) -> tuple[str, ...]:
    is_written = any(need.object_type == "Event" and need.is_written for need in org.needs)
    return ("EditEvent",) if is_written else ()


def permission_sets(org: Org) -> dict[str, str]:
    return {
        _path(INTEGRATION): _integration(org),
        _path(SALES): _sales(org),
    }


def _path(name: str) -> str:
    return f"permissionsets/{name}.permissionset-meta.xml"


def _integration(org: Org) -> str:
    """Reads what the playbook reads, writes what the mapping writes."""
    objects = [*_OBJECTS, *([("Campaign", "read")] if org.reads_campaigns else [])]
    return document("PermissionSet", [
        ("label", "syncd integration user"),
        ("description", "What syncd reads and writes. For its integration user alone."),
        ("hasActivationRequired", False),
        *_field_permissions(_needed(org)),
        *(("objectPermissions", _object(name, rights)) for name, rights in objects),
        *map(_user_permission, sorted({*_USER_PERMISSIONS, *_for_events(org)})),
    ])  # fmt: skip


def _sales(org: Org) -> str:
    """Our fields to read, and the one in which sales says why."""
    fields = {f"{item.object_type}.{item.name}": False for item in org.of("Lead") + org.of("Contact")}
    fields |= {f"Lead.{name}": False for name in formula_names(org)}
    if org.reason_field.endswith("__c"):
        fields[f"Lead.{org.reason_field}"] = True
    return document("PermissionSet", [
        ("label", "syncd hand-offs"),
        ("description", "For sales and its managers: read what syncd hands over, and say why not."),
        ("hasActivationRequired", False),
        *_field_permissions(fields.items()),
    ])  # fmt: skip


def _needed(org: Org) -> dict[str, bool]:
    """Field to whether it is written: what the connector always reads, what the playbook reads and writes.

    A custom field of tasks is one of events, too: both are named, since naming one takes the other away.
    """
    found = {
        name: False
        for feed in _READ
        for field in (*feed.required, *feed.wanted)
        if not field.endswith("__c") and (name := _permissionable(feed.object, field))
    }
    for need in org.needs:
        name = _permissionable(need.object_type, need.field)
        if name:
            found[name] = found.get(name, False) or need.is_written
    for item in org.definitions:
        twins = ("Task", "Event") if item.object_type == "Task" else (item.object_type,)
        found |= {f"{twin}.{item.name}": True for twin in twins}
    return found


def _permissionable(object_type: str, field: str) -> str:
    if object_type == "Task":
        return ""
    if field.endswith("__c") or field in _STANDARD.get(object_type, frozenset()):
        return f"{object_type}.{field}"
    prefix, whole = _ADDRESS.get(object_type, ("", ""))
    is_address = whole and field in {f"{prefix}{part}" for part in _ADDRESS_PARTS}
    return f"{object_type}.{whole}" if is_address else ""


def _field_permissions(fields: Mapping[str, bool] | Iterable[tuple[str, bool]]) -> Iterator[Node]:
    for name, is_written in sorted(dict(fields).items()):
        yield "fieldPermissions", [("editable", is_written), ("field", name), ("readable", True)]


def _user_permission(name: str) -> Node:
    return "userPermissions", [("enabled", True), ("name", name)]


def _object(name: str, rights: str) -> list[Node]:
    given = rights.split()
    return [
        ("allowCreate", "create" in given), ("allowDelete", False), ("allowEdit", "edit" in given),
        ("allowRead", True), ("modifyAllRecords", False), ("object", name),
        ("viewAllRecords", "all" in given),
    ]  # fmt: skip
