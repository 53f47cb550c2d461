"""Tests, fields and numbers of a playbook in plain words: no ids, no operators, readable aloud.

What people named in the playbook is quoted as they wrote it. The same value always gives the same words, so
that two versions of a playbook can be compared sentence by sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from syncd.core.playbook import (
    AllOf,
    AnyOf,
    CellTest,
    FieldTest,
    GradeTest,
    IcpTest,
    IdleTest,
    LevelTest,
    ModelTest,
    NotOf,
    Operator,
    Playbook,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)

VALUES_SHOWN_MAX = 8
"""Values of one test said in a sentence; who wants them all reads the lists at the end."""

IDLE_NAMED_MAX = 6
"""Kinds named when they have stopped; more of them are simply activity."""

FIELDS = {
    "company.numberofemployees": "number of employees",
    "company.industry": "industry",
    "company.country": "company's country",
    "company.type": "kind of company",
    "company.name": "company's name",
    "contact.country": "person's country",
    "contact.jobtitle": "job title",
    "contact.lifecyclestage": "lifecycle stage in HubSpot",
    "contact.hs_email_optout": "opt-out from marketing e-mail",
    "lead.HasOptedOutOfEmail": "e-mail opt-out on the Salesforce Lead",
    "sfcontact.HasOptedOutOfEmail": "e-mail opt-out on the Salesforce Contact",
    "person.seniority": "seniority",
    "person.function": "area of work",
    "person.email_kind": "kind of e-mail address",
    "person.email_domain": "domain of the e-mail address",
    "person.direction": "direction of the first contact",
    "person.country": "country",
    "person.company_name": "company's name",
    "account.is_customer": "company being a customer",
    "account.has_open_deal": "company having an open deal",
    "account.people": "number of colleagues we know",
    "account.matched_by": "way they came to the company",
}
"""What people call the fields of the default playbook; any other is named by the words in its own name."""

_RECORDS = {"contact": "HubSpot contact", "company": "HubSpot company", "lead": "Salesforce Lead",
            "sfcontact": "Salesforce Contact"}  # fmt: skip
_SENIORITIES = {"c_level": "C-level", "vp": "VP", "individual": "specialist", "entry": "junior"}
_FUNCTIONS = {"hr": "HR", "it": "IT"}
_ANSWERS = {"true": "yes", "false": "no", "free": "private"}
_SCORES = {"fit": "fit", "engagement": "engagement", "intent": "intent", "total": "the three scores together"}
_DISTINCT = {"channel": "channels", "offer": "offers", "kind": "kinds", "campaign": "campaigns",
             "url": "pages", "form": "forms", "person": "people", "function": "areas of work",
             "seniority": "levels of seniority", "event": "events"}  # fmt: skip


# --- small words -----------------------------------------------------------------------------------------


def listed(items: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def number(value: float) -> str:
    """A number as people write it: 30, 2.5."""
    return f"{round(value, 1):g}"


def days(value: float) -> str:
    """`1 day`, `30 days`."""
    return f"{number(value)} day{'' if round(value, 1) == 1 else 's'}"


def points(value: float) -> str:
    """`+6 points`, `-1 point`."""
    return f"{round(value, 1):+g} point{'' if abs(round(value, 1)) == 1 else 's'}"


def times(count: int) -> str:
    """`twice`, `3 times`; nothing for once."""
    return {1: "", 2: "twice"}.get(count, f"{count} times")


def field_words(name: str) -> str:
    """What people call a field."""
    if name in FIELDS:
        return FIELDS[name]
    prefix, _dot, rest = name.partition(".")
    bare = re.sub(r"__[cr]$", "", rest).removeprefix("hs_")
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare).replace("_", " ").strip().lower()
    record = _RECORDS.get(prefix)
    return f"{spaced} ({record})" if record else spaced


def value_words(value: str, field: str = "") -> str:
    """A value as people say it; three dots where a pattern leaves an end open."""
    if "*" in value and not is_contained(value):
        return " ".join(value.replace("*", " ... ").split())
    bare = value.strip("*").strip()
    by_field = {"person.seniority": _SENIORITIES, "person.function": _FUNCTIONS}.get(field, {})
    return by_field.get(bare) or _ANSWERS.get(bare) or bare.replace("_", " ")


def is_contained(pattern: str) -> bool:
    """Whether a pattern asks only for a text anywhere: `*software*`."""
    return len(pattern) > 2 and pattern[0] == pattern[-1] == "*" and "*" not in pattern[1:-1]


def verb(values: Sequence[str], *, negate: bool = False) -> str:
    """`is`, `contains`, `is like`, by what the values are; or the opposite."""
    if values and all(is_contained(value) for value in values):
        return "does not contain" if negate else "contains"
    is_like = any("*" in value or "?" in value for value in values)
    return f"is{' not' if negate else ''}{' like' if is_like else ''}"


# --- tests -----------------------------------------------------------------------------------------------


class Words:
    """What the people of one playbook call its kinds, levels and models.

    With `values_max`, only so many values of a list are said and the rest is counted; `long_lists` are those
    lists in full, each with the fields that are compared with it.
    """

    def __init__(self, playbook: Playbook, values_max: int | None = VALUES_SHOWN_MAX) -> None:
        self.values_max = values_max
        self.long_lists: dict[tuple[str, ...], list[str]] = {}
        self.kinds = {item.id: item.label for item in playbook.signals}
        self.levels = {item.id: item.label for item in playbook.levels.mql}
        self.models = {item.id: item.label for item in playbook.models}
        self.tracks = {item.id: item.label for item in playbook.tracks.values()}

    def kind(self, name: str) -> str:
        return f'"{self.kinds.get(name, name)}"'

    def values(self, values: Sequence[str], field: str, *, keep: bool = False) -> str:
        """`a, b or 6 more`. `keep` leaves the list out of those told in full."""
        if not values:
            return "on a list that is empty"
        said = tuple(value_words(value, field) for value in values)
        if self.values_max is None or len(said) <= self.values_max + 1:
            return listed(said)
        name = field_words(field)
        if not keep and name not in self.long_lists.setdefault(said, []):
            self.long_lists[said].append(name)
        return f"{', '.join(said[: self.values_max])} or {len(said) - self.values_max} more"

    def happened(self, names: Iterable[str]) -> str:
        """`"Requested a demo" or "Booked a meeting"`."""
        return listed(self.kind(name) for name in names)

    def say(self, test: Test) -> str:
        """A test as one clause, true or false of a lead."""
        match test:
            case FieldTest():
                return self._field(test)
            case SignalTest():
                return self._signals(test)
            case SequenceTest():
                steps = ", and after it ".join(self.happened(step) for step in test.steps)
                return f"{steps}, in this order within {days(test.within_days)}"
            case IdleTest():
                is_any = len(test.signals) > IDLE_NAMED_MAX
                what = "active before" if is_any else f"{self.happened(test.signals)} before"
                return f"{what}, but not in the last {days(test.days)}"
            case AllOf(items=(FieldTest() as low, FieldTest() as high)) if _is_range(low, high):
                return f"the {field_words(low.field)} is {low.values[0]} to {high.values[0]}"
            case AllOf():
                return listed((self._inner(item) for item in test.items), "and")
            case AnyOf():
                parts = [self._inner(item) for item in test.items]
                if test.at_least > 1:
                    return f"at least {test.at_least} of: {'; '.join(parts)}"
                return listed(parts)
            case NotOf():
                return self._negated(test.item)
            case _:
                return self._judgement(test)

    def _judgement(self, test: Test) -> str:
        match test:
            case ScoreTest():
                return _score(test)
            case GradeTest():
                return f"the fit grade is {listed(test.grades)}"
            case CellTest():
                return f"the lead is in cell {listed(test.cells)} of the matrix"
            case ModelTest():
                names = (f'"{self.models.get(name, name)}"' for name in test.models)
                return f"the scoring model is {listed(names)}"
            case IcpTest():
                return f"the ideal customer profile is {'not failed' if test.unknown_counts else 'met'}"
            case LevelTest():
                return f'the criteria of "{self.levels.get(test.level, test.level)}" hold'
            case _:
                raise AssertionError(f"no words for {type(test).__name__}")

    def _inner(self, test: Test) -> str:
        is_group = isinstance(test, (AllOf, AnyOf)) and len(test.items) > 1
        return f"({self.say(test)})" if is_group else self.say(test)

    def _negated(self, test: Test) -> str:
        match test:
            case SignalTest() if test.at_least == 1:
                within = "" if test.within_days is None else f" within {days(test.within_days)}"
                return f"no {self.happened(test.signals)}{within}"
            case FieldTest(operator=Operator.IS | Operator.MATCHES):
                does_not = verb(test.values, negate=True)
                return f"the {field_words(test.field)} {does_not} {self.values(test.values, test.field)}"
            case _:
                return f"it is not so that {self.say(test)}"

    def _field(self, test: FieldTest) -> str:
        name = field_words(test.field)
        match test.operator:
            case Operator.PRESENT:
                return f"the {name} is known"
            case Operator.ABSENT:
                return f"the {name} is not known"
            case Operator.AT_LEAST:
                return f"the {name} is {test.values[0]} or more"
            case Operator.AT_MOST:
                return f"the {name} is {test.values[0]} or less"
            case Operator.CONTAINS:
                return f"the {name} mentions {self.values(test.values, test.field)}"
            case _:
                return f"the {name} {verb(test.values)} {self.values(test.values, test.field)}"

    def _signals(self, test: SignalTest) -> str:
        what = self.happened(test.signals)
        if test.distinct:
            plural = _DISTINCT.get(test.distinct, f"values of {test.distinct.replace('_', ' ')}")
            often = f", on at least {test.at_least} different {plural}"
        else:
            often = f", at least {times(test.at_least)}" if test.at_least > 1 else ""
        within = "" if test.within_days is None else f" within {days(test.within_days)}"
        return f"{what}{often}{within}"


def _is_range(low: FieldTest, high: FieldTest) -> bool:
    is_between = low.operator is Operator.AT_LEAST and high.operator is Operator.AT_MOST
    return is_between and low.field == high.field


def _score(test: ScoreTest) -> str:
    name = _SCORES[test.score]
    if test.at_least is not None and test.below is not None:
        return f"{name} is from {number(test.at_least)} to under {number(test.below)} points"
    if test.at_least is not None:
        return f"{name} is {number(test.at_least)} points or more"
    return f"{name} is below {number(test.below or 0)} points"
