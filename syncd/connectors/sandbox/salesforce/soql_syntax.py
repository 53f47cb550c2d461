"""SOQL as text: a lexer and a parser of the subset that integrations send.

SELECT with parent paths, child subqueries and aggregates; WHERE with AND, OR, NOT, semi-joins; ORDER BY,
LIMIT, OFFSET. The parser is as strict as the platform: AND and OR mix only in brackets, NOT stands first in
its brackets, `ALL ROWS` and `IN ()` are refused (SOQL and SOSL reference, "Condition Expression Syntax").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from syncd.connectors.sandbox.salesforce.errors import Refusal

TEXT_MAX = 100_000
OFFSET_MAX = 2_000
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\\n\r]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)(?![\dT])
    | (?P<number>[+-]?\d+(?:\.\d+)?)(?![\w.])
    | (?P<word>[A-Za-z_][\w.]*(?::\d+)?)
    | (?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_AGGREGATES = frozenset({"count", "max", "min", "sum", "avg", "count_distinct"})
_RESERVED = frozenset(
    {"from", "where", "order", "limit", "offset", "group", "having", "and", "or", "not", "all"}
)


class Kind(StrEnum):
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    DATE = "date"
    DATETIME = "datetime"
    PERIOD = "period"  # TODAY, LAST_N_DAYS:7


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. `raw` is the text between the quotes, with escapes, for LIKE."""

    kind: Kind
    text: str
    raw: str = ""


Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate; `path` empty is COUNT()."""

    name: str
    path: Path
    alias: str


@dataclass(frozen=True, slots=True)
class Compare:
    path: Path
    operator: str  # = != < <= > >= like
    value: Literal


@dataclass(frozen=True, slots=True)
class Among:
    """`path IN (...)`, by constants or by a semi-join."""

    path: Path
    values: tuple[Literal, ...]
    query: Query | None
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Negation:
    item: Condition


@dataclass(frozen=True, slots=True)
class Junction:
    """All of the items, or with `is_any` any of them."""

    items: tuple[Condition, ...]
    is_any: bool


@dataclass(frozen=True, slots=True)
class Order:
    path: Path
    is_descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    select: tuple[Path | Aggregate | Query, ...]
    object: str
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


Condition: TypeAlias = Compare | Among | Negation | Junction


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Query:
    """The query. Raises Refusal MALFORMED_QUERY with the platform's marker line."""
    if len(text) > TEXT_MAX:
        raise Refusal("MALFORMED_QUERY", f"SOQL statements cannot be longer than {TEXT_MAX} characters.")
    parser = _Parser(text)
    query = parser.query()
    parser.expect_end()
    return query


def pointed(text: str, at: int, message: str) -> str:
    """The message under the piece of text it is about, as the API prints it."""
    start = max(0, at - 40)
    snippet = text[start : at + 40].replace("\n", " ").replace("\r", " ")
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return f"\n{snippet}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n{message}"


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0

    # --- tokens ---

    def _peek(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def _is(self, *words: str) -> bool:
        return all(
            self._peek(i).text.lower() == w and self._peek(i).kind != "string" for i, w in enumerate(words)
        )

    def _take(self, *words: str) -> bool:
        if not self._is(*words):
            return False
        self._next += len(words)
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._unexpected()

    def _unexpected(self, token: _Token | None = None) -> Refusal:
        found = token or self._peek()
        if found.kind == "end":
            return Refusal("MALFORMED_QUERY", "unexpected token: <EOF>")
        return Refusal("MALFORMED_QUERY", pointed(self._text, found.at, f"unexpected token: '{found.text}'"))

    def expect_end(self) -> None:
        if self._peek().kind != "end":
            raise self._unexpected()

    def _word(self) -> _Token:
        token = self._peek()
        if token.kind != "word" or token.text.lower() in _RESERVED:
            raise self._unexpected()
        self._next += 1
        return token

    def _path(self) -> Path:
        token = self._word()
        names = tuple(token.text.split("."))
        if "" in names or ":" in token.text:
            raise self._unexpected(token)
        return names

    # --- query ---

    def query(self) -> Query:
        self._expect("select")
        select = [self._item()]
        while self._take(","):
            select.append(self._item())
        self._expect("from")
        # Group is an object as well as a word of the language
        name, alias = "Group" if self._take("group") else self._word().text, ""
        if self._peek().kind == "word" and self._peek().text.lower() not in _RESERVED:
            alias = self._word().text
        where = self._condition() if self._take("where") else None
        order = self._order() if self._take("order", "by") else ()
        limit = self._count() if self._take("limit") else None
        offset = self._count() if self._take("offset") else 0
        if offset > OFFSET_MAX:
            raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {OFFSET_MAX}")
        query = Query(tuple(select), name, where, order, limit, offset)
        return _without_alias(query, alias) if alias else query

    def _item(self) -> Path | Aggregate | Query:
        if self._take("("):
            inner = self.query()
            self._expect(")")
            return inner
        token = self._peek()
        if token.text.lower() in _AGGREGATES and self._peek(1).text == "(":
            self._next += 2
            path = () if self._is(")") else self._path()
            self._expect(")")
            if not path and token.text.lower() != "count":
                raise self._unexpected()
            named = self._peek().kind == "word" and self._peek().text.lower() not in _RESERVED
            return Aggregate(token.text.lower(), path, self._word().text if named else "")
        return self._path()

    def _order(self) -> tuple[Order, ...]:
        found = [self._order_item()]
        while self._take(","):
            found.append(self._order_item())
        return tuple(found)

    def _order_item(self) -> Order:
        path = self._path()
        is_descending = self._take("desc")
        if not is_descending:
            self._take("asc")
        nulls_last = self._take("nulls", "last")
        if not nulls_last:
            self._take("nulls", "first")
        return Order(path, is_descending, nulls_last)

    def _count(self) -> int:
        token = self._peek()
        if token.kind != "number" or not token.text.isdigit():
            raise self._unexpected()
        self._next += 1
        return int(token.text)

    # --- conditions ---

    def _condition(self) -> Condition:
        if self._take("not"):
            return Negation(self._simple())
        items = [self._simple()]
        word = next((w for w in ("and", "or") if self._is(w)), "")
        while word and self._take(word):
            items.append(self._simple())
        return Junction(tuple(items), word == "or") if word else items[0]

    def _simple(self) -> Condition:
        if self._take("("):
            inner = self._condition()
            self._expect(")")
            return inner
        path = self._path()
        if self._take("not", "in"):
            return self._among(path, is_negated=True)
        if self._take("in"):
            return self._among(path, is_negated=False)
        operator = self._peek()
        if operator.text.lower() not in ("=", "!=", "<>", "<", "<=", ">", ">=", "like"):
            raise self._unexpected()
        self._next += 1
        sign = "!=" if operator.text == "<>" else operator.text.lower()
        return Compare(path, sign, self._literal())

    def _among(self, path: Path, *, is_negated: bool) -> Among:
        self._expect("(")
        if self._is("select"):
            inner = self.query()
            self._expect(")")
            return Among(path, (), inner, is_negated)
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return Among(path, tuple(values), None, is_negated)

    def _literal(self) -> Literal:
        token = self._peek()
        self._next += 1
        if token.kind == "string":
            return Literal(Kind.STRING, self._unescape(token), token.text[1:-1])
        if token.kind in ("number", "date", "datetime"):
            return Literal(Kind(token.kind), token.text)
        lower = token.text.lower()
        if lower in ("true", "false"):
            return Literal(Kind.BOOLEAN, lower)
        if lower == "null":
            return Literal(Kind.NULL, "")
        if re.fullmatch(r"(today|yesterday|tomorrow|(last|next)_n_days:\d+)", lower):
            return Literal(Kind.PERIOD, lower)
        raise self._unexpected(token)

    def _unescape(self, token: _Token) -> str:
        def replaced(found: re.Match[str]) -> str:
            letter = found.group(1)
            if letter in ("%", "_"):
                return letter
            if letter not in _ESCAPES:
                message = f"Illegal string literal: Invalid string literal '{found.group(0)}'."
                raise Refusal("MALFORMED_QUERY", pointed(self._text, token.at, message))
            return _ESCAPES[letter]

        return re.sub(r"\\(.)", replaced, token.text[1:-1])


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            place = at + len(text[at:]) - len(text[at:].lstrip())
            message = f"unexpected char: '{text[place]}'"
            raise Refusal("MALFORMED_QUERY", pointed(text, place, message))
        found.append(_Token(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup)))
        at = match.end()
    return [*found, _Token("end", "", len(text))]


def _without_alias(query: Query, alias: str) -> Query:
    """The same query with the alias taken off every path."""
    lower = alias.lower()

    def bare(path: Path) -> Path:
        return path[1:] if len(path) > 1 and path[0].lower() == lower else path

    def condition(item: Condition) -> Condition:
        if isinstance(item, Compare):
            return Compare(bare(item.path), item.operator, item.value)
        if isinstance(item, Among):
            return Among(bare(item.path), item.values, item.query, item.is_negated)
        if isinstance(item, Negation):
            return Negation(condition(item.item))
        return Junction(tuple(condition(i) for i in item.items), item.is_any)

    def selected(item: Path | Aggregate | Query) -> Path | Aggregate | Query:
        if isinstance(item, Aggregate):
            return Aggregate(item.name, bare(item.path), item.alias)
        return item if isinstance(item, Query) else bare(item)

    return Query(
        tuple(selected(item) for item in query.select), query.object,
        condition(query.where) if query.where else None,
        tuple(Order(bare(o.path), o.is_descending, o.nulls_last) for o in query.order), query.limit,
        query.offset,
    )  # fmt: skip
