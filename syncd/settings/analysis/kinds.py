"""Kinds of signal that no fact makes, that nothing uses, or that are another kind under a second name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from syncd.core.playbook import (
    AttributeTest,
    BehaviourRule,
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
from syncd.settings.vocabulary import DISTINCT, FORM_FIELD_PREFIX, PROPERTIES, UNTOLD

LOOKS_MAX: Final = 128
"""Patterns with * for one text of a stranger's before it is worth a warning. On the longest text made to be
slow 128 take 0.7 milliseconds and the 59 of the shipped playbook 0.25, by the matcher of
`syncd.core.patterns`; `python -m benchmarks.engine` measures the latter."""

MARKED_LOOKS: Final = 8
"""What one pattern with * and ? counts for: at worst 0.05 milliseconds against 0.006."""


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


def slow(places: Map) -> Iterator[Problem]:
    """Texts strangers choose, addresses and what they fill in, that are compared with too many patterns."""
    counts: Counter[str] = Counter()
    for kind in places.loaded.playbook.signals:
        for match in kind.sources:
            for test in match.where:
                if test.attribute != "url" and not test.attribute.startswith(FORM_FIELD_PREFIX):
                    continue
                name = f"{test.attribute} of {match.source}"
                before = counts[name]
                counts[name] += sum(map(_looks, test.patterns))
                if before <= LOOKS_MAX < counts[name]:
                    place = places.signal(kind.id)
                    message = (
                        f"{name} is compared with more than {LOOKS_MAX} patterns up to {place.name}: a text"
                    )
                    message += " made to be slow takes about a millisecond"
                    if any(_looks(pattern) > 1 for pattern in test.patterns):
                        message += f" (one with * and ? counts as {MARKED_LOOKS})"
                    yield place.problem("warning", message, allowed="fewer patterns with *")


def _looks(pattern: str) -> int:
    return 0 if "*" not in pattern else MARKED_LOOKS if "?" in pattern else 1


def thin(places: Map) -> Iterator[Problem]:
    """What is asked of facts that contacts' own properties do not say, where nothing else is read."""
    if places.loaded.settings.hubspot.web_behaviour != "properties":
        return
    because = "while `web_behaviour: properties` in connections.yaml leaves only contacts' own properties"
    for kind in places.loaded.playbook.signals:
        lacking = [_lacking(match) for match in kind.sources]
        if all(lacking):
            place = places.signal(kind.id)
            message = f"no fact makes {place.name} {because}: they do not tell {lacking[0]}"
            yield place.problem("warning", message, allowed="another source for it, or web_behaviour: auto")
    for model in places.loaded.playbook.models:
        for rule in model.behaviour:
            if rule.distinct and rule.distinct not in DISTINCT and not _told_apart(places, rule):
                place = places.rule(model.id, rule.id)
                message = f"{place.name} counts nothing {because}: they do not tell the {rule.distinct}"
                yield place.problem("warning", message, allowed="no `distinct`, or web_behaviour: auto")


def _lacking(match: SourceMatch) -> str:
    """What the source asks for and properties do not tell, or empty."""
    told = PROPERTIES.get(match.source)
    if told is None:
        return ""
    if match.source in UNTOLD:
        return "of it"
    asked = (test.attribute for test in match.where if not test.negate and test.attribute not in told)
    return next((f"the {attribute}" for attribute in asked), "")


def _told_apart(places: Map, rule: BehaviourRule) -> bool:
    kinds = {kind.id: kind for kind in places.loaded.playbook.signals}
    sources = [match.source for name in rule.signals for match in kinds[name].sources]
    return any(source not in PROPERTIES or rule.distinct in PROPERTIES[source] for source in sources)


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
    confirm = playbook.levels.confirm
    found |= {*confirm.yes, *confirm.no} if confirm is not None else set()
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
