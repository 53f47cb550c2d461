"""How much may go out at once before a person has looked, and what it most likely comes from.

Pure. A share of the records kept, and a number it never falls below. A cause is named in the order of how
sure it makes one: contacts made together, a playbook put in force, a stream that is still loading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.plain import counted

MOST = 0.5
"""The share of the leads that a cause must account for."""


@dataclass(frozen=True, slots=True)
class BlastLimit:
    """At most this share of the leads kept, and never fewer than `at_least`, are written for by one run.
    `release_per_hour` of those held back go by themselves, the best first; 0: only by a person."""

    share: float = 0.05
    at_least: int = 50
    release_per_hour: int = 0

    def allowed(self, leads: int) -> int:
        """For how many leads one run may write, of so many kept."""
        return max(self.at_least, int(self.share * leads))


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is known of the leads a run would write for: by hour and source in which their contacts were made,
    how many moved because the playbook changed; and of the store: since when its playbook is in force, and
    which streams load."""

    leads: int
    born: Mapping[tuple[datetime, str], int]
    by_playbook: int = 0
    playbook_version: str = ""
    applied_at: datetime | None = None
    loading: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LikelyCause:
    """A code for the effects held back, and a sentence for people."""

    code: str
    text: str


def likely_cause(bulk: Bulk) -> LikelyCause:
    """What the bulk most likely comes from."""
    enough = max(1, int(bulk.leads * MOST))
    if bulk.born:
        (hour, source), together = Counter(bulk.born).most_common(1)[0]
        if together >= enough and together > 1:
            said = f" with source {source}" if source else ""
            return LikelyCause(
                "import",
                f"probably an import: {counted(together, 'contact')} made in HubSpot within the hour from "
                f"{hour:%Y-%m-%d %H:%M} UTC{said}",
            )
    if bulk.by_playbook >= enough:
        since = f", in force since {bulk.applied_at:%Y-%m-%d %H:%M} UTC" if bulk.applied_at else ""
        return LikelyCause("playbook", f"probably the changed playbook {bulk.playbook_version}{since}")
    if bulk.loading:
        return LikelyCause("backfill", f"probably a backfill: {', '.join(bulk.loading)} still loading")
    return LikelyCause("many", "many changes at once, of no one cause we can see")
