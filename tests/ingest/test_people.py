"""Whose record is it: linking, adoption, merges, addresses, echoes."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.model import System
from syncd.store import people, work
from syncd.store.tables import leads
from tests.ingest.world import (
    KEY_FIELD,
    PORTAL,
    Desk,
    at,
    call,
    company,
    contact,
    hs,
    opens,
    sales_contact,
    sales_lead,
    sf,
)


def test_a_contact_makes_a_lead_with_the_key_of_its_number(desk: Desk) -> None:
    """`<portal>:<n>` is computed from HubSpot ids alone."""
    count = desk.take(contact(12, "ada@acme.com"))
    assert desk.living() == [(desk.lead_of(hs(12)), f"{PORTAL}:12")]
    assert (count.leads_created, count.changed) == (1, 1)


def test_the_key_is_the_smallest_of_the_number_and_those_merged(desk: Desk) -> None:
    """So it is the same after a merge and after restoring a backup. Numbers, not text: 9 is before 12."""
    desk.take(contact(40, "ada@acme.com", merged_ids=("12", "9")))
    assert desk.snapshot(hs(40)).key == f"{PORTAL}:9"


def test_reading_a_page_again_writes_nothing(desk: Desk) -> None:
    """A pull begun again from a stored cursor reads known records: no row may change, nobody gets dirty."""
    page = [
        contact(1, "a@acme.com", counters=(opens(3),)),
        contact(2, "b@acme.com"),
        sales_lead("00Q1", "a@acme.com"),
    ]
    desk.take(*page)
    desk.settle()
    before = desk.content()
    desk.clock.moment = at(200)
    count = desk.take(*page)
    assert desk.content() == before
    assert (count.changed, count.unchanged) == (0, 3)


def test_our_own_write_back_does_not_make_a_lead_dirty(desk: Desk) -> None:
    """HubSpot bumps the date on our write; the echo is stored and nobody is evaluated for it."""
    desk.take(contact(1, "a@acme.com", props={"syncd_stage": "mql"}))
    desk.settle()
    echo = contact(1, "a@acme.com", hours=2, props={"syncd_stage": "sql", "lastmodifieddate": "x"})
    assert desk.take(echo).changed == 0
    assert desk.dirty() == []
    assert desk.snapshot(hs(1)).fields["contact.syncd_stage"] == "sql"


def test_a_changed_property_makes_the_lead_dirty(desk: Desk) -> None:
    desk.take(contact(1, "a@acme.com"), contact(2))
    desk.settle()
    desk.take(contact(1, "a@acme.com", hours=1, props={"jobtitle": "CMO"}), contact(2))
    assert desk.dirty() == [desk.lead_of(hs(1))]
    assert desk.snapshot(hs(1)).fields["contact.jobtitle"] == "CMO"


def test_an_older_copy_changes_nothing(desk: Desk) -> None:
    """Search lags behind the list: a copy older than what is stored is the index speaking."""
    desk.take(contact(1, hours=5, props={"jobtitle": "CMO"}))
    before = desk.content()
    desk.take(contact(1, hours=4, props={"jobtitle": "Intern"}))
    assert desk.content() == before


# --- Salesforce records ----------------------------------------------------------------------------------


def test_a_salesforce_lead_with_the_same_address_is_the_same_person(desk: Desk) -> None:
    desk.take(contact(1, "ada@acme.com"))
    desk.take(sales_lead("00Q1", "ADA@acme.com "))
    snapshot = desk.snapshot(sf("00Q1"))
    assert snapshot.hubspot == hs(1)
    assert [record.ref for record in snapshot.sales_records] == [sf("00Q1")]


def test_two_salesforce_leads_with_one_address_are_both_kept(desk: Desk) -> None:
    """Twins: both belong to the person, whichever came first; which one to use is decided later."""
    desk.take(sales_lead("00Q1", "ada@acme.com"))
    desk.take(contact(1, "ada@acme.com"))
    desk.take(sales_lead("00Q2", "ada@acme.com"))
    refs = [record.ref for record in desk.snapshot(hs(1)).sales_records]
    assert refs == [sf("00Q1"), sf("00Q2")]
    assert len(desk.living()) == 1


def test_a_person_only_salesforce_knows_has_no_key_until_hubspot_knows_them(desk: Desk) -> None:
    """Adopted by the contact with the same address: same lead, now with a key."""
    desk.take(sales_lead("00Q1", "ada@acme.com"))
    assert desk.snapshot(sf("00Q1")).key is None
    lead_id = desk.lead_of(sf("00Q1"))
    desk.take(contact(7, "ada@acme.com"))
    assert desk.lead_of(hs(7)) == lead_id
    assert desk.snapshot(hs(7)).key == f"{PORTAL}:7"


def test_a_contact_with_two_addresses_adopts_both_salesforce_people(desk: Desk) -> None:
    desk.take(sales_lead("00Q1", "ada@acme.com"), sales_contact("003A", "ada@home.example"))
    assert len(desk.living()) == 2
    desk.take(contact(7, "ada@acme.com", "ada@home.example"))
    assert len(desk.living()) == 1
    assert len(desk.snapshot(hs(7)).sales_records) == 2


def test_a_shared_mailbox_links_nobody(desk: Desk) -> None:
    """An address of several leads is ambiguous: the Salesforce record stands alone until somebody decides."""
    desk.take(contact(1, "info@acme.com"), contact(2, "ben@acme.com", "info@acme.com"))
    desk.take(sales_lead("00Q1", "info@acme.com"))
    assert desk.lead_of(sf("00Q1")) not in {desk.lead_of(hs(1)), desk.lead_of(hs(2))}


def test_two_contacts_never_share_a_lead_though_they_share_an_address(desk: Desk) -> None:
    desk.take(sales_lead("00Q1", "info@acme.com"))
    desk.take(contact(1, "info@acme.com"))
    desk.take(contact(2, "info@acme.com"))
    assert desk.lead_of(hs(1)) != desk.lead_of(hs(2))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(1))


def test_an_invalid_address_links_nobody(desk: Desk) -> None:
    """It stays in the record's properties as it was given."""
    desk.take(contact(1, "n/a", props={"email": "n/a"}))
    desk.take(sales_lead("00Q1", "n/a"))
    assert desk.lead_of(hs(1)) != desk.lead_of(sf("00Q1"))
    assert desk.snapshot(hs(1)).fields["contact.email"] == "n/a"


def test_our_key_on_a_record_decides_against_its_address(desk: Desk) -> None:
    """What we stamped is ours, even when the address now points elsewhere."""
    desk.take(contact(1, "ada@acme.com"), contact(2, "ben@acme.com"))
    desk.take(sales_lead("00Q1", "ben@acme.com", props={KEY_FIELD: f"{PORTAL}:1"}))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(1))


def test_a_record_stamped_later_moves_to_the_lead_of_the_key(desk: Desk) -> None:
    """A shared mailbox left it alone; a person decided, the hand-off stamped it, the next read follows."""
    desk.take(contact(1, "info@acme.com"), contact(2, "info@acme.com"))
    desk.take(sales_lead("00Q1", "info@acme.com"))
    alone = desk.lead_of(sf("00Q1"))
    desk.take(sales_lead("00Q1", "info@acme.com", hours=1, props={KEY_FIELD: f"{PORTAL}:2"}))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(2)) != alone
    assert len(desk.living()) == 2


def test_a_record_that_a_delivery_linked_brings_its_past_along(desk: Desk) -> None:
    """It stood alone with its tasks; a person chose it, the hand-off linked and stamped it."""
    desk.take(contact(1, "info@acme.com"), contact(2, "info@acme.com"), sales_lead("00Q1", "info@acme.com"))
    desk.take(call("c1", sf("00Q1")))
    with desk.store.write(None) as tx:
        people.save_links(tx, [people.Link(sf("00Q1"), desk.lead_of(hs(2)), linked_by="key")])
    desk.take(sales_lead("00Q1", "info@acme.com", hours=1, props={KEY_FIELD: f"{PORTAL}:2"}))
    assert desk.seen(hs(2)) == [("hubspot.call", 1)]
    assert len(desk.living()) == 2


def test_a_salesforce_person_whose_address_is_corrected_is_found(desk: Desk) -> None:
    desk.take(contact(1, "ada@acme.com"), sales_lead("00Q1", "typo@acme.com"))
    assert len(desk.living()) == 2
    desk.take(sales_lead("00Q1", "ada@acme.com", hours=1))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(1))


def test_a_key_moves_a_record_from_one_contact_to_another_with_its_address(desk: Desk) -> None:
    desk.take(contact(1, "a@acme.com"), contact(2, "b@acme.com"), sales_lead("00Q1", "a@acme.com"))
    desk.settle()
    desk.take(sales_lead("00Q1", "a@acme.com", hours=1, props={KEY_FIELD: f"{PORTAL}:2"}))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(2))
    assert desk.snapshot(hs(2)).emails == ("b@acme.com", "a@acme.com")
    assert desk.dirty() == sorted([desk.lead_of(hs(1)), desk.lead_of(hs(2))])


def test_a_stamped_record_read_before_its_contact_finds_it(desk: Desk) -> None:
    """A store begun anew: Salesforce still carries our keys."""
    desk.take(sales_lead("00Q1", props={KEY_FIELD: f"{PORTAL}:5"}))
    desk.take(contact(9, "x@acme.com", merged_ids=("5",)))
    assert desk.lead_of(hs(9)) == desk.lead_of(sf("00Q1"))
    assert desk.snapshot(hs(9)).key == f"{PORTAL}:5"


def test_another_portals_key_is_not_ours(desk: Desk) -> None:
    desk.take(contact(5, "ada@acme.com"))
    desk.take(sales_lead("00Q1", "ben@acme.com", props={KEY_FIELD: "999:5"}))
    assert desk.lead_of(sf("00Q1")) != desk.lead_of(hs(5))


def test_the_native_syncs_ids_link_without_an_address(desk: Desk) -> None:
    """`salesforceleadid` names the record, whichever of the two is read first."""
    desk.take(contact(1, same_as=(sf("00Q1"),)))
    desk.take(sales_lead("00Q1", "other@acme.com"))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(1))
    desk.take(sales_lead("00Q2"))
    desk.take(contact(2, same_as=(sf("00Q2"),)))
    assert desk.lead_of(sf("00Q2")) == desk.lead_of(hs(2))


def test_a_converted_lead_leads_on_to_its_contact(desk: Desk) -> None:
    """The Contact a Lead became is the same person without any address."""
    desk.take(contact(1, "ada@acme.com"), sales_lead("00Q1", "ada@acme.com"))
    converted = sales_lead(
        "00Q1", "ada@acme.com", hours=2, props={"IsConverted": "true"}, same_as=(sf("003A", "contact"),)
    )
    desk.take(converted)
    desk.take(sales_contact("003A", "ada.new@acme.com", hours=2))
    snapshot = desk.snapshot(hs(1))
    assert {record.ref for record in snapshot.sales_records} == {sf("00Q1"), sf("003A", "contact")}


# --- HubSpot merges --------------------------------------------------------------------------------------


def test_a_merge_brings_everything_of_both_under_the_smaller_key(desk: Desk) -> None:
    """HubSpot answers with a new id; nothing is lost and the key of the older contact stays."""
    desk.take(contact(5, "ada@acme.com", counters=(opens(3),)), contact(9, "ada@home.example"))
    desk.take(sales_lead("00Q9", "ada@home.example"))
    merged = contact(
        20, "ada@acme.com", "ada@home.example", hours=3, merged_ids=("5", "9"), counters=(opens(4, 3),)
    )
    assert desk.take(merged).leads_merged == 1
    snapshot = desk.snapshot(hs(20))
    assert snapshot.key == f"{PORTAL}:5"
    assert [record.ref for record in snapshot.sales_records] == [sf("00Q9")]
    assert desk.seen(hs(20)) == [("hubspot.email_open", 3), ("hubspot.email_open", 1)]
    assert desk.lead_of(hs(5)) == desk.lead_of(hs(9)) == desk.lead_of(hs(20))


def test_a_merge_of_a_merge_keeps_the_first_key(desk: Desk) -> None:
    """The chain is followed though the last record names only the one before."""
    desk.take(contact(5), contact(9), contact(11))
    desk.take(contact(20, hours=1, merged_ids=("5", "9")))
    desk.take(contact(30, hours=2, merged_ids=("20", "11")))
    assert desk.snapshot(hs(30)).key == f"{PORTAL}:5"
    assert len(desk.living()) == 1
    assert {desk.lead_of(hs(number)) for number in (5, 9, 11, 20, 30)} == {desk.living()[0][0]}


def test_a_merged_contact_read_late_stays_merged(desk: Desk) -> None:
    """The index may still show the old record for a while."""
    desk.take(contact(5), contact(9))
    desk.take(contact(20, hours=1, merged_ids=("5", "9")))
    before = desk.content()
    desk.take(contact(9, hours=2, props={"jobtitle": "CMO"}))
    assert desk.content() == before


def test_a_key_handed_over_once_stays_though_a_smaller_number_appears(desk: Desk) -> None:
    """The Salesforce record carries it; lowering it would make a second record."""
    desk.take(contact(9, "ada@acme.com"))
    with desk.store.write(None) as tx:
        tx.execute(leads.update().values(pass_number=1))
    desk.take(contact(20, "ada@acme.com", hours=1, merged_ids=("5", "9")))
    assert desk.snapshot(hs(20)).key == f"{PORTAL}:9"


# --- addresses and companies -----------------------------------------------------------------------------


def test_an_address_moves_with_its_record(desk: Desk) -> None:
    """It left the first contact for the second: a Salesforce record with it now belongs to the second."""
    desk.take(contact(1, "ada@acme.com"), contact(2, "x@acme.com"))
    desk.take(contact(1, "new@acme.com", hours=1), contact(2, "ada@acme.com", hours=1))
    desk.take(sales_lead("00Q1", "ada@acme.com"))
    assert desk.lead_of(sf("00Q1")) == desk.lead_of(hs(2))
    assert desk.snapshot(hs(1)).emails == ("new@acme.com",)


def test_an_address_stays_while_a_twin_has_it(desk: Desk) -> None:
    desk.take(
        contact(1, "ada@acme.com"), sales_lead("00Q1", "ada@acme.com"), sales_lead("00Q2", "ada@acme.com")
    )
    desk.take(sales_lead("00Q1", "ada@new.example", hours=1))
    desk.take(contact(1, hours=1))
    desk.take(sales_lead("00Q3", "ada@acme.com"))
    assert desk.lead_of(sf("00Q3")) == desk.lead_of(hs(1))


def test_the_first_valid_address_comes_first(desk: Desk) -> None:
    desk.take(contact(1, "n/a", "Zoe@Acme.com", "a@acme.com"))
    assert desk.snapshot(hs(1)).emails == ("zoe@acme.com", "a@acme.com")


def test_a_person_belongs_to_the_company_they_name_before_it_is_read(desk: Desk) -> None:
    desk.take(contact(1, company=hs("77", "company")))
    desk.take(company("77", "acme.com"))
    assert desk.snapshot(hs(1)).fields["company.industry"] == "Software"


def test_the_contacts_company_counts_before_salesforces_account(desk: Desk) -> None:
    account = company("001A", "other.example", system=System.SALESFORCE)
    desk.take(company("77", "acme.com"), account)
    desk.take(sales_contact("003A", "ada@acme.com", company=account.ref))
    assert "company.industry" not in desk.snapshot(sf("003A", "contact")).fields
    desk.take(contact(1, "ada@acme.com", company=hs("77", "company")))
    assert desk.snapshot(hs(1)).fields["company.industry"] == "Software"


def test_a_new_colleague_makes_the_others_dirty(desk: Desk) -> None:
    """Account signals of the others may change by it."""
    desk.take(contact(1, company=hs("77", "company")))
    desk.settle()
    desk.take(contact(2, company=hs("77", "company")))
    assert desk.dirty() == sorted([desk.lead_of(hs(1)), desk.lead_of(hs(2))])
    assert desk.snapshot(hs(1)).account_people == 1


# --- counters and watched properties ---------------------------------------------------------------------


def test_a_counter_counts_in_full_once_and_then_by_its_raises(desk: Desk) -> None:
    desk.take(contact(1, counters=(opens(3, 1),)))
    desk.take(contact(1, hours=2, counters=(opens(5, 2),)))
    desk.take(contact(1, hours=3, counters=(opens(5, 2),), props={"jobtitle": "CMO"}))
    assert desk.seen(hs(1)) == [("hubspot.email_open", 3), ("hubspot.email_open", 2)]


def test_a_counter_that_falls_takes_nothing_back_and_counts_nothing_twice(desk: Desk) -> None:
    """Vendors recompute totals; what happened, happened."""
    desk.take(contact(1, counters=(opens(5, 1),)))
    desk.take(contact(1, hours=2, counters=(opens(2, 1),)))
    desk.take(contact(1, hours=3, counters=(opens(6, 3),)))
    assert desk.seen(hs(1)) == [("hubspot.email_open", 5), ("hubspot.email_open", 1)]


def test_a_watched_property_that_changes_is_a_fact_with_its_reason(desk: Desk) -> None:
    desk.take(sales_lead("00Q1"))
    refused = {"Status": "Unqualified", "Disqualification_Reason__c": "No Budget"}
    desk.take(sales_lead("00Q1", hours=4, props=refused))
    [signal] = desk.snapshot(sf("00Q1")).signals
    assert signal.shape.source == "salesforce.lead_change"
    assert signal.shape.attributes == {
        "property": "Status",
        "value": "Unqualified",
        "from": "New",
        "reason": "No Budget",
    }
    assert signal.occurred_at == at(4)


def test_first_values_are_facts_only_of_records_made_after_the_baseline(desk: Desk) -> None:
    """Of an older record nobody knows when the value was set; of a new one it was since."""
    with desk.store.write(None) as tx:
        work.set_meta_at(tx, "baseline_at", at(10))
    old = sales_lead("00Q1", hours=20, props={"Status": "Working"})
    desk.take(old, replace(old, ref=sf("00Q2"), created_at=at(19)))
    assert desk.seen(sf("00Q1")) == []
    assert desk.seen(sf("00Q2")) == [("salesforce.lead_change", 1)]


def test_what_only_we_write_is_no_fact_though_watched(desk: Desk) -> None:
    desk.take(sales_lead("00Q1", props={"Syncd_Score__c": "10"}))
    desk.take(sales_lead("00Q1", hours=1, props={"Syncd_Score__c": "20", "Title": "x"}))
    assert desk.seen(sf("00Q1")) == []


def test_no_personal_value_enters_a_shape(desk: Desk) -> None:
    """Shapes outlive an erasure."""
    desk.take(contact(1, props={"email": "a@acme.com"}))
    desk.take(contact(1, hours=1, props={"email": "b@acme.com"}))
    [signal] = desk.snapshot(hs(1)).signals
    assert signal.shape.attributes == {"property": "email"}
