"""What the playbook lets happen that people who sell would not want, and what it is silent about."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from syncd.core.playbook import AllOf, FieldTest, Playbook, SignalKind, Test
from syncd.core.signals import classify
from syncd.settings.analysis.kinds import named
from syncd.settings.analysis.normal import Answer
from syncd.settings.analysis.possible import Possible
from syncd.settings.analysis.sites import Map, leaves
from syncd.settings.analysis.witness import witness_of
from syncd.settings.fields import READ_ONLY, SOURCE_TYPES
from syncd.settings.problems import Problem

_COMPETITOR = ("competitor", "rival", "wettbewerb", "concurrent")
NEAR: Final = 0.88
"""How alike a name must be to a standard one to be taken for a slip."""
_STUDENT = ("student", "school", "education", "academic")


def sense(places: Map) -> Iterator[Problem]:
    """Remarks on the whole."""
    yield from _one_weak_action(places)
    yield from _nobody_kept_out(places)
    yield from _no_gate(places)
    yield from _strong_and_unheard(places)
    yield from _near_misses(places)


def _one_weak_action(places: Map) -> Iterator[Problem]:
    """One act alone, of somebody who fits in every way: does it make an SQL by score?"""
    playbook = places.loaded.playbook
    sql = AllOf(tuple(item.test for item in playbook.levels.sql))
    place = places.item("levels.yaml", "sql", "sql")
    allowed, example = "SQL criteria that one weak act cannot meet", "{score: engagement, at_least: 45}"
    if not Possible(playbook, frozenset()).conflict((sql, Answer.TRUE)):
        message = "who fits is an SQL without having done anything: no SQL criterion asks for an act"
        yield place.problem("warning", message, allowed=allowed, example=example)
        return
    enough = [
        kind.id for kind in playbook.signals if _is_weak(kind, playbook) and _is_enough(kind, playbook, sql)
    ]
    if enough:
        message = f"one act alone makes an SQL of somebody who fits: {' or '.join(enough[:6])}"
        yield place.problem("warning", message, allowed=allowed, example=example)


def _is_weak(kind: SignalKind, playbook: Playbook) -> bool:
    is_decisive = kind.id in playbook.levels.decisive.signals
    return kind.intent != "strong" and kind.direction == "inbound" and not is_decisive


def _is_enough(kind: SignalKind, playbook: Playbook, sql: Test) -> bool:
    decisive = set(playbook.levels.decisive.signals)
    return any(
        not act & decisive and not Possible(playbook, act).conflict((sql, Answer.TRUE))
        for act in set(_acts(kind, playbook))
    )


def _acts(kind: SignalKind, playbook: Playbook) -> Iterator[frozenset[str]]:
    """All that one fact of this kind counts as, source by source."""
    for match in kind.sources:
        shape = witness_of(match, kind, playbook)
        if shape is not None:
            yield frozenset(classify(shape, playbook))


def _nobody_kept_out(places: Map) -> Iterator[Problem]:
    playbook = places.loaded.playbook
    place = places.item("filters.yaml", "filters", "filters")
    named = " ".join(f"{item.id} {item.label}".casefold() for item in playbook.filters)
    for noun, words in (("competitors", _COMPETITOR), ("students", _STUDENT)):
        if not any(word in named for word in words):
            message = f"no filter is named for {noun}: anybody can fill in a form"
            yield place.problem("note", message, example=_FILTERS[noun])
    fields = {
        test.field for item in playbook.filters for test in leaves(item.test) if isinstance(test, FieldTest)
    }
    if not any("optout" in field.casefold() or "optedout" in field.casefold() for field in fields):
        message = "no filter knows who opted out of marketing: nurture would not stop for them"
        yield place.problem("note", message, example=_FILTERS["opted out"])


_FILTERS = {
    "competitors": "{id: competitor, label: Competitor,"
    " when: {field: person.email_domain, in_list: competitor_domains}}",
    "students": "{id: student, label: Student, when: {field: person.seniority, is: student}}",
    "opted out": "{id: opted_out, label: Opted out, outcome: no_nurture,"
    " when: {field: contact.hs_email_optout, is: true}}",
}


def _no_gate(places: Map) -> Iterator[Problem]:
    if not places.loaded.playbook.levels.icp:
        place = places.item("levels.yaml", "icp", "icp")
        message = "there is no ICP: every company passes the gate"
        example = (
            "- {id: size, label: 20 people or more, when: {field: company.numberofemployees, at_least: 20}}"
        )
        yield place.problem("note", message, example=example)
    decisive = places.loaded.playbook.levels.decisive
    if decisive.within_days > 180:
        place = places.item("levels.yaml", "decisive", "decisive", "within_days")
        message = (
            f"a decisive action counts for {decisive.within_days:g} days: who asked so long ago has moved on"
        )
        yield place.problem("note", message, allowed="30 to 90 days")


def _strong_and_unheard(places: Map) -> Iterator[Problem]:
    """Kinds that say strong intent, and neither hand over nor give a point of it."""
    playbook = places.loaded.playbook
    heard = set(playbook.levels.decisive.signals)
    for model in playbook.models:
        heard |= {name for rule in model.behaviour if rule.score == "intent" for name in rule.signals}
        heard |= {
            name for p in model.patterns if p.score == "intent" for t in leaves(p.when) for name in named(t)
        }
    for site in places.of("sql", "level", "near_sql", "letter"):
        heard |= {name for test in leaves(site.test) for name in named(test)}
    for kind in playbook.signals:
        if kind.intent == "strong" and kind.direction == "inbound" and kind.id not in heard:
            place = places.signal(kind.id)
            message = f"{place.name} says strong intent, and no rule of intent, level or letter listens to it"
            example = (
                f"- {{id: {kind.id}, label: {kind.label}, signals: {kind.id}, points: 20, score: intent}}"
            )
            yield place.problem("note", message, example=example[:200])


def _near_misses(places: Map) -> Iterator[Problem]:
    """Fields that look like a standard one misspelt. Fields of one's own have any name."""
    for site in places.sites:
        for name in sorted({test.field for test in leaves(site.test) if isinstance(test, FieldTest)}):
            record, _dot, field = name.partition(".")
            known = [*SOURCE_TYPES.get(record, ()), *READ_ONLY.get(record, ())]
            if record == "person" or field in known:
                continue
            close = get_close_matches(field.replace("_", ""), known, n=1, cutoff=NEAR)
            if close:
                message = f"{site.place.name} tests {name}, which is no standard field; did you mean"
                message += f" '{record}.{close[0]}'? If it is a field of your own, all is well"
                yield site.place.problem("note", message)
