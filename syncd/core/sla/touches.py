"""Which facts are sales' own work on a lead: tried, spoken, or neither, and why.

Judged by whose it is and what happened, never by who created the row: the playbook's rules say so per source,
the first that fits. An answer of the person is contact once sales has tried, not before: else nobody of sales
was there. A manager's correction stands above what was recorded up to its moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from syncd.core import patterns
from syncd.core.model import Signal
from syncd.core.playbook import Counts, Touches
from syncd.core.signals import predicate

CORRECTED = "syncd.touch_corrected"
"""Source of a manager's word; `says` is `attempt`, `contact` or `none`, its detail holds who and why."""
QUEUE_PREFIX = "00G"
# Ids of queues begin with 00G: Salesforce, Object Reference, Group.

Kind: TypeAlias = Literal["attempt", "contact"]
Counted: TypeAlias = Literal["attempt", "contact", "nothing"]
Why: TypeAlias = Literal["rule", "no_rule", "nobodys", "nobody_tried", "corrected"]


@dataclass(frozen=True, slots=True)
class Touch:
    """One time sales tried or spoke. `by` is the Salesforce user whose work it is, where known."""

    at: datetime
    kind: Kind
    source: str
    key: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A manager's word on the first touch: what it was (`none`: nothing up to then was one), who and why."""

    at: datetime
    says: Kind | Literal["none"]
    by: str
    why: str
    given_at: datetime
    key: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One fact that was looked at: what it counts as, and why."""

    signal: Signal
    counts: Counted
    why: Why


@dataclass(frozen=True, slots=True)
class Depth:
    """How often one kind of fact was a try or a contact."""

    source: str
    counts: Counted
    times: int


@dataclass(frozen=True, slots=True)
class Work:
    """What sales did in a span: the first try (contact is one too), the first contact, and what was seen."""

    attempt: Touch | None
    contact: Touch | None
    seen: tuple[Seen, ...]
    correction: Correction | None

    @property
    def depth(self) -> tuple[Depth, ...]:
        """How often sales tried and spoke, by the kind of fact that shows it."""
        found = Counter((item.signal.shape.source, item.counts) for item in self.seen)
        return tuple(
            Depth(source, counts, times)
            for (source, counts), times in sorted(found.items())
            if counts != "nothing"
        )


def work(
    signals: Iterable[Signal],
    touches: Touches,
    since_at: datetime,
    until_at: datetime,
    deal_at: datetime | None = None,
) -> Work:
    """Sales' work after `since_at` and up to `until_at`. A deal is not opened without having spoken."""
    facts = sorted(
        (item for item in signals if since_at < item.occurred_at <= until_at),
        key=lambda item: (item.occurred_at, item.key),
    )
    correction = _correction(facts)
    seen: list[Seen] = []
    found: list[Touch] = []
    judge = _judge(touches)
    for item in facts:
        one = _seen(item, judge(item), has_tried=bool(found), correction=correction)
        if one.why != "no_rule":
            seen.append(one)
        if one.counts != "nothing":
            found.append(Touch(item.occurred_at, one.counts, item.shape.source, item.key, _by(item)))
    if correction is not None and correction.says != "none":
        found.append(Touch(correction.at, correction.says, CORRECTED, correction.key))
    if deal_at is not None and deal_at <= until_at:
        found.append(Touch(deal_at, "contact", "deal"))
    found.sort(key=lambda touch: (touch.at, touch.key))
    contact = next((touch for touch in found if touch.kind == "contact"), None)
    return Work(found[0] if found else None, contact, tuple(seen), correction)


def _seen(
    item: Signal, judged: tuple[Counts, Why], *, has_tried: bool, correction: Correction | None
) -> Seen:
    counts, why = judged
    if counts == "reply":
        return Seen(item, "contact", why) if has_tried else Seen(item, "nothing", "nobody_tried")
    if counts == "nothing" or correction is None or item.occurred_at > correction.at:
        return Seen(item, counts, why)
    # `contact` at a moment makes earlier contacts tries; `attempt` and `none` say there was nothing before.
    if correction.says == "contact":
        return Seen(item, "attempt", "corrected" if counts == "contact" else why)
    return Seen(item, "nothing", "corrected")


class _Rule(NamedTuple):
    fits: Callable[[Mapping[str, str]], bool]
    subject: patterns.Matcher | None
    counts: Counts
    restarts: bool


@lru_cache(maxsize=8)
def _first_fit(touches: Touches) -> Callable[[Signal], _Rule | None]:
    """The first of the playbook's rules that fits a fact."""
    found: dict[str, tuple[_Rule, ...]] = {}
    for item in touches.rules:
        subject = patterns.glob(item.subject) if item.subject else None
        made = _Rule(predicate(item.match.where), subject, item.counts, item.restarts)
        found[item.match.source] = (*found.get(item.match.source, ()), made)

    def first(signal: Signal) -> _Rule | None:
        shape = signal.shape
        title = (signal.detail.title if signal.detail else "") or ""
        for rule in found.get(shape.source, ()):
            if rule.fits(shape.attributes) and (rule.subject is None or rule.subject(title)):
                return rule
        return None

    return first


@lru_cache(maxsize=8)
def _judge(touches: Touches) -> Callable[[Signal], tuple[Counts, Why]]:
    """What the playbook's rules make of a fact."""
    first = _first_fit(touches)

    def judge(signal: Signal) -> tuple[Counts, Why]:
        rule = first(signal)
        if rule is None:
            return "nothing", "no_rule"
        if rule.counts != "nothing" and _is_nobodys(signal.shape.attributes, touches):
            return "nothing", "nobodys"
        return rule.counts, "rule"

    return judge


def restarts(signals: Iterable[Signal], touches: Touches) -> tuple[datetime, ...]:
    """When the clock starts anew: what was agreed did not take place, or was called off before.

    That is the moment of what was agreed, or the earlier one at which it became known that it will not be.
    Not where something else was agreed by then: a fact of the same source that was still to come, even if it
    was called off itself afterwards.
    """
    if not any(rule.restarts for rule in touches.rules):
        return ()
    first, facts = _first_fit(touches), tuple(signals)
    off = [item for item in facts if (rule := first(item)) is not None and rule.restarts]
    if not off:
        return ()
    gone = {item.key for item in off}
    booked = {item.ref.id: item.occurred_at for item in facts if item.shape.source == BOOKED and item.ref}

    def was_agreed(other: Signal, at: datetime) -> bool:
        if other.occurred_at <= at:
            return False
        if other.key not in gone:
            return other.known_at <= at
        booked_at = booked.get(other.ref.id) if other.ref else None
        return booked_at is not None and booked_at <= at < other.known_at

    found = set()
    for item in off:
        at = min(item.occurred_at, item.known_at)
        alike = (other for other in facts if other.shape.source == item.shape.source and other is not item)
        if not any(was_agreed(other, at) for other in alike):
            found.add(at)
    return tuple(sorted(found))


BOOKED = "hubspot.meeting_booked"
"""When a meeting was booked; it has the id of the meeting itself."""


def _is_nobodys(attributes: Mapping[str, str], touches: Touches) -> bool:
    """Made by a machine for nobody, or owned by a queue or a user that is a machine."""
    owner, creator = attributes.get("owner", ""), attributes.get("creator", "")
    if owner.startswith(QUEUE_PREFIX) or is_among(creator, touches.of_nobody):
        return True
    return is_among(owner, touches.for_owner | touches.of_nobody)


def is_among(record_id: str, ids: Iterable[str]) -> bool:
    """Whether it is one of these ids. They have 15 characters, or 18 with a check sum over their case."""
    return bool(record_id) and any(record_id[:15] == item[:15] for item in ids)


def _by(signal: Signal) -> str:
    is_sales = signal.shape.source.startswith("salesforce.")
    return signal.shape.attributes.get("owner", "") if is_sales else ""


# --- a manager's word ------------------------------------------------------------------------------------


def _correction(facts: Iterable[Signal]) -> Correction | None:
    """The newest correction of the span."""
    given = [item for item in facts if item.shape.source == CORRECTED]
    if not given:
        return None
    newest = max(given, key=lambda item: (item.known_at, item.key))
    by, why = (newest.detail.title or "", newest.detail.quote or "") if newest.detail else ("", "")
    says: Kind | Literal["none"] = "none"
    match newest.shape.attributes.get("says"):
        case "attempt":
            says = "attempt"
        case "contact":
            says = "contact"
    return Correction(newest.occurred_at, says, by, why, newest.known_at, newest.key)
