"""The passes a report is of, read from a store: what sales wrote, who had the lead, what lay behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.core.reported import csv_rows, markdown
from syncd.core.reversions import Passed
from syncd.jobs import reversions
from syncd.jobs.evaluate import evaluate
from syncd.jobs.passed import DIMENSIONS, band, passed
from syncd.jobs.reports import ledger_entries
from syncd.ports import Activity
from syncd.store import colleagues, rekey, work
from syncd.store.engine import Store
from tests.conftest import empty_database
from tests.core.builders import default_playbook
from tests.ingest.world import Desk, at, company, contact, hs, sf

PLAYBOOK = default_playbook()
ACME = company(
    "1", "acme.example", properties={"industry": "COMPUTER_SOFTWARE", "numberofemployees": "412"}, name="Acme"
)
DAY = 24


class Firm:
    """A desk that evaluates after every step, `days` after the first of September."""

    def __init__(self, store: Store) -> None:
        self.desk, self.store, self.facts = Desk(store), store, 0
        with store.write(None) as tx:
            work.set_meta_at(tx, "baseline_at", at(-1))
            work.set_meta_at(tx, "go_live_at", at(-1))
            work.set_meta(tx, colleagues.ACCOUNT_DAYS, "30")
            parts = (PLAYBOOK.evaluation_version, PLAYBOOK.delivery_version)
            work.save_playbook(tx, PLAYBOOK.version, parts, {}, at(0))
        self.desk.clock.moment = at(0)
        self.desk.take(ACME)

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    def person(self, number: int, days: float, **given: Any) -> None:
        props = {"jobtitle": "VP Operations", "company": "Acme", "hs_analytics_source": "PAID_SEARCH"}
        self._at(days)
        self.desk.take(
            contact(
                number,
                f"p{number}@acme.example",
                hours=days * DAY,
                props=props,
                company=hs(1, "company"),
                **given,
            )
        )
        self._settle()

    def fact(
        self, number: int, days: float, source: str, attributes: Mapping[str, str], ref: str = ""
    ) -> None:
        self._at(days)
        self.facts += 1
        kind = "opportunity" if source == "salesforce.deal" else "fact"
        where = (
            sf(ref or f"x{self.facts}", kind)
            if source.startswith("salesforce")
            else hs(f"x{self.facts}", "fact")
        )
        self.desk.take(Activity(where, source, self.now, self.now, attributes, people=(hs(number),)))
        self._settle()

    def hand_over(self, number: int, days: float, **answers: str) -> None:
        """Asks for a demo, and Salesforce confirms the hand-off an hour later."""
        fields = {f"field.{name}": value for name, value in answers.items()}
        self.fact(number, days, "hubspot.form_submission", {"form": "Request a demo", **fields})
        self.fact(number, days + 1 / DAY, "syncd.delivered", {"kind": "handoff", "object": "Lead"})

    def status(self, number: int, days: float, value: str, reason: str = "") -> None:
        extra = {"reason": reason} if reason else {}
        self.fact(number, days, "salesforce.lead_change", {"property": "Status", "value": value, **extra})

    def deal(self, number: int, days: float, outcome: str, reason: str = "") -> None:
        extra = {"reason": reason} if reason else {}
        told = {"stage": outcome, "outcome": outcome, **extra}
        self.fact(number, days, "salesforce.deal", told, f"006{number}")

    def passed(self, since: datetime | None = None, until: datetime | None = None) -> list[Passed]:
        return passed(self.store, PLAYBOOK, since, until or self.now, self.now)

    def _at(self, days: float) -> None:
        self.desk.clock.moment = at(days * DAY)

    def _settle(self) -> None:
        self.desk.clock.moment += timedelta(minutes=1)
        evaluate(self.store, None, PLAYBOOK, self.desk.clock)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """Four people of one company, with what sales made of them: see the first test."""
    with empty_database(tmp_path, "") as url:
        opened = Store(url)
        opened.create_all()
        yield _worked(opened)
        opened.dispose()


@pytest.fixture(scope="module")
def quiet_firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """The same, made once for those who only look."""
    with empty_database(tmp_path_factory.mktemp("firm"), "") as url:
        opened = Store(url)
        opened.create_all()
        yield _worked(opened)
        opened.dispose()


def _worked(store: Store) -> Firm:
    made = Firm(store)
    for number in (1, 2, 3, 4):
        made.person(number, 1)
    made.hand_over(1, 2, budget="Approved for this year")
    made.hand_over(2, 2)
    made.hand_over(3, 3)
    made.fact(4, 3, "hubspot.form_submission", {"form": "Request a demo"})  # never confirmed
    made.fact(1, 4, "salesforce.lead_change", {"property": "OwnerId", "value": "005000000000001AAA"})
    made.status(1, 5, "Unqualified", "No Budget")
    made.fact(1, 6, "salesforce.lead_change", {"property": "OwnerId", "value": "00G000000000001AAA"})
    made.deal(2, 6, "open")
    made.deal(2, 9, "lost", "Prize draw")
    made.hand_over(1, 20)
    made.status(1, 21, "Accepted")
    made.desk.clock.moment = at(22 * DAY)
    return made


def by_key(found: list[Passed]) -> dict[tuple[int, int], Passed]:
    return {(item.lead_id, item.number): item for item in found}


def test_a_pass_is_told_with_what_sales_wrote_and_what_was_claimed(quiet_firm: Firm) -> None:
    """Given back and taken the second time; lost in words nobody listed; open; never confirmed is none."""
    found = by_key(quiet_firm.passed())
    ada, ben, cem, _dee = (quiet_firm.desk.lead_of(hs(number)) for number in (1, 2, 3, 4))
    assert list(found) == [(ada, 1), (ada, 2), (ben, 1), (cem, 1)]
    first, second, lost, still = found.values()
    assert (first.fate, first.kind, first.reason) == ("given_back", "rejected", "no_budget")
    assert (first.objection, first.written) == ("money", "No Budget")
    assert (first.claims["letter.budget"], first.decided_at) == (2, at(5 * DAY))
    assert (second.fate, second.reason, second.claims["letter.timeline"]) == ("accepted", "", 1)
    assert (lost.fate, lost.kind, lost.reason) == ("given_back", "lost", "no_reason_given")
    assert (lost.objection, lost.written) == ("written:Prize draw", "Prize draw")
    assert (still.fate, still.kind, still.objection) == ("open", "", "")


def test_a_pass_belongs_to_what_lay_behind_it(quiet_firm: Firm) -> None:
    """The person who had it, not the queue it was thrown into; the offer, the source, the version."""
    first, second, *_others = quiet_firm.passed()
    assert set(first.groups) == set(DIMENSIONS)
    assert first.groups["owner"] == "005000000000001AAA"
    assert second.groups["owner"] == "00G000000000001AAA"
    assert (first.groups["offer"], first.groups["channel"]) == ("Request a demo", "Paid search")
    assert (first.groups["playbook"], first.groups["carried"]) == (PLAYBOOK.version, "Requested a demo")
    assert (first.groups["level"], second.groups["level"]) == ("Lead", "Recycled")


def test_a_pass_belongs_to_the_period_it_was_handed_over_in(quiet_firm: Firm) -> None:
    """Periods beside each other add up; how a pass stands is as of now."""
    whole = quiet_firm.passed()
    split = [
        *quiet_firm.passed(None, at(3 * DAY)),
        *quiet_firm.passed(at(3 * DAY), at(20 * DAY)),
        *quiet_firm.passed(at(20 * DAY)),
    ]
    assert sorted(by_key(split)) == sorted(by_key(whole))
    assert [item.fate for item in quiet_firm.passed(None, at(3 * DAY))] == ["given_back", "given_back"]


def test_a_pass_goes_on_with_the_survivor_of_a_merge(firm: Firm) -> None:
    """Handed over as one record, refused as another: one pass, given back, of the lead there is now."""
    firm.person(5, 23)
    firm.hand_over(5, 24)
    firm.person(6, 25, merged_ids=("5",))
    firm.status(6, 26, "Unqualified", "No Need")
    survivor = firm.desk.lead_of(hs(6))
    mine = [item for item in firm.passed() if item.lead_id == survivor]
    assert [(item.fate, item.objection) for item in mine] == [("given_back", "need")]
    assert len({(item.lead_id, item.number) for item in firm.passed()}) == len(firm.passed()) == 5


def test_two_passes_of_one_person_that_merged_are_counted_by_the_one_that_goes_on(firm: Firm) -> None:
    """Both records were with sales: what sales says of the survivor decides its pass; the other is not left
    open for ever."""
    for number in (5, 6):
        firm.person(number, 23)
        firm.hand_over(number, 24)
    firm.person(6, 25, merged_ids=("5",))
    firm.status(6, 26, "Unqualified", "No Need")
    mine = [item for item in firm.passed() if item.handed_off_at > at(23 * DAY)]
    assert [item.fate for item in mine] == ["given_back"]


def test_somebody_forgotten_is_still_counted_where_sales_had_decided(firm: Firm) -> None:
    """Without a name; a pass nobody can say anything of any more is not open for ever."""
    ada, cem = firm.desk.lead_of(hs(1)), firm.desk.lead_of(hs(3))
    with firm.store.write(None) as tx:
        rekey.erase_leads(tx, [ada, cem], rekey.Origin("", 0), firm.now)
    found = by_key(firm.passed())
    assert [item.fate for key, item in found.items() if key[0] == ada] == ["given_back", "accepted"]
    assert not [item for item in found.values() if item.lead_id == cem]
    assert found[ada, 1].groups["channel"] == "(not known)"


def test_the_report_counts_what_the_ledger_has(quiet_firm: Firm) -> None:
    """Hand-overs and refusals by the ledger's own entries; every group adds up to the whole."""
    with quiet_firm.store.read() as tx:
        entries = ledger_entries(tx)
    made = reversions.report(quiet_firm.store, PLAYBOOK, None, quiet_firm.now, quiet_firm.now)
    data: Any = made.data
    assert data["handed_over"] == sum(item.to_stage == "handed_off" for item in entries) == 4
    assert data["given_back"] == sum(item.to_stage in ("rejected", "lost") for item in entries) == 2
    assert (data["accepted"], data["open"], data["share"]) == (1, 1, pytest.approx(2 / 3))
    assert {item["label"]: item["given_back"] for item in data["objections"]} == {
        "Money": 1,
        '"Prize draw"': 1,
    }
    (money, *_others) = data["letters"]
    assert (money["back"], money["was_known"], money["overturned"]) == (1, 1, 1)
    for by in DIMENSIONS:
        values = [item for item in data["values"] if item["by"] == by]
        assert sum(item["handed_over"] for item in values) == 4
        grouped: Any = reversions.report(
            quiet_firm.store, PLAYBOOK, None, quiet_firm.now, quiet_firm.now, by=by
        ).data
        for number in ("handed_over", "accepted", "given_back", "open"):
            assert sum(group[number] for group in grouped["groups"]) == data[number]


def test_every_number_of_the_report_names_its_people(quiet_firm: Firm) -> None:
    made = reversions.report(quiet_firm.store, PLAYBOOK, None, quiet_firm.now, quiet_firm.now)
    ada = quiet_firm.desk.lead_of(hs(1))
    for metric in (
        "given_back",
        "kind.rejected",
        "reason.no_budget",
        "objection.money",
        "letter.money.was_known",
    ):
        assert ada in {lead_id for _title, lead_id in made.listed(metric)}, metric
    assert [lead_id for _title, lead_id in made.listed("open")] == [quiet_firm.desk.lead_of(hs(3))]


def test_hostile_words_stay_words(firm: Firm) -> None:
    """What sales wrote runs in no spreadsheet and breaks no table; a name of a number is still a name."""
    firm.status(3, 22, "Unqualified", "=HYPERLINK(1)|<b>x</b>\n[red]{0}%s")
    made = reversions.report(firm.store, PLAYBOOK, None, firm.now, firm.now)
    cells = {cell for row in csv_rows(made) for cell in row}
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    told = "=HYPERLINK(1)|x [red]{0}%s"
    assert f"written:{told}" in cells
    page = markdown(made, str)
    assert "\\|x \\[red\\]{0}%s" in page
    assert "<b>" not in page
    assert [lead_id for _title, lead_id in made.listed(f"objection.written:{told}")] == [
        firm.desk.lead_of(hs(3))
    ]


def test_nobody_handed_over_is_said_in_one_sentence(store: Store) -> None:
    """An empty store, and one whose people all stayed below."""
    empty = Firm(store)
    for _turn in range(2):
        made = reversions.report(store, PLAYBOOK, None, empty.now, empty.now)
        assert made.nobody == "Nobody was handed over to sales in this time."
        assert next(iter(csv_rows(made)))[:2] == ["section", "name"]
        assert "0" not in markdown(made, str)
        empty.person(1, 1)


@pytest.mark.parametrize(
    ("points", "expected"),
    [(75, "engagement 60 or more"), (60, "engagement 60 or more"), (59.9, "engagement 40 to under 60"),
     (0, "engagement 0 to under 20"), (-3, "engagement under 0")],
)  # fmt: skip
def test_a_score_is_in_one_band_of_the_matrix(points: float, expected: str) -> None:
    assert band({"engagement": round(points * 1_000_000)}, PLAYBOOK) == expected
    assert band({}, PLAYBOOK) == "(not known)"
