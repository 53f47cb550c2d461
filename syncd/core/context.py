"""Full context or only a name (S113): what a hand-off told sales of the person, item by item.

Judged by the facts at the time of the hand-off and the person's fields as they are now; machine clicks tell
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from syncd.core import machine, next_step, story
from syncd.core.model import Snapshot
from syncd.core.passes import Pass
from syncd.core.person_fields import TITLES
from syncd.core.playbook import Playbook
from syncd.core.profile import derived

WHY, STORY, TITLE, COMPANY, PHONE = "why", "story", "title", "company", "phone"
NOT_WRITTEN, ONLY_A_NAME = "not_written", "only_a_name"
LABELS: Final[Mapping[str, str]] = {
    ONLY_A_NAME: "Only a name: none of what follows",
    WHY: "No dated act behind it",
    STORY: "Nothing they did or said",
    TITLE: "No job title",
    COMPANY: "No company",
    NOT_WRITTEN: "A field could not be written to Salesforce",
    PHONE: "No phone number (counts for itself only)",
}
"""What may be missing, in words."""
COUNTED: Final = frozenset({WHY, STORY, TITLE, COMPANY, NOT_WRITTEN})
"""What makes a hand-off count as one without full context; few forms ask for a number."""
_TOLD: Final = frozenset({WHY, STORY, TITLE, COMPANY})


def lacks(snapshot: Snapshot, item: Pass, playbook: Playbook, at: datetime) -> frozenset[str]:
    """What was missing of this pass, handed over at `at`: keys of LABELS."""
    left_out = machine.judge(snapshot.signals, playbook.machine)
    facts = tuple(signal for signal in snapshot.signals if signal.key not in left_out)
    known = replace(snapshot, signals=facts)
    keys = {signal.key for signal in facts}
    has = {
        WHY: bool(keys & set(item.evidence)),
        STORY: bool(story.moments(known, playbook, at) or story.quotes(known, playbook, at)),
        TITLE: any(snapshot.fields.get(name, "").strip() for name in TITLES),
        COMPANY: "person.company_name" in derived(snapshot.fields, snapshot.emails),
        PHONE: next_step.has_phone(snapshot),
    }
    missing = {name for name, there in has.items() if not there}
    return frozenset(missing | ({ONLY_A_NAME} if missing >= _TOLD else set()))
