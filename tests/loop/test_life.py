"""The life of a lead in one list, also from before its records were merged; and the ledger behind it."""

from __future__ import annotations

from pathlib import Path

from syncd.core.model import Stage
from syncd.jobs.ledger import all_passes, disagreements, entries
from syncd.jobs.timeline import timeline
from syncd.store import work
from tests.cli.documented import assert_documented, shape
from tests.loop.harness import Loop, loop
from tests.loop.test_holds import ask_for_demo

EMAIL, OTHER = "ines.moreau@harbour-works.com", "ines@moreau.example"


def set_aside(it: Loop) -> None:
    """A person sets a filter aside for the lead."""
    with it.store.write(None) as tx:
        given = {"lead_id": it.lead_id(EMAIL), "id": "competitor", "why": "asked for by sales"}
        work.ask(tx, "override", "Grace", given, it.now)


def test_a_life_is_told_in_one_list_across_a_merge(tmp_path: Path, store_url: str) -> None:
    """Read, scored, moved by a rule, given to an owner, written, told, touched, accepted; and the other
    record that turned out to be the same person."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        ask_for_demo(it, EMAIL)
        twin = it.sandbox.hubspot.create("contacts", {"email": OTHER, "firstname": "Ines"})
        it.sync(minutes=30)
        it.sync(minutes=5)
        (lead,) = it.sandbox.salesforce.all("Lead")
        it.sandbox.salesforce.update("Lead", lead.id, {"Status": "Accepted"}, by=str(lead["OwnerId"]))
        set_aside(it)
        it.sync(hours=1)
        was, before = it.lead_id(OTHER), it.lead_id(EMAIL)
        contact = it.explain(EMAIL).snapshot.hubspot
        assert contact is not None
        it.sandbox.hubspot.merge("contacts", contact.id, twin)
        it.sync(hours=1)
        it.sync(hours=1)
        told = timeline(it.store, it.loaded.playbook, it.lead_id(EMAIL), it.now)
        assert it.position(EMAIL).stage is Stage.ACCEPTED
        assert disagreements(it.store) == ()
        listed = entries(it.store, it.loaded.playbook, it.lead_id(EMAIL), None, it.now).data
        made = all_passes(it.store, it.loaded.playbook, None, None, it.now).data
    assert [line.at for line in told] == sorted(line.at for line in told)
    assert {"pull", "fact", "score", "move", "outcome", "owner", "sla", "intended", "write", "alert", "touch",
            "waiver", "merge"} <= {line.what for line in told}  # fmt: skip
    assert {was, before} == {line.lead_id for line in told}  # both numbers it ever had
    (move,) = [
        line.text for line in told if line.what == "move" and "SQL:" in line.text and "-> SQL" in line.text
    ]
    assert "decisive action" in move
    assert any("sales said yes" in line.text for line in told if line.what == "outcome")
    assert any(line.text.startswith("salesforce lead") and "made" in line.text for line in told)
    assert all("\n" not in line.text for line in told)
    assert_documented(listed, shape("ledger"))
    assert isinstance(made, dict)
    (one,) = made["passes"]
    assert (one["pass"], one["cause"], one["outcome"]) == (1, "decisive_action", None)
    assert one["qualified_at"] <= one["handed_off_at"] <= one["accepted_at"]
    assert ("mql", True) in {(step["step"], step["inferred"]) for step in made["steps"]}
