"""Which objects are read, with which fields, and how a row of each becomes a record.

`required` fields are those a record cannot do without: when one is absent, reading stops and names it.
`wanted` ones are read where the org shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.connectors.salesforce import decode, soql
from syncd.connectors.salesforce.client import Query, Row
from syncd.connectors.salesforce.options import SalesforceOptions
from syncd.connectors.salesforce.schema import Schema
from syncd.ports import Record

PAGE_ROWS = 2_000
"""The most rows one answer holds ("Query", REST guide)."""
STAMP = "SystemModstamp"
"""Indexed and moved by every change, automation's too; LastModifiedDate is neither (object reference)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """An object to follow. `word` is our name for it, `only` narrows it; `paths` are fields of its parents;
    `history_days` bounds loads."""

    object: str
    word: str
    decode: Callable[[Row, SalesforceOptions], Record]
    required: tuple[str, ...]
    wanted: tuple[str, ...] = ()
    children: tuple[soql.Children, ...] = ()
    only: Callable[[Schema], soql.Condition | None] = lambda _schema: None
    paths: tuple[str, ...] = ()
    history_days: int = 0
    is_optional: bool = False
    include_deleted: bool = False

    @property
    def key(self) -> str:
        """What the feed is called in cursors."""
        return f"{self.object} deleted" if self.include_deleted else self.object

    def fields(self, schema: Schema) -> tuple[str, ...]:
        """The fields to select in this org, those of parents too. Raises SystemFailure."""
        return (*schema.readable(self.object, ("Id", *self.required, STAMP), self.wanted), *self.paths)

    def query(self, schema: Schema, where: soql.Condition | None, limit: int | None = PAGE_ROWS) -> Query:
        """The rows for which `where` holds, in the order that can be continued. Raises SystemFailure."""
        select = soql.Select(
            object=self.object,
            fields=self.fields(schema),
            where=soql.every(where, self.only(schema)),
            children=self.children,
            order=(STAMP, "Id"),
            limit=limit,
        )
        return Query(select.text(), include_deleted=self.include_deleted)

    def first_bound(self, now: datetime) -> soql.Condition | None:
        """How far back a first load goes."""
        if not self.history_days:
            return None
        return soql.since(STAMP, now - timedelta(days=self.history_days))


OPT_OUTS = ("HasOptedOutOfEmail", "DoNotCall")
"""Boxes that count wherever they are ticked, whatever the mapping says."""


def leads(options: SalesforceOptions) -> Feed:
    return Feed(
        object="Lead",
        word="lead",
        decode=decode.lead,
        required=("Status", "OwnerId", "IsConverted", "ConvertedContactId"),
        wanted=(
            *("FirstName", "LastName", "Company", "Title", "Email", "Phone", "LeadSource", "CreatedDate"),
            *("CreatedById", "ConvertedDate", "ConvertedAccountId", "ConvertedOpportunityId"),
            *OPT_OUTS,
            *(options.key_field, options.contact_id_field, options.reason_field),
            *sorted(options.lead_fields),
        ),
    )


def contacts(options: SalesforceOptions) -> Feed:
    return Feed(
        object="Contact",
        word="contact",
        decode=decode.contact,
        required=("OwnerId", "AccountId"),
        wanted=(
            *("FirstName", "LastName", "Title", "Email", "Phone", "LeadSource", "CreatedDate", "CreatedById"),
            *OPT_OUTS,
            *(options.key_field, options.contact_id_field, options.reason_field),
            *sorted(options.contact_fields),
        ),
    )


def opportunities(options: SalesforceOptions) -> Feed:
    return Feed(
        object="Opportunity",
        word="opportunity",
        decode=decode.opportunity,
        required=("StageName", "IsClosed", "IsWon", "AccountId"),
        # CurrencyIsoCode exists in multi-currency orgs only ("Opportunity", object reference)
        wanted=(
            *("Amount", "CurrencyIsoCode", "CloseDate", "CreatedDate", "OwnerId"),
            options.lost_reason_field,
        ),
        children=(soql.Children("OpportunityContactRoles", ("ContactId",)),),
    )


def tasks(options: SalesforceOptions) -> Feed:
    return Feed(
        object="Task",
        word="task",
        decode=decode.task,
        required=("WhoId", "Status", "IsClosed", "CreatedDate"),
        wanted=(
            *("Subject", "Type", "TaskSubtype", "CallDisposition", "CallType", "CompletedDateTime"),
            *("OwnerId", "CreatedById"),
            *("Description", options.task_key_field),  # by either we know what is our own
        ),
        history_days=options.activity_history_days,
    )


def events(options: SalesforceOptions) -> Feed:
    return Feed(
        object="Event",
        word="event",
        decode=decode.event,
        required=("WhoId", "CreatedDate"),
        wanted=(
            *("Subject", "Type", "StartDateTime", "ActivityDate", "OwnerId", "CreatedById"),
            *("Description", options.task_key_field),  # by either we know what is our own
        ),
        history_days=options.activity_history_days,
        is_optional=True,
    )


def campaign_members(_options: SalesforceOptions) -> Feed:
    return Feed(
        object="CampaignMember",
        word="campaign_member",
        decode=decode.campaign_member,
        required=("CampaignId", "CreatedDate"),
        wanted=("LeadId", "ContactId", "Status", "HasResponded", "FirstRespondedDate", "CreatedById"),
        paths=("Campaign.Name",),
        is_optional=True,
    )


def accounts(_options: SalesforceOptions) -> Feed:
    return Feed(
        object="Account",
        word="account",
        decode=decode.account,
        required=("Name",),
        wanted=("Website", "Industry", "NumberOfEmployees", "BillingCountry", "Type", "OwnerId"),
    )


def users(_options: SalesforceOptions) -> Feed:
    return Feed(
        object="User",
        word="user",
        decode=decode.user,
        required=("Name", "IsActive"),
        wanted=("Email",),
        only=_staff,
    )


def queues(_options: SalesforceOptions) -> Feed:
    return Feed(
        object="Group",
        word="queue",
        decode=decode.queue,
        required=("Name",),
        only=lambda _schema: soql.equals("Type", "Queue"),
        is_optional=True,
    )


def deleted(feed: Feed) -> Feed:
    """The same object's deleted and merged records, as removals."""
    return replace(
        feed,
        decode=lambda row, _options: decode.removal(feed.word, row),
        required=(),
        wanted=("MasterRecordId",),  # Lead, Contact and Account have it
        paths=(),
        children=(),
        only=lambda _schema: soql.equals("IsDeleted", value=True),
        history_days=0,
        include_deleted=True,
    )


def _staff(schema: Schema) -> soql.Condition | None:
    """Colleagues only: customers with a portal login are users too ("User", UserType, object reference)."""
    if "UserType" not in schema.of("User").fields:
        return None
    return soql.equals("UserType", "Standard")
