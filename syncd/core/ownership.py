"""Which of the intended fields are written: never over a value a person entered, never what is there already.

`fitting` first makes the intended fields acceptable to the object as it is described; `diff` then compares as
the vendors store: text trimmed, `70` equals `70.0`, a date-time equals the same instant in another spelling,
blank equals absent. In this order a value cut once is equal the next time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from syncd.core.playbook import Ownership

# --- what is to be written -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Diff:
    """`write` holds the fields to send (None clears); `kept` the differing ones left alone, and why."""

    write: dict[str, object]
    kept: tuple[tuple[str, str], ...] = ()


TAKEN = "somebody else changed it"
"""Why a field `until_touched` stays as it is."""

_KEPT = {
    Ownership.UNTIL_TOUCHED: TAKEN,
    Ownership.FILL_ONCE: "filled already",
    Ownership.ON_CREATE: "written only on records we create",
}


def diff(
    intended: Mapping[str, object],
    rules: Mapping[str, Ownership | str],
    fresh: Mapping[str, str],
    last_written: Mapping[str, object],
    is_new: bool,
    touched: Collection[str] = frozenset(),
) -> Diff:
    """What to write on one record so that it shows `intended`, given its `fresh` state.

    `last_written` is what we last sent to this record, by field; a value that is not that is a person's, also
    a blank one. `touched` names fields that somebody else has written since, or once had: a person who sets
    back what we wrote has still decided. A field without a rule is `until_touched`, the careful one. A
    checkbox nobody ticked counts as blank, since vendors store no blank there. On a new record everything
    but blanks goes.
    """
    write: dict[str, object] = {}
    kept: list[tuple[str, str]] = []
    for name, value in intended.items():
        if same(value, fresh.get(name)):
            continue
        rule = Ownership(rules.get(name, Ownership.UNTIL_TOUCHED))
        is_free = name not in touched or rule is not Ownership.UNTIL_TOUCHED
        if is_new or (is_free and _may_write(rule, value, fresh.get(name), last_written.get(name))):
            write[name] = None if is_blank(value) else value
        elif not is_blank(value) and rule in _KEPT:
            kept.append((name, _KEPT[rule]))
    return Diff(write, tuple(kept))


def _may_write(rule: Ownership, value: object, fresh: str | None, last: object) -> bool:
    is_unticked = isinstance(value, bool) and last is None and same("false", fresh)
    unset = is_blank(fresh) or is_unticked
    match rule:
        case Ownership.OURS:
            return True
        case Ownership.UNTIL_TOUCHED:
            return unset if is_blank(last) else same(last, fresh)
        case Ownership.FILL_ONCE:
            return unset and not is_blank(value)
        case Ownership.TICK_ONLY:
            return same(value, "true")
        case Ownership.ON_CREATE:
            return False


# --- equal as the vendors store --------------------------------------------------------------------------

NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,2})?")
"""A number as both vendors print it. Leading zeros and plus signs make it text: a postcode, a phone."""

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T.+")


def is_blank(value: object) -> bool:
    """True for what a vendor stores as no value: None and empty text."""
    return value is None or (isinstance(value, str) and not value.strip())


def same(left: object, right: object) -> bool:
    """True when a vendor would store both as one value."""
    if is_blank(left) or is_blank(right):
        return is_blank(left) and is_blank(right)
    first, second = text_of(left), text_of(right)
    if first == second:
        return True
    if isinstance(left, bool) or isinstance(right, bool):
        return first.casefold() == second.casefold()
    if NUMBER.fullmatch(first) and NUMBER.fullmatch(second):
        return Decimal(first) == Decimal(second)
    moment = moment_of(first)
    return moment is not None and moment == moment_of(second)


def text_of(value: object) -> str:
    """A value as text, as a vendor prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").strip()


def moment_of(text: str) -> datetime | None:
    """The instant a date-time or date names, in whole seconds as Salesforce keeps them.

    A date is its midnight in UTC, as HubSpot keeps it (facts/hubspot.md 8).
    """
    if not (_INSTANT.fullmatch(text) or DATE.fullmatch(text)):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).replace(microsecond=0)
