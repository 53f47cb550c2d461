"""The context brief: what a rep reads before the call."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.core import brief
from syncd.core.model import Cause, Position, Snapshot, Stage, Standing, Transition
from syncd.core.story import pass_text, passes
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

SIGNALS = (
    signal("hubspot.email_open", NOW - timedelta(days=9), times=5),
    signal("hubspot.page_view", NOW - timedelta(days=2), title="Pricing"),
    signal("hubspot.page_view", NOW - timedelta(days=1), title="Pricing"),
    demo(quote="We need this <b>by October</b>."),
)


def written(lead: Snapshot | None = None, standing: Standing = AS_SQL, at: datetime = NOW) -> brief.Brief:
    lead = lead or snapshot(signals=SIGNALS, history=(SQL_MOVE,))
    return brief.write(lead, verdict(), standing, PLAYBOOK, at)


def test_the_line_says_reason_and_action() -> None:
    """The first thing sales reads is why and what to do, not `new lead` (requirements D7)."""
    assert written().line == "Requested a demo: call by 8 Sep"


def test_the_page_holds_who_why_what_and_what_is_not_known() -> None:
    """S63, S64, S66 (B-63, B-64, B-66): the whole of it, in one readable page."""
    assert written().text == (
        "Requested a demo: call by 8 Sep\n"
        "Phone +49 30 123; Berlin time, 13:00 when qualified (UTC+2)\n"
        "Dana Ruiz, VP Operations, Acme\n"
        "\n"
        "WHY NOW\n"
        "* Requested a demo (3 Sep 2026)\n"
        "* Also: Pricing page, 2 times, last 2 Sep 2026\n"
        "* Fit A: Right title\n"
        "\n"
        "WHAT TO DO\n"
        "* Call by Tue 8 Sep 13:00 CEST. Ask about: budget confirmed, timeline. "
        "Why: Requested a demo, 3 Sep 2026.\n"
        "\n"
        "WHAT THEY SAID\n"
        "* “We need this by October.” (form Request a demo, 3 Sep 2026)\n"
        "\n"
        "WHAT THEY DID\n"
        "* 3 Sep 2026  Requested a demo: Request a demo\n"
        "* 2 Sep 2026  Pricing page, 2 times: Pricing\n"
        "* Also: 5 x Opened an e-mail\n"
        "\n"
        "QUALIFICATION\n"
        "* Budget: not known\n"
        "* Need: seen (form, 3 Sep 2026)\n"
        "* Timeline: hinted at (Requested a demo, 3 Sep 2026)\n"
        "\n"
        "BUYING GROUP\n"
        "* May decide, by job title: this person (VP)\n"
        "\n"
        "LINKS\n"
        "* HubSpot: https://app.hubspot.com/contacts/42/record/0-1/901"
    )


def test_the_bounds_in_the_docstring_are_the_bounds() -> None:
    """The table is what people read; the text is never longer than its parts may be together."""
    told = (brief.__doc__ or "").split("\n\n")[2].strip().splitlines()[1:]
    rows = [re.match(r" *(\S.*?) {2,}(\d+) +(\d+)", row) for row in told]
    stated = {row[1]: (int(row[2]), int(row[3])) for row in rows if row}
    assert stated == dict(brief.BOUNDS)
    assert brief.TEXT_CHARS_MAX < 3_500


@pytest.mark.parametrize(
    ("source", "attributes", "step"),
    [
        ("hubspot.email_reply", {}, "Answer the reply personally"),
        ("hubspot.form_submission", {"form": "Request a demo"}, "Call"),
    ],
)
def test_the_next_step_answers_what_the_person_did(
    source: str, attributes: dict[str, Any], step: str
) -> None:
    """Who replied gets an answer, not a call from nowhere."""
    code = "reply" if source.endswith("reply") else "demo_requested"
    lead = snapshot(
        signals=(signal(source, NOW - timedelta(hours=1), **attributes),),
        history=(replace(SQL_MOVE, code=code),),
    )
    label = "Replied to an e-mail" if code == "reply" else "Requested a demo"
    found = brief.write(lead, verdict(criteria=(), missing=()), AS_SQL, PLAYBOOK, NOW).next_step
    assert found == f"{step} by Tue 8 Sep 13:00 CEST. Why: {label}, 3 Sep 2026."


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"contact__phone": ""}, "Write a personal e-mail by Tue 8 Sep 13:00 CEST"),
        ({"lead__DoNotCall": "true"}, "Write a personal e-mail by Tue 8 Sep 13:00 CEST"),
        (
            {"contact__hs_email_optout": "true"},
            "Call by Tue 8 Sep 13:00 CEST. Ask about: budget confirmed, timeline. "
            "Opted out of marketing mail: personal answers only",
        ),
    ],
)
def test_the_next_step_respects_what_is_known_and_wished(changes: dict[str, str], step: str) -> None:
    """No call without a number or against a wish; an opt-out stops mailings, not an answer (S46)."""
    lead = snapshot(fields=with_fields(**changes), signals=(demo(),), history=(SQL_MOVE,))
    assert written(lead).next_step.startswith(step)


def test_what_is_missing_from_the_profile_is_listed_as_unknown() -> None:
    """A rep sees at once what to find out."""
    bare = snapshot(fields={}, emails=("dana@gmail.com",), signals=(demo(),), history=(SQL_MOVE,))
    assert written(bare).unknowns == (
        "Budget confirmed",
        "Timeline",
        "no phone number",
        "no job title",
        "no company",
    )


def test_earlier_passes_are_told_with_how_they_ended() -> None:
    """S89: a lead that returns brings its history."""
    day = NOW - timedelta(days=100)
    history = (
        replace(SQL_MOVE, effective_at=day),
        move(Stage.HANDED_OFF, day + timedelta(hours=1), cause=Cause.DELIVERED, pass_number=1),
        move(Stage.REJECTED, day + timedelta(days=5), code="no_budget", pass_number=1),
        move(Stage.RECYCLED, day + timedelta(days=5), code="no_budget", pass_number=1, track="not_now"),
        replace(SQL_MOVE, pass_number=2),
    )
    lead = snapshot(signals=SIGNALS, history=history)
    found = written(lead, replace(AS_SQL, pass_number=2))
    assert found.past == ("Pass 1: handed over 26 May 2026, sent back by sales 31 May 2026 (No budget)",)
    assert "BEFORE\n* Pass 1" in found.text


DAY = NOW - timedelta(days=100)
FIRST_PASS = (
    replace(SQL_MOVE, effective_at=DAY),
    move(Stage.HANDED_OFF, DAY, cause=Cause.DELIVERED, pass_number=1),
    move(Stage.REJECTED, DAY + timedelta(days=5), code="no_budget", pass_number=1),
    move(Stage.RECYCLED, DAY + timedelta(days=5), code="no_budget", pass_number=1),
)


@pytest.mark.parametrize(
    ("later", "text"),
    [
        (
            move(Stage.RECYCLED, NOW, cause=Cause.CORRECTED, code="bad_timing", pass_number=1),
            "Pass 1: handed over 26 May 2026, sent back by sales 31 May 2026 (bad timing)",
        ),
        (
            move(Stage.HANDED_OFF, NOW, cause=Cause.CORRECTED, pass_number=1),
            "Pass 1: handed over 26 May 2026",
        ),
        (
            move(Stage.MQL, NOW, cause=Cause.REENTERED, pass_number=1, level="engaged"),
            "Pass 1: handed over 26 May 2026, sent back by sales 31 May 2026 (No budget)",
        ),
    ],
    ids=["another reason", "taken back", "returned to marketing"],
)
def test_a_pass_is_told_as_sales_last_left_it(later: Transition, text: str) -> None:
    """Corrections change how a pass ended; what marketing does afterwards does not."""
    assert [pass_text(item, PLAYBOOK) for item in passes((*FIRST_PASS, later))] == [text]


def test_a_hand_off_that_was_withdrawn_is_no_hand_off() -> None:
    """It qualified, and that was all."""
    withdrawn = move(Stage.MQL, NOW, cause=Cause.CRITERIA_LOST, pass_number=1, level="hot")
    assert [pass_text(item, PLAYBOOK) for item in passes((FIRST_PASS[0], withdrawn))] == [
        "Pass 1: qualified 26 May 2026"
    ]


def test_a_score_based_sql_names_what_carried_it() -> None:
    """Without a decisive action the most telling evidence stands first."""
    evidence = tuple(item.key for item in SIGNALS[:3])
    by_score = replace(SQL_MOVE, cause=Cause.THRESHOLD, code="", evidence=evidence)
    found = written(snapshot(signals=SIGNALS, history=(by_score,)))
    assert found.line == "Pricing page, with others: call by 8 Sep"


@pytest.mark.parametrize(
    ("position", "parts", "line", "reason"),
    [
        (
            Position(Stage.MQL, "engaged"),
            {},
            "Engaged: nurture towards sales",
            "Engaged since 1 Sep 2026: Sustained interest; latest: Requested a demo, 3 Sep 2026; fit A.",
        ),
        (
            Position(Stage.NEAR_SQL),
            {},
            "Near-SQL: nurture towards sales",
            "Near-SQL since 1 Sep 2026; latest: Requested a demo, 3 Sep 2026; fit A.",
        ),
        (
            Position(Stage.RECYCLED),
            {"reason": "no_budget", "track": "not_now", "until_at": NOW + timedelta(days=88)},
            "Recycled: No budget: nurture until 30 Nov 2026",
            "Recycled: No budget since 1 Sep 2026; latest: Requested a demo, 3 Sep 2026; fit A.",
        ),
        (
            Position(Stage.DISQUALIFIED),
            {"reason": "filter:student_paper"},
            "Disqualified: student paper: no contact",
            "Disqualified: student paper since 1 Sep 2026; fit A.",
        ),
        (Position(Stage.ACCEPTED), {}, "With sales already: sales works it", "With sales already; fit A."),
    ],
)
def test_every_position_has_a_line_and_a_reason(
    position: Position, parts: dict[str, Any], line: str, reason: str
) -> None:
    """S16, S68: the CRM shows where everybody sits and what happens next."""
    standing = replace(Standing(position, NOW - timedelta(days=2)), **parts)
    found = brief.write(snapshot(signals=SIGNALS), verdict(), standing, PLAYBOOK, NOW)
    assert (found.line, found.reason) == (line, reason)


def test_line_reason_and_step_do_not_change_because_time_passes() -> None:
    """They go to HubSpot: decay alone must never cause a write there."""
    lead = snapshot(signals=SIGNALS, history=(SQL_MOVE,))
    later = verdict(at=NOW + timedelta(days=20), engagement=score(3), intent=score(1), decisive="")
    first, second = written(lead), brief.write(lead, later, AS_SQL, PLAYBOOK, NOW + timedelta(days=20))
    assert (first.line, first.reason, first.next_step) == (second.line, second.reason, second.next_step)


def test_a_signal_from_the_future_is_not_told_yet() -> None:
    """It counts from its time on."""
    ahead = demo(NOW + timedelta(days=1))
    assert written(snapshot(signals=(ahead,), history=(SQL_MOVE,))).story == ()


HOSTILE = st.one_of(
    st.text(max_size=400),
    st.sampled_from(
        [
            "Senior Vice President " * 14,
            "<script>alert('x')</script>" * 9,
            '=HYPERLINK("http://evil.example","x")',
            "\u202egnp.exe",
            "דנה " * 80,
            "👩‍👩‍👧‍👦" * 90,
            "[click](javascript:alert(1)) {{7*7}} <!channel>",
            "\n\n\n- injected\nSCORE\n",
        ]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=HOSTILE, title=HOSTILE, quotes=st.lists(HOSTILE, max_size=30), times=st.integers(1, 10**9))
def test_hostile_input_never_breaks_the_bounds(name: str, title: str, quotes: list[str], times: int) -> None:
    """300-character titles, right-to-left and emoji names, markup and formulas in form fields."""
    signals = tuple(
        replace(demo(NOW - timedelta(minutes=index), quote=quote or "x"), count=times)
        for index, quote in enumerate(quotes)
    )
    lead = snapshot(
        fields=with_fields(
            contact__firstname=name, contact__lastname=name, contact__jobtitle=title, company__name=title
        ),
        signals=signals,
        history=(SQL_MOVE,),
    )
    found = written(lead)
    assert len(found.line) <= brief.LINE_CHARS_MAX
    assert "\n" not in found.line
    assert len(found.reason) <= brief.REASON_CHARS_MAX
    assert len(found.next_step) <= 255
    assert len(found.text) <= brief.TEXT_CHARS_MAX
    assert "<script" not in found.text.lower()
    assert "\u202e" not in found.text
    head, _, page = found.text.partition("\n\n")
    assert len(head.split("\n")) <= 3
    assert all(line == "" or line.isupper() or line.startswith("* ") for line in page.split("\n"))
    assert found.text.encode().decode() == found.text
    assert written(lead) == found


def test_a_long_story_is_cut_from_its_end_and_keeps_the_head() -> None:
    """Why and what to do survive; the oldest goes first."""
    wordy = verdict(
        criteria=tuple(
            replace(verdict().criteria[1], id=str(index), label=f"Criterion {index} " + "w" * 300)
            for index in range(30)
        ),
        missing=("a very long missing criterion " * 20,) * 9,
    )
    history: tuple[Transition, ...] = (SQL_MOVE,)
    found = brief.write(snapshot(signals=SIGNALS * 30, history=history), wordy, AS_SQL, PLAYBOOK, NOW)
    assert len(found.text) <= brief.TEXT_CHARS_MAX
    assert found.text.split("\n")[2].startswith("Dana Ruiz")
    assert "WHAT TO DO\n* Call by" in found.text
