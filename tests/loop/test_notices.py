"""The list of near-SQLs and alarms of systems, in the whole loop: once, durable, and while writing is off."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from syncd.core.alarms import Trouble
from syncd.core.model import Stage
from syncd.jobs import notices
from syncd.store import ledger, work
from tests.loop.harness import Loop, Prepare, loop
from tests.loop.test_alerts import alerts, lines

DIGEST = 'near_sql_digest: {channels: [mail], at: "08:00", days: [mon, tue], most: 2}\n'


def near(it: Loop) -> int:
    with it.store.read() as tx:
        return sum(
            count for (stage, _level), count in ledger.stage_counts(tx).items() if stage == Stage.NEAR_SQL
        )


def test_who_is_nearly_there_is_listed_once_a_day_and_nobody_twice(tmp_path: Path, store_url: str) -> None:
    """Monday from eight, across restarts; Tuesday only who did not fit or changed."""
    with loop(tmp_path, store_url, world="company", contacts=150, prepare=alerts(DIGEST), live=True) as it:
        count = near(it)
        if count < 3:
            pytest.fail(f"the world has {count} near-SQLs: too few to see the bound")
        it.sync(minutes=30)
        assert lines(tmp_path, "mail") == []  # not eight yet
        it.sync(hours=2)
        it.cycle.begin()
        it.sync(minutes=5)
        (monday,) = lines(tmp_path, "mail")
        assert monday["event"] == "digest"
        assert monday["title"].startswith("Nearly there: ")
        named = [line for line in monday["body"].splitlines() if "lacks" in line]
        assert len(named) == 2
        assert all("Next: " in line for line in named)
        assert not any("sql." in line for line in named)  # labels, never ids
        it.sync(hours=24)
        it.sync(hours=24)
        later = lines(tmp_path, "mail")
        again = [line for line in later[-1]["body"].splitlines() if line in named] if len(later) > 1 else []
    assert len(later) <= 2  # Wednesday is no day of the list
    assert again == []


def system_rules() -> Prepare:
    rules = alerts("on_sql: [chat]\nsystem: {channels: [mail], outage_minutes: 10}\n")

    def prepare(folder: Path, sandbox: Sandbox) -> None:
        rules(folder, sandbox)

    return prepare


def test_a_system_that_stops_is_told_once_and_when_it_is_well_again(tmp_path: Path, store_url: str) -> None:
    """HubSpot's token is withdrawn; runs go on, one message each way."""
    with loop(tmp_path, store_url, prepare=system_rules()) as it:
        token = it.sandbox.hubspot_token
        it.sandbox.hubspot.token = "withdrawn"
        for _ in range(4):
            it.sync(minutes=5)
        (stopped,) = lines(tmp_path, "mail")
        assert stopped["title"] == "HubSpot has stopped: see syncd errors"
        assert "withdrawn" not in str(stopped)
        it.sandbox.hubspot.token = token
        for _ in range(3):
            it.sync(minutes=10)
        titles = [item["title"] for item in lines(tmp_path, "mail")]
    assert [title.partition(" after")[0] for title in titles[1:]] == ["HubSpot is well again"]


def test_a_notice_is_sent_while_push_is_paused(tmp_path: Path, store_url: str) -> None:
    """Nothing is written to a CRM; people still hear that something is wrong."""
    with loop(tmp_path, store_url, prepare=system_rules()) as it:
        with it.store.write(it.cycle.token) as tx:
            work.set_meta(tx, "paused_push", "Ada")
            trouble = Trouble("a test", is_certain=True)
            notices.raise_alarms(tx, {"salesforce": trouble}, it.loaded.playbook.alerts.system, it.now)
        it.sync(minutes=5)
        told = [item["title"] for item in lines(tmp_path, "mail")]
    assert told[0] == "Salesforce has stopped: see syncd errors"


def test_before_going_live_nobody_hears_anything(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url, prepare=system_rules(), live=False) as it:
        it.sandbox.hubspot.token = "withdrawn"
        it.sync(minutes=5)
        assert lines(tmp_path, "mail") == []
