"""Which path a version of HubSpot's API wants: the numbered family, or a dated one.

The SDK speaks v3 and v4 only, so every path is written in that form and mapped here, below the SDK. Form
submissions, legacy e-mail events and form definitions have no dated successor and stay as they are.
Source: docs/api-reference/2026-03/overview and the areas' own pages; the pattern of 2026-09 is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

NUMBERED = "v3"

_SUCCESSORS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^/crm/v4/objects/"), "/crm/objects/{date}/"),
    (re.compile(r"^/crm/v3/objects/"), "/crm/objects/{date}/"),
    (re.compile(r"^/crm/v4/associations/"), "/crm/associations/{date}/"),
    (re.compile(r"^/crm/v3/(lists|properties|owners|pipelines)(?=/|\?|$)"), r"/crm/\1/{date}"),
    (re.compile(r"^/events/v3/events(?=/|\?|$)"), "/events/event-occurrences/{date}"),
    (re.compile(r"^/marketing/v3/marketing-events(?=/|\?|$)"), "/marketing/marketing-events/{date}"),
    (re.compile(r"^/account-info/v3/"), "/account-info/{date}/"),
    (re.compile(r"^/communication-preferences/v4/"), "/communication-preferences/{date}/"),
)


def path_table(version: str) -> Callable[[str], str]:
    """The mapping for an API version: `v3`, or a date such as `2026-09`. Raises ValueError for others."""
    if version == NUMBERED:
        return lambda path: path
    if re.fullmatch(r"20\d\d-(03|09)", version) is None:
        raise ValueError(f"HubSpot API version {version!r}: expected v3 or a date such as 2026-09")

    def dated(path: str) -> str:
        for pattern, successor in _SUCCESSORS:
            if pattern.match(path):
                return pattern.sub(successor.replace("{date}", version), path, count=1)
        return path

    return dated
