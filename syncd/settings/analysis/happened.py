"""Whether several tests of what happened can come out as asked together.

Counts are compared with one another (what happened twice in a week happened once in a month), with how many
different values there are to count, and with how long facts are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from syncd.core.playbook import IdleTest, Playbook, SequenceTest, SignalKind, SignalTest
from syncd.settings.analysis.normal import Answer, Way
from syncd.settings.vocabulary import VALUES

ALWAYS_THERE = frozenset({"", "kind", "channel"})
"""What every fact has, so that one fact is one to count."""


@dataclass(slots=True)
class Happened:
    """What can have happened. With `act`, one thing did, just now: its kinds."""

    playbook: Playbook
    act: frozenset[str] | None = None
    _kinds: dict[str, SignalKind] = field(init=False)

    def __post_init__(self) -> None:
        self._kinds = {kind.id: kind for kind in self.playbook.signals}

    def conflict(self, way: Way) -> str:
        """Why it cannot all be; empty when it may."""
        wanted, refused = list(_wanted(way)), list(_refused(way))
        for test in wanted:
            if reason := self._too_many(test):
                return reason
            for other in refused:
                if _rules_out(test, other):
                    return f"it wants {words(test)}, and not {words(other)}"
        return self._in_one_act(way) if self.act is not None else self._forgotten(way)

    def _too_many(self, test: SignalTest) -> str:
        """More different values than there are."""
        most, noun = self.values_of(test)
        if test.at_least <= most:
            return ""
        return f"it wants {test.at_least} different {noun}, and its signals have {most:g}"

    def values_of(self, test: SignalTest) -> tuple[float, str]:
        """How many different values the signals can have, and what they are called."""
        kinds = [self._kinds[name] for name in dict.fromkeys(test.signals)]
        match test.distinct:
            case "":
                return inf, ""
            case "kind":
                return len(kinds), "kinds"
            case "channel":
                return len({kind.channel for kind in kinds}), "channels"
            case "offer":
                return len({kind.offer for kind in kinds if kind.offer}), "offers"
            case attribute:
                return sum(_attribute_values(kind, attribute) for kind in kinds), f"values of {attribute}"

    def _forgotten(self, way: Way) -> str:
        """Silence longer than facts are kept: when it is long enough, nothing is left to have stopped."""
        for test, answer in way:
            if not isinstance(test, IdleTest) or answer is not Answer.TRUE:
                continue
            kept = max((_kept_days(self._kinds[name]) for name in test.signals), default=0.0)
            if test.days >= kept:
                return f"it wants silence for {test.days:g} days, and the facts are kept for {kept:g}"
        return ""

    def _in_one_act(self, way: Way) -> str:
        assert self.act is not None, "asked only for one act"
        for test, answer in way:
            match test:
                case SignalTest():
                    holds = bool(self.act & set(test.signals)) and test.at_least <= 1
                case SequenceTest() | IdleTest():
                    holds = False
                case _:
                    continue
            if holds != (answer is Answer.TRUE):
                return "one act is not enough"
        return ""


def words(test: SignalTest) -> str:
    """`pricing_viewed 2 times within 30 days`."""
    named = " or ".join(test.signals[:4]) + (" or others" if len(test.signals) > 4 else "")
    times = f" {test.at_least} times" if test.at_least > 1 else ""
    apart = f" with different {test.distinct}" if test.distinct else ""
    return f"{named}{times}{apart}" + (f" within {test.within_days:g} days" if test.within_days else "")


def _wanted(way: Way) -> Iterator[SignalTest]:
    """What has to have happened: as asked, each step of a sequence, and what silence followed."""
    for test, answer in way:
        if answer is not Answer.TRUE:
            continue
        match test:
            case SignalTest():
                yield test
            case SequenceTest():
                yield from (SignalTest(step, 1, test.within_days) for step in test.steps)
            case IdleTest():
                yield SignalTest(test.signals)


def _refused(way: Way) -> Iterator[SignalTest]:
    """What must not have happened: as asked, and anything in the days of a silence."""
    for test, answer in way:
        if isinstance(test, SignalTest) and answer is Answer.FALSE:
            yield test
        elif isinstance(test, IdleTest) and answer is Answer.TRUE:
            yield SignalTest(test.signals, 1, test.days)


def _rules_out(wanted: SignalTest, refused: SignalTest) -> bool:
    """Whether what is wanted always brings about what is refused."""
    if not set(wanted.signals) <= set(refused.signals) or refused.at_least > wanted.at_least:
        return False
    if (wanted.within_days or inf) > (refused.within_days or inf):
        return False
    if refused.distinct in {"", wanted.distinct}:
        return True
    return refused.at_least == 1 and refused.distinct in ALWAYS_THERE


def _attribute_values(kind: SignalKind, attribute: str) -> float:
    """How many values the attribute can have in facts of this kind; unlimited where they are not ours."""
    found = 0.0
    for source in kind.sources:
        closed = VALUES.get((source.source, attribute))
        if closed is None:
            return inf
        named = [test for test in source.where if test.attribute == attribute and not test.negate]
        found += min([len(closed), *(len(test.patterns) for test in named if not _is_open(test.patterns))])
    return found


def _is_open(patterns: tuple[str, ...]) -> bool:
    return any(set(pattern) & {"*", "?"} for pattern in patterns)


def _kept_days(kind: SignalKind) -> float:
    return inf if kind.retention_days is None else kind.retention_days
