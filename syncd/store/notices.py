"""Messages about no single lead: the daily list of near-SQLs, and the state of alarms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncd.core.alarms import Alarm
from syncd.core.model import Intent, Stage, System
from syncd.store import outbox, work
from syncd.store.outbox import Wanted
from syncd.store.tables import EffectState, decisions, effects, leads, near_listed, scores

KEPT = timedelta(days=2)
"""How long the words of a message about several people stay after it is out."""


def notice(
    tx: sa.Connection, event: str, name: str, channels: Sequence[str], words: tuple[str, str], now: datetime
) -> None:
    """A message to each of these channels; `name` makes it this one and no other. `words`: title and body."""
    title, body = words
    made = []
    for channel in channels:
        target = f"notice:{event}:{name}:{channel}"
        payload: dict[str, object] = {
            "id": target,
            "channel": channel,
            "event": event,
            "title": title,
            "body": body,
            "at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        made.append(Intent(System.NOTIFY, "notice", target, payload, 0, 0))
    outbox.put_all(tx, [Wanted(None, made, is_live=True)], now)


def forget_words(tx: sa.Connection, now: datetime) -> int:
    """Take the words out of digests that went out some days ago: they name people. Returns how many."""
    query = sa.select(effects.c.effect_id, effects.c.payload).where(
        effects.c.kind == "notice",
        effects.c.state.in_((EffectState.DONE, EffectState.CANCELLED)),
        effects.c.target.like("notice:digest:%"),
        effects.c.updated_at < now - KEPT,
        effects.c.note.not_like("%words forgotten"),
    )
    rows = tx.execute(query.limit(500)).all()
    for effect_id, payload in rows:
        bare = {key: value for key, value in payload.items() if key in {"id", "channel", "event", "at"}}
        values = {"payload": bare, "note": effects.c.note + "; words forgotten"}
        tx.execute(effects.update().where(effects.c.effect_id == effect_id).values(**values))
    return len(rows)


# --- near-SQLs -------------------------------------------------------------------------------------------


def near_leads(tx: sa.Connection) -> list[tuple[int, datetime, Mapping[str, object]]]:
    """Everybody at near-SQL decided anew since they stood in the list, the highest scores first: lead id,
    since when they are there, the stored decision."""
    total = scores.c.fit_micro + scores.c.engagement_micro + scores.c.intent_micro
    query = (
        sa.select(leads.c.lead_id, leads.c.stage_since_at, decisions.c.decision)
        .join(decisions, decisions.c.lead_id == leads.c.lead_id)
        .outerjoin(scores, scores.c.lead_id == leads.c.lead_id)
        .outerjoin(near_listed, near_listed.c.lead_id == leads.c.lead_id)
        .where(
            leads.c.stage == Stage.NEAR_SQL,
            leads.c.merged_into.is_(None),
            sa.or_(near_listed.c.listed_at.is_(None), leads.c.evaluated_at > near_listed.c.listed_at),
        )
        .order_by(sa.func.coalesce(total, 0).desc(), leads.c.lead_id)
    )
    return [(row[0], row[1], row[2]) for row in tx.execute(query)]


def said_before(tx: sa.Connection) -> dict[int, int]:
    """What was said last of each lead, as a hash."""
    rows = tx.execute(sa.select(near_listed.c.lead_id, near_listed.c.said))
    return {row.lead_id: row.said for row in rows}


def keep_said(tx: sa.Connection, said: Mapping[int, int], now: datetime) -> None:
    """Remember who was listed and what was said."""
    ids = sorted(said)
    tx.execute(near_listed.delete().where(near_listed.c.lead_id.in_(ids)))
    if ids:
        rows = [{"lead_id": lead_id, "said": said[lead_id], "listed_at": now} for lead_id in ids]
        tx.execute(near_listed.insert(), rows)


# --- alarms ----------------------------------------------------------------------------------------------


def alarms(tx: sa.Connection, names: Iterable[str]) -> dict[str, Alarm]:
    """Alarms under way among these."""
    found = {}
    for name in names:
        text = work.get_meta(tx, f"alarm_{name}")
        if text:
            data = json.loads(text)
            since_at = datetime.fromisoformat(data["since_at"])
            found[name] = Alarm(since_at, data["why"], data["is_told"])
    return found


def save_alarm(tx: sa.Connection, name: str, alarm: Alarm | None) -> None:
    """Keep an alarm, or that there is none."""
    text = ""
    if alarm is not None:
        kept = {"since_at": alarm.since_at.isoformat(), "why": alarm.why, "is_told": alarm.is_told}
        text = json.dumps(kept, sort_keys=True)
    work.set_meta(tx, f"alarm_{name}", text)
