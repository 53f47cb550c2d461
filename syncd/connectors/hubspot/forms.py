"""What of a form submission becomes the shape of a signal: the form, the page, and some of the answers.

Answers that are personal or free text stay out, judged by the field's name and by the value: nothing in a
shape names, reaches or quotes a person. One telling line of a message is kept beside it, as of a note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from syncd.connectors.hubspot.answers import Form
from syncd.connectors.hubspot.text import page_address, plain, telling_line

VALUE_CHARS_MAX = 60

_PERSONAL = re.compile(
    r"(^|_)(e?mail|phone|mobile|fax|tel|address|street|zip|postal|postcode|city|birth\w*|dob|salutation"
    r"|gender|linkedin\w*|twitter\w*|website|url|ip|jobtitle|job_title|company\w*|organi[sz]ation"
    r"|message|comments?|notes?|question|feedback|details|description|text|anything)($|_)"
    r"|name($|_)|^hs_|password|secret|token",
    re.I,
)
_MESSAGE = re.compile(
    r"(^|_)(message|comments?|notes?|question|feedback|details|description|anything)($|_)", re.I
)
_REACHES_SOMEBODY = re.compile(r"@|https?:|www\.|\+?\d[\d ()./-]{7,}\d")


def attributes_of(form: Form, page_url: str, values: Mapping[str, str]) -> dict[str, str]:
    """The attributes of a submission's shape."""
    found = {"form": form.name, "form_id": form.id, "url": page_address(page_url)}
    for name, value in sorted(values.items()):
        text = " ".join(value.split())
        if text and _is_shape(name, text):
            found[f"field.{name}"] = text
    return {key: value for key, value in found.items() if value}


def quote_of(values: Mapping[str, str], chars_max: int) -> str | None:
    """One telling line of what was written into a field for messages; the longest such answer speaks."""
    said = [text for name, text in sorted(values.items()) if _MESSAGE.search(name) and text.strip()]
    longest = max(said, key=len, default="")
    return telling_line(plain(longest), chars_max) if longest and chars_max > 0 else None


def _is_shape(name: str, text: str) -> bool:
    if len(text) > VALUE_CHARS_MAX or _PERSONAL.search(name):
        return False
    return _REACHES_SOMEBODY.search(text) is None
