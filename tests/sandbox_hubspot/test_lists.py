"""Lists by name, their members, and what a dynamic one refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hubspot.crm.lists import ApiException

from syncd.connectors.sandbox import Sandbox
from syncd.connectors.sandbox.hubspot.provision import DYNAMIC_LIST, NURTURE_LISTS
from tests.sandbox_hubspot.conftest import Http, contact

NAME = NURTURE_LISTS[0]


def test_the_portal_comes_with_the_nurture_lists(client: Any) -> None:
    for name in NURTURE_LISTS:
        shown = client.crm.lists.lists_api.get_by_name(name, "0-1").list
        assert (shown.name, shown.processing_type) == (name, "MANUAL")


def test_members_are_added_removed_and_named_when_missing(sandbox: Sandbox, client: Any) -> None:
    """Adding a member again is no error and no change."""
    id_ = contact(sandbox, "a@firm.com")
    list_id = client.crm.lists.lists_api.get_by_name(NAME, "0-1").list.list_id
    members = client.crm.lists.memberships_api
    added = members.add(list_id, [id_, "77"])
    assert (added.records_ids_added, added.record_ids_missing) == ([id_], ["77"])
    assert members.add(list_id, [id_]).records_ids_added == []
    assert sandbox.hubspot.members(NAME) == {id_}
    assert [item.record_id for item in members.get_page(list_id).results] == [id_]
    assert members.remove(list_id, [id_]).record_ids_removed == [id_]
    assert sandbox.hubspot.members(NAME) == set()
    assert [item.operation for item in sandbox.hubspot.writes] == ["list_add", "list_remove"]


def test_members_are_paged(sandbox: Sandbox, client: Any) -> None:
    list_id = client.crm.lists.lists_api.get_by_name(NAME, "0-1").list.list_id
    ids = [contact(sandbox, f"p{n}@firm.com") for n in range(5)]
    members = client.crm.lists.memberships_api
    members.add(list_id, ids)
    first = members.get_page(list_id, limit=3)
    second = members.get_page(list_id, limit=3, after=first.paging.next.after)
    assert [item.record_id for item in (*first.results, *second.results)] == ids
    assert second.paging is None


def test_a_dynamic_list_takes_no_members(sandbox: Sandbox, client: Any) -> None:
    id_ = contact(sandbox, "a@firm.com")
    list_id = client.crm.lists.lists_api.get_by_name(DYNAMIC_LIST, "0-1").list.list_id
    with pytest.raises(ApiException) as refused:
        client.crm.lists.memberships_api.add(list_id, [id_])
    assert refused.value.status == 400
    assert len(sandbox.hubspot.violations) == 1


def test_a_list_that_does_not_exist_is_json_not_found(http: Http) -> None:
    answer = http.call("GET", "/crm/v3/lists/object-type-id/0-1/name/none")
    assert (answer.status_code, answer.json()["category"]) == (404, "OBJECT_NOT_FOUND")


def test_after_a_merge_the_survivor_is_the_member(sandbox: Sandbox, http: Http) -> None:
    a, b = contact(sandbox, "a@firm.com"), contact(sandbox, "b@firm.com")
    list_ = sandbox.hubspot.lists.named(NAME)
    http.call("PUT", f"/crm/v3/lists/{list_.id}/memberships/add", [b])
    merged = sandbox.hubspot.merge("contacts", a, b)
    assert sandbox.hubspot.members(NAME) == {merged}
    shown = http.call("GET", f"/crm/v3/lists/records/0-1/{merged}/memberships").json()
    assert [item["listId"] for item in shown["results"]] == [list_.id]


def test_members_come_in_the_order_they_joined(sandbox: Sandbox, http: Http) -> None:
    """Oldest first with the moment of joining, page by page; whoever leaves is gone from it."""
    ids = [sandbox.hubspot.create("contacts", {"email": f"{name}@firm.com"}) for name in "abc"]
    lists = sandbox.hubspot.lists
    list_id = lists.create("Guests")
    for id_ in reversed(ids):
        sandbox.advance_to(sandbox.now + timedelta(minutes=1))
        lists.change(lists.named("Guests"), [id_], [], "user")
    path = f"/crm/v3/lists/{list_id}/memberships/join-order"
    first = http.call("GET", path, limit=2).json()
    rest = http.call("GET", path, limit=2, after=first["paging"]["next"]["after"]).json()
    joined = [item["recordId"] for item in (*first["results"], *rest["results"])]
    assert joined == list(reversed(ids))
    times = [item["membershipTimestamp"] for item in first["results"]]
    assert times == sorted(times)
    assert "paging" not in rest
    lists.change(lists.named("Guests"), [], [ids[2]], "user")
    assert len(http.call("GET", path).json()["results"]) == 2
