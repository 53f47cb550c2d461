"""Running a parsed query: rows picked, ordered, cut, and written out as the REST API writes them.

Rows in the recycle bin are seen only by queryAll, and for 15 days. Results are built whole: a cursor keeps
what the query saw, as the platform's does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from syncd.connectors.sandbox.salesforce import soql_filter
from syncd.connectors.sandbox.salesforce.errors import Refusal
from syncd.connectors.sandbox.salesforce.fields import ObjectType
from syncd.connectors.sandbox.salesforce.setup import Permissions
from syncd.connectors.sandbox.salesforce.soql_filter import Context
from syncd.connectors.sandbox.salesforce.soql_syntax import Aggregate, Order, Path, Query, parse
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.salesforce.values import Row, Value, stamp

BIN_DAYS = 15
Writer = Callable[[Row], object]


def run(
    org: Salesforce, text: str, permissions: Permissions, version: str, *, with_deleted: bool
) -> tuple[int, list[dict[str, object]]]:
    """How many rows match, and the records to send. Raises Refusal."""
    query = parse(text)
    context = _context(org, text, permissions, with_deleted=with_deleted)
    kind = context.object(query.object)
    aggregates = [item for item in query.select if isinstance(item, Aggregate)]
    rows = _rows(context, kind, query)
    if aggregates:
        if len(aggregates) != len(query.select):
            raise Refusal("MALFORMED_QUERY", "Field must be grouped or aggregated")
        if not aggregates[0].path and len(aggregates) == 1:
            return len(rows), []
        return 1, [_aggregated(context, kind, aggregates, rows)]
    writers = _writers(context, kind, query, version)
    return len(rows), [_written(kind, writers, row, version) for row in rows]


def _context(org: Salesforce, text: str, permissions: Permissions, *, with_deleted: bool) -> Context:
    def ids_of(query: Query) -> set[Value]:
        kind = context.object(query.object)
        if len(query.select) != 1 or not isinstance(query.select[0], tuple):
            raise Refusal("MALFORMED_QUERY", "The inner select must select exactly one field")
        _item, get = context.column(kind, query.select[0])
        return {get(row) for row in _rows(context, kind, query)} - {None}

    context = Context(
        org.schema, org.tables, permissions, org.kernel.now, text, with_deleted=with_deleted, ids_of=ids_of
    )
    return context


def _rows(context: Context, kind: ObjectType, query: Query, within: set[str] | None = None) -> list[Row]:
    """The rows of the query in its order. `within` restricts them to these ids."""
    table = context.tables[kind.name]
    test = soql_filter.build(context, kind, query.where) if query.where else None
    ids = within if within is not None else soql_filter.candidates(context, kind, query.where)
    pool: Iterable[Row] = (
        table.rows.values() if ids is None else (table.rows[i] for i in ids if i in table.rows)
    )
    bin_bound = stamp(context.now - timedelta(days=BIN_DAYS))
    rows = [r for r in pool if _is_seen(r, bin_bound, context.with_deleted) and (test is None or test(r))]
    ends_by_id = bool(query.order) and query.order[-1] == Order(
        ("Id",), is_descending=False, nulls_last=False
    )
    if not ends_by_id:  # an order of its own where the query leaves ties open
        rows.sort(key=lambda r: str(r["Id"]))
    for order in reversed(query.order):
        _sort(context, kind, rows, order)
    end = None if query.limit is None else query.offset + query.limit
    return rows[query.offset : end]


def _is_seen(row: Row, bin_bound: str, with_deleted: bool) -> bool:
    return not row["IsDeleted"] or (with_deleted and str(row.get("SystemModstamp") or "9") >= bin_bound)


def _sort(context: Context, kind: ObjectType, rows: list[Row], order: Order) -> None:
    item, get = context.column(kind, order.path)
    if not item.is_filterable:
        raise Refusal("INVALID_FIELD", f"field '{item.name}' can not be sorted in a query call")

    fold = soql_filter.folder(item)

    def key(row: Row) -> Any:
        return fold(get(row))

    blank = [r for r in rows if get(r) is None]
    filled = sorted((r for r in rows if get(r) is not None), key=key, reverse=order.is_descending)
    rows[:] = [*filled, *blank] if order.nulls_last else [*blank, *filled]


def _writers(context: Context, kind: ObjectType, query: Query, version: str) -> list[tuple[str, Writer]]:
    """How to write each selected piece, parents of one path together, under the names of the schema."""
    found: list[tuple[str, Writer]] = []
    parents: dict[str, list[Path]] = {}
    for item in query.select:
        if isinstance(item, Query):
            found.append(_child_writer(context, kind, item, version))
        elif isinstance(item, tuple) and len(item) > 1 and item[0].lower() != kind.name.lower():
            context.column(kind, item)
            link = kind.parent_path(item[0])
            assert link is not None, "column has checked the path"
            if link.relationship not in parents:
                parents[link.relationship] = []
                found.append((link.relationship, _blank))
            parents[link.relationship].append(item[1:])
        elif isinstance(item, tuple):
            column, get = context.column(kind, item)
            found.append((column.name, get))
    names = [name for name, _writer in found]
    if len(set(names)) != len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise Refusal("INVALID_FIELD", f"duplicate field selected: {twice}")
    return [
        (name, _parent_writer(context, kind, name, parents[name], version) if name in parents else writer)
        for name, writer in found
    ]


def _blank(_row: Row) -> object:
    return None


def _parent_writer(context: Context, kind: ObjectType, name: str, paths: list[Path], version: str) -> Writer:
    link = kind.parent_path(name)
    assert link is not None, "the caller has found this path"
    if len(link.parents) > 1:
        getters = [(path[0], context.column(kind, (name, *path))) for path in paths]

        def write_any(row: Row) -> object:
            target = str(row.get(link.name) or "")
            owner = next((context.tables[p] for p in link.parents if context.tables[p].get(target)), None)
            if owner is None:
                return None
            # The platform writes such a parent as type Name with the address of the real record.
            head = {"type": "Name", "url": _url(version, owner.name, target)}
            return {"attributes": head} | {item.name: get(row) for _path, (item, get) in getters}

        return write_any
    parent = context.object(link.parents[0])
    writers = _writers(context, parent, Query(tuple(paths), parent.name), version)
    table = context.tables[parent.name]

    def write(row: Row) -> object:
        found = table.get(str(row.get(link.name) or ""))
        return None if found is None else _written(parent, writers, found, version)

    return write


def _child_writer(context: Context, kind: ObjectType, query: Query, version: str) -> tuple[str, Writer]:
    found = context.schema.child_path(kind.name, query.object)
    if found is None or not context.permissions.sees_object(found[0].name):
        raise Refusal(
            "INVALID_TYPE",
            f"Didn't understand relationship '{query.object}' in FROM part of query call. If you are"
            " attempting to use a custom relationship, be sure to append the '__r' after the custom"
            " relationship name.",
        )
    child, link = found
    writers = _writers(context, child, query, version)
    table = context.tables[child.name]

    def write(row: Row) -> object:
        if table.is_indexed(link.name):
            ids = table.with_value(link.name, row["Id"])
        else:
            ids = {i for i, r in table.rows.items() if r.get(link.name) == row["Id"]}
        rows = _rows(context, child, query, within=set(ids)) if ids else []
        records = [_written(child, writers, r, version) for r in rows]
        return {"totalSize": len(records), "done": True, "records": records} if records else None

    return link.children, write


def _written(
    kind: ObjectType, writers: list[tuple[str, Writer]], row: Row, version: str
) -> dict[str, object]:
    record: dict[str, object] = {
        "attributes": {"type": kind.name, "url": _url(version, kind.name, str(row["Id"]))}
    }
    for name, writer in writers:
        record[name] = writer(row)
    return record


def _url(version: str, object_name: str, record_id: str) -> str:
    return f"/services/data/{version}/sobjects/{object_name}/{record_id}"


def _aggregated(
    context: Context, kind: ObjectType, items: list[Aggregate], rows: list[Row]
) -> dict[str, object]:
    record: dict[str, object] = {"attributes": {"type": "AggregateResult"}}
    for place, item in enumerate(items):
        values: list[Value] = []
        if item.path:
            _field, get = context.column(kind, item.path)
            values = [v for v in map(get, rows) if v is not None]
        record[item.alias or f"expr{place}"] = _aggregate(item, values, len(rows))
    return record


def _aggregate(item: Aggregate, values: list[Value], row_count: int) -> object:
    if item.name == "count":
        return len(values) if item.path else row_count
    if item.name == "count_distinct":
        return len(set(values))
    if item.name in ("max", "min"):
        pick = max if item.name == "max" else min
        return pick(values, default=None)  # type: ignore[type-var]
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    if item.name == "sum":
        return sum(numbers) if numbers else None
    return sum(numbers) / len(numbers) if numbers else None
