"""Builds what alerts.yaml means: who hears of what, and how people are told."""

from __future__ import annotations

from datetime import time
from types import MappingProxyType

from syncd.core.alert_rules import ChannelUse, NearDigest, QuietHours, SystemAlarms
from syncd.core.playbook import Alerts, HeadsUp, IcpTest
from syncd.settings.shapes.alerts import NearDigestShape, QuietShape
from syncd.settings.shapes.sales import AlertsFile


def alerts_of(file: AlertsFile, time_zone: str) -> Alerts:
    """The alerts of a playbook; `time_zone` is that of whatever names none."""
    return Alerts(
        on_sql=tuple(file.on_sql),
        on_hold=tuple(file.on_hold),
        max_age_hours=file.max_age_hours,
        heads_up=tuple(
            HeadsUp(
                id=item.id,
                label=item.label,
                signals=tuple(item.signals),
                from_stage=item.from_level,
                icp=IcpTest(unknown_counts=item.icp == "not_failed"),
                channels=tuple(item.channels),
            )
            for item in file.heads_up
        ),
        uses=MappingProxyType(
            {item.id: ChannelUse(item.read_by or "", item.to == "owner") for item in file.channels}
        ),
        quiet=tuple(_quiet(item, time_zone) for item in file.quiet_hours),
        settle_minutes=file.settle_minutes,
        group_minutes=file.group_minutes,
        near_sql=None if file.near_sql_digest is None else _digest(file.near_sql_digest, time_zone),
        system=SystemAlarms(tuple(file.system.channels), file.system.outage_minutes),
        answer_hours=file.answer_hours,
        news=file.on_news.built(),
    )


def _quiet(shape: QuietShape, time_zone: str) -> QuietHours:
    return QuietHours(
        tuple(shape.channels),
        shape.time_zone or time_zone,
        _time(shape.begins),
        _time(shape.ends),
        tuple(shape.days_off),
        tuple(shape.let_through),
    )


def _digest(shape: NearDigestShape, time_zone: str) -> NearDigest:
    return NearDigest(
        tuple(shape.channels), _time(shape.at), shape.time_zone or time_zone, tuple(shape.days), shape.most
    )


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))
