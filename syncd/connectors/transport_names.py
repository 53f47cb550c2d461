"""What things are called on the way out: ourselves to the vendors, and each call in counts and logs."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

_ID_LIKE = re.compile(
    r"\d+|.*(?:\d{5}|[@%:]).*|(?=.*\d)(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{18})|[0-9a-f]{8}-[0-9a-f-]{27}"
)


def user_agent() -> str:
    """How we name ourselves to the vendors."""
    try:
        return f"syncd/{version('syncd')}"
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "syncd"


def endpoint_of(method: str, path: str) -> str:
    """A name for counting and logs: method and path, with everything that looks like an id left out."""
    parts = ["*" if _ID_LIKE.fullmatch(part) else part for part in path.split("/") if part]
    return f"{method} /{'/'.join(parts)}"
