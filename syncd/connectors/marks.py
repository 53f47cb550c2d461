"""Marks: a line by which sales says in a note that a letter of the framework is settled, or is not.

`Budget: approved 50k`, `Zeitplan: Q1`, `#authority CFO decides` become `mark.budget` = yes and the like. Read
of such a line are the letter and one of four words (yes, no, later, mentioned), for a budget the order of its
size; nobody's own words are kept. Names of letters come from the playbook and six languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from syncd.connectors import mark_words as words

PREFIX: Final = "mark."
AMOUNT: Final = "_amount"
LINES_MAX: Final = 400
LINE_CHARS_MAX: Final = 240
SOON_DAYS: Final = 90
"""A decision within this many days is a timeline met (S41)."""

_QUOTED: Final = re.compile(r"^(>|-{2,}\s*(original|forwarded|ursprungliche)|on .{4,80} wrote:|from:\s)")
_LABELLED: Final = re.compile(r"^[\s\W]*([\w][\w '&/-]{0,39}?)\s*(?::|=|\s[-\u2013\u2014>]+\s)\s*(.*)$")
_TAGGED: Final = re.compile(r"(?<![\w/#&])#(\w{2,40})[ :=]*([^#]*)")
_PARTS: Final = re.compile(r"\s*[;|]\s*|(?<=[.!])\s+(?=[\w][\w ']{1,30}\s?[:=])")
_SPACES: Final = re.compile(r"\s+")
_AMOUNT: Final = re.compile(r"(\d[\d.,' ]{0,14}\d|\d)\s?(k|tsd|mille|mil|thousand|m|mio|million|millones)?\b")
_BANDS: Final = ((10_000, "under_10k"), (50_000, "10k_50k"), (250_000, "50k_250k"))
_SCALE: Final = {"k": 1e3, "tsd": 1e3, "mille": 1e3, "mil": 1e3, "thousand": 1e3}

_QUARTER: Final = re.compile(r"\b(?:q|t|k)([1-4])\b|\b([1-4])\.? ?(?:q|quartal|quarter|trimestre|kwartaal)\b")
_YEAR: Final = re.compile(r"\b(20\d\d)\b")
_ISO: Final = re.compile(r"\b(20\d\d)-(\d\d?)(?:-(\d\d?))?\b")
_DOTTED: Final = re.compile(r"\b(\d\d?)[./](\d\d?)[./](20\d\d)\b")


def _any(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w])(?:{alternatives})(?![\w])")


_UNKNOWN, _NO, _PENDING, _YES = map(_any, (words.UNKNOWN, words.NO, words.PENDING, words.YES))
_NOW, _NEXT_MONTH = _any(words.NOW), _any(words.NEXT_MONTH)
_THIS_QUARTER, _NEXT_QUARTER = _any(words.THIS_QUARTER), _any(words.NEXT_QUARTER)
_THIS_YEAR, _NEXT_YEAR = _any(words.THIS_YEAR), _any(words.NEXT_YEAR)
_MONTHS: Final = tuple(_any(names) for names in words.MONTHS)
_SPANS: Final = tuple(
    (re.compile(rf"(\d{{1,3}})[ -]?(?:{names})\b"), days) for names, days in words.UNITS.items()
)


class Marks:
    """Reads marks of the letters a playbook has. `letters` maps a letter's id to its label."""

    def __init__(self, letters: Mapping[str, str] = MappingProxyType({})) -> None:
        self._names: dict[str, str] = {}
        for letter, label in letters.items():
            for name in (*words.LABELS.get(letter, "").split("|"), label, letter):
                if name:
                    self._names[_name(name)] = letter

    def __bool__(self) -> bool:
        """False where there is no letter to mark."""
        return bool(self._names)

    def read(self, text: str, on: date) -> dict[str, str]:
        """The attributes of the marks in a plain text written `on` a day; of one letter the last counts."""
        found: dict[str, str] = {}
        if not self._names or not text:
            return found
        for letter, said in self._lines(text):
            found.pop(f"{PREFIX}{letter}{AMOUNT}", None)
            found |= _read(letter, said, on)
        return found

    def _lines(self, text: str) -> Iterator[tuple[str, str]]:
        """Each mark's letter and what is said of it."""
        for raw in text.splitlines()[:LINES_MAX]:
            line = _folded(raw[:LINE_CHARS_MAX])
            if _QUOTED.match(line):
                return
            if "#" in line:
                for name, said in _TAGGED.findall(line):
                    if letter := self._names.get(_name(name)):
                        yield letter, said.strip() or "yes"
            for part in _PARTS.split(line):
                labelled = _LABELLED.match(part)
                if labelled and (letter := self._names.get(_name(labelled[1]))):
                    yield letter, labelled[2].strip()


def _folded(text: str) -> str:
    """Lower case, without accents, blanks as one space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _SPACES.sub(" ", "".join(char for char in plain if not unicodedata.combining(char))).strip()


def _name(text: str) -> str:
    """A letter's name as it is looked up: ids are written with underscores, labels with blanks."""
    return _folded(text.replace("_", " "))


def _read(letter: str, said: str, on: date) -> dict[str, str]:
    """What one line says of a letter, in words of ours."""
    if not any(char.isalnum() for char in said) or said.startswith("?") or _UNKNOWN.match(said):
        return {}
    name = PREFIX + letter
    if _is_denied(letter, said):
        return {name: "no"}
    if letter == "timeline":
        return {name: _when(said, on)}
    band = _band(said) if letter == "budget" else ""
    amount = {f"{name}{AMOUNT}": band} if band else {}
    if _PENDING.search(said) or said.endswith("?"):
        return {name: "mentioned", **amount}
    is_plain = letter not in ("budget", "authority")
    return {name: "yes" if band or is_plain or _YES.search(said) else "mentioned", **amount}


def _is_denied(letter: str, said: str) -> bool:
    """Whether it is said that there is none. `Not approved` denies a budget, `approved, no limit` does not;
    a need may be that there is none of something: only `none` or `no need` denies it."""
    if letter == "timeline":
        return _NO.match(said) is not None
    if letter not in ("budget", "authority"):
        return _NO.match(said) is not None and len(said.split()) <= 2
    no, yes = _NO.search(said), _YES.search(said)
    return no is not None and (yes is None or no.start() < yes.start())


def _band(said: str) -> str:
    """The order of the largest amount named; empty where none is."""
    values = [_value(number, unit) for number, unit in _AMOUNT.findall(_YEAR.sub(" ", said))]
    most = max(values, default=0.0)
    if most < 100:  # a share, a day, a number of seats
        return ""
    return next((name for below, name in _BANDS if most < below), "over_250k")


def _value(number: str, unit: str) -> float:
    """A number as people type it: `50.000`, `50,000`, `1.5`, `75 000`."""
    text = re.sub(r"[.,' ](?=\d{3}(\D|$))", "", number.strip()).replace(" ", "").replace(",", ".")
    text = text.replace("'", "")
    try:
        value = float(text if text.count(".") < 2 else text.replace(".", ""))
    except ValueError:
        return 0.0
    return value * (_SCALE.get(unit, 1e6) if unit else 1.0)


# --- times -----------------------------------------------------------------------------------------------


def _when(said: str, on: date) -> str:
    """`yes` for a decision within 90 days of the note, `later` beyond, `mentioned` where no time is named."""
    due = _due(said, on)
    if due is None:
        return "yes" if _YES.search(said) and not _PENDING.search(said) else "mentioned"
    return "yes" if due <= on + timedelta(days=SOON_DAYS) else "later"


def _due(said: str, on: date) -> date | None:
    """The day a time named in a note begins, seen from the day of the note."""
    exact = _exact(said)
    if exact is not None:
        return exact
    for pattern, days in _SPANS:
        if span := pattern.search(said):
            return on + timedelta(days=int(span[1]) * days)
    if quarter := _QUARTER.search(said):
        return _from_month(3 * int(quarter[1] or quarter[2]) - 2, 3, said, on)
    if _NOW.search(said) or _THIS_QUARTER.search(said):
        return on
    if _NEXT_MONTH.search(said):
        return on + timedelta(days=30)
    if _NEXT_QUARTER.search(said):
        month = 3 * ((on.month - 1) // 3) + 4
        return date(on.year + month // 13, month % 12 or 12, 1)
    if _NEXT_YEAR.search(said):
        return date(on.year + 1, 1, 1)
    if _THIS_YEAR.search(said):
        return date(on.year, 12, 31)
    for number, names in enumerate(_MONTHS, start=1):
        if names.search(said):
            return _from_month(number, 1, said, on)
    year = _YEAR.search(said)
    return date(int(year[1]), 1, 1) if year else None


def _exact(said: str) -> date | None:
    """A date written in figures; one that does not exist is none."""
    try:
        if iso := _ISO.search(said):
            return date(int(iso[1]), int(iso[2]), int(iso[3] or 1))
        if dotted := _DOTTED.search(said):
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
    except ValueError:
        return None
    return None


def _from_month(month: int, months: int, said: str, on: date) -> date:
    """The next time a stretch of `months` that begins with this month comes, or the day itself within it."""
    named = _YEAR.search(said)
    if named:
        return (
            max(date(int(named[1]), month, 1), on)
            if int(named[1]) == on.year
            else date(int(named[1]), month, 1)
        )
    year = on.year if on.month < month + months else on.year + 1
    return max(date(year, month, 1), on)
