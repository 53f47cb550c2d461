"""The shape of recycle.yaml and alerts.yaml: what happens with sales."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from syncd.settings.shapes.alerts import AlarmShape, NearDigestShape, QuietShape, UseShape
from syncd.settings.shapes.base import (
    Block,
    ChannelRef,
    Id,
    Label,
    LetterRef,
    Patterns,
    ReasonRef,
    Signals,
    Text,
    TrackRef,
    key,
    refuse,
)
from syncd.settings.shapes.conditions import fixed_key
from syncd.settings.shapes.connections import Clock
from syncd.settings.shapes.open_leads import NewsShape

# --- recycle.yaml ----------------------------------------------------------------------------------------


_NOT_BACK = frozenset({"new", "working", "accepted"})
"""Meanings of a Lead Status that do not give the Lead back."""


class FeedbackShape(Block):
    """What sales' own fields say."""

    statuses: dict[
        str, Literal["new", "working", "accepted", "rejected", "disqualified", "unresponsive", "nurture"]
    ] = key("Lead Status: what it means", "{Unqualified: rejected}", min_length=1, max_length=100)
    reason_field: str = key(
        "Lead field that holds the reason",
        "reason_field: Disqualification_Reason__c",
        default="",
        max_length=80,
    )
    reasons: dict[str, ReasonRef] = key(
        "Value of that field: reason", "reasons: {No Budget: no_budget}", default={}, max_length=200
    )
    lost_reason_field: str = key(
        "Opportunity field that holds the loss reason",
        "lost_reason_field: Loss_Reason__c",
        default="",
        max_length=80,
    )
    lost_reasons: dict[str, ReasonRef] = key(
        "Value of that field: reason", "lost_reasons: {Price: price}", default={}, max_length=200
    )
    default_reason: ReasonRef = key("Reason when sales names none", "default_reason: no_reason_given")
    reopen_as: str = key(
        "Status of a Lead sales gave back, when it is handed over again; empty leaves it as it is",
        "reopen_as: New",
        default="",
        max_length=80,
    )

    reopen_from: list[str] = key(
        "Statuses in which such a Lead is reopened; none: all that give a Lead back",
        "reopen_from: [Unqualified, Nurture]",
        default=[],
        max_length=100,
    )
    return_date_field: str = key(
        "Date field on Lead and Contact: the day a prospect named",
        "return_date_field: Follow_Up_On__c",
        default="",
        max_length=80,
    )

    @model_validator(mode="after")
    def _reopens_what_was_given_back(self) -> FeedbackShape:
        back = [status for status, meaning in self.statuses.items() if meaning not in _NOT_BACK]
        known = {status.casefold() for status in back}
        for status in self.reopen_from:
            if status.casefold() not in known:
                allowed = ", ".join(back) or "none is listed"
                raise refuse(
                    f"reopen_from names '{status[:60]}', which gives no Lead back",
                    allowed,
                    "reopen_from: [Unqualified]",
                )
        if self.reopen_from and not self.reopen_as:
            raise refuse(
                "reopen_from means nothing without reopen_as, the status a reopened Lead gets",
                "reopen_as: a status that means new or working",
                "reopen_as: New",
            )
        return self

    @model_validator(mode="after")
    def _reopens_as_open(self) -> FeedbackShape:
        open_ones = [status for status, meaning in self.statuses.items() if meaning in {"new", "working"}]
        if self.reopen_as and self.reopen_as not in open_ones:
            allowed = ", ".join(open_ones) or "none is listed"
            raise refuse("reopen_as is a status that means new or working", allowed, "reopen_as: New")
        return self


class RecycleShape(Block):
    """What follows a reason."""

    reason: Id = key("Code of the reason", "reason: no_budget")
    label: Label = key("What people read", "label: No budget")
    track: TrackRef | None = key("Nurture track", "track: not_now", default=None)
    cool_down_days: int = key(
        "Days before new evidence counts", "cool_down_days: 90", default=0, ge=0, le=3650
    )
    decisive_breaks: bool = key(
        "A decisive action ends the cool-down", "decisive_breaks: true", default=False
    )
    is_fixed: bool = fixed_key()
    is_final: bool = key("Disqualifies for good", "is_final: true", default=False)
    lifecycle_stage: Text = key(
        "HubSpot lifecycle stage afterwards", "lifecycle_stage: lead", default="marketingqualifiedlead"
    )
    lead_status: str = key(
        "HubSpot lead status afterwards", "lead_status: BAD_TIMING", default="", max_length=80
    )

    way_back: Literal["new_evidence", "decisive_only", "date_only", "never"] = key(
        "What brings somebody back after the cool-down", "way_back: decisive_only", default="new_evidence"
    )
    takes_date: bool = key(
        "The day in feedback.return_date_field takes the place of the cool-down",
        "takes_date: true",
        default=False,
    )
    date_field: str = key(
        "This reason's own date field, instead of feedback.return_date_field",
        "date_field: Contract_Ends__c",
        default="",
        max_length=80,
    )

    @model_validator(mode="after")
    def _way_is_open(self) -> RecycleShape:
        has_date = self.takes_date or self.date_field
        if self.way_back == "never" and (self.cool_down_days or self.decisive_breaks or has_date):
            raise refuse(
                "who never comes back by itself has no day of return: cool_down_days, decisive_breaks, "
                "takes_date and date_field mean nothing",
                "way_back: never with a track alone",
                "{reason: moved_away, label: Moved away, track: early_interest, way_back: never}",
            )
        if self.way_back == "date_only" and not self.cool_down_days:
            raise refuse(
                "a way back by the date alone needs a cool-down, for when no date is named",
                "cool_down_days: 1 or more",
                "cool_down_days: 90",
            )
        return self

    @model_validator(mode="after")
    def _track_or_end(self) -> RecycleShape:
        is_open = self.track or self.cool_down_days or self.decisive_breaks
        is_open = (
            is_open or self.takes_date or self.date_field or self.way_back not in ("new_evidence", "never")
        )
        if self.is_final and is_open:
            raise refuse(
                "a final reason has no way back: track, cool_down_days, decisive_breaks, way_back, "
                "takes_date and date_field mean nothing",
                "is_final alone",
                "{reason: student, label: Student, is_final: true}",
            )
        if not self.is_final and self.track is None:
            raise refuse(
                "a reason that is not final needs a track", "track: an id from `tracks`", "track: not_now"
            )
        return self


class TrackShape(Block):
    """One nurture track."""

    id: Id = key("Value marketing sees", "id: not_now")
    label: Label = key("What people read", "label: Not now")
    list_name: str = key(
        "HubSpot list that starts it (kind: manual)",
        "list: syncd nurture - not now",
        default="",
        alias="list",
        max_length=200,
    )


class UndoShape(Block):
    """What becomes of a record that a run made and a person takes back with `syncd undo`."""

    lead_status: str | None = key(
        "Lead Status of a Lead taken back; without it the first status that means rejected, empty leaves it",
        "lead_status: Unqualified",
        default=None,
        max_length=80,
    )
    mark: Text = key(
        "What the record then says", "mark: Taken back", default="Taken back: this hand-off was a mistake"
    )


class ChaseShape(Block):
    """How sales is asked for a reason it did not give."""

    after_hours: float = key(
        "Hours after which the owner gets a task", "after_hours: 24", default=24, ge=0, le=720
    )
    task: bool = key("Whether the owner gets a task", "task: false", default=True)
    channels: list[ChannelRef] = key(
        "Who hears daily which reasons are missing", "channels: [revops]", default=[], max_length=20
    )
    at: Clock = key("When", 'at: "08:00"', default="08:00")


class ObjectionShape(Block):
    """What prospects put forward, by what sales writes as the reason: `syncd report reversions` counts it."""

    id: Id = key("Name in reports", "id: money")
    label: Label = key("What people read", "label: Money")
    written: Patterns = key(
        "What sales writes: values of reason_field and lost_reason_field, * for anything",
        'written: [No Budget, "*too expensive*"]',
    )
    contradicts: LetterRef | None = key(
        "Letter of the framework it speaks against", "contradicts: budget", default=None
    )


class RecycleFile(Block):
    """recycle.yaml: what sales says, and what follows."""

    feedback: FeedbackShape = key("What sales' fields mean", "feedback: {...}")
    recycle: list[RecycleShape] = key(
        "What follows each reason", "- {reason: no_budget, ...}", min_length=1, max_length=200
    )
    tracks: list[TrackShape] = key(
        "Nurture tracks", "- {id: not_now, label: Not now}", default=[], max_length=100
    )
    return_within_days: int = key(
        "A named day further ahead is taken for a slip",
        "return_within_days: 730",
        default=730,
        ge=30,
        le=3650,
    )
    pass_limit: int = key("Most hand-offs of one lead", "pass_limit: 3", default=3, ge=1, le=20)
    unresponsive_after_days: int = key(
        "Days without news before a hand-off counts as unanswered",
        "unresponsive_after_days: 30",
        default=30,
        ge=1,
        le=365,
    )
    chase: ChaseShape = key(
        "Leads given back without a reason", "chase: {after_hours: 24}", default=ChaseShape()
    )
    objections: list[ObjectionShape] = key(
        "What prospects put forward, for reports; the first that fits counts",
        "- {id: money, label: Money, written: [No Budget, Price], contradicts: budget}",
        default=[],
        max_length=50,
    )
    undo: UndoShape = key(
        "Records that `syncd undo` takes back", "undo: {lead_status: Unqualified}", default=UndoShape()
    )

    @model_validator(mode="after")
    def _dates_are_somewhere(self) -> RecycleFile:
        for rule in self.recycle:
            if rule.takes_date and not (rule.date_field or self.feedback.return_date_field):
                raise refuse(
                    f"reason '{rule.reason}' takes the day the prospect named, and no field holds it",
                    "feedback.return_date_field, or the reason's own date_field",
                    "return_date_field: Follow_Up_On__c",
                )
        return self

    @model_validator(mode="after")
    def _closes_with_known_status(self) -> RecycleFile:
        closed = [
            status
            for status, meaning in self.feedback.statuses.items()
            if meaning not in {"new", "working", "accepted"}
        ]
        if self.undo.lead_status and self.undo.lead_status not in closed:
            raise refuse(
                "undo.lead_status is a status that gives a Lead back",
                ", ".join(closed) or "none is listed under statuses",
                "lead_status: Unqualified",
            )
        return self


# --- alerts.yaml -----------------------------------------------------------------------------------------


class HeadsUpShape(Block):
    """An alert on one signal of somebody who is near; once per pass, so never a storm."""

    id: Id = key("Name", "id: pricing_page")
    label: Label = key("What people read", "label: Looked at the prices")
    signals: Signals = key("On which signals", "signals: [pricing_viewed]")
    from_level: Literal["mql", "near_sql"] = key(
        "Only for people at least here", "from_level: near_sql", default="mql"
    )
    icp: Literal["met", "not_failed"] = key("Only with this ICP", "icp: met", default="met")
    channels: list[ChannelRef] = key("Where to", "[sales]", min_length=1, max_length=20)


class AlertsFile(Block):
    """alerts.yaml: who hears of what."""

    on_sql: list[ChannelRef] = key(
        "A new SQL has been handed over", "on_sql: [sales]", default=[], max_length=20
    )
    on_hold: list[ChannelRef] = key("Somebody must choose", "on_hold: [revops]", default=[], max_length=20)
    heads_up: list[HeadsUpShape] = key(
        "Signals of people who are near", "- {id: pricing_page, ...}", default=[], max_length=50
    )
    max_age_hours: float = key(
        "Older news becomes a line in the digest", "max_age_hours: 24", default=24, gt=0, le=720
    )
    channels: list[UseShape] = key(
        "Who reads which channel", "- {id: mail, to: owner}", default=[], max_length=50
    )
    settle_minutes: float = key(
        "Lesser news about a lead is not told to people who heard of it so shortly before",
        "settle_minutes: 10",
        default=10,
        ge=0,
        le=1440,
    )
    group_minutes: float = key(
        "A second SQL of a company within this time goes under the first one's message; 0: never",
        "group_minutes: 60",
        default=60,
        ge=0,
        le=1440,
    )
    quiet_hours: list[QuietShape] = key(
        "When channels rest", "- {channels: [sales], days_off: [sat, sun]}", default=[], max_length=20
    )
    near_sql_digest: NearDigestShape | None = key(
        "Daily list of near-SQLs", "near_sql_digest: {channels: [sales]}", default=None
    )
    system: AlarmShape = key("When a system stops", "system: {channels: [revops]}", default=AlarmShape())
    on_news: NewsShape = key(
        "An open, quiet lead does something again",
        "on_news: {quiet_days: 7, decisive: [sales]}",
        default=NewsShape(),
    )
    answer_hours: float = key(
        "How long a link in an alert works", "answer_hours: 72", default=72, gt=0, le=720
    )
