"""What an administrator sets: rules on duplicates and owners, and what the integration user may see.

Field-level security works as in an org: a hidden field is absent from describe and unknown to queries and
writes, which is why it looks the same as a field that was never made (REST guide, upsert; facts section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from syncd.connectors.sandbox.salesforce.fields import Field, ObjectType
from syncd.connectors.sandbox.salesforce.values import Row


class DuplicateAction(StrEnum):
    """Only `BLOCK` cannot be passed by `allowSave=true`; `REPORT` lets everything through and notes it."""

    REPORT = "report"
    ALERT = "alert"
    BLOCK = "block"


@dataclass
class DuplicateRule:
    """Records of `object` are compared by `field` with those of `against`: new ones, or where it changes."""

    name: str
    object: str
    action: DuplicateAction
    against: tuple[str, ...] = ("Contact", "Lead")
    field: str = "Email"
    is_active: bool = True
    message: str = "You're creating a duplicate record. We recommend you use an existing record instead."


@dataclass(frozen=True)
class ValidationRule:
    """The org's own check of records of `object`: a save is refused while `fails` says so of the new row."""

    object: str
    message: str
    fails: Callable[[Row], bool]
    fields: tuple[str, ...] = ()


@dataclass
class Quirks:
    """Behaviours that differ between orgs and versions; clients must bear both (facts 3.1, 3.3, 9)."""

    upsert_update_is_204: bool = False
    duplicates_spelt_right: bool = False
    converted_leads_take_writes: bool = False


@dataclass
class AssignmentRule:
    """Gives every Lead to `owner_id` when it runs; runs on API writes unless the header says FALSE."""

    id: str
    name: str
    owner_id: str
    is_active: bool = True


@dataclass
class Permissions:
    """What is kept from the integration user. Names are compared without case."""

    hidden_objects: set[str] = field(default_factory=set)
    hidden_fields: set[tuple[str, str]] = field(default_factory=set)
    read_only_fields: set[tuple[str, str]] = field(default_factory=set)

    def sees_object(self, object_name: str) -> bool:
        return object_name.lower() not in self.hidden_objects

    def sees(self, object_name: str, field_name: str) -> bool:
        return (object_name.lower(), field_name.lower()) not in self.hidden_fields

    def find(self, kind: ObjectType, field_name: str) -> Field | None:
        """The field if it exists and may be seen."""
        found = kind.find(field_name)
        return found if found and self.sees(kind.name, found.name) else None

    def may_write(self, object_name: str, item: Field, *, creating: bool) -> bool:
        allowed = item.is_createable if creating else item.is_updateable
        return allowed and (object_name.lower(), item.name.lower()) not in self.read_only_fields
