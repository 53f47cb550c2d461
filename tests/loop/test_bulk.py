"""A run that would write for too many holds the bulk back, says so once, and lets decisive hand-offs go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from syncd.core.model import Stage
from syncd.jobs import limiting
from syncd.store import work
from tests.loop.harness import Loop, loop
from tests.loop.test_holds import ask_for_demo

WHO = "ines.moreau@harbour-works.com"


def narrow(folder: Path, _sandbox: Sandbox) -> None:
    """At most five leads at once: as if the portal were small."""
    path = folder / "connections.yaml"
    text = path.read_text(encoding="utf-8")
    assert "bulk: {share: 0.05, at_least: 50" in text
    path.write_text(text.replace("share: 0.05, at_least: 50", "share: 0.001, at_least: 5"), encoding="utf-8")


def hourly(folder: Path, sandbox: Sandbox) -> None:
    narrow(folder, sandbox)
    path = folder / "connections.yaml"
    path.write_text(path.read_text().replace("release_per_hour: 0", "release_per_hour: 4"), encoding="utf-8")


def import_people(it: Loop, count: int, first: int = 0) -> None:
    """People of fitting companies who all start a trial: an MQL each, and so a write on each contact."""
    for number in range(first, first + count):
        domain = f"company-{number}.com"
        company = it.sandbox.hubspot.create(
            "companies", {"name": f"Company {number}", "domain": domain, "numberofemployees": "400"}
        )
        email = f"pat{number}@{domain}"
        contact = it.sandbox.hubspot.create(
            "contacts",
            {"email": email, "firstname": "Pat", "lastname": f"Doe{number}", "jobtitle": "VP Operations"},
        )
        it.sandbox.hubspot.associate("contacts", contact, "companies", company)
        it.sandbox.hubspot.submit_form(
            "Start free trial", email, {"email": email}, "https://www.fernhill.io/trial", contact_id=contact
        )


def shown_in_hubspot(it: Loop, count: int) -> int:
    """How many of the imported contacts carry what we write."""
    found = [it.sandbox.hubspot.contact_by_email(f"pat{n}@company-{n}.com") for n in range(count)]
    return sum(bool(item is not None and item.properties.get("syncd_stage")) for item in found)


def held(it: Loop) -> tuple[limiting.Held, ...]:
    return limiting.held(it.store, it.cycle.parts.playbook, it.now)


def say(it: Loop, verb: str, **arguments: object) -> tuple[str, str]:
    with it.store.write(None) as tx:
        request_id = work.ask(tx, verb, "Ada", arguments, it.now)
    it.sync(minutes=5)
    with it.store.read() as tx:
        answered = work.answered(tx, request_id)
    assert answered is not None
    return answered


def messages(folder: Path, event: str) -> list[dict[str, str]]:
    path = folder / "state" / "alerts.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line for line in lines if line["event"] == event]


def test_an_import_is_held_back_and_a_demo_request_is_not(tmp_path: Path, store_url: str) -> None:
    """Nothing is shown on the imported contacts; the cause is named, once; sales gets the hand-off."""
    with loop(tmp_path, store_url, prepare=narrow) as it:
        it.advance(minutes=30)
        import_people(it, 8)
        ask_for_demo(it, WHO)
        assert it.sync(minutes=20).bulk_held == 8
        assert shown_in_hubspot(it, 8) == 0
        assert it.position(WHO).stage is Stage.HANDED_OFF
        assert {item.cause for item in held(it)} == {"import"}
        for _hour in range(3):
            it.sync(hours=1)
        (message,) = messages(tmp_path, "bulk_held")
        assert "8 contacts made in HubSpot within the hour" in message["body"]
        assert shown_in_hubspot(it, 8) == 0


def test_tranches_go_best_first_and_all_at_last(tmp_path: Path, store_url: str) -> None:
    """Three, then everything; then one message that nothing is held back any more."""
    with loop(tmp_path, store_url, prepare=narrow) as it:
        it.advance(minutes=30)
        import_people(it, 8)
        it.sync(minutes=20)
        order = [item.lead_id for item in held(it)]
        assert say(it, "queue_release", most=3)[0] == "done"
        assert [item.lead_id for item in held(it)] == order[3:]
        assert shown_in_hubspot(it, 8) == 3
        assert messages(tmp_path, "bulk_over") == []
        assert say(it, "queue_release")[0] == "done"
        it.sync(minutes=5)
        assert held(it) == ()
        assert shown_in_hubspot(it, 8) == 8
        assert len(messages(tmp_path, "bulk_over")) == 1
        assert say(it, "queue_release", most=1) == ("refused", "nothing is held back")


def test_what_is_dropped_is_not_sent(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url, prepare=narrow) as it:
        it.advance(minutes=30)
        import_people(it, 8)
        it.sync(minutes=20)
        assert say(it, "queue_drop")[0] == "done"
        it.sync(hours=2)
        assert held(it) == ()
        assert shown_in_hubspot(it, 8) == 0


def test_so_many_go_by_themselves_every_hour(tmp_path: Path, store_url: str) -> None:
    """Where the installation says so, and not before an hour has passed."""
    with loop(tmp_path, store_url, prepare=hourly) as it:
        it.advance(minutes=30)
        import_people(it, 8)
        it.sync(minutes=20)
        it.sync(minutes=30)
        assert shown_in_hubspot(it, 8) == 0
        it.sync(minutes=40)
        assert shown_in_hubspot(it, 8) == 4
        it.sync(minutes=30)
        assert shown_in_hubspot(it, 8) == 4
        it.sync(hours=1)
        assert shown_in_hubspot(it, 8) == 8


def test_who_asks_for_sales_is_let_out_of_the_bulk(tmp_path: Path, store_url: str) -> None:
    """Held back with the others at first; the demo request takes everything of theirs along."""
    with loop(tmp_path, store_url, prepare=narrow) as it:
        it.advance(minutes=30)
        import_people(it, 8)
        it.sync(minutes=20)
        email = "pat3@company-3.com"
        contact = it.sandbox.hubspot.contact_by_email(email)
        assert contact is not None
        it.sandbox.hubspot.submit_form(
            "Request a demo", email, {"email": email}, "https://www.fernhill.io/demo", contact_id=contact.id
        )
        it.sync(minutes=20)
        assert it.position(email).stage is Stage.HANDED_OFF
        assert len(held(it)) == 7
        assert shown_in_hubspot(it, 8) == 1


def test_what_comes_in_small_parts_within_the_hour_belongs_to_it(tmp_path: Path, store_url: str) -> None:
    """Three more of the same import, a few minutes later, wait with it; a day later three others do not."""
    with loop(tmp_path, store_url, prepare=narrow) as it:
        it.advance(minutes=30)
        import_people(it, 8)
        it.sync(minutes=20)
        import_people(it, 3, first=8)
        it.sync(minutes=20)
        assert len(held(it)) == 11
        it.sync(days=1)
        import_people(it, 3, first=11)
        it.sync(minutes=20)
        assert len(held(it)) == 11
        assert shown_in_hubspot(it, 14) == 3


@pytest.mark.parametrize("observed", [True, False])
def test_the_first_hour_after_go_live_holds_nothing_back(
    tmp_path: Path, store_url: str, *, observed: bool
) -> None:
    """What a person asked for by going live goes, however many contacts it shows something on."""
    with loop(tmp_path, store_url, prepare=narrow, live=False) as it:
        it.advance(minutes=30)
        import_people(it, 8)
        it.sync(minutes=20)
        if observed:
            it.sync(hours=1)
        it.go_live()
        for _poll in range(4):
            it.sync(minutes=15)
        assert held(it) == ()
        assert shown_in_hubspot(it, 8) == 8
