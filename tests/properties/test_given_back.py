"""Whatever happens and however often it is looked at, no lead is handed over twice on the same evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.model import Snapshot, Stage
from tests.core.builders import at, deal, delivered, demo_request, follow, page, person, status, with_signals
from tests.core.test_recycling import BOOK, FIELD, RULES
from tests.properties.harness import for_all

DAYS = st.integers(0, 300)
ACTS = st.sampled_from(("demo", "demo", "prices", "delivered", "New", "Accepted", "lost", *RULES))


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[float, float, str, str]]:
    """What happens when, how many days later it is known, and the day named beside a refusal."""
    days_named = st.sampled_from(("", "", "2026-12-01", "2027-03-01", "2019-01-01", "soon"))
    rows = draw(
        st.lists(st.tuples(DAYS, st.sampled_from((0, 0, 0, 9)), ACTS, days_named), min_size=4, max_size=14)
    )
    return sorted(
        (day + number / 100, late, what, named) for number, (day, late, what, named) in enumerate(rows)
    )


def lived(life: list[tuple[float, float, str, str]]) -> Snapshot:
    """The lead at the end: looked at whenever a fact becomes known; its hand-offs arrive."""
    lead = person(created=at(-1))
    for day, late, what, named in sorted(life, key=lambda row: row[0] + row[1]):
        when, known = at(day), at(day + late)
        match what:
            case "demo":
                act = demo_request(when)
            case "prices":
                act = page("/pricing", when)
            case "delivered":
                act = delivered(when)
            case "lost":
                act = deal("lost", when, reason="Price")
            case "New" | "Accepted":
                act = status(what, when)
            case _:
                act = status("Unqualified", when, reason=what)
                lead = replace(lead, fields={**lead.fields, f"lead.{FIELD}": named})
        lead = looked_at(with_signals(lead, replace(act, known_at=known)), known)
        if lead.standing is not None and lead.standing.position.stage is Stage.SQL:
            soon = known + timedelta(minutes=5)
            lead = looked_at(with_signals(lead, delivered(soon)), soon)
    return looked_at(lead, at(700))


def looked_at(lead: Snapshot, now: datetime) -> Snapshot:
    return follow(lead, decide(lead, BOOK, now), now, BOOK)


@for_all(lives(), examples=60)
def test_no_lead_is_handed_over_twice_on_the_same_evidence(life: list[tuple[float, float, str, str]]) -> None:
    """Each pass is carried by something, and by nothing that carried another; the limit of passes holds."""
    lead = lived(life)
    seen: set[int] = set()
    for move in lead.history:
        if move.target.stage is Stage.SQL:
            assert move.evidence, f"pass {move.pass_number} is carried by nothing"
            assert not seen & set(move.evidence), f"pass {move.pass_number}: used before"
            seen |= set(move.evidence)
    passes = [move.pass_number for move in lead.history if move.target.stage is Stage.SQL]
    assert passes == sorted(set(passes)), "each pass has a number of its own"
    assert len(passes) <= BOOK.recycle.pass_limit
