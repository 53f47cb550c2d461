"""Addresses, domains and fingerprints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.jobs import normalise


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (" Ada@Acme.COM ", "ada@acme.com"),
        ("o'neill+news@acme.co.uk", "o'neill+news@acme.co.uk"),
        ("grüße@bücher.example", "grüße@xn--bcher-kva.example"),
        ("ada@bücher.de", "ada@xn--bcher-kva.de"),
        ("ada@xn--bcher-kva.de", "ada@xn--bcher-kva.de"),
        ("", ""),
        ("n/a", ""),
        ("ada@acme", ""),
        ("ada@@acme.com", ""),
        ("ada@acme..com", ""),
        (".ada@acme.com", ""),
        ("ada@-acme.com", ""),
        ("ada acme@acme.com", ""),
        ("a" * 300 + "@acme.com", ""),
        ("ada@acme.com\n", "ada@acme.com"),
        ("=cmd|'/c calc'!A1@acme.com", ""),
    ],
)
def test_an_address_is_what_both_systems_would_write_or_none(given: str, stored: str) -> None:
    assert normalise.email(given) == stored


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_and_a_result_stays_itself(text: str) -> None:
    found = normalise.email(text)
    assert normalise.email(found) == found


def test_addresses_keep_their_order_and_lose_doubles() -> None:
    assert normalise.emails(["B@x.example", "bad", "a@x.example", "b@X.example"]) == (
        "b@x.example",
        "a@x.example",
    )


def test_free_mail_stands_for_no_company() -> None:
    assert normalise.company_domains(["www.Acme.com.", "gmail.com", "localhost", "acme.com"]) == ("acme.com",)


def test_a_fingerprint_does_not_see_the_order_of_keys() -> None:
    assert normalise.fingerprint({"a": "1", "b": "2"}) == normalise.fingerprint({"b": "2", "a": "1"})
    assert normalise.fingerprint({"a": "12"}) != normalise.fingerprint({"a": "1", "2": ""})
