"""The reports of the two teams' talks, read from a store: who reached sales how, and the week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from syncd.core.fitting import Left
from syncd.core.model import Waiver
from syncd.core.reported import Report, csv_rows, markdown
from syncd.jobs import shadow, weekly
from syncd.jobs.evaluate import evaluate
from syncd.ports import Activity, Person
from syncd.store import authors, colleagues, outbox, waivers, work
from syncd.store.engine import Store
from tests.core.builders import default_playbook
from tests.ingest.world import Desk, at, company, contact, form, hs, sales_contact, sales_lead, sf

PLAYBOOK = default_playbook()
REP, OTHER, QUEUE = "005000000000001AAA", "005000000000002AAA", "00G000000000001AAA"
DAY = 24


class Place:
    """A store of a fitting company's people; days after the first of September."""

    def __init__(self, store: Store, *, live: bool) -> None:
        self.desk, self.store, self.facts = Desk(store), store, 0
        with store.write(None) as tx:
            work.set_meta_at(tx, "baseline_at", at(-1))
            if live:
                work.set_meta_at(tx, "go_live_at", at(-1))
            work.set_meta(tx, colleagues.ACCOUNT_DAYS, "30")
            parts = (PLAYBOOK.evaluation_version, PLAYBOOK.delivery_version)
            work.save_playbook(tx, PLAYBOOK.version, parts, {}, at(0))
        props = {"industry": "COMPUTER_SOFTWARE", "numberofemployees": "412"}
        self.desk.take(company("1", "acme.example", properties=props, name="Acme"))

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    def on(self, days: float, *records: Any) -> None:
        """These records come in on that day; everybody is evaluated."""
        self.desk.clock.moment = at(days * DAY)
        self.desk.take(*records)
        self.desk.clock.moment += timedelta(minutes=1)
        evaluate(self.store, None, PLAYBOOK, self.desk.clock)

    def person(self, number: int, days: float, **props: str) -> None:
        told = {"jobtitle": "VP Operations", "company": "Acme", **props}
        known = {"props": told, "company": hs(1, "company")}
        self.on(days, contact(number, f"p{number}@acme.example", hours=days * DAY, **known))

    def asks(self, number: int, days: float, name: str = "Request a demo") -> None:
        self.facts += 1
        told = {"attributes": {"form": name}}
        self.on(days, form(f"f{self.facts}", f"p{number}@acme.example", days * DAY, **told))

    def fact(self, number: int, days: float, source: str, attributes: Mapping[str, str]) -> None:
        self.facts += 1
        where = (
            sf(f"x{self.facts}", "fact") if source.startswith("salesforce") else hs(f"x{self.facts}", "fact")
        )
        when = at(days * DAY)
        self.on(days, Activity(where, source, when, when, dict(attributes), people=(hs(number),)))

    def hand_over(self, number: int, days: float) -> None:
        self.asks(number, days)
        self.fact(number, days + 0.1, "syncd.delivered", {"kind": "handoff", "object": "Lead"})

    def answer(self, number: int, days: float, status: str, reason: str = "") -> None:
        told = {"property": "Status", "value": status, **({"reason": reason} if reason else {})}
        self.fact(number, days, "salesforce.lead_change", told)

    def id_of(self, number: int) -> int:
        return self.desk.lead_of(hs(number))


def made(person: Person, days: float, by: str, **props: str) -> Person:
    """The record as somebody made it on that day."""
    told = {**person.properties, "CreatedById": by, **props}
    return replace(person, properties=told, created_at=at(days * DAY), modified_at=at(days * DAY))


def changed(person: Person, days: float, **props: str) -> Person:
    return replace(person, properties={**person.properties, **props}, modified_at=at(days * DAY))


def forms(report: Report) -> str:
    """Every form but JSON, in one text."""
    rows = "\n".join(",".join(row) for row in csv_rows(report))
    return markdown(report, lambda when: when.isoformat()) + rows


def test_a_store_of_nobody_is_said_in_sentences(store: Store) -> None:
    """Neither report fails before the first load."""
    for job in (shadow, weekly):
        told = forms(job.report(store, PLAYBOOK, None, at(0), at(0)))
        assert "Nobody" in told


def test_how_people_reached_sales_while_nothing_is_handed_over(store: Store) -> None:
    """By hand, by import, out of a queue; the Contact a Lead became is no second time."""
    place = Place(store, live=False)
    for number in (1, 2, 3):
        place.person(number, 1)
    place.asks(1, 2)
    place.asks(2, 3, "Whitepaper")
    place.on(4, made(sales_lead("00Q2", "p2@acme.example"), 4, REP, ConvertedContactId="0032"))
    place.on(5, made(sales_contact("0032", "p2@acme.example"), 5, OTHER))
    place.on(5, *(made(sales_lead(f"00Qi{n}", f"i{n}@other.example"), 5, OTHER) for n in range(10)))
    old = made(sales_lead("00Q3", "p3@acme.example"), -200, OTHER, OwnerId=QUEUE)
    place.on(6, old)
    place.on(7, changed(old, 7, OwnerId=REP))
    data: Any = shadow.report(store, PLAYBOOK, None, place.now, place.now).data
    by_id = {lead["lead_id"]: lead for lead in data["leads"]}
    assert by_id[place.id_of(1)]["group"] == "only_we"
    assert by_id[place.id_of(2)] == {
        "lead_id": place.id_of(2), "name": "First2 Last2", "group": "only_they", "ours_at": None,
        "theirs_at": at(4 * DAY), "kind": "person", "outcome": "open",
        "reason": by_id[place.id_of(2)]["reason"],
    }  # fmt: skip
    assert by_id[place.id_of(3)]["kind"] == "assigned"
    assert by_id[place.id_of(3)]["reason"] == "nothing_done"
    ways = {item["id"]: item["arrivals"] for item in data["ways"]}
    assert (ways["person"], ways["import"], ways["assigned"]) == (1, 10, 1)
    reasons = {item["id"]: item["arrivals"] for item in data["reasons"]}
    assert reasons["no_contact"] == 10


def test_the_week_as_it_was(store: Store) -> None:
    """Passed, answered, let pass by a person's word, not written, owed; and who is behind each."""
    place = Place(store, live=True)
    for number in (1, 2, 3):
        place.person(number, 1)
    with store.write(None) as tx:
        waivers.give(tx, place.id_of(3), Waiver("student", "Ann", "is none", at(0)), at(DAY))
    place.hand_over(1, 9)
    place.hand_over(2, 9)
    place.hand_over(3, 10)
    place.asks(1, 10, "Whitepaper")
    place.answer(1, 11, "Accepted")
    place.answer(2, 11, "Unqualified")
    place.answer(3, 11, "Unqualified", "Student")
    with store.write(None) as tx:
        effects = outbox.of_lead(tx, place.id_of(1))
        handoff = next(item for item in effects if item.kind == "handoff")
        authors.leave(tx, handoff, "lead", [Left("Industry", "no_option", "no such option", "x")], place.now)
    place.on(14)
    found = weekly.report(store, PLAYBOOK, at(8 * DAY), at(15 * DAY), place.now)
    data: Any = found.data
    values = {name: number["value"] for name, number in data["numbers"].items()}
    assert values == values | {
        "passed": 3, "without_criteria": 0, "set_aside": 1, "context_missing": 1, "accepted": 1,
        "given_back": 2, "acceptance_percent": 33.3, "no_reason": 1, "downloads": 1,
    }  # fmt: skip
    assert data["numbers"]["passed"]["before"] == 0
    assert {item["id"]: item["passes"] for item in data["context"]} == {
        "only_a_name": 0, "why": 0, "story": 0, "title": 0, "company": 0, "not_written": 1, "phone": 3,
    }  # fmt: skip
    assert {lead for _title, lead in found.listed("set_aside")} == {place.id_of(3)}
    assert {lead for _title, lead in found.listed("no_reason")} == {place.id_of(2)}
    assert {lead for _title, lead in found.listed("context.not_written")} == {place.id_of(1)}
    assert "Student" in forms(found)
