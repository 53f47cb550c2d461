"""Who does what next, by when: one sentence per lead, decided by where it stands and what it last did.

Fixed wording over facts, so that the same lead always gets the same advice. The short form fits a task's
subject; the long one names the date, and what to find out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from syncd.core import confirming, reach, tracks
from syncd.core.headline import EVANGELIST
from syncd.core.lifecycle_stage import is_won_or_open
from syncd.core.model import Snapshot, Stage, Standing, Verdict
from syncd.core.optout import is_opted_out
from syncd.core.origin import may_not_be_called
from syncd.core.playbook import Playbook
from syncd.core.recycling import way_words
from syncd.core.sla import clock
from syncd.core.story import Moment, day, moment

STEP_CHARS_MAX = 255
"""Length of `Syncd_Next_Step__c` in the default mapping."""

_BY_SOURCE = {
    "hubspot.meeting_booked": ("prepare the meeting", "Confirm the booked meeting and prepare it"),
    "hubspot.email_reply": ("answer the reply", "Answer the reply personally"),
    "hubspot.email": ("answer the e-mail", "Answer the e-mail personally"),
    "hubspot.communication": ("answer the message", "Answer the message personally"),
}
"""What answers a fact of this source best: as asked, not with something else."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """`short` for a line, `text` in full, `on` the date it belongs to, in the playbook's zone."""

    short: str
    text: str
    on: date | None = None


def choose(
    snapshot: Snapshot,
    verdict: Verdict,
    standing: Standing,
    playbook: Playbook,
    lead: Moment | None,
    meeting_at: datetime | None = None,
) -> NextStep:
    """The next step for this lead. `lead` is the moment that carried it to sales, if one did; `meeting_at`
    when a booked meeting begins."""
    match standing.position.stage:
        case Stage.SQL | Stage.HANDED_OFF:
            return _contact(snapshot, verdict, standing, playbook, lead, meeting_at)
        case Stage.ACCEPTED:
            return NextStep("sales works it", "Sales has accepted and works it; marketing sends nothing")
        case Stage.OPPORTUNITY:
            return NextStep(
                "sales works the deal", "Sales works the opportunity; marketing supports on request"
            )
        case Stage.CUSTOMER if standing.position.level == EVANGELIST:
            return NextStep("thank them", "Speaks for us: thank them, and ask before they are named anywhere")
        case Stage.CUSTOMER:
            return NextStep("look after the customer", "Customer: new interest goes to the account's owner")
        case Stage.REJECTED | Stage.LOST | Stage.RECYCLED:
            return _nurture(snapshot, verdict, standing, playbook)
        case Stage.DISQUALIFIED if _has_objected(verdict):
            return NextStep("no contact at all", "Has objected: nobody contacts them, nothing is sent")
        case Stage.DISQUALIFIED | Stage.ERASED:
            return NextStep("no contact", "No contact by sales; not nurtured")
        case _:
            return _develop(snapshot, verdict, standing, playbook)


def open_questions(verdict: Verdict) -> tuple[str, ...]:
    """Labels of what is missing or unknown, each once, what SQL lacks first."""
    labels = {item.id: item.label for item in verdict.criteria}
    missing = [labels.get(name, name) for name in verdict.missing]
    unknown = [item.label for item in verdict.criteria if item.state == "unknown"]
    return tuple(dict.fromkeys([*missing, *unknown]))


def to_ask(verdict: Verdict) -> tuple[str, ...]:
    """Labels of what nobody knows, each once: a rep asks for facts, not for points, and facts do not fade."""
    return tuple(dict.fromkeys(item.label for item in verdict.criteria if item.state == "unknown"))


def has_phone(snapshot: Snapshot) -> bool:
    return any(snapshot.fields.get(name, "").strip() for name in reach.PHONES)


def _contact(
    snapshot: Snapshot,
    verdict: Verdict,
    standing: Standing,
    playbook: Playbook,
    lead: Moment | None,
    meeting_at: datetime | None,
) -> NextStep:
    no_call = may_not_be_called(snapshot.fields, playbook.mapping.consent)
    may_call = has_phone(snapshot) and not no_call
    source = "hubspot.meeting_booked" if meeting_at is not None else lead.source if lead else ""
    short, text = _BY_SOURCE.get(
        source, ("call", "Call") if may_call else ("write", "Write a personal e-mail")
    )
    terms = clock.agreed(snapshot, standing, playbook)
    due_at = terms.due_at if terms else None
    zone = terms.team.hours.time_zone if terms else playbook.sla.hours.time_zone
    parts = [f"{text} by {moment(due_at, zone)}" if due_at else text]
    questions = to_ask(verdict)
    if questions:
        parts.append(f"Ask about: {', '.join(_lowered(item) for item in questions[:3])}")
    if is_opted_out(snapshot):
        parts.append("Opted out of marketing mail: personal answers only")
    if lead is not None:
        parts.append(f"Why: {lead.kind.label}, {day(lead.at, playbook.time_zone)}")
    due_on = due_at.astimezone(ZoneInfo(zone)).date() if due_at else None
    by_day = f" by {day(due_at, zone).rsplit(' ', 1)[0]}" if due_at else ""
    return NextStep(f"{short}{by_day}", f"{'. '.join(parts)}.", due_on)


def _nurture(snapshot: Snapshot, verdict: Verdict, standing: Standing, playbook: Playbook) -> NextStep:
    track = playbook.tracks.get(standing.track)
    name = f' on track "{track.label}"' if track else ""
    rule = playbook.recycle.rules.get(standing.reason)
    way = way_words(rule) if rule else "back by new evidence only"
    why_not = not_nurtured(snapshot, verdict)
    does = f"Not nurtured: {why_not}" if why_not else f"Marketing nurtures{name}"
    rest = "" if why_not or snapshot.fields.get(MARKETABLE, "").strip().lower() != "false" else _NO_MAIL
    short = "not nurtured" if why_not else "nurture"
    if standing.until_at is None or (rule is not None and rule.way_back == "never"):
        return NextStep(short, f"{does}; {way}.{rest}")
    until = day(standing.until_at, playbook.time_zone)
    on = standing.until_at.astimezone(ZoneInfo(playbook.time_zone)).date()
    upto = f"; until {until}" if why_not else f" until {until}"
    return NextStep(f"{short} until {until}", f"{does}{upto}; then {way}.{rest}", on)


MARKETABLE = "contact.hs_marketable_status"
"""`false` for contacts HubSpot sends no marketing e-mail; read-only for an app (facts/hubspot.md 8.3)."""
_NO_MAIL = " No marketing contact in HubSpot: no e-mail is sent until somebody makes it one."


def not_nurtured(snapshot: Snapshot, verdict: Verdict) -> str:
    """Why nobody is put on a nurture list, in a few words; empty for who may be. A person's word sets every
    filter aside but an objection."""
    set_aside = {item.id for item in snapshot.waivers if item.holds_at(verdict.at)}
    stopped = (
        item.label
        for item in verdict.filters
        if item.matched
        and (item.outcome == "stop" or (item.outcome in ("no_nurture", "block") and item.id not in set_aside))
    )
    by_filter = next(stopped, "")
    if by_filter:
        return _lowered(by_filter)
    if is_opted_out(snapshot):
        return "opted out of marketing mail"
    return "a customer, or in an open opportunity" if is_won_or_open(snapshot) else ""


def _has_objected(verdict: Verdict) -> bool:
    return any(item.matched and item.outcome == "stop" for item in verdict.filters)


def _elsewhere(verdict: Verdict) -> NextStep | None:
    """What a filter makes of somebody it does not keep out: another's business, a question, or silence."""
    by_outcome = {item.outcome: item for item in reversed(verdict.filters) if item.matched}
    if "divert" in by_outcome:
        found = by_outcome["divert"]
        to = found.code or "somebody else"
        return NextStep(f"pass on to {to}", f"{found.label}: belongs to {to}, not to sales.")
    if "hold" in by_outcome and verdict.blocked_by == by_outcome["hold"].id:
        return NextStep(
            "decide by hand", f"{by_outcome['hold'].label}: a person decides whether sales hears."
        )
    if "no_nurture" in by_outcome:
        text = f"{by_outcome['no_nurture'].label}: nothing is sent; sales answers what they ask themselves."
        return NextStep("leave in peace", text)
    return None


def _develop(snapshot: Snapshot, verdict: Verdict, standing: Standing, playbook: Playbook) -> NextStep:
    elsewhere = _elsewhere(verdict)
    if elsewhere is not None:
        return elsewhere
    if standing.position.stage is Stage.LEAD:
        return NextStep("keep in touch", "Marketing keeps in touch; not for sales yet.")
    why_not = not_nurtured(snapshot, verdict)
    if why_not:
        return NextStep("leave in peace", f"Not nurtured: {why_not}.")
    track = tracks.present(snapshot, standing, playbook, verdict.at)
    rest = _NO_MAIL if snapshot.fields.get(MARKETABLE, "").strip().lower() == "false" else ""
    waiting = _waiting(snapshot, verdict, standing, playbook)
    if waiting is not None:
        return replace(waiting, text=f"{waiting.text}{rest}")
    name = f' on track "{playbook.tracks[track].label}"' if track in playbook.tracks else ""
    questions = [_lowered(item) for item in open_questions(verdict)[:3]]
    gaps = f"; missing for sales: {', '.join(questions)}" if questions else ""
    offer = tracks.gap(snapshot, verdict, playbook, track).offer
    offered = f" Offer: {offer}." if offer else ""
    return NextStep("nurture towards sales", f"Marketing develops{name}{gaps}.{offered}{rest}")


def _waiting(snapshot: Snapshot, verdict: Verdict, standing: Standing, playbook: Playbook) -> NextStep | None:
    """Who was asked whether they want to talk, while the answer is waited for."""
    if not confirming.is_on(standing, playbook):
        return None
    found = confirming.asked(snapshot, playbook, verdict.at)
    if found is None or found.state is not confirming.State.WAITING:
        return None
    until, zone = day(found.until_at, playbook.time_zone), ZoneInfo(playbook.time_zone)
    text = f"Asked whether they want to talk to sales; their answer is waited for until {until}."
    return NextStep(f"wait for their answer until {until}", text, found.until_at.astimezone(zone).date())


def _lowered(label: str) -> str:
    """`label` for the middle of a sentence; an abbreviation keeps its capitals."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
