"""Every place of the playbook where a condition stands, with its file, its line and a name for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from syncd.core.playbook import Named, Test
from syncd.settings.build import terms_of
from syncd.settings.criteria import Terms, test_of
from syncd.settings.inheritance import pattern_test
from syncd.settings.loading import Loaded
from syncd.settings.problems import Problem
from syncd.settings.reading import Document
from syncd.settings.shapes.scoring import ModelShape

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Place:
    """One item of one file: what people call it, and where it stands."""

    file: str
    line: int
    name: str

    def problem(
        self, level: Level, message: str, *, found: str = "", allowed: str = "", example: str = ""
    ) -> Problem:
        """What is to be said about it."""
        return Problem(self.file, self.line, found, allowed, example, message, level)


@dataclass(frozen=True, slots=True)
class Site:
    """One condition. `kind` says what it decides; `scope` names the list it stands in, `id` the item."""

    kind: Literal[
        "fit", "pattern", "model", "filter", "icp", "level", "leave", "near_sql", "sql", "need", "letter",
        "evangelist", "confirm", "route",
    ]  # fmt: skip
    scope: str
    id: str
    place: Place
    test: Test


@dataclass(frozen=True, slots=True)
class Map:
    """A valid folder with every place found."""

    loaded: Loaded
    sites: tuple[Site, ...]

    def document(self, file: str) -> Document:
        return self.loaded.documents[file]

    def of(self, *kinds: str) -> tuple[Site, ...]:
        """The conditions of these kinds, in the order they stand."""
        return tuple(site for site in self.sites if site.kind in kinds)

    def item(self, file: str, name: str, *path: str | int) -> Place:
        """The place of whatever stands at `path`; where the path ends earlier, of the block it ended in."""
        document = self.document(file)
        value, line = document.data, 1
        for key in path:
            if isinstance(value, dict) and key not in value:
                break
            line = document.line_of(value, key)
            value = value[key]
        return Place(file, line, name)

    def signal(self, name: str) -> Place:
        """Where a kind of signal is defined."""
        listed = self.loaded.files.signals.signals
        index = next(number for number, item in enumerate(listed) if item.id == name)
        return self.item("signals.yaml", f"signal '{name}'", "signals", index)

    def model(self, name: str) -> Place:
        """Where a scoring model is defined."""
        index = next(n for n, item in enumerate(self.loaded.files.scoring.models) if item.id == name)
        return self.item("scoring.yaml", f"model '{name}'", "models", index)

    def rule(self, model: str, rule: str) -> Place:
        """Where a rule of a model is written: in the model itself or in one it extends."""
        for index, shape in self._ancestry(model):
            for part in ("fit", "behaviour", "patterns"):
                for number, item in enumerate(getattr(shape, part)):
                    if item.id == rule:
                        path = ("models", index, part, number)
                        return self.item("scoring.yaml", f"rule '{rule}'", *path)
        raise AssertionError(f"no rule {rule} in {model}: it is inherited from somewhere")

    def group(self, model: str, group: str) -> Place:
        """Where the cap of a group is written."""
        index = next(index for index, shape in self._ancestry(model) if group in shape.group_caps)
        return self.item("scoring.yaml", f"group '{group}'", "models", index, "group_caps", group)

    def grades(self, model: str) -> Place:
        """Where the grades of a model are written."""
        index = next(index for index, shape in self._ancestry(model) if shape.grades)
        return self.item("scoring.yaml", "grades", "models", index, "grades")

    def _ancestry(self, model: str) -> Iterator[tuple[int, ModelShape]]:
        """The model as written, then those it extends."""
        listed = self.loaded.files.scoring.models
        by_id = {item.id: number for number, item in enumerate(listed)}
        name: str | None = model
        while name is not None:
            yield by_id[name], listed[by_id[name]]
            name = listed[by_id[name]].extends


def map_of(loaded: Loaded) -> Map:
    """Every condition of a valid folder, in the order of the files."""
    places = Map(loaded, ())
    terms = terms_of(loaded.files)
    sites = [*_scoring(places, terms), *_filters(places), *_levels(places), *_routes(places, terms)]
    return Map(loaded, tuple(sites))


def _scoring(places: Map, terms: Terms) -> Iterator[Site]:
    """Each rule where it is written, also in models that are only bases."""
    for index, model in enumerate(places.loaded.files.scoring.models):
        at = ("models", index)
        if model.when is not None:
            place = places.item("scoring.yaml", f"model '{model.id}'", *at, "when")
            yield Site("model", model.id, model.id, place, test_of(model.when, terms))
        for number, fit in enumerate(model.fit):
            place = places.item("scoring.yaml", f"rule '{fit.id}'", *at, "fit", number)
            yield Site("fit", model.id, fit.id, place, test_of(fit.when, terms))
        for number, pattern in enumerate(model.patterns):
            place = places.item("scoring.yaml", f"pattern '{pattern.id}'", *at, "patterns", number)
            yield Site("pattern", model.id, pattern.id, place, pattern_test(pattern, terms))


def _filters(places: Map) -> Iterator[Site]:
    for index, item in enumerate(places.loaded.playbook.filters):
        place = places.item("filters.yaml", f"filter '{item.id}'", "filters", index)
        yield Site("filter", "filters", item.id, place, item.test)


def _levels(places: Map) -> Iterator[Site]:
    levels = places.loaded.playbook.levels

    def named(kind: Any, scope: str, criteria: Sequence[Named], *path: str | int) -> Iterator[Site]:
        for index, item in enumerate(criteria):
            place = places.item("levels.yaml", f"criterion '{item.id}' of {scope}", *path, index)
            yield Site(kind, scope, item.id, place, item.test)

    yield from named("icp", "the ICP", levels.icp, "icp")
    for index, level in enumerate(levels.mql):
        scope = f"level '{level.id}'"
        yield from named("level", scope, level.enter, "mql", index, "enter")
        if level.leave is not None:
            place = places.item("levels.yaml", f"`leave` of {scope}", "mql", index, "leave")
            yield Site("leave", scope, level.id, place, level.leave)
    yield from named("near_sql", "near_sql", levels.near_sql.enter, "near_sql", "enter")
    yield from named("sql", "sql", levels.sql, "sql", "enter")
    yield from named("need", "decisive", levels.decisive.needs, "decisive", "needs")
    yield from _letters(places)
    yield from named("evangelist", "evangelist", levels.evangelist, "evangelist")
    if levels.confirm is not None:
        yield from named("confirm", "confirm", levels.confirm.who, "confirm", "who")


def _letters(places: Map) -> Iterator[Site]:
    path = ("framework", "letters") if places.loaded.files.levels.framework is not None else ("bant",)
    for index, letter in enumerate(places.loaded.playbook.levels.bant):
        for word, test in (("confirmed", letter.confirmed), ("inferred", letter.inferred)):
            if test is not None:
                name = f"`{word}` of letter '{letter.id}'"
                place = places.item("levels.yaml", name, *path, index, word)
                yield Site("letter", f"letter '{letter.id}'", letter.id, place, test)


def _routes(places: Map, terms: Terms) -> Iterator[Site]:
    for index, rule in enumerate(places.loaded.files.routing.rules):
        place = places.item("routing.yaml", f"routing rule {index + 1}", "rules", index)
        yield Site("route", "rules", str(index), place, test_of(rule.when, terms))


def leaves(test: Test) -> Iterator[Test]:
    """The plain tests in a condition, in the order they stand."""
    parts = getattr(test, "items", None)
    inner = getattr(test, "item", None)
    if parts is not None:
        for part in parts:
            yield from leaves(part)
    elif inner is not None:
        yield from leaves(inner)
    else:
        yield test
