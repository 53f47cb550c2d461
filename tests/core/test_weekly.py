"""The agenda of the hand-off meeting: promises kept and broken, the warning of S118, the way to a deal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.context import lacks
from syncd.core.history import history
from syncd.core.model import Cause, Position, Signal, Stage, Transition
from syncd.core.passes import Pass
from syncd.core.paths import path
from syncd.core.weekly import Tally, Weeks, points, quality_warning, tally
from tests.core.builders import at, default_playbook, demo_request, person, signal


def made(accepted: int, back: int) -> Tally:
    """A period in which sales answered so much."""
    return Tally(accepted=list(range(accepted)), given_back=list(range(back)))


def weeks(now: Tally, before: Tally, downloads: tuple[int, int] = (40, 60), **parts: int) -> Weeks:
    numbers = {
        "decided": 0,
        "met": 0,
        "late": 0,
        "thin": 0,
        "owed": 0,
        "set_aside": 0,
        "won_by_us": 0,
    } | parts
    return Weeks(now, before, downloads[1], downloads[0], **numbers)


def test_more_downloads_and_less_acceptance_is_said() -> None:
    """B-118: with what was counted; where it may be chance, that is said too."""
    sure = quality_warning(weeks(made(20, 60), made(60, 20)))
    assert "Downloads rose from 40 to 60" in sure
    assert "20 of 80 after 60 of 80" in sure
    assert "chance" not in sure
    assert quality_warning(weeks(made(2, 3), made(4, 2))).endswith("it may still be chance.")


@pytest.mark.parametrize(
    ("now", "before", "downloads"),
    [
        (made(2, 3), made(4, 2), (60, 60)),
        (made(4, 2), made(2, 3), (40, 60)),
        (made(0, 0), made(4, 2), (40, 60)),
        (made(2, 3), made(0, 0), (40, 60)),
    ],
)
def test_else_there_is_no_warning(now: Tally, before: Tally, downloads: tuple[int, int]) -> None:
    """Downloads did not rise, acceptance did not fall, or nothing was answered."""
    assert quality_warning(weeks(now, before, downloads)) == ""


def test_the_agenda_says_both_promises_first_and_what_was_won_last() -> None:
    """B-112: one sentence each, with numbers."""
    now = Tally(passed=[1, 2, 3], given_back=[4], won=[5], reasons={"no_budget": [4]})
    told = points(
        weeks(now, Tally(), (0, 0), decided=3, met=2, late=1, owed=1, thin=1, won_by_us=1),
        {"no_budget": "No budget"},
    )
    assert told[0] == "Marketing's promise holds: all of the 3 handed over met the criteria."
    assert told[1] == "Sales' promise: 2 of 3 were contacted in time; 1 late, breached or overdue."
    assert "Sales gave 1 back, most often for: No budget (1)." in told
    assert "1 of 3 went over without full context." in told
    assert told[-1].startswith("New customers: 1, 1 of them handed over by us.")


def test_a_week_of_nothing_is_said_in_one_sentence() -> None:
    assert points(weeks(Tally(), Tally(), (0, 0)), {}) == ("Nobody was handed over.",)


def a_pass(cause: Cause, origin: Stage = Stage.SQL, evidence: tuple[int, ...] = (1,)) -> list[Transition]:
    began = Transition(
        at(0), Position(Stage.LEAD), Position(Stage.SQL), cause, pass_number=1, evidence=evidence
    )
    back = Transition(at(1), Position(Stage.SQL), Position(origin), Cause.CRITERIA_LOST, pass_number=1)
    came = Transition(at(2), Position(origin), Position(Stage.HANDED_OFF), Cause.DELIVERED, pass_number=1)
    return [began, *([back] if origin is not Stage.SQL else []), came]


@pytest.mark.parametrize(
    ("moves", "broken"),
    [
        (a_pass(Cause.DECISIVE_ACTION), 0),
        (a_pass(Cause.THRESHOLD, evidence=()), 0),
        (a_pass(Cause.DECISIVE_ACTION, evidence=()), 1),
        (a_pass(Cause.CORRECTED), 1),
        (a_pass(Cause.DECISIVE_ACTION, Stage.MQL), 1),
        (a_pass(Cause.DECISIVE_ACTION)[1:], 1),
    ],
)
def test_marketings_counter(moves: list[Transition], broken: int) -> None:
    """B-73: passed without the criteria, by an act nobody can name, or after it was withdrawn."""
    found = tally({1: history([moves])}, at(-1), at(9))
    assert len(found.without_criteria) == broken


def test_a_merged_person_is_counted_once_with_all_passes() -> None:
    """Undone moves of one record do not touch the other's."""
    one, two = a_pass(Cause.DECISIVE_ACTION), a_pass(Cause.THRESHOLD)
    undone = Transition(
        at(3), Position(Stage.HANDED_OFF), Position(Stage.LEAD), Cause.UNDONE, pass_number=1,
        numbers={"moves_undone": 2},
    )  # fmt: skip
    found = tally({1: history([one, [*two, undone]])}, at(-1), at(9))
    assert found.passed == [1]


def test_the_way_there_names_each_step_once_and_every_hand_over() -> None:
    """S116: from the first answer to the deal."""

    def to(
        day: float, stage: Stage, cause: Cause = Cause.CRITERIA_MET, code: str = "", level: str = ""
    ) -> Transition:
        return Transition(at(day), None, Position(stage, level), cause, code)

    moves = [
        to(0, Stage.LEAD, Cause.CREATED),
        to(1, Stage.MQL, level="engaged"),
        to(2, Stage.LEAD, Cause.CRITERIA_LOST),
        to(3, Stage.MQL, level="engaged"),
        to(4, Stage.SQL, Cause.DECISIVE_ACTION, "demo_requested"),
        to(5, Stage.REJECTED, Cause.SALES_REJECTED, "bad_timing"),
        to(6, Stage.SQL, Cause.REENTERED, "demo_requested"),
        to(9, Stage.CUSTOMER, Cause.OPPORTUNITY_WON),
    ]
    told = path(moves, at(-5), "Whitepaper", default_playbook())
    assert [stop.text for stop in told] == [
        "first seen: Whitepaper",
        "MQL Engaged",
        "SQL: Requested a demo",
        "given back: Bad timing",
        "SQL: Requested a demo",
        "Customer",
    ]
    assert told[-1].at - told[0].at == timedelta(days=14)


def handed(*facts: Signal, **fields: str) -> frozenset[str]:
    """What lacks in a hand-off of somebody of these fields, carried by the first of these facts."""
    known = {"contact.email": "dana@gmail.com", **{f"contact.{name}": text for name, text in fields.items()}}
    made = Pass(1, at(0), Cause.DECISIVE_ACTION, "", (facts[0].key,) if facts else (7,))
    return lacks(person(*facts, fields=known), made, default_playbook(), at(1))


def test_a_hand_off_is_audited_item_by_item() -> None:
    """B-113: a private address tells no company, a machine's click no story."""
    assert handed(demo_request(at(0)), jobtitle="VP", company="Acme", phone="+49 30 1") == frozenset()
    assert handed(demo_request(at(0)), jobtitle="VP") == {"company", "phone"}
    assert handed() == {"why", "story", "title", "company", "phone", "only_a_name"}
    click = signal("hubspot.email_click", at(0), {"campaign": "October", "agent": "scanner"})
    assert "only_a_name" in handed(click)


def test_what_came_later_was_not_told() -> None:
    assert "story" in lacks(
        person(demo_request(at(3))), Pass(1, at(0), Cause.THRESHOLD, "", ()), default_playbook(), at(1)
    )


def test_a_pass_goes_on_with_the_survivor_of_a_merge() -> None:
    """Sales answers under the record that is left."""
    merged = Transition(
        at(3), Position(Stage.HANDED_OFF), Position(Stage.HANDED_OFF), Cause.MERGED, "into:2", 1
    )
    there = [
        Transition(at(0), None, Position(Stage.LEAD), Cause.CREATED),
        Transition(at(3), Position(Stage.LEAD), Position(Stage.HANDED_OFF), Cause.MERGED, "from:1", 1),
        Transition(at(4), Position(Stage.HANDED_OFF), Position(Stage.ACCEPTED), Cause.SALES_ACCEPTED, "", 1),
    ]
    found = tally({2: history([[*a_pass(Cause.DECISIVE_ACTION), merged], there])}, at(-1), at(9))
    assert (found.passed, found.accepted) == ([2], [2])
