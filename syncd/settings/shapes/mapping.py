"""The shape of mapping.yaml: which field gets what, and who may overwrite whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator

from syncd.core.transforms import MEANINGS, result_type
from syncd.settings.fields import (
    ANY,
    ELSEWHERE,
    READ_ONLY,
    SOURCE_TYPES,
    SYNCD_VALUES,
    TARGET_TYPES,
    TEXT,
    constant_fits,
    fits,
    type_of,
)
from syncd.settings.problems import did_you_mean, one_of
from syncd.settings.shapes.base import Block, key, refuse
from syncd.settings.shapes.conditions import READABLE, checked_field
from syncd.settings.shapes.handed import CampaignShape, ConsentShape, Currency, Transforms
from syncd.settings.shapes.open_leads import HistoryShape
from syncd.settings.vocabulary import POSITIONS

_SALESFORCE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_HUBSPOT_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_SOURCE_STARTS = ("contact.", "company.", "lead.", "sfcontact.", "person.", "account.", "syncd.")
_CUSTOM_STAGE = re.compile(r"[a-z]{1,60}|[0-9]{1,20}")


def _source(value: str) -> str:
    if value.startswith("="):
        return value
    prefix, _, name = value.partition(".")
    if prefix == "syncd":
        if name not in SYNCD_VALUES:
            raise refuse(
                f"there is no value '{value[:60]}'{did_you_mean(name, SYNCD_VALUES)}",
                one_of(f"syncd.{known}" for known in SYNCD_VALUES),
            )
        return value
    return checked_field(value)


def _fallback(value: str) -> str:
    """A source as it is; anything else is a constant, with or without the sign."""
    if not value or value.startswith("="):
        return value
    is_source = value.startswith(_SOURCE_STARTS) and " " not in value
    return _source(value) if is_source else f"={value}"


def _salesforce_name(value: str) -> str:
    if not _SALESFORCE_NAME.fullmatch(value):
        raise refuse(
            f"'{value[:60]}' is not the API name of a Salesforce field",
            "letters, digits and _; own fields end in __c",
            "field: Syncd_Brief__c",
        )
    return value


def _hubspot_name(value: str) -> str:
    if not _HUBSPOT_NAME.fullmatch(value):
        raise refuse(
            f"'{value[:60]}' is not the internal name of a HubSpot property",
            "small letters, digits and _",
            "field: syncd_stage",
        )
    return value


def _stage(value: str) -> str:
    if not _CUSTOM_STAGE.fullmatch(value):
        raise refuse(
            f"'{value[:60]}' is not the internal name of a lifecycle stage",
            "lead, marketingqualifiedlead, salesqualifiedlead, ... or the number of a custom stage",
            "sql: salesqualifiedlead",
        )
    return value


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Source = Annotated[str, AfterValidator(_source)]
SalesforceName = Annotated[str, AfterValidator(_salesforce_name)]
HubSpotName = Annotated[str, AfterValidator(_hubspot_name)]
StageName = Annotated[str, BeforeValidator(_text), AfterValidator(_stage)]


class MapShape(Block):
    """One field: what goes in, and who may overwrite whom."""

    source: Source = key(
        f"{READABLE}, syncd.*, or =text for a constant",
        "from: contact.jobtitle",
        alias="from",
    )
    fallback: Annotated[str, AfterValidator(_fallback)] = key(
        "Used where the source is blank; a source like `from`, or plain text",
        'fallback: "[unknown]"',
        default="",
        max_length=255,
    )
    write: Literal["ours", "until_touched", "fill_once", "on_create", "tick_only"] = key(
        "ours: always; until_touched: until a person changes it; fill_once: only where blank;"
        " on_create: only on records we create; tick_only: a box that is ticked and never unticked",
        "write: fill_once",
        default="ours",
    )
    values: dict[str, str] = key(
        "Translation: their value: value written", "values: {OFFLINE: Other}", default={}, max_length=500
    )
    transform: Transforms = key(
        "What is done to the text first, in order: "
        + "; ".join(f"{name}: {meaning}" for name, meaning in MEANINGS.items()),
        "transform: phone",
        default=[],
        max_length=4,
    )
    blank: Literal["", "keep", "clear"] = key(
        "What a blank source does. keep: nothing; clear: it empties the field, as far as `write` allows."
        " Without it, syncd.* clears and all else keeps",
        "blank: clear",
        default="",
    )

    @property
    def clears(self) -> bool:
        """Whether a blank source empties the field."""
        return self.blank == "clear" or (not self.blank and self.source.startswith("syncd."))

    def check_target(self, record: str, field: str) -> None:
        """Refuses a target that cannot be written, or whose type does not take the source."""
        if field in READ_ONLY[record]:
            raise refuse(
                f"{field} is set by the vendor and cannot be written",
                "a field of your own",
                "field: Syncd_Reason__c",
            )
        if field in ELSEWHERE[record]:
            raise refuse(f"{field} cannot be mapped: {ELSEWHERE[record][field]}", "another field")
        target = type_of(TARGET_TYPES, record, field)
        self._check_tick(field, target)
        self._check_transforms()
        written = [*self.values.values(), *([self.source[1:]] if self.source.startswith("=") else [])]
        for text in written:
            if not constant_fits(text, target):
                raise refuse(
                    f"'{text[:60]}' does not go into {field}, a {target} field",
                    *_EXAMPLES.get(target, ("", "")),
                )
        if not written:
            self._check_type(self.source, field, target)
        if self.fallback and not self.fallback.startswith("="):
            self._check_type(self.fallback, field, target)
        elif self.fallback and not constant_fits(self.fallback[1:], target):
            raise refuse(
                f"the fallback '{self.fallback[1:61]}' does not go into {field}, a {target} field",
                *_EXAMPLES.get(target, ("", "")),
            )

    def _check_tick(self, field: str, target: str) -> None:
        prefix, _, name = self.source.partition(".")
        given = type_of(SOURCE_TYPES, prefix, name)
        is_box = target in {ANY, "bool"}
        if self.write == "tick_only" and not (is_box and given in {ANY, TEXT, "bool"}):
            raise refuse(
                f"tick_only is for a box, and {self.source if is_box else field} is none",
                "ours, until_touched, fill_once, on_create",
                "write: until_touched",
            )

    def _check_transforms(self) -> None:
        """A constant is written as it is meant; a number, a date or a truth is no text to transform."""
        if not self.transform:
            return
        prefix, _, name = self.source.partition(".")
        given = type_of(SOURCE_TYPES, prefix, name)
        if self.source.startswith("="):
            raise refuse("a constant needs no transform", "the text as it is to be written", 'from: "=Web"')
        is_dated = self.transform == ["date"] and given in {"date", "datetime"}
        if given not in {ANY, TEXT, "picklist"} and not is_dated:
            raise refuse(
                f"{self.source} is {_ARTICLE[given]} and takes no transform '{self.transform[0]}'",
                "a text source",
                "{field: Phone, from: contact.phone, transform: phone}",
            )
        if "date" in self.transform[:-1]:
            raise refuse("date comes last: a day takes no further transform", example="transform: date")

    def _check_type(self, source: str, field: str, target: str) -> None:
        prefix, _, name = source.partition(".")
        given = type_of(SOURCE_TYPES, prefix, name)
        if self.transform:
            given = result_type(self.transform)
        if not fits(given, target):
            able = sorted(f"syncd.{known}" for known, kind in SYNCD_VALUES.items() if fits(kind, target))
            raise refuse(
                f"{source} is {_ARTICLE[given]} and does not go into {field}, {_ARTICLE[target]} field",
                f"{_ARTICLE[target]} source" + (f", such as {', '.join(able[:4])}" if able else ""),
                f"{{field: {field}, from: {able[0]}}}" if able else "",
            )


_ARTICLE: Mapping[str, str] = {
    kind: f"a {kind}" for kind in ("text", "number", "date", "datetime", "bool", "picklist")
} | {ANY: "any"}
_EXAMPLES: Mapping[str, tuple[str, str]] = {
    "number": ("digits", 'from: "=10"'),
    "bool": ("true or false", 'from: "=true"'),
    "date": ("year-month-day", 'from: "=2026-12-24"'),
    "datetime": ("date, time and offset", 'from: "=2026-12-24T09:00:00+00:00"'),
}
"""What a constant of a type looks like, and how to write one."""


class LeadField(MapShape):
    """One field of a Salesforce Lead."""

    field: SalesforceName = key("API name on Lead", "field: Title")

    @model_validator(mode="after")
    def _typed(self) -> LeadField:
        self.check_target("lead", self.field)
        return self


class SalesforceContactField(MapShape):
    """One field of a Salesforce Contact."""

    field: SalesforceName = key("API name on Contact", "field: Title")

    @model_validator(mode="after")
    def _typed(self) -> SalesforceContactField:
        self.check_target("sfcontact", self.field)
        return self


# They change as days pass; every write would bump the contact's modified date and wake the next pull.
FADING = frozenset({"syncd.score", "syncd.brief"})


class HubSpotField(MapShape):
    """One property of a HubSpot contact."""

    field: HubSpotName = key("Internal name on contacts", "field: syncd_stage")

    @model_validator(mode="after")
    def _typed(self) -> HubSpotField:
        if self.source in FADING:
            raise refuse(
                f"{self.source} changes from day to day; each write would mark the contact as changed",
                "syncd.grade, syncd.level, syncd.reason",
                "{field: syncd_fit_grade, from: syncd.grade}",
            )
        self.check_target("contact", self.field)
        return self


def _known_positions(stages: dict[str, str]) -> dict[str, str]:
    for position in stages:
        if position not in POSITIONS:
            raise refuse(
                f"there is no stage '{position[:60]}'{did_you_mean(position, POSITIONS)}", one_of(POSITIONS)
            )
    return stages


class LifecycleShape(Block):
    """HubSpot's lifecycle stage."""

    write: bool = key("false where HubSpot's own Salesforce sync writes it", "write: true", default=True)
    stages: Annotated[dict[str, StageName], AfterValidator(_known_positions)] = key(
        "Our stage: lifecycle stage", "stages: {mql: marketingqualifiedlead}"
    )


class SalesforceMapping(Block):
    """Fields on Salesforce Lead and Contact."""

    key_field: SalesforceName = key(
        "Our external id: text, External ID, Unique", "key_field: Syncd_Key__c", default="Syncd_Key__c"
    )
    task_key_field: SalesforceName = key(
        "Text field of Task for our key", "task_key_field: Syncd_Key__c", default="Syncd_Key__c"
    )
    currency: Currency = key(
        "What HubSpot's amounts are in; asked for where the org has several currencies",
        "currency: EUR",
        default="",
    )
    campaigns: list[CampaignShape] = key(
        "Campaigns a hand-off joins, once per pass",
        "campaigns: [{campaign: 7015g000000AbCdAAK, status: Responded}]",
        default=[],
        max_length=20,
    )
    history: HistoryShape = key(
        "What somebody did, as completed tasks and events", "history: {tasks: true}", default=HistoryShape()
    )
    lead: list[LeadField] = key("Fields of Lead", "- {field: Title, from: contact.jobtitle}", max_length=300)
    contact: list[SalesforceContactField] = key(
        "Fields of Contact", "- {field: Title, from: contact.jobtitle}", max_length=300
    )


class HubSpotMapping(Block):
    """Properties on the HubSpot contact."""

    contact: list[HubSpotField] = key(
        "Properties", "- {field: syncd_stage, from: syncd.stage}", max_length=300
    )
    lifecycle: LifecycleShape = key("Lifecycle stage", "lifecycle: {stages: {mql: marketingqualifiedlead}}")


class MappingFile(Block):
    """mapping.yaml: what is written where."""

    salesforce: SalesforceMapping = key("Lead and Contact", "salesforce: {lead: []}")
    hubspot: HubSpotMapping = key("Contact", "hubspot: {contact: []}")
    consent: ConsentShape = key("What may be done", "consent: {}", default=ConsentShape())
