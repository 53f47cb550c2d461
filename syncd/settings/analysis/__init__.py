"""Reads a valid playbook as an analyst would: what can never happen, what says the same twice, what misleads.

Nothing is called impossible that is not; what cannot be worked out is let pass. The worked examples are run
through the evaluation itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from syncd.settings.analysis import conditions, filters, kinds, levels, nurture, people, rules, sense
from syncd.settings.analysis.possible import Possible
from syncd.settings.analysis.sites import Map, map_of
from syncd.settings.problems import Problem

if TYPE_CHECKING:
    from syncd.settings.loading import Loaded

__all__ = ["analyse"]


def analyse(loaded: Loaded) -> tuple[Problem, ...]:
    """Errors, warnings and notes on a valid playbook, in the order of files and lines, each said once."""
    from syncd.settings.loading import in_order  # noqa: PLC0415 - it imports what is analysed

    places = map_of(loaded)
    return in_order([*_found(places, Possible(loaded.playbook))])


def _found(places: Map, possible: Possible) -> Iterator[Problem]:
    yield from people.failing_examples(places)
    yield from conditions.never(places, possible)
    yield from conditions.empty_lists(places)
    yield from conditions.forgotten(places)
    yield from conditions.twice(places)
    yield from rules.rules(places)
    yield from kinds.kinds(places)
    yield from kinds.thin(places)
    yield from kinds.slow(places)
    yield from filters.filters(places, possible)
    yield from filters.decisive(places, possible)
    yield from levels.levels(places, possible)
    yield from levels.grades(places, possible)
    yield from levels.matrix(places, possible)
    yield from levels.models(places, possible)
    yield from nurture.nurture(places)
    yield from sense.sense(places)
