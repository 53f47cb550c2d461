"""The criterion language: `{field: X, is: Y}`, `{signal: X, at_least: n, within_days: d}`, all, any, not, ...

Each form is told by its first word, so a mistake is answered for that form and not for all of them. Where a
rule stands decides which forms it may use: fit looks at the profile only, since anything else would turn in a
circle (a grade is made from fit).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Discriminator, Tag, ValidationInfo, model_validator

from syncd.settings.problems import did_you_mean, one_of
from syncd.settings.shapes.base import (
    Block,
    Border,
    Cells,
    Context,
    Days,
    Grades,
    Id,
    Label,
    LevelRef,
    ListRef,
    Models,
    Patterns,
    Signals,
    Values,
    key,
    refuse,
)
from syncd.settings.vocabulary import DERIVED, DISTINCT, RECORDS

READABLE = "contact.*, company.*, lead.*, sfcontact.*, person.*, account.*"
OPERATORS = ("is", "contains", "matches", "in_list", "at_least", "at_most", "present")


def checked_field(value: str) -> str:
    """The name of a field that can be read. Refuses others with the nearest known one."""
    prefix, _, name = value.partition(".")
    if value in DERIVED or (prefix in RECORDS and name and not set(name) - _NAME_CHARS):
        return value
    ours = [field for field in DERIVED if field.startswith(f"{prefix}.")]
    known = ours or [f"{record}." for record in (*RECORDS, "person", "account")]
    hint = did_you_mean(value if ours else prefix + ".", known)
    allowed = one_of(ours) if ours else READABLE
    example = "{field: contact.jobtitle, contains: [vp]}"
    raise refuse(f"there is no field '{value[:60]}'{hint}", allowed, example)


_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
FieldName = Annotated[str, AfterValidator(checked_field)]


def distinct_key() -> Any:
    """The key `distinct`, the same in a condition and in a rule."""
    return key(
        "Equals count once, the newest: channel, offer or kind, or an attribute of the facts",
        "distinct: channel",
        default="",
        max_length=60,
    )


def fixed_key() -> Any:
    """The key `fixed`, the same wherever days are written."""
    return key("Days as written, whatever the sales cycle", "fixed: true", default=False, alias="fixed")


def check_distinct(distinct: str, signals: list[str], info: ValidationInfo) -> None:
    """Refuses to tell facts apart by what none of them carries."""
    if not distinct or distinct in DISTINCT or not isinstance(info.context, Context):
        return
    carried = info.context.known.attributes
    if carried is None:
        return
    known = DISTINCT.union(*(carried.get(signal, frozenset()) for signal in signals))
    if distinct not in known:
        raise refuse(
            f"these facts carry no '{distinct}' to tell them apart by{did_you_mean(distinct, known)}",
            one_of(known),
            "distinct: channel",
        )


class FieldCondition(Block):
    """A test of one field. A blank field makes it unknown (for `present`: false)."""

    field: FieldName = key(
        "contact.<property>, company.<property>, lead.<Field>, sfcontact.<Field>, person.<derived> or"
        " account.<derived>",
        "field: company.industry",
    )
    is_: Values | None = key(
        "Equals one of these, case ignored", "is: [vp, director]", default=None, alias="is"
    )
    contains: Values | None = key("Has one of these words in it", "contains: [analyst]", default=None)
    matches: Patterns | None = key(
        "Equals one of these patterns (* and ?)", 'matches: ["*.edu"]', default=None
    )
    in_list: ListRef | None = key(
        "Matches an entry of a list in filters.yaml", "in_list: competitor_domains", default=None
    )
    at_least: float | None = key("Number, inclusive", "at_least: 50", default=None, ge=-1e15, le=1e15)
    at_most: float | None = key("Number, inclusive", "at_most: 1000", default=None, ge=-1e15, le=1e15)
    present: bool | None = key("true: has a value, false: is blank", "present: true", default=None)

    @model_validator(mode="after")
    def _one_operator(self) -> FieldCondition:
        used = [name for name in OPERATORS if self.operand(name) is not None]
        if len(used) != 1:
            said = f"says {' and '.join(used)}" if used else "says nothing about it"
            raise refuse(
                f"a test of a field needs exactly one comparison; this one {said}",
                one_of(OPERATORS),
                "{field: contact.jobtitle, contains: [vp]}",
            )
        known = DERIVED.get(self.field)
        for value in (self.is_ or []) if known else []:
            if known and value.strip().casefold() not in {one.casefold() for one in known}:
                raise refuse(
                    f"{self.field} is never '{value[:60]}'{did_you_mean(value, known)}", one_of(known)
                )
        return self

    def operand(self, operator: str) -> Any:
        return getattr(self, "is_" if operator == "is" else operator)


class SignalCondition(Block):
    """True when these signals happened often enough, in the window."""

    signal: Signals = key("One signal or several, counted together", "signal: [pricing_viewed]")
    at_least: int = key("How many times in all", "at_least: 2", default=1, ge=1, le=10000)
    within_days: Days | None = key("Only in the last n days", "within_days: 30", default=None)
    distinct: str = distinct_key()
    is_fixed: bool = fixed_key()

    @model_validator(mode="after")
    def _countable(self, info: ValidationInfo) -> SignalCondition:
        check_distinct(self.distinct, self.signal, info)
        return self


class SequenceCondition(Block):
    """True when one signal of each step happened, in this order, in the window."""

    sequence: list[Signals] = key(
        "Steps, first to last; a step of several signals means any of them",
        "sequence: [case_study_viewed, [pricing_viewed, comparison_viewed]]",
        min_length=2,
        max_length=8,
    )
    within_days: Days = key("The first step is this fresh", "within_days: 30")
    is_fixed: bool = fixed_key()


class IdleCondition(Block):
    """True when these signals happened once, but not in the last days."""

    idle: Literal["any"] | Signals = key(
        "Signals that are missing, or `any` for every signal with direction inbound",
        "idle: [site_visited, email_clicked]",
    )
    days: Days = key("For how long", "days: 60")
    is_fixed: bool = fixed_key()


class ModelCondition(Block):
    """True when one of these scoring models applies to the lead."""

    model: Models = key("One model of scoring.yaml or several", "model: enterprise")


class CellCondition(Block):
    """True when the lead is in one of these cells of the matrix."""

    cell: Cells = key("One cell of the matrix or several: grade and band", "cell: [A1, A2]")


class ScoreCondition(Block):
    """True when a score is in the range."""

    score: Literal["fit", "engagement", "intent", "total"] = key("Which number", "score: engagement")
    at_least: Border | None = key("Points, inclusive", "at_least: 30", default=None)
    below: Border | None = key("Points, exclusive", "below: 20", default=None)

    @model_validator(mode="after")
    def _some_border(self) -> ScoreCondition:
        if self.at_least is None and self.below is None:
            raise refuse(
                "a test of a score needs a border", "at_least, below", "{score: engagement, at_least: 30}"
            )
        if self.at_least is not None and self.below is not None and self.below <= self.at_least:
            raise refuse("no score is at least the first and below the second", "at_least smaller than below")
        return self


class GradeCondition(Block):
    """True for these fit grades."""

    grade: Grades = key("Grades from scoring.yaml", "grade: [A, B]")


class IcpCondition(Block):
    """True for companies that fit the ICP. Unknown is not failed: not_failed counts it, met does not."""

    icp: Literal["met", "not_failed"] = key("met, or not_failed", "icp: not_failed")


class LevelCondition(Block):
    """True when the criteria of another MQL level hold."""

    level: LevelRef = key("Id of another MQL level", "level: engaged")


class AllCondition(Block):
    """True when every part is."""

    all: list[Condition] = key("Conditions", "all: [{icp: met}, {grade: A}]", min_length=1, max_length=50)


class AnyCondition(Block):
    """True when enough parts are."""

    any: list[Condition] = key("Conditions", "any: [{icp: met}, {grade: A}]", min_length=1, max_length=50)
    at_least: int = key("How many of them", "at_least: 2", default=1, ge=1)

    @model_validator(mode="after")
    def _reachable(self) -> AnyCondition:
        if self.at_least > len(self.any):
            raise refuse(
                f"{self.at_least} of {len(self.any)} conditions can never hold", f"1 to {len(self.any)}"
            )
        return self


class NotCondition(Block):
    """True when its part is false; unknown stays unknown."""

    not_: Condition = key("A condition", "not: {field: person.email_kind, is: free}", alias="not")


FORMS: dict[str, type[Block]] = {
    "field": FieldCondition,
    "signal": SignalCondition,
    "sequence": SequenceCondition,
    "idle": IdleCondition,
    "score": ScoreCondition,
    "grade": GradeCondition,
    "cell": CellCondition,
    "model": ModelCondition,
    "icp": IcpCondition,
    "level": LevelCondition,
    "all": AllCondition,
    "any": AnyCondition,
    "not": NotCondition,
}
"""Each form of condition by the word that tells it."""


def _form_of(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((f"<{form}>" for form in FORMS if form in value), None)
    return next((f"<{form}>" for form, model in FORMS.items() if isinstance(value, model)), None)


Condition: TypeAlias = Annotated[
    Annotated[FieldCondition, Tag("<field>")]
    | Annotated[SignalCondition, Tag("<signal>")]
    | Annotated[SequenceCondition, Tag("<sequence>")]
    | Annotated[IdleCondition, Tag("<idle>")]
    | Annotated[ScoreCondition, Tag("<score>")]
    | Annotated[GradeCondition, Tag("<grade>")]
    | Annotated[CellCondition, Tag("<cell>")]
    | Annotated[ModelCondition, Tag("<model>")]
    | Annotated[IcpCondition, Tag("<icp>")]
    | Annotated[LevelCondition, Tag("<level>")]
    | Annotated[AllCondition, Tag("<all>")]
    | Annotated[AnyCondition, Tag("<any>")]
    | Annotated[NotCondition, Tag("<not>")],
    Discriminator(_form_of),
]

for _model in (AllCondition, AnyCondition, NotCondition):
    _model.model_rebuild()


def parts(condition: Block) -> Iterator[Block]:
    """The condition itself and all conditions inside it."""
    yield condition
    inner: list[Any] = []
    match condition:
        case AllCondition():
            inner = condition.all
        case AnyCondition():
            inner = condition.any
        case NotCondition():
            inner = [condition.not_]
    for part in inner:
        yield from parts(part)


def _only(where: str, *forms: str) -> AfterValidator:
    """Refuses forms that may not stand in `where`."""
    allowed = (*forms, "all", "any", "not")

    def check(condition: Any) -> Any:
        for part in parts(condition):
            form = next(name for name, model in FORMS.items() if isinstance(part, model))
            if form not in allowed:
                raise refuse(f"a `{form}` condition cannot stand in {where}", one_of(allowed))
        return condition

    return AfterValidator(check)


ProfileCondition: TypeAlias = Annotated[Condition, _only("a test of the profile", "field")]
FactCondition: TypeAlias = Annotated[
    Condition, _only("a test of facts", "field", "signal", "sequence", "idle")
]
RoutingCondition: TypeAlias = Annotated[
    Condition,
    _only("a routing rule", "field", "signal", "sequence", "idle", "score", "grade", "cell", "model", "icp"),
]


class Criterion(Block):
    """A condition people can read: shown by its label, as met, missing or unknown."""

    id: Id = key("Short name for reports", "id: interest")
    label: Label = key("What it says to people", "label: Sustained interest")
    when: Condition = key("The condition", "when: {score: engagement, at_least: 30}")


class ProfileCriterion(Block):
    """A condition on the profile people can read."""

    id: Id = key("Short name for reports", "id: size")
    label: Label = key("What it says to people", "label: 20 people or more")
    when: ProfileCondition = key("A test of fields", "when: {field: company.numberofemployees, at_least: 20}")
