"""Nurture, whatever happens: one track at a time in list and property, and days alone write nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.model import Decision, Intent, Signal, Snapshot, System
from tests.core.builders import follow
from tests.definition.people import BUYER, MISFIT, NOW, SPECIALIST, STRANGER, ordered, person, shipped
from tests.definition.single import SINGLE_ACTS
from tests.properties.harness import for_all

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ANSWERS = ("intent_confirmed", "intent_declined")
LEFT_OUT = frozenset({
    "colleague_active", "senior_colleague_active", "stakeholder_joined", "sales_status_changed",
    "deal_changed",
    "job_applied", "careers_viewed",  # a filter that ends with its window is told at the next evaluation
})  # fmt: skip


def acts() -> st.SearchStrategy[list[Signal]]:
    """Acts of one person on any of four hundred days, the telling ones more often."""
    names = [name for name in SINGLE_ACTS if name not in LEFT_OUT]
    telling = ["webinar_attended", "pricing_viewed", "comparison_viewed", "trial_started", *ANSWERS]
    kind = st.one_of(st.sampled_from(telling), st.sampled_from(names))
    return st.lists(st.tuples(kind, st.integers(-100, 300)), min_size=4, max_size=24).map(
        lambda drawn: [_moved(SINGLE_ACTS[name], days, number) for number, (name, days) in enumerate(drawn)]
    )


def _moved(act: Signal, days: int, number: int) -> Signal:
    at = NOW + timedelta(days=days, minutes=7 * number)
    return replace(act, key=act.key ^ (number + 1), occurred_at=at, known_at=at)


whom = st.sampled_from((BUYER, SPECIALIST, STRANGER, MISFIT, {**BUYER, "contact.hs_email_optout": "true"}))
moments = st.lists(st.integers(-120, 400), min_size=1, max_size=6, unique=True).map(sorted)


def walk(lead: Snapshot, signals: Sequence[Signal], days: Sequence[int]) -> list[tuple[Snapshot, Decision]]:
    """Somebody evaluated on these days, with what was known by each: before and after."""
    found = []
    for day in days:
        now = NOW + day * DAY
        known = replace(lead, signals=ordered(item for item in signals if item.known_at <= now))
        decision = decide(known, shipped(), now)
        lead = follow(known, decision, now, shipped())
        found.append((lead, decision))
    return found


def in_hubspot(found: Decision) -> dict[str, Intent]:
    return {item.target: item for item in found.intents if item.system is System.HUBSPOT}


def payloads(found: Decision) -> dict[str, object]:
    return {target: item.payload for target, item in in_hubspot(found).items()}


@for_all(whom, acts(), moments, examples=30)
def test_nobody_is_ever_on_two_tracks_and_list_and_property_agree(
    who: dict[str, str], signals: list[Signal], days: list[int]
) -> None:
    """One intention about lists per contact, of one list at most; the property names the track of that list,
    and who opted out is on none."""
    lists = {track.list_name: track.label for track in shipped().tracks.values()}
    for _lead, found in walk(person(known=who), signals, days):
        meant = [item for item in found.intents if item.kind == "membership"]
        assert len(meant) <= 1
        for intent in meant:
            contact = in_hubspot(found)["contact:101"]
            shown = contact.payload["fields"]["syncd_track"]  # type: ignore[index]
            assert (shown or "") == lists.get(str(intent.payload["list"]), "")
            assert intent.payload["member"] is bool(intent.payload["list"])
            if who.get("contact.hs_email_optout"):
                assert intent.payload["list"] == ""


@for_all(whom, acts(), moments, st.floats(0, 1), examples=30)
def test_days_without_facts_write_nothing(
    who: dict[str, str], signals: list[Signal], days: list[int], share: float
) -> None:
    """Until it is due again, an evaluation means the same in HubSpot to the letter: nothing there fades."""
    for lead, found in walk(person(known=who), signals, days):
        if any(item.known_at > found.verdict.at for item in lead.signals):
            continue
        until = found.due_at or found.verdict.at + 400 * DAY
        later = found.verdict.at + (until - SECOND - found.verdict.at) * share
        if later <= found.verdict.at:
            continue
        again = decide(lead, shipped(), _whole(later))
        assert again.transitions == ()
        assert payloads(again) == payloads(found)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
