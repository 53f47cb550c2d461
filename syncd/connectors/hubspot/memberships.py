"""Who joined the lists a kind of signal names: each membership with its date is a fact.

Members come in the order they joined, 250 a page ("Fetch list memberships ordered by added to list date",
lists v3), so a sweep goes on from the page it ended in: one call per list while nobody joins. What the order
may hide, since leaving moves the pages, a whole reading once a day finds. Leaving a list has no date anywhere
and is no fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from syncd.connectors.hubspot.answers import MemberPage
from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.wire import to_ms
from syncd.core.model import Ref, System
from syncd.ports import Activity, Failure, Page, Recovery, SystemFailure

PAGES_MAX = 80
"""Pages of one sweep, all lists together: 20,000 members."""

WHOLE_EVERY = timedelta(hours=24)
NOT_FOUND = "hubspot.not_found"


class _Reading(msgspec.Struct, omit_defaults=True):
    """How far one list is read: its id, the token of the page that comes next, when the reading began, and
    whether it has been through since."""

    id: str
    began: int
    after: str = ""
    is_through: bool = False


class _Cursor(msgspec.Struct):
    lists: dict[str, _Reading] = {}


def joined(api: Api, names: Sequence[str], cursor: str | None, now: datetime) -> Iterator[Page]:
    """New memberships of the lists of these names. A list that is not there is a problem, not a failure."""
    state = msgspec.json.decode(cursor, type=_Cursor) if cursor else _Cursor()
    left = PAGES_MAX
    for name in names:
        try:
            for records in _of_list(api, name, state, now):
                yield Page(records, _encoded(state), is_complete=False)
                left -= 1
                if not left:
                    return
        except SystemFailure as error:
            if error.failure.code != NOT_FOUND:
                raise
            state.lists.pop(name, None)
            yield Page((), _encoded(state), is_complete=False, problems=(_missing(name),))
    yield Page((), _encoded(state), is_complete=True, covered_until_at=now)


def _of_list(api: Api, name: str, state: _Cursor, now: datetime) -> Iterator[tuple[Activity, ...]]:
    """One page after another of the list's members, each with the state that has passed it."""
    reading = state.lists.get(name)
    if reading is None or (reading.is_through and to_ms(now) - reading.began >= _ms(WHOLE_EVERY)):
        reading = state.lists[name] = _Reading(api.list_by_name(name).list_id, to_ms(now))
    while True:
        page = api.members(reading.id, reading.after)
        after = page.paging.next.after if page.paging and page.paging.next and page.results else ""
        if after:
            reading.after = after
        else:
            reading.is_through = True
        yield _memberships(name, reading.id, page)
        if not after:
            return


def _memberships(name: str, list_id: str, page: MemberPage) -> tuple[Activity, ...]:
    return tuple(
        Activity(
            Ref(System.HUBSPOT, "list_membership", f"{list_id}:{item.record_id}:{to_ms(item.at)}"),
            "hubspot.list_membership",
            item.at,
            item.at,
            {"list": name, "state": "joined"},
            people=(Ref(System.HUBSPOT, "contact", item.record_id),),
            title=name,
        )
        for item in page.results
    )


def _missing(name: str) -> Failure:
    return Failure(
        Recovery.REJECTED,
        System.HUBSPOT,
        "hubspot.list_unknown",
        f"There is no contact list named {name!r}, which a kind of signal reads.",
        cure="Name an existing list in signals.yaml, exactly as HubSpot shows it.",
        subject=Ref(System.HUBSPOT, "list", name),
    )


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _encoded(state: _Cursor) -> str:
    return msgspec.json.encode(state).decode()
