"""Turns validated files into the core's frozen playbook: conditions become tests, models inherit.

Nothing is refused here: the files have been checked. What is left out in YAML gets its default here or in the
shapes, so that the same meaning written differently gives the same playbook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import partial
from types import MappingProxyType
from typing import Any

from syncd.core.playbook import (
    Bant,
    CampaignRule,
    Cell,
    Chase,
    Confirm,
    Consent,
    Content,
    Decisive,
    Feedback,
    FieldMap,
    Filter,
    Level,
    Levels,
    MachineClicks,
    Mappings,
    Matrix,
    Named,
    NearSql,
    Objection,
    Ownership,
    Playbook,
    Recycle,
    RecycleRule,
    SignalKind,
    SourceMatch,
    Track,
    Undo,
)
from syncd.settings.alerts import alerts_of
from syncd.settings.criteria import Terms, test_of
from syncd.settings.inheritance import resolved_models
from syncd.settings.routing import routing_of
from syncd.settings.shapes.connections import ConnectionsFile
from syncd.settings.shapes.mapping import MappingFile, MapShape
from syncd.settings.shapes.qualification import (
    ConfirmShape,
    FiltersFile,
    LetterShape,
    LevelsFile,
    MatrixShape,
)
from syncd.settings.shapes.routing import RoutingFile
from syncd.settings.shapes.sales import (
    AlertsFile,
    RecycleFile,
    RecycleShape,
)
from syncd.settings.shapes.scoring import ScoringFile
from syncd.settings.shapes.signals import SignalsFile, SignalShape
from syncd.settings.shapes.sla import SlaFile
from syncd.settings.sla import attribute_tests, sla_of
from syncd.settings.version import versions


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
    terms = terms_of(files)
    unversioned = Playbook(
        version="",
        evaluation_version="",
        delivery_version="",
        signals=tuple(sorted((_signal(item) for item in files.signals.signals), key=lambda kind: kind.id)),
        models=resolved_models(files.scoring, terms),
        filters=_filters(files.filters, terms),
        levels=_levels(files.levels, terms),
        feedback=_feedback(files.recycle),
        recycle=_recycle(files.recycle, terms),
        tracks=_tracks(files.recycle),
        sla=sla_of(files.sla, terms, files.connections.schedule.time_zone),
        routing=routing_of(files.routing, terms),
        alerts=alerts_of(files.alerts, files.connections.schedule.time_zone),
        mapping=_mappings(files.mapping),
        time_zone=files.connections.schedule.time_zone,
        quote_chars_max=files.connections.hubspot.quote_chars_max,
        sales_cycle_days=files.levels.sales_cycle_days,
        machine=MachineClicks(**files.signals.machine_clicks.model_dump()),
        undo=_undo(files.recycle),
        chase=_chase(files.recycle, files.connections.schedule.time_zone),
        content=tuple(
            Content(item.offer, tuple(item.closes), tuple(item.tracks), tuple(item.had))
            for item in files.levels.content
        ),
        objections=_objections(files.recycle),
    )
    return versions(unversioned)


def terms_of(files: Files) -> Terms:
    """What the words of conditions mean in these files."""
    levels = files.levels
    return Terms(
        lists=files.filters.lists,
        inbound=tuple(sorted(item.id for item in files.signals.signals if item.direction == "inbound")),
        scale=levels.sales_cycle_days / levels.written_for_days,
    )


# --- signals, filters, levels ----------------------------------------------------------------------------


def _signal(shape: SignalShape) -> SignalKind:
    sources = tuple(
        SourceMatch(
            source.source,
            (
                *attribute_tests(source.where, negate=False),
                *attribute_tests(source.unless, negate=True),
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


def _filters(file: FiltersFile, terms: Terms) -> tuple[Filter, ...]:
    return tuple(
        Filter(item.id, item.label, test_of(item.when, terms), item.outcome, item.divert_to)
        for item in file.filters
    )


def _levels(file: LevelsFile, terms: Terms) -> Levels:
    test = partial(test_of, terms=terms)
    mql = tuple(
        Level(
            id=level.id,
            label=level.label,
            enter=_named(level.enter, terms),
            leave=None if level.leave is None else test(level.leave),
            track=level.track or "",
        )
        for level in file.mql
    )
    near, decisive = file.near_sql, file.decisive
    within_days = terms.days(decisive.within_days, is_fixed=decisive.is_fixed)
    framework = file.framework
    return Levels(
        icp=_named(file.icp, terms),
        mql=mql,
        near_sql=NearSql(_named(near.enter, terms), near.at_least, near.track or ""),
        sql=_named(file.sql.enter, terms),
        decisive=Decisive(tuple(decisive.signals), within_days, _named(decisive.needs, terms)),
        bant=_letters(framework.letters if framework else file.bant, terms),
        framework=framework.name if framework else "BANT",
        matrix=None if file.matrix is None else _matrix(file.matrix),
        evangelist=_named(file.evangelist, terms),
        confirm=None if file.confirm is None else _confirm(file.confirm, terms),
    )


def _confirm(shape: ConfirmShape, terms: Terms) -> Confirm:
    return Confirm(
        track=shape.track,
        yes=tuple(shape.yes),
        no=tuple(shape.no),
        wait_days=shape.wait_days,
        near_sql=shape.near_sql,
        who=_named(shape.who, terms),
        after_no=shape.after_no or "",
        after_silence=shape.after_silence or "",
        again_after_days=shape.again_after_days,
    )


def _letters(letters: Sequence[LetterShape], terms: Terms) -> tuple[Bant, ...]:
    return tuple(
        Bant(
            item.id,
            item.label,
            test_of(item.confirmed, terms),
            None if item.inferred is None else test_of(item.inferred, terms),
        )
        for item in letters
    )


def _matrix(shape: MatrixShape) -> Matrix:
    bands = sorted(shape.bands.items(), key=lambda band: (-band[1], band[0]))
    cells = (Cell(name, cell.action, cell.track or "") for name, cell in sorted(shape.cells.items()))
    return Matrix(shape.score, tuple(bands), tuple(cells))


def _named(criteria: Sequence[Any], terms: Terms) -> tuple[Named, ...]:
    return tuple(Named(item.id, item.label, test_of(item.when, terms)) for item in criteria)


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
        reopen_from=tuple(shape.reopen_from),
    )


def _recycle(file: RecycleFile, terms: Terms) -> Recycle:
    rules = {
        item.reason: RecycleRule(
            reason=item.reason,
            label=item.label,
            track=item.track or "",
            cool_down_days=_cool_down(item, terms),
            decisive_breaks=item.decisive_breaks,
            is_final=item.is_final,
            lifecycle_stage=_stage_after(item),
            lead_status=item.lead_status,
            way_back="never" if item.is_final else item.way_back,
            date_field=item.date_field or (file.feedback.return_date_field if item.takes_date else ""),
        )
        for item in file.recycle
    }
    return Recycle(
        MappingProxyType(rules), file.pass_limit, file.unresponsive_after_days, file.return_within_days
    )


def _stage_after(rule: RecycleShape) -> str:
    """A final reason that names no stage shows the one of disqualified people."""
    is_named = not rule.is_final or "lifecycle_stage" in rule.model_fields_set
    return rule.lifecycle_stage if is_named else ""


def _cool_down(rule: RecycleShape, terms: Terms) -> int:
    """Whole days: what is longer than none stays at least one."""
    written = rule.cool_down_days
    return max(1, round(terms.days(written, is_fixed=rule.is_fixed))) if written else 0


def _chase(file: RecycleFile, time_zone: str) -> Chase:
    shape = file.chase
    hour, _, minute = shape.at.partition(":")
    return Chase(
        shape.after_hours, shape.task, tuple(shape.channels), time(int(hour), int(minute)), time_zone
    )


def _objections(file: RecycleFile) -> tuple[Objection, ...]:
    return tuple(
        Objection(item.id, item.label, tuple(item.written), item.contradicts or "")
        for item in file.objections
    )


def _undo(file: RecycleFile) -> Undo:
    """Where no status is named, the first that means sales rejected the Lead closes it."""
    refusing = (status for status, meaning in file.feedback.statuses.items() if meaning == "rejected")
    named = file.undo.lead_status
    return Undo(next(refusing, "") if named is None else named, file.undo.mark)


def _tracks(file: RecycleFile) -> Mapping[str, Track]:
    return MappingProxyType({item.id: Track(item.id, item.label, item.list_name) for item in file.tracks})


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
        currency=file.salesforce.currency,
        consent=Consent(
            tuple(file.consent.do_not_call),
            file.consent.lawful_basis,
            file.consent.lawful_basis_date,
            file.consent.unsubscribe_in_hubspot,
            tuple(file.consent.advertising),
        ),
        campaigns=tuple(
            CampaignRule(item.campaign, item.status, tuple(item.offer), tuple(item.source))
            for item in file.salesforce.campaigns
        ),
        history=file.salesforce.history.built(),
    )


def _field_map(target: str, shape: MapShape) -> FieldMap:
    return FieldMap(
        target=target,
        source=shape.source,
        ownership=Ownership(shape.write),
        fallback=shape.fallback,
        values=MappingProxyType(dict(shape.values)),
        transforms=tuple(shape.transform),
        clears=shape.clears,
    )
