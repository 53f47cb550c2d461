"""Turns validated files into the core's frozen playbook: conditions become tests, models inherit.

Nothing is refused here: the files have been checked. What is left out in YAML gets its default here or in the
shapes, so that the same meaning written differently gives the same playbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from types import MappingProxyType
from typing import Any

from syncd.core.playbook import (
    Alerts,
    AttributeTest,
    Bant,
    BusinessHours,
    Decisive,
    Feedback,
    FieldMap,
    Filter,
    HeadsUp,
    IcpTest,
    Level,
    Levels,
    Mappings,
    Named,
    NearSql,
    Ownership,
    Playbook,
    Recycle,
    RecycleRule,
    Routing,
    SignalKind,
    Sla,
    SourceMatch,
    Test,
    Track,
)
from syncd.settings.criteria import Lists, test_of
from syncd.settings.inheritance import resolved_models
from syncd.settings.shapes.connections import ConnectionsFile
from syncd.settings.shapes.mapping import MappingFile, MapShape
from syncd.settings.shapes.qualification import FiltersFile, LevelsFile
from syncd.settings.shapes.sales import AlertsFile, HoursShape, RecycleFile, RoutingFile, SlaFile
from syncd.settings.shapes.scoring import ScoringFile
from syncd.settings.shapes.signals import SignalsFile, SignalShape
from syncd.settings.version import versions
from syncd.settings.vocabulary import WEEKDAYS

# Public holidays are computed for these years, so that one playbook means the same on every day.
HOLIDAY_YEARS = range(2024, 2041)


@dataclass(frozen=True, slots=True)
class Files:
    """All files, each valid."""

    connections: ConnectionsFile
    mapping: MappingFile
    signals: SignalsFile
    scoring: ScoringFile
    filters: FiltersFile
    levels: LevelsFile
    routing: RoutingFile
    sla: SlaFile
    recycle: RecycleFile
    alerts: AlertsFile


def playbook_of(files: Files) -> Playbook:
    """The playbook with its versions."""
    lists: Lists = files.filters.lists
    unversioned = Playbook(
        version="",
        evaluation_version="",
        delivery_version="",
        signals=tuple(sorted((_signal(item) for item in files.signals.signals), key=lambda kind: kind.id)),
        models=resolved_models(files.scoring, lists),
        filters=_filters(files.filters, lists),
        levels=_levels(files.levels, lists),
        feedback=_feedback(files.recycle),
        recycle=_recycle(files.recycle),
        tracks=_tracks(files.recycle),
        sla=_sla(files.sla, files.connections.schedule.time_zone),
        routing=_routing(files.routing, lists),
        alerts=_alerts(files.alerts),
        mapping=_mappings(files.mapping),
        time_zone=files.connections.schedule.time_zone,
        quote_chars_max=files.connections.hubspot.quote_chars_max,
        sales_cycle_days=files.levels.sales_cycle_days,
    )
    return versions(unversioned)


# --- signals, filters, levels ----------------------------------------------------------------------------


def _signal(shape: SignalShape) -> SignalKind:
    sources = tuple(
        SourceMatch(
            source.source,
            (
                *_attributes(source.where, negate=False),
                *_attributes(source.unless, negate=True),
            ),
        )
        for source in shape.sources
    )
    return SignalKind(
        id=shape.id,
        label=shape.label,
        sources=sources,
        channel=shape.channel,
        offer=shape.offer,
        phase=shape.phase,
        direction=shape.direction,
        intent=shape.intent,
        is_human_need=shape.is_human_need,
        retention_days=shape.retention_days,
    )


def _attributes(where: Mapping[str, Sequence[str]], *, negate: bool) -> Iterable[AttributeTest]:
    return (AttributeTest(name, tuple(patterns), negate) for name, patterns in sorted(where.items()))


def _filters(file: FiltersFile, lists: Lists) -> tuple[Filter, ...]:
    return tuple(
        Filter(item.id, item.label, test_of(item.when, lists), item.outcome, item.divert_to)
        for item in file.filters
    )


def _levels(file: LevelsFile, lists: Lists) -> Levels:
    test = partial(test_of, lists=lists)
    mql = tuple(
        Level(
            id=level.id,
            label=level.label,
            enter=_named(level.enter, lists),
            leave=None if level.leave is None else test(level.leave),
            track=level.track or "",
        )
        for level in file.mql
    )
    bant = tuple(
        Bant(
            item.id, item.label, test(item.confirmed), None if item.inferred is None else test(item.inferred)
        )
        for item in file.bant
    )
    return Levels(
        icp=_named(file.icp, lists),
        mql=mql,
        near_sql=NearSql(
            _named(file.near_sql.enter, lists), file.near_sql.at_least, file.near_sql.track or ""
        ),
        sql=_named(file.sql.enter, lists),
        decisive=Decisive(
            tuple(file.decisive.signals), file.decisive.within_days, _named(file.decisive.needs, lists)
        ),
        bant=bant,
    )


def _named(criteria: Sequence[Any], lists: Lists) -> tuple[Named, ...]:
    return tuple(Named(item.id, item.label, test_of(item.when, lists)) for item in criteria)


# --- sales -----------------------------------------------------------------------------------------------


def _feedback(file: RecycleFile) -> Feedback:
    shape = file.feedback
    return Feedback(
        statuses=MappingProxyType(dict(shape.statuses)),
        reason_field=shape.reason_field,
        reasons=MappingProxyType(dict(shape.reasons)),
        lost_reasons=MappingProxyType(dict(shape.lost_reasons)),
        default_reason=shape.default_reason,
        lost_reason_field=shape.lost_reason_field,
        reopen_as=shape.reopen_as,
    )


def _recycle(file: RecycleFile) -> Recycle:
    rules = {
        item.reason: RecycleRule(
            reason=item.reason,
            label=item.label,
            track=item.track or "",
            cool_down_days=item.cool_down_days,
            decisive_breaks=item.decisive_breaks,
            is_final=item.is_final,
            lifecycle_stage=item.lifecycle_stage,
            lead_status=item.lead_status,
        )
        for item in file.recycle
    }
    return Recycle(MappingProxyType(rules), file.pass_limit, file.unresponsive_after_days)


def _tracks(file: RecycleFile) -> Mapping[str, Track]:
    return MappingProxyType({item.id: Track(item.id, item.label, item.list_name) for item in file.tracks})


def _sla(file: SlaFile, default_zone: str) -> Sla:
    shape = file.business_hours
    hours = BusinessHours(
        time_zone=shape.time_zone or default_zone,
        days=tuple(sorted({WEEKDAYS.index(day) for day in shape.days})),
        opens=_clock(shape.opens),
        closes=_clock(shape.closes),
        holidays=_holidays(shape),
    )
    contact = file.first_contact
    scale = _open_hours(hours) / 24 if contact.counted_in == "working_days" else 1.0
    return Sla(
        target_hours=contact.target_hours * scale,
        breach_hours=contact.breach_hours * scale,
        hours=hours,
        task_subject=file.task.subject,
        task_priority=file.task.priority,
        task_status=file.task.status,
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


def _routing(file: RoutingFile, lists: Lists) -> Routing:
    rules: tuple[tuple[Test, str], ...] = tuple(
        (test_of(rule.when, lists), rule.owner) for rule in file.rules
    )
    return Routing(file.mode, file.owner or "", rules)


def _alerts(file: AlertsFile) -> Alerts:
    heads_up = tuple(
        HeadsUp(
            id=item.id,
            label=item.label,
            signals=tuple(item.signals),
            from_stage=item.from_level,
            icp=IcpTest(unknown_counts=item.icp == "not_failed"),
            channels=tuple(item.channels),
        )
        for item in file.heads_up
    )
    return Alerts(tuple(file.on_sql), tuple(file.on_hold), file.max_age_hours, heads_up)


# --- mapping ---------------------------------------------------------------------------------------------


def _mappings(file: MappingFile) -> Mappings:
    return Mappings(
        lead=tuple(_field_map(item.field, item) for item in file.salesforce.lead),
        sfcontact=tuple(_field_map(item.field, item) for item in file.salesforce.contact),
        contact=tuple(_field_map(item.field, item) for item in file.hubspot.contact),
        key_field=file.salesforce.key_field,
        task_key_field=file.salesforce.task_key_field,
        lifecycle=MappingProxyType(dict(file.hubspot.lifecycle.stages)),
        owns_lifecycle=file.hubspot.lifecycle.write,
    )


def _field_map(target: str, shape: MapShape) -> FieldMap:
    return FieldMap(
        target=target,
        source=shape.source,
        ownership=Ownership(shape.write),
        fallback=shape.fallback,
        values=MappingProxyType(dict(shape.values)),
    )
