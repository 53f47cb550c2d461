"""One generated look at a lead below SQL, per scoring model: its numbers, and where its criteria put it.

`profile(a)` answers what fields alone decide. `look(pr, P, D, s, hh)` answers the rest at second `s` for
somebody who holds the MQL level of height `hh`; plain lists it takes in the order of their slots (`L`), and
does the sums itself. The variant for due dates also gives the first second at which an answer about signals
turns, and every comparison of a score that was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncd.core.atoms import SignalAtom
from syncd.core.compiled import Compiled
from syncd.core.criteria import to_micro
from syncd.core.engine import primitives
from syncd.core.engine.expressions import BY_SLOT, IN_ORDER, Questions, Writer
from syncd.core.engine.source import Source, tuple_of
from syncd.core.engine.sums import add_now, add_sum
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    CellTest,
    FitRule,
    GradeTest,
    IcpTest,
    Level,
    LevelTest,
    Named,
    NotOf,
    SignalTest,
    Test,
)
from syncd.core.scoring import Block, Scorer
from syncd.core.timeline import Pick

BLOCKING = frozenset({"block", "stop"})


@dataclass(frozen=True, slots=True)
class Looks:
    """The generated functions of one model, for plain or weighted lists."""

    profile: Any
    look: Any
    look_ahead: Any
    told: Any
    engagement: Any
    intent: Any
    atoms: tuple[SignalAtom, ...]
    is_fit_fixed: bool


def generate(
    book: Compiled, questions: Questions, slots: Mapping[Pick, int], *, weighted: bool
) -> list[Looks]:
    """The functions of every model, in the order of the playbook."""
    return [_Model(book, scorer, questions, slots, weighted=weighted).made() for scorer in book.models]


def chooser(book: Compiled, questions: Questions, *, weighted: bool) -> tuple[Any, bool]:
    """The function `choose(a, P, D, s)` that gives the number of the model that applies, and whether fields
    alone tell: then it needs nothing but `a`."""
    source = Source({"T": TRI, **_helpers(weighted=weighted)})
    lists = BY_SLOT if weighted else IN_ORDER
    writer = Writer(
        source, questions, "", frozenset(), frozenset(), is_fit_fixed=False, is_for_profile=True, lists=lists
    )
    whens = [scorer.model.when for scorer in book.models]
    source.add(0, f"def choose(a, {'P' if weighted else 'L'}=(), D=(), s=0):")
    for number, when in enumerate(whens):
        source.add(1, f"if {'True' if when is None else writer.tri(when)}: return {number}")
    source.add(1, f"return {len(whens) - 1}")
    if writer.untils:
        source.lines.insert(1, f"    {' = '.join(writer.untils.values())} = None")
    is_fixed = all(when is None or writer.is_fixed(when) for when in whens)
    return source.run()["choose"], is_fixed


def _helpers(*, weighted: bool) -> Mapping[str, object]:
    return {
        "NEVER": primitives.NEVER,
        "count": primitives.count_weighted if weighted else primitives.count_plain,
        "quiet": primitives.quiet_weighted if weighted else primitives.quiet_plain,
        "chained": primitives.chained,
        "all_of": primitives.all_of,
        "enough_of": primitives.enough_of,
    }


TRI: tuple[bool | None, ...] = (False, True, None)


class _Model:
    """Writes the functions of one model."""

    def __init__(
        self,
        book: Compiled,
        scorer: Scorer,
        questions: Questions,
        slots: Mapping[Pick, int],
        *,
        weighted: bool,
    ) -> None:
        self.book, self.scorer, self.slots, self.weighted = book, scorer, slots, weighted
        self.levels = book.playbook.levels
        self.source = Source({"T": TRI, **_helpers(weighted=weighted)})
        self.writer = Writer(
            self.source, questions, scorer.model.id, frozenset(), frozenset(), is_fit_fixed=False
        )
        self._find_fixed()

    def _find_fixed(self) -> None:
        """What fields alone decide in this model: fit, then grade, then the gate, then levels."""
        writer = self.writer
        if not all(writer.is_fixed(rule.when) for rule in self.scorer.model.fit):
            return
        writer.is_fit_fixed = True
        writer.fixed = frozenset({GradeTest})
        if all(writer.is_fixed(item.test) for item in self.levels.icp):
            writer.fixed |= {IcpTest}
        for level in self._levels_in_order():
            if all(writer.is_fixed(item.test) for item in level.enter):
                writer.fixed_levels |= {level.id}

    def _levels_in_order(self) -> list[Level]:
        """Every level after those it asks for."""
        left, found = list(self.levels.mql), list[Level]()
        while left:
            known = {level.id for level in found}
            ready = [level for level in left if _levels_asked(level) <= known | {level.id}]
            found += ready
            left = [level for level in left if level not in ready]
        return found

    def made(self) -> Looks:
        for name, blocks in (("engagement", self.scorer.engagement), ("intent", self.scorer.intent)):
            add_sum(self.source, name, blocks, self.slots, weighted=self.weighted)
            add_sum(self.source, f"{name}_of", blocks, self.slots, weighted=self.weighted, reasons=True)
        lines = len(self.source.lines)
        self._look("look", ahead=False)
        del self.source.lines[lines:]  # written once to see how often each question is asked
        self._look("look", ahead=False)
        self._look("look_ahead", ahead=True)
        atoms = self._told()
        self._profile()
        made = self.source.run()
        return Looks(
            profile=made["profile"],
            look=made["look"],
            look_ahead=made["look_ahead"],
            told=made["told"],
            engagement=made["engagement"],
            intent=made["intent"],
            atoms=atoms,
            is_fit_fixed=self.writer.is_fit_fixed,
        )

    # --- the profile -------------------------------------------------------------------------------------

    def _profile(self) -> None:
        source, main = self.source, self.writer
        writer = Writer(
            source, main.questions, main.model, main.fixed, main.fixed_levels,
            is_fit_fixed=main.is_fit_fixed, is_for_profile=True,
        )  # fmt: skip
        source.add(0, "def profile(a):", "    f = gr = ic = None")
        if main.is_fit_fixed:
            self._fit(writer)
            if IcpTest in main.fixed:
                source.add(1, f"ic = {writer.tri(_both(self.levels.icp))}")
            for level in self._levels_in_order():
                if level.id in main.fixed_levels:
                    number = self.book.level_numbers[level.id]
                    source.add(1, f"n{number} = {writer.tri(_both(level.enter))}")
        parts = [writer.tri(test) for test in main.parts]
        source.add(1, f"return {tuple_of(['f', 'gr', 'ic', *parts])}")

    def _fit(self, writer: Writer) -> None:
        source = self.source
        source.add(1, "f = 0")
        groups: dict[str, list[FitRule]] = {}
        for rule in self.scorer.model.fit:
            groups.setdefault(rule.group, []).append(rule)
        for group, _cap, _rules in self.scorer.fit:
            source.add(1, "b = 0")
            for rule in groups[group]:
                source.add(1, f"if {writer.tri(rule.when)}: b += {source.bind(to_micro(rule.points))}")
            if _cap is not None:
                cap = source.bind(_cap)
                source.add(1, f"if b {'>' if _cap >= 0 else '<'} {cap}: b = {cap}")
            source.add(1, "f += b")
        grades = self.scorer.grades
        chain = "".join(
            f"{source.bind(letter)} if f >= {source.bind(least)} else " for letter, least in grades
        )
        source.add(1, f"gr = {chain}{source.bind(grades[-1][0] if grades else '')}")

    # --- the look ----------------------------------------------------------------------------------------

    def _look(self, name: str, *, ahead: bool) -> None:
        source, writer = self.source, self.writer
        writer.untils, writer.scores, writer.is_remembering = {}, {}, ahead
        writer.uses_before, writer.uses = writer.uses, Counter()
        writer.lists = BY_SLOT if ahead or self.weighted else IN_ORDER
        source.add(0, f"def {name}(pr, {'L' if writer.lists is IN_ORDER else 'P'}, D, s, hh):")
        place = len(source.lines)
        self._scores()
        self._standing()
        asked = [*writer.untils.values(), *writer.scores.values()]
        if asked:
            source.lines.insert(place, f"    {' = '.join(asked)} = None")
        found = "f, e, i, gr, ce, claims, blocked, where, earned, missing"
        if not ahead:
            source.add(1, f"return {found}")
            return
        source.add(1, "nf = NEVER")
        for until in writer.untils.values():
            source.add(1, f"if {until}:")
            source.add(2, f"if {until} < 0: {until} = -{until}", f"if {until} < nf: nf = {until}")
        source.add(1, "eh = ih = oh = -NEVER; el = il = ol = NEVER")
        for (score, threshold), asked_as in writer.scores.items():
            letter, at = {"engagement": "e", "intent": "i", "total": "o"}[str(score)], source.bind(threshold)
            source.add(1, f"if {asked_as}:", f"    if {at} > {letter}h: {letter}h = {at}")
            source.add(1, f"elif {asked_as} is not None and {at} < {letter}l: {letter}l = {at}")
        source.add(1, f"return {found}, nf, (eh, el), (ih, il), (oh, ol), hE, hI")

    def _told(self) -> tuple[SignalAtom, ...]:
        """The variant for explanations: every test people can read answered, what each question about
        signals was answered, and what each rule of engagement and of intent gave."""
        source, writer = self.source, self.writer
        writer.untils, writer.scores, writer.is_remembering = {}, {}, True
        source.add(0, "def told(pr, P, D, s, hh):", "    rE = []; rI = []")
        place = len(source.lines)
        self._scores(reasons=True)
        self._standing()
        tests = told_tests(self.book, self.scorer)
        for number, test in enumerate(tests):
            source.add(1, f"c{number} = {writer.tri(test)}")
        asked = [*writer.untils.values(), *writer.scores.values()]
        if asked:
            source.lines.insert(place, f"    {' = '.join(asked)} = None")
        answers = tuple_of([f"c{number}" for number in range(len(tests))])
        untils = tuple_of(list(writer.untils.values()))
        source.add(1, "found = f, e, i, gr, ce, claims, blocked, where, earned, missing, ic, hE, hI")
        source.add(1, f"return found, {answers}, {untils}, rE, rI")
        return tuple(writer.untils)

    def _scores(self, *, reasons: bool = False) -> None:
        source, writer = self.source, self.writer
        for name, letter, blocks in (
            ("engagement", "E", self.scorer.engagement),
            ("intent", "I", self.scorer.intent),
        ):
            held = [self._patterns(block, f"h{letter}{number}") for number, block in enumerate(blocks)]
            if writer.lists is IN_ORDER:
                add_now(source, letter.lower(), held, blocks, self.slots)
                continue
            source.add(1, f"h{letter} = {tuple_of(held)}")
            more = f"_of(P, h{letter}, s, s, r{letter})" if reasons else f"(P, h{letter}, s, s)"
            source.add(1, f"{letter.lower()} = {name}{more}")
        if writer.is_fit_fixed:
            source.add(1, "f = pr[0]", "gr = pr[1]")
        else:
            self._fit(writer)
        source.add(1, "o = f + e + i")
        self._cell()
        if IcpTest in writer.fixed:
            source.add(1, "ic = pr[2]")
        else:
            source.add(1, f"ic = {writer.tri(_both(self.levels.icp))}")

    def _patterns(self, block: Block, name: str) -> str:
        """What the patterns of one block give."""
        if not block.patterns:
            return "0"
        self.source.add(1, f"{name} = 0")
        for item in block.patterns:
            test = self.writer.tri(item.rule.when)
            self.source.add(1, f"if {test}: {name} += {self.source.bind(item.points_micro)}")
        return name

    def _cell(self) -> None:
        matrix = self.levels.matrix
        if matrix is None or not matrix.bands:
            self.source.add(1, "ce = ''")
            return
        tests = [item.test for level in self.levels.mql for item in level.enter]
        tests += [level.leave for level in self.levels.mql if level.leave is not None]
        tests += [item.test for item in (*self.levels.icp, *self.levels.near_sql.enter, *self.levels.sql)]
        tests += [item.test for item in self.book.playbook.filters]
        is_asked = any(_mentions(test, CellTest) for test in tests)
        letter = {"engagement": "e", "intent": "i", "total": "o"}[matrix.score]
        chain = ""
        for band, atom in self.book.bands:
            compared = f"{letter} >= {self.source.bind(atom.threshold_micro)}"
            if is_asked and self.writer.is_remembering:
                key = atom.score, atom.threshold_micro
                name = self.writer.scores.setdefault(key, f"y{len(self.writer.scores)}")
                compared = f"({name} := {compared})"
            chain += f"{self.source.bind(band)} if {compared} else "
        self.source.add(1, f"ce = gr + ({chain}{self.source.bind(matrix.bands[-1][0])})")

    def _standing(self) -> None:
        source, writer, levels = self.source, self.writer, self.levels
        for level in self._levels_in_order():
            source.add(1, f"n{self.book.level_numbers[level.id]} = {writer.tri(_both(level.enter))}")
        met = [f"z{number}" for number in range(len(levels.sql))]
        for name, item in zip(met, levels.sql, strict=True):
            source.add(1, f"{name} = {writer.tri(item.test)}")
        claims = [" and ".join(f"{name} is True" for name in met) or "True"]
        if levels.decisive.signals:
            decisive = SignalTest(levels.decisive.signals, 1, levels.decisive.within_days)
            claims.append(writer.tri(decisive))
        source.add(1, f"claims = {' or '.join(claims)}")
        blocking = tuple(item.test for item in self.book.playbook.filters if item.outcome in BLOCKING)
        source.add(1, f"blocked = {writer.tri(AnyOf(blocking))} is True" if blocking else "blocked = False")
        count = " + ".join(f"({name} is True)" for name in met) or "0"
        near = writer.tri(_both(levels.near_sql.enter))
        least = source.bind(levels.near_sql.at_least)
        top = len(levels.mql) + 1
        lacking = [
            f"({source.bind(f'sql.{item.id}')}, {name})" for name, item in zip(met, levels.sql, strict=True)
        ]
        source.add(1, "missing = ()", f"if {count} >= {least} and {near}:")
        source.add(2, f"where = earned = {top}")
        source.add(2, f"missing = tuple([k for k, z in {tuple_of(lacking)} if not z])")
        source.add(1, "else:", "    where = earned = 0")
        for number in range(len(levels.mql) - 1, -1, -1):
            level = levels.mql[number]
            left = f"n{number} is True" if level.leave is None else f"{writer.tri(level.leave)} is not True"
            source.add(
                2, f"if not where and ((hh >= {number} and {left}) or n{number}): where = {number + 1}"
            )
            source.add(2, f"if not earned and n{number}: earned = {number + 1}")


def told_tests(book: Compiled, scorer: Scorer) -> list[Test]:
    """Every test an explanation answers: patterns, the gate, levels, near-SQL, SQL, needs, letters
    (confirmed, then inferred), filters."""
    levels = book.playbook.levels
    blocks = (*scorer.engagement, *scorer.intent)
    tests = [item.rule.when for block in blocks for item in block.patterns]
    named = [*levels.icp, *(item for level in levels.mql for item in level.enter)]
    named += [*levels.near_sql.enter, *levels.sql, *levels.decisive.needs]
    tests += [item.test for item in named]
    tests += [letter.confirmed for letter in levels.bant]
    tests += [letter.inferred or NotOf(AllOf(())) for letter in levels.bant]
    return tests + [item.test for item in book.playbook.filters]


def _both(items: tuple[Named, ...]) -> AllOf:
    return AllOf(tuple(item.test for item in items))


def _levels_asked(level: Level) -> set[str]:
    asked: set[str] = set()
    ahead = [item.test for item in level.enter]
    while ahead:
        test = ahead.pop()
        if isinstance(test, LevelTest):
            asked.add(test.level)
        elif isinstance(test, AllOf | AnyOf):
            ahead += test.items
        elif isinstance(test, NotOf):
            ahead.append(test.item)
    return asked


def _mentions(test: Test, kind: type) -> bool:
    if isinstance(test, AllOf | AnyOf):
        return any(_mentions(item, kind) for item in test.items)
    return isinstance(test, kind) or (isinstance(test, NotOf) and _mentions(test.item, kind))
