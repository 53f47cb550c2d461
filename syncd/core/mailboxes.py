"""Which mailbox an address reaches: without tags after a plus sign, and dots where they do not count.

Two addresses of one mailbox are one person's. Dots count everywhere except at providers that say they do not.
"""

from __future__ import annotations

from collections.abc import Iterable

_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Domains that ignore dots, and the name they share ("Dots don't matter in Gmail addresses" and "Use
gmail.com instead of googlemail.com", support.google.com)."""


def mailbox(email: str) -> str:
    """The plain address that reaches the same mailbox; what is no address is itself."""
    local, at, domain = email.strip().lower().rpartition("@")
    if not at or not local or local.startswith('"'):
        return email.strip().lower()
    plain = local.partition("+")[0] or local
    if domain in _DOTLESS:
        plain, domain = plain.replace(".", "") or plain, _DOTLESS[domain]
    return f"{plain}@{domain}"


def plain_forms(emails: Iterable[str]) -> tuple[str, ...]:
    """The addresses, and the plain form of each mailbox: what can be asked for by equality."""
    found: dict[str, None] = {}
    for email in emails:
        found[email.strip().lower()] = None
    for email in tuple(found):
        plain = mailbox(email)
        found[plain] = None
        if plain.endswith("@gmail.com"):
            found[plain.removesuffix("gmail.com") + "googlemail.com"] = None
    return tuple(item for item in found if item)
