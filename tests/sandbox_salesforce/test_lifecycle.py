"""Conversion, merging, deals and activities: what people leave for an integration to read."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.connectors.sandbox.salesforce.errors import Refusal
from syncd.connectors.sandbox.salesforce.state import Salesforce
from tests.sandbox_salesforce.conftest import KEY, lead


def test_conversion_with_a_deal_carries_mapped_fields_and_activities(org: Salesforce) -> None:
    """Our key arrives on the Contact because it is mapped; the call hangs on the Contact and the deal."""
    made = org.insert("Lead", lead(Email="dana@acme.example", Syncd_Score__c=87))
    task = org.insert("Task", {"Subject": "Call", "WhoId": made})
    account, contact, deal = org.convert(made)
    was, now = org.record("Lead", made), org.record("Contact", contact)
    assert (was["IsConverted"], was["ConvertedContactId"], was["ConvertedDate"]) == (
        True,
        contact,
        "2026-09-01",
    )
    assert (now[KEY], now["Syncd_Score__c"], now["AccountId"]) == ("4711:1", 87.0, account)
    assert (org.record("Task", task)["WhoId"], org.record("Task", task)["WhatId"]) == (contact, deal)
    (role,) = org.all("OpportunityContactRole")
    assert (role["OpportunityId"], role["IsPrimary"]) == (deal, True)


def test_conversion_without_a_deal_into_existing_records_fills_only_blanks(org: Salesforce) -> None:
    account = org.insert("Account", {"Name": "Acme"})
    contact = org.insert("Contact", {"LastName": "Ruiz", "Title": "CEO", "AccountId": account})
    made = org.insert("Lead", lead(Title="VP", Phone="123"))
    assert org.convert(made, account_id=account, contact_id=contact, opportunity=False) == (
        account,
        contact,
        None,
    )
    now = org.record("Contact", contact)
    assert (now["Title"], now["Phone"], org.all("Opportunity")) == ("CEO", "123", [])


def test_fields_that_are_not_mapped_are_dropped_without_a_word(org: Salesforce) -> None:
    org.mapped_on_conversion = ()
    _account, contact, _deal = org.convert(org.insert("Lead", lead()))
    assert org.record("Contact", contact)[KEY] is None


def test_a_lead_owned_by_a_queue_cannot_be_converted(org: Salesforce) -> None:
    made = org.insert("Lead", lead(OwnerId=org.add_queue("Inbound")))
    with pytest.raises(Refusal):
        org.convert(made)
    assert org.all("Account") == []


def test_a_refused_act_leaves_nothing_behind(org: Salesforce) -> None:
    """The account of a conversion that fails later is taken back with it."""
    org.insert("Contact", {"LastName": "Twin", KEY: "4711:1"})
    made = org.insert("Lead", lead())
    with pytest.raises(Refusal) as refused:
        org.convert(made)
    assert refused.value.code == "DUPLICATE_VALUE"
    assert (org.all("Account"), org.record("Lead", made)["IsConverted"]) == ([], False)


def test_merge_moves_what_hung_on_the_loser(org: Salesforce) -> None:
    winner, loser = org.insert("Lead", lead()), org.insert("Lead", lead(**{KEY: "4711:2"}))
    task = org.insert("Task", {"Subject": "Call", "WhoId": loser})
    org.merge("Lead", winner, loser)
    assert org.record("Task", task)["WhoId"] == winner
    assert (org.record("Lead", loser).is_deleted, org.record("Lead", loser)["MasterRecordId"]) == (
        True,
        winner,
    )
    org.insert("Lead", lead(**{KEY: "4711:2"}))  # the key of a deleted record is free again


def test_lead_history_starts_with_created_and_follows_tracked_fields(org: Salesforce, client: Any) -> None:
    rep = org.add_user("Kim", "Osei")
    made = org.insert("Lead", lead())
    org.update("Lead", made, {"Status": "Accepted", "Title": "VP", "OwnerId": rep})
    org.convert(made)
    ask = f"SELECT Field, OldValue, NewValue FROM LeadHistory WHERE LeadId = '{made}' ORDER BY Id"
    rows = client.query(ask)
    told = [(r["Field"], r["OldValue"], r["NewValue"]) for r in rows["records"]]
    assert told == [
        ("created", None, None), ("Status", "New", "Accepted"), ("Owner", org.admin_id, rep),
        ("Status", "Accepted", "Closed - Converted"), ("leadConverted", None, None),
    ]  # fmt: skip


def test_a_stage_says_whether_a_deal_is_closed_and_won(org: Salesforce) -> None:
    deal = org.insert("Opportunity", {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-01"})
    for stage, told in (("Closed Won", (True, True, 100.0)), ("Closed Lost", (True, False, 0.0)),
                        ("Qualification", (False, False, 10.0))):  # fmt: skip
        org.update("Opportunity", deal, {"StageName": stage})
        row = org.record("Opportunity", deal)
        assert (row["IsClosed"], row["IsWon"], row["Probability"]) == told


def test_a_finished_task_knows_when_and_moves_the_persons_last_activity(org: Salesforce) -> None:
    """LastActivityDate moves no stamp, so it wakes no incremental reader."""
    made = org.insert("Lead", lead())
    stamp = org.record("Lead", made)["SystemModstamp"]
    task = org.insert("Task", {"Subject": "Call", "WhoId": made, "ActivityDate": "2026-09-01"})
    assert org.record("Lead", made)["LastActivityDate"] is None
    org.update("Task", task, {"Status": "Completed"})
    row = org.record("Task", task)
    assert (row["IsClosed"], row["CompletedDateTime"]) == (True, "2026-09-01T06:00:00.000+0000")
    assert (org.record("Lead", made)["LastActivityDate"], org.record("Lead", made)["SystemModstamp"]) == (
        "2026-09-01", stamp,
    )  # fmt: skip


def test_activities_cannot_hang_on_a_converted_lead_nor_on_a_lead_and_a_deal(org: Salesforce) -> None:
    deal = org.insert("Opportunity", {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-01"})
    open_lead, converted = org.insert("Lead", lead()), org.insert("Lead", lead(**{KEY: "4711:2"}))
    org.convert(converted)
    with pytest.raises(Refusal) as refused:
        org.insert("Task", {"Subject": "Call", "WhoId": converted})
    assert refused.value.code == "CANNOT_UPDATE_CONVERTED_LEAD"
    with pytest.raises(Refusal) as refused:
        org.insert("Task", {"Subject": "Call", "WhoId": open_lead, "WhatId": deal})
    assert refused.value.code == "FIELD_INTEGRITY_EXCEPTION"


def test_an_event_needs_a_start_and_a_length(org: Salesforce) -> None:
    made = org.insert("Event", {"Subject": "Demo", "StartDateTime": "2026-09-02T10:00:00+02:00",
                                "DurationInMinutes": 45})  # fmt: skip
    row = org.record("Event", made)
    assert (row["EndDateTime"], row["ActivityDate"]) == ("2026-09-02T08:45:00.000+0000", "2026-09-02")
    with pytest.raises(Refusal):
        org.insert("Event", {"Subject": "Demo", "StartDateTime": "2026-09-02T10:00:00Z"})


def test_deleting_a_lead_takes_its_activities_and_undelete_brings_them_back(org: Salesforce) -> None:
    made = org.insert("Lead", lead())
    org.insert("Task", {"Subject": "Call", "WhoId": made})
    org.delete("Lead", made)
    assert (org.all("Lead"), org.all("Task")) == ([], [])
    org.undelete("Lead", made)
    assert (len(org.all("Lead")), len(org.all("Task"))) == (1, 1)


def test_history_tells_each_change_of_a_record(org: Salesforce) -> None:
    rep = org.add_user("Kim", "Osei")
    made = org.insert("Lead", lead())
    org.update("Lead", made, {"Title": "VP"}, by=rep)
    (change,) = [c for c in org.record("Lead", made).history if c.field == "Title"]
    assert (change.old, change.new, change.by) == (None, "VP", rep)
