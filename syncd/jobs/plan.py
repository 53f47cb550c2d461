"""Makes a plan: every step that the next delivery would take, kept with what it was seen on, and summed up.

Needs no lease: it writes its own rows and nothing else, and reads both systems without the share of calls
that belongs to fresh SQLs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from syncd.core.blast import BlastLimit
from syncd.core.desk import short
from syncd.core.model import System
from syncd.core.playbook import Playbook
from syncd.jobs import limiting
from syncd.jobs.foresee import Foresight
from syncd.jobs.foreseen import LEAVES, Act, Foreseen
from syncd.ports import Budget, Clock, Target
from syncd.store import capacity, plans, queue, work
from syncd.store.engine import Store
from syncd.store.plans import PlanRow


def make(
    store: Store,
    targets: Mapping[System, Target],
    playbook: Playbook,
    clock: Clock,
    person: str,
    blast: BlastLimit | None = None,
) -> PlanRow:
    """A new plan, whole. One that cannot be made leaves nothing. `blast` is how much may go out at once when
    nobody has looked."""
    look = Foresight(store, targets, playbook, clock)
    with store.write(None) as tx:
        is_live = work.baseline(tx).go_live_at is not None
        plan_id = plans.begin(tx, person, playbook.version, look.now, is_live=is_live)
    try:
        count = 0
        for steps in look.batches():
            with store.write(None) as tx:
                plans.add_steps(tx, plan_id, count, [_row(step) for step in steps])
            count += len(steps)
        with store.write(None) as tx:
            summary = _summary(tx, look, playbook) | {"bulk": _bulk(tx, look, blast or BlastLimit())}
            plans.complete(tx, plan_id, summary)
            made = plans.plan(tx, plan_id)
    except BaseException:
        with store.write(None) as tx:
            plans.discard(tx, plan_id)
        raise
    assert made is not None, "just made"
    return made


def _row(step: Foreseen) -> dict[str, Any]:
    return {
        "system": step.system,
        "kind": step.kind,
        "target": step.target,
        "lead_id": step.lead_id,
        "act": str(step.act),
        "payload_hash": step.payload_hash,
        "decided_at": step.decided_at,
        "step": step.content(),
    }


# --- summed up -------------------------------------------------------------------------------------------


def _summary(tx: sa.Connection, look: Foresight, playbook: Playbook) -> dict[str, Any]:
    """Counts, calls and people, without anything about a lead."""
    seen = look.seen
    acts = Counter[str]()
    by_kind: dict[str, dict[str, int]] = {}
    for (system, kind, act), count in sorted(seen.acts.items()):
        acts[str(act)] += count
        by_kind.setdefault(f"{system}.{kind}", {})[str(act)] = count
    return {
        "writes": sum(acts[act] for act in LEAVES),
        "fields": seen.fields,
        "leads": len(seen.leads),
        "acts": {str(act): acts[act] for act in Act},
        "by_kind": by_kind,
        "calls": _calls(tx, look),
        "alerts": dict(sorted(seen.alerts.items())),
        "new_leads": _owners(tx, look, playbook),
        "held_back": dict(sorted(seen.held_back.items())),
        "unread": [
            {"system": system, "code": failure.code, "message": failure.message, "cure": failure.cure}
            for system, failure in sorted(seen.unread.items())
        ],
        "decided": seen.decided,
        "undecided": seen.undecided,
        "paused": bool(work.get_meta(tx, "paused_push")),
        "reading_paused": bool(work.get_meta(tx, "paused_pull")),
        "baseline": work.baseline(tx).baseline_at is not None,
    }


def _bulk(tx: sa.Connection, look: Foresight, blast: BlastLimit) -> dict[str, Any]:
    """For how many leads the writes are bulk, and how many of them an ordinary run would write for."""
    concerned = sorted(look.seen.leads)
    decisive = queue.asked_for(tx, concerned, look.now - limiting.DECIDED_WITHIN)
    return {"leads": len(concerned) - len(decisive), "allowed": blast.allowed(queue.kept_leads(tx))}


def _calls(tx: sa.Connection, look: Foresight) -> list[dict[str, Any]]:
    """Per system what was read for the plan, and what applying it takes: everything read twice more, once to
    see that nothing has moved and once before it is written."""
    seen, budgets = look.seen, look.budgets()
    for row in work.all_budgets(tx):  # as the daemon saw them last, where this look was told nothing
        known = budgets.get(System(row.system), ())
        if not any(item.name == row.name for item in known):
            budget = Budget(System(row.system), row.name, row.used, row.limit_value, row.window_name)
            budgets[System(row.system)] = (*known, budget)
    systems = sorted(({*seen.reading, *seen.writing} & budgets.keys()) - {System.NOTIFY})  # no limit there
    return [
        {
            "system": str(system),
            "read": seen.reading[system],
            "needed": 2 * seen.reading[system] + seen.writing[system] if seen.writing[system] else 0,
            "left": [_left(budget) for budget in budgets[system]],
        }
        for system in systems
    ]


def _left(budget: Budget) -> dict[str, Any]:
    return {
        "name": budget.name,
        "window": budget.window,
        "limit": budget.limit,
        "left": max(0, budget.limit - budget.used),
    }


def is_short(calls: Mapping[str, Any]) -> bool:
    """Whether applying a plan needs more calls of a system than it has left today."""
    return any(item["window"] == "day" and calls["needed"] > item["left"] for item in calls["left"])


def _owners(tx: sa.Connection, look: Foresight, playbook: Playbook) -> list[dict[str, Any]]:
    """Who gets how many new leads, and whether that is more than the playbook lets them have."""
    seen = look.seen
    names = plans.owner_names(tx, [owner for owner in seen.owners if owner])
    loads = capacity.loads(tx, look.now, playbook.time_zone)
    in_hand = {short(owner): load for owner, load in loads.items()}
    pool = playbook.routing.round_robin.pool if playbook.routing.round_robin else ()
    most = {short(member.user): member for member in pool}
    found: list[dict[str, Any]] = []
    for owner, count in sorted(seen.owners.items(), key=lambda item: (-item[1], item[0])):
        load, member = in_hand.get(short(owner)), most.get(short(owner))
        open_then = (load.open if load else 0) + seen.undecided_owners[owner]
        today = (load.today if load else 0) + seen.undecided_owners[owner]
        over = member is not None and (
            (member.open_max is not None and open_then > member.open_max)
            or (member.per_day_max is not None and today > member.per_day_max)
        )
        found.append(
            {
                "owner": owner,
                "name": names.get(owner, "") if owner else "",
                "count": count,
                "in_hand": open_then,
                "open_max": member.open_max if member else None,
                "per_day_max": member.per_day_max if member else None,
                "over": over,
            }
        )
    return found
