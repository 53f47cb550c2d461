"""The shape of scoring.yaml: models of fit and behaviour, which may extend one another."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from syncd.settings.shapes.base import Block, Days, Id, Label, Points, SignalRef, Signals, key, refuse
from syncd.settings.shapes.conditions import FactCondition, ProfileCondition


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
    window_days: Days | None = key("Counts for n days, then not at all", "window_days: 90", default=None)
    cap: Points | None = key("Most the rule gives in all", "cap: 30", default=None)
    per_day: int | None = key("Most that count per day", "per_day: 1", default=None, ge=1, le=1000)
    newest: int | None = key("Only the newest n count", "newest: 5", default=None, ge=1, le=10000)
    group: str = key("Group with a common cap", "group: content", default="", max_length=40)
    score: Literal["engagement", "intent"] = key(
        "Which score it feeds", "score: intent", default="engagement"
    )

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
    """Points while several things happened in one window: sustained interest."""

    id: Id = key("Name in explanations", "id: sustained_interest")
    label: Label = key("What people read", "label: Webinar, two pricing visits and five opens")
    need: dict[SignalRef, int] = key(
        "Signal: how often",
        "need: {webinar_attended: 1, pricing_viewed: 2, email_opened: 5}",
        min_length=1,
        max_length=20,
    )
    within_days: Days = key("Length of the window", "within_days: 30")
    points: Points = key("Points while it holds", "points: 20")
    score: Literal["engagement", "intent"] = key(
        "Which score it feeds", "score: engagement", default="engagement"
    )

    @model_validator(mode="after")
    def _counts(self) -> PatternShape:
        if any(count < 1 for count in self.need.values()):
            raise refuse(
                "a pattern needs each signal at least once", "counts from 1", "need: {pricing_viewed: 2}"
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
    group_caps: dict[str, Points] = key("Most a group gives in all", "group_caps: {content: 30}", default={})
    grades: dict[str, float] = key(
        "Letter: lowest fit points that earn it", "grades: {A: 45, B: 30, C: 15, D: 0}", default={}
    )


class ScoringFile(Block):
    """scoring.yaml: fit, engagement and intent."""

    models: list[ModelShape] = key(
        "Models; the first that applies drives the stage",
        "- {id: standard, label: Standard, fit: [], behaviour: []}",
        min_length=1,
        max_length=50,
    )
