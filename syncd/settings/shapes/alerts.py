"""The shape of what alerts.yaml says beyond who hears of what: readers, rest, digests, alarms, links."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from syncd.settings.shapes.base import Block, ChannelRef, Id, key, refuse
from syncd.settings.shapes.connections import Clock, Zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Event = Literal[
    "sql",
    "hold",
    "divert",
    "heads_up",
    "news",
    "meeting",
    "sla_reminder",
    "sla_breach",
    "sla_reassign",
    "digest",
    "system",
    "correction",
]


class UseShape(Block):
    """Who reads a channel."""

    id: ChannelRef = key("The channel", "id: mail")
    to: Literal["everybody", "owner"] = key(
        "owner: to the owner of the record, by mail or as a mention", "to: owner", default="everybody"
    )
    read_by: Id | None = key(
        "Name of its readers: of channels with the same ones, an event takes the first",
        "read_by: sales_desk",
        default=None,
    )


class QuietShape(Block):
    """When channels rest. What comes meanwhile is kept and sent when it is over, as one digest if several."""

    channels: list[ChannelRef] = key("Which", "channels: [sales]", min_length=1, max_length=20)
    begins: Clock = key("From", 'begins: "19:00"', default="19:00")
    ends: Clock = key("Until; before `begins` means the next morning", 'ends: "07:30"', default="07:30")
    days_off: list[Weekday] = key(
        "Days that are quiet as a whole", "days_off: [sat, sun]", default=[], max_length=6
    )
    time_zone: Zone | None = key(
        "Without, the one in connections.yaml", "time_zone: Europe/Berlin", default=None
    )
    let_through: list[Event] = key(
        "Sent all the same", "let_through: [sql, sla_breach]", default=[], max_length=12
    )

    @model_validator(mode="after")
    def _rests_and_wakes(self) -> QuietShape:
        if self.begins.zfill(5) == self.ends.zfill(5):
            raise refuse(
                "quiet hours that end when they begin leave nothing, or no rest at all",
                "two different times",
                'begins: "19:00", ends: "07:30"',
            )
        return self


class NearDigestShape(Block):
    """The daily list of people who are nearly there, for sales to see: never an alert about each."""

    channels: list[ChannelRef] = key("Where to", "channels: [sales]", min_length=1, max_length=20)
    at: Clock = key("When", 'at: "08:00"', default="08:00")
    days: list[Weekday] = key(
        "On which days",
        "days: [mon, thu]",
        default=["mon", "tue", "wed", "thu", "fri"],
        min_length=1,
        max_length=7,
    )
    time_zone: Zone | None = key(
        "Without, the one in connections.yaml", "time_zone: Europe/Berlin", default=None
    )
    most: int = key(
        "Most people in one message; the others come next time", "most: 20", default=20, ge=1, le=50
    )


class AlarmShape(Block):
    """Who hears that a system has stopped, and that it is well again: one message each."""

    channels: list[ChannelRef] = key("Where to", "channels: [revops]", default=[], max_length=20)
    outage_minutes: float = key(
        "A system that does not answer counts as stopped after so long",
        "outage_minutes: 15",
        default=15,
        ge=1,
        le=1440,
    )
