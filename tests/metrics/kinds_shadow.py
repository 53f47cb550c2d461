"""Examples about what reached sales: `shadow`.

`Ada: 1 would, 5 person, 9 accepted` is one person: how they reached sales (`pass`, `would`, `person`,
`import`, `integration`, `assigned`, `unknown`) and what the ledger shows. `5 person because student` says why
we held back. Arrivals are ninety days long.
"""

from __future__ import annotations

from datetime import timedelta

from syncd.core import shadow
from syncd.core.shadow import Event, Group, Shadowed, Way
from tests.metrics.kinds import Numbers, kind
from tests.metrics.ledgers import at
from tests.metrics.moves import moves, period

WINDOW = timedelta(days=90)


def told(facts: tuple[str, ...]) -> list[Shadowed]:
    """Every arrival of the period."""
    lines, first, last = period(facts)
    found = []
    for number, line in enumerate(lines, 1):
        plain, _because, reason = line.partition(":")[2].partition(" because ")
        parts = [part.split() for part in plain.split(",")]
        events = [Event(at(float(part[0])), Way(part[-1])) for part in parts if part[-1] in set(Way)]
        for arrival in shadow.arrivals(number, events, WINDOW):
            if at(first) <= arrival.began_at < at(last):
                outcome = shadow.outcome(moves(plain), arrival.began_at, arrival.until_at)
                found.append(Shadowed(arrival, outcome, reason=reason.strip()))
    return found


@kind("shadow")
def numbers(facts: tuple[str, ...]) -> Numbers:
    """Every number of `syncd report shadow`."""
    found = told(facts)
    groups = {group: [item for item in found if item.arrival.group is group] for group in Group}
    result: dict[str, float | None] = {}
    for group, items in groups.items():
        counted = shadow.counts(items) | shadow.besides(items)
        result |= {f"{group}.{name}": value for name, value in counted.items()}
    for way in Way:
        items = [item for item in found if item.arrival.way is way]
        result |= {f"way.{way}.{name}": value for name, value in shadow.counts(items).items()}
        result[f"way.{way}.same"] = shadow.same(items)
    for reason in {item.reason for item in found}:
        items = [item for item in groups[Group.ONLY_THEY] if item.reason == reason]
        result |= {f"reason.{reason}.{name}": value for name, value in shadow.counts(items).items()}
    result |= {f"first.{name}": value for name, value in shadow.first(groups[Group.SAME]).items()}
    return result | {"window_days": WINDOW.days}
