"""Resolves scoring models that extend one another: the child's rule of an id replaces the parent's.

Order is the parent's, then the child's own. `when` is never inherited: it says whom a model is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from syncd.core.playbook import AllOf, BehaviourRule, FitRule, Model, PatternRule, SignalTest, Test
from syncd.settings.criteria import Terms, test_of
from syncd.settings.problems import Problem, did_you_mean, one_of
from syncd.settings.reading import Document
from syncd.settings.shapes.scoring import (
    BehaviourShape,
    FitShape,
    ModelShape,
    PatternShape,
    ScoringFile,
)

_Rule = TypeVar("_Rule", FitShape, BehaviourShape, PatternShape)


def resolved_models(file: ScoringFile, terms: Terms) -> tuple[Model, ...]:
    """The models that are used, with everything they inherit."""
    whole = _whole_models(file)
    return tuple(_model(shape, terms) for shape in whole if not shape.is_base)


def inheritance_problems(file: ScoringFile, document: Document) -> Iterable[Problem]:
    """Known only after inheriting: caps of groups no rule is in, ids used twice, models without grades."""
    for index, shape in enumerate(_whole_models(file)):
        written = document.data["models"][index]
        groups = _groups(shape)
        for group in file.models[index].group_caps:
            if group not in groups:
                line = document.line_of(written["group_caps"], group)
                message = f"no rule is in the group '{group[:60]}'{did_you_mean(group, groups)}"
                yield Problem(document.name, line, f"'{group[:60]}'", one_of(groups), "", message)
        for name in _repeated(shape):
            line = document.line_of(written)
            message = (
                f"model '{shape.id}' has two rules with the id '{name}', its own and an inherited one of"
            )
            message += " another kind; rename one"
            yield Problem(document.name, line, f"'{name}' again", "each id once", "", message)
        if len(shape.grades) < 2 and not shape.is_base:
            message = f"model '{shape.id}' needs at least two grades"
            example = "grades: {A: 45, B: 30, C: 15, D: 0}"
            yield Problem(document.name, document.line_of(written), "", "a letter per band", example, message)


def _whole_models(file: ScoringFile) -> list[ModelShape]:
    by_id = {shape.id: shape for shape in file.models}
    return [_whole(shape, by_id) for shape in file.models]


def _whole(shape: ModelShape, by_id: Mapping[str, ModelShape]) -> ModelShape:
    """The model with all it inherits. The files were checked: there is no circle."""
    if shape.extends is None:
        return shape
    parent = _whole(by_id[shape.extends], by_id)
    without = frozenset(shape.without)
    return shape.model_copy(
        update={
            "fit": _joined(parent.fit, shape.fit, without),
            "behaviour": _joined(parent.behaviour, shape.behaviour, without),
            "patterns": _joined(parent.patterns, shape.patterns, without),
            "group_caps": {**parent.group_caps, **shape.group_caps},
            "grades": shape.grades or parent.grades,
        }
    )


def _joined(parent: list[_Rule], own: list[_Rule], without: frozenset[str]) -> list[_Rule]:
    rules = {rule.id: rule for rule in parent if rule.id not in without}
    rules.update({rule.id: rule for rule in own})
    return list(rules.values())


def _model(shape: ModelShape, terms: Terms) -> Model:
    grades = sorted(shape.grades.items(), key=lambda grade: (-grade[1], grade[0]))
    groups = _groups(shape)
    return Model(
        id=shape.id,
        label=shape.label,
        when=None if shape.when is None else test_of(shape.when, terms),
        fit=tuple(
            FitRule(rule.id, rule.label, rule.points, test_of(rule.when, terms), rule.group)
            for rule in shape.fit
        ),
        behaviour=tuple(_behaviour(rule, terms) for rule in shape.behaviour),
        patterns=tuple(
            PatternRule(rule.id, rule.label, pattern_test(rule, terms), rule.points, rule.score, rule.group)
            for rule in shape.patterns
        ),
        group_caps=MappingProxyType({key: cap for key, cap in shape.group_caps.items() if key in groups}),
        grades=tuple(grades),
    )


def pattern_test(rule: PatternShape, terms: Terms) -> Test:
    """`need` is short for all of its signals in one window."""
    whole = terms.fixed(is_fixed=rule.is_fixed)
    if rule.when is not None:
        return test_of(rule.when, whole)
    assert rule.need is not None, "the shape guarantees need or when"
    assert rule.within_days is not None, "the shape guarantees a window for need"
    within_days = whole.days(rule.within_days, is_fixed=False)
    return AllOf(tuple(SignalTest((kind,), count, within_days) for kind, count in rule.need.items()))


def _groups(shape: ModelShape) -> frozenset[str]:
    named = [rule.group for rules in (shape.fit, shape.behaviour, shape.patterns) for rule in rules]
    return frozenset(group for group in named if group)


def _repeated(shape: ModelShape) -> list[str]:
    """Ids that stand in more than one kind of rule, where inheriting brought them together."""
    if shape.extends is None:  # said already, by structure
        return []
    kinds = [{rule.id for rule in rules} for rules in (shape.fit, shape.behaviour, shape.patterns)]
    return sorted(set.union(*kinds) & (kinds[0] & kinds[1] | kinds[0] & kinds[2] | kinds[1] & kinds[2]))


def _behaviour(rule: BehaviourShape, terms: Terms) -> BehaviourRule:
    def days(written: float | None) -> float | None:
        return None if written is None else terms.days(written, is_fixed=rule.is_fixed)

    steps: dict[float, float] = {}
    for age, share in sorted(rule.steps.items()):
        steps.setdefault(terms.days(age, is_fixed=rule.is_fixed), share)
    return BehaviourRule(
        id=rule.id,
        label=rule.label,
        signals=tuple(rule.signals),
        points=rule.points,
        half_life_days=days(rule.half_life_days),
        window_days=days(rule.window_days),
        cap=rule.cap,
        per_day=rule.per_day,
        newest=rule.newest,
        group=rule.group,
        score=rule.score,
        steps=tuple(steps.items()),
        diminishing=rule.diminishing,
        distinct=rule.distinct,
    )
