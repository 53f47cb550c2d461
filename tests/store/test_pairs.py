"""What was said of pairs lasts; who may be somebody is found by mailbox, by name and company, by Account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from syncd.core.likeness import Person
from syncd.core.model import Ref, System
from syncd.jobs import settling
from syncd.store import accounts, holds, lookalikes, pairs, people, rekey, tables
from syncd.store.accounts import AccountLink, Description
from syncd.store.engine import Store
from syncd.store.pairs import ALERTED, BLOCKED, DIFFERENT, SAME
from syncd.store.people import Link, Profile

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
A, B = Ref(System.SALESFORCE, "lead", "00QA"), Ref(System.SALESFORCE, "lead", "00QB")
ORIGIN = rekey.Origin("v1", 0)


def new_lead(tx: sa.Connection, account_id: int | None = None) -> int:
    made = (
        tables.leads.insert().values(created_at=NOW, account_id=account_id).returning(tables.leads.c.lead_id)
    )
    return int(tx.execute(made).scalar_one())


def add_record(tx: sa.Connection, lead_id: int, ref: Ref, email: str, **fields: str) -> None:
    people.save_links(tx, [Link(ref, lead_id, "current", "self")])
    profile = Profile(ref, lead_id, fields, {}, (email,), "", 1, NOW, NOW)
    people.save_profiles(tx, [profile], NOW)
    people.save_addresses(tx, [(email, lead_id, "salesforce", True)])


def said(store: Store, lead_id: int) -> pairs.Said:
    with store.read() as tx:
        return pairs.of_leads(tx, [lead_id]).get(lead_id, pairs.NOTHING_SAID)


def test_the_newest_word_counts_and_what_is_taken_back_does_not(store: Store) -> None:
    """Nothing is deleted: who said what, and who took it back, stays on record."""
    with store.write(None) as tx:
        lead_id = new_lead(tx)
        pairs.say(tx, lead_id, {A: SAME, B: DIFFERENT}, "Ada", NOW)
        pairs.say(tx, lead_id, {A: DIFFERENT}, "Bo", NOW + timedelta(hours=1))
    assert said(store, lead_id) == pairs.Said(frozenset(), frozenset({A, B}))
    with store.write(None) as tx:
        assert pairs.take_back(tx, lead_id, [A], "Cy", NOW + timedelta(hours=2)) == 1
        told = pairs.history(tx, lead_id)
    assert said(store, lead_id).different == {B}
    assert [(pair.ref, pair.says, pair.said_by, pair.taken_back_by) for pair in told] == [
        (A, SAME, "Ada", "Bo"),
        (B, DIFFERENT, "Ada", ""),
        (A, DIFFERENT, "Bo", "Cy"),
    ]


def test_what_a_rule_of_the_org_said_stands_beside_what_people_say(store: Store) -> None:
    """Else a person's word would make the rule news again, and the write would go in a circle."""
    with store.write(None) as tx:
        lead_id = new_lead(tx)
        pairs.say(tx, lead_id, {A: BLOCKED}, pairs.ORG, NOW)
        pairs.say(tx, lead_id, {B: ALERTED}, pairs.ORG, NOW)
        pairs.say(tx, lead_id, {A: DIFFERENT, B: DIFFERENT}, "Ada", NOW)
    found = said(store, lead_id)
    assert found == pairs.Said(frozenset(), frozenset({A, B}), frozenset({B}), frozenset({A}))


def test_words_and_cases_move_with_a_merge(store: Store) -> None:
    """Of two open cases of one kind the first goes on."""
    with store.write(None) as tx:
        survivor, loser = new_lead(tx), new_lead(tx)
        pairs.say(tx, loser, {A: DIFFERENT}, "Ada", NOW)
        for lead_id in (survivor, loser):
            holds.open_hold(tx, lead_id, "twins_after_create", "why", [{"ref": str(B)}], NOW)
        rekey.merge_leads(tx, loser, survivor, ORIGIN, NOW)
        (left,) = holds.all_holds(tx)
    assert left.lead_id == survivor
    assert said(store, survivor).different == {A}


def test_two_people_said_to_be_different_are_so_from_both_sides(store: Store) -> None:
    """Dana said not to be the Dana of A; when A's own person comes, Dana's record is not asked about."""
    with store.write(None) as tx:
        dana, other = new_lead(tx), new_lead(tx)
        add_record(tx, other, A, "d.ruiz@acme.example", LastName="Ruiz")
        pairs.say(tx, dana, {A: DIFFERENT}, "Ada", NOW)
        add_record(tx, dana, B, "dana@acme.example", LastName="Ruiz")
        assert pairs.mirrored(tx, [other, dana]) == {other: frozenset({B})}
        pairs.take_back(tx, dana, [A], "Ada", NOW)
        assert pairs.mirrored(tx, [other]) == {}


def test_a_case_of_twins_closes_once_one_record_is_left(store: Store) -> None:
    with store.write(None) as tx:
        lead_id = new_lead(tx)
        named = [{"ref": str(A), "why": ""}, {"ref": str(B), "why": ""}]
        holds.open_hold(tx, lead_id, "twin_leads", "why", named, NOW)
        people.save_links(tx, [Link(A, lead_id, "current", "email"), Link(B, lead_id, "current", "email")])
        assert settling.close_merged(tx, [lead_id], NOW) == 0
        people.save_links(tx, [Link(B, lead_id, "merged", "email", A.id)])
        assert settling.close_merged(tx, [lead_id], NOW) == 1
        assert holds.all_holds(tx) == ()


def test_who_may_be_the_person_is_found_in_the_store(store: Store) -> None:
    """By the mailbox and by name and company; never by a name alone, never the person's own records."""
    dana = Person("Dana", "Ruiz", ("dana@acme.example",), (), ("acme.example",), ("Acme GmbH",))
    refs = [Ref(System.SALESFORCE, "lead", f"00Q{n}") for n in range(6)]
    with store.write(None) as tx:
        (account_id,) = accounts.create_accounts(tx, 1, NOW)
        accounts.describe_accounts(tx, {account_id: Description("Acme", "acme.example", "acme")})
        own, leads = new_lead(tx, account_id), [new_lead(tx) for _ in refs]
        add_record(tx, own, refs[0], "dana@acme.example", FirstName="Dana", LastName="Ruiz")
        add_record(tx, leads[1], refs[1], "dana+fair@acme.example", LastName="Okafor")
        tx.execute(
            tables.leads.update().where(tables.leads.c.lead_id == leads[2]).values(account_id=account_id)
        )
        add_record(tx, leads[2], refs[2], "d.ruiz@acme.example", FirstName="DANA", LastName="Ruiz")
        add_record(tx, leads[3], refs[3], "dana.ruiz@globex.example", FirstName="Dana", LastName="Ruiz")
        tx.execute(
            tables.leads.update().where(tables.leads.c.lead_id == leads[4]).values(account_id=account_id)
        )
        add_record(tx, leads[4], refs[4], "omar@acme.example", FirstName="Omar", LastName="Haddad")
        hostile = Person("'; DROP TABLE leads; --", "%_\\", ("'@x.example",), (), ("'",), ("%",))
        found = lookalikes.find(tx, {own: dana, leads[5]: hostile})
    assert found[own].people == (refs[1], refs[2])
    assert found[leads[5]].people == ()


def test_accounts_that_may_be_the_persons_come_with_the_way_each_was_found(store: Store) -> None:
    dana = Person("Dana", "Ruiz", ("dana@acme.example",), (), ("acme.example",), ("Globex Inc",))
    refs = [Ref(System.SALESFORCE, "account", f"001{n}") for n in range(4)]
    with store.write(None) as tx:
        ids = accounts.create_accounts(tx, 4, NOW)
        described = {
            ids[0]: Description("Home", "", "home"),
            ids[1]: Description("Acme", "acme.example", "acme"),
            ids[2]: Description("Globex", "globex.example", "globex"),
            ids[3]: Description("Stranger", "stranger.example", "stranger"),
        }
        accounts.describe_accounts(tx, described)
        accounts.save_account_links(
            tx, [AccountLink(ref, account_id) for ref, account_id in zip(refs, ids, strict=True)]
        )
        lead_id = new_lead(tx, ids[0])
        found = lookalikes.find(tx, {lead_id: dana})[lead_id]
    assert found.accounts == {refs[0]: "association", refs[1]: "domain", refs[2]: "name"}


def test_aliases_go_when_nobody_has_the_address(store: Store) -> None:
    """What is erased leaves no address behind."""
    with store.write(None) as tx:
        lead_id = new_lead(tx)
        add_record(tx, lead_id, A, "dana+fair@acme.example", LastName="Ruiz")
        assert tx.execute(sa.select(tables.aliases.c.mailbox)).scalars().all() == ["dana@acme.example"]
        rekey.erase_leads(tx, [lead_id], ORIGIN, NOW)
        assert tx.execute(sa.select(tables.aliases.c.mailbox)).scalars().all() == []
