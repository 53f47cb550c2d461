"""What a decision means elsewhere: the whole intended state of each object we have a hand in.

Hand-off, task and alert belong to one pass and are intended only while it waits to be confirmed; the HubSpot
contact always shows where the lead stands; nurture lists follow the track. Every payload is a function of
facts, moves and the playbook, so the same state gives the same payload and the store sends nothing twice. No
decaying number goes to HubSpot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.core import (
    activity_history,
    brief,
    campaigns,
    chase,
    handed,
    hosting,
    kept,
    lifecycle_stage,
    messages,
    optout,
    owner_words,
    router,
    story,
    tracks,
)
from syncd.core.feedback import REFUSALS, may_reopen, meaning_of
from syncd.core.model import (
    Intent,
    Ref,
    Snapshot,
    Stage,
    Standing,
    System,
    Transition,
    Verdict,
)
from syncd.core.next_step import not_nurtured
from syncd.core.ownership import is_blank
from syncd.core.playbook import FieldMap, Ownership, Playbook
from syncd.core.sla import clock
from syncd.core.values import (
    DECAYING_NAMES,
    SLA_CHANGING,
    SLA_NAMES,
    Facts,
    instant,
    known,
    render,
)

FRESH, SOON, LATER = 0, 3, 5
"""Priorities: a new SQL, what follows from sales, everything else."""

TASK_PURPOSE = "follow_up"
UNKNOWN = "[unknown]"
REQUIRED = {"lead": ("LastName", "Company"), "sfcontact": ("LastName",)}
"""Fields Salesforce demands on a create (Object Reference: Lead, Contact); a blank one gets `UNKNOWN`."""


def intents(
    snapshot: Snapshot,
    verdict: Verdict,
    transitions: tuple[Transition, ...],
    standing: Standing,
    playbook: Playbook,
    now: datetime,
) -> tuple[Intent, ...]:
    """Everything that is to be so elsewhere, given this decision.

    `transitions` are this decision's moves and `standing` their end. Nobody without a HubSpot contact gets
    any: we hand over from HubSpot, and write back to it.
    """
    if snapshot.key is None or snapshot.hubspot is None or standing.position.stage is Stage.ERASED:
        return ()
    history = (*snapshot.history, *transitions)
    opted_out = tuple(optout.intents(snapshot, playbook))
    if not _shows_on_contact(history, standing):
        return opted_out  # most people of a portal, for ever: nothing of ours is anywhere
    snapshot = story.by_people(replace(snapshot, history=history), verdict)
    written = brief.write(snapshot, verdict, standing, playbook, now)
    facts = Facts(snapshot, verdict, standing, history, written, playbook)
    values = known(facts)
    found: list[Intent] = [*opted_out]
    if standing.position.stage is Stage.SQL:
        found.append(_handoff(facts, values, now))
        found += campaigns.intents(snapshot, standing, playbook, values)
    if router.is_task_due(snapshot, standing, playbook):
        found.append(_task(facts))
    found += router.takes_over(snapshot, standing, playbook)
    found += hosting.intents(
        snapshot, standing, playbook, messages.subject(playbook.sla.task_subject, written.line), now
    )
    found += chase.intents(snapshot, standing, playbook, now)
    found += activity_history.intents(facts)
    found += _kept_current(facts, values)
    found += _kept_told(facts, values)
    found += messages.intents(facts, values, transitions, now)
    found.append(_contact(facts, values))
    if not tracks.is_as_adopted(history):
        found += _membership(facts)
    return tuple(found)


# --- the hand-off ----------------------------------------------------------------------------------------


def _handoff(facts: Facts, values: Mapping[str, object], now: datetime) -> Intent:
    """The person in Salesforce, as Lead and as Contact: which of the two is decided on a fresh read."""
    snapshot, mapping = facts.snapshot, facts.playbook.mapping
    lead, lead_rules = _fields("lead", mapping.lead, snapshot, values)
    contact, contact_rules = _fields("sfcontact", mapping.sfcontact, snapshot, values)
    refs = _sales_refs(snapshot)
    payload: dict[str, object] = {
        "key": snapshot.key,
        "former_keys": _former_keys(snapshot),
        "emails": list(snapshot.emails),
        "known": [str(ref) for ref in refs],
        "object": "sfcontact" if any(ref.object == "contact" for ref in refs) else "lead",
        "fields": lead,
        "rules": lead_rules,
        "contact_fields": contact,
        "contact_rules": contact_rules,
        "owner": owner_words.owner(snapshot, facts.standing.pass_number, facts.playbook, now),
        "accounts": _accounts_in_hand(snapshot),
        "native": handed.native(snapshot),
        "native_account": handed.native_account(snapshot),
        "person": handed.person(snapshot),
        "reopen": _reopening(snapshot, facts.playbook),
    }
    target = f"lead:{snapshot.key}"
    return Intent(System.SALESFORCE, "handoff", target, payload, facts.standing.pass_number, FRESH)


def _fields(
    record: str, maps: Iterable[FieldMap], snapshot: Snapshot, values: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, str]]:
    """Mapped fields and who may overwrite them; a blank one only where it may clear. A placeholder is only
    for records we create: it must never replace a name somebody found out."""
    shown = [(item, render(item, snapshot, values)) for item in maps]
    shown = [(item, value) for item, value in shown if item.clears or not is_blank(value)]
    fields = {item.target: value for item, value in shown}
    rules = {item.target: str(item.ownership) for item, _value in shown}
    for name in REQUIRED.get(record, ()):
        if is_blank(fields.get(name)) or fields[name] == UNKNOWN:
            fields[name], rules[name] = UNKNOWN, str(Ownership.ON_CREATE)
    return fields, rules


def _kept_current(facts: Facts, values: Mapping[str, object]) -> Iterator[Intent]:
    """What the record in Salesforce shows of the clock once the hand-off is confirmed: sales' lists and
    reports live by it. Nothing where the mapping shows nothing that changes."""
    mapping, stage = facts.playbook.mapping, facts.standing.position.stage
    of_lead, of_contact = (
        [item for item in maps if item.source in SLA_NAMES] for maps in (mapping.lead, mapping.sfcontact)
    )
    changes = {item.source for item in (*of_lead, *of_contact)} & SLA_CHANGING
    if changes and stage is not Stage.SQL and clock.spans(facts.snapshot.history):
        yield _record(facts, values, "", (of_lead, of_contact), {})


def _kept_told(facts: Facts, values: Mapping[str, object]) -> Iterator[Intent]:
    """The story on a record that sales has in hand, kept current: hourly at most, and not once it is over."""
    playbook, standing = facts.playbook, facts.standing
    maps = kept.told(playbook.mapping.lead), kept.told(playbook.mapping.sfcontact)
    if any(maps) and kept.is_open(facts.snapshot, standing, playbook.feedback):
        assert standing.handed_off_at is not None, "only what was handed over is open"
        since, closed = standing.handed_off_at.date().isoformat(), kept.closed(playbook.feedback)
        limits: dict[str, object] = {"every_s": kept.EVERY_S, "open_since": since, "closed": closed}
        meets_at = story.meeting_at(facts.snapshot, standing.qualified_at or standing.since_at)
        if meets_at is not None:
            limits["meets_at"] = instant(meets_at)
        yield _record(facts, values, ":told", maps, limits)


def _record(
    facts: Facts,
    values: Mapping[str, object],
    suffix: str,
    maps: tuple[Iterable[FieldMap], Iterable[FieldMap]],
    limits: Mapping[str, object],
) -> Intent:
    """Some fields of the record that was handed over, as Lead and as Contact."""
    snapshot = facts.snapshot
    lead, lead_rules = _fields("", maps[0], snapshot, values)
    contact, contact_rules = _fields("", maps[1], snapshot, values)
    payload: dict[str, object] = {
        "key": snapshot.key,
        "known": [str(ref) for ref in _sales_refs(snapshot)],
        "fields": lead,
        "rules": lead_rules,
        "contact_fields": contact,
        "contact_rules": contact_rules,
        **limits,
    }
    target = f"record:{snapshot.key}{suffix}"
    return Intent(System.SALESFORCE, "record", target, payload, facts.standing.pass_number, SOON)


def _accounts_in_hand(snapshot: Snapshot) -> list[dict[str, object]]:
    """Salesforce Accounts of the person's company, where that has bought or somebody is selling to it: no
    new Lead is made beside them without a person's word."""
    states = {"is_customer": snapshot.account_is_customer, "has_open_deal": snapshot.account_open_deal}
    if not any(states.values()):
        return []
    return [
        {"ref": str(record.ref), "owner": record.fields.get("OwnerId", ""), **states}
        for record in snapshot.account_records
    ]


def _reopening(snapshot: Snapshot, playbook: Playbook) -> dict[str, object]:
    """The status a Lead gets that sales is known to have given back, and the one it has. A refusal we do not
    know of yet is left alone: it is an answer, not the past."""
    feedback = playbook.feedback
    leads = [item for item in snapshot.sales_records if item.ref.object == "lead" and not item.is_deleted]
    shown = {item.fields.get("Status", "") for item in leads}
    given_back = sorted(status for status in shown if meaning_of(status, feedback) in REFUSALS)
    if not feedback.reopen_as or not given_back:
        return {}
    allowed = [status for status in given_back if may_reopen(status, feedback)]
    kept = [status for status in given_back if status not in allowed]
    found: dict[str, object] = {"as": feedback.reopen_as, "from": allowed}
    return {**found, "kept": kept} if kept else found


def _sales_refs(snapshot: Snapshot) -> list[Ref]:
    """Salesforce records known to be this person, also by what HubSpot's own sync wrote on the contact."""
    found = {item.ref for item in snapshot.sales_records if not item.is_deleted}
    for word, name in (("lead", "contact.salesforceleadid"), ("contact", "contact.salesforcecontactid")):
        linked = snapshot.fields.get(name, "").strip()
        if linked and all(not _same_id(linked, ref.id) for ref in found):
            found.add(Ref(System.SALESFORCE, word, linked))
    return sorted(found)


def _same_id(left: str, right: str) -> bool:
    """Salesforce ids have 15 characters, or 18 with a check sum over the case of the first 15."""
    return left[:15] == right[:15]


def _former_keys(snapshot: Snapshot) -> list[str]:
    """Keys this person could have had before contacts were merged (facts/hubspot.md 8, cursors)."""
    portal = (snapshot.key or "").partition(":")[0]
    ids = {snapshot.hubspot.id, *snapshot.merged_ids} if snapshot.hubspot else set()
    return sorted(f"{portal}:{item}" for item in ids if item.isdigit() and f"{portal}:{item}" != snapshot.key)


def _task(facts: Facts) -> Intent:
    """The follow-up task, once per pass; what a rep does with it afterwards is the rep's."""
    snapshot, standing, sla = facts.snapshot, facts.standing, facts.playbook.sla
    key = f"{snapshot.key}:{standing.pass_number}:{TASK_PURPOSE}"
    fields: dict[str, object] = {
        "Subject": messages.subject(sla.task_subject, facts.brief.line),
        "Description": facts.brief.text,
        "Status": sla.task_status,
        "Priority": sla.task_priority,
        facts.playbook.mapping.task_key_field: key,
    }
    terms = clock.agreed(snapshot, standing, facts.playbook)
    if terms is not None:
        # ActivityDate has no time of day ("Task", Object Reference): the reminder carries the hour.
        zone = ZoneInfo(terms.team.hours.time_zone)
        fields["ActivityDate"] = terms.due_at.astimezone(zone).date().isoformat()
        fields["ReminderDateTime"] = instant(clock.remind_at(terms) or terms.due_at)
        fields["IsReminderSet"] = True
    payload = {
        "key": key,
        "about": f"lead:{snapshot.key}",
        "fields": fields,
        "rules": dict.fromkeys(fields, str(Ownership.ON_CREATE)),
    }
    after = router.before_task(snapshot, standing)
    return Intent(System.SALESFORCE, "task", f"task:{key}", payload, standing.pass_number, FRESH, after)


# --- the HubSpot contact ---------------------------------------------------------------------------------


def _shows_on_contact(history: Iterable[Transition], standing: Standing) -> bool:
    """True from the first MQL level up, and ever after: who falls back must not keep showing the level."""
    if standing.position.stage is not Stage.LEAD:
        return True
    return any(item.target.stage is not Stage.LEAD for item in history)


def _contact(facts: Facts, values: Mapping[str, object]) -> Intent:
    snapshot, standing = facts.snapshot, facts.standing
    assert snapshot.hubspot is not None, "intents() leaves people without a contact out"
    maps = [
        item for item in facts.playbook.mapping.contact if not {item.source, item.fallback} & DECAYING_NAMES
    ]
    fields, rules = _fields("contact", maps, snapshot, values)
    payload: dict[str, object] = {"contact_id": snapshot.hubspot.id, "known": [str(snapshot.hubspot)]}
    if not tracks.is_as_adopted(facts.snapshot.history):
        move = lifecycle_stage.intended(snapshot, standing, facts.playbook)
        fields |= move.fields
        rules |= {
            name: str(Ownership.UNTIL_TOUCHED if name in move.until_touched else Ownership.OURS)
            for name in move.fields
        }
        payload |= {"moves_back": move.is_back, "may_leave": list(move.may_leave)}
    payload |= {"fields": fields, "rules": rules}
    priority = LATER if standing.position.stage in {Stage.LEAD, Stage.MQL, Stage.NEAR_SQL} else SOON
    target = f"contact:{snapshot.hubspot.id}"
    return Intent(System.HUBSPOT, "contact", target, payload, standing.pass_number, priority)


# --- nurture lists ---------------------------------------------------------------------------------------


def _membership(facts: Facts) -> Iterator[Intent]:
    """In the list of the present track and in no other of ours: one intention, so that a change of track is
    made as a whole. Nothing for who was on no track yet. Opted-out people are in no list."""
    snapshot, verdict, standing, playbook = facts.snapshot, facts.verdict, facts.standing, facts.playbook
    hubspot = snapshot.hubspot
    assert hubspot is not None, "intents() leaves people without a contact out"
    track = (
        "" if not_nurtured(snapshot, verdict) else tracks.present(snapshot, standing, playbook, verdict.at)
    )
    wanted = _list_of(track, playbook)
    before = tracks.ever(snapshot.history, standing, playbook)
    if not wanted and not any(_list_of(item, playbook) for item in before):
        return
    payload = {
        "list": wanted,
        "member": bool(wanted),
        "contact_id": hubspot.id,
        "known": [str(hubspot)],
    }
    target = f"track:{hubspot.id}"
    yield Intent(System.HUBSPOT, "membership", target, payload, standing.pass_number, LATER)


def _list_of(track: str, playbook: Playbook) -> str:
    found = playbook.tracks.get(track)
    return found.list_name if found else ""
