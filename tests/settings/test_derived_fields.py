"""What the core works out of both CRMs' records is what a playbook may test and map, no more and no less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from syncd.core.lead import known_fields
from syncd.core.person_fields import DERIVED
from syncd.settings import check, examine
from syncd.settings import vocabulary as words
from syncd.settings.fields import SOURCE_TYPES
from tests.settings.cases import person
from tests.settings.small import HOME, edit, only

MATCH = "field: person.email_domain, in_list: competitor_domains"


def test_every_derived_field_is_known_to_the_settings_and_no_other() -> None:
    """Somebody of whom everything is known shows each of them; the settings have the same names."""
    known = person(country="Germany", hs_analytics_source="ORGANIC_SEARCH", email="dana@acme.example")
    matched = replace(known, fields={**known.fields, "account.matched_by": "domain"})
    shown = {name for name in known_fields(matched) if name.partition(".")[0] not in words.RECORDS}
    typed = {f"{part}.{name}" for part in ("person", "account") for name in SOURCE_TYPES[part]}
    assert shown == DERIVED == set(words.DERIVED) == typed


def test_values_a_derived_field_has_are_values_the_settings_know() -> None:
    """Else a test that can hold would be refused."""
    known = known_fields(person(country="Germany", hs_analytics_source="ORGANIC_SEARCH"))
    for name, value in known.items():
        allowed = words.DERIVED.get(name, frozenset())
        assert not allowed or value in allowed, name


@pytest.mark.parametrize("name", sorted(DERIVED))
def test_a_derived_field_may_be_tested_and_mapped(folder: Path, name: str) -> None:
    edit(folder, "filters.yaml", MATCH, f"field: {name}, present: true")
    edit(folder, "mapping.yaml", "from: syncd.stage", f"from: {name}")
    assert check(folder, HOME) == ()


REFUSED = [
    (
        "field: person.contry, is: de",
        "there is no field 'person.contry'; did you mean 'person.country'?",
    ),
    (
        "field: account.is_custmer, is: true",
        "there is no field 'account.is_custmer'; did you mean 'account.is_customer'?",
    ),
    ("field: acount.people, at_least: 2", "there is no field 'acount.people'; did you mean 'account.'?"),
    ("field: person.country, is: Germany", "person.country is never 'Germany'"),
    ("field: account.matched_by, is: domian", "account.matched_by is never 'domian'; did you mean 'domain'?"),
]


@pytest.mark.parametrize(("test", "message"), REFUSED)
def test_a_field_or_value_that_cannot_be_is_refused_with_the_nearest(
    folder: Path, test: str, message: str
) -> None:
    edit(folder, "filters.yaml", MATCH, test)
    assert only(folder).message == message


def test_a_country_is_named_in_either_case(folder: Path) -> None:
    edit(folder, "filters.yaml", MATCH, "field: person.country, is: [de, AT, no]")
    assert check(folder, HOME) == ()


def test_an_example_may_say_what_is_known_of_the_company(folder: Path) -> None:
    """A rule on the company would have no example otherwise."""
    edit(folder, "filters.yaml", MATCH, "field: account.has_open_deal, is: true")
    edit(folder, "examples.yaml", "contact.jobtitle: Clerk,", "account.has_open_deal: true,")
    edit(folder, "examples.yaml", "gives: near_sql", "filtered: rival")
    assert [str(item) for item in examine(folder, HOME) if item.level == "error"] == []
