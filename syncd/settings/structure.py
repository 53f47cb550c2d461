"""Checks that look across a file: ids given twice, circles, models nobody reaches.

Works on the files' plain data, tolerant of anything the shapes refuse, so that these problems are reported
together with all others and not only once the rest is mended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syncd.core.why_not import RESERVED
from syncd.settings.problems import Problem, did_you_mean, one_of
from syncd.settings.reading import Document, Plain
from syncd.settings.shapes.base import Known
from syncd.settings.vocabulary import SOURCES

LOOKS_MAX = 500
"""Patterns with * over all kinds for one attribute: what one address may be compared with."""


def known_ids(documents: Mapping[str, Document]) -> Known:
    """The ids that stand in the files, whether or not the rest of the file is right."""

    def ids(file: str, *path: str, key: str = "id") -> frozenset[str] | None:
        document = documents.get(file)
        if document is None or document.data is None:
            return None
        found = (item.get(key) for item in _blocks(_at(document.data, *path)))
        return frozenset(name for name in found if isinstance(name, str))

    lists = documents.get("filters.yaml")
    models = documents.get("scoring.yaml")
    levels = documents.get("levels.yaml")
    signals = documents.get("signals.yaml")
    grades = frozenset(_grades(models.data)) if models and models.data else None
    return Known(
        signals=ids("signals.yaml", "signals"),
        levels=ids("levels.yaml", "mql"),
        tracks=ids("recycle.yaml", "tracks"),
        reasons=ids("recycle.yaml", "recycle", key="reason"),
        channels=ids("connections.yaml", "channels"),
        lists=frozenset(_mapping(_at(lists.data, "lists"))) if lists and lists.data else None,
        grades=grades,
        models=_used_models(models.data) if models and models.data else None,
        cells=_cells(levels.data, grades) if levels and levels.data and grades is not None else None,
        filters=ids("filters.yaml", "filters"),
        teams=ids("sla.yaml", "teams"),
        letters=ids("levels.yaml", "framework", "letters"),
        attributes=dict(_attributes(signals.data)) if signals and signals.data else None,
    )


def _used_models(data: Plain) -> frozenset[str]:
    names = (model.get("id") for model in _blocks(_at(data, "models")) if model.get("is_base") is not True)
    return frozenset(name for name in names if isinstance(name, str))


def _cells(data: Plain, grades: Iterable[str]) -> frozenset[str]:
    bands = _mapping(_at(data, "matrix", "bands"))
    return frozenset(grade + band for grade in grades for band in bands)


def _attributes(data: Plain) -> Iterator[tuple[str, frozenset[str]]]:
    """What the facts of each signal carry: the attributes of its sources, and form fields it names."""
    for signal in _blocks(_at(data, "signals")):
        carried: set[str] = set()
        for source in _blocks(signal.get("from")):
            carried |= SOURCES.get(str(source.get("source")), frozenset())
            carried |= {*_mapping(source.get("where")), *_mapping(source.get("unless"))}
        if isinstance(name := signal.get("id"), str):
            yield name, frozenset(carried)


def problems_in(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """All problems of structure, file by file."""
    for file, check in _CHECKS:
        document = documents.get(file)
        if document is not None and document.data is not None:
            yield from check(document)
    yield from _set_aside_once(documents)
    yield from _tiers_are_reached(documents)


# --- ids given twice -------------------------------------------------------------------------------------


def _repeats(
    document: Document, items: Iterable[dict[str, Any]], key: str, noun: str, *, fold: bool = False
) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for item in items:
        name = item.get(key)
        if not isinstance(name, str):
            continue
        line = document.line_of(item, key)
        folded = name.casefold() if fold else name
        if folded in seen:
            first = seen[folded]
            several = "criteria" if noun == "criterion" else f"{noun}s"
            message = (
                f"two {several} have the {key} '{name[:60]}' (first in line {first}); rename or remove one"
            )
            yield Problem(document.name, line, f"'{name[:60]}' again", f"each {key} once", "", message)
        else:
            seen[folded] = line


def _set_aside_once(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """`syncd override WHO NAME` sets one thing aside: what it can name shares no name with another thing."""
    taken: dict[str, str] = {}
    named = (("filters.yaml", "filter", ("filters",)), ("levels.yaml", "need", ("decisive", "needs")))
    for file, noun, path in named:
        document = documents.get(file)
        if document is None or document.data is None:
            continue
        found = {name: item for item in _blocks(_at(document.data, *path))
                 if isinstance(name := item.get("id"), str)}  # fmt: skip
        for name in found.keys() & (RESERVED | taken.keys()):
            line = document.line_of(found[name], "id")
            meant = taken.get(name, "something else")
            message = f"a {noun} cannot be called '{name}': `syncd override` knows that word for {meant}"
            yield Problem(file, line, f"id: {name}", "another id", f"id: {name}_{noun}", message)
        taken |= {name: f"the {noun} in {file}, line {document.line_of(found[name], 'id')}" for name in found}


def _connections(document: Document) -> Iterator[Problem]:
    yield from _repeats(document, _blocks(_at(document.data, "channels")), "id", "channel")


def _signals(document: Document) -> Iterator[Problem]:
    yield from _repeats(document, _blocks(_at(document.data, "signals")), "id", "signal")
    yield from _many_patterns(document)


def _many_patterns(document: Document) -> Iterator[Problem]:
    """One address is compared with every pattern for it: a stranger chooses the text."""
    counts: Counter[str] = Counter()
    for signal in _blocks(_at(document.data, "signals")):
        for source in _blocks(signal.get("from")):
            for part in ("where", "unless"):
                yield from _counted(document, source, part, counts)


def _counted(
    document: Document, source: dict[str, Any], part: str, counts: Counter[str]
) -> Iterator[Problem]:
    for attribute, patterns in _mapping(source.get(part)).items():
        name = f"{attribute[:60]} of {str(source.get('source'))[:60]}"
        before = counts[name]
        counts[name] += sum("*" in str(item) for item in _listed(patterns))
        if before <= LOOKS_MAX < counts[name]:
            message = f"{name} is compared with more than {LOOKS_MAX} patterns with *"
            found, allowed = f"{counts[name]} up to here", f"at most {LOOKS_MAX}"
            yield Problem(document.name, document.line_of(source), found, allowed, "", message)


def _listed(data: Plain) -> list[Any]:
    return data if isinstance(data, list) else [data]


def _filters(document: Document) -> Iterator[Problem]:
    yield from _repeats(document, _blocks(_at(document.data, "filters")), "id", "filter")


def _recycle(document: Document) -> Iterator[Problem]:
    yield from _repeats(document, _blocks(_at(document.data, "recycle")), "reason", "recycle rule")
    yield from _repeats(document, _blocks(_at(document.data, "tracks")), "id", "track")
    yield from _repeats(document, _blocks(_at(document.data, "objections")), "id", "objection")


def _sla(document: Document) -> Iterator[Problem]:
    teams = list(_blocks(_at(document.data, "teams")))
    yield from _repeats(document, _blocks(_at(document.data, "tiers")), "id", "tier")
    yield from _repeats(document, teams, "id", "team")
    homes: dict[str, tuple[str, int]] = {}
    for team in teams:
        owners = team.get("owners")
        for index, owner in enumerate(owners if isinstance(owners, list) else []):
            line, place = document.line_of(owners, index), str(owner)[:15]
            home, first = homes.setdefault(place, (str(team.get("id"))[:60], line))
            if (home, first) != (str(team.get("id"))[:60], line):
                message = (
                    f"{str(owner)[:60]} is in team '{home}' already (line {first}); a lead has one clock"
                )
                yield Problem(document.name, line, f"'{str(owner)[:60]}'", "each owner once", "", message)


def _tiers_are_reached(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """A tier is for decisive actions: what else happens hands nobody over by itself."""
    sla, levels = documents.get("sla.yaml"), documents.get("levels.yaml")
    if sla is None or sla.data is None or levels is None or levels.data is None:
        return
    decisive = {str(item) for item in _listed(_at(levels.data, "decisive", "signals"))}
    for tier in _blocks(_at(sla.data, "tiers")):
        for name in _listed(tier.get("signals")):
            if isinstance(name, str) and name not in decisive:
                message = f"'{name[:60]}' is no decisive action, so this tier is never reached by it"
                allowed = one_of(decisive, near=name)
                yield Problem(sla.name, sla.line_of(tier, "signals"), f"'{name[:60]}'", allowed, "", message)


def _alerts(document: Document) -> Iterator[Problem]:
    yield from _repeats(document, _blocks(_at(document.data, "heads_up")), "id", "heads-up")
    yield from _repeats(document, _blocks(_at(document.data, "channels")), "id", "channel")
    yield from _rests_twice(document)


def _rests_twice(document: Document) -> Iterator[Problem]:
    """A channel has one set of quiet hours: of two, nobody could say which holds."""
    first: dict[str, int] = {}
    for block in _blocks(_at(document.data, "quiet_hours")):
        line = document.line_of(block, "channels")
        for name in _listed(block.get("channels")):
            if isinstance(name, str) and first.setdefault(name, line) != line:
                message = f"'{name[:60]}' has quiet hours already (line {first[name]}); name it in one entry"
                yield Problem(document.name, line, f"'{name[:60]}'", "each channel once", "", message)


def _examples(document: Document) -> Iterator[Problem]:
    yield from _repeats(document, _blocks(_at(document.data, "examples")), "name", "example")


def _mapping_file(document: Document) -> Iterator[Problem]:
    for path in (("salesforce", "lead"), ("salesforce", "contact"), ("hubspot", "contact")):
        yield from _repeats(document, _blocks(_at(document.data, *path)), "field", "mapping", fold=True)


# --- scoring ---------------------------------------------------------------------------------------------


def _scoring(document: Document) -> Iterator[Problem]:
    models = list(_blocks(_at(document.data, "models")))
    yield from _repeats(document, models, "id", "model")
    for model in models:
        rules = [rule for part in ("fit", "behaviour", "patterns") for rule in _blocks(model.get(part))]
        yield from _repeats(document, rules, "id", "rule")
    yield from _extends(document, models)
    yield from _reached(document, models)


def _extends(document: Document, models: list[dict[str, Any]]) -> Iterator[Problem]:
    parents = {str(model.get("id")): model.get("extends") for model in models}
    for model in models:
        parent, name = model.get("extends"), str(model.get("id"))
        if not isinstance(parent, str):
            continue
        line = document.line_of(model, "extends")
        if parent not in parents:
            message = f"there is no model '{parent[:60]}'{did_you_mean(parent, parents)}"
            yield Problem(document.name, line, f"'{parent[:60]}'", one_of(parents), "", message)
            continue
        chain = _chain(name, parents)
        if chain and chain[0] == name and min(chain) == name:
            message = (
                f"models extend one another in a circle: {' -> '.join([*chain, name])}; cut one `extends`"
            )
            yield Problem(
                document.name, line, f"'{parent}'", "a model that does not lead back here", "", message
            )
    yield from _left_out(document, models)


def _chain(name: str, parents: Mapping[str, Any]) -> list[str]:
    """The names from `name` on until it comes back to it; empty when it does not."""
    chain, at = [name], parents.get(name)
    while isinstance(at, str) and at in parents and at not in chain:
        chain.append(at)
        at = parents.get(at)
    return chain if at == name else []


def _left_out(document: Document, models: list[dict[str, Any]]) -> Iterator[Problem]:
    by_id = {str(model.get("id")): model for model in models}
    for model in models:
        unwanted = model.get("without")
        if not isinstance(unwanted, list):
            continue
        inherited = _inherited(model, by_id)
        for index, name in enumerate(unwanted):
            if isinstance(name, str) and name not in inherited:
                line = document.line_of(unwanted, index)
                message = (
                    f"the extended model has no rule '{name[:60]}'{did_you_mean(name, inherited)}"
                    if inherited
                    else "`without` needs a model to extend"
                )
                yield Problem(
                    document.name, line, f"'{name[:60]}'", one_of(inherited, near=name), "", message
                )


def _inherited(model: dict[str, Any], by_id: Mapping[str, dict[str, Any]]) -> set[str]:
    rules: set[str] = set()
    seen: set[str] = set()
    parent = model.get("extends")
    while isinstance(parent, str) and parent in by_id and parent not in seen:
        seen.add(parent)
        for part in ("fit", "behaviour", "patterns"):
            rules |= {str(rule.get("id")) for rule in _blocks(by_id[parent].get(part))}
        parent = by_id[parent].get("extends")
    return rules


def _reached(document: Document, models: list[dict[str, Any]]) -> Iterator[Problem]:
    """The last model must be for everyone, and only the last."""
    used = [model for model in models if model.get("is_base") is not True]
    if not used:
        message = "every model is only a base; nobody would have a score"
        yield Problem(document.name, 1, "is_base: true everywhere", "one model without it", "", message)
        return
    for model in used[:-1]:
        if model.get("when") is None:
            message = (
                f"model '{str(model.get('id'))[:60]}' is for everyone, so those after it are never used; "
                "move it to the end or give it a `when`"
            )
            yield Problem(document.name, document.line_of(model), "no `when`", "a `when`", "", message)
    if used[-1].get("when") is not None:
        message = "the last model must be for everyone: somebody it does not fit would have no score"
        yield Problem(
            document.name, document.line_of(used[-1], "when"), "`when`", "no `when` here", "", message
        )


# --- levels ----------------------------------------------------------------------------------------------


def _levels(document: Document) -> Iterator[Problem]:
    levels = list(_blocks(_at(document.data, "mql")))
    yield from _repeats(document, levels, "id", "level")
    letters = [*_blocks(_at(document.data, "bant")), *_blocks(_at(document.data, "framework", "letters"))]
    yield from _repeats(document, letters, "id", "letter")
    lists = [level.get("enter") for level in levels]
    lists += [_at(document.data, *path) for path in (("icp",), ("near_sql", "enter"), ("sql", "enter"))]
    lists += [
        _at(document.data, *path) for path in (("decisive", "needs"), ("evangelist",), ("confirm", "who"))
    ]
    for criteria in lists:
        yield from _repeats(document, _blocks(criteria), "id", "criterion")
    yield from _repeats(document, _blocks(_at(document.data, "content")), "offer", "piece")
    yield from _circles(document, levels)
    yield from _near_is_less(document)
    for level in levels:
        yield from _flaps(document, level)


def _circles(document: Document, levels: list[dict[str, Any]]) -> Iterator[Problem]:
    needs: dict[str, list[tuple[str, dict[str, Any]]]] = {
        str(level.get("id")): [
            (str(part["level"]), part) for part in _conditions(level.get("enter")) if "level" in part
        ]
        for level in levels
    }
    reported: set[frozenset[str]] = set()
    for name, parts in needs.items():
        circle = _circle(name, needs)
        if not circle or frozenset(circle) in reported:
            continue
        reported.add(frozenset(circle))
        first = next(part for target, part in parts if target == (circle[1] if circle[1:] else name))
        way = f" through {', '.join(repr(step) for step in circle[1:])}" if circle[1:] else ""
        message = f"level '{name}' lists itself as its own entry condition{way}; it could never be entered"
        line = document.line_of(first, "level")
        found, allowed = f"level: {first['level']}", "a level that does not need this one"
        yield Problem(document.name, line, found, allowed, "", message)


def _circle(name: str, needs: Mapping[str, list[tuple[str, dict[str, Any]]]]) -> list[str]:
    """The shortest way from a level back to itself through entry conditions; empty when there is none."""
    ways: list[list[str]] = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for target, _part in needs.get(way[-1], []):
            if target == name:
                return way
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def _near_is_less(document: Document) -> Iterator[Problem]:
    near, criteria = _mapping(_at(document.data, "near_sql")), _at(document.data, "sql", "enter")
    wanted = near.get("at_least")
    if isinstance(criteria, list) and isinstance(wanted, int) and wanted > len(criteria):
        message = f"near_sql wants {wanted:g} of {len(criteria)} SQL criteria; nobody could ever be near"
        line = document.line_of(near, "at_least")
        yield Problem(document.name, line, f"at_least: {wanted:g}", f"1 to {len(criteria)}", "", message)


def _flaps(document: Document, level: dict[str, Any]) -> Iterator[Problem]:
    """A level that is left above the score at which it is entered would be left at once."""
    entered = {
        part["score"]: part["at_least"]
        for criterion in _blocks(level.get("enter"))
        if "score" in (part := _mapping(criterion.get("when"))) and _is_number(part.get("at_least"))
        and isinstance(part["score"], str)
    }  # fmt: skip
    leave = _mapping(level.get("leave"))
    border, score = leave.get("below"), leave.get("score")
    if isinstance(score, str) and score in entered and _is_number(border) and border > entered[score]:
        message = (
            f"this level is entered at {score} {entered[score]:g} and left below {border:g}: it would be "
            "left as soon as it is entered"
        )
        allowed = f"below: {entered[score]:g} or less"
        yield Problem(
            document.name, document.line_of(leave, "below"), f"below: {border:g}", allowed, "", message
        )


# --- plain data, whatever it may be ----------------------------------------------------------------------


def _at(data: Plain, *path: str) -> Plain:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _blocks(data: Plain) -> Iterator[dict[str, Any]]:
    if isinstance(data, list):
        yield from (item for item in data if isinstance(item, dict))


def _mapping(data: Plain) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}


def _is_number(value: Plain) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _grades(data: Plain) -> Iterator[str]:
    for model in _blocks(_at(data, "models")):
        yield from _mapping(model.get("grades"))


def _conditions(data: Plain) -> Iterator[dict[str, Any]]:
    """Every block inside, however deep (the reader bounds the depth)."""
    if isinstance(data, dict):
        yield data
        data = list(data.values())
    if isinstance(data, list):
        for item in data:
            yield from _conditions(item)


_CHECKS = (
    ("connections.yaml", _connections),
    ("mapping.yaml", _mapping_file),
    ("signals.yaml", _signals),
    ("scoring.yaml", _scoring),
    ("filters.yaml", _filters),
    ("levels.yaml", _levels),
    ("recycle.yaml", _recycle),
    ("sla.yaml", _sla),
    ("alerts.yaml", _alerts),
    ("examples.yaml", _examples),
)
