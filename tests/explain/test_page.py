"""The page about a lead: sums that hold, reasons in words, why not, and the one command that changes it."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.core.decide import decide
from syncd.core.explanation import Page, page
from syncd.core.model import (
    Cause,
    FilterResult,
    MachineAct,
    Position,
    Shape,
    Signal,
    Snapshot,
    Stage,
    Standing,
    Transition,
    Waiver,
)
from syncd.core.qualify import BLOCKED_AS_CUSTOMER
from syncd.core.why_not import remedy
from tests.explain.people import FITTING, NOW, OBSERVING, person, shipped

ASKED = ("demo_requested", 1.0)


def shown(snapshot: Snapshot) -> Page:
    """The page of a fresh decision."""
    return page(snapshot, decide(snapshot, shipped(), NOW), shipped())


@pytest.mark.parametrize(
    "snapshot",
    [
        person(),
        person(("webinar_attended", 9), ("pricing_viewed", 2), ("pricing_viewed", 4), ("email_opened", 1)),
        person(("content_downloaded", 3), ("content_downloaded", 5), ("careers_viewed", 2)),
    ],
)
def test_every_score_is_the_sum_of_its_reasons(snapshot: Snapshot) -> None:
    told = shown(snapshot)
    assert [score.points_micro for score in told.scores] == [
        sum(reason.points_micro for reason in score.reasons) for score in told.scores
    ]


@pytest.mark.parametrize(
    ("change", "blocked_by", "command"),
    [
        (
            {"contact.email": "dana@partner.example"},
            "partner",
            'syncd override dana@partner.example partner --why "..."',
        ),
        (
            {"contact.email": "info@acme.example"},
            "role_mailbox",
            'syncd override info@acme.example role_mailbox --why "..."',
        ),
        ({"company.numberofemployees": "4"}, "icp", 'syncd override dana@acme.example icp --why "..."'),
    ],
)
def test_what_stopped_a_hand_raiser_is_named_with_the_command(
    change: dict[str, str], blocked_by: str, command: str
) -> None:
    """A decisive action that does not hand over says why, and how a person lets it pass."""
    why = shown(person(ASKED, fields={**FITTING, **change}, settled=False)).why_not
    assert why is not None
    assert (why.blocked_by, why.command) == (blocked_by, command)
    assert "Requested a demo" in why.said


def test_a_need_that_is_missing_says_so() -> None:
    """Nobody at a company: the need is named as not so, not as if it held."""
    why = shown(person(ASKED, fields={"contact.email": "dana@gmail.com"}, settled=False)).why_not
    assert why is not None
    assert why.blocked_by == "known_company"
    assert why.label.startswith("Not so: ")


def test_an_objection_has_no_command() -> None:
    """Nobody can set it aside, and the page says that instead."""
    book = shipped()
    stopping = next(item for item in book.filters if item.outcome == "stop")
    result = FilterResult(stopping.id, stopping.label, True, "", "stop")
    decision = decide(person(), book, NOW)
    verdict = replace(decision.verdict, filters=(result,), blocked_by=stopping.id)
    standing = replace(decision.standing, position=Position(Stage.DISQUALIFIED), reason=stopping.id)
    why = page(person(), replace(decision, verdict=verdict, standing=standing), book).why_not
    assert why is not None
    assert why.command == ""
    assert "objection" in why.advice


def test_a_customer_is_not_offered_what_would_not_help() -> None:
    """Setting the filter for customers aside is one thing; that somebody is a customer, nobody sets aside."""
    assert remedy("customer", "dana@acme.example", shipped())[0].startswith("syncd override")
    command, advice = remedy(BLOCKED_AS_CUSTOMER, "dana@acme.example", shipped())
    assert (command, advice[:8]) == ("", "Tell the")


def test_before_go_live_the_command_is_to_go_live() -> None:
    why = shown(person(ASKED, baseline=OBSERVING, settled=False)).why_not
    assert why is not None
    assert why.command == "syncd go-live"


def test_with_sales_there_is_no_why_not() -> None:
    assert shown(person(ASKED, settled=False)).why_not is None


def test_without_an_obstacle_it_says_what_sql_still_asks_for() -> None:
    why = shown(person(("content_downloaded", 3), settled=False)).why_not
    assert why is not None
    assert (why.blocked_by, why.command) == ("", "")
    assert set(why.lacking) <= {
        f"{item.label}{suffix}" for item in shipped().levels.sql for suffix in ("", " (unknown)")
    }
    assert why.lacking


def test_letters_say_confirmed_inferred_or_unknown() -> None:
    """Inferred is not confirmed, and what nobody spoke of is unknown, never missing."""
    told = {letter.id: letter for letter in shown(person(ASKED, ("budget_confirmed", 4))).letters}
    assert told["budget"].state == "confirmed"
    assert told["budget"].at == NOW - timedelta(days=4)
    assert told["timeline"].state == "inferred"
    assert "Requested a demo" in told["timeline"].source
    assert {letter.state for letter in shown(person(fields={"contact.email": "a@b.example"})).letters} == {
        "unknown"
    }


def test_machine_clicks_are_counted_by_reason() -> None:
    """Left out of the score, and listed."""
    decision = decide(person(), shipped(), NOW)
    acts = tuple(MachineAct(key, NOW - timedelta(days=key), "email_clicked", "burst") for key in (1, 2, 3))
    told = page(person(), replace(decision, verdict=replace(decision.verdict, machine=acts)), shipped())
    assert [(item.reason, item.count, item.newest_at) for item in told.machine] == [
        ("burst", 3, NOW - timedelta(days=1))
    ]


def test_only_waivers_in_force_are_shown() -> None:
    """One that has ended, or begins later, is history."""
    ended = Waiver("student", "Robin", "x", NOW - timedelta(days=9), NOW - timedelta(days=1))
    holds = Waiver("student", "Robin", "buys for the group", NOW - timedelta(days=9), NOW + timedelta(days=1))
    assert shown(replace(person(), waivers=(ended, holds))).waivers == (holds,)


def test_colleagues_are_counted_once_and_only_lately() -> None:
    """The same colleague twice is one; last year's is nobody."""
    facts = tuple(
        Signal(number, NOW - timedelta(days=days), NOW - timedelta(days=days),
               Shape("account.activity", {"person": who, "seniority": "vp", "function": "it"}))
        for number, (who, days) in enumerate([("11", 3), ("11", 5), ("12", 8), ("13", 300)], 1)
    )  # fmt: skip
    company = shown(replace(person(), account_signals=facts)).company
    assert (company.active, company.people) == (2, ("11", "12"))
    assert company.roles == ("VP in IT",)


def test_the_history_is_in_words() -> None:
    """Stages by their names, causes in words, codes by their labels."""
    moves = (
        Transition(NOW, Position(Stage.LEAD), Position(Stage.MQL, "engaged"), Cause.SEGMENT_CHANGED),
        Transition(NOW, Position(Stage.LEAD), Position(Stage.DISQUALIFIED), Cause.FILTER, "student"),
        Transition(NOW, Position(Stage.CUSTOMER), Position(Stage.CUSTOMER, "evangelist"), Cause.CRITERIA_MET),
    )  # fmt: skip
    told = [move.text for move in shown(replace(person(), history=moves)).history]
    assert told == [
        "Lead -> MQL Engaged: another scoring model applies now",
        "Lead -> Kept out: kept out by a filter: Student",
        "Customer -> Customer who speaks for us: meets the criteria",
    ]


def test_every_cause_has_words() -> None:
    book = shipped()
    moves = tuple(Transition(NOW, None, Position(Stage.LEAD), cause) for cause in Cause)
    told = [
        move.text
        for move in page(replace(person(), history=moves), decide(person(), book, NOW), book).history
    ]
    assert len({text for text in told if re.fullmatch(r"Lead: [a-zS].+", text)}) == len(Cause)


def test_no_internal_name_is_shown_as_a_source() -> None:
    """Fields and levels are called as people call them."""
    told = shown(person(("webinar_attended", 9), ("pricing_viewed", 2), ("roi_calculated", 4)))
    sources = [item.source for group in told.criteria for item in group.items]
    assert [text for text in sources if re.search(r"\b(contact|company|person|lead)\.\w", text)] == []
    assert any("number of employees: 412" in text for text in sources)


def test_who_is_in_hand_of_sales_gets_no_marketing_action() -> None:
    """The cell's action is for people marketing has in hand."""
    decision = decide(person(), shipped(), NOW)
    assert page(person(), decision, shipped()).cell_action
    with_sales = replace(decision, standing=Standing(Position(Stage.ACCEPTED), NOW))
    assert page(person(), with_sales, shipped()).cell_action == ""


def step(snapshot: Snapshot) -> str:
    return shown(snapshot).what_to_do


def test_what_to_do_follows_the_filter_that_matches() -> None:
    """Another's business is passed on, who opted out is left in peace, an objection ends all contact."""
    partner = {**FITTING, "contact.email": "dana@partner.example"}
    assert step(person(fields=partner)) == "Partner: belongs to partner manager, not to sales."
    opted_out = {**FITTING, "contact.hs_email_optout": "true"}
    assert step(person(fields=opted_out)).startswith("Opted out of marketing: nothing is sent")
    objected = next(item for item in shipped().filters if item.outcome == "stop")
    result = FilterResult(objected.id, objected.label, True, "", "stop")
    decision = decide(person(), shipped(), NOW)
    verdict = replace(decision.verdict, filters=(result,))
    standing = Standing(Position(Stage.DISQUALIFIED), NOW, reason=objected.id)
    told = page(person(), replace(decision, verdict=verdict, standing=standing), shipped()).what_to_do
    assert told == "Has objected: nobody contacts them, nothing is sent"


def test_what_to_do_with_somebody_who_speaks_for_us() -> None:
    decision = decide(person(), shipped(), NOW)
    standing = Standing(Position(Stage.CUSTOMER, "evangelist"), NOW)
    told = page(person(), replace(decision, standing=standing), shipped())
    assert told.place == "Customer who speaks for us"
    assert told.what_to_do.startswith("Speaks for us: thank them")


@pytest.mark.parametrize("breaks", [True, False])
def test_why_not_tells_what_sales_said_and_when_the_pause_ends(breaks: bool) -> None:
    book = shipped()
    rule = next(item for item in book.recycle.rules.values() if not item.is_final)
    rules = {**book.recycle.rules, rule.reason: replace(rule, decisive_breaks=breaks)}
    book = replace(book, recycle=replace(book.recycle, rules=rules))
    standing = Standing(
        Position(Stage.RECYCLED), NOW, pass_number=1, reason=rule.reason, until_at=NOW + timedelta(days=30)
    )
    why = page(person(), replace(decide(person(), book, NOW), standing=standing), book).why_not
    assert why is not None
    assert why.said.startswith(f"Given back by sales: {rule.label}.")
    assert "4 Nov 2026" in why.said
    assert ("a decisive action counts at once" in why.said) is breaks


def test_every_part_of_the_page_is_documented() -> None:
    """What a script may rely on is named in docs/cli.md."""
    text = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    told = text.split("Of the page:")[1].split("### syncd timeline")[0]
    named = set(re.findall(r"`([a-z_]+)(?:\[\])?`", told))
    assert {item.name for item in fields(Page)} - named == set()
