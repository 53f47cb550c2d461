"""Whatever sales does, whenever it is looked at: a lead is in one place, with an owner and a next action."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.core import brief
from syncd.core.charge import TEAMS, charge
from syncd.core.decide import decide
from syncd.core.model import Snapshot, Stage
from syncd.core.passes import replay
from syncd.core.playbook import Playbook
from tests.core.builders import follow
from tests.properties.harness import for_all
from tests.properties.lives import END, known_by
from tests.properties.test_with_sales import lives_with_sales, moments, quick_playbooks


@for_all(quick_playbooks(), lives_with_sales(), moments, examples=12)
def test_every_lead_is_in_one_place_with_an_owner_and_a_next_action(
    playbook: Playbook, person: Snapshot, when: list[datetime]
) -> None:
    """S68, at every look: the place is the ledger's, the team the stage's, and somebody knows what to do; who
    waits for a day says which, and nobody is put on two lists."""
    for now in [*when, END]:
        decision = decide(known_by(person, now), playbook, now)
        person = replace(follow(person, decision, now, playbook), evaluated_model=decision.verdict.model)
        lead, standing = known_by(person, now), decision.standing
        assert replay(lead.history).position == standing.position
        told = brief.write(lead, decision.verdict, standing, playbook, now)
        found = charge(lead, standing, told.step)
        assert found.team is TEAMS[standing.position.stage]
        assert found.action.strip()
        assert found.owner.strip()
        if standing.position.stage is Stage.RECYCLED and standing.until_at is not None:
            rule = playbook.recycle.rules.get(standing.reason)
            assert found.on is not None or (rule is not None and rule.way_back == "never")
        wanted = [item for item in decision.intents if item.kind == "membership" and item.payload["member"]]
        assert len(wanted) <= 1
