"""Pulling from an emulated org: complete, once, in few calls, whatever people do meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from syncd.connectors.salesforce import Salesforce, SalesforceOptions
from syncd.core.model import System
from syncd.ports import (
    Activity,
    Company,
    Connector,
    Deal,
    Person,
    Recovery,
    Removal,
    RemovalKind,
    SystemFailure,
    User,
)
from tests.salesforce.conftest import KEY, Desk, ref

STREAMS = ("directory", "changes", "removals", "recheck")


def people(records: list[Any]) -> dict[str, Person]:
    return {record.ref.id: record for record in records if isinstance(record, Person)}


def test_the_streams_come_in_the_order_they_are_to_be_pulled(sf: Salesforce) -> None:
    """Names and accounts first, then people and what they did, then what is gone."""
    connector: Connector = sf
    assert connector.system is System.SALESFORCE
    assert tuple(stream.name for stream in sf.streams()) == STREAMS
    assert [stream.name for stream in sf.streams() if stream.baseline] == ["directory", "changes"]


# --- what a record becomes -------------------------------------------------------------------------------


def test_users_queues_and_accounts_are_the_directory(desk: Desk, sf: Salesforce) -> None:
    """Owners by name, whether they are there still, and companies by domain."""
    gone = desk.org.add_user("Olga", "Old", is_active=False)
    queue = desk.org.add_queue("Inbound")
    account = desk.account(Website="https://www.Acme.example/about", NumberOfEmployees=412)
    records = desk.records(sf, "directory")
    users = {record.ref: record for record in records if isinstance(record, User)}
    assert users[ref("user", gone)].is_active is False
    assert users[ref("queue", queue)].name == "Inbound"
    company = next(record for record in records if isinstance(record, Company))
    assert (company.ref, company.name, company.domains) == (
        ref("account", account),
        "Acme",
        ("acme.example",),
    )
    assert company.properties["NumberOfEmployees"] == "412"


def test_a_lead_brings_its_fields_as_text_and_no_stamp(desk: Desk) -> None:
    """Values as the vendor sends them, blanks left out; a touched stamp alone changes nothing we keep."""
    sf = desk.connector(SalesforceOptions(lead_fields=frozenset({"NumberOfEmployees", "NotThere__c"})))
    lead = desk.lead(Email="Dana@Acme.example", NumberOfEmployees=412, Title=None)
    person = people(desk.records(sf, "changes"))[lead]
    assert person.emails == ("dana@acme.example",)
    assert person.properties["Status"] == "New"
    assert person.properties["IsConverted"] == "false"
    assert person.properties["NumberOfEmployees"] == "412"
    assert not {"Id", "SystemModstamp", "Title", "NotThere__c"} & set(person.properties)
    assert person.modified_at == desk.now


def test_a_contact_belongs_to_its_account(desk: Desk, sf: Salesforce) -> None:
    account = desk.account()
    contact = desk.contact(AccountId=account)
    assert people(desk.records(sf, "changes"))[contact].company == ref("account", account)


def test_a_deal_counts_each_person_once_however_many_roles_they_have(desk: Desk, sf: Salesforce) -> None:
    """Conversion may leave doubled contact roles: deals are counted, not roles."""
    account = desk.account()
    contact = desk.contact(AccountId=account)
    deal = desk.deal(account, Amount=1200.5, Loss_Reason__c="Price", StageName="Closed Lost")
    for role in ("Decision Maker", "Evaluator"):
        desk.org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact, "Role": role})
    found = [record for record in desk.records(sf, "changes") if isinstance(record, Deal)]
    assert len(found) == 1
    assert (found[0].people, found[0].amount, found[0].currency) == (
        (ref("contact", contact),),
        "1200.5",
        None,
    )
    assert (found[0].is_closed, found[0].is_won, found[0].lost_reason) == (True, False, "Price")
    assert found[0].company == ref("account", account)


def test_a_task_is_dated_by_its_completion_and_never_by_its_due_date(desk: Desk, sf: Salesforce) -> None:
    """An open task was made then; a due date is a plan, not a fact. Ours is marked by our key."""
    lead = desk.lead()
    made_at = desk.now
    mine = desk.org.insert(
        "Task", {"Subject": "Call", "WhoId": lead, "ActivityDate": "2026-12-24", KEY: "7:1:1:x"}
    )
    desk.later(hours=3)
    done = desk.org.insert("Task", {"Subject": "Talked", "WhoId": lead, "Status": "Not Started"})
    desk.later(hours=2)
    desk.org.update("Task", done, {"Status": "Completed", "CallDisposition": "Left voicemail"})
    found = {record.ref.id: record for record in desk.records(sf, "changes") if isinstance(record, Activity)}
    assert (found[mine].occurred_at, found[mine].is_ours) == (made_at, True)
    assert (found[done].occurred_at, found[done].is_ours) == (desk.now, False)
    assert found[done].attributes["is_closed"] == "true"
    assert found[done].attributes["disposition"] == "Left voicemail"
    assert found[done].people == (ref("lead", lead),)


def test_a_calendar_event_happens_at_its_start(desk: Desk, sf: Salesforce) -> None:
    contact = desk.contact()
    start = desk.now + timedelta(days=2)
    desk.org.insert(
        "Event",
        {
            "Subject": "Demo",
            "WhoId": contact,
            "StartDateTime": start,
            "EndDateTime": start + timedelta(hours=1),
        },
    )
    found = [record for record in desk.records(sf, "changes") if isinstance(record, Activity)]
    assert [(item.source, item.occurred_at) for item in found] == [("salesforce.event", start)]


# --- nothing lost ----------------------------------------------------------------------------------------


def test_a_poll_brings_what_changed_in_two_calls(desk: Desk, sf: Salesforce) -> None:
    """Five queries share a composite call and contact roles are the sixth: 2,880 calls a day at one poll a
    minute, of the 100,000 an Enterprise org has at least."""
    lead = desk.lead()
    desk.pull(sf, "changes")
    desk.pull(sf, "changes")  # what an object looks like is asked once
    desk.later(minutes=1)
    desk.org.update("Lead", lead, {"Status": "Working - Contacted"})
    before = len(desk.org.calls)
    found = people(desk.records(sf, "changes"))
    assert desk.calls(before) == ["POST composite", "POST composite"]
    assert found[lead].properties["Status"] == "Working - Contacted"


def test_a_changed_contact_role_is_there_one_poll_later(desk: Desk, sf: Salesforce) -> None:
    """A role moves no stamp of its Opportunity; who was put on the deal or taken off is known all the same,
    also when the deal itself came with the poll before."""
    deal = desk.org.insert(
        "Opportunity", {"Name": "Acme", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    )
    contact = desk.org.insert("Contact", {"LastName": "Ruiz", "Email": "dana@acme.example"})
    desk.later(minutes=1)
    desk.pull(sf, "changes")
    role = desk.org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact})
    desk.later(minutes=1)
    (found,) = [item for item in desk.records(sf, "changes") if isinstance(item, Deal)]
    assert [person.id for person in found.people] == [contact]
    desk.later(minutes=1)
    assert desk.records(sf, "changes") == []
    desk.org.delete("OpportunityContactRole", role)
    (found,) = [item for item in desk.records(sf, "changes") if isinstance(item, Deal)]
    assert found.people == ()


def test_a_row_already_brought_is_not_brought_again_by_the_overlap(desk: Desk, sf: Salesforce) -> None:
    """Each poll reads five minutes back; what the caller has stored already is left out."""
    desk.lead()
    desk.later(minutes=1)
    assert len(desk.records(sf, "changes")) == 1
    desk.later(minutes=1)
    assert desk.records(sf, "changes") == []


def test_a_change_in_the_second_of_the_last_read_is_brought(desk: Desk, sf: Salesforce) -> None:
    """Stamps are whole seconds: a rep's answer, or a flow of the org, may bear the one that was read already.
    A contact role that comes and goes within a second is the same case."""
    lead = desk.lead()
    deal = desk.org.insert(
        "Opportunity", {"Name": "Acme", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    )
    contact = desk.contact()
    desk.pull(sf, "changes")
    desk.later(minutes=10)
    desk.org.update("Lead", lead, {"Title": "CTO"})
    role = desk.org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact})
    desk.pull(sf, "changes")
    desk.org.update("Lead", lead, {"Status": "Unqualified"})
    desk.org.delete("OpportunityContactRole", role)
    desk.later(minutes=1)
    found = desk.records(sf, "changes")
    assert people(found)[lead].properties["Status"] == "Unqualified"
    assert [item.people for item in found if isinstance(item, Deal)] == [()]
    desk.later(minutes=1)
    assert desk.records(sf, "changes") == []


def test_a_page_the_caller_could_not_store_is_brought_again(desk: Desk, sf: Salesforce) -> None:
    """Only what was stored with its cursor counts as brought: the caller stops before asking for more."""
    desk.lead()
    desk.later(minutes=1)
    desk.pull(sf, "changes")
    desk.later(minutes=1)
    desk.lead("Second")
    page = next(iter(sf.pull("changes", desk.cursors["changes"], desk.now)))
    assert len(page.records) == 1
    assert len(desk.records(sf, "changes")) == 1


def test_another_process_reads_the_overlap_again(desk: Desk, sf: Salesforce) -> None:
    """What one process remembers, another does not: rows come twice, never not at all."""
    lead = desk.lead()
    desk.pull(sf, "changes")
    assert set(people(desk.records(desk.connector(), "changes"))) == {lead}


def test_a_commit_that_becomes_visible_late_is_not_lost(desk: Desk, sf: Salesforce) -> None:
    """Stamps are set when a change begins, four minutes before others can see it."""
    desk.lead("Early")
    desk.later(seconds=30)
    desk.pull(sf, "changes")
    desk.later(seconds=30)
    with desk.org.late_commits(timedelta(minutes=4)):
        late = desk.lead("Late")
    desk.later(minutes=1)
    desk.lead("On time")
    desk.later(seconds=30)
    assert len(desk.records(sf, "changes")) == 1
    desk.later(minutes=3)
    assert set(people(desk.records(sf, "changes"))) == {late}


def test_what_became_visible_later_still_is_found_at_night(desk: Desk, sf: Salesforce) -> None:
    """The nightly pass reads two days once more."""
    desk.pull(sf, "changes")
    with desk.org.late_commits(timedelta(hours=1)):
        late = desk.lead("Late")
    for _ in range(12):
        desk.later(minutes=10)
        desk.lead()
        assert late not in people(desk.records(sf, "changes"))
    assert late in people(desk.records(sf, "recheck"))


def test_thousands_of_rows_with_one_stamp_are_read_once_and_the_pull_ends(desk: Desk, sf: Salesforce) -> None:
    """A bulk update stamps more rows alike than a page holds."""
    ids = {desk.lead(f"Doe {n}") for n in range(4_500)}
    pages = desk.pull(sf, "changes")
    found = [record.ref.id for page in pages for record in page.records]
    assert (set(found), len(found)) == (ids, 4_500)
    assert [page.is_complete for page in pages] == [False] * (len(pages) - 1) + [True]


def test_a_bulk_update_is_read_for_a_while_and_not_for_ever(desk: Desk, sf: Salesforce) -> None:
    """When nothing follows, the mark moves on with the server's clock after a quarter of an hour."""
    for n in range(2_100):
        desk.lead(f"Doe {n}")
    desk.pull(sf, "changes")
    desk.later(minutes=21)
    desk.pull(sf, "changes")
    before = len(desk.org.calls)
    assert desk.records(desk.connector(), "changes") == []
    assert [call for call in desk.calls(before) if "query" in call] == []


@pytest.mark.parametrize("stop_after", [1, 2])
def test_a_first_load_goes_on_where_it_was_cut(desk: Desk, sf: Salesforce, stop_after: int) -> None:
    """Each page has its cursor; another process continues behind the last row stored."""
    wanted = {desk.lead(f"Doe {n}") for n in range(4_100)}
    found: set[str] = set()
    for number, page in enumerate(sf.pull("changes", None, desk.now), start=1):
        found |= {record.ref.id for record in page.records}
        desk.cursors["changes"] = page.cursor
        if number == stop_after:
            break
    rest = [record.ref.id for record in desk.records(desk.connector(), "changes")]
    assert found | set(rest) == wanted
    assert not found & set(rest)


def test_what_changes_during_a_first_load_is_brought_by_the_next_poll(desk: Desk, sf: Salesforce) -> None:
    """The mark a pass leaves is the moment it began."""
    first = [desk.lead(f"Doe {n}") for n in range(2_050)]
    pages = sf.pull("changes", None, desk.now)
    next(pages)
    desk.later(minutes=30)
    with desk.org.late_commits(timedelta(minutes=3)):
        late = desk.lead("Late")
    desk.later(minutes=1)
    desk.org.update("Lead", first[0], {"Title": "CTO"})
    for page in pages:
        desk.cursors["changes"] = page.cursor
    desk.later(minutes=5)
    found = people(desk.records(desk.connector(), "changes"))
    assert late in found
    assert found[first[0]].properties["Title"] == "CTO"


# --- conversions, merges, deletions, roles ---------------------------------------------------------------


def test_a_conversion_is_followed_at_once_even_to_an_old_contact(desk: Desk, sf: Salesforce) -> None:
    """The Lead says who it became, and that Contact comes on the same page."""
    account = desk.account()
    contact = desk.contact(AccountId=account)
    lead = desk.lead()
    desk.pull(sf, "changes")
    desk.later(minutes=30)
    desk.org.convert(lead, account_id=account, opportunity=False, contact_id=contact)
    found = people(desk.records(sf, "changes"))
    assert found[lead].same_as == (ref("contact", contact),)
    assert found[lead].properties["IsConverted"] == "true"
    assert contact in found


def test_deleted_and_merged_records_come_as_removals(desk: Desk, sf: Salesforce) -> None:
    """The loser of a merge names the winner; everything else is simply gone."""
    account = desk.account()
    winner, loser, dropped = desk.lead("Winner"), desk.lead("Loser"), desk.lead("Dropped")
    deal = desk.deal(account)
    desk.pull(sf, "removals")
    desk.later(minutes=15)
    desk.org.merge("Lead", winner, loser)
    desk.org.delete("Lead", dropped)
    desk.org.delete("Opportunity", deal)
    found = {record.ref: record for record in desk.records(sf, "removals") if isinstance(record, Removal)}
    assert found[ref("lead", loser)].kind is RemovalKind.MERGED
    assert found[ref("lead", loser)].into == ref("lead", winner)
    assert found[ref("lead", dropped)].kind is RemovalKind.DELETED
    assert found[ref("opportunity", deal)].kind is RemovalKind.DELETED
    assert len(found) == 3


def test_a_contact_role_added_or_taken_away_brings_its_deal(desk: Desk, sf: Salesforce) -> None:
    """A role does not move the stamp of its Opportunity; the sweep sees it all the same."""
    account = desk.account()
    contact = desk.contact(AccountId=account)
    deal = desk.deal(account)
    desk.pull(sf, "changes")
    desk.pull(sf, "removals")
    desk.later(minutes=20)
    role = desk.org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact})
    found = [record for record in desk.records(sf, "removals") if isinstance(record, Deal)]
    assert [item.people for item in found] == [(ref("contact", contact),)]
    desk.later(minutes=20)
    desk.org.delete("OpportunityContactRole", role)
    found = [record for record in desk.records(sf, "removals") if isinstance(record, Deal)]
    assert [item.people for item in found] == [()]


# --- permissions -----------------------------------------------------------------------------------------


def test_a_hidden_optional_field_is_left_out(desk: Desk, sf: Salesforce) -> None:
    """Field-level security on a field we can do without costs that field only."""
    lead = desk.lead(Title="CTO")
    desk.org.hide("Lead", "Title")
    assert "Title" not in people(desk.records(sf, "changes"))[lead].properties


def test_a_hidden_field_we_cannot_do_without_stops_reading_and_is_named(desk: Desk, sf: Salesforce) -> None:
    """Reading on would show every Lead as unconverted."""
    desk.org.hide("Lead", "IsConverted")
    with pytest.raises(SystemFailure) as caught:
        desk.pull(sf, "changes")
    assert caught.value.failure.recovery is Recovery.CONFIGURATION
    assert caught.value.failure.fields == ("Lead.IsConverted",)
    assert "field-level security" in caught.value.failure.cure


def test_a_field_hidden_while_we_run_costs_one_poll(desk: Desk, sf: Salesforce) -> None:
    """The describe is cached; a query that names a field gone makes it be read again."""
    lead = desk.lead(Title="CTO")
    desk.pull(sf, "changes")
    desk.org.hide("Lead", "Title")
    with pytest.raises(SystemFailure):
        desk.pull(sf, "changes")
    desk.later(minutes=1)
    desk.org.update("Lead", lead, {"Phone": "1"})
    assert "Title" not in people(desk.records(sf, "changes"))[lead].properties


def test_a_hidden_optional_object_is_named_and_the_rest_is_read(desk: Desk, sf: Salesforce) -> None:
    """Without events the loop still runs; nothing is skipped in silence."""
    desk.org.hide("Event")
    lead = desk.lead()
    pages = desk.pull(sf, "changes")
    assert {record.ref.id for page in pages for record in page.records} == {lead}
    problems = [problem for page in pages for problem in page.problems]
    assert [(item.code, str(item.subject)) for item in problems] == [
        ("salesforce.object_missing", "salesforce:object:Event")
    ]


# --- cursors, counts, quota ------------------------------------------------------------------------------


def test_a_cursor_that_is_not_ours_reads_everything_again(desk: Desk, sf: Salesforce) -> None:
    """Nothing is missed; the store recognises what it has."""
    lead = desk.lead()
    pages = list(sf.pull("changes", "not a cursor", desk.now))
    assert lead in {record.ref.id for page in pages for record in page.records}


def test_a_wrong_clock_of_ours_moves_no_mark_ahead(desk: Desk, sf: Salesforce) -> None:
    """Our clock a day ahead: the server's own counts, and the next Lead is not lost."""
    for page in sf.pull("changes", None, desk.now + timedelta(days=1)):
        desk.cursors["changes"] = page.cursor
    desk.later(minutes=1)
    lead = desk.lead()
    assert lead in people(desk.records(desk.connector(), "changes"))


def test_everything_before_the_covered_moment_has_been_brought(desk: Desk, sf: Salesforce) -> None:
    """What status shows as freshness: when the pass began, less the overlap."""
    desk.lead()
    assert desk.pull(sf, "changes")[-1].covered_until_at == desk.now - timedelta(minutes=5)


def test_counts_say_what_the_org_shows_us(desk: Desk, sf: Salesforce) -> None:
    """For the nightly tie-out."""
    desk.lead()
    desk.lead()
    desk.contact()
    counts = sf.counts()
    assert (counts["lead"], counts["contact"], counts["opportunity"]) == (2, 1, 0)


def test_the_nightly_re_read_gives_way_when_the_org_is_short_of_calls(desk: Desk, sf: Salesforce) -> None:
    """Optional reads stop at 70 % of the day; the poll goes on."""
    desk.org.meter.spend_elsewhere(70_000)
    desk.lead()
    desk.pull(sf, "changes")
    pages = desk.pull(sf, "recheck")
    assert [(page.records, page.is_complete) for page in pages] == [((), False)]
    assert pages[0].problems[0].code == "salesforce.optional_reads_paused"
