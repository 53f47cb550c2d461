"""The marker by which we know our own words when they come back from a CRM.

Whatever we write as free text (a task's description, a note) carries `[syncd <key>]`; whatever is read with
it in its title or body is ours, and never evidence.
"""

from __future__ import annotations

import re

_MARKER = re.compile(r"\[syncd [\w:.-]{1,120}\]")


def mark(key: str) -> str:
    """The marker for what is known by `key` (`<external id>:<pass>:<purpose>`)."""
    marker = f"[syncd {key}]"
    assert _MARKER.fullmatch(marker), "keys of ours are made of word characters, colons, dots and dashes"
    return marker


def marked(text: str, key: str, chars_max: int) -> str:
    """`text` with the marker as its last line; the text is cut where both do not fit."""
    last = f"\n\n{mark(key)}"
    return f"{text[: chars_max - len(last)].rstrip()}{last}"


def is_marked(*texts: str | None) -> bool:
    """True when one of the texts carries a marker of ours."""
    return any(text is not None and "[syncd " in text and _MARKER.search(text) for text in texts)
