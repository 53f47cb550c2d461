"""All records of one object by id, and what became of named ones: for the comparison with the store.

Ids come in their own order, 2,000 to a call, so that a listing goes on behind the last one; of named records
the bin tells whether they were deleted or merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.connectors.salesforce import decode, feeds, soql
from syncd.connectors.salesforce.client import Client, Query
from syncd.connectors.salesforce.feeds import STAMP, Feed
from syncd.connectors.salesforce.options import SalesforceOptions
from syncd.connectors.salesforce.schema import Schema
from syncd.ports import Listing

PAGE = 2_000
IDS_MAX = 200
"""Ids in one query: 200 make about 5.5 kB of URL."""
MERGEABLE = frozenset({"Lead", "Contact", "Account"})
"""Objects with a MasterRecordId ("Lead", "Contact", "Account", object reference)."""


def feed_of(word: str, options: SalesforceOptions) -> Feed:
    """How an object is read that is counted, by our word for it."""
    makers = (feeds.leads, feeds.contacts, feeds.opportunities, feeds.accounts, feeds.users, feeds.queues)
    return next(feed for make in makers if (feed := make(options)).word == word)


def listed(client: Client, schema: Schema, feed: Feed, after: str) -> Listing:
    """The records behind id `after`. Raises SystemFailure."""
    where = soql.every(soql.behind("Id", after) if after else None, feed.only(schema))
    select = soql.Select(feed.object, ("Id", STAMP), where, order=("Id",), limit=PAGE)
    rows = client.all_rows(Query(select.text()), "query listing")
    found = tuple((str(row["Id"]), decode.moment_or_none(row.get(STAMP))) for row in rows)
    return Listing(found, found[-1][0] if len(found) >= PAGE else "")


def standing(client: Client, schema: Schema, feed: Feed, ids: Sequence[str]) -> Mapping[str, str]:
    """Of these records: present, deleted or merged; one the org does not show at all is left out. Raises
    SystemFailure."""
    fields = ("Id", *(("MasterRecordId",) if feed.object in MERGEABLE else ()))
    has_bin = feed.object not in {"User", "Group"}
    found: dict[str, str] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), IDS_MAX):
        only = None if has_bin else feed.only(schema)
        where = soql.every(soql.one_of("Id", wanted[start : start + IDS_MAX]), only)
        columns = (*fields, "IsDeleted") if has_bin else fields
        query = Query(soql.Select(feed.object, columns, where).text(), include_deleted=has_bin)
        for row in client.all_rows(query, "query standing"):
            word = "merged" if row.get("MasterRecordId") else "deleted"
            found[str(row["Id"])] = word if row.get("IsDeleted") else "present"
    return found
