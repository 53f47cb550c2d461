"""Says in plain words what pydantic found: place, what stands there, what may, an example, the nearest word.

The place is found by walking the file's data along the error's location. What stands in a file marked private
is never repeated, only its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from syncd.settings.problems import Problem, did_you_mean, kind_of, one_of, shown
from syncd.settings.reading import Document, Plain
from syncd.settings.shapes.base import Context
from syncd.settings.shapes.conditions import FORMS

_TYPES: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list (lines that begin with `- `)",
    "dict_type": "a block of `key: value` lines",
    "model_type": "a block of `key: value` lines",
    "model_attributes_type": "a block of `key: value` lines",
}
_LIMITS: Mapping[str, str] = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text like the example",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an error points: the nearest block a model reads, the key in it, what stands there, the line."""

    model: type[BaseModel] | None
    key: str
    value: Plain
    line: int


def problems_of(
    document: Document, error: ValidationError, context: Context, *, is_private: bool
) -> Iterable[Problem]:
    """One problem per error of the validation, in the order pydantic found them."""
    for item in error.errors(include_url=False):
        place = _place(document, item["loc"], context)
        ctx: Mapping[str, Any] = item.get("ctx", {})
        yield _problem(document.name, item["type"], ctx, place, is_private=is_private)


def _place(document: Document, loc: tuple[int | str, ...], context: Context) -> _Place:
    """Follows the location through the data; marks in it that are no keys (`<field>`) are skipped."""
    value, line, name = document.data, 1, loc[0] if loc else ""
    model, key = context.models.get(id(value)), ""
    for part in (_as_written(item) for item in loc):
        is_inside = (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        )
        if id(value) in context.models and isinstance(part, str) and not part.startswith(("<", "[")):
            model, key = context.models[id(value)], part
        if is_inside:
            line = document.line_of(value, part)
            name, value = part, value[part]
        elif part == "[key]":  # it is the key itself that is wrong
            value = name
    return _Place(model, key, value, line)


def _as_written(part: int | str) -> int | str:
    """A key that was read as a number, as it stands in the file: 7, not 7.0."""
    return part.removesuffix(".0") if isinstance(part, str) and part[:1].isdigit() else part


def _problem(file: str, kind: str, ctx: Mapping[str, Any], place: _Place, *, is_private: bool) -> Problem:
    known = _keys(place.model)
    found = kind_of(place.value) if is_private else shown(place.value)
    example = _example(known.get(place.key))
    key = f"'{place.key}'"
    match kind:
        case "playbook":
            return Problem(file, place.line, found, ctx["allowed"], ctx["example"] or example, ctx["message"])
        case "extra_forbidden":
            message = f"unknown key {key}{did_you_mean(place.key, known)}"
            return Problem(file, place.line, key, one_of(known), "", message)
        case "missing":
            message = f"{key} is missing here"
            meaning = (known[place.key].description or "") if place.key in known else ""
            return Problem(file, place.line, "", meaning, example, message)
        case "union_tag_not_found" | "union_tag_invalid":
            return _not_a_condition(file, place, found)
        case "literal_error":
            allowed = str(ctx["expected"]).replace("'", "")
            near = did_you_mean(str(place.value), allowed.replace(" or ", ", ").split(", "))
            return Problem(file, place.line, found, allowed, example, f"{key} cannot be this{near}")
        case _ if kind in _TYPES:
            message = f"{key} must be {_TYPES[kind]}"
            return Problem(file, place.line, found, _TYPES[kind], example, message)
        case _ if kind in _LIMITS:
            allowed = _LIMITS[kind].format_map(_Numbers(ctx))
            return Problem(file, place.line, found, allowed, example, f"{key} is out of bounds")
        case _:
            return Problem(file, place.line, found, "", example, f"{key} cannot be used")


class _Numbers(dict[str, Any]):
    """Limits as people write them: 1000, not 1000.0."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return f"{value:g}" if isinstance(value, float) else value


def _not_a_condition(file: str, place: _Place, found: str) -> Problem:
    keys = list(place.value) if isinstance(place.value, dict) else []
    near = next((hint for hint in (did_you_mean(name, FORMS) for name in keys) if hint), "")
    return Problem(
        file,
        place.line,
        found,
        f"a block with one of {', '.join(FORMS)}",
        "{signal: pricing_viewed, at_least: 2, within_days: 30}",
        f"this is not a condition{near}",
    )


def _keys(model: type[BaseModel] | None) -> dict[str, FieldInfo]:
    if model is None:
        return {}
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _example(info: FieldInfo | None) -> str:
    return str(info.examples[0]) if info is not None and info.examples else ""
