"""What each Salesforce error means for us: one table from error code to recovery, sentence and cure.

Codes and classes: facts of the REST guide ("Status Codes and Error Responses"), the object reference, and the
lists in restforce. Messages of Salesforce quote field values, so ours never repeat them: only codes, field
names, record ids and numbers pass. The one exception is the text of a validation rule, which an admin wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncd.core.handed import full_id
from syncd.core.model import Ref, System
from syncd.ports import Failure, Recovery

DATA = Recovery.REJECTED


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of the table. `names_record` is False for errors that concern the whole org or set-up."""

    recovery: Recovery
    code: str
    message: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class ApiError:
    """One error as Salesforce words it, from a body, a collection result or a composite part."""

    code: str
    message: str = ""
    fields: tuple[str, ...] = ()
    matches: tuple[Ref, ...] = ()
    may_save: bool = False  # of a duplicate rule: it only alerts


_GRANT = (
    "grant the integration user access to it in the permission set (a missing object or field and one hidden "
    "by field-level security look the same from here)"
)
_DATA_CURE = "correct the value in HubSpot or the mapping; it is sent again when either changes"
_AUTOMATION_CURE = "ask the Salesforce admin to look at the flow, trigger or package that refused the record"

NOT_OFFERED, RETIRED, SEVERAL = "our:not_offered", "our:retired", "our:several"
ALERTED = "our:alerted"  # a duplicate rule that only alerts: it lets a record pass that says so
"""Rows of the table for answers that carry no code of their own."""

_TABLE: Mapping[str, Meaning] = {
    "INVALID_SESSION_ID": Meaning(
        Recovery.CONFIGURATION,
        "salesforce.session_refused",
        "Salesforce refuses the access token, also a fresh one",
        "check the session policies of the External Client App, and that the run-as user is active",
    ),
    "REQUEST_LIMIT_EXCEEDED": Meaning(
        Recovery.HALT,
        "salesforce.daily_limit",
        "the org's API requests for the last 24 hours are used up",
        "wait until usage drops, or find who uses them (Setup > System Overview > API Usage)",
    ),
    "API_DISABLED_FOR_ORG": Meaning(
        Recovery.CONFIGURATION,
        "salesforce.api_disabled",
        "the API is switched off for this org or user",
        'use an edition with API access and grant the user "API Enabled"',
    ),
    "UNABLE_TO_LOCK_ROW": Meaning(
        Recovery.TRANSIENT, "salesforce.row_locked", "another change holds the record or its parent"
    ),
    "SERVER_UNAVAILABLE": Meaning(
        Recovery.TRANSIENT, "salesforce.unavailable", "Salesforce is busy or unavailable"
    ),
    "QUERY_TIMEOUT": Meaning(Recovery.TRANSIENT, "salesforce.query_timeout", "a query took too long"),
    "UNKNOWN_EXCEPTION": Meaning(
        Recovery.UNKNOWN,
        "salesforce.unknown_exception",
        "Salesforce failed inside; whether the change was kept is not known",
    ),
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": Meaning(
        Recovery.HALT, "salesforce.maintenance", "the org is read-only during maintenance"
    ),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Meaning(
        DATA,
        "salesforce.automation_failed",
        "a trigger or flow of the org refused the record",
        _AUTOMATION_CURE,
    ),
    "DUPLICATES_DETECTED": Meaning(
        DATA,
        "salesforce.duplicates_detected",
        "a duplicate rule of the org found existing records",
        "link the person to one of the records named, or relax the duplicate rule for the integration user",
    ),
    ALERTED: Meaning(
        DATA,
        "salesforce.duplicates_alert",
        "a duplicate rule of the org that alerts found existing records",
        "nothing to do: they are looked at, and the record is saved beside those that are somebody else",
    ),
    "DUPLICATE_VALUE": Meaning(
        DATA,
        "salesforce.duplicate_value",
        "another record already holds a value that must be unique",
        "open the record named and decide which of the two is this person",
    ),
    "REQUIRED_FIELD_MISSING": Meaning(
        DATA, "salesforce.required_field", "a required field is blank", "map the field or give it a fallback"
    ),
    "STRING_TOO_LONG": Meaning(DATA, "salesforce.too_long", "a text is longer than its field", _DATA_CURE),
    "INVALID_EMAIL_ADDRESS": Meaning(
        DATA, "salesforce.bad_email", "Salesforce does not accept the e-mail address", _DATA_CURE
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Meaning(
        DATA,
        "salesforce.picklist_value",
        "a restricted picklist does not have the value",
        "add the value to the picklist in Salesforce or translate it in the mapping",
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Meaning(
        DATA,
        "salesforce.validation_rule",
        "a validation rule of the org refused the record",
        "send what the rule asks for, or except the integration user from the rule",
    ),
    "FIELD_INTEGRITY_EXCEPTION": Meaning(
        DATA, "salesforce.field_integrity", "a value does not fit its field", _DATA_CURE
    ),
    "NUMBER_OUTSIDE_VALID_RANGE": Meaning(
        DATA, "salesforce.number_range", "a number is outside the range of its field", _DATA_CURE
    ),
    "JSON_PARSER_ERROR": Meaning(
        DATA, "salesforce.value_type", "a value has the wrong type for its field", _DATA_CURE
    ),
    "MALFORMED_ID": Meaning(DATA, "salesforce.bad_id", "an id is not a Salesforce id", _DATA_CURE),
    "INVALID_FIELD": Meaning(
        Recovery.CONFIGURATION,
        "salesforce.field_missing",
        "a field does not exist or is hidden",
        f"create the field, or {_GRANT}",
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": Meaning(
        Recovery.CONFIGURATION,
        "salesforce.field_read_only",
        "a field may not be written by the integration user",
        "grant edit access to the field in the permission set, or take it out of the mapping",
    ),
    "INVALID_TYPE": Meaning(
        Recovery.CONFIGURATION, "salesforce.object_missing", "an object does not exist or is hidden", _GRANT
    ),
    "INSUFFICIENT_ACCESS": Meaning(
        Recovery.CONFIGURATION,
        "salesforce.permission",
        "the integration user may not do this",
        "grant create and edit on Lead, Contact and Task (and Transfer Leads where owners are set) in the "
        "permission set, and check sharing",
    ),
    "INACTIVE_OWNER_OR_USER": Meaning(
        DATA,
        "salesforce.inactive_owner",
        "the owner is not active",
        "activate the user or name another owner under routing",
    ),
    "INVALID_CROSS_REFERENCE_KEY": Meaning(
        DATA,
        "salesforce.bad_reference",
        "a record named by id does not exist or may not be used here",
        "check the owner or record id in the configuration",
    ),
    "CANNOT_UPDATE_CONVERTED_LEAD": Meaning(
        Recovery.TRANSIENT,
        "salesforce.moved",
        "the Lead was converted in the meantime; the next attempt follows to its Contact",
    ),
    "ENTITY_IS_DELETED": Meaning(
        Recovery.TRANSIENT,
        "salesforce.gone",
        "the record was deleted or merged in the meantime; the next attempt looks for what took its place",
    ),
    "ENTITY_IS_LOCKED": Meaning(
        Recovery.TRANSIENT,
        "salesforce.approval_lock",
        "the record is locked by an approval",
        "finish or recall the approval process; it is tried again by itself",
    ),
    "STORAGE_LIMIT_EXCEEDED": Meaning(
        Recovery.HALT,
        "salesforce.storage_full",
        "the org has no storage left",
        "free or buy data storage (Setup > Storage Usage)",
    ),
    "MALFORMED_QUERY": Meaning(
        Recovery.CONFIGURATION,
        "salesforce.query_refused",
        "Salesforce refuses a query of ours",
        "report this with the log line; nothing was changed",
    ),
    "INVALID_QUERY_LOCATOR": Meaning(
        Recovery.TRANSIENT, "salesforce.cursor_expired", "a page cursor has expired; reading starts again"
    ),
    "PROCESSING_HALTED": Meaning(
        Recovery.TRANSIENT, "salesforce.rolled_back", "another record of the same request failed"
    ),
    NOT_OFFERED: Meaning(
        Recovery.CONFIGURATION,
        "salesforce.not_offered",
        "the org does not offer this address or API version",
        "check salesforce.api_version under connections, and SALESFORCE_LOGIN_URL",
    ),
    SEVERAL: Meaning(
        DATA,
        "salesforce.duplicate_key",
        "several records carry the same external id",
        "make the key field unique (Setup > Object Manager > field > Unique) and merge the records",
    ),
    RETIRED: Meaning(
        Recovery.CONFIGURATION,
        "salesforce.api_version_retired",
        "the API version is retired",
        "set a supported api_version under connections",
    ),
}

_SAME: Mapping[str, str] = {
    "API_CURRENTLY_DISABLED": "API_DISABLED_FOR_ORG",
    "REQUEST_RUNNING_TOO_LONG": "QUERY_TIMEOUT",
    "DUPLICATE_EXTERNAL_ID": "DUPLICATE_VALUE",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "TOO_MANY_APEX_REQUESTS": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "APEX_ERROR": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "INSUFFICIENT_ACCESS_OR_READONLY": "INSUFFICIENT_ACCESS",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "INSUFFICIENT_ACCESS",
    "TRANSFER_REQUIRES_READ": "INSUFFICIENT_ACCESS",
    "CANNOT_UPDATE_CONVERTED_ENTITY": "CANNOT_UPDATE_CONVERTED_LEAD",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": "PROCESSING_HALTED",
}

SCHEMA_CODES = frozenset(
    {"salesforce.field_missing", "salesforce.field_read_only", "salesforce.object_missing"}
)
"""Failures after which the describe is read again."""

_FIELD_IN_TEXT = re.compile(r"(?:column|field|fields) '?\[?([A-Za-z][A-Za-z0-9_]*)'?\]?")
_ID_IN_TEXT = re.compile(r"\b(?:id|ID): ?([a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?)\b")
_IDS_IN_TEXT = re.compile(r"\[((?:[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?(?:,\s*|(?=\])))+)\]")
_MAX_IN_TEXT = re.compile(r"max length=(\d+)")
_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_PREFIXES = {"00Q": "lead", "003": "contact", "001": "account", "006": "opportunity", "00T": "task"}
_PREFIXES |= {"00U": "event", "005": "user", "00G": "queue"}


def ref_of(record_id: str) -> Ref:
    """The reference a record id stands for, by its key prefix."""
    return Ref(System.SALESFORCE, _PREFIXES.get(record_id[:3], "record"), full_id(record_id))


def _records_in(text: str) -> tuple[Ref, ...]:
    """The records a text names: `... on record with id: X`, or `... external id field: [X, Y]`."""
    if found := _ID_IN_TEXT.search(text):
        return (ref_of(found.group(1)),)
    if found := _IDS_IN_TEXT.search(text):
        return tuple(ref_of(record_id) for record_id in re.split(r",\s*", found.group(1)))
    return ()


def errors_in(body: object) -> tuple[ApiError, ...]:
    """The errors in a body: a list of them, one bare object, or an OAuth error. Empty for anything else."""
    items = body if isinstance(body, list) else [body]
    return tuple(error for error in map(_error, items) if error is not None)


def failure(error: ApiError, *, status: int | None = None, subject: Ref | None = None) -> Failure:
    """What to do about one error, without a word of what the record says."""
    meaning = _meaning(error, status)
    fields = error.fields or tuple(_FIELD_IN_TEXT.findall(error.message))[:1]
    message = meaning.message
    if fields:
        message += f" ({', '.join(fields)})"
    if limit := _MAX_IN_TEXT.search(error.message):
        message += f", at most {limit.group(1)} characters"
    if error.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION" and error.message:
        message += f': "{_ADDRESS.sub("[address]", error.message)[:200]}"'
    others = error.matches or _records_in(error.message)
    if others:
        message += f": {', '.join(str(ref) for ref in others[:10])}"
    return Failure(
        meaning.recovery,
        System.SALESFORCE,
        meaning.code,
        message,
        meaning.cure,
        subject=subject or (others[0] if others else None),
        fields=fields,
        status=status,
        others=error.matches,
    )


def first(
    errors: Sequence[ApiError], *, status: int | None = None, subject: Ref | None = None
) -> Failure | None:
    """The failure that decides: the first that is no mere consequence of another. None without errors."""
    failures = [failure(error, status=status, subject=subject) for error in errors]
    causes = [item for item in failures if item.code != "salesforce.rolled_back"] or failures
    if not causes:
        return None
    fields = tuple(
        dict.fromkeys(name for item in causes if item.code == causes[0].code for name in item.fields)
    )
    return replace(causes[0], fields=fields)


def from_status(status: int, *, was_sent_as_write: bool) -> Failure:
    """What an answer without a readable error means: gateway pages, empty bodies, odd statuses."""
    if status == 300:
        return failure(ApiError(SEVERAL), status=status)
    if status == 410:
        return failure(ApiError(RETIRED), status=status)
    if status in {414, 431}:
        return _plain(DATA, "salesforce.request_too_large", "a request was too long", status)
    if status in {420, 429}:
        return _plain(
            Recovery.TRANSIENT, "salesforce.throttled", "Salesforce asks for fewer requests", status
        )
    if status >= 500:
        recovery = Recovery.UNKNOWN if was_sent_as_write else Recovery.TRANSIENT
        return _plain(recovery, "salesforce.server_error", f"Salesforce answered {status}", status)
    if status in {401, 403}:
        return failure(ApiError("INSUFFICIENT_ACCESS"), status=status)
    return _plain(DATA, f"salesforce.http_{status}", f"Salesforce answered {status}", status)


def _plain(recovery: Recovery, code: str, message: str, status: int) -> Failure:
    return Failure(recovery, System.SALESFORCE, code, message, status=status)


def _meaning(error: ApiError, status: int | None) -> Meaning:
    code = _SAME.get(error.code, error.code)
    text = error.message
    if code == "DUPLICATES_DETECTED" and error.may_save:
        return _TABLE[ALERTED]
    if code == "REQUEST_LIMIT_EXCEEDED" and "oncurrent" in text:
        return Meaning(
            Recovery.TRANSIENT, "salesforce.concurrent_limit", "too many long requests run at the same time"
        )
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and (
        "LOCK_ROW" in text or "Currently Unavailable" in text
    ):
        return _TABLE["UNABLE_TO_LOCK_ROW"]
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and "CONVERTED_LEAD" in text:
        return _TABLE["CANNOT_UPDATE_CONVERTED_LEAD"]
    if code == "DUPLICATE_VALUE" and "ore than one record" in text:
        return _TABLE[SEVERAL]
    if code == "NOT_FOUND" and "xternal" in text:
        return replace(_TABLE["INVALID_FIELD"], message="the external id field does not exist or is hidden")
    if code == "NOT_FOUND":
        return _TABLE["ENTITY_IS_DELETED"]
    if code in _TABLE:
        return _TABLE[code]
    if status is not None and status >= 500:
        return _TABLE["UNKNOWN_EXCEPTION"]
    known = re.sub(r"[^a-z0-9_]", "", code.lower())[:60] or "error"
    return Meaning(
        DATA, f"salesforce.{known}", f"Salesforce refused the record with {known.upper()}", _DATA_CURE
    )


def _error(item: object) -> ApiError | None:
    if not isinstance(item, dict):
        return None
    # Collections say `statusCode`, single records `errorCode` (REST guide; recorded answers).
    code = item.get("errorCode") or item.get("statusCode") or item.get("error")
    if not isinstance(code, str):
        return None
    fields = item.get("fields")
    names = tuple(str(name) for name in fields) if isinstance(fields, list) else ()
    return ApiError(code, str(item.get("message") or ""), names, _matches(item), _may_save(item))


def _duplicates(item: Mapping[str, object]) -> Mapping[str, Any]:
    # The key is misspelt in the API; both spellings have been seen (Duplicate Rule Header, REST guide).
    result = item.get("duplicateResut") or item.get("duplicateResult")
    return result if isinstance(result, dict) else {}


def _may_save(item: Mapping[str, object]) -> bool:
    return _duplicates(item).get("allowSave") is True


def _matches(item: Mapping[str, object]) -> tuple[Ref, ...]:
    result = _duplicates(item)
    found: dict[Ref, None] = {}
    for group in result.get("matchResults") or ():
        for match in group.get("matchRecords") or ():
            record_id = (match.get("record") or {}).get("Id")
            if isinstance(record_id, str):
                found[ref_of(record_id)] = None
    return tuple(found)
