"""What an integration did against the rules, noted by the emulator it was done to, and by the process.

A write against the rules is answered as the vendor would, with success or with a refusal. Tests that never
look at their emulator are covered as well: `taken` gives what came since it was last asked, to whichever
emulator.
"""

from __future__ import annotations

from typing import TypeVar

Item = TypeVar("Item")

_ALL: list[object] = []


class Violations(list[Item]):
    """The list of one emulator; what is appended is also kept for `taken`."""

    def append(self, item: Item, /) -> None:
        super().append(item)
        _ALL.append(item)


def taken() -> list[object]:
    """What was noted since the last time, in the order it came."""
    found = list(_ALL)
    _ALL.clear()
    return found
