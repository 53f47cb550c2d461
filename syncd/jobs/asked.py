"""Executes what people asked for: rows of `requests`, each once, in the holder's own transaction.

A request is stored with the person's name before anything happens, so that every manual act has one. The
answer is stored beside it; a refused request changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

import sqlalchemy as sa

from syncd.core.model import Detail, Shape, Waiver
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.core.sla.clock import Span, spans
from syncd.core.sla.touches import CORRECTED
from syncd.core.why_not import refusal
from syncd.jobs import answering, assigning, backfill, in_force, limiting, settling, undoing
from syncd.jobs.normalise import fingerprint
from syncd.logs import structlog
from syncd.store import backfills, corrections, holds, ledger, outbox, people, undos, waivers, work
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.work import RequestRow

_log = structlog.get_logger("syncd.asked")


ELSEWHERE = frozenset({"apply_plan", "reconcile"})
"""Verbs that call another system: not carried out here, within one transaction, but by the cycle."""


class Refused(Exception):  # noqa: N818 - an outcome for the person who asked
    """What was asked cannot be done; the message says why and what to do instead."""


def execute_requests(store: Store, token: Token, now: datetime, playbook: Playbook) -> int:
    """Execute every open request, oldest first, under the playbook in force. Returns how many."""
    with store.read() as tx:
        waiting = [item for item in work.open_requests(tx) if item.verb not in ELSEWHERE]
    for request in waiting:
        try:
            with store.write(token) as tx:
                _check_name(request, playbook)
                message = _carry_out(tx, request, now, playbook)
                work.answer(tx, request.request_id, now, "done", message)
        except Refused as why:
            with store.write(token) as tx:
                work.answer(tx, request.request_id, now, "refused", str(why))
        _log.info("request.executed", verb=request.verb, request_id=request.request_id)
    return len(waiting)


def _carry_out(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """Do what is asked; some acts need the playbook in force. Returns the answer."""
    if request.verb in BY_PLAYBOOK:
        return BY_PLAYBOOK[request.verb](tx, request, now, playbook)
    return VERBS[request.verb](tx, request, now)


def _check_name(request: RequestRow, playbook: Playbook) -> None:
    """Only what the playbook knows, and no objection, is set aside, whoever asks and however."""
    if request.verb == "override":
        why = refusal(str(request.arguments["id"]).strip(), playbook)
        if why:
            raise Refused(why)


def _go_live(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    baseline = work.baseline(tx)
    if baseline.baseline_at is None:
        raise Refused("the first load is not complete: run `syncd sync --once` until it is, then go live")
    if baseline.go_live_at is not None:
        raise Refused(f"this profile has been live since {baseline.go_live_at:%Y-%m-%d %H:%M} UTC")
    work.set_meta_at(tx, "go_live_at", now)
    ledger.mark_dirty(tx, outbox.leads_observed(tx), now)  # for nobody else does going live change anything
    forgotten = outbox.cancel_observed(tx, now)
    in_force.at_go_live(tx, request.arguments, request.person, now)
    return f"live from now on; {forgotten} observed writes were dropped, and only newer evidence hands over"


def _rebind(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    for key in ("portal_id", "org_id"):
        found = request.arguments.get(key)
        if found:
            work.set_meta(tx, key, str(found))
    return "bound to the portal and org that answer now"


def _release(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    top = request.arguments.get("top")
    ids = (
        [lead_id for lead_id, _rank in ledger.releasable(tx, int(top))]
        if top
        else [int(lead_id) for lead_id in request.arguments.get("lead_ids", [])]
    )
    count = ledger.release(tx, ids, request.person, now)
    if not count:
        raise Refused("none of these leads waits for release: see `syncd release list`")
    return f"{counted(count, 'lead')} released"


def _resolve_hold(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    hold_id, chosen = int(request.arguments["hold_id"]), str(request.arguments["use"])
    found = next((hold for hold in holds.all_holds(tx) if hold.hold_id == hold_id), None)
    if found is None:
        raise Refused(f"there is no open hold {hold_id}: see `syncd hold list`")
    allowed = [*_answers(found), holds.DECLINED]
    if found.kind == assigning.NO_OWNER and chosen.startswith(("005", "00G")):
        _give(tx, found, chosen, now)
    elif chosen not in allowed or chosen == settling.AN_OWNER:
        raise Refused(f"'{chosen}' does not settle hold {hold_id}; say one of: {', '.join(allowed)}")
    settling.settle(tx, found, chosen, request.person, now)
    if found.effect_id is not None and chosen != holds.DECLINED:
        outbox.reopen(tx, found.effect_id, now)
    if chosen == holds.HAND_OVER:
        name = holds.filter_of(found.kind)
        waivers.give(tx, found.lead_id, Waiver(name, request.person, f"answer to hold {hold_id}"), now)
    if chosen == holds.DECLINED:
        outbox.withdraw(tx, found.lead_id, now)
    if found.kind == holds.UNDONE:
        undos.let_go(tx, [found.lead_id], holds.UNDONE)
    ledger.mark_dirty(tx, [found.lead_id], now)
    return f"hold {hold_id} settled: {chosen}"


def _give(tx: sa.Connection, hold: holds.Hold, owner_id: str, now: datetime) -> None:
    try:
        assigning.give(tx, hold.lead_id, owner_id, now)
    except assigning.NotGiven as why:
        raise Refused(f"{why}; name somebody else, or change routing.yaml") from None


def _answers(hold: holds.Hold) -> list[str]:
    """What may settle a case, besides declining."""
    return [holds.RELEASE] if hold.kind == holds.UNDONE else settling.answers(hold.kind, hold.candidates)


def _take_back_hold(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    hold_id = int(request.arguments["hold_id"])
    done = settling.take_back(tx, hold_id, request.person, now)
    if not done:
        raise Refused(f"hold {hold_id} has no answer of a person to take back: see `syncd hold list --all`")
    return done


def _override(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    """Set aside one filter, gate or need for one lead."""
    lead_id, name = _named_lead(tx, request), str(request.arguments["id"]).strip()
    why = str(request.arguments.get("why", "")).strip()
    if not why:
        raise Refused("say why it is set aside: every override keeps its reason")
    until_at = _moment(request.arguments.get("until_at"))
    if until_at is not None and until_at <= now:
        raise Refused(f"{until_at:%Y-%m-%d %H:%M} UTC is over: name a later end, or none")
    waivers.give(tx, lead_id, Waiver(name, request.person, why, now, until_at), now)
    ledger.mark_dirty(tx, [lead_id], now)
    end = "for good" if until_at is None else f"until {until_at:%Y-%m-%d %H:%M} UTC"
    return f"{name} is set aside for this lead {end}"


def _override_end(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    lead_id, name = _named_lead(tx, request), str(request.arguments["id"]).strip()
    if not waivers.revoke(tx, lead_id, name, request.person, now):
        raise Refused(f"{name} is not set aside for this lead")
    ledger.mark_dirty(tx, [lead_id], now)
    return f"{name} counts again for this lead"


def _sla_correct(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    """When sales first touched a lead, by a manager's word: above what was recorded up to then."""
    lead_id, says = _named_lead(tx, request), str(request.arguments["says"])
    at, why = _moment(request.arguments.get("at")), str(request.arguments.get("why", "")).strip()
    if at is None or at > now:
        raise Refused("say when it was: a moment that is over")
    if not why:
        raise Refused("say why it is corrected: every correction keeps its reason")
    if says not in SAYS:
        raise Refused(f"'{says}' is nothing to correct to; say one of: {', '.join(SAYS)}")
    moves = (row.transition for row in ledger.history(tx, [lead_id]).get(lead_id, ()))
    if not any(_was_with_sales(stay, at) for stay in spans(moves)):
        raise Refused(
            f"sales did not have this lead from us at {at:%Y-%m-%d %H:%M} UTC: see `syncd sla show`"
        )
    shape = Shape(CORRECTED, {"says": says})
    digest = fingerprint(shape.source, shape.attributes)
    said = Detail(title=request.person, quote=why)
    corrections.correct(tx, lead_id, request.request_id, shape, digest, said, at, now)
    ledger.mark_dirty(tx, [lead_id], now)
    return f"on record by {request.person}: {SAYS[says]} {at:%Y-%m-%d %H:%M} UTC"


SAYS: Mapping[str, str] = {
    "contact": "first contact at",
    "attempt": "first try at",
    "none": "no touch up to",
}
"""What a correction may say, in words."""


def _was_with_sales(stay: Span, at: datetime) -> bool:
    """Whether a touch at this moment would be this stay's: from qualifying to its end."""
    return stay.began_at < at and (stay.ended_at is None or at <= stay.ended_at)


def _sla_take_back(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    lead_id = _named_lead(tx, request)
    at = corrections.take_back(tx, lead_id, request.request_id, now)
    if at is None:
        raise Refused("nothing was corrected for this lead")
    ledger.mark_dirty(tx, [lead_id], now)
    return f"the correction of {at:%Y-%m-%d %H:%M} UTC no longer counts; what was recorded does"


def _named_lead(tx: sa.Connection, request: RequestRow) -> int:
    """The lead a request is about; the survivor of one merged since it was asked."""
    lead_id = int(request.arguments["lead_id"])
    known = people.leads_by_id(tx, [lead_id])
    while lead_id in known and known[lead_id].merged_into is not None:
        lead_id = known[lead_id].merged_into or lead_id
    if lead_id not in known or known[lead_id].is_erased:
        raise Refused(f"there is no lead {lead_id} any more")
    return lead_id


def _moment(text: object) -> datetime | None:
    """A moment in ISO form, UTC where it names no zone."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Refused(f"'{text}' is no date: write it like 2026-03-31") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _retry(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    count = outbox.redrive(tx, [str(request.arguments["code"])], now)
    if not count:
        raise Refused("nothing is parked for this cause: see `syncd errors`")
    return f"to be tried again: {counted(count, 'effect')}"


def _pause(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    work.set_meta(tx, f"paused_{request.arguments['direction']}", request.person)
    return f"{request.arguments['direction']} paused"


def _resume(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    work.set_meta(tx, f"paused_{request.arguments['direction']}", "")
    return f"{request.arguments['direction']} resumed"


def _apply_playbook(tx: sa.Connection, request: RequestRow, now: datetime) -> str:
    try:
        return in_force.apply(tx, request.arguments, request.person, now)
    except in_force.NotNow as why:
        raise Refused(str(why)) from None


VERBS: Mapping[str, Callable[[sa.Connection, RequestRow, datetime], str]] = {
    "go_live": _go_live,
    "apply_playbook": _apply_playbook,
    "rebind": _rebind,
    "release": _release,
    "resolve_hold": _resolve_hold,
    "take_back_hold": _take_back_hold,
    "override": _override,
    "override_end": _override_end,
    "sla_correct": _sla_correct,
    "sla_take_back": _sla_take_back,
    "retry": _retry,
    "pause": _pause,
    "resume": _resume,
}
"""Every verb a person may ask for, but for those that need the playbook."""


ByPlaybook: TypeAlias = Callable[[sa.Connection, RequestRow, datetime, Playbook], str]


def _queued(act: ByPlaybook) -> ByPlaybook:
    """An act on what is held back; refused where nothing is."""

    def carried_out(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
        try:
            return act(tx, request, now, playbook)
        except limiting.NothingHeld as why:
            raise Refused(str(why)) from None

    return carried_out


def _undo(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    try:
        return undoing.undo(tx, request, now, playbook)
    except undoing.NotUndone as why:
        raise Refused(str(why)) from None


def _answer(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """Sales' answer by a link in an alert."""
    try:
        return answering.answer(tx, request, now, playbook)
    except answering.TooLate as why:
        raise Refused(str(why)) from None


def _backfill(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """One mapped field is to be written again on every record handed over."""
    word, name = str(request.arguments.get("object", "")), str(request.arguments["field"])
    found = backfill.named(f"{word}.{name}" if word else name, playbook)
    if found is None:
        raise Refused(f"mapping.yaml writes no field '{name}' in Salesforce")
    count = backfills.count_handed_over(tx)
    if not count:
        raise Refused("nothing was handed over yet")
    if backfills.begin(tx, *found, request.person, request.request_id, now) is None:
        raise Refused(f"{name} is being written again already: `syncd backfill` shows how far it is")
    return f"{name} is written again on what was handed over: {counted(count, 'lead')}"


BY_PLAYBOOK: Mapping[str, Callable[[sa.Connection, RequestRow, datetime, Playbook], str]] = {
    "undo": _undo,
    "queue_release": _queued(limiting.release),
    "queue_drop": _queued(limiting.drop),
    "accept": _answer,
    "give_back": _answer,
    "backfill": _backfill,
}
"""Verbs that are carried out under the playbook in force."""
