"""The shape of filters.yaml and levels.yaml: who is kept out, and what MQL, near-SQL and SQL mean."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from syncd.settings.shapes.base import Block, Days, Id, Label, Pattern, Signals, TrackRef, key, refuse
from syncd.settings.shapes.conditions import Condition, Criterion, FactCondition, ProfileCriterion


class FilterShape(Block):
    """One named reason to keep somebody out."""

    id: Id = key("Name in explanations", "id: student")
    label: Label = key("What people read", "label: Student")
    when: FactCondition = key("Whom it matches", "when: {field: person.seniority, is: student}")
    outcome: Literal["block", "divert", "hold", "no_nurture"] = key(
        "Keep out, pass on to somebody else, ask a person, or stop marketing only",
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

    lists: dict[Id, list[Pattern]] = key(
        "Named lists for `in_list`; * and ? work", "lists: {competitor_domains: [rival.example]}", default={}
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


class LevelsFile(Block):
    """levels.yaml: the one shared definition of MQL, near-SQL and SQL."""

    sales_cycle_days: float = key(
        "Typical days from SQL to won", "sales_cycle_days: 90", default=90, gt=0, le=3650
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
        "Letters of the framework", "- {id: budget, confirmed: {...}}", default=[], max_length=12
    )
