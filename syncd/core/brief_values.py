"""The parts of the brief as values of their own, for fields, lists and reports.

Each is text as people read it, one line per item; the number of active colleagues is a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from syncd.core.brief import BOUNDS, Brief

PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "syncd.reach": "reach",
        "syncd.why_now": "WHY NOW",
        "syncd.they_said": "WHAT THEY SAID",
        "syncd.they_did": "WHAT THEY DID",
        "syncd.qualification": "QUALIFICATION",
        "syncd.buying_group": "BUYING GROUP",
        "syncd.passes_before": "BEFORE",
    }
)
"""Each value and the part of the brief it is."""
GROUP_SIZE: Final = "syncd.people_active"
NAMES: Final = frozenset({*PARTS, GROUP_SIZE})


def values(brief: Brief) -> dict[str, object]:
    """The values of one lead."""
    return {
        "syncd.reach": brief.reach_line,
        "syncd.why_now": "\n".join(brief.why),
        "syncd.they_said": "\n".join(brief.said),
        "syncd.they_did": "\n".join(brief.story),
        "syncd.qualification": "\n".join(brief.letters),
        "syncd.buying_group": "\n".join(brief.group.lines),
        "syncd.passes_before": "\n".join(brief.past),
        GROUP_SIZE: brief.group.people,
    }


def length(name: str) -> int:
    """The most characters a value may have."""
    bound = BOUNDS[PARTS[name]]
    return bound.lines * (bound.chars + 1)
