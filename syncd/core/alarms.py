"""When people hear that a system has stopped: once when it does, once when it is well again, never per run.

Pure: the state of one alarm is a small record the store keeps between runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.plain import counted

SYSTEMS = frozenset({"hubspot", "salesforce"})
NAMES = {"hubspot": "HubSpot", "salesforce": "Salesforce", "writing": "Writing", "playbook": "The playbook"}


@dataclass(frozen=True, slots=True)
class Alarm:
    """Trouble under way: since when, why, and whether people were told."""

    since_at: datetime
    why: str
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a run met: `why`, and whether it stops the system for sure or only while it does not answer."""

    why: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class News:
    """One message: the change and when it began."""

    title: str
    body: str
    change: str  # stopped or well
    since_at: datetime


def turn(
    name: str, before: Alarm | None, met: Trouble | None, outage: timedelta, now: datetime
) -> tuple[Alarm | None, News | None]:
    """The alarm after a run that met this trouble or none, and the message that is due for it."""
    shown = NAMES.get(name, name)
    if met is None:
        if before is None or not before.is_told:
            return None, None
        lasted = _lasted(now - before.since_at)
        body = f"It was stopped for {lasted}: {before.why} What waited goes out by itself."
        return None, News(f"{shown} is well again after {lasted}", body, "well", before.since_at)
    alarm = before or Alarm(now, met.why)
    alarm = Alarm(alarm.since_at, met.why, alarm.is_told)
    if alarm.is_told or not (met.is_certain or now - alarm.since_at >= outage):
        return alarm, None
    is_silent = name in SYSTEMS and not met.is_certain
    what = f"has not answered for {_lasted(now - alarm.since_at)}" if is_silent else "has stopped"
    body = f"{met.why}\nNothing is lost: it is tried again by itself, and what waits goes out then."
    return Alarm(alarm.since_at, met.why, is_told=True), News(
        f"{shown} {what}: see syncd errors", body, "stopped", alarm.since_at
    )


def _lasted(span: timedelta) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 120:
        return counted(minutes, "minute")
    hours = round(minutes / 60)
    return counted(hours, "hour") if hours < 48 else counted(round(hours / 24), "day")
