"""Which company somebody belongs to: as a record says, else by the mail's domain, else by the exact name."""

from __future__ import annotations

import pytest

from syncd.core.names import company_key
from tests.ingest.world import Desk, company, contact, hs, sales_lead, sf


def way(desk: Desk, number: int) -> str:
    return desk.snapshot(hs(number)).fields.get("account.matched_by", "")


def test_company_fields_reach_a_person_matched_by_domain(desk: Desk) -> None:
    """Fit is inherited, and the way is shown."""
    desk.take(company("9", "acme.example"), contact(1, "ann@acme.example"))
    fields = desk.snapshot(hs(1)).fields
    assert fields["company.industry"] == "Software"
    assert fields["account.matched_by"] == "domain"


def test_an_association_counts_before_the_domain(desk: Desk) -> None:
    desk.take(company("9", "acme.example"), company("8", "other.example"))
    desk.take(contact(1, "ann@acme.example", company=hs(8, "company")))
    assert way(desk, 1) == "association"
    assert desk.snapshot(hs(1)).fields["company.domain"] == "other.example"
    desk.take(contact(1, "ann@acme.example", hours=1))
    assert way(desk, 1) == "domain"
    assert desk.snapshot(hs(1)).fields["company.domain"] == "acme.example"


@pytest.mark.parametrize("address", ["ann@gmail.com", "ann@comcast.net", "ann@mailinator.com", "ann@mit.edu"])
def test_free_provider_and_school_mail_says_nothing_of_an_employer(desk: Desk, address: str) -> None:
    desk.take(company("9", address.partition("@")[2]), contact(1, address))
    assert way(desk, 1) == ""


def test_the_exact_name_matches_when_the_domain_does_not(desk: Desk) -> None:
    """Legal form, case and punctuation do not count; a part of a name does not match."""
    desk.take(company("9", "acme.example", name="Acme Robotics GmbH"))
    desk.take(
        contact(1, "ann@gmail.com", props={"company": "ACME Robotics"}),
        contact(2, "bob@gmail.com", props={"company": "Acme"}),
        sales_lead("00Q1", "cid@gmail.com", props={"Company": "Acme-Robotics, Inc."}),
    )
    assert (way(desk, 1), way(desk, 2)) == ("name", "")
    assert desk.snapshot(sf("00Q1")).fields["account.matched_by"] == "name"


def test_a_domain_of_two_companies_matches_nobody(desk: Desk) -> None:
    """Nothing is guessed; when one of them changes its domain, the other is meant."""
    desk.take(company("8", "acme.example"), company("9", "acme.example"), contact(1, "ann@acme.example"))
    assert way(desk, 1) == ""
    desk.settle()
    desk.take(company("9", "moved.example", hours=1))
    assert way(desk, 1) == "domain"
    assert desk.dirty() == [desk.lead_of(hs(1))]


def test_a_company_that_comes_later_takes_in_who_waited(desk: Desk) -> None:
    """Both orders of arrival end the same, and whoever is concerned is looked at again."""
    desk.take(contact(1, "ann@acme.example"), contact(2, "bob@gmail.com", props={"company": "Acme"}))
    desk.settle()
    desk.take(company("9", "acme.example", name="Acme Ltd"))
    assert (way(desk, 1), way(desk, 2)) == ("domain", "name")
    assert desk.dirty() == sorted([desk.lead_of(hs(1)), desk.lead_of(hs(2))])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"),
        ("Acme, Inc.", "acme"),
        ("ACME S.A.", "acme"),
        ("AG", "ag"),
        ("  ", ""),
    ],
)
def test_a_name_is_normalised(name: str, expected: str) -> None:
    assert company_key(name) == expected
