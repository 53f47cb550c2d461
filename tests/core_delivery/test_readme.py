"""The brief in the README is the one the program writes today."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from syncd.core import brief
from syncd.core.decide import decide
from syncd.core.model import Snapshot
from syncd.settings import default_config_dir, load
from tests.core_delivery.builders import NOW, signal
from tests.core_delivery.test_default_playbook import evaluator, lead

README = Path(__file__).parents[2] / "README.md"
ABOVE = "What a rep reads in the task and on the record"


def sample() -> str:
    """Dana Ruiz attended a webinar, looked at prices, asked for a demo and booked it."""
    playbook = load(default_config_dir(), {}).playbook
    asked_at = NOW - timedelta(minutes=5)
    asked = signal(
        "hubspot.form_submission", asked_at, form="Request a demo",
        quote="We lose orders between two systems. Decision by November.",
    )  # fmt: skip
    meeting = signal("hubspot.meeting", NOW + timedelta(days=1, hours=-2), outcome="scheduled")
    colleague = signal(
        "account.person_joined", NOW - timedelta(days=6), person="8", seniority="vp", function="finance"
    )
    dana: Snapshot = lead(*evaluator(), asked, meeting)
    dana = replace(dana, account_signals=(colleague,))
    found = decide(dana, playbook, NOW)
    history = replace(dana, history=found.transitions)
    return brief.write(history, found.verdict, found.standing, playbook, NOW).text


def test_the_brief_in_the_readme_is_what_the_program_writes() -> None:
    """Else the page promises what nobody gets."""
    told = README.read_text(encoding="utf-8")
    assert ABOVE in told
    shown = told.split(ABOVE, 1)[1].split("```", 2)[1].strip("\n")
    assert shown == sample()
