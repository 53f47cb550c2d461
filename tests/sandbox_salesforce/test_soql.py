"""SOQL: what a connector asks is answered, what the platform refuses is refused in its words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from simple_salesforce import SalesforceMalformedRequest

from syncd.connectors.sandbox.salesforce.soql_syntax import parse
from syncd.connectors.sandbox.salesforce.state import Salesforce
from tests.sandbox_salesforce.conftest import KEY, START_AT, Served, lead


@pytest.fixture
def people(org: Salesforce) -> dict[str, str]:
    """Four Leads, one minute apart, the last two of one moment."""
    rep, queue = org.add_user("Kim", "Osei"), org.add_queue("Inbound")
    given: list[dict[str, object]] = [
        {"LastName": "Ruiz", "Email": "dana@acme.example", "NumberOfEmployees": 40, "OwnerId": rep},
        {"LastName": "O'Hara", "Email": "pat@acme.example", "NumberOfEmployees": 500, "OwnerId": queue},
        {"LastName": "100%_sure", "DoNotCall": True, "OwnerId": rep},
        {"LastName": "Lind", "Email": "maja@other.example", "NumberOfEmployees": 7, "OwnerId": rep},
    ]
    ids = {}
    for minute, fields in enumerate(given):
        org.kernel.advance_to(START_AT + timedelta(minutes=min(minute, 2)))
        ids[str(fields["LastName"])] = org.insert(
            "Lead", {"Company": "Acme", KEY: f"4711:{minute}", **fields}
        )
    return ids


WHERE = [
    ("Email = 'DANA@acme.example'", ["Ruiz"]),
    ("LastName = 'O\\'Hara'", ["O'Hara"]),
    ("Email = null", ["100%_sure"]),
    ("Email != 'dana@acme.example'", ["O'Hara", "100%_sure", "Lind"]),
    ("Email NOT IN ('dana@acme.example', 'pat@acme.example')", ["100%_sure", "Lind"]),
    ("Email LIKE '%@acme.%'", ["Ruiz", "O'Hara"]),
    ("LastName LIKE '100\\%\\_%'", ["100%_sure"]),
    ("LastName LIKE '_ind'", ["Lind"]),
    ("NumberOfEmployees >= 40", ["Ruiz", "O'Hara"]),
    ("DoNotCall = true", ["100%_sure"]),
    ("SystemModstamp > 2026-09-01T06:00:00Z", ["O'Hara", "100%_sure", "Lind"]),
    ("SystemModstamp >= 2026-09-01T08:02:00.000+02:00", ["100%_sure", "Lind"]),
    ("CreatedDate = TODAY AND Email LIKE '%other%'", ["Lind"]),
    ("(NumberOfEmployees < 10 OR NumberOfEmployees > 400) AND Email != null", ["O'Hara", "Lind"]),
    ("NOT (Email LIKE '%acme%')", ["100%_sure", "Lind"]),
    ("Owner.Name = 'Kim Osei' AND Email != null", ["Ruiz", "Lind"]),
    ("Owner.Type = 'Queue'", []),
    ("Owner.Type = 'Group'", ["O'Hara"]),
    ("Syncd_Key__c IN ('4711:0', '4711:3')", ["Ruiz", "Lind"]),
]  # fmt: skip


@pytest.mark.parametrize(("where", "expected"), WHERE, ids=[w for w, _ in WHERE])
def test_where(people: dict[str, str], client: Any, where: str, expected: list[str]) -> None:
    """Text without case, null only by itself, blanks in `!=`, and brackets."""
    found = client.query(f"SELECT LastName FROM Lead WHERE {where}")
    assert [r["LastName"] for r in found["records"]] == expected


def test_the_watermark_pair_reads_ties_without_loss(people: dict[str, str], client: Any) -> None:
    """Rows of one moment are told apart by id, so a page may end between them."""
    seen: list[str] = []
    last = ("2026-09-01T06:00:00.000Z", "000000000000000AAA")
    for _page in range(6):
        stamp, record = last
        found = client.query(
            f"SELECT Id, LastName, SystemModstamp FROM Lead WHERE (SystemModstamp = {stamp}"
            f" AND Id > '{record}') OR SystemModstamp > {stamp} ORDER BY SystemModstamp, Id LIMIT 1"
        )["records"]
        if not found:
            break
        seen.append(found[0]["LastName"])
        last = (found[0]["SystemModstamp"].replace("+0000", "Z"), found[0]["Id"])
    assert seen == list(people)


def test_order_takes_several_fields_and_puts_blanks_first(people: dict[str, str], client: Any) -> None:
    ask = "SELECT LastName FROM Lead ORDER BY "

    def names(order: str) -> list[str]:
        return [r["LastName"] for r in client.query(ask + order)["records"]]

    assert names("Email") == ["100%_sure", "Ruiz", "Lind", "O'Hara"]
    assert names("Email DESC NULLS LAST, Id") == ["O'Hara", "Lind", "Ruiz", "100%_sure"]
    assert names("SystemModstamp DESC, Id DESC LIMIT 2 OFFSET 1") == ["100%_sure", "O'Hara"]


def test_parents_children_and_semi_joins(org: Salesforce, client: Any) -> None:
    """Contact roles are read from the deal, or by the people of open deals."""
    account = org.insert("Account", {"Name": "Acme"})
    contact = org.insert("Contact", {"LastName": "Ruiz", "AccountId": account})
    org.insert("Contact", {"LastName": "Alone"})
    deal = org.insert(
        "Opportunity",
        {"Name": "Big", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-12-01"},
    )
    org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact})
    (read,) = client.query(
        "SELECT Id, Account.Name, Owner.Name,"
        " (SELECT ContactId FROM OpportunityContactRoles) FROM Opportunity"
    )["records"]
    assert (read["Account"]["Name"], read["Owner"]["Name"]) == ("Acme", "Ada Admin")
    assert [r["ContactId"] for r in read["OpportunityContactRoles"]["records"]] == [contact]
    roles = client.query(
        "SELECT ContactId, Opportunity.StageName, Opportunity.Account.Name FROM OpportunityContactRole"
    )["records"]
    assert roles[0]["Opportunity"]["StageName"] == "Prospecting"
    assert roles[0]["Opportunity"]["Account"]["Name"] == "Acme"
    joined = client.query(
        "SELECT LastName, AccountId, Account.Name FROM Contact WHERE Id NOT IN"
        " (SELECT ContactId FROM OpportunityContactRole WHERE Opportunity.IsClosed = false)"
    )["records"]
    assert [(r["LastName"], r["Account"]) for r in joined] == [("Alone", None)]


def test_counts_and_aggregates(people: dict[str, str], client: Any) -> None:
    counted = client.query("SELECT COUNT() FROM Lead WHERE Email != null")
    assert (counted["totalSize"], counted["records"]) == (3, [])
    ask = "SELECT COUNT(Id) n, MAX(NumberOfEmployees), MIN(SystemModstamp) FROM Lead"
    (row,) = client.query(ask)["records"]
    assert (row["n"], row["expr1"], row["expr2"]) == (4, 500, "2026-09-01T06:00:00.000+0000")


def test_pages_of_2000_follow_by_their_address(org: Salesforce, client: Any) -> None:
    """The cursor keeps what the query saw, though a row changes meanwhile."""
    ids = [org.insert("Lead", {"LastName": f"N{n}", "Company": "C"}) for n in range(2_450)]
    first = client.query("SELECT Id, LastName FROM Lead ORDER BY Id")
    org.update("Lead", ids[-1], {"LastName": "Changed"})
    second = client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert (first["totalSize"], first["done"], len(first["records"])) == (2_450, False, 2_000)
    assert (second["done"], len(second["records"])) == (True, 450)
    assert second["records"][-1]["LastName"] == "N2449"
    assert [r["Id"] for r in client.query_all_iter("SELECT Id FROM Lead")] == ids


def test_query_all_sees_the_recycle_bin_for_15_days(org: Salesforce, served: Served) -> None:
    """A merged record names its winner there."""
    client = served.client()
    winner, loser = (org.insert("Lead", lead(**{KEY: key})) for key in ("4711:1", "4711:2"))
    org.merge("Lead", winner, loser)
    ask = "SELECT Id, MasterRecordId FROM Lead WHERE IsDeleted = true"
    assert client.query(ask)["records"] == []
    (gone,) = client.query(ask, include_deleted=True)["records"]
    assert (gone["Id"], gone["MasterRecordId"]) == (loser, winner)
    org.kernel.advance_to(START_AT + timedelta(days=16))
    assert served.client().query(ask, include_deleted=True)["records"] == []


def test_a_late_commit_is_seen_late_under_its_early_stamp(org: Salesforce, client: Any) -> None:
    """The row that incremental readers lose, locked until it is visible."""
    kept = org.insert("Lead", lead())
    org.kernel.advance_to(START_AT + timedelta(minutes=10))
    with org.late_commits(timedelta(minutes=3)):
        org.update("Lead", kept, {"Company": "Late"})
    org.kernel.advance_to(START_AT + timedelta(minutes=12))
    assert client.Lead.get(kept)["Company"] == "Acme"
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.update(kept, {"Title": "x"})
    assert refused.value.content[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    org.kernel.advance_to(START_AT + timedelta(minutes=13))
    row = client.Lead.get(kept)
    assert (row["Company"], row["SystemModstamp"]) == ("Late", "2026-09-01T06:10:00.000+0000")


REFUSED = [
    ("SELECT Id FROM Lead WHERE Id IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
    ("SELECT Id FROM Lead ALL ROWS", "MALFORMED_QUERY", "unexpected token: 'ALL'"),
    ("SELECT Id FROM Lead WHERE Title = nan", "MALFORMED_QUERY", "unexpected token: 'nan'"),
    ("SELECT Id FROM Lead WHERE Title = 'a", "MALFORMED_QUERY", "unexpected char"),
    ("SELECT Id FROM Lead WHERE Title = 'a\\q'", "MALFORMED_QUERY", "Illegal string literal"),
    ("SELECT Id FROM Lead WHERE Id != null AND Title = 'a' OR Title = 'b'", "MALFORMED_QUERY",
     "unexpected token: 'OR'"),
    ("SELECT Id, FROM Lead", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
    ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: <EOF>"),
    ("SELECT Id FROM Lead LIMIT 5 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
    ("SELECT Shoe_Size__c FROM Lead", "INVALID_FIELD", "No such column 'Shoe_Size__c' on entity 'Lead'"),
    ("SELECT Id FROM Lead WHERE Boss.Name = 'x'", "INVALID_FIELD", "Didn't understand relationship 'Boss'"),
    ("SELECT Id FROM Leed", "INVALID_TYPE", "sObject type 'Leed' is not supported"),
    ("SELECT Id FROM Lead WHERE SystemModstamp > '2026-09-01'", "INVALID_FIELD",
     "must be of type dateTime and should not be enclosed in quotes"),
    ("SELECT Id FROM Lead WHERE Title = 5", "INVALID_FIELD", "must be of type string and should be enclosed"),
    ("SELECT Id FROM Lead WHERE Description LIKE 'x%'", "INVALID_FIELD", "can not be filtered"),
    ("SELECT Id FROM Lead WHERE Id = 'nobody'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
    ("SELECT Id, Id FROM Lead", "INVALID_FIELD", "duplicate field selected"),
    ("SELECT CurrencyIsoCode FROM Opportunity", "INVALID_FIELD", "CurrencyIsoCode"),
    ("SELECT SystemModstamp FROM LeadHistory", "INVALID_FIELD", "SystemModstamp"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "words"), REFUSED, ids=[t for t, _c, _w in REFUSED])
def test_what_the_platform_refuses_is_refused(client: Any, text: str, code: str, words: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.query(text)
    (error,) = refused.value.content
    assert error["errorCode"] == code
    assert words in error["message"]


def test_a_refusal_points_at_the_place(client: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.query("SELECT Id,\nShoe_Size__c FROM Lead")
    assert "ERROR at Row:2:Column:1" in refused.value.content[0]["message"]


def test_a_hidden_field_or_object_looks_like_a_missing_one(org: Salesforce, client: Any) -> None:
    org.hide("Lead", "Rating")
    org.hide("Task")
    for text, code in (("SELECT Rating FROM Lead", "INVALID_FIELD"), ("SELECT Id FROM Task", "INVALID_TYPE")):
        with pytest.raises(SalesforceMalformedRequest) as refused:
            client.query(text)
        assert refused.value.content[0]["errorCode"] == code


def test_an_alias_and_odd_layout_are_understood() -> None:
    plain = parse("SELECT Id, Owner.Name FROM Lead WHERE Title = 'a' ORDER BY Id")
    aliased = parse("select l.Id,\n  l.Owner.Name\tFROM Lead l WHERE l.Title='a' ORDER BY l.Id ASC")
    assert aliased == plain


def test_every_query_text_is_kept(served: Served) -> None:
    client = served.client()
    client.query("SELECT Id FROM Lead")
    assert served.org.queries == ["SELECT Id FROM Lead"]
