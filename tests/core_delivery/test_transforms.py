"""What each transform makes of a text, case by case; and telephone numbers against libphonenumber."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from syncd.core.phones import _BY_COUNTRY, e164
from syncd.core.playbook import FieldMap
from syncd.core.transforms import MEANINGS, apply
from syncd.core.values import TIME_ZONE, render
from tests.core_delivery.builders import snapshot, with_fields

CASES = [
    ("lower", "ACME GmbH", "acme gmbh"),
    ("lower", "ÄÖÜ", "äöü"),
    ("upper", "de", "DE"),
    ("title_case", "dana RUIZ", "Dana Ruiz"),
    ("title_case", "jean-luc o'neill", "Jean-Luc O'Neill"),
    ("title_case", "McKay", "McKay"),  # somebody took care
    ("digits", "+49 (30) 12-34", "49301234"),
    ("digits", "٠١٢", "012"),
    ("digits", "none", ""),
    ("domain", "dana@Acme.example", "acme.example"),
    ("domain", "https://www.acme.example/path?x=1#y", "acme.example"),
    ("domain", "acme.example:8080", "acme.example"),
    ("domain", "http://dana@acme.example/", ""),  # a name in front of a host is no address of a page
    ("domain", "https://münchen.example", "xn--mnchen-3ya.example"),
    ("domain", "just words", ""),
    ("domain", "localhost", ""),
    ("domain", "a..b", ""),
    ("first_name", "Dana Ruiz", "Dana"),
    ("first_name", "Ludwig van Beethoven", "Ludwig"),
    ("first_name", "Ruiz, Dana Maria", "Dana Maria"),
    ("first_name", "Ruiz", ""),
    ("last_name", "Dana Ruiz", "Ruiz"),
    ("last_name", "Ludwig van Beethoven", "van Beethoven"),
    ("last_name", "Ruiz, Dana Maria", "Ruiz"),
    ("last_name", "Ruiz", "Ruiz"),
    ("last_name", "Anna Maria Müller", "Müller"),
    ("date", "2026-09-03", "2026-09-03"),
    ("date", "03.09.2026", "2026-09-03"),
    ("date", "2026-09-02T22:30:00Z", "2026-09-03"),  # the day it is in Berlin
    ("date", "1788393600000", "2026-09-03"),  # midnight as HubSpot stores a day
    ("date", "1788474600000", "2026-09-04"),  # a moment, late in the evening of the day before in UTC
    ("date", "03/04/2026", ""),  # two days
    ("date", "soon", ""),
]


@pytest.mark.parametrize(("name", "text", "shown"), CASES)
def test_a_transform_has_one_plain_meaning(name: str, text: str, shown: str) -> None:
    """One line per case; blank where the text is not of its kind."""
    assert apply((name,), text, time_zone="Europe/Berlin") == shown


PHONES = [
    ("+49 (0)30 123-456", "", "+4930123456"),
    ("0049 30 123456", "", "+4930123456"),
    ("+0049 30 123456", "", "+4930123456"),
    ("030/123456", "DE", "+4930123456"),
    ("030 123456", "", ""),  # whose 030?
    ("30 123456", "DE", ""),  # local, or a country code without its plus
    ("(415) 555-2671", "US", "+14155552671"),
    ("1-415-555-2671", "US", "+14155552671"),
    ("011 49 30 123456", "US", "+4930123456"),
    ("06 1234567", "IT", "+39061234567"),  # Italy keeps its zero
    ("+39 06 1234567", "IT", "+39061234567"),
    ("٠٣٠١٢٣٤٥٦", "DE", "+4930123456"),
    ("030 123456 ext. 12", "DE", ""),  # half of it is no number to call
    ("030 123456/7", "DE", ""),
    ("call me", "DE", ""),
    ("110", "DE", ""),
    ("+1", "US", ""),
    ("", "DE", ""),
    ("=1+1", "DE", ""),
]


@pytest.mark.parametrize(("text", "country", "shown"), PHONES)
def test_a_number_becomes_one_form_or_stays(text: str, country: str, shown: str) -> None:
    """A wrong number is worse than an untidy one."""
    assert e164(text, country) == shown
    assert apply(("phone",), text, country=country) == (shown or text.strip())


@pytest.mark.parametrize("country", sorted(_BY_COUNTRY))
def test_no_number_is_made_into_another_one(country: str) -> None:
    """Against libphonenumber: example numbers of every country, in every way of writing."""
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
        example = phonenumbers.example_number_for_type(country, kind)
        if example is None:
            continue
        wanted = phonenumbers.format_number(example, PhoneNumberFormat.E164)
        for form in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164, PhoneNumberFormat.RFC3966):
            assert e164(phonenumbers.format_number(example, form), country) == wanted
        at_home = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
        assert e164(at_home, country) in {wanted, ""}


@given(st.text(max_size=80), st.sampled_from(["", "DE", "US", "IT", "RU"]))
def test_whatever_is_typed_gives_digits_or_nothing(text: str, country: str) -> None:
    """Never an exception, never half a number."""
    found = e164(text, country)
    assert not found or (found[0] == "+" and found[1:].isascii() and found[1:].isdigit())


@given(st.sampled_from(sorted(MEANINGS)), st.text(max_size=80))
def test_no_text_breaks_a_transform(name: str, text: str) -> None:
    """Strangers type the text."""
    assert isinstance(apply((name,), text), str)


def test_a_blank_result_is_stood_in_for_by_the_fallback() -> None:
    """A text that is none of its kind is no value; plain text of the playbook is never transformed."""
    found = snapshot(fields=with_fields(contact__website="just words"))
    field_map = FieldMap("Website", "contact.website", transforms=("domain",), fallback="=Unknown Site")
    assert render(field_map, found, {}) == "Unknown Site"
    by_mail = FieldMap("Website", "contact.website", transforms=("domain",), fallback="contact.email")
    with_mail = snapshot(fields=with_fields(contact__website="", contact__email="d@acme.example"))
    assert render(by_mail, with_mail, {}) == "acme.example"


def test_a_number_is_read_by_the_country_of_the_person() -> None:
    """And several transforms act in their order."""
    found = snapshot(fields=with_fields(contact__phone="030 123456", contact__name="RUIZ, DANA"))
    values = {"person.country": "DE", TIME_ZONE: "Europe/Berlin"}
    assert render(FieldMap("Phone", "contact.phone", transforms=("phone",)), found, values) == "+4930123456"
    both = FieldMap("FirstName", "contact.name", transforms=("first_name", "title_case"))
    assert render(both, found, values) == "Dana"


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_what_comes_out_is_inert(name: str) -> None:
    """A formula does not come about by shaping either."""
    found = snapshot(fields=with_fields(contact__message="x, =HYPERLINK(1)"))
    shown = render(FieldMap("T", "contact.message", transforms=(name,)), found, {})
    assert not str(shown or "").startswith("=")
