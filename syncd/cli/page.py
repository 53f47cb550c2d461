"""The page about one lead, as lines of at most 80 columns: the page that answers why and why not.

Order: verdict, what to do, scores with reasons that sum, criteria, filters, what would lift it, hand-off,
history. Shown on the terminal and in the demo's summary.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from syncd.cli.show import when
from syncd.core.model import MICRO, Criterion, Score, Stage
from syncd.jobs.explain import move_text, name_of

if TYPE_CHECKING:
    from syncd.core.playbook import Playbook
    from syncd.jobs.explain import Explanation
    from syncd.store.outbox import Effect

WIDTH = 80
REASONS_MAX = 8
HISTORY_MAX = 12
MARKS = {"met": "yes", "missing": "no", "unknown": "?"}


def lines(playbook: Playbook, zone: str, found: Explanation) -> list[str]:
    """The whole page."""
    verdict = found.decision.verdict
    page = [title(found), *wrap(found.decision.headline, 2)]
    if not found.is_stored:
        page.append(f"  As of {when(found.as_of_at, zone)}, from what was known then.")
    page += ["", *_scores(verdict.fit, verdict.engagement, verdict.intent, verdict.grade, zone)]
    page += ["", "Criteria", *_criteria(verdict.criteria, zone)]
    page += ["", *_filters(found)]
    if verdict.missing:
        page += ["", *wrap("Still missing for SQL: " + "; ".join(verdict.missing))]
    if found.decision.due_at is not None and not _is_terminal(found):
        page += wrap(f"Without new activity this is looked at again on {when(found.decision.due_at, zone)}.")
    page += _delivery(found, zone)
    page += ["", "History", *history(found, zone)]
    return page


def title(found: Explanation) -> str:
    """Who, and where the lead stands, in one line."""
    snapshot, standing = found.snapshot, found.decision.standing
    fields = snapshot.fields
    role = fields.get("contact.jobtitle") or fields.get("lead.Title") or ""
    company = fields.get("company.name") or fields.get("contact.company") or fields.get("lead.Company") or ""
    who = ", ".join(part for part in (name_of(snapshot), role, company) if part)
    where = str(standing.position).replace("_", " ").upper()
    return _clip(f"{_clip(who, WIDTH - len(where) - 3)}   {where}")


def _scores(fit: Score, engagement: Score, intent: Score, grade: str, zone: str) -> Iterator[str]:
    for name, score in ((f"Fit {grade}", fit), ("Engagement", engagement), ("Intent", intent)):
        yield f"{name:<12}{_points(score.points_micro):>7}"
        shown = sorted(score.reasons, key=lambda reason: -abs(reason.points_micro))
        for reason in shown[:REASONS_MAX]:
            count = f" x{reason.count}" if reason.count > 1 else ""
            day = f"  {reason.at:%Y-%m-%d}" if reason.at else ""
            label = _clip(f"{reason.label}{count}", WIDTH - 16 - len(day))
            yield f"  {_points(reason.points_micro):>8}  {label}{day}"
        rest = shown[REASONS_MAX:]
        if rest:
            total = sum(reason.points_micro for reason in rest)
            yield f"  {_points(total):>8}  {len(rest)} more"


def _points(micro: int) -> str:
    """Points with one decimal, and a sign."""
    return f"{micro / MICRO:+.1f}"


def _criteria(criteria: Sequence[Criterion], zone: str) -> Iterator[str]:
    for item in criteria:
        seen = f"  ({item.source}{', ' + f'{item.at:%Y-%m-%d}' if item.at else ''})" if item.source else ""
        yield from wrap(f"{MARKS[item.state]:<4}{item.label}{seen}", 2, 6)


def _filters(found: Explanation) -> Iterator[str]:
    filters = found.decision.verdict.filters
    matched = [item for item in filters if item.matched]
    clear = len(filters) - len(matched)
    yield f"Filters: {clear} checked and clear" + (f", {len(matched)} matched" if matched else "")
    for item in matched:
        evidence = f": {item.evidence}" if item.evidence else ""
        yield from wrap(f"{item.label} -> {item.outcome.replace('_', ' ')}{evidence}", 2)


def _is_terminal(found: Explanation) -> bool:
    return found.decision.standing.position.stage in {Stage.CUSTOMER, Stage.ERASED}


def _delivery(found: Explanation, zone: str) -> Iterator[str]:
    told = [_effect_text(effect, zone) for effect in found.effects if effect.kind != "membership"]
    if told or found.holds:
        yield ""
        yield "Elsewhere"
    for text in told:
        yield from wrap(text, 2, 4)
    for hold in found.holds:
        yield from wrap(f"waits for a person: {hold.reason}", 2, 4)


def _effect_text(effect: Effect, zone: str) -> str:
    name = f"{effect.system} {effect.kind}"
    if effect.state == "done":
        note = f"; {effect.note}" if effect.note else ""
        return f"{name}: there since {when(effect.done_at, zone)}{note}"
    if effect.state == "observed":
        return f"{name}: would be written (observing)"
    why = f": {effect.message}" if effect.message else ""
    return f"{name}: {effect.state}{why}"


def history(found: Explanation, zone: str) -> Iterator[str]:
    """The latest moves, oldest first."""
    rows = found.history[-HISTORY_MAX:]
    if len(found.history) > len(rows):
        yield f"  ... {len(found.history) - len(rows)} earlier"
    for row in rows:
        yield from wrap(f"{when(row.transition.effective_at, zone)}  {move_text(row.transition)}", 2, 4)


def wrap(text: str, indent: int = 0, hanging: int | None = None) -> list[str]:
    """Lines of at most 80 columns; those after the first begin at `hanging`."""
    further = " " * (indent if hanging is None else hanging)
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=further) or [""]


def _clip(text: str, width: int = WIDTH) -> str:
    return text if len(text) <= width else text[: max(0, width - 3)].rstrip() + "..."
