"""Differences of every kind, seeded in both emulators: each is found, named right, and heals or stays."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from syncd.core.model import Intent, System
from syncd.core.reconciling import FATES, WORDS, Cause, Difference, Fate, exit_code
from syncd.store import notices, outbox, reconciliations, work
from syncd.store.reconciliations import Reconciliation
from syncd.store.tables import effects, links
from tests.loop.harness import Loop, loop

EARLY, MIDDLE = "syncd nurture - early interest", "syncd nurture - middle stage"
NOT_NOW = "syncd nurture - not now"


@pytest.fixture(scope="module", autouse=True)
def quiet_logs() -> Iterator[None]:
    """Only warnings are logged while these tests run."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(**before)


def mail(number: int) -> str:
    return f"pat.quill{number}@plant{number}.com"


def handed_over(it: Loop, count: int) -> list[str]:
    """So many people ask for a demo and are handed over; their contact ids."""
    it.advance(minutes=30)
    found = []
    for number in range(count):
        email, domain = mail(number), f"plant{number}.com"
        firm = {"name": f"Plant {number}", "domain": domain, "numberofemployees": "400"}
        company = it.sandbox.hubspot.create("companies", firm)
        person = {
            "email": email,
            "firstname": "Pat",
            "lastname": f"Quill{number}",
            "jobtitle": "VP Operations",
        }
        contact = it.sandbox.hubspot.create("contacts", person)
        it.sandbox.hubspot.associate("contacts", contact, "companies", company)
        it.sandbox.hubspot.submit_form(
            "Request a demo", email, {"email": email}, "https://www.fernhill.io/demo", contact_id=contact
        )
        found.append(contact)
    it.sync(minutes=30)
    it.sync(hours=2)
    return found


def compare(it: Loop, *, full: bool = True, system: str = "") -> tuple[Reconciliation, list[Difference]]:
    """What `syncd reconcile` does while nobody else holds the store."""
    with it.store.write(None) as tx:
        asked = work.ask(tx, "reconcile", "Ada", {"system": system, "full": full}, it.now)
    it.cycle.compare()
    with it.store.read() as tx:
        assert work.answered(tx, asked) is not None
        run = reconciliations.last(tx, system)
        assert run is not None
        return run, list(reconciliations.found_by(tx, run.reconciliation_id))


def named(found: list[Difference]) -> set[tuple[str, str]]:
    return {(str(item.cause), item.object_id) for item in found}


def member(it: Loop, contact: str, name: str, *, is_member: bool) -> Intent:
    payload = {
        "list": name, "member": is_member, "contact_id": contact, "known": [f"hubspot:contact:{contact}"],
    }  # fmt: skip
    return Intent(System.HUBSPOT, "membership", f"track:{contact}", payload, 1, 5)


def test_each_difference_is_named_and_heals_or_stays(tmp_path: Path) -> None:
    """Twenty kinds at once, in both systems; a second comparison finds what was safe to heal healed."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/store.db") as it:
        contacts = handed_over(it, 11)
        sf, hs = it.sandbox.salesforce, it.sandbox.hubspot
        rep, leaver = it.sandbox.cast.org.rep_ids[:2]
        leads = [next(iter(sf.find("Lead", Email=mail(n))))["Id"] for n in range(11)]
        ids = [str(item) for item in leads]
        tasks = {str(item["WhoId"]): item for item in sf.all("Task")}
        with it.store.write(None) as tx:
            for contact, name, is_member in (
                (contacts[0], EARLY, True),
                (contacts[1], MIDDLE, True),
                (contacts[2], "", False),
                (contacts[3], NOT_NOW, True),
            ):
                lead_id = it.lead_id(mail(contacts.index(contact)))
                outbox.put(
                    tx, [member(it, contact, name, is_member=is_member)], lead_id, it.now, is_live=True
                )
        it.sync(minutes=20)
        run, found = compare(it)
        assert found == []
        assert run.summary["exit_code"] == 0

        sf.update("Lead", ids[0], {"Syncd_Grade__c": "Z"}, rep)
        sf.update("Lead", ids[1], {"Syncd_Key__c": None, "Title": "Boss"}, rep)
        sf.update("Lead", ids[2], {"Syncd_Key__c": "someone:else"}, rep)
        key = sf.record("Lead", ids[3])["Syncd_Key__c"]
        foreign = sf.insert("Contact", {"LastName": "Other", "Syncd_Key__c": key}, rep)
        twin = {"LastName": "Quill4", "FirstName": "Pat", "Company": "Plant 4", "Email": mail(4)}
        sf.insert("Lead", twin, rep)
        sf.delete("Lead", ids[5], rep)
        winner = sf.insert("Lead", {"LastName": "Winner", "Company": "W"}, rep)
        sf.merge("Lead", winner, ids[6], rep)
        sf.update("Lead", ids[7], {"OwnerId": leaver}, rep)
        sf.update("User", leaver, {"IsActive": False})
        task = tasks[ids[8]]
        copy = {name: task[name] for name in ("Subject", "WhoId", "Status", "Syncd_Key__c")}
        extra = sf.insert("Task", copy, rep)
        sf.delete("Task", str(tasks[ids[9]]["Id"]), rep)
        hs.update("contacts", contacts[0], {"syncd_reason": "nonsense"})
        hs.update("contacts", contacts[1], {"lifecyclestage": "opportunity"})
        hs.archive("contacts", contacts[9])
        merged_into = hs.create("contacts", {"email": "new@plant10.com"})
        hs.merge("contacts", merged_into, contacts[10])
        for name, contact, is_in in (
            (EARLY, contacts[0], False),
            (EARLY, contacts[1], True),
            (MIDDLE, contacts[2], True),
        ):
            change = ([contact], []) if is_in else ([], [contact])
            hs.lists.change(hs.lists.named(name), *change, "user")
        it.cycle.sweep()  # the directory, too: who is active
        gone_list = hs.lists.by_id.pop(hs.lists.named(NOT_NOW).id)

        before = it.writes()
        run, found = compare(it)
        assert it.writes() == before, "a comparison writes nothing itself"
        want = {
            ("overwritten", ids[0]),
            ("key_removed", ids[1]),
            ("edited", ids[1]),
            ("key_changed", ids[2]),
            ("key_elsewhere", foreign),
            ("twin", ids[4]),
            ("deleted", ids[5]),
            ("merged", ids[6]),
            ("owner_left", ids[7]),
            ("extra_task", max(extra, str(task["Id"]))),
            ("task_deleted", str(tasks[ids[9]]["Id"])),
            ("overwritten", contacts[0]),
            ("stage_moved", contacts[1]),
            ("left_list", contacts[0]),
            ("in_two_lists", contacts[1]),
            ("joined_list", contacts[2]),
            ("list_missing", ""),
        }
        assert want - named(found) == set()
        assert {item for item in named(found) if item[1] in {contacts[9], contacts[10]}}
        assert run.summary["exit_code"] == 3
        assert run.summary["fates"]["unexplained"] == 0

        hs.lists.by_id[gone_list.id] = gone_list  # without it nothing at all is written
        it.sync(minutes=5)
        it.sync(minutes=40)
        _run, again = compare(it)
        assert [item for item in again if item.fate is Fate.HEALS] == []
        assert sf.record("Lead", ids[0])["Syncd_Grade__c"] != "Z"
        assert sf.record("Lead", ids[1])["Syncd_Key__c"]
        assert sf.record("Lead", ids[1])["Title"] == "Boss"
        assert contacts[1] not in hs.members(EARLY)
        assert contacts[0] not in hs.members(EARLY)

        sf.update("Lead", ids[0], {"Syncd_Grade__c": "Y"}, rep)
        _run, again = compare(it, system="salesforce")
        assert ("contested", ids[0]) in named(again)
        assert sf.record("Lead", ids[0])["Syncd_Grade__c"] == "Y"


def test_what_the_store_does_not_know_is_an_alarm_told_once(tmp_path: Path) -> None:
    """A record never read and a pass nobody knows of are unexplained; new and hidden records are not."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/store.db") as it:
        handed_over(it, 3)
        sf = it.sandbox.salesforce
        ids = [str(next(iter(sf.find("Lead", Email=mail(n))))["Id"]) for n in range(3)]
        with it.store.write(None) as tx:
            tx.execute(links.delete().where(links.c.object_id == ids[0]))
            lost = effects.update().where(effects.c.result_id == f"salesforce:lead:{ids[1]}")
            tx.execute(lost.values(result_id="salesforce:lead:00QWNS0000099992BA"))
            ghost = {"lead_id": it.lead_id(mail(2)), "state": "current", "linked_by": "key"}
            tx.execute(
                links.insert().values(
                    system="salesforce", object_type="lead", object_id="00QWNS0000088882BA", **ghost
                )
            )
        late = sf.insert("Lead", {"LastName": "New", "Company": "New"})
        run, found = compare(it)
        want = {
            ("missed", ids[0]),
            ("gone", "00QWNS0000099992BA"),
            ("hidden", "00QWNS0000088882BA"),
            ("late", late),
        }
        assert want - named(found) == set()
        assert run.summary["exit_code"] == 1
        compare(it)
        with it.store.read() as tx:
            assert set(notices.alarms(tx, ("reconcile",))) == {"reconcile"}


def test_nothing_heals_while_writing_is_paused_or_observed(tmp_path: Path, store_url: str) -> None:
    """The difference is named, and nothing enters the outbox for it until writing is on."""
    with loop(tmp_path, store_url) as it:
        handed_over(it, 1)
        sf = it.sandbox.salesforce
        lead = str(next(iter(sf.find("Lead", Email=mail(0))))["Id"])
        sf.update("Lead", lead, {"Syncd_Grade__c": "Z"}, it.sandbox.cast.org.rep_ids[0])
        with it.store.write(None) as tx:
            work.set_meta(tx, "paused_push", "Ada")
        before = it.writes()
        run, found = compare(it)
        assert [(item.cause, item.is_healing) for item in found] == [(Cause.OVERWRITTEN, False)]
        assert run.summary["mode"] == "paused"
        it.cycle.once()
        assert it.writes() == before
        with it.store.write(None) as tx:
            work.set_meta(tx, "paused_push", "")
        compare(it, full=False)
        it.sync(minutes=5)
        assert sf.record("Lead", lead)["Syncd_Grade__c"] != "Z"


def test_every_cause_has_a_fate_and_a_sentence() -> None:
    """The tables are whole, and the exit code follows from them."""
    assert set(FATES) == set(WORDS) == set(Cause)
    assert exit_code([]) == 0
    assert exit_code([Cause.EDITED, Cause.OVERWRITTEN, Cause.LATE]) == 0
    assert exit_code([Cause.TWIN, Cause.EDITED]) == 3
    assert exit_code([Cause.TWIN, Cause.MISSED]) == 1


def test_the_page_names_every_cause() -> None:
    """docs/reconcile.md has each cause with its sentence."""
    page = (Path(__file__).parents[2] / "docs" / "reconcile.md").read_text(encoding="utf-8")
    for cause in Cause:
        assert f"| `{cause}` | {FATES[cause]} | {WORDS[cause]} |" in page
