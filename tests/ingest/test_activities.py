"""What they did: signals, edits, re-associations, deletions, and records that wait for somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.core.model import Detail, Ref
from syncd.ports import Record, Removal, RemovalKind
from tests.ingest.world import Desk, at, call, contact, form, hs, opportunity, sales_lead, sf


def removed(
    ref: Ref, hours: float = 50, kind: RemovalKind = RemovalKind.DELETED, into: Ref | None = None
) -> Removal:
    return Removal(ref, kind, at(hours), into)


def test_one_activity_is_one_signal_for_each_person_on_it(desk: Desk) -> None:
    desk.take(contact(1), contact(2))
    desk.take(call("c1", hs(1), hs(2), title="Intro", quote="We need it by June."))
    for number in (1, 2):
        [signal] = desk.snapshot(hs(number)).signals
        assert signal.shape.attributes == {"direction": "inbound", "status": "completed"}
        assert (signal.detail, signal.ref) == (Detail("Intro", "We need it by June."), hs("c1", "call"))


def test_moments_are_kept_to_the_millisecond(desk: Desk) -> None:
    moment = at(1) + timedelta(milliseconds=123)
    desk.take(contact(1), call("c1", hs(1), occurred_at=moment))
    assert [signal.occurred_at for signal in desk.snapshot(hs(1)).signals] == [moment]


def test_reading_an_activity_again_writes_nothing(desk: Desk) -> None:
    page: list[Record] = [
        contact(1),
        call("c1", hs(1), title="Intro"),
        form("f1", "nobody@acme.com"),
        opportunity("006A", hs(1)),
    ]
    desk.take(*page)
    desk.settle()
    before = desk.content()
    desk.clock.moment = at(200)
    desk.take(*page)
    assert desk.content() == before


def test_an_edit_is_a_new_fact_and_takes_the_old_one_back(desk: Desk) -> None:
    """What was known before stays on record: `--at` must still show it."""
    desk.take(contact(1), call("c1", hs(1)))
    desk.clock.moment = at(110)
    count = desk.take(
        call("c1", hs(1), modified=5, attributes={"direction": "inbound", "status": "no_answer"})
    )
    assert (count.signals, count.retractions) == (1, 1)
    [signal] = desk.snapshot(hs(1)).signals
    assert signal.shape.attributes["status"] == "no_answer"
    [then] = desk.snapshot(hs(1), known_by=at(105)).signals
    assert then.shape.attributes["status"] == "completed"


def test_new_words_are_no_new_fact(desk: Desk) -> None:
    """The quote is corrected in place; the signal stays; the lead is looked at again."""
    desk.take(contact(1), call("c1", hs(1), quote="old"))
    desk.settle()
    count = desk.take(call("c1", hs(1), modified=5, quote="new"))
    assert (count.signals, count.retractions) == (0, 0)
    assert [signal.detail for signal in desk.snapshot(hs(1)).signals] == [Detail(quote="new")]
    assert desk.dirty() == [desk.lead_of(hs(1))]


def test_words_that_are_gone_are_deleted_here(desk: Desk) -> None:
    desk.take(contact(1), call("c1", hs(1), quote="old"))
    desk.take(call("c1", hs(1), modified=5))
    assert [signal.detail for signal in desk.snapshot(hs(1)).signals] == [None]


def test_a_re_association_moves_the_fact(desk: Desk) -> None:
    """HubSpot does not bump the date for it: the content tells."""
    desk.take(contact(1), contact(2), call("c1", hs(1)))
    desk.take(call("c1", hs(2)))
    assert desk.seen(hs(1)) == []
    assert desk.seen(hs(2)) == [("hubspot.call", 1)]


def test_a_fact_may_come_back_as_often_as_it_is_taken_back(desk: Desk) -> None:
    desk.take(contact(1), contact(2))
    for _turn in range(3):
        desk.take(call("c1", hs(1)))
        assert desk.seen(hs(1)) == [("hubspot.call", 1)]
        desk.take(call("c1", hs(2)))
        assert desk.seen(hs(1)) == []


def test_a_deleted_activity_takes_its_facts_back(desk: Desk) -> None:
    desk.take(contact(1), call("c1", hs(1), title="Intro"))
    desk.settle()
    count = desk.take(removed(hs("c1", "call")))
    assert (count.retractions, desk.seen(hs(1))) == (1, [])
    assert desk.dirty() == [desk.lead_of(hs(1))]
    assert desk.content()["details"] == []
    before = desk.content()
    desk.take(removed(hs("c1", "call")))
    assert desk.content() == before


def test_a_deleted_meeting_was_never_booked(desk: Desk) -> None:
    """One meeting is two facts: booked, and held."""
    booked = replace(call("m1", hs(1)), ref=hs("m1", "meeting_booked"), source="hubspot.meeting_booked")
    held = replace(call("m1", hs(1)), ref=hs("m1", "meeting"), source="hubspot.meeting")
    desk.take(contact(1), booked, held)
    assert len(desk.seen(hs(1))) == 2
    desk.take(removed(hs("m1", "meeting")))
    assert desk.seen(hs(1)) == []


def test_a_deletion_read_before_the_activity_holds(desk: Desk) -> None:
    """The index may show it a while longer; an hour later it is there because it was restored."""
    desk.clock.moment = at(50.5)
    desk.take(contact(1), removed(hs("c1", "call"), 50))
    desk.take(call("c1", hs(1)))
    assert desk.seen(hs(1)) == []
    desk.clock.moment = at(60)
    desk.take(call("c1", hs(1)))
    assert desk.seen(hs(1)) == [("hubspot.call", 1)]


def test_what_we_wrote_ourselves_is_no_evidence(desk: Desk) -> None:
    desk.take(contact(1))
    desk.settle()
    desk.take(call("c1", hs(1), is_ours=True))
    assert desk.seen(hs(1)) == []
    assert desk.dirty() == []
    assert len(desk.content()["activities"]) == 1


# --- people who come later -------------------------------------------------------------------------------


def test_engagement_read_before_its_contact_waits_for_it(desk: Desk) -> None:
    count = desk.take(call("c1", hs(1), title="Intro"), form("f1", "ada@acme.com"))
    assert count.waiting == 2
    desk.take(contact(1, "ada@acme.com"))
    assert desk.seen(hs(1)) == [("hubspot.call", 1), ("hubspot.form_submission", 1)]
    assert desk.content()["waiting"] == []


def test_the_known_have_their_fact_while_others_are_waited_for(desk: Desk) -> None:
    desk.take(contact(1))
    desk.take(call("c1", hs(1), hs(2), hs(3)))
    assert desk.seen(hs(1)) == [("hubspot.call", 1)]
    desk.take(contact(2))
    desk.take(contact(3))
    assert desk.seen(hs(2)) == desk.seen(hs(3)) == [("hubspot.call", 1)]
    assert desk.seen(hs(1)) == [("hubspot.call", 1)]
    assert desk.content()["waiting"] == []


def test_an_edit_while_waiting_is_what_is_taken_up(desk: Desk) -> None:
    desk.take(call("c1", hs(1)))
    desk.take(call("c1", hs(1), modified=5, attributes={"status": "busy"}))
    desk.take(contact(1))
    [signal] = desk.snapshot(hs(1)).signals
    assert signal.shape.attributes == {"status": "busy"}


def test_an_activity_deleted_while_waiting_is_not_taken_up(desk: Desk) -> None:
    desk.take(call("c1", hs(1)))
    desk.take(removed(hs("c1", "call")))
    desk.take(contact(1))
    assert desk.seen(hs(1)) == []


def test_a_form_of_a_shared_mailbox_waits_rather_than_guess(desk: Desk) -> None:
    desk.take(contact(1, "info@acme.com"), contact(2, "info@acme.com"))
    assert desk.take(form("f1", "info@acme.com")).waiting == 1
    assert desk.seen(hs(1)) == desk.seen(hs(2)) == []


def test_the_system_that_names_an_address_knows_whose_it_is(desk: Desk) -> None:
    """A form in HubSpot is the contact's, though an unrelated Salesforce Lead has the address too."""
    desk.take(contact(1, "ada@acme.com"), contact(2, "ben@acme.com"), sales_lead("00Q1", "ben@acme.com"))
    desk.take(sales_lead("00Q1", "ada@acme.com", hours=1))
    desk.take(form("f1", "ada@acme.com"))
    assert desk.seen(hs(1)) == [("hubspot.form_submission", 1)]


def test_a_merge_counts_a_shared_activity_once(desk: Desk) -> None:
    """Both were on the call; and an edit after the merge concerns the survivor."""
    desk.take(contact(1), contact(2), call("c1", hs(1), hs(2)), call("c2", hs(2), hours=2))
    desk.take(contact(9, hours=3, merged_ids=("1", "2")))
    assert desk.seen(hs(9)) == [("hubspot.call", 1), ("hubspot.call", 1)]
    desk.take(call("c2", hs(9), hours=2, modified=6, attributes={"status": "busy"}))
    assert [signal.shape.attributes.get("status") for signal in desk.snapshot(hs(9)).signals] == [
        "completed",
        "busy",
    ]


def test_what_is_in_force_for_either_stays_in_force_after_a_merge(desk: Desk) -> None:
    """Taken off one of two people's calls, then they turn out to be one person who was on it."""
    for numbers in ((1, 2), (3, 4)):
        desk.take(contact(numbers[0]), contact(numbers[1]))
    desk.take(call("a", hs(1), hs(2)), call("b", hs(3), hs(4)))
    desk.take(call("a", hs(1)), call("b", hs(4)))
    desk.take(contact(10, hours=3, merged_ids=("1", "2")), contact(11, hours=3, merged_ids=("3", "4")))
    assert desk.seen(hs(10)) == desk.seen(hs(11)) == [("hubspot.call", 1)]


# --- people and companies that go ------------------------------------------------------------------------


def test_an_archived_contact_leaves_nobody_to_write_to(desk: Desk) -> None:
    """Nothing is delivered for somebody who is gone; who it was and what happened stays on record."""
    desk.take(contact(1, "ada@acme.com", props={"jobtitle": "CMO"}), call("c1", hs(1)))
    desk.settle()
    desk.take(removed(hs(1), kind=RemovalKind.ARCHIVED))
    snapshot = desk.snapshot(hs(1))
    assert (snapshot.hubspot, snapshot.emails) == (None, ())
    assert snapshot.fields["contact.jobtitle"] == "CMO"
    assert desk.seen(hs(1)) == [("hubspot.call", 1)]
    assert desk.dirty() == [desk.lead_of(hs(1))]


def test_an_archived_contact_that_is_restored_is_back(desk: Desk) -> None:
    """HubSpot need not bump its date: read again long after, it is there."""
    desk.take(contact(1, "ada@acme.com"))
    desk.take(removed(hs(1), 50, RemovalKind.ARCHIVED))
    desk.clock.moment = at(50.2)
    desk.take(contact(1, "ada@acme.com"))
    assert desk.snapshot(hs(1)).hubspot is None, "the index lags: still archived"
    desk.clock.moment = at(60)
    desk.take(contact(1, "ada@acme.com"))
    assert desk.snapshot(hs(1)).emails == ("ada@acme.com",)
    desk.take(sales_lead("00Q1", "ada@acme.com"))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(1))


def test_a_person_delivered_as_archived_is_a_removal(desk: Desk) -> None:
    desk.take(contact(1))
    desk.take(contact(1, hours=2, is_archived=True), contact(2, is_archived=True))
    assert desk.snapshot(hs(1)).hubspot is None
    assert len(desk.living()) == 1, "nobody is made of an archived record"


def test_an_archived_address_is_free_for_the_next_contact(desk: Desk) -> None:
    desk.take(contact(1, "ada@acme.com"))
    desk.take(removed(hs(1), kind=RemovalKind.ARCHIVED))
    desk.take(contact(2, "ada@acme.com", hours=60))
    desk.take(sales_lead("00Q1", "ada@acme.com"))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(2)) != desk.lead_of(hs(1))


def test_a_salesforce_merge_moves_the_loser_under_the_winner(desk: Desk) -> None:
    desk.take(
        contact(1, "ada@acme.com"), sales_lead("00Q1", "ada@acme.com"), sales_lead("00Q2", "x@acme.com")
    )
    desk.take(removed(sf("00Q2"), 3, RemovalKind.MERGED, sf("00Q1")))
    assert desk.lead_of(sf("00Q2")) == desk.lead_of(hs(1))
    assert [record.ref for record in desk.snapshot(hs(1)).sales_records] == [sf("00Q1")]


def test_a_salesforce_merge_into_a_record_not_read_yet_is_found_by_it(desk: Desk) -> None:
    desk.take(contact(1, "ada@acme.com"), sales_lead("00Q1", "ada@acme.com"))
    desk.take(removed(sf("00Q1"), 3, RemovalKind.MERGED, sf("00Q7")))
    desk.take(sales_lead("00Q7", "other@acme.com"))
    assert desk.lead_of(sf("00Q7")) == desk.lead_of(hs(1))


def test_two_contacts_stay_two_when_salesforce_merges_their_records(desk: Desk) -> None:
    desk.take(contact(1, "a@acme.com"), contact(2, "b@acme.com"))
    desk.take(sales_lead("00Q1", "a@acme.com"), sales_lead("00Q2", "b@acme.com"))
    desk.take(removed(sf("00Q2"), 3, RemovalKind.MERGED, sf("00Q1")))
    assert desk.lead_of(hs(1)) != desk.lead_of(hs(2))


def test_what_sales_does_with_the_record_left_is_about_both(desk: Desk) -> None:
    """From the merge on, and until HubSpot has them as one; who has a record of their own follows nobody."""
    desk.take(contact(1, "a@acme.com"), contact(2, "b@acme.com"))
    desk.take(
        sales_lead("00Q1", "a@acme.com", props={"Status": "New"}),
        sales_lead("00Q2", "b@acme.com", props={"Status": "New"}),
    )
    desk.take(sales_lead("00Q1", "a@acme.com", hours=2, props={"Status": "Working"}))
    desk.take(removed(sf("00Q2"), 3, RemovalKind.MERGED, sf("00Q1")))
    desk.settle()
    desk.take(sales_lead("00Q1", "a@acme.com", hours=4, props={"Status": "Accepted"}))
    assert desk.dirty() == sorted([desk.lead_of(hs(1)), desk.lead_of(hs(2))])
    followed = desk.snapshot(hs(2)).followed
    assert followed is not None
    assert (followed.lead_id, followed.since_at) == (desk.lead_of(hs(1)), at(3))
    values = [fact.shape.attributes.get("value") for fact in desk.snapshot(hs(2)).signals]
    assert values == ["Accepted"], "what was set before the merge was not about this one"
    desk.take(contact(20, hours=5, merged_ids=("1", "2")))
    assert desk.snapshot(hs(20)).followed is None
    assert len(desk.living()) == 1


def test_a_hubspot_merge_known_by_its_removal_alone_joins_the_leads(desk: Desk) -> None:
    desk.take(contact(5), contact(9), call("c1", hs(9)))
    desk.take(removed(hs(9), 3, RemovalKind.MERGED, hs(20)), removed(hs(5), 3, RemovalKind.MERGED, hs(20)))
    desk.take(contact(20, hours=3, merged_ids=("5", "9")))
    assert len(desk.living()) == 1
    assert desk.seen(hs(20)) == [("hubspot.call", 1)]
    assert desk.snapshot(hs(20)).key == "4711:5"


def test_a_deleted_salesforce_lead_is_shown_as_deleted(desk: Desk) -> None:
    desk.take(contact(1, "a@acme.com"), sales_lead("00Q1", "a@acme.com"))
    desk.take(removed(sf("00Q1"), 5))
    [record] = desk.snapshot(hs(1)).sales_records
    assert record.is_deleted
    assert "lead.Status" not in desk.snapshot(hs(1)).fields
    desk.take(sales_lead("00Q1", "a@acme.com", hours=9))
    assert [record.is_deleted for record in desk.snapshot(hs(1)).sales_records] == [False]


# --- deals -----------------------------------------------------------------------------------------------


def test_a_deal_is_a_fact_at_each_stage_for_each_person_on_it(desk: Desk) -> None:
    desk.take(contact(1, "a@acme.com"), sales_lead("00Q1", "a@acme.com"))
    desk.take(opportunity("006A", sf("00Q1"), hours=1))
    desk.take(opportunity("006A", sf("00Q1"), hours=2, stage="Negotiation"))
    lost = opportunity("006A", sf("00Q1"), hours=3, stage="Closed Lost", is_closed=True, lost_reason="Price")
    desk.take(lost)
    snapshot = desk.snapshot(hs(1))
    assert [signal.shape.attributes for signal in snapshot.signals] == [
        {"stage": "Prospecting", "outcome": "open"},
        {"stage": "Negotiation", "outcome": "open"},
        {"stage": "Closed Lost", "outcome": "lost", "reason": "Price"},
    ]
    assert [signal.occurred_at for signal in snapshot.signals] == [at(0), at(2), at(3)]
    [deal] = snapshot.opportunities
    assert (deal.is_closed, deal.is_won, deal.lost_reason) == (True, False, "Price")


def test_a_new_amount_is_no_new_fact(desk: Desk) -> None:
    desk.take(contact(1), opportunity("006A", hs(1)))
    desk.take(opportunity("006A", hs(1), hours=2, amount="100"))
    assert desk.seen(hs(1)) == [("salesforce.deal", 1)]
    assert desk.snapshot(hs(1)).opportunities[0].amount == "100"


def test_a_deal_waits_for_people_and_lets_go_of_them(desk: Desk) -> None:
    desk.take(contact(1), opportunity("006A", hs(1), hs(2)))
    desk.take(contact(2))
    assert desk.seen(hs(2)) == [("salesforce.deal", 1)]
    desk.take(opportunity("006A", hs(2), hours=2))
    assert (desk.seen(hs(1)), desk.snapshot(hs(1)).opportunities) == ([], ())
    assert desk.seen(hs(2)) == [("salesforce.deal", 1)]


def test_a_deleted_deal_takes_its_facts_back(desk: Desk) -> None:
    desk.take(contact(1), opportunity("006A", hs(1)), opportunity("006B", hs(1)))
    desk.take(removed(sf("006A", "opportunity")), opportunity("006B", hs(1), hours=60, is_removed=True))
    assert (desk.seen(hs(1)), desk.snapshot(hs(1)).opportunities) == ([], ())


def test_a_deal_of_the_company_shows_on_everybody_there(desk: Desk) -> None:
    account = sf("001A", "account")
    desk.take(contact(1, company=account), contact(2, company=account))
    desk.settle()
    desk.take(opportunity("006A", hs(1), company=account))
    assert desk.dirty() == sorted([desk.lead_of(hs(1)), desk.lead_of(hs(2))])
    assert desk.snapshot(hs(2)).account_open_deal
    desk.take(opportunity("006A", hs(1), company=account, hours=2, stage="Won", is_closed=True, is_won=True))
    snapshot = desk.snapshot(hs(2))
    assert (snapshot.account_open_deal, snapshot.account_is_customer) == (False, True)


def test_a_deal_moved_to_another_company_is_that_ones(desk: Desk) -> None:
    """Who is on it stays on it; both companies are looked at again."""
    one, other = sf("001A", "account"), sf("001B", "account")
    desk.take(contact(1, company=one), contact(2, company=other), opportunity("006A", hs(1), company=one))
    desk.settle()
    desk.take(opportunity("006A", hs(1), company=other, hours=2))
    assert desk.dirty() == sorted([desk.lead_of(hs(1)), desk.lead_of(hs(2))])
    assert [desk.snapshot(hs(number)).account_open_deal for number in (1, 2)] == [False, True]
    assert [item.ref.id for item in desk.snapshot(hs(1)).opportunities] == ["006A"]
    assert desk.seen(hs(1)) == [("salesforce.deal", 1)], "its stage is what it was"


def test_a_restored_deal_and_a_returned_person_count_again(desk: Desk) -> None:
    """What was taken back may be stated again."""
    desk.take(contact(1), opportunity("006A", hs(1)))
    desk.take(removed(sf("006A", "opportunity"), 2))
    desk.take(opportunity("006A", hs(1), hours=3))
    assert desk.seen(hs(1)) == [("salesforce.deal", 1)]
    desk.take(opportunity("006A", hours=4))
    desk.take(opportunity("006A", hs(1), hours=5))
    assert desk.seen(hs(1)) == [("salesforce.deal", 1)]


def test_a_merge_named_before_the_survivor_says_so_itself_holds(desk: Desk) -> None:
    """The removal names the survivor; its own list of merged ids may lag behind."""
    desk.take(contact(5))
    desk.take(removed(hs(5), 3, RemovalKind.MERGED, hs(20)))
    desk.take(contact(20, hours=3))
    assert desk.lead_of(hs(20)) == desk.lead_of(hs(5))
    assert desk.snapshot(hs(20)).key == "4711:5"
