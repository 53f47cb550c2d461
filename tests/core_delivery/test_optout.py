"""An opt-out in Salesforce counts for marketing, too, and goes to HubSpot where the playbook says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core import effects, optout
from syncd.core.model import Intent, Position, Ref, Snapshot, Stage, Standing, System
from syncd.core.playbook import Consent, Playbook
from syncd.jobs import opting_out, planning
from syncd.jobs.planning import Context, Failed, Nothing, Send
from syncd.ports import Candidate, Found
from syncd.store import outbox
from tests.core_delivery.builders import AS_SQL, NOW, PLAYBOOK, demo, signal, snapshot, verdict, with_fields

CARRYING = replace(PLAYBOOK, mapping=replace(PLAYBOOK.mapping, consent=Consent(unsubscribes=True)))
AS_LEAD = Standing(Position(Stage.LEAD), NOW)


def intended(of: Snapshot, playbook: Playbook = CARRYING, standing: Standing = AS_SQL) -> list[Intent]:
    found = effects.intents(of, verdict(), (), standing, playbook, NOW)
    return [item for item in found if item.kind == optout.KIND]


@pytest.mark.parametrize("field", ["lead__HasOptedOutOfEmail", "sfcontact__HasOptedOutOfEmail"])
@pytest.mark.parametrize("standing", [AS_SQL, AS_LEAD], ids=["an SQL", "one of most people"])
def test_an_opt_out_in_salesforce_goes_to_hubspot_for_everybody(field: str, standing: Standing) -> None:
    """One per contact, ever: it names no pass, and no address that may change."""
    (found,) = intended(snapshot(fields=with_fields(**{field: "true"})), standing=standing)
    assert (found.system, found.target, found.pass_number) == (System.HUBSPOT, "optout:901", 0)
    assert found.payload["contact_id"] == "901"
    assert "dana" not in str(found.payload)


@pytest.mark.parametrize(
    ("fields", "playbook"),
    [
        (with_fields(lead__HasOptedOutOfEmail="true"), PLAYBOOK),
        (with_fields(lead__HasOptedOutOfEmail="true", contact__hs_email_optout="true"), CARRYING),
        (with_fields(lead__HasOptedOutOfEmail="false"), CARRYING),
        (with_fields(lead__DoNotCall="true"), CARRYING),
    ],
    ids=["unless it is asked for", "not where it is there", "not without one", "nor for calls"],
)
def test_nothing_is_carried(fields: dict[str, str], playbook: Playbook) -> None:
    assert intended(snapshot(fields=fields), playbook) == []


def test_nobody_is_invited_to_approach_who_opted_out_or_may_not_be_called() -> None:
    """B-61: a heads-up is our idea; a hand-off is the answer to theirs, and goes on."""
    near = Standing(Position(Stage.MQL, "hot"), NOW)
    page = signal("hubspot.page_view", NOW)
    for field in ("", "lead__HasOptedOutOfEmail", "sfcontact__DoNotCall"):
        of = snapshot(fields=with_fields(**({field: "true"} if field else {})), signals=(page,))
        told = effects.intents(of, verdict(), (), near, PLAYBOOK, NOW)
        assert bool([item for item in told if item.kind == "alert"]) is not bool(field), field
    asked = snapshot(fields=with_fields(lead__HasOptedOutOfEmail="true"), signals=(demo(),))
    assert any(
        item.kind == "handoff" for item in effects.intents(asked, verdict(), (), AS_SQL, PLAYBOOK, NOW)
    )


@pytest.mark.parametrize(
    ("fields", "step"),
    [
        ({"email": "dana@acme.example", "hs_email_optout": ""}, Send),
        ({"email": "dana@acme.example", "hs_email_optout": "true"}, Nothing),
        ({"hs_email_optout": "false"}, Nothing),
        (None, Failed),
    ],
    ids=["to the address of now", "out already", "without an address", "gone"],
)
def test_the_fresh_contact_decides(fields: dict[str, str] | None, step: type) -> None:
    (meant,) = intended(snapshot(fields=with_fields(lead__HasOptedOutOfEmail="true")))
    (effect,) = outbox.imagined([(7, meant)], NOW)
    assert planning.lookup(effect, Context("Syncd_Key__c")).fields == ("email", "hs_email_optout")
    there = Candidate(Ref(System.HUBSPOT, "contact", "901"), "id", fields or {})
    found = Found(effect.effect_id, () if fields is None else (there,))
    made = planning.plan(effect, found, Context("Syncd_Key__c"))
    assert isinstance(made, step)
    if isinstance(made, Send):
        assert (made.write.payload["email"], dict(made.write.fields)) == (
            "dana@acme.example", {opting_out.FIELD: True},
        )  # fmt: skip
