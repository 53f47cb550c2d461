"""How commands speak: a console 80 columns wide or more, JSON on request, errors in sentences.

Every command gives its answer as plain data first; the table is a view of it. Times are shown in the
configured zone with the offset printed.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo

from syncd.core.plain import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from syncd.settings import Problem

EXIT_OK, EXIT_PROBLEMS, EXIT_USAGE, EXIT_PERSON = 0, 1, 2, 3
WIDTH_MIN, WIDTH_MAX = 60, 120


class Fault(Exception):  # noqa: N818 - becomes one sentence on standard error and an exit code
    """A mistake of the user or the environment: shown without a traceback."""

    def __init__(self, message: str, code: int = EXIT_USAGE, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


def console() -> Console:
    """Standard output; no colour when it is not a terminal."""
    from rich.console import Console  # 4 MB that the daemon does without

    return Console(highlight=False, soft_wrap=False)


def width_of(out: Console) -> int:
    """How wide a page is laid out: as the terminal, from 60 to 120 columns."""
    return min(max(out.width, WIDTH_MIN), WIDTH_MAX)


def complain(message: str) -> None:
    """One plain paragraph on standard error."""
    sys.stderr.write(message.rstrip() + "\n")


def problem_lines(problem: Problem, width: int, level: str = "") -> list[str]:
    """One problem of the settings: its place, what is wrong, what was found, what may stand there instead."""
    place = f"{problem.file}, line {problem.line}" if problem.line else problem.file
    told = _indented(f"{level}{place}: {problem.message}", "", "  ", width)
    for mark, text in (("found: ", problem.found), ("-> ", problem.allowed), ("e.g. ", problem.example)):
        told += _indented(text, f"  {mark}", " " * (2 + len(mark)), width) if text else []
    return told


def _indented(text: str, first: str, further: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)


def as_json(data: object) -> None:
    """The command's answer as JSON on standard output, keys in a fixed order."""
    sys.stdout.write(json.dumps(data, indent=2, default=_plain, ensure_ascii=False) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "_asdict"):
        return value._asdict()
    return str(value)


def when(at: datetime | None, zone: str) -> str:
    """A moment for people: date, time and offset of the configured zone; a dash for none."""
    if at is None:
        return "-"
    local = at.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]}"


def day(at: datetime | None, zone: str) -> str:
    """The date of a moment in the configured zone; a dash for none."""
    return "-" if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that says it."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(seconds // size, word)} ago"
    return f"{counted(seconds, 'second')} ago"


Justify: TypeAlias = Literal["left", "right"]
Column: TypeAlias = str | tuple[str, Justify]


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table. A column given as (name, "right") is for numbers; other columns may wrap."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        name: str = column if isinstance(column, str) else column[0]
        justify: Justify = "left" if isinstance(column, str) else column[1]
        made.add_column(name, justify=justify, overflow="fold", no_wrap=justify == "right")
    for row in rows:
        made.add_row(*[_cell(value) for value in row])
    return made


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text.replace("[", "\\[")  # rich reads square brackets as markup; people's words are never markup
