"""The shape of what the playbook says of leads that sales has in hand: news for owners, and history."""

from __future__ import annotations

from syncd.core.open_rules import ActivityHistory, News
from syncd.settings.shapes.base import Block, ChannelRef, SignalRef, key


class NewsShape(Block):
    """Messages to the owner of an open lead: it was quiet and is back, or books a meeting. Once per event and
    hand-off, and for each moment a meeting is booked for."""

    quiet_days: float = key(
        "A lead is quiet when sales has not touched it, and it did nothing decisive, for so long",
        "quiet_days: 7",
        default=7,
        gt=0,
        le=365,
    )
    decisive: list[ChannelRef] = key(
        "It does something decisive again", "decisive: [sales]", default=[], max_length=20
    )
    colleague: list[ChannelRef] = key(
        "A colleague of theirs is first heard of", "colleague: [sales]", default=[], max_length=20
    )

    meeting: list[ChannelRef] = key(
        "A meeting is booked; quiet or not", "meeting: [sales]", default=[], max_length=20
    )

    def built(self) -> News:
        return News(self.quiet_days, tuple(self.decisive), tuple(self.colleague), tuple(self.meeting))


class HistoryShape(Block):
    """What somebody did, as completed tasks and past events on their record in Salesforce."""

    tasks: bool = key("true writes tasks", "tasks: true", default=False)
    events: bool = key(
        "true writes meetings that took place as events of the calendar", "events: true", default=False
    )
    event_minutes: int = key(
        "How long such an event is: HubSpot is not asked when a meeting ended",
        "event_minutes: 30", default=30, ge=5, le=1440,
    )  # fmt: skip
    kinds: list[SignalRef] = key(
        "Of which signals; empty: of all that tell something of buying",
        "kinds: [demo_requested, pricing_viewed]",
        default=[],
        max_length=200,
    )
    max_per_pass: int = key(
        "Most of them for one hand-off, the newest first", "max_per_pass: 50", default=50, ge=1, le=200
    )

    def built(self) -> ActivityHistory:
        return ActivityHistory(
            self.tasks, tuple(self.kinds), self.max_per_pass, self.events, self.event_minutes
        )
