"""A playbook changed under running daemons. Real processes in real time."""

from __future__ import annotations

import signal

import pytest
import sqlalchemy as sa

from syncd.jobs.in_force import WAITING
from syncd.store import versions, work
from syncd.store.tables import runs
from tests.daemon.house import SLACK_S, TTL_S, House

pytestmark = [pytest.mark.slow, pytest.mark.battery]


def in_force(house: House) -> str:
    with house.store.read() as tx:
        term = versions.in_force(tx)
    return "" if term is None else term.version


def last_run_by(house: House) -> str:
    """Under which version the newest run was made."""
    with house.store.read() as tx:
        query = sa.select(runs.c.playbook_version).order_by(runs.c.run_id.desc()).limit(1)
        return str(tx.execute(query).scalar())


def test_it_is_taken_up_without_a_restart_and_by_whoever_takes_over(one_house: House) -> None:
    """The folder is edited while two daemons run: nothing happens. Applied, the holder goes on by it; killed
    then, so does its successor, which had started under the version before."""
    first = one_house.start()
    first.wait_for("lease.taken", SLACK_S)
    one_house.go_live()
    second = one_house.start()
    second.wait_for("daemon.standing_by", SLACK_S)
    before = in_force(one_house)
    levels = one_house.folder / "config" / "levels.yaml"
    text = levels.read_text(encoding="utf-8")
    levels.write_text(
        text.replace("engagement, at_least: 30}", "engagement, at_least: 29}"), encoding="utf-8"
    )
    one_house.until(lambda: is_noted(one_house), SLACK_S * 2, "the holder sees the edited folder")
    assert (in_force(one_house), last_run_by(one_house)) == (before, before)
    looked = one_house.command("plan", "--by", "Robin", "--json")
    assert looked.returncode == 0, looked.stderr
    with one_house.store.read() as tx:
        (other,) = {row.version for row in versions.all_versions(tx)} - {before}
    applied = one_house.command("apply", other, "--by", "Robin")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    one_house.until(lambda: last_run_by(one_house) == other, SLACK_S * 2, "the holder works by it")
    first.signal(signal.SIGKILL)
    second.wait_for("lease.taken", TTL_S + SLACK_S)
    one_house.somebody_asks("harbour")
    one_house.until(one_house.is_settled, SLACK_S * 3, "the successor hands over")
    assert (in_force(one_house), last_run_by(one_house)) == (other, other)
    assert "job.crashed" not in "\n".join([*first.log, *second.log])


def is_noted(house: House) -> bool:
    with house.store.read() as tx:
        return bool(work.get_meta(tx, WAITING))
