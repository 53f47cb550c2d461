"""What was checked in both systems, as one readable screen: what is missing with its cure first.

Findings that differ only in the field or list they are about stand together under one cure: an org where
nothing was prepared yet still fits on a page.
"""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.cli.show import console

if TYPE_CHECKING:
    from rich.console import Console

    from syncd.jobs.binding import Preflight
    from syncd.ports import Finding

WORDS = {"problem": "MISSING", "before_go_live": "TO SETTLE", "warning": "NOTE"}
"""In this order they are shown."""


def show_preflight(found: Preflight) -> None:
    """The screen, with a verdict at its end. What is well is told in full only when nothing else is."""
    out = console()
    for level, word in WORDS.items():
        chosen = [item for item in found.findings if item.level == level]
        for _kind, alike in groupby(chosen, _kind_of):
            _show(out, word, list(alike))
    good = [item for item in found.findings if item.level == "ok"]
    for system in dict.fromkeys(item.system for item in good):
        names = [item.title for item in good if item.system == system]
        _say(out, f"ok  {system}: " + ("; ".join(names) if found.may_go_live else f"{len(names)} checks"))
    out.print()
    _say(out, verdict(found))


def verdict(found: Preflight) -> str:
    """One sentence: what may happen now."""
    missing, unsettled = len(found.problems), len(found.unsettled)
    if missing:
        return f"{missing} thing{'s' if missing != 1 else ''} missing: nothing is written until then."
    if unsettled:
        return f"{unsettled} thing{'s' if unsettled != 1 else ''} to settle before `syncd go-live`."
    return "Everything needed is there."


def _kind_of(item: Finding) -> tuple[str, ...]:
    return (item.system, item.code, _predicate(item), item.cure)


def _predicate(item: Finding) -> str:
    return item.title.removeprefix(item.subject).lstrip(": ")


def _show(out: Console, word: str, alike: list[Finding]) -> None:
    first = alike[0]
    if len(alike) == 1:
        _say(out, f"{word}  {first.system}: {first.title}", style="bold")
        if first.detail:
            _say(out, first.detail, indent=4)
    else:
        _say(out, f"{word}  {first.system}: {len(alike)} x {_predicate(first)}", style="bold")
        width = max(len(item.subject) for item in alike)
        for item in alike:
            _say(out, f"{item.subject:<{width}}  {item.detail}", indent=4, hang=width + 2)
    if first.cure:
        _say(out, f"-> {first.cure}", indent=4, hang=3)


def _say(out: Console, text: str, *, indent: int = 0, hang: int = 4, style: str = "") -> None:
    """One paragraph, wrapped at the console's width, its further lines indented by `hang` more."""
    lines = textwrap.wrap(
        text,
        max(out.width, 40),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        drop_whitespace=True,
        break_on_hyphens=False,
    )
    out.print("\n".join(lines), markup=False, style=style or None)
