"""The demo's summary is true: every number of it, counted again from the emulators' own state and histories.

Nothing here reads the store. What sales did is sampled at the moments at which the demo looked, as anybody
who looks now and then would have seen it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from syncd.cli.demo import START_AT, Plan, Result, moments_of, run_in
from syncd.connectors.sandbox import Sandbox

pytestmark = pytest.mark.slow

PLAN = Plan(weeks=2, contacts=700, seed=3, native_sync=False)
KEY, PASS = "Syncd_Key__c", "Syncd_Pass__c"
REFUSED = {"Unqualified", "Nurture"}


@dataclass(frozen=True)
class Shown:
    """The summary, and the world it is about."""

    result: Result
    sandbox: Sandbox
    folder: Path

    @property
    def data(self) -> Any:
        return self.result.data


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Two weeks of a small company."""
    folder = tmp_path_factory.mktemp("demo")
    with Sandbox(seed=PLAN.seed, start_at=START_AT, contacts=PLAN.contacts) as sandbox:
        yield Shown(run_in(sandbox, PLAN, folder, quiet=True), sandbox, folder)


def live(sandbox: Sandbox, kind: str) -> list[Any]:
    return [record for record in sandbox.hubspot.all(kind) if not record.archived]


def keyed_passes(sandbox: Sandbox) -> set[tuple[str, int]]:
    """(our key, pass) of every Lead and Contact the API was asked to write a pass on."""
    found = set()
    for write in sandbox.salesforce.writes:
        if write.object in {"Lead", "Contact"} and PASS in write.fields:
            key = write.fields.get(KEY) or sandbox.salesforce.record(write.object, write.record_id)[KEY]
            found.add((str(key), int(str(write.fields[PASS]).partition(".")[0])))
    return found


def handed_leads(sandbox: Sandbox) -> list[Any]:
    """Leads that carry a pass of ours, converted ones included."""
    return [lead for lead in sandbox.salesforce.all("Lead") if lead[KEY] and lead[PASS]]


def status_at(lead: Any, at: datetime) -> str:
    """The Lead's status as it stood at a moment."""
    changes = [change for change in lead.history if change.field == "Status" and change.at <= at]
    return str(changes[-1].new) if changes else "New"


def deals_of(sandbox: Sandbox, lead: Any) -> list[Any]:
    deal = lead["ConvertedOpportunityId"]
    return [sandbox.salesforce.record("Opportunity", str(deal))] if deal else []


def test_what_was_pulled(shown: Shown) -> None:
    """Contacts, companies, leads, accounts, deals, users: as many as both systems hold."""
    sandbox, records = shown.sandbox, shown.data["records"]
    salesforce = sandbox.salesforce
    expected = {
        "hubspot.contact": len(live(sandbox, "contacts")),
        "hubspot.company": len(live(sandbox, "companies")),
        "salesforce.contact": len(salesforce.all("Contact")),
        "salesforce.lead": len(salesforce.all("Lead")),
        "salesforce.account": len(salesforce.all("Account")),
        "salesforce.opportunity": len(salesforce.all("Opportunity")),
    }
    assert expected == {name: records[name] for name in expected}


def test_clicks_of_mail_gateways_are_left_out_and_no_others(shown: Shown) -> None:
    """Who clicks within ten seconds of a send is a gateway in this world; people take their time."""
    made = [
        event
        for event in shown.sandbox.hubspot.marketing.mail_events
        if event.type == "CLICK" and event.sent and (event.at - event.sent.at).total_seconds() < 11
    ]
    assert shown.data["machine"]["clicks"] == len(made) > 0
    assert shown.data["machine"]["people"] == len({event.recipient for event in made})
    assert shown.data["machine"]["example"]


def test_newcomers(shown: Shown) -> None:
    """People the portal made after the opening, and those of them that carry a hand-off or wait for one."""
    born = [
        contact
        for contact in live(shown.sandbox, "contacts")
        if datetime.fromisoformat(contact.properties["createdate"]) > START_AT
    ]
    assert len(born) == shown.data["newcomers"]["people"]
    qualified = [contact for contact in born if contact.properties.get("syncd_first_sql_at")]
    assert len(qualified) == shown.data["newcomers"]["sql"]


def test_sqls_handed_over(shown: Shown) -> None:
    """Each is one key and pass on a Lead or Contact, and one task with our key."""
    passes = keyed_passes(shown.sandbox)
    assert passes, "nobody was handed over: the plan is too small to show anything"
    assert len(passes) == shown.data["tie_out"]["passes"]["handed_off"]
    assert len({key for key, _pass in passes}) == shown.data["reached"]["handed_off"]
    tasks = [task for task in shown.sandbox.salesforce.all("Task") if task[KEY]]
    assert len(tasks) == shown.data["delivered"]["salesforce.task"]
    assert len({task[KEY] for task in tasks}) == len(tasks)
    keys = Counter(str(lead[KEY]) for lead in shown.sandbox.salesforce.all("Lead") if lead[KEY])
    assert [key for key, count in keys.items() if count > 1] == []


def test_what_sales_did_with_them(shown: Shown) -> None:
    """Deals opened, won and lost, from the org's own records."""
    deals = [deal for lead in handed_leads(shown.sandbox) for deal in deals_of(shown.sandbox, lead)]
    contacts = {
        record["Id"] for record in shown.sandbox.salesforce.all("Contact") if record[KEY] and record[PASS]
    }
    roles = {
        role["OpportunityId"]
        for role in shown.sandbox.salesforce.all("OpportunityContactRole")
        if role["ContactId"] in contacts
    }
    known = {deal["Id"] for deal in deals}
    deals += [
        deal
        for deal in shown.sandbox.salesforce.all("Opportunity")
        if deal["Id"] in roles - known and datetime.fromisoformat(str(deal["CreatedDate"])) > START_AT
    ]
    sales = {cause: both["handed_over"] for cause, both in shown.data["sales"].items()}
    assert len(deals) == sales.get("opportunity_opened", 0)
    assert sum(bool(deal["IsWon"]) for deal in deals) == sales.get("opportunity_won", 0)
    lost = sum(bool(deal["IsClosed"]) and not deal["IsWon"] for deal in deals)
    assert lost == sales.get("opportunity_lost", 0)


def test_what_sales_refused(shown: Shown) -> None:
    """Times a handed-over Lead was seen to have become Unqualified or Nurture, look by look."""
    looks = [START_AT, *moments_of(PLAN.weeks)]
    refusals = 0
    for lead in handed_leads(shown.sandbox):
        seen = [status_at(lead, at) for at in looks]
        refusals += sum(new in REFUSED and old not in REFUSED for old, new in pairwise(seen))
    sales = shown.data["sales"]
    causes = ("sales_rejected", "sales_disqualified", "sales_unresponsive")
    assert refusals == sum(sales[cause]["handed_over"] for cause in causes if cause in sales)


def test_calls(shown: Shown) -> None:
    """As many as both systems counted, the login included."""
    assert shown.data["calls"] == {
        "hubspot": len(shown.sandbox.hubspot.calls),
        "salesforce": len(shown.sandbox.salesforce.calls),
    }


def test_nothing_is_held_back(shown: Shown) -> None:
    """Two ordinary weeks and the hour after going live are no bulk."""
    told = [path.read_text(encoding="utf-8") for path in shown.folder.rglob("alerts.jsonl")]
    assert told
    assert not [text for text in told if "bulk_held" in text]


def test_nothing_is_lost(shown: Shown) -> None:
    """The parts of the tie-out sum to what qualified, and every count of it stands in its system."""
    passes = shown.data["tie_out"]["passes"]
    parts = ("handed_off", "held", "waiting", "stopped", "withdrawn")
    assert passes["qualified"] == sum(passes[part] for part in parts)
    assert (passes["lost"], shown.result.is_even) == (0, True)
    stamped = [c for c in live(shown.sandbox, "contacts") if c.properties.get("syncd_first_sql_at")]
    assert len(stamped) == shown.data["reached"]["sql"]
    there = {(line["system"], line["object"]): line["there"] for line in shown.data["tie_out"]["lines"]}
    assert there["hubspot", "contact"] == len(live(shown.sandbox, "contacts"))
    assert there["salesforce", "lead"] == len(shown.sandbox.salesforce.all("Lead"))


def test_the_example_is_there(shown: Shown) -> None:
    """The hand-off shown in full is a person both systems know by that name, or by that address where several
    bear the name."""
    name = shown.data["example"]["name"]
    contacts = [
        f"{c.properties.get('firstname', '')} {c.properties.get('lastname', '')}".strip()
        for c in live(shown.sandbox, "contacts")
    ]
    assert name in [*contacts, *(c.properties.get("email") for c in live(shown.sandbox, "contacts"))]
