"""The part of the page about movement: what changed, what would lift the lead, when it falls."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from syncd.cli.show import day, when
from syncd.core.model import MICRO, Position

if TYPE_CHECKING:
    from syncd.core.explanation import Page
    from syncd.core.hypothetical import Act
    from syncd.core.lift import Way
    from syncd.core.since import Difference, ReasonChange

FACTS_MAX = 6
CHANGES_MAX = 8
WORDS = {"met": "yes", "missing": "no", "unknown": "unknown", "matched": "matches", "clear": "no match",
         "": "not asked"}  # fmt: skip


def changed(page: Page, zone: str, width: int) -> list[str]:
    """What is not as it was the last time."""
    found = page.changed
    if found is None:
        return []
    is_other_book = found.since_at == page.at  # two definitions at one moment
    told = [
        "Against the definition in force"
        if is_other_book
        else f"What changed since {when(found.since_at, zone)}"
    ]
    if found.is_empty:
        return [*told, "  Nothing."]
    if found.before != found.after:
        told += _bullet(f"{_place(page, found.before)} -> {_place(page, found.after)}", width)
    told += _numbers(found, width)
    told += _facts(found, zone, width)
    for item in (*found.criteria, *found.filters)[:CHANGES_MAX]:
        then, now = WORDS.get(item.before, item.before), WORDS.get(item.after, item.after)
        told += _bullet(f"{item.label}: {then} -> {now}", width)
    more = len(found.criteria) + len(found.filters) - CHANGES_MAX
    told += [f"  ... {more} more criteria"] if more > 0 else []
    gains = [_gain(item) for item in found.reasons[:FACTS_MAX]]
    return told + (_bullet(f"points: {'; '.join(gains)}", width) if gains else [])


def _numbers(found: Difference, width: int) -> list[str]:
    said = [
        f"{item.id} {item.before_micro / MICRO:.1f} -> {item.after_micro / MICRO:.1f}"
        for item in found.scores
    ]
    pairs = (("grade", found.grade), ("scoring model", found.model), ("cell", found.cell))
    said += [f"{name} {then or '-'} -> {now or '-'}" for name, (then, now) in pairs if then != now]
    return _bullet("; ".join(said), width) if said else []


def _facts(found: Difference, zone: str, width: int) -> list[str]:
    shown = [
        f"{item.label}{f' x{item.count}' if item.count > 1 else ''} ({day(item.at, zone)})"
        for item in found.facts[:FACTS_MAX]
    ]
    return _bullet(f"new: {'; '.join(shown)}", width) if shown else []


def _gain(item: ReasonChange) -> str:
    return f"{item.label} {(item.after_micro - item.before_micro) / MICRO:+.1f}"


def lifting(page: Page, width: int) -> list[str]:
    """The smallest sets of acts that lift the lead, tried out."""
    found = page.lift
    if found is None or found.target is None:
        return []
    told = [f"What would lift it to {_place(page, found.target)} or higher (each line is enough)"]
    for way in found.ways:
        told += _bullet(_way(page, way), width)
    if not found.ways:
        told += _bullet("Nothing tried: no set of up to three acts or facts does", width)
    for code in found.obstacles:
        told += _bullet(f"In the way of SQL: {page.labels.get(code, code)}", width)
    return told


def _way(page: Page, way: Way) -> str:
    acts = " and ".join(_act(act) for act in way.acts)
    return f"{acts} -> {_place(page, way.reaches)}"


def _act(act: Act) -> str:
    count = {1: "", 2: " twice"}.get(act.count, f" {act.count} times")
    if act.kind == "fact":
        return f"{act.label} (now unknown)"
    others = f" (or: {', '.join(act.others)})" if act.others else ""
    return f'"{act.label}"{count}{others}'


def ahead(page: Page, zone: str, width: int) -> list[str]:
    """When the lead moves without new activity, and where to."""
    found = page.ahead
    if found is None:
        return []
    lost = list(dict.fromkeys(item.label for item in found.lost))
    losing = f", losing: {'; '.join(lost)}" if lost else ""
    why = str(found.cause).replace("_", " ")
    said = f"Without new activity: {_place(page, found.target)} on {when(found.at, zone)} ({why}){losing}"
    told = textwrap.wrap(said, width, subsequent_indent="  ")
    if page.leaves_when and str(found.cause) == "criteria_lost":
        told += textwrap.wrap(f"The level is left when {page.leaves_when}.", width, initial_indent="  ",
                              subsequent_indent="  ")  # fmt: skip
    return told


def _place(page: Page, position: Position) -> str:
    return page.labels.get(str(position), str(position))


def _bullet(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="  - ", subsequent_indent="    ")
