"""Which of the portal's workflows start on something we write: properties, stages, list memberships.

Workflows v4 is the one API that tells (docs/api-reference/automation-automation-v4-v4); it wants the scope
`automation`. Their conditions nest in ways the vendor extends, so the names we write are looked for anywhere
in them: one too many is named rather than one too few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.wire import Paging, decode
from syncd.core.model import System
from syncd.ports import Finding, Level, Needs, SystemFailure

PAGE, PAGES_MAX = 100, 50
CONTACTS = "0-1"


class _Flow(msgspec.Struct, rename="camel"):
    id: str
    is_enabled: bool = False
    object_type_id: str = ""
    name: str = ""
    enrollment_criteria: object = None


class _FlowPage(msgspec.Struct):
    results: list[_Flow]
    paging: Paging | None = None


def listed(api: Api, needs: Needs) -> Iterator[Finding]:
    """A finding per workflow, or why they could not be read. Never raises."""
    try:
        flows = _enabled(api)
        lists = _lists(api, needs.lists)
    except SystemFailure as error:
        yield Finding(
            Level.WARNING, System.HUBSPOT, "hubspot.workflows_unread",
            "Workflows that our writes set off: could not be read", error.failure.message,
            "To have them listed, add the scope automation to the service key; nothing else needs it.",
        )  # fmt: skip
        return
    written = _written(needs)
    started = [(flow, found) for flow in flows if (found := _starts_on(flow, written, lists))]
    if not started:
        title = f"None of {len(flows)} workflows starts on what we write"
        yield Finding(Level.OK, System.HUBSPOT, "hubspot.workflows", title)
    for flow, found in started:
        name = flow.name or f"workflow {flow.id}"
        yield Finding(
            Level.WARNING, System.HUBSPOT, "hubspot.workflow",
            f"{name}: a workflow that our writes set off", f"starts on {', '.join(found)}",
            "Look whether each is meant to start when syncd writes; they run from `syncd go-live` on.",
            subject=name,
        )  # fmt: skip


def _enabled(api: Api) -> list[_Flow]:
    """Workflows of contacts that are on, with their conditions."""
    found: list[_Flow] = []
    after = ""
    for _ in range(PAGES_MAX):
        params: dict[str, object] = {"limit": PAGE, **({"after": after} if after else {})}
        response = api.transport.request("GET", "/automation/v4/flows", params=params, endpoint="flows.list")
        page = decode(response, _FlowPage, "flows.list")
        found += [flow for flow in page.results if flow.is_enabled and flow.object_type_id == CONTACTS]
        after = page.paging.next.after if page.paging is not None and page.paging.next is not None else ""
        if not after:
            break
    return [flow for start in range(0, len(found), PAGE) for flow in _whole(api, found[start : start + PAGE])]


def _whole(api: Api, flows: Sequence[_Flow]) -> list[_Flow]:
    body = {"inputs": [{"flowId": flow.id, "type": "FLOW_ID"} for flow in flows]}
    endpoint = "flows.batch_read"
    response = api.transport.request(
        "POST", "/automation/v4/flows/batch/read", json=body, reads=True, endpoint=endpoint
    )
    return decode(response, _FlowPage, endpoint).results


def _lists(api: Api, names: Sequence[str]) -> dict[str, str]:
    """Id to name of the lists we change; one that is missing is another finding's matter."""
    found: dict[str, str] = {}
    for name in names:
        try:
            found[api.list_by_name(name).list_id] = name
        except SystemFailure as error:
            if error.failure.code != "hubspot.not_found":
                raise
    return found


def _written(needs: Needs) -> frozenset[str]:
    names = {need.field for need in needs.fields if need.is_written and need.object_type == "contact"}
    names |= {"lifecyclestage"} if needs.lifecycle_stages else set()
    return frozenset(names | ({"hs_lead_status"} if needs.lead_statuses else set()))


def _starts_on(flow: _Flow, written: frozenset[str], lists: dict[str, str]) -> list[str]:
    texts = set(_texts(flow.enrollment_criteria))
    named = [f"the list {name!r}" for id_, name in lists.items() if ("listId", id_) in texts]
    return [*sorted({text for _key, text in texts} & written), *named]


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text and number in a tree, with the key it stands under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield key, str(value)
