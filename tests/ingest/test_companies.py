"""One account per company across both systems."""

from __future__ import annotations

from syncd.core.model import Ref, System
from syncd.ports import Removal, RemovalKind
from tests.ingest.world import Desk, at, company, contact, hs, sf


def account_of(desk: Desk, ref: Ref) -> int:
    found = [row[3] for row in desk.content()["account_links"] if row[:3] == (ref.system, ref.object, ref.id)]
    return int(found[0])


def test_a_company_and_an_account_of_one_domain_are_one(desk: Desk) -> None:
    desk.take(company("77", "www.Acme.com"), company("001A", "acme.com", system=System.SALESFORCE))
    assert account_of(desk, hs("77", "company")) == account_of(desk, sf("001A", "account"))


def test_a_free_mail_domain_joins_nobody(desk: Desk) -> None:
    desk.take(company("77", "gmail.com"), company("001A", "gmail.com", system=System.SALESFORCE))
    assert account_of(desk, hs("77", "company")) != account_of(desk, sf("001A", "account"))


def test_two_companies_of_one_system_stay_two(desk: Desk) -> None:
    """A duplicate there is theirs to merge; then a third cannot tell which of the two it is."""
    desk.take(company("77", "acme.com"), company("78", "acme.com"))
    desk.take(company("001A", "acme.com", system=System.SALESFORCE))
    found = {
        account_of(desk, ref) for ref in (hs("77", "company"), hs("78", "company"), sf("001A", "account"))
    }
    assert len(found) == 3


def test_a_mentioned_company_joins_its_account_when_it_is_read(desk: Desk) -> None:
    """The person named it first; then Salesforce's account came; then the company itself with its domain."""
    desk.take(contact(1, company=hs("77", "company")))
    desk.take(company("001A", "acme.com", system=System.SALESFORCE))
    desk.take(company("77", "acme.com"))
    assert account_of(desk, hs("77", "company")) == account_of(desk, sf("001A", "account"))
    assert desk.snapshot(hs(1)).fields["company.domain"] == "acme.com"


def test_hubspots_name_stays_whichever_is_read_last(desk: Desk) -> None:
    desk.take(contact(1, company=hs("77", "company")), company("77", "acme.com", name="Acme"))
    desk.take(company("001A", "acme.com", system=System.SALESFORCE, name="ACME INC (old)"))
    assert desk.snapshot(hs(1)).fields["company.name"] == "Acme"


def test_a_changed_company_makes_its_people_dirty_and_an_unchanged_one_nobody(desk: Desk) -> None:
    desk.take(contact(1, company=hs("77", "company")), company("77", "acme.com"))
    desk.settle()
    assert desk.take(company("77", "acme.com", hours=2)).changed == 0
    assert desk.dirty() == []
    desk.take(company("77", "acme.com", hours=3, properties={"industry": "Retail"}))
    assert desk.dirty() == [desk.lead_of(hs(1))]


def test_merged_companies_are_one_account(desk: Desk) -> None:
    desk.take(contact(1, company=hs("77", "company")), contact(2, company=hs("78", "company")))
    desk.take(company("90", "acme.com", merged_ids=("77", "78")))
    assert desk.snapshot(hs(1)).account_people == 1
    assert account_of(desk, hs("78", "company")) == account_of(desk, hs("90", "company"))


def test_a_company_merged_by_removal_moves_its_people(desk: Desk) -> None:
    desk.take(contact(1, company=hs("77", "company")), company("77", "a.example"), company("78", "b.example"))
    desk.take(Removal(hs("77", "company"), RemovalKind.MERGED, at(50), hs("78", "company")))
    assert desk.snapshot(hs(1)).fields["company.name"] == "Company 78"


def test_an_account_merged_into_one_not_read_yet_is_that_one(desk: Desk) -> None:
    """People and deals are the winner's once it is read, and no second company is made of it."""
    loser, winner = sf("001A", "account"), sf("001B", "account")
    desk.take(contact(1, company=loser), company("001A", "a.example", system=System.SALESFORCE))
    desk.take(Removal(loser, RemovalKind.MERGED, at(50), winner))
    desk.take(company("001B", "b.example", system=System.SALESFORCE, hours=60))
    assert [item.ref for item in desk.snapshot(hs(1)).account_records] == [winner]
    assert account_of(desk, loser) == account_of(desk, winner)


def test_a_chain_of_account_merges_in_one_page_ends_at_the_last(desk: Desk) -> None:
    """In whatever order they come."""
    refs = [sf(f"001{letter}", "account") for letter in "BAC"]
    for number, ref in enumerate(refs):
        name = ref.id
        desk.take(contact(number, company=ref), company(name, f"{name}.example", system=System.SALESFORCE))
    first, second, last = refs
    desk.take(
        Removal(first, RemovalKind.MERGED, at(50), second), Removal(second, RemovalKind.MERGED, at(51), last)
    )
    for number in range(3):
        assert [item.ref for item in desk.snapshot(hs(number)).account_records] == [last]
        assert desk.snapshot(hs(number)).account_people == 2


def test_an_archived_company_describes_nobody(desk: Desk) -> None:
    desk.take(contact(1, company=hs("77", "company")), company("77", "acme.com"))
    desk.settle()
    desk.take(Removal(hs("77", "company"), RemovalKind.ARCHIVED, at(50)))
    assert "company.industry" not in desk.snapshot(hs(1)).fields
    assert desk.dirty() == [desk.lead_of(hs(1))]


def test_a_customers_account_shows_on_its_people(desk: Desk) -> None:
    desk.take(contact(1, company=sf("001A", "account")))
    bought = company("001A", system=System.SALESFORCE, properties={"Type": "Customer - Direct"})
    desk.take(bought)
    assert desk.snapshot(hs(1)).account_is_customer
