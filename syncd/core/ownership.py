"""Which of the intended fields are written: never over a value a person entered, never what is there already.

`fit_to_schema` first makes the intended fields acceptable to the object as it is described: cut, converted
or left out, each with a note that names the field and never its value. `diff` then compares as the vendors
store: text trimmed, `70` equals `70.0`, a date-time equals the same instant in another spelling, blank equals
absent. In this order a value cut once is equal the next time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from syncd.core.plain import clip
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

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,2})?")
"""A number as both vendors print it. Leading zeros and plus signs make it text: a postcode, a phone."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T.+")


def is_blank(value: object) -> bool:
    """True for what a vendor stores as no value: None and empty text."""
    return value is None or (isinstance(value, str) and not value.strip())


def same(left: object, right: object) -> bool:
    """True when a vendor would store both as one value."""
    if is_blank(left) or is_blank(right):
        return is_blank(left) and is_blank(right)
    first, second = _text(left), _text(right)
    if first == second:
        return True
    if isinstance(left, bool) or isinstance(right, bool):
        return first.casefold() == second.casefold()
    if _NUMBER.fullmatch(first) and _NUMBER.fullmatch(second):
        return Decimal(first) == Decimal(second)
    moment = _moment(first)
    return moment is not None and moment == _moment(second)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").strip()


def _moment(text: str) -> datetime | None:
    """The instant a date-time or date names, in whole seconds as Salesforce keeps them.

    A date is its midnight in UTC, as HubSpot keeps it (facts/hubspot.md 8).
    """
    if not (_INSTANT.fullmatch(text) or _DATE.fullmatch(text)):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).replace(microsecond=0)


# --- acceptable to the object as described ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field as its object describes it.

    `type` is the vendor's word (`string`, `picklist`, `double`, ...); `length` 0 is unbounded; `values` are
    the allowed ones, in force only where `restricted`; `scale` is how many decimals a number keeps.
    """

    type: str
    length: int = 0
    values: tuple[str, ...] = ()
    restricted: bool = False
    is_createable: bool = True
    is_updateable: bool = True
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """`fields` are acceptable; `notes` say in one sentence each what was cut or left out."""

    fields: dict[str, object]
    notes: tuple[str, ...] = ()


class _LeftOut(Exception):  # noqa: N818 - an outcome, caught one frame up
    """The value cannot be stored in this field; the text says why, without the value."""


_CUT_MARK = " [cut]"
_PROSE = frozenset({"string", "textarea", "combobox", "encryptedstring", "text", "html"})
_NUMBERS = frozenset({"double", "currency", "percent", "number", "int", "long"})
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


def fit_to_schema(
    fields: Mapping[str, object], schema: Mapping[str, FieldShape], *, is_new: bool = False
) -> Fitted:
    """`fields` made acceptable to `schema`, keyed by field name; what cannot be is left out with a note."""
    fitted: dict[str, object] = {}
    notes: list[str] = []
    for name, value in fields.items():
        try:
            fitted[name] = _fit(value, schema.get(name), is_new=is_new)
        except _LeftOut as why:
            notes.append(f"{name} left out: {why}")
            continue
        if isinstance(value, str) and schema[name].type in _PROSE:
            whole, cut = _length(_text(value)), _length(str(fitted[name] or ""))
            if cut < whole:
                notes.append(f"{name} cut from {whole} to {cut} characters")
    return Fitted(fitted, tuple(notes))


def _fit(value: object, shape: FieldShape | None, *, is_new: bool) -> object:
    if shape is None:
        raise _LeftOut("the object has no such field, or it is hidden from us")
    if not (shape.is_createable if is_new else shape.is_updateable):
        raise _LeftOut("the field is read-only for us")
    if is_blank(value):
        if shape.type in {"boolean", "bool"}:
            raise _LeftOut("a checkbox cannot be blank")
        return None
    if shape.type in _NUMBERS:
        return _number(value, 0 if shape.type in {"int", "long"} else shape.scale)
    if shape.type in {"boolean", "bool"}:
        return _boolean(value)
    if shape.type in {"date", "datetime"}:
        return _dated(value, shape.type)
    if shape.type in {"picklist", "multipicklist", "enumeration"}:
        return _picked(_text(value), shape)
    return _bounded(_text(value), shape) or None


def _number(value: object, scale: int | None) -> int | float:
    text = _text(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise _LeftOut("the value is not a number")
    exact = Decimal(text)
    if scale is not None:  # half up, as Salesforce rounds, so that the next comparison finds no difference
        try:
            exact = exact.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        except InvalidOperation as error:
            raise _LeftOut("the number is too large") from error
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _boolean(value: object) -> bool:
    text = _text(value).casefold()
    if text not in _TRUE | _FALSE:
        raise _LeftOut("the value is neither yes nor no")
    return text in _TRUE


def _dated(value: object, kind: str) -> str:
    moment = _moment(_text(value))
    if moment is None:
        raise _LeftOut(f"the value is not a {kind}")
    return moment.date().isoformat() if kind == "date" else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _picked(text: str, shape: FieldShape) -> str:
    """The allowed value(s) equal to `text` but for case; several are separated by semicolons."""
    allowed = {item.casefold(): item for item in shape.values}
    wanted = [part.strip() for part in text.split(";")] if shape.type == "multipicklist" else [text]
    found = [allowed.get(part.casefold(), "" if shape.restricted else part) for part in wanted if part]
    if not all(found):
        raise _LeftOut("the value is not among those the picklist allows; translate it in mapping.yaml")
    return ";".join(found)


def _bounded(text: str, shape: FieldShape) -> str:
    """`text` within the field's length. Prose is cut at a word border; a cut address or number is a wrong
    one, so anything else is left out."""
    if not shape.length or _length(text) <= shape.length:
        return text
    if shape.type not in _PROSE:
        raise _LeftOut(f"longer than the {shape.length} characters the field holds")
    mark = _CUT_MARK if shape.length >= len(_CUT_MARK) * 4 else ""
    kept = clip(text, shape.length - len(mark))
    while _length(kept) > shape.length - len(mark):
        kept = clip(kept, len(kept) - 1)
    return kept + mark


def _length(text: str) -> int:
    """Characters as UTF-16 counts them, the careful reading: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
