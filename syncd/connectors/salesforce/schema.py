"""What the org's describe says about objects and fields, read again on a timer and after a schema error.

A field that does not exist and one hidden by field-level security look the same: absent. Reads leave absent
fields out, unless they cannot do without.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from syncd.connectors.salesforce import errors
from syncd.connectors.salesforce.client import Client, Row
from syncd.core.fitting import FieldShape, Option
from syncd.ports import SystemFailure

NUMBERS = frozenset({"double", "currency", "percent", "int"})


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a picklist: as it is stored, as people read it, and at which places of the controlling
    field's values it is offered (none: at all)."""

    value: str
    label: str
    places: frozenset[int] = frozenset()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One field as describe shows it to us. `values` are the active picklist values."""

    name: str
    type: str
    length: int
    values: tuple[str, ...]
    is_restricted: bool
    is_createable: bool
    is_updateable: bool
    is_required: bool  # on create: not nillable, no default
    is_unique: bool
    is_external_id: bool
    scale: int | None = None  # decimals of a number
    digits: int | None = None  # places before the point of a number
    picks: tuple[Value, ...] = ()  # inactive ones too: a dependent field counts them
    controller: str = ""  # the field a dependent picklist follows


@dataclass(frozen=True, slots=True)
class Described:
    """One object as describe shows it to us."""

    name: str
    fields: Mapping[str, Field]
    is_createable: bool
    is_updateable: bool
    is_queryable: bool


class Schema:
    """Describes, cached. Safe to share between threads."""

    def __init__(
        self, client: Client, life_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._life_s = life_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Described]] = {}

    def of(self, object_name: str) -> Described:
        """The object, described at most `life_s` ago. Raises SystemFailure; `object_missing` where hidden."""
        with self._lock:
            held = self._known.get(object_name)
        if held is not None and self._monotonic() - held[0] < self._life_s:
            return held[1]
        described = _described(self._client.describe(object_name))
        with self._lock:
            self._known[object_name] = (self._monotonic(), described)
        return described

    def forget(self) -> None:
        """Read everything again when next asked: after a field turned out to be missing."""
        with self._lock:
            self._known.clear()

    def readable(
        self, object_name: str, required: Iterable[str], wanted: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """The fields to select: all of `required`, and what there is of `wanted`, in order, once each.

        Raises SystemFailure (configuration) naming every required field that is absent.
        """
        fields = self.of(object_name).fields
        required = tuple(required)
        absent = tuple(name for name in required if name not in fields)
        if absent:
            raise SystemFailure(
                errors.failure(
                    errors.ApiError("INVALID_FIELD", fields=tuple(f"{object_name}.{n}" for n in absent))
                )
            )
        return tuple(dict.fromkeys((*required, *(name for name in wanted if name in fields))))


def _described(answer: Row) -> Described:
    fields = {str(item["name"]): _field(item) for item in answer.get("fields") or ()}
    return Described(
        name=str(answer.get("name") or ""),
        fields=fields,
        is_createable=bool(answer.get("createable", True)),
        is_updateable=bool(answer.get("updateable", True)),
        is_queryable=bool(answer.get("queryable", True)),
    )


def _field(item: Mapping[str, Any]) -> Field:
    is_createable = bool(item.get("createable"))
    picks = tuple(
        Value(
            str(value["value"]),
            str(value.get("label") or ""),
            _places(value.get("validFor")),
            bool(value.get("active", True)),
        )
        for value in item.get("picklistValues") or ()
    )
    is_optional = bool(item.get("nillable", True) or item.get("defaultedOnCreate"))
    return Field(
        name=str(item["name"]),
        type=str(item.get("type") or ""),
        length=int(item.get("length") or 0),
        values=tuple(pick.value for pick in picks if pick.is_active),
        is_restricted=bool(item.get("restrictedPicklist")),
        is_createable=is_createable,
        is_updateable=bool(item.get("updateable")),
        is_required=is_createable and not is_optional,
        is_unique=bool(item.get("unique")),
        is_external_id=bool(item.get("externalId")),
        scale=int(item["scale"]) if item.get("type") in NUMBERS and "scale" in item else None,
        digits=_digits(item),
        picks=picks,
        controller=str(item.get("controllerName") or ""),
    )


def _digits(item: Mapping[str, Any]) -> int | None:
    """Places before the point: `digits` of a whole number, else the precision without the decimals
    ("DescribeSObjectResult", SOAP guide)."""
    if item.get("type") not in NUMBERS:
        return None
    found = item.get("digits") or int(item.get("precision") or 0) - int(item.get("scale") or 0)
    return int(found) if found and int(found) > 0 else None


def _places(valid_for: object) -> frozenset[int]:
    """The bits of `validFor`, from the left, as indexes of the controlling field's values: base64 of a bitmap
    ("PicklistEntry", SOAP guide)."""
    if not isinstance(valid_for, str) or not valid_for:
        return frozenset()
    try:
        bits = base64.b64decode(valid_for, validate=True)
    except ValueError:
        return frozenset()
    return frozenset(at * 8 + bit for at, byte in enumerate(bits) for bit in range(8) if byte & (0x80 >> bit))


def shapes(described: Described) -> Mapping[str, FieldShape]:
    """The fields as a delivery knows them. A dependent value names the values it goes with."""
    return {
        item.name: _shape(item, described.fields.get(item.controller)) for item in described.fields.values()
    }


def _shape(item: Field, controller: Field | None) -> FieldShape:
    leading = tuple(pick.value for pick in controller.picks) if controller is not None else ()
    options = tuple(
        Option(pick.value, pick.label, frozenset(leading[at] for at in pick.places if at < len(leading)))
        for pick in item.picks
        if pick.is_active
    )
    return FieldShape(
        type=item.type,
        length=item.length,
        values=item.values,
        restricted=item.is_restricted,
        is_createable=item.is_createable,
        is_updateable=item.is_updateable,
        scale=item.scale,
        digits=item.digits,
        options=options,
    )
