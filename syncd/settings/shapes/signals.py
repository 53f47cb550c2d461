"""The shape of signals.yaml: which facts count as which named kind of signal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from syncd.settings.problems import did_you_mean, one_of
from syncd.settings.shapes.base import Block, Id, Label, Patterns, key, refuse
from syncd.settings.vocabulary import FORM_FIELD_PREFIX, SOURCES


def _check_attributes(source: str, where: dict[str, list[str]]) -> None:
    known = SOURCES[source]
    for attribute in where:
        if attribute in known:
            continue
        if source == "hubspot.form_submission" and attribute.startswith(FORM_FIELD_PREFIX):
            continue
        also = ", field.<name>" if source == "hubspot.form_submission" else ""
        raise refuse(
            f"facts of {source} carry no '{attribute[:60]}'{did_you_mean(attribute, known)}",
            (one_of(known) or "nothing: leave the condition out") + also,
        )


def _known_source(value: str) -> str:
    if value not in SOURCES:
        raise refuse(f"there is no source '{value[:60]}'{did_you_mean(value, SOURCES)}", one_of(SOURCES))
    return value


class SourceShape(Block):
    """Facts of one source whose attributes fit."""

    source: Annotated[str, AfterValidator(_known_source)] = key(
        "Kind of fact", "source: hubspot.form_submission"
    )
    where: dict[str, Patterns] = key(
        "Attribute: pattern, or list of them", 'where: {form: "*demo*"}', default={}
    )
    unless: dict[str, Patterns] = key(
        "Attribute: pattern that must not fit", 'unless: {form: "*watch*"}', default={}
    )

    @model_validator(mode="after")
    def _known_words(self) -> SourceShape:
        _check_attributes(self.source, self.where)
        _check_attributes(self.source, self.unless)
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


class SignalsFile(Block):
    """signals.yaml: the catalogue of signals."""

    signals: list[SignalShape] = key(
        "Kinds of signal",
        "- {id: demo_requested, label: Requested a demo, from: [...]}",
        min_length=1,
        max_length=500,
    )
