"""Who belongs to what: labelled pairs of objects, kept in both directions.

Changing an association changes no modified date on either side (facts section 9; airbyte issues 27199,
44554). A contact's first company is its primary one and carries two types. A batch read shows an object
without associations as an error.
"""

from __future__ import annotations

from collections import defaultdict

from syncd.connectors.sandbox.hubspot.kinds import PRIMARY_COMPANY, TYPE_IDS

Side = tuple[str, str]  # (from kind, to kind)


class Associations:
    """Pairs of object numbers by kind; `primary` names each contact's primary company."""

    def __init__(self) -> None:
        self._pairs: dict[Side, dict[int, dict[int, None]]] = defaultdict(dict)
        self.primary: dict[int, int] = {}

    def add(self, kind: str, number: int, other_kind: str, other: int) -> bool:
        """Connect two objects; False when they already were. Raises KeyError for kinds that cannot be."""
        if (kind, other_kind) not in TYPE_IDS:
            raise KeyError((kind, other_kind))
        known = self._pairs[kind, other_kind].setdefault(number, {})
        if other in known:
            return False
        known[other] = None
        self._pairs[other_kind, kind].setdefault(other, {})[number] = None
        if (kind, other_kind) == ("contacts", "companies"):
            self.primary.setdefault(number, other)
        elif (kind, other_kind) == ("companies", "contacts"):
            self.primary.setdefault(other, number)
        return True

    def remove(self, kind: str, number: int, other_kind: str, other: int) -> bool:
        """Disconnect two objects; False when they were not connected. The next company becomes primary."""
        known = self._pairs[kind, other_kind].get(number, {})
        if other not in known:
            return False
        del known[other]
        del self._pairs[other_kind, kind][other][number]
        if {kind, other_kind} == {"contacts", "companies"}:
            contact, company = (number, other) if kind == "contacts" else (other, number)
            if self.primary.get(contact) == company:
                del self.primary[contact]
                rest = self.of("contacts", contact, "companies")
                if rest:
                    self.primary[contact] = rest[0]
        return True

    def of(self, kind: str, number: int, other_kind: str) -> list[int]:
        """The other ends, in the order they were connected."""
        return list(self._pairs[kind, other_kind].get(number, ()))

    def drop(self, kind: str, number: int) -> None:
        """Disconnect an object from everything (it is purged)."""
        for (side, other_kind), known in list(self._pairs.items()):
            if side == kind:
                for other in list(known.get(number, ())):
                    self.remove(kind, number, other_kind, other)

    def move(self, kind: str, old: int, new: int) -> None:
        """Give everything the old object is connected with to the new one (a merge)."""
        primary = self.primary.get(old)
        for (side, other_kind), known in list(self._pairs.items()):
            if side != kind:
                continue
            others = list(known.get(old, ()))
            if other_kind == "companies" and primary is not None:
                others.sort(key=lambda other: other != primary)
            for other in others:
                self.add(kind, new, other_kind, other)
                self.remove(kind, old, other_kind, other)

    def types(self, kind: str, number: int, other_kind: str, other: int) -> list[dict[str, object]]:
        """The association types of one pair, as v4 shows them: the primary label comes first."""
        shown: list[dict[str, object]] = []
        side = (kind, other_kind)
        contact, company = (number, other) if kind == "contacts" else (other, number)
        if side in PRIMARY_COMPANY and self.primary.get(contact) == company:
            label = "Primary" if kind == "contacts" else None
            shown.append({"category": "HUBSPOT_DEFINED", "typeId": PRIMARY_COMPANY[side], "label": label})
        shown.append({"category": "HUBSPOT_DEFINED", "typeId": TYPE_IDS[side], "label": None})
        return shown
