"""HubSpot's endpoints, one method each: typed arguments in, decoded pages out.

Each method says to the transport what the call is: which budget it draws on, whether it only reads, whether
it may be repeated. What the SDK has goes through the SDK; the rest (account details, form submissions,
e-mail events) through the same transport by path. Nothing here decides what to ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
import requests

from syncd.connectors.hubspot.answers import (
    AssociatedTo,
    AssociationPage,
    Campaign,
    Details,
    EmailEventPage,
    FormPage,
    ListAnswer,
    ListInfo,
    MarketingEventPage,
    MemberPage,
    Membership,
    OwnerPage,
    PageEventPage,
    ParticipationPage,
    Property,
    PropertyGroupPage,
    PropertyPage,
    SubmissionPage,
)
from syncd.connectors.hubspot.sdk import Sdk
from syncd.connectors.hubspot.wire import Row, Rows, decode, decode_rows, to_ms
from syncd.connectors.transport import Transport
from syncd.ports import SystemFailure

BATCH_MAX = 100  # batch read, update: docs/guides/api/crm/objects/contacts, "Limits"
HISTORY_BATCH_MAX = 50  # where property history is asked for (facts/hubspot.md 4)
LIST_PAGE = 100  # GET objects: same page
SEARCH_PAGE = 200  # docs/api-reference/latest/crm/search-the-crm
ASSOCIATIONS_MAX = 1000  # changelog/bug-fix-batch-read-limit-for-hubspot-associations-api
SUBMISSIONS_PAGE = 50  # legacy forms v1, "Get submissions"
EMAIL_EVENTS_PAGE = 1000
VISITS_PAGE = 1000
MEMBERS_PAGE = 250  # lists v3, "limit"
SEARCH_CHARS_MAX = 3000
URL_CHARS_MAX = 6000  # portals answer 414 from about 8,000 (facts section 5)

NOUNS = {
    "contacts": "contact",
    "companies": "company",
    "deals": "deal",
    "calls": "call",
    "emails": "email",
    "meetings": "meeting",
    "notes": "note",
    "tasks": "task",
    "communications": "communication",
}
"""Our word for each object type we read."""


class Api:
    """Calls to one portal."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._sdk = Sdk(transport)
        self._visits_page = VISITS_PAGE

    # --- objects -----------------------------------------------------------------------------------------

    def list_page(
        self, type_: str, properties: Sequence[str], after: str = "", *, archived: bool = False
    ) -> Rows:
        """Up to 100 objects in order of id; consistent with the primary store, unlike search."""
        endpoint = f"{type_}.archived" if archived else f"{type_}.list"
        wide = sum(len(name) + len("&properties=") for name in properties) > URL_CHARS_MAX
        with self.transport.calling(endpoint):
            response = self._sdk.api("crm.objects", "BasicApi").get_page(
                type_,
                limit=LIST_PAGE,
                properties=["hs_object_id"] if wide else list(properties),
                _preload_content=False,
                **({"after": after} if after else {}),
                **({"archived": True} if archived else {}),
            )
        page = decode_rows(response, NOUNS[type_], endpoint)
        return self._filled(type_, page, properties, archived=archived) if wide else page

    def search(
        self,
        type_: str,
        groups: Sequence[Sequence[Mapping[str, object]]],
        properties: Sequence[str],
        *,
        limit: int = SEARCH_PAGE,
        after: str = "",
    ) -> Rows:
        """Objects that match any of the groups, in order of id; search lags and has no archived ones.

        A body of more than 3,000 characters is refused (search-the-crm, "Limits"): then the properties are
        read by id, a hundred at a time.
        """
        endpoint = f"{type_}.search"
        body: dict[str, object] = {
            "filterGroups": [{"filters": list(filters)} for filters in groups],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": limit,
        }
        if after:
            body["after"] = after
        is_wide = len(msgspec.json.encode(body)) > SEARCH_CHARS_MAX
        if is_wide:
            body["properties"] = ["hs_object_id"]
        with self.transport.calling(endpoint, reads=True, bucket="search"):
            api = self._sdk.api("crm.objects", "SearchApi")
            response = api.do_search(type_, body, _preload_content=False)
        page = decode_rows(response, NOUNS[type_], endpoint)
        return self._filled(type_, page, properties) if is_wide else page

    def _filled(self, type_: str, page: Rows, properties: Sequence[str], *, archived: bool = False) -> Rows:
        """The same page with its records read by id: for a property list too long for the first request."""
        rows: list[Row] = []
        problems = list(page.problems)
        for start in range(0, len(page.ids), BATCH_MAX):
            full = self.batch_read(type_, page.ids[start : start + BATCH_MAX], properties, archived=archived)
            rows += full.rows
            problems += full.problems
        return Rows(tuple(rows), page.ids, page.after, page.total, tuple(problems))

    def batch_read(
        self,
        type_: str,
        ids: Iterable[str],
        properties: Sequence[str],
        *,
        archived: bool = False,
        history: Sequence[str] = (),
    ) -> Rows:
        """Up to 100 objects as they are now, 50 with the `history` of some properties. Unknown ids are left
        out; a merged one answers by its new id."""
        endpoint = f"{type_}.batch_read"
        body = {
            "inputs": [{"id": id_} for id_ in dict.fromkeys(ids)],
            "properties": list(properties),
            "propertiesWithHistory": list(history),
        }
        with self.transport.calling(endpoint, reads=True):
            response = self._sdk.api("crm.objects", "BatchApi").read(
                type_, body, _preload_content=False, **({"archived": True} if archived else {})
            )
        return decode_rows(response, NOUNS[type_], endpoint)

    def batch_update(self, type_: str, inputs: Sequence[tuple[str, Mapping[str, object]]]) -> Rows:
        """Up to 100 objects after the update, those that took it; what was refused is in `errors`."""
        endpoint = f"{type_}.batch_update"
        body = {"inputs": [{"id": id_, "properties": dict(fields)} for id_, fields in inputs]}
        with self.transport.calling(endpoint, idempotent=True):
            response = self._sdk.api("crm.objects", "BatchApi").update(type_, body, _preload_content=False)
        return decode_rows(response, NOUNS[type_], endpoint)

    def touch_contact(self, id_: str) -> None:
        """An update of nothing: for asking whether writing is allowed, at an id that no contact has."""
        with self.transport.calling("contacts.update", idempotent=True):
            body: dict[str, object] = {"properties": {}}
            self._sdk.api("crm.objects", "BasicApi").update("contacts", id_, body, _preload_content=False)

    def associations(self, source: str, target: str, ids: Sequence[str]) -> dict[str, list[AssociatedTo]]:
        """For each id what it is associated with, all pages of it; ids without any are left out.

        The answer calls no association an error (207, NO_ASSOCIATIONS_FOUND; peers.md): only results count.
        """
        endpoint = f"associations.{source}_{target}"
        found: dict[str, list[AssociatedTo]] = {}
        inputs: list[dict[str, str]] = [{"id": id_} for id_ in dict.fromkeys(ids)]
        while inputs:
            chunk, inputs = inputs[:ASSOCIATIONS_MAX], inputs[ASSOCIATIONS_MAX:]
            with self.transport.calling(endpoint, reads=True):
                response = self._sdk.api("crm.associations.v4", "BatchApi").get_page(
                    source, target, {"inputs": chunk}, _preload_content=False
                )
            for result in decode(response, AssociationPage, endpoint).results:
                found.setdefault(result.source.id, []).extend(result.to)
                if result.paging is not None and result.paging.next is not None and result.to:
                    inputs.append({"id": result.source.id, "after": result.paging.next.after})
        return found

    # --- the portal --------------------------------------------------------------------------------------

    def details(self) -> Details:
        """Which portal answers."""
        response = self.transport.request("GET", "/account-info/v3/details", endpoint="account.details")
        return decode(response, Details, "account.details")

    def owners(self, after: str = "", *, archived: bool = False) -> OwnerPage:
        with self.transport.calling("owners.list"):
            response = self._sdk.api("crm.owners", "OwnersApi").get_page(
                limit=100, archived=archived, _preload_content=False, **({"after": after} if after else {})
            )
        return decode(response, OwnerPage, "owners.list")

    def properties(self, type_: str, *, archived: bool = False) -> dict[str, Property]:
        """Every property of an object type by name, or those that were archived."""
        with self.transport.calling("properties.list"):
            response = self._sdk.api("crm.properties", "CoreApi").get_all(
                type_, _preload_content=False, **({"archived": True} if archived else {})
            )
        return {item.name: item for item in decode(response, PropertyPage, "properties.list").results}

    def create_property(self, type_: str, definition: Mapping[str, object]) -> Property:
        """The property as it is now. An archived one of that name comes back as it was; one that is there
        is a conflict (409) and stays as it is (facts 8.6)."""
        endpoint = "properties.create"
        with self.transport.calling(endpoint, idempotent=True):
            api = self._sdk.api("crm.properties", "CoreApi")
            response = api.create(type_, dict(definition), _preload_content=False)
        return decode(response, Property, endpoint)

    def set_options(self, type_: str, name: str, options: Sequence[Mapping[str, object]]) -> Property:
        """The property after its whole list of options was replaced by this one (facts 8.6)."""
        endpoint = "properties.update"
        with self.transport.calling(endpoint, idempotent=True):
            api = self._sdk.api("crm.properties", "CoreApi")
            response = api.update(type_, name, {"options": list(options)}, _preload_content=False)
        return decode(response, Property, endpoint)

    def property_groups(self, type_: str) -> tuple[str, ...]:
        """Names of the groups properties are shown in."""
        with self.transport.calling("property_groups.list"):
            response = self._sdk.api("crm.properties", "GroupsApi").get_all(type_, _preload_content=False)
        page = decode(response, PropertyGroupPage, "property_groups.list")
        return tuple(item.name for item in page.results)

    def create_property_group(self, type_: str, name: str, label: str) -> None:
        with self.transport.calling("property_groups.create", idempotent=True):
            api = self._sdk.api("crm.properties", "GroupsApi")
            api.create(type_, {"name": name, "label": label, "displayOrder": -1}, _preload_content=False)

    # --- lists -------------------------------------------------------------------------------------------

    def list_by_name(self, name: str) -> ListInfo:
        """The contact list of that name. Raises SystemFailure(REJECTED, not_found)."""
        with self.transport.calling("lists.by_name"):
            response = self._sdk.api("crm.lists", "ListsApi").get_by_name(name, "0-1", _preload_content=False)
        return decode(response, ListAnswer, "lists.by_name").list

    def members(self, list_id: str, after: str = "") -> MemberPage:
        """Up to 250 members of a list in the order they joined."""
        with self.transport.calling("lists.members"):
            response = self._sdk.api("crm.lists", "MembershipsApi").get_page_ordered_by_added_to_list_date(
                list_id, limit=MEMBERS_PAGE, _preload_content=False, **({"after": after} if after else {})
            )
        return decode(response, MemberPage, "lists.members")

    def change_membership(self, list_id: str, ids: Sequence[str], *, member: bool) -> Membership:
        """What became of each id. Adding a member or removing a stranger is ignored there."""
        endpoint = "lists.add" if member else "lists.remove"
        with self.transport.calling(endpoint, idempotent=True):
            api = self._sdk.api("crm.lists", "MembershipsApi")
            change = api.add if member else api.remove
            response = change(list_id, list(ids), _preload_content=False)
        return decode(response, Membership, endpoint)

    # --- behaviour ---------------------------------------------------------------------------------------

    def forms(self, after: str = "") -> FormPage:
        """Form definitions: the only way to the submissions, which are kept per form."""
        with self.transport.calling("forms.list"):
            response = self._sdk.api("marketing.forms", "FormsApi").get_page(
                limit=100, _preload_content=False, **({"after": after} if after else {})
            )
        return decode(response, FormPage, "forms.list")

    def submissions(self, form_id: str, after: str = "") -> SubmissionPage:
        """Up to 50 submissions of a form, the newest first (legacy v1; no successor yet)."""
        params = {"limit": SUBMISSIONS_PAGE, **({"after": after} if after else {})}
        response = self.transport.request(
            "GET",
            f"/form-integrations/v1/submissions/forms/{form_id}",
            params=params,
            endpoint="forms.submissions",
        )
        return decode(response, SubmissionPage, "forms.submissions")

    def email_events(
        self, kind: str, since: datetime, until: datetime, offset: str = "", limit: int = EMAIL_EVENTS_PAGE
    ) -> EmailEventPage:
        """Marketing-e-mail events of one type in a stretch of time, the newest first (legacy v1)."""
        params: dict[str, object] = {
            "eventType": kind,
            "startTimestamp": to_ms(since),
            "endTimestamp": to_ms(until),
            "limit": limit,
        }
        if offset:
            params["offset"] = offset
        response = self.transport.request(
            "GET", "/email/public/v1/events", params=params, endpoint="email_events.list"
        )
        return decode(response, EmailEventPage, "email_events.list")

    def campaign_name(self, campaign_id: int) -> str:
        """The name of a marketing e-mail (legacy v1)."""
        response = self.transport.request(
            "GET", f"/email/public/v1/campaigns/{campaign_id}", endpoint="email_events.campaign"
        )
        return decode(response, Campaign, "email_events.campaign").name

    def page_events(self, since: datetime, until: datetime, after: str = "") -> PageEventPage:
        """Page visits of all contacts in a stretch of time, the oldest first (Enterprise).

        The documentation names no largest page; where a thousand are refused, a hundred are asked for.
        """
        try:
            return self._page_events(since, until, after)
        except SystemFailure as error:
            if error.failure.status != 400 or self._visits_page == LIST_PAGE:
                raise
            self._visits_page = LIST_PAGE
            return self._page_events(since, until, after)

    def _page_events(self, since: datetime, until: datetime, after: str) -> PageEventPage:
        with self.transport.calling("page_events.list"):
            response = self._sdk.api("events", "EventsApi").get_page(
                object_type="contact",
                event_type="e_visited_page",
                occurred_after=since,
                occurred_before=until,
                sort=["occurredAt"],
                limit=self._visits_page,
                _preload_content=False,
                **({"after": after} if after else {}),
            )
        return decode(response, PageEventPage, "page_events.list")

    def marketing_events(self, after: str = "") -> MarketingEventPage:
        with self.transport.calling("marketing_events.list"):
            response = self._sdk.api("marketing.events", "BasicApi").get_all(
                limit=100, _preload_content=False, **({"after": after} if after else {})
            )
        return decode(response, MarketingEventPage, "marketing_events.list")

    def participations(self, event_id: str, after: str = "") -> ParticipationPage:
        """Who registered for, attended, missed or cancelled one marketing event."""
        with self.transport.calling("marketing_events.participations"):
            response: requests.Response = self._sdk.api(
                "marketing.events", "RetrieveParticipantStateApi"
            ).get_participations_breakdown_by_marketing_event_id(
                event_id, limit=100, _preload_content=False, **({"after": after} if after else {})
            )
        return decode(response, ParticipationPage, "marketing_events.participations")
