"""What the folder is written from: the mapping's fields, and what sales answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.ports import FieldDefinition, FieldNeed


@dataclass(frozen=True, slots=True)
class Org:
    """`statuses` give each Lead Status its meaning (new, working, accepted, rejected ...). `reasons` are the
    values of the field in which sales says why, `lost_reasons` those on opportunities."""

    api_version: str
    definitions: tuple[FieldDefinition, ...]
    needs: tuple[FieldNeed, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    reason_field: str = ""
    reasons: tuple[str, ...] = ()
    lost_reason_field: str = ""
    lost_reasons: tuple[str, ...] = ()
    near_level: str = "Near-SQL"
    reads_campaigns: bool = False

    def of(self, object_type: str) -> tuple[FieldDefinition, ...]:
        """The fields we make on an object."""
        return tuple(item for item in self.definitions if item.object_type == object_type)

    def lead_field(self, source: str) -> str:
        """The field of Lead that is filled from `source` (`syncd.level`); empty where none is."""
        return next((item.name for item in self.of("Lead") if item.source == source), "")

    def status_of(self, meaning: str) -> tuple[str, ...]:
        return tuple(status for status, told in self.statuses.items() if told == meaning)
