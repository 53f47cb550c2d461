"""What two versions of the playbook write and send differently, in sentences: fields, owners, alerts.

Read from their normalised forms, value by value, so that nothing that differs is left out and a part added by
a later release is told as well. What the definition tells in its own sentences is not told here again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TOLD_ELSEWHERE = frozenset({"sla"})
"""Parts whose every value stands in a sentence of the definition."""

PARTS: Mapping[str, str] = {
    "alerts": "Alerts",
    "chase": "Missing reasons",
    "content": "Content",
    "objections": "Objections",
    "mapping": "Fields",
    "quote_chars_max": "Quotes",
    "routing": "Owner",
    "time_zone": "Time zone",
    "tracks": "Nurture track",
}
RECORDS: Mapping[str, str] = {
    "lead": "Salesforce Lead",
    "sfcontact": "Salesforce Contact",
    "contact": "HubSpot contact",
}
"""What people call the record a list of fields is written to."""

NAMES = ("target", "id", "name", "reason", "label", "offer")
"""Values by which items of a list are told apart, the first that is there."""

WORDS: Mapping[str, str] = {
    "ownership": "written",
    "source": "from",
    "values": "translated",
    "fallback": "else",
    "lifecycle": "lifecycle stages",
    "owns_lifecycle": "we set the lifecycle stage",
    "key_field": "field of our key",
    "task_key_field": "field of our key in tasks",
    "on_sql": "channels of a new SQL",
    "on_hold": "channels of a case",
    "heads_up": "heads-up",
    "max_age_hours": "oldest sent, hours",
    "owner_id": "owner",
}
SAID_MAX = 120
"""Characters of a value in a sentence."""


def written_otherwise(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    """Everything of the delivery parts that differs, one sentence each, in the order of the newer version."""
    old, new = before.get("delivery", {}), after.get("delivery", {})
    parts = [name for name in (*new, *(set(old) - set(new))) if name not in TOLD_ELSEWHERE]
    return tuple(
        line
        for name in parts
        for line in _differences((PARTS.get(name, _words(name)),), old.get(name), new.get(name))
    )


def _differences(path: tuple[str, ...], old: Any, new: Any) -> Iterator[str]:
    """Every difference between two plain values, told by where it is."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in (*new, *(name for name in old if name not in new)):
            if name != "kind":
                yield from _differences((*path, _words(name)), old.get(name), new.get(name))
        return
    if _is_named(old) and _is_named(new) and (old or new):
        was, now = _by_name(old), _by_name(new)
        for name in (*now, *(name for name in was if name not in now)):
            yield from _item((*path, name), was.get(name), now.get(name))
        if list(was) != list(now) and set(was) == set(now):
            yield f"{_place(path)}: in another order: {_said([*now])}."
        return
    yield f"{_place(path)}: was {_said(old)}, now {_said(new)}."


def _item(path: tuple[str, ...], old: Any, new: Any) -> Iterator[str]:
    """One item of a list: new, gone, or what differs in it."""
    if old is None:
        yield f"{_place(path)}: new, {_told(new)}."
    elif new is None:
        yield f"{_place(path)}: no longer; was {_told(old)}."
    else:
        yield from _differences(path, old, new)


def _told(item: Mapping[str, Any]) -> str:
    """An item in a few words: what is not blank of it."""
    named = _name(item)
    pairs = (
        f"{_words(name)} {_said(value)}"
        for name, value in item.items()
        if name != "kind" and value not in (None, "", [], {}, False) and value != named
    )
    return ", ".join(pairs) or "as it is"


def _is_named(value: Any) -> bool:
    """Whether this is a list of items that have names of their own, each once."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    names = [_name(item) if isinstance(item, Mapping) else None for item in value]
    return all(names) and len(set(names)) == len(names)


def _by_name(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(_name(item)): item for item in items}


def _name(item: Mapping[str, Any]) -> str | None:
    found = next((item[name] for name in NAMES if item.get(name)), None)
    return found if isinstance(found, str) else None


def _words(name: str) -> str:
    return RECORDS.get(name) or WORDS.get(name) or str(name).replace("_", " ")


def _place(path: tuple[str, ...]) -> str:
    return ", ".join(path)


def _said(value: Any) -> str:
    """A value for people: short, and never a wall of text."""
    match value:
        case None | "" | []:
            return "nothing"
        case Mapping() if not value:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case float() if value == int(value):
            return f"{int(value)}"
        case str():
            return _clipped(value.replace("_", " ") if value.isidentifier() and value.islower() else value)
        case Mapping():
            pairs = (f"{key}: {_said(item)}" for key, item in value.items() if key != "kind")
            return _clipped("; ".join(pairs))
        case list() | tuple():
            return _clipped(", ".join(_said(item) for item in value))
        case _:
            return _clipped(str(value))


def _clipped(text: str) -> str:
    return text if len(text) <= SAID_MAX else f"{text[: SAID_MAX - 3]}..."
