"""Messages to people: a fresh SQL, the steps of its clock, news of who is near or in hand, and the misplaced.

One message per event, pass and channel: its target says so, and an event is done once. The first line is the
brief's own sentence, the second the number to call; no text changes because time passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from syncd.core import brief, hosting, in_deal, links, news, owner_words, story
from syncd.core.model import Intent, Snapshot, Stage, Standing, System, Transition
from syncd.core.optout import is_opted_out
from syncd.core.origin import may_not_be_called
from syncd.core.plain import plain
from syncd.core.playbook import HeadsUp, Ownership
from syncd.core.signals import classify
from syncd.core.sla import alerts, clock
from syncd.core.values import Facts, instant

ALERT_BODY_CHARS_MAX = 1_200
FRESH = 0
"""As the SQL it tells of."""


def intents(
    facts: Facts, values: Mapping[str, object], transitions: Iterable[Transition], now: datetime
) -> Iterator[Intent]:
    """Every message that follows from this decision; `transitions` are its moves."""
    if facts.standing.position.stage is Stage.SQL and any(
        _begins(item, facts.standing) for item in transitions
    ):
        yield from _sql_alerts(facts, values, now)
    yield from _sla_alerts(facts, values, now)
    yield from _heads_up(facts, values, now)
    yield from _news(facts, values, now)
    yield from _meeting(facts, values, now)
    yield from _diverted(facts, values, now)
    yield from _in_deal(facts, values, now)


def _begins(move: Transition, standing: Standing) -> bool:
    return move.target.stage is Stage.SQL and move.pass_number == standing.pass_number


def _sql_alerts(facts: Facts, values: Mapping[str, object], now: datetime) -> Iterator[Intent]:
    """One message per channel about a fresh SQL, when it becomes one and never again for this pass."""
    at = facts.standing.qualified_at or facts.standing.since_at
    for channel in facts.playbook.alerts.on_sql:
        yield _alert(facts, values, "sql", channel, facts.brief.line, at, now)


def _sla_alerts(facts: Facts, values: Mapping[str, object], now: datetime) -> Iterator[Intent]:
    """The step the clock of first contact has come to: a reminder, the breach, the request to reassign. One
    message per channel, step and owner, and none once sales has touched the lead."""
    if facts.standing.position.stage not in _IN_HAND:
        return
    found = clock.current(facts.snapshot, facts.standing, facts.playbook, now)
    step = alerts.due(found, facts.snapshot.owner_names, now) if found else None
    if step is None:
        return
    title = plain(f"{step.text}. {facts.brief.line}", brief.LINE_CHARS_MAX)
    for channel in step.channels:
        yield _alert(facts, values, step.event, channel, title, step.at, now)


_IN_HAND = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED})


def _heads_up(facts: Facts, values: Mapping[str, object], now: datetime) -> Iterator[Intent]:
    """Messages on single signals of near leads (requirements A14.1, S32), their colleagues' among them, for
    facts news since the last look. Nobody is invited to approach who opted out, or may not be called."""
    lead, consent = facts.snapshot, facts.playbook.mapping.consent
    if is_opted_out(lead) or may_not_be_called(lead.fields, consent):
        return
    for rule in facts.playbook.alerts.heads_up:
        if not _concerns(rule, facts):
            continue
        news = [
            signal
            for signal in (*facts.snapshot.signals, *facts.snapshot.account_signals)
            if _is_news(facts.snapshot, signal.occurred_at, signal.known_at, now)
            and set(classify(signal.shape, facts.playbook)) & set(rule.signals)
        ]
        if news:
            title = plain(f"{rule.label}: {facts.brief.line}", brief.LINE_CHARS_MAX)
            at = max(signal.occurred_at for signal in news)
            for channel in rule.channels:
                yield _alert(facts, values, f"heads_up_{rule.id}", channel, title, at, now)


def _news(facts: Facts, values: Mapping[str, object], now: datetime) -> Iterator[Intent]:
    """What the owner of an open, quiet lead hears: once per event and pass, and never a second hand-off."""
    lead = facts.snapshot
    if facts.standing.position.stage not in news.IN_HAND:
        return
    every = (*lead.signals, *lead.account_signals)
    fresh = [item for item in every if _is_news(lead, item.occurred_at, item.known_at, now)]
    for event in news.events(lead, facts.standing, facts.playbook, fresh):
        title = plain(event.title, brief.LINE_CHARS_MAX)
        for channel in event.channels:
            yield _alert(facts, values, event.name, channel, title, event.at, now)


def _meeting(facts: Facts, values: Mapping[str, object], now: datetime) -> Iterator[Intent]:
    """When the meeting is that was booked since the hand-off: in the brief's own first line."""
    told = hosting.message(facts.snapshot, facts.standing, facts.playbook, now)
    if told is None:
        return
    for channel in told.channels:
        yield _alert(facts, values, told.event, channel, facts.brief.line, told.at, now)


def _diverted(facts: Facts, values: Mapping[str, object], now: datetime) -> Iterator[Intent]:
    """Who raised a hand and belongs to somebody else: that somebody must hear of it, once per filter. For
    customers and people in a deal the hand is one of many; their owner has them."""
    verdict, live_at = facts.verdict, facts.snapshot.baseline.go_live_at
    raised_at = verdict.evidence_at
    is_ours = facts.standing.position.stage in {Stage.LEAD, Stage.MQL, Stage.NEAR_SQL}
    if not is_ours or raised_at is None or live_at is None or raised_at <= live_at:
        return
    for item in verdict.filters:
        if item.id == verdict.blocked_by and item.outcome == "divert" and item.matched:
            title = plain(f"For {item.code}: {item.label}. {facts.brief.line}", brief.LINE_CHARS_MAX)
            for channel in facts.playbook.alerts.on_hold:
                yield _alert(facts, values, f"divert_{item.id}", channel, title, raised_at, now)


def _in_deal(facts: Facts, values: Mapping[str, object], now: datetime) -> Iterator[Intent]:
    """Somebody an open opportunity names did something decisive: a task there, and a message."""
    lead, standing = facts.snapshot, facts.standing
    fresh = [item for item in lead.signals if _is_news(lead, item.occurred_at, item.known_at, now)]
    act = in_deal.act(lead, standing, facts.playbook, fresh)
    if act is None:
        return
    key, sla = f"{lead.key}:{standing.pass_number}:{act.purpose}", facts.playbook.sla
    fields: dict[str, object] = {
        "Subject": subject(sla.task_subject, act.title),
        "Description": facts.brief.text,
        "Status": sla.task_status,
        "Priority": sla.task_priority,
        facts.playbook.mapping.task_key_field: key,
        **act.what,
    }
    rules = dict.fromkeys(fields, str(Ownership.ON_CREATE))
    about = {"about": f"lead:{lead.key}", "who": str(act.contact)}
    payload = {"key": key, **about, "fields": fields, "rules": rules}
    yield Intent(System.SALESFORCE, "task", f"task:{key}", payload, standing.pass_number, FRESH)
    for channel in facts.playbook.alerts.on_sql:
        yield _alert(facts, values, act.event, channel, act.title, act.at, now)


def _concerns(rule: HeadsUp, facts: Facts) -> bool:
    stages = {Stage.NEAR_SQL} if rule.from_stage == "near_sql" else {Stage.MQL, Stage.NEAR_SQL}
    icp = facts.verdict.icp
    fits = icp == "met" or (rule.icp.unknown_counts and icp == "unknown")
    return facts.standing.position.stage in stages and fits


def _is_news(snapshot: Snapshot, occurred_at: datetime, known_at: datetime, now: datetime) -> bool:
    """True for a fact learnt since the last evaluation that happened after go-live and before now."""
    seen_at, live_at = snapshot.evaluated_at, snapshot.baseline.go_live_at
    return (
        live_at is not None
        and live_at <= occurred_at <= now
        and known_at <= now
        and (seen_at is None or max(known_at, occurred_at) > seen_at)
    )


def _alert(
    facts: Facts,
    values: Mapping[str, object],
    event: str,
    channel: str,
    title: str,
    at: datetime,
    now: datetime,
) -> Intent:
    """One message to one channel. One that comes too late to act on at once is marked for the digest."""
    snapshot, pass_number = facts.snapshot, facts.standing.pass_number
    target = f"alert:{snapshot.lead_id}:{pass_number}:{event}:{channel}"
    limit = timedelta(hours=facts.playbook.alerts.max_age_hours)
    meets_at = story.meeting_at(snapshot, facts.standing.qualified_at or facts.standing.since_at)
    payload: dict[str, object] = {
        "id": target,
        "channel": channel,
        "event": event,
        "title": title,
        "body": _alert_body(facts),
        "url": values["syncd.contact_url"],
        "record_url": links.salesforce(snapshot),
        "key": snapshot.key,
        "at": instant(at),
        "digest": now - at > limit,
        "zones": list(facts.brief.reach.zones),
        **({"meets_at": instant(meets_at)} if meets_at is not None else {}),
        **owner_words.grouping(snapshot, pass_number),
    }
    return Intent(System.NOTIFY, "alert", target, payload, pass_number, FRESH)


def _alert_body(facts: Facts) -> str:
    told = facts.brief
    lines = [told.reach_line, told.who, *told.why, told.next_step]
    return "\n".join(line for line in lines if line)[:ALERT_BODY_CHARS_MAX]


SUBJECT_CHARS_MAX = 255


def subject(prefix: str, line: str) -> str:
    """The task's subject: the line, after the playbook's own words where it has some."""
    return plain(f"{prefix}: {line}" if prefix else line, SUBJECT_CHARS_MAX)
