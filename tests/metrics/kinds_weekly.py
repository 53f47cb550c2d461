"""Examples of the weekly meeting: `weekly`, `late`, `content`, `context`, `owed`, `set_aside`, `path`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.core import chase, context, weekly
from syncd.core.model import Ref, SalesRecord, Shape, System
from syncd.core.paths import path
from syncd.core.sla.clock import State
from syncd.core.sla.measures import Measure, Spread
from tests.core import builders
from tests.metrics.kinds import Numbers, kind
from tests.metrics.ledgers import at
from tests.metrics.moves import moves, people, period


@kind("weekly")
def counted(facts: tuple[str, ...]) -> Numbers:
    """Every number of `syncd report weekly` that the ledger shows, and of the period before."""
    lines, first, last = period(facts)
    known = people(lines)
    now = weekly.tally(known, at(first), at(last))
    before = weekly.tally(known, at(first - (last - first)), at(first))
    names = (
        "passed", "without_criteria", "accepted", "given_back", "opportunities", "won", "lost",
    )  # fmt: skip
    numbers: dict[str, float | None] = {}
    for name, tally in (("value", now), ("before", before)):
        numbers |= {f"{item}.{name}": len(getattr(tally, item)) for item in names}
        share = tally.acceptance
        numbers[f"acceptance_percent.{name}"] = None if share is None else round(100 * share, 1)
    return numbers | {f"reason.{code}": len(who) for code, who in now.reasons.items()}


@kind("late")
def late(facts: tuple[str, ...]) -> Numbers:
    """One state per clock."""
    states = [State(part) for part in " ".join(facts).split()]
    none = Spread(0, None, None)
    counts = {state: states.count(state) for state in State}
    line = Measure("all", "", len(states), counts, none, none, none)
    return {"numbers.late": weekly.late_of([line])} | {str(state): counts[state] for state in State}


@kind("content")
def downloads(facts: tuple[str, ...]) -> Numbers:
    """One form per line, judged by the shipped playbook."""
    book = builders.default_playbook()
    shapes = [Shape("hubspot.form_submission", {"form": fact}) for fact in facts]
    return {"downloads": sum(weekly.is_download(shape, book) for shape in shapes)}


_FIELDS = {"title": "contact.jobtitle", "company": "contact.company", "phone": "contact.phone"}


@kind("context")
def contexts(facts: tuple[str, ...]) -> Numbers:
    """What is known of each person handed over: `act` (the one that carried it), `story`, title, company,
    phone, and `unwritten` where a field could not be written."""
    book = builders.default_playbook()
    found: list[frozenset[str]] = []
    for fact in facts:
        words = fact.partition(":")[2].split()
        fields = {"contact.email": "dana@gmail.com", "contact.lastname": "Ruiz"}
        fields |= {name: "known" for word, name in _FIELDS.items() if word in words}
        act, other = builders.demo_request(builders.at()), builders.form("Whitepaper", builders.at(-1))
        signals = [item for word, item in (("act", act), ("story", other)) if word in words]
        snapshot = builders.person(*signals, fields=fields)
        (made,) = people(["Ada: 1 sql, 2 handed_off"])[1].passes
        made = replace(made, evidence=(act.key,))
        missing = context.lacks(snapshot, made, book, builders.at(1))
        found.append(missing | ({context.NOT_WRITTEN} if "unwritten" in words else set()))
    numbers: dict[str, float | None] = {
        name: sum(name in missing for missing in found) for name in context.LABELS
    }
    return numbers | {"context_missing": sum(bool(missing & context.COUNTED) for missing in found)}


@kind("owed")
def owed(facts: tuple[str, ...]) -> Numbers:
    """What sales gave as the reason with each lead it gave back; `-` for nothing."""
    book = builders.default_playbook()
    record = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"Status": "Unqualified"})
    count = 0
    for fact in facts:
        said = fact.partition(":")[2].strip()
        journey = builders.Journey(builders.person(sales_records=(record,)), book)
        journey.handed_over(builders.at())
        when = builders.at(1)
        journey.until(when, builders.status("Unqualified", when, reason="" if said == "-" else said))
        count += chase.owed(journey.snapshot, journey.standing, book) is not None
    return {"owed": count}


@kind("set_aside")
def set_aside(facts: tuple[str, ...]) -> Numbers:
    """`Ada: given 1, until 5, revoked 3, pass 4`, in days."""
    count = 0
    for fact in facts:
        days = {
            word: at(float(day)) for word, day in (part.split() for part in fact.partition(":")[2].split(","))
        }
        count += weekly.was_set_aside(days["given"], days.get("until"), days.get("revoked"), days["pass"])
    return {"set_aside": count}


@kind("path")
def stops(facts: tuple[str, ...]) -> Numbers:
    """One lead that closed: the day it was created is the first of its ledger."""
    made = moves(facts[0].partition(":")[2])
    found = path(made, made[0].effective_at, "Whitepaper", builders.default_playbook())
    days = (made[-1].effective_at - found[0].at) / timedelta(days=1)
    passed = people(facts)[1].passes
    return {"stops": len(found), "days": days, "passes": len(passed)}
