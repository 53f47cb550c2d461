"""What is missing stops the writing, not the reading; what is granted lets work go on by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from syncd import app, settings
from syncd.clock import BorrowedClock
from syncd.connectors.transport_budget import Budgets
from syncd.jobs.binding import WrongAccount
from syncd.jobs.cycle import Cycle
from syncd.jobs.status import status_of
from syncd.jobs.summary import Summary
from syncd.store import work
from tests.loop.harness import Loop, loop


def asks_for_a_demo(it: Loop, email: str = "ines@harbour-works.com") -> str:
    """Somebody of a fitting company asks for a demo: an SQL at once."""
    it.advance(minutes=10)
    hubspot = it.sandbox.hubspot
    company = hubspot.create(
        "companies", {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"}
    )
    given = {"email": email, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations"}
    contact = hubspot.create("contacts", given)
    hubspot.associate("contacts", contact, "companies", company)
    hubspot.submit_form(
        "Request a demo", email, {"email": email}, "https://www.fernhill.io/demo", contact_id=contact
    )
    return email


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Loop]:
    """Live, with nobody in it."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/state/syncd.db") as made:
        yield made


@dataclass(frozen=True)
class Mistake:
    """Something is taken away, and given back."""

    make: Callable[[Loop], object]
    mend: Callable[[Loop], object]
    code: str
    still_reads: bool = True


def _scope(name: str, *, still_reads: bool = True) -> Mistake:
    return Mistake(
        lambda it: it.sandbox.hubspot.scopes.discard(name),
        lambda it: it.sandbox.hubspot.scopes.add(name),
        "hubspot.scope",
        still_reads,
    )


MISTAKES = {
    "write scope": _scope("crm.objects.contacts.write"),
    "list scope": _scope("crm.lists.write"),
    "company scope": _scope("crm.objects.companies.read", still_reads=False),
    "hidden field": Mistake(
        lambda it: it.sandbox.salesforce.hide("Lead", "Syncd_Level__c"),
        lambda it: it.sandbox.salesforce.show("Lead", "Syncd_Level__c"),
        "salesforce.field_missing",
    ),
    "key not unique": Mistake(
        lambda it: it.sandbox.salesforce.change_field("Lead", "Syncd_Key__c", is_unique=False),
        lambda it: it.sandbox.salesforce.change_field("Lead", "Syncd_Key__c", is_unique=True),
        "salesforce.key_not_unique",
    ),
    "dynamic list": Mistake(
        lambda it: _list_type(it, "DYNAMIC"), lambda it: _list_type(it, "MANUAL"), "hubspot.list_not_manual"
    ),
}


def _list_type(it: Loop, kind: str) -> None:
    it.sandbox.hubspot.lists.named("syncd nurture - near SQL").processing_type = kind


@pytest.mark.parametrize("name", MISTAKES)
def test_nothing_is_written_while_something_is_missing_and_all_of_it_afterwards(it: Loop, name: str) -> None:
    """Reading goes on where it can; the next check lets the work go on without anybody's help."""
    mistake = MISTAKES[name]
    mistake.make(it)
    it.cycle.check()
    before = it.writes()
    email = asks_for_a_demo(it)
    summary = it.sync(minutes=10)
    assert mistake.code in summary.failures
    assert summary.status != "succeeded"
    assert it.writes() == before
    if mistake.still_reads:
        assert it.position(email).stage == "sql"
    with it.store.read() as tx:
        assert mistake.code in (work.get_meta(tx, "preflight") or "")
    mistake.mend(it)
    it.sync(minutes=10)
    it.sync(minutes=10)
    assert it.position(email).stage == "handed_off"
    assert len(it.sandbox.salesforce.find("Lead", Email=email)) == 1


def test_what_stops_the_writing_is_shown_by_status(it: Loop) -> None:
    it.sandbox.hubspot.scopes -= {"crm.objects.contacts.write"}
    it.cycle.check()
    found = status_of(it.store, it.now, it.cycle.parts.sweep_every)
    assert any(
        "nothing is written" in line and "crm.objects.contacts.write" in line for line in found.problems
    )


def rerun(it: Loop, **environ: str) -> tuple[Cycle, Summary | WrongAccount]:
    """As a new process would work on the same store, with other settings in its environment."""
    given = {**app.sandbox_environ(it.sandbox, it.loaded.settings.state_dir), **environ}
    loaded = settings.load(it.loaded.settings.config_dir, given)
    hurried = Event()
    hurried.set()  # no waiting between two attempts at a host that is not there
    parts = app.build(
        loaded,
        clock=BorrowedClock(lambda: it.sandbox.now),
        budgets=Budgets(is_enforced=False),
        stop=hurried,
        store_url=str(it.store.url),
    )
    cycle = Cycle(parts, it.cycle.token)
    try:
        try:
            cycle.begin()
        except WrongAccount as wrong:
            return cycle, wrong
        return cycle, cycle.once()
    finally:
        app.close(parts)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SALESFORCE_CLIENT_SECRET", "wrong", "salesforce.login_refused"),
        ("SALESFORCE_LOGIN_URL", "http://127.0.0.1:9", "salesforce.unreachable"),
    ],
)
def test_hubspot_is_read_while_salesforce_lets_nobody_in(it: Loop, name: str, value: str, code: str) -> None:
    before = it.writes()
    email = asks_for_a_demo(it)
    it.advance(minutes=10)
    _cycle, summary = rerun(it, **{name: value})
    assert isinstance(summary, Summary)
    assert (code in summary.failures, summary.status != "succeeded") == (True, True)
    assert it.position(email).stage == "sql"
    assert it.writes() == before
    rerun(it)
    assert it.position(email).stage == "handed_off"


def test_salesforce_is_read_while_hubspot_refuses_the_token(it: Loop) -> None:
    email = asks_for_a_demo(it)
    it.sync(minutes=10)
    (lead,) = it.sandbox.salesforce.find("Lead", Email=email)
    it.advance(hours=1)
    rep = it.sandbox.salesforce.add_user("Rita", "Rep")
    it.sandbox.salesforce.update("Lead", lead.id, {"Status": "Accepted"}, by=rep)
    before = it.writes()
    it.advance(minutes=10)
    _cycle, summary = rerun(it, HUBSPOT_ACCESS_TOKEN="pat-eu1-00000000-0000-0000-0000-000000000000")
    assert isinstance(summary, Summary)
    assert "hubspot.bad_token" in summary.failures
    assert "Set HUBSPOT_ACCESS_TOKEN" in summary.halted["hubspot"]
    assert it.position(email).stage == "accepted"
    assert it.writes() == before


def test_a_right_lost_between_two_checks_parks_the_work_until_it_is_back(it: Loop) -> None:
    """Nobody has to press a button: one parked write of each cause is tried now and then."""
    org = it.sandbox.salesforce
    org.make_read_only("Lead", "Syncd_Level__c")
    email = asks_for_a_demo(it)
    summary = it.sync(minutes=10)
    assert summary.status == "problems"
    assert it.position(email).stage == "sql"
    org.permissions.read_only_fields.clear()
    it.sync(minutes=20)
    it.sync(minutes=20)
    assert it.position(email).stage == "handed_off"
    assert len(org.find("Lead", Email=email)) == 1


# --- another account -------------------------------------------------------------------------------------


def test_another_portal_is_refused_until_somebody_says_so(it: Loop) -> None:
    bound = it.sandbox.hubspot.portal_id
    asks_for_a_demo(it)
    before, calls = it.writes(), len(it.sandbox.salesforce.calls)
    it.sandbox.hubspot.portal_id = 99_000_001
    _cycle, wrong = rerun(it)
    assert isinstance(wrong, WrongAccount)
    assert str(bound) in str(wrong)
    assert "99000001" in str(wrong)
    assert "syncd rebind" in str(wrong)
    assert (it.writes(), len(it.sandbox.salesforce.calls)) == (before, calls)


def test_a_sandbox_refreshed_while_we_work_gets_no_write_and_is_not_read(it: Loop) -> None:
    """Same address, same credentials, another org: the login itself is refused; `rebind` says it is meant."""
    org = it.sandbox.salesforce
    email = asks_for_a_demo(it)
    old, new = org.org_id, org.refresh_sandbox()
    org.expire_tokens()
    before = it.writes()
    summary = it.sync(minutes=10)
    assert "salesforce.wrong_account" in summary.failures
    assert it.writes() == before
    stuck = it.sync(minutes=10)
    assert old in stuck.halted["salesforce"]
    assert new in stuck.halted["salesforce"]
    assert it.writes() == before
    with it.store.write(None) as tx:
        work.ask(tx, "rebind", "Ann", {"org_id": new}, it.now)
    it.sync(minutes=10)
    it.sync(minutes=10)
    assert it.position(email).stage == "handed_off"
