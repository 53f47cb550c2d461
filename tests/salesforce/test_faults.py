"""Faults on the way to the org: lost answers, outages, ended sessions, spent quotas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from syncd.connectors.salesforce import Salesforce
from syncd.connectors.sandbox.faults import PASSING, Fault
from syncd.ports import Outcome, Person, Recovery, Result, SystemFailure, Write
from tests.salesforce.conftest import KEY, Desk, code, handoff, look, ref, task

LOST = [Fault.RESET_AFTER, Fault.TRUNCATED, Fault.EMPTY]
NOT_DONE = [Fault.SERVER_ERROR, Fault.BAD_GATEWAY, Fault.UNAVAILABLE, Fault.RESET_BEFORE]


def settle(desk: Desk, sf: Salesforce, writes: Sequence[Write], tries: int = 12) -> list[list[Outcome]]:
    """What the outbox does: look, send, and send again what is not done; every round's outcomes."""
    rounds: list[list[Outcome]] = []
    left = list(writes)
    for _ in range(tries):
        try:
            found = sf.read([look(w.effect_id, w.key, kind=w.kind) for w in left])
            due = [
                replace(w, ref=item.candidates[0].ref, fields={})
                if item.candidates and w.kind == "handoff"
                else w
                for w, item in zip(left, found, strict=True)
            ]
            outcomes = list(sf.apply(due))
        except SystemFailure:
            desk.time.sleep(600)
            continue
        rounds.append(outcomes)
        done = {item.effect_id for item in outcomes if item.result is Result.DONE}
        left = [w for w in left if w.effect_id not in done]
        if not left:
            return rounds
    raise AssertionError(f"{len(left)} writes are not done after {tries} tries")


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE])
def test_a_hand_off_whose_answer_is_lost_ends_as_one_lead(desk: Desk, sf: Salesforce, fault: Fault) -> None:
    """An upsert by key may be repeated by the transport itself."""
    sf.read([look(1, "7:1")])
    desk.faults.plan(fault, method="PATCH")
    settle(desk, sf, [handoff(1, "7:1")])
    assert len(desk.org.find("Lead", **{KEY: "7:1"})) == len(desk.org.all("Lead")) == 1
    assert desk.faults.struck


def test_a_create_by_the_orgs_rules_is_not_repeated_by_the_transport(desk: Desk, sf: Salesforce) -> None:
    """The repeat would run the rules again; the outbox looks, finds the Lead by key and leaves its owner."""
    queue = desk.org.add_queue("Inbound")
    desk.org.set_assignment_rule("All", queue)
    write = replace(handoff(1, "7:1"), payload={"owner": {"mode": "org_rules"}})
    sf.read([look(1, "7:1")])
    desk.faults.plan(Fault.RESET_AFTER, method="PATCH")
    before = len(desk.org.calls)
    assert sf.apply([write])[0].result is Result.UNKNOWN
    assert len([call for call in desk.calls(before) if call.startswith("PATCH")]) == 1
    settle(desk, sf, [write])
    assert [lead["OwnerId"] for lead in desk.org.all("Lead")] == [queue]


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE])
def test_a_task_whose_answer_is_lost_is_unknown_and_made_once(
    desk: Desk, sf: Salesforce, fault: Fault
) -> None:
    """A create is never repeated blindly: unknown first, then looked up."""
    desk.lead(**{KEY: "7:1"})
    write = task(1, "7:1:1:x")
    sf.read([look(1, "7:1:1:x", kind="task")])
    desk.faults.plan(fault, path_contains="composite/sobjects")
    first = sf.apply([write])[0]
    assert first.result is Result.UNKNOWN
    assert first.failure is not None
    assert first.failure.recovery is Recovery.UNKNOWN
    settle(desk, sf, [write])
    assert len(desk.org.all("Task")) == 1


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE])
def test_a_lone_sql_whose_answer_is_lost_ends_as_one_lead_and_one_task(
    desk: Desk, sf: Salesforce, fault: Fault
) -> None:
    """Both are unknown together; each is found by its key."""
    person = replace(handoff(1, "7:1", OwnerId=desk.org.admin_id), priority=0)
    writes = [person, replace(task(2, "7:1:1:x"), priority=0)]
    sf.read([look(1, "7:1"), look(2, "7:1:1:x", kind="task")])
    desk.faults.plan(fault, path_contains="composite", method="POST")
    outcomes = sf.apply(writes)
    assert [item.result for item in outcomes] == [Result.UNKNOWN, Result.UNKNOWN]
    settle(desk, sf, writes)
    assert (len(desk.org.all("Lead")), len(desk.org.all("Task"))) == (1, 1)


def test_an_answer_that_comes_after_the_time_out_is_a_lost_one(desk: Desk) -> None:
    """Lead, then task: the server did both while we had given up; each is there once."""
    desk.faults.slow_s = 1.0
    hasty = desk.connector(read_timeout_s=0.5)
    hasty.read([look(1, "7:1"), look(2, "7:1:1:x", kind="task")])
    desk.faults.plan(Fault.SLOW, method="PATCH")
    settle(desk, hasty, [handoff(1, "7:1")])
    desk.faults.plan(Fault.SLOW, path_contains="composite/sobjects", method="POST")
    settle(desk, hasty, [task(2, "7:1:1:x")])
    assert {fault for *_, fault in desk.faults.struck} == {Fault.SLOW}
    assert (len(desk.org.all("Lead")), len(desk.org.all("Task"))) == (1, 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_faults_leaves_one_lead_and_one_task_each(desk: Desk, sf: Salesforce, seed: int) -> None:
    """Three of ten calls fail in every way that passes; nothing is lost and nothing is there twice."""
    desk.faults.rate, desk.faults.seed = 0.3, seed
    desk.faults.kinds = tuple(kind for kind in PASSING if kind is not Fault.SLOW)
    people = [handoff(n, f"7:{n}") for n in range(30)]
    settle(desk, sf, people, tries=40)
    settle(desk, sf, [task(100 + n, f"7:{n}:1:x") for n in range(30)], tries=60)
    assert sorted(str(item[KEY]) for item in desk.org.all("Lead")) == sorted(f"7:{n}" for n in range(30))
    assert sorted(str(item[KEY]) for item in desk.org.all("Task")) == sorted(f"7:{n}:1:x" for n in range(30))


@pytest.mark.parametrize("seed", range(3))
def test_pulling_through_a_storm_brings_everything(desk: Desk, sf: Salesforce, seed: int) -> None:
    """Reads are repeated by the transport; a pull that fails all the same goes on from its cursor."""
    desk.faults.rate, desk.faults.seed = 0.4, seed
    desk.faults.kinds = tuple(kind for kind in PASSING if kind is not Fault.SLOW)
    wanted = {desk.lead(f"Doe {n}") for n in range(2_100)} | {desk.contact(f"Roe {n}") for n in range(10)}
    found: set[str] = set()
    for _ in range(30):
        try:
            for page in sf.pull("changes", desk.cursors.get("changes"), desk.now):
                found |= {record.ref.id for record in page.records if isinstance(record, Person)}
                desk.cursors["changes"] = page.cursor
            break
        except SystemFailure as error:
            assert error.failure.recovery is Recovery.TRANSIENT  # noqa: PT017 - the loop goes on
    assert found == wanted


def test_an_answer_that_lacks_a_record_leaves_it_unknown(desk: Desk, sf: Salesforce) -> None:
    """By position; a partial answer is never taken for the whole."""
    desk.faults.plan(Fault.PARTIAL, method="PATCH")
    outcomes = sf.apply([handoff(n, f"7:{n}") for n in range(3)])
    assert [item.effect_id for item in outcomes] == [0, 1, 2]
    assert sum(item.result is Result.DONE for item in outcomes) == 2
    settle(desk, sf, [handoff(n, f"7:{n}") for n in range(3)])
    assert len(desk.org.all("Lead")) == 3


# --- sessions, quota, outages ----------------------------------------------------------------------------


def test_a_session_that_ends_in_the_middle_is_renewed_once_with_all_headers(
    desk: Desk, sf: Salesforce
) -> None:
    """The same call again with a new token; the owner stays ours, so the header was sent both times."""
    desk.org.set_assignment_rule("All", desk.org.add_queue("Inbound"))
    rep = desk.org.add_user("Rita", "Rep")
    sf.read([look(1, "7:1")])
    issued = desk.org.tokens.issued
    desk.org.expire_tokens()
    outcome = sf.apply([handoff(1, "7:1", OwnerId=rep)])[0]
    assert outcome.ref is not None
    assert desk.org.record("Lead", outcome.ref.id)["OwnerId"] == rep
    assert desk.org.tokens.issued == issued + 1


def test_a_spent_daily_quota_halts_and_asks_nobody_again_for_a_while(desk: Desk, sf: Salesforce) -> None:
    """403 REQUEST_LIMIT_EXCEEDED is quota, not permission; no Retry-After comes, so we wait five minutes."""
    desk.org.meter.limits = True
    desk.lead()
    desk.pull(sf, "changes")
    desk.faults.plan(Fault.QUOTA)
    with pytest.raises(SystemFailure) as caught:
        desk.pull(sf, "changes")
    assert (caught.value.failure.recovery, caught.value.failure.code) == (
        Recovery.HALT,
        "salesforce.daily_limit",
    )
    before = len(desk.org.calls)
    with pytest.raises(SystemFailure):
        sf.apply([handoff(1, "7:1")])
    assert len(desk.org.calls) == before


def test_ordinary_calls_stop_at_85_percent_of_the_orgs_day_and_fresh_sqls_go_on(
    desk: Desk, sf: Salesforce
) -> None:
    """What the header says counts the calls of everybody in the org."""
    desk.org.meter.spend_elsewhere(86_000)
    sf.read([replace(look(1, "7:1"), priority=0)])
    with pytest.raises(SystemFailure) as caught:
        sf.apply([handoff(1, "7:1")])
    assert (caught.value.failure.recovery, caught.value.failure.code) == (
        Recovery.HALT,
        "salesforce.daily_floor",
    )
    assert sf.apply([replace(handoff(1, "7:1"), priority=0)])[0].result is Result.DONE


def test_nothing_sent_is_said_by_raising_and_never_as_unknown(desk: Desk, sf: Salesforce) -> None:
    """A hidden key field is found before anything leaves: every effect stays as it was."""
    sf.read([look(1, "7:1")])
    desk.org.hide("Lead", KEY)
    with pytest.raises(SystemFailure) as caught:
        sf.apply([handoff(1, "7:1")])
    assert caught.value.failure.recovery is Recovery.CONFIGURATION
    assert desk.org.all("Lead") == []


def test_a_batch_half_way_through_keeps_what_it_knows(desk: Desk, sf: Salesforce) -> None:
    """Updates are through, then the upsert meets the quota: done stays done, the rest is told why not."""
    lead = desk.lead()
    desk.faults.plan(Fault.QUOTA, path_contains="sobjects/Lead")
    outcomes = sf.apply([handoff(1, "7:1", ref("lead", lead), Title="CTO"), handoff(2, "7:2")])
    assert [(item.result, code(item)) for item in outcomes] == [
        (Result.DONE, ""),
        (Result.FAILED, "salesforce.daily_limit"),
    ]


def test_no_log_line_and_no_failure_shows_what_a_record_says(desk: Desk, sf: Salesforce) -> None:
    """Names, addresses and tokens stay out of logs and errors, whatever goes wrong."""
    desk.org.change_field("Lead", "Description", is_required=True)
    with capture_logs() as logs:
        outcomes = sf.apply([handoff(1, "7:1", LastName="Zyxwv", Email="zyxwv@", Title="zyxwv" * 50)])
        sf.read([look(1, "7:1", "zyxwv@acme.example")])
    text = (repr(logs) + repr(outcomes)).lower()
    assert logs
    assert "zyxwv" not in text
    assert desk.org.tokens.client_secret not in text
    assert "bearer" not in text
