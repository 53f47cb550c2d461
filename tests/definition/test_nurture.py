"""Nurture below SQL: one track each, what closes a gap, and asking who wants to talk (S46, S49, S76-S81)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.core import confirming, tracks
from syncd.core.explanation import page as page_of
from syncd.core.model import Baseline, Decision, Signal, Stage, System
from syncd.core.playbook import Confirm
from syncd.core.sentences import sentences
from tests.definition.people import BUYER, LIVE, NOW, Story, decided, fact, form, s55, shipped, webinar
from tests.definition.test_stages import delivered, near, shown_in_hubspot, to_sales

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
CONFIRM, NEAR, EARLY = (
    "syncd nurture - confirm intent", "syncd nurture - near SQL", "syncd nurture - early interest",
)  # fmt: skip


def list_of(found: Decision) -> str | None:
    """The list the contact is to be in, blank for none; None where nothing is intended."""
    lists = [str(item.payload["list"]) for item in found.intents if item.kind == "membership"]
    assert len(lists) <= 1, "one track, one intention"
    return lists[0] if lists else None


def answer(says: str, days: float = 0) -> Signal:
    return form("Your next step", days, next_step=says)


def confirm() -> Confirm:
    found = shipped().levels.confirm
    assert found is not None
    return found


def reads() -> list[Signal]:
    """Three different pieces, two webinars: an MQL who never looks at the product."""
    pieces = [form(f"Ebook {number}", days) for number, days in enumerate((2, 6, 12))]
    return [*pieces, webinar(4), webinar(9, event="Planning with finance")]


# --- asked before sales hears (S46, S49) -----------------------------------------------------------------


def test_who_is_nearly_there_is_asked_and_is_on_no_other_track() -> None:
    """B-49: the track that asks, the day until which the answer is waited for, and nothing for sales."""
    found = decided(*near())
    assert list_of(found) == CONFIRM
    shown = shown_in_hubspot(found)
    assert shown["syncd_track"] == "Asked whether they want to talk"
    assert shown["syncd_answer"] == "Asked"
    assert "their answer is waited for until 14 Oct 2026" in str(shown["syncd_next_action"])
    assert shown["syncd_next_action_date"] == "2026-10-14"
    assert to_sales(found) == []


def test_who_only_reads_is_asked_too_and_who_compares_is_not() -> None:
    """B-46: asked once whether they want to learn or to talk; those who look at prices say it already."""
    found = decided(*reads())
    assert str(found.standing.position) == "mql:engaged"
    assert list_of(found) == CONFIRM
    assert list_of(decided(*s55())) == "syncd nurture - middle stage"


def test_a_yes_is_evidence_and_carries_who_lacked_nothing_else() -> None:
    """S49: sent on is who passes; the answer is what the hand-over rests on."""
    story = Story(*near())
    story.until(NOW)
    found = story.until(NOW + DAY, yes := answer("Talk to somebody", -0.5))
    assert found.standing.position.stage is Stage.SQL
    assert yes.key in found.transitions[-1].evidence
    assert list_of(found) == ""
    assert shown_in_hubspot(found)["syncd_answer"] == "Wants to talk"


def test_a_no_is_evidence_against_and_is_respected() -> None:
    """S46: lets them learn, on the track the playbook names; sales hears nothing."""
    story = Story(*near())
    before = story.until(NOW)
    found = story.until(NOW + DAY, answer("Just look around", -0.5))
    assert found.verdict.intent.points_micro < before.verdict.intent.points_micro
    assert list_of(found) == EARLY
    shown = shown_in_hubspot(found)
    assert (shown["syncd_answer"], shown["syncd_track"]) == ("Wants to learn", "Early interest")
    assert to_sales(found) == []


def test_silence_ends_the_wait_to_the_second() -> None:
    """Due at the very moment; then the track of the level, and to sales by what they do alone."""
    story = Story(*reads())
    found = story.until(NOW)
    ends_at = found.standing.since_at + timedelta(days=confirm().wait_days)
    assert found.letters_end_at == ends_at
    assert found.due_at is not None
    assert found.due_at <= ends_at
    waiting = story.until(ends_at - SECOND)
    assert (list_of(waiting), waiting.due_at) == (CONFIRM, ends_at)
    after = story.until(ends_at)
    assert list_of(after) == EARLY
    assert shown_in_hubspot(after)["syncd_answer"] == "No answer"
    assert to_sales(after) == []


def test_what_follows_silence_is_the_playbooks() -> None:
    book = shipped()
    told = replace(confirm(), after_silence="win_back")
    book = replace(book, levels=replace(book.levels, confirm=told))
    story = Story(*reads(), playbook=book)
    story.until(NOW)
    assert list_of(story.until(NOW + 15 * DAY)) == "syncd nurture - win back"


def test_the_newest_answer_counts_and_both_at_once_is_no_yes() -> None:
    story = Story(*reads())
    story.until(NOW)
    first = story.until(NOW + DAY, answer("Look around", -0.5))
    assert shown_in_hubspot(first)["syncd_answer"] == "Wants to learn"
    later = story.until(NOW + 4 * DAY, answer("Talk to somebody", -3))
    assert shown_in_hubspot(later)["syncd_answer"] == "Wants to talk"
    last = story.until(NOW + 6 * DAY, answer("No, do not talk to me", -5))
    assert shown_in_hubspot(last)["syncd_answer"] == "Wants to learn"


def test_the_links_of_the_mail_answer_and_a_scanner_answers_nothing() -> None:
    """A gateway opens both links within a second of each other: no yes, no no, and no points."""

    def click(path: str, seconds: float, lag: str = "later") -> Signal:
        days = -1 - seconds / 86_400
        return fact("hubspot.email_click", days, campaign="Question", lag=lag, url=f"www.own.example{path}")

    story = Story(*reads())
    story.until(NOW)
    scanned = story.until(
        NOW + 2 * DAY, click("/yes-talk-to-us", 1, "0-2"), click("/just-looking-around", 1.5, "0-2")
    )
    assert shown_in_hubspot(scanned)["syncd_answer"] == "Asked"
    clicked = story.until(NOW + 3 * DAY, click("/just-looking-around", 80_000))
    assert shown_in_hubspot(clicked)["syncd_answer"] == "Wants to learn"


def test_nobody_is_asked_twice_within_the_time_the_playbook_says() -> None:
    """S77: back at the level a month later, the last answer still holds; half a year later they are asked."""
    book = shipped()
    moves = decided(*near()).transitions
    asked = next(item for item in moves if item.track == confirm().track)
    left = replace(asked, track="early_interest", effective_at=asked.effective_at + 5 * DAY)

    def again(days: float) -> confirming.Asked | None:
        back = replace(asked, effective_at=asked.effective_at + timedelta(days=days))
        lead = replace(story.snapshot, history=(*moves, left, back))
        return confirming.asked(lead, book, back.effective_at + SECOND)

    story = Story(*near())
    story.until(NOW)
    soon, late = again(30), again(181)
    assert soon is not None
    assert (soon.at, soon.state) == (asked.effective_at, confirming.State.SILENT)
    assert late is not None
    assert (late.at, late.state) == (
        asked.effective_at + timedelta(days=181), confirming.State.WAITING,
    )  # fmt: skip


def test_who_moved_before_go_live_is_asked_from_then_on() -> None:
    """Nothing is sent while the profile observes; the wait does not begin before it."""
    story = Story(*near())
    story.until(NOW)
    live_at = NOW + 3 * DAY
    lead = replace(story.snapshot, baseline=Baseline(LIVE.baseline_at, live_at))
    found = confirming.asked(lead, shipped(), live_at + SECOND)
    assert found is not None
    assert found.at == live_at


def test_who_may_not_be_written_to_is_not_asked() -> None:
    found = decided(*near(), known={**BUYER, "contact.hs_email_optout": "true"})
    assert list_of(found) == ""
    assert shown_in_hubspot(found)["syncd_track"] in (None, "")


def test_without_the_block_nobody_is_asked() -> None:
    book = shipped()
    book = replace(book, levels=replace(book.levels, confirm=None))
    found = decided(*near(), playbook=book)
    assert list_of(found) == NEAR
    assert shown_in_hubspot(found)["syncd_answer"] is None


def test_the_explanation_says_what_was_asked_and_answered() -> None:
    story = Story(*reads())
    story.until(NOW)
    found = story.until(NOW + DAY, answer("Look around", -0.5))
    told = page_of(replace(story.snapshot, history=story.snapshot.history), found, story.playbook).nurture
    assert told.asked_said == (
        "Asked on 27 Sep 2026 whether they want to talk to sales: Wants to learn, not to talk, 2 Oct 2026"
    ), told.asked_said
    assert told.track == "Early interest"


def test_the_definition_says_who_is_asked_and_what_answers() -> None:
    (section,) = [item for item in sentences(shipped()) if item.key == "confirm"]
    said = " ".join(item.text for item in section.sentences)
    assert "comes to near-SQL is asked" in said
    assert 'A no is: "Wants to learn, not to talk". Then nurtured on "Early interest".' in said
    assert "within 14 days" in said


# --- content by what is missing (S78 to S80) -------------------------------------------------------------


def test_what_is_missing_first_is_named_with_the_piece_that_answers_it() -> None:
    """S78: near-SQL without clear intent gets the calculator, and who has used it something else."""
    shown = shown_in_hubspot(decided(*near()))
    assert (shown["syncd_gap"], shown["syncd_next_offer"]) == ("Clear buying intent", "ROI calculator")
    had = shown_in_hubspot(decided(*near(), form("ROI calculator", 20)))
    assert had["syncd_next_offer"] != "ROI calculator"


def test_an_mql_is_offered_what_answers_the_first_open_question() -> None:
    shown = shown_in_hubspot(decided(*s55()))
    assert (shown["syncd_gap"], shown["syncd_next_offer"]) == ("Budget", "ROI calculator")
    assert "Offer: ROI calculator." in str(shown["syncd_next_action"])


def test_a_piece_for_one_track_is_offered_there_alone() -> None:
    """S80: what to expect from a first talk is for those whose question has been answered by silence."""
    story = Story(*reads())
    story.until(NOW)
    assert tracks.gap(story.snapshot, decided(*near()).verdict, shipped(), "near_sql").offer == (
        "What to expect from a first talk"
    )


@pytest.mark.parametrize("acts", [[form("Request a demo", 0)], []], ids=["with sales", "a lead"])
def test_with_sales_and_before_the_first_level_nothing_is_offered(acts: list[Any]) -> None:
    found = decided(*acts)
    shown = [item for item in found.intents if item.system is System.HUBSPOT and item.kind == "contact"]
    assert all(item.payload["fields"]["syncd_next_offer"] is None for item in shown)  # type: ignore[index]


def test_the_owner_is_marketing_until_the_hand_over() -> None:
    """S3, S68: everybody has one, and a next action."""
    assert shown_in_hubspot(decided(*s55()))["syncd_owner"] == "Marketing"
    assert shown_in_hubspot(decided(form("Request a demo", 0)))["syncd_owner"] == "Sales"


# --- what every contact carries --------------------------------------------------------------------------


def told(stage: str) -> dict[str, object]:
    """What HubSpot shows of somebody who has come so far."""
    story = (
        Story(*s55())
        if stage == "mql"
        else Story(*near())
        if stage == "near"
        else Story(form("Get a quote", 0))
    )
    found = story.until(NOW)
    if stage in ("with sales", "given back", "won"):
        found = story.until(NOW + timedelta(minutes=2), delivered())
    if stage == "given back":
        refused = fact(
            "salesforce.lead_change", -2, property="Status", value="Unqualified", reason="No Budget"
        )
        found = story.until(NOW + 3 * DAY, refused)
    if stage == "won":
        found = story.until(NOW + 40 * DAY, fact("salesforce.deal", -39, stage="Closed Won", outcome="won"))
    return shown_in_hubspot(found)


@pytest.mark.parametrize(
    ("stage", "level", "outcome"),
    [
        ("mql", "Evaluating", None),
        ("near", "Near-SQL", None),
        ("sql", "SQL", None),
        ("with sales", "SQL", "Handed to sales"),
        ("given back", None, "Back in nurture: No budget"),
        ("won", None, "Won"),
    ],
)
def test_every_contact_from_the_first_level_up_carries_all_of_it(
    stage: str, level: str | None, outcome: str | None
) -> None:
    """S16: level, fit, reason, owner, next action; the outcome once sales has said something."""
    shown = told(stage)
    always = ("syncd_stage", "syncd_fit_grade", "syncd_reason", "syncd_owner", "syncd_next_action")
    assert [name for name in always if not shown[name]] == []
    assert (shown["syncd_sales_outcome"] or None) == outcome
    if level is not None:
        assert shown["syncd_level"] == level
    if stage in ("mql", "near"):
        assert shown["syncd_missing"]
        assert shown["syncd_track"]


# --- the track of a cell ---------------------------------------------------------------------------------


def test_a_cells_track_is_the_list_too() -> None:
    """The matrix may override the level's track; list and property follow it."""
    book = shipped()
    matrix = book.levels.matrix
    assert matrix is not None
    cell = decided(*s55()).verdict.cell
    cells = tuple(replace(item, track="win_back" if item.id == cell else "") for item in matrix.cells)
    book = replace(book, levels=replace(book.levels, matrix=replace(matrix, cells=cells)))
    found = decided(*s55(), playbook=book)
    assert list_of(found) == "syncd nurture - win back"
    assert shown_in_hubspot(found)["syncd_track"] == "Win back"


def test_the_ledger_keeps_the_track_of_each_move() -> None:
    found = decided(*s55())
    assert [item.track for item in found.transitions] == ["", *[item.track for item in found.transitions[1:]]]
    assert found.transitions[-1].track == found.standing.track != ""
