"""Which signals speak for a lead, and the scores as the ledger keeps them.

What a move is explained with, beside the verdict: nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from syncd.core.atoms import ScoreName
from syncd.core.compiled import Carrying
from syncd.core.scoring import EVIDENCE_MAX
from syncd.core.timeline import Entry
from syncd.core.view import View


def evidence(view: View) -> tuple[Entry, ...]:
    """The signals that speak for the lead now, newest first: those that gain points, and those that a
    criterion of its levels has counted, where it is met. What colleagues did is not among them."""
    found = set(evidence_of(view, view.book.carrying))
    for block in (*view.model.engagement, *view.model.intent):
        for rule in block.rules:
            entries = view.timeline.pick(rule.pick)
            if not rule.is_negative and entries and rule.gives(entries, view.second):
                found.update(_own(view, _inside(entries, view.second, rule.reach_s)))
    return tuple(sorted(found, reverse=True)[:EVIDENCE_MAX])


def evidence_of(view: View, carrying: Iterable[Carrying]) -> tuple[Entry, ...]:
    """The person's own signals that these criteria, where they are met, have counted; newest first."""
    asked = view.again()
    found: set[Entry] = set()
    for item in carrying:
        if item.check(asked):
            for atom in item.atoms:
                if asked.signal_holds(atom):
                    counted = atom.counted(view.timeline, view.second)
                    found.update(islice(_own(view, counted), EVIDENCE_MAX))
    return tuple(sorted(found, reverse=True)[:EVIDENCE_MAX])


def _own(view: View, entries: Iterable[Entry]) -> Iterator[Entry]:
    colleagues = view.timeline.colleagues
    return (entry for entry in entries if entry.key not in colleagues)


def numbers(view: View) -> dict[str, int]:
    """The scores at this instant, in micro-points, as the ledger keeps them."""
    return {name.value: view.micro(name) for name in ScoreName}


def _inside(entries: Iterable[Entry], second: int, window_s: int | None) -> Iterator[Entry]:
    for number, entry in enumerate(entries):
        if number >= EVIDENCE_MAX or (window_s is not None and second - entry.second > window_s):
            return
        yield entry
