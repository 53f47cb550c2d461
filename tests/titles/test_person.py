"""What a person's fields say besides the title: kind of e-mail, country, direction."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.mail_domains import kind
from syncd.core.person_fields import INPUTS
from syncd.core.profile import derived

KINDS = frozenset({"business", "free", "disposable", "role", "education"})


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        # providers under many endings, internet access in many countries
        ("a@gmail.com", "free"),
        ("a@hotmail.se", "free"),
        ("a@yahoo.co.jp", "free"),
        ("a@gmx.at", "free"),
        ("a@t-online.de", "free"),
        ("a@orange.fr", "free"),
        ("a@libero.it", "free"),
        ("a@telefonica.net", "free"),
        ("a@ziggo.nl", "free"),
        ("a@comcast.net", "free"),
        ("a@btinternet.com", "free"),
        ("a@bigpond.com", "free"),
        ("a@uol.com.br", "free"),
        # throw-away mail, under its subdomains too
        ("a@yopmail.com", "disposable"),
        ("a@inbox.mailinator.com", "disposable"),
        ("a@wegwerfmail.de", "disposable"),
        # schools on four continents
        ("a@mit.edu", "education"),
        ("a@usp.edu.br", "education"),
        ("a@cam.ac.uk", "education"),
        ("a@iitb.ac.in", "education"),
        ("a@school.k12.ca.us", "education"),
        ("a@stud.uni-koeln.de", "education"),
        ("a@tum.de", "education"),
        ("a@hs-mannheim.de", "education"),
        ("a@etu.univ-lyon1.fr", "education"),
        ("a@alumnos.upm.es", "education"),
        ("a@studenti.unimi.it", "education"),
        ("a@student.kuleuven.be", "education"),
        ("a@harrowschool.org.uk", "education"),
        # role mailboxes in five languages, with a place or number beside them
        ("info@acme.com", "role"),
        ("vertrieb@acme.de", "role"),
        ("buchhaltung@acme.de", "role"),
        ("comptabilite@acme.fr", "role"),
        ("ventas@acme.es", "role"),
        ("amministrazione@acme.it", "role"),
        ("sales-emea@acme.com", "role"),
        ("office.berlin@acme.de", "role"),
        ("support2@acme.com", "role"),
        ("no-reply@acme.com", "role"),
        # people and firms that look like something else
        ("it.manager@acme.com", "business"),
        ("julia.hr@acme.com", "business"),
        ("max.mail@acme.com", "business"),
        ("a@hs-automation.de", "business"),
        ("a@uni-elektro.de", "business"),
        ("a@businessschool-books.com", "business"),
        ("a@campusbox.com", "business"),
        ("a@universal.com", "business"),
        ("a@outlook-partners.com", "business"),
    ],
)
def test_a_mail_address_tells_an_employer_from_other_things(email: str, expected: str) -> None:
    """Free, disposable and school domains are no employers; a role mailbox is nobody's own."""
    assert derived({}, (email,))["person.email_kind"] == expected


@given(st.text(max_size=80), st.text(max_size=300))
def test_any_address_is_of_one_known_kind(local: str, domain: str) -> None:
    """Hostile addresses neither raise nor invent a kind."""
    assert kind(local, domain) in KINDS


@pytest.mark.parametrize(
    ("fields", "country"),
    [
        ({"contact.country": "Deutschland"}, "DE"),
        ({"contact.country": " germany "}, "DE"),
        ({"contact.country": "de"}, "DE"),
        ({"contact.country": "Allemagne"}, "DE"),
        ({"contact.country": "U.S.A."}, "US"),
        ({"contact.country": "États-Unis"}, "US"),
        ({"contact.country": "EE. UU."}, "US"),
        ({"contact.country": "Stati Uniti d'America"}, "US"),
        ({"contact.country": "UK"}, "GB"),
        ({"contact.country": "Österreich"}, "AT"),
        ({"contact.country": "ESP"}, "ES"),
        ({"contact.country": "Pays-Bas"}, "NL"),
        ({"lead.Country": "Svizzera"}, "CH"),
        ({"sfcontact.MailingCountry": "Brasil"}, "BR"),
        ({"contact.country": "EMEA", "company.country": "France"}, "FR"),
        ({"contact.country": "Italia", "company.country": "France"}, "IT"),
        ({"contact.country": "EMEA"}, ""),
        ({"contact.country": "x" * 10_000}, ""),
        ({}, ""),
    ],
)
def test_countries_are_read_as_iso_codes(fields: Mapping[str, str], country: str) -> None:
    """Names in six languages, two- and three-letter codes; the person's own before the company's."""
    assert derived(fields, ()).get("person.country", "") == country


@pytest.mark.parametrize(
    ("source", "drill_down", "record", "lead_source", "direction"),
    [
        ("PAID_SEARCH", "", "", "", "inbound"),
        ("DIRECT_TRAFFIC", "", "IMPORT", "", "inbound"),
        ("EMAIL_MARKETING", "", "FORM", "", "inbound"),
        ("EMAIL_MARKETING", "", "", "", "inbound"),
        ("EMAIL_MARKETING", "", "IMPORT", "", "outbound"),
        ("OFFLINE", "IMPORT", "", "", "outbound"),
        ("OFFLINE", "CRM_UI", "", "", "outbound"),
        ("OFFLINE", "EXTENSION", "", "", "outbound"),
        ("OFFLINE", "SALES", "", "", "outbound"),
        ("OFFLINE", "MEETINGS", "", "", "inbound"),
        ("OFFLINE", "CONVERSATIONS", "", "", "inbound"),
        ("OFFLINE", "FORM", "", "", "inbound"),
        ("OFFLINE", "", "FORM", "", "inbound"),
        ("OFFLINE", "INTEGRATION", "", "", ""),
        ("OFFLINE", "API", "IMPORT", "", "outbound"),
        ("OFFLINE", "SALESFORCE", "", "Purchased List", "outbound"),
        ("OFFLINE", "SALESFORCE", "", "Web", "inbound"),
        ("OFFLINE", "", "", "", "outbound"),
        ("", "", "FORM", "", "inbound"),
        ("", "", "", "Cold Call", "outbound"),
        ("", "", "", "Partner Referral", ""),
        ("", "", "", "", ""),
    ],
)
def test_direction_is_who_spoke_first(
    source: str, drill_down: str, record: str, lead_source: str, direction: str
) -> None:
    """S126. The web is theirs; imports and sales tools are ours; what only passed it on says nothing."""
    fields = {
        "contact.hs_analytics_source": source,
        "contact.hs_analytics_source_data_1": drill_down,
        "contact.hs_object_source": record,
        "lead.LeadSource": lead_source,
    }
    assert derived(fields, ()).get("person.direction", "") == direction


def test_every_derived_field_says_what_it_is_read_from() -> None:
    """A field without inputs would be asked of no CRM, and stay unknown for ever."""
    everything = {
        "contact.jobtitle": "CEO",
        "contact.email": "a@acme.example",
        "contact.country": "France",
        "contact.company": "Acme",
        "lead.LeadSource": "Web",
    }
    assert set(derived(everything, ())) == set(INPUTS)
    for name, inputs in INPUTS.items():
        alone = {field: value for field, value in everything.items() if field in inputs}
        assert derived(alone, ())[name] == derived(everything, ())[name]
