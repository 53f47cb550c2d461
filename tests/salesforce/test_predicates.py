"""What an org's facts carry is what the conditions of signals.yaml can ask for, from the wire to the kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.connectors.salesforce import SalesforceOptions
from syncd.core.model import Shape
from syncd.core.playbook import AttributeTest, Playbook, SignalKind, SourceMatch
from syncd.core.signals import classify
from syncd.ports import Activity
from syncd.settings import default_config_dir, load
from tests.salesforce.conftest import Desk
from tests.settings import small


@pytest.fixture(scope="module")
def shipped() -> Playbook:
    """The default playbook, to which kinds are added."""
    return load(default_config_dir(), small.HOME).playbook


def is_asked(playbook: Playbook, item: Activity, **where: str) -> bool:
    """Whether a kind of facts with these attributes takes the fact in."""
    tests = tuple(AttributeTest(name, (pattern,)) for name, pattern in where.items())
    kind = SignalKind("asked", "Asked for", (SourceMatch(item.source, tests),))
    book = replace(playbook, signals=(*playbook.signals, kind))
    return "asked" in classify(Shape(item.source, item.attributes), book)


def test_type_status_and_disposition_of_a_task(desk: Desk, shipped: Playbook) -> None:
    """A logged call that reached somebody, and nothing else, is a conversation."""
    call = {"Subject": "Call", "TaskSubtype": "Call", "Status": "Completed", "CallDisposition": "Connected"}
    desk.org.insert("Task", {"WhoId": desk.lead(), **call})
    (item,) = [fact for fact in desk.records(desk.connector(), "changes") if isinstance(fact, Activity)]

    assert is_asked(shipped, item, subtype="call", disposition="*connected*", is_closed="true")
    assert not is_asked(shipped, item, disposition="*voicemail*")
    assert not is_asked(shipped, item, status="not started")


def test_status_and_answer_of_a_campaign_member(desk: Desk, shipped: Playbook) -> None:
    """Those who answered tell from those who were only invited."""
    fair = desk.org.insert("Campaign", {"Name": "Fair 2026"})
    desk.org.insert("CampaignMember", {"CampaignId": fair, "LeadId": desk.lead(), "Status": "Responded"})
    sf = desk.connector(SalesforceOptions(reads_campaigns=True))
    (item,) = [fact for fact in desk.records(sf, "campaigns") if isinstance(fact, Activity)]

    assert is_asked(shipped, item, campaign="fair*", status="responded", responded="true")
    assert not is_asked(shipped, item, responded="false")
