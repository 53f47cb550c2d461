"""The lines of a verdict: criteria, letters of the framework, filters and limits.

What never changes (a criterion that is missing, a filter that does not match) is made once per playbook.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.core.atoms import SignalAtom
from syncd.core.compiled import CompiledFilter
from syncd.core.engine.made import quickly
from syncd.core.engine.seen import Seen, Tri
from syncd.core.model import MICRO, Criterion, FilterResult, Reason
from syncd.core.phrases import listed, number
from syncd.core.playbook import Bant, Named, Test
from syncd.core.scoring import capped

if TYPE_CHECKING:
    from syncd.core.engine.program import Program

_criterion = quickly(Criterion)


@dataclass(frozen=True, slots=True)
class Told:
    """One named criterion: what it is when it is not met, made once."""

    test: Test
    missing: Criterion
    unknown: Criterion
    carriers: tuple[SignalAtom, ...]
    """Questions about signals that speak for the lead when this criterion is met."""
    is_dated: bool
    """Whether time alone can end it."""

    @staticmethod
    def of(prefix: str, named: Named, program: Program) -> Told:
        name = f"{prefix}.{named.id}"
        about = program.about.of(named.test)
        counts = prefix not in ("icp", "decisive")
        return Told(
            named.test,
            Criterion(name, named.label, "missing"),
            Criterion(name, named.label, "unknown"),
            about.atoms if counts else (),
            bool(about.alone),
        )

    def met(self, seen: Seen) -> Criterion:
        source, at = seen.source(self.test)
        expires_at = seen.expires_at(self.test) if self.is_dated else None
        return _criterion(self.missing.id, self.missing.label, "met", source, at, "", expires_at)


def told_letter(letter: Bant, silent: Criterion, confirmed: Tri, inferred: Tri, seen: Seen) -> Criterion:
    """Confirmed is met; inferred is still unknown, with what it was inferred from; a letter that nobody
    spoke of is unknown and never missing."""
    if confirmed:
        source, at = seen.source(letter.confirmed)
        expires_at = seen.expires_at(letter.confirmed)
        return _criterion(silent.id, silent.label, "met", source, at, "confirmed", expires_at)
    if inferred and letter.inferred is not None:
        source, at = seen.source(letter.inferred)
        expires_at = seen.expires_at(letter.inferred)
        return Criterion(
            silent.id, silent.label, "unknown", f"inferred from {source}", at, "inferred", expires_at
        )
    return silent


def unmatched(item: CompiledFilter) -> FilterResult:
    its = item.filter
    code = its.divert_to if its.outcome == "divert" else ""
    return FilterResult(its.id, its.label, matched=False, outcome=its.outcome, code=code)


def cap_reason(total: int, cap_micro: int | None, group: str, given: Iterable[Reason]) -> list[Reason]:
    """What the limit of a group takes away, in the names of the rules that gave something to it."""
    lost = capped(total, cap_micro) - total
    if not lost or cap_micro is None:
        return []
    together = listed((item.label for item in given if not item.rule.endswith(".cap")), "and")
    word = "at most" if cap_micro >= 0 else "no less than"
    return [Reason(f"{group}.cap", f"{together}: {word} {number(cap_micro / MICRO)} together", lost)]
