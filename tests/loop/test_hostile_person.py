"""One person who types what breaks systems, through the whole loop: every text that leaves is looked at."""

from __future__ import annotations

import json
import re
from pathlib import Path

import sqlalchemy as sa

from syncd.core.model import Stage
from syncd.jobs.export import export
from syncd.store.tables import effects
from tests.loop.harness import Loop, loop

EMAIL = "o'neil+x@harbour-works.com"
PERSON = {
    "email": EMAIL,
    "firstname": '=HYPERLINK("http://evil.example","Ann")',
    "lastname": "O'Neil\\ 100%_off\" OR Name LIKE '%",
    "jobtitle": "VP <script>alert(1)</script>Operations \u202egnp.exe",
    "company": "Harbour <b onclick=x>Works</b> @everyone",
    "message": "[free](https://evil.example) <img src=x onerror=y> =cmd|' /C calc'!A0 " + "שלום " * 900,
}
MARKUP = re.compile(r"<\s*/?\s*(?:script|img|b|a)\b", re.IGNORECASE)
CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08]")
FORMULA = re.compile(r"^[=\uff1d]|^[+@-](?=.*[A-Za-z]+[(|!])", re.DOTALL)


def ask(it: Loop) -> None:
    hubspot = it.sandbox.hubspot
    company = hubspot.create(
        "companies", {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"}
    )
    contact = hubspot.create("contacts", PERSON)
    hubspot.associate("contacts", contact, "companies", company)
    hubspot.submit_form(
        "Request a demo", EMAIL, {"email": EMAIL, "message": PERSON["message"]}, "https://www.fernhill.io/demo",
        contact_id=contact,
    )  # fmt: skip


def test_what_strangers_type_arrives_inert_and_readable(tmp_path: Path) -> None:
    """In the Lead, its task, the alert, the contact and the exports."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        it.sync(minutes=30)

        ask(it)
        it.sync(minutes=30)
        assert it.position(EMAIL).stage is Stage.HANDED_OFF
        (lead,) = it.sandbox.salesforce.find("Lead", Email=EMAIL)
        (task,) = it.sandbox.salesforce.find("Task", WhoId=lead.id)

        assert "O'Neil" in str(lead["LastName"])
        assert str(lead["FirstName"]).startswith("'=")
        assert "Operations" in str(lead["Title"])
        alert = (tmp_path / "state" / "alerts.jsonl").read_text().splitlines()[-1]
        shown = json.loads(alert)
        written = [
            *(str(value) for record in (lead, task) for value in record.fields.values()),
            *(str(value) for value in shown.values()),
            *(str(value) for write in it.sandbox.hubspot.writes for value in write.after.values()),
        ]
        for text in written:
            assert not FORMULA.search(text), text[:80]
            assert not MARKUP.search(text), text[:80]
            assert not CONTROLS.search(text), text[:80]
        assert "@everyone" not in shown["title"] + shown["body"]
        assert "](https://evil" not in shown["title"] + shown["body"]
        assert "שלום" in str(task["Description"])
        folder = tmp_path / "exported"
        export(it.store, folder)
        for path in folder.glob("*.csv"):
            for cell in re.findall(r'(?:^|,)"?([^",\n]*)', path.read_text()):
                assert not FORMULA.search(cell), (path.name, cell[:80])
        with it.store.read() as tx:
            states = set(tx.execute(sa.select(effects.c.state)).scalars())
        assert states <= {"done", "pending"}
