"""The shape of signals.yaml: which facts count as which named kind of signal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from syncd.settings.problems import did_you_mean, one_of
from syncd.settings.shapes.base import Block, Id, Label, Patterns, key, refuse
from syncd.settings.vocabulary import (
    FORM_FIELD_PREFIX,
    MARK_PREFIX,
    MARKED,
    MARKED_AMOUNTS,
    MARKS,
    SOURCES,
    VALUES,
)

LISTED = "hubspot.list_membership"


def check_attributes(source: str, where: Mapping[str, str | list[str]]) -> None:
    """Refuses attributes the facts of this source never carry, and values these never have."""
    known = SOURCES[source]
    for attribute in where:
        if attribute in known:
            continue
        if source == "hubspot.form_submission" and attribute.startswith(FORM_FIELD_PREFIX):
            continue
        if source in MARKED and attribute.startswith(MARK_PREFIX):
            continue
        also = ", field.<name>" if source == "hubspot.form_submission" else ""
        also += ", mark.<letter>" if source in MARKED else ""
        raise refuse(
            f"facts of {source} carry no '{attribute[:60]}'{did_you_mean(attribute, known)}",
            (one_of(known) or "nothing: leave the condition out") + also,
        )
    for attribute, patterns in where.items():
        _check_values(source, attribute, [patterns] if isinstance(patterns, str) else patterns)


def names_lists(where: Mapping[str, str | list[str]]) -> bool:
    """Whether the lists to read are named, without wildcards: each costs calls."""
    named = where.get("list", [])
    patterns = [named] if isinstance(named, str) else named
    return bool(patterns) and not any(set(pattern) & {"*", "?"} for pattern in patterns)


def _check_values(source: str, attribute: str, patterns: list[str]) -> None:
    """Refuses a value an attribute never has, where its values are ours to name."""
    values = VALUES.get((source, attribute))
    if attribute.startswith(MARK_PREFIX):
        values = MARKED_AMOUNTS if attribute.endswith("_amount") else MARKS
    for pattern in patterns if values else ():
        if values and not set(pattern) & {"*", "?"} and pattern.casefold() not in values:
            raise refuse(
                f"'{attribute}' of {source} is never '{pattern[:60]}'{did_you_mean(pattern, values)}",
                one_of(values),
            )


def _known_source(value: str) -> str:
    if value not in SOURCES:
        raise refuse(f"there is no source '{value[:60]}'{did_you_mean(value, SOURCES)}", one_of(SOURCES))
    return value


SourceName = Annotated[str, AfterValidator(_known_source)]


class SourceShape(Block):
    """Facts of one source whose attributes fit."""

    source: SourceName = key("Kind of fact", "source: hubspot.form_submission")
    where: dict[str, Patterns] = key(
        "Attribute: pattern, or list of them", 'where: {form: "*demo*"}', default={}, max_length=12
    )
    unless: dict[str, Patterns] = key(
        "Attribute: pattern that must not fit", 'unless: {form: "*watch*"}', default={}, max_length=12
    )

    @model_validator(mode="after")
    def _known_words(self) -> SourceShape:
        check_attributes(self.source, self.where)
        check_attributes(self.source, self.unless)
        if self.source == LISTED and not names_lists(self.where):
            raise refuse(
                f"facts of {LISTED} are read of lists named in full", "where: {list: Event guests 2026}"
            )
        return self


class SignalShape(Block):
    """One named kind of signal."""

    id: Id = key("Name used by rules", "id: demo_requested")
    label: Label = key("What people read", "label: Requested a demo")
    sources: list[SourceShape] = key(
        "Facts that make it; any of them",
        'from: [{source: hubspot.form_submission, where: {form: "*demo*"}}]',
        alias="from",
        min_length=1,
        max_length=50,
    )
    channel: Label = key("Channel in reports", "channel: webinar", default="website")
    offer: str = key("Offer in reports", "offer: Demo", default="", max_length=120)
    phase: Literal["awareness", "consideration", "decision", "sales", "system"] = key(
        "Phase of buying it belongs to", "phase: decision", default="awareness"
    )
    direction: Literal["inbound", "outbound", "none"] = key(
        "Who moved: they (inbound) or we (outbound)", "direction: inbound", default="inbound"
    )
    intent: Literal["none", "weak", "strong"] = key(
        "What it says of buying", "intent: strong", default="none"
    )
    is_human_need: bool = key("Its quoted line is what the person said", "is_human_need: true", default=False)
    retention_days: int | None = key(
        "Forget it after n days", "retention_days: 730", default=None, ge=1, le=3650
    )

    @model_validator(mode="after")
    def _not_everything(self) -> SignalShape:
        if self.id == "any":
            raise refuse("no signal can be called 'any': `idle: any` means all of them", "another id")
        return self


class MachineShape(Block):
    """How opens and clicks by mail scanners and privacy proxies are told from people's."""

    is_on: bool = key("Leave them out of the scores", "is_on: true", default=True)
    seconds_after_send: int = key(
        "Sooner after the send than this, it was a machine",
        "seconds_after_send: 10",
        default=10,
        ge=0,
        le=300,
    )
    burst_links: int = key(
        "This many different links at once, it was a machine", "burst_links: 3", default=3, ge=2, le=100
    )
    burst_seconds: int = key("What counts as at once", "burst_seconds: 10", default=10, ge=1, le=600)
    redeemed_minutes: int = key(
        "A visit, form, reply or meeting this soon after it speaks for a person",
        "redeemed_minutes: 30",
        default=30,
        ge=0,
        le=1440,
    )


class SignalsFile(Block):
    """signals.yaml: the catalogue of signals."""

    machine_clicks: MachineShape = key(
        "Opens and clicks that are no person's",
        "machine_clicks: {is_on: true, seconds_after_send: 10}",
        default=MachineShape(),
    )

    signals: list[SignalShape] = key(
        "Kinds of signal",
        "- {id: demo_requested, label: Requested a demo, from: [...]}",
        min_length=1,
        max_length=500,
    )
