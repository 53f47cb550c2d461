"""One stored object, its property history, and its JSON.

Property values are text, as the vendor keeps them; a blank one is absent. History is kept only for
properties that ever changed: the first version of all others is their value at creation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.connectors.sandbox.hubspot.kinds import Kind


def stamp(at: datetime) -> str:
    """ISO time with milliseconds and Z, as the v3 and dated families write it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970, as the v1 family and search filters write times."""
    return int(at.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Version:
    """One value a property had, from `at` on. `source` says who wrote it: api, user, sync, form, ..."""

    value: str
    at: datetime
    source: str


class Record:
    """One object of any type. Only the state that owns it changes it."""

    __slots__ = (
        "archived",
        "archived_at",
        "changes",
        "created_at",
        "created_by",
        "id",
        "kind",
        "modified_at",
        "modified_ms",
        "number",
        "properties",
    )

    def __init__(
        self, kind: Kind, number: int, properties: dict[str, str], at: datetime, source: str
    ) -> None:
        self.kind = kind
        self.number = number
        self.id = str(number)
        self.properties = properties
        self.created_at = at
        self.created_by = source
        self.archived = False
        self.archived_at: datetime | None = None
        self.changes: dict[str, list[Version]] = {}
        self.modified_at = at
        self.modified_ms = epoch_ms(at)

    def __repr__(self) -> str:
        return f"<{self.kind.singular} {self.id}{' archived' if self.archived else ''}>"

    @property
    def history(self) -> dict[str, list[Version]]:
        """Every property's versions, oldest first, the present value last."""
        return {name: self.versions(name) for name in {*self.properties, *self.changes}}

    def versions(self, name: str) -> list[Version]:
        """The values of one property, oldest first; empty when it never had one."""
        if name in self.changes:
            return self.changes[name]
        value = self.properties.get(name)
        return [] if value is None else [Version(value, self.created_at, self.created_by)]

    def put(self, name: str, value: str, at: datetime, source: str) -> None:
        """Set one property, or clear it with an empty text, and remember what it was."""
        if name not in self.changes:
            self.changes[name] = self.versions(name)
        self.changes[name].append(Version(value, at, source))
        if value:
            self.properties[name] = value
        else:
            self.properties.pop(name, None)

    def touch(self, at: datetime, text: str) -> None:
        """Move the modified date to `at` (`text` is the same, already written out)."""
        self.modified_at = at
        self.modified_ms = epoch_ms(at)
        self.properties[self.kind.modified] = text

    def as_json(self, names: Iterable[str]) -> dict[str, object]:
        """The object as an answer shows it, with the properties named; a blank one is null."""
        get = self.properties.get
        shown: dict[str, object] = {
            "id": self.id,
            "properties": {name: get(name) for name in names},
            "createdAt": stamp(self.created_at),
            "updatedAt": self.properties[self.kind.modified],
            "archived": self.archived,
        }
        if self.archived_at is not None:
            shown["archivedAt"] = stamp(self.archived_at)
        return shown
