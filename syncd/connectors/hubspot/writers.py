"""Who set a property of a contact last, as its history tells (facts/hubspot.md 8.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.connectors.hubspot.api import HISTORY_BATCH_MAX, Api
from syncd.connectors.hubspot.target import by_any_id
from syncd.connectors.hubspot.wire import Version
from syncd.ports import Writer

KINDS: Mapping[str, str] = {
    "CRM_UI": "user",
    "IMPORT": "import",
    "API": "integration",
    "INTEGRATION": "integration",
    "AUTOMATION_PLATFORM": "workflow",
    "SALESFORCE": "native_sync",
}
"""Change sources by what they are ("HubSpot's change sources in property history", knowledge base). Any other
is told by HubSpot's own word."""
NAME_CHARS_MAX = 60


def writers(api: Api, ids: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], Writer]:
    """The newest entry of each property's history, by contact id and property. Raises SystemFailure."""
    found: dict[tuple[str, str], Writer] = {}
    for start in range(0, len(ids), HISTORY_BATCH_MAX):
        chunk = ids[start : start + HISTORY_BATCH_MAX]
        rows = by_any_id(api.batch_read("contacts", chunk, names, history=names))
        for id_ in chunk:
            row = rows.get(id_)
            for name in names if row else ():
                versions = row.properties_with_history.get(name) if row else None
                if versions:
                    found[id_, name] = _writer(max(versions, key=lambda item: item.timestamp))
    return found


def _writer(newest: Version) -> Writer:
    kind = KINDS.get(newest.source_type) or newest.source_type.lower() or "unknown"
    name = (newest.source_id or "").removeprefix("userId:")
    return Writer(
        kind, name[:NAME_CHARS_MAX] if name.isascii() and "@" not in name else "", newest.value or ""
    )
