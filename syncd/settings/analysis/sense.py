"""What the playbook lets happen that people who sell would not want, and what it is silent about."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.core.playbook import AllOf, FieldTest, Playbook, SignalKind, Test
from syncd.core.signals import classify
from syncd.settings.analysis.normal import Answer
from syncd.settings.analysis.possible import Possible
from syncd.settings.analysis.sites import Map, leaves
from syncd.settings.analysis.witness import witness_of
from syncd.settings.problems import Problem

_COMPETITOR = ("competitor", "rival", "wettbewerb", "concurrent")
_STUDENT = ("student", "school", "education", "academic")


def sense(places: Map) -> Iterator[Problem]:
    """Remarks on the whole."""
    yield from _one_weak_action(places)
    yield from _nobody_kept_out(places)
    yield from _no_gate(places)


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
