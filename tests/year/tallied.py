"""The reports beside the recount: the same people at every step, the same hand-offs at the same moments."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa

from syncd.core import metrics
from syncd.core.sla.clock import State
from syncd.jobs import reports
from syncd.jobs.funnel import funnel
from syncd.jobs.passed import passed
from syncd.jobs.sla import report
from syncd.store import hops, work
from syncd.store.tables import leads
from tests.year.clocks import Clocks
from tests.year.life import Life
from tests.year.recount import Person, Recount

STEPS = ("lead", "mql", "near_sql", "sql", "handed_off", "accepted", "opportunity", "customer")
DAY = timedelta(days=1)


def keys(lived: Life) -> dict[int, str]:
    """The external key of every lead HubSpot knows."""
    with lived.it.store.read() as tx:
        query = sa.select(leads.c.lead_id, leads.c.external_key).where(leads.c.external_key.is_not(None))
        return {row.lead_id: row.external_key for row in tx.execute(query)}


def live_at(lived: Life) -> datetime:
    with lived.it.store.read() as tx:
        at = work.baseline(tx).baseline_at
    assert at is not None
    return at


def check_the_reports(lived: Life, counted: Recount) -> None:
    """Step by step the same newcomers, and hand-offs confirmed at the moments Salesforce dates them."""
    found = funnel(lived.it.store, lived.it.loaded.playbook, None, lived.it.now + DAY, lived.it.now)
    binned = {  # HubSpot shows them no more, nor into whom they were merged before
        f"{person.key.partition(':')[0]}:{number}"
        for person in counted.people
        if person.contact.archived
        for number in person.numbers
    }
    names = {who: key for who, key in keys(lived).items() if key not in binned}
    wanted = {step: people - binned for step, people in counted.reached().items()}
    different = []
    for step in STEPS:
        listed = {names[who] for _title, who in found.listed(f"cohort.{step}") if who in names}
        only_we, only_they = listed - wanted[step], wanted[step] - listed
        if only_we or only_they:
            different.append(
                f"{step}: {len(listed)}; too many {sorted(only_we)}, too few {sorted(only_they)}"
            )
    assert not different, "\n".join(different)
    assert len(wanted["handed_off"]) > 5, "a year without hand-offs proves nothing"


def check_the_months(lived: Life) -> None:
    """The cohorts and moves of the months add up to those of the whole time, whatever the ledger holds."""
    with lived.it.store.read() as tx:
        entries = reports.ledger_entries(tx)
    levels = [level.id for level in lived.it.loaded.playbook.levels.mql]
    start = min(entry.effective_at for entry in entries)
    ends = [start + DAY * 30 * number for number in range(14)]
    whole = metrics.funnel(entries, ends[0], ends[-1], levels)
    parts = [metrics.funnel(entries, since, until, levels) for since, until in pairwise(ends)]
    for step in whole.cohort.steps:
        assert step.leads == sum(part.cohort.step(step.id).leads for part in parts), step.id
        assert step.times == sum(part.cohort.step(step.id).times for part in parts), step.id
        moves = [part.period.step(step.id).times for part in parts]
        assert whole.period.step(step.id).times == sum(moves), step.id
    assert parts[-1].snapshot == whole.snapshot


def check_hand_offs(lived: Life, counted: Recount) -> None:
    """The report of hops names exactly the passes both systems show, each confirmed when it was written."""
    names = keys(lived)
    with lived.it.store.read() as tx:
        rows = hops.between(tx, None, lived.it.now + DAY)
    told = {(names[row.lead_id], row.pass_number): row.confirmed_at for row in rows if row.confirmed_at}
    seen = {
        (person.key, number): at for person in counted.people for (_key, number), at in person.handed.items()
    }
    different = [
        f"{key}, pass {number}: told {told.get((key, number))}, seen {seen.get((key, number))}"
        for key, number in sorted({*told, *seen})
        if told.get((key, number)) != seen.get((key, number))
    ]
    assert not different, "\n".join(different)


def check_the_clocks(lived: Life, counted: Recount) -> None:
    """Of those whose story one record in each system tells: the same clocks, standing the same way."""
    names = keys(lived)
    (everybody, *_rest) = report(
        lived.it.store, lived.it.loaded.playbook, None, lived.it.now + DAY, lived.it.now
    )
    clocks = Clocks(counted, lived.it.now)
    told = [person for person in counted.people if person.handed and clocks.is_told(person)]
    different = []
    for person in told:
        shown = {
            str(state) for state in State if person.key in {names.get(i) for i in everybody.leads[str(state)]}
        }
        wanted = clocks.states(person)
        if shown != set(wanted):
            different.append(f"{person.key}: the report says {sorted(shown)}, both systems say {wanted}")
    assert not different, "\n".join(different)
    assert len(told) > 5, "a year without such people proves nothing"


def check_what_came_back(lived: Life, counted: Recount) -> None:
    """`syncd report reversions`, pass by pass: accepted, given back and why, or open."""
    names = keys(lived)
    clocks = Clocks(counted, lived.it.now)
    wanted = {
        (person.key, number): fate
        for person in counted.people
        if person.handed and clocks.is_told(person)
        for number, fate in enumerate(clocks.story(person).fates, start=1)
    }
    found = passed(lived.it.store, lived.it.loaded.playbook, None, lived.it.now + DAY, lived.it.now)
    told = {(names[item.lead_id], item.number): (str(item.fate), item.reason) for item in found}
    different = [
        f"{key}, pass {number}: the report says {told.get((key, number))}, both systems say {fate}"
        for (key, number), fate in sorted(wanted.items())
        if told.get((key, number)) != fate
    ]
    assert not different, "\n".join(different)
    assert {fate for fate, _why in wanted.values()} >= {"accepted", "given_back"}


def check_handed_once(counted: Recount) -> int:
    """Between two hand-offs of a person lies something new that the person did. How many hand-offs were not
    the first."""
    again = 0
    for person in counted.people:
        passes = sorted(person.handed.items(), key=lambda item: item[1])
        for (_first, began_at), (second, at) in pairwise(passes):
            again += 1
            ended_at = _ended(counted, person, began_at, at)
            acts = [act for act in counted.acts(person) if ended_at < act <= at]
            assert acts, f"{person.key}: pass {second[1]} at {at} rests on nothing new since {ended_at}"
    return again


def _ended(counted: Recount, person: Person, began_at: datetime, until: datetime) -> datetime:
    """When sales gave the pass back, as the Lead tells; when it began, where it does not."""
    found = [began_at]
    for lead in person.leads:
        for change in counted.records[lead].changes:
            is_refusal = change.field == "Status" and change.new in {"Unqualified", "Nurture"}
            if is_refusal and began_at < change.at < until:
                found.append(change.at)
    return max(found)
