"""Names, mailboxes and companies as two people would write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.likeness import Person, employers, host_of, judge
from syncd.core.mailboxes import mailbox, plain_forms
from syncd.core.names import relation


@pytest.mark.parametrize(
    ("email", "plain"),
    [
        ("dana@acme.example", "dana@acme.example"),
        ("Dana+News@Acme.example", "dana@acme.example"),
        ("d.a.n.a@acme.example", "d.a.n.a@acme.example"),
        ("d.a.n.a+x@gmail.com", "dana@gmail.com"),
        ("dana@googlemail.com", "dana@gmail.com"),
        ("+tag@acme.example", "+tag@acme.example"),
        ('"a+b"@acme.example', '"a+b"@acme.example'),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_an_address_has_the_plain_form_of_its_mailbox(email: str, plain: str) -> None:
    assert mailbox(email) == plain


def test_the_plain_forms_that_can_be_asked_for() -> None:
    """By equality: a mailbox at Gmail has two domains."""
    assert plain_forms(["d.ruiz+x@gmail.com"]) == (
        "d.ruiz+x@gmail.com",
        "druiz@gmail.com",
        "druiz@googlemail.com",
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("Dana", "Ruiz"), ("dana", "RUIZ"), "same"),
        (("José", "Núñez"), ("Jose", "Nunez"), "same"),
        (("Jürgen", "Größe"), ("Juergen", "Groesse"), "same"),
        (("Søren", "Ærø"), ("Soren", "Aero"), "same"),
        (("Łukasz", "Wąż"), ("Lukasz", "Waz"), "same"),
        (("Ana-María", "de la Cruz"), ("ana maria", "De La Cruz"), "same"),
        (("Seán", "O\u2019Brien"), ("Sean", "OBrien"), "same"),
        (("Ruiz", "Dana"), ("Dana", "Ruiz"), "swapped"),
        (("Dana", "Ruiz"), ("Dana", "Riuz"), "different"),
        (("Dana", "Ruiz"), ("D.", "Ruiz"), "different"),
        (("Dana", "Ruiz"), ("", "Ruiz"), "unknown"),
        (("Dana", ""), ("", "Ruiz"), "unknown"),
        (("", ""), ("", ""), "unknown"),
        (("Dana", "[unknown]"), ("Dana", "Ruiz"), "unknown"),
        (("Dana", "[unknown]"), ("Omar", "Ruiz"), "different"),
        (("田中", "太郎"), ("田中", "太郎"), "same"),
        (("🎉", "🎉"), ("🎉", "🎉"), "unknown"),
    ],
)
def test_how_two_names_relate(one: tuple[str, str], other: tuple[str, str], expected: str) -> None:
    assert relation(one, other) == expected
    assert relation(other, one) == expected


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.Acme.example/en?x=1", "acme.example"),
        ("acme.example", "acme.example"),
        ("http://acme.example:8080", "acme.example"),
        ("dana@acme.example", "acme.example"),
        ("Acme, the company", ""),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_a_website_or_an_address_names_a_host(text: str, host: str) -> None:
    assert host_of(text) == host


def test_free_and_school_mail_names_no_employer() -> None:
    assert employers(["gmail.com", "mailinator.com", "ox.ac.uk", "www.acme.example", "acme.example"]) == (
        "acme.example",
    )


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=60))
def test_whatever_people_type_is_judged(first: str, last: str, email: str) -> None:
    """Never an error, never more than a hundred, and a stranger is never certain."""
    person = Person(first, last, (email.lower(),), (email,), employers([email]), (last,))
    found = judge(person, {"FirstName": last, "LastName": first, "Company": email}, "near")
    assert 0 <= found.percent < 90
    assert found.word in {"likely", "unlikely"}
