"""What a scripted person is: a name, a company, moments with deeds, and the end expected with its reason.

A deed takes the actor who plays the person and changes one of the two systems, as the person, marketing, a
rep or HubSpot's own sync would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncd.connectors.sandbox.world.personas import Actor

    Deed = Callable[[Actor], object]
else:
    Deed = Callable[..., object]


class Missing(Exception):  # noqa: N818 - names the state
    """The record a deed needs is not there."""


@dataclass(frozen=True, slots=True)
class Firm:
    """A company. Blank facts are not known to HubSpot."""

    name: str
    employees: int | None = 240
    industry: str = "MACHINERY"
    country: str = "Germany"

    @property
    def domain(self) -> str:
        return "-".join(self.name.lower().split()) + ".example"


@dataclass(frozen=True, slots=True)
class Moment:
    """A deed and its day, counted from the opening day."""

    day: float
    deed: Deed


@dataclass(frozen=True, slots=True)
class End:
    """Where the story ends.

    `stage` is the position in the product's words; `passes` how often the person was handed over; `record`
    the kind of the one living Salesforce record that carries our key (blank: none does); `tasks` how many
    follow-up tasks sales was given; `nurture` the track whose list holds the contact; `hold` the case that
    waits for a person. Blank `reason` and `stopped_by` (what keeps somebody who asks from sales) say nothing.
    `after` are positions that must have been passed on the way.
    """

    stage: str
    passes: int = 0
    record: str = ""
    tasks: int = 0
    reason: str = ""
    nurture: str = ""
    hold: str = ""
    stopped_by: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Persona:
    """One scripted person. `story` is what happens, `why` the reason the end is right."""

    id: str
    story: str
    moments: tuple[Moment, ...]
    end: End
    why: str
    first_name: str = ""
    last_name: str = ""
    title: str = ""
    firm: Firm | None = None
    email: str = ""
    company_typed: str = ""

    @property
    def address(self) -> str:
        """The given address, or one at the firm."""
        if self.email:
            return self.email
        assert self.firm is not None, f"{self.id} has neither an address nor a firm"
        local = ".".join(part for part in (self.first_name, self.last_name) if part) or "someone"
        return f"{local.lower().replace(' ', '-')}@{self.firm.domain}"


def on(day: float, *deeds: Deed) -> tuple[Moment, ...]:
    """These deeds on that day, at ten past nine and a few minutes apart (the opening is at six)."""
    return tuple(Moment(day + (190 + 3 * n) / 1440, deed) for n, deed in enumerate(deeds))
