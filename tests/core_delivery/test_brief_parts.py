"""The parts of the brief: reaching somebody, what they said, who else is there; and nothing is made up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core import brief, buying_group, countries, reach, zones
from syncd.core.model import Cause, Detail, Ref, SalesRecord, Score, Shape, Signal, Snapshot, Stage, System
from syncd.core.playbook import AttributeTest, Playbook, SourceMatch
from syncd.core.story import day
from tests.core_delivery.builders import (
    AS_SQL,
    NOW,
    PLAYBOOK,
    SQL_MOVE,
    demo,
    move,
    score,
    signal,
    snapshot,
    verdict,
    with_fields,
)

AT = datetime(2026, 9, 3, 11, tzinfo=UTC)


def written(lead: Snapshot, at: datetime = NOW) -> brief.Brief:
    return brief.write(lead, verdict(), AS_SQL, PLAYBOOK, at)


# --- how to reach them -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"contact.phone": "+49 30 1"}, "Phone +49 30 1; Berlin time, 13:00 when qualified (UTC+2)"),
        ({"contact.phone": "0044 20 1"}, "Phone 0044 20 1; London time, 12:00 when qualified (UTC+1)"),
        ({"contact.phone": "030 123"}, "Phone 030 123"),
        ({"contact.phone": "+1 555 0100"}, "Phone +1 555 0100"),  # shared by two dozen countries
        ({"contact.country": "Indien"}, "No phone number; Kolkata time, 16:30 when qualified (UTC+5:30)"),
        (
            {"contact.country": "United States", "contact.state": "tx", "contact.phone": "+1 5"},
            "Phone +1 5; there 05:00 to 06:00 when qualified (UTC-6 to UTC-5)",
        ),
        (
            {"contact.country": "USA", "contact.state": "N.Y."},
            "No phone number; New York time, 07:00 when qualified (UTC-4)",
        ),
        ({"contact.country": "EMEA", "contact.phone": "1"}, "Phone 1"),
        # their own record before the number, the number before the company's seat
        (
            {"contact.country": "FR", "contact.phone": "+44 1", "company.country": "US"},
            "Phone +44 1; Paris time, 13:00 when qualified (UTC+2)",
        ),
        (
            {"contact.phone": "+44 1", "company.country": "US"},
            "Phone +44 1; London time, 12:00 when qualified (UTC+1)",
        ),
        (
            {"company.country": "JP"},
            "No phone number; Tokyo time, 20:00 when qualified (UTC+9), by the company's seat",
        ),
        ({}, "No phone number"),
    ],
)
def test_the_second_line_is_the_number_and_the_hour_there(fields: dict[str, str], line: str) -> None:
    """Where several zones are possible the line says so; where none is known it says nothing."""
    assert reach.of(fields).line(AT) == line


def test_a_number_that_may_not_be_called_is_not_given() -> None:
    assert reach.of({"contact.phone": "+49 30 1"}, may_call=False).line(AT).startswith("Do not call; Berlin")


def test_every_country_has_a_zone_that_exists() -> None:
    """A name that no time zone database has would stop the evaluation of a lead."""
    assert all(zones.of_place(code) for code in countries.CODES)
    assert all(ZoneInfo(name) for name in zones.ALL)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_text_of_a_stranger_breaks_the_second_line(country: str, state: str, phone: str) -> None:
    fields = {"contact.country": country, "contact.state": state, "contact.phone": phone}
    line = reach.of(fields).line(AT)
    assert line
    assert "\n" not in line


# --- the meeting -----------------------------------------------------------------------------------------


def meeting(starts: datetime, outcome: str = "scheduled") -> Signal:
    return signal("hubspot.meeting", starts, title="Demo call", outcome=outcome)


def test_a_booked_meeting_has_its_time_in_the_first_line() -> None:
    """The rep prepares it; whatever else is cut, the time is not."""
    lead = snapshot(signals=(demo(), meeting(NOW + timedelta(days=5, hours=1))), history=(SQL_MOVE,))
    found = written(lead)
    assert found.line == "Requested a demo, Tue 8 Sep 15:00 CEST: prepare the meeting by 8 Sep"
    assert len(found.line) <= brief.LINE_CHARS_MAX
    wordy = replace(
        PLAYBOOK, signals=(replace(PLAYBOOK.signals[0], label="Asked " * 30), *PLAYBOOK.signals[1:])
    )
    cut = brief.write(lead, verdict(), AS_SQL, wordy, NOW).line
    assert "Tue 8 Sep 15:00 CEST: prepare the meeting" in cut
    assert len(cut) <= brief.LINE_CHARS_MAX


@pytest.mark.parametrize("outcome", ["canceled", "no_show", "rescheduled", "completed"])
def test_a_meeting_that_will_not_be_is_not_in_the_line(outcome: str) -> None:
    lead = snapshot(signals=(demo(), meeting(NOW + timedelta(days=2), outcome)), history=(SQL_MOVE,))
    assert written(lead).line == "Requested a demo: call by 8 Sep"


# --- what they said --------------------------------------------------------------------------------------


def test_what_sales_noted_is_quoted_with_where_and_when() -> None:
    """Pain points come from talks as much as from forms; our own mails and machines' answers are no voice."""
    signals = (
        signal("hubspot.note", NOW - timedelta(days=3), quote="Stock counts take two days every month"),
        signal(
            "hubspot.call", NOW - timedelta(days=2), quote="Worried about the migration", direction="outbound"
        ),
        signal("hubspot.email", NOW - timedelta(hours=3), quote="Our offer attached", direction="outbound"),
        signal(
            "hubspot.email",
            NOW - timedelta(hours=2),
            quote="I am away",
            direction="inbound",
            automatic="true",
        ),
        signal("hubspot.page_view", NOW - timedelta(hours=2), quote="Not a quote at all"),
    )
    assert written(snapshot(signals=signals, history=(SQL_MOVE,))).said == (
        "“Worried about the migration” (call, 1 Sep 2026)",
        "“Stock counts take two days every month” (note, 31 Aug 2026)",
    )


def test_a_voiced_need_is_quoted_before_newer_talk() -> None:
    talk = tuple(
        signal("hubspot.note", NOW - timedelta(minutes=index), quote=f"Talk number {index}")
        for index in (1, 2, 3)
    )
    lead = snapshot(signals=(*talk, demo(quote="We lose orders")), history=(SQL_MOVE,))
    assert written(lead).said[0] == "“We lose orders” (form Request a demo, 3 Sep 2026)"


# --- the buying group ------------------------------------------------------------------------------------


def colleague(
    person: str, at: datetime, seniority: str = "", function: str = "", *, joined: bool = False
) -> Signal:
    attributes = {"person": person, "seniority": seniority, "function": function}
    named = {name: value for name, value in attributes.items() if value}
    source = "account.person_joined" if joined else "account.activity"
    return replace(signal(source, at), shape=Shape(source, named))


def test_the_buying_group_is_told_by_role() -> None:
    """How many are active, in which roles, who decides; no names."""
    acts = (
        colleague("1", NOW - timedelta(days=200), "c_level", "general"),
        colleague("2", NOW - timedelta(days=20), "manager", "it"),
        colleague("3", NOW - timedelta(days=10), "vp", "finance"),
        colleague("3", NOW - timedelta(days=4), "vp", "finance"),
        colleague("4", NOW - timedelta(days=3)),
    )
    lead = snapshot(
        account_signals=acts, account_is_customer=True, fields=with_fields(contact__jobtitle="Buyer"),
        history=(SQL_MOVE,), signals=(demo(),),
    )  # fmt: skip
    found = written(lead)
    assert found.group.people == 3
    assert found.group.lines == (
        "3 colleagues active since 5 Jun 2026: VP, finance; manager, IT; role not known",
        "May decide, by job title: VP, finance",
        "The company is a customer",
    )


def test_who_joins_after_the_lead_qualified_is_news() -> None:
    later = NOW + timedelta(days=3)
    lead = snapshot(
        account_signals=(
            colleague("9", later, "head", "hr", joined=True),
            colleague("9", later, "head", "hr"),
        ),
        history=(SQL_MOVE,),
    )
    assert "New since then: head, HR, 6 Sep 2026" in written(lead, later).group.lines
    assert written(lead, NOW).group.people == 0


def test_nobody_known_gives_no_group() -> None:
    lead = snapshot(fields=with_fields(contact__jobtitle=""))
    assert buying_group.of(lead, NOW, NOW, "UTC").lines == ()


# --- links -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("org_url", "shown"),
    [
        ("https://acme.my.salesforce.com/", ["Salesforce: https://acme.my.salesforce.com/00Q1"]),
        ("http://127.0.0.1:9", []),
        ("", []),
    ],
)
def test_both_crms_are_linked_where_known(org_url: str, shown: list[str]) -> None:
    record = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"Status": "New"})
    found = written(snapshot(history=(SQL_MOVE,), org_url=org_url, sales_records=(record,))).links
    assert list(found) == ["HubSpot: https://app.hubspot.com/contacts/42/record/0-1/901", *shown]


# --- nothing fades, nothing is made up -------------------------------------------------------------------


def test_no_part_of_the_brief_changes_because_time_passes() -> None:
    """It is kept current on the record: a number that fades would write to it for ever."""
    acts = (colleague("3", NOW - timedelta(days=4), "vp", "finance"),)
    lead = snapshot(
        signals=(demo(), signal("hubspot.page_view", NOW)), history=(SQL_MOVE,), account_signals=acts
    )
    faded = verdict(at=NOW + timedelta(days=60), engagement=score(1), intent=Score(0, ()))
    assert brief.write(lead, faded, AS_SQL, PLAYBOOK, NOW + timedelta(days=60)) == written(lead)


FIXED = frozenset(  # as prose, which is how it is compared
    """also last times fit since with others call write a personal e mail by ask about why answer the reply
    phone no number there time when qualified utc to berlin do not known seen hinted at x form note
    colleagues colleague active decide decides who may s seat this person role new then pass handed over
    sent back sales recycled
    hubspot https app com contacts record budget need timeline why now what they said did qualification buying
    group before links meets sql criteria job title company in cest cet prepare meeting
    and 2 0 1 on""".split()  # noqa: SIM905
)  # fmt: skip
"""Every word of ours; anything else in a brief must come from a fact."""
WORD = re.compile(r"[^\W_]+")


def words(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}


TOKEN = st.integers(10**6, 10**7).map(lambda number: f"tok{number}")
KIND = st.sampled_from(
    [
        ("hubspot.form_submission", {"form": "Request a demo"}),
        ("hubspot.form_submission", {"form": "The ebook"}),
        ("hubspot.page_view", {}),
        ("hubspot.email_reply", {}),
        ("hubspot.note", {}),
        ("hubspot.email_open", {}),
    ]
)


@st.composite
def signals_told(draw: st.DrawFn) -> tuple[Signal, ...]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        source, attributes = draw(KIND)
        at = NOW - timedelta(minutes=draw(st.integers(0, 500_000)))
        detail = Detail(draw(st.none() | TOKEN), draw(st.none() | st.lists(TOKEN, min_size=1).map(" ".join)))
        count = draw(st.integers(1, 9))
        found.append(Signal(number, at, at, Shape(source, attributes), count, detail=detail))
    return tuple(sorted(found, key=lambda item: item.occurred_at))


def grounds(lead: Snapshot, playbook: Playbook) -> set[str]:
    """Every word a fact given to the brief holds, and every number that counts facts."""
    found = set(FIXED)
    facts = (*lead.signals, *lead.account_signals)
    for item in facts:
        told = (item.detail.title or "", item.detail.quote or "") if item.detail else ()
        found |= words(
            " ".join([*told, *item.shape.attributes.values(), day(item.occurred_at, playbook.time_zone)])
        )
    found |= {str(number) for number in range(sum(item.count for item in lead.signals) + len(facts) + 1)}
    for text in (
        *lead.fields.values(),
        *(kind.label for kind in playbook.signals),
        lead.key or "",
        str(lead.hubspot),
    ):
        found |= words(text)
    for criterion in verdict().criteria:
        found |= words(f"{criterion.label} {criterion.source}")
    for reason in verdict().fit.reasons:
        found |= words(f"{reason.label} {verdict().grade}")
    for rule in playbook.recycle.rules.values():
        found |= words(rule.label)
    moments = [NOW, NOW - timedelta(hours=1), *(move.effective_at for move in lead.history)]
    moments += [at - buying_group.BACK for at in moments] + [datetime(2026, 9, 8, 11, tzinfo=UTC)]
    for at in moments:
        found |= words(day(at, playbook.time_zone))
    return found | {"tue", "13", "00", "14", "vp", "finance", "manager", "it"}


@settings(max_examples=150, deadline=None)
@given(
    signals=signals_told(),
    name=TOKEN,
    title=TOKEN,
    phone=st.integers(10**6, 10**9),
    roles=st.lists(st.sampled_from(["vp", "manager", ""]), max_size=5),
    has_past=st.booleans(),
)
def test_every_word_of_a_brief_is_ours_or_a_facts(
    signals: tuple[Signal, ...], name: str, title: str, phone: int, roles: list[str], *, has_past: bool
) -> None:
    """No invented facts: what is neither fixed wording nor in a fact given does not appear."""
    acts = tuple(
        colleague(str(index), NOW - timedelta(days=index + 1), role, "finance" if role else "")
        for index, role in enumerate(roles)
    )
    begun = NOW - timedelta(days=100)
    past = (
        replace(SQL_MOVE, effective_at=begun),
        move(Stage.HANDED_OFF, begun, cause=Cause.DELIVERED, pass_number=1),
        move(Stage.REJECTED, begun + timedelta(days=5), code="no_budget", pass_number=1),
    )
    history = (*past, replace(SQL_MOVE, pass_number=2)) if has_past else (SQL_MOVE,)
    lead = snapshot(
        signals=signals, account_signals=acts, history=history,
        fields=with_fields(contact__lastname=name, contact__jobtitle=title, contact__phone=f"+49 {phone}"),
    )  # fmt: skip
    standing = replace(AS_SQL, pass_number=2 if has_past else 1)
    found = brief.write(lead, verdict(), standing, PLAYBOOK, NOW)
    given_words = grounds(lead, PLAYBOOK)
    for line in (*found.text.split("\n"), found.reason, found.line):
        loose = words(line) - given_words
        cut = {word for word in loose if "…" in line and any(known.startswith(word) for known in given_words)}
        assert not loose - cut, f"{line!r} says {loose - cut}, which no fact does"
    assert len(found.text) <= brief.TEXT_CHARS_MAX


def test_a_strong_act_is_told_before_newer_weak_ones() -> None:
    """Five newer looks at pages do not push out that they asked for a demo."""
    looks = tuple(
        replace(kind, id=f"page{number}", label=f"Page {number}", sources=(), intent="weak")
        for number, kind in enumerate([PLAYBOOK.signals[2]] * 6)
    )
    views = tuple(signal("hubspot.page_view", NOW, url=f"p{number}") for number in range(6))
    made = tuple(
        replace(kind, sources=(SourceMatch("hubspot.page_view", (AttributeTest("url", (f"p{number}",)),)),))
        for number, kind in enumerate(looks)
    )
    book = replace(PLAYBOOK, signals=(PLAYBOOK.signals[0], PLAYBOOK.signals[3], *made))
    lead = snapshot(signals=(demo(NOW - timedelta(days=3)), *views), history=(SQL_MOVE,))
    told = brief.write(lead, verdict(), AS_SQL, book, NOW).story
    assert told[0] == "31 Aug 2026  Requested a demo: Request a demo"
    assert len(told) == brief.BOUNDS["WHAT THEY DID"].lines
    assert told[-1].startswith("Also: 1 x Page")
