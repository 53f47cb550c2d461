"""What is read only because a kind of signal asks for it, and what may be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.model import System
from syncd.core.playbook import Playbook
from syncd.settings import load
from syncd.settings.needs import asks_for, asks_marks, letters, lists_read, needs
from tests.settings.small import HOME, edit, only

CHAMP = (
    "framework: {name: CHAMP, letters: "
    "[{id: challenges, label: Challenges, confirmed: {signal: demo_requested}}]}"
)
PRICES = 'source: hubspot.page_view, where: {url: "*/pricing*"}'


def asking(folder: Path, source: str) -> Playbook:
    edit(folder, "signals.yaml", PRICES, source)
    return load(folder, HOME).playbook


def test_nothing_is_asked_for_unnamed(folder: Path) -> None:
    """No list, no campaign, no text of a task: each would cost calls or show words nobody needs."""
    playbook = load(folder, HOME).playbook

    assert lists_read(playbook) == ()
    assert not asks_for(playbook, "salesforce.campaign_member")
    assert not asks_marks(playbook, "salesforce.task", "salesforce.event")


def test_lists_are_read_by_the_names_the_kinds_give(folder: Path) -> None:
    """Doctor looks for them; whoever joins them is a fact."""
    edit(folder, "signals.yaml", PRICES, "source: hubspot.list_membership, where: {list: [Guests, Partners]}")
    loaded = load(folder, HOME)

    assert lists_read(loaded.playbook) == ("Guests", "Partners")
    assert needs(loaded.playbook, loaded.settings)[System.HUBSPOT].lists_read == ("Guests", "Partners")


def test_campaigns_and_marks_are_read_where_a_kind_asks(folder: Path) -> None:
    """One kind is enough; marks are asked for per system."""
    assert asks_for(
        asking(folder, 'source: salesforce.campaign_member, where: {responded: "true"}'),
        "salesforce.campaign_member",
    )


def test_marks_are_asked_for_by_source(folder: Path) -> None:
    """A kind of marked Salesforce tasks does not have HubSpot's notes read for it, nor the other way."""
    playbook = asking(folder, "source: salesforce.task, where: {mark.budget: 'yes'}")

    assert asks_marks(playbook, "salesforce.task", "salesforce.event")
    assert not asks_marks(playbook, "hubspot.note")


def test_the_letters_are_the_frameworks(folder: Path) -> None:
    """Whatever the framework calls them is what sales may mark."""
    edit(folder, "levels.yaml", "decisive:", f"{CHAMP}\ndecisive:")

    assert letters(load(folder, HOME).playbook) == {"challenges": "Challenges"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("source: hubspot.list_membership", "are read of lists named in full"),
        ('source: hubspot.list_membership, where: {list: "Guests*"}', "are read of lists named in full"),
        ("source: hubspot.note, where: {mark.budget: approved}", "is never 'approved'"),
        ("source: hubspot.note, where: {mark.budget_amount: 50k}", "is never '50k'"),
        ('source: hubspot.email, where: {mark.budget: "yes"}', "carry no 'mark.budget'"),
    ],
)
def test_what_can_never_be_is_refused(folder: Path, source: str, said: str) -> None:
    """Lists by wildcard, words no mark has, marks where sales does not write."""
    edit(folder, "signals.yaml", PRICES, source)

    assert said in str(only(folder))
