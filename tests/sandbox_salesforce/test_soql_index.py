"""Indexes make queries fast and must never change an answer: random conditions, with and without them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce import soql_filter
from syncd.connectors.sandbox.salesforce.dml import Act
from syncd.connectors.sandbox.salesforce.setup import Permissions
from syncd.connectors.sandbox.salesforce.soql_filter import Context
from syncd.connectors.sandbox.salesforce.soql_syntax import Condition, parse
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.salesforce.table import Table
from tests.sandbox_salesforce.conftest import KEY, START_AT


@pytest.fixture(scope="module")
def busy() -> Salesforce:
    """Thirty Leads over ten minutes: some changed, deleted, merged, taken back, or committed late."""
    org = Salesforce(Kernel(11, START_AT))
    ids: list[str] = []
    for n in range(30):
        org.kernel.advance_to(START_AT + timedelta(seconds=20 * n))
        fields: dict[str, object] = {"LastName": f"N{n % 4}", "Company": "C", KEY: f"1:{n}"}
        if n % 3:
            fields["Email"] = f"n{n % 5}@c.example"
        ids.append(org.insert("Lead", fields))
        if n % 7 == 6:
            org.update("Lead", ids[n - 5], {"Email": "moved@c.example", "NumberOfEmployees": n})
    org.delete("Lead", ids[3])
    org.merge("Lead", ids[4], ids[8])
    with org.late_commits(timedelta(minutes=2)):
        org.update("Lead", ids[10], {"Email": "late@c.example"})
    point = org.engine.savepoint()
    undone = org.engine.create("Lead", {"LastName": "Undone", "Company": "C"}, Act(org.admin_id))
    org.engine.rewind(point)
    org.kernel.advance_to(org.kernel.now + timedelta(minutes=1))
    org.update("Lead", ids[11], {"NumberOfEmployees": 99})  # stamped later than the late one, seen earlier
    org.kernel.advance_to(START_AT + timedelta(minutes=15))
    with org.kernel.as_of(START_AT + timedelta(minutes=5)):
        org.update("Lead", ids[12], {"NumberOfEmployees": 98})
    assert undone not in org.tables["Lead"].rows
    return org


def _leaves() -> st.SearchStrategy[str]:
    stamp = st.integers(0, 15).map(lambda m: (START_AT + timedelta(minutes=m)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    email = st.sampled_from(
        [*(f"'n{n}@C.example'" for n in range(5)), "'moved@c.example'", "'late@c.example'"]
    )
    return st.one_of(
        st.builds("SystemModstamp {} {}".format, st.sampled_from(["=", ">", ">=", "<", "!="]), stamp),
        st.builds("Email {} {}".format, st.sampled_from(["=", "!="]), st.one_of(email, st.just("null"))),
        st.lists(email, min_size=1, max_size=3).map(lambda v: f"Email IN ({', '.join(v)})"),
        st.lists(email, min_size=1, max_size=3).map(lambda v: f"Email NOT IN ({', '.join(v)})"),
        st.integers(0, 29).map(lambda n: f"{KEY} = '1:{n}'"),
        st.sampled_from(["LastName = 'n1'", "NumberOfEmployees > 10", "IsDeleted = true"]),
    )


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def joining(word: str) -> Callable[[list[str]], str]:
        return lambda items: word.join(f"({i})" for i in items)

    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(joining(" AND ")), several.map(joining(" OR ")), inner.map(lambda i: f"(NOT ({i}))")
    )


@settings(max_examples=300, deadline=None)
@given(where=st.recursive(_leaves(), _joined, max_leaves=6))
def test_an_index_never_hides_a_row(busy: Salesforce, where: str) -> None:
    """The rows that pass the test are all among the candidates, whatever the condition."""
    kind = busy.schema.get("Lead")
    context = Context(
        busy.schema,
        busy.tables,
        Permissions(),
        busy.kernel.now,
        where,
        with_deleted=True,
        ids_of=lambda _q: set(),
    )
    condition: Condition | None = parse(f"SELECT Id FROM Lead WHERE {where}").where
    assert condition is not None
    test = soql_filter.build(context, kind, condition)
    passing = {str(row["Id"]) for row in busy.tables["Lead"] if test(row)}
    candidates = soql_filter.candidates(context, kind, condition)
    assert candidates is None or passing <= candidates


def test_the_indexes_are_used_where_connectors_need_them(busy: Salesforce) -> None:
    """Watermarks, ids, keys and addresses look at few rows."""
    kind = busy.schema.get("Lead")
    some = next(iter(busy.tables["Lead"].rows))
    for where in (
        "SystemModstamp > 2026-09-01T06:14:00Z", f"Id IN ('{some}')", f"{KEY} = '1:5'",
        "Email = 'n1@c.example'",
        "(SystemModstamp = 2026-09-01T06:14:00Z AND Id > '000000000000000AAA')"
        " OR SystemModstamp > 2026-09-01T06:14:00Z",
    ):  # fmt: skip
        context = Context(
            busy.schema, busy.tables, Permissions(), busy.kernel.now, where, with_deleted=False,
            ids_of=lambda _q: set(),
        )  # fmt: skip
        found = soql_filter.candidates(context, kind, parse(f"SELECT Id FROM Lead WHERE {where}").where)
        assert found is not None
        assert len(found) < 10


@given(minutes=st.lists(st.integers(0, 59), min_size=1, max_size=40), bound=st.integers(0, 59))
def test_the_log_of_stamps_is_complete_in_any_order_of_arrival(minutes: list[int], bound: int) -> None:
    """Late commits and records made in the past arrive with stamps older than those already there."""
    table = Table("Lead", frozenset())
    stamps = {f"id{n}": f"2026-09-01T06:{minute:02}:00.000+0000" for n, minute in enumerate(minutes)}
    for record_id, stamp in stamps.items():
        table.put(record_id, {"Id": record_id, "SystemModstamp": stamp})
    asked = f"2026-09-01T06:{bound:02}:00.000+0000"
    assert table.since(asked) == {record_id for record_id, stamp in stamps.items() if stamp >= asked}
