"""The exact next second at which anything a view was asked can answer differently, short of new signals.

What was asked of the signals turns in closed form; until the first such turn patterns and fit stay as they
are. In between scores need no break points: without new signals gains only fade and losses only fade, so
gains as of one second with losses as of another bound the score everywhere between the two; spans whose
bounds stay on one side of the threshold are skipped, the rest is halved to one second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from syncd.core.atoms import ScoreAtom, ScoreName
from syncd.core.timeline import Searched
from syncd.core.view import View

EVALUATIONS_MAX = 4_000
"""Scores looked at for one threshold. A score that crawls along its threshold for weeks uses them up; then
the next unresolved second is named, which is early but never late."""

Bound = Callable[[int, int], int]


def next_flip(views: Iterable[View], until_second: int | None = None) -> int | None:
    """The first later second, up to `until_second`, at which one of the answers given changes; or None."""
    found: int | None = None
    for view in views:
        limit = until_second if found is None else found - 1
        counted = _next_count(view)
        if counted is not None and (limit is None or counted <= limit):
            found = limit = counted
        for atom, holds in view.score_atoms.items():
            limit = until_second if found is None else found - 1
            flip = _next_score(view, atom, holds, limit)
            found = flip if flip is not None else found
    return found


def _next_count(view: View) -> int | None:
    """When the first answer about the signals turns by time alone."""
    turns = (atom.turns_at(view.timeline, holds=holds) for atom, holds in view.signal_atoms.items())
    return min((second for second in turns if second is not None), default=None)


def _next_score(view: View, atom: ScoreAtom, holds: bool, limit: int | None) -> int | None:
    if atom.score is ScoreName.FIT:
        return None  # fit changes with fields, or with the answers above
    sums, timeline = view.sums(atom.score), view.timeline
    settled = max((item.settled_at() for item in sums), default=0)
    end = settled if limit is None else min(settled, limit)
    if end <= view.second:
        return None
    fit_micro = view.fit_micro if atom.score is ScoreName.TOTAL else 0
    held = tuple(view.held_micro(item) for item in sums)

    def bound(gains_at: int, losses_at: int) -> int:
        return fit_micro + sum(
            item.micro(micro, gains_at, losses_at) for item, micro in zip(sums, held, strict=True)
        )

    asked = (view.model, atom, (fit_micro, *held))
    searched = timeline.searched.get(asked, Searched(view.second, view.second, None))
    if not searched.tells(view.second):
        searched = Searched(view.second, view.second, None)
    if searched.found is None and searched.until < end:
        found = first_crossing(bound, atom.threshold_micro, holds, searched.until, end)
        searched = timeline.searched[asked] = Searched(searched.start, end, found)
    return searched.found if searched.found is not None and searched.found <= end else None


def first_crossing(value: Bound, threshold: int, holds: bool, start: int, end: int) -> int | None:
    """The first second in (start, end] at which `value(t, t) >= threshold` is no longer `holds`."""
    spans = [(start, end)]
    left = EVALUATIONS_MAX
    while spans:
        begin, last = spans.pop()
        if left <= 0:
            return begin + 1
        left -= 1
        # The least the score can be within the span, or the most.
        extreme = value(last, begin) if holds else value(begin, last)
        if (extreme >= threshold) == holds:
            continue
        if last - begin == 1:
            if (value(last, last) >= threshold) != holds:
                return last
            continue
        middle = (begin + last) // 2
        spans += [(middle, last), (begin, middle)]
    return None
