"""What becomes of one alert at the moment it is to go: said, kept silent with the reason, or kept for later.

One interruption per lead and person: of channels with the same readers an event takes the first that works,
and lesser news is not told to somebody who has just heard of the lead. A channel is silent only once another
has spoken: one that is broken never keeps anybody from hearing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from syncd.core.alert_rules import ChannelUse, family_of
from syncd.core.plain import plain
from syncd.core.playbook import Alerts

OWNER_WAIT = timedelta(minutes=3)
"""How long a message to the owner waits for the org to name one: assignment rules act on create, and the next
poll shows it."""
SOON = timedelta(seconds=20)
TO_OWNERS = frozenset({"sql", "heads_up", "news", "meeting", "sla_reminder", "correction"})
"""Events that are the owner's. A breach and what follows are for others than who let it happen."""
ANSWERABLE = frozenset({"sql", "news", "meeting", "sla_reminder"})
LESSER = frozenset({"heads_up", "news"})
ANSWERED = frozenset({"accepted", "opportunity", "customer", "recycled", "disqualified", "erased"})
"""Stages in which nobody needs to hear any more that somebody became an SQL."""
HELD = "held: "
"""How the note of an alert begins that waited for quiet hours to end: several go as one digest."""
_UNDER_WAY = frozenset({"sending", "unknown"})
_TITLE_CHARS_MAX = 150


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the record: a user with a mail address, or a queue without."""

    id: str
    email: str = ""

    @property
    def is_person(self) -> bool:
        return self.id.startswith("005")  # key prefix of User (Object Reference)


@dataclass(frozen=True, slots=True)
class Other:
    """Another alert about the same lead and pass."""

    effect_id: int
    event: str
    channel: str
    state: str
    attempts: int
    next_at: datetime | None
    done_at: datetime | None
    is_silent: bool
    title: str

    @property
    def has_told(self) -> bool:
        return self.state == "done" and not self.is_silent

    def may_tell(self, now: datetime) -> bool:
        """Whether it is on its way now: not failing, and not kept for later."""
        is_next = self.state == "pending" and self.attempts == 0
        return self.state in _UNDER_WAY or (is_next and (self.next_at is None or self.next_at <= now))


@dataclass(frozen=True, slots=True)
class First:
    """The message about a colleague that a company's window began with."""

    company: str
    title: str
    result_id: str


@dataclass(frozen=True, slots=True)
class Case:
    """One alert that is due, and what there is beside it."""

    effect_id: int
    event: str
    channel: str
    created_at: datetime
    is_unknown: bool = False
    was_held: bool = False
    owner: Owner | None = None
    others: tuple[Other, ...] = ()
    first: First | None = None
    stage: str = ""  # where the lead stands
    meets_at: datetime | None = None  # when the person is met, where a meeting is booked


@dataclass(frozen=True, slots=True)
class Say:
    """Send it, with these changes to its payload."""

    changes: dict[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silent:
    """Not sent, for good: `code` for machines, `why` for the timeline."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: looked at again at `at`."""

    at: datetime
    why: str


Judgement: TypeAlias = Say | Silent | Later


def judge(case: Case, title: str, body: str, rules: Alerts, now: datetime) -> Judgement:
    """What becomes of this alert. A second try after an unknown answer is always made."""
    family = family_of(case.event)
    use = rules.uses.get(case.channel, ChannelUse())
    is_owners = use.to_owner and family in TO_OWNERS
    if is_owners and case.owner is None and now < case.created_at + OWNER_WAIT:
        return Later(now + SOON, "the owner is not known yet")
    if case.was_held and not case.is_unknown and family == "sql" and case.stage in ANSWERED:
        return Silent("answered", "kept silent: sales had answered before quiet hours were over")
    if not case.is_unknown:
        found = _elsewhere(case, family, rules, now)
        if found is not None:
            return found
    rest = _rest_until(case.channel, family, rules, now)
    if rest is not None and not _is_met_before(case, rest, now):
        return Later(rest, f"{HELD}quiet hours of {case.channel} until {rest:%Y-%m-%d %H:%M} UTC")
    return _said(case, family, title, body, is_owners=is_owners)


def _elsewhere(case: Case, family: str, rules: Alerts, now: datetime) -> Judgement | None:
    """Silence where the same people have heard by another channel, patience where they are about to."""
    reader = _reader(case.channel, case.event, case.owner, rules)
    same = [item for item in case.others if _reader(item.channel, item.event, case.owner, rules) == reader]
    for item in same:
        if item.event == case.event and item.channel != case.channel:
            if item.has_told:
                return Silent("told_elsewhere", f"kept silent: {item.channel} has told the same people")
            if item.effect_id < case.effect_id and item.may_tell(now):
                return Later(now + SOON, f"{item.channel} goes first")
    if family not in LESSER:
        return None
    window = timedelta(minutes=rules.settle_minutes)
    for item in same:
        if family_of(item.event) in LESSER and item.effect_id > case.effect_id:
            continue
        if item.has_told and item.done_at is not None and now - item.done_at < window:
            return Silent("just_told", f"kept silent: they have just been told “{item.title}”")
        if family_of(item.event) not in LESSER and item.may_tell(now):
            return Later(now + SOON, f"{item.event} goes first")
    return None


def _reader(channel: str, event: str, owner: Owner | None, rules: Alerts) -> str:
    """Whose attention a channel takes: the owner's, its named readers', or that of whoever is in it."""
    use = rules.uses.get(channel, ChannelUse())
    if use.to_owner and family_of(event) in TO_OWNERS and owner is not None and owner.is_person:
        return f"owner:{owner.id[:15]}"
    return f"readers:{use.read_by}" if use.read_by else f"channel:{channel}"


def _is_met_before(case: Case, rest: datetime, now: datetime) -> bool:
    """Whether somebody meets the person before the rest is over: who is to know it then must know it now."""
    return case.meets_at is not None and now < case.meets_at <= rest


def _rest_until(channel: str, family: str, rules: Alerts, now: datetime) -> datetime | None:
    for hours in rules.quiet:
        if channel in hours.channels and family not in hours.let_through:
            return hours.until(now)
    return None


def _said(case: Case, family: str, title: str, body: str, *, is_owners: bool) -> Say:
    changes: dict[str, object] = {"may_answer": family in ANSWERABLE}
    notes: list[str] = []
    if case.owner is not None:
        changes |= {"owner_id": case.owner.id, "owner_email": case.owner.email}
        changes["is_to_owner"] = is_owners and case.owner.is_person
    if is_owners and not changes.get("is_to_owner"):
        notes.append("no person owns the record, so it went to the channel's own address")
    if case.was_held:
        changes["digest"] = True
    if case.first is not None and family == "sql":
        changes["title"] = plain(f"Also at {case.first.company}: {title}", _TITLE_CHARS_MAX)
        lines = [*body.splitlines()[:2], f"First there: {case.first.title}"]
        changes |= {"body": "\n".join(lines), "thread": _thread(case.first.result_id)}
        notes.append(f"under the message about a colleague at {case.first.company}")
    return Say(changes, tuple(notes))


def _thread(result_id: str) -> str:
    """`kind/id` of the first message's proof: `notify:slack:C1/17.2` is `slack/C1/17.2`."""
    _system, _, rest = result_id.partition(":")
    kind, _, found = rest.partition(":")
    return f"{kind}/{found}" if found else ""
