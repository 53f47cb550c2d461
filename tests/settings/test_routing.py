# ruff: noqa: E501 - a case is a line, as far as it can be
"""routing.yaml: which steps are asked in which order, and what is refused with the line and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.model import System
from syncd.core.playbook import FieldTest, Operator, Playbook, PoolMember, Router
from syncd.settings import check, load
from syncd.settings.needs import needs
from tests.settings.small import HOME, only

ADA, BEN = '"005000000000001AAA"', '"005000000000002AAA"'
QUEUE, ROUTED = '"00G000000000001AAA"', '"00G000000000002AAA"'
POOL = f"round_robin: {{pool: [{{user: {ADA}}}, {{user: {BEN}}}]}}"


def routed(folder: Path, text: str) -> Playbook:
    (folder / "routing.yaml").write_text(text)
    return load(folder, HOME).playbook


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("mode: org_rules", ("meeting_host", "same_company", "territory")),
        (f"mode: owner\nowner: {ADA}", ("meeting_host", "same_company", "account_owner", "territory")),
        (
            f"mode: owner\nqueue: {QUEUE}\n{POOL}",
            ("meeting_host", "same_company", "account_owner", "territory", "round_robin", "queue"),
        ),
        (
            f"mode: router\nrouter: {{starts_with: {ROUTED}}}",
            ("meeting_host", "same_company", "account_owner", "territory"),
        ),
        ("mode: org_rules\norder: []", ()),
        (f"mode: org_rules\nqueue: {QUEUE}", ("meeting_host", "same_company", "territory")),
        (f"mode: org_rules\norder: [territory]\nqueue: {QUEUE}", ("territory",)),
        (f"mode: org_rules\norder: [round_robin]\n{POOL}", ("round_robin",)),
    ],
)
def test_each_mode_has_an_order_of_its_own(folder: Path, text: str, order: tuple[str, ...]) -> None:
    """Written or not, the order is part of the playbook, and so of its version."""
    found = routed(folder, text)
    assert found.routing.order == order
    if order:
        written = routed(folder, f"{text}\norder: [{', '.join(order)}]" if "order:" not in text else text)
        assert written.version == found.version


def test_bounds_of_the_pool_hold_for_who_names_none(folder: Path) -> None:
    """Limits, hours by team and whose leads."""
    (folder / "sla.yaml").write_text(
        (folder / "sla.yaml").read_text()
        + "\nteams:\n  - {id: us, label: US desk, when: {field: person.country, is: US}}\n"
    )
    found = routed(
        folder,
        f"mode: owner\nowner: {ADA}\nround_robin:\n  open_limit: 30\n  per_day_limit: 8\n  pick: lowest_load\n"
        "  out_of_hours: skip\n  pool:\n"
        f"    - {{user: {ADA}}}\n"
        f"    - {{user: {BEN}, team: us, per_day_limit: 4, when: {{field: contact.x, is: y}}}}\n",
    )
    turns = found.routing.round_robin
    assert turns is not None
    assert (turns.pick, turns.out_of_hours) == ("lowest_load", "skip")
    assert turns.pool == (
        PoolMember(ADA.strip('"'), "", 30, 8),
        PoolMember(BEN.strip('"'), "us", 30, 4, FieldTest("contact.x", Operator.IS, ("y",))),
    )
    assert "x" in found.contact_fields, "what a rule of the pool tests is read"


def test_the_router_has_a_quarter_of_an_hour_unless_told(folder: Path) -> None:
    found = routed(folder, f"mode: router\nrouter: {{starts_with: {ROUTED}}}")
    assert found.routing.router == Router(ROUTED.strip('"'), 15)


REFUSED = [
    ("a router nobody waits for", f"mode: org_rules\nrouter: {{starts_with: {ROUTED}}}", "no router is waited for"),
    ("a mode without its router", "mode: router", "mode router needs to say where"),
    ("turns nobody takes", f"mode: owner\nowner: {ADA}\norder: [round_robin]", "asks `round_robin`, and there is none"),
    ("a pool that is never asked", f"mode: owner\nowner: {ADA}\norder: [territory]\n{POOL}", "is never asked"),
    ("a step twice", f"mode: owner\nowner: {ADA}\norder: [territory, territory]", "stands in `order` twice"),
    ("a step that is none", f"mode: owner\nowner: {ADA}\norder: [teritory]", ""),
    ("a queue that takes turns", f"mode: owner\nowner: {ADA}\nround_robin: {{pool: [{{user: {QUEUE}}}]}}",
     "only people take turns"),
    ("a user as the queue", f"mode: owner\nowner: {ADA}\nqueue: {BEN}", "not of a queue"),
    ("somebody twice, by 15 and by 18 characters",
     f"mode: owner\nowner: {ADA}\nround_robin: {{pool: [{{user: {ADA}}}, {{user: \"005000000000001\"}}]}}",
     "stands in the pool twice"),
    ("a team that is none", f"mode: owner\nowner: {ADA}\nround_robin: {{pool: [{{user: {ADA}, team: uk}}]}}",
     "there is no team 'uk'"),
    ("nobody takes turns", f"mode: owner\nowner: {ADA}\nround_robin: {{pool: []}}", ""),
    ("a bound of nothing", f"mode: owner\nowner: {ADA}\nround_robin: {{open_limit: 0, pool: [{{user: {ADA}}}]}}", ""),
    ("no time for the router", f"mode: router\nrouter: {{starts_with: {ROUTED}, wait_minutes: 0}}", ""),
    ("rules that are never asked",
     f"mode: owner\nowner: {ADA}\norder: [same_company]\nrules: [{{when: {{field: contact.x, is: y}}, owner: {BEN}}}]",
     "the rules are never asked"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "text", "said"), REFUSED, ids=[item[0] for item in REFUSED])
def test_what_cannot_be_meant_is_refused_with_its_line(
    folder: Path, sentence: str, text: str, said: str
) -> None:
    (folder / "routing.yaml").write_text(text + "\n")
    problem = only(folder)
    assert problem.file == "routing.yaml"
    assert said in problem.message, sentence
    assert problem.line > 0 or "mode" in problem.message
    assert problem.allowed


def test_every_owner_named_is_asked_for_and_the_last_one_is_needed(folder: Path) -> None:
    """Where others take the place of somebody who has left, nothing stops."""
    text = f"mode: owner\nowner: {ADA}\nrules: [{{when: {{field: contact.x, is: y}}, owner: {BEN}}}]"
    (folder / "routing.yaml").write_text(text)
    assert check(folder, HOME) == ()
    loaded = load(folder, HOME)
    asked = needs(loaded.playbook, loaded.settings)[System.SALESFORCE]
    assert (asked.owners, asked.spare_owners) == ((ADA.strip('"'),), (BEN.strip('"'),))
    (folder / "routing.yaml").write_text(f"{text}\nqueue: {QUEUE}")
    loaded = load(folder, HOME)
    asked = needs(loaded.playbook, loaded.settings)[System.SALESFORCE]
    assert (asked.owners, len(asked.spare_owners)) == ((), 3)
