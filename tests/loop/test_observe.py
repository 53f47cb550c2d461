"""Observe, then go live: nothing leaves before, only newer evidence hands over after. Nothing leaks ever."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from syncd import app
from syncd.clock import BorrowedClock
from syncd.connectors.sandbox import PASSING, Faults
from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.salesforce.setup import ValidationRule
from syncd.connectors.transport_budget import Budgets
from syncd.jobs.cycle import Cycle
from syncd.jobs.explain import waiting_for_release
from syncd.jobs.parts import Parts
from syncd.store import work
from syncd.store.tables import leads, requests
from tests.loop.harness import Loop, loop
from tests.loop.terminal import Terminal, terminal

PAGE = "https://www.fernhill.io/demo"


def asks_for_a_demo(hubspot: HubSpot, email: str, **more: str) -> str:
    """The id of somebody of a fitting company who asks for a demo."""
    name = email.partition("@")[2].partition(".")[0].replace("-", " ").title()
    firm = {"name": name, "domain": email.partition("@")[2], "numberofemployees": "400"}
    company = hubspot.create("companies", firm)
    given = {"email": email, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations", **more}
    contact = hubspot.create("contacts", given)
    hubspot.associate("contacts", contact, "companies", company)
    hubspot.submit_form("Request a demo", email, {"email": email}, PAGE, contact_id=contact)
    return contact


OLD, NEW = "ines@harbour-works.com", "leo@millbrook-tools.com"


def test_a_new_profile_shows_what_it_would_write_and_writes_nothing(tmp_path: Path, store_url: str) -> None:
    """After going live only newer evidence hands over; the older waits for a person, whose name is kept."""
    with loop(tmp_path, store_url, live=False) as it:
        it.advance(hours=1)
        asks_for_a_demo(it.sandbox.hubspot, OLD)
        it.sync(hours=1)
        it.sync(hours=7)
        told = it.explain(OLD)
        assert "Qualifies, but the profile still observes" in told.decision.headline
        assert {(effect.system, effect.state) for effect in told.effects} == {("hubspot", "observed")}
        assert [row.lead_id for row in waiting_for_release(it.store, it.now, 10)] == [it.lead_id(OLD)]
        assert it.writes() == 0
        it.go_live()
        it.sync(hours=1)
        asks_for_a_demo(it.sandbox.hubspot, NEW)
        it.sync(hours=1)
        assert it.position(NEW).stage == "handed_off"
        assert _at(it, OLD) == 0, "nobody has released the older evidence"
        lead_id = it.lead_id(OLD)
        _ask(it, "release", {"lead_ids": [lead_id]})
        it.sync(hours=1)
        assert it.position(OLD).stage == "handed_off"
        assert _at(it, OLD) == 1
        with it.store.read() as tx:
            by = tx.execute(sa.select(leads.c.released_by).where(leads.c.lead_id == lead_id)).scalar_one()
        assert by == "Ann"


def _at(it: Loop, email: str) -> int:
    return len(it.sandbox.salesforce.find("Lead", Email=email))


def _ask(it: Loop, verb: str, arguments: dict[str, object]) -> None:
    with it.store.write(None) as tx:
        work.ask(tx, verb, "Ann", arguments, it.now)


# --- from the terminal -----------------------------------------------------------------------------------


@pytest.fixture
def observing(tmp_path: Path) -> Iterator[Terminal]:
    """Two people asked for a demo before the first look; the installation observes."""
    with terminal(tmp_path) as made:
        for email in (OLD, NEW):
            asks_for_a_demo(made.sandbox.hubspot, email)
        assert made.run("sync", "--once").code == 0
        yield made


def test_from_observing_to_a_released_hand_off(observing: Terminal) -> None:
    shop = observing
    status = json.loads(shop.run("status", "--json").out)
    assert status["mode"] == "observe"
    observed = {(row["system"], row["kind"]) for row in status["effects"] if row["state"] == "observed"}
    assert ("hubspot", "contact") in observed, "status says what would be written"
    assert "observing (nothing leaves)" in shop.run("status").out
    assert "observed" in json.dumps(json.loads(shop.run("explain", OLD, "--json").out)["effects"])
    assert shop.writes == 0
    live = shop.run("go-live", "--yes", "--by", "Ann Archer")
    assert (live.code, "Live from now on" in live.out) == (0, True)
    assert shop.run("sync", "--once").code == 0
    assert shop.sandbox.salesforce.writes == [], "older evidence hands nobody over"
    waiting = json.loads(shop.run("release", "list", "--json").out)
    assert len(waiting) == 2
    assert shop.run("release", "lead", OLD, "--by", "Bea Baker").code == 0
    assert shop.run("release", "top", "1", "--by", "Cleo Clark").code == 0
    assert json.loads(shop.run("release", "list", "--json").out) == []
    again = shop.run("release", "top", "1", "--by", "Cleo Clark")
    assert (again.code, "syncd release list" in again.flat) == (3, True)
    assert shop.run("sync", "--once").code == 0
    assert {lead["Email"] for lead in shop.sandbox.salesforce.all("Lead")} == {OLD, NEW}
    assert _people(shop) == ["Ann Archer", "Bea Baker", "Cleo Clark", "Cleo Clark"]


def _people(shop: Terminal) -> list[str]:
    """Who asked for what, as the store has it."""
    engine = sa.create_engine(f"sqlite:///{shop.folder}/state/syncd.db")
    with engine.connect() as tx:
        found = [
            str(row.person)
            for row in tx.execute(sa.select(requests.c.person).order_by(requests.c.request_id))
        ]
    engine.dispose()
    return found


def test_going_live_before_the_first_load_is_complete_is_refused(tmp_path: Path) -> None:
    with terminal(tmp_path) as made:
        said = made.run("go-live", "--yes", "--by", "Ann")
    assert said.code == 3
    assert "The first load is not complete: run `syncd sync --once`" in said.flat


def test_no_manual_act_goes_without_a_name(observing: Terminal) -> None:
    for verb in (("go-live", "--yes"), ("rebind",), ("release", "top", "1"), ("pause", "push")):
        said = observing.run(*verb, "--by", "  ")
        assert said.code == 2, verb
        assert "say who you are" in said.err
    assert _people(observing) == []


def test_the_store_is_readable_by_its_owner_alone(observing: Terminal) -> None:
    """The folder too, and the log files beside the database."""
    folder = observing.folder / "state"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()}
    assert modes
    assert set(modes.values()) == {0o600}, modes


# --- what is kept, and what is told ----------------------------------------------------------------------

QUOTED = "Could you send a price for 40 planners"
BODY_CANARY = "the blue heron flies at noon over the estuary"


def test_of_bodies_only_the_quoted_line_is_kept(tmp_path: Path) -> None:
    """The whole database is searched: the file, its log, and everything beside them."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/state/syncd.db") as it:
        it.advance(minutes=10)
        contact = asks_for_a_demo(it.sandbox.hubspot, OLD)
        filler = "We have been planning by hand for many years now. " * 8
        text = f"{QUOTED}?\\n\\n{filler}\\n{BODY_CANARY}\\n"
        html = f"<html><body><p>{QUOTED}?</p><p>{filler}</p><p>{BODY_CANARY}</p></body></html>"
        hubspot = it.sandbox.hubspot
        hubspot.log("emails", {"hs_email_direction": "INCOMING_EMAIL", "hs_email_status": "SENT",
                               "hs_email_subject": "Price", "hs_email_text": text,
                               "hs_email_html": html}, contacts=[contact])  # fmt: skip
        hubspot.log("notes", {"hs_note_body": html}, contacts=[contact])
        hubspot.log("calls", {"hs_call_body": html, "hs_call_direction": "INBOUND"}, contacts=[contact])
        hubspot.log("communications", {"hs_communication_body": html}, contacts=[contact])
        hubspot.log(
            "meetings", {"hs_meeting_body": html, "hs_internal_meeting_notes": html}, contacts=[contact]
        )
        it.sync(hours=1)
        it.sync(hours=1)
        it.store.checkpoint()
        kept = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir() if path.is_file())
    assert QUOTED.encode() in kept, "the quoted line is kept, so bodies were read"
    assert BODY_CANARY.encode() not in kept


PHONE = "+49 151 70707070"


class Heard(logging.Handler):
    """Everything any library logs, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """Debug level everywhere: ours through structlog, the libraries' through logging."""
    heard, root = Heard(), logging.getLogger()
    level, before = root.level, structlog.get_config()

    def keep(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
        heard.lines.append(repr(event))
        raise structlog.DropEvent

    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    structlog.configure(
        processors=[structlog.processors.format_exc_info, keep],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    try:
        yield heard.lines
    finally:
        structlog.configure(**before)
        root.removeHandler(heard)
        root.setLevel(level)


def test_nothing_personal_or_secret_is_logged_or_told_in_errors(tmp_path: Path) -> None:
    """A busy run with every kind of fault, at debug level: logs, failures and notes hold ids and codes."""
    with everything_logged() as lines, loop(tmp_path, f"sqlite:///{tmp_path}/state/syncd.db") as it:
        it.advance(minutes=10)
        person = {"phone": PHONE, "lastname": "Zeppelinowitsch"}
        first = asks_for_a_demo(it.sandbox.hubspot, OLD, **person)
        it.sandbox.salesforce.add_validation_rule(_refuses_everybody())
        parts = _hurried(it)
        it.cycle = Cycle(parts, it.cycle.token)
        it.cycle.begin()
        it.sandbox.faults = Faults(rate=0.1, kinds=PASSING, seed=3, slow_s=0.01)
        summaries = [it.sync(minutes=20)]
        it.sandbox.hubspot.log("notes", {"hs_note_body": f"Call {PHONE}: {BODY_CANARY}"}, contacts=[first])
        asks_for_a_demo(it.sandbox.hubspot, NEW, **person)
        summaries += [it.sync(hours=1) for _turn in range(3)]
        it.cycle.check()
        app.close(parts)
        told = " ".join([*lines, *(repr(summary) for summary in summaries), _notes(it)])
        secrets = (it.sandbox.hubspot_token, it.sandbox.salesforce_client_secret)
    assert len(lines) > 100, "debug level is on"
    assert any("urllib3" in line or "connection" in line for line in lines), "and the libraries are heard"
    canaries = (OLD, NEW, PHONE, PHONE.replace(" ", ""), "Zeppelinowitsch", BODY_CANARY, *secrets)
    assert [canary for canary in canaries if canary.lower() in told.lower()] == []


def _hurried(it: Loop) -> Parts:
    """The same installation, without waiting between two attempts."""
    stop = Event()
    stop.set()
    clock = BorrowedClock(lambda: it.sandbox.now)
    free = Budgets(is_enforced=False)
    return app.build(it.loaded, clock=clock, budgets=free, stop=stop, store_url=str(it.store.url))


def _refuses_everybody() -> ValidationRule:
    return ValidationRule("Lead", "Nobody enters today", lambda row: True, ("LastName",))


def _notes(it: Loop) -> str:
    """Every text in which the store tells of failures."""
    texts = []
    with it.store.read() as tx:
        for query in ("SELECT * FROM cursors", "SELECT * FROM runs", "SELECT code, message FROM effects"):
            texts += [repr(tuple(row)) for row in tx.execute(sa.text(query))]
    return " ".join(texts)
