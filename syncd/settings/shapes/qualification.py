"""The shape of filters.yaml and levels.yaml: who is kept out, and what MQL, near-SQL and SQL mean."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from syncd.settings.shapes.base import (
    Block,
    Border,
    CellRef,
    Days,
    Id,
    Label,
    Pattern,
    SignalRef,
    Signals,
    TrackRef,
    key,
    refuse,
)
from syncd.settings.shapes.conditions import (
    Condition,
    Criterion,
    FactCondition,
    ProfileCriterion,
    fixed_key,
)

LIST_MAX = 5_000
STAGES = frozenset({"lead", "mql", "near_sql", "sql", "evangelist"})
"""Words for stages that are always there."""


class FilterShape(Block):
    """One named reason to keep somebody out."""

    id: Id = key("Name in explanations", "id: student")
    label: Label = key("What people read", "label: Student")
    when: FactCondition = key("Whom it matches", "when: {field: person.seniority, is: student}")
    outcome: Literal["block", "divert", "hold", "no_nurture", "stop"] = key(
        "Keep out, pass on to somebody else, ask a person, stop marketing only, or stop everything for good",
        "outcome: block",
        default="block",
    )
    divert_to: str = key("Who gets it instead", "divert_to: partner manager", default="", max_length=120)

    @model_validator(mode="after")
    def _target(self) -> FilterShape:
        if (self.outcome == "divert") != bool(self.divert_to):
            raise refuse(
                "outcome divert and divert_to go together",
                "both or neither",
                "{outcome: divert, divert_to: partner manager}",
            )
        return self


class FiltersFile(Block):
    """filters.yaml: named filters, and the lists they use."""

    lists: dict[Id, Annotated[list[Pattern], Field(max_length=LIST_MAX)]] = key(
        "Named lists for `in_list`; * and ? work",
        "lists: {competitor_domains: [rival.example]}",
        default={},
        max_length=100,
    )
    filters: list[FilterShape] = key(
        "Filters", "- {id: student, label: Student, when: {...}}", default=[], max_length=200
    )


class LevelShape(Block):
    """One level of MQL."""

    id: Id = key("Name of the level", "id: engaged")
    label: Label = key("What people read", "label: Engaged")
    enter: list[Criterion] = key(
        "All must hold to enter",
        "- {id: interest, label: Sustained interest, when: {score: engagement, at_least: 30}}",
        min_length=1,
        max_length=20,
    )
    leave: Condition | None = key(
        "Leaves only when this holds; without, when `enter` no longer does",
        "leave: {score: engagement, below: 20}",
        default=None,
    )
    track: TrackRef | None = key("Nurture track", "track: early_interest", default=None)

    @model_validator(mode="after")
    def _own_name(self) -> LevelShape:
        if self.id in STAGES:
            raise refuse(
                f"an MQL level cannot be called '{self.id}': that is a stage of its own",
                "another id",
                "id: engaged",
            )
        return self


class NearSqlShape(Block):
    """Nearly an SQL: shown to sales, not handed over."""

    enter: list[Criterion] = key(
        "The floor: all must hold", "- {id: ..., when: ...}", min_length=1, max_length=20
    )
    at_least: int = key("How many SQL criteria must be met", "at_least: 2", ge=1)
    track: TrackRef | None = key("Nurture track", "track: near_sql", default=None)


class SqlShape(Block):
    """SQL by score and criteria."""

    enter: list[Criterion] = key("All must hold", "- {id: ..., when: ...}", min_length=1, max_length=20)


class DecisiveShape(Block):
    """Signals that hand over on their own; never past a filter or a failed ICP gate."""

    signals: Signals = key("Signals", "signals: [demo_requested]")
    within_days: Days = key("How fresh they must be", "within_days: 30")
    needs: list[Criterion] = key(
        "What must hold besides", "- {id: ..., when: ...}", default=[], max_length=20
    )
    is_fixed: bool = fixed_key()


class LetterShape(Block):
    """One letter of BANT or another framework."""

    id: Id = key("Name", "id: budget")
    label: Label = key("What people read", "label: Budget")
    confirmed: FactCondition = key(
        "What confirms it", "confirmed: {signal: budget_confirmed, within_days: 180}"
    )
    inferred: FactCondition | None = key(
        "What lets it be inferred", "inferred: {signal: quote_requested}", default=None
    )


class FrameworkShape(Block):
    """BANT, MEDDIC, CHAMP or another: its name and its letters."""

    name: Label = key("What the letters are called together", "name: MEDDIC")
    letters: list[LetterShape] = key(
        "Letters of the framework", "- {id: budget, confirmed: {...}}", min_length=1, max_length=12
    )


def _band_name(value: str) -> str:
    if not value.isalnum() or len(value) > 10:
        raise refuse(
            f"'{value[:60]}' cannot be a band", "up to 10 letters or digits", "bands: {1: 60, 2: 30, 3: 0}"
        )
    return value


class CellShape(Block):
    """What to do with the leads of one cell."""

    action: Label = key("What to do with such a lead", "action: Call today")
    track: TrackRef | None = key("Nurture track below SQL", "track: near_sql", default=None)


class MatrixShape(Block):
    """Grade by band of one score: an action for each cell."""

    score: Literal["engagement", "intent", "total"] = key(
        "Which score the bands divide", "score: engagement", default="engagement"
    )
    bands: dict[Annotated[str, AfterValidator(_band_name)], Border] = key(
        "Band: lowest points that earn it", "bands: {1: 60, 2: 40, 3: 20, 4: 0}", min_length=2, max_length=10
    )
    cells: dict[CellRef, CellShape] = key(
        "Grade and band: what to do", "cells: {A1: {action: Call today}}", min_length=1, max_length=100
    )

    @model_validator(mode="after")
    def _apart(self) -> MatrixShape:
        by_points: dict[float, str] = {}
        for name, points in self.bands.items():
            if points in by_points:
                raise refuse(
                    f"bands '{by_points[points]}' and '{name}' begin at the same {points:g} points",
                    "each band its own border",
                    "bands: {1: 60, 2: 30, 3: 0}",
                )
            by_points[points] = name
        return self


class ConfirmShape(Block):
    """Who is asked whether they want to talk to sales before sales hears of them, and what answers."""

    track: TrackRef = key("The track that asks", "track: confirm_intent")
    near_sql: bool = key("Asks everybody who comes to near-SQL", "near_sql: true", default=True)
    who: list[Criterion] = key(
        "Asks who comes to a level while any of these holds",
        "- {id: learns, label: Only learns, when: {score: intent, below: 10}}",
        default=[],
        max_length=20,
    )
    yes: Signals = key("Signals that say: yes, I want to talk", "yes: [intent_confirmed]")
    no: Signals = key("Signals that say: no, I only learn", "no: [intent_declined]")
    wait_days: Days = key("Days after which silence is the answer", "wait_days: 14", default=14)
    after_no: TrackRef | None = key(
        "Track after a no; without, that of the level", "after_no: early_interest", default=None
    )
    after_silence: TrackRef | None = key(
        "Track after silence; without, that of the level", "after_silence: early_interest", default=None
    )
    again_after_days: Days = key(
        "Days before the same person is asked again", "again_after_days: 180", default=180
    )

    @model_validator(mode="after")
    def _is_somebody(self) -> ConfirmShape:
        if not self.near_sql and not self.who:
            raise refuse(
                "confirm asks nobody: near_sql is off and `who` is empty",
                "near_sql: true, or a criterion in who",
                "near_sql: true",
            )
        return self

    @model_validator(mode="after")
    def _says_one_thing(self) -> ConfirmShape:
        both = sorted({*self.yes} & {*self.no})
        if both:
            raise refuse(
                f"'{both[0]}' answers yes and no", "each signal on one side", "no: [intent_declined]"
            )
        if self.track in (self.after_no, self.after_silence):
            raise refuse(
                f"track '{self.track}' asks; who has answered, or has not, needs another one",
                "another track, or none: then it is that of the level",
                "after_silence: early_interest",
            )
        if self.again_after_days < self.wait_days:
            raise refuse(
                f"again_after_days: {self.again_after_days:g} would ask again before {self.wait_days:g} days "
                "of waiting are over",
                "again_after_days: wait_days or more",
                "again_after_days: 180",
            )
        return self


class ContentShape(Block):
    """A piece of content that answers what is missing."""

    offer: Label = key("What people call it", "offer: ROI calculator")
    closes: list[Id] = key(
        "Ids of what it answers: criteria of sql and icp, letters of the framework",
        "closes: [readiness, budget]",
        min_length=1,
        max_length=20,
    )
    tracks: list[TrackRef] = key(
        "Only on these tracks; without, on every one", "tracks: [near_sql]", default=[], max_length=100
    )
    had: list[SignalRef] = key(
        "Signals that say somebody has had it", "had: [roi_calculated]", default=[], max_length=20
    )


class ReadyShareShape(Block):
    """How many of the new leads one expects to be ready for sales: `plan` warns outside of it."""

    low_percent: float = key("Fewer than this is a warning", "low_percent: 5", default=5, ge=0, le=100)
    high_percent: float = key("More than this is a warning", "high_percent: 15", default=15, ge=0, le=100)
    from_leads: int = key(
        "Silent while fewer leads than this are new", "from_leads: 100", default=100, ge=1, le=1_000_000
    )

    @model_validator(mode="after")
    def _in_order(self) -> ReadyShareShape:
        if self.low_percent >= self.high_percent:
            raise refuse(
                f"nothing lies between {self.low_percent:g} and {self.high_percent:g} percent",
                "low_percent below high_percent",
                "ready_share: {low_percent: 5, high_percent: 15}",
            )
        return self


class LevelsFile(Block):
    """levels.yaml: the one shared definition of MQL, near-SQL and SQL."""

    sales_cycle_days: float = key(
        "Typical days from SQL to won; every window, half-life and cool-down grows and shrinks with it",
        "sales_cycle_days: 90",
        default=90,
        ge=1,
        le=3650,
    )
    written_for_days: float = key(
        "The sales cycle the numbers in these files were written for",
        "written_for_days: 90",
        default=90,
        ge=1,
        le=3650,
    )
    icp: list[ProfileCriterion] = key(
        "The gate: ideal customer profile", "- {id: size, when: ...}", default=[], max_length=20
    )
    mql: list[LevelShape] = key(
        "MQL levels, lowest first", "- {id: engaged, ...}", min_length=1, max_length=10
    )
    near_sql: NearSqlShape = key("Nearly an SQL", "near_sql: {at_least: 2, enter: [...]}")
    sql: SqlShape = key("SQL by score and criteria", "sql: {enter: [...]}")
    decisive: DecisiveShape = key(
        "SQL by one action", "decisive: {signals: [demo_requested], within_days: 30}"
    )
    bant: list[LetterShape] = key(
        "Letters of BANT: short for `framework`",
        "- {id: budget, confirmed: {...}}",
        default=[],
        max_length=12,
    )
    framework: FrameworkShape | None = key(
        "The letters sales asks about, and their name",
        "framework: {name: MEDDIC, letters: [...]}",
        default=None,
    )
    matrix: MatrixShape | None = key(
        "Grade by score: an action per cell", "matrix: {bands: {1: 60, 2: 0}, cells: {...}}", default=None
    )
    ready_share: ReadyShareShape = key(
        "Share of new leads expected to be SQL; `plan` warns outside of it",
        "ready_share: {low_percent: 5, high_percent: 15}",
        default=ReadyShareShape(),
    )
    evangelist: list[Criterion] = key(
        "A customer who does all of these speaks for us",
        "- {id: testimonial, label: Gave a testimonial, when: {signal: testimonial_given}}",
        default=[],
        max_length=20,
    )

    confirm: ConfirmShape | None = key(
        "Ask before sales hears: the track, who is asked, and what answers",
        "confirm: {track: confirm_intent, yes: [intent_confirmed], no: [intent_declined]}",
        default=None,
    )

    content: list[ContentShape] = key(
        "Content by what it answers; the first that fits is offered",
        "- {offer: ROI calculator, closes: [readiness]}",
        default=[],
        max_length=200,
    )

    @model_validator(mode="after")
    def _asks_apart(self) -> LevelsFile:
        own = (self.near_sql.track, *(level.track for level in self.mql))
        if self.confirm is not None and self.confirm.track in own:
            raise refuse(
                f"track '{self.confirm.track}' asks, and is a level's own as well: nobody could leave it",
                "a track of its own in `confirm`",
                "confirm: {track: confirm_intent, yes: [intent_confirmed], no: [intent_declined]}",
            )
        return self

    @model_validator(mode="after")
    def _one_framework(self) -> LevelsFile:
        if self.bant and self.framework is not None:
            raise refuse(
                "the letters stand in `bant` and in `framework`",
                "one of them",
                "framework: {name: BANT, letters: [...]}",
            )
        return self
