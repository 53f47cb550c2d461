"""One store, one holder: standing by, taking over, freezing, ending. Real processes in real time."""

from __future__ import annotations

import signal
import time

import pytest

from tests.daemon.house import SLACK_S, TTL_S, House

pytestmark = pytest.mark.slow

TAKE_OVER_S = TTL_S + 5.0  # the one standing by looks every quarter of the lease's life
END_S = 10.0


def test_a_frozen_holder_is_replaced_and_writes_nothing_when_it_wakes(house: House) -> None:
    """Frozen within a delivery, after a read and before the write that was to follow."""
    first = house.start()
    first.wait_for("lease.taken", SLACK_S)
    house.go_live()
    second = house.start()
    second.wait_for("daemon.standing_by", SLACK_S)

    faults = house.faults()
    # the second read of contacts in a delivery is the one between storing `sending` and the write
    faults.plan("slow", system="hubspot", path_contains="objects/contacts/batch/read", skip=1)
    faults.slow_s = 3.0
    house.somebody_asks("harbour")
    house.until(lambda: bool(faults.struck), SLACK_S * 2, "the delivery reads the contact")
    first.signal(signal.SIGSTOP)
    frozen_s = time.monotonic()
    second.wait_for("lease.taken", TAKE_OVER_S)
    assert time.monotonic() - frozen_s <= TAKE_OVER_S
    house.until(house.is_settled, SLACK_S * 2, "the successor finishes what was begun")
    written = house.writes()
    first.signal(signal.SIGCONT)
    first.wait_for("lease.lost", SLACK_S)
    first.wait_for("daemon.standing_by", SLACK_S)
    assert house.writes() == written
    check_one_of_each(house, "harbour")
    assert house.sandbox.hubspot.violations == []


def check_refused(house: House) -> None:
    """`sync --once` beside a daemon: refused, with the holder and the cure, and no traceback."""
    made = len(house.sandbox.hubspot.calls)
    answer = house.command("sync", "--once")
    said = " ".join((answer.stdout + answer.stderr).split())
    assert answer.returncode != 0
    assert "another syncd works on this store now" in said
    assert "syncd status" in said
    assert "Traceback" not in said
    assert house.writes() == 0
    probes = ("/contacts/0", "/lists/0/")  # the daemon's check asks for scopes at records that cannot exist
    refused = [c for c in house.sandbox.hubspot.calls[made:] if c.status >= 400]
    assert not [c for c in refused if not any(probe in c.path for probe in probes)]


def check_requests(house: House) -> None:
    """A person's command is executed by the running daemon, without waiting for anybody to start anything."""
    for verb in ("pause", "resume"):
        answer = house.command(verb, "push", "--by", "Kim Osei")
        assert answer.returncode == 0, answer.stderr
    waits = house.waits_of_requests_s()
    assert len(waits) == 3, "go-live, pause and resume"
    assert max(waits) < SLACK_S, waits


def check_one_of_each(house: House, name: str) -> None:
    """One Lead and one task of ours; HubSpot shows the stage."""
    (lead,) = house.sandbox.salesforce.find("Lead", Email=f"alex@{name}.com")
    assert len([t for t in house.sandbox.salesforce.find("Task", WhoId=lead.id) if t["Syncd_Key__c"]]) == 1
    contact = house.sandbox.hubspot.contact_by_email(f"alex@{name}.com")
    assert contact is not None
    assert contact.properties["lifecyclestage"] == "salesqualifiedlead"


@pytest.mark.battery
def test_a_killed_holder_is_replaced_within_the_life_of_its_lease(one_house: House) -> None:
    """Killed while the answer to its write is on the way: the successor finds what it has done."""
    first = one_house.start()
    first.wait_for("lease.taken", SLACK_S)
    one_house.go_live()
    second = one_house.start()
    second.wait_for("daemon.standing_by", SLACK_S)

    faults = one_house.faults()
    faults.plan("slow", system="hubspot", path_contains="objects/contacts/batch/update")
    faults.slow_s = 3.0
    one_house.somebody_asks("quarry")
    one_house.until(lambda: bool(faults.struck), SLACK_S * 2, "the delivery writes to the contact")
    first.signal(signal.SIGKILL)
    second.wait_for("lease.taken", TAKE_OVER_S)
    one_house.until(one_house.is_settled, SLACK_S * 2, "the successor finishes what was begun")
    check_one_of_each(one_house, "quarry")


def test_sigterm_ends_it_within_ten_seconds_even_while_a_call_hangs(one_house: House) -> None:
    """Idle it ends at once and gives the lease up; hanging it ends by the grace, and what it was sending is
    finished by the next one."""
    first = one_house.start()
    first.wait_for("lease.taken", SLACK_S)
    one_house.go_live()
    second = one_house.start()
    second.wait_for("daemon.standing_by", SLACK_S)
    check_refused(one_house)
    check_requests(one_house)
    ask_to_end_s = time.monotonic()
    first.signal(signal.SIGTERM)
    assert first.ended(END_S) == 0
    second.wait_for("lease.taken", END_S)
    assert time.monotonic() - ask_to_end_s < TTL_S, "a clean end gives the lease up: nobody waits for expiry"

    faults = one_house.faults()
    faults.plan("slow", system="salesforce", method="POST", path_contains="/composite")
    faults.slow_s = 25.0
    one_house.somebody_asks("harbour")
    one_house.until(lambda: bool(faults.struck), SLACK_S * 2, "a call hangs")
    second.signal(signal.SIGTERM)
    assert second.ended(END_S) == 0

    third = one_house.start()
    third.wait_for("lease.taken", SLACK_S + TTL_S)
    one_house.until(lambda: bool(one_house.sandbox.salesforce.all("Lead")), SLACK_S * 2, "the work goes on")
    one_house.until(one_house.is_settled, SLACK_S, "all is delivered")
    check_one_of_each(one_house, "harbour")


@pytest.mark.battery
def test_sync_once_twice_from_the_command_line_sends_nothing_the_second_time(one_house: House) -> None:
    """The real command, in processes of their own."""
    assert one_house.command("sync", "--once").returncode == 0
    assert one_house.command("go-live", "--yes", "--by", "Kim Osei").returncode == 0
    one_house.somebody_asks("harbour")
    first = one_house.command("sync", "--once", "--json")
    assert first.returncode == 0, first.stderr
    written = one_house.writes()
    assert written >= 3, "a Lead, a task, and the contact's stage"
    second = one_house.command("sync", "--once", "--json")
    assert second.returncode == 0, second.stderr
    assert one_house.writes() == written
    check_one_of_each(one_house, "harbour")
    assert (one_house.folder / "state" / "alerts.jsonl").read_text().count("\n") == 1
