"""Lead or Contact: what somebody becomes whom Salesforce does not have yet."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from syncd.core.identity import Hold
from syncd.core.likeness import Person
from syncd.core.model import Ref, System
from syncd.core.placing import AccountInHand, AsLead, OnAccount, Place, place
from syncd.core.playbook import Cases

DANA = Person("Dana", "Ruiz", ("dana@acme.example",), (), ("acme.example",), ("Acme GmbH",))
DEFAULT = Cases()
LEADS, ASKED = Cases("lead", "lead"), Cases("hold", "hold")


def ref(record_id: str) -> Ref:
    return Ref(System.SALESFORCE, "account", record_id)


def account(record_id: str, by: str, **parts: object) -> AccountInHand:
    return AccountInHand(ref(record_id), by, **parts)  # type: ignore[arg-type]


CUSTOMER = {"is_customer": True, "owner": "005X"}
SELLING = {"has_open_deal": True}


@dataclass(frozen=True)
class Case:
    """Accounts that may be the company's, and what follows: `lead`, the Account, or the kind of case."""

    rule: str
    accounts: tuple[AccountInHand, ...]
    outcome: str
    cases: Cases = DEFAULT
    country: str = ""
    same: frozenset[Ref] = frozenset()
    different: frozenset[Ref] = frozenset()


TABLE = (
    Case("no account: a Lead", (), "lead"),
    Case("an account sales has nothing with: a Lead", (account("001A", "association"),), "lead"),
    Case("a customer's colleague: a Contact there", (account("001A", "domain", **CUSTOMER),), "001A"),
    Case("a colleague of a deal: a Contact there", (account("001A", "association", **SELLING),), "001A"),
    Case("what HubSpot's sync names goes before a domain", (
        account("001A", "domain", **CUSTOMER), account("001B", "native", **CUSTOMER)), "001B"),
    Case("what HubSpot's sync names, without customer or deal: a Lead", (
        account("001A", "domain", **CUSTOMER), account("001B", "native")), "lead"),
    Case("only the name of a customer: a question", (account("001A", "name", **CUSTOMER),), "which_account"),
    Case("only the name of somebody else: a Lead", (account("001A", "name"),), "lead"),
    Case("two accounts with the domain: a question", (
        account("001A", "domain", **CUSTOMER), account("001B", "domain")), "which_account"),
    Case("two accounts with the domain and nothing in hand: a Lead", (
        account("001A", "domain"), account("001B", "domain")), "lead"),
    Case("of two with the domain the one of the same name", (
        account("001A", "domain", name="Acme Holding", **CUSTOMER),
        account("001B", "domain", name="ACME GmbH", **CUSTOMER)), "001B"),
    Case("of two with the domain the one in the same country", (
        account("001A", "domain", country="Germany", **CUSTOMER),
        account("001B", "domain", country="France", **CUSTOMER)), "001A", country="germany"),
    Case("a company joined to one by its domain is not surer than the other", (
        account("001A", "association", **CUSTOMER), account("001B", "domain", **CUSTOMER)), "which_account"),
    Case("the playbook makes colleagues Leads", (account("001A", "domain", **CUSTOMER),), "lead", LEADS),
    Case("even where it is not sure which account it is", (
        account("001A", "domain", **CUSTOMER), account("001B", "domain", **CUSTOMER)), "lead", LEADS),
    Case("the playbook has people asked", (account("001A", "domain", **CUSTOMER),), "known_account", ASKED),
    Case("customers and deals have rules of their own", (account("001A", "domain", **SELLING),),
         "known_account", Cases(customer_colleague="lead", deal_colleague="hold")),
    Case("a person chose the account", (
        account("001A", "domain", **CUSTOMER), account("001B", "domain", **CUSTOMER)),
        "001B", same=frozenset({ref("001B")})),
    Case("a person said it is another company", (account("001A", "name", **CUSTOMER),), "lead",
         different=frozenset({ref("001A")})),
    Case("a chosen account is used though people are asked otherwise", (account("001A", "person"),), "001A",
         ASKED, same=frozenset({ref("001A")})),
)  # fmt: skip


def placed(case: Case) -> Place:
    return place(case.accounts, DANA, case.country, case.cases, case.same, case.different)


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.rule)
def test_each_case_has_its_place_and_reason(case: Case) -> None:
    """B-69: only a sure Account that sales has something with makes somebody a Contact."""
    match placed(case):
        case AsLead():
            assert case.outcome == "lead"
        case OnAccount() as found:
            assert (found.account.ref.id, bool(found.why)) == (case.outcome, True)
        case Hold() as found:
            assert found.kind == case.outcome
            assert {item.ref for item in found.candidates} <= {item.ref for item in case.accounts}


def test_the_confidence_is_explained() -> None:
    """In the note of the write, and with each candidate of a case."""
    found = place([account("001A", "domain", name="Acme", **CUSTOMER)], DANA, "", DEFAULT)
    assert isinstance(found, OnAccount)
    assert found.why == (
        "the account is a customer; 95 % sure it is the company: "
        "its website has the domain of the person's e-mail or company, the same name"
    )
    asked = place([account("001A", "name", **CUSTOMER)], DANA, "", DEFAULT)
    assert isinstance(asked, Hold)
    assert asked.candidates[0].percent == 70
    assert asked.candidates[0].why == "has the name of the person's company, is a customer, owner 005X"
