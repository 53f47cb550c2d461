"""The shape of sla.yaml: working hours, how soon, what follows when nobody calls, what counts as a touch."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from syncd.settings.problems import did_you_mean, one_of
from syncd.settings.shapes.base import Block, ChannelRef, Id, Label, Patterns, Signals, Text, key, refuse
from syncd.settings.shapes.conditions import ProfileCondition
from syncd.settings.shapes.connections import Clock, Zone
from syncd.settings.shapes.routing import OwnerId
from syncd.settings.shapes.signals import check_attributes
from syncd.settings.vocabulary import TITLED, TOUCHES

# --- hours -----------------------------------------------------------------------------------------------


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise refuse(f"'{value[:60]}' is not a date", "year-month-day", "2026-12-24") from None
    return value


def _place(value: str) -> str:
    from syncd.settings.holidays import is_known  # noqa: PLC0415 - heavy, only where one is named

    if not is_known(value):
        raise refuse(
            f"no public holidays are known for '{value[:60]}'",
            "a country like DE, or a region like DE-BY or US-CA",
            "holidays_of: [DE-BY]",
        )
    return value


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CountedIn = Literal["working_days", "open_hours"]


class HoursShape(Block):
    """When sales works."""

    time_zone: Zone | None = key(
        "Time zone of the desk; without, the one in connections.yaml",
        "time_zone: Europe/Berlin",
        default=None,
    )
    days: list[Weekday] = key(
        "Working days",
        "days: [mon, tue, wed, thu, fri]",
        default=["mon", "tue", "wed", "thu", "fri"],
        min_length=1,
        max_length=7,
    )
    opens: Clock = key("Opens", 'opens: "09:00"', default="09:00")
    closes: Clock = key("Closes; the same as opens means round the clock", 'closes: "17:00"', default="17:00")
    holidays_of: list[Annotated[str, AfterValidator(_place)]] = key(
        "Countries (and regions) whose public holidays are free",
        "holidays_of: [DE-BY, US]",
        default=[],
        max_length=20,
    )
    holidays: list[Annotated[str, AfterValidator(_day)]] = key(
        "Further days off", 'holidays: ["2026-12-24"]', default=[], max_length=1000
    )


# --- how soon --------------------------------------------------------------------------------------------


class ContactShape(Block):
    """How soon sales makes first contact."""

    target_hours: float = key("Hours to the first contact we aim for", "target_hours: 24", gt=0, le=1000)
    breach_hours: float = key("Hours after which it is late", "breach_hours: 48", gt=0, le=1000)
    counted_in: CountedIn = key(
        "working_days: 24 hours are one working day; open_hours: hours the desk is open",
        "counted_in: working_days",
        default="working_days",
    )
    met_by: Literal["attempt", "contact"] = key(
        "What stops the clock: that sales tried, or that both spoke", "met_by: contact", default="attempt"
    )

    @model_validator(mode="after")
    def _order(self) -> ContactShape:
        _in_order(self.target_hours, self.breach_hours)
        return self


class TierShape(Block):
    """How soon, for what certain decisive actions handed over."""

    id: Id = key("Name", "id: asked_for_sales")
    label: Label = key("What people read", "label: Asked for sales")
    signals: Signals = key("Decisive actions it is for", "signals: [demo_requested]")
    target_hours: float = key("Hours to the first contact we aim for", "target_hours: 4", gt=0, le=1000)
    breach_hours: float = key("Hours after which it is late", "breach_hours: 8", gt=0, le=1000)
    counted_in: CountedIn | None = key(
        "As in first_contact, which is also the default", "counted_in: open_hours", default=None
    )

    @model_validator(mode="after")
    def _order(self) -> TierShape:
        _in_order(self.target_hours, self.breach_hours)
        return self


def _in_order(target_hours: float, breach_hours: float) -> None:
    if breach_hours < target_hours:
        raise refuse(
            "the breach comes before the target", "breach_hours at least target_hours", "breach_hours: 48"
        )


# --- what follows ----------------------------------------------------------------------------------------


class ReminderShape(Block):
    """Before the target, to who has the lead."""

    hours_before: float = key("Open hours before the target", "hours_before: 2", gt=0, le=1000)
    channels: list[ChannelRef] = key("Where to", "channels: [sales]", min_length=1, max_length=20)


class EscalationShape(Block):
    """At the breach, to the manager."""

    channels: list[ChannelRef] = key("Where to", "channels: [sales_lead]", min_length=1, max_length=20)


class ReassignmentShape(Block):
    """After the breach: a request to give the lead to somebody else."""

    hours_after: float = key("Open hours after the breach", "hours_after: 8", gt=0, le=1000)
    channels: list[ChannelRef] = key("Where to", "channels: [sales_lead]", min_length=1, max_length=20)


class StepsShape(Block):
    """What follows while nobody has touched the lead."""

    manager: str = key(
        "Who is asked at the breach and after", "manager: Ada Lovelace", default="", max_length=80
    )
    reminder: ReminderShape | None = key(
        "Before the target", "reminder: {hours_before: 2, channels: [sales]}", default=None
    )
    escalation: EscalationShape | None = key(
        "At the breach", "escalation: {channels: [sales_lead]}", default=None
    )
    reassignment: ReassignmentShape | None = key(
        "After the breach", "reassignment: {hours_after: 8, channels: [sales_lead]}", default=None
    )


class TeamShape(Block):
    """People with hours, and a manager, of their own."""

    id: Id = key("Name", "id: us")
    label: Label = key("What people read", "label: US desk")
    owners: list[OwnerId] = key(
        "Salesforce users and queues of the team",
        'owners: ["00G000000000001AAA"]',
        default=[],
        max_length=500,
    )
    when: ProfileCondition | None = key(
        "Whose leads it has where the owner is in no team",
        "when: {field: person.country, is: US}",
        default=None,
    )
    business_hours: HoursShape | None = key(
        "When it works; without, as everybody", "business_hours: {time_zone: America/New_York}", default=None
    )
    steps: StepsShape | None = key(
        "What follows; without, as for everybody", "steps: {manager: Grace Hopper}", default=None
    )

    @model_validator(mode="after")
    def _has_leads(self) -> TeamShape:
        if not self.owners and self.when is None:
            raise refuse(
                "no lead would ever be this team's",
                "owners, a `when`, or both",
                "when: {field: person.country, is: US}",
            )
        return self


# --- touches ---------------------------------------------------------------------------------------------


def _touch_source(value: str) -> str:
    if value not in TOUCHES:
        raise refuse(
            f"'{value[:60]}' is nothing sales does{did_you_mean(value, TOUCHES)}", one_of(TOUCHES, near=value)
        )
    return value


class TouchShape(Block):
    """What facts of one source are to the clock."""

    source: Annotated[str, AfterValidator(_touch_source)] = key("Kind of fact", "source: salesforce.task")
    where: dict[str, Patterns] = key(
        "Attribute: pattern, or list of them", "where: {subtype: Call}", default={}, max_length=12
    )
    unless: dict[str, Patterns] = key(
        "Attribute: pattern that must not fit", "unless: {status: failed}", default={}, max_length=12
    )
    subject: Patterns | None = key("Subject fits a pattern", 'subject: "*[sequence]*"', default=None)
    counts: Literal["attempt", "contact", "reply", "nothing"] = key(
        "attempt: sales tried; contact: both spoke; reply: they answered, which is contact once sales has"
        " tried; nothing: no touch",
        "counts: attempt",
    )
    restarts: bool = key(
        "The clock starts anew: what was agreed did not take place", "restarts: true", default=False
    )

    @model_validator(mode="after")
    def _known_words(self) -> TouchShape:
        check_attributes(self.source, self.where)
        check_attributes(self.source, self.unless)
        if self.subject is not None and self.source not in TITLED:
            raise refuse(
                f"facts of {self.source} have no subject", f"a source of: {', '.join(sorted(TITLED))}"
            )
        return self


def _user_id(value: str) -> str:
    if not value.startswith("005"):
        raise refuse(
            f"'{value[:60]}' is the id of a queue, and queues make nothing",
            "the id of a user, which begins with 005",
            'user: "005000000000009AAA"',
        )
    return value


class MachineUserShape(Block):
    """A Salesforce user that is no person."""

    user: Annotated[OwnerId, AfterValidator(_user_id)] = key(
        "Salesforce id of the user", 'user: "005000000000009AAA"'
    )
    label: Label = key("What it is", "label: Dialer")
    rows: Literal["owner", "nobody"] = key(
        "What it makes is work of the task's owner (a dialer), or of nobody (marketing automation)",
        "rows: owner",
    )


class TouchesShape(Block):
    """Which facts are sales' own work."""

    integration_users: list[MachineUserShape] = key(
        "Users that are no people", "integration_users: [{user: ..., label: Dialer, rows: owner}]",
        default=[], max_length=100,
    )  # fmt: skip
    rules: list[TouchShape] = key(
        "First that fits wins; what none fits is no touch",
        "- {source: salesforce.task, where: {subtype: Call}, counts: attempt}",
        min_length=1,
        max_length=200,
    )


# --- the file --------------------------------------------------------------------------------------------


class TaskShape(Block):
    """The task a rep finds."""

    subject: str = key(
        "Written before the reason; may be empty", "subject: Call today", default="", max_length=120
    )
    priority: Text = key("Salesforce task priority", "priority: High", default="High")
    status: Text = key("Salesforce task status", "status: Not Started", default="Not Started")


class SlaFile(Block):
    """sla.yaml: how soon sales calls."""

    business_hours: HoursShape = key(
        "When sales works", "business_hours: {days: [mon, tue]}", default=HoursShape()
    )
    first_contact: ContactShape = key("How soon", "first_contact: {target_hours: 24, breach_hours: 48}")
    tiers: list[TierShape] = key(
        "Sooner for some: the first that names the decisive action",
        "- {id: asked_for_sales, label: Asked for sales, signals: [demo_requested], target_hours: 4, ...}",
        default=[],
        max_length=20,
    )
    steps: StepsShape = key(
        "What follows while nobody calls", "steps: {reminder: {hours_before: 2, channels: [sales]}}",
        default=StepsShape(),
    )  # fmt: skip
    teams: list[TeamShape] = key(
        "Teams with hours of their own: the first that has the owner, else whose test holds",
        "- {id: us, label: US desk, when: {field: person.country, is: US}, business_hours: {...}}",
        default=[],
        max_length=100,
    )
    touches: TouchesShape = key("What counts as a touch", "touches: {rules: [...]}")
    task: TaskShape = key("The rep's task", "task: {priority: High}", default=TaskShape())
