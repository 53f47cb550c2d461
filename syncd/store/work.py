"""Rows about the work itself: settings of the tenant, cursors, rejected records, runs, playbooks, usage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Baseline
from syncd.ports import Budget, Failure, Usage
from syncd.store.ddl import upsert
from syncd.store.tables import (
    budgets,
    cursors,
    from_ms,
    meta,
    playbooks,
    rejects,
    request_results,
    requests,
    runs,
    to_ms,
    usage,
)

# --- meta ------------------------------------------------------------------------------------------------


ADDRESS = "_url"
"""Ends the key under which the address of a portal or org is kept."""


def org_url(tx: sa.Connection) -> str:
    """Where people open records of the Salesforce org; blank while it has not answered."""
    return get_meta(tx, f"org_id{ADDRESS}") or ""


def get_meta(tx: sa.Connection, key: str) -> str | None:
    """The value kept under `key` for this tenant, or None."""
    return tx.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar()


def set_meta(tx: sa.Connection, key: str, value: str) -> None:
    statement = upsert(tx, meta).values(key=key, value=value)
    tx.execute(statement.on_conflict_do_update(index_elements=[meta.c.key], set_={"value": value}))


def get_meta_at(tx: sa.Connection, key: str) -> datetime | None:
    """A moment kept under `key`, or None."""
    value = get_meta(tx, key)
    return None if value is None else from_ms(int(value))


def set_meta_at(tx: sa.Connection, key: str, at: datetime) -> None:
    set_meta(tx, key, str(to_ms(at)))


def baseline(tx: sa.Connection) -> Baseline:
    """When the first load was complete and when the profile went live (None: it observes)."""
    return Baseline(get_meta_at(tx, "baseline_at"), get_meta_at(tx, "go_live_at"))


# --- cursors ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CursorRow:
    """Where one stream stands. `state` is new, loading, fresh, unavailable or failed."""

    system: str
    stream: str
    cursor: str | None
    state: str
    note: str
    updated_at: datetime
    completed_at: datetime | None
    covered_until_at: datetime | None
    records: int


def all_cursors(tx: sa.Connection) -> tuple[CursorRow, ...]:
    rows = tx.execute(sa.select(cursors).order_by(cursors.c.system, cursors.c.stream))
    return tuple(CursorRow(**row) for row in rows.mappings())


def cursor(tx: sa.Connection, system: str, stream: str) -> CursorRow | None:
    """The stored cursor of one stream; None before its first page."""
    where = (cursors.c.system == system) & (cursors.c.stream == stream)
    row = tx.execute(sa.select(cursors).where(where)).mappings().first()
    return None if row is None else CursorRow(**row)


def save_cursor(
    tx: sa.Connection,
    system: str,
    stream: str,
    *,
    cursor: str | None,
    state: str,
    note: str = "",
    now: datetime,
    completed: bool = False,
    covered_until_at: datetime | None = None,
    records: int = 0,
) -> None:
    """Move the cursor, in the transaction of the page it follows. `records` is added to the running total."""
    values: dict[str, Any] = {"state": state, "note": note, "updated_at": now, "cursor": cursor}
    if completed:
        values["completed_at"] = now
    if covered_until_at is not None:
        values["covered_until_at"] = covered_until_at
    statement = upsert(tx, cursors).values(system=system, stream=stream, records=records, **values)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=[cursors.c.system, cursors.c.stream],
            set_={**values, "records": cursors.c.records + records},
        )
    )


def note_stream(tx: sa.Connection, system: str, stream: str, state: str, note: str, now: datetime) -> None:
    """Say how a stream fares without moving its cursor: failed, or unavailable with the reason."""
    statement = upsert(tx, cursors).values(
        system=system, stream=stream, cursor=None, state=state, note=note, updated_at=now
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=[cursors.c.system, cursors.c.stream],
            set_={"state": state, "note": note, "updated_at": now},
        )
    )


# --- rejected records ------------------------------------------------------------------------------------


def save_reject(tx: sa.Connection, system: str, stream: str, failure: Failure, now: datetime) -> None:
    """Keep a record that could not be read, by name, until it can be."""
    object_id = failure.subject.id if failure.subject else ""
    statement = upsert(tx, rejects).values(
        system=system,
        stream=stream,
        object_id=object_id,
        code=failure.code,
        message=failure.message,
        cure=failure.cure,
        first_at=now,
        last_at=now,
    )
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=[rejects.c.system, rejects.c.stream, rejects.c.object_id],
            set_={"code": failure.code, "message": failure.message, "cure": failure.cure, "last_at": now},
        )
    )


def rejected_ids(tx: sa.Connection, system: str, stream: str) -> set[str]:
    """Ids of this stream's records that could not be read."""
    where = (rejects.c.system == system) & (rejects.c.stream == stream)
    return set(tx.execute(sa.select(rejects.c.object_id).where(where)).scalars())


def drop_rejects(tx: sa.Connection, system: str, stream: str, object_ids: Iterable[str]) -> None:
    """These records read fine now."""
    ids = list(object_ids)
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        tx.execute(
            rejects.delete().where(
                rejects.c.system == system, rejects.c.stream == stream, rejects.c.object_id.in_(chunk)
            )
        )


# --- runs ------------------------------------------------------------------------------------------------


def begin_run(tx: sa.Connection, kind: str, now: datetime, playbook_version: str, epoch: int) -> int:
    """Open a run and return its id."""
    values = {
        "kind": kind,
        "started_at": now,
        "counts": {},
        "playbook_version": playbook_version,
        "epoch": epoch,
    }
    return int(tx.execute(runs.insert().values(**values).returning(runs.c.run_id)).scalar_one())


def end_run(tx: sa.Connection, run_id: int, now: datetime, status: str, counts: Mapping[str, object]) -> None:
    tx.execute(
        runs.update().where(runs.c.run_id == run_id).values(ended_at=now, status=status, counts=dict(counts))
    )


def abandon_runs(tx: sa.Connection, now: datetime) -> None:
    """Runs left open by a killed process are marked so, by whoever works next."""
    tx.execute(runs.update().where(runs.c.status == "running").values(status="interrupted", ended_at=now))


@dataclass(frozen=True, slots=True)
class RunRow:
    run_id: int
    kind: str
    started_at: datetime
    ended_at: datetime | None
    status: str
    counts: Mapping[str, Any]
    playbook_version: str
    epoch: int


def last_runs(tx: sa.Connection, limit: int) -> tuple[RunRow, ...]:
    """The newest runs first."""
    rows = tx.execute(sa.select(runs).order_by(runs.c.run_id.desc()).limit(limit))
    return tuple(RunRow(**row) for row in rows.mappings())


# --- playbooks -------------------------------------------------------------------------------------------


def save_playbook(
    tx: sa.Connection, version: str, parts: tuple[str, str], content: Mapping[str, Any], now: datetime
) -> None:
    """Remember a version the first time it is seen. `parts` are its evaluation and delivery versions."""
    statement = upsert(tx, playbooks).values(
        version=version,
        evaluation_version=parts[0],
        delivery_version=parts[1],
        content=dict(content),
        first_seen_at=now,
        applied_at=now,
    )
    tx.execute(statement.on_conflict_do_nothing(index_elements=[playbooks.c.version]))


# --- people's requests -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestRow:
    request_id: int
    asked_at: datetime
    person: str
    verb: str
    arguments: Mapping[str, Any]


def ask(tx: sa.Connection, verb: str, person: str, arguments: Mapping[str, Any], now: datetime) -> int:
    """Store what a person asked for, with the person's name. The holder of the lease executes it."""
    values = {"asked_at": now, "person": person, "verb": verb, "arguments": dict(arguments)}
    return int(tx.execute(requests.insert().values(**values).returning(requests.c.request_id)).scalar_one())


def open_requests(tx: sa.Connection) -> tuple[RequestRow, ...]:
    """Requests nobody has executed yet, oldest first."""
    done = sa.select(request_results.c.request_id)
    rows = tx.execute(
        sa.select(requests).where(requests.c.request_id.not_in(done)).order_by(requests.c.request_id)
    )
    return tuple(RequestRow(**row) for row in rows.mappings())


def answer(tx: sa.Connection, request_id: int, now: datetime, result: str, message: str) -> None:
    tx.execute(
        request_results.insert().values(
            request_id=request_id, executed_at=now, result=result, message=message
        )
    )


def answered(tx: sa.Connection, request_id: int) -> tuple[str, str] | None:
    """(result, message) of a request, or None while it waits."""
    row = tx.execute(
        sa.select(request_results.c.result, request_results.c.message).where(
            request_results.c.request_id == request_id
        )
    ).first()
    return None if row is None else (row[0], row[1])


# --- usage and budgets -----------------------------------------------------------------------------------


def add_usage(tx: sa.Connection, day: str, rows: Iterable[Usage]) -> None:
    """Add calls made since the last time to the day's totals."""
    values = [
        {"day": day, "system": row.system, "endpoint": row.endpoint, "calls": row.calls, "errors": row.errors}
        | {"retries": row.retries}
        for row in rows
        if row.calls or row.errors or row.retries
    ]
    if not values:
        return
    statement = upsert(tx, usage)
    counted = ("calls", "errors", "retries")
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=[usage.c.day, usage.c.system, usage.c.endpoint],
            set_={name: usage.c[name] + statement.excluded[name] for name in counted},
        ),
        values,
    )


@dataclass(frozen=True, slots=True)
class UsageRow:
    system: str
    endpoint: str
    calls: int
    errors: int
    retries: int


def usage_since(tx: sa.Connection, day: str) -> tuple[UsageRow, ...]:
    """Calls per endpoint since a UTC date (ISO text), most called first."""
    total = sa.func.sum(usage.c.calls)
    rows = tx.execute(
        sa.select(
            usage.c.system,
            usage.c.endpoint,
            total.label("calls"),
            sa.func.sum(usage.c.errors).label("errors"),
            sa.func.sum(usage.c.retries).label("retries"),
        )
        .where(usage.c.day >= day)
        .group_by(usage.c.system, usage.c.endpoint)
        .order_by(usage.c.system, total.desc(), usage.c.endpoint)
    )
    return tuple(
        UsageRow(row.system, row.endpoint, int(row.calls), int(row.errors), int(row.retries)) for row in rows
    )


def save_budgets(tx: sa.Connection, rows: Iterable[Budget], now: datetime) -> None:
    """Keep the vendor's own meters as last seen."""
    for row in rows:
        values = {"used": row.used, "limit_value": row.limit, "window_name": row.window, "seen_at": now}
        statement = upsert(tx, budgets).values(system=row.system, name=row.name, **values)
        tx.execute(
            statement.on_conflict_do_update(index_elements=[budgets.c.system, budgets.c.name], set_=values)
        )


@dataclass(frozen=True, slots=True)
class BudgetRow:
    system: str
    name: str
    used: int
    limit_value: int
    window_name: str
    seen_at: datetime


def all_budgets(tx: sa.Connection) -> tuple[BudgetRow, ...]:
    rows = tx.execute(sa.select(budgets).order_by(budgets.c.system, budgets.c.name))
    return tuple(BudgetRow(**row) for row in rows.mappings())


@dataclass(frozen=True, slots=True)
class RejectRow:
    system: str
    stream: str
    object_id: str
    code: str
    message: str
    cure: str
    first_at: datetime
    last_at: datetime


def all_rejects(tx: sa.Connection) -> tuple[RejectRow, ...]:
    rows = tx.execute(sa.select(rejects).order_by(rejects.c.code, rejects.c.object_id))
    return tuple(RejectRow(**row) for row in rows.mappings())
