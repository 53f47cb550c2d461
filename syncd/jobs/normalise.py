"""E-mail addresses and domains as two systems must agree on them, and fingerprints of content.

An address that does not parse is no address: it stays in the record's own properties and links nobody.
Nothing is looked up; deliverability is the vendor's business. Phone numbers are left as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from syncd.core.mail_domains import DISPOSABLE, FREE

EMAIL_CHARS_MAX = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
_PLAIN = re.compile(r"[a-z0-9_+&'-]+(\.[a-z0-9_+&'-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}")
_encoder = msgspec.json.Encoder(order="deterministic")


def email(text: str) -> str:
    """The address as both systems would write it: trimmed, lower-case, domain in ASCII; "" when invalid."""
    given = text.strip().lower()
    if not given or len(given) > EMAIL_CHARS_MAX:
        return ""
    if _PLAIN.fullmatch(given) and "xn--" not in given:
        return given
    return _unusual(given)


@lru_cache(maxsize=4096)
def _unusual(given: str) -> str:
    """International domains, quoted local parts and the like; imported late, few portals have any."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        parsed = validate_email(given, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return f"{parsed.local_part}@{parsed.ascii_domain}".lower()


def emails(texts: Iterable[str]) -> tuple[str, ...]:
    """The valid addresses among `texts`, in order, each once."""
    return tuple(dict.fromkeys(found for text in texts if (found := email(text))))


def company_domains(texts: Iterable[str]) -> tuple[str, ...]:
    """Host names that can stand for a company: without `www.`, free and throw-away mail left out."""
    hosts = (text.strip().lower().removeprefix("www.").rstrip(".") for text in texts)
    return tuple(dict.fromkeys(host for host in hosts if "." in host and host not in FREE | DISPOSABLE))


def fingerprint(*content: Any) -> int:
    """A signed 64-bit hash of JSON-like content; the order of keys in maps does not count."""
    digest = hashlib.blake2b(_encoder.encode(content), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
