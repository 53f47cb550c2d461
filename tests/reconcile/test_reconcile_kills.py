"""A comparison that dies at any moment, again and again, finds and heals what a whole one does, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from syncd.jobs import reconcile
from syncd.jobs.cycle import Cycle
from syncd.jobs.reconcile_parts import Hands
from syncd.ports import Clock
from syncd.store import holds, reconciliations, work
from syncd.store.reconciliations import HEAL
from syncd.store.tables import effects
from tests.loop.harness import Loop, loop
from tests.reconcile.test_reconcile import compare, handed_over, mail, named


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Mortal:
    """A clock whose owner dies the n-th time it is read: within a step after its reads, or between two."""

    clock: Clock
    lives: int

    def now(self) -> datetime:
        self.lives -= 1
        if self.lives < 0:
            raise Killed
        return self.clock.now()


def disturb(it: Loop) -> Counter[tuple[str, str]]:
    """Differences that heal, one for a person, and one that stays, as they are to be named."""
    sf, rep = it.sandbox.salesforce, it.sandbox.cast.org.rep_ids[0]
    ids = [str(next(iter(sf.find("Lead", Email=mail(n))))["Id"]) for n in range(4)]
    sf.update("Lead", ids[0], {"Syncd_Grade__c": "Z"}, rep)
    sf.update("Lead", ids[1], {"Syncd_Key__c": None, "Title": "Boss"}, rep)
    (task,) = sf.find("Task", WhoId=ids[2])
    extra = sf.insert("Task", {n: task[n] for n in ("Subject", "WhoId", "Status", "Syncd_Key__c")}, rep)
    sf.insert("Lead", {"LastName": "Quill3", "FirstName": "Pat", "Company": "P", "Email": mail(3)}, rep)
    contact = it.sandbox.hubspot.contact_by_email(mail(0))
    assert contact is not None
    it.sandbox.hubspot.update("contacts", contact.id, {"syncd_reason": "nonsense"})
    it.sync(minutes=20)
    return Counter(
        {
            ("overwritten", ids[0]): 1,
            ("key_removed", ids[1]): 1,
            ("edited", ids[1]): 1,
            ("extra_task", max(extra, str(task["Id"]))): 1,
            ("twin", ids[3]): 1,
            ("overwritten", contact.id): 1,
        }
    )


def die(it: Loop, lives: int) -> bool:
    """Carry the comparison on until it dies, or to its end. True when it died: another process has begun."""
    parts = it.cycle.parts
    hands = Hands(it.store, it.cycle.token, parts.connectors, parts.playbook, Mortal(parts.clock, lives))
    try:
        reconcile.go_on(hands)
    except Killed:
        it.cycle = Cycle(parts, it.cycle.token)
        it.cycle.begin()
        return True
    return False


def healing(it: Loop) -> Counter[str]:
    """How often each healing was sent or is to be."""
    with it.store.read() as tx:
        rows = tx.execute(effects.select().where(effects.c.target.like(f"{HEAL}%"))).mappings().all()
    return Counter({row["target"]: row["version"] for row in rows})


def check(it: Loop, asked: int, want: Counter[tuple[str, str]], before: Counter[str]) -> None:
    """Everything named once, asked about once, healed once, and nothing left for the next one."""
    with it.store.read() as tx:
        run = reconciliations.last(tx)
        assert run is not None
        found = Counter(
            (str(d.cause), d.object_id) for d in reconciliations.found_by(tx, run.reconciliation_id)
        )
        answered = work.answered(tx, asked)
        open_cases = Counter(hold.lead_id for hold in holds.all_holds(tx))
        assert reconciliations.open_ones(tx) == ()
    assert answered is not None
    assert run.summary["causes"] == Counter(cause for cause, _id in found.elements())
    found.pop(("waiting", ""), None)  # what is on its way as it begins
    assert found == want
    assert max(open_cases.values()) == 1
    it.sync(minutes=20)
    again = compare(it)[1]
    heals = {("overwritten", object_id) for _cause, object_id in want} | {
        ("key_removed", i) for _c, i in want
    }
    assert heals & named(again) == set()
    assert max((healing(it) - before).values()) == 1, "each difference was healed by one write"


def test_deaths_on_the_way_leave_nothing_half_healed(tmp_path: Path) -> None:
    """It dies a little later each time, and what heals is delivered between two deaths."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/store.db") as it:
        handed_over(it, 4)
        before, want = healing(it), disturb(it)
        with it.store.write(None) as tx:
            asked = work.ask(tx, "reconcile", "Ada", {"system": "", "full": True}, it.now)
        deaths = 0
        while die(it, lives=deaths + 1):
            deaths += 1
            if deaths % 3 == 0:
                it.cycle._follow(it.cycle._open("poll"))
            assert deaths < 100
        assert deaths > 3
        check(it, asked, want, before)


@pytest.mark.battery
@pytest.mark.parametrize("seed", range(1, 4))
def test_a_death_at_every_single_moment_changes_nothing(tmp_path: Path, seed: int) -> None:
    """One death per comparison, each time one moment later, until one lives to its end."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/store.db", seed=seed) as it:
        handed_over(it, 4)
        moment, is_dead = 0, True
        while is_dead:
            before, want = healing(it), Counter[tuple[str, str]]()
            if moment == 0:
                want = disturb(it)
            with it.store.write(None) as tx:
                asked = work.ask(tx, "reconcile", "Ada", {"system": "", "full": True}, it.now)
            is_dead = die(it, lives=moment + 1)
            it.cycle.compare()
            if moment == 0:
                check(it, asked, want, before)
            else:
                with it.store.read() as tx:
                    assert work.answered(tx, asked) is not None
                    assert reconciliations.open_ones(tx) == ()
                it.cycle._follow(it.cycle._open("poll"))
                assert healing(it) - before == Counter()
            moment += 1
        assert moment > 10
