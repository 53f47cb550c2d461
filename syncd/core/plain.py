"""Text written by strangers, made safe to show: one line, no markup, no invisible tricks, a bound length.

Form fields, titles and names reach Salesforce pages, HubSpot properties, alerts and exports. What stays is
what people read, in every script: right-to-left text, emoji and their joiners. What goes are tags, control
and bidirectional-control characters. Nothing here knows a vendor.
"""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"<[/!?]?[A-Za-z!][^<>]{0,2000}>|<!--.{0,2000}?-->", re.DOTALL)
_INLINE = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|font|small|sub|sup|code|mark)\b[^<>]{0,2000}>", re.IGNORECASE
)
_BLOCK = re.compile(r"<(script|style)\b[^<>]{0,500}>.{0,5000}?</\1\s{0,5}>", re.DOTALL | re.IGNORECASE)
_JOINERS = "\u200c\u200d"
"""Invisible but needed: Persian and Indic spelling, composed emoji."""

_FORMULA = re.compile(
    r"[\s\x00-\x1f]{0,40}(?:[=\uff1d]|[+\-@\uff0b\uff0d\uff20](?=.*[A-Za-z][\w.]{0,40}\s{0,4}[(|!]))",
    re.DOTALL,
)
"""What a spreadsheet would run, also in full-width signs: `=1`, `@SUM(1)`, `+2+cmd|' /C calc'!A0`. A phone
number, a handle and a negative number are not."""

_ROUNDS_MAX = 3
ELLIPSIS = "…"


def plain(value: str, limit: int = 0) -> str:
    """`value` as one readable line without markup; at most `limit` characters where given."""
    for _ in range(_ROUNDS_MAX):  # markup may be escaped markup
        bare = _TAG.sub(" ", _INLINE.sub("", _BLOCK.sub(" ", html.unescape(value))))
        if bare == value:
            break
        value = bare
    line = " ".join(visible(value).split())
    return shorten(line, limit) if limit else line


def counted(count: int, noun: str, several: str = "") -> str:
    """`1 case`, `1,204 cases`; `several` where the plural is another word."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def visible(value: str) -> str:
    """`value` in NFC without control, bidirectional-control, private and broken characters.

    Line ends become blanks, since a field of one line is meant.
    """
    if value.isascii() and value.isprintable():
        return value  # most text, and nothing of the kind is in it
    return "".join(_shown(char) for char in unicodedata.normalize("NFC", value))


def inert(value: str) -> str:
    """`value`, with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{value}" if _FORMULA.match(value) else value


def defused(value: str) -> str:
    """`value` with the angle brackets of anything like a tag turned into quotation marks: it is read, and no
    page runs it."""
    return _TAG.sub(lambda found: f"\u2039{found.group()[1:-1]}\u203a", value) if "<" in value else value


def shorten(value: str, limit: int, mark: str = ELLIPSIS) -> str:
    """At most `limit` characters of `value`, cut at a word border and ended by `mark`.

    A single word longer than that is cut within, never between a letter and its accent or inside an emoji.
    """
    if len(value) <= limit:
        return value
    return clip(value, max(limit - len(mark), 0)) + mark[:limit]


def clip(value: str, limit: int) -> str:
    """The longest start of `value` within `limit` characters that ends at a word border, else at a letter."""
    if len(value) <= limit:
        return value
    if value[limit : limit + 1].isspace():
        return value[:limit].rstrip()
    border = value[:limit].rfind(" ")
    if border >= limit // 2:
        return value[:border].rstrip(" ,;:-")
    while limit and _continues(value, limit):
        limit -= 1
    return value[:limit].rstrip()


def _continues(value: str, at: int) -> bool:
    """True when the character at `at` belongs to the one before it."""
    char = value[at]
    return bool(
        unicodedata.combining(char)
        or char in _JOINERS
        or "\ufe00" <= char <= "\ufe0f"  # variation selectors
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or value[at - 1] == "\u200d"
    )


def _shown(char: str) -> str:
    if char in _JOINERS or char == " ":
        return char
    category = unicodedata.category(char)
    if category in {"Zs", "Zl", "Zp"} or char in "\t\n\r\v\f\x85":
        return " "
    return "" if category in {"Cc", "Cf", "Cs", "Co", "Cn"} else char
