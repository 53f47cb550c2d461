"""Salesforce record ids: a three-letter prefix for the object, a counter, a checksum of letter cases.

Ids of one object grow in ASCII order. The 15-character form is case-sensitive; the 18-character form adds
three characters that make it safe to compare without case (help article 000383751).
"""

from __future__ import annotations

from functools import cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ALLOWED = frozenset(_DIGITS)


def make_id(prefix: str, instance: str, number: int) -> str:
    """The 18-character id of record `number` of the object with `prefix`; `instance` has three letters."""
    counter = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        counter = _DIGITS[digit] + counter
    return with_checksum(f"{prefix}{instance}{counter.rjust(9, '0')}")


def with_checksum(short: str) -> str:
    """The 18-character form of a 15-character id."""
    return short + "".join(_check(short[start : start + 5]) for start in (0, 5, 10))


@cache
def _check(chunk: str) -> str:
    """The letter that tells which of five characters are capitals."""
    return _CHECK[sum(1 << place for place, letter in enumerate(chunk) if letter.isupper())]


def full_id(text: str) -> str:
    """The 18-character form of either form, or an empty string for what is no id at all."""
    if len(text) not in (15, 18) or not _ALLOWED.issuperset(text):
        return ""
    full = with_checksum(text[:15])
    return full if len(text) == 15 or full == text else ""
