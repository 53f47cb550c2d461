"""Whether it works: freshness, what waits, what is stuck and why, as plain data for people and monitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.jobs import chasing, reconciled
from syncd.jobs.edits import writer_words
from syncd.jobs.in_force import Chosen
from syncd.store import authors, edits, holds, lease, ledger, outbox, reconciliations, unowned, work
from syncd.store.authors import LeftGroup
from syncd.store.edits import Contest
from syncd.store.engine import Store
from syncd.store.reasons import Said
from syncd.store.unowned import Unowned
from syncd.store.work import BudgetRow, CursorRow, UsageRow


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `syncd status` shows. `problems` are sentences; empty means healthy."""

    portal: str
    org: str
    go_live_at: datetime | None
    baseline_at: datetime | None
    playbook_version: str
    holder: str
    last_run_at: datetime | None
    last_run_status: str
    streams: tuple[CursorRow, ...]
    dirty: int
    due: int
    effects: Mapping[tuple[str, str, str], int]
    open_holds: int
    releasable: int
    usage: tuple[UsageRow, ...]
    budgets: tuple[BudgetRow, ...]
    problems: tuple[str, ...]
    unowned: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The documented shape of `syncd status --json`."""
        return {
            "healthy": not self.problems,
            "problems": list(self.problems),
            "portal": self.portal,
            "org": self.org,
            "mode": "live" if self.go_live_at else "observe",
            "go_live_at": self.go_live_at,
            "baseline_at": self.baseline_at,
            "playbook_version": self.playbook_version,
            "holder": self.holder,
            "last_run": {"at": self.last_run_at, "status": self.last_run_status},
            "streams": [
                {
                    "system": row.system,
                    "stream": row.stream,
                    "state": row.state,
                    "completed_at": row.completed_at,
                    "covered_until_at": row.covered_until_at,
                    "records": row.records,
                    "note": row.note,
                }
                for row in self.streams
            ],
            "waiting": {"dirty": self.dirty, "due": self.due},
            "effects": [
                {"system": system, "kind": kind, "state": state, "count": count}
                for (system, kind, state), count in sorted(self.effects.items())
            ],
            "holds": self.open_holds,
            "releasable": self.releasable,
            "unowned": self.unowned,
            "calls_today": [
                {
                    "system": row.system,
                    "endpoint": row.endpoint,
                    "calls": row.calls,
                    "errors": row.errors,
                    "retries": row.retries,
                }
                for row in self.usage
            ],
            "budgets": [
                {
                    "system": row.system,
                    "name": row.name,
                    "used": row.used,
                    "limit": row.limit_value,
                    "window": row.window_name,
                    "seen_at": row.seen_at,
                }
                for row in self.budgets
            ],
        }


def status_of(
    store: Store, now: datetime, stale_after: timedelta, chosen: Chosen | None = None, not_valid: str = ""
) -> Status:
    """The state of one store as of `now`, and of the playbook in force where it is known. `not_valid` says
    that the folder cannot be: then the next start fails."""
    with store.read() as tx:
        baseline = work.baseline(tx)
        runs = work.last_runs(tx, 1)
        held = lease.holder(tx, store.is_sqlite)
        dirty, due = ledger.count_waiting(tx, now)
        effects = outbox.counts(tx)
        streams = work.all_cursors(tx)
        preflight = work.get_meta(tx, "preflight") or ""
        compared = reconciliations.last(tx)
        found = Status(
            portal=work.get_meta(tx, "portal_id") or "-",
            org=work.get_meta(tx, "org_id") or "-",
            go_live_at=baseline.go_live_at,
            baseline_at=baseline.baseline_at,
            playbook_version=runs[0].playbook_version if runs else "",
            holder=held[0] if held else "",
            last_run_at=runs[0].ended_at or runs[0].started_at if runs else None,
            last_run_status=runs[0].status if runs else "",
            streams=streams,
            dirty=dirty,
            due=due,
            effects=effects,
            open_holds=len(holds.all_holds(tx)),
            releasable=len(ledger.releasable(tx, 100_000)),
            usage=work.usage_since(tx, f"{now:%Y-%m-%d}"),
            budgets=work.all_budgets(tx),
            problems=(),
            unowned=unowned.unowned(tx).count,
        )
    if chosen is not None:
        found = replace(found, playbook_version=chosen.was or chosen.works.id)
    troubles = [text for text in (chosen.trouble if chosen else "", not_valid) if text]
    troubles += reconciled.troubles(compared, now)
    return _with_problems(found, now, stale_after, preflight, troubles)


def _with_problems(
    found: Status, now: datetime, stale_after: timedelta, preflight: str, troubles: list[str]
) -> Status:
    problems = [*troubles, *(f"nothing is written: {line}" for line in preflight.splitlines())]
    for row in found.streams:
        name = f"{row.system}.{row.stream}"
        if row.state == "failed":
            problems.append(f"{name} failed: {row.note}")
    newest = max((row.updated_at for row in found.streams), default=None)
    if newest is None:
        problems.append("nothing was pulled yet")
    elif now - newest > stale_after:
        problems.append(f"nothing was pulled since {newest:%Y-%m-%d %H:%M} UTC")
    if found.baseline_at is None and newest is not None:
        problems.append("the first load is not complete yet")
    stuck = sum(count for (_s, _k, state), count in found.effects.items() if state == "parked")
    if stuck > found.open_holds:
        problems.append(f"{counted(stuck, 'effect')} parked: syncd errors")
    if found.last_run_status == "halted":
        problems.append("the last run was stopped by a system: syncd errors")
    return Status(**{name: getattr(found, name) for name in Status.__slots__} | {"problems": tuple(problems)})


@dataclass(frozen=True, slots=True)
class Stuck:
    """One cause that holds something up. `then` says what happens by itself afterwards."""

    code: str
    system: str
    message: str
    cure: str
    count: int
    handoffs: int
    since_at: datetime
    then: str

    def as_dict(self) -> dict[str, Any]:
        """The documented shape of one entry of `syncd errors --json`."""
        return {name: getattr(self, name) for name in self.__slots__}


_AGAIN = "It is tried again by itself."
_PROBED = "One of them is tried every 15 minutes; when it goes through, all follow by themselves."
_PERSON = "Settle it with `syncd hold list`; everything else goes on."


_HEALS = "The records get the field by themselves within minutes of the cause being gone."
_STAYS = "The rest of each record is written; the field follows when its value does at the source."
_HEALING = frozenset({"no_option", "no_field", "read_only"})


def _left(group: LeftGroup) -> Stuck:
    """A field that records go without, once for all of them."""
    value = f" (value: {group.value})" if group.value else ""
    name = f"{group.object_type.capitalize()}.{group.field}" if group.system == "salesforce" else group.field
    return Stuck(
        LEFT_OUT,
        group.system,
        f"{name} is left out on {counted(group.records, 'record')}{value}: {group.why}",
        CURES.get(group.code, "correct the value at its source, or map another field"),
        group.records,
        0,
        group.since_at,
        _HEALS if group.code in _HEALING else _STAYS,
    )


LEFT_OUT = "mapping.left_out"
CURES: Mapping[str, str] = {
    "no_option": "add the value to the picklist, or translate it under `values` in mapping.yaml",
    "no_field": "create the field or grant access to it (see `syncd doctor`), or take it out of mapping.yaml",
    "read_only": "grant edit access to the field, or take it out of mapping.yaml",
    "no_currency": "set `currency` under `salesforce` in mapping.yaml to what HubSpot's amounts are in",
    "other_currency": "nothing is converted: map the amount to a field of your own, or leave it to sales",
    "no_country": "correct the country in HubSpot, or translate it under `values` in mapping.yaml",
    "no_state": "correct state and country in HubSpot, or translate the state under `values` in mapping.yaml",
    "too_long": "map a longer field, or shorten the value at its source",
    "no_address": "correct the e-mail address in HubSpot",
}
"""What to do about a field that is left out, by its cause."""


CONTESTED = "hubspot.field_contested"
CONTESTS_SINCE = datetime(2000, 1, 1, tzinfo=UTC)


def _contested(item: Contest) -> Stuck:
    """A field somebody keeps setting where we set it, once for all its contacts."""
    return Stuck(
        CONTESTED,
        item.system,
        f"{item.field} of {counted(item.records, 'contact')} was set again by "
        f"{writer_words(item.by_kind, item.by_name)} after ours was written back",
        "a field has one owner: stop that writer, or give the field up (`lifecycle`, `write: false`)",
        item.records,
        0,
        item.since_at,
        "It is left as it is until the lead moves on; then ours is written once more.",
    )


NO_OWNER = "lead.no_owner"


def _nobodys(found: Unowned) -> list[Stuck]:
    """Leads between the teams: with sales, and nobody there has them."""
    if not found.count or found.since_at is None:
        return []
    shown = ", ".join(str(item) for item in found.lead_ids)
    more = f" and {found.count - len(found.lead_ids)} more" if found.count > len(found.lead_ids) else ""
    who = f"lead {shown}{more}"
    said = f"{counted(found.count, 'lead')} with sales, and nobody active owns a record there: {who}"
    cure = "give the record an active owner in Salesforce; restore one that was deleted, or give it back"
    then = "Known with the next poll; nothing is lost meanwhile, but nobody works on it."
    return [Stuck(NO_OWNER, "salesforce", said, cure, found.count, 0, found.since_at, then)]


NOT_NAMED = "sales.reason_not_named"


def _not_named(said: Said, playbook: Playbook) -> Stuck:
    """A reason of sales that recycle.yaml does not name, once for all who were given back for it."""
    of_deal = said.source == "salesforce.deal"
    where = "lost_reasons" if of_deal else "reasons"
    value = authors.shown_value(said.value) or "(not shown: it may name somebody)"
    return Stuck(
        NOT_NAMED,
        "salesforce",
        f'Sales gave the reason "{value}", which recycle.yaml does not name: it counts as '
        f'"{playbook.feedback.default_reason}"',
        f"name it under feedback, {where}, in recycle.yaml: the value, a colon, and one of the reason codes",
        said.leads,
        0,
        said.since_at,
        "Once it is named, leads still out for it follow its rule.",
    )


def errors_of(store: Store, playbook: Playbook | None = None) -> tuple[Stuck, ...]:
    """One entry per cause, hand-offs first: effects that wait, then records that could not be read; with a
    playbook also what sales says that it does not name."""
    with store.read() as tx:
        groups = outbox.error_groups(tx)
        rejected = work.all_rejects(tx)
        left = [_left(group) for group in authors.groups(tx)]
        left += _nobodys(unowned.unowned(tx))
        if playbook is not None:
            left += [_contested(item) for item in edits.contests(tx, CONTESTS_SINCE)]
            left += [_not_named(said, playbook) for said in chasing.unmapped(tx, playbook)]
    found = [
        Stuck(
            group.code,
            group.system,
            group.message,
            group.cure,
            group.effects,
            group.handoffs,
            group.since_at,
            _PERSON if group.code.startswith("identity.") else _PROBED if group.state == "parked" else _AGAIN,
        )
        for group in groups
    ]
    found += left
    by_code: dict[str, list[Any]] = {}
    for row in rejected:
        by_code.setdefault(row.code, []).append(row)
    for code, rows in sorted(by_code.items()):
        first = rows[0]
        since = min(row.first_at for row in rows)
        found.append(Stuck(code, first.system, first.message, first.cure, len(rows), 0, since, _AGAIN))
    return tuple(found)
