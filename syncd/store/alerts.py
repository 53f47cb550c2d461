"""What stands beside an alert when it is to go: the owner of the record, other alerts, a colleague's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from syncd.core.alert_rules import family_of
from syncd.core.interruptions import HELD, Case, First, Other, Owner
from syncd.core.model import Ref, System
from syncd.store.bulk import chunks
from syncd.store.outbox import Effect
from syncd.store.tables import EffectState, accounts, effects, leads, links, profiles, users

SILENT = "notify:silent:"
"""How the result of an alert begins that was kept silent."""
FIRSTS_MAX = 50
"""Messages about one company that are looked through for the first of its window."""


def silent_ref(code: str) -> Ref:
    return Ref(System.NOTIFY, "silent", code)


def cases(tx: sa.Connection, batch: Sequence[Effect], since: datetime) -> Mapping[int, Case]:
    """The case of every message of a batch that is about a lead. `since` is where the window of a company
    begins. What is no alert (a correction) stands beside no other: each goes where one went before."""
    alerts = [effect for effect in batch if effect.lead_id is not None]
    if not alerts:
        return {}
    lead_ids = {effect.lead_id for effect in alerts if effect.lead_id is not None}
    owners = owners_of(tx, lead_ids)
    stages = _stages(tx, lead_ids)
    others = _others(tx, lead_ids)
    firsts = _firsts(tx, [effect for effect in alerts if family_of(_event(effect)) == "sql"], since)
    return {
        effect.effect_id: Case(
            effect_id=effect.effect_id,
            event=_event(effect),
            channel=str(effect.payload.get("channel", "")),
            created_at=effect.created_at,
            is_unknown=effect.state == EffectState.UNKNOWN,
            was_held=effect.note.startswith(HELD),
            owner=owners.get(effect.lead_id or 0),
            others=tuple(
                item
                for pass_number, item in others.get(effect.lead_id or 0, ())
                if effect.kind == "alert"
                and item.effect_id != effect.effect_id
                and pass_number == effect.pass_number
            ),
            first=firsts.get(effect.effect_id),
            stage=stages.get(effect.lead_id or 0, ""),
            meets_at=_meets_at(effect),
        )
        for effect in alerts
    }


def _meets_at(effect: Effect) -> datetime | None:
    told = effect.payload.get("meets_at")
    return datetime.fromisoformat(told) if isinstance(told, str) else None


def _event(effect: Effect) -> str:
    return str(effect.payload.get("event", ""))


def _stages(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for ids in chunks(sorted(set(lead_ids))):
        query = sa.select(leads.c.lead_id, leads.c.stage).where(leads.c.lead_id.in_(ids))
        found |= {row.lead_id: row.stage or "" for row in tx.execute(query)}
    return found


# --- owners ----------------------------------------------------------------------------------------------


def owners_of(tx: sa.Connection, lead_ids: Iterable[int]) -> Mapping[int, Owner]:
    """Who owns each lead's record in Salesforce as last read; before it was read, whom we named on create.
    Absent where nobody is known."""
    ids = sorted(set(lead_ids))
    found = _named_by_us(tx, ids) | _as_read(tx, ids)
    known = sorted({owner_id for owner_id in found.values() if owner_id})
    query = sa.select(users.c.object_id, users.c.email).where(
        users.c.system == System.SALESFORCE, users.c.object_id.in_(known), users.c.is_active.is_(sa.true())
    )
    emails = {user_id: email or "" for user_id, email in tx.execute(query)}
    return {lead_id: Owner(owner, emails.get(owner, "")) for lead_id, owner in found.items() if owner}


def _as_read(tx: sa.Connection, lead_ids: Sequence[int]) -> dict[int, str]:
    """Owner of the newest present record of each lead: a Contact before the Lead it came from."""
    found: dict[int, str] = {}
    for ids in chunks(lead_ids):
        query = (
            sa.select(links.c.lead_id, profiles.c.properties)
            .join(
                profiles,
                (profiles.c.system == links.c.system)
                & (profiles.c.object_type == links.c.object_type)
                & (profiles.c.object_id == links.c.object_id),
            )
            .where(
                links.c.lead_id.in_(ids),
                links.c.system == System.SALESFORCE,
                links.c.object_type.in_(("lead", "contact")),
                links.c.state.in_(("current", "converted")),
            )
            # later rows win: Contacts after Leads, and the newest of a kind last
            .order_by(links.c.object_type.desc(), profiles.c.modified_at, links.c.object_id)
        )
        for lead_id, properties in tx.execute(query):
            if properties.get("OwnerId"):
                found[lead_id] = str(properties["OwnerId"])
    return found


def _named_by_us(tx: sa.Connection, lead_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for ids in chunks(lead_ids):
        query = (
            sa.select(effects.c.lead_id, effects.c.payload)
            .where(effects.c.lead_id.in_(ids), effects.c.kind == "handoff")
            .order_by(effects.c.effect_id)
        )
        for lead_id, payload in tx.execute(query):
            owner = payload.get("owner") or {}
            if owner.get("id"):
                found[lead_id] = str(owner["id"])
    return found


# --- other alerts ----------------------------------------------------------------------------------------


def _others(tx: sa.Connection, lead_ids: Iterable[int]) -> Mapping[int, list[tuple[int, Other]]]:
    """Every alert of these leads, with its pass."""
    found: dict[int, list[tuple[int, Other]]] = {}
    for ids in chunks(sorted(set(lead_ids))):
        query = (
            sa.select(effects)
            .where(effects.c.lead_id.in_(ids), effects.c.kind == "alert")
            .order_by(effects.c.effect_id)
        )
        for row in tx.execute(query).mappings():
            other = Other(
                effect_id=row["effect_id"],
                event=str(row["payload"].get("event", "")),
                channel=str(row["payload"].get("channel", "")),
                state=row["state"],
                attempts=row["attempts"],
                next_at=row["next_at"],
                done_at=row["done_at"],
                is_silent=row["result_id"].startswith(SILENT),
                title=str(row["payload"].get("title", "")),
            )
            found.setdefault(row["lead_id"], []).append((row["pass_number"], other))
    return found


def _firsts(tx: sa.Connection, batch: Sequence[Effect], since: datetime) -> dict[int, First]:
    """Per alert of a new SQL, the message its company's window began with: the earliest one since `since` on
    the same channel about a colleague, that does not stand under another itself."""
    found: dict[int, First] = {}
    for effect in batch:
        account = (
            sa.select(accounts.c.account_id, accounts.c.name)
            .join(leads, leads.c.account_id == accounts.c.account_id)
            .where(leads.c.lead_id == effect.lead_id)
        )
        company = tx.execute(account).first()
        if company is None:
            continue
        channel = str(effect.payload.get("channel", ""))
        query = (
            sa.select(effects.c.payload, effects.c.result_id)
            .join(leads, leads.c.lead_id == effects.c.lead_id)
            .where(
                leads.c.account_id == company.account_id,
                effects.c.lead_id != effect.lead_id,
                effects.c.kind == "alert",
                effects.c.state == EffectState.DONE,
                effects.c.done_at >= since,
                effects.c.result_id.not_like(f"{SILENT}%"),
                effects.c.note.not_like("%about a colleague at%"),
            )
            .order_by(effects.c.done_at, effects.c.effect_id)
            .limit(FIRSTS_MAX)
        )
        for payload, result_id in tx.execute(query):
            is_like = payload.get("channel") == channel and family_of(str(payload.get("event"))) == "sql"
            if is_like:
                name = company.name or "the same company"
                found[effect.effect_id] = First(name, str(payload.get("title", "")), result_id)
                break
    return found
