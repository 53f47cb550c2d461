"""The clock in words: how it stands, why a fact counts or not, and the messages that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from syncd.core.sla.calendar import elapsed
from syncd.core.sla.clock import Clock, State, Terms
from syncd.core.sla.touches import CORRECTED, Seen, Touch
from syncd.core.story import moment

STATES: Mapping[State, str] = {
    State.RUNNING: "Waiting for first contact",
    State.OVERDUE: "Overdue",
    State.MET: "Met",
    State.LATE: "Late",
    State.BREACHED: "Breached",
    State.ENDED: "Given back untouched",
}
_KINDS = {"attempt": "tried", "contact": "spoken"}
_WHY = {
    "rule": "",
    "no_rule": "no rule speaks of it",
    "nobodys": "it is nobody's: a queue or an integration user owns it, or made it for nobody",
    "nobody_tried": "an answer, and sales had not tried before",
    "corrected": "set aside by a correction",
}
_SOURCES = {CORRECTED: "as corrected", "deal": "a deal was opened"}


def business_hours(terms: Terms, at: datetime) -> float:
    """Open hours of the team between the start of its clock and a moment."""
    return elapsed(terms.started_at, at, terms.team.hours)


def span(hours: float) -> str:
    """`3 h 20 min` of open hours."""
    minutes = round(hours * 60)
    whole, rest = divmod(minutes, 60)
    return f"{whole} h {rest} min" if whole and rest else f"{whole} h" if whole else f"{rest} min"


def name_of(user_id: str, names: Mapping[str, str]) -> str:
    """The name of a user or queue; its id where none is known."""
    return names.get(user_id, user_id) or "nobody"


def lines(clock: Clock, names: Mapping[str, str]) -> Iterator[tuple[datetime, str]]:
    """What happened to this clock, dated, in words: every step with its reason."""
    agreed, zone = clock.terms, clock.terms.team.hours.time_zone
    team = f", {agreed.team.label}" if agreed.team.label else ""
    tier = f", {agreed.tier.label}" if agreed.tier else ""
    again = "sales took it up again" if clock.span.number else "Salesforce confirmed the hand-off"
    if clock.span.again:
        again = "the meeting did not take place"
    due = f"due {moment(agreed.due_at, zone)}, breached {moment(agreed.breach_at, zone)}"
    yield clock.span.started_at, f"clock starts, {again}{tier}{team}: {due}"
    for owned in clock.owners:
        word = "is with" if owned.since_at == clock.span.started_at else "goes to"
        own = clock.person if owned is clock.owners[-1] and len(clock.owners) > 1 else None
        until = f"; their own clock runs until {moment(own.due_at, own.team.hours.time_zone)}" if own else ""
        yield owned.since_at, f"{word} {name_of(owned.owner, names)}{until}"
    for seen in clock.work.seen:
        yield seen.signal.occurred_at, seen_words(seen)
    given = clock.work.correction
    if given is not None:
        said = (
            "nothing up to then was a touch" if given.says == "none" else f"first {_KINDS[given.says]} then"
        )
        yield given.at, f"corrected by {given.by or 'somebody'}: {said} ({given.why})"
    for label, touch in (("first try", clock.work.attempt), ("first contact", clock.work.contact)):
        if touch is not None:
            yield touch.at, f"{label} {touch_words(touch, clock, names)}"
    end = clock.touch.at if clock.touch else clock.span.ended_at
    for at, text in ((agreed.due_at, "target passed untouched"), (agreed.breach_at, "breached")):
        if end is None or end > at:
            yield at, text
    if clock.span.ended_at is not None:
        outcome = str(clock.span.outcome).replace("_", " ") if clock.span.outcome else "another starts"
        yield clock.span.ended_at, f"clock ends: {outcome}"


def touch_words(touch: Touch, clock: Clock, names: Mapping[str, str]) -> str:
    """`by Ada Rep (salesforce.task), after 1 h 10 min of open hours`."""
    by = f"by {name_of(touch.by, names)} " if touch.by else ""
    how = _SOURCES.get(touch.source, touch.source)
    if touch.at <= clock.span.started_at:
        return f"{by}({how}), before the hand-off was confirmed"
    return f"{by}({how}), after {span(business_hours(clock.terms, touch.at))} of open hours"


def seen_words(seen: Seen) -> str:
    """What a fact counts as, and why it does not."""
    title = seen.signal.detail.title if seen.signal.detail else None
    what = f"{seen.signal.shape.source}{f': {title}' if title else ''}"
    if seen.counts != "nothing":
        return f"{what} counts as {_KINDS[seen.counts]}"
    return f"{what} is no touch{f': {_WHY[seen.why]}' if _WHY[seen.why] else ''}"


def verdict(clock: Clock) -> str:
    """How the clock stands, in one line."""
    zone = clock.terms.team.hours.time_zone
    state = STATES[clock.state]
    match clock.state:
        case State.RUNNING:
            return f"{state}, due {moment(clock.terms.due_at, zone)}"
        case State.OVERDUE:
            breach = moment(clock.terms.breach_at, zone)
            return f"{state} since {moment(clock.terms.due_at, zone)}, breached {breach}"
        case State.BREACHED if clock.touch is None:
            return f"{state} since {moment(clock.terms.breach_at, zone)}, and nobody has touched it"
        case State.ENDED:
            return state if clock.span.outcome is not None else "Started anew"
        case _:
            assert clock.touch is not None, "what is met, late or breached and touched has a touch"
            took = span(business_hours(clock.terms, clock.touch.at))
            return f"{state}: {took} of open hours to the first touch"
