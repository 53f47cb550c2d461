"""The definition the portfolio is measured under: 44 rules, four group caps, four levels, as plain as can be
said to another engine. `FIT`, `BEHAVIOUR`, `RECENT` and `LEVELS` are data, so that rivals get the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

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

Score = Literal["engagement", "intent"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of signal: a source, an attribute, and what its value begins with."""

    id: str
    source: str
    attribute: str
    begins: str
    channel: str


KINDS = (
    Kind("home", "hubspot.page_view", "url", "www.own.example/home", "website"),
    Kind("blog", "hubspot.page_view", "url", "www.own.example/blog/", "website"),
    Kind("docs", "hubspot.page_view", "url", "www.own.example/docs/", "website"),
    Kind("product", "hubspot.page_view", "url", "www.own.example/product/", "website"),
    Kind("case", "hubspot.page_view", "url", "www.own.example/case/", "website"),
    Kind("compare", "hubspot.page_view", "url", "www.own.example/compare/", "website"),
    Kind("pricing", "hubspot.page_view", "url", "www.own.example/pricing", "website"),
    Kind("careers", "hubspot.page_view", "url", "www.own.example/careers", "website"),
    Kind("open", "hubspot.email_open", "campaign", "c", "email"),
    Kind("click", "hubspot.email_click", "campaign", "c", "email"),
    Kind("paper", "hubspot.form_submission", "form", "paper", "form"),
    Kind("contact", "hubspot.form_submission", "form", "contact", "form"),
    Kind("webinar", "hubspot.marketing_event", "event", "webinar", "event"),
    Kind("fair", "hubspot.marketing_event", "event", "fair", "event"),
    Kind("call", "hubspot.call", "direction", "inbound", "phone"),
    Kind("reply", "hubspot.email", "direction", "inbound", "email"),
)


@dataclass(frozen=True, slots=True)
class Fit:
    """Points where a company's or person's field is one of these values, or within these bounds."""

    id: str
    field: str
    points: int
    values: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None


FIT = (
    Fit("size_1", "company.numberofemployees", 4, at_least=20, at_most=49),
    Fit("size_2", "company.numberofemployees", 8, at_least=50, at_most=199),
    Fit("size_3", "company.numberofemployees", 12, at_least=200, at_most=999),
    Fit("size_4", "company.numberofemployees", 15, at_least=1000, at_most=9999),
    Fit("size_5", "company.numberofemployees", 6, at_least=10_000),
    Fit("size_0", "company.numberofemployees", -8, at_most=4),
    Fit("software", "company.industry", 12, ("COMPUTER_SOFTWARE", "INTERNET")),
    Fit("services", "company.industry", 8, ("FINANCIAL_SERVICES", "INSURANCE", "BANKING")),
    Fit("makers", "company.industry", 6, ("MACHINERY", "AUTOMOTIVE")),
    Fit("schools", "company.industry", -10, ("HIGHER_EDUCATION",)),
    Fit("home_market", "company.country", 10, ("Germany", "Austria", "Switzerland")),
    Fit("near_market", "company.country", 6, ("France", "Netherlands", "Belgium")),
    Fit("far_market", "company.country", -5, ("Japan",)),
    Fit("executive", "contact.jobtitle", 12, ("Chief Executive Officer", "VP Marketing", "VP Operations")),
    Fit("lead", "contact.jobtitle", 8, ("Head of Marketing", "Sales Director", "IT Manager")),
    Fit("student", "contact.jobtitle", -15, ("Student",)),
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Points per signal of these kinds, fading by half-life or counted whole within so many days."""

    id: str
    kinds: tuple[str, ...]
    points: int
    group: str
    half_life: int | None = None
    window: int | None = None
    cap: int | None = None
    newest: int | None = None
    score: Score = "engagement"


BEHAVIOUR = (
    Behaviour("home", ("home",), 1, "web", half_life=14, cap=8),
    Behaviour("blog", ("blog",), 1, "web", half_life=14, cap=10),
    Behaviour("docs", ("docs",), 2, "web", half_life=30, cap=14),
    Behaviour("product", ("product",), 3, "web", half_life=30, cap=18),
    Behaviour("case", ("case",), 5, "web", half_life=30, cap=20),
    Behaviour("any_page", ("home", "blog", "docs", "product"), 2, "web", window=14, cap=10),
    Behaviour("key_page", ("product", "case"), 3, "web", window=60, newest=3),
    Behaviour("careers", ("careers",), -10, "negative", window=90, cap=-20),
    Behaviour("open", ("open",), 1, "email", half_life=7, cap=6),
    Behaviour("click", ("click",), 3, "email", half_life=14, cap=12),
    Behaviour("click_lately", ("click",), 4, "email", window=30, newest=1),
    Behaviour("paper", ("paper",), 8, "content", half_life=45, cap=24),
    Behaviour("webinar", ("webinar",), 12, "content", half_life=45, cap=30),
    Behaviour("fair", ("fair",), 10, "content", half_life=60, cap=20),
    Behaviour("papers", ("paper", "webinar"), 5, "content", window=180, newest=3),
    Behaviour("compare", ("compare",), 8, "", half_life=30, cap=24, score="intent"),
    Behaviour("pricing", ("pricing",), 10, "", half_life=30, cap=30, score="intent"),
    Behaviour("pricing_newest", ("pricing",), 3, "", half_life=60, newest=5, score="intent"),
    Behaviour("contact", ("contact",), 20, "", half_life=30, cap=40, score="intent"),
    Behaviour("call", ("call",), 15, "", half_life=30, cap=30, score="intent"),
    Behaviour("reply", ("reply",), 10, "", half_life=14, cap=20, score="intent"),
    Behaviour("pricing_week", ("pricing",), 5, "", window=7, newest=2, score="intent"),
)


@dataclass(frozen=True, slots=True)
class Recent:
    """Points while so many of these happened within so many days; `days_idle`: while none did for so long."""

    id: str
    kinds: tuple[str, ...]
    points: int
    at_least: int = 1
    days: int | None = None
    days_idle: int | None = None


WEB = ("home", "blog", "docs", "product", "case", "compare", "pricing")
RECENT = (
    Recent("busy_week", WEB, 6, at_least=5, days=7),
    Recent("busy_month", WEB, 4, at_least=8, days=30),
    Recent("mail_reader", ("open", "click"), 3, at_least=4, days=30),
    Recent("learner", ("paper", "webinar", "fair"), 6, at_least=2, days=90),
    Recent("buyer", ("pricing", "compare"), 8, at_least=2, days=30),
    Recent("gone_quiet", (*WEB, "open", "click"), -10, days_idle=60),
)

GROUP_CAPS = {"web": 40.0, "email": 15.0, "content": 45.0, "negative": -25.0}
LEVELS = (("aware", 80, None), ("engaged", 115, None), ("hot", 150, 15))
"""Level, the least total, the least fit."""
GRADES = (("A", 35.0), ("B", 20.0), ("C", 5.0))
TOTAL_SQL, FIT_SQL = 290, 30
RULES = len(FIT) + len(BEHAVIOUR) + len(RECENT)


def playbook() -> Playbook:
    """The definition as the product reads it; delivery and the rest as shipped."""
    shipped = load(default_config_dir(), {}).playbook
    return replace(
        shipped,
        version="portfolio-1",
        evaluation_version="portfolio-1",
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
