"""What becomes of a value on its way into a field, and what is said about it; places as codes; amounts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from syncd.core.fitting import FieldShape, Option, Terms, fit_to_schema
from syncd.core.playbook import Ownership
from syncd.jobs import places

BERLIN = Terms("Europe/Berlin")
SCHEMA: Mapping[str, FieldShape] = {
    "Day": FieldShape("date"),
    "At": FieldShape("datetime"),
    "Staff": FieldShape("int", digits=8),
    "Email": FieldShape("email", 80),
    "Source": FieldShape(
        "picklist", values=("web", "event"), restricted=True,
        options=(Option("web", "Website"), Option("event", "Trade show")),
    ),
    "Topics": FieldShape("multipicklist", values=("Red", "Blue"), restricted=True),
    "Revenue": FieldShape("currency", scale=2),
}  # fmt: skip
MONEY = {**SCHEMA, "CurrencyIsoCode": FieldShape("picklist", values=("EUR", "USD"), restricted=True)}


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("Day", "2026-09-02T22:30:00Z", "2026-09-03"),  # the day it is in the playbook's zone
        ("Day", "2026-09-02", "2026-09-02"),  # a day is a day everywhere
        ("At", "2026-09-03", "2026-09-02T22:00:00Z"),  # its midnight there
        ("At", "2026-09-03T10:00:00+02:00", "2026-09-03T08:00:00Z"),
        ("Source", "Website", "web"),  # by its label
        ("Source", "WEB", "web"),
        ("Topics", "red; blue", "Red;Blue"),
        ("Topics", "red; green", "Red"),
    ],
)
def test_a_value_is_converted_as_the_field_wants_it(name: str, value: object, stored: object) -> None:
    """Days and moments by the zone; options by value or label."""
    assert fit_to_schema({name: value}, SCHEMA, terms=BERLIN).fields == {name: stored}


@pytest.mark.parametrize(
    ("name", "value", "code", "kept"),
    [
        ("Source", "podcast", "no_option", "podcast"),
        ("Topics", "red; green", "no_option", "green"),
        ("Staff", "123456789", "too_large", ""),
        ("Email", "dana@localhost", "no_address", ""),
        ("Nowhere", "x", "no_field", ""),
        ("Day", "soon", "no_date", ""),
    ],
)
def test_what_a_field_cannot_take_is_named_and_stops_nothing_else(
    name: str, value: object, code: str, kept: str
) -> None:
    """The value is kept for a missing option alone: that is what has to be cured."""
    found = fit_to_schema({name: value, "At": "2026-09-03T08:00:00Z"}, SCHEMA, terms=BERLIN)
    assert "At" in found.fields
    assert [(item.field, item.code, item.value) for item in found.left] == [(name, code, kept)]
    assert any(note.startswith(name) for note in found.notes)


@pytest.mark.parametrize(
    ("currency", "record", "is_new", "fields"),
    [
        ("EUR", "", True, {"Revenue": 10, "CurrencyIsoCode": "EUR"}),  # a new record says what it is in
        ("EUR", "EUR", False, {"Revenue": 10}),
        ("EUR", "USD", False, {}),  # never converted
        ("", "", True, {}),  # nobody said what it is in
        ("CHF", "", True, {}),  # the org does not have it
    ],
)
def test_an_amount_goes_only_where_its_currency_is(
    currency: str, record: str, is_new: bool, fields: Mapping[str, object]
) -> None:
    """In an org with several currencies; ten euros are not ten dollars."""
    terms = Terms(currency=currency)
    found = fit_to_schema({"Revenue": 10}, MONEY, is_new=is_new, terms=terms, record_currency=record)
    shown = {name: value for name, value in found.fields.items() if "Revenue" in found.fields}
    assert shown == fields
    assert bool(found.left) == (not fields)


def test_an_org_with_one_currency_asks_nothing() -> None:
    """The ordinary case."""
    assert fit_to_schema({"Revenue": 10}, SCHEMA, is_new=True).fields == {"Revenue": 10}


# --- places ----------------------------------------------------------------------------------------------

COUNTRY = FieldShape(
    "picklist", 10, values=("DE", "US", "CA", "KR", "GB", "IT"), restricted=True,
    options=(
        Option("DE", "Germany"), Option("US", "United States"), Option("CA", "Canada"),
        Option("KR", "Korea, Republic of"), Option("GB", "United Kingdom"), Option("IT", "Italy"),
    ),
)  # fmt: skip
STATE = FieldShape(
    "picklist", 10, restricted=True,
    options=(
        Option("CA", "California", frozenset({"US"})), Option("NY", "New York", frozenset({"US"})),
        Option("DC", "District of Columbia", frozenset({"US"})),
        Option("QC", "Quebec", frozenset({"CA"})), Option("BY", "Bayern", frozenset({"DE"})),
        Option("NW", "Nordrhein-Westfalen", frozenset({"DE"})), Option("MI", "Milano", frozenset({"IT"})),
        Option("CA", "Cagliari", frozenset({"IT"})),
    ),
)  # fmt: skip
PLACES = {"CountryCode": COUNTRY, "StateCode": STATE, "Country": FieldShape("string", 80)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Germany", "DE"), ("germany ", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"), ("DE", "DE"),
        ("deu", "DE"), ("USA", "US"), ("U.S.A.", "US"), ("United States of America", "US"),
        ("the United States", "US"), ("Südkorea", "KR"), ("Korea, Republic of", "KR"), ("England", "GB"),
        ("Narnia", ""), ("France", ""), ("EMEA", ""),
    ],
)  # fmt: skip
def test_a_country_is_known_by_any_common_name(text: str, code: str) -> None:
    """But only one that the org has, and none by guessing."""
    assert places.country_code(text, COUNTRY) == code


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("California", "US", "CA"), ("CA", "US", "CA"), ("Calif.", "US", "CA"), ("US-CA", "US", "CA"),
        ("Washington, D.C.", "US", "DC"), ("new york", "US", "NY"), ("Québec", "CA", "QC"),
        ("Bavaria", "DE", "BY"), ("Bayern", "DE", "BY"), ("NRW", "DE", "NW"),
        ("Nordrhein Westfalen", "DE", "NW"), ("CA", "IT", "CA"), ("Cagliari", "IT", "CA"),
        ("California", "DE", ""), ("Texas", "US", ""), ("Middle-earth", "US", ""),
    ],
)  # fmt: skip
def test_a_state_is_one_of_its_country(text: str, country: str, code: str) -> None:
    """The same code is another state elsewhere."""
    assert places.state_code(text, country, STATE) == code


def test_codes_take_the_place_of_names_with_their_rules() -> None:
    """Who may overwrite whom goes along."""
    rules = {"Country": Ownership.ON_CREATE, "State": Ownership.FILL_ONCE}
    found = places.coded({"Country": "Deutschland", "State": "Bavaria", "City": "Ulm"}, rules, PLACES, {})
    assert found.fields == {"CountryCode": "DE", "StateCode": "BY", "City": "Ulm"}
    assert found.rules["CountryCode"] is Ownership.ON_CREATE
    assert found.rules["StateCode"] is Ownership.FILL_ONCE


def test_a_state_follows_the_country_that_stays() -> None:
    """Sales has entered another country: a state of ours would not be one of it."""
    rules = {"Country": Ownership.FILL_ONCE, "State": Ownership.FILL_ONCE}
    fields = {"Country": "Germany", "State": "Bavaria"}
    found = places.coded(fields, rules, PLACES, {"CountryCode": "US"})
    assert "StateCode" not in found.fields
    assert [(item.field, item.value) for item in found.left] == [("State", "Bavaria")]


def test_what_is_no_place_is_left_out_and_named() -> None:
    """A state without its country too; a country without states in the org needs none."""
    found = places.coded({"Country": "Narnia", "State": "Cair"}, {}, PLACES, {})
    assert found.fields == {}
    assert [item.code for item in found.left] == ["no_country", "no_state"]
    korea = places.coded({"Country": "Korea", "State": "Seoul"}, {}, PLACES, {})
    assert (korea.fields, korea.left) == ({"CountryCode": "KR"}, ())


def test_without_picklists_of_places_names_stay_text() -> None:
    """The ordinary org."""
    fields = {"Country": "Deutschland", "State": "Bavaria"}
    assert places.coded(fields, {}, {"Country": FieldShape("string", 80)}, {}).fields == fields
