"""Nurture in the whole loop: asked by way of a list, answered by a form, and on one list all the way."""

from __future__ import annotations

from pathlib import Path

from tests.loop.harness import Loop, loop

WHO = "ines@harbour-works.com"
CONFIRM, EARLY = "syncd nurture - confirm intent", "syncd nurture - early interest"


def reader(it: Loop) -> str:
    """Somebody who fits and reads for a week: an MQL who never looks at the product."""
    hubspot = it.sandbox.hubspot
    person = {"email": WHO, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations"}
    contact = hubspot.create("contacts", person)
    company = {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"}
    hubspot.associate("contacts", contact, "companies", hubspot.create("companies", company))
    for number in range(3):
        it.advance(days=1)
        fill_in(it, contact, f"Ebook: Part {number}")
    hubspot.attend("Planning live", contact, "attended")
    it.advance(hours=3)
    hubspot.attend("Forecasting live", contact, "attended")
    return contact


def fill_in(it: Loop, contact: str, form: str, **values: str) -> None:
    page = "https://www.own-company.example/resources/form"
    it.sandbox.hubspot.submit_form(form, WHO, {"email": WHO, **values}, page, contact_id=contact)


def lists(it: Loop, contact: str) -> list[str]:
    hubspot = it.sandbox.hubspot
    return [name for name in it.loaded.playbook.track_lists if contact in hubspot.members(name)]


def shown(it: Loop, contact: str, name: str) -> str:
    return it.sandbox.hubspot.record("contacts", contact).properties.get(name, "")


def test_who_only_reads_is_asked_and_a_no_is_respected(tmp_path: Path) -> None:
    """S46, S49: onto the list that asks; the answer comes back by the form and changes list and properties in
    one step; an opt-out takes them off every list."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        contact = reader(it)
        it.sync(hours=1)
        it.sync(minutes=20)
        assert lists(it, contact) == [CONFIRM]
        assert shown(it, contact, "syncd_answer") == "Asked"
        assert shown(it, contact, "syncd_owner") == "Marketing"
        writes = it.writes()
        it.sync(days=3)
        assert it.writes() == writes, "days alone write nothing"

        fill_in(it, contact, "Your next step", next_step="Look around first")
        it.sync(hours=1)
        it.sync(minutes=20)
        assert lists(it, contact) == [EARLY]
        assert shown(it, contact, "syncd_answer") == "Wants to learn"
        assert shown(it, contact, "syncd_track") == "Early interest"
        assert "Wants to learn, not to talk" in it.explain(WHO).page.nurture.asked_said

        it.sandbox.hubspot.update("contacts", contact, {"hs_email_optout": "true"})
        it.sync(hours=1)
        it.sync(minutes=20)
        assert lists(it, contact) == []
        assert shown(it, contact, "syncd_track") == ""
        assert it.sandbox.salesforce.all("Lead") == []
