"""Custom fields: those the mapping writes, those Salesforce works out from them, and those sales answers in.

Worked-out fields need no write of ours: the time left is right at every look. What sales answers in may exist
in an org under the same name, and deploying a picklist replaces its values: it stands in a folder of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from syncd.connectors.salesforce.sfdx.org import Org
from syncd.connectors.salesforce.sfdx.xml import Node, document
from syncd.ports import FieldDefinition

WAITING, HOURS_LEFT, TIME_LEFT, HAS_PERSON = (
    "Syncd_Waiting__c",
    "Syncd_Hours_Left__c",
    "Syncd_Time_Left__c",
    "Syncd_Has_Person__c",
)
OVERDUE = "1 Overdue"
_BANDS = ((0, OVERDUE), (4, "2 Within 4 hours"), (24, "3 Within a day"))
_LATER = "4 Later"

ACTIVITY = {"Task": "Activity"}  # custom fields of tasks are made on Activity (Metadata API, CustomField)
VISIBLE_LINES = 12


def made(org: Org) -> dict[str, str]:
    """Path to text of every field that is ours."""
    files = {
        _path(ACTIVITY.get(item.object_type, item.object_type), item.name): _field(item)
        for item in org.definitions
    }
    return files | {_path("Lead", name): text for name, text in _formulas(org)}


def formula_names(org: Org) -> tuple[str, ...]:
    """The fields of Lead that Salesforce works out."""
    return tuple(name for name, _text in _formulas(org))


def feedback(org: Org) -> dict[str, str]:
    """The picklists sales answers in, where they are custom fields."""
    asked = (
        ("Lead", org.reason_field, "Reason for giving back", org.reasons),
        ("Opportunity", org.lost_reason_field, "Reason for losing", org.lost_reasons),
    )
    return {
        _path(name, field): _picklist(field, label, values)
        for name, field, label, values in asked
        if is_own(field) and values
    }


def is_own(field: str) -> bool:
    """A custom field that no package brought: those are called ns__Name__c."""
    return field.endswith("__c") and "__" not in field.removesuffix("__c")


def _path(object_type: str, name: str) -> str:
    return f"objects/{object_type}/fields/{name}.field-meta.xml"


def _field(item: FieldDefinition) -> str:
    return document("CustomField", [
        ("fullName", item.name), ("label", item.label), ("description", item.description),
        ("inlineHelpText", item.description), *_TYPES[item.type](item),
    ])  # fmt: skip


def _text(item: FieldDefinition) -> list[Node]:
    """A unique one is our external id; keys that differ in case alone are the same key."""
    case: list[Node] = [("caseSensitive", False)] if item.is_unique else []
    shape: list[Node] = [("type", "Text"), ("length", item.length)]
    return [*shape, *case, ("unique", item.is_unique), ("externalId", item.is_unique)]


def _long_text(item: FieldDefinition) -> list[Node]:
    return [("type", "LongTextArea"), ("length", item.length), ("visibleLines", VISIBLE_LINES)]


def _number(item: FieldDefinition) -> list[Node]:
    return [("type", "Number"), ("precision", item.length), ("scale", 0), ("unique", False)]


_TYPES: Mapping[str, Callable[[FieldDefinition], list[Node]]] = {
    "text": _text,
    "long_text": _long_text,
    "number": _number,
    "date": lambda item: [("type", "Date")],
    "datetime": lambda item: [("type", "DateTime")],
    "bool": lambda item: [("type", "Checkbox"), ("defaultValue", "false")],
}


def _formulas(org: Org) -> Iterator[tuple[str, str]]:
    """Each needs the field it is worked out from: a mapping without a due time has no time left."""
    due, fresh = org.lead_field("syncd.sla_due_at"), org.status_of("new")
    if due and fresh:
        statuses = ", ".join(f"ISPICKVAL(Status, {_quoted(status)})" for status in fresh)
        yield _formula(
            WAITING, "Waits for first contact (syncd)", "Handed over, and sales has not begun.",
            f"AND(NOT(IsConverted), NOT(ISBLANK({due})), OR({statuses}))", [("type", "Checkbox")],
        )  # fmt: skip
        yield _formula(
            HOURS_LEFT, "Hours left (syncd)", "Until first contact is due; below zero: overdue.",
            f"IF({WAITING}, ({due} - NOW()) * 24, NULL)",
            [("type", "Number"), ("precision", 18), ("scale", 1), ("formulaTreatBlanksAs", "BlankAsBlank")],
        )  # fmt: skip
        bands = "".join(f"IF({HOURS_LEFT} < {hours}, {_quoted(name)}, " for hours, name in _BANDS)
        yield _formula(
            TIME_LEFT, "Time left (syncd)", "How soon first contact is due.",
            f'IF(NOT({WAITING}), "", {bands}{_quoted(_LATER)}{")" * len(_BANDS)})',
            [("type", "Text"), ("formulaTreatBlanksAs", "BlankAsBlank")],
        )  # fmt: skip
    yield _formula(
        HAS_PERSON, "Has a person (syncd)", "The owner is a person, not a queue.",
        'LEFT(OwnerId, 3) = "005"', [("type", "Checkbox")],
    )  # fmt: skip


def _formula(name: str, label: str, description: str, formula: str, more: Sequence[Node]) -> tuple[str, str]:
    return name, document("CustomField", [
        ("fullName", name), ("label", label), ("description", description), ("formula", formula), *more,
    ])  # fmt: skip


def _picklist(name: str, label: str, values: Sequence[str]) -> str:
    options: list[Node] = [
        ("value", [("fullName", value), ("default", False), ("label", value)]) for value in values
    ]
    definition: list[Node] = [("sorted", False), *options]
    return document("CustomField", [
        ("fullName", name), ("label", label), ("required", False), ("type", "Picklist"),
        ("valueSet", [("restricted", True), ("valueSetDefinition", definition)]),
    ])  # fmt: skip


def _quoted(text: str) -> str:
    """A text in a formula."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
