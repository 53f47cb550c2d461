"""What all shapes share: strict models that refuse unknown keys, ids, references, patterns.

The validation context carries the ids known from every file, and remembers which model read which block, so
that an unknown key can be answered with the nearest key that is allowed there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from syncd.settings.problems import did_you_mean, one_of

PATTERN_CHARS_MAX = 200
PATTERN_WILDCARDS_MAX = 8
PATTERNS_MAX = 500
REPEATS_MAX = 8
VALUE_CHARS_MAX = 500
SIGNALS_MAX = 200


@dataclass(frozen=True, slots=True)
class Known:
    """Ids that stand in the files, read before anything is checked; `None` where their file is unreadable."""

    signals: frozenset[str] | None = None
    levels: frozenset[str] | None = None
    tracks: frozenset[str] | None = None
    reasons: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    lists: frozenset[str] | None = None
    grades: frozenset[str] | None = None
    models: frozenset[str] | None = None
    cells: frozenset[str] | None = None
    filters: frozenset[str] | None = None
    teams: frozenset[str] | None = None
    letters: frozenset[str] | None = None
    attributes: Mapping[str, frozenset[str]] | None = None  # what facts of a signal carry, by its id


@dataclass(slots=True)
class Context:
    """What a validation may look at, and what it remembers: the model that read each block, by identity."""

    known: Known
    models: dict[int, type[BaseModel]] = field(default_factory=dict)


class Block(BaseModel):
    """A mapping in a settings file: unknown keys and wrong types are refused, never guessed at."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _remember(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, dict) and isinstance(info.context, Context):
            info.context.models[id(value)] = cls
        return value


def refuse(message: str, allowed: str = "", example: str = "") -> PydanticCustomError:
    """An error in our own words, to be raised by a validator."""
    return PydanticCustomError(
        "playbook", "{message}", {"message": message, "allowed": allowed, "example": example}
    )


def key(description: str, example: str, *, default: Any = ..., **limits: Any) -> Any:
    """One key of a block: what it means, an example to copy, its default, its limits."""
    return Field(default, description=description, examples=[example], **limits)


# --- ids and references ----------------------------------------------------------------------------------

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _checked_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise refuse(
            f"'{value[:60]}' cannot be an id",
            "a small letter, then up to 39 small letters, digits or _",
            "id: demo_requested",
        )
    return value


def _reference(table: str, noun: str, home: str) -> Callable[[str, ValidationInfo], str]:
    def check(value: str, info: ValidationInfo) -> str:
        known: Collection[str] | None = None
        if isinstance(info.context, Context):
            known = getattr(info.context.known, table)
        if known is not None and value not in known:
            raise refuse(
                f"there is no {noun} '{value[:60]}'{did_you_mean(value, known)}",
                one_of(known, near=value) or f"none yet; define it in {home} first",
            )
        return value

    return check


Id = Annotated[str, AfterValidator(_checked_id)]
SignalRef = Annotated[str, AfterValidator(_reference("signals", "signal", "signals.yaml"))]
LevelRef = Annotated[str, AfterValidator(_reference("levels", "MQL level", "levels.yaml"))]
TrackRef = Annotated[str, AfterValidator(_reference("tracks", "track", "recycle.yaml"))]
TeamRef = Annotated[str, AfterValidator(_reference("teams", "team", "sla.yaml"))]
ReasonRef = Annotated[str, AfterValidator(_reference("reasons", "recycle reason", "recycle.yaml"))]
ChannelRef = Annotated[str, AfterValidator(_reference("channels", "channel", "connections.yaml"))]
ListRef = Annotated[str, AfterValidator(_reference("lists", "list", "filters.yaml"))]
GradeRef = Annotated[str, AfterValidator(_reference("grades", "grade", "scoring.yaml"))]
ModelRef = Annotated[str, AfterValidator(_reference("models", "model", "scoring.yaml"))]
CellRef = Annotated[str, AfterValidator(_reference("cells", "cell", "`matrix` of levels.yaml"))]
LetterRef = Annotated[str, AfterValidator(_reference("letters", "letter", "`framework` of levels.yaml"))]
FilterRef = Annotated[str, AfterValidator(_reference("filters", "filter", "filters.yaml"))]


def _one_line(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise refuse("a label is one line", "text without line breaks", "label: Sustained interest")
    return value


Label = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_one_line)]
Text = Annotated[str, Field(min_length=1, max_length=1000)]


# --- one or many, values, patterns -----------------------------------------------------------------------


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def as_text(value: Any) -> Any:
    """Numbers and yes or no as the vendors write them; everything else as it is."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case list():
            return [as_text(item) for item in value]
        case _:
            return value


def most_repeats(pattern: str) -> int:
    """How often the beginning of a part between stars repeats itself at most: 3 for `*ababab*`.

    A text made of that beginning is compared so many times over at every place, which is all that makes
    one pattern slower than another. A `?` stands for what the text made of that has there.
    """
    return max((_repeats(part) for part in pattern.casefold().split("*")), default=1)


def _repeats(part: str) -> int:
    """Over all beginnings of `part`: their length in periods."""
    most = 1
    for period in range(1, len(part) // 2 + 1):
        if len(part) // period <= most:
            break
        most = max(most, _periodic(part, period) // period)
    return most


def _periodic(part: str, period: int) -> int:
    """How far `part` goes on as it began."""
    began = list(part[:period])
    for index in range(period, len(part)):
        here, before = part[index], began[index % period]
        if before == "?":
            began[index % period] = here
        elif here not in ("?", before):
            return index
    return len(part)


def _checked_pattern(value: str) -> str:
    wildcards = value.count("*") + value.count("?")
    if not value or len(value) > PATTERN_CHARS_MAX or wildcards > PATTERN_WILDCARDS_MAX:
        raise refuse(
            f"the pattern is too long or too open ({len(value)} characters, {wildcards} wildcards)",
            f"1 to {PATTERN_CHARS_MAX} characters, at most {PATTERN_WILDCARDS_MAX} of * and ?",
            '"*/pricing*"',
        )
    if (times := most_repeats(value)) > REPEATS_MAX:
        raise refuse(
            f"the pattern repeats itself {times} times in a row; it would be slow to compare with long texts",
            f"at most {REPEATS_MAX} repeats",
            '"*/pricing*"',
        )
    if "\\" in value or "(?" in value or value.startswith("^") or value.endswith("$"):
        raise refuse(
            "this looks like a regular expression; patterns know only * (anything) and ? (one character)",
            "text with * and ?",
            '"*/pricing*"',
        )
    return value


_ONE_OR_MANY = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}
_SCALAR = {"type": ["string", "number", "boolean"]}

Pattern = Annotated[str, AfterValidator(_checked_pattern)]
Patterns = Annotated[
    list[Pattern],
    Field(min_length=1, max_length=PATTERNS_MAX),
    BeforeValidator(_listed),
    WithJsonSchema(_ONE_OR_MANY),
]
Value = Annotated[str, Field(max_length=VALUE_CHARS_MAX)]
Values = Annotated[
    list[Value],
    Field(min_length=1, max_length=PATTERNS_MAX),
    BeforeValidator(lambda value: _listed(as_text(value))),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}),
]
Signals = Annotated[
    list[SignalRef],
    Field(min_length=1, max_length=SIGNALS_MAX),
    BeforeValidator(_listed),
    WithJsonSchema(_ONE_OR_MANY),
]
Grades = Annotated[
    list[GradeRef], Field(min_length=1, max_length=26), BeforeValidator(_listed), WithJsonSchema(_ONE_OR_MANY)
]
Models = Annotated[
    list[ModelRef], Field(min_length=1, max_length=50), BeforeValidator(_listed), WithJsonSchema(_ONE_OR_MANY)
]
Cells = Annotated[
    list[CellRef],
    Field(min_length=1, max_length=100),
    BeforeValidator(_listed),
    WithJsonSchema(_ONE_OR_MANY),
]


def _as_share(value: Any) -> Any:
    """`50%` as 0.5; everything else as it is, for the bounds to judge."""
    if isinstance(value, str) and _PERCENT.fullmatch(value.strip()):
        return float(value.strip().removesuffix("%").rstrip()) / 100
    return value


_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?\s*%")

Share = Annotated[
    float,
    Field(gt=0, le=1),
    BeforeValidator(_as_share),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "%$"}]}),
]
Days = Annotated[float, Field(gt=0, le=3650)]
Points = Annotated[float, Field(ge=-1000, le=1000)]
Border = Annotated[float, Field(ge=-100_000, le=100_000)]
