"""How one mapped field is rendered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import brief
from syncd.core.model import Cause, Position, Stage, Transition
from syncd.core.playbook import FieldMap
from syncd.core.values import SYNCD_NAMES, VALUE_CHARS_MAX, Facts, known, render
from tests.core_delivery.builders import (
    AS_SQL,
    NOW,
    PLAYBOOK,
    SQL_MOVE,
    demo,
    move,
    snapshot,
    verdict,
    with_fields,
)


def values(history: tuple[Transition, ...] = (SQL_MOVE,), **parts: Any) -> dict[str, object]:
    """The values of a fresh SQL."""
    lead = snapshot(signals=(demo(),), history=history, **parts)
    page = brief.write(lead, verdict(), AS_SQL, PLAYBOOK, NOW)
    return dict(known(Facts(lead, verdict(), AS_SQL, history, page, PLAYBOOK)))


@pytest.mark.parametrize(
    ("source", "fallback", "shown"),
    [
        ("contact.jobtitle", "", "VP Operations"),
        ("company.name", "", "Acme"),
        ("lead.Status", "", None),
        ("lead.Status", "=New", "New"),
        ("lead.Status", "New", "New"),  # plain text is a constant too
        ("lead.Status", "contact.jobtitle", "VP Operations"),
        ("contact.jobtitle", "=[unknown]", "VP Operations"),
        ("contact.fax", "contact.website", None),
        ("=Web", "", "Web"),
        ("person.seniority", "", "vp"),
        ("syncd.grade", "", "A"),
        ("syncd.score", "", 105),
        ("syncd.pass", "", 1),
        ("syncd.opted_out", "", False),
        ("syncd.contact_url", "", "https://app.hubspot.com/contacts/42/record/0-1/901"),
        ("syncd.next_action_date", "", "2026-09-08"),
        ("syncd.sla_due_at", "", "2026-09-08T11:00:00Z"),
        ("syncd.first_sql_at", "", "2026-09-03T11:00:00Z"),
        ("syncd.first_mql_at", "", None),
        ("syncd.criteria", "", "met: Requested a demo"),
    ],
)
def test_a_source_is_rendered_or_its_fallback(source: str, fallback: str, shown: object) -> None:
    """Blank is None, never empty text; numbers and truths keep their type."""
    assert render(FieldMap("T", source, fallback=fallback), snapshot(), values()) == shown


def test_who_is_passed_without_meeting_the_criteria_in_force_is_marked() -> None:
    """S73: that share is to be nothing, and Salesforce's own report shows it."""
    lead = snapshot(signals=(demo(),), history=(SQL_MOVE,))
    unmet = verdict(earned=Position(Stage.NEAR_SQL))
    page = brief.write(lead, unmet, AS_SQL, PLAYBOOK, NOW)
    facts = Facts(lead, unmet, AS_SQL, (SQL_MOVE,), page, PLAYBOOK)
    assert known(facts)["syncd.criteria"] == "not met"
    waiting = replace(AS_SQL, position=Position(Stage.NEAR_SQL))
    assert not known(replace(facts, standing=waiting))["syncd.criteria"]


@pytest.mark.parametrize(
    ("text", "shown"), [("ORGANIC_SEARCH", "Web"), ("organic_search ", "Web"), ("PODCAST", "PODCAST")]
)
def test_picklist_values_are_translated_without_regard_to_case(text: str, shown: str) -> None:
    """What the table does not name passes, and the schema decides."""
    field_map = FieldMap("LeadSource", "contact.hs_analytics_source", values={"Organic_Search": "Web"})
    lead = snapshot(fields=with_fields(contact__hs_analytics_source=text))
    assert render(field_map, lead, {}) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('=HYPERLINK("http://evil.example")', '\'=HYPERLINK("http://evil.example")'),
        ("+49 30 123", "+49 30 123"),
        ("Main St 1\r\n10115 Berlin", "Main St 1\n10115 Berlin"),
        ("Da\u202ena\x00", "Dana"),
        ("דנה 👩\u200d💻", "דנה 👩\u200d💻"),
        ("   ", None),
    ],
)
def test_strangers_text_is_made_inert_and_stays_readable(text: str, shown: str | None) -> None:
    """Formulas become text, invisible tricks go; names, addresses and phone numbers stay."""
    lead = snapshot(fields=with_fields(contact__message=text))
    assert render(FieldMap("Description", "contact.message"), lead, {}) == shown


@given(st.text(max_size=300))
def test_whatever_a_field_holds_renders_to_bound_text_that_can_be_encoded(text: str) -> None:
    """No field of a portal can stop a hand-off by what it holds."""
    lead = snapshot(fields={"contact.message": text})
    shown = render(FieldMap("T", "contact.message"), lead, {})
    assert shown is None or len(str(shown).encode().decode()) <= VALUE_CHARS_MAX + 1


def test_every_name_has_a_value_and_none_is_invented() -> None:
    """One table: what settings allow is what is rendered."""
    assert {name for name in values() if name.startswith("syncd.")} == SYNCD_NAMES


def test_first_last_and_every_date_count_entries_and_not_moves_within() -> None:
    """From one MQL level to the next one stays MQL; an adopted level has no true date."""
    first, second = NOW - timedelta(days=9), NOW - timedelta(days=3)
    engaged = move(Stage.MQL, first, level="engaged")
    hot = replace(move(Stage.MQL, first + timedelta(days=1), level="hot"), origin=engaged.target)
    lost = replace(move(Stage.LEAD, first + timedelta(days=2), cause=Cause.CRITERIA_LOST), origin=hot.target)
    adopted = replace(engaged, effective_at=NOW - timedelta(days=20), origin=None, cause=Cause.ADOPTED)
    found = values((adopted, lost, engaged, hot, lost, replace(engaged, effective_at=second), SQL_MOVE))
    assert found["syncd.first_mql_at"] == "2026-08-25T12:00:00Z"
    assert found["syncd.last_mql_at"] == "2026-08-31T12:00:00Z"
    assert found["syncd.mql_dates"] == "2026-08-25; 2026-08-31"


def test_without_a_contact_there_is_no_page_to_link_to() -> None:
    """Half a link would lead to somebody else, or nowhere."""
    assert values(hubspot=None)["syncd.contact_url"] == ""
