"""What an answer says about one write: done, failed with a reason, or of unknown fate."""

from __future__ import annotations

from syncd.connectors.salesforce import decode, errors
from syncd.connectors.salesforce.answers import PartAnswer
from syncd.connectors.salesforce.options import CONTACT, EVENT, LEAD, TASK, api_name
from syncd.core.model import Ref, System
from syncd.ports import Failure, Outcome, Recovery, Result, Write

_WORDS = {LEAD: "lead", CONTACT: "contact", TASK: "task", EVENT: "event", "CampaignMember": "campaign_member"}

PERSON_NOT_THERE = Failure(
    Recovery.TRANSIENT,
    System.SALESFORCE,
    "salesforce.person_not_there",
    "the Lead or Contact this task belongs to is not in Salesforce yet",
    "nothing to do: the task follows its hand-off",
)


def of_result(write: Write, result: object, *, is_new: bool) -> Outcome:
    """What a collection says about one record."""
    if not isinstance(result, dict) or "success" not in result:
        return Outcome(write.effect_id, Result.UNKNOWN, write.ref, failure=_MISSING)
    record_id = result.get("id")
    if result["success"] is True:
        ref = _ref(write, str(record_id)) if record_id else write.ref
        is_created = bool(result.get("created", is_new)) and write.ref is None
        return Outcome(write.effect_id, Result.DONE, ref, is_created)
    failure = errors.first(errors.errors_in(result.get("errors")), subject=write.ref) or _MISSING
    kind = Result.UNKNOWN if failure.recovery is Recovery.UNKNOWN else Result.FAILED
    return Outcome(write.effect_id, kind, write.ref, failure=failure)


_MISSING = Failure(
    Recovery.UNKNOWN,
    System.SALESFORCE,
    "salesforce.missing_result",
    "the answer says nothing about this record",
)


def of_part(write: Write, answer: PartAnswer, ref: Ref | None) -> Outcome:
    """What a composite part with a good status says. An update may answer without a body (204)."""
    body = answer.body if isinstance(answer.body, dict) else {}
    record_id = body.get("id")
    is_created = bool(body.get("created", answer.status == 201)) and ref is None
    return Outcome(
        write.effect_id, Result.DONE, _ref(write, str(record_id)) if record_id else ref, is_created
    )


def _ref(write: Write, record_id: str) -> Ref:
    return decode.ref(_WORDS[api_name(write.object_type)], record_id)
