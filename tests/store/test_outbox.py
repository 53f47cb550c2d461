"""The outbox holds one intended state per target, and settles what is in flight before anything newer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from syncd.core.model import Intent, Ref, System
from syncd.ports import Failure, Outcome, Recovery, Result
from syncd.store import authors, outbox, tables
from syncd.store.engine import Store
from syncd.store.outbox import Effect, Sending, Settlement
from syncd.store.tables import EffectState

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
REFUSED = Failure(Recovery.REJECTED, System.SALESFORCE, "salesforce.required_field_missing", "no", "add it")


@pytest.fixture
def lead_id(store: Store) -> int:
    with store.write(None) as tx:
        statement = tables.leads.insert().values(created_at=NOW).returning(tables.leads.c.lead_id)
        return int(tx.execute(statement).scalar_one())


def handoff(value: str = "a", priority: int = 0, key: str = "1:2") -> Intent:
    payload = {"key": key, "fields": {"Title": value}}
    return Intent(System.SALESFORCE, "handoff", f"lead:{key}", payload, 1, priority)


def task() -> Intent:
    payload = {"key": "1:2:1:follow_up"}
    return Intent(System.SALESFORCE, "task", "task:1:2:1:follow_up", payload, 1, 0, "lead:1:2")


def put(store: Store, lead_id: int, *intents: Intent, is_live: bool = True) -> int:
    with store.write(None) as tx:
        return outbox.put(tx, intents, lead_id, NOW, is_live=is_live)


def only(store: Store, lead_id: int) -> Effect:
    with store.read() as tx:
        found = outbox.of_lead(tx, lead_id)
    assert len(found) == 1
    return found[0]


def send(store: Store, effect: Effect) -> int:
    with store.write(None) as tx:
        sending = Sending(effect, "lead", "", {"Title": None}, {"Title": "a"})
        return outbox.begin(tx, [sending], None, NOW)[effect.effect_id]


def settle(store: Store, effect: Effect, state: EffectState, failure: Failure | None = None) -> None:
    with store.write(None) as tx:
        settlement = Settlement(effect.effect_id, effect.version, state, failure, result_id="x")
        outbox.settle(tx, settlement, NOW)


def due(store: Store, kind: str = "handoff", at: datetime = NOW) -> list[str]:
    with store.read() as tx:
        return [effect.target for effect in outbox.due(tx, System.SALESFORCE, (kind,), at, 10)]


def test_the_same_intention_twice_is_one_row(store: Store, lead_id: int) -> None:
    """An evaluation that changes nothing writes nothing."""
    assert put(store, lead_id, handoff()) == 1
    assert put(store, lead_id, handoff()) == 0
    assert only(store, lead_id).version == 1


def test_a_newer_intention_supersedes_the_pending_one(store: Store, lead_id: int) -> None:
    """One row per target: the newest payload, a higher version."""
    put(store, lead_id, handoff("a"))
    put(store, lead_id, handoff("b"))
    found = only(store, lead_id)
    assert (found.version, found.payload["fields"]["Title"]) == (2, "b")


def test_what_is_being_sent_is_settled_before_the_newer_version_goes(store: Store, lead_id: int) -> None:
    """A decision made meanwhile raises the version; done for the old one means pending again."""
    put(store, lead_id, handoff("a"))
    sent = only(store, lead_id)
    send(store, sent)
    put(store, lead_id, handoff("b"))
    assert only(store, lead_id).state == "sending"
    settle(store, sent, EffectState.DONE)
    assert only(store, lead_id).state == "pending"


def test_an_unknown_fate_keeps_its_state_under_a_newer_version(store: Store, lead_id: int) -> None:
    """A lost answer is not forgotten because something newer is wanted."""
    put(store, lead_id, handoff("a"))
    sent = only(store, lead_id)
    send(store, sent)
    settle(store, sent, EffectState.UNKNOWN)
    put(store, lead_id, handoff("b"))
    assert only(store, lead_id).state == "unknown"
    assert due(store) == ["lead:1:2"]


def test_a_killed_process_leaves_unknown_and_not_sent(store: Store, lead_id: int) -> None:
    """What was `sending` when the process died may have arrived."""
    put(store, lead_id, handoff())
    send(store, only(store, lead_id))
    with store.write(None) as tx:
        assert outbox.recover(tx, NOW) == 1
    assert only(store, lead_id).state == "unknown"


def test_a_done_state_goes_again_only_when_it_differs(store: Store, lead_id: int) -> None:
    """The payload is the whole intended state: equal means there is nothing to do."""
    put(store, lead_id, handoff("a"))
    settle(store, only(store, lead_id), EffectState.DONE)
    assert put(store, lead_id, handoff("a")) == 0
    assert put(store, lead_id, handoff("b")) == 1
    assert due(store) == ["lead:1:2"]


def test_an_event_is_done_once_for_ever(store: Store, lead_id: int) -> None:
    """A task or an alert of one pass is never made a second time, whatever its text says now."""
    put(store, lead_id, task())
    settle(store, only(store, lead_id), EffectState.DONE)
    changed = Intent(System.SALESFORCE, "task", "task:1:2:1:follow_up", {"key": "other"}, 1, 0)
    assert put(store, lead_id, changed) == 0


def test_a_task_waits_for_its_hand_off(store: Store, lead_id: int) -> None:
    """Nothing is told of a record that is not there yet."""
    put(store, lead_id, handoff(), task())
    assert due(store, "task") == []
    with store.read() as tx:
        first = outbox.of_lead(tx, lead_id)[0]
    settle(store, first, EffectState.DONE)
    assert due(store, "task") == ["task:1:2:1:follow_up"]


def test_a_fresh_sql_overtakes_everything_else(store: Store, lead_id: int) -> None:
    """Lower priority numbers go first, whenever they were stored."""
    put(store, lead_id, handoff(priority=5, key="1:8"), handoff(priority=0, key="1:9"))
    assert due(store) == ["lead:1:9", "lead:1:8"]


def test_observed_effects_never_leave(store: Store, lead_id: int) -> None:
    """While the profile observes, what would be sent is kept and shown, and nothing is due."""
    put(store, lead_id, handoff(), is_live=False)
    assert due(store) == []
    with store.write(None) as tx:
        assert outbox.cancel_observed(tx, NOW) == 1
    assert put(store, lead_id, handoff(), is_live=True) == 1
    assert due(store) == ["lead:1:2"]


def test_withdrawing_cancels_hand_off_task_and_alert_together(store: Store, lead_id: int) -> None:
    """A lead no longer qualified leaves nothing behind that would tell sales of it."""
    alert = Intent(System.NOTIFY, "alert", "alert:1:1:sql:log", {}, 1)
    put(store, lead_id, handoff(), task(), alert)
    with store.write(None) as tx:
        assert outbox.withdraw(tx, lead_id, NOW) == 3
    assert due(store) == due(store, "task") == []


def test_a_parked_effect_waits_until_its_cause_is_gone(store: Store, lead_id: int) -> None:
    """The cause is named; redriving it sends all of that cause."""
    put(store, lead_id, handoff())
    settle(store, only(store, lead_id), EffectState.PARKED, REFUSED)
    assert due(store, at=NOW + timedelta(days=9)) == []
    with store.read() as tx:
        groups = outbox.error_groups(tx)
    assert [(group.code, group.effects, group.handoffs) for group in groups] == [(REFUSED.code, 1, 1)]
    with store.write(None) as tx:
        assert outbox.redrive(tx, [REFUSED.code], NOW) == 1
    assert due(store) == ["lead:1:2"]


def test_one_of_each_cause_is_probed(store: Store, lead_id: int) -> None:
    """After a rest the oldest of a cause is tried alone; cases for a person are not."""
    held = Failure(Recovery.REJECTED, System.SALESFORCE, "identity.twin_leads", "two", "choose")
    for number, failure in enumerate((REFUSED, REFUSED, held)):
        put(store, lead_id, handoff(key=f"1:{number}"))
        with store.read() as tx:
            newest = outbox.of_lead(tx, lead_id)[-1]
        settle(store, newest, EffectState.PARKED, failure)
    later = NOW + timedelta(minutes=20)
    with store.write(None) as tx:
        assert outbox.probe_parked(tx, NOW + timedelta(minutes=1), later) == 1
    assert due(store, at=later) == ["lead:1:0"]


def test_receipts_keep_what_was_there_before(store: Store, lead_id: int) -> None:
    """A before-image and what was written are on disk before the call, the answer after it."""
    put(store, lead_id, handoff())
    effect = only(store, lead_id)
    receipt_id = send(store, effect)
    outcome = Outcome(effect.effect_id, Result.DONE, Ref(System.SALESFORCE, "lead", "00Q1"), is_created=True)
    with store.write(None) as tx:
        outbox.answer(tx, receipt_id, outcome, NOW)
        row = tx.execute(sa.select(tables.receipts)).mappings().one()
        assert (row["before"], row["written"]) == ({"Title": None}, {"Title": "a"})
        assert (row["result"], row["object_id"], row["is_created"]) == ("done", "00Q1", True)
        assert authors.of_batch(tx, [effect])[effect.effect_id].last == {"00Q1": {"Title": "a"}}


def test_done_after_an_unknown_fate_is_looked_at_once_more(store: Store, lead_id: int) -> None:
    """The first request may still be at work in the server: the second look comes after that."""
    put(store, lead_id, handoff())
    effect = only(store, lead_id)
    again_at = NOW + timedelta(minutes=10)
    with store.write(None) as tx:
        outbox.settle(
            tx,
            Settlement(effect.effect_id, effect.version, EffectState.DONE, retry_at=again_at, result_id="x"),
            NOW,
        )
    assert due(store) == []
    assert due(store, at=again_at) == ["lead:1:2"]


def told(text: str) -> Intent:
    payload = {"key": "1:2", "fields": {"Brief__c": text}, "every_s": 3600}
    return Intent(System.SALESFORCE, "record", "record:1:2:told", payload, 1, 3)


def due_at(store: Store, at: datetime) -> int:
    with store.read() as tx:
        return len(outbox.due(tx, System.SALESFORCE, ("record",), at, 10))


def test_a_state_with_a_rest_is_written_again_only_after_it(store: Store, lead_id: int) -> None:
    """However often the text changes, and whoever restarts: the next write is an hour after the last."""
    put(store, lead_id, told("a"))
    assert due_at(store, NOW) == 1
    send(store, only(store, lead_id))
    settle(store, only(store, lead_id), EffectState.DONE)
    for number, text in enumerate(("b", "c", "d")):
        with store.write(None) as tx:
            outbox.put(tx, [told(text)], lead_id, NOW + timedelta(minutes=10 * number), is_live=True)
    assert due_at(store, NOW + timedelta(minutes=59)) == 0
    assert due_at(store, NOW + timedelta(minutes=60)) == 1
    assert only(store, lead_id).payload["fields"] == {"Brief__c": "d"}


@pytest.mark.parametrize(
    ("begins", "due"),
    [(120, 60), (80, 50), (45, 15), (20, 0), (-5, 60)],
    ids=["long after the rest", "soon after it", "within it", "at once", "over when it was written"],
)
def test_before_a_meeting_the_rest_ends_half_an_hour_early(
    store: Store, lead_id: int, begins: int, due: int
) -> None:
    """Minutes from the last write: whoever meets the person reads what is known by then."""
    put(store, lead_id, told("a"))
    send(store, only(store, lead_id))
    settle(store, only(store, lead_id), EffectState.DONE)
    meets_at = f"{NOW + timedelta(minutes=begins):%Y-%m-%dT%H:%M:%SZ}"
    put(store, lead_id, replace(told("b"), payload={**told("b").payload, "meets_at": meets_at}))
    assert due_at(store, NOW + timedelta(minutes=due, seconds=-1)) == 0
    assert due_at(store, NOW + timedelta(minutes=due)) == 1


def test_what_an_open_record_was_still_to_be_told_is_dropped_when_it_is_over(
    store: Store, lead_id: int
) -> None:
    """Nothing is written to a record that sales has closed."""
    put(store, lead_id, told("a"))
    with store.write(None) as tx:
        assert outbox.withdraw_outdated(tx, {lead_id: ["record:1:2:told"]}, NOW) == 0
        assert outbox.withdraw_outdated(tx, {lead_id: ["contact:5"]}, NOW) == 1
    assert only(store, lead_id).state == EffectState.CANCELLED
    put(store, lead_id, told("a"))
    assert only(store, lead_id).state == EffectState.PENDING
