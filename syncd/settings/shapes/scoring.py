"""The shape of scoring.yaml: models of fit and behaviour, which may extend one another."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from syncd.settings.shapes.base import (
    Block,
    Border,
    Days,
    Id,
    Label,
    Points,
    Share,
    SignalRef,
    Signals,
    key,
    refuse,
)
from syncd.settings.shapes.conditions import (
    FactCondition,
    ProfileCondition,
    check_distinct,
    distinct_key,
    fixed_key,
)


def _ages(value: Any) -> Any:
    """Keys of `steps` as numbers: the reader gives every key as text."""
    if not isinstance(value, dict):
        return value
    return {_age(name): share for name, share in value.items()}


def _age(name: Any) -> Any:
    try:
        return float(name)
    except (TypeError, ValueError):
        raise refuse(
            f"'{str(name)[:60]}' is no age in days", "days: share of the points", "steps: {7: 100%, 30: 50%}"
        ) from None


Steps = Annotated[
    dict[Days, Share],
    Field(max_length=12),
    BeforeValidator(_ages),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["number", "string"]}}),
]


GradeName = Annotated[str, Field(min_length=1, max_length=10)]
NEED_MAX = 10_000


class FitShape(Block):
    """Points for what somebody is."""

    id: Id = key("Name in explanations", "id: decision_maker")
    label: Label = key("What people read", "label: Director or higher")
    points: Points = key("Points while it holds", "points: 20")
    when: ProfileCondition = key(
        "A test of the profile", "when: {field: person.seniority, is: [vp, director]}"
    )
    group: str = key("Group with a common cap", "group: role", default="", max_length=40)


class BehaviourShape(Block):
    """Points for what somebody does, fading with time."""

    id: Id = key("Name in explanations", "id: webinars")
    label: Label = key("What people read", "label: Attended a webinar")
    signals: Signals = key("Signals that count", "signals: [webinar_attended]")
    points: Points = key("Points for each", "points: 15")
    half_life_days: Days | None = key(
        "Worth half after n days; never fades without", "half_life_days: 30", default=None
    )
    steps: Steps = key(
        "Age up to n days: share of the points; nothing after the last",
        "steps: {7: 100%, 30: 50%, 90: 25%}",
        default={},
    )
    diminishing: Share | None = key(
        "Each one gives this share of the next newer one", "diminishing: 50%", default=None, lt=1
    )
    distinct: str = distinct_key()
    window_days: Days | None = key("Counts for n days, then not at all", "window_days: 90", default=None)
    cap: Points | None = key("Most the rule gives in all", "cap: 30", default=None)
    per_day: int | None = key("Most that count per day", "per_day: 1", default=None, ge=1, le=1000)
    newest: int | None = key("Only the newest n count", "newest: 5", default=None, ge=1, le=10000)
    group: str = key("Group with a common cap", "group: content", default="", max_length=40)
    score: Literal["engagement", "intent"] = key(
        "Which score it feeds", "score: intent", default="engagement"
    )
    is_fixed: bool = fixed_key()

    @model_validator(mode="after")
    def _fades_one_way(self, info: ValidationInfo) -> BehaviourShape:
        if self.steps and self.half_life_days is not None:
            raise refuse(
                "points fade by half_life_days or by steps, not by both", "one of them", "half_life_days: 30"
            )
        shares = [share for _age, share in sorted(self.steps.items())]
        if any(older > newer for newer, older in pairwise(shares)):
            raise refuse(
                "steps give more to what is older", "shares that fall", "steps: {7: 100%, 30: 50%, 90: 25%}"
            )
        check_distinct(self.distinct, self.signals, info)
        return self

    @model_validator(mode="after")
    def _same_sign(self) -> BehaviourShape:
        if self.cap is not None and (self.cap == 0 or (self.cap > 0) != (self.points > 0)):
            raise refuse(
                f"the cap {self.cap:g} does not go with {self.points:g} points",
                "a cap with the same sign as the points, not zero",
                "{points: -10, cap: -20}",
            )
        return self


class PatternShape(Block):
    """Points while something holds: several things in one window, a sequence, silence, a buying group."""

    id: Id = key("Name in explanations", "id: sustained_interest")
    label: Label = key("What people read", "label: Webinar, two pricing visits and five opens")
    need: dict[SignalRef, int] | None = key(
        "Signal: how often",
        "need: {webinar_attended: 1, pricing_viewed: 2, email_opened: 5}",
        default=None,
        min_length=1,
        max_length=20,
    )
    within_days: Days | None = key("Length of the window for `need`", "within_days: 30", default=None)
    when: FactCondition | None = key(
        "Any test of facts, instead of `need`",
        "when: {signal: [pricing_viewed, webinar_attended], distinct: channel, at_least: 2, within_days: 30}",
        default=None,
    )
    points: Points = key("Points while it holds", "points: 20")
    score: Literal["engagement", "intent"] = key(
        "Which score it feeds", "score: engagement", default="engagement"
    )
    group: str = key("Group with a common cap", "group: web", default="", max_length=40)
    is_fixed: bool = fixed_key()

    @model_validator(mode="after")
    def _counts(self) -> PatternShape:
        if (self.need is None) == (self.when is None):
            raise refuse(
                "a pattern says what it wants in `need` or in `when`, in one of them",
                "need with within_days, or when",
                "need: {pricing_viewed: 2}, within_days: 30",
            )
        if (self.need is None) != (self.within_days is None):
            raise refuse(
                "`within_days` is the window of `need`; in `when` each condition has its own",
                "need with within_days, or when without",
                "need: {pricing_viewed: 2}, within_days: 30",
            )
        if any(not 1 <= count <= NEED_MAX for count in (self.need or {}).values()):
            raise refuse(
                "a pattern needs each signal at least once",
                f"counts from 1 to {NEED_MAX}",
                "need: {pricing_viewed: 2}",
            )
        return self


class ModelShape(Block):
    """One scoring model. The first whose `when` holds drives the stage."""

    id: Id = key("Name in explanations", "id: standard")
    label: Label = key("What people read", "label: Standard")
    extends: str | None = key("Take everything from this model first", "extends: standard", default=None)
    without: list[str] = key("Rules of the extended model left out", "without: [small_company]", default=[])
    when: FactCondition | None = key(
        "Whom it is for; without, for everyone",
        "when: {field: company.numberofemployees, at_least: 1000}",
        default=None,
    )
    is_base: bool = key("Only there to be extended, never used itself", "is_base: true", default=False)
    fit: list[FitShape] = key("Rules of fit", "fit: []", default=[], max_length=500)
    behaviour: list[BehaviourShape] = key("Rules of behaviour", "behaviour: []", default=[], max_length=500)
    patterns: list[PatternShape] = key("Patterns", "patterns: []", default=[], max_length=100)
    group_caps: dict[str, Points] = key(
        "Most a group gives in all", "group_caps: {content: 30}", default={}, max_length=50
    )
    grades: dict[GradeName, Border] = key(
        "Letter: lowest fit points that earn it",
        "grades: {A: 45, B: 30, C: 15, D: 0}",
        default={},
        max_length=26,
    )


class ScoringFile(Block):
    """scoring.yaml: fit, engagement and intent."""

    models: list[ModelShape] = key(
        "Models; the first that applies drives the stage",
        "- {id: standard, label: Standard, fit: [], behaviour: []}",
        min_length=1,
        max_length=50,
    )
