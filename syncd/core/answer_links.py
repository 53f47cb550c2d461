"""Links by which an alert is answered: made of facts, signed, good for one lead, pass, answer and channel.

A link names nobody: the lead by our number, whoever was addressed by a hash. It is good until its end and for
one use, which the store keeps by the link's id. The key is never in the store: who reads it can make none.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

Answer = Literal["accept", "give_back"]
ANSWERS: Final[Mapping[str, Answer]] = {"a": "accept", "g": "give_back"}
_LETTERS: Final = {answer: letter for letter, answer in ANSWERS.items()}
LABELS: Final[Mapping[Answer, str]] = {"accept": "Accept", "give_back": "Give back"}

TOKEN_CHARS_MAX: Final = 300
_SIGNED_BYTES: Final = 24
_VERSION: Final = "1"


@dataclass(frozen=True, slots=True)
class Link:
    """What one link is good for. `whose` is a hash of the person addressed, empty for a shared channel."""

    lead_id: int
    pass_number: int
    answer: Answer
    channel: str
    whose: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Bad:
    """No link of ours: made up, cut short by a mail program, or signed with another key."""


def token_of(link: Link, key: bytes) -> str:
    """The link as it stands in an address: readable parts and their signature."""
    parts = (
        _VERSION,
        str(link.lead_id),
        str(link.pass_number),
        _LETTERS[link.answer],
        link.channel,
        link.whose,
        str(int(link.ends_at.timestamp())),
    )
    text = ".".join(parts)
    return f"{text}.{_signature(text, key)}"


def read_token(token: str, key: bytes) -> Link | Bad:
    """The link behind a token; whether its time is over is for the caller to see."""
    text, _, signed = token.rpartition(".")
    if len(token) > TOKEN_CHARS_MAX or not token.isascii():
        return Bad()
    if not hmac.compare_digest(signed.encode(), _signature(text, key).encode()):
        return Bad()
    version, lead_id, pass_number, letter, channel, whose, ends = text.split(".")
    if version != _VERSION:
        return Bad()
    ends_at = datetime.fromtimestamp(int(ends), UTC)
    return Link(int(lead_id), int(pass_number), ANSWERS[letter], channel, whose, ends_at)


def link_id(token: str) -> str:
    """What the store keeps of a used link: no way back to the link itself."""
    return hashlib.sha256(b"used:" + token.encode()).hexdigest()[:32]


def confirmation(token: str, key: bytes) -> str:
    """What the confirmation page alone knows and sends back: who only calls an address has seen no page."""
    return _signature(f"confirm {token}", key)


def links_for(
    payload: Mapping[str, object], key: bytes, base: str, now: datetime, hours: float
) -> list[tuple[str, str]]:
    """Label and address of every answer to one alert; none for an alert about no lead."""
    lead_id, pass_number = payload.get("lead_id"), payload.get("pass")
    if not isinstance(lead_id, int) or not isinstance(pass_number, int):
        return []
    whose = ""
    if payload.get("is_to_owner"):
        whose = _signature(f"person {payload.get('owner_id')}", key)[:12]
    found = []
    for answer, label in LABELS.items():
        ends_at = (now + timedelta(hours=hours)).replace(microsecond=0)
        link = Link(lead_id, pass_number, answer, str(payload.get("channel", "")), whose, ends_at)
        found.append((label, f"{base.rstrip('/')}/answer/{token_of(link, key)}"))
    return found


def key_of(text: str) -> bytes:
    """The signing key behind a text of any length."""
    return hashlib.sha256(b"syncd answer links:" + text.encode()).digest()


def _signature(text: str, key: bytes) -> str:
    digest = hmac.new(key, text.encode(), hashlib.sha256).digest()[:_SIGNED_BYTES]
    return urlsafe_b64encode(digest).decode().rstrip("=")
