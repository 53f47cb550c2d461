"""All records of one object by id, what became of named ones, and who is in a list: for the comparison.

A listing is consistent with the primary store, unlike search; the bin keeps what was archived for 90 days
(facts section 8). Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.connectors.hubspot.api import BATCH_MAX, Api
from syncd.connectors.hubspot.target import by_any_id, left_out
from syncd.ports import Listing, SystemFailure

TYPES = {"contact": "contacts", "company": "companies", "deal": "deals"}
"""Our word for what is counted, and HubSpot's."""


class Listings:
    """What a portal's connector can list and look up whole."""

    _api: Api

    def listed(self, object_type: str, after: str) -> Listing:
        """A hundred records in order of id. Raises SystemFailure."""
        page = self._api.list_page(TYPES[object_type], ("hs_object_id",), after)
        return Listing(tuple((row.id, row.updated_at) for row in page.rows), page.after)

    def standing(self, object_type: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Of these records: present, deleted or merged; one of which nothing is left is left out. Raises
        SystemFailure."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), BATCH_MAX):
            rest = list(ids[start : start + BATCH_MAX])
            for archived in (False, True):
                if not rest:
                    break
                names = ("hs_merged_object_ids",)
                page = self._api.batch_read(TYPES[object_type], rest, names, archived=archived)
                for failure in left_out(page).values():  # it cannot be told now
                    raise SystemFailure(failure)
                known = by_any_id(page)
                for id_ in rest:
                    if id_ in known:
                        present = "present" if known[id_].id == id_ else "merged"
                        found[id_] = "deleted" if archived else present
                rest = [id_ for id_ in rest if id_ not in known]
        return found

    def members(self, list_name: str, after: str, pages_max: int) -> tuple[frozenset[str], str]:
        """Who is in the list of that name, up to so many pages, and where to go on, blank at the end. Raises
        SystemFailure: `hubspot.not_found` where there is no such list."""
        list_id = self._api.list_by_name(list_name).list_id
        found: set[str] = set()
        for _page in range(pages_max):
            page = self._api.members(list_id, after)
            found |= {item.record_id for item in page.results}
            after = page.paging.next.after if page.paging and page.paging.next and page.results else ""
            if not after:
                break
        return frozenset(found), after
