"""Texts and addresses as signals need them: one telling line of a body, a page's address without its query.

A body is read and let go; at most one sentence of it is kept, cut at a word. Markup is dropped, not rendered.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

BODY_CHARS_MAX = 65_536  # the longest note body (facts section 9)
_BREAKS = {"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "td"}
_HIDDEN = {"script", "style", "head", "title"}
_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")  # noqa: RUF001 - full-width marks end sentences too
_REPLY_BEGINS = re.compile(
    r"^(>|-{2,}\s*original message|on .{4,120} wrote:|from:\s|am .{4,120} schrieb|le .{4,120} a écrit)", re.I
)
_EMPTY_WORDS = re.compile(
    r"^(hi|hello|hey|dear|good (morning|afternoon|evening)|hallo|guten tag|bonjour|hola|ciao)\b[^.!?]{0,40}$"
    r"|^(thanks|thank you|many thanks|best|best regards|kind regards|regards|cheers|sincerely)\b.{0,40}$"
    r"|^sent from my\b.*$",
    re.I,
)


class _Text(HTMLParser):
    """Collects the text of a piece of HTML, with line breaks where blocks end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def plain(body: str) -> str:
    """The text of a body that may be HTML, one line per block, blank lines left out."""
    text = body[:BODY_CHARS_MAX]
    if "<" in text or "&" in text:
        parser = _Text()
        parser.feed(text)
        parser.close()
        text = "".join(parser.parts)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def telling_line(text: str, chars_max: int) -> str | None:
    """The first sentence of a plain text that says something: no greeting, no signature, nothing quoted."""
    for line in text.split("\n"):
        if _REPLY_BEGINS.match(line):
            return None
        for sentence in _END.split(line):
            words = sentence.strip(" ,;-\u2013\u2014")
            if len(words) >= 8 and any(char.isalpha() for char in words) and not _EMPTY_WORDS.match(words):
                return cut(words, chars_max)
    return None


def cut(text: str, chars_max: int) -> str:
    """The text within the limit, cut at a word with an ellipsis where it is longer."""
    if len(text) <= chars_max:
        return text
    short = text[: chars_max - 1]
    if " " in short[chars_max // 2 :]:
        short = short.rpartition(" ")[0]
    return short.rstrip(" ,;.") + "\u2026"


def page_address(url: str) -> str:
    """Host and path in lower case, without query, fragment and closing slash; empty for no address."""
    text = url.strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = parts.hostname or ""
    except ValueError:
        return ""
    return f"{host}{parts.path.rstrip('/')}".lower()
