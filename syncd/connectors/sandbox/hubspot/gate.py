"""What stands before every endpoint: the token, the scopes and the limits, with the headers that show them.

Limits count in real time, as a client feels them; the daily counter turns at midnight in the portal's zone,
in virtual time. Search has its own five a second and its answers carry the two daily headers only; search
and the associations batch are exempt from the ten-second bucket (facts section 4).
"""

from __future__ import annotations

import re
import time
from collections import deque
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.answers import Answer
from syncd.connectors.sandbox.hubspot.kinds import kind_of
from syncd.connectors.sandbox.hubspot.web import Request, Route

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

_WELL_FORMED = re.compile(r"pat-[a-z]{2}\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BURST_WINDOW_S = 10.0
SEARCH_WINDOW_S = 1.0
# Older routes name missing scopes in `context`, newer ones inside `errors`.
_NESTED_SCOPES = ("/crm/v3/lists", "/marketing/", "/events/")


class Limiter:
    """Rolling windows of requests. `burst_max`, `search_max` and `daily_max` may be set by tests."""

    def __init__(self, hubspot: HubSpot) -> None:
        self._hubspot = hubspot
        self.burst_max = 190
        self.search_max = 5
        self.daily_max = 1_000_000 if hubspot.tier == "enterprise" else 625_000
        self._burst: deque[float] = deque()
        self._search: deque[float] = deque()
        self._day: date | None = None
        self.used_today = 0

    def count(self, bucket: str) -> None:
        """Count one request. Raises Refusal when limits are on and one is passed."""
        today = self._hubspot.kernel.now.astimezone(ZoneInfo(self._hubspot.time_zone)).date()
        if today != self._day:
            self._day, self.used_today = today, 0
        self.used_today += 1
        now = time.monotonic()
        is_burst_full = bucket == "burst" and self._fill(self._burst, now, BURST_WINDOW_S, self.burst_max)
        is_search_full = bucket == "search" and self._fill(
            self._search, now, SEARCH_WINDOW_S, self.search_max
        )
        if not self._hubspot.limits:
            return
        if self.used_today > self.daily_max:
            raise answers.rate_limited("DAILY", "daily", "api-calls-daily")
        if is_search_full:
            raise answers.rate_limited("SECONDLY", "secondly", "crm-search-secondly")
        if is_burst_full:
            raise answers.rate_limited(
                "TEN_SECONDLY_ROLLING", "ten_secondly_rolling", "api-calls-ten-secondly"
            )

    def headers(self, bucket: str) -> dict[str, str]:
        """The rate headers of an answer from that bucket."""
        shown = {
            "X-HubSpot-RateLimit-Daily": str(self.daily_max),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, self.daily_max - self.used_today)),
        }
        if bucket != "search":
            left = max(0, self.burst_max - len(self._burst))
            shown |= {
                "X-HubSpot-RateLimit-Max": str(self.burst_max),
                "X-HubSpot-RateLimit-Remaining": str(left),
                "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
                "X-HubSpot-RateLimit-Secondly": str(self.burst_max // 10),
                "X-HubSpot-RateLimit-Secondly-Remaining": str(min(left, self.burst_max // 10)),
            }
        return shown

    def resets_at(self) -> datetime:
        """The next midnight of the portal's zone."""
        zone = ZoneInfo(self._hubspot.time_zone)
        tomorrow = self._hubspot.kernel.now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time_of_day.min, zone)

    @staticmethod
    def _fill(window: deque[float], now: float, length_s: float, most: int) -> bool:
        """Take a place in the window unless it is full; True when it is."""
        while window and window[0] <= now - length_s:
            window.popleft()
        if len(window) >= most:
            return True
        window.append(now)
        return False


def authenticate(hubspot: HubSpot, authorization: str) -> None:
    """Raises Refusal: 530 for what is not shaped like a token at all, 401 for a wrong or missing one."""
    scheme, _space, token = authorization.partition(" ")
    if scheme == "Bearer" and token == hubspot.token:
        return
    if scheme == "Bearer" and token and not _WELL_FORMED.fullmatch(token):
        raise answers.Refusal(Answer(530, answers.CLOUDFLARE_PAGE, answers.HTML), "malformed token")
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find "
        "more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    raise answers.refuse(401, message, "INVALID_AUTHENTICATION")


def admit(hubspot: HubSpot, route: Route, request: Request) -> None:
    """Raises Refusal when the token's scopes or the portal's tier do not cover the endpoint."""
    wanted = {scope for scope in (_scope(route, request), *_extra_scopes(route, request)) if scope}
    missing = wanted - hubspot.scopes
    if missing:
        raise answers.missing_scopes(missing, nested=request.path.startswith(_NESTED_SCOPES))
    if route.tier and hubspot.tier != route.tier:
        message = f"This portal's subscription does not include this API: {route.tier} is required."
        raise answers.refuse(
            403, message, "MISSING_SCOPES", context={"requiredGranularScopes": [route.scope]}
        )


def _scope(route: Route, request: Request) -> str:
    if "{}" not in route.scope:
        return route.scope
    kind = kind_of(request.parts[0])
    return "" if kind is None else route.scope.format(kind.scope)


def _extra_scopes(route: Route, request: Request) -> list[str]:
    """One-to-one e-mails need a scope of their own to be read."""
    if "{}" not in route.scope or not request.parts:
        return []
    kind = kind_of(request.parts[0])
    return ["sales-email-read"] if kind is not None and kind.name == "emails" else []
