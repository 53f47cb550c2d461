"""What a person's fields say about them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from syncd.core.profile import derived


@pytest.mark.parametrize(
    ("email", "kind"),
    [
        ("dana@acme.example", "business"),
        ("Dana@ACME.example", "business"),
        ("dana+news@gmail.com", "free"),
        ("info@gmail.com", "free"),
        ("info@acme.example", "role"),
        ("sales+crm@acme.example", "role"),
        ("x@mailinator.com", "disposable"),
        ("dana@cs.stanford.edu", "education"),
        ("dana@unsw.edu.au", "education"),
        ("dana@ox.ac.uk", "education"),
        ("dana@uni-hamburg.de", "education"),
        ("dana", "none"),
        ("@acme.example", "none"),
    ],
)
def test_an_address_is_of_the_first_kind_that_holds(email: str, kind: str) -> None:
    """Disposable, free, education, role, business; what is no address is none."""
    assert derived({}, (email,))["person.email_kind"] == kind


def test_the_primary_address_counts_and_fields_stand_in_for_it() -> None:
    """`emails` comes primary first; without any the CRM's own field is read."""
    assert derived({}, ("a@one.example", "b@gmail.com"))["person.email_domain"] == "one.example"
    assert derived({"lead.Email": "a@two.example"}, ())["person.email_domain"] == "two.example"


@pytest.mark.parametrize(
    ("fields", "direction"),
    [
        ({"contact.hs_analytics_source": "ORGANIC_SEARCH"}, "inbound"),
        ({"contact.hs_analytics_source": "OFFLINE"}, "outbound"),
        (
            {"contact.hs_analytics_source": "OFFLINE", "contact.hs_analytics_source_data_1": "IMPORT"},
            "outbound",
        ),
        (
            {"contact.hs_analytics_source": "OFFLINE", "contact.hs_analytics_source_data_1": "MEETINGS"},
            "inbound",
        ),
        ({"lead.LeadSource": "Purchased List"}, "outbound"),
        ({"lead.LeadSource": "Web"}, "inbound"),
    ],
)
def test_direction_says_who_spoke_first(fields: Mapping[str, str], direction: str) -> None:
    """S126: inbound and outbound leads are told apart; imports and sales tools are ours."""
    assert derived(fields, ())["person.direction"] == direction


@pytest.mark.parametrize(
    ("fields", "email", "name"),
    [
        ({"company.name": "Acme", "contact.company": "ACME Inc"}, "a@acme.example", "Acme"),
        ({"contact.company": "ACME Inc"}, "a@acme.example", "ACME Inc"),
        ({"contact.company": "  "}, "a@acme.example", "acme.example"),
    ],
)
def test_the_company_name_falls_back_to_the_domain(fields: Mapping[str, str], email: str, name: str) -> None:
    """Salesforce wants a Company; the domain says more than a placeholder."""
    assert derived(fields, (email,))["person.company_name"] == name


def test_what_is_not_known_is_absent() -> None:
    """Absent is unknown; only the kind of e-mail can say `none`. Gmail is nobody's company."""
    assert derived({}, ()) == {"person.email_kind": "none"}
    assert "person.company_name" not in derived({}, ("dana@gmail.com",))
