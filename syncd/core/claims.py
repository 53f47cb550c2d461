"""What the definition claimed of somebody when it called them an SQL: kept in the ledger beside the scores.

Numbers by name, no words: which letters of the framework were known and how well, which SQL criteria held,
the grade. So the claim can be set against what sales says months later, whatever the facts and the playbook
have become meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from syncd.core.view import View

LETTER, CRITERION, GRADE = "letter.", "sql.", "grade."
"""Beginnings of names among the numbers of a ledger entry."""
CONFIRMED: Final = 2
INFERRED: Final = 1
NOT_KNOWN: Final = 0


def claimed(view: View) -> dict[str, int]:
    """The claim at this instant. A letter is confirmed, inferred or not known; a criterion holds or not."""
    asked = view.again()  # what is only noted down must not decide when the lead is looked at again
    found: dict[str, int] = {}
    for item in view.book.bant:
        level = NOT_KNOWN
        if item.confirmed(asked) is True:
            level = CONFIRMED
        elif item.inferred is not None and item.inferred(asked) is True:
            level = INFERRED
        found[f"{LETTER}{item.letter.id}"] = level
    for criterion in view.book.sql:
        found[f"{CRITERION}{criterion.named.id}"] = int(criterion.check(asked) is True)
    if asked.grade:
        found[f"{GRADE}{asked.grade}"] = 1
    return found


def letter(numbers: Mapping[str, int], name: str) -> int | None:
    """How well a letter was known; None where the entry was made before claims were kept."""
    return numbers.get(f"{LETTER}{name}")


def grade(numbers: Mapping[str, int]) -> str:
    """The grade claimed; blank where none was kept."""
    return next((name.removeprefix(GRADE) for name in numbers if name.startswith(GRADE)), "")
