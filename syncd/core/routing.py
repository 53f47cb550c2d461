"""Who is to own a hand-off: the steps of the playbook in their order, the first that names somebody who may.

What is there comes first: an owner whom the person's record has already stays. Then the steps the playbook
orders, then its mode: the org's own rules, another router, or a named owner. Whoever is passed over is noted
with the reason, so that every choice can be explained. A rule whose answer is unknown is not true, so nothing
is routed on data that is missing. `choose` is a function of the lead, the desk and the moment, and nothing
else: the loads of the desk hold the order of turns, so two leads of one moment never take the same turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from syncd.core import owned
from syncd.core.compiled import compiled
from syncd.core.desk import QUEUE_PREFIX, Assignment, Colleague, Desk, Load, Skipped, Step, short
from syncd.core.instants import to_ms
from syncd.core.lead import Lead
from syncd.core.model import SalesRecord, Signal, Snapshot
from syncd.core.playbook import BusinessHours, Playbook, PoolMember, Test
from syncd.core.sla.calendar import due_at

Holds = Callable[[Test], bool]

SKIPPED_MAX = 40
PUT_BACK = "put_back"
"""Why a queue that has the record is passed over: it may have it all the same."""
MEETING = "hubspot.meeting"
NOT_TO_BE = frozenset({"no_show", "canceled", "cancelled", "completed", "rescheduled"})
"""Outcomes of a meeting that will not take place any more (hs_meeting_outcome), in lower case."""


def owner_id(snapshot: Snapshot, pass_number: int, playbook: Playbook, now: datetime) -> str:
    """The Salesforce user or queue that gets this pass: who was chosen, else who would be by the rules alone;
    blank where the org's own rules choose."""
    chosen = assigned(snapshot, pass_number)
    if chosen is not None:
        return chosen.owner_id
    routing = playbook.routing
    if Step.TERRITORY in routing.order:
        holds = answers(snapshot, playbook, now)
        named = next((owner for test, owner in routing.rules if holds(test)), "")
        if named:
            return named
    return routing.router.starts_with if routing.router else routing.owner_id


def assigned(snapshot: Snapshot, pass_number: int) -> Assignment | None:
    """The choice made for this pass, if one was."""
    chosen = snapshot.assignment
    return chosen if chosen is not None and chosen.pass_number == pass_number else None


def answers(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Holds:
    """Whether a test holds for this lead now; unknown is no. The lead is looked at once a test is asked."""
    lead: Lead | None = None

    def holds(test: Test) -> bool:
        nonlocal lead
        if lead is None:
            lead = Lead(snapshot, compiled(playbook))
            lead.advance(to_ms(now))
        view = lead.at(to_ms(now)).view
        return view.book.holds(test, view) is True

    return holds


# --- the choice ------------------------------------------------------------------------------------------


class Named(NamedTuple):
    """Whom a step names, and what it goes by."""

    owner_id: str
    about: str = ""
    code: str = ""


_Try = Iterator[Named | Skipped]


def choose(
    snapshot: Snapshot,
    pass_number: int,
    playbook: Playbook,
    desk: Desk,
    now: datetime,
    *,
    given_up: Skipped | None = None,
) -> Assignment:
    """Who gets this pass. With `Step.NOBODY` nobody may have it now: it waits, and is asked again. `given_up`
    says why another router, which comes first where there is one, is not asked any more."""
    skipped: list[Skipped] = [] if given_up is None else [given_up]

    def made(step: Step, named: Named) -> Assignment:
        return Assignment(
            pass_number=pass_number,
            owner_id=named.owner_id,
            step=str(step),
            chosen_at=now,
            code=named.code,
            about=named.about,
            skipped=tuple(skipped[:SKIPPED_MAX]),
            employer=desk.employers.get(snapshot.lead_id),
        )

    case = _Case(snapshot, playbook, desk, now)
    routing = playbook.routing
    for step in steps(snapshot, playbook, is_routed=given_up is not None):
        for found in case.ask(step):
            if isinstance(found, Named):
                return made(step, found)
            skipped.append(found)
    is_left = any(item.step == Step.PRESENT and item.code != PUT_BACK for item in skipped)
    if routing.mode == "org_rules" and not is_left:  # the rules choose for new Leads only
        return made(Step.ORG_RULES, Named(""))
    for step, owner in ((Step.NAMED, routing.owner_id), (Step.QUEUE, routing.queue_id)):
        why = case.unfit(owner) if owner else ""
        if owner and not why:
            return made(step, Named(case.full(owner)))
        if owner:
            skipped.append(Skipped(step, why, owner))
    return made(Step.NOBODY, Named(""))


def steps(snapshot: Snapshot, playbook: Playbook, *, is_routed: bool) -> tuple[Step, ...]:
    """The steps in the order they are asked: once a router has had its time, without what came before it."""
    ordered = tuple(Step(name) for name in playbook.routing.order)
    if is_routed:
        return ordered
    own = (Step.PRESENT, *((Step.ACCOUNT_OWNER,) if _goes_to_account(snapshot, playbook) else ()))
    routed = () if playbook.routing.router is None else (Step.ROUTER,)
    return tuple(dict.fromkeys((*own, *routed, *ordered)))


def _goes_to_account(snapshot: Snapshot, playbook: Playbook) -> bool:
    """Whether they become a Contact of an Account, and belong to who owns that."""
    cases = playbook.routing.cases
    in_deal = snapshot.account_open_deal and cases.deal_colleague == "contact"
    of_customer = snapshot.account_is_customer and cases.customer_colleague == "contact"
    return cases.contact_owner == "account" and (in_deal or of_customer)


def taken(desk: Desk, chosen: Assignment, lead_id: int, name: str = "") -> Desk:
    """The desk after this choice: one more in hand, the turn taken, a colleague in hand for who comes next
    from the company."""
    loads = dict(desk.loads)
    if chosen.owner_id:
        load = desk.load(chosen.owner_id)
        turn = max((item.turn for item in desk.loads.values()), default=0) + 1
        loads[short(chosen.owner_id)] = Load(load.open + 1, load.today + 1, turn, chosen.chosen_at)
    mine = desk.employers.get(lead_id) or chosen.employer
    if mine is None or not chosen.owner_id:
        return replace(desk, loads=loads)
    joined = Colleague(lead_id, chosen.owner_id, chosen.chosen_at, name)
    employers = {
        other: replace(item, colleagues=(*item.colleagues, joined))
        if item.key == mine.key and other != lead_id
        else item
        for other, item in desk.employers.items()
    }
    return replace(desk, loads=loads, employers=employers)


class _Case:
    """One lead to be given to somebody."""

    def __init__(self, snapshot: Snapshot, playbook: Playbook, desk: Desk, now: datetime) -> None:
        self.snapshot, self.playbook, self.desk, self.now = snapshot, playbook, desk, now
        self.holds = answers(snapshot, playbook, now)
        self._is_contact = any(
            item.ref.object == "contact" and _is_open(item) for item in snapshot.sales_records
        )
        self._steps: dict[Step, Callable[[], _Try]] = {
            Step.PRESENT: self._present,
            Step.LAST_OWNER: self._last_owner,
            Step.MEETING_HOST: self._meeting_host,
            Step.SAME_COMPANY: self._same_company,
            Step.ACCOUNT_OWNER: self._account_owner,
            Step.TERRITORY: self._territory,
            Step.ROUND_ROBIN: self._round_robin,
            Step.QUEUE: self._queue,
            Step.ROUTER: self._router,
        }

    def ask(self, step: Step) -> _Try:
        """What the step says: whom it passes over, in turn, and whom it names, at most one."""
        return self._steps[step]()

    def unfit(self, owner_id: str) -> str:
        if owner_id.startswith(QUEUE_PREFIX) and self._is_contact:
            return "no_contacts"  # "Contact", OwnerId, Object Reference: a user
        return self.desk.unfit(owner_id)

    def full(self, owner_id: str) -> str:
        """The id as Salesforce writes it, where the user is known."""
        user = self.desk.user(owner_id)
        return owner_id if user is None else user.id

    def _fit(self, step: Step, owner_id: str, about: str = "", code: str = "") -> Named | Skipped:
        why = self.unfit(owner_id)
        return Skipped(step, why, owner_id) if why else Named(self.full(owner_id), about, code)

    # --- the steps ---------------------------------------------------------------------------------------

    def _present(self) -> _Try:
        """Records sales has already keep their owner; not one who has left, nor a queue that somebody given
        back was put into, where whoever had them last is to be asked."""
        open_records = [item for item in self.snapshot.sales_records if _is_open(item)]
        for record in sorted(open_records, key=lambda item: (item.ref.object != "contact", item.ref)):
            owner = record.fields.get("OwnerId", "")
            if owner.startswith(QUEUE_PREFIX) and self._asks_last_owner():
                yield Skipped(Step.PRESENT, PUT_BACK, owner)
            elif owner:
                yield self._fit(Step.PRESENT, owner, str(record.ref))

    def _asks_last_owner(self) -> bool:
        is_asked = Step.LAST_OWNER in self.playbook.routing.order
        return is_asked and owned.last_pass_ended_at(self.snapshot) is not None

    def _last_owner(self) -> _Try:
        """Whoever had the person in the last pass: they know each other."""
        owner = owned.last_owner(self.snapshot)
        if not owner:
            yield Skipped(Step.LAST_OWNER, "no_pass")
        elif owner.startswith(QUEUE_PREFIX):
            yield Skipped(Step.LAST_OWNER, "was_in_queue", owner)
        else:
            yield self._fit(Step.LAST_OWNER, owner)

    def _meeting_host(self) -> _Try:
        meeting = next_meeting(self.snapshot, self.now)
        if meeting is None:
            yield Skipped(Step.MEETING_HOST, "no_meeting")
            return
        host = meeting.shape.attributes.get("host", "")
        owner = self.desk.hosts.get(host, "")
        if not owner:
            yield Skipped(Step.MEETING_HOST, "no_host" if not host else "host_unknown", host)
            return
        yield self._fit(Step.MEETING_HOST, owner, meeting.occurred_at.isoformat())

    def _same_company(self) -> _Try:
        employer = self.desk.employers.get(self.snapshot.lead_id)
        colleagues = employer.colleagues if employer else ()
        if not colleagues:
            yield Skipped(Step.SAME_COMPANY, "no_colleague")
        for item in colleagues:
            user = self.desk.user(item.owner_id)
            if user is not None and user.is_queue:
                yield Skipped(Step.SAME_COMPANY, "in_queue", item.owner_id)
            else:
                about, code = (item.deal, "deal") if item.deal else (str(item.lead_id), "")
                yield self._fit(Step.SAME_COMPANY, item.owner_id, about, code)

    def _account_owner(self) -> _Try:
        owned = [item for item in self.snapshot.account_records if item.fields.get("OwnerId")]
        if not owned:
            yield Skipped(Step.ACCOUNT_OWNER, "no_account")
        for account in sorted(owned, key=lambda item: item.ref):
            yield self._fit(Step.ACCOUNT_OWNER, account.fields["OwnerId"], str(account.ref))

    def _territory(self) -> _Try:
        is_any = False
        for number, (test, owner) in enumerate(self.playbook.routing.rules, start=1):
            if self.holds(test):
                is_any = True
                yield self._fit(Step.TERRITORY, owner, str(number))
        if not is_any and self.playbook.routing.rules:
            yield Skipped(Step.TERRITORY, "no_rule")

    def _queue(self) -> _Try:
        if self.playbook.routing.queue_id:
            yield self._fit(Step.QUEUE, self.playbook.routing.queue_id)

    def _router(self) -> _Try:
        router = self.playbook.routing.router
        if router is not None:
            yield self._fit(Step.ROUTER, router.starts_with)

    # --- turns -------------------------------------------------------------------------------------------

    def _round_robin(self) -> _Try:
        rota = self.playbook.routing.round_robin
        if rota is None:
            return
        free: list[tuple[datetime, PoolMember]] = []
        for member in rota.pool:
            why = self._busy(member)
            if why:
                yield Skipped(Step.ROUND_ROBIN, why, member.user)
            else:
                free.append((due_at(self.now, hours_of(member, self.playbook), 0), member))
        there = [item for item in free if item[0] <= self.now]
        if not there and rota.out_of_hours == "skip":
            for _at, member in free:
                yield Skipped(Step.ROUND_ROBIN, "closed", member.user)
            return
        first = min((at for at, _member in free), default=self.now)
        waiting = [member for at, member in (there or free) if at <= max(first, self.now)]
        for _at, member in free if waiting else ():
            if member not in waiting:
                yield Skipped(Step.ROUND_ROBIN, "closed", member.user)
        if waiting:
            chosen = min(waiting, key=lambda member: self._turn(member, rota.pick))
            code = "longest_since" if rota.pick == "longest_since" else "lowest_load"
            yield Named(self.full(chosen.user), "" if there else "next_to_open", code)

    def _turn(self, member: PoolMember, pick: str) -> tuple[int, ...]:
        """Whose turn is smaller comes first; of those who never had one, as the pool names them."""
        load = self.desk.load(member.user)
        pool = self.playbook.routing.round_robin.pool if self.playbook.routing.round_robin else ()
        place = pool.index(member)
        return (load.turn, place) if pick == "longest_since" else (load.open, load.turn, place)

    def _busy(self, member: PoolMember) -> str:
        """Why this member takes no turn now; blank where they may."""
        why = self.unfit(member.user)
        if why:
            return why
        if member.when is not None and not self.holds(member.when):
            return "not_theirs"
        load = self.desk.load(member.user)
        if member.open_max is not None and load.open >= member.open_max:
            return "full"
        if member.per_day_max is not None and load.today >= member.per_day_max:
            return "full_today"
        return ""


def hours_of(member: PoolMember, playbook: Playbook) -> BusinessHours:
    """When this member works: the hours of their team, else everybody's."""
    teams = (team.hours for team in playbook.sla.teams if team.id == member.team)
    return next(teams, playbook.sla.hours)


def capacities(playbook: Playbook) -> dict[str, tuple[int | None, int | None]]:
    """How many each member of the pool may have, open and per day, by `short` id; None is no bound."""
    rota = playbook.routing.round_robin
    return {short(item.user): (item.open_max, item.per_day_max) for item in rota.pool} if rota else {}


def next_meeting(snapshot: Snapshot, now: datetime) -> Signal | None:
    """The next meeting of this person that is to take place."""
    return next(iter(meetings_ahead(snapshot, now)), None)


def meetings_ahead(snapshot: Snapshot, now: datetime) -> list[Signal]:
    """The meetings of this person that are to take place, the next first."""
    ahead = (
        item
        for item in snapshot.signals
        if item.shape.source == MEETING
        and item.occurred_at > now
        and item.shape.attributes.get("outcome", "") not in NOT_TO_BE
    )
    return sorted(ahead, key=lambda item: (item.occurred_at, item.key))


def _is_open(record: SalesRecord) -> bool:
    return not record.is_deleted and record.fields.get("IsConverted", "false") != "true"
