"""Turns a validated sla.yaml into the core's terms: calendars, hours of each team, rules of touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time

from syncd.core.playbook import (
    AttributeTest,
    BusinessHours,
    Sla,
    SlaStep,
    SlaSteps,
    SourceMatch,
    Team,
    Tier,
    Touches,
    TouchRule,
)
from syncd.settings.criteria import Terms, test_of
from syncd.settings.shapes.sla import HoursShape, SlaFile, StepsShape, TeamShape, TouchesShape, TouchShape
from syncd.settings.vocabulary import WEEKDAYS

# Public holidays are computed for these years, so that one playbook means the same on every day.
HOLIDAY_YEARS = range(2024, 2041)


@dataclass(frozen=True, slots=True)
class _Soon:
    """The hours of the file in business hours of one calendar."""

    target_hours: float
    breach_hours: float
    tiers: tuple[Tier, ...]


def sla_of(file: SlaFile, terms: Terms, default_zone: str) -> Sla:
    """The terms of first contact."""
    hours = _hours(file.business_hours, default_zone)
    soon = _soon(file, hours)
    return Sla(
        target_hours=soon.target_hours,
        breach_hours=soon.breach_hours,
        hours=hours,
        task_subject=file.task.subject,
        task_priority=file.task.priority,
        task_status=file.task.status,
        met_by=file.first_contact.met_by,
        tiers=soon.tiers,
        steps=_steps(file.steps),
        teams=tuple(_team(team, file, hours, terms, default_zone) for team in file.teams),
        touches=_touches(file.touches),
    )


def _team(
    shape: TeamShape, file: SlaFile, everybodys: BusinessHours, terms: Terms, default_zone: str
) -> Team:
    hours = everybodys if shape.business_hours is None else _hours(shape.business_hours, default_zone)
    soon = _soon(file, hours)
    return Team(
        id=shape.id,
        label=shape.label,
        hours=hours,
        target_hours=soon.target_hours,
        breach_hours=soon.breach_hours,
        tiers=soon.tiers,
        steps=_steps(file.steps if shape.steps is None else shape.steps),
        owners=frozenset(shape.owners),
        when=None if shape.when is None else test_of(shape.when, terms),
    )


def _soon(file: SlaFile, hours: BusinessHours) -> _Soon:
    contact = file.first_contact

    def scale(counted_in: str) -> float:
        return _open_hours(hours) / 24 if counted_in == "working_days" else 1.0

    tiers = tuple(
        Tier(
            id=tier.id,
            label=tier.label,
            kinds=tuple(tier.signals),
            target_hours=tier.target_hours * scale(tier.counted_in or contact.counted_in),
            breach_hours=tier.breach_hours * scale(tier.counted_in or contact.counted_in),
        )
        for tier in file.tiers
    )
    factor = scale(contact.counted_in)
    return _Soon(contact.target_hours * factor, contact.breach_hours * factor, tiers)


def _steps(shape: StepsShape) -> SlaSteps:
    steps = SlaSteps(manager=shape.manager)
    if (reminder := shape.reminder) is not None:
        steps = replace(steps, remind=SlaStep(reminder.hours_before, tuple(reminder.channels)))
    if (escalation := shape.escalation) is not None:
        steps = replace(steps, escalate=SlaStep(0, tuple(escalation.channels)))
    if (last := shape.reassignment) is not None:
        steps = replace(steps, reassign=SlaStep(last.hours_after, tuple(last.channels)))
    return steps


# --- touches ---------------------------------------------------------------------------------------------


def _touches(shape: TouchesShape) -> Touches:
    users = shape.integration_users
    return Touches(
        rules=tuple(_rule(rule) for rule in shape.rules),
        for_owner=frozenset(item.user for item in users if item.rows == "owner"),
        of_nobody=frozenset(item.user for item in users if item.rows == "nobody"),
    )


def _rule(shape: TouchShape) -> TouchRule:
    tests = (*attribute_tests(shape.where, negate=False), *attribute_tests(shape.unless, negate=True))
    subject = tuple(shape.subject or ())
    return TouchRule(SourceMatch(shape.source, tests), shape.counts, subject, shape.restarts)


def attribute_tests(where: Mapping[str, list[str]], *, negate: bool) -> tuple[AttributeTest, ...]:
    """The tests behind `where` and `unless`, in a fixed order."""
    return tuple(
        AttributeTest(name, tuple(patterns), negate=negate) for name, patterns in sorted(where.items())
    )


# --- hours -----------------------------------------------------------------------------------------------


def _hours(shape: HoursShape, default_zone: str) -> BusinessHours:
    return BusinessHours(
        time_zone=shape.time_zone or default_zone,
        days=tuple(sorted({WEEKDAYS.index(day) for day in shape.days})),
        opens=_clock(shape.opens),
        closes=_clock(shape.closes),
        holidays=_holidays(shape),
    )


def _clock(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))


def _open_hours(hours: BusinessHours) -> float:
    """Length of one working day; a desk that closes when it opens is open round the clock."""
    opens = hours.opens.hour * 60 + hours.opens.minute
    closes = hours.closes.hour * 60 + hours.closes.minute
    return ((closes - opens) % 1440 or 1440) / 60


def _holidays(shape: HoursShape) -> frozenset[date]:
    days = {date.fromisoformat(text) for text in shape.holidays}
    if shape.holidays_of:
        from syncd.settings.holidays import public_holidays  # noqa: PLC0415 - only where one is named

        for place in shape.holidays_of:
            days |= public_holidays(place, HOLIDAY_YEARS)
    return frozenset(days)
