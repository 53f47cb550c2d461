"""One lead at a time, without a store: screening, due date, explanation and decision, in CPU microseconds.

`python -m benchmarks.engine [--leads N] [--seed S]`. The leads are made by a seeded generator: ages
log-uniform over two years, 20 signals on average with a heavy tail up to 2,000, at least a fifth of the leads
above the lowest level; the playbook is the one the product ships.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time

from syncd.core import patterns
from syncd.core.decide import decide, next_change
from syncd.core.engine import Held, Program, held, pack, program
from syncd.core.instants import to_ms
from syncd.core.lead import known_fields
from syncd.core.model import Baseline, Decision, Shape, Signal, Snapshot
from syncd.core.patterns import TEXT_LENGTH_MAX
from syncd.core.playbook import Playbook
from syncd.settings import default_config_dir, load

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
TWO_YEARS_S = 2 * 365 * 86_400
SIGNALS_MAX = 2_000
_PAGES = ("/", "/blog/a", "/blog/b", "/product", "/features", "/pricing", "/case-studies/x", "/compare/y",
          "/careers", "/docs/start", "/about", "/legal")  # fmt: skip
_TITLES = ("VP Operations", "Head of Marketing", "Marketing Manager", "Software Engineer", "CEO", "Student",
           "Sales Director", "", "Purchasing Specialist", "IT Manager")  # fmt: skip
_INDUSTRIES = ("COMPUTER_SOFTWARE", "RETAIL", "HIGHER_EDUCATION", "MACHINERY", "")


@dataclass(frozen=True, slots=True)
class State:
    """One lead, decided once, as the store would keep it."""

    snapshot: Snapshot
    decision: Decision
    packed: bytes
    answers: int
    held: Held


def shapes_of(rng: random.Random) -> list[Shape]:
    """Some hundred things people do, most of them weak."""
    found = [Shape("hubspot.page_view", {"url": f"www.own-company.example{path}"}) for path in _PAGES]
    found += [Shape("hubspot.page_view", {"url": f"www.own-company.example/p/{n}"}) for n in range(150)]
    found += [Shape("hubspot.email_open", {"campaign": f"c{n}"}) for n in range(40)]
    found += [
        Shape("hubspot.email_click", {"campaign": f"c{n}", "url": f"own.example/{n}"}) for n in range(40)
    ]
    found += [Shape("hubspot.marketing_event", {"event": f"W{n}", "state": "attended"}) for n in range(6)]
    found += [Shape("hubspot.form_submission", {"form": f"Whitepaper {n}"}) for n in range(8)]
    rng.shuffle(found)
    return found


def people(count: int, seed: int) -> list[Snapshot]:
    """So many leads that were never evaluated."""
    rng = random.Random(seed)
    shapes = shapes_of(rng)
    key_pages = [item for item in shapes if item.attributes.get("url", "").endswith(("pricing", "/x", "/y"))]
    found = []
    for number in range(count):
        size = min(SIGNALS_MAX, max(1, round(rng.lognormvariate(math.log(7.5), 1.4))))
        warm = rng.random() < 0.3
        signals = [_signal(rng, number * 10_000 + n, key_pages if warm and n % 3 == 0 else shapes, warm)
                   for n in range(size)]  # fmt: skip
        signals.sort(key=lambda item: (item.occurred_at, item.key))
        fields = {
            "contact.email": f"p{number}@acme{number % 997}.example",
            "contact.jobtitle": rng.choice(_TITLES),
            "contact.company": f"Acme {number % 997}",
            "company.name": f"Acme {number % 997}",
            "company.numberofemployees": str(rng.choice((5, 30, 120, 412, 1500, 8000))),
            "company.industry": rng.choice(_INDUSTRIES),
            "company.country": rng.choice(("Germany", "France", "Japan", "")),
        }
        snapshot = Snapshot(
            lead_id=number,
            key=f"4711:{number}",
            fields={name: value for name, value in fields.items() if value},
            emails=(fields["contact.email"],),
            signals=tuple(signals),
            standing=None,
            baseline=Baseline(NOW - timedelta(days=60), NOW - timedelta(days=30)),
            created_at=NOW - timedelta(days=90),
        )
        found.append(snapshot)
    return found


def _signal(rng: random.Random, key: int, shapes: Sequence[Shape], is_warm: bool) -> Signal:
    longest = math.log(TWO_YEARS_S / 8 if is_warm else TWO_YEARS_S)
    at = NOW - timedelta(seconds=math.exp(rng.uniform(math.log(60), longest)))
    return Signal(key, at, at, rng.choice(shapes))


class Numbers:
    """The store's numbers of shapes, and the program's classes of them."""

    def __init__(self, made: Program) -> None:
        self._program = made
        self._by_shape: dict[int, int] = {}
        self.shapes: list[Shape] = []
        self.classes: list[int] = []

    def of(self, shape: Shape) -> int:
        number = self._by_shape.get(id(shape))
        if number is None:
            number = self._by_shape[id(shape)] = len(self.shapes)
            self.shapes.append(shape)
            self.classes.append(self._program.class_of(shape))
        return number


def state_of(snapshot: Snapshot, playbook: Playbook, numbers: Numbers) -> State:
    """The lead decided and packed."""
    made = program(playbook)
    decision = decide(snapshot, playbook, NOW)
    left_out = {item.key for item in decision.verdict.machine}
    rows = [
        (to_ms(item.occurred_at), numbers.of(item.shape), item.count, item.key)
        for item in snapshot.signals
        if item.key not in left_out
    ]
    fields = {name: value for name, value in known_fields(snapshot).items() if name in made.fields_tested}
    settled = replace(
        snapshot,
        standing=decision.standing,
        evaluated_at=NOW,
        evaluated_version=playbook.evaluation_version,
        evaluated_model=decision.verdict.model,
        history=decision.transitions,
        fields={**snapshot.fields, **fields},
    )
    return State(settled, decision, pack(rows), made.answers_of(fields), held(snapshot, decision))


def cpu_us(work: Callable[[], None], times: int) -> float:
    """CPU microseconds for one of so many, the best of three."""
    best = math.inf
    for _round in range(3):
        start = process_time()
        work()
        best = min(best, process_time() - start)
    return best / times * 1e6


def median_us(work: Callable[[], object], times: int = 200) -> float:
    """CPU microseconds of one call, the median: on a busy machine wall time is the neighbours'."""
    taken = []
    for _time in range(times):
        start = process_time()
        work()
        taken.append(process_time() - start)
    return median(taken) * 1e6


def hostile_us(playbook: Playbook) -> float:
    """CPU microseconds for the address that takes longest to compare with all the playbook asks of addresses.

    Addresses are as long as they are looked at, and made of the beginnings of the patterns' own parts.
    """
    asked = [test for kind in playbook.signals for match in kind.sources for test in match.where
             if match.source == "hubspot.page_view" and test.attribute == "url"]  # fmt: skip
    checks = [patterns.glob(test.patterns) for test in asked]
    parts = {part for test in asked for pattern in test.patterns for part in pattern.split("*")}
    texts = {
        (part[:size] * TEXT_LENGTH_MAX)[:TEXT_LENGTH_MAX]
        for part in parts
        for size in range(1, len(part) + 1)
    }

    def taken(text: str, times: int) -> float:
        return median_us(lambda: [matches(text) for matches in checks], times)

    worst = max(texts, key=lambda text: taken(text, 5))
    return taken(worst, 200)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--leads", type=int, default=3_000)
    options.add_argument("--seed", type=int, default=7)
    chosen = options.parse_args()
    playbook = load(default_config_dir(), {}).playbook
    made = program(playbook)
    numbers = Numbers(made)
    leads = people(chosen.leads, chosen.seed)
    start = process_time()
    states = [state_of(item, playbook, numbers) for item in leads]
    first_us = (process_time() - start) / len(leads) * 1e6
    model = playbook.models[-1]
    print(
        f"{len(leads)} leads, {sum(len(item.signals) for item in leads) / len(leads):.1f} signals on average;"
    )
    print(f"{len(model.fit)} fit, {len(model.behaviour)} behaviour, {len(model.patterns)} pattern rules")
    stages = Counter(str(item.decision.standing.position) for item in states)
    print("standing:", ", ".join(f"{name} {count}" for name, count in stages.most_common()))
    _measure(states, playbook, numbers)
    print(f"first decision, state made            {first_us:9.1f} us")
    print(f"worst hostile URL (bar: under 1 ms)   {hostile_us(playbook) / 1000:9.3f} ms")


def _measure(states: Sequence[State], playbook: Playbook, numbers: Numbers) -> None:
    made, classes = program(playbook), numbers.classes
    second = to_ms(NOW) // 1000

    def screen(*, want_due: bool) -> None:
        for item in states:
            made.screen(item.packed, classes, item.answers, item.held, second, want_due=want_due)

    stay = sum(made.screen(i.packed, classes, i.answers, i.held, second).stays for i in states)
    print(f"screened: {stay} of {len(states)} stay")
    print(
        f"screen without due date               {cpu_us(lambda: screen(want_due=False), len(states)):9.1f} us"
    )
    print(
        f"screen with due date                  {cpu_us(lambda: screen(want_due=True), len(states)):9.1f} us"
    )
    some = states[:: max(1, len(states) // 300)]

    told = [item for item in states if 15 <= len(item.snapshot.signals) <= 25]
    bare = [(item, replace(item.snapshot, signals=())) for item in told]

    def explain() -> None:
        for item, lead in bare:
            _told(made, item, lead, numbers)

    print(f"explain from packed, 15 to 25 signals {cpu_us(explain, len(bare)):9.1f} us (mean)")

    def again() -> None:
        for item in some:
            decide(item.snapshot, playbook, NOW)

    def change() -> None:
        for item in some:
            next_change(item.snapshot, playbook, NOW)

    print(f"decide, settled                       {cpu_us(again, len(some)):9.1f} us")
    print(f"next change, settled                  {cpu_us(change, len(some)):9.1f} us")
    for size in (20, 2_000):
        _explain(min(states, key=lambda state: abs(len(state.snapshot.signals) - size)), playbook, numbers)


def _told(made: Program, state: State, bare: Snapshot, numbers: Numbers) -> None:
    made.explain(
        state.packed, numbers.shapes, bare.fields, lambda: bare, NOW,
        waivers=bare.waivers, answers=state.answers,
    )  # fmt: skip


def _explain(state: State, playbook: Playbook, numbers: Numbers) -> None:
    made, bare = program(playbook), replace(state.snapshot, signals=())
    taken = median_us(lambda: _told(made, state, bare, numbers))
    print(f"explain from packed, {len(state.snapshot.signals):5} signals    {taken:9.1f} us")


if __name__ == "__main__":
    main()
