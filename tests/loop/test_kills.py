"""Killed at any instant and started again, it ends in the same state: no duplicate and nothing missing.

A month of a busy company is run twice. The reference run is never disturbed. In the other one every twelve
hours have five runs: four are killed by SIGKILL at a random instant of a whole run's length, the fifth lives.
What both leave behind in HubSpot, in Salesforce and in the store must be equal.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncd import app
from syncd.connectors.sandbox import Sandbox
from syncd.jobs.cycle import Cycle
from syncd.store import lease
from syncd.store.tables import effects, runs
from syncd.store.tables import lease as leases
from tests.loop.busy import STEP, Ending, Month, differences, doubles, ending
from tests.loop.harness import START_AT, TTL_S, Loop, configuration, loop
from tests.loop.victim import Victim

SETTLE_STEPS = 2  # after the script: second looks, ten minutes after a lost answer


@dataclass
class Deaths:
    """What the kills hit: a run of kills that never hit anything would prove nothing."""

    killed: int = 0
    survived: int = 0
    in_flight: int = 0  # effects found as `sending` after a kill
    with_work: int = 0  # kills of a run that had begun: its row stands unfinished
    statuses: Counter[str] = field(default_factory=Counter)


def alert_counts(it: Loop) -> Counter[str]:
    """How often each alert was written, by its id."""
    path = it.loaded.settings.state_dir / "alerts.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    return Counter(str(json.loads(line)["id"]) for line in lines)


def undisturbed(folder: Path, steps: int, seed: int) -> Ending:
    """The ending of the month when nothing happens to us: on SQLite, whatever it is compared with, since
    which database it is makes no difference above it."""
    with loop(folder / "reference", f"sqlite:///{folder}/reference/syncd.db", seed=seed) as it:
        Month(it.sandbox, steps)
        for _step in range(steps + SETTLE_STEPS):
            assert it.sync(hours=STEP.total_seconds() / 3600).status == "succeeded"
        assert it.sandbox.hubspot.violations == []
        assert it.sandbox.salesforce.violations == []
        return ending(it, alert_counts(it))


@contextmanager
def killable(
    folder: Path, store_url: str, seed: int, *, one_owner: bool = False
) -> Iterator[tuple[Loop, Victim]]:
    """An installation that is live, its lease given up, and the warm process that works on it."""
    with loop(folder, store_url, seed=seed, one_owner=one_owner) as it:
        it.cycle.token.release()
        it.cycle.parts.guard.token = None  # this process only looks from now on
        environ = app.sandbox_environ(it.sandbox, folder / "state")
        with Victim(folder / "config", store_url, environ) as victim:
            yield it, victim


def expire(it: Loop) -> int:
    """Let the lease of a killed run run out, without waiting for it. Returns effects left in flight."""
    with it.store.write(None) as tx:
        tx.execute(leases.update().values(expires_at=0))
        sending = sa.select(sa.func.count()).select_from(effects).where(effects.c.state == "sending")
        return int(tx.execute(sending).scalar_one())


def unfinished_runs(it: Loop) -> int:
    with it.store.read() as tx:
        query = sa.select(sa.func.count()).select_from(runs).where(runs.c.status == "running")
        return int(tx.execute(query).scalar_one())


def month_of_kills(it: Loop, victim: Victim, steps: int, kills: int, chance: random.Random) -> Deaths:
    """Every step: so many runs killed at a random instant, then one that lives."""
    deaths = Deaths()
    length_s = victim.run(it.now).lasted_s
    for _step in range(steps + SETTLE_STEPS):
        it.sandbox.advance_to(it.now + STEP)
        for _kill in range(kills):
            fate = victim.run(it.now, kill_after_s=chance.uniform(0, length_s))
            if fate.was_killed:
                deaths.killed += 1
                deaths.with_work += unfinished_runs(it) > 0
                deaths.in_flight += expire(it)
            else:
                deaths.survived += 1
        fate = victim.run(it.now)
        deaths.statuses[fate.status] += 1
        length_s = 0.5 * (length_s + fate.lasted_s)
    return deaths


def check_same(it: Loop, wanted: Ending) -> None:
    """Nothing doubled, nothing missing, nothing done against the vendors' rules."""
    found = ending(it, alert_counts(it))
    assert doubles(it.sandbox) == []
    assert {key: count for key, count in found.alerts.items() if count > 1} == {}
    assert differences(wanted, found) == []
    assert set(found.outbox.values()) == {"done"}
    assert it.sandbox.hubspot.violations == []
    assert it.sandbox.salesforce.violations == []
    assert it.tie_out().is_even


def check_deaths(deaths: Deaths, steps: int, wanted: int) -> None:
    """The kills were as many as meant, and hit runs at work, some of them within a write."""
    assert deaths.killed + deaths.survived == wanted
    assert deaths.killed >= 0.7 * wanted, f"too few died to prove anything: {deaths}"
    assert deaths.with_work >= 0.3 * wanted, f"too few died at work: {deaths}"
    assert deaths.statuses == {"succeeded": steps + SETTLE_STEPS}


@pytest.mark.battery
@pytest.mark.timeout(900)
def test_two_hundred_kills_change_nothing(tmp_path: Path) -> None:
    """Fifty steps of a busy month, four kills each; the month ends as if nothing had happened."""
    steps, seed = 48, 3
    with killable(tmp_path, f"sqlite:///{tmp_path}/state/syncd.db", seed) as (it, victim):
        Month(it.sandbox, steps)
        deaths = month_of_kills(it, victim, steps, kills=4, chance=random.Random(seed))
        check_same(it, undisturbed(tmp_path, steps, seed))
    check_deaths(deaths, steps, wanted=200)
    assert deaths.in_flight >= 3, f"no kill hit a write in flight: {deaths}"


@pytest.mark.slow
def test_kills_change_nothing_on_either_database(tmp_path: Path, store_url: str) -> None:
    """The same for five days; a killed connection's transaction is gone on both."""
    steps, seed = 4, 5
    with killable(tmp_path, store_url, seed) as (it, victim):
        Month(it.sandbox, steps)
        deaths = month_of_kills(it, victim, steps, kills=4, chance=random.Random(seed))
        check_same(it, undisturbed(tmp_path, steps, seed))
    check_deaths(deaths, steps, wanted=24)


@pytest.mark.battery
@pytest.mark.slow
def test_a_first_load_killed_again_and_again_is_complete(tmp_path: Path) -> None:
    """Each attempt goes on where the one before was killed; the baseline is what one quiet load makes it."""
    quiet, length_s = first_load(tmp_path / "quiet", [])
    chance = random.Random(7)
    killed, _length_s = first_load(tmp_path / "killed", [chance.uniform(0, length_s) for _kill in range(20)])
    assert len(quiet.ledger) > 100, "a world with a past"
    assert differences(quiet, killed) == []


def first_load(folder: Path, kills_s: list[float]) -> tuple[Ending, float]:
    """What a first load of a seeded company leaves, killed at these instants; the length of the last run."""
    folder.mkdir()
    url = f"sqlite:///{folder}/state/syncd.db"
    with Sandbox(seed=4, start_at=START_AT, world="company", contacts=120) as sandbox:
        loaded = configuration(folder, sandbox)
        parts = app.build_for_sandbox(loaded, lambda: sandbox.now, url)
        token = lease.take(parts.store, lease.owner_name(), TTL_S)
        assert token is not None
        it = Loop(sandbox, loaded, Cycle(parts, token))
        expire(it)
        with Victim(folder / "config", url, app.sandbox_environ(sandbox, folder / "state")) as victim:
            for after_s in kills_s:
                victim.run(sandbox.now, kill_after_s=after_s)
                expire(it)
            fate = victim.run(sandbox.now)
        assert fate.status == "succeeded"
        assert it.writes() == 0, "it observes"
        assert it.tie_out().is_even
        found = ending(it)
        app.close(parts)
        return found, fate.lasted_s
