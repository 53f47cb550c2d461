"""Turns a validated routing.yaml into the core's terms: the order of steps, and who takes turns."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.core.desk import Step
from syncd.core.playbook import Cases, PoolMember, RoundRobin, Router, Routing
from syncd.settings.criteria import Terms, test_of
from syncd.settings.shapes.routing import RoundRobinShape, RoutingFile

ORDERS: Mapping[str, tuple[Step, ...]] = {
    # Who already has something with the person comes before the org's own rules; all else is theirs.
    "org_rules": (Step.MEETING_HOST, Step.SAME_COMPANY, Step.TERRITORY),
    "router": (Step.MEETING_HOST, Step.SAME_COMPANY, Step.ACCOUNT_OWNER, Step.TERRITORY),
    "owner": (Step.MEETING_HOST, Step.SAME_COMPANY, Step.ACCOUNT_OWNER, Step.TERRITORY),
}
"""Steps of each mode where the file names no order; turns and the queue follow where they are set."""


def routing_of(file: RoutingFile, terms: Terms) -> Routing:
    """Who owns what is handed over."""
    return Routing(
        mode=file.mode,
        owner_id=file.owner or "",
        rules=tuple((test_of(rule.when, terms), rule.owner) for rule in file.rules),
        order=_order(file),
        round_robin=None if file.round_robin is None else _turns(file.round_robin, terms),
        queue_id=file.queue or "",
        router=None if file.router is None else Router(file.router.starts_with, file.router.wait_minutes),
        cases=Cases(**file.cases.model_dump()),
    )


def _order(file: RoutingFile) -> tuple[str, ...]:
    if file.order is not None:
        return tuple(file.order)
    # Asked before the org's rules, the queue would leave them nothing: it has whom somebody left behind.
    has_queue = file.queue is not None and file.mode != "org_rules"
    given = {Step.ROUND_ROBIN: file.round_robin is not None, Step.QUEUE: has_queue}
    added = (step for step, is_set in given.items() if is_set)
    return tuple(str(step) for step in (*ORDERS[file.mode], *added))


def _turns(shape: RoundRobinShape, terms: Terms) -> RoundRobin:
    pool = tuple(
        PoolMember(
            user=member.user,
            team=member.team or "",
            open_max=member.open_limit or shape.open_limit,
            per_day_max=member.per_day_limit or shape.per_day_limit,
            when=None if member.when is None else test_of(member.when, terms),
        )
        for member in shape.pool
    )
    return RoundRobin(pool, shape.pick, shape.out_of_hours)
