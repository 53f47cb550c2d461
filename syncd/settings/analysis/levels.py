"""Levels that say the same, that nobody is at or nobody leaves; grades, bands and cells out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from syncd.core.playbook import AllOf, AnyOf, GradeTest, Level, Matrix, Model, Named, ScoreTest, Test
from syncd.settings.analysis.bounds import Bounds
from syncd.settings.analysis.conditions import is_lost
from syncd.settings.analysis.normal import Answer
from syncd.settings.analysis.possible import TINY, Possible
from syncd.settings.analysis.sites import Map, Place, leaves
from syncd.settings.problems import Problem


def levels(places: Map, possible: Possible) -> Iterator[Problem]:
    """What is wrong between levels."""
    mql = places.loaded.playbook.levels.mql
    lost = {level.id for level in mql if is_lost(level, possible)}
    for index, level in enumerate(mql):
        place = places.item("levels.yaml", f"level '{level.id}'", "mql", index)
        if level.id in lost:
            reason = possible.conflict((_enter(level.enter), Answer.TRUE))
            if not any(possible.conflict((item.test, Answer.TRUE)) for item in level.enter):
                message = f"{place.name} can never be entered: its criteria exclude one another ({reason})"
                yield place.problem("error", message)
            continue
        for higher in mql[index + 1 :]:
            yield from _swallowed(place, level, higher, possible)
        yield from _hysteresis(places, index, level, possible)
    if not lost:
        yield from _sql(places, possible)


def _enter(criteria: tuple[Named, ...]) -> Test:
    return AllOf(tuple(item.test for item in criteria))


def _swallowed(place: Place, level: Level, higher: Level, possible: Possible) -> Iterator[Problem]:
    """Nobody is at a level whose every member is already at a higher one."""
    enter, above = _enter(level.enter), _enter(higher.enter)
    if not possible.implies([enter], above):
        return
    if possible.implies([above], enter):
        message = f"{place.name} and '{higher.id}' ask for the same, so nobody is ever at '{level.id}'"
    else:
        message = f"whoever enters {place.name} meets '{higher.id}' too, so nobody is ever at '{level.id}'"
    allowed = "the higher level asks for more than the lower one"
    yield place.problem("warning", message, allowed=allowed, example="{level: " + level.id + "}")


def _hysteresis(places: Map, index: int, level: Level, possible: Possible) -> Iterator[Problem]:
    enter = _enter(level.enter)
    if level.leave is None:
        place = places.item("levels.yaml", f"level '{level.id}'", "mql", index)
        lowest = next((t for t in leaves(enter) if isinstance(t, ScoreTest) and t.at_least is not None), None)
        if lowest is not None:
            example = f"leave: {{score: {lowest.score}, below: {(lowest.at_least or 0) * 2 / 3:.0f}}}"
            message = f"{place.name} has no `leave`: points fade, so people come and go around its threshold"
            yield place.problem("note", message, example=example)
        return
    place = places.item("levels.yaml", f"`leave` of level '{level.id}'", "mql", index, "leave")
    if reason := possible.conflict((level.leave, Answer.TRUE)):
        message = f"{place.name} can never hold, so nobody ever leaves the level: {reason}"
        yield place.problem("warning", message)
    elif not possible.conflict((level.leave, Answer.TRUE), (enter, Answer.TRUE)):
        message = (
            f"{place.name} may hold while its `enter` still does; entering wins, so they stay, and the gap"
            " that keeps people from flapping is not there"
        )
        allowed = "a `leave` that `enter` excludes, such as a lower border of the same score"
        yield place.problem("warning", message, allowed=allowed)


def _sql(places: Map, possible: Possible) -> Iterator[Problem]:
    playbook = places.loaded.playbook
    sql, near = _enter(playbook.levels.sql), playbook.levels.near_sql
    place = places.item("levels.yaml", "sql", "sql")
    parts_hold = not any(possible.conflict((item.test, Answer.TRUE)) for item in playbook.levels.sql)
    reason = possible.conflict((sql, Answer.TRUE))
    if reason and parts_hold:
        message = f"nobody can become an SQL by score: the criteria exclude one another ({reason})"
        yield place.problem("error", message)
    for level in playbook.levels.mql:
        enter = _enter(level.enter)
        if not reason and not possible.conflict((enter, Answer.TRUE)) and possible.implies([enter], sql):
            message = f"whoever enters level '{level.id}' meets every SQL criterion too, so nobody is at it"
            yield place.problem("warning", message, allowed="SQL criteria that ask for more than the level")
    yield from _near(places, possible, _enter(near.enter), sql)


def _near(places: Map, possible: Possible, floor: Test, sql: Test) -> Iterator[Problem]:
    levels = places.loaded.playbook.levels
    place = places.item("levels.yaml", "near_sql", "near_sql")
    enough = AnyOf(tuple(item.test for item in levels.sql), levels.near_sql.at_least)
    if levels.near_sql.at_least == len(levels.sql):
        message = f"near_sql wants all {len(levels.sql)} SQL criteria: who meets them is an SQL, not near one"
        less = len(levels.sql) - 1
        allowed = f"at_least: {less} or less" if less else "more SQL criteria, so that some can be missing"
        yield place.problem("warning", message, allowed=allowed)
    elif possible.conflict((floor, Answer.TRUE), (enough, Answer.TRUE), (sql, Answer.NOT_TRUE)):
        message = "nobody can be near SQL: whoever meets the floor and enough criteria meets all of them"
        yield place.problem("warning", message, allowed="a lower at_least, or criteria that differ")


# --- grades, bands, cells --------------------------------------------------------------------------------


def grades(places: Map, possible: Possible) -> Iterator[Problem]:
    """Letters no rule of fit can earn, and letters everybody earns; said once for models that inherit."""
    found: dict[tuple[Place, str], list[str]] = {}
    for bounds in possible.bounds:
        for message in _grades(bounds):
            found.setdefault((places.grades(bounds.model.id), message), []).append(bounds.model.id)
    for (place, message), names in found.items():
        listed = " and ".join(f"'{name}'" for name in names)
        yield place.problem("warning", f"{place.name} of model{'s' * (len(names) > 1)} {listed}: {message}")


def _grades(bounds: Bounds) -> Iterator[str]:
    grades, most, least = bounds.model.grades, bounds.most("fit"), bounds.least("fit")
    for name, other in _same_border(bounds.model):
        yield f"{name} and {other} begin at the same points, so nobody gets {other}"
    for letter, lowest in grades[:-1]:
        if lowest > most + TINY:
            yield f"{letter} needs {lowest:g} fit points, and the rules give {most:g} at most"
    for letter, lowest in grades[:-1]:
        if lowest <= least:
            yield f"everybody has {letter} or better: it begins at {lowest:g}, and nobody has less"
            return


def _same_border(model: Model) -> Iterator[tuple[str, str]]:
    for (name, points), (other, same) in pairwise(model.grades):
        if points == same:
            yield name, other


def matrix(places: Map, possible: Possible) -> Iterator[Problem]:
    """Bands out of reach, cells nobody can be in, and cells that say nothing."""
    found = places.loaded.playbook.levels.matrix
    if found is None:
        return
    place = places.item("levels.yaml", "matrix", "matrix")
    for name, lowest in found.bands[:-1]:
        if all(lowest > bounds.most(found.score) + TINY for bounds in possible.bounds):
            most = max(bounds.most(found.score) for bounds in possible.bounds)
            at = places.item("levels.yaml", "matrix", "matrix", "bands", name)
            message = (
                f"band {name} of the matrix begins at {found.score} {lowest:g}, and all rules give {most:g}"
            )
            message += " at most"
            yield at.problem("warning", message, allowed=f"{most:g} or less")
    named = {cell.id for cell in found.cells}
    letters = {letter: None for bounds in possible.bounds for letter, _points in bounds.model.grades}
    missing = [
        letter + band for letter in letters for band, _lowest in found.bands if letter + band not in named
    ]
    if missing:
        message = f"the matrix says nothing about {', '.join(missing[:8])}: who is there has no action"
        yield place.problem("warning", message, allowed="an action for each cell")
    yield from _empty_cells(places, found, possible)


def _empty_cells(places: Map, found: Matrix, possible: Possible) -> Iterator[Problem]:
    for cell in found.cells:
        at = places.item("levels.yaml", "matrix", "matrix", "cells", cell.id)
        letter = next(
            (name for bounds in possible.bounds for name, _points in bounds.model.grades
             for band, _lowest in found.bands if name + band == cell.id), "",
        )  # fmt: skip
        if letter and possible.conflict((GradeTest((letter,)), Answer.TRUE)):
            yield at.problem("warning", f"nobody can be in cell {cell.id}: no model can give grade {letter}")


# --- who is scored by what -------------------------------------------------------------------------------


def models(places: Map, possible: Possible) -> Iterator[Problem]:
    """Models nobody is scored by, because an earlier one takes them all."""
    used = places.loaded.playbook.models
    for index, model in enumerate(used):
        before = [earlier.when for earlier in used[:index] if earlier.when is not None]
        taken = AnyOf(tuple(before))
        asked: list[tuple[Test, Answer]] = [(taken, Answer.NOT_TRUE)]
        if model.when is not None:
            if possible.conflict((model.when, Answer.TRUE)):
                continue  # said already: its condition can never hold
            asked.append((model.when, Answer.TRUE))
        if before and possible.conflict(*asked):
            place = places.model(model.id)
            message = f"{place.name} is never used: an earlier model takes everybody it is for"
            yield place.problem("warning", message, allowed="the narrower model first")
