"""Kinds of signal that no fact makes, that nothing uses, or that are another kind under a second name."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.core.playbook import (
    AttributeTest,
    IdleTest,
    Playbook,
    SequenceTest,
    SignalKind,
    SignalTest,
    SourceMatch,
    Test,
)
from syncd.settings.analysis.fields import covers
from syncd.settings.analysis.sites import Map, leaves
from syncd.settings.problems import Problem


def kinds(places: Map) -> Iterator[Problem]:
    """What is wrong with the catalogue."""
    playbook = places.loaded.playbook
    yield from _never_made(places)
    yield from _the_same(places)
    used = _used(places, playbook)
    for kind in playbook.signals:
        if (
            kind.id not in used
            and kind.direction == "inbound"
            and kind.phase != "sales"
            and not kind.is_human_need
        ):
            place = places.signal(kind.id)
            message = (
                f"nothing uses {place.name}: it is told in the story and in reports, and gives no points"
            )
            yield place.problem("note", message)


def _never_made(places: Map) -> Iterator[Problem]:
    """Sources whose `unless` takes away all that `where` lets in."""
    files = {item.id: number for number, item in enumerate(places.loaded.files.signals.signals)}
    for kind in places.loaded.playbook.signals:
        dead = [index for index, match in enumerate(kind.sources) if _excluded(match)]
        for index in dead:
            attribute = _excluded(kind.sources[index])
            place = places.item(
                "signals.yaml", f"signal '{kind.id}'", "signals", files[kind.id], "from", index
            )
            if len(dead) == len(kind.sources):
                message = (
                    f"no fact can make {place.name}: `unless` takes away every {attribute} `where` lets in"
                )
                yield place.problem("error", message)
            else:
                message = f"a source of {place.name} makes nothing: `unless` takes away every {attribute}"
                message += " `where` lets in"
                yield place.problem("warning", message)


def _excluded(match: SourceMatch) -> str:
    """The attribute all of whose wanted patterns are refused as well, or empty."""
    refused = {test.attribute: test.patterns for test in match.where if test.negate}
    for test in match.where:
        if not test.negate and _all_covered(test, refused.get(test.attribute, ())):
            return test.attribute
    return ""


def _all_covered(wanted: AttributeTest, refused: tuple[str, ...]) -> bool:
    return bool(refused) and all(covers(refused, pattern) for pattern in wanted.patterns)


def _the_same(places: Map) -> Iterator[Problem]:
    seen: dict[frozenset[tuple[str, frozenset[tuple[str, frozenset[str], bool]]]], str] = {}
    for kind in places.loaded.playbook.signals:
        facts = _facts(kind)
        if facts in seen:
            place = places.signal(kind.id)
            first = places.signal(seen[facts])
            message = f"{place.name} and '{seen[facts]}' in line {first.line} are made by the same facts;"
            message += " keep one of them"
            yield place.problem("warning", message)
        else:
            seen[facts] = kind.id


def _facts(kind: SignalKind) -> frozenset[tuple[str, frozenset[tuple[str, frozenset[str], bool]]]]:
    return frozenset(
        (
            match.source,
            frozenset(
                (test.attribute, frozenset(pattern.casefold() for pattern in test.patterns), test.negate)
                for test in match.where
            ),
        )
        for match in kind.sources
    )


def _used(places: Map, playbook: Playbook) -> frozenset[str]:
    """Kinds that anything counts, asks for or reacts to."""
    found = {name for model in playbook.models for rule in model.behaviour for name in rule.signals}
    found |= set(playbook.levels.decisive.signals)
    found |= {name for alert in playbook.alerts.heads_up for name in alert.signals}
    for site in places.sites:
        for test in leaves(site.test):
            found |= set(named(test))
    return frozenset(found)


def named(test: Test) -> tuple[str, ...]:
    """The kinds a plain test looks at. Silence in all is silence in none by name."""
    match test:
        case SignalTest(signals=signals):
            return signals
        case SequenceTest(steps=steps):
            return tuple(name for step in steps for name in step)
        case IdleTest(signals=signals):
            return signals
        case _:
            return ()
