"""The verdict in full: scores with reasons, every criterion with what it was seen in, every filter.

Only for people to read: nothing is decided here. What is not known is said to be unknown, also where it only
costs fit points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from syncd.core import scoring
from syncd.core.atoms import ScoreName
from syncd.core.compiled import Compiled, CompiledBant, CompiledFilter
from syncd.core.criteria import Check, NamedCheck, Tri
from syncd.core.instants import from_ms
from syncd.core.model import (
    Cause,
    Criterion,
    FilterResult,
    MachineAct,
    Met,
    ModelScore,
    Position,
    Verdict,
)
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    CellTest,
    FieldTest,
    GradeTest,
    IcpTest,
    IdleTest,
    LevelTest,
    ModelTest,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.core.timeline import Dated, Entry, Pick
from syncd.core.view import View

VALUE_CHARS_MAX = 80
TURNS_MAX = 50
"""Answers that turn before a criterion expires; one that still holds then is not dated."""


def verdict(
    view: View,
    *,
    earned: Position,
    missing: tuple[str, ...],
    decisive: str,
    evidence: tuple[Entry, ...],
    cause: Cause,
    blocked_by: str,
    machine: tuple[tuple[Dated, str], ...],
    others: tuple[ModelScore, ...],
) -> Verdict:
    """All that was found about one lead at one instant."""
    model = view.model
    return Verdict(
        at=from_ms(view.at_ms),
        model=model.model.id,
        fit=scoring.fit_score(model, view),
        engagement=scoring.score_of(model.engagement, view),
        intent=scoring.score_of(model.intent, view),
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
        lifetime_micro={
            "engagement": scoring.lifetime_micro(model.engagement, view.timeline),
            "intent": scoring.lifetime_micro(model.intent, view.timeline),
        },
        cell=view.cell,
        machine=tuple(_machine_act(item, reason, view) for item, reason in machine),
        others=others,
    )


def _machine_act(item: Dated, reason: str, view: View) -> MachineAct:
    kinds = view.book.catalogue.kinds
    kind = kinds[item.kinds[0]].id if item.kinds else ""
    return MachineAct(item.key, from_ms(item.occurred_ms), kind, reason)


def evidence(view: View) -> tuple[Entry, ...]:
    """The signals that speak for the lead now, newest first: those that gain points, and those that a
    satisfied criterion has counted. What colleagues did is not among them."""
    book = view.book
    checks = (book.sql_check, book.near_check, *(level.entered for level in book.levels))
    found = set(evidence_of(view, checks))
    for block in (*view.model.engagement, *view.model.intent):
        for rule in block.rules:
            entries = view.timeline.pick(rule.pick)
            if not rule.is_negative and entries and rule.micro(entries, view.second):
                found.update(_own(view, _inside(entries, view.second, rule.reach_s)))
    return tuple(sorted(found, reverse=True)[: scoring.EVIDENCE_MAX])


def evidence_of(view: View, checks: Iterable[Check]) -> tuple[Entry, ...]:
    """The person's own signals that these checks, as far as satisfied, have counted; newest first."""
    asked = view.again()
    for check in checks:
        check(asked)
    found: set[Entry] = set()
    for atom, holds in asked.signal_atoms.items():
        if holds:
            counted = atom.counted(view.timeline, view.second)
            found.update(islice(_own(view, counted), scoring.EVIDENCE_MAX))
    return tuple(sorted(found, reverse=True)[: scoring.EVIDENCE_MAX])


def _own(view: View, entries: Iterable[Entry]) -> Iterator[Entry]:
    colleagues = view.timeline.colleagues
    return (entry for entry in entries if entry.key not in colleagues)


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
        expires_at = _expires_at(item.check, view) if answer else None
        yield Criterion(
            f"{prefix}.{item.named.id}", item.named.label, _met(answer), source, at, expires_at=expires_at
        )


def _bant(letter: CompiledBant, view: View) -> Criterion:
    """Confirmed is met; inferred is still unknown, with what it was inferred from; a letter that nobody
    spoke of is unknown and never missing."""
    name, label = f"bant.{letter.letter.id}", letter.letter.label
    if letter.confirmed(view):
        source, at = _seen(letter.letter.confirmed, view)
        return Criterion(name, label, "met", source, at, "confirmed", _expires_at(letter.confirmed, view))
    if letter.inferred is not None and letter.letter.inferred is not None and letter.inferred(view):
        source, at = _seen(letter.letter.inferred, view)
        expires_at = _expires_at(letter.inferred, view)
        return Criterion(name, label, "unknown", f"inferred from {source}", at, "inferred", expires_at)
    return Criterion(name, label, "unknown")


def _expires_at(check: Check, view: View) -> datetime | None:
    """When a satisfied check no longer is, short of new facts. None for never, and where it hangs on a score:
    scores fade by the second, and the due date says when that matters."""
    asked = view.again()
    for _turn in range(TURNS_MAX):
        if check(asked) is not True:
            return from_ms(asked.at_ms)
        turns = (atom.turns_at(asked.timeline, holds=holds) for atom, holds in asked.signal_atoms.items())
        second = min((turn for turn in turns if turn is not None), default=None)
        if second is None or asked.score_atoms:
            return None
        asked = View(view.book, view.person, view.timeline, second * 1000)
    return None


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
    is_waived = item.filter.id in view.waived and item.filter.outcome != "stop"
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
        case SignalTest():
            return _seen_signals(test, view)
        case SequenceTest():
            return _seen_sequence(test, view)
        case AllOf() | AnyOf():
            return _seen_parts(test, view)
        case _:
            return _shown(test, view), None


def _shown(test: Test, view: View) -> str:
    """What makes a satisfied test true that hangs on no single signal."""
    match test:
        case FieldTest():
            value = view.person.fields.get(test.field, "").strip()
            return f"{test.field} = {value[:VALUE_CHARS_MAX]}" if value else f"{test.field} is blank"
        case IdleTest():
            return f"quiet for {test.days:g} days"
        case ScoreTest():
            return f"{test.score} {view.micro(ScoreName(test.score)) / 1_000_000:.0f}"
        case GradeTest():
            return f"fit {view.grade}"
        case CellTest():
            return f"cell {view.cell}"
        case ModelTest():
            return f"scoring model {view.model.model.label}"
        case IcpTest():
            return f"ICP {_met(view.icp)}"
        case LevelTest():
            return f"level {test.level}"
        case _:
            return "not seen"


def _seen_signals(test: SignalTest, view: View) -> tuple[str, datetime | None]:
    kinds = view.book.catalogue
    newest = view.timeline.nth_newest(Pick(tuple(sorted({kinds.index[name] for name in test.signals}))), 1)
    if newest is None:
        return "", None
    found = kinds.kinds_of(view.timeline.entries[newest.key].shape)
    names = [kinds.kinds[number].label for number in found if kinds.kinds[number].id in test.signals]
    return names[0], from_ms(newest.occurred_ms)


def _seen_sequence(test: SequenceTest, view: View) -> tuple[str, datetime | None]:
    atom = view.book.signal_atom(test)
    chain = tuple(atom.used(view.timeline, view.second))
    if not chain:
        return "", None
    return " after ".join(dict.fromkeys(_labels(chain, view))), from_ms(chain[0].occurred_ms)


def _labels(entries: Iterable[Entry], view: View) -> Iterator[str]:
    kinds = view.book.catalogue
    for entry in entries:
        yield kinds.kinds[kinds.kinds_of(view.timeline.entries[entry.key].shape)[0]].label


def _seen_parts(test: AllOf | AnyOf, view: View) -> tuple[str, datetime | None]:
    """The parts that hold, joined; dated by the latest of them."""
    parts = [_seen(item, view) for item in test.items if view.book.holds(item, view)]
    dates = [at for _source, at in parts if at is not None]
    return "; ".join(source for source, _at in parts if source), max(dates, default=None)
