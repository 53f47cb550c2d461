"""Makes intended fields acceptable to an object as its system describes it: cut, converted or left out.

Nothing is ever changed in silence: each cut and each field left out has a note that names the field and never
its value. A value that one field cannot take never stops the record. What is left out for want of an option
is named with its value, so that one sentence cures every record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from syncd.core.ownership import DATE, NUMBER, is_blank, moment_of, text_of
from syncd.core.plain import clip


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a picklist: what is stored, what people read, and the values of the controlling field it
    goes with (empty: with every one)."""

    value: str
    label: str = ""
    under: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field as its object describes it.

    `type` is the vendor's word (`string`, `picklist`, `double`, ...); `length` 0 is unbounded; `values` are
    the allowed ones, in force only where `restricted`; `scale` is how many decimals a number keeps, `digits`
    how many places it has before the point (None: unbounded).
    """

    type: str
    length: int = 0
    values: tuple[str, ...] = ()
    restricted: bool = False
    is_createable: bool = True
    is_updateable: bool = True
    scale: int | None = None
    digits: int | None = None
    options: tuple[Option, ...] = ()


Schema = Mapping[str, FieldShape]


@dataclass(frozen=True, slots=True)
class Terms:
    """How values are to be read: the zone in which a moment is a day, and what our amounts are in."""

    time_zone: str = "UTC"
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A field left out: a stable code, why in a sentence, and for a missing option the value in question."""

    field: str
    code: str
    why: str
    value: str = ""

    @property
    def note(self) -> str:
        return f"{self.field} left out: {self.why}"


@dataclass(frozen=True, slots=True)
class Fitted:
    """`fields` are acceptable; `notes` say in one sentence each what was cut or left out; `left` are those
    left out, as data."""

    fields: dict[str, object]
    notes: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()


class _LeftOut(Exception):  # noqa: N818 - an outcome, caught one frame up
    """The value cannot be stored in this field."""

    def __init__(self, code: str, why: str, value: str = "") -> None:
        super().__init__(why)
        self.code, self.why, self.value = code, why, value


NO_OPTION: Final = "no_option"
"""The code of a value that no option stands for."""
CURRENCY_FIELD: Final = "CurrencyIsoCode"
"""Where an org has several currencies, every record names its own (Object Reference: CurrencyIsoCode)."""

_CUT_MARK = " [cut]"
_PROSE = frozenset({"string", "textarea", "combobox", "encryptedstring", "text", "html"})
_NUMBERS = frozenset({"double", "currency", "percent", "number", "int", "long"})
_PICKED = frozenset({"picklist", "multipicklist", "enumeration"})
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_ADDRESS = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\"]+\.[A-Za-z0-9-]{2,}")
"""What the platform takes for an e-mail address, read carefully (INVALID_EMAIL_ADDRESS)."""


def fit_to_schema(
    fields: Mapping[str, object],
    schema: Schema,
    *,
    is_new: bool = False,
    terms: Terms = Terms(),
    record_currency: str = "",
) -> Fitted:
    """`fields` made acceptable to `schema`, keyed by field name; what cannot be is left out with a note.
    `record_currency` is that of the record there."""
    fields = _with_currency(fields, schema, terms, is_new=is_new)
    fitted: dict[str, object] = {}
    notes: list[str] = []
    left: list[Left] = []
    for name, value in fields.items():
        try:
            shape = schema.get(name)
            if shape is not None and shape.type == "currency" and not is_blank(value):
                _check_currency(fields, schema, terms, record_currency, is_new=is_new)
            fitted[name] = _fit(value, shape, terms, is_new=is_new)
        except _LeftOut as out:
            without = Left(name, out.code, out.why, out.value)
            notes.append(without.note)
            left += [without] if out.code != "no_blank" else []
            continue
        if isinstance(value, str) and schema[name].type in _PROSE:
            whole, cut = _length(text_of(value)), _length(str(fitted[name] or ""))
            if cut < whole:
                notes.append(f"{name} cut from {whole} to {cut} characters")
        if schema[name].type == "multipicklist" and (lost := _unknown(text_of(value), schema[name])):
            left += [Left(name, NO_OPTION, _NO_OPTION, item) for item in lost]
            notes.append(f"{name} without {len(lost)} of its values: the picklist does not have them")
    return Fitted(fitted, tuple(notes), tuple(left))


def _fit(value: object, shape: FieldShape | None, terms: Terms, *, is_new: bool) -> object:
    if shape is None:
        raise _LeftOut("no_field", "the object has no such field, or it is hidden from us")
    if not (shape.is_createable if is_new else shape.is_updateable):
        raise _LeftOut("read_only", "the field is read-only for us")
    if is_blank(value):
        if shape.type in {"boolean", "bool"}:
            raise _LeftOut("no_blank", "a checkbox cannot be blank")
        return None
    if shape.type in _NUMBERS:
        return _number(value, shape)
    if shape.type in {"boolean", "bool"}:
        return _boolean(value)
    if shape.type in {"date", "datetime"}:
        return _dated(value, shape.type, terms.time_zone)
    if shape.type in _PICKED:
        return _picked(text_of(value), shape)
    if shape.type == "email" and not _ADDRESS.fullmatch(text_of(value)):
        raise _LeftOut("no_address", "the value is no e-mail address the system would take")
    return _bounded(text_of(value), shape) or None


def _number(value: object, shape: FieldShape) -> int | float:
    text = text_of(value)
    if isinstance(value, bool) or not NUMBER.fullmatch(text):
        raise _LeftOut("no_number", "the value is not a number")
    exact = Decimal(text)
    scale = 0 if shape.type in {"int", "long"} else shape.scale
    if scale is not None:  # half up, as Salesforce rounds, so that the next comparison finds no difference
        try:
            exact = exact.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        except InvalidOperation as error:
            raise _LeftOut("too_large", "the number is too large") from error
    if shape.digits is not None and abs(exact) >= Decimal(10) ** shape.digits:
        raise _LeftOut("too_large", f"the number has more than {shape.digits} digits before the point")
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _boolean(value: object) -> bool:
    text = text_of(value).casefold()
    if text not in _TRUE | _FALSE:
        raise _LeftOut("no_truth", "the value is neither yes nor no")
    return text in _TRUE


def _dated(value: object, kind: str, time_zone: str) -> str:
    """A day stays a day and a moment a moment; one becomes the other in the playbook's zone."""
    text = text_of(value)
    moment = moment_of(text)
    if moment is None:
        raise _LeftOut("no_date", f"the value is not a {kind}")
    zone, is_day = ZoneInfo(time_zone), DATE.fullmatch(text) is not None
    if kind == "date":
        return moment.date().isoformat() if is_day else moment.astimezone(zone).date().isoformat()
    if is_day:
        moment = datetime.combine(moment.date(), datetime.min.time(), zone)
    return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


_NO_OPTION = "the value is not among those the picklist allows; translate it in mapping.yaml"


def _allowed(shape: FieldShape) -> dict[str, str]:
    """Stored values by what a text may say: the value or its label, case aside."""
    found = {option.label.casefold(): option.value for option in shape.options if option.label}
    return found | {item.casefold(): item for item in (*shape.values, *(o.value for o in shape.options))}


def _parts(text: str, shape: FieldShape) -> list[str]:
    parts = text.split(";") if shape.type == "multipicklist" else [text]
    return [part.strip() for part in parts if part.strip()]


def _picked(text: str, shape: FieldShape) -> str:
    """The allowed value(s) equal to `text` but for case; several are separated by semicolons."""
    allowed = _allowed(shape)
    found = [allowed.get(part.casefold(), "" if shape.restricted else part) for part in _parts(text, shape)]
    found = list(dict.fromkeys(item for item in found if item))
    if not found:
        raise _LeftOut(NO_OPTION, _NO_OPTION, text)
    if shape.length and _length(";".join(found)) > shape.length and shape.type != "multipicklist":
        raise _LeftOut("too_long", f"longer than the {shape.length} characters the field holds")
    return ";".join(found)


def _unknown(text: str, shape: FieldShape) -> list[str]:
    """The parts of a multi-select value that no option stands for."""
    allowed = _allowed(shape)
    return [part for part in _parts(text, shape) if shape.restricted and part.casefold() not in allowed]


def _bounded(text: str, shape: FieldShape) -> str:
    """`text` within the field's length. Prose is cut at a word border; a cut address or number is a wrong
    one, so anything else is left out."""
    if not shape.length or _length(text) <= shape.length:
        return text
    if shape.type not in _PROSE:
        raise _LeftOut("too_long", f"longer than the {shape.length} characters the field holds")
    mark = _CUT_MARK if shape.length >= len(_CUT_MARK) * 4 else ""
    kept = clip(text, shape.length - len(mark))
    while _length(kept) > shape.length - len(mark):
        kept = clip(kept, len(kept) - 1)
    return kept + mark


def _length(text: str) -> int:
    """Characters as UTF-16 counts them, the careful reading: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


# --- amounts ---------------------------------------------------------------------------------------------


def _with_currency(
    fields: Mapping[str, object], schema: Schema, terms: Terms, *, is_new: bool
) -> Mapping[str, object]:
    """A record we create with an amount on it names the currency of that amount."""
    has_amount = any(
        name in schema and schema[name].type == "currency" and not is_blank(value)
        for name, value in fields.items()
    )
    is_silent = is_blank(fields.get(CURRENCY_FIELD))
    if is_new and has_amount and is_silent and terms.currency and CURRENCY_FIELD in schema:
        return {**fields, CURRENCY_FIELD: terms.currency}
    return fields


def _check_currency(
    fields: Mapping[str, object], schema: Schema, terms: Terms, record_currency: str, *, is_new: bool
) -> None:
    """An amount means what the record's currency says. It is never converted, so it must be the same one."""
    if CURRENCY_FIELD not in schema:
        return  # the org has one currency
    ours = text_of(fields.get(CURRENCY_FIELD) or "") or terms.currency
    if not ours:
        raise _LeftOut(
            "no_currency",
            "the org has several currencies, and mapping.yaml does not say which one this is in",
        )
    allowed = schema[CURRENCY_FIELD].values
    if is_new and allowed and ours not in allowed:
        raise _LeftOut("no_currency", f"the org does not have the currency {ours}")
    if not is_new and record_currency and record_currency != ours:
        raise _LeftOut(
            "other_currency",
            f"the record is in {record_currency}, the amount in {ours}; nothing is converted",
        )
