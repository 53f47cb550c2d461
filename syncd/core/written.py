"""What sales wrote as the reason of a pass, and which objection of the playbook that is.

The words stand as sales entered them: in the reason field beside a status, in an answer to an alert, or on a
lost deal. What fits no objection stays as it was written; what was not written is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from syncd.core.feedback import DEAL_SOURCES, REFUSALS, meaning_of
from syncd.core.model import Opportunity, Signal
from syncd.core.patterns import glob
from syncd.core.plain import plain
from syncd.core.playbook import Feedback, Objection
from syncd.core.timeline import ANSWERED

NOTHING: Final = ""
AS_WRITTEN: Final = "written:"
"""Before the words of an objection that is on no list."""
WORDS_CHARS_MAX: Final = 60


def on_lead(signals: Iterable[Signal], since: datetime, until: datetime | None, feedback: Feedback) -> str:
    """The reason that stands on the person's record for a no given in this time; blank for none."""
    said: str | None = None
    for signal in _within(signals, since, until):
        shown = signal.shape.attributes
        if signal.shape.source == ANSWERED:
            said = shown.get("reason", "") if shown.get("says") == "rejected" else said
        elif signal.shape.source == "salesforce.lead_change":
            name = shown.get("property", "").casefold()
            if name == "status" and meaning_of(shown.get("value", ""), feedback) in REFUSALS:
                said = shown.get("reason", "")
            elif said is not None and name and name == feedback.reason_field.casefold():
                said = shown.get("value", "") or said
    return said.strip() if said else NOTHING


def on_deal(
    signals: Iterable[Signal], deals: Iterable[Opportunity], since: datetime, until: datetime | None
) -> str:
    """The reason of a deal lost in this time; where no dated fact has one, of a lost deal as it stands."""
    lost = [
        signal.shape.attributes.get("reason", "")
        for signal in _within(signals, since, until)
        if signal.shape.source in DEAL_SOURCES and signal.shape.attributes.get("outcome") == "lost"
    ]
    if not lost:
        lost = [deal.lost_reason or "" for deal in deals if deal.is_closed and not deal.is_won]
    return next((reason.strip() for reason in reversed(lost) if reason.strip()), NOTHING)


def _within(signals: Iterable[Signal], since: datetime, until: datetime | None) -> Iterable[Signal]:
    return (
        item for item in signals if item.occurred_at >= since and (until is None or item.occurred_at < until)
    )


def reader(objections: Sequence[Objection]) -> Callable[[str], str]:
    """What turns written words into an objection: the id of the first that fits, else the words themselves
    after `AS_WRITTEN`, else nothing."""
    tests = [(item.id, glob(item.written)) for item in objections]

    def objection(words: str) -> str:
        text = words.strip()
        if not text:
            return NOTHING
        found = next((name for name, fits in tests if fits(text)), None)
        return found if found is not None else AS_WRITTEN + plain(text, WORDS_CHARS_MAX)

    return objection


def label(objection: str, objections: Iterable[Objection]) -> str:
    """What people read of an objection."""
    if objection == NOTHING:
        return "(nothing written)"
    if objection.startswith(AS_WRITTEN):
        return f'"{objection.removeprefix(AS_WRITTEN)}"'
    return next((item.label for item in objections if item.id == objection), objection)
