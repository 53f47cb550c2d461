"""What an open or click of a marketing e-mail says about who made it: how soon it came, by what, and whether
HubSpot itself counts it.

The legacy e-mail events give `sentBy` (id and time of the SENT event, omitted where not applicable),
`userAgent`, `browser` (name, family, producer, type ...) and `filteredEvent` (left out of HubSpot's own
reports: its bot filter, and addresses the portal excludes) for OPEN and CLICK ("Email analytics", legacy
guide; field names as in the connectors' schemas, airbyte source-hubspot email_events.json). A user agent is
read for one of four words and let go: it is never kept.
"""

from __future__ import annotations

import re
from typing import Final

from syncd.connectors.hubspot.answers import EmailEvent

AGENT_CHARS_MAX: Final = 512
_LAGS: Final = ((3, "0-2"), (6, "3-5"), (11, "6-10"), (31, "11-30"), (61, "31-60"), (301, "61-300"))

_SCANNER: Final = re.compile(
    r"(?<!cu)bot\b|bot/|crawl|spider|slurp|scanner|link-?check|preview|unfurl|externalhit|whatsapp|telegram"
    r"|existence discovery|safelinks|headless|phantomjs|puppeteer|playwright|selenium|prerender"
    r"|barracuda|proofpoint|mimecast|ironport|fireeye|trellix|trend ?micro|symantec|messagelabs|sophos"
    r"|zscaler|forcepoint|websense|cloudmark|cyren|vade ?secure|checkpoint|bitdefender|forti(net|mail)|avanan"
    r"|python|aiohttp|httpx|\bcurl\b|wget|libwww|\bjava/|okhttp|go-http-client|httpclient|node-fetch|axios"
    r"|\bruby\b|guzzle|postman|monitor|archive",
    re.IGNORECASE,
)
"""Programs that name themselves: crawlers, link previews, security products, libraries, headless browsers."""

_APP: Final = re.compile(
    r"googleimageproxy|yahoomailproxy|ms-?office|microsoft (office|outlook)|\boutlook\b|thunderbird"
    r"|lotus-notes|\bairmail|superhuman|\bspark\b|applemail|blackberry|emclient",
    re.IGNORECASE,
)
"""Mail programs. Gmail and Yahoo fetch images by a proxy when somebody opens the mail, so they are ones."""

_MACHINE_TYPES: Final = frozenset({"robot", "library", "validator", "offline browser"})
_PROXY: Final = "mozilla/5.0"
"""All that Apple's Mail Privacy Protection says of itself."""


def lag_of(item: EmailEvent) -> str:
    """How long after the send it came, as bucket text in whole seconds; empty where the send is unknown."""
    if item.sent_by is None or item.sent_by.created <= 0:
        return ""
    seconds = (item.created - item.sent_by.created) // 1000
    return next((name for below, name in _LAGS if seconds < below), "later")


def agent_of(item: EmailEvent) -> str:
    """What opened or clicked: scanner, proxy, app, browser; empty where nothing is told."""
    agent = item.user_agent[:AGENT_CHARS_MAX].strip()
    kind = item.browser.type.strip().casefold() if item.browser is not None else ""
    if _SCANNER.search(agent) or kind in _MACHINE_TYPES:
        return "scanner"
    if agent.casefold() == _PROXY:
        return "proxy"
    if _APP.search(agent) or kind == "email client" or _is_mail_view(agent):
        return "app"
    return "browser" if agent or kind else ""


def _is_mail_view(agent: str) -> bool:
    """The web view in which Apple's mail programs show a mail names no browser."""
    return "AppleWebKit/" in agent and not re.search(r"Safari/|Chrome/|CriOS/|FxiOS/", agent)


def marks_of(item: EmailEvent) -> dict[str, str]:
    """The attributes by which opens and clicks of machines are told from people's."""
    found = {"lag": lag_of(item), "agent": agent_of(item), "filtered": "true" if item.filtered_event else ""}
    return {name: value for name, value in found.items() if value}
