"""The playbook's scores, worked out slowly and obviously: no index, no cache, no shortcut.

Written from the description in `syncd/core/playbook.py` and the order of arithmetic that `scoring` promises;
it shares no code with either but the data classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from syncd.core.model import Signal
from syncd.core.playbook import AllOf, BehaviourRule, Model, PatternRule, Playbook, SignalTest

MICRO = 1_000_000


def scores(playbook: Playbook, model: Model, signals: Iterable[Signal], now: datetime) -> tuple[int, int]:
    """Engagement and intent in micro-points."""
    known = [item for item in signals if item.occurred_at <= now and item.known_at <= now]
    known.sort(key=lambda item: (item.occurred_at, item.key), reverse=True)
    return _score("engagement", playbook, model, known, now), _score("intent", playbook, model, known, now)


def _score(
    score: str, playbook: Playbook, model: Model, newest_first: Sequence[Signal], now: datetime
) -> int:
    by_group: dict[str, int] = {}
    for rule in model.behaviour:
        if rule.score == score:
            given = rule_points(playbook, rule, newest_first, now)
            by_group[rule.group] = by_group.get(rule.group, 0) + given
    total = 0
    for group, points in by_group.items():
        cap = model.group_caps.get(group) if group else None
        total += points if cap is None else min(points, round(cap * MICRO))
    return total + sum(
        _pattern_points(playbook, rule, newest_first, now) for rule in model.patterns if rule.score == score
    )


def rule_points(
    playbook: Playbook, rule: BehaviourRule, newest_first: Sequence[Signal], now: datetime
) -> int:
    """What one rule gives after its own cap."""
    single = [
        item
        for item in newest_first
        if any(is_of_kind(playbook, item, name) for name in rule.signals)
        for _time in range(item.count)
    ]
    if rule.per_day is not None:
        seen: Counter[object] = Counter()
        kept = []
        for item in single:
            day = item.occurred_at.astimezone(UTC).date()
            seen[day] += 1
            if seen[day] <= rule.per_day:
                kept.append(item)
        single = kept
    if rule.newest is not None:
        single = single[: rule.newest]
    ages = [_age_s(item, now) for item in single]
    if rule.window_days is not None:
        ages = [age for age in ages if age <= round(rule.window_days * 86_400)]
    sum_: float = 0
    for age in ages:
        sum_ += 1.0 if rule.half_life_days is None else 2.0 ** (-age / (rule.half_life_days * 86_400))
    points = round(rule.points * MICRO * sum_)
    if rule.cap is None:
        return points
    cap = round(abs(rule.cap) * MICRO)
    return max(points, -cap) if rule.points < 0 else min(points, cap)


def _pattern_points(
    playbook: Playbook, rule: PatternRule, newest_first: Sequence[Signal], now: datetime
) -> int:
    assert isinstance(rule.when, AllOf)
    for need in rule.when.items:
        assert isinstance(need, SignalTest)
        assert need.within_days is not None
        inside = [
            item.count
            for item in newest_first
            if is_of_kind(playbook, item, need.signals[0])
            and _age_s(item, now) <= round(need.within_days * 86_400)
        ]
        if sum(inside) < need.at_least:
            return 0
    return round(rule.points * MICRO)


def is_of_kind(playbook: Playbook, item: Signal, name: str) -> bool:
    kind = next(one for one in playbook.signals if one.id == name)
    for match in kind.sources:
        if match.source == item.shape.source and all(
            any(fnmatchcase(item.shape.attributes.get(test.attribute, ""), glob) for glob in test.patterns)
            for test in match.where
        ):
            return True
    return False


def _age_s(item: Signal, now: datetime) -> int:
    return int(now.timestamp()) - int(item.occurred_at.timestamp())
