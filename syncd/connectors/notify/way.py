"""How one channel is reached, as the installation says: the address, what is behind it, whom it addresses.

The address and the signing secret appear in no `repr`, message or log line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from syncd.connectors.notify.message import Message
from syncd.core.model import System
from syncd.ports import Failure, Recovery, Usage

Kind = Literal["auto", "slack", "teams", "email", "webhook", "apprise"]


def may_pass(status: int) -> bool:
    """Whether an HTTP status is worth another try: the other side is busy, or in trouble of its own."""
    return status >= 500 or status in {408, 423, 425, 429}


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Way:
    """`url` is the address, or a Slack bot's token. `to` gets what is for nobody in particular: mail
    addresses, or the bot's channel. `mentions` are Slack members by Salesforce user id or mail address."""

    url: str = field(repr=False)
    kind: str = "auto"
    to: tuple[str, ...] = ()
    sender: str = ""
    secret: str = field(default="", repr=False)
    mentions: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_url: str = ""

    def member(self, user_id: str, email: str) -> str:
        """The Slack member who is this Salesforce user (ids have 15 or 18 characters); empty for none."""
        by_id = {name[:15]: member for name, member in self.mentions.items() if "@" not in name}
        by_mail = {name.casefold(): member for name, member in self.mentions.items() if "@" in name}
        return by_id.get(user_id[:15], "") or by_mail.get(email.casefold(), "")


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a message is out: `id` where the other side gave or takes one, `note` in words.

    `kind` and `id` become the effect's result, by which a later message finds the thread."""

    note: str
    kind: str = "alert"
    id: str = ""


class Channel(Protocol):
    """One place alerts go."""

    def send(self, message: Message) -> Proof:
        """Raises SystemFailure unless the message is out."""
        ...

    def usage(self) -> tuple[Usage, ...]: ...

    def close(self) -> None: ...


def configuration(code: str, message: str, cure: str, status: int | None = None) -> Failure:
    """A failure that a person mends in the settings or at the other side."""
    return Failure(Recovery.CONFIGURATION, System.NOTIFY, code, message, cure, status=status)
