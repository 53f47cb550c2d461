"""Messages about many: their words go when they have been read, and what was said of whom stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from syncd.core.alarms import Alarm
from syncd.store import notices
from syncd.store.engine import Store
from syncd.store.tables import EffectState, effects, leads

NOW = datetime(2026, 9, 8, 9, tzinfo=UTC)


def all_effects(tx: sa.Connection) -> list[sa.RowMapping]:
    return list(tx.execute(sa.select(effects).order_by(effects.c.effect_id)).mappings())


def test_the_words_of_a_digest_are_forgotten_once_it_is_out(store: Store) -> None:
    """It names people and belongs to no lead: nothing else would ever erase it."""
    with store.write(None) as tx:
        notices.notice(
            tx, "digest", "near_sql:2026-09-08", ["chat", "mail"], ("2 people", "Dana: lacks"), NOW
        )
        notices.notice(tx, "system", "hubspot:x:stopped", ["chat"], ("HubSpot has stopped", "why"), NOW)
        first = effects.c.target.like("%:chat")
        tx.execute(effects.update().where(first).values(state=EffectState.DONE, note="written"))
        assert notices.forget_words(tx, NOW + timedelta(days=1)) == 0
        assert notices.forget_words(tx, NOW + timedelta(days=3)) == 1
        assert notices.forget_words(tx, NOW + timedelta(days=3)) == 0
        chat, mail, system = all_effects(tx)
    assert "Dana" not in str(chat)
    assert chat["note"] == "written; words forgotten"
    assert "Dana" in str(mail)  # not out yet
    assert system["payload"]["title"] == "HubSpot has stopped"


def test_a_notice_is_stored_once_however_often_it_is_meant(store: Store) -> None:
    with store.write(None) as tx:
        for _ in range(3):
            notices.notice(tx, "system", "hubspot:x:stopped", ["chat"], ("Title", "Body"), NOW)
        assert len(all_effects(tx)) == 1


def test_an_alarm_is_kept_and_ends(store: Store) -> None:
    alarm = Alarm(NOW, "why: it stopped", is_told=True)
    with store.write(None) as tx:
        notices.save_alarm(tx, "hubspot", alarm)
        assert notices.alarms(tx, ["hubspot", "salesforce"]) == {"hubspot": alarm}
        notices.save_alarm(tx, "hubspot", None)
        assert notices.alarms(tx, ["hubspot"]) == {}


def test_what_was_said_last_replaces_what_was_said_before(store: Store) -> None:
    with store.write(None) as tx:
        made = tx.execute(leads.insert().values(created_at=NOW).returning(leads.c.lead_id))
        lead_id = int(made.scalar_one())
        notices.keep_said(tx, {lead_id: 1}, NOW)
        notices.keep_said(tx, {lead_id: 2}, NOW + timedelta(days=1))
        notices.keep_said(tx, {}, NOW)
        assert notices.said_before(tx) == {lead_id: 2}
