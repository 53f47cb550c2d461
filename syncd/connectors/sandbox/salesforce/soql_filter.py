"""WHERE as a test of one row, and the index that keeps it from looking at every row.

Comparison follows the platform: text without case, null equal only to null, `!=` and NOT IN true for null.
Types are checked when the test is built, so a quoted date is refused even when no row exists (SOQL and SOSL
reference, "Comparison Operators").
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncd.connectors.sandbox.salesforce.errors import Refusal
from syncd.connectors.sandbox.salesforce.fields import NUMBERS, UNQUOTED, Field, FieldType, ObjectType, Schema
from syncd.connectors.sandbox.salesforce.ids import full_id
from syncd.connectors.sandbox.salesforce.setup import Permissions
from syncd.connectors.sandbox.salesforce.soql_syntax import (
    Among,
    Compare,
    Condition,
    Junction,
    Kind,
    Literal,
    Negation,
    Path,
    Query,
    pointed,
)
from syncd.connectors.sandbox.salesforce.table import Table
from syncd.connectors.sandbox.salesforce.values import Row, Value, moment, stamp

Getter = Callable[[Row], Value]
Test = Callable[[Row], bool]
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_ADVICE = "Please reference your WSDL or the describe call for the appropriate names."
_ANY_NAME = ("Name", "FirstName", "LastName", "Email", "Title", "Phone", "Username", "IsActive")
"""Fields of the object Name, which stands for whatever a polymorphic reference points at."""


@dataclass(frozen=True)
class Context:
    """What a query may look at: the org's tables, seen with these permissions, at this moment."""

    schema: Schema
    tables: Mapping[str, Table]
    permissions: Permissions
    now: datetime
    text: str
    with_deleted: bool
    ids_of: Callable[[Query], set[Value]]

    def object(self, name: str) -> ObjectType:
        """Raises Refusal INVALID_TYPE, the same for missing and hidden."""
        found = self.schema.find(name)
        if found is None or not self.permissions.sees_object(found.name):
            raise Refusal("INVALID_TYPE", pointed(
                self.text, self.place(name),
                f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be"
                f" sure to append the '__c' after the entity name. {_ADVICE}",
            ))  # fmt: skip
        return found

    def no_column(self, name: str, kind: ObjectType) -> Refusal:
        return Refusal("INVALID_FIELD", pointed(
            self.text, self.place(name),
            f"No such column '{name}' on entity '{kind.name}'. If you are attempting to use a custom field,"
            f" be sure to append the '__c' after the custom field name. {_ADVICE}",
        ))  # fmt: skip

    def place(self, word: str) -> int:
        found = re.search(rf"\b{re.escape(word)}\b", self.text, re.IGNORECASE)
        return found.start() if found else 0

    def column(self, kind: ObjectType, path: Path) -> tuple[Field, Getter]:
        """The field a path ends at and how to read it from a row. Raises Refusal INVALID_FIELD."""
        if len(path) == 1 or path[0].lower() == kind.name.lower():
            item = self.permissions.find(kind, path[-1])
            if item is None:
                raise self.no_column(path[-1], kind)
            return item, operator.methodcaller("get", item.name)
        link = kind.parent_path(path[0])
        if link is None or not self.permissions.sees(kind.name, link.name):
            raise Refusal("INVALID_FIELD", pointed(
                self.text, self.place(path[0]),
                f"Didn't understand relationship '{path[0]}' in field path. If you are attempting to use a"
                " custom relationship, be sure to append the '__r' after the custom relationship name.",
            ))  # fmt: skip
        if len(link.parents) > 1:
            return self._any_column(link, path)
        item, inner = self.column(self.object(link.parents[0]), path[1:])
        parents = self.tables[link.parents[0]]

        def get(row: Row) -> Value:
            parent = parents.get(str(row.get(link.name) or ""))
            return inner(parent) if parent is not None else None

        return item, get

    def _any_column(self, link: Field, path: Path) -> tuple[Field, Getter]:
        name = next((n for n in (*_ANY_NAME, "Id", "Type") if n.lower() == path[1].lower()), None)
        if len(path) != 2 or name is None:
            raise Refusal("INVALID_FIELD", pointed(
                self.text, self.place(path[-1]), f"No such column '{path[-1]}' on entity 'Name'.",
            ))  # fmt: skip
        tables = [self.tables[p] for p in link.parents]

        def get(row: Row) -> Value:
            for table in tables:
                parent = table.get(str(row.get(link.name) or ""))
                if parent is not None:
                    return table.name if name == "Type" else parent.get(name)
            return None

        kind = FieldType.BOOLEAN if name == "IsActive" else FieldType.STRING
        return Field(name, kind, 255), get


def build(context: Context, kind: ObjectType, condition: Condition) -> Test:
    """The test of a row of this object. Raises Refusal for unknown fields and values of the wrong type."""
    if isinstance(condition, Junction):
        tests = [build(context, kind, item) for item in condition.items]
        if condition.is_any:
            return lambda row: any(test(row) for test in tests)
        return lambda row: all(test(row) for test in tests)
    if isinstance(condition, Negation):
        inner = build(context, kind, condition.item)
        return lambda row: not inner(row)
    item, get = context.column(kind, condition.path)
    if not item.is_filterable:
        raise Refusal("INVALID_FIELD", pointed(
            context.text, context.place(item.name),
            f"field '{item.name}' can not be filtered in a query call",
        ))  # fmt: skip
    if isinstance(condition, Among):
        return _among(context, item, get, condition)
    return _compare(context, item, get, condition)


def _among(context: Context, item: Field, get: Getter, condition: Among) -> Test:
    fold = folder(item)
    if condition.query is not None:
        found = {fold(value) for value in context.ids_of(condition.query)}
    else:
        found = {fold(_value(item, literal, context)) for literal in condition.values}
    if condition.is_negated:
        return lambda row: fold(get(row)) not in found
    return lambda row: fold(get(row)) in found


def _compare(context: Context, item: Field, get: Getter, condition: Compare) -> Test:
    if condition.value.kind is Kind.PERIOD:
        return _period(context, item, get, condition)
    if condition.operator == "like":
        return _like(item, get, condition.value)
    fold = folder(item)
    wanted = fold(_value(item, condition.value, context))
    if condition.operator == "=":
        return lambda row: fold(get(row)) == wanted
    if condition.operator == "!=":
        return lambda row: fold(get(row)) != wanted
    if wanted is None or item.type is FieldType.BOOLEAN:
        raise Refusal(
            "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {item.type} field: {condition.operator}"
        )
    sign = _SIGNS[condition.operator]

    def test(row: Row) -> bool:
        value = fold(get(row))
        return value is not None and sign(value, wanted)

    return test


def _like(item: Field, get: Getter, literal: Literal) -> Test:
    if literal.kind is not Kind.STRING or item.type in NUMBERS | {FieldType.BOOLEAN, FieldType.ID}:
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {item.type} field: like")
    pattern = ""
    for found in re.finditer(r"\\(.)|(.)", literal.raw, re.DOTALL):
        escaped, plain = found.groups()
        pattern += re.escape(escaped) if escaped else {"%": ".*", "_": "."}.get(plain, re.escape(plain))
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)

    def test(row: Row) -> bool:
        value = get(row)
        return value is not None and compiled.fullmatch(str(value)) is not None

    return test


def _period(context: Context, item: Field, get: Getter, condition: Compare) -> Test:
    """A comparison with a span of whole days (UTC): equal is inside, less is before it."""
    if item.type not in (FieldType.DATE, FieldType.DATETIME):
        raise _wrong_type(item, context)
    today = context.now.replace(hour=0, minute=0, second=0, microsecond=0)
    word, _colon, count = condition.value.text.partition(":")
    days = int(count or 1)
    starts, ends = {
        "today": (0, 1), "yesterday": (-1, 0), "tomorrow": (1, 2), "last_n_days": (1 - days, 1),
        "next_n_days": (1, days + 1),
    }[word]  # fmt: skip
    size = 10 if item.type is FieldType.DATE else None
    low, high = stamp(today + timedelta(days=starts))[:size], stamp(today + timedelta(days=ends))[:size]
    tests: dict[str, Callable[[str], bool]] = {
        "=": lambda v: low <= v < high, "!=": lambda v: not low <= v < high, "<": lambda v: v < low,
        "<=": lambda v: v < high, ">": lambda v: v >= high, ">=": lambda v: v >= low,
    }  # fmt: skip
    inside = tests[condition.operator]
    return lambda row: get(row) is not None and inside(str(get(row)))


def _value(item: Field, literal: Literal, context: Context) -> Value:
    """The constant as the field keeps it. Raises Refusal INVALID_FIELD for a constant of another type."""
    kind, text = literal.kind, literal.text
    if kind is Kind.NULL:
        return False if item.type is FieldType.BOOLEAN else None
    if item.type is FieldType.BOOLEAN and kind is Kind.BOOLEAN:
        return text == "true"
    if item.type in NUMBERS and kind is Kind.NUMBER:
        return float(text)
    if item.type is FieldType.DATETIME and kind is Kind.DATETIME:
        return stamp(moment(text))
    if item.type is FieldType.DATE and kind is Kind.DATE:
        return text
    unquoted = item.type in NUMBERS | {FieldType.BOOLEAN, FieldType.DATETIME, FieldType.DATE}
    if unquoted or kind is not Kind.STRING:
        raise _wrong_type(item, context)
    if item.type in (FieldType.ID, FieldType.REFERENCE):
        if text and not full_id(text):
            raise Refusal("INVALID_QUERY_FILTER_OPERATOR", pointed(
                context.text, context.place(item.name), f"invalid ID field: {text}",
            ))  # fmt: skip
        return full_id(text) or None
    return text or None


def _wrong_type(item: Field, context: Context) -> Refusal:
    names = {FieldType.DATETIME: "dateTime", FieldType.ID: "string", FieldType.REFERENCE: "string"}
    name = names.get(item.type, str(item.type))
    unquoted = item.type in NUMBERS | {FieldType.BOOLEAN, FieldType.DATETIME, FieldType.DATE}
    advice = "should not be enclosed in quotes" if unquoted else "should be enclosed in quotes"
    return Refusal("INVALID_FIELD", pointed(
        context.text, context.place(item.name),
        f"value of filter criterion for field '{item.name}' must be of type {name} and {advice}",
    ))  # fmt: skip


def folder(item: Field) -> Callable[[Value], Value]:
    """How values of this field are made comparable: text loses its case; ids, which differ by it, do not."""
    if item.type in UNQUOTED | {FieldType.ID, FieldType.REFERENCE}:
        return _same
    return lambda value: value.lower() if isinstance(value, str) else value


def _same(value: Value) -> Value:
    return value


def candidates(context: Context, kind: ObjectType, condition: Condition | None) -> set[str] | None:
    """Ids of at least all rows that can pass, by the table's indexes; None where no index helps."""
    table = context.tables[kind.name]
    if isinstance(condition, Junction):
        found = [candidates(context, kind, item) for item in condition.items]
        known = [ids for ids in found if ids is not None]
        if condition.is_any:
            return set().union(*known) if len(known) == len(found) else None
        return min(known, key=len) if known else None
    if isinstance(condition, Among) and condition.query is None and not condition.is_negated:
        return _by_values(context, kind, table, condition.path, condition.values)
    if isinstance(condition, Compare) and condition.value.kind is not Kind.PERIOD:
        item = kind.find(condition.path[0]) if len(condition.path) == 1 else None
        if condition.operator == "=":
            return _by_values(context, kind, table, condition.path, (condition.value,))
        if item and item.name == "SystemModstamp" and condition.operator in (">", ">="):
            return table.since(str(_value(item, condition.value, context)))
    return None


def _by_values(
    context: Context, kind: ObjectType, table: Table, path: Path, literals: tuple[Literal, ...]
) -> set[str] | None:
    item = kind.find(path[0]) if len(path) == 1 else None
    if item is None or any(literal.kind is Kind.NULL for literal in literals):
        return None
    values = [_value(item, literal, context) for literal in literals]
    if item.name == "Id":
        return {str(v) for v in values if v in table.rows}
    if item.name == "SystemModstamp":
        return table.since(min(str(v) for v in values))
    if not table.is_indexed(item.name):
        return None
    return set().union(*(table.with_value(item.name, v) for v in values))
