"""Carries out what sales answers by a link in an alert: taken, or given back with the reason.

The answer is a fact of its own at once, whatever record the person has. On a Lead it is written as well, in
the very fields sales answers in there, so that lists and reports show it; what is read back says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Detail, Intent, Ref, Shape, Stage, System
from syncd.core.playbook import Feedback, Ownership, Playbook
from syncd.core.signals import signal_key
from syncd.core.timeline import ANSWERED
from syncd.jobs.normalise import fingerprint
from syncd.store import facts, ledger, outbox, people, work
from syncd.store.tables import to_ms
from syncd.store.work import RequestRow

MEANINGS: Mapping[str, str] = {"accept": "accepted", "give_back": "rejected"}
"""What an answer means, in the words of recycle.yaml."""
IN_HAND = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED})
_WORDS = {"accept": "accepted", "give_back": "given back"}


class TooLate(Exception):  # noqa: N818 - an outcome for the person who answered
    """The answer is about something that is over; the message says what stands instead."""


def answer(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """Store the answer as a fact, and what is to be written in Salesforce. Raises TooLate."""
    lead_id = _survivor(tx, int(request.arguments["lead_id"]))
    if lead_id is None:
        raise TooLate("this lead is not there any more")
    standing = ledger.standings(tx, [lead_id]).get(lead_id)
    pass_number = int(request.arguments["pass"])
    if standing is None or standing.pass_number != pass_number or standing.position.stage not in IN_HAND:
        raise TooLate("this lead is not waiting for an answer: it has moved on since the message")
    meaning = MEANINGS[request.verb]
    reason = str(request.arguments.get("reason", ""))
    if meaning == "rejected" and reason and reason not in playbook.feedback.reasons:
        raise TooLate("the reason is not one the playbook knows")
    _store_fact(tx, lead_id, request, meaning, reason, now)
    _write_status(tx, lead_id, request, pass_number, _fields(meaning, reason, playbook.feedback), now)
    ledger.mark_dirty(tx, [lead_id], now)
    told = f" ({reason})" if reason else ""
    return f"lead {lead_id} {_WORDS[request.verb]}{told}, {request.person}"


def _survivor(tx: sa.Connection, lead_id: int) -> int | None:
    known = people.leads_by_id(tx, [lead_id])
    for _hop in range(100):
        row = known.get(lead_id)
        if row is None or row.is_erased:
            return None
        if row.merged_into is None:
            return lead_id
        lead_id = row.merged_into
        known = people.leads_by_id(tx, [lead_id])
    raise AssertionError("a circle of merged leads")


def _store_fact(
    tx: sa.Connection, lead_id: int, request: RequestRow, meaning: str, reason: str, now: datetime
) -> None:
    shape = Shape(ANSWERED, {"says": meaning, "reason": reason})
    digest = fingerprint(shape.source, shape.attributes)
    ref = Ref(System.SYNCD, "answer", str(request.request_id))
    key = signal_key(ref, shape.source, str(request.request_id))
    shape_id = facts.intern_shapes(tx, {digest: shape})[digest]
    facts.add_signals(tx, [facts.NewSignal(lead_id, to_ms(now), key, shape_id)], now)
    said = Detail(title=f"{meaning.capitalize()} {request.person}", quote=reason or None)
    facts.save_details(tx, [facts.NewDetail(lead_id, key, ref, said)])


def _fields(meaning: str, reason: str, feedback: Feedback) -> dict[str, object]:
    """What sales would have set on the Lead itself: the first status of this meaning, and the reason."""
    status = next((status for status, meant in feedback.statuses.items() if meant == meaning), "")
    fields: dict[str, object] = {"Status": status} if status else {}
    if meaning == "rejected" and reason and feedback.reason_field:
        fields[feedback.reason_field] = reason
    return fields


def _write_status(
    tx: sa.Connection,
    lead_id: int,
    request: RequestRow,
    pass_number: int,
    fields: Mapping[str, object],
    now: datetime,
) -> None:
    key = people.leads_by_id(tx, [lead_id])[lead_id].external_key
    records = sorted(str(ref) for ref in people.refs_of(tx, [lead_id]) if ref.system == System.SALESFORCE)
    if not key or not fields or not records:
        return
    payload: dict[str, object] = {
        "key": key,
        "known": records,
        "fields": dict(fields),
        "rules": dict.fromkeys(fields, str(Ownership.OURS)),
        "contact_fields": {},
        "contact_rules": {},
        "request": request.request_id,  # each answer is news, also when it says the same
    }
    target = f"answer:{key}"
    intent = Intent(System.SALESFORCE, "record", target, payload, pass_number, 3)
    is_live = work.baseline(tx).go_live_at is not None
    outbox.put(tx, [intent], lead_id, now, is_live=is_live)
