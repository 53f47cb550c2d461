"""Where an alert goes: a file of JSON lines, a web hook, or any service apprise knows.

An address is a secret: it appears in no message, log line or `repr`, only the channel's id does. A channel
returns nothing when the message is out and raises `SystemFailure` otherwise.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

import requests

from syncd.connectors.notify.message import Message
from syncd.connectors.transport import Transport, TransportOptions
from syncd.connectors.transport_failure import Call
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure, Usage

TAIL_BYTES = 1_000_000
"""How far back a repeated alert is looked for in a file."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_FILES = {"file", "log"}
_HOOKS = {"json": "http", "jsons": "https", "http": "http", "https": "https"}


class Channel(Protocol):
    """One place alerts go."""

    def send(self, message: Message) -> None:
        """Raises SystemFailure."""
        ...

    def usage(self) -> tuple[Usage, ...]: ...

    def close(self) -> None: ...


def open_channel(name: str, url: str, folder: Path, options: TransportOptions | None) -> Channel:
    """The channel behind an address: `file:NAME`, `json(s)://`, `https://`, or an apprise address.

    Makes no call. Raises SystemFailure(CONFIGURATION) for an address nothing can be sent to.
    """
    scheme = url.partition(":")[0].strip().lower()
    if scheme in _FILES:
        return FileChannel(name, folder, url.partition(":")[2])
    if scheme in {"json", "jsons", "http"}:
        return WebHook(name, url, options)
    service = _service(name, url)  # apprise knows the web hooks of many services by their address
    if service is not None:
        return service
    if scheme == "https":
        return WebHook(name, url, options)
    raise SystemFailure(
        configuration(
            "notify.bad_address",
            f"the address of channel {name} is of no kind we know",
            "use file:NAME, an https address, or an apprise address (github.com/caronc/apprise)",
        )
    )


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

    def send(self, message: Message) -> None:
        if message.is_repeat and self._holds(message.id):
            return
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
    """A POST of JSON. The id is in the body and in `Idempotency-Key`, so the receiver can tell a repeat."""

    def __init__(self, name: str, url: str, options: TransportOptions | None) -> None:
        parts = urlsplit(url)
        scheme = _HOOKS[parts.scheme.lower()]
        if not parts.hostname or (scheme == "http" and parts.hostname not in _LOOPBACK):
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
        self._name = name
        self._path = urlunsplit(("", "", parts.path or "/", rest, ""))
        self._auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._transport = Transport(
            System.NOTIFY, f"{scheme}://{host}", headers=extra, classify=self._classify, options=options
        )

    def send(self, message: Message) -> None:
        # any good answer will do, whatever its body
        accepts = frozenset(range(200, 300))
        headers = {"Idempotency-Key": message.id}
        if self._auth is not None:
            headers["Authorization"] = requests.auth._basic_auth_str(*self._auth)
        self._transport.request(
            "POST",
            self._path,
            json=_fields(message),
            headers=headers,
            endpoint=f"POST alert {self._name}",
            accepts=accepts,
        )

    def usage(self) -> tuple[Usage, ...]:
        return self._transport.usage()

    def close(self) -> None:
        self._transport.close()

    def _classify(self, response: requests.Response, call: Call) -> Failure | None:
        status = response.status_code
        if status >= 500 or status in {408, 423, 425, 429}:
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

    def send(self, message: Message) -> None:
        body = "\n".join(part for part in (message.body, message.url) if part)
        result = self._apprise.notify(body=body or message.title, title=message.title, body_format="text")
        if result:
            return
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


def configuration(code: str, message: str, cure: str, status: int | None = None) -> Failure:
    return Failure(Recovery.CONFIGURATION, System.NOTIFY, code, message, cure, status=status)


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
    }


def _id_in(line: bytes) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""
