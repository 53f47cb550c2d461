"""One snapshot made ready for evaluation at any instant, and one instant of it.

A `Lead` admits its signals as time goes on and never looks ahead of them; what machines clicked is left out
again as soon as the signals visible by then show it. An `Instant` holds the view of everything known by then
and, where a hand-off must be carried by newer facts, views of those alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from syncd.core import machine, profile
from syncd.core.compiled import Compiled
from syncd.core.instants import to_ms
from syncd.core.model import Cause, Signal, Snapshot, Standing
from syncd.core.timeline import TOUCH_SOURCES, Dated, Entry, Timeline, dated
from syncd.core.view import Person, View

if TYPE_CHECKING:
    from syncd.core.lifecycle import Step
    from syncd.core.qualify import Handover

CUSTOMER_STAGES = frozenset({"customer", "evangelist"})
"""Values of HubSpot's `lifecyclestage` that say they have bought (facts/hubspot.md 8.1)."""


MACHINE_WAIVER = "machine_clicks"
_NOBODY: Mapping[int, str] = MappingProxyType({})


class Lead:
    """A snapshot prepared for one playbook. Advances through time only forward."""

    __slots__ = ("_ahead", "_found", "_instants", "_is_doubtful", "_mail", "_timelines",
                 "_visible", "_witnesses", "answers", "baseline", "book", "created_ms", "go_live_ms",
                 "judged", "person", "snapshot", "timeline", "undone_ms")  # fmt: skip

    def __init__(
        self,
        snapshot: Snapshot,
        book: Compiled,
        *,
        timeline: Timeline | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """`timeline` holds the signals that count, where they were read before: then the snapshot's are not
        looked at. `fields` are all known fields, derived before."""
        self.snapshot = snapshot
        self.book = book
        self.person = Person(known_fields(snapshot) if fields is None else fields, snapshot.waivers)
        self.baseline = snapshot.baseline
        go_live_at, created_at = snapshot.baseline.go_live_at, snapshot.created_at
        self.go_live_ms = None if go_live_at is None else to_ms(go_live_at)
        self.created_ms = None if created_at is None else to_ms(created_at)
        undone_at = snapshot.undone_at
        self.undone_ms = None if undone_at is None else to_ms(undone_at)
        self._ahead: list[Dated] = []
        if timeline is None:
            prepared = dated((*snapshot.signals, *snapshot.account_signals), book.catalogue)
            self._ahead = sorted(prepared, key=lambda item: item.acts_ms, reverse=True)
        self._visible: list[Dated] = []
        self._timelines: dict[int, Timeline] = {}
        self._instants: dict[int, Instant] = {}
        self.timeline = Timeline() if timeline is None else timeline
        self.answers: int | None = None
        """The answers to the field tests as one integer, once somebody has asked for it."""
        self._mail: list[Signal] = []
        self._witnesses: list[Signal] = []
        self._is_doubtful = False
        """Whether some click came soon after its send: then witnesses have a say about it."""
        self._found: Mapping[int, str] = _NOBODY
        self.judged: Mapping[int, str] = _NOBODY
        """Keys of the visible signals that count for nothing because a machine made them, and why."""

    @property
    def is_customer(self) -> bool:
        """HubSpot calls the person a customer: never handed over as new."""
        stage = self.person.fields.get("contact.lifecyclestage", "")
        return stage.strip().casefold() in CUSTOMER_STAGES

    @property
    def next_acts_ms(self) -> int | None:
        """When the next signal not yet visible acts."""
        return self._ahead[-1].acts_ms if self._ahead else None

    def advance(self, at_ms: int) -> None:
        """Admit every signal that acts by then."""
        admitted: list[Dated] = []
        while self._ahead and self._ahead[-1].acts_ms <= at_ms:
            admitted.append(self._ahead.pop())
        self._visible += admitted
        judged = self._judge(admitted, at_ms)
        if judged.keys() != self.judged.keys():
            self.judged = judged
            self._timelines.clear()
            self.timeline = self.timeline_until(at_ms)
        elif admitted:
            self.judged = judged
            counting = [item for item in admitted if item.key not in judged]
            for timeline in (self.timeline, *self._timelines.values()):
                timeline.admit(counting)
        else:
            return
        self._instants.clear()

    def _judge(self, admitted: list[Dated], at_ms: int) -> Mapping[int, str]:
        """Which visible signals a machine made; worked out again only where new ones can say otherwise."""
        settings = self.book.playbook.machine
        if not settings.is_on:
            return _NOBODY
        says_more = False
        for item in admitted:
            source = item.signal.shape.source
            if source in machine.SOURCES:
                self._mail.append(item.signal)
                self._is_doubtful = self._is_doubtful or "lag" in item.signal.shape.attributes
                says_more = True
            elif source in machine.WITNESSES:
                self._witnesses.append(item.signal)
                says_more = says_more or self._is_doubtful or bool(self._found)
        if says_more and self._mail:
            self._found = machine.judge([*self._mail, *self._witnesses], settings)
        return _NOBODY if MACHINE_WAIVER in self.person.waived(at_ms) else self._found

    def timeline_until(self, at_ms: int) -> Timeline:
        """The visible signals of people that acted by then."""
        timeline, judged = Timeline(), self.judged
        timeline.admit(item for item in self._visible if item.acts_ms <= at_ms and item.key not in judged)
        return timeline

    def was_touched(self, after_ms: int, until_ms: int) -> bool:
        """Whether sales and the person were in contact in that time, as became known only after it."""
        return any(
            after_ms < item.occurred_ms <= until_ms and item.signal.shape.source in TOUCH_SOURCES
            for item in self._ahead
        )

    def timeline_after(self, floor_ms: int) -> Timeline:
        """The visible signals that happened after `floor_ms`."""
        timeline = self._timelines.get(floor_ms)
        if timeline is None:
            timeline = self._timelines[floor_ms] = self.timeline.after(floor_ms)
        return timeline

    def known_after(self, at_ms: int) -> frozenset[int]:
        """Keys of the visible signals that act since then: that happened, or became known, later."""
        return frozenset(item.key for item in self._visible if item.acts_ms > at_ms)

    def made_by_machine(self) -> tuple[tuple[Dated, str], ...]:
        """The signals left out, newest first, each with the code that says why."""
        left_out = [item for item in self._visible if item.key in self.judged]
        left_out.sort(key=lambda item: (item.occurred_ms, item.key), reverse=True)
        return tuple((item, self.judged[item.key]) for item in left_out)

    def signal(self, key: int) -> Signal:
        return self.timeline.signal(key)

    def at(self, at_ms: int) -> Instant:
        """The lead at one instant; nothing that acts later may be visible yet."""
        instant = self._instants.get(at_ms)
        if instant is None:
            instant = self._instants[at_ms] = Instant(self, at_ms)
        return instant

    def in_the_past(self, at_ms: int) -> View:
        """How the lead looked at a past instant, with the fields of today."""
        return View(self.book, self.person, self.timeline_until(at_ms), at_ms)


@dataclass(frozen=True, slots=True)
class Carried:
    """That a lead qualifies as SQL, and by what."""

    cause: Cause
    code: str
    evidence: tuple[Entry, ...]


class Instant:
    """One lead at one instant. `views` are those that were asked: what they saw decides what follows.
    `carried` remembers what qualifies the lead as SQL, by the floor that its evidence must be newer than;
    `handovers` and `steps` what follows for a lead that stands somewhere, since the walk asks it again."""

    __slots__ = ("_after", "at_ms", "carried", "handovers", "lead", "steps", "view")

    def __init__(self, lead: Lead, at_ms: int) -> None:
        self.lead = lead
        self.at_ms = at_ms
        self.view = View(lead.book, lead.person, lead.timeline, at_ms)
        self.carried: dict[int | None, Carried | None] = {}
        self.handovers: dict[Standing | None, Handover] = {}
        self.steps: dict[tuple[Standing, bool, Cause | None], Step | None] = {}
        self._after: dict[int, View] = {}

    def after(self, floor_ms: int | None) -> View:
        """The view of only what happened after `floor_ms`; of everything when there is no floor."""
        if floor_ms is None:
            return self.view
        view = self._after.get(floor_ms)
        if view is None:
            timeline = self.lead.timeline_after(floor_ms)
            view = self._after[floor_ms] = View(self.lead.book, self.lead.person, timeline, self.at_ms)
        return view

    @property
    def views(self) -> tuple[View, ...]:
        return (self.view, *self._after.values())

    @property
    def is_live(self) -> bool:
        """Whether the profile may hand over by now; before go-live nothing leaves."""
        return self.lead.go_live_ms is not None and self.lead.go_live_ms <= self.at_ms

    @property
    def is_released(self) -> bool:
        """Whether a person let evidence from before go-live carry a hand-off."""
        if self.lead.baseline.is_released:
            return True
        return any(fact.shape.source == "syncd.released" for _at, _key, fact in self.lead.timeline.sales)


def known_fields(snapshot: Snapshot) -> Mapping[str, str]:
    """The snapshot's fields with those derived from them: `person.*`, and `account.*` from what Salesforce
    shows for the company."""
    return {
        **snapshot.fields,
        **profile.derived(snapshot.fields, snapshot.emails),
        "account.is_customer": str(snapshot.account_is_customer).lower(),
        "account.has_open_deal": str(snapshot.account_open_deal).lower(),
        "account.people": str(snapshot.account_people),
    }
