"""The signals of one lead that count, packed into one blob: columns, newest first, little-endian.

    flags    1 byte      bit 0: the column of weights is there (otherwise every weight is 1)
    seconds  n * int32   whole seconds since SINCE_S, for windows and decay; before 1970 counts as 1970
    shapes   n * uint32  the store's number of the shape
    weights  n * uint32  how many times it happened, where one happened more than once
    rests    n * uint16  milliseconds within the second
    keys     n * int64   for explanations

Screening reads the first columns alone. The blob is derived data: it can be written again at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any, NamedTuple

Row = tuple[int, int, int, int]
"""When it happened (epoch milliseconds), the number of its shape, how many times, its key."""

SINCE_S = 1_262_304_000
"""2010-01-01. Up to 2044 the seconds since then are small integers to Python, which reckons with them a tenth
faster than with others (measured)."""
_WEIGHTED = 1
_BYTES = 4 + 4 + 2 + 8
_SECONDS_MAX = SINCE_S + 2**31 - 1
_WEIGHT_MAX = 2**32 - 1
EMPTY = b"\0"
"""The blob of somebody who did nothing."""


class Packed(NamedTuple):
    """The columns of one blob, newest first by (time, key); seconds since `SINCE_S`."""

    seconds: Sequence[int]
    shapes: Sequence[int]
    weights: Sequence[int]
    rests: Sequence[int]
    keys: Sequence[int]

    @property
    def times_ms(self) -> list[int]:
        """When each happened, in epoch milliseconds."""
        return [
            (second + SINCE_S) * 1000 + rest for second, rest in zip(self.seconds, self.rests, strict=True)
        ]


def pack(signals: Sequence[Row]) -> bytes:
    """The blob of these signals, in whatever order they come; equals are not looked for."""
    ordered = sorted(signals, key=lambda row: (row[0], row[3]), reverse=True)
    times_ms = [min(max(row[0], 0), _SECONDS_MAX * 1000) for row in ordered]
    weights = [min(max(row[2], 0), _WEIGHT_MAX) for row in ordered]
    is_weighted = any(weight != 1 for weight in weights)
    values = [time_ms // 1000 - SINCE_S for time_ms in times_ms]
    values += [row[1] for row in ordered]
    values += weights if is_weighted else []
    values += [time_ms % 1000 for time_ms in times_ms]
    values += [row[3] for row in ordered]
    return bytes((is_weighted,)) + _whole(len(ordered), is_weighted).pack(*values)


def unpack(blob: bytes) -> Packed:
    """All columns of a blob."""
    count, is_weighted = _count(blob)
    values = _whole(count, is_weighted).unpack_from(blob, 1)
    at = (2 + is_weighted) * count
    weights = values[2 * count : at] if is_weighted else (1,) * count
    return Packed(
        values[:count], values[count : 2 * count], weights, values[at : at + count], values[at + count :]
    )


def counting(blob: bytes) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...] | None]:
    """Seconds since `SINCE_S`, shapes and weights (None: all are 1) of a blob, all that numbers need."""
    if blob[0] == _WEIGHTED:
        count, _is_weighted = _count(blob)
        values = Struct(f"<{count}i{2 * count}I").unpack_from(blob, 1)
        return values[:count], values[count : 2 * count], values[2 * count :]
    count, unpacked = _plain(len(blob))
    values = unpacked(blob, 1)
    return values[:count], values[count:], None


def _count(blob: bytes) -> tuple[int, bool]:
    is_weighted = blob[0] == _WEIGHTED
    count, left = divmod(len(blob) - 1, _BYTES + 4 if is_weighted else _BYTES)
    if left:
        raise ValueError(f"a packed lead of {len(blob)} bytes is not whole: pack it again from its signals")
    return count, is_weighted


@lru_cache(maxsize=2048)
def _whole(count: int, is_weighted: bool) -> Struct:
    return Struct(f"<{count}i{(1 + is_weighted) * count}I{count}H{count}q")


@lru_cache(maxsize=2048)
def _plain(length: int) -> tuple[int, Callable[[bytes, int], tuple[Any, ...]]]:
    """How many signals are in a blob of this length without weights, and what reads its first columns."""
    count, _is_weighted = _count(b"\0" * length)
    return count, Struct(f"<{count}i{count}I").unpack_from
