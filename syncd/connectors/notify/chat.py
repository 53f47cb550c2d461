"""Slack and Microsoft Teams by our own calls, so that what they answer is kept as proof.

Texts are sent as plain text elements, which neither chat reads as mention, link or format; links and mentions
are ours and stand in elements of their own.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import requests

from syncd.connectors.notify.message import Message
from syncd.connectors.notify.way import LOOPBACK, Proof, Way, configuration, may_pass
from syncd.connectors.transport import Transport, TransportOptions
from syncd.connectors.transport_failure import Call
from syncd.core.model import System
from syncd.core.plain import shorten
from syncd.ports import Failure, Recovery, SystemFailure, Usage

SLACK: Final = "https://slack.com"
SECTION_CHARS_MAX: Final = 3_000
"""Text of a section block ("Section block", docs.slack.dev)."""
_AGAIN = {"ratelimited", "rate_limited"}
_LOST = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
"""Errors of the method after which the message may be there all the same (chat.postMessage, Errors)."""


class _Posted:
    """What both chats have in common: one address, one POST, one reading of refusals."""

    def __init__(self, name: str, address: str, headers: dict[str, str], options: TransportOptions | None):
        parts = urlsplit(address)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if not parts.hostname or not is_safe:
            raise SystemFailure(
                configuration(
                    "notify.bad_address",
                    f"the address of channel {name} is no https address",
                    "copy the whole address of the web hook, from https:// to its end",
                )
            )
        self._name = name
        self._path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        base = f"{parts.scheme}://{parts.netloc}"
        self._transport = Transport(
            System.NOTIFY, base, headers=headers, classify=self._classify, options=options
        )

    def _post(self, path: str, body: object) -> requests.Response:
        endpoint = f"POST alert {self._name}"
        return self._transport.request(
            "POST", path, json=body, endpoint=endpoint, accepts=frozenset(range(200, 300))
        )

    def usage(self) -> tuple[Usage, ...]:
        return self._transport.usage()

    def close(self) -> None:
        self._transport.close()

    def _classify(self, response: requests.Response, call: Call) -> Failure | None:
        status = response.status_code
        if may_pass(status):
            return None
        return _refused(self._name, call.endpoint, str(status), status)


# --- Slack -----------------------------------------------------------------------------------------------


class SlackHook(_Posted):
    """An incoming web hook: Slack answers `ok` and no id ("Sending messages using incoming webhooks")."""

    def __init__(self, name: str, way: Way, options: TransportOptions | None) -> None:
        super().__init__(name, way.url, {}, options)
        self._way = way

    def send(self, message: Message) -> Proof:
        response = self._post(self._path, _slack(message, self._way))
        return Proof(f"Slack answered HTTP {response.status_code}{_unmentioned(message, self._way)}")


class SlackBot(_Posted):
    """A bot's own messages (chat.postMessage): the `ts` of each is its id, and the thread of what follows."""

    def __init__(self, name: str, way: Way, options: TransportOptions | None) -> None:
        headers = {"Authorization": f"Bearer {way.url}"}
        super().__init__(name, way.base_url or SLACK, headers, options)
        if len(way.to) != 1:
            raise SystemFailure(
                configuration(
                    "notify.bad_address",
                    f"channel {name} has a bot's token, and not one Slack channel",
                    "name it by its id under `to` in connections.yaml: to: [C012AB3CD]",
                )
            )
        self._way = way

    def send(self, message: Message) -> Proof:
        """The first message of a company opens a thread; a reply in it rings for nobody else."""
        body = {"channel": self._way.to[0].removeprefix("#"), **_slack(message, self._way)}
        place, _, thread = message.thread.removeprefix("slack/").partition("/")
        if message.thread.startswith("slack/") and thread:
            body |= {"thread_ts": thread, "channel": place}
        answered = self._answer(self._post("/api/chat.postMessage", body))
        ts, channel = str(answered.get("ts", "")), str(answered.get("channel", ""))
        note = f"Slack keeps it as {ts}{_unmentioned(message, self._way)}"
        return Proof(note, "slack", f"{channel}/{ts}")

    def _answer(self, response: requests.Response) -> dict[str, Any]:
        """The answer's body where Slack says it is out. Errors come with status 200, too."""
        try:
            body = response.json()
        except ValueError:
            body = None
        endpoint = f"POST alert {self._name}"
        if not isinstance(body, dict):
            raise SystemFailure(_unconfirmed(self._name, endpoint, "gave an answer that is not Slack's"))
        if body.get("ok") is True and body.get("ts"):
            return body
        error = str(body.get("error", ""))[:60]
        if error in _AGAIN:
            raise SystemFailure(
                Failure(
                    Recovery.TRANSIENT,
                    System.NOTIFY,
                    "notify.throttled",
                    f"{endpoint} was asked to wait",
                    "it is tried again by itself",
                )
            )
        if body.get("ok") is True or error in _LOST:
            raise SystemFailure(_unconfirmed(self._name, endpoint, f"answered {error or 'without an id'}"))
        raise SystemFailure(_refused(self._name, endpoint, error, response.status_code))


def _slack(message: Message, way: Way) -> dict[str, Any]:
    member = way.member(message.owner_id, message.owner_email) if message.is_to_owner else ""
    title = f"{message.title}\n{message.body}" if message.body else message.title
    blocks: list[dict[str, Any]] = [
        {
            "type": "section",
            "text": {"type": "plain_text", "text": shorten(title, SECTION_CHARS_MAX), "emoji": False},
        }
    ]
    ours = [f"<{url}|{_escaped(label)}>" for label, url in message.all_links]
    if member:
        ours.insert(0, f"<@{member}>")
    if ours:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": "  ".join(ours)}})
    text = f"<@{member}> {_escaped(message.title)}" if member else _escaped(message.title)
    return {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _unmentioned(message: Message, way: Way) -> str:
    """Said beside the proof where a message to the owner could name nobody."""
    known = way.member(message.owner_id, message.owner_email)
    return "; the owner has no entry in `mentions`" if message.is_to_owner and not known else ""


def _escaped(text: str) -> str:
    """The three signs that mean something to Slack ("Formatting text for app surfaces", Escaping text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- Teams -----------------------------------------------------------------------------------------------


class TeamsHook(_Posted):
    """A workflow's web hook. It takes adaptive cards, and answers 202 with the id of its run, before the card
    is posted: that is all the proof there is ("Create incoming webhooks with Workflows", Microsoft)."""

    def __init__(self, name: str, way: Way, options: TransportOptions | None) -> None:
        super().__init__(name, way.url, {}, options)

    def send(self, message: Message) -> Proof:
        response = self._post(self._path, _card(message))
        run = response.headers.get("x-ms-workflow-run-id", "")[:80]
        if run and run.isalnum():
            return Proof(f"Teams accepted it as workflow run {run}", "teams", run)
        return Proof(f"Teams answered HTTP {response.status_code}")


def _card(message: Message) -> dict[str, Any]:
    body: list[dict[str, Any]] = [_text(message.title, weight="bolder")]
    body += [_text(line) for line in message.body.splitlines()]
    actions = [{"type": "Action.OpenUrl", "title": label, "url": url} for label, url in message.all_links]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "full"},
        "body": body,
        **({"actions": actions} if actions else {}),
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _text(text: str, **style: str) -> dict[str, Any]:
    """A run of rich text: unlike a text block it reads no Markdown ("RichTextBlock", adaptivecards.io)."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


# --- refusals --------------------------------------------------------------------------------------------


def _refused(name: str, endpoint: str, why: str, status: int) -> Failure:
    told = why if why.replace("_", "").isalnum() else str(status)
    return configuration(
        "notify.refused",
        f"{endpoint} was refused ({told})",
        f"check the address and credentials of channel {name}, and that it may post there",
        status,
    )


def _unconfirmed(name: str, endpoint: str, what: str) -> Failure:
    return Failure(
        Recovery.UNKNOWN,
        System.NOTIFY,
        "notify.not_confirmed",
        f"{endpoint} {what}",
        f"it is sent again, marked as a repeat; check whether the service behind channel {name} is up",
    )
