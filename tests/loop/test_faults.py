"""Under faults nothing is lost and nothing doubled: when they stop, the end is the one without faults.

Chance faults come as swarms (a different mixture of kinds per seed); planned ones strike each write call of a
hand-off once. Waits between retries are cut short, nothing else is changed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from syncd import app
from syncd.clock import BorrowedClock
from syncd.connectors.sandbox import PASSING, Fault, Faults
from syncd.connectors.transport_budget import Budgets
from syncd.core.model import Stage
from syncd.jobs.cycle import Cycle
from syncd.store.tables import effects
from tests.loop.busy import Ending, Month, differences, doubles, ending
from tests.loop.harness import Loop, loop
from tests.loop.test_kills import alert_counts

STEPS, STEP_HOURS = 6, 12.0
AFTER_HOURS = (0.1, 1.0, 3.0, 6.0)
"""When the faults have stopped: retries wait up to two hours, second looks ten minutes."""


@contextmanager
def impatient(folder: Path, store_url: str, *, one_owner: bool = False) -> Iterator[Loop]:
    """A live installation that waits for nothing between two attempts."""
    with loop(folder, store_url, one_owner=one_owner) as it:
        stopped = Event()
        stopped.set()
        clock = BorrowedClock(lambda: it.sandbox.now)
        free = Budgets(is_enforced=False)
        parts = app.build(it.loaded, clock=clock, stop=stopped, budgets=free, store_url=store_url)
        cycle = Cycle(parts, it.cycle.token)
        cycle.begin()
        try:
            yield replace(it, cycle=cycle)
        finally:
            app.close(parts)


def month(it: Loop, faults: Faults) -> Ending:
    """The ending of a short month under these faults, once they have stopped and all is settled."""
    Month(it.sandbox, STEPS, per_step=3, is_worked=False)
    it.sandbox.faults = faults
    for _step in range(STEPS):
        it.sync(hours=STEP_HOURS)
    it.sandbox.faults = Faults()
    for hours in AFTER_HOURS:
        it.sync(hours=hours)
    return ending(it, alert_counts(it))


@cache
def calm(folder: Path) -> Ending:
    """The ending without faults."""
    with impatient(folder / "calm", f"sqlite:///{folder}/calm/syncd.db") as it:
        return month(it, Faults())


def without_instants(found: Ending) -> Ending:
    """A pull that failed is made later: when a move was made may differ, which moves were made may not. A
    hand-off that waited shows the score of the day it went out: engagement has decayed by then; and the clock
    of first contact starts when it arrives, with what is told of it."""
    moves = {key: tuple(line.split(" ", 2)[2] for line in lines) for key, lines in found.ledger.items()}
    people = {
        key: tuple(UNTIL.sub("", field) for field in fields if not field.startswith(OF_ITS_DAY))
        for key, fields in found.people.items()
    }
    contacts = {key: {name: _undated(name, value) for name, value in fields.items()}
                for key, fields in found.contacts.items()}  # fmt: skip
    outbox = {key: state for key, state in found.outbox.items() if OF_THE_CLOCK not in key}
    alerts = {key: count for key, count in found.alerts.items() if OF_THE_CLOCK not in key}
    return replace(found, ledger=moves, people=people, contacts=contacts, outbox=outbox, alerts=alerts)


UNTIL = re.compile(r" by \w{3} [^.]*\.")
"""The moment first contact is due."""
OF_ITS_DAY = ("Syncd_Score__c=", "Syncd_SLA_Due__c=")
OF_THE_CLOCK = ":sla_"


def _undated(name: str, value: str) -> str:
    """A property of a contact without the moment first contact is due."""
    return re.sub(r"^[0-9-]{10}$", "", UNTIL.sub("", value)) if "next_action" in name else value


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.battery) for seed in range(1, 12))]
)
def test_a_swarm_of_faults_ends_as_if_there_had_been_none(tmp_path: Path, folder: Path, seed: int) -> None:
    """Rates of 5 to 30 percent, some kinds out of all that pass, on both systems."""
    chance = random.Random(seed)
    kinds = tuple(chance.sample(PASSING, chance.randint(3, len(PASSING))))
    faults = Faults(rate=chance.uniform(0.05, 0.3), kinds=kinds, seed=seed, slow_s=0.01)
    with impatient(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        found = month(it, faults)
        assert faults.struck, "no fault struck: this would prove nothing"
        assert doubles(it.sandbox) == []
        assert differences(without_instants(calm(folder)), without_instants(found)) == []
        assert set(found.outbox.values()) == {"done"}
        assert it.tie_out().is_even
        assert it.sandbox.hubspot.violations == []
        assert it.sandbox.salesforce.violations == []


# --- each kind at each write call ------------------------------------------------------------------------

LOST_ANSWERS = (
    Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.ERROR_AFTER, Fault.TRUNCATED, Fault.EMPTY,
    Fault.PAGE_AFTER, Fault.UNAVAILABLE, Fault.PARTIAL,
)  # fmt: skip


@dataclass(slots=True)
class Marked(Faults):
    """Strikes one chosen call, and notes after each call whether it wrote anything."""

    strike: tuple[str, int, Fault] | None = None
    it: Loop | None = None
    seen: list[tuple[str, int, int]] = field(default_factory=list)  # system, number, writes before it
    counts: dict[str, int] = field(default_factory=dict)

    def choose(self, system: str, method: str, path: str, number: int) -> Fault | None:
        assert self.it is not None
        own = self.counts[system] = self.counts.get(system, 0) + 1
        self.seen.append((system, own, self.it.writes()))
        if self.strike is not None and self.strike[:2] == (system, own):
            self.struck.append((system, method, path, self.strike[2]))
            return self.strike[2]
        return None

    def has_written(self) -> bool:
        """The chosen call was made, and what it asked for is done."""
        assert self.it is not None
        return bool(self.struck) and self.it.writes() > self.seen[-1][2]

    def writing_calls(self, writes_now: int) -> list[tuple[str, int]]:
        """System and number of the calls after which there were more writes than before."""
        after = [*(writes for _system, _number, writes in self.seen[1:]), writes_now]
        return [
            (system, number)
            for (system, number, before), then in zip(self.seen, after, strict=True)
            if then > before
        ]


def newcomers(it: Loop, turn: int, count: int) -> list[str]:
    """So many people who ask for a demo; returns their e-mail addresses."""
    it.advance(minutes=5)  # evidence must be later than the go-live
    made = []
    for number in range(count):
        firm = f"works{turn}x{number}"
        email = f"alex@{firm}.com"
        company = {"name": firm, "domain": f"{firm}.com", "industry": "MACHINERY", "numberofemployees": "300"}
        person = {
            "email": email,
            "firstname": "Alex",
            "lastname": firm.title(),
            "jobtitle": "Head of Planning",
            "company": firm,
            "lifecyclestage": "lead",
        }
        hubspot = it.sandbox.hubspot
        company_id, contact_id = hubspot.create("companies", company), hubspot.create("contacts", person)
        hubspot.associate("contacts", contact_id, "companies", company_id)
        hubspot.submit_form("Request a demo", email, {}, "https://www.northwind.example/demo", contact_id)
        made.append(email)
    return made


def hand_over(it: Loop, turn: int, count: int, strike: tuple[str, int, Fault] | None) -> Marked:
    """Newcomers are handed over; the chosen call of that sync fails; then all is settled."""
    people = newcomers(it, turn, count)
    it.advance(hours=1)
    marked = Marked(strike=strike, it=it)
    it.sandbox.faults = marked
    it.sync()
    marked.it, marked.strike = it, None
    it.sandbox.faults = Faults()
    for hours in (0.1, 0.5):  # the retry, and the second look
        it.sync(hours=hours)
    for email in people:
        check_handed_over(it, email, str(strike))
    return marked


def check_handed_over(it: Loop, email: str, why: str) -> None:
    """One Lead, one task, the stage in HubSpot, one alert, and nothing waiting."""
    salesforce = it.sandbox.salesforce
    assert it.position(email).stage is Stage.HANDED_OFF, why
    (lead,) = salesforce.find("Lead", Email=email)
    tasks = [task for task in salesforce.find("Task", WhoId=lead.id) if task["Syncd_Key__c"]]
    assert len(tasks) == 1, why
    contact = it.sandbox.hubspot.contact_by_email(email)
    assert contact is not None
    assert contact.properties["lifecyclestage"] == "salesqualifiedlead", why


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, pytest.param(3, marks=pytest.mark.battery)], ids=["alone", "several"])
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=[] if kind is Fault.RESET_AFTER else [pytest.mark.battery])
        for kind in LOST_ANSWERS
    ],
)
def test_a_fault_at_any_write_call_leaves_one_record(tmp_path: Path, kind: Fault, count: int) -> None:
    """One person with a named owner goes as Lead and task in one call, several go in collections."""
    with impatient(tmp_path, f"sqlite:///{tmp_path}/syncd.db", one_owner=count == 1) as it:
        hand_over(it, 0, count, None)
        calls = Marked(it=it)
        it.sandbox.faults = calls
        newcomers(it, 1, count)
        it.advance(hours=1)
        it.sync()
        places = calls.writing_calls(it.writes())
        to_salesforce = [number for system, number in places if system == "salesforce"]
        assert len(to_salesforce) == (1 if count == 1 else 2), places
        assert len(places) > len(to_salesforce), "and HubSpot is told"
        for turn, (system, number) in enumerate(places, start=2):
            marked = hand_over(it, turn, count, (system, number, kind))
            assert marked.struck, f"call {number} to {system} was never made"
        assert doubles(it.sandbox) == []
        assert {key: n for key, n in alert_counts(it).items() if n > 1} == {}
        it.sync(hours=2)  # what an open record shows is written at most hourly
        assert set(states(it)) == {"done"}
        assert it.sandbox.salesforce.violations == []
        assert it.sandbox.hubspot.violations == []


def states(it: Loop) -> list[str]:
    with it.store.read() as tx:
        return [str(state) for state in tx.execute(sa.select(effects.c.state)).scalars()]


def test_what_arrived_stays_done_when_its_record_is_archived_before_the_second_look(tmp_path: Path) -> None:
    """A lost answer is looked at once more after ten minutes; a record gone by then undoes nothing."""
    with impatient(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        (email,) = newcomers(it, 0, 1)
        it.advance(hours=1)
        it.sandbox.faults.plan(Fault.ERROR_AFTER, path_contains="contacts/batch/update", times=5)
        it.sync()
        it.sync(minutes=1)
        check_handed_over(it, email, "after a lost answer")
        contact = it.sandbox.hubspot.contact_by_email(email)
        assert contact is not None
        it.sandbox.hubspot.archive("contacts", contact.id)
        it.sync(minutes=30)
        it.sync(hours=2)
        assert set(states(it)) <= {"done", "cancelled"}, "only what the record would show is meant no more"


# --- storms ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_a_storm_of_refusals_parks_nothing_and_is_not_answered_with_a_storm(
    tmp_path: Path, system: str
) -> None:
    """Throttling never counts against a record; once it is over, everything goes out by itself."""
    kinds = (Fault.BURST, Fault.SECONDLY) if system == "hubspot" else (Fault.QUOTA,)
    with impatient(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        made = it.sandbox.hubspot.calls if system == "hubspot" else it.sandbox.salesforce.calls
        before = len(made)
        it.sync(hours=1)
        usual = len(made) - before
        people = newcomers(it, 1, 2)
        before = len(made)
        it.advance(hours=1)
        # reads go through, so that there is something to send when the storm is on
        it.sandbox.faults = Faults(rate=1.0, kinds=kinds, systems=(system,), spared=READS[system])
        summary = it.sync()
        it.sandbox.faults = Faults(rate=1.0, kinds=kinds, systems=(system,))
        for _turn in range(3):
            assert it.sync(minutes=2).status != "succeeded"
        assert summary.status != "succeeded"
        assert len(made) - before <= 4 * 6 * usual
        assert "parked" not in states(it)
        it.sandbox.faults = Faults()
        for hours in (1.0, 2.0, 3.0):
            it.sync(hours=hours)
        for email in people:
            check_handed_over(it, email, system)
        assert set(states(it)) == {"done"}


READS = {"hubspot": ("/search", "/list", "forms", "events", "batch/read"), "salesforce": ("query",)}


# --- twice in a row --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_second_sync_sends_nothing(tmp_path: Path, store_url: str) -> None:
    """At any point of a busy week: what is there already is not written again."""
    with loop(tmp_path, store_url) as it:
        Month(it.sandbox, 14)
        for _step in range(14):
            assert it.sync(hours=STEP_HOURS).status == "succeeded"
            sent = it.writes()
            again = it.sync()
            assert (it.writes() - sent, again.delivered, again.transitions) == (0, {}, 0)
        assert it.writes() > 100


def test_looking_again_later_sends_nothing_either(tmp_path: Path) -> None:
    """Minutes later everything is read again inside the index horizon: known content writes nothing."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        Month(it.sandbox, 4, is_worked=False)
        it.sync(hours=4 * STEP_HOURS)
        sent = it.writes()
        for _turn in range(3):
            it.sandbox.advance_to(it.now + timedelta(minutes=2))
            it.sync()
        assert it.writes() == sent
