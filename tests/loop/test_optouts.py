"""An opt-out in Salesforce, in the whole loop: carried to HubSpot once, and nobody is subscribed again."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from syncd.connectors.sandbox import Sandbox
from syncd.store import work
from tests.loop.harness import loop
from tests.loop.test_open_leads import EMAIL, hand_over, record


def carrying(folder: Path, _sandbox: Sandbox) -> None:
    yaml = YAML()
    told = yaml.load(folder / "mapping.yaml")
    told["consent"]["unsubscribe_in_hubspot"] = True
    yaml.dump(told, folder / "mapping.yaml")


def test_who_opts_out_in_salesforce_is_out_in_hubspot_once(tmp_path: Path, store_url: str) -> None:
    """Within one poll; neither an undo nor we bring them back, and who subscribes again stays so."""
    with loop(tmp_path, store_url, one_owner=True, prepare=carrying) as it:
        contact = hand_over(it)
        hubspot, lead = it.sandbox.hubspot, record(it)
        it.advance(minutes=1)
        it.sandbox.salesforce.update("Lead", lead.id, {"HasOptedOutOfEmail": True}, by=str(lead["OwnerId"]))
        run = it.sync(minutes=1)
        sent = [write for write in hubspot.writes if write.operation == "unsubscribe"]
        assert [write.id for write in sent] == [contact]
        assert hubspot.record("contacts", contact).properties["hs_email_optout"] == "true"
        with it.store.write(None) as tx:
            work.ask(tx, "undo", "Ada", {"run_id": run.run_id, "why": "a test"}, it.now)
        it.sync(minutes=5)
        assert hubspot.record("contacts", contact).properties["hs_email_optout"] == "true"
        again = hubspot.objects["contacts"][int(contact)]
        with hubspot.kernel.lock:
            hubspot.set(again, {"hs_email_optout": "false"})
        it.sync(hours=1)
        assert hubspot.record("contacts", contact).properties["hs_email_optout"] == "false"
        assert len([write for write in hubspot.writes if write.operation == "unsubscribe"]) == 1
        assert it.explain(EMAIL).decision.verdict.filters
