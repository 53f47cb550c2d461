"""One message when a system stops, one when it is well again, none in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.alarms import Alarm, News, Trouble, turn

NOW = datetime(2026, 9, 7, 9, tzinfo=UTC)
OUTAGE = timedelta(minutes=15)
LIMIT = Trouble(
    "hubspot.daily_limit: the day's calls are used up. They are back at midnight", is_certain=True
)
SILENCE = Trouble("hubspot.timeout: no answer", is_certain=False)


def run(*met: tuple[float, Trouble | None]) -> list[News]:
    """What is told by runs at these minutes."""
    alarm: Alarm | None = None
    told = []
    for minutes, trouble in met:
        alarm, news = turn("hubspot", alarm, trouble, OUTAGE, NOW + timedelta(minutes=minutes))
        told += [news] if news else []
    return told


def test_a_system_that_stops_for_sure_is_told_at_once_and_once() -> None:
    (news,) = run((0, LIMIT), (1, LIMIT), (2, SILENCE), (60, LIMIT))
    assert news.title == "HubSpot has stopped: see syncd errors"
    assert "back at midnight" in news.body


def test_silence_is_told_when_it_has_lasted() -> None:
    assert run((0, SILENCE), (14, SILENCE)) == []
    (news,) = run((0, SILENCE), (14, SILENCE), (16, SILENCE), (30, SILENCE))
    assert news.title == "HubSpot has not answered for 16 minutes: see syncd errors"


def test_a_hiccup_is_never_told() -> None:
    assert run((0, SILENCE), (1, None), (2, SILENCE), (20, None)) == []


def test_well_again_is_told_once_and_only_to_who_heard_of_the_stop() -> None:
    told = run((0, LIMIT), (180, None), (181, None), (182, None))
    assert [news.change for news in told] == ["stopped", "well"]
    assert told[1].title == "HubSpot is well again after 3 hours"


def test_a_second_stop_is_a_second_message() -> None:
    assert [news.change for news in run((0, LIMIT), (5, None), (9, LIMIT))] == ["stopped", "well", "stopped"]


@given(st.lists(st.sampled_from([None, LIMIT, SILENCE]), max_size=60))
def test_messages_alternate_whatever_happens(met: list[Trouble | None]) -> None:
    told = run(*((float(at), trouble) for at, trouble in enumerate(met)))
    assert [news.change for news in told] == ["stopped", "well"] * (len(told) // 2) + ["stopped"] * (
        len(told) % 2
    )
