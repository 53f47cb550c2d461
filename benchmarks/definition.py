"""The definition the portfolio is measured under, as the product reads it; the rules are in `rules`."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.rules import (
    BEHAVIOUR,
    FIT,
    FIT_SQL,
    GRADES,
    GROUP_CAPS,
    KINDS,
    LEVELS,
    RECENT,
    TOTAL_SQL,
    Fit,
    Recent,
)
from syncd.core.model import Position, Stage
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    AttributeTest,
    BehaviourRule,
    Decisive,
    FieldTest,
    FitRule,
    IdleTest,
    Level,
    Levels,
    MachineClicks,
    Model,
    Named,
    NearSql,
    Operator,
    PatternRule,
    Playbook,
    ScoreTest,
    SignalKind,
    SignalTest,
    SourceMatch,
)
from syncd.settings import default_config_dir, load

PLAIN = "portfolio-1"
"""The version of this definition."""


def earned_by(fit_micro: int, behaviour_micro: int) -> Position:
    """Where these numbers put somebody: `LEVELS` as the definition says them, once more and obviously."""
    fit, total = fit_micro / 1e6, (fit_micro + behaviour_micro) / 1e6
    if total >= TOTAL_SQL and fit >= FIT_SQL:
        return Position(Stage.SQL)
    for name, least, least_fit in reversed(LEVELS):
        if total >= least and (least_fit is None or fit >= least_fit):
            return Position(Stage.MQL, name)
    return Position(Stage.LEAD)


def playbook() -> Playbook:
    """The definition as the product reads it; delivery and the rest as shipped."""
    shipped = load(default_config_dir(), {}).playbook
    return replace(
        shipped,
        version=PLAIN,
        evaluation_version=PLAIN,
        signals=tuple(
            SignalKind(
                kind.id,
                kind.id,
                (SourceMatch(kind.source, (AttributeTest(kind.attribute, (kind.begins + "*",)),)),),
                channel=kind.channel,
            )
            for kind in KINDS
        ),
        models=(_model(),),
        filters=(),
        levels=_levels(),
        alerts=replace(shipped.alerts, heads_up=()),
        machine=MachineClicks(is_on=False),
    )


def _model() -> Model:
    behaviour = tuple(
        BehaviourRule(rule.id, rule.id, rule.kinds, rule.points, half_life_days=rule.half_life,
                      window_days=rule.window, cap=rule.cap, newest=rule.newest, group=rule.group,
                      score=rule.score)
        for rule in BEHAVIOUR
    )  # fmt: skip
    patterns = tuple(PatternRule(rule.id, rule.id, _recent(rule), rule.points) for rule in RECENT)
    fit = tuple(FitRule(rule.id, rule.id, rule.points, _fit(rule)) for rule in FIT)
    return Model("all", "Everybody", None, fit, behaviour, patterns, GROUP_CAPS, GRADES)


def _recent(rule: Recent) -> SignalTest | IdleTest:
    if rule.days_idle is not None:
        return IdleTest(rule.kinds, rule.days_idle)
    return SignalTest(rule.kinds, rule.at_least, rule.days)


def _fit(rule: Fit) -> FieldTest | AllOf:
    if rule.values:
        return FieldTest(rule.field, Operator.IS, rule.values)
    tests = []
    if rule.at_least is not None:
        tests.append(FieldTest(rule.field, Operator.AT_LEAST, (str(rule.at_least),)))
    if rule.at_most is not None:
        tests.append(FieldTest(rule.field, Operator.AT_MOST, (str(rule.at_most),)))
    return AllOf(tuple(tests))


def _levels() -> Levels:
    mql = []
    for name, total, fit in LEVELS:
        enter = [Named(f"{name}_total", name, ScoreTest("total", at_least=total))]
        if fit is not None:
            enter.append(Named(f"{name}_fit", name, ScoreTest("fit", at_least=fit)))
        mql.append(Level(name, name, tuple(enter)))
    sql = (
        Named("sql_total", "Total", ScoreTest("total", at_least=TOTAL_SQL)),
        Named("sql_fit", "Fit", ScoreTest("fit", at_least=FIT_SQL)),
    )
    never = Named("never", "Never", AllOf((ScoreTest("total", at_least=10_000),)))
    icp = (Named("any", "Anybody", AnyOf((ScoreTest("fit", at_least=-10_000),))),)
    return Levels(icp, tuple(mql), NearSql((never,), 2), sql, Decisive((), 1), ())
