"""Filters no one is named by because another comes first, and decisive actions that never hand over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from syncd.core.playbook import AnyOf, Playbook, SignalKind, SignalTest
from syncd.settings.analysis.normal import Answer
from syncd.settings.analysis.possible import Possible
from syncd.settings.analysis.sites import Map
from syncd.settings.problems import Problem

STOPPING: Final = frozenset({"block", "divert", "hold", "stop"})
"""Outcomes that keep a decisive action from sales."""


def filters(places: Map, possible: Possible) -> Iterator[Problem]:
    """Filters in one another's shadow."""
    listed = places.loaded.playbook.filters
    for index, item in enumerate(listed):
        if possible.conflict((item.test, Answer.TRUE)):
            continue  # said already
        for earlier in listed[:index]:
            both = {item.outcome, earlier.outcome} <= STOPPING
            if (both or item.outcome == earlier.outcome) and possible.implies([item.test], earlier.test):
                place = places.item("filters.yaml", f"filter '{item.id}'", "filters", index)
                message = f"whoever {place.name} matches is matched by '{earlier.id}' before"
                message += (
                    f", so its outcome ({item.outcome}) never counts"
                    if item.outcome != earlier.outcome
                    else ""
                )
                yield place.problem("warning", message, allowed="the narrower filter first")
                break


def decisive(places: Map, possible: Possible) -> Iterator[Problem]:
    """Decisive kinds that can never hand over, or that should not."""
    playbook = places.loaded.playbook
    kinds = {kind.id: kind for kind in playbook.signals}
    for index, name in enumerate(playbook.levels.decisive.signals):
        place = places.item("levels.yaml", f"decisive signal '{name}'", "decisive", "signals", index)
        did = SignalTest((name,), 1, playbook.levels.decisive.within_days)
        if stops := _always_stopping(did, playbook, possible):
            message = f"{place.name} never hands over: {stops} always stops who does it"
            yield place.problem("error", message, allowed="a filter that looks at who they are, not at this")
        if reason := _weakness(kinds[name]):
            yield place.problem("warning", f"{place.name} hands over on its own, and {reason}")
    repeated = sorted(
        {n for n in playbook.levels.decisive.signals if playbook.levels.decisive.signals.count(n) > 1}
    )
    for name in repeated:
        place = places.item("levels.yaml", "decisive", "decisive", "signals")
        yield place.problem("note", f"decisive names '{name}' twice")


def _always_stopping(did: SignalTest, playbook: Playbook, possible: Possible) -> str:
    """What keeps everybody out who did it: one filter, or all of them between them; empty where nothing."""
    stopping = [item for item in playbook.filters if item.outcome in STOPPING]
    for item in stopping:
        if possible.implies([did], item.test):
            return f"filter '{item.id}'"
    together = AnyOf(tuple(item.test for item in stopping))
    return "one filter or another" if stopping and possible.implies([did], together) else ""


def _weakness(kind: SignalKind) -> str:
    """Why one action of this kind says too little, or empty."""
    if kind.direction != "inbound":
        return f"its direction is {kind.direction}: it is nothing the person did; take it out of `decisive`"
    if kind.intent == "none":
        return "in signals.yaml its intent is none: say what it says of buying, or take it out of `decisive`"
    if kind.intent == "weak":
        return "in signals.yaml its intent is weak: no weak action makes an SQL; take it out of `decisive`"
    return ""
