"""What each owner has in hand, and whose choice stands: on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from syncd.core.desk import Assignment, Load, Skipped, Step
from syncd.core.model import Stage
from syncd.store import assignments, capacity, desks, tables, unfit
from syncd.store.engine import Store

NOW = datetime(2026, 9, 8, 9, tzinfo=UTC)
ADA, BEN, QUEUE = "005000000000001AAA", "005000000000002AAA", "00G000000000001AAA"


def lead(
    tx: sa.Connection,
    stage: Stage,
    chosen: str = "",
    *records: tuple[str, str, str],
    hours: float = 1,
    account: int | None = None,
    pass_number: int = 1,
) -> int:
    """A lead given to `chosen` some hours ago; `records` are (object, state, owner) in Salesforce."""
    at = NOW - timedelta(hours=hours)
    values = {
        "created_at": at, "stage": stage, "stage_since_at": at, "pass_number": pass_number,
        "account_id": account,
        "handed_off_at": None if stage is Stage.SQL else at,
    }  # fmt: skip
    lead_id = int(
        tx.execute(tables.leads.insert().values(**values).returning(tables.leads.c.lead_id)).scalar_one()
    )
    if chosen:
        assignments.save(tx, {lead_id: (Assignment(pass_number, chosen, Step.ROUND_ROBIN, at), None)})
    for kind, state, owner in records:
        place = {"system": "salesforce", "object_type": kind, "object_id": f"{kind}{lead_id}"}
        tx.execute(tables.links.insert().values(**place, lead_id=lead_id, state=state, linked_by="key"))
        tx.execute(
            tables.profiles.insert().values(
                **place, lead_id=lead_id, properties={"OwnerId": owner} if owner else {},
                counters={}, emails=[], content_hash=0, modified_at=at, pulled_at=at,
            )
        )  # fmt: skip
    return lead_id


def test_who_salesforce_shows_has_it_not_whom_we_chose(store: Store) -> None:
    """Given on by people, converted, not read yet, ended, and on another pass."""
    with store.write(None) as tx:
        lead(tx, Stage.HANDED_OFF, ADA, ("lead", "current", ADA))
        lead(tx, Stage.ACCEPTED, ADA, ("lead", "current", BEN), hours=30)
        lead(tx, Stage.HANDED_OFF, ADA, ("lead", "converted", ADA), ("contact", "current", BEN), hours=40)
        lead(tx, Stage.SQL, ADA)
        lead(tx, Stage.SQL, "", ("lead", "deleted", BEN))
        lead(tx, Stage.HANDED_OFF, "", ("lead", "current", QUEUE), hours=48)
        lead(tx, Stage.RECYCLED, ADA, ("lead", "current", ADA))
        lead(tx, Stage.OPPORTUNITY, BEN, ("contact", "current", BEN), hours=20)
        lead(tx, Stage.HANDED_OFF, "", ("lead", "current", ADA), pass_number=0)
    with store.read() as tx:
        found = capacity.loads(tx, NOW)
    assert {owner: (load.open, load.today) for owner, load in found.items()} == {
        ADA: (2, 3), BEN: (2, 0), QUEUE: (1, 0),
    }  # fmt: skip
    assert found[ADA].turn < found[BEN].turn
    assert found[BEN].last_at == NOW - timedelta(hours=20)


def test_what_is_held_back_is_in_nobodys_hands(store: Store) -> None:
    """Two given to Ada: one whose hand-off is kept from going out, and one that may go."""
    with store.write(None) as tx:
        for number, cause in enumerate(("import", "")):
            held = {
                "system": "salesforce", "kind": "handoff", "target": f"handoff:{number}", "payload": {},
                "payload_hash": 0, "state": "pending", "created_at": NOW, "updated_at": NOW,
                "lead_id": lead(tx, Stage.SQL, ADA), "held_cause": cause,
            }  # fmt: skip
            tx.execute(tables.effects.insert().values(**held))
    with store.read() as tx:
        load = capacity.loads(tx, NOW)[ADA]
    assert (load.open, load.today) == (1, 1)


def test_a_day_begins_at_midnight_where_the_playbook_is(store: Store) -> None:
    """Ten hours ago is yesterday in Berlin's morning, and today in Honolulu."""
    with store.write(None) as tx:
        lead(tx, Stage.HANDED_OFF, ADA, ("lead", "current", ADA), hours=12)
    with store.read() as tx:
        assert capacity.loads(tx, NOW, "Europe/Berlin")[ADA].today == 0
        assert capacity.loads(tx, NOW, "Pacific/Honolulu")[ADA].today == 1
        assert capacity.loads(tx, NOW, "Europe/Berlin")[ADA].open == 1


def test_an_empty_store_has_no_loads(store: Store) -> None:
    with store.read() as tx:
        assert capacity.loads(tx, NOW) == {}
        assert desks.desk(tx, [1], NOW, "UTC").loads == {}


def test_a_choice_is_kept_per_pass_and_replaced_within_it(store: Store) -> None:
    """The order of turns follows the choices, not the clock."""
    with store.write(None) as tx:
        first, second = lead(tx, Stage.SQL, ADA), lead(tx, Stage.SQL, BEN)
        again = Assignment(1, BEN, "queue", NOW, skipped=(Skipped("present", "inactive", ADA),))
        assignments.save(tx, {first: (again, None)})
    with store.read() as tx:
        found = assignments.of_leads(tx, {first: 1, second: 1}, NOW)
        assert (found[first], found[second].owner_id) == (again, BEN)
        assert assignments.of_leads(tx, {first: 2}, NOW) == {}
        assert assignments.of_leads(tx, {first: 1}, NOW - timedelta(hours=1)) == {}
        assert capacity.loads(tx, NOW)[BEN] == Load(2, 2, capacity.loads(tx, NOW)[BEN].turn, NOW)
        assert ADA not in capacity.loads(tx, NOW)


def test_who_waits_for_an_owner_is_asked_again(store: Store) -> None:
    """Nobody was free and the time has come, or whom we chose has left; not after the hand-off."""
    with store.write(None) as tx:
        tx.execute(
            tables.users.insert(),
            [
                {
                    "system": "salesforce",
                    "object_id": item,
                    "object_type": "user",
                    "name": item,
                    "is_active": active,
                }
                for item, active in ((ADA, False), (BEN, True))
            ],
        )
        gone, fine, late = lead(tx, Stage.SQL, ADA), lead(tx, Stage.SQL, BEN), lead(tx, Stage.HANDED_OFF, ADA)
        waits, later = lead(tx, Stage.SQL), lead(tx, Stage.SQL)
        nobody = Assignment(1, "", Step.NOBODY, NOW)
        assignments.save(tx, {waits: (nobody, NOW), later: (nobody, NOW + timedelta(minutes=1))})
    with store.read() as tx:
        assert assignments.to_ask_again(tx, NOW) == [gone, waits]
    with store.write(None) as tx:
        assert unfit.remember(tx, {BEN[:15]: "no_right", "005000000000009": "not_there"}) == 2
        assert unfit.remember(tx, {BEN[:15]: "no_right"}) == 0
        assert set(assignments.to_ask_again(tx, NOW)) == {gone, fine, waits}
        found = desks.desk(tx, [fine], NOW, "UTC")
        assert [found.unfit(item) for item in (ADA, BEN, "005000000000009AAA")] == [
            "inactive",
            "no_right",
            "not_there",
        ]
        assert unfit.remember(tx, {BEN: ""}) == 1
        assignments.asked(tx, [waits])
        assert assignments.to_ask_again(tx, NOW) == [gone], "once, until it is set again"
    assert late not in {gone, waits}


def test_a_merged_lead_brings_its_choices_along(store: Store) -> None:
    """For passes the survivor has not had; its own stay."""
    with store.write(None) as tx:
        loser, survivor = lead(tx, Stage.HANDED_OFF, ADA), lead(tx, Stage.HANDED_OFF, BEN)
        assignments.save(tx, {loser: (Assignment(2, QUEUE, "queue", NOW), None)})
        assignments.move(tx, loser, survivor)
        assert assignments.of_leads(tx, {survivor: 1}, NOW)[survivor].owner_id == BEN
        assert assignments.of_leads(tx, {survivor: 2}, NOW)[survivor].owner_id == QUEUE
        assert assignments.of_leads(tx, {loser: 1}, NOW) == {}


def test_hosts_are_found_by_address_and_colleagues_by_company(store: Store) -> None:
    """Case does not matter; an active user stands before one who left with the same address."""
    with store.write(None) as tx:
        rows = [
            ("hubspot", "77", "owner", "Ada@Northwind.example", True),
            ("salesforce", BEN, "user", "ada@northwind.example", False),
            ("salesforce", ADA, "user", "ada@northwind.example", True),
            ("hubspot", "78", "owner", "nobody@northwind.example", True),
        ]
        names = ("system", "object_id", "object_type", "email", "is_active")
        tx.execute(
            tables.users.insert(), [dict(zip(names, row, strict=True)) | {"name": "x"} for row in rows]
        )
        statement = tables.accounts.insert().values(name="Acme", created_at=NOW)
        account = int(tx.execute(statement.returning(tables.accounts.c.account_id)).scalar_one())
        deal = lead(tx, Stage.OPPORTUNITY, "", ("contact", "current", BEN), account=account, hours=1)
        handed = lead(tx, Stage.HANDED_OFF, "", ("lead", "current", ADA), account=account, hours=50)
        fresh = lead(tx, Stage.SQL, account=account)
        lead(tx, Stage.RECYCLED, "", ("lead", "current", ADA), account=account)
        found = desks.desk(tx, [fresh], NOW, "UTC")
    assert found.hosts == {"77": ADA}
    assert [(item.lead_id, item.owner_id) for item in found.employers[fresh].colleagues] == [
        (deal, BEN),
        (handed, ADA),
    ]
    assert found.employers[fresh].name == "Acme"


def test_the_owner_of_an_open_opportunity_has_the_company(store: Store) -> None:
    """The newest first; closed, removed and ownerless ones have nobody."""
    with store.write(None) as tx:
        statement = tables.accounts.insert().values(name="", domain="acme.com", created_at=NOW)
        account = int(tx.execute(statement.returning(tables.accounts.c.account_id)).scalar_one())
        fresh = lead(tx, Stage.SQL, account=account)
        closed, removed = {"is_closed": True}, {"is_removed": True}
        told: list[tuple[str, str, dict[str, bool]]] = [
            ("1", ADA, {}), ("2", BEN, {}), ("3", QUEUE, closed), ("4", QUEUE, removed), ("5", "", {}),
        ]  # fmt: skip
        for number, (object_id, owner, parts) in enumerate(told):
            values = {
                "system": "salesforce", "object_type": "opportunity", "object_id": object_id, "stage": "x",
                "is_closed": False, "is_won": False, "owner_id": owner, "account_id": account,
                "modified_at": NOW + timedelta(hours=number), "content_hash": 0,
            }  # fmt: skip
            tx.execute(tables.deals.insert().values(**{**values, **parts}))
        found = desks.desk(tx, [fresh], NOW, "UTC").employers[fresh]
    assert [(item.owner_id, item.deal) for item in found.colleagues] == [
        (BEN, "salesforce:opportunity:2"), (ADA, "salesforce:opportunity:1"),
    ]  # fmt: skip
    assert found.name == "acme.com"
