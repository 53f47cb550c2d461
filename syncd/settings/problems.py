"""A problem in the settings is a value with a place, and all of them are shown together.

Each says where (file, line), what was found, what is allowed, and gives an example to copy. Values from
`connections.yaml` and from the environment are never shown: somebody may have pasted a secret there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

ENVIRONMENT = "environment"
"""The `file` of a problem with an environment variable."""

SHOWN_CHARS_MAX = 60
ALLOWED_MAX = 32


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `line` counts from 1; 0 means the whole file or the environment.

    An error stops the playbook from being used; a warning says that it will not do what it seems to say, a
    note what is worth knowing.
    """

    file: str
    line: int
    found: str
    allowed: str
    example: str
    message: str
    level: Literal["error", "warning", "note"] = "error"

    def __str__(self) -> str:
        """One readable paragraph."""
        place = f"{self.file}, line {self.line}" if self.line else self.file
        parts = [f"{place}: {self.message}{'' if self.message.endswith(('.', '?')) else '.'}"]
        if self.found:
            parts.append(f"Found: {self.found}.")
        if self.allowed:
            parts.append(f"Allowed: {self.allowed}.")
        if self.example:
            parts.append(f"Example: {self.example}")
        return " ".join(parts)

    def as_dict(self) -> dict[str, str | int]:
        """The same as plain data, for `--json`."""
        return {
            "file": self.file,
            "line": self.line,
            "found": self.found,
            "allowed": self.allowed,
            "example": self.example,
            "message": self.message,
            "level": self.level,
        }


class Invalid(ValueError):  # noqa: N818 - it carries problems, and reads as a statement
    """The settings cannot be used. `problems` are all that were found, in the order of files and lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or empty."""
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold()[:100], list(by_folded), n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` where something is near, else empty."""
    near = nearest(word, known)
    return f"; did you mean '{near}'?" if near else ""


def one_of(names: Iterable[str], near: str = "") -> str:
    """Names as a list for people: the ones most like `near` first when there are too many to show all."""
    listed = sorted(names)
    if len(listed) <= ALLOWED_MAX:
        return ", ".join(listed)
    first = get_close_matches(near, listed, n=ALLOWED_MAX, cutoff=0.0)
    return f"{', '.join(first)} and {len(listed) - len(first)} more"


def shown(value: object) -> str:
    """What was found, short and on one line: its kind and its text."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text '{_short(value)}'" if value else "an empty text"
        case int() | float():
            return f"the number {_short(str(value))}"
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case dict():
            return f"a block with {_short(', '.join(value))}" if value else "an empty block"
        case _:
            return _short(str(value))


def kind_of(value: object) -> str:
    """What kind of thing was found, without its content."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return f"a text of {len(value)} characters"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "a block"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS_MAX else line[: SHOWN_CHARS_MAX - 3] + "..."
