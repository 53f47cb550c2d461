"""Makes the properties the playbook's mapping needs, and leaves everything else in the portal as it is.

Reads, compares, then makes what is missing; to options it only adds, and only on properties of ours. Ours are
told by the end of their description, so that a person takes one over by editing it. A change of a property
replaces its whole list of options (facts 8.6): what is there is always sent along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.connectors.hubspot.answers import Option, Property
from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.checks import TYPES
from syncd.ports import Act, FieldDefinition, SetupStep, SystemFailure

GROUP, GROUP_LABEL = "syncd", "syncd"
MARK = "Made by syncd."
CONTACTS, CONTACT = "contacts", "contact"
TEXTAREA_FROM_CHARS = 255

_TYPES: Mapping[str, tuple[str, str]] = {
    "text": ("string", "text"),
    "long_text": ("string", "textarea"),
    "number": ("number", "number"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "bool": ("bool", "booleancheckbox"),
}
"""Type and field type (docs/guides/api/crm/properties, "Property type and fieldType values")."""

_CHOSEN = frozenset({"select", "radio", "checkbox"})
_NAMES: Mapping[str, str] = {
    "text": "single-line text",
    "textarea": "multi-line text",
    "select": "dropdown",
    "radio": "choice",
    "checkbox": "several choices",
    "number": "number",
    "date": "date",
    "datetime": "date and time",
    "bool": "checkbox",
}


def plan(api: Api, definitions: Sequence[FieldDefinition]) -> tuple[SetupStep, ...]:
    """What there is to do, in the order it would be done. Reads only. Raises SystemFailure."""
    known = api.properties(CONTACTS)
    missing = [item for item in definitions if item.name not in known]
    archived = api.properties(CONTACTS, archived=True) if missing else {}
    steps = [_step(item, known.get(item.name), archived.get(item.name)) for item in definitions]
    if missing and GROUP not in api.property_groups(CONTACTS):
        steps.insert(0, SetupStep(Act.MAKE, "group", GROUP, "", "a group of contact properties"))
    return tuple(steps)


def apply(api: Api, definitions: Sequence[FieldDefinition]) -> tuple[SetupStep, ...]:
    """The plan that was carried out; what it leaves is a person's. Doing it again does nothing.

    Raises SystemFailure; what was made until then stays, and doing it again goes on from there.
    """
    steps = plan(api, definitions)
    wanted = {item.name: item for item in definitions}
    for step in steps:
        if step.act in (Act.MAKE, Act.RESTORE):
            _make(api, wanted.get(step.name))
    if any(step.act in (Act.RESTORE, Act.ADD_OPTIONS) for step in steps):
        _add_options(api, definitions)
    return steps


def made(api: Api) -> tuple[Property, ...]:
    """Contact properties that are ours, by name. Raises SystemFailure."""
    known = api.properties(CONTACTS)
    return tuple(known[name] for name in sorted(known) if is_ours(known[name]))


def is_ours(known: Property) -> bool:
    return (known.description or "").rstrip().endswith(MARK)


# --- comparing -------------------------------------------------------------------------------------------


def _step(item: FieldDefinition, known: Property | None, archived: Property | None) -> SetupStep:
    wanted = _kind(*_type_of(item), len(item.options))
    if known is None:
        return _unborn(item, archived, wanted)
    before, ours = _kind(known.type, known.field_type, len(known.options)), is_ours(known)
    if not _fits(item, known):
        cure = (
            f"Map another property in mapping.yaml, or make {item.name} anew as {wanted}: HubSpot keeps the "
            "type a property was made with."
        )
        return SetupStep(Act.PERSON, CONTACT, item.name, before, wanted, cure, ours)
    missing = [label for _value, label in _missing(item, known)]
    if not missing:
        return SetupStep(Act.LEAVE, CONTACT, item.name, before, before, is_ours=ours)
    after = f"+ {', '.join(missing)}"
    if ours:
        return SetupStep(Act.ADD_OPTIONS, CONTACT, item.name, before, after, is_ours=True)
    cure = f"It is not ours to change: add these options to {item.name} (Settings > Properties)."
    return SetupStep(Act.PERSON, CONTACT, item.name, before, after, cure)


def _unborn(item: FieldDefinition, archived: Property | None, wanted: str) -> SetupStep:
    """Making a property whose name was archived brings the old one back, whatever its type (facts 8.6)."""
    if archived is None:
        return SetupStep(Act.MAKE, CONTACT, item.name, "", wanted)
    before = f"archived {_kind(archived.type, archived.field_type, len(archived.options))}"
    if _fits(item, archived):
        return SetupStep(Act.RESTORE, CONTACT, item.name, before, "back as it was")
    cure = f"Delete the archived {item.name} for good (Settings > Properties), or map another name."
    return SetupStep(Act.PERSON, CONTACT, item.name, before, wanted, cure)


def _fits(item: FieldDefinition, known: Property) -> bool:
    """Text may be any text, a dropdown among it: what the doctor accepts, too."""
    return known.type in TYPES[item.type.removeprefix("long_")] and not known.calculated


def _missing(item: FieldDefinition, known: Property) -> list[tuple[str, str]]:
    if known.type != "enumeration":
        return []
    there = {option.value for option in known.options}
    return [(value, label) for value, label in item.options if value not in there]


def _kind(type_: str, field_type: str, options: int) -> str:
    """A property's type as HubSpot's own settings call it."""
    name = _NAMES.get(type_) or _NAMES.get(field_type) or field_type or type_
    return f"{name} of {options}" if field_type in _CHOSEN else name


# --- making ----------------------------------------------------------------------------------------------


def _make(api: Api, item: FieldDefinition | None) -> None:
    """The property, or without one the group. Somebody else may have been faster: then it is there."""
    try:
        if item is None:
            api.create_property_group(CONTACTS, GROUP, GROUP_LABEL)
        else:
            api.create_property(CONTACTS, _body(item))
    except SystemFailure as error:
        if error.failure.status != 409:
            raise


def _add_options(api: Api, definitions: Sequence[FieldDefinition]) -> None:
    """Read again first: the list that is sent is the whole list."""
    known = api.properties(CONTACTS)
    for item in definitions:
        there = known.get(item.name)
        missing = _missing(item, there) if there is not None and is_ours(there) else []
        if there is not None and missing:
            kept = [_kept(option) for option in there.options]
            api.set_options(CONTACTS, item.name, [*kept, *_options(missing, len(kept))])


def _body(item: FieldDefinition) -> dict[str, object]:
    kind, field_type = _type_of(item)
    options = (("true", "Yes"), ("false", "No")) if kind == "bool" else item.options
    return {
        "name": item.name,
        "label": item.label,
        "type": kind,
        "fieldType": field_type,
        "groupName": GROUP,
        "description": f"{item.description} {MARK}",
        "formField": False,
        "options": _options(options, 0),
    }


def _type_of(item: FieldDefinition) -> tuple[str, str]:
    if item.options:
        return ("enumeration", "select")
    if item.type == "text" and item.length >= TEXTAREA_FROM_CHARS:
        return _TYPES["long_text"]
    return _TYPES[item.type]


def _options(options: Sequence[tuple[str, str]], first: int) -> list[dict[str, object]]:
    return [
        {"value": value, "label": label, "displayOrder": first + place, "hidden": False}
        for place, (value, label) in enumerate(options)
    ]


def _kept(option: Option) -> dict[str, object]:
    return {
        "value": option.value,
        "label": option.label,
        "displayOrder": option.display_order,
        "hidden": option.hidden,
        "description": option.description or "",
    }
