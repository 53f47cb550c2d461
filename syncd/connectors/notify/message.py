"""The text of an alert: bounded, plain, and inert in every channel it may be shown in.

What strangers typed into forms ends up here, so nothing in it may mention a whole channel, hide a link or
format. Each alert has an id made of facts; a repeat carries the same id and says so in its title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from syncd.core.plain import plain, shorten
from syncd.ports import Write

TITLE_CHARS_MAX = 150
LINE_CHARS_MAX = 500
BODY_CHARS_MAX = 3_000
DIGEST_LINES_MAX = 30
REPEAT = "(repeat)"

_BROADCAST = re.compile(r"@(?=(?:everyone|here|channel|all|team|room)\b)", re.IGNORECASE)
_LINK = re.compile(r"\](?=\()")
_ADDRESS = re.compile(r"\b(?:https?|mailto|tel|javascript):", re.IGNORECASE)
_SIGNS = str.maketrans({"<": "\u2039", ">": "\u203a", "`": "'"})
_BREAK = "\u2060"
"""Word joiner: invisible, and enough to keep a chat from reading a mention or a link."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is shown, and to whom. `url` (the contact's page), `record_url` (the record's in Salesforce) and
    `links` are ours, never from the texts.

    `owner_*` are the record's owner, addressed where `is_to_owner`. `thread` is the proof of the message this
    one belongs under, as `kind/id`.
    """

    id: str
    title: str
    body: str
    url: str = ""
    event: str = ""
    at: str = ""
    is_repeat: bool = False
    links: tuple[tuple[str, str], ...] = ()
    owner_id: str = ""
    owner_email: str = ""
    is_to_owner: bool = False
    thread: str = ""
    record_url: str = ""

    @property
    def all_links(self) -> tuple[tuple[str, str], ...]:
        """What can be opened, the answers first."""
        named = (("Open in Salesforce", self.record_url), ("Open in HubSpot", self.url))
        return (*self.links, *((label, url) for label, url in named if url))


def of_write(write: Write, *, is_repeat: bool) -> Message:
    """The message behind one alert."""
    payload = write.payload
    title = inert(_text(payload, "title"), TITLE_CHARS_MAX) or "Alert"
    lines = [inert(line, LINE_CHARS_MAX) for line in _text(payload, "body").splitlines()]
    return Message(
        id=message_id(write),
        title=f"{title} {REPEAT}" if is_repeat else title,
        body=shorten("\n".join(line for line in lines if line), BODY_CHARS_MAX),
        url=_safe_url(_text(payload, "url")),
        event=_text(payload, "event")[:60],
        at=_text(payload, "at")[:40],
        is_repeat=is_repeat,
        owner_id=_text(payload, "owner_id")[:18],
        owner_email=_text(payload, "owner_email")[:254],
        is_to_owner=bool(payload.get("is_to_owner")),
        thread=_text(payload, "thread")[:200],
        record_url=_safe_url(_text(payload, "record_url")),
    )


def digest(messages: Sequence[Message]) -> Message:
    """One message in place of several that come too late to act on at once."""
    shown = [f"- {item.title}" for item in messages[:DIGEST_LINES_MAX]]
    if len(messages) > len(shown):
        shown.append(f"- and {len(messages) - len(shown)} more")
    if len(messages) == 1:
        return replace(messages[0], title=shorten(f"Earlier: {messages[0].title}", TITLE_CHARS_MAX))
    is_repeat = any(item.is_repeat for item in messages)
    title = f"{len(messages)} earlier alerts" + (f" {REPEAT}" if is_repeat else "")
    ids = sorted(item.id for item in messages)
    return Message(
        id=f"digest:{ids[0]}:{len(ids)}",
        title=title,
        body=shorten("\n".join(shown), BODY_CHARS_MAX),
        event="digest",
        is_repeat=is_repeat,
        owner_id=messages[0].owner_id,
        owner_email=messages[0].owner_email,
        is_to_owner=messages[0].is_to_owner,
    )


def message_id(write: Write) -> str:
    """The alert's id `alert:<lead id>:<pass>:<event>:<recipient>@<when>`, else the effect's number.

    With the moment, because one event may happen to a lead twice, and the second is no repeat.
    """
    named, at = _text(write.payload, "id"), _text(write.payload, "at")
    return "@".join(part for part in (named, at) if part) if named else f"effect:{write.effect_id}"


def inert(text: str, limit: int) -> str:
    """`text` as one plain line that no chat reads as a mention, a link or a format."""
    line = plain(text)
    line = _BROADCAST.sub(lambda found: found.group() + _BREAK, line)
    line = _ADDRESS.sub(lambda found: found.group()[:-1] + _BREAK + ":", _LINK.sub("] ", line))
    return shorten(line.translate(_SIGNS), limit)


def _safe_url(url: str) -> str:
    return url if url.startswith("https://") and url.isprintable() and len(url) <= LINE_CHARS_MAX else ""


def _text(payload: Mapping[str, object], name: str) -> str:
    value = payload.get(name)
    return "" if value is None else str(value)
