"""The page about one lead as lines of a given width: the layout of `syncd.core.explanation`, nothing else.

Order: verdict, what to do, why not, scores with reasons that sum, criteria, the framework, filters, machine
clicks, the company, what changed, what would lift it, when it falls, hand-off, history.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from syncd.cli.page_ahead import ahead, changed, lifting
from syncd.cli.show import day, when
from syncd.core import owner_words
from syncd.core.model import MICRO, Criterion, FilterResult, Reason
from syncd.core.plain import counted
from syncd.jobs import alert_words
from syncd.jobs.explain import name_of

if TYPE_CHECKING:
    from syncd.core.charge import Charge
    from syncd.core.explanation import CriteriaGroup, Letter, Page, ScoreLines
    from syncd.core.why_not import WhyNot
    from syncd.jobs.explain import Explanation
    from syncd.store.outbox import Effect

WIDTH = 80
REASONS_MAX = 8
HISTORY_MAX = 12
ROLES_MAX = 5
MARKS = {"met": "yes", "missing": "no", "unknown": "?"}
EFFECTS = {
    "alert": "Alert",
    "contact": "Contact in HubSpot",
    "handoff": "Hand-off to Salesforce",
    "record": "First contact in Salesforce",
    "task": "Task in Salesforce",
}
STATES = {"confirmed": "yes", "inferred": "hint", "unknown": "?"}


def lines(zone: str, found: Explanation, width: int = WIDTH) -> list[str]:
    """The whole page, no line wider than `width`."""
    page = found.page
    told = [*_head(found, page, zone, width)]
    if page.why_not is not None:
        told += ["", *_why_not(page.why_not, width)]
    told += ["", *_scores(page, zone, width)]
    for group in page.criteria:
        told += ["", *_criteria(group, page, zone, width)]
    if page.letters:
        told += ["", page.framework, *_letters(page.letters, zone, width)]
    told += ["", *_filters(page, zone, width)]
    told += _company(page, zone, width)
    for part in (changed(page, zone, width), lifting(page, width), ahead(page, zone, width)):
        told += ["", *part] if part else []
    told += _delivery(found, zone, width)
    return [*told, "", "History", *history(found, zone, width)]


def _head(found: Explanation, page: Page, zone: str, width: int) -> Iterator[str]:
    yield title(found, width)
    since = f" since {day(page.since_at, zone)}" if page.headline.startswith(page.place) else ""
    yield from wrap(page.headline.replace(page.place, page.place + since, 1), 2, 4, width=width)
    yield from wrap(f"Who has it: {in_charge(page.charge)}", 2, 4, width=width)
    yield from wrap(f"What to do: {page.what_to_do}", 2, 4, width=width)
    if page.cell_action:
        yield from wrap(f"Cell {page.cell} of the matrix: {page.cell_action}", 2, 4, width=width)
    yield from _nurture(page, width)
    if not found.is_stored:
        yield from wrap(f"As of {when(found.as_of_at, zone)}; nothing of this is stored.", 2, width=width)
    elif found.decided_at is not None and found.decided_at != page.at:
        decided, now = when(found.decided_at, zone), when(page.at, zone)
        yield from wrap(f"Numbers as of {now}; last evaluated {decided}.", 2, width=width)
    for move in found.pending:
        place = page.labels.get(str(move.target), str(move.target))
        yield from wrap(f"Due, made by the next run: moves to {place}", 2, 4, width=width)


def _nurture(page: Page, width: int) -> Iterator[str]:
    """The track, what is offered on it, and what somebody said when asked."""
    told = page.nurture
    if told.track:
        offer = f"; offer: {told.offer} (missing: {told.gap})" if told.offer else ""
        yield from wrap(f"Nurture track: {told.track}{offer}", 2, 4, width=width)
    if told.asked_said:
        yield from wrap(told.asked_said, 2, 4, width=width)


def in_charge(found: Charge) -> str:
    """`sales, Mara Lenz`; what it waits for, and that nobody has it, where that is so."""
    who = found.team if found.owner == str(found.team) else f"{found.team}, {found.owner}"
    told = [who, f"waits for {found.waits_for}" if found.waits_for else ""]
    told.append("give it an owner in Salesforce" if found.gap else "")
    return "; ".join(part for part in told if part)


def title(found: Explanation, width: int = WIDTH) -> str:
    """Who, and where the lead stands, in one line."""
    page = found.page
    who = ", ".join(part for part in (name_of(found.snapshot), page.title, page.company_name) if part)
    where = page.place.upper()
    return clip(f"{clip(who, width - len(where) - 3)}   {where}", width)


# --- why not ---------------------------------------------------------------------------------------------


def _why_not(found: WhyNot, width: int) -> Iterator[str]:
    yield "Why not with sales"
    if found.blocked_by:
        evidence = f" ({found.evidence})" if found.evidence else ""
        yield from wrap(f"{found.label}{evidence}", 2, 4, width=width)
    yield from wrap(found.said, 2, 4, width=width)
    if found.lacking:
        yield from wrap(f"SQL by score still asks for: {'; '.join(found.lacking)}", 2, 4, width=width)
    if found.command:
        yield from wrap("To let this lead pass all the same:", 2, 4, width=width)
        yield f"    {found.command}"
    elif found.advice:
        yield from wrap(found.advice, 2, 4, width=width)


# --- scores ----------------------------------------------------------------------------------------------


def _scores(page: Page, zone: str, width: int) -> Iterator[str]:
    total = sum(score.points_micro for score in page.scores)
    yield f"{'Scores':<16}{'now':>7}{'all acts ever':>15}"
    for score in page.scores:
        yield from _score(score, page.grade if score.id == "fit" else "", zone, width)
    yield f"{'Together':<16}{points(total):>7}"
    for other in page.others:
        sums = ", ".join(
            f"{name} {micro / MICRO:.0f}"
            for name, micro in (
                ("engagement", other.engagement_micro),
                ("intent", other.intent_micro),
            )
        )
        place = page.labels.get(str(other.earned), str(other.earned))
        said = f'As "{other.label}": fit {other.grade} ({other.fit_micro / MICRO:.0f}), {sums}; earns {place}'
        yield from wrap(said, 2, 4, width=width)


def _score(score: ScoreLines, grade: str, zone: str, width: int) -> Iterator[str]:
    name = f"{score.label} {grade}".strip()
    ever = points(score.lifetime_micro) if score.lifetime_micro is not None else ""
    yield f"{name:<16}{points(score.points_micro):>7}{ever:>15}".rstrip()
    ordered = sorted(score.reasons, key=lambda reason: -abs(reason.points_micro))
    shown = [reason for reason in ordered[:REASONS_MAX] if abs(reason.points_micro) * 20 >= MICRO]
    for reason in shown:
        yield _reason(reason, zone, width)
    rest = ordered[len(shown) :]
    if rest:
        total = sum(reason.points_micro for reason in rest)
        yield f"  {points(total):>8}  {len(rest)} more"


def _reason(reason: Reason, zone: str, width: int) -> str:
    count = f" x{reason.count}" if reason.count > 1 else ""
    at = f"  {day(reason.at, zone)}" if reason.at else ""
    return f"  {points(reason.points_micro):>8}  {clip(f'{reason.label}{count}', width - 12 - len(at))}{at}"


def points(micro: int) -> str:
    """Points with one decimal, and a sign."""
    return f"{micro / MICRO:+.1f}"


# --- criteria, letters, filters --------------------------------------------------------------------------


def _criteria(group: CriteriaGroup, page: Page, zone: str, width: int) -> Iterator[str]:
    """A gate or level, item by item; one that is still far off in one line."""
    met = sum(item.state == "met" for item in group.items)
    count = "" if group.id == "fit" else f": {met} of {len(group.items)}"
    if met == 0 and group.id.startswith(("mql.", "near_sql")) and not _is_next(group, page):
        lacking = "; ".join(item.label for item in group.items)
        yield from wrap(f"{group.label}{count} ({lacking})", 0, 2, width=width)
        return
    yield f"{group.label}{count}"
    for item in group.items:
        yield from _criterion(item, MARKS[item.state], zone, width)


def _is_next(group: CriteriaGroup, page: Page) -> bool:
    target = None if page.lift is None else page.lift.target
    return target is not None and group.id == str(target).replace(":", ".")


def _criterion(item: Criterion | Letter, mark: str, zone: str, width: int) -> list[str]:
    seen = [part for part in (item.source, day(item.at, zone) if item.at else "") if part]
    if item.expires_at is not None:
        seen.append(f"until {day(item.expires_at, zone)}")
    told = f"  ({', '.join(seen)})" if seen else ""
    return wrap(f"{mark:<5}{item.label}{told}", 2, 7, width=width)


def _letters(letters: Sequence[Letter], zone: str, width: int) -> Iterator[str]:
    for letter in letters:
        yield from _criterion(letter, STATES[letter.state], zone, width)


def _filters(page: Page, zone: str, width: int) -> Iterator[str]:
    waived = {waiver.id for waiver in page.waivers}
    matched = [item for item in page.filters if item.matched and item.id not in waived]
    clear = [item.label for item in page.filters if not item.matched and item.id not in waived]
    yield f"Filters: {len(clear)} checked and clear" + (f", {len(matched)} matched" if matched else "")
    for item in matched:
        yield from wrap(_filter(item), 2, 4, width=width)
    if clear:
        yield from wrap(f"clear: {', '.join(clear)}", 2, 4, width=width)
    for waiver in page.waivers:
        label = next(
            (item.label for item in page.filters if item.id == waiver.id), waiver.id.replace("_", " ")
        )
        until = f" until {when(waiver.until_at, zone)}" if waiver.until_at else " for good"
        by = f" by {waiver.by}" if waiver.by else ""
        why = f": {waiver.why}" if waiver.why else ""
        yield from wrap(f"set aside{by}{until}: {label}{why}", 2, 4, width=width)
    for acts in page.machine:
        said = f"left out as a machine's: {acts.count} ({acts.label}; last {day(acts.newest_at, zone)})"
        yield from wrap(said, 2, 4, width=width)
    if page.machine_command:
        yield "  to let them count again:"
        yield f"    {page.machine_command}"


def _filter(item: FilterResult) -> str:
    evidence = f": {item.evidence}" if item.evidence else ""
    code = f" to {item.code}" if item.code else ""
    return f"{item.label} -> {item.outcome.replace('_', ' ')}{code}{evidence}"


def _company(page: Page, zone: str, width: int) -> list[str]:
    company = page.company
    said = [f"{counted(company.colleagues, 'other', 'others')} known"] if company.colleagues else []
    if company.active:
        said.append(f"{company.active} active in the last 30 days, last {day(company.newest_at, zone)}")
        said += [f"among them {', '.join(company.names)}"] if company.names else []
        said += [f"as {', '.join(company.roles[:ROLES_MAX])}"] if company.roles else []
    if company.has_open_deal:
        said.append("an open deal")
    if company.is_customer:
        said.append("a customer")
    if not said:
        return []
    return ["", *wrap(f"Company {company.name}: {'; '.join(said)}".replace("  ", " "), 0, 2, width=width)]


# --- what was done about it ------------------------------------------------------------------------------


def _delivery(found: Explanation, zone: str, width: int) -> Iterator[str]:
    told = [_effect_text(effect, zone) for effect in found.effects if effect.kind != "membership"]
    chosen = found.snapshot.assignment
    if chosen is not None:
        told.insert(0, f"Owner: {owner_words.told(found.snapshot, chosen, zone)}")
    if told or found.holds:
        yield ""
        yield "Elsewhere"
    for text in told:
        yield from wrap(text, 2, 4, width=width)
    for hold in found.holds:
        yield from wrap(f"waits for a person: {hold.reason}", 2, 4, width=width)


def _effect_text(effect: Effect, zone: str) -> str:
    name = EFFECTS.get(effect.kind, f"{effect.system} {effect.kind}")
    if effect.kind == "alert" and alert_words.state_of(effect):
        at = f" ({when(effect.done_at, zone)})" if effect.done_at else ""
        return f"{alert_words.name_of(effect)}: {alert_words.state_of(effect)}{at}"
    if effect.state == "done":
        note = f"; {effect.note}" if effect.note else ""
        return f"{name}: there since {when(effect.done_at, zone)}{note}"
    if effect.state == "observed":
        return f"{name}: would be written (observing)"
    why = f": {effect.message}" if effect.message else ""
    return f"{name}: {effect.state}{why}"


def history(found: Explanation, zone: str, width: int = WIDTH) -> Iterator[str]:
    """The latest moves, oldest first."""
    rows = found.page.history[-HISTORY_MAX:]
    if len(found.page.history) > len(rows):
        yield f"  ... {len(found.page.history) - len(rows)} earlier"
    for row in rows:
        yield from wrap(f"{when(row.at, zone)}  {row.text}", 2, 4, width=width)


# --- lines -----------------------------------------------------------------------------------------------


def wrap(text: str, indent: int = 0, hanging: int | None = None, *, width: int = WIDTH) -> list[str]:
    """Lines of at most `width` columns; those after the first begin at `hanging`."""
    further = " " * (indent if hanging is None else hanging)
    return textwrap.wrap(text, width, initial_indent=" " * indent, subsequent_indent=further) or [""]


def clip(text: str, width: int = WIDTH) -> str:
    """`text`, cut with three dots where it is longer than `width`."""
    return text if len(text) <= width else text[: max(0, width - 3)].rstrip() + "..."
