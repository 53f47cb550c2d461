"""plan and apply as a user meets them: what is printed, what is documented, how it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.cli.conftest import Answer, Shell
from tests.cli.documented import assert_documented, shape

EMAIL = "ines.moreau@harbour-works.com"


def _live(shell: Shell) -> None:
    """A live profile whose writing is paused."""
    assert shell.run("sync", "--once", "--json").code == 0
    assert shell.run("go-live", "--by", "Robin", "--json").code == 0
    assert shell.run("pause", "push", "--by", "Robin").code == 0


def _asks_for_demo(sandbox: Sandbox) -> str:
    sandbox.advance_to(datetime.now(UTC))
    company = sandbox.hubspot.create(
        "companies", {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"}
    )
    person = {"email": EMAIL, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations"}
    contact = sandbox.hubspot.create("contacts", person)
    sandbox.hubspot.associate("contacts", contact, "companies", company)
    page = "https://www.fernhill.io/demo"
    sandbox.hubspot.submit_form("Request a demo", EMAIL, {"email": EMAIL}, page, contact_id=contact)
    sandbox.advance_to(sandbox.now + timedelta(minutes=1))  # search shows it after some seconds
    return contact


def _synced(shell: Shell) -> Answer:
    answer = shell.run("sync", "--once", "--json")
    assert answer.data["delivered"] == {}, answer.out
    return answer


def test_look_then_write(connected: tuple[Shell, Sandbox]) -> None:
    """Paused, looked at, written, and nothing twice: each answer as documented."""
    shell, sandbox = connected
    _live(shell)
    _asks_for_demo(sandbox)
    _synced(shell)
    made = shell.run("plan", "--by", "Robin", "--json")
    assert made.code == 0, made.out
    assert_documented(made.data, shape("plan"))
    number = str(made.data["plan_id"])
    shown = shell.run("plan", "--show", number)
    assert "Ines Moreau" in shown.out
    assert 'LastName: "Moreau"' in shown.out
    assert max(len(line) for line in shown.out.splitlines()) <= 80
    saved = shell.run("plan", "--saved", "--json")
    assert [row["plan_id"] for row in saved.data] == [made.data["plan_id"]]
    assert sandbox.salesforce.find("Lead", Email=EMAIL) == []
    done = shell.run("apply", number, "--by", "Robin", "--json")
    assert (done.code, done.data["result"]) == (0, "done"), done.out
    assert_documented(done.data, shape("apply"))
    assert done.data["writes"] == {"done": made.data["summary"]["writes"], "open": 0, "left": 0}
    assert len(sandbox.salesforce.find("Lead", Email=EMAIL)) == 1
    again = shell.run("apply", number, "--by", "Kim")
    assert again.code == 3
    assert "by Robin" in again.said
    assert "Applied" in shell.run("plan", "--show", number).out


def test_what_has_moved_is_named(connected: tuple[Shell, Sandbox]) -> None:
    """A contact edited in between: nothing is written, the field is named and its value is not."""
    shell, sandbox = connected
    _live(shell)
    contact = _asks_for_demo(sandbox)
    _synced(shell)
    number = str(shell.run("plan", "--by", "Robin", "--json").data["plan_id"])
    sandbox.hubspot.update("contacts", contact, {"lifecyclestage": "customer"})
    before = len(sandbox.salesforce.writes)
    answer = shell.run("apply", number, "--by", "Robin")
    assert answer.code == 3
    assert "lifecyclestage" in answer.said
    assert "customer" not in answer.said
    assert len(sandbox.salesforce.writes) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("apply",), "say which"),
        (("apply", "seven"), "say which"),
        (("apply", "7"), "there is no plan 7"),
        (("apply", "7", "--back"), "either"),
        (("plan", "--show", "7"), "there is no plan 7"),
    ],
)
def test_mistakes(demo: tuple[Shell, Answer], words: tuple[str, ...], told: str) -> None:
    """A sentence, and nothing is stored."""
    shell, _ = demo
    answer = shell.run(*words)
    assert answer.code in {1, 2}
    assert told in answer.said


@pytest.mark.battery
def test_a_plan_does_not_outlive_its_playbook(connected: tuple[Shell, Sandbox]) -> None:
    """What waits to be in force is shown first; once it is, the plan made before it is refused."""
    shell, sandbox = connected
    shell.run("init", "config")
    _live(shell)
    _asks_for_demo(sandbox)
    _synced(shell)
    alerts = shell.folder / "config" / "alerts.yaml"
    alerts.write_text(alerts.read_text().replace("max_age_hours: 24", "max_age_hours: 12"))
    made = shell.run("plan", "--by", "Robin", "--json")
    assert_documented(made.data, shape("plan"))
    version = made.data["playbook"]["version"]
    assert made.data["playbook_version"] == made.data["playbook"]["in_force"] != version
    assert shell.run("apply", version, "--by", "Robin").code == 0
    answer = shell.run("apply", str(made.data["plan_id"]), "--by", "Robin")
    assert answer.code == 3
    assert version in answer.said
