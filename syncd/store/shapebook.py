"""Shapes already read from a store, each kept as one object for as long as the process works with it.

One object per shape lets the core recognise a shape it has classified without looking into it. Only committed
shapes may be remembered: reads happen in transactions that only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from syncd.core.model import Shape
from syncd.store.bulk import among, chunks
from syncd.store.tables import shapes

REMEMBERED_MAX = 50_000


class _Book:
    """The shapes of one store, and the number of each object handed out."""

    def __init__(self) -> None:
        self.by_number: dict[int, Shape] = {}
        self.numbers: dict[int, int] = {}


_books: WeakKeyDictionary[sa.Engine, _Book] = WeakKeyDictionary()


def read(tx: sa.Connection, numbers: Iterable[int]) -> dict[int, Shape]:
    """The shapes of these numbers."""
    book = _books.setdefault(tx.engine, _Book())
    wanted = set(numbers)
    missing = wanted - book.by_number.keys()
    if len(book.by_number) + len(missing) > REMEMBERED_MAX:
        book.by_number, book.numbers, missing = {}, {}, wanted
    for batch in chunks(sorted(missing)):
        for row in tx.execute(sa.select(shapes).where(among(tx, shapes.c.shape_id, batch))):
            shape = Shape(row.source, row.attributes)
            book.by_number[row.shape_id] = shape
            book.numbers[id(shape)] = row.shape_id
    return {number: book.by_number[number] for number in wanted if number in book.by_number}


def number_of(tx: sa.Connection, shape: Shape) -> int | None:
    """The number of a shape that `read` gave; None for any other object, be it equal."""
    book = _books.get(tx.engine)
    return None if book is None else book.numbers.get(id(shape))


def since(tx: sa.Connection, number: int) -> Iterator[tuple[int, Shape]]:
    """Every shape of this number or a higher one, ascending; none is remembered."""
    for row in tx.execute(sa.select(shapes).where(shapes.c.shape_id >= number).order_by(shapes.c.shape_id)):
        yield row.shape_id, Shape(row.source, row.attributes)
