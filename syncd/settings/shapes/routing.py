"""The shape of routing.yaml: who owns what is handed over, and what record it becomes."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from syncd.settings.shapes.base import Block, TeamRef, key, refuse
from syncd.settings.shapes.conditions import RoutingCondition

# User ids begin with 005, queue ids with 00G: Salesforce, Object Reference, User and Group.
_OWNER = re.compile(r"(005|00G)[A-Za-z0-9]{12}([A-Za-z0-9]{3})?")


def _owner_id(value: str) -> str:
    if not _OWNER.fullmatch(value):
        raise refuse(
            f"'{value[:60]}' is not the id of a Salesforce user or queue",
            "15 or 18 letters and digits that begin with 005 (user) or 00G (queue), in quotes",
            'owner: "005000000000001AAA"',
        )
    return value


OwnerId = Annotated[str, AfterValidator(_owner_id)]


def _is_user(value: str) -> str:
    if not value.startswith("005"):
        raise refuse(
            f"'{value[:60]}' is the id of a queue, and only people take turns",
            "the id of a user, which begins with 005",
            'user: "005000000000001AAA"',
        )
    return value


def _is_queue(value: str) -> str:
    if not value.startswith("00G"):
        raise refuse(
            f"'{value[:60]}' is the id of a user, not of a queue",
            "the id of a queue, which begins with 00G; a user goes under `owner`",
            'queue: "00G000000000001AAA"',
        )
    return value


class RouteShape(Block):
    """One rule: who gets whom."""

    when: RoutingCondition = key("Whom it is for", "when: {field: company.country, is: [Germany, Austria]}")
    owner: OwnerId = key("Salesforce id of a user or queue", 'owner: "00G000000000001AAA"')


class MemberShape(Block):
    """One user who takes turns."""

    user: Annotated[OwnerId, AfterValidator(_is_user)] = key(
        "Salesforce id of the user", 'user: "005000000000001AAA"'
    )
    team: TeamRef | None = key(
        "Whose hours they work: a team of sla.yaml; without, everybody's", "team: us", default=None
    )
    open_limit: int | None = key(
        "Most open hand-overs at a time; without, as for the whole pool", "open_limit: 20",
        default=None, ge=1, le=10_000,
    )  # fmt: skip
    per_day_limit: int | None = key(
        "Most hand-overs a day; without, as for the whole pool", "per_day_limit: 5",
        default=None, ge=1, le=10_000,
    )  # fmt: skip
    when: RoutingCondition | None = key(
        "Whose leads they take; without, anybody's", "when: {field: person.country, is: [US, CA]}",
        default=None,
    )  # fmt: skip


class RoundRobinShape(Block):
    """Turns among some users."""

    pool: list[MemberShape] = key(
        "Who takes turns", 'pool: [{user: "005000000000001AAA"}]', min_length=1, max_length=500
    )
    pick: Literal["longest_since", "lowest_load"] = key(
        "Whose turn it is: who has waited longest, or who has the fewest open ones",
        "pick: longest_since",
        default="longest_since",
    )
    out_of_hours: Literal["next_to_open", "skip"] = key(
        "While nobody is at work: who opens next gets it, or the next step is asked",
        "out_of_hours: next_to_open",
        default="next_to_open",
    )
    open_limit: int | None = key(
        "Most open hand-overs of one user", "open_limit: 30", default=None, ge=1, le=10_000
    )
    per_day_limit: int | None = key(
        "Most hand-overs of one user a day", "per_day_limit: 8", default=None, ge=1, le=10_000
    )

    @model_validator(mode="after")
    def _once_each(self) -> RoundRobinShape:
        seen: set[str] = set()
        for member in self.pool:
            if member.user[:15] in seen:
                raise refuse(
                    f"{member.user} stands in the pool twice: each user takes one turn",
                    "each user once",
                    'pool: [{user: "005000000000001AAA"}]',
                )
            seen.add(member.user[:15])
        return self


class RouterShape(Block):
    """Another router, which chooses in Salesforce."""

    starts_with: OwnerId = key(
        "The user or queue it takes new Leads from", 'starts_with: "00G000000000001AAA"'
    )
    wait_minutes: int = key(
        "Minutes it has to choose before the steps of `order` do",
        "wait_minutes: 15",
        default=15,
        ge=1,
        le=1440,
    )


StepName = Literal[
    "last_owner", "meeting_host", "same_company", "account_owner", "territory", "round_robin", "queue"
]


class CasesShape(Block):
    """Whether somebody becomes a Lead or a Contact, case by case."""

    customer_colleague: Literal["contact", "lead", "hold"] = key(
        "Somebody new from a company that is a customer", "customer_colleague: contact", default="contact"
    )
    deal_colleague: Literal["contact", "lead", "hold"] = key(
        "Somebody new from a company with an open opportunity", "deal_colleague: contact", default="contact"
    )
    in_deal: Literal["activity", "hold"] = key(
        "Somebody an open opportunity names: a task and a message, or a case for a person",
        "in_deal: activity",
        default="activity",
    )
    contact_owner: Literal["account", "routing"] = key(
        "Who owns a Contact we create: the Account's owner, or whoever the rules here name",
        "contact_owner: account",
        default="account",
    )


class RoutingFile(Block):
    """routing.yaml: who owns what is handed over."""

    mode: Literal["org_rules", "router", "owner"] = key(
        "Let the org's own assignment rules choose, another router, or name an owner",
        "mode: org_rules",
        default="org_rules",
    )
    owner: OwnerId | None = key(
        "Who gets everybody no step names (mode owner or router)",
        'owner: "005000000000001AAA"',
        default=None,
    )
    order: list[StepName] | None = key(
        "Which steps are asked for an owner, in this order; without, the order of the mode",
        "order: [meeting_host, same_company, account_owner, territory, round_robin, queue]",
        default=None,
        max_length=7,
    )
    rules: list[RouteShape] = key(
        "Territories: the first that holds wins", "rules: [{when: ..., owner: ...}]",
        default=[], max_length=200,
    )  # fmt: skip
    round_robin: RoundRobinShape | None = key(
        "Turns among some users", 'round_robin: {pool: [{user: "005000000000001AAA"}]}', default=None
    )
    queue: Annotated[OwnerId, AfterValidator(_is_queue)] | None = key(
        "The queue for whom no other step names anybody", 'queue: "00G000000000001AAA"', default=None
    )
    router: RouterShape | None = key(
        "The other router (mode router)", 'router: {starts_with: "00G000000000001AAA"}', default=None
    )
    cases: CasesShape = key(
        "Lead or Contact, case by case", "cases: {customer_colleague: contact}", default=CasesShape()
    )

    @model_validator(mode="after")
    def _owner_named(self) -> RoutingFile:
        if self.mode == "owner" and self.owner is None and self.queue is None:
            raise refuse(
                "mode owner needs to say who: nobody would own what no rule names",
                "owner: the Salesforce id of a user or queue",
                'owner: "005000000000001AAA"',
            )
        if self.mode == "org_rules" and self.owner is not None:
            raise refuse("with mode org_rules Salesforce chooses, so `owner` means nothing", "mode: owner")
        if self.mode == "router" and self.router is None:
            raise refuse(
                "mode router needs to say where the router takes its Leads from",
                "router: with the user or queue they begin with",
                'router: {starts_with: "00G000000000001AAA"}',
            )
        if self.mode != "router" and self.router is not None:
            raise refuse(f"with mode {self.mode} no router is waited for", "mode: router")
        return self

    @model_validator(mode="after")
    def _steps_have_what_they_need(self) -> RoutingFile:
        order = self.order
        if order is None:
            return self
        if len(set(order)) != len(order):
            raise refuse("a step stands in `order` twice", "each step once", "order: [territory, queue]")
        lacking = {"round_robin": self.round_robin, "queue": self.queue}
        for name, present in lacking.items():
            if name in order and present is None:
                raise refuse(
                    f"`order` asks `{name}`, and there is none", f"{name}: ...", f"order: [{order[0]}]"
                )
            if name not in order and present is not None and name != "queue":
                raise refuse(
                    f"`{name}` is never asked: `order` does not name it",
                    f"an order with {name} in it",
                    f"order: [{', '.join([*order, name])}]",
                )
        if self.rules and "territory" not in order:
            raise refuse(
                "the rules are never asked: `order` does not name territory", "an order with territory in it"
            )
        return self
