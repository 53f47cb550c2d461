"""Reads one YAML file into plain data and remembers the line of every key and item.

Built from the parser's events, so that the line is always known, nothing is constructed but text, numbers,
booleans, lists and mappings, and no input can grow: anchors, aliases, tags and second documents are refused,
size, depth and number of values are bounded. Never raises for what a file contains.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from syncd.settings.problems import Problem

Plain: TypeAlias = Any
"""None, bool, int, float, str, list of these, or dict from text to these."""

FILE_BYTES_MAX = 512 * 1024
VALUES_MAX = 20_000
DEPTH_MAX = 30
LINE_CHARS_MAX = 100_000
TEXT_CHARS_MAX = 4_000
KEY_CHARS_MAX = 200

# What a terminal or a page would obey instead of showing: control characters, halves of characters, marks
# that turn the direction of reading round, byte order marks inside.
_UNSHOWN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff\\ud800-\\udfff]"
)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
# Digits with a leading zero stay text: Salesforce ids begin like that, and nobody counts that way.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")


@dataclass(slots=True)
class Document:
    """One file as data. `lines` holds the line of each item or key, by the container's identity."""

    name: str
    data: Plain = None
    text: str = field(default="", repr=False)
    lines: dict[int, dict[str | int, int]] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)
    kept: list[Plain] = field(default_factory=list)  # keeps every container alive, so that identities hold

    def line_of(self, container: Plain, key: str | int | None = None) -> int:
        """The line of `key` in `container`, or where the container begins; 0 when from elsewhere."""
        start = self.starts.get(id(container), 0)
        if key is None:
            return start
        return self.lines.get(id(container), {}).get(key, start)


Read: TypeAlias = tuple[Document, tuple[Problem, ...]]
"""A document, and what is wrong with its form."""


class _Refused(Exception):  # noqa: N818 - it carries a Problem, and reads as a statement
    """The file cannot be read further."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_document(path: Path) -> Read:
    """The file's data with lines, and all problems of its form; data is None where it could not be read."""
    return _of_file(path, _document)


def document_of(name: str, text: str) -> Read:
    """As `read_document`, of a text that was read before: the same text gives the same document, which
    therefore nobody may change."""
    return _shared(name, text)


def read_shared(path: Path) -> Read:
    """As `read_document`, but a file that reads as before gives the document of before, which therefore
    nobody may change."""
    return _of_file(path, _shared)


def _of_file(path: Path, made: Callable[[str, str], Read]) -> Read:
    try:
        text = _read_text(path)
    except _Refused as refused:
        return Document(path.name), (refused.problem,)
    return made(path.name, text)


@lru_cache(maxsize=64)  # the files of a few playbooks: that in force, that in the folder, that being shown
def _shared(name: str, text: str) -> Read:
    return _document(name, text)


def _document(name: str, text: str) -> Read:
    document = Document(name, text=text)
    try:
        return document, _build(document, text)
    except _Refused as refused:
        document.data = None
        return document, (refused.problem,)


def _read_text(path: Path) -> str:
    name = path.name
    try:
        with path.open("rb") as stream:
            raw = stream.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        message = "the file is missing; `syncd init` writes the commented default"
        raise _Refused(Problem(name, 0, "no such file", f"a file named {name}", "", message)) from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        message = f"the file cannot be read ({reason}); give the user that runs syncd the right to read it"
        raise _Refused(Problem(name, 0, reason, "a readable file", f"chmod u+r {name}", message)) from None
    if len(raw) > FILE_BYTES_MAX:
        limit = f"at most {FILE_BYTES_MAX // 1024} KiB"
        message = "the file is too large; is it the right one?"
        raise _Refused(Problem(name, 0, "a larger file", limit, "", message))
    return _decoded(name, raw)


def _decoded(name: str, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{raw[error.start]:02x}"
        message = "the file is not UTF-8 text; save it as UTF-8 in your editor"
        raise _Refused(Problem(name, line, found, "UTF-8 text", "", message)) from None
    if not text.strip():
        message = "the file is empty; `syncd init` shows what belongs here"
        raise _Refused(Problem(name, 0, "an empty file", "keys and values", "", message))
    for number, written in enumerate(text.splitlines(), 1):
        if len(written) > LINE_CHARS_MAX:
            limit = f"at most {LINE_CHARS_MAX} characters"
            message = "the line is too long; is it the right file?"
            raise _Refused(Problem(name, number, f"{len(written)} characters", limit, "", message))
    return text


def _build(document: Document, text: str) -> tuple[Problem, ...]:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415 - heavy, only needed to load

    builder = _Builder(document)
    try:
        for event in _events(text):
            builder.take(event)
    except MarkedYAMLError as error:
        document.data = None
        return (*builder.problems, _syntax(document.name, text, error))
    except YAMLError as error:  # the reader's: a control character, with its position in the text
        document.data = None
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        message = "the file contains a character that YAML does not allow; retype the line it stands in"
        problem = Problem(document.name, line, "a control character", "printable text", "", message)
        return (*builder.problems, problem)
    except (OverflowError, ValueError):  # an escape like "\\UFFFFFFFF" that names no character
        document.data = None
        message = "the file has an escape that names no character; write the character itself"
        problem = Problem(document.name, 0, "an escape like \\UFFFFFFFF", "printable text", "", message)
        return (*builder.problems, problem)
    if not isinstance(document.data, dict):
        document.data = None
        message = "the file holds no keys; every file begins with `key:` lines"
        problem = Problem(document.name, 1, "no keys", "keys and values", "", message)
        return (*builder.problems, problem)
    return tuple(builder.problems)


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - heavy, only needed to load

    return YAML(typ="safe", pure=True).parse(text)  # type: ignore[no-any-return]


def _syntax(name: str, text: str, error: Any) -> Problem:
    """The parser's complaint in our words, at the line where it noticed."""
    mark = error.problem_mark or error.context_mark
    line = (mark.line if mark else 0) + 1
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        message = "a tab stands at the beginning of the line; YAML is indented by spaces only"
        return Problem(name, line, "a tab", "spaces", "  - id: engaged", message)
    complaint = " ".join(part for part in (error.context, error.problem) if part)
    message = f"this is not valid YAML: {complaint}; look at this line and the one before it"
    allowed = "`key: value` lines, indented by spaces"
    return Problem(name, line, "", allowed, "label: Requested a demo", message)


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    line: int
    is_repeated: bool


class _Builder:
    """Turns the parser's events into data; no recursion, so depth is only a number."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._open: list[Plain] = []
        self._keys: list[_Key | None] = []
        self._values = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        """Add what one event says. Raises _Refused for what is never read on."""
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self._refuse(line, "a second document", "one document", "remove `---` and what follows")
        elif kind == "AliasEvent" or getattr(event, "anchor", None):
            self._refuse(line, "an anchor or alias (& or *)", "values written out", "write the value out")
        elif kind == "ScalarEvent":
            self._scalar(event, line)
        elif kind in {"MappingStartEvent", "SequenceStartEvent"}:
            self._check_tag(event, line)
            self._begin({} if kind == "MappingStartEvent" else [], line)
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            self._open.pop()
            self._keys.pop()

    def _refuse(self, line: int, found: str, allowed: str, cure: str) -> None:
        message = f"{found} cannot be used in settings; {cure}"
        raise _Refused(Problem(self.document.name, line, found, allowed, "", message))

    def _check_tag(self, event: Any, line: int) -> None:
        if getattr(event, "tag", None):
            self._refuse(line, "a YAML tag (!)", "plain values", "remove the tag; put the text in quotes")

    def _begin(self, container: Plain, line: int) -> None:
        if len(self._open) >= DEPTH_MAX:
            self._refuse(line, f"nesting deeper than {DEPTH_MAX}", f"{DEPTH_MAX} levels", "write it flatter")
        self.document.kept.append(container)
        self.document.starts[id(container)] = line
        self.document.lines[id(container)] = {}
        self._add(container, line)
        self._open.append(container)
        self._keys.append(None)

    def _scalar(self, event: Any, line: int) -> None:
        self._check_tag(event, line)
        self._check_text(event.value, line)
        is_key = bool(self._open) and isinstance(self._open[-1], dict) and self._keys[-1] is None
        if is_key:
            self._key(event.value, line)
        else:
            self._add(event.value if event.style else _resolved(event.value), line)

    def _check_text(self, text: str, line: int) -> None:
        if len(text) > TEXT_CHARS_MAX:
            self._refuse(line, "a text this long", f"at most {TEXT_CHARS_MAX} characters", "write less")
        found = _UNSHOWN.search(text)
        if found:
            character = f"the character U+{ord(found.group()):04X}"
            self._refuse(line, character, "characters that are shown", "retype the text without it")

    def _key(self, name: str, line: int) -> None:
        if len(name) > KEY_CHARS_MAX:
            self._refuse(
                line, "a key this long", f"at most {KEY_CHARS_MAX} characters", "write a shorter one"
            )
        mapping = self._open[-1]
        is_repeated = name in mapping
        if is_repeated:
            first = self.document.line_of(mapping, name)
            message = f"the key '{name[:60]}' stands here twice (first in line {first}); keep one of them"
            self.problems.append(
                Problem(self.document.name, line, f"'{name[:60]}' again", "each key once", "", message)
            )
        self._keys[-1] = _Key(name, line, is_repeated)

    def _add(self, value: Plain, line: int) -> None:
        self._values += 1
        if self._values > VALUES_MAX:
            self._refuse(line, "this many values", f"at most {VALUES_MAX} in a file", "write less")
        if not self._open:
            self.document.data = value
            return
        container, lines = self._open[-1], self.document.lines[id(self._open[-1])]
        if isinstance(container, list):
            lines[len(container)] = line
            container.append(value)
            return
        key = self._keys[-1]
        if key is None:
            self._refuse(line, "a list or block as a key", "text as a key", "write `key: value`")
        elif not key.is_repeated:  # of two equal keys the first stays; the second was reported
            lines[key.name] = key.line
            container[key.name] = value
        self._keys[-1] = None


def _resolved(text: str) -> Plain:
    """A plain scalar's value by the YAML 1.2 core schema; dates and times stay text."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    return text
