"""What may be done to a text on its way into a field: a small closed set, each with one plain meaning.

A transform gives text again; blank where the text is not of its kind, so that the fallback stands in. None of
them invents anything. They are applied in the order listed, before `values` translates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from syncd.core.phones import e164

_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62})){1,9}")
_DATES: Final = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
"""Ways to write a day that can be read in one way only; 03/04/2026 is two days."""
_PARTICLES: Final = frozenset(
    {
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "zu",
        "zur",
        "zum",
        "ten",
        "ter",
        "bin",
        "ibn",
        "al",
        "el",
        "st",
        "st.",
    }
)
"""Words that begin a family name."""
_EPOCH_MS: Final = re.compile(r"\d{12,13}")


def _title_case(text: str) -> str:
    """Capital letters only where a word is all small or all capital: `McKay` and `DiCaprio` stay."""
    words = re.split(r"([\s\-']+)", text)
    return "".join(word.capitalize() if word.islower() or word.isupper() else word for word in words)


def _digits(text: str) -> str:
    return "".join(str(int(char)) for char in text if char.isdecimal())


def _domain(text: str) -> str:
    """The host of an e-mail address or web address, without `www.`."""
    bare = text.strip().rpartition("@")[2] if "@" in text and "/" not in text.partition("@")[0] else text
    bare = bare.strip().casefold()
    bare = bare.partition("://")[2] if "://" in bare else bare
    host = re.split(r"[/?#:]", bare, maxsplit=1)[0].strip(".").removeprefix("www.")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def _names(text: str) -> tuple[str, str]:
    """First and family name of a full name; `Family, First` is read as such. One word is a family name."""
    family, comma, first = text.partition(",")
    if comma and family.strip() and first.strip():
        return first.strip(), family.strip()
    words = text.split()
    if len(words) < 2:
        return "", " ".join(words)
    at = next((i for i, word in enumerate(words[1:-1], 1) if word.casefold() in _PARTICLES), len(words) - 1)
    return " ".join(words[:at]), " ".join(words[at:])


def _day(text: str, time_zone: str) -> str:
    """The day as `2026-09-03`; of a moment, the day it is then in `time_zone`."""
    text = text.strip()
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    try:
        if _EPOCH_MS.fullmatch(text):  # as HubSpot stores days and moments (facts/hubspot.md 8)
            moment = datetime.fromtimestamp(int(text) / 1000, ZoneInfo("UTC"))
            return (moment if int(text) % 86_400_000 == 0 else _local(moment, time_zone)).date().isoformat()
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return ""
    return (_local(moment, time_zone) if moment.tzinfo else moment).date().isoformat()


def _local(moment: datetime, time_zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(time_zone))


_PLAIN: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "lower": str.lower,
        "upper": str.upper,
        "title_case": _title_case,
        "digits": _digits,
        "domain": _domain,
        "first_name": lambda text: _names(text)[0],
        "last_name": lambda text: _names(text)[1],
    }
)

MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lower": "small letters",
        "upper": "capital letters",
        "title_case": "a capital in front of words typed all small or all capital",
        "digits": "digits only",
        "phone": "a telephone number as +493012345, by the person's country; as entered where that is unsure",
        "domain": "the host of an e-mail or web address",
        "first_name": "the first name out of a full name",
        "last_name": "the family name out of a full name",
        "date": "the day, in the time zone of connections.yaml",
    }
)
"""Every transform, and what it gives."""


def apply(names: Sequence[str], text: str, *, country: str = "", time_zone: str = "UTC") -> str:
    """`text` after all of `names`, in order. `country` is the person's, as an ISO code."""
    for name in names:
        match name:
            case "phone":
                text = e164(text, country) or text
            case "date":
                text = _day(text, time_zone)
            case _:
                text = _PLAIN[name](text)
    return text.strip()


def result_type(names: Sequence[str]) -> str:
    """The type of what comes out, as a mapping knows types."""
    return "date" if names and names[-1] == "date" else "text"
