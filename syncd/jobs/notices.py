"""What is told of us and of many: alarms when a system stops and is well again, and the list of near-SQLs.

Both are stored with the messages they give, so a restart repeats none. They go out while writing is off, too:
that is when people need them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from syncd.core import alarms, next_step
from syncd.core.alarms import Trouble
from syncd.core.alert_rules import WEEKDAYS, NearDigest, SystemAlarms
from syncd.core.model import Decision, Snapshot, System
from syncd.core.plain import counted, plain
from syncd.core.playbook import Playbook
from syncd.jobs import chasing
from syncd.jobs.binding import Preflight
from syncd.jobs.explain import name_of
from syncd.jobs.normalise import fingerprint
from syncd.jobs.summary import Summary
from syncd.store import ledger, notices, outbox, snapshots, work
from syncd.store.outbox import Effect

HOT = frozenset({"poll", "sync"})
"""Runs that ask both systems for what is new: only they can tell that one is well."""
WATCHED = ("hubspot", "salesforce", "writing", "playbook")
LISTED_ON = "near_sql_listed_on"
LINE_CHARS_MAX = 160
GAPS_MAX = 3


class Notices:
    """A delivery of nothing else. A selection of `deliver`."""

    def due(
        self, tx: sa.Connection, system: System, kinds: Sequence[str], now: datetime, limit: int
    ) -> tuple[Effect, ...]:
        return outbox.due(tx, system, kinds, now, limit) if tuple(kinds) == ("notice",) else ()

    def task_of(self, tx: sa.Connection, handoff: Effect) -> tuple[Effect, ...]:
        return ()

    def admit(self, looked: Sequence[tuple[Any, Any]]) -> list[Any]:
        return [step for _found, step in looked]


# --- one run's news --------------------------------------------------------------------------------------


def note_run(
    tx: sa.Connection, summary: Summary, preflight: Preflight | None, playbook: Playbook, now: datetime
) -> int:
    """Store what this run gives people to hear of us. Returns how many messages there are to send now, those
    kept from before among them. Nothing before going live."""
    if work.baseline(tx).go_live_at is None:
        return 0
    if summary.kind in HOT:
        raise_alarms(tx, _met(summary, preflight), playbook.alerts.system, now)
    if is_digest_due(tx, playbook.alerts.near_sql, now):
        list_near(tx, playbook, now)
    chasing.tell(tx, playbook, now)
    return len(outbox.due(tx, System.NOTIFY, ("notice",), now, 1))


def _met(summary: Summary, preflight: Preflight | None) -> dict[str, Trouble | None]:
    """What the run saw of each system: its trouble, or that it is well. One it did not ask is left out."""
    met: dict[str, Trouble | None] = dict.fromkeys(summary.asked)
    met |= {name: Trouble(why, is_certain=False) for name, why in summary.down.items()}
    met |= {str(name): Trouble(why, is_certain=True) for name, why in summary.halted.items()}
    if preflight is not None:
        first = next(iter(preflight.problems), None)
        why = f"{first.title}. {first.cure}".strip() if first else "a check has failed"
        met["writing"] = None if preflight.may_write else Trouble(why, is_certain=False)
    if "playbook" not in met:
        met["playbook"] = None
    return {name: trouble for name, trouble in met.items() if name in WATCHED}


# --- alarms ----------------------------------------------------------------------------------------------


def raise_alarms(
    tx: sa.Connection, met: Mapping[str, Trouble | None], rules: SystemAlarms, now: datetime
) -> int:
    """Take what a run met, and store the messages that follow. `met` has None for what was seen to be well;
    what is not in it was not looked at. Returns how many changes there are to tell."""
    under_way = notices.alarms(tx, met)
    told = 0
    for name, trouble in met.items():
        before = under_way.get(name)
        if before is None and trouble is None:
            continue
        after, news = alarms.turn(name, before, trouble, timedelta(minutes=rules.outage_minutes), now)
        if after != before:
            notices.save_alarm(tx, name, after)
        if news is not None:
            told += 1
            words = (news.title, news.body)
            which = f"{name}:{news.since_at:%Y%m%dT%H%M%S}:{news.change}"
            notices.notice(tx, "system", which, rules.channels, words, now)
    return told


# --- near-SQLs -------------------------------------------------------------------------------------------


def is_digest_due(tx: sa.Connection, digest: NearDigest | None, now: datetime) -> bool:
    """Whether today's list is still to be made."""
    if digest is None:
        return False
    local = now.astimezone(ZoneInfo(digest.time_zone))
    is_day = WEEKDAYS[local.weekday()] in digest.days
    return is_day and local.time() >= digest.at and work.get_meta(tx, LISTED_ON) != f"{local:%Y-%m-%d}"


def list_near(tx: sa.Connection, playbook: Playbook, now: datetime) -> int:
    """Make today's list and store its message: who is new or changed, what each lacks, the best next step.
    Returns how many people it names. Who does not fit comes next time, nobody twice without a change."""
    digest = playbook.alerts.near_sql
    assert digest is not None, "asked when a list is due"
    today = f"{now.astimezone(ZoneInfo(digest.time_zone)):%Y-%m-%d}"
    work.set_meta(tx, LISTED_ON, today)
    notices.forget_words(tx, now)
    before = notices.said_before(tx)
    fresh: dict[int, int] = {}
    for lead_id, since_at, decision in notices.near_leads(tx):
        said = _said(decision, since_at)
        if before.get(lead_id) != said:
            fresh[lead_id] = said
    shown = dict(list(fresh.items())[: digest.most])
    if not shown:
        return 0
    lines = _lines(tx, list(shown), playbook, now)
    if len(fresh) > len(shown):
        lines.append(
            f"And {len(fresh) - len(shown):,} more: the next ones tomorrow, all in the list view Near-SQL."
        )
    title = f"Nearly there: {counted(len(fresh), 'person', 'people')} new or changed"
    notices.notice(tx, "digest", f"near_sql:{today}", digest.channels, (title, "\n".join(lines)), now)
    notices.keep_said(tx, shown, now)
    return len(shown)


def _said(decision: Mapping[str, Any], since_at: datetime | None) -> int:
    """A hash of what the list says of somebody that is worth saying again when it changes."""
    missing = sorted(str(item) for item in decision.get("verdict", {}).get("missing", ()))
    return fingerprint("near_sql", {"since": str(since_at), "missing": "\n".join(missing)})


def _lines(tx: sa.Connection, lead_ids: Sequence[int], playbook: Playbook, now: datetime) -> list[str]:
    """One line per person, in the order given."""
    loaded = {item.lead_id: item for item in snapshots.load_snapshots(tx, lead_ids, now)}
    found = []
    for lead_id in lead_ids:
        decision = ledger.stored_decision(tx, lead_id)
        if lead_id in loaded and decision is not None:
            found.append(_line(loaded[lead_id], decision, playbook))
    return found


def _line(snapshot: Snapshot, decision: Decision, playbook: Playbook) -> str:
    company = snapshot.fields.get("company.name", "") or snapshot.fields.get("contact.company", "")
    who = ", ".join(part for part in (name_of(snapshot), company) if part)
    step = next_step.choose(snapshot, decision.verdict, decision.standing, playbook, None)
    gaps = next_step.open_questions(decision.verdict)[:GAPS_MAX]
    lacks = f"lacks {plain(', '.join(gaps), 70)}" if gaps else "lacks nothing we ask for"
    return plain(f"{plain(who, 50)}: {lacks}. Next: {step.short}", LINE_CHARS_MAX)
