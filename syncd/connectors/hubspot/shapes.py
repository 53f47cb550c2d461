"""What the portal lets us write on a contact: types, options and read-only properties, read again on a timer.

Lengths are not among them: HubSpot tells none (text holds 65,536 characters, "Properties" API).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from syncd.connectors.hubspot.answers import Property
from syncd.connectors.hubspot.api import Api
from syncd.core.fitting import FieldShape, Option

LIFE_S = 3600.0
TEXT_CHARS_MAX = 65_536
_PLURALS = {"contact": "contacts"}
_MULTIPLE = "checkbox"
"""The field type of an enumeration that takes several values, separated by semicolons."""
_TYPES = {"bool": "bool", "number": "number", "date": "date", "datetime": "datetime", "string": "text"}


class Shapes:
    """Property definitions as a delivery knows them. Safe to share between threads."""

    def __init__(
        self, api: Api, life_s: float = LIFE_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._life_s = life_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Mapping[str, FieldShape]]] = {}

    def of(self, object_type: str) -> Mapping[str, FieldShape]:
        """The properties of an object by our word for it, at most `life_s` old. Raises SystemFailure."""
        with self._lock:
            held = self._known.get(object_type)
        if held is not None and self._monotonic() - held[0] < self._life_s:
            return held[1]
        found = {
            name: _shape(item)
            for name, item in self._api.properties(_PLURALS.get(object_type, object_type)).items()
        }
        with self._lock:
            self._known[object_type] = (self._monotonic(), found)
        return found

    def forget(self) -> None:
        """Read everything again when next asked: after a value or a property was refused."""
        with self._lock:
            self._known.clear()


def _shape(item: Property) -> FieldShape:
    kind = _TYPES.get(item.type, item.type)
    if item.type == "enumeration":
        kind = "multipicklist" if item.field_type == _MULTIPLE else "enumeration"
    return FieldShape(
        type=kind,
        length=TEXT_CHARS_MAX if kind == "text" else 0,
        values=tuple(option.value for option in item.options),
        restricted=item.type == "enumeration",
        is_createable=not item.calculated,
        is_updateable=not item.calculated,
        options=tuple(Option(option.value, option.label) for option in item.options),
    )
