"""Where an alert goes: a file of JSON lines, a web hook, Slack, Teams, mail, or any service apprise knows.

An address is a secret: it appears in no message, log line or `repr`, only the channel's id does. A channel
returns its proof when the message is out and raises `SystemFailure` otherwise.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import requests

from syncd.clock import SystemClock
from syncd.connectors.notify.chat import SlackBot, SlackHook, TeamsHook
from syncd.connectors.notify.mail import PORTS, Mail
from syncd.connectors.notify.message import Message
from syncd.connectors.notify.way import LOOPBACK, Channel, Proof, Way, configuration, may_pass
from syncd.connectors.transport import Transport, TransportOptions
from syncd.connectors.transport_failure import Call
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure, Usage

TAIL_BYTES = 1_000_000
"""How far back a repeated alert is looked for in a file."""
_FILES = {"file", "log"}
_SLACK_HOSTS = {"hooks.slack.com", "hooks.slack-gov.com"}
_TEAMS_HOSTS = (".logic.azure.com", ".api.powerplatform.com", ".webhook.office.com")
"""Where workflows of Teams are called, and its older connectors."""
_HOOKS = {"json": "http", "jsons": "https", "http": "http", "https": "https"}


def open_channel(name: str, way: Way, folder: Path, options: TransportOptions | None) -> Channel:
    """The channel behind an address. Makes no call.

    Raises SystemFailure(CONFIGURATION) for an address nothing can be sent to.
    """
    scheme = way.url.partition(":")[0].strip().lower()
    if scheme in _FILES:
        return FileChannel(name, folder, way.url.partition(":")[2])
    match _kind_of(way, scheme):
        case "slack":
            return SlackBot(name, way, options) if _is_token(way.url) else SlackHook(name, way, options)
        case "teams":
            return TeamsHook(name, way, options)
        case "email":
            return Mail(name, way, options)
        case "webhook":
            return WebHook(name, way, options)
    service = _service(name, way.url)  # apprise knows the web hooks of many services by their address
    if service is not None:
        return service
    if scheme == "https":
        return WebHook(name, way, options)
    raise SystemFailure(
        configuration(
            "notify.bad_address",
            f"the address of channel {name} is of no kind we know",
            "use file:NAME, an https address, or an apprise address (github.com/caronc/apprise)",
        )
    )


def _kind_of(way: Way, scheme: str) -> str:
    """What is behind an address, as the settings say or as its form tells."""
    if way.kind != "auto":
        return way.kind
    if _is_token(way.url):
        return "slack"
    if scheme in PORTS:
        return "email"
    if scheme in {"json", "jsons", "http"} or (way.secret and scheme == "https"):
        return "webhook"
    host = (urlsplit(way.url).hostname or "") if scheme == "https" else ""
    if host in _SLACK_HOSTS:
        return "slack"
    return "teams" if host.endswith(_TEAMS_HOSTS) else "apprise"


def _is_token(url: str) -> bool:
    """Whether this is a Slack bot's token instead of an address ("Tokens", docs.slack.dev)."""
    return url.startswith("xoxb-")


class FileChannel:
    """A file of JSON lines in the state folder, readable by its owner only."""

    def __init__(self, name: str, folder: Path, where: str) -> None:
        path = where.removeprefix("//") or "alerts.jsonl"
        self._path = folder / path
        if ".." in Path(path).parts:
            raise SystemFailure(
                configuration(
                    "notify.bad_address",
                    f"the file of channel {name} lies outside the state folder",
                    "name a file without '..'",
                )
            )

    def send(self, message: Message) -> Proof:
        if message.is_repeat and self._holds(message.id):
            return Proof("stands in the file already")
        line = json.dumps(_fields(message), ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SystemFailure(
                configuration(
                    "notify.file_unwritable",
                    f"the alert file cannot be written ({error.strerror})",
                    "check the state folder: its owner, its permissions and the space left",
                )
            ) from None
        return Proof(f"written to {self._path.name}")

    def usage(self) -> tuple[Usage, ...]:
        return ()

    def close(self) -> None:
        """Nothing is held open."""

    def _holds(self, message_id: str) -> bool:
        """True when a line near the end carries this id."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, self._path.stat().st_size - TAIL_BYTES))
                lines = file.read().splitlines()
        except OSError:
            return False
        return any(_id_in(line) == message_id for line in lines)


class WebHook:
    """A POST of JSON. The id is in the body and in `Idempotency-Key`, so the receiver can tell a repeat.

    With a secret it is signed: `Syncd-Signature: v1=HEX`, HEX the HMAC-SHA256 of `Syncd-Timestamp`, a dot and
    the body as sent. The receiver reckons the same, compares in constant time, and refuses old timestamps.
    """

    def __init__(self, name: str, way: Way, options: TransportOptions | None) -> None:
        parts = urlsplit(way.url)
        scheme = _HOOKS.get(parts.scheme.lower(), "")
        if not parts.hostname or not scheme or (scheme == "http" and parts.hostname not in LOOPBACK):
            raise SystemFailure(
                configuration(
                    "notify.bad_address",
                    f"the address of channel {name} is no https address",
                    "use https:// or jsons:// (plain http only on this machine)",
                )
            )
        pairs = [pair for pair in parts.query.split("&") if pair]
        # apprise's way to write headers into a json(s):// address: `?+Name=value`
        headers = [pair[1:].partition("=") for pair in pairs if pair.startswith("+")]
        extra = {unquote(key): unquote(value) for key, _, value in headers}
        rest = "&".join(pair for pair in pairs if not pair.startswith("+"))
        host = parts.netloc.rpartition("@")[2]
        self._name, self._secret = name, way.secret
        self._clock = (options.clock if options else None) or SystemClock()
        self._path = urlunsplit(("", "", parts.path or "/", rest, ""))
        self._auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._transport = Transport(
            System.NOTIFY, f"{scheme}://{host}", headers=extra, classify=self._classify, options=options
        )

    def send(self, message: Message) -> Proof:
        body = json.dumps(_fields(message), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Idempotency-Key": message.id, "Content-Type": "application/json"}
        if self._auth is not None:
            headers["Authorization"] = requests.auth._basic_auth_str(*self._auth)
        if self._secret:
            stamp = str(int(self._clock.now().timestamp()))
            headers |= {"Syncd-Timestamp": stamp, "Syncd-Signature": signature(self._secret, stamp, body)}
        response = self._transport.request(
            "POST",
            self._path,
            data=body,
            headers=headers,
            endpoint=f"POST alert {self._name}",
            accepts=frozenset(range(200, 300)),  # any good answer will do, whatever its body
        )
        return Proof(f"answered HTTP {response.status_code}")

    def usage(self) -> tuple[Usage, ...]:
        return self._transport.usage()

    def close(self) -> None:
        self._transport.close()

    def _classify(self, response: requests.Response, call: Call) -> Failure | None:
        status = response.status_code
        if may_pass(status):
            return None
        return configuration(
            "notify.refused",
            f"{call.endpoint} was refused ({status})",
            f"check the address and credentials of channel {self._name}",
            status,
        )


class Service:
    """Any service apprise speaks to."""

    def __init__(self, name: str, apprise: Any) -> None:
        self._name = name
        self._apprise = apprise

    def send(self, message: Message) -> Proof:
        links = [f"{label}: {url}" for label, url in message.links]
        body = "\n".join(part for part in (message.body, *links, message.record_url, message.url) if part)
        result = self._apprise.notify(body=body or message.title, title=message.title, body_format="text")
        if result:
            return Proof("unconfirmed: the service took it, and gives no proof that it arrived")
        # apprise says only that it did not work; the service may have taken it before the connection broke
        raise SystemFailure(
            Failure(
                Recovery.UNKNOWN,
                System.NOTIFY,
                "notify.not_confirmed",
                f"the service behind channel {self._name} did not confirm the message",
                f"check the address of channel {self._name} and whether the service is up",
            )
        )

    def usage(self) -> tuple[Usage, ...]:
        return ()

    def close(self) -> None:
        """Nothing is held open."""


def signature(secret: str, stamp: str, body: bytes) -> str:
    """The value of `Syncd-Signature` for a body sent at `stamp` (seconds since 1970, as text)."""
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"v1={digest}"


def _service(name: str, url: str) -> Service | None:
    """The apprise service for an address; None where apprise has none."""
    import apprise  # noqa: PLC0415 - heavy, and many installations need none of its services

    held = apprise.Apprise(asset=apprise.AppriseAsset(app_id="syncd", async_mode=False))
    return Service(name, held) if held.add(url) else None


def _fields(message: Message) -> Mapping[str, object]:
    return {
        "id": message.id,
        "event": message.event,
        "at": message.at,
        "title": message.title,
        "body": message.body,
        "url": message.url,
        "is_repeat": message.is_repeat,
        **({"links": dict(message.links)} if message.links else {}),
        **({"record_url": message.record_url} if message.record_url else {}),
        **({"owner": message.owner_id} if message.owner_id else {}),
        **({"thread": message.thread} if message.thread else {}),
    }


def _id_in(line: bytes) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""
