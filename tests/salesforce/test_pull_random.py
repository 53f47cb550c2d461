"""A week in an org, at random: whatever people do and wherever a process dies, nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from syncd.ports import Person, Record, Removal
from tests.salesforce.conftest import Desk


@pytest.mark.parametrize("seed", range(3))
def test_a_random_week_ends_with_what_the_org_holds(desk: Desk, seed: int) -> None:
    """Whatever people do and wherever a process dies, the copy ends equal to the org."""
    chance = random.Random(seed)
    people_at_work, copy = Crowd(desk, chance), Copy(desk, chance)
    for _ in range(60):
        people_at_work.act()
        desk.later(minutes=chance.randrange(1, 90))
        copy.pull(dies=0.1)
    desk.later(minutes=6)
    copy.pull(dies=0.0)
    for name in ("Lead", "Contact"):
        for record in desk.org.all(name):
            assert copy.titles[record.id] == record["Title"], f"{name} {record.id}"
    assert copy.gone == {item.id for item in desk.org.all("Lead", deleted=True) if item.is_deleted}


class Crowd:
    """People who edit, add, convert, merge and delete Leads; some changes are seen only minutes later."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        self._desk = desk
        self._chance = chance
        self._open = [desk.lead(f"Doe {n}", Email=f"p{n}@acme.example") for n in range(12)]
        self._acts = (
            self._edit,
            self._edit,
            self._add,
            self._add_late,
            self._convert,
            self._merge,
            self._drop,
        )

    def act(self) -> None:
        if len(self._open) < 4:
            self._add()
        self._chance.choice(self._acts)()

    def _take(self) -> str:
        return self._open.pop(self._chance.randrange(len(self._open)))

    def _edit(self) -> None:
        self._desk.org.update("Lead", self._chance.choice(self._open), {"Title": f"T{self._chance.random()}"})

    def _add(self) -> None:
        self._open.append(self._desk.lead(f"New {len(self._open)}"))

    def _add_late(self) -> None:
        with self._desk.org.late_commits(timedelta(minutes=self._chance.randrange(1, 5))):
            self._add()
        self._desk.later(minutes=5)

    def _convert(self) -> None:
        self._desk.org.convert(self._take())

    def _merge(self) -> None:
        loser = self._take()
        self._desk.org.merge("Lead", self._chance.choice(self._open), loser)

    def _drop(self) -> None:
        self._desk.org.delete("Lead", self._take())


class Copy:
    """A store of titles and removals, filled by processes that now and then die before storing a page."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        self._desk = desk
        self._chance = chance
        self._sf = desk.connector()
        self.titles: dict[str, str | None] = {}
        self.gone: set[str] = set()

    def pull(self, dies: float) -> None:
        for stream in ("changes", "removals"):
            for page in self._sf.pull(stream, self._desk.cursors.get(stream), self._desk.now):
                if self._chance.random() < dies:
                    self._sf = self._desk.connector()
                    break
                self._store(page.records)
                self._desk.cursors[stream] = page.cursor

    def _store(self, records: Sequence[Record]) -> None:
        for record in records:
            if isinstance(record, Person):
                self.titles[record.ref.id] = record.properties.get("Title")
            elif isinstance(record, Removal):
                self.gone.add(record.ref.id)
