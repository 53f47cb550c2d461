"""Salesforce rows turned into records of ours. Pure: no call, no clock.

Values stay text as the vendor sends it (booleans `true`/`false`, whole numbers without a fraction); blank
ones are left out. A row that cannot be read raises `ValueError`, which the reader turns into a named problem.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from syncd.connectors.marker import is_marked
from syncd.connectors.salesforce.client import Row
from syncd.connectors.salesforce.options import SalesforceOptions
from syncd.core.model import Ref, System
from syncd.ports import Activity, Company, Deal, Person, Removal, RemovalKind, User

_WHO = {"00Q": "lead", "003": "contact"}
"""Key prefixes of the two objects a `WhoId` may name ("Task", object reference)."""


def ref(object_word: str, record_id: object) -> Ref:
    return Ref(System.SALESFORCE, object_word, str(record_id))


def text_of(value: object) -> str:
    """A value as text; empty for blank ones and for compound fields (addresses), whose parts come alone."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value.to_integral_value() if value == value.to_integral_value() else value, "f")
    return str(value).strip()


def texts(row: Row) -> dict[str, str]:
    """All fields of a row that are not blank."""
    return {name: text for name, value in row.items() if name != "attributes" and (text := text_of(value))}


def properties(row: Row) -> dict[str, str]:
    """What a record says: its fields without its id and the stamp that every touch moves."""
    return {name: text for name, text in texts(row).items() if name not in {"Id", "SystemModstamp"}}


def moment(value: object) -> datetime:
    """A Salesforce datetime (`2026-09-01T06:00:00.000+0000`) or date (midnight UTC). Raises ValueError."""
    at = datetime.fromisoformat(str(value))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def moment_or_none(value: object) -> datetime | None:
    return moment(value) if value else None


def lead(row: Row, _options: SalesforceOptions) -> Person:
    """A Lead; a converted one is the same person as the Contact it became."""
    became = row.get("ConvertedContactId")
    return _person(row, "lead", same_as=(ref("contact", became),) if became else ())


def contact(row: Row, _options: SalesforceOptions) -> Person:
    account = row.get("AccountId")
    return _person(row, "contact", company=ref("account", account) if account else None)


def _person(
    row: Row, object_word: str, *, same_as: tuple[Ref, ...] = (), company: Ref | None = None
) -> Person:
    email = text_of(row.get("Email")).lower()
    return Person(
        ref=ref(object_word, row["Id"]),
        properties=properties(row),
        modified_at=moment(row["SystemModstamp"]),
        created_at=moment_or_none(row.get("CreatedDate")),
        emails=(email,) if email else (),
        company=company,
        same_as=same_as,
    )


def account(row: Row, _options: SalesforceOptions) -> Company:
    host = _host(text_of(row.get("Website")))
    return Company(
        ref=ref("account", row["Id"]),
        name=text_of(row.get("Name")),
        properties=properties(row),
        modified_at=moment(row["SystemModstamp"]),
        domains=(host,) if host else (),
    )


def opportunity(row: Row, options: SalesforceOptions) -> Deal:
    """An Opportunity with the people in its roles, each once, however many roles they have."""
    roles = (row.get("OpportunityContactRoles") or {}).get("records") or ()
    people = dict.fromkeys(role["ContactId"] for role in roles if role.get("ContactId"))
    return Deal(
        ref=ref("opportunity", row["Id"]),
        stage=text_of(row.get("StageName")),
        is_closed=bool(row.get("IsClosed")),
        is_won=bool(row.get("IsWon")),
        modified_at=moment(row["SystemModstamp"]),
        created_at=moment_or_none(row.get("CreatedDate")),
        closes_at=moment_or_none(row.get("CloseDate")),
        amount=text_of(row.get("Amount")) or None,
        currency=text_of(row.get("CurrencyIsoCode")) or None,
        lost_reason=text_of(row.get(options.lost_reason_field)) or None,
        people=tuple(ref("contact", person) for person in people),
        company=ref("account", row["AccountId"]) if row.get("AccountId") else None,
        owner_id=text_of(row.get("OwnerId")),
    )


def task(row: Row, options: SalesforceOptions) -> Activity:
    """A task, at the moment it was completed, or was made while it is open: a due date is no fact."""
    is_closed = bool(row.get("IsClosed"))
    return _activity(
        row,
        "task",
        occurred_at=moment((row.get("CompletedDateTime") if is_closed else None) or row["CreatedDate"]),
        attributes={
            "type": text_of(row.get("Type")),
            "subtype": text_of(row.get("TaskSubtype")),
            "status": text_of(row.get("Status")),
            "is_closed": text_of(is_closed),
            "disposition": text_of(row.get("CallDisposition")),
            "call_type": text_of(row.get("CallType")),
        },
        options=options,
    )


def event(row: Row, options: SalesforceOptions) -> Activity:
    """A calendar event, at its start."""
    return _activity(
        row,
        "event",
        occurred_at=moment(row.get("StartDateTime") or row.get("ActivityDate") or row["CreatedDate"]),
        attributes={"type": text_of(row.get("Type"))},
        options=options,
    )


def campaign_member(row: Row, options: SalesforceOptions) -> Activity:
    """A person in a campaign: since they answered, or since they were put in it. Whom we put there has done
    nothing by that."""
    lead_id, contact_id = row.get("LeadId"), row.get("ContactId")
    person = ref("contact", contact_id) if contact_id else ref("lead", lead_id) if lead_id else None
    has_responded = bool(row.get("HasResponded"))
    name = text_of((row.get("Campaign") or {}).get("Name")) or str(row["CampaignId"])
    attributes = {
        "campaign": name,
        "status": text_of(row.get("Status")),
        "responded": text_of(has_responded),
    }
    return Activity(
        ref=ref("campaign_member", row["Id"]),
        source="salesforce.campaign_member",
        occurred_at=moment((row.get("FirstRespondedDate") if has_responded else None) or row["CreatedDate"]),
        modified_at=moment(row["SystemModstamp"]),
        attributes={key: value for key, value in attributes.items() if value},
        people=(person,) if person else (),
        title=name,
        is_ours=_is_by(row.get("CreatedById"), options.own_user_id()) and _as_made(row),
    )


def _as_made(row: Row) -> bool:
    """Whether a member shows no answer but the one it was made with."""
    answered = text_of(row.get("FirstRespondedDate"))[:10]
    return not answered or answered <= text_of(row.get("CreatedDate"))[:10]


def _is_by(user_id: object, ours: str) -> bool:
    """Ids have 15 characters, or 18 of which the last three are a check sum."""
    return bool(ours) and text_of(user_id)[:15] == ours[:15]


def _activity(
    row: Row,
    object_word: str,
    *,
    occurred_at: datetime,
    attributes: dict[str, str],
    options: SalesforceOptions,
) -> Activity:
    who = str(row.get("WhoId") or "")
    person = _WHO.get(who[:3])
    said = text_of(row.get("Description"))
    is_ours = bool(row.get(options.task_key_field)) or is_marked(said, text_of(row.get("Subject")))
    marks = {} if is_ours else options.marks.read(said, occurred_at.date())
    whose = {"owner": text_of(row.get("OwnerId")), "creator": text_of(row.get("CreatedById"))}
    return Activity(
        ref=ref(object_word, row["Id"]),
        source=f"salesforce.{object_word}",
        occurred_at=occurred_at,
        modified_at=moment(row["SystemModstamp"]),
        attributes={name: value for name, value in (attributes | whose).items() if value} | marks,
        people=(ref(person, who),) if person else (),
        title=text_of(row.get("Subject")) or None,
        is_ours=is_ours,
    )


def user(row: Row, _options: SalesforceOptions) -> User:
    return User(
        ref=ref("user", row["Id"]),
        name=text_of(row.get("Name")),
        email=text_of(row.get("Email")).lower() or None,
        is_active=bool(row.get("IsActive")),
    )


def queue(row: Row, _options: SalesforceOptions) -> User:
    """A queue counts as a user that is always active: it can own Leads."""
    return User(ref=ref("queue", row["Id"]), name=text_of(row.get("Name")), email=None, is_active=True)


def removal(object_word: str, row: Row) -> Removal:
    """A deleted record; the loser of a merge names the winner ("MasterRecordId", object reference)."""
    winner: Any = row.get("MasterRecordId")
    return Removal(
        ref=ref(object_word, row["Id"]),
        kind=RemovalKind.MERGED if winner else RemovalKind.DELETED,
        at=moment(row["SystemModstamp"]),
        into=ref(object_word, winner) if winner else None,
    )


def _host(website: str) -> str:
    if not website:
        return ""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:  # typed by people: `http://[n/a]`
        return ""
    host = host.lower().removeprefix("www.").rstrip(".")
    return host if "." in host and " " not in host else ""
