"""A fact that would count as a given kind of signal, made up from the patterns of its definition.

The core's own classification has the last word: what it does not take for that kind is no witness.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

from syncd.core.model import Shape
from syncd.core.playbook import Playbook, SignalKind, SourceMatch
from syncd.core.signals import classify
from syncd.settings.vocabulary import SOURCES

FILLS = ("", "x", " one ", "-1")
"""What a star may stand for, tried in this order."""

TRIES_MAX = 400
_NEVER_MADE_UP = frozenset({"lag", "agent", "automatic", "person", "seniority", "function"})


def witness(kind: SignalKind, playbook: Playbook, number: int = 1) -> Shape | None:
    """A fact of this kind, or None where none was found. Facts of other `number`s differ where they may."""
    for match in kind.sources:
        shape = witness_of(match, kind, playbook, number)
        if shape is not None:
            return shape
    return None


def witness_of(match: SourceMatch, kind: SignalKind, playbook: Playbook, number: int = 1) -> Shape | None:
    """The same, of one source of the kind."""
    for attributes in islice(_attempts(match), TRIES_MAX):
        for shape in (
            Shape(match.source, {**_extra(match, number), **attributes}),
            Shape(match.source, attributes),
        ):
            if kind.id in classify(shape, playbook):
                return shape
    return None


def _attempts(match: SourceMatch) -> Iterator[Mapping[str, str]]:
    """Values for the attributes the source asks for, star by star."""
    asked = [test for test in match.where if not test.negate]
    choices = [
        [_filled(pattern, fill) for pattern in test.patterns for fill in (FILLS if "*" in pattern else ("",))]
        for test in asked
    ]
    for values in product(*choices):
        yield {test.attribute: value for test, value in zip(asked, values, strict=True)}


def _filled(pattern: str, fill: str) -> str:
    return pattern.replace("*", fill).replace("?", "x").strip() or "x"


def _extra(match: SourceMatch, number: int) -> Mapping[str, str]:
    """What else such facts carry, so that several can be told apart."""
    named = {test.attribute for test in match.where}
    free = SOURCES.get(match.source, frozenset()) - named - _NEVER_MADE_UP
    return {name: f"{name} {number}" for name in sorted(free & {"campaign", "url", "form", "event"})}
