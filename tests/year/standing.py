"""Where everybody stands when a year is over: in one place, with an owner and a next action (S68), and as the
ledger tells it from the first entry on."""

from __future__ import annotations

from collections import Counter, defaultdict

import sqlalchemy as sa

from syncd.connectors.sandbox.hubspot.provision import NURTURE_LISTS
from syncd.core.passes import replay
from syncd.jobs.ledger import disagreements
from syncd.store import ledger
from syncd.store.tables import leads, transitions
from tests.year.life import Life
from tests.year.recount import KEY, Person, Recount

WITH_SALES = {"handed_off", "accepted"}
SHOWN = {
    "lead", "mql", "near_sql", "sql", "handed_off", "accepted", "opportunity", "customer", "rejected", "lost",
    "recycled", "disqualified",
}  # fmt: skip


def check_the_ledger(lived: Life) -> None:
    """Told again from the first entry, every ledger is one chain and ends where the lead is said to stand; no
    two passes of one lead rest on the same evidence."""
    assert disagreements(lived.it.store) == ()
    with lived.it.store.read() as tx:
        ids = tx.execute(sa.select(leads.c.lead_id).where(leads.c.merged_into.is_(None))).scalars().all()
        histories = ledger.history(tx, ids)
        standings = ledger.standings(tx, ids)
    for lead_id, standing in standings.items():
        moves = [row.transition for row in histories[lead_id]]
        told = replay(moves)
        assert told.breaks == (), lead_id
        assert (told.position, told.pass_number) == (standing.position, standing.pass_number), lead_id
        used: Counter[int] = Counter()
        for move in moves:
            if str(move.target.stage) == "sql" and str(move.cause) not in {"undone", "merged"}:
                used.update(set(move.evidence))
        assert [key for key, times in used.items() if times > 1] == [], f"{lead_id}: evidence used twice"


def check_one_place(lived: Life, counted: Recount) -> None:
    """What HubSpot and Salesforce show of everybody who was ever more than a lead."""
    members = _members(lived, counted)
    trouble = []
    for person in counted.people:
        if person.contact.archived or not person.shown:
            continue
        trouble += [f"{person.key}: {text}" for text in _troubles(lived, counted, person, members)]
    assert not trouble, "\n".join(trouble)


def _members(lived: Life, counted: Recount) -> dict[str, set[str]]:
    """By contact: the nurture lists it is on by our doing, not by marketing's."""
    hubspot = lived.it.sandbox.hubspot
    found: defaultdict[str, set[str]] = defaultdict(set)
    by_hand = {(deed.contact_id, deed.note) for deed in counted.marketing if deed.what == "puts_on_list"}
    for name in NURTURE_LISTS:
        for member in hubspot.members(name):
            person = counted.person_of(member)
            numbers = person.numbers if person is not None else frozenset({member})
            if not any((number, name) in by_hand for number in numbers):
                found[member].add(name)
    return found


def _troubles(lived: Life, counted: Recount, person: Person, members: dict[str, set[str]]) -> list[str]:
    shown = person.contact.properties
    stage, on = shown.get("syncd_stage", ""), members.get(person.contact.id, set())
    found = []
    if stage not in SHOWN:
        found.append(f"stands at {stage or 'nothing'}")
    if not shown.get("syncd_next_action"):
        found.append(f"{stage} without a next action")
    if len(on) > 1:
        found.append(f"in two tracks: {sorted(on)}")
    if on and stage in {"sql", "opportunity", "customer", "disqualified", *WITH_SALES}:
        found.append(f"{stage}, and nurtured in {sorted(on)}")
    if stage in WITH_SALES:
        found += _without_owner(lived, person)
    return found


def _without_owner(lived: Life, person: Person) -> list[str]:
    """Whoever is with sales has a record there, which somebody or a queue owns, and that is shown."""
    org = lived.it.sandbox.salesforce
    records = [org.record("Lead", lead) for lead in person.leads]
    records += [org.record("Contact", contact) for contact in person.contacts]
    living = [item for item in records if not item.is_deleted and not item.fields.get("IsConverted")]
    if not living and person.handed:
        return ["with sales, and nothing is in Salesforce"]
    if not person.contact.properties.get("syncd_sales_owner"):
        return ["with sales, and no owner is shown"]
    return [] if all(item["OwnerId"] for item in living) else ["nobody owns the record"]


def doubled_keys(lived: Life) -> list[str]:
    """Keys of ours on more than one living record of a kind."""
    org = lived.it.sandbox.salesforce
    counts = Counter(
        f"{kind} {record[KEY]}"
        for kind in ("Lead", "Contact", "Task")
        for record in org.all(kind)
        if record[KEY]
    )
    return sorted(key for key, times in counts.items() if times > 1)


def moves_by_cause(lived: Life) -> Counter[str]:
    """How often what happened: a year in which something never does proves nothing of it."""
    with lived.it.store.read() as tx:
        return Counter(tx.execute(sa.select(transitions.c.cause)).scalars())
