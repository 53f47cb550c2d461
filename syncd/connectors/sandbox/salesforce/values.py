"""Values as the org keeps them: JSON-ready, times as text that sorts as time does.

Every value that comes in is checked against its field here and refused as the API would. Text loses its outer
blanks, and blank text is null (REST guide). Stamps have whole seconds, so ties are ordinary.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from syncd.connectors.sandbox.salesforce.errors import Refusal, bad_json
from syncd.connectors.sandbox.salesforce.fields import NUMBERS, Field, FieldType
from syncd.connectors.sandbox.salesforce.ids import full_id

Value: TypeAlias = str | bool | int | float | None
Row: TypeAlias = dict[str, Value]

_EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\"]+\.[A-Za-z0-9-]{2,}")


def stamp(at: datetime) -> str:
    """A moment as the REST API writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def moment(text: str) -> datetime:
    """The moment a stamp names. Raises ValueError without a zone."""
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at.astimezone(UTC)


def accept(item: Field, given: object) -> Value:
    """The value to keep for this field. Raises Refusal as the API words it."""
    if isinstance(given, datetime):
        given = stamp(given)
    elif isinstance(given, date):
        given = given.isoformat()
    if given is None or (isinstance(given, str) and not given.strip()):
        return False if item.type is FieldType.BOOLEAN else None
    if isinstance(given, dict | list):
        raise bad_json(f"Cannot deserialize instance of {item.type} from {_token(given)}")
    if item.type is FieldType.BOOLEAN:
        return _boolean(item, given)
    if item.type in NUMBERS:
        return _number(item, given)
    if item.type is FieldType.DATE:
        return _date(item, given)
    if item.type is FieldType.DATETIME:
        return _datetime(item, given)
    if isinstance(given, bool):
        raise bad_json(f"Cannot deserialize instance of {item.type} from {_token(given)}")
    return _text(item, str(given).strip())


def _text(item: Field, text: str) -> str:
    if item.type is FieldType.REFERENCE:
        found = full_id(text)
        if not found:
            raise Refusal("MALFORMED_ID", f"{item.label}: id value of incorrect type: {text}", (item.name,))
        return found
    if item.length and len(text) > item.length:
        raise Refusal(
            "STRING_TOO_LONG",
            f"{item.label}: data value too large: {text} (max length={item.length})",
            (item.name,),
        )
    if item.type is FieldType.EMAIL and not _EMAIL.fullmatch(text):
        raise Refusal("INVALID_EMAIL_ADDRESS", f"{item.label}: invalid email address: {text}", (item.name,))
    if item.is_restricted and text not in item.values:
        raise Refusal(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{item.label}: bad value for restricted picklist field: {text}", (item.name,),
        )  # fmt: skip
    return text


def _boolean(item: Field, given: object) -> bool:
    if isinstance(given, bool):
        return given
    if isinstance(given, str) and given.lower() in ("true", "false"):
        return given.lower() == "true"
    raise bad_json(f"Cannot deserialize instance of {item.type} from {_token(given)}")


def _number(item: Field, given: object) -> int | float:
    try:
        if isinstance(given, bool):
            raise InvalidOperation
        number = Decimal(str(given))
    except InvalidOperation:
        raise bad_json(f"Cannot deserialize instance of {item.type} from {_token(given)}") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** (item.digits or 18):
        raise Refusal(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{item.label}: value outside of valid range on numeric field: {given}",
            (item.name,),
        )  # fmt: skip
    if item.type is FieldType.INT:
        return int(number)
    return float(round(number, item.scale))


def _date(item: Field, given: object) -> str:
    try:
        return date.fromisoformat(str(given)[:10]).isoformat()
    except ValueError:
        raise bad_json(f"Cannot deserialize instance of {item.type} from {_token(given)}") from None


def _datetime(item: Field, given: object) -> str:
    try:
        return stamp(moment(str(given)))
    except ValueError:
        raise bad_json(f"Cannot deserialize instance of {item.type} from {_token(given)}") from None


def _token(given: object) -> str:
    if isinstance(given, bool):
        return f"VALUE_{str(given).upper()} value {str(given).lower()}"
    if isinstance(given, dict):
        return "START_OBJECT value {"
    if isinstance(given, list):
        return "START_ARRAY value ["
    kind = "VALUE_STRING" if isinstance(given, str) else "VALUE_NUMBER"
    return f"{kind} value {given} or request may be missing a required field"
