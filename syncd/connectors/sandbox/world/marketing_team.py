"""A scripted marketing team at work in the portal: stages set by hand, cards from fairs, doubles, slips.

It does on workdays what marketing people do between two mailings, right or wrong: also to fields and lists
that an integration takes for its own. Who is touched and how is drawn from a stream of chance of its own;
`deeds` is the diary tests compare with.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from syncd.connectors.sandbox.hubspot.answers import Refusal
from syncd.connectors.sandbox.hubspot.provision import NURTURE_LISTS
from syncd.connectors.sandbox.hubspot.records import Record
from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.world import catalogue
from syncd.connectors.sandbox.world.sales_desk import OFFICE, SATURDAY

DAY = timedelta(days=1)
HOUR = 10
STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity")
OURS = ("syncd_reason", "syncd_next_action", "syncd_level", "syncd_track")
"""Properties an integration writes, which people edit all the same."""
FAIR_EVERY = 15  # workdays
FAIR_SIZE = 6


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing marketing did, or was refused (`note`)."""

    at: datetime
    what: str
    contact_id: str
    note: str = ""


class MarketingTeam:
    """The marketing people of one portal."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        self.deeds: list[Edit] = []
        self._chance: random.Random = hubspot.kernel.random("world.marketing")
        self._fairs = self._workdays = 0
        self._doubles: list[tuple[str, str]] = []  # contact, second entry of the same person
        self._binned: list[str] = []
        self._acts: tuple[tuple[Callable[[Record], str], int], ...] = (
            (self._sets_stage, 22), (self._edits_ours, 10), (self._takes_off_list, 8),
            (self._puts_on_list, 6), (self._corrects, 22), (self._enters_twice, 8), (self._archives, 5),
            (self._gives_address, 6), (self._opts_out, 4), (self._changes_owner, 9),
        )  # fmt: skip

    def start(self) -> None:
        """Work every day from tomorrow on."""
        local = self.hubspot.kernel.now.astimezone(OFFICE) + DAY
        first = local.replace(hour=HOUR, minute=10, second=0, microsecond=0).astimezone(UTC)
        self.hubspot.kernel.every(DAY, self.work, first_at=first)

    def work(self) -> None:
        """What is done on one workday: one to three small things, and what was begun before."""
        now = self.hubspot.kernel.now
        if now.astimezone(OFFICE).weekday() >= SATURDAY:
            return
        self._merge_a_double()
        self._restore_one()
        for _turn in range(self._chance.choice((0, 1, 1, 2, 3))):
            act = self._chance.choices([act for act, _ in self._acts], [part for _, part in self._acts])[0]
            contact = self._chance.choice(self.hubspot.all("contacts"))
            at = now + timedelta(minutes=self._chance.randint(1, 420))
            self.hubspot.kernel.at(at, lambda act=act, contact=contact: self._do(act, contact))  # type: ignore[misc]
        self._workdays += 1
        if self._workdays % FAIR_EVERY == 0:
            self._import_fair()

    def _do(self, act: Callable[[Record], str], contact: Record) -> None:
        """Do it to the contact, unless it is gone by then."""
        what = act.__name__.strip("_")
        try:
            found = self.hubspot.record("contacts", contact.id)
            if found.archived:
                return
            note = act(found)
        except Refusal as refusal:
            note = refusal.args[0] if refusal.args else "refused"
        self.deeds.append(Edit(self.hubspot.kernel.now, what, contact.id, str(note)))

    # --- what is done ------------------------------------------------------------------------------------

    def _sets_stage(self, contact: Record) -> str:
        """Any stage, forward or back, as a person in the portal may."""
        stage = self._chance.choice(STAGES)
        self.hubspot.update("contacts", contact.id, {"lifecyclestage": stage})
        return stage

    def _edits_ours(self, contact: Record) -> str:
        known = self.hubspot.definitions["contacts"]
        names = [name for name in OURS if name in known and contact.properties.get(name)]
        if not names:
            return ""
        name = self._chance.choice(names)
        definition = known[name]
        value = self._chance.choice([value for value, _label in definition.options] or ["to be checked"])
        self.hubspot.update("contacts", contact.id, {name: value})
        return name

    def _takes_off_list(self, contact: Record) -> str:
        """Whoever stands first on one of the nurture lists is taken off it."""
        name = self._chance.choice(NURTURE_LISTS)
        members = sorted(self.hubspot.members(name))
        if members:
            self.hubspot.lists.change(
                self.hubspot.lists.named(name), [], [self._chance.choice(members)], "user"
            )
        return name

    def _puts_on_list(self, contact: Record) -> str:
        name = self._chance.choice(NURTURE_LISTS)
        self.hubspot.lists.change(self.hubspot.lists.named(name), [contact.id], [], "user")
        return name

    def _corrects(self, contact: Record) -> str:
        values = self._chance.choice(
            (
                {"jobtitle": "Head of Planning"},
                {"mobilephone": f"+49 170 {self._chance.randrange(10**6, 10**7)}"},
                {"city": "Hannover"},
                {"country": "Germany"},
            )
        )
        self.hubspot.update("contacts", contact.id, values)
        return next(iter(values))

    def _enters_twice(self, contact: Record) -> str:
        """The same person under another address; the two are merged some days later."""
        email = contact.properties.get("email", "")
        if not email:
            return ""
        names = {name: contact.properties.get(name, "") for name in ("firstname", "lastname", "company")}
        values = {"email": email.replace("@", ".second@"), "lifecyclestage": "lead", **names}
        twin = self.hubspot.create("contacts", {name: value for name, value in values.items() if value})
        self._doubles.append((contact.id, twin))
        return twin

    def _archives(self, contact: Record) -> str:
        self.hubspot.archive("contacts", contact.id)
        self._binned.append(contact.id)
        return ""

    def _gives_address(self, contact: Record) -> str:
        """The person has changed to another mailbox of the same company."""
        email = contact.properties.get("email", "")
        if not email or email.startswith("new."):
            return ""
        self.hubspot.update("contacts", contact.id, {"email": f"new.{email}"})
        return "email"

    def _opts_out(self, contact: Record) -> str:
        if contact.properties.get("email"):
            self.hubspot.email_event(contact.id, catalogue.MAILINGS[0], "unsubscribe")
        return ""

    def _changes_owner(self, contact: Record) -> str:
        owner = self._chance.choice(self.hubspot.owners)
        self.hubspot.update("contacts", contact.id, {"hubspot_owner_id": owner.id})
        return owner.id

    # --- what was begun before ---------------------------------------------------------------------------

    def _merge_a_double(self) -> None:
        if not self._doubles or self._chance.random() < 0.6:
            return
        first, second = self._doubles.pop(0)
        if self._chance.random() < 0.3:
            first, second = second, first
        try:
            merged, note = self.hubspot.merge("contacts", first, second), ""
        except Refusal as refusal:
            merged, note = first, str(refusal)
        self.deeds.append(Edit(self.hubspot.kernel.now, "merges", merged, note))

    def _restore_one(self) -> None:
        """One in four of what was thrown away was thrown away by mistake."""
        if not self._binned or self._chance.random() < 0.7:
            return
        contact = self._binned.pop(0)
        if self._chance.random() < 0.25:
            try:
                self.hubspot.restore("contacts", contact)
            except Refusal:
                return
            self.deeds.append(Edit(self.hubspot.kernel.now, "restores", contact))

    def _import_fair(self) -> None:
        """Cards from a fair: some are new, some are known, and the file says `lead` of all of them."""
        self._fairs += 1
        for number in range(FAIR_SIZE):
            values = {
                "firstname": "Robin", "lastname": f"Card{self._fairs}x{number}",
                "email": f"robin.card{self._fairs}x{number}@fair{self._fairs}-{number}.example",
                "jobtitle": self._chance.choice(("VP Operations", "Planner", "COO", "Assistant")),
                "company": f"Fair Firm {self._fairs}-{number}", "lifecyclestage": "lead",
            }  # fmt: skip
            made = self.hubspot.create("contacts", values, "import")
            self.deeds.append(Edit(self.hubspot.kernel.now, "imports", made))
        known = self._chance.sample(self.hubspot.all("contacts"), FAIR_SIZE // 2)
        for contact in known:
            self.hubspot.update("contacts", contact.id, {"lifecyclestage": "lead"}, "import")
            self.deeds.append(Edit(self.hubspot.kernel.now, "imports", contact.id))
