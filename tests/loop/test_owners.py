"""Whom the hand-off goes to, in the whole loop: turns, colleagues, hosts, people who leave, other routers.

The sandbox's Monday is 7 September 2026; the shipped playbook works from nine to five, UTC.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.sandbox import Sandbox
from syncd.core.desk import Load
from syncd.jobs.cycle import Cycle
from syncd.jobs.explain import open_cases
from syncd.jobs.timeline import timeline
from syncd.store import capacity, outbox, work
from tests.loop.harness import Loop, Prepare, loop


def routing(text: str) -> Prepare:
    """routing.yaml with these lines; {0}, {1}, ... are the reps, {queue} the queue, {router} another one."""

    def write(folder: Path, sandbox: Sandbox) -> None:
        org = sandbox.cast.org
        second = sandbox.salesforce.add_queue("New for the router", ("Lead", "Task"))
        (folder / "routing.yaml").write_text(text.format(*org.rep_ids, queue=org.queue_id, router=second))

    return write


TURNS = """
mode: owner
order: [meeting_host, same_company, round_robin, queue]
queue: "{queue}"
round_robin:
  open_limit: 2
  pool: [{{user: "{0}"}}, {{user: "{1}"}}]
"""


def firm(it: Loop, domain: str) -> str:
    values = {"name": domain.partition(".")[0].title(), "domain": domain, "numberofemployees": "400"}
    return it.sandbox.hubspot.create("companies", values)


def contact(it: Loop, email: str, company: str) -> str:
    local = email.partition("@")[0]
    values = {"email": email, "firstname": local.title(), "lastname": "Moreau", "jobtitle": "VP Operations"}
    found = it.sandbox.hubspot.create("contacts", values)
    it.sandbox.hubspot.associate("contacts", found, "companies", company)
    return found


def ask_for_demo(it: Loop, email: str, company: str = "") -> str:
    """Somebody of a fitting company asks for a demo. Returns the contact's id."""
    found = contact(it, email, company or firm(it, email.partition("@")[2]))
    it.sandbox.hubspot.submit_form(
        "Request a demo", email, {"email": email}, "https://www.fernhill.io/demo", contact_id=found
    )
    return found


def lead_of(it: Loop, email: str) -> Any:
    (found,) = it.sandbox.salesforce.find("Lead", Email=email)
    return found


def owner_of(it: Loop, email: str) -> str:
    return str(lead_of(it, email)["OwnerId"])


def task_owners(it: Loop, email: str) -> list[str]:
    return [
        str(item["OwnerId"]) for item in it.sandbox.salesforce.find("Task", WhoId=lead_of(it, email)["Id"])
    ]


def step_of(it: Loop, email: str) -> str:
    chosen = it.explain(email).snapshot.assignment
    assert chosen is not None
    return chosen.step


def loads(it: Loop) -> dict[str, Load]:
    with it.store.read() as tx:
        return dict(capacity.loads(tx, it.now))


def alerts_of(it: Loop, email: str) -> list[dict[str, Any]]:
    with it.store.read() as tx:
        found = outbox.of_lead(tx, it.lead_id(email))
    return [
        dict(effect.payload)
        for effect in found
        if effect.kind == "alert" and effect.payload["event"] == "sql"
    ]


def ask(it: Loop, verb: str, **arguments: object) -> None:
    with it.store.write(None) as tx:
        work.ask(tx, verb, "Ada", arguments, it.now)


def restarted(it: Loop) -> None:
    """Another process takes over."""
    it.cycle = Cycle(it.cycle.parts, it.cycle.token)
    it.cycle.begin()


def test_leads_of_one_batch_take_turns_and_then_the_queue(tmp_path: Path, store_url: str) -> None:
    """Two each, as agreed; the fifth goes to the queue, with the reason; nothing is chosen twice."""
    people = [f"anna{number}@firm{number}.com" for number in range(5)]
    with loop(tmp_path, store_url, prepare=routing(TURNS)) as it:
        first, second = it.sandbox.cast.org.rep_ids[:2]
        it.advance(hours=4)
        for email in people:
            ask_for_demo(it, email)
        it.sync(minutes=10)
        owners = [owner_of(it, email) for email in people]
        queue = it.sandbox.cast.org.queue_id
        assert sorted(owners) == sorted([first, first, second, second, queue])
        assert all(task_owners(it, email) == [owner] for email, owner in zip(people, owners, strict=True))
        assert (loads(it)[first].open, loads(it)[first].today) == (2, 2)
        last = it.lead_id(people[owners.index(queue)])
        told = timeline(it.store, it.loaded.playbook, last, it.now)
        (said,) = [line.text for line in told if line.what == "owner"]
        assert "the queue" in said
        assert "has as many open ones as agreed" in said
        restarted(it)
        it.sync(hours=2)
        assert [owner_of(it, email) for email in people] == owners


def test_a_retry_does_not_choose_anew(tmp_path: Path, store_url: str) -> None:
    """While writing is paused turns go on; the choice stays through new facts and restarts."""
    with loop(tmp_path, store_url, prepare=routing(TURNS)) as it:
        ask(it, "pause", direction="push")
        it.sync(hours=4)
        ask_for_demo(it, "anna@one.com")
        it.sync(minutes=10)
        before = it.explain("anna@one.com").snapshot.assignment
        ask_for_demo(it, "ben@two.com")
        it.sandbox.hubspot.submit_form(
            "Request a demo", "anna@one.com", {"email": "anna@one.com"}, "https://www.fernhill.io/demo"
        )
        it.sync(minutes=10)
        restarted(it)
        it.sync(minutes=10)
        assert it.explain("anna@one.com").snapshot.assignment == before
        assert it.sandbox.salesforce.find("Lead", Email="anna@one.com") == []
        ask(it, "resume", direction="push")
        it.sync(minutes=10)
        assert before is not None
        assert owner_of(it, "anna@one.com") == before.owner_id != owner_of(it, "ben@two.com")


def test_a_second_person_of_a_company_goes_to_the_same_owner(tmp_path: Path, store_url: str) -> None:
    """In one batch and later; the alert names the first."""
    with loop(tmp_path, store_url, prepare=routing(TURNS)) as it:
        it.advance(hours=4)
        company = firm(it, "harbour-works.com")
        for name in ("ines", "omar"):
            ask_for_demo(it, f"{name}@harbour-works.com", company)
        ask_for_demo(it, "kim@elsewhere.com")
        it.sync(minutes=10)
        ask_for_demo(it, "lea@harbour-works.com", company)
        it.sync(minutes=10)
        owners = {owner_of(it, f"{name}@harbour-works.com") for name in ("ines", "omar", "lea")}
        assert len(owners) == 1
        assert owner_of(it, "kim@elsewhere.com") not in owners
        (alert,) = alerts_of(it, "lea@harbour-works.com")
        assert alert["company"]["name"] == "Harbour-Works"
        assert alert["colleague"]["name"] in {"Ines Moreau", "Omar Moreau"}
        assert (alert["colleague"]["owner"], alert["owner"]) == (*owners, *owners)
        assert step_of(it, "lea@harbour-works.com") == "same_company"


def test_the_host_of_the_booked_meeting_is_the_owner(tmp_path: Path, store_url: str) -> None:
    """HubSpot's owner and Salesforce's user have one address. The hand-off is there before the meeting."""
    with loop(tmp_path, store_url, prepare=routing(TURNS)) as it:
        host = it.sandbox.cast.org.rep_ids[4]
        address = str(it.sandbox.salesforce.record("User", host)["Email"])
        it.advance(hours=4)
        owner = it.sandbox.hubspot.add_owner(address.upper(), "Jonas", "Becker")
        it.sync(minutes=20)
        ines = contact(it, "ines@harbour-works.com", firm(it, "harbour-works.com"))
        starts = (it.now + timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
        values = {
            "hs_meeting_title": "Demo", "hs_meeting_start_time": starts, "hs_timestamp": starts,
            "hs_meeting_outcome": "SCHEDULED", "hubspot_owner_id": owner,
        }  # fmt: skip
        it.sandbox.hubspot.log("meetings", values, [ines])
        it.sandbox.hubspot.submit_form(
            "Request a demo", "ines@harbour-works.com", {"email": "ines@harbour-works.com"},
            "https://www.fernhill.io/demo", contact_id=ines,
        )  # fmt: skip
        it.sync(minutes=10)
        assert (owner_of(it, "ines@harbour-works.com"), step_of(it, "ines@harbour-works.com")) == (
            host, "meeting_host",
        )  # fmt: skip
        assert task_owners(it, "ines@harbour-works.com") == [host]


def test_who_leaves_before_the_hand_off_does_not_get_it(tmp_path: Path, store_url: str) -> None:
    """Chosen while writing was paused, then deactivated: the next one has the turn, and it says why."""
    with loop(tmp_path, store_url, prepare=routing(TURNS)) as it:
        ask(it, "pause", direction="push")
        it.sync(hours=4)
        ask_for_demo(it, "anna@one.com")
        it.sync(minutes=10)
        before = it.explain("anna@one.com").snapshot.assignment
        assert before is not None
        it.sandbox.salesforce.update("User", before.owner_id, {"IsActive": False})
        it.sync(minutes=30)
        ask(it, "resume", direction="push")
        it.sync(minutes=10)
        assert owner_of(it, "anna@one.com") not in {before.owner_id, it.sandbox.cast.org.queue_id}


def test_a_lead_of_somebody_who_has_left_gets_a_new_owner(tmp_path: Path, store_url: str) -> None:
    """Nobody would call otherwise. An active owner stays."""
    with loop(tmp_path, store_url, prepare=routing(TURNS)) as it:
        reps = it.sandbox.cast.org.rep_ids
        for name, owner in (("anna", reps[3]), ("ben", reps[4])):
            it.sandbox.salesforce.insert(
                "Lead",
                {
                    "LastName": name,
                    "Company": "One",
                    "Email": f"{name}@{name}.com",
                    "Status": "New",
                    "OwnerId": owner,
                },
            )
        it.sandbox.salesforce.update("User", reps[3], {"IsActive": False})
        it.sync(hours=4)
        for name in ("anna", "ben"):
            ask_for_demo(it, f"{name}@{name}.com")
        it.sync(minutes=10)
        assert owner_of(it, "anna@anna.com") in reps[:2]
        assert owner_of(it, "ben@ben.com") == reps[4]


@pytest.mark.parametrize("queue", [True, False], ids=["a queue", "none"])
def test_the_orgs_rules_choose_for_new_leads_and_not_for_whom_somebody_left_behind(
    tmp_path: Path, store_url: str, queue: bool
) -> None:
    """The queue has it; without one it is a case that says why, and goes to whom a person names."""
    text = "mode: org_rules\n" + ('queue: "{queue}"\n' if queue else "")
    with loop(tmp_path, store_url, prepare=routing(text)) as it:
        reps, org = it.sandbox.cast.org.rep_ids, it.sandbox.salesforce
        left = {"LastName": "Moreau", "Company": "One", "Email": "anna@one.com", "OwnerId": reps[3]}
        org.insert("Lead", left)
        org.update("User", reps[3], {"IsActive": False})
        it.sync(hours=4)
        ask_for_demo(it, "anna@one.com")
        ask_for_demo(it, "ben@two.com")
        it.sync(minutes=10)
        assert step_of(it, "ben@two.com") == "org_rules"
        if queue:
            assert owner_of(it, "anna@one.com") == it.sandbox.cast.org.queue_id
            return
        (case,) = open_cases(it.store, it.now)
        assert (case.hold.kind, owner_of(it, "anna@one.com")) == ("no_owner", reps[3])
        assert "present owner" in case.hold.reason
        assert "is not active" in case.hold.reason
        assert task_owners(it, "anna@one.com") == []
        ask(it, "resolve_hold", hold_id=case.hold.hold_id, use=reps[1])
        it.sync(minutes=2)
        assert (owner_of(it, "anna@one.com"), task_owners(it, "anna@one.com")) == (reps[1], [reps[1]])
        assert open_cases(it.store, it.now) == ()


NOBODY = """
mode: owner
owner: "{0}"
order: [round_robin]
round_robin:
  open_limit: 1
  pool: [{{user: "{1}"}}]
"""


def test_where_nobody_can_have_it_the_hand_off_waits_and_goes_by_itself(
    tmp_path: Path, store_url: str
) -> None:
    """S68: a case that says why; when somebody is free again it is closed and the lead handed over."""
    with loop(tmp_path, store_url, prepare=routing(NOBODY)) as it:
        reps = it.sandbox.cast.org.rep_ids
        it.sync(hours=4)
        ask_for_demo(it, "anna@one.com")
        it.sync(minutes=10)
        it.sandbox.salesforce.update("User", reps[0], {"IsActive": False})
        it.sync(minutes=20)
        ask_for_demo(it, "ben@two.com")
        it.sync(minutes=10)
        (case,) = open_cases(it.store, it.now)
        assert case.hold.kind == "no_owner"
        assert "has as many open ones as agreed" in case.hold.reason
        assert it.sandbox.salesforce.find("Lead", Email="ben@two.com") == []
        it.sandbox.salesforce.update("Lead", lead_of(it, "anna@one.com")["Id"], {"Status": "Unqualified"})
        it.sync(minutes=10)
        it.sync(minutes=10)
        assert owner_of(it, "ben@two.com") == reps[1]
        assert open_cases(it.store, it.now) == ()


def test_a_person_names_who_gets_what_nobody_was_free_for(tmp_path: Path, store_url: str) -> None:
    """By the id; who cannot have it is refused with the reason, and the case stays open."""
    with loop(tmp_path, store_url, prepare=routing(NOBODY)) as it:
        reps = it.sandbox.cast.org.rep_ids
        it.sandbox.salesforce.update("User", reps[0], {"IsActive": False})
        it.sandbox.salesforce.update("User", reps[1], {"IsActive": False})
        it.sync(hours=4)
        it.sync(minutes=20)
        ask_for_demo(it, "ben@two.com")
        it.sync(minutes=10)
        (case,) = open_cases(it.store, it.now)
        ask(it, "resolve_hold", hold_id=case.hold.hold_id, use=reps[1])
        it.sync(minutes=2)
        assert len(open_cases(it.store, it.now)) == 1
        ask(it, "resolve_hold", hold_id=case.hold.hold_id, use=reps[3])
        it.sync(minutes=2)
        assert (owner_of(it, "ben@two.com"), step_of(it, "ben@two.com")) == (reps[3], "person")
        assert open_cases(it.store, it.now) == ()


ROUTED = """
mode: router
router: {{starts_with: "{router}", wait_minutes: 15}}
order: [round_robin]
round_robin: {{pool: [{{user: "{0}"}}]}}
owner: "{1}"
"""


@pytest.mark.parametrize("chooses", [True, False])
def test_another_router_chooses_first(tmp_path: Path, store_url: str, chooses: bool) -> None:
    """The task waits for its choice; where it makes none, the steps do after the agreed time, once."""
    email = "anna@one.com"
    with loop(tmp_path, store_url, prepare=routing(ROUTED)) as it:
        reps = it.sandbox.cast.org.rep_ids
        it.sync(hours=4)
        ask_for_demo(it, email)
        it.sync(minutes=5)
        begins = owner_of(it, email)
        assert begins not in {*reps, it.sandbox.cast.org.queue_id}
        assert task_owners(it, email) == [], "a task does not go along when a Lead changes hands"
        it.advance(minutes=1)
        if chooses:
            it.sandbox.salesforce.update("Lead", lead_of(it, email)["Id"], {"OwnerId": reps[5]})
        it.sync(minutes=5)
        it.sync(minutes=12)
        it.sync(minutes=5)
        restarted(it)
        it.sync(minutes=5)
        expected = reps[5] if chooses else reps[0]
        assert (owner_of(it, email), task_owners(it, email)) == (expected, [expected])
        assert step_of(it, email) == ("router" if chooses else "round_robin")


def test_the_router_is_not_overruled_at_the_last_moment(tmp_path: Path, store_url: str) -> None:
    """It chose after our last look: the fresh read before the write shows it, and we leave the Lead alone."""
    email = "anna@one.com"
    with loop(tmp_path, store_url, prepare=routing(ROUTED)) as it:
        reps = it.sandbox.cast.org.rep_ids
        it.sync(hours=4)
        ask_for_demo(it, email)
        it.sync(minutes=5)
        ask(it, "pause", direction="push")
        it.sync(minutes=20)
        with it.store.read() as tx:
            assert [
                e.state for e in outbox.of_lead(tx, it.lead_id(email)) if e.target.startswith("owner:")
            ] == ["pending"]
        ask(it, "pause", direction="pull")
        it.sandbox.salesforce.update("Lead", lead_of(it, email)["Id"], {"OwnerId": reps[5]})
        ask(it, "resume", direction="push")
        it.sync(minutes=1)
        assert owner_of(it, email) == reps[5]
