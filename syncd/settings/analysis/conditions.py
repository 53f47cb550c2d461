"""Conditions that can never hold, wherever they stand, and rules and filters that say the same twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from syncd.core.playbook import (
    AllOf,
    AnyOf,
    FieldTest,
    IdleTest,
    Level,
    LevelTest,
    NotOf,
    Operator,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.settings.analysis.normal import Answer
from syncd.settings.analysis.possible import Possible
from syncd.settings.analysis.sites import Map, Site, leaves
from syncd.settings.problems import Problem

_CONSEQUENCE = {
    "fit": "it never gives points",
    "pattern": "it never gives points",
    "filter": "it never keeps anybody out",
    "icp": "nobody could pass the gate",
    "level": "nobody could ever enter the level",
    "near_sql": "nobody could ever be near",
    "sql": "nobody could become an SQL by score",
    "need": "no action would ever hand over",
    "letter": "it never says so",
    "evangelist": "no customer could become one",
    "confirm": "nobody would be asked",
    "route": "nobody would get this owner",
    "leave": "nobody would ever leave the level",
    "model": "nobody would be scored by it",
}


def never(places: Map, possible: Possible) -> Iterator[Problem]:
    """Conditions that contradict themselves."""
    lost = {level.id for level in places.loaded.playbook.levels.mql if is_lost(level, possible)}
    for site in places.sites:
        reason = possible.conflict((site.test, Answer.TRUE))
        if reason and any(isinstance(test, LevelTest) and test.level in lost for test in leaves(site.test)):
            continue  # said where that level is
        if reason and site.kind != "leave":
            level = "error" if site.kind in {"level", "near_sql", "sql", "need", "icp"} else "warning"
            message = f"{site.place.name} can never hold: {reason}; {_CONSEQUENCE[site.kind]}"
            yield site.place.problem(level, message, allowed="a condition somebody can meet")  # type: ignore[arg-type]
        else:
            yield from _never_parts(site, possible)


def is_lost(level: Level, possible: Possible) -> bool:
    """True when nobody can ever enter the level."""
    return bool(possible.conflict((AllOf(tuple(item.test for item in level.enter)), Answer.TRUE)))


def _never_parts(site: Site, possible: Possible) -> Iterator[Problem]:
    """One way in an `any` that can never be taken: the rest works, so that nobody would notice."""
    for part in _alternatives(site.test):
        reason = possible.conflict((part, Answer.TRUE))
        if reason:
            message = f"a part of {site.place.name} can never hold: {reason}; remove or mend that part"
            yield site.place.problem("warning", message)


def _alternatives(test: Test) -> Iterator[Test]:
    match test:
        case AnyOf():
            yield from test.items
            for item in test.items:
                yield from _alternatives(item)
        case AllOf():
            for item in test.items:
                yield from _alternatives(item)
        case _:
            return


def empty_lists(places: Map) -> Iterator[Problem]:
    """Lists nobody has filled yet."""
    for site in places.sites:
        empty = [test for test in leaves(site.test) if isinstance(test, FieldTest) and _is_empty(test)]
        if empty:
            field = empty[0].field
            message = (
                f"{site.place.name} compares {field} with a list that is empty, so nothing matches it yet"
            )
            yield site.place.problem(
                "note", message, allowed="entries of your own in `lists` of filters.yaml"
            )


def _is_empty(test: FieldTest) -> bool:
    return test.operator is Operator.MATCHES and not test.values


def forgotten(places: Map) -> Iterator[Problem]:
    """Windows that reach back further than the facts are kept."""
    kept = {kind.id: kind.retention_days for kind in places.loaded.playbook.signals}
    for site in places.sites:
        for test in leaves(site.test):
            days, names = _window(test)
            short = [name for name in names if (limit := kept[name]) is not None and days > limit]
            if short and days:
                named = " and ".join(sorted(set(short)))
                message = f"{site.place.name} looks back {days:g} days, and facts of {named} are kept for"
                message += f" {kept[short[0]]} days only"
                allowed = "a shorter window, or a longer `retention_days` in signals.yaml"
                yield site.place.problem("warning", message, allowed=allowed)


def _window(test: Test) -> tuple[float, Iterable[str]]:
    match test:
        case SignalTest(signals=signals, within_days=days):
            return days or 0.0, signals
        case SequenceTest(steps=steps, within_days=days):
            return days, [name for step in steps for name in step]
        case IdleTest(signals=signals, days=days) if len(signals) == 1:
            return days, signals
        case _:
            return 0.0, ()


# --- the same twice --------------------------------------------------------------------------------------


_LISTED = (
    "fit", "pattern", "filter", "icp", "level", "near_sql", "sql", "need", "evangelist", "confirm",
)  # fmt: skip
"""Kinds of condition of which several stand in one list."""


def twice(places: Map) -> Iterator[Problem]:
    """Rules of one list that test the same."""
    for kind in _LISTED:
        seen: dict[tuple[str, Test], Site] = {}
        for site in places.of(kind):
            key = (site.scope, canonical(site.test))
            if key in seen:
                first = seen[key]
                where = f"{first.place.name} in line {first.place.line}"
                message = f"{site.place.name} tests the same as {where}; keep one of them"
                yield site.place.problem("warning", message)
            else:
                seen[key] = site
    yield from _same_counting(places)


def _same_counting(places: Map) -> Iterator[Problem]:
    """Rules of behaviour that count the same signals for the same score."""
    for index, model in enumerate(places.loaded.files.scoring.models):
        seen: dict[tuple[object, ...], tuple[str, int]] = {}
        for number, rule in enumerate(model.behaviour):
            place = places.item("scoring.yaml", f"rule '{rule.id}'", "models", index, "behaviour", number)
            key = (frozenset(rule.signals), rule.score, rule.distinct, rule.points > 0, rule.window_days)
            if key in seen:
                name, line = seen[key]
                message = (
                    f"{place.name} counts the same signals for the same score as '{name}' in line {line};"
                )
                message += " join them, so that one cap holds for both"
                yield place.problem("warning", message)
            else:
                seen[key] = (rule.id, place.line)


def canonical(test: Test) -> Test:
    """The same test whatever the order in which it was written."""
    match test:
        case AllOf():
            return AllOf(tuple(sorted({canonical(item) for item in test.items}, key=repr)))
        case AnyOf():
            return AnyOf(tuple(sorted((canonical(item) for item in test.items), key=repr)), test.at_least)
        case NotOf():
            return NotOf(canonical(test.item))
        case FieldTest():
            return FieldTest(
                test.field, test.operator, tuple(sorted(value.casefold() for value in test.values))
            )
        case SignalTest():
            signals = tuple(sorted(set(test.signals)))
            return SignalTest(signals, test.at_least, test.within_days, test.distinct)
        case _:
            return test
