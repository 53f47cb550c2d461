"""What a lead did, in words: dated moments, earlier passes, quoted lines. Read from signals and the ledger.

Everything here is decay-free: it changes when a fact comes or goes, never because a day has passed. Dates are
written in the playbook's zone and in one form, so that the same facts always give the same text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.core.model import Cause, Signal, Snapshot, Stage, Transition, Verdict
from syncd.core.plain import plain
from syncd.core.playbook import Playbook, SignalKind
from syncd.core.signals import classify
from syncd.core.undoing import in_force

TITLE_CHARS_MAX = 80
QUOTE_CHARS_MAX = 160
QUOTES_MAX = 2
WHERE_CHARS_MAX = 50

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_INTENT_RANK = {"strong": 0, "weak": 1, "none": 2}


def day(at: datetime, time_zone: str) -> str:
    """`3 Sep 2026`, as a calendar in `time_zone` shows it; the same in every locale."""
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def moment(at: datetime, time_zone: str) -> str:
    """`Thu 3 Sep 14:00 CEST`."""
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local:%H:%M} {local.tzname()}"


# --- what they did ---------------------------------------------------------------------------------------


def by_people(snapshot: Snapshot, verdict: Verdict) -> Snapshot:
    """The snapshot with each fact once, and without the opens and clicks that the verdict left out: a machine
    has no story, and it is news to nobody."""
    left_out = {item.key for item in verdict.machine}
    facts = {signal.key: signal for signal in snapshot.signals if signal.key not in left_out}
    return (
        snapshot if len(facts) == len(snapshot.signals) else replace(snapshot, signals=tuple(facts.values()))
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """All signals of one kind, at its newest: when, how often, and the title of the newest one."""

    kind: SignalKind
    at: datetime
    count: int
    source: str
    title: str = ""
    keys: frozenset[int] = frozenset()

    @property
    def is_telling(self) -> bool:
        """True for what says something of buying: intent, a voiced need, contact with sales."""
        return is_telling(self.kind)

    def text(self, time_zone: str) -> str:
        times = f", {self.count} times" if self.count > 1 else ""
        title = (
            f": {self.title}" if self.title and self.title.casefold() != self.kind.label.casefold() else ""
        )
        return f"{day(self.at, time_zone)}  {self.kind.label}{times}{title}"


def is_telling(kind: SignalKind) -> bool:
    """True for kinds that say something of buying: intent, a voiced need, contact with sales."""
    return kind.intent != "none" or kind.is_human_need or kind.phase in {"decision", "sales"}


OF_THE_RECORD = frozenset(
    {"salesforce.lead_change", "salesforce.contact_change", "salesforce.deal", "hubspot.deal"}
)
"""Facts of what became of a record, from the status it was made with on: nobody did that."""


def moments(snapshot: Snapshot, playbook: Playbook, now: datetime) -> tuple[Moment, ...]:
    """One moment per kind of signal, newest first. A signal of several kinds counts for the most telling."""
    by_id = {kind.id: kind for kind in playbook.signals}
    grouped: dict[str, list[Signal]] = {}
    for signal in snapshot.signals:
        if signal.occurred_at > now or signal.shape.source in OF_THE_RECORD:
            continue
        kind = leading_kind(signal, playbook, by_id)
        if kind is not None:
            grouped.setdefault(kind.id, []).append(signal)
    found = [_moment(by_id[kind_id], signals) for kind_id, signals in grouped.items()]
    return tuple(sorted(found, key=lambda item: (item.at, item.kind.id), reverse=True))


def leading_kind(signal: Signal, playbook: Playbook, by_id: Mapping[str, SignalKind]) -> SignalKind | None:
    """The most telling kind of a fact: strong intent first, then a voiced need; ties in the playbook's order.
    A fact that says more in one word than in another is called by that one."""
    kinds = [by_id[kind_id] for kind_id in classify(signal.shape, playbook)]
    kinds = [kind for kind in kinds if kind.phase != "system"]
    return min(kinds, key=lambda kind: (_INTENT_RANK[kind.intent], not kind.is_human_need), default=None)


def _moment(kind: SignalKind, signals: list[Signal]) -> Moment:
    newest = max(signals, key=lambda signal: (signal.occurred_at, signal.key))
    title = newest.detail.title if newest.detail else None
    return Moment(
        kind,
        newest.occurred_at,
        sum(signal.count for signal in signals),
        newest.shape.source,
        plain(title or newest.shape.attributes.get("form", ""), TITLE_CHARS_MAX),
        frozenset(signal.key for signal in signals),
    )


_WHERE = {
    "hubspot.form_submission": "form",
    "hubspot.email_reply": "reply",
    "hubspot.email": "e-mail",
    "hubspot.communication": "message",
    "hubspot.call": "call",
    "hubspot.meeting": "meeting",
    "hubspot.note": "note",
}
"""Where people say something, or sales writes down what they said."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One line the person said or somebody noted, and where it stands."""

    at: datetime
    source: str
    text: str


def quotes(snapshot: Snapshot, playbook: Playbook, now: datetime) -> tuple[Quote, ...]:
    """Quoted lines, those in which a need is voiced before others, then the newest; the same words once."""
    by_id = {kind.id: kind for kind in playbook.signals}
    limit = min(playbook.quote_chars_max, QUOTE_CHARS_MAX)
    ranked: list[tuple[bool, Signal]] = []
    for signal in snapshot.signals:
        if signal.occurred_at <= now and signal.detail is not None and signal.detail.quote:
            is_need = any(by_id[kind_id].is_human_need for kind_id in classify(signal.shape, playbook))
            if is_need or _is_theirs(signal):
                ranked.append((is_need, signal))
    ranked.sort(key=lambda item: (item[0], item[1].occurred_at, item[1].key), reverse=True)
    found: dict[str, Quote] = {}
    for _is_need, signal in ranked:
        text = plain((signal.detail and signal.detail.quote) or "", limit)
        if text:
            found.setdefault(text, Quote(signal.occurred_at, _where(signal), text))
        if len(found) == QUOTES_MAX:
            break
    return tuple(found.values())


def _is_theirs(signal: Signal) -> bool:
    """True for their own words and for notes of a talk; not for what sales wrote to them, or a machine."""
    attributes = signal.shape.attributes
    if signal.shape.source not in _WHERE or attributes.get("automatic"):
        return False
    is_written = signal.shape.source in {"hubspot.email", "hubspot.communication"}
    return not is_written or attributes.get("direction", "inbound") == "inbound"


def _where(signal: Signal) -> str:
    """`form Request a demo`, `call`, `note`."""
    word = _WHERE.get(signal.shape.source, "said")
    title = signal.shape.attributes.get("form", "")
    return plain(f"{word} {title}" if title else word, WHERE_CHARS_MAX)


_NOT_TO_COME = frozenset({"completed", "canceled", "cancelled", "no_show", "rescheduled"})


def meeting_at(snapshot: Snapshot, since_at: datetime) -> datetime | None:
    """When the first meeting after `since_at` begins that was neither held nor called off. One during or
    after which the next was booked is over, whatever HubSpot shows."""
    meetings = [
        item
        for item in snapshot.signals
        if item.shape.source == "hubspot.meeting"
        and item.occurred_at > since_at
        and item.shape.attributes.get("outcome", "") not in _NOT_TO_COME
    ]
    newest_at = max((item.known_at for item in meetings), default=since_at)
    starts = [item.occurred_at for item in meetings]
    return min((at for at in starts if at > newest_at), default=max(starts, default=None))


# --- what became of it before ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pass:
    """One hand-off: when it qualified, by what, and how it ended; `ended_at` is None while it runs, and
    `handed_off_at` while Salesforce has not confirmed it."""

    number: int
    began_at: datetime
    cause: Cause
    code: str
    evidence: tuple[int, ...] = ()
    handed_off_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Stage | None = None
    reason: str = ""


_ENDS = frozenset({Stage.REJECTED, Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED, Stage.CUSTOMER})
_WITH_SALES = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED, Stage.OPPORTUNITY})
_OUTCOMES = {
    Stage.REJECTED: "sent back by sales",
    Stage.LOST: "lost",
    Stage.RECYCLED: "recycled",
    Stage.DISQUALIFIED: "disqualified",
    Stage.CUSTOMER: "won",
}


def passes(history: Iterable[Transition]) -> tuple[Pass, ...]:
    """The passes in the ledger, oldest first, without those taken back. The first move out of sales ends one;
    a later one changes that only by correcting the reason, or by sales taking it back."""
    found: dict[int, Pass] = {}
    for move in in_force(history):
        running = found.get(move.pass_number)
        if running is not None:
            found[move.pass_number] = _continued(running, move)
        elif move.pass_number and move.target.stage not in _ENDS:
            found[move.pass_number] = Pass(
                move.pass_number, move.effective_at, move.cause, move.code, move.evidence
            )
    return tuple(found[number] for number in sorted(found))


def _continued(item: Pass, move: Transition) -> Pass:
    stage, at = move.target.stage, move.effective_at
    if stage in _ENDS:
        if item.ended_at is None:
            return replace(item, ended_at=at, outcome=stage, reason=move.code)
        return replace(item, reason=move.code) if move.cause is Cause.CORRECTED else item
    if stage in _WITH_SALES:
        return replace(item, handed_off_at=item.handed_off_at or at, ended_at=None, outcome=None, reason="")
    return item


def pass_text(item: Pass, playbook: Playbook) -> str:
    """`Pass 1: handed over 3 Sep 2026, sent back by sales 10 Sep 2026 (No budget)`."""
    word = "handed over" if item.handed_off_at else "qualified"
    began = f"Pass {item.number}: {word} {day(item.handed_off_at or item.began_at, playbook.time_zone)}"
    if item.ended_at is None or item.outcome is None:
        return began
    reason = f" ({reason_label(item.reason, playbook)})" if item.reason else ""
    return f"{began}, {_OUTCOMES[item.outcome]} {day(item.ended_at, playbook.time_zone)}{reason}"


def reason_label(code: str, playbook: Playbook) -> str:
    """What people call a reason, filter, level or kind of signal; the code itself where nothing is found."""
    code = code.removeprefix("filter:")  # as a standing names the filter that keeps a lead out
    rule = playbook.recycle.rules.get(code)
    if rule is not None:
        return rule.label
    groups = (playbook.filters, playbook.signals, playbook.levels.mql, playbook.levels.sql)
    labels = {item.id: item.label for group in groups for item in group}
    return labels.get(code, code.replace("_", " "))
