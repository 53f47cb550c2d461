"""Fields and objects of an org, and what `describe` says of them.

A schema is data: tests add values, restrict picklists, make fields required or drop them, as administrators
do. Names are kept as declared and found without regard to case, as the API does.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from syncd.connectors.sandbox.salesforce.errors import Refusal, not_found


class FieldType(StrEnum):
    ID = "id"
    STRING = "string"
    TEXTAREA = "textarea"
    PICKLIST = "picklist"
    COMBOBOX = "combobox"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    BOOLEAN = "boolean"
    INT = "int"
    DOUBLE = "double"
    CURRENCY = "currency"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    REFERENCE = "reference"


NUMBERS = frozenset({FieldType.INT, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT})
UNQUOTED = NUMBERS | {FieldType.BOOLEAN, FieldType.DATE, FieldType.DATETIME}
"""Types whose literals stand without quotes in SOQL."""
FILTERABLE_LENGTH_MAX = 255
_SOAP = {
    FieldType.ID: "tns:ID", FieldType.REFERENCE: "tns:ID", FieldType.BOOLEAN: "xsd:boolean",
    FieldType.INT: "xsd:int",
    FieldType.DATE: "xsd:date", FieldType.DATETIME: "xsd:dateTime",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `length` counts characters, `digits` the places before the point. `parents` name what a
    reference may point at, `relationship` the path to them, `children` the path back. `labels` are what
    people read of picklist values; a dependent picklist names its `controller`, per value the values of that
    field it goes with (`under`), and all of those in their order (`leading`)."""

    name: str
    type: FieldType
    length: int = 0
    digits: int = 0
    scale: int = 0
    is_required: bool = False
    default: object = None
    values: tuple[str, ...] = ()
    is_restricted: bool = False
    is_unique: bool = False
    is_external_id: bool = False
    is_createable: bool = True
    is_updateable: bool = True
    parents: tuple[str, ...] = ()
    relationship: str = ""
    children: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    controller: str = ""
    under: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leading: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        bare = self.name.removesuffix("__c").replace("_", " ")
        return "".join(
            f" {c}" if c.isupper() and i and bare[i - 1].islower() else c for i, c in enumerate(bare)
        )

    @property
    def is_custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def is_filterable(self) -> bool:
        return self.type is not FieldType.TEXTAREA or self.length <= FILTERABLE_LENGTH_MAX

    def describe(self) -> dict[str, object]:
        is_text = self.type not in UNQUOTED
        is_double = self.type in NUMBERS and self.type is not FieldType.INT
        return {
            "aggregatable": self.is_filterable, "autoNumber": False,
            "byteLength": self.length * 3 if is_text else 0,
            "calculated": False, "caseSensitive": False, "compoundFieldName": None,
            "controllerName": self.controller or None,
            "createable": self.is_createable, "custom": self.is_custom, "defaultValue": self.default,
            "defaultedOnCreate": self._is_defaulted(),
            "dependentPicklist": bool(self.controller), "deprecatedAndHidden": False,
            "digits": self.digits if self.type is FieldType.INT else 0,
            "encrypted": False, "externalId": self.is_external_id, "filterable": self.is_filterable,
            "groupable": self.is_filterable, "htmlFormatted": False,
            "idLookup": self.is_external_id or self.name in ("Id", "Email"), "inlineHelpText": None,
            "label": self.label, "length": self.length if is_text else 0, "name": self.name,
            "nameField": self.name == "Name", "namePointing": len(self.parents) > 1,
            "nillable": not self.is_required,
            "permissionable": self.is_custom or not self.is_required, "picklistValues": self._picklist(),
            "polymorphicForeignKey": len(self.parents) > 1,
            "precision": self.digits + self.scale if is_double else 0,
            "queryByDistance": False, "referenceTo": list(self.parents),
            "relationshipName": self.relationship or None, "restrictedPicklist": self.is_restricted,
            "scale": self.scale, "soapType": _SOAP.get(self.type,
            "xsd:double" if is_double else "xsd:string"),
            "sortable": self.is_filterable, "type": str(self.type), "unique": self.is_unique,
            "updateable": self.is_updateable,
        }  # fmt: skip

    def _is_defaulted(self) -> bool:
        return self.default is not None or self.type is FieldType.BOOLEAN or not self.is_createable

    def _picklist(self) -> list[dict[str, object]]:
        return [
            {"active": True, "defaultValue": v == self.default, "label": self.labels.get(v, v),
             "validFor": self._valid_for(v), "value": v}
            for v in self.values
        ]  # fmt: skip

    def _valid_for(self, value: str) -> str | None:
        """The values of the controlling field a value goes with: a bitmap from the left, in base64."""
        if not self.controller:
            return None
        bits = bytearray((len(self.leading) + 7) // 8)
        for at, leading in enumerate(self.leading):
            if leading in self.under.get(value, ()):
                bits[at // 8] |= 0x80 >> (at % 8)
        return base64.b64encode(bytes(bits)).decode()


@dataclass
class ObjectType:
    """One object: its key prefix, its fields by lower-case name, and the fields whose history is kept."""

    name: str
    prefix: str
    label_plural: str
    fields: dict[str, Field] = field(default_factory=dict)
    tracked: tuple[str, ...] = ()
    is_createable: bool = True
    is_updateable: bool = True
    is_deletable: bool = True

    def find(self, name: str) -> Field | None:
        return self.fields.get(name.lower())

    def add(self, items: Iterable[Field]) -> None:
        for item in items:
            self.fields[item.name.lower()] = item

    def parent_path(self, name: str) -> Field | None:
        """The reference field whose path has this name (`Owner`, `Account`)."""
        lower = name.lower()
        return next((f for f in self.fields.values() if f.relationship.lower() == lower), None)

    def describe_short(self) -> dict[str, object]:
        return {
            "name": self.name, "label": self.name, "labelPlural": self.label_plural, "keyPrefix": self.prefix,
            "custom": self.name.endswith("__c"), "createable": self.is_createable,
            "updateable": self.is_updateable,
            "deletable": self.is_deletable, "undeletable": self.is_deletable, "queryable": True,
            "retrieveable": True,
            "searchable": self.is_createable, "replicateable": True, "mergeable": self.name in MERGEABLE,
            "triggerable": self.is_createable, "layoutable": self.is_createable, "customSetting": False,
            "deprecatedAndHidden": False, "feedEnabled": False, "activateable": False,
        }  # fmt: skip


Child: TypeAlias = tuple[ObjectType, Field]

MERGEABLE = ("Lead", "Contact", "Account")


class Schema:
    """Every object of the org, found by name without case."""

    def __init__(self, objects: Iterable[ObjectType]) -> None:
        self._objects = {o.name.lower(): o for o in objects}

    def __iter__(self) -> Iterator[ObjectType]:
        return iter(self._objects.values())

    def find(self, name: str) -> ObjectType | None:
        return self._objects.get(name.lower())

    def get(self, name: str) -> ObjectType:
        """The object of that name. Raises Refusal NOT_FOUND."""
        found = self.find(name)
        if found is None:
            raise not_found()
        return found

    def by_prefix(self, record_id: str) -> ObjectType | None:
        return next((o for o in self._objects.values() if o.prefix == record_id[:3]), None)

    def field(self, object_name: str, field_name: str) -> Field:
        """That field. Raises Refusal INVALID_FIELD."""
        found = self.get(object_name).find(field_name)
        if found is None:
            raise Refusal("INVALID_FIELD", f"No such column '{field_name}' on entity '{object_name}'")
        return found

    def child_path(self, parent: str, path: str) -> Child | None:
        """The child object and its reference field behind a path such as `OpportunityContactRoles`."""
        for child in self._objects.values():
            for item in child.fields.values():
                if parent in item.parents and item.children.lower() == path.lower():
                    return child, item
        return None

    def child_paths(self, parent: str) -> list[dict[str, object]]:
        return [
            {"childSObject": child.name, "field": item.name, "relationshipName": item.children or None,
             "cascadeDelete": False, "restrictedDelete": False, "deprecatedAndHidden": False}
            for child in self._objects.values()
            for item in child.fields.values()
            if parent in item.parents
        ]  # fmt: skip
