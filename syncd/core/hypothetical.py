"""What a lead could still do, or what could still be learnt of it, as facts to try: never stored, never sent.

An act of a kind is a made-up signal whose shape really classifies as that kind, dated now. A fact is a value
for fields that are blank, chosen so that one test of the playbook holds. Whether any of it helps is for the
real verdict to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from syncd.core import patterns
from syncd.core.model import Shape, Signal, Snapshot
from syncd.core.phrases import Words, field_words
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    AttributeTest,
    FieldTest,
    IdleTest,
    LevelTest,
    Named,
    NotOf,
    Operator,
    PatternRule,
    Playbook,
    SequenceTest,
    SignalKind,
    SignalTest,
    SourceMatch,
    Test,
)
from syncd.core.profile import derived
from syncd.core.signals import classify

FACTS_MAX = 12
"""Missing facts tried for one lead."""
COPIES = 3
"""Facts of one kind that can be told apart: as many as a set may hold."""
PHASES = ("awareness", "consideration", "decision", "sales", "system")
ACCOUNT_SOURCES = ("account.",)

_TITLES = ("contact.jobtitle", "lead.Title", "sfcontact.Title")
_SENIORITY_TITLES = {
    "c_level": "Chief Executive Officer", "vp": "Vice President", "director": "Director",
    "head": "Head of Department", "manager": "Manager", "senior": "Senior Specialist",
    "individual": "Specialist", "entry": "Junior Assistant",
}  # fmt: skip
_FUNCTION_TITLES = {
    "marketing": "Marketing", "sales": "Sales", "operations": "Operations", "it": "IT",
    "engineering": "Engineering", "finance": "Finance", "hr": "HR", "product": "Product",
    "customer": "Customer Success", "legal": "Legal", "procurement": "Procurement",
    "research": "Research", "education": "Teaching", "general": "General Management",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to add: an act of a kind (`id` is the kind), or a fact (`fields` are what becomes known).

    `shapes` are facts of that kind, told apart wherever a rule counts equals once: a second download is of
    another form. `others` are labels of acts that do as well in its place. `phase` counts the phases of
    buying from 0: what marketing can still bring about comes before what only the buyer decides.
    """

    kind: Literal["act", "fact"]
    id: str
    label: str
    count: int = 1
    shapes: tuple[Shape, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    phase: int = 0

    @property
    def is_colleague(self) -> bool:
        """Whether somebody else of the company would have to do it."""
        return bool(self.shapes) and self.shapes[0].source.startswith(ACCOUNT_SOURCES)


def acts_of(snapshot: Snapshot, playbook: Playbook, now: datetime) -> tuple[Act, ...]:
    """Everything worth trying for this lead: missing facts first, then acts in the playbook's order."""
    return (*_facts(snapshot, playbook), *_signals(playbook))


def with_acts(snapshot: Snapshot, acts: Sequence[Act], now: datetime) -> Snapshot:
    """The snapshot as it would be with these acts done now and these facts known."""
    taken = {signal.key for signal in (*snapshot.signals, *snapshot.account_signals)}
    free = (key for key in range(1, len(taken) + len(acts) * 8 + 2) if key not in taken)
    own, colleagues = list(snapshot.signals), list(snapshot.account_signals)
    fields = dict(snapshot.fields)
    done: dict[str, int] = {}
    for act in acts:
        fields |= act.fields
        for _time in range(act.count if act.shapes else 0):
            number = done.get(act.id, 0)
            done[act.id] = number + 1
            signal = Signal(next(free), now, now, act.shapes[number % len(act.shapes)])
            (colleagues if act.is_colleague else own).append(signal)
    return replace(snapshot, fields=fields, signals=tuple(own), account_signals=tuple(colleagues))


# --- acts ------------------------------------------------------------------------------------------------


def _signals(playbook: Playbook) -> Iterator[Act]:
    """One act per kind that speaks for a lead somewhere; kinds that are the same fact only once."""
    telling = _telling_kinds(playbook)
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    ordered = sorted(playbook.signals, key=lambda kind: _sequence_rank(kind.id, playbook))
    for kind in ordered:
        if kind.direction != "inbound" or kind.phase == "system" or kind.id not in telling:
            continue
        shape = sample(kind, playbook)
        if shape is None:
            continue
        same = (shape.source, tuple(sorted(shape.attributes.items())))
        if same not in seen:
            seen.add(same)
            yield act_of(kind, shape, playbook)


def act_of(kind: SignalKind, shape: Shape, playbook: Playbook) -> Act:
    """An act of this kind, of which `shape` is one fact."""
    names = _told_apart_by(kind.id, playbook)
    shapes = tuple(_apart(shape, names, number, kind.id, playbook) for number in range(1, COPIES + 1))
    return Act(
        "act", kind.id, kind.label, shapes=shapes if names else (shape,), phase=PHASES.index(kind.phase)
    )


def _apart(shape: Shape, names: tuple[str, ...], number: int, kind: str, playbook: Playbook) -> Shape:
    """The shape with a value of its own for each of these attributes, as far as it stays of its kind."""
    for name in names:
        before = shape.attributes.get(name, "")
        value = f"{before}-new-{number}" if before else f"new-{number}"
        tried = Shape(shape.source, {**shape.attributes, name: value})
        if kind in classify(tried, playbook):
            shape = tried
    return shape


def _told_apart_by(kind: str, playbook: Playbook) -> tuple[str, ...]:
    """Attributes by which rules and tests of this kind tell one act from another."""
    rules = (rule for model in playbook.models for rule in model.behaviour if kind in rule.signals)
    parts = (part for test in _tests(playbook) for part in _parts(test) if isinstance(part, SignalTest))
    names = {rule.distinct for rule in rules} | {part.distinct for part in parts if kind in part.signals}
    return tuple(sorted(names - {"", "channel", "offer", "kind"}))


def _sequence_rank(kind: str, playbook: Playbook) -> int:
    """Earlier steps of a sequence come first, so that sets of them are tried in that order."""
    ranks = [
        number
        for test in _tests(playbook)
        for part in _parts(test)
        if isinstance(part, SequenceTest)
        for number, step in enumerate(part.steps)
        if kind in step
    ]
    return min(ranks, default=0)


def _telling_kinds(playbook: Playbook) -> frozenset[str]:
    """Kinds that give points, or that a test anybody wants to pass asks for."""
    found: set[str] = set(playbook.levels.decisive.signals)
    for model in playbook.models:
        found |= {name for rule in model.behaviour if rule.points > 0 for name in rule.signals}
    for test in _tests(playbook):
        for part in _parts(test):
            if isinstance(part, SignalTest):
                found |= set(part.signals)
            elif isinstance(part, SequenceTest):
                found |= {name for step in part.steps for name in step}
    return frozenset(found)


def _tests(playbook: Playbook) -> Iterator[Test]:
    """Tests that are good to pass."""
    levels = playbook.levels
    for model in playbook.models:
        rules: Iterable[PatternRule] = model.patterns
        yield from (rule.when for rule in rules if rule.points > 0)
        yield from (rule.when for rule in model.fit if rule.points > 0)
    yield from (item.test for item in _criteria(playbook))
    yield from (letter.confirmed for letter in levels.bant)


def _criteria(playbook: Playbook) -> Iterator[Named]:
    levels = playbook.levels
    yield from levels.icp
    for level in levels.mql:
        yield from level.enter
    yield from levels.near_sql.enter
    yield from levels.sql
    yield from levels.decisive.needs


def _parts(test: Test) -> Iterator[Test]:
    """The tests inside that are good to pass themselves: not what a `not` holds."""
    match test:
        case AllOf() | AnyOf():
            for item in test.items:
                yield from _parts(item)
        case NotOf() | IdleTest() | LevelTest():
            return
        case _:
            yield test


def sample(kind: SignalKind, playbook: Playbook) -> Shape | None:
    """A shape that classifies as this kind; None when its patterns leave none we can think of."""
    for match in kind.sources:
        for shape in _shapes(match):
            if kind.id in classify(shape, playbook):
                return shape
    return None


def _shapes(match: SourceMatch) -> Iterator[Shape]:
    by_attribute: dict[str, list[AttributeTest]] = {}
    for test in match.where:
        by_attribute.setdefault(test.attribute, []).append(test)
    found: dict[str, str] = {}
    for name, tests in by_attribute.items():
        if all(test.negate for test in tests):
            continue  # absent passes
        value = next(_values(tests), None)
        if value is None:
            return
        found[name] = value
    yield Shape(match.source, found)


def _values(tests: Sequence[AttributeTest]) -> Iterator[str]:
    """Texts that pass all of these tests of one attribute."""
    checks = [(patterns.glob(test.patterns), test.negate) for test in tests]
    for test in tests:
        if test.negate:
            continue
        for pattern in test.patterns:
            for filler in ("", " ", "a", "example"):
                value = pattern.replace("*", filler).replace("?", "1").strip() or filler
                if value and all(matches(value) != negate for matches, negate in checks):
                    yield value


# --- facts -----------------------------------------------------------------------------------------------


def _facts(snapshot: Snapshot, playbook: Playbook) -> Iterator[Act]:
    """Blank fields that a rule or criterion would be glad of: the best answer for each, once."""
    words = Words(playbook)
    seen: set[tuple[str, ...]] = set()
    wanted = [(rule.label, rule.when, rule.points) for model in playbook.models for rule in model.fit]
    wanted = sorted((item for item in wanted if item[2] > 0), key=lambda item: -item[2])
    asked = [(words.say(part), part, 0.0) for item in _criteria(playbook) for part in _parts(item.test)]
    known = {**snapshot.fields, **derived(snapshot.fields, snapshot.emails)}
    number = 0
    for label, test, _points in (*asked, *wanted):
        fields = _solved(test, known)
        if not fields or tuple(sorted(fields)) in seen:
            continue
        seen.add(tuple(sorted(fields)))
        number += 1
        if number > FACTS_MAX:
            return
        yield Act("fact", "+".join(sorted(fields)), _fact_label(label, fields), fields=fields)


def _fact_label(label: str, fields: Mapping[str, str]) -> str:
    names = " and ".join(dict.fromkeys(field_words(name) for name in sorted(fields)))
    said = label if label.startswith("the ") else f"the {names} is known: {label}"
    return said[:1].upper() + said[1:]


def _solved(test: Test, known: Mapping[str, str]) -> Mapping[str, str]:
    """Values for blank fields that make this test hold; empty when it holds, or when it needs more."""
    match test:
        case FieldTest():
            return _solved_field((test,), known)
        case AllOf() if all(isinstance(item, FieldTest) for item in test.items):
            return _solved_field(tuple(item for item in test.items if isinstance(item, FieldTest)), known)
        case AnyOf() if test.at_least == 1:
            return next((found for item in test.items if (found := _solved(item, known))), {})
        case _:
            return {}


def _solved_field(tests: tuple[FieldTest, ...], known: Mapping[str, str]) -> Mapping[str, str]:
    """A value that passes all tests of one blank field."""
    names = {test.field for test in tests}
    if len(names) != 1:
        return {}
    name = next(iter(names))
    if known.get(name, "").strip() or name.startswith("account."):
        return {}
    for test in tests:
        for value in _candidates(test):
            if all(_passes(item, value) for item in tests):
                return _as_raw(name, value, known)
    return {}


def _candidates(test: FieldTest) -> Iterator[str]:
    if test.operator is Operator.PRESENT:
        yield "example"
    elif test.operator is not Operator.ABSENT:
        yield from (value.replace("*", "").replace("?", "1").strip() for value in test.values)


def _passes(test: FieldTest, value: str) -> bool:
    match test.operator:
        case Operator.AT_LEAST | Operator.AT_MOST:
            try:
                given, limit = float(value), float(test.values[0])
            except ValueError:
                return False
            return given >= limit if test.operator is Operator.AT_LEAST else given <= limit
        case Operator.CONTAINS:
            return patterns.words(test.values)(value)
        case Operator.PRESENT:
            return bool(value)
        case Operator.ABSENT:
            return False
        case Operator.MATCHES:
            return patterns.glob(test.values)(value)
        case _:
            return patterns.equal(test.values)(value) or patterns.glob(test.values)(value)


def _as_raw(name: str, value: str, known: Mapping[str, str]) -> Mapping[str, str]:
    """The field the systems hold, for a derived one: a title for a seniority, a name for a company."""
    if not name.startswith("person."):
        return {name: value}
    if name == "person.company_name":
        return {"company.name": value}
    title = {"person.seniority": _SENIORITY_TITLES, "person.function": _FUNCTION_TITLES}.get(name, {}).get(
        value
    )
    if title is None or any(known.get(item, "").strip() for item in _TITLES):
        return {}
    fields = {"contact.jobtitle": title}
    return fields if derived(fields, ()).get(name) == value else {}
