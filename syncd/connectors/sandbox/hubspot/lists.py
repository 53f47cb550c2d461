"""Lists ("segments"): MANUAL and SNAPSHOT ones take members from the API, DYNAMIC ones do not.

Adding a member twice or naming an unknown record is no error; the answer lists what was added, removed and
missing. Membership moves no modified date (facts section 11).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.records import stamp

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

PROCESSING_TYPES = ("MANUAL", "DYNAMIC", "SNAPSHOT")


@dataclass(slots=True)
class ContactList:
    id: str
    name: str
    processing_type: str
    created_at: datetime
    members: dict[int, datetime] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {
            "listId": self.id, "listVersion": 1, "name": self.name, "objectTypeId": "0-1",
            "processingType": self.processing_type, "processingStatus": "COMPLETE", "size": len(self.members),
            "createdAt": stamp(self.created_at), "updatedAt": stamp(self.created_at),
            "filtersUpdatedAt": stamp(self.created_at),
            "additionalProperties": {"hs_list_size": str(len(self.members)), "hs_list_reference_count": "0"},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class MembershipChange:
    added: list[str]
    removed: list[str]
    missing: list[str]

    def as_json(self) -> dict[str, object]:
        return {
            "recordsIdsAdded": self.added,
            "recordIdsRemoved": self.removed,
            "recordIdsMissing": self.missing,
        }


class Lists:
    """The portal's contact lists, by id."""

    def __init__(self, hubspot: HubSpot) -> None:
        self._hubspot = hubspot
        self.by_id: dict[str, ContactList] = {}

    def create(self, name: str, processing_type: str = "MANUAL") -> str:
        """The id of a new, empty list. Raises Refusal when the name is taken or the type unknown."""
        if processing_type not in PROCESSING_TYPES:
            raise answers.refuse(400, f"unknown processing type {processing_type}")
        if any(item.name == name for item in self.by_id.values()):
            message = f"A list already exists with the name {name}"
            raise answers.refuse(400, message, subCategory="ILS.DUPLICATE_LIST_NAMES")
        id_ = str(len(self.by_id) + 21)
        self.by_id[id_] = ContactList(id_, name, processing_type, self._hubspot.kernel.now)
        return id_

    def get(self, id_: str) -> ContactList:
        """The list of that id. Raises Refusal."""
        found = self.by_id.get(id_)
        if found is None:
            message = f"List does not exist with ID {id_}."
            raise answers.refuse(404, message, "OBJECT_NOT_FOUND", subCategory="ILS.LIST_NOT_FOUND")
        return found

    def named(self, name: str) -> ContactList:
        """The list of that name, without regard to case. Raises Refusal."""
        for item in self.by_id.values():
            if item.name.lower() == name.lower():
                return item
        message = f"List does not exist with name {name}."
        raise answers.refuse(404, message, "OBJECT_NOT_FOUND", subCategory="ILS.LIST_NOT_FOUND")

    def members(self, name: str) -> set[str]:
        return {str(number) for number in self.named(name).members}

    def change(self, list_: ContactList, add: list[str], remove: list[str], source: str) -> MembershipChange:
        """Add and remove members; unknown records are named missing. Raises Refusal for a DYNAMIC list."""
        if list_.processing_type == "DYNAMIC":
            if source == "api":
                self._hubspot.violations.append(f"list {list_.name}: a dynamic list takes no members")
            message = f"List {list_.id} is DYNAMIC: memberships cannot be changed by hand"
            raise answers.refuse(400, message, subCategory="ILS.INVALID_LIST_PROCESSING_TYPE")
        change = MembershipChange([], [], [])
        for text in add:
            number = self._number(text)
            if number is None:
                change.missing.append(text)
            elif number not in list_.members:
                list_.members[number] = self._hubspot.kernel.now
                change.added.append(str(number))
        for text in remove:
            number = self._number(text)
            if number is not None and list_.members.pop(number, None) is not None:
                change.removed.append(str(number))
        self._log(list_, change, source)
        return change

    def succeed(self, old: int, new: int) -> None:
        """After a merge the survivor is a member wherever one of the two was."""
        for item in self.by_id.values():
            if old in item.members:
                item.members.setdefault(new, item.members.pop(old))

    def forget(self, number: int) -> None:
        for item in self.by_id.values():
            item.members.pop(number, None)

    def _number(self, text: str) -> int | None:
        if not text.isdigit():
            return None
        number = self._hubspot.moved["contacts"].get(int(text), int(text))
        record = self._hubspot.objects["contacts"].get(number)
        return None if record is None or record.archived else number

    def _log(self, list_: ContactList, change: MembershipChange, source: str) -> None:
        contacts = self._hubspot.objects["contacts"]
        for operation, ids in (("list_add", change.added), ("list_remove", change.removed)):
            for id_ in ids:
                self._hubspot.log_write(operation, contacts[int(id_)], {}, {}, source, detail=list_.name)
