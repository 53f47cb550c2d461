"""Conversion of a Lead and merging of twins, as the platform does them for a person at a screen.

Neither exists as a REST resource; an integration only reads what came of it. Conversion into existing records
fills only empty fields, and custom fields arrive only where mapped (SOAP guide, convertLead; facts section
4.2).
"""

from __future__ import annotations

from datetime import timedelta

from syncd.connectors.sandbox.salesforce.dml import Act, Engine
from syncd.connectors.sandbox.salesforce.errors import Refusal
from syncd.connectors.sandbox.salesforce.values import Row, stamp

CONVERTED_STATUS = "Closed - Converted"
CLOSES_IN_DAYS = 60
_TO_CONTACT = (
    "FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone", "Fax", "LeadSource",
    "Description", "HasOptedOutOfEmail", "DoNotCall",
)  # fmt: skip
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_LINKS = {"Lead": "LeadId", "Contact": "ContactId", "Account": "AccountId"}


def convert(
    engine: Engine, lead_id: str, act: Act, *, mapped: tuple[str, ...], account_id: str | None = None,
    contact_id: str | None = None, opportunity: bool = True, opportunity_name: str = "",
) -> tuple[str, str, str | None]:  # fmt: skip
    """Ids of the account, the contact and the opportunity (None without one). Raises Refusal."""
    lead = engine.living("Lead", lead_id)
    if lead["IsConverted"]:
        raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())
    owner = str(lead["OwnerId"])
    if owner.startswith("00G"):
        raise Refusal(
            "CANNOT_EXECUTE_FLOW_TRIGGER", "Converted objects can only be owned by users", ("OwnerId",)
        )
    if account_id is None:
        account_id = engine.create("Account", _account(lead, owner), act)
    contact_id = _contact(engine, lead, account_id, contact_id, mapped, act)
    deal_id = None
    if opportunity:
        name = opportunity_name or f"{lead['Company']}-"
        closes = (engine.kernel.now + timedelta(days=CLOSES_IN_DAYS)).date()
        deal = {
            "Name": name[:120], "AccountId": account_id, "StageName": "Prospecting", "CloseDate": closes,
            "OwnerId": owner, "LeadSource": lead["LeadSource"],
        }  # fmt: skip
        deal_id = engine.create("Opportunity", deal, act)
        role = {"OpportunityId": deal_id, "ContactId": contact_id, "IsPrimary": True}
        engine.create("OpportunityContactRole", role, act)
    engine.rewrite(
        "Lead", str(lead["Id"]),
        Row(Status=CONVERTED_STATUS, IsConverted=True, ConvertedDate=stamp(engine.kernel.now)[:10],
            ConvertedAccountId=account_id, ConvertedContactId=contact_id, ConvertedOpportunityId=deal_id,
            IsUnreadByOwner=False),
        act,
    )  # fmt: skip
    for name in ("Task", "Event"):
        about = Row(WhoId=contact_id, WhatId=deal_id or account_id, AccountId=account_id)
        for activity in sorted(engine.tables[name].with_value("WhoId", lead["Id"])):
            engine.rewrite(name, activity, about, act)
    return account_id, contact_id, deal_id


def merge(engine: Engine, object_name: str, winner_id: str, loser_id: str, act: Act) -> None:
    """The loser goes to the bin naming its master; what hung on it hangs on the winner. Raises Refusal."""
    winner, loser = engine.living(object_name, winner_id), engine.living(object_name, loser_id)
    if winner["Id"] == loser["Id"]:
        raise Refusal("INVALID_ID_FIELD", "cannot merge a record with itself", ())
    if loser.get("IsConverted") and not winner.get("IsConverted"):
        raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot merge a converted lead into an open one", ())
    for child, item in _children(engine, object_name):
        table = engine.tables[child]
        for child_id in sorted(i for i, row in table.rows.items() if row.get(item) == loser["Id"]):
            engine.rewrite(child, child_id, Row({item: winner["Id"]}), act)
    engine.rewrite(object_name, str(loser["Id"]), Row(IsDeleted=True, MasterRecordId=winner["Id"]), act)
    engine.rewrite(object_name, str(winner["Id"]), Row(), act)


def _children(engine: Engine, object_name: str) -> list[tuple[str, str]]:
    found = [("Task", "WhoId"), ("Event", "WhoId")] if object_name != "Account" else [("Task", "WhatId")]
    link = _LINKS[object_name]
    for kind in engine.schema:
        if (
            kind.find(link)
            and object_name in kind.fields[link.lower()].parents
            and kind.name != "LeadHistory"
        ):
            found.append((kind.name, link))
    return found


def _account(lead: Row, owner: str) -> dict[str, object]:
    made: dict[str, object] = {"Name": lead["Company"], "OwnerId": owner, "Type": "Prospect"}
    made |= {f"Billing{part}": lead[part] for part in _ADDRESS}
    return made | {f: lead[f] for f in ("Phone", "Website", "Industry", "NumberOfEmployees", "AnnualRevenue")}


def _contact(
    engine: Engine, lead: Row, account_id: str, contact_id: str | None, mapped: tuple[str, ...], act: Act
) -> str:
    """The contact the lead becomes: a new one, or an existing one whose empty fields are filled."""
    values: dict[str, object] = {f: lead[f] for f in (*_TO_CONTACT, *mapped)}
    values |= {f"Mailing{part}": lead[part] for part in _ADDRESS}
    values |= {"AccountId": account_id, "OwnerId": lead["OwnerId"]}
    if contact_id is None:
        return engine.create("Contact", values, act)
    present = engine.living("Contact", contact_id)
    empty = {f: v for f, v in values.items() if present.get(f) is None and v is not None}
    engine.change("Contact", contact_id, empty, act)
    return str(present["Id"])
