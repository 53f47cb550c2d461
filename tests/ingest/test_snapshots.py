"""What is read back: who is due, past moments, who is meant, erasure, retention."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from syncd.core.model import Cause, Intent, Position, Shape, Stage, Standing, System, Transition
from syncd.ports import Removal, RemovalKind, User
from syncd.store import ledger, outbox, snapshots, work
from syncd.store.finding import long_id
from syncd.store.tables import EffectState, effects, leads
from tests.ingest.world import Desk, at, call, company, contact, form, hs, sales_contact, sales_lead, sf

MQL = Position(Stage.MQL, "engaged")
SQL = Position(Stage.SQL)


def move(
    origin: Position | None, target: Position, hours: float, cause: Cause = Cause.CRITERIA_MET
) -> Transition:
    return Transition(at(hours), origin, target, cause)


def stand(desk: Desk, lead_id: int, target: Position, hours: float = 1, **parts: object) -> None:
    """Put a lead where a decision would have."""
    standing = replace(Standing(target, at(hours)), **parts)  # type: ignore[arg-type]
    with desk.store.write(None) as tx:
        moves = [move(None, target, hours)]
        ledger.add_transitions(tx, lead_id, moves, playbook_version="test", now=at(hours), epoch=0)
        ledger.save_standing(tx, lead_id, standing)


def test_new_facts_come_before_moments_and_a_limit_holds(desk: Desk) -> None:
    desk.take(contact(1), contact(2), contact(3))
    desk.settle()
    one, two, three = (desk.lead_of(hs(number)) for number in (1, 2, 3))
    with desk.store.write(None) as tx:
        tx.execute(leads.update().where(leads.c.lead_id == one).values(due_at=at(5)))
        tx.execute(leads.update().where(leads.c.lead_id == two).values(due_at=at(200)))
        tx.execute(leads.update().where(leads.c.lead_id == three).values(dirty_at=at(50)))
    with desk.store.read() as tx:
        assert snapshots.due_lead_ids(tx, at(100), 10) == sorted([one, three])
        assert snapshots.due_lead_ids(tx, at(100), 1) == [three]
        assert snapshots.due_lead_ids(tx, at(200), 10) == sorted([one, two, three])


def test_a_past_snapshot_knows_only_what_was_known(desk: Desk) -> None:
    """A late signal acts from when it is known; moves recorded later have not happened."""
    desk.clock.moment = at(10)
    desk.take(contact(1), call("c1", hs(1), hours=1))
    lead_id = desk.lead_of(hs(1))
    stand(desk, lead_id, MQL, 12)
    desk.clock.moment = at(20)
    desk.take(call("c2", hs(1), hours=2))
    stand(desk, lead_id, SQL, 22)
    desk.clock.moment = at(30)
    past, present = desk.snapshot(hs(1), known_by=at(15)), desk.snapshot(hs(1))
    assert [signal.occurred_at for signal in past.signals] == [at(1)]
    assert [item.target for item in past.history] == [MQL]
    assert past.standing is not None
    assert past.standing.position == MQL
    assert [signal.occurred_at for signal in present.signals] == [at(1), at(2)]
    assert present.standing is not None
    assert present.standing.position == SQL
    assert desk.snapshot(hs(1), known_by=at(5)).standing is None


def test_the_baseline_and_a_release_are_shown(desk: Desk) -> None:
    desk.take(contact(1))
    with desk.store.write(None) as tx:
        work.set_meta_at(tx, "baseline_at", at(1))
        work.set_meta_at(tx, "go_live_at", at(2))
        tx.execute(leads.update().values(released_at=at(3), released_by="Mia"))
    baseline = desk.snapshot(hs(1)).baseline
    assert (baseline.baseline_at, baseline.go_live_at) == (at(1), at(2))
    assert (baseline.is_released, baseline.released_by) == (True, "Mia")


def test_fields_carry_the_prefix_of_the_record_that_says_them(desk: Desk) -> None:
    desk.take(
        company("77", "acme.com"), User(sf("005A", "user"), "Sam Sales", "sam@us.example", is_active=True)
    )
    desk.take(contact(1, "a@acme.com", company=hs("77", "company")))
    desk.take(
        sales_lead("00Q1", "a@acme.com", props={"OwnerId": "005A"}), sales_contact("003A", "a@acme.com")
    )
    snapshot = desk.snapshot(hs(1))
    names = ("contact.firstname", "company.industry", "company.name", "lead.Status", "sfcontact.LastName")
    assert [snapshot.fields[name] for name in names] == [
        "First1",
        "Software",
        "Company 77",
        "New",
        "Last 003A",
    ]
    assert snapshot.owner_names["005A"] == "Sam Sales"


def test_of_twins_the_one_modified_last_speaks(desk: Desk) -> None:
    desk.take(contact(1, "a@acme.com"))
    desk.take(
        sales_lead("00Q1", "a@acme.com", hours=5, props={"Status": "Working"}),
        sales_lead("00Q2", "a@acme.com"),
    )
    assert desk.snapshot(hs(1)).fields["lead.Status"] == "Working"


def test_a_user_who_leaves_is_remembered_as_gone(desk: Desk) -> None:
    user = User(sf("005A", "user"), "Sam", None, is_active=True)
    assert desk.take(user).changed == 1
    assert desk.take(user).changed == 0
    assert desk.take(replace(user, is_active=False)).changed == 1


# --- who is meant ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who",
    [
        "Ada@acme.com",
        "17",
        "4711:17",
        "00Q5e00000AbCdE",
        "00Q5e00000AbCdEEAV",
        "lovelace",
        "ADA LOVE",
        "Müller-lovelace",
    ],
)
def test_a_lead_is_found_by_whatever_one_has_at_hand(desk: Desk, who: str) -> None:
    """E-mail, HubSpot id, key, Salesforce id of 15 or 18 characters, part of the name in any case."""
    desk.take(contact(17, "ada@acme.com", props={"firstname": "Ada", "lastname": "MÜLLER-Lovelace"}))
    desk.take(sales_lead(long_id("00Q5e00000AbCdE"), "ada@acme.com"), contact(18, "ben@acme.com"))
    with desk.store.read() as tx:
        assert [match.lead_id for match in snapshots.find_leads(tx, who)] == [desk.lead_of(hs(17))]


def test_the_id_of_a_merged_contact_finds_the_survivor(desk: Desk) -> None:
    desk.take(contact(5), contact(9))
    desk.take(contact(20, hours=1, merged_ids=("5", "9")))
    with desk.store.read() as tx:
        assert [match.lead_id for match in snapshots.find_leads(tx, "9")] == [desk.lead_of(hs(20))]
        assert [match.lead_id for match in snapshots.find_leads(tx, "4711:9")] == [desk.lead_of(hs(20))]


def test_a_snapshot_names_the_contacts_that_became_this_one(desk: Desk) -> None:
    """Also one never read itself: a Lead in Salesforce may still carry the key of any of them."""
    desk.take(contact(9))
    desk.take(contact(20, hours=1, merged_ids=("5", "9")))
    assert desk.snapshot(hs(20)).merged_ids == ("5", "9")


def test_several_of_a_name_are_all_named_and_nobody_is_found_by_nothing(desk: Desk) -> None:
    desk.take(contact(1, props={"lastname": "Smith"}), contact(2, props={"lastname": "Smithers"}))
    with desk.store.read() as tx:
        assert [match.label for match in snapshots.find_leads(tx, "smith")] == [
            "First1 Smith",
            "First2 Smithers",
        ]
        assert snapshots.find_leads(tx, "  ") == []
        assert snapshots.find_leads(tx, "100%") == []


def test_the_long_form_of_a_salesforce_id_is_computed(desk: Desk) -> None:
    """Checked against the examples vendors publish."""
    assert long_id("00130000002o4xs") == "00130000002o4xsAAA"
    assert long_id("a0K3000000bqfoH") == "a0K3000000bqfoHEAQ"


# --- merges in the ledger --------------------------------------------------------------------------------


def test_a_merge_says_so_in_the_ledger_and_keeps_the_further_standing(desk: Desk) -> None:
    """Nobody is handed over twice because the smaller key was the one not handed over."""
    desk.take(contact(5), contact(9))
    small, large = desk.lead_of(hs(5)), desk.lead_of(hs(9))
    stand(desk, small, MQL)
    stand(desk, large, Position(Stage.HANDED_OFF), pass_number=1, handed_off_at=at(2))
    desk.take(contact(20, hours=3, merged_ids=("5", "9")))
    snapshot = desk.snapshot(hs(20))
    assert (snapshot.lead_id, snapshot.key) == (small, "4711:5")
    assert snapshot.standing is not None
    assert (snapshot.standing.position.stage, snapshot.standing.pass_number) == (Stage.HANDED_OFF, 1)
    assert [(item.cause, item.code) for item in snapshot.history[1:]] == [(Cause.MERGED, f"from:{large}")]
    with desk.store.read() as tx:
        [*_earlier, last] = ledger.history(tx, [large])[large]
    assert (last.transition.cause, last.transition.code) == (Cause.MERGED, f"into:{small}")


def test_what_a_merged_lead_had_not_sent_is_cancelled(desk: Desk) -> None:
    desk.take(contact(5), contact(9))
    intent = Intent(System.SALESFORCE, "handoff", "lead:4711:9", {"fields": {}}, 1)
    with desk.store.write(None) as tx:
        outbox.put(tx, [intent], desk.lead_of(hs(9)), at(2), is_live=True)
    desk.take(contact(20, hours=3, merged_ids=("5", "9")))
    with desk.store.read() as tx:
        assert tx.execute(sa.select(effects.c.state)).scalar() == EffectState.CANCELLED


# --- erasure and retention -------------------------------------------------------------------------------


def _erasure() -> Removal:
    return Removal(hs(1), RemovalKind.ERASED, at(50))


def test_a_privacy_deletion_there_erases_here(desk: Desk) -> None:
    """No name, address or word is left; ids, codes and numbers stay, and the ledger says erased."""
    desk.take(contact(1, "ada@acme.com", props={"lastname": "Lovelace"}), sales_lead("00Q1", "ada@acme.com"))
    desk.take(
        call("c1", hs(1), title="Lovelace"), form("f9", "ada@acme.com", people=(hs(99),), title="Lovelace")
    )
    lead_id = desk.lead_of(hs(1))
    stand(desk, lead_id, MQL)
    intent = Intent(System.HUBSPOT, "contact", "contact:1", {"name": "Lovelace"}, 0)
    with desk.store.write(None) as tx:
        outbox.put(tx, [intent], lead_id, at(2), is_live=True)
    assert desk.take(_erasure()).leads_erased == 1
    text = repr(desk.content())
    assert "Lovelace" not in text
    assert "ada@" not in text
    snapshot = desk.snapshot(hs(1))
    assert snapshot.history[-1].cause is Cause.ERASED
    assert (snapshot.fields, snapshot.emails, snapshot.hubspot) == ({}, (), None)


def test_an_erased_person_does_not_come_back(desk: Desk) -> None:
    """Neither by a late copy of a record nor by what they did."""
    desk.take(contact(1, "ada@acme.com"), sales_lead("00Q1", "ada@acme.com"), call("c1", hs(1)))
    desk.take(_erasure())
    before = desk.content("activities", "rejects")
    desk.clock.moment = at(300)
    desk.take(contact(1, "ada@acme.com", hours=60), sales_lead("00Q1", "ada@acme.com", hours=60))
    desk.take(call("c1", hs(1), modified=60, attributes={}), call("c2", hs(1)), _erasure())
    assert desk.content("activities", "rejects") == before
    with desk.store.read() as tx:
        assert snapshots.due_lead_ids(tx, at(300), 10) == []


def test_what_waited_for_an_erased_person_is_forgotten(desk: Desk) -> None:
    desk.take(call("c1", hs(1), title="Lovelace"))
    desk.take(_erasure())
    assert desk.content()["waiting"] == []


def test_facts_carry_how_long_they_are_kept(desk: Desk) -> None:
    def days(shape: Shape) -> int | None:
        return 30 if shape.source == "hubspot.call" else None

    desk.ingest = replace(desk.ingest, retention=days)
    desk.take(contact(1, "a@acme.com"), call("c1", hs(1), title="x"), form("f1", "a@acme.com"))
    content = desk.content()
    assert sorted(str(row[7]) for row in content["signals"]) == [str(at(1 + 30 * 24)), "None"]
    assert [row[6] for row in content["details"]] == [at(1 + 30 * 24)]
