"""What each error of Salesforce means: recovery, sentence and cure, and nothing of what a record says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.salesforce.errors import (
    ApiError,
    errors_in,
    failure,
    first,
    from_status,
    ref_of,
)
from syncd.core.handed import full_id
from syncd.ports import Recovery
from tests.salesforce.conftest import ref


@pytest.mark.parametrize(
    ("code", "recovery", "ours"),
    [
        ("REQUEST_LIMIT_EXCEEDED", Recovery.HALT, "salesforce.daily_limit"),
        ("STORAGE_LIMIT_EXCEEDED", Recovery.HALT, "salesforce.storage_full"),
        ("API_CURRENTLY_DISABLED", Recovery.CONFIGURATION, "salesforce.api_disabled"),
        ("INSUFFICIENT_ACCESS_OR_READONLY", Recovery.CONFIGURATION, "salesforce.permission"),
        ("TRANSFER_REQUIRES_READ", Recovery.CONFIGURATION, "salesforce.permission"),
        ("INVALID_TYPE", Recovery.CONFIGURATION, "salesforce.object_missing"),
        ("UNABLE_TO_LOCK_ROW", Recovery.TRANSIENT, "salesforce.row_locked"),
        ("CANNOT_UPDATE_CONVERTED_LEAD", Recovery.TRANSIENT, "salesforce.moved"),
        ("ENTITY_IS_DELETED", Recovery.TRANSIENT, "salesforce.gone"),
        ("DUPLICATE_EXTERNAL_ID", Recovery.REJECTED, "salesforce.duplicate_value"),
        ("CANNOT_EXECUTE_FLOW_TRIGGER", Recovery.REJECTED, "salesforce.automation_failed"),
        ("SOME_NEW_CODE", Recovery.REJECTED, "salesforce.some_new_code"),
    ],
)
def test_codes_are_named_by_what_to_do(code: str, recovery: Recovery, ours: str) -> None:
    found = failure(ApiError(code))
    assert (found.recovery, found.code) == (recovery, ours)


def test_a_limit_on_concurrent_requests_is_no_daily_limit() -> None:
    """The same code means both; the text tells."""
    text = "ConcurrentPerOrgLongTxn Limit exceeded: concurrent requests"
    assert failure(ApiError("REQUEST_LIMIT_EXCEEDED", text)).recovery is Recovery.TRANSIENT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LeadTrigger: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access", "salesforce.row_locked"),
        ("Record Currently Unavailable: the record is being changed", "salesforce.row_locked"),
        ("first error: CANNOT_UPDATE_CONVERTED_LEAD", "salesforce.moved"),
    ],
)
def test_their_automation_may_wrap_a_lock_or_a_conversion(text: str, code: str) -> None:
    assert failure(ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)).code == code


def test_an_unknown_code_of_a_server_error_leaves_the_write_unknown() -> None:
    assert failure(ApiError("NEW_TROUBLE"), status=500).recovery is Recovery.UNKNOWN


def test_both_spellings_of_the_duplicate_result_are_read() -> None:
    """The API misspells the key; which spelling comes depends on version and path."""
    matches = [
        {"matchRecords": [{"record": {"Id": "003000000000001AAA"}}, {"record": {"Id": "00Q000000000001AAA"}}]}
    ]
    for key in ("duplicateResut", "duplicateResult"):
        body = [{"errorCode": "DUPLICATES_DETECTED", "message": "m", key: {"matchResults": matches}}]
        found = errors_in(body)[0].matches
        assert found == (ref("contact", "003000000000001AAA"), ref("lead", "00Q000000000001AAA"))


def test_status_codes_of_collections_and_error_codes_of_records_are_both_read() -> None:
    assert errors_in([{"statusCode": "STRING_TOO_LONG", "fields": ["Title"]}])[0].fields == ("Title",)
    assert errors_in({"errorCode": "SERVER_UNAVAILABLE"})[0].code == "SERVER_UNAVAILABLE"
    assert errors_in({"error": "invalid_grant", "error_description": "x"})[0].code == "invalid_grant"
    assert errors_in("<html>") == ()


def test_the_cause_decides_and_not_what_was_rolled_back_with_it() -> None:
    found = first(
        [ApiError("ALL_OR_NONE_OPERATION_ROLLED_BACK"), ApiError("STRING_TOO_LONG", fields=("Title",))]
    )
    assert found is not None
    assert (found.code, found.fields) == ("salesforce.too_long", ("Title",))
    assert first([]) is None


def test_a_validation_rule_speaks_in_the_admins_words_without_addresses() -> None:
    """The one text that is passed on: an admin wrote it for people; addresses are masked all the same."""
    found = failure(
        ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Ask ops@acme.example for a region" + "!" * 500)
    )
    assert 'refused the record: "Ask [address] for a region' in found.message
    assert len(found.message) < 300


@given(code=st.sampled_from(["STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS", "DUPLICATE_VALUE", "SOME_NEW_CODE"]))
def test_no_other_text_of_salesforce_is_passed_on(code: str) -> None:
    """It quotes what the record says."""
    text = "Last Name: data value too large: Zyxwv-Name (max length=80) zyxwv@acme.example"
    found = failure(ApiError(code, text))
    assert "yxwv" not in repr(found)


def test_a_key_on_several_records_names_them_all() -> None:
    """Collections say it in words where a single upsert answers 300."""
    ids = "[00Q000000000001AAA, 00Q000000000002AAA]"
    text = f"Syncd_Key__c: more than one record found for external id field: {ids}"
    found = failure(ApiError("DUPLICATE_EXTERNAL_ID", text))
    assert found.code == "salesforce.duplicate_key"
    assert "salesforce:lead:00Q000000000001AAA, salesforce:lead:00Q000000000002AAA" in found.message


def test_short_ids_become_full_ones() -> None:
    """The worked example: capitals of each five characters make the three letters."""
    assert full_id("0015000000Gv7qJ") == "0015000000Gv7qJAAR"
    assert ref_of("0015000000Gv7qJ") == ref("account", "0015000000Gv7qJAAR")
    assert full_id("0015000000Gv7qJAAR") == "0015000000Gv7qJAAR"


@pytest.mark.parametrize(
    ("status", "recovery", "code"),
    [
        (300, Recovery.REJECTED, "salesforce.duplicate_key"),
        (410, Recovery.CONFIGURATION, "salesforce.api_version_retired"),
        (414, Recovery.REJECTED, "salesforce.request_too_large"),
        (420, Recovery.TRANSIENT, "salesforce.throttled"),
        (502, Recovery.UNKNOWN, "salesforce.server_error"),
        (403, Recovery.CONFIGURATION, "salesforce.permission"),
        (409, Recovery.REJECTED, "salesforce.http_409"),
    ],
)
def test_an_answer_without_words_is_read_by_its_status(status: int, recovery: Recovery, code: str) -> None:
    found = from_status(status, was_sent_as_write=True)
    assert (found.recovery, found.code) == (recovery, code)
