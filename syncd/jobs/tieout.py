"""The tie-out: counts of both systems against the store, and every qualified pass accounted for.

Each line names what was counted, by whom, and the difference. A difference is never explained away here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from syncd.core.model import System
from syncd.jobs import vanished
from syncd.ports import Connector
from syncd.store import counting
from syncd.store.counting import Passes
from syncd.store.engine import Store


@runtime_checkable
class Counted(Protocol):
    """A connector that can say how many records of each kind its system shows us."""

    system: System

    def counts(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One count: `there` in the system now, `here` in the store."""

    system: str
    object_type: str
    there: int
    here: int

    @property
    def difference(self) -> int:
        return self.there - self.here


@dataclass(frozen=True, slots=True)
class TieOut:
    """All lines and the passes. `is_even` means no difference and nothing lost. `erased` people were deleted
    for privacy, `missed` are contacts gone without a trace, to be erased when that is confirmed."""

    lines: tuple[Line, ...]
    passes: Passes
    erased: int = 0
    missed: int = 0

    @property
    def differences(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.difference)

    @property
    def is_even(self) -> bool:
        return not self.differences and self.passes.lost == 0

    def as_dict(self) -> dict[str, Any]:
        """For `--json` and the demo's summary."""
        return {
            "even": self.is_even,
            "lines": [
                {"system": line.system, "object": line.object_type, "there": line.there, "here": line.here}
                for line in self.lines
            ],
            "erased": self.erased,
            "missed": self.missed,
            "passes": {name: getattr(self.passes, name) for name in (*Passes.__slots__, "lost")},
        }


def tie_out(store: Store, connectors: Sequence[Connector]) -> TieOut:
    """Count both systems and the store. Raises SystemFailure when a system does not answer."""
    there = {
        (str(connector.system), kind): count
        for connector in connectors
        if isinstance(connector, Counted)
        for kind, count in connector.counts().items()
    }
    with store.read() as tx:
        here = counting.held_records(tx)
        passes = counting.passes(tx)
        erased = counting.total_erased(tx)
    lines = tuple(
        Line(system, kind, count, here.get((system, kind), 0))
        for (system, kind), count in sorted(there.items())
    )
    return TieOut(lines, passes, erased, vanished.awaited(store))
