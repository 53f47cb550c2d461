"""A playbook read back from its normalised form, as the store keeps every version that was ever in force.

The types of `syncd.core.playbook` say how each value is read. What a later release added takes its default,
what one has dropped is left out, so that an old version stays readable.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, time
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from syncd.core import playbook as shapes
from syncd.core.playbook import Playbook


class Unreadable(ValueError):  # noqa: N818 - names the state of what was stored
    """The stored form lacks what this release needs; the message names it."""


def recalled(
    content: Mapping[str, Mapping[str, Any]], version: str, evaluation_version: str, delivery_version: str
) -> Playbook:
    """The playbook whose normalised form this is. Raises Unreadable."""
    parts = {**content.get("evaluation", {}), **content.get("delivery", {})}
    parts |= {
        "version": version,
        "evaluation_version": evaluation_version,
        "delivery_version": delivery_version,
    }
    made = _made(Playbook, parts)
    assert isinstance(made, Playbook), "a playbook is made of its own parts"
    return made


@cache
def _hints(shape: type) -> dict[str, Any]:
    return get_type_hints(shape, vars(shapes))


def _made(shape: type, data: Mapping[str, Any]) -> object:
    """A value of this dataclass."""
    found: dict[str, Any] = {}
    assert is_dataclass(shape), f"{shape} is a part of the playbook"
    for item in fields(shape):
        if item.name in data:
            found[item.name] = _read(data[item.name], _hints(shape)[item.name])
        elif item.default is MISSING and item.default_factory is MISSING:
            raise Unreadable(f"this version was stored without {item.name!r} of {shape.__name__}")
    return shape(**found)


def _read(data: Any, hint: Any) -> Any:
    """A stored value as the type says."""
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(data, Mapping) and "kind" in data and not _is_map(origin):
        return _tagged(data, hint)
    if data is None or origin is Literal:
        return data
    if origin in (Union, types.UnionType):
        return _read(data, next(item for item in inner if item is not type(None)))
    if _is_map(origin):
        return {key: _read(value, inner[1]) for key, value in data.items()}
    if origin is tuple:
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_read(item, inner[0]) for item in data)
        return tuple(_read(item, kind) for item, kind in zip(data, inner, strict=True))
    if origin is frozenset:
        return frozenset(_read(item, inner[0]) for item in data)
    return _plain(data, hint)


def _is_map(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _tagged(data: Mapping[str, Any], hint: Any) -> object:
    shape = getattr(shapes, str(data["kind"]), None)
    if not isinstance(shape, type) or not is_dataclass(shape):
        raise Unreadable(f"this version was stored with {data['kind']!r}, which this release does not know")
    return _made(shape, {name: value for name, value in data.items() if name != "kind"})


def _plain(data: Any, hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if hint is int:
        return int(data)
    if hint in (date, time):
        return hint.fromisoformat(data)
    return data
