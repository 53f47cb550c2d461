"""Opting a contact out of marketing e-mail: by address, once, and only where the scope is there."""

from __future__ import annotations

import pytest

from syncd.connectors.hubspot import HubSpotOptions
from syncd.connectors.sandbox import Fault
from syncd.ports import Level, Needs, Recovery, Result, Write
from tests.hubspot.conftest import Portal
from tests.hubspot.test_checks import findings
from tests.hubspot.test_target import contact

SCOPE = "communication_preferences.write"


def optout(effect_id: int, id_: str, email: str) -> Write:
    fields = {"hs_email_optout": True}
    payload = {"contact_id": id_, "email": email}
    return Write(effect_id, "optout", "optout", "", contact(id_), fields, payload)


def is_out(portal: Portal, id_: str) -> bool:
    return portal.sandbox.hubspot.record("contacts", id_).properties.get("hs_email_optout") == "true"


@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_the_address_is_unsubscribed_from_everything_whatever_it_looks_like(
    portal: Portal, version: str
) -> None:
    """Nobody else is; a second time changes nothing."""
    hubspot = portal.sandbox.hubspot
    odd = hubspot.create("contacts", {"email": "o'neil+a/b%20@acme.example"})
    other = hubspot.create("contacts", {"email": "dana@acme.example"})
    connected = portal.connect(HubSpotOptions(api_version=version))
    for _time in range(2):
        (outcome,) = connected.apply([optout(1, odd, "o'neil+a/b%20@acme.example")])
        assert (outcome.result, outcome.ref) == (Result.DONE, contact(odd))
    assert (is_out(portal, odd), is_out(portal, other)) == (True, False)


def test_what_fails_stops_no_other_and_a_lost_answer_is_of_unknown_fate(portal: Portal) -> None:
    hubspot = portal.sandbox.hubspot
    dana = hubspot.create("contacts", {"email": "dana@acme.example"})
    first, second = portal.connect().apply(
        [optout(1, "1", "no address"), optout(2, dana, "dana@acme.example")]
    )
    assert first.failure is not None
    assert (first.failure.recovery, second.result) == (Recovery.REJECTED, Result.DONE)
    portal.sandbox.faults.plan(Fault.UNAVAILABLE, times=50)
    (lost,) = portal.connect().apply([optout(1, dana, "dana@acme.example")])
    assert lost.result is not Result.DONE
    portal.sandbox.faults.planned.clear()


def test_the_scope_is_asked_for_only_where_the_playbook_wants_it(portal: Portal) -> None:
    """And asking changes nobody."""
    assert findings(portal, Needs(unsubscribes=True)) == []
    portal.sandbox.hubspot.scopes -= {SCOPE}
    assert findings(portal) == []
    (finding,) = findings(portal, Needs(unsubscribes=True))
    assert (finding.level, finding.code) == (Level.PROBLEM, "hubspot.scope")
    assert SCOPE in finding.cure
