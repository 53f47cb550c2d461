"""What reached sales with us and without, in the whole loop: while the profile observes, and live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.jobs.shadow import report
from tests.loop.harness import Loop, loop

PAGE = "https://www.fernhill.io/demo"


def fitting(hubspot: HubSpot, name: str, domain: str, form: str = "") -> str:
    """The address of somebody of a fitting company, who answers this form."""
    email = f"{name.lower()}@{domain}"
    firm = {"name": domain.partition(".")[0].title(), "domain": domain, "numberofemployees": "400"}
    company = hubspot.create("companies", firm)
    contact = hubspot.create(
        "contacts", {"email": email, "firstname": name, "lastname": "Moreau", "jobtitle": "VP Operations"}
    )
    hubspot.associate("contacts", contact, "companies", company)
    if form:
        hubspot.submit_form(form, email, {"email": email}, PAGE, contact_id=contact)
    return email


def lead_by(it: Loop, rep: str, email: str, **more: Any) -> str:
    """A Lead that somebody makes in Salesforce."""
    values = {"Email": email, "LastName": "Moreau", "Company": "Somewhere", "OwnerId": rep, **more}
    return it.sandbox.salesforce.insert("Lead", values, by=rep)


def told(it: Loop) -> dict[str, Any]:
    data: Any = report(it.store, it.loaded.playbook, None, it.now, it.now).data
    by_name = {lead["lead_id"]: lead for lead in data["leads"]}
    return {**data, "by": by_name}


def test_before_and_after_going_live(tmp_path: Path) -> None:
    """The definition is held against what sales got meanwhile: both, only we, only they and why."""
    url = f"sqlite:///{tmp_path}/state/syncd.db"
    with loop(tmp_path, url, live=False) as it:
        hubspot, rep = it.sandbox.hubspot, it.sandbox.cast.org.rep_ids[0]
        it.advance(hours=1)
        both = fitting(hubspot, "Ines", "harbour-works.com", "Request a demo")
        ours = fitting(hubspot, "Leo", "millbrook-tools.com", "Request a demo")
        read = fitting(hubspot, "Kim", "fernvale-labs.com", "Whitepaper")
        it.sync(hours=1)
        it.advance(hours=3)
        lead_by(it, rep, both)
        won = lead_by(it, rep, read)
        lead_by(it, rep, "stranger@nowhere-known.com")
        it.sync(hours=1)
        it.sandbox.salesforce.update("Lead", won, {"Status": "Accepted"}, by=rep)
        it.sync(hours=1)
        found = told(it)
        assert found["live_at"] is None
        by = {email: found["by"][it.lead_id(email)] for email in (both, ours, read)}
        assert (by[both]["group"], by[both]["kind"]) == ("same", "person")
        assert by[ours]["group"] == "only_we"
        assert (by[read]["group"], by[read]["outcome"]) == ("only_they", "accepted")
        assert by[read]["reason"].startswith("at:")
        assert found["first"]["we"] == 1
        reasons = {item["id"] for item in found["reasons"]}
        assert "no_contact" in reasons
        assert it.writes() == 0

        it.go_live()
        it.advance(minutes=5)
        new = fitting(hubspot, "Dee", "quarry-lane.com", "Request a demo")
        it.sync(hours=1)
        it.sync(hours=1)
        assert it.position(new).stage == "handed_off"
        found = told(it)
        lead = found["by"][it.lead_id(new)]
        assert (lead["group"], lead["kind"]) == ("only_we", None), "the Lead we made is not somebody else's"
        groups = {item["id"]: item for item in found["groups"]}
        assert groups["only_we"]["arrivals"] == 2
        assert groups["only_we"]["reckoned"] == 1
