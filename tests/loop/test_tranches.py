"""What is held back goes by the scores, as far as reps have room, and is nobody's until then."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.loop.harness import Loop, loop
from tests.loop.test_bulk import held, narrow, say
from tests.loop.test_owners import TURNS, ask_for_demo, loads, owner_of, routing

THREE_EACH = TURNS.replace("open_limit: 2", "open_limit: 3")
TITLES = ("VP Operations", "Chief Executive Officer", "Engineer", "Head of IT", "")
CRITERIA = "".join(
    f"    - {{id: c{number}, label: Trial {number}, when: {{signal: trial_started, within_days: 30}}}}\n"
    for number in range(5)
)


def by_trial(folder: Path, sandbox: Sandbox) -> None:
    """Whoever starts a trial is an SQL, two reps take three each, and five at once are a bulk."""
    narrow(folder, sandbox)
    routing(THREE_EACH)(folder, sandbox)
    path = folder / "levels.yaml"
    text = path.read_text(encoding="utf-8")
    made, count = re.subn(r"(?s)(\nsql:\n  enter:\n).*?(?=\n# SQL by one action)", rf"\1{CRITERIA}", text)
    assert count == 1
    path.write_text(made, encoding="utf-8")


def import_people(it: Loop, count: int) -> None:
    """People of companies of their own who all start a trial; no two of five neighbours are alike."""
    for number in range(count):
        domain = f"company-{number}.com"
        firm = {"name": f"Company {number}", "domain": domain, "numberofemployees": "400"}
        company = it.sandbox.hubspot.create("companies", firm)
        email = f"pat{number}@{domain}"
        person = {"email": email, "firstname": "Pat", "lastname": f"Doe{number}"}
        contact = it.sandbox.hubspot.create("contacts", person | {"jobtitle": TITLES[number % len(TITLES)]})
        it.sandbox.hubspot.associate("contacts", contact, "companies", company)
        for _time in range(1 + number % 3):
            it.sandbox.hubspot.submit_form(
                "Start free trial",
                email,
                {"email": email},
                "https://www.fernhill.io/trial",
                contact_id=contact,
            )


def handed_over(it: Loop) -> Counter[str]:
    """Owners of the Leads that were made of the import."""
    leads = [item for item in it.sandbox.salesforce.all("Lead") if str(item["LastName"]).startswith("Doe")]
    return Counter(str(item["OwnerId"]) for item in leads)


def test_six_of_twenty_go_and_the_next_when_there_is_room(tmp_path: Path, store_url: str) -> None:
    """Two reps take three each: the best six, then as many as they have ended. A demo request meanwhile goes
    to a rep, since what waits fills nobody's hands."""
    with loop(tmp_path, store_url, prepare=by_trial) as it:
        first, second = it.sandbox.cast.org.rep_ids[:2]
        it.advance(hours=4)
        import_people(it, 20)
        assert it.sync(minutes=20).bulk_held == 20
        assert {owner: load.open for owner, load in loads(it).items() if load.open} == {}
        order = held(it)
        assert [item.points for item in order] == sorted((item.points for item in order), reverse=True)
        assert len({item.points for item in order}) > 2
        assert [item.waits_for_owner for item in order] == [False] * 6 + [True] * 14

        result, told = say(it, "queue_release", most=20)
        assert (result, "6 leads let go" in told) == ("done", True), told
        assert "14 still held back, 14 of them because their owners have no room now" in told
        assert handed_over(it) == {first: 3, second: 3}
        assert [item.lead_id for item in held(it)] == [item.lead_id for item in order[6:]]
        assert say(it, "queue_release", most=1)[0] == "refused"

        leads = it.sandbox.salesforce.all("Lead")
        for rep in (first, second):
            done = next(item for item in leads if item["OwnerId"] == rep)
            it.sandbox.salesforce.update("Lead", str(done["Id"]), {"Status": "Unqualified"}, rep)
        it.sync(minutes=10)
        it.sync(minutes=10)
        assert [item.waits_for_owner for item in held(it)] == [False, False] + [True] * 12
        ask_for_demo(it, "ines@harbour-works.com")
        it.sync(minutes=10)
        assert owner_of(it, "ines@harbour-works.com") in {first, second}
        assert "1 lead let go" in say(it, "queue_release", most=5)[1]
        assert [item.lead_id for item in held(it)] == [item.lead_id for item in order[7:]]
        assert handed_over(it) == {first: 3, second: 4} or handed_over(it) == {first: 4, second: 3}


@pytest.mark.battery
def test_everything_goes_when_a_person_says_so(tmp_path: Path, store_url: str) -> None:
    """The best to the reps as far as they have room, the rest to the queue that stands in for them."""
    with loop(tmp_path, store_url, prepare=by_trial) as it:
        first, second = it.sandbox.cast.org.rep_ids[:2]
        it.advance(hours=4)
        import_people(it, 9)
        assert it.sync(minutes=20).bulk_held == 9
        best = {item.lead_id for item in held(it)[:6]}
        assert say(it, "queue_release")[0] == "done"
        assert held(it) == ()
        assert handed_over(it) == {first: 3, second: 3, it.sandbox.cast.org.queue_id: 3}
        taken = {
            it.lead_id(str(item["Email"]))
            for item in it.sandbox.salesforce.all("Lead")
            if item["OwnerId"] in {first, second}
        }
        assert taken == best
