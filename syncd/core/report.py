"""The verdict in full: scores with reasons, every criterion with what it was seen in, every filter.

Only for people to read: nothing is decided here. What is not known is said to be unknown, also where it only
costs fit points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from syncd.core import scoring
from syncd.core.compiled import Compiled, CompiledBant, CompiledFilter
from syncd.core.criteria import NamedCheck, ScoreName, Tri
from syncd.core.instants import from_ms
from syncd.core.model import Cause, Criterion, FilterResult, Met, Position, Verdict
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    FieldTest,
    GradeTest,
    IcpTest,
    LevelTest,
    NotOf,
    ScoreTest,
    SignalTest,
    Test,
)
from syncd.core.timeline import Entry, Pick
from syncd.core.view import View

VALUE_CHARS_MAX = 80


def verdict(
    view: View,
    *,
    earned: Position,
    missing: tuple[str, ...],
    decisive: str,
    evidence: tuple[Entry, ...],
    cause: Cause,
    blocked_by: str,
) -> Verdict:
    """All that was found about one lead at one instant."""
    model = view.model
    return Verdict(
        at=from_ms(view.at_ms),
        model=model.model.id,
        fit=scoring.fit_score(model, view),
        engagement=scoring.score_of(model.engagement, view.timeline, view.second),
        intent=scoring.score_of(model.intent, view.timeline, view.second),
        grade=view.grade,
        icp=_met(view.icp),
        earned=earned,
        filters=tuple(_filter_result(item, view) for item in view.book.filters),
        criteria=tuple(_criteria(view)),
        missing=missing,
        decisive=decisive,
        evidence=tuple(entry.key for entry in evidence[: scoring.EVIDENCE_MAX]),
        evidence_at=from_ms(evidence[0].occurred_ms) if evidence else None,
        cause=cause,
        blocked_by=blocked_by,
    )


def evidence(view: View) -> tuple[Entry, ...]:
    """The signals that speak for the lead now, newest first: those that gain points, and those that a
    satisfied criterion has counted."""
    found: set[Entry] = set()
    asked = view.again()
    for check in (view.book.sql_check, view.book.near_check, *(level.entered for level in view.book.levels)):
        check(asked)
    for block in (*view.model.engagement, *view.model.intent):
        for rule in block.rules:
            entries = view.timeline.pick(rule.pick)
            if not rule.is_negative and entries and rule.micro(entries, view.second):
                found.update(_inside(entries, view.second, rule.window_s))
    for atom, holds in asked.signal_atoms.items():
        if holds and atom.at_least > 0:
            found.update(_inside(view.timeline.pick(atom.pick), view.second, atom.window_s))
    return tuple(sorted(found, reverse=True)[: scoring.EVIDENCE_MAX])


def numbers(view: View) -> dict[str, int]:
    """The scores at this instant, in micro-points, as the ledger keeps them."""
    return {name.value: view.micro(name) for name in ScoreName}


def _inside(entries: Iterable[Entry], second: int, window_s: int | None) -> Iterator[Entry]:
    for number, entry in enumerate(entries):
        if number >= scoring.EVIDENCE_MAX or (window_s is not None and second - entry.second > window_s):
            return
        yield entry


# --- criteria --------------------------------------------------------------------------------------------


def _criteria(view: View) -> Iterator[Criterion]:
    """Every named criterion, its id prefixed by where it counts: `icp.`, `mql.<level>.`, `near_sql.`,
    `sql.`, `decisive.`, `bant.`, `fit.`."""
    book = view.book
    yield from _named("icp", book.icp, view)
    for level in book.levels:
        yield from _named(f"mql.{level.level.id}", level.named, view)
    yield from _named("near_sql", book.near, view)
    yield from _named("sql", book.sql, view)
    yield from _named("decisive", book.decisive_needs, view)
    for letter in book.bant:
        yield _bant(letter, view)
    yield from _unknown_fit(book, view)


def _named(prefix: str, checks: Iterable[NamedCheck], view: View) -> Iterator[Criterion]:
    for item in checks:
        answer = item.check(view)
        source, at = _seen(item.named.test, view) if answer else ("", None)
        yield Criterion(f"{prefix}.{item.named.id}", item.named.label, _met(answer), source, at)


def _bant(letter: CompiledBant, view: View) -> Criterion:
    """Confirmed is met; inferred is still unknown, with what it was inferred from; a letter that nobody
    spoke of is unknown and never missing."""
    name = f"bant.{letter.letter.id}"
    if letter.confirmed(view):
        source, at = _seen(letter.letter.confirmed, view)
        return Criterion(name, letter.letter.label, "met", source, at)
    if letter.inferred is not None and letter.letter.inferred is not None and letter.inferred(view):
        source, at = _seen(letter.letter.inferred, view)
        return Criterion(name, letter.letter.label, "unknown", f"inferred from {source}", at)
    return Criterion(name, letter.letter.label, "unknown")


def _unknown_fit(book: Compiled, view: View) -> Iterator[Criterion]:
    """What fit cannot say for want of data: one line per group of rules that nothing is known for."""
    for group, _cap, rules in view.model.fit:
        for name, members in _by_question(group, rules):
            answers = [item.check(view) for item in members]
            if not any(answers) and None in answers:
                label = name.replace("_", " ").capitalize() if group else members[0].rule.label
                yield Criterion(f"fit.{name}", label, "unknown")


def _by_question(group: str, rules: tuple[scoring.Fit, ...]) -> Iterator[tuple[str, tuple[scoring.Fit, ...]]]:
    if group:
        yield group, rules
    else:
        yield from ((item.rule.id, (item,)) for item in rules)


def _met(answer: Tri) -> Met:
    if answer is None:
        return "unknown"
    return "met" if answer else "missing"


# --- filters ---------------------------------------------------------------------------------------------


def _filter_result(item: CompiledFilter, view: View) -> FilterResult:
    is_waived = item.filter.id in view.person.waived
    matched = item.check(view) is True and not is_waived
    source = _seen(item.filter.test, view)[0] if matched else "set aside by a person" * is_waived
    return FilterResult(
        id=item.filter.id,
        label=item.filter.label,
        matched=matched,
        evidence=source,
        outcome=item.filter.outcome,
        code=item.filter.divert_to if item.filter.outcome == "divert" else "",
    )


# --- where it was seen -----------------------------------------------------------------------------------


def _seen(test: Test, view: View) -> tuple[str, datetime | None]:
    """What makes a satisfied test true, and when it was: the field with its value, the kinds, the score."""
    match test:
        case FieldTest():
            value = view.person.fields.get(test.field, "").strip()
            return (f"{test.field} = {value[:VALUE_CHARS_MAX]}" if value else f"{test.field} is blank", None)
        case SignalTest():
            return _seen_signals(test, view)
        case ScoreTest():
            points = view.micro(ScoreName(test.score)) / 1_000_000
            return f"{test.score} {points:.0f}", None
        case GradeTest():
            return f"fit {view.grade}", None
        case IcpTest():
            return f"ICP {_met(view.icp)}", None
        case LevelTest():
            return f"level {test.level}", None
        case NotOf():
            return "not seen", None
        case AllOf() | AnyOf():
            return _seen_parts(test, view)
        case _:
            return "", None


def _seen_signals(test: SignalTest, view: View) -> tuple[str, datetime | None]:
    kinds = view.book.catalogue
    newest = view.timeline.nth_newest(Pick(tuple(sorted({kinds.index[name] for name in test.signals}))), 1)
    if newest is None:
        return "", None
    found = kinds.kinds_of(view.timeline.entries[newest.key].shape)
    names = [kinds.kinds[number].label for number in found if kinds.kinds[number].id in test.signals]
    return names[0], from_ms(newest.occurred_ms)


def _seen_parts(test: AllOf | AnyOf, view: View) -> tuple[str, datetime | None]:
    """The parts that hold, joined; dated by the latest of them."""
    parts = [_seen(item, view) for item in test.items if view.book.holds(item, view)]
    dates = [at for _source, at in parts if at is not None]
    return "; ".join(source for source, _at in parts if source), max(dates, default=None)
