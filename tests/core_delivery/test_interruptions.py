"""One interruption per lead and person, rest when people rest, and nobody left out for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.alert_rules import ChannelUse, QuietHours, family_of
from syncd.core.interruptions import Case, First, Judgement, Later, Other, Owner, Say, Silent, judge
from syncd.core.playbook import Alerts

NOW = datetime(2026, 9, 9, 10, tzinfo=UTC)  # a Wednesday
BERLIN = ZoneInfo("Europe/Berlin")
REP = Owner("005000000000001AAA", "rep@fernhill.io")
RULES = Alerts(
    on_sql=("slack", "mail", "desk"),
    on_hold=(),
    max_age_hours=24,
    uses={"slack": ChannelUse(to_owner=True), "mail": ChannelUse(to_owner=True)},
)


def case(channel: str = "mail", event: str = "sql", **changes: Any) -> Case:
    base = Case(2, event, channel, NOW, owner=REP)
    return replace(base, **changes)


def other(channel: str = "slack", event: str = "sql", state: str = "done", **changes: Any) -> Other:
    done_at = NOW - timedelta(minutes=2) if state == "done" else None
    return replace(Other(1, event, channel, state, 0, None, done_at, False, "Call Dana"), **changes)


def of(found: Judgement) -> str:
    return type(found).__name__


# --- one interruption ------------------------------------------------------------------------------------


def test_an_owner_told_by_chat_is_not_told_by_mail() -> None:
    """The playbook's order: the first channel that reaches the person speaks."""
    found = judge(case(others=(other(),)), "T", "", RULES, NOW)
    assert found == Silent("told_elsewhere", "kept silent: slack has told the same people")


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (other(state="pending"), "Later"),  # it goes in this very pass
        (other(state="sending"), "Later"),
        (other(state="unknown"), "Later"),
        (other(state="pending", attempts=1), "Say"),  # it fails: nobody waits for it
        (other(state="pending", next_at=NOW + timedelta(hours=8)), "Say"),  # it rests until the morning
        (other(state="parked"), "Say"),
        (other(state="cancelled"), "Say"),
        (other(is_silent=True), "Say"),
        (other(channel="desk"), "Say"),  # other people
        (other(event="sla_reminder:005"), "Say"),  # another event
        (other(effect_id=3, state="pending"), "Say"),  # it comes later in the playbook's order
        (other(effect_id=3), "Silent"),
    ],
)
def test_a_channel_is_silent_only_where_another_speaks(beside: Other, expected: str) -> None:
    assert of(judge(case(others=(beside,)), "T", "", RULES, NOW)) == expected


def test_channels_with_named_readers_are_one_interruption() -> None:
    uses = {"chat": ChannelUse("desk"), "pager": ChannelUse("desk")}
    found = judge(case("pager", others=(other("chat"),)), "T", "", replace(RULES, uses=uses), NOW)
    assert of(found) == "Silent"


def test_a_breach_is_not_the_owners_to_hear_alone() -> None:
    """What goes to the owner's mail for a reminder goes to the channel's own address for a breach."""
    found = judge(case(event="sla_breach"), "T", "", RULES, NOW)
    assert isinstance(found, Say)
    assert not found.changes["is_to_owner"]


@pytest.mark.parametrize(("minutes", "expected"), [(2, "Silent"), (9.9, "Silent"), (10, "Say"), (600, "Say")])
def test_lesser_news_waits_for_nobody_and_is_not_told_twice(minutes: float, expected: str) -> None:
    """A heads-up minutes after the SQL says nothing new to the same person."""
    told = other(done_at=NOW - timedelta(minutes=minutes))
    found = judge(case("slack", "heads_up_demo", others=(told,)), "T", "", RULES, NOW)
    assert of(found) == expected


def test_an_sql_is_told_however_shortly_after_a_heads_up() -> None:
    told = other(event="heads_up_demo")
    assert of(judge(case(others=(told,)), "T", "", RULES, NOW)) == "Say"


def test_a_second_try_is_always_made() -> None:
    """Its first answer was lost: silence would guess."""
    assert of(judge(case(is_unknown=True, others=(other(),)), "T", "", RULES, NOW)) == "Say"


# --- the owner -------------------------------------------------------------------------------------------


def test_a_message_to_the_owner_waits_until_the_org_has_named_one() -> None:
    assert of(judge(case(owner=None), "T", "", RULES, NOW)) == "Later"


@pytest.mark.parametrize("owner", [None, Owner("00G000000000001AAA")])
def test_nobody_by_then_or_a_queue_means_the_channels_own_address(owner: Owner | None) -> None:
    found = judge(case(owner=owner, created_at=NOW - timedelta(minutes=4)), "T", "", RULES, NOW)
    assert isinstance(found, Say)
    assert not found.changes.get("is_to_owner")
    assert found.notes == ("no person owns the record, so it went to the channel's own address",)


def test_a_shared_channel_waits_for_no_owner() -> None:
    assert of(judge(case("desk", owner=None), "T", "", RULES, NOW)) == "Say"


# --- companies -------------------------------------------------------------------------------------------


def test_a_second_person_of_a_company_goes_under_the_first() -> None:
    first = First("Acme", "Call Dana: asked for a demo", "notify:slack:C1/17.2")
    found = judge(case(first=first), "Call Ines: asked for a price", "Ines\n+49\nmore\nmore", RULES, NOW)
    assert isinstance(found, Say)
    assert found.changes["title"] == "Also at Acme: Call Ines: asked for a price"
    assert found.changes["body"] == "Ines\n+49\nFirst there: Call Dana: asked for a demo"
    assert found.changes["thread"] == "slack/C1/17.2"


# --- rest ------------------------------------------------------------------------------------------------

NIGHTS = QuietHours(("mail",), "Europe/Berlin", time(19), time(7, 30), ("sat", "sun"), ("sla_breach",))


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-09-09 12:00", None),
        ("2026-09-09 18:59:59", None),
        ("2026-09-09 19:00", "2026-09-10 07:30"),
        ("2026-09-10 03:00", "2026-09-10 07:30"),
        ("2026-09-10 07:29:59", "2026-09-10 07:30"),
        ("2026-09-10 07:30", None),
        ("2026-09-11 20:00", "2026-09-14 07:30"),  # Friday evening: Monday morning
        ("2026-09-12 12:00", "2026-09-14 07:30"),
        ("2026-09-13 23:59", "2026-09-14 07:30"),
        ("2026-10-24 20:00", "2026-10-26 07:30"),  # the night of the clock change
        ("2026-03-27 19:00", "2026-03-30 07:30"),
    ],
)
def test_quiet_hours_end_when_people_are_back(at: str, until: str | None) -> None:
    found = NIGHTS.until(datetime.fromisoformat(at).replace(tzinfo=BERLIN).astimezone(UTC))
    expected = None if until is None else datetime.fromisoformat(until).replace(tzinfo=BERLIN)
    assert found == expected


def test_quiet_hours_within_a_day() -> None:
    lunch = QuietHours(("mail",), "UTC", time(12), time(13))
    assert lunch.until(NOW.replace(hour=12, minute=30)) == NOW.replace(hour=13)
    assert lunch.until(NOW.replace(hour=13)) is None


@pytest.mark.parametrize(
    ("meets", "expected"),
    [(8, "Say"), (9, "Say"), (10, "Later"), (-2, "Later"), (None, "Later")],
    ids=["during the rest", "as it ends", "after it", "over", "no meeting"],
)
def test_who_meets_the_person_during_the_rest_is_told_before(meets: int | None, expected: str) -> None:
    """Hours from one in the night to nine in the morning: the brief goes out before the meeting."""
    night = datetime(2026, 9, 9, 1, tzinfo=UTC)
    rests = QuietHours(("mail",), "UTC", time(20), time(10))
    meets_at = None if meets is None else night + timedelta(hours=meets)
    found = judge(case(created_at=night, meets_at=meets_at), "T", "", replace(RULES, quiet=(rests,)), night)
    assert of(found) == expected


@pytest.mark.parametrize(
    ("event", "channel", "expected"),
    [("sql", "mail", "Later"), ("sla_breach_2", "mail", "Say"), ("sql", "desk", "Say")],
)
def test_rest_is_for_named_channels_and_not_for_what_may_pass(
    event: str, channel: str, expected: str
) -> None:
    night = NOW.replace(hour=22)
    found = judge(case(channel, event, created_at=night), "T", "", replace(RULES, quiet=(NIGHTS,)), night)
    assert of(found) == expected


def test_what_was_held_goes_as_a_digest() -> None:
    found = judge(case(was_held=True), "T", "", RULES, NOW)
    assert isinstance(found, Say)
    assert found.changes["digest"] is True


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("handed_off", "Say"), ("sql", "Say"), ("accepted", "Silent"), ("recycled", "Silent")],
)
def test_what_sales_answered_overnight_is_not_told_in_the_morning(stage: str, expected: str) -> None:
    assert of(judge(case(was_held=True, stage=stage), "T", "", RULES, NOW)) == expected


@pytest.mark.parametrize(
    ("event", "family"),
    [
        ("sla_reminder_2:005A", "sla_reminder"),
        ("sla_reminder:005A", "sla_reminder"),
        ("sla_breach", "sla_breach"),
        ("heads_up_pricing_page", "heads_up"),
        ("sqlish", "sqlish"),
        ("hold", "hold"),
    ],
)
def test_an_event_belongs_to_a_family(event: str, family: str) -> None:
    assert family_of(event) == family


def test_later_is_always_later() -> None:
    """Whatever waits is looked at again after now, or it would never end."""
    for found in (
        judge(case(owner=None), "T", "", RULES, NOW),
        judge(case(others=(other(state="sending"),)), "T", "", RULES, NOW),
    ):
        assert isinstance(found, Later)
        assert found.at > NOW


# --- whatever the channels do ----------------------------------------------------------------------------

ALL = ("a", "b", "c", "d")


@given(st.lists(st.sampled_from(["works", "fails twice", "refuses", "rests"]), min_size=1, max_size=4))
def test_somebody_is_always_told_and_once_where_channels_work(kinds: list[str]) -> None:
    """Channels to the same people, each of which works, fails at first, is set up wrongly, or rests until
    the morning: rounds of delivery until nothing moves."""
    names = ALL[: len(kinds)]
    rest = tuple(name for name, kind in zip(names, kinds, strict=True) if kind == "rests")
    quiet = (QuietHours(rest, "UTC", time(9), time(18)),) if rest else ()
    rules = replace(RULES, uses={name: ChannelUse("desk") for name in names}, quiet=quiet)
    rows = {
        name: replace(other(name, state="pending"), effect_id=number) for number, name in enumerate(names, 1)
    }
    now, told = NOW, list[str]()
    for _round in range(200):
        for name, kind in zip(names, kinds, strict=True):
            row = rows[name]
            if row.state != "pending" or (row.next_at is not None and row.next_at > now):
                continue
            beside = tuple(item for key, item in rows.items() if key != name)
            found = judge(case(name, effect_id=row.effect_id, others=beside), "T", "", rules, now)
            match found:
                case Silent():
                    rows[name] = replace(row, state="done", done_at=now, is_silent=True)
                case Later(at=at):
                    rows[name] = replace(row, next_at=at)
                case Say() if kind == "refuses":
                    rows[name] = replace(row, state="parked")
                case Say() if kind == "fails twice" and row.attempts < 2:
                    rows[name] = replace(row, attempts=row.attempts + 1, next_at=now + timedelta(minutes=1))
                case Say():
                    told.append(name)
                    rows[name] = replace(row, state="done", done_at=now)
        now += timedelta(minutes=5)
    assert all(row.state in {"done", "parked"} for row in rows.values())
    assert bool(told) == any(kind != "refuses" for kind in kinds)
    assert len(told) <= 1
