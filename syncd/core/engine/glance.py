"""A short look at a lead that decision walks through time: does anything happen here, and until when not?

It answers for leads below SQL, or kept out by a filter, that sales has nothing to do with and nobody set
anything aside for; for all others it says nothing, and the whole policy is asked. What it says is what
`moves` would find: screening uses the same generated functions, and properties compare with a reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.core.engine.ahead import below_sql, filtered, near_sql
from syncd.core.engine.primitives import NEVER
from syncd.core.lead import Lead
from syncd.core.model import Signal, Stage, Standing
from syncd.core.timeline import Timeline

if TYPE_CHECKING:
    from syncd.core.engine.program import Program

_MARKETING = frozenset({Stage.LEAD, Stage.MQL, Stage.NEAR_SQL})


class Calm(NamedTuple):
    """Nothing moves now. `until_second` is the first second at which the outlook may be another (None:
    never); `is_exact` says that it is another then, and not only that all facts must be asked."""

    until_second: int | None
    is_exact: bool


class Glances:
    """Short looks at one lead."""

    def __init__(self, program: Program, lead: Lead) -> None:
        self._program = program
        self._lead = lead
        self._is_plain = program.is_choice_fixed and not lead.snapshot.opportunities
        self._profile: tuple[int, tuple[Any, ...], str] | None = None
        self._seen: Timeline | None = None
        self._count = -1
        self._rows = 0
        self._newest: tuple[int, int, Signal] | None = None
        self._weights: list[int] = []
        self._columns: tuple[list[int], list[int], list[int]] = ([], [], [])
        self._lists: Mapping[int, Any] = {}

    def calm(self, standing: Standing, at_ms: int, until_ms: int | None, *, is_filtered: bool) -> Calm | None:
        """What holds for a lead that stands here, or None where all facts must be asked. By `until_ms`
        another fact acts or a person's word begins or ends. `is_filtered` says that a filter keeps somebody
        disqualified out."""
        lead, position = self._lead, standing.position
        if not self._is_plain or lead.timeline.sales or lead.person.waived(at_ms):
            return None
        if position.stage not in _MARKETING and not (is_filtered and position.stage is Stage.DISQUALIFIED):
            return None
        program = self._program
        if self._profile is None:
            self._profile = program.profile(program.answers_of_lead(lead))
        number, known, _model = self._profile
        self._read(lead.timeline)
        where, height = program.place(position)
        looks = program.looks(number, weighted=True)
        lists, columns = self._lists, self._columns

        def again(second: int) -> tuple[Any, ...]:
            return looks.look_ahead(known, lists, columns, second, height)  # type: ignore[no-any-return]

        second = at_ms // 1000
        found = again(second)
        if position.stage is Stage.DISQUALIFIED:
            stays, outlook = found[6], filtered
        else:
            stays = not found[5] and not found[6] and found[7] == where
            outlook = near_sql if position.stage is Stage.NEAR_SQL else below_sql
        if not stays:
            return None
        until = None if until_ms is None else -(-until_ms // 1000)
        is_exact, turns = program.ahead(number).due(looks, found, lists, second, until, again, outlook)
        return Calm(None if turns is None or turns >= NEVER else turns, is_exact)

    def _read(self, timeline: Timeline) -> None:
        """The timeline's signals as lists; read again only after others were admitted."""
        if timeline is self._seen and timeline.admitted == self._count:
            return
        rows, known = timeline.rows, self._rows
        class_of = self._program.class_of
        is_newer = timeline is self._seen and 0 < known <= len(rows) and rows[known - 1] is self._newest
        new = rows[known:] if is_newer else rows
        new = new[::-1]
        seconds = [row[0] // 1000 for row in new]
        classes = [class_of(row[2].shape) for row in new]
        weights = [row[2].count for row in new]
        if is_newer:
            seconds += self._columns[0]
            classes += self._columns[1]
            weights += self._weights
        self._seen, self._count, self._rows = timeline, timeline.admitted, len(rows)
        self._newest = rows[-1] if rows else None
        same = self._program.same_classes()
        self._columns, self._weights = (seconds, classes, same), weights
        # Plain lists are made by code that is written anew for every kind of signal met: for crowds.
        self._lists = self._program.lists.weighted(seconds, classes, same, weights)
