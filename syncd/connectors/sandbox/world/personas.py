"""Scripted people: who they are, what happens to them, and where a sensible RevOps person wants them.

One table of stories, kept as data, so that tests and the sandbox play the same people. Days are counted from
the opening day; negative ones are the past the first load finds. `End` speaks the product's words without
importing any of it. What a script could not do, because the record it needs is not there, is kept in
`Troupe.missed`: a story that did not happen proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from syncd.connectors.sandbox.hubspot.answers import Refusal as HubSpotRefusal
from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.salesforce.errors import Refusal as SalesforceRefusal
from syncd.connectors.sandbox.salesforce.state import Record, Salesforce
from syncd.connectors.sandbox.world.native_sync import NativeSync
from syncd.connectors.sandbox.world.org import Org
from syncd.connectors.sandbox.world.persona import Deed, Missing, Persona
from syncd.connectors.sandbox.world.personas_asking import ASKING
from syncd.connectors.sandbox.world.personas_known import KNOWN
from syncd.connectors.sandbox.world.personas_later import LATER
from syncd.connectors.sandbox.world.personas_reading import READING

PAST = timedelta(days=760)
"""How far the stories reach back: two years of history, and the day sales staff was hired."""
PERSONAS: tuple[Persona, ...] = (*ASKING, *READING, *KNOWN, *LATER)
LAST_DAY = max(moment.day for persona in PERSONAS for moment in persona.moments)


@dataclass(slots=True)
class Actor:
    """One persona at play: its records on both sides, and the hands that move them."""

    persona: Persona
    hubspot: HubSpot
    salesforce: Salesforce
    staff: Org
    native_sync: NativeSync
    contact_id: str = ""
    double_id: str = ""
    emails: list[str] = field(default_factory=list)  # every address the person ever had
    company_id: str = ""

    @property
    def email(self) -> str:
        return self.emails[0]

    @property
    def rep(self) -> str:
        """The rep who works this person, the same all through."""
        reps = self.staff.rep_ids
        return reps[sum(map(ord, self.persona.id)) % len(reps)]

    def leads(self) -> list[Record]:
        """Living Leads with an address of this person, oldest first."""
        found = {record.id: record for email in self.emails for record in self._find("Lead", email)}
        return sorted(found.values(), key=lambda record: record.id)

    def lead(self) -> Record:
        """The Lead sales works. Raises Missing."""
        for lead in self.leads():
            if not lead["IsConverted"]:
                return lead
        raise Missing("no open Lead in Salesforce")

    def contact(self) -> Record:
        """The Salesforce Contact of this person. Raises Missing."""
        for email in self.emails:
            for contact in self._find("Contact", email):
                return contact
        raise Missing("no Contact in Salesforce")

    def _find(self, object_name: str, email: str) -> Sequence[Record]:
        return self.salesforce.find(object_name, Email=email)


@dataclass(slots=True)
class Troupe:
    """Everybody at play. `missed` are acts that found nothing to act on: (persona, day, why)."""

    actors: dict[str, Actor] = field(default_factory=dict)
    missed: list[tuple[str, float, str]] = field(default_factory=list)

    def cast(self, actor: Actor, opens_at: datetime) -> None:
        """Put the whole story of one persona on the kernel's calendar."""
        self.actors[actor.persona.id] = actor
        for moment in actor.persona.moments:
            at = opens_at + timedelta(days=moment.day)
            actor.hubspot.kernel.at(at, partial(self._act, actor, moment.day, moment.deed))

    def _act(self, actor: Actor, day: float, deed: Deed) -> None:
        try:
            deed(actor)
        except (Missing, HubSpotRefusal, SalesforceRefusal) as why:
            self.missed.append((actor.persona.id, day, str(why)))


def play(
    hubspot: HubSpot, salesforce: Salesforce, staff: Org, native_sync: NativeSync, opens_at: datetime
) -> Troupe:
    """Everybody's story on the calendar; the past of it happens when the clock is advanced to the opening."""
    troupe = Troupe()
    for persona in PERSONAS:
        actor = Actor(persona, hubspot, salesforce, staff, native_sync, emails=[persona.address])
        troupe.cast(actor, opens_at)
    return troupe
