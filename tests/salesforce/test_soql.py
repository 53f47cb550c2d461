"""Query text: names are names, values are quoted, and nothing else gets in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce.format import quote_soql_value

from syncd.connectors.salesforce import soql

AT = datetime(2026, 9, 1, 6, 0, 0, 123_456, tzinfo=UTC)


def test_a_query_is_written_in_the_order_salesforce_reads_it() -> None:
    """SELECT, FROM, WHERE, ORDER BY, LIMIT."""
    select = soql.Select(
        "Opportunity",
        ("Id", "StageName"),
        soql.equals("IsClosed", value=False),
        children=(soql.Children("OpportunityContactRoles", ("ContactId",)),),
        order=("SystemModstamp", "Id"),
        limit=2000,
    )
    assert select.text() == (
        "SELECT Id, StageName, (SELECT ContactId FROM OpportunityContactRoles) FROM Opportunity "
        "WHERE IsClosed = false ORDER BY SystemModstamp, Id LIMIT 2000"
    )


@given(st.text(alphabet=st.characters(exclude_characters="\0"), max_size=300))
def test_quoting_agrees_with_the_vendors_own_client(value: str) -> None:
    """The same escapes as simple-salesforce's, for any text."""
    assert soql.quoted(value) == quote_soql_value(value)


@pytest.mark.parametrize(
    "name", ["", "Id FROM User", "Id,Name", "1d", "Id'", "Lead--", "a.b.c.d.e.f", "Id\n", "Ünicode__c"]
)
def test_what_is_no_name_never_gets_into_a_query(name: str) -> None:
    """Names come from configuration and describe; a broken one is our mistake, caught before sending."""
    with pytest.raises(ValueError, match="is not the name"):
        soql.Select("Lead", ("Id", name)).text()


def test_a_time_is_utc_with_milliseconds_whatever_its_zone() -> None:
    """Salesforce stamps have milliseconds; cutting them off would read the same second for ever."""
    shifted = AT.astimezone(timezone(timedelta(hours=2)))
    assert soql.instant(shifted) == soql.instant(AT) == "2026-09-01T06:00:00.123Z"
    with pytest.raises(ValueError, match="time zone"):
        soql.instant(AT.replace(tzinfo=None))


def test_reading_on_behind_a_row_takes_the_rest_of_its_stamp_first() -> None:
    """Ties in the stamp are ordered by id, so nothing is lost between two pages."""
    assert soql.beyond("SystemModstamp", AT, "00Q1").text == (
        "((SystemModstamp = 2026-09-01T06:00:00.123Z AND Id > '00Q1') "
        "OR SystemModstamp > 2026-09-01T06:00:00.123Z)"
    )


def test_an_empty_list_is_refused_and_a_list_is_sorted_once_each() -> None:
    """`IN ()` is no SOQL; the same question is the same text."""
    assert soql.one_of("Id", ["b", "a", "b"]).text == "Id IN ('a','b')"
    with pytest.raises(ValueError, match=r"IN \(\)"):
        soql.one_of("Id", [])


def test_conditions_join_with_brackets_where_they_must() -> None:
    """AND and OR never mix without brackets; absent parts vanish."""
    a, b = soql.equals("A", "1"), soql.equals("B", "2")
    either = soql.either(a, None, b)
    assert either is not None
    assert soql.every(either, None, a) == soql.Condition("(A = '1' OR B = '2') AND A = '1'")
    assert soql.every(None) is None
    assert soql.either(None, a) == a


def test_what_is_too_long_for_salesforce_is_refused_before_sending() -> None:
    """100,000 characters a query, 4,000 a string (App Limits Cheatsheet)."""
    with pytest.raises(ValueError, match="4000"):
        soql.quoted("x" * 4_001)
    with pytest.raises(ValueError, match="smaller parts"):
        soql.Select("Lead", ("Id",), soql.one_of("Email", [f"{n:04d}" * 900 for n in range(30)])).text()
