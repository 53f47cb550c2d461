"""The context brief: what a rep reads in ten seconds before the call, and trusts.

Written from stored facts with fixed wording: no fact that is not in the snapshot, the verdict or the ledger,
no markup that a stranger typed, and no number that fades, so it changes with facts and never because a day
has passed. Every part has its bounds, so the whole always fits; the field has room for ten times as much
(long text area of 32,000, facts/salesforce.md 4.1), the rep has not.

    part            lines  characters each
    line                1               80   reason and action: also the Task's subject and the alert's title
    reach               1              120   phone number and the hour there
    who                 1              100
    WHY NOW             3               90
    WHAT TO DO          1              255
    WHAT THEY SAID      2              240   the line as it stands, where, when
    WHAT THEY DID       5               90   the telling first, then the rest in one line
    QUALIFICATION       6               90   each letter: seen, hinted at, not known
    BUYING GROUP        3              100
    NOT KNOWN           1              120
    BEFORE              2              120   earlier passes and why they ended
    LINKS               1              110   never cut: left out where too long
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from syncd.core import buying_group, links, next_step, reach
from syncd.core.model import Reason, Score, Snapshot, Stage, Standing, Transition, Verdict
from syncd.core.next_step import STEP_CHARS_MAX, NextStep
from syncd.core.origin import may_not_be_called
from syncd.core.plain import plain, shorten
from syncd.core.playbook import Playbook
from syncd.core.profile import derived
from syncd.core.sources import source_words
from syncd.core.story import (
    Moment,
    Quote,
    by_people,
    day,
    meeting_at,
    moment,
    moments,
    pass_text,
    passes,
    quotes,
    reason_label,
)


class Bound(NamedTuple):
    """How much a part may hold."""

    lines: int
    chars: int


BOUNDS = MappingProxyType(
    {
        "line": Bound(1, 80),
        "reach": Bound(1, 120),
        "who": Bound(1, 100),
        "WHY NOW": Bound(3, 90),
        "WHAT TO DO": Bound(1, STEP_CHARS_MAX),
        "WHAT THEY SAID": Bound(2, 240),
        "WHAT THEY DID": Bound(5, 90),
        "QUALIFICATION": Bound(6, 90),
        "BUYING GROUP": Bound(3, 100),
        "NOT KNOWN": Bound(1, 120),
        "BEFORE": Bound(2, 120),
        "LINKS": Bound(1, 110),
    }
)
_FRAME_CHARS = 4
"""Most a title or a line needs besides its own characters: the star and the line ends."""

LINE_CHARS_MAX = BOUNDS["line"].chars
REASON_CHARS_MAX = 255
TEXT_CHARS_MAX = sum(
    len(title) + _FRAME_CHARS + bound.lines * (bound.chars + _FRAME_CHARS) for title, bound in BOUNDS.items()
)
"""The longest a brief can get."""
SOURCE_CHARS_MAX = 50

_WITH_SALES = frozenset({Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED, Stage.OPPORTUNITY, Stage.CUSTOMER})
_INTENT = {"strong": 0, "weak": 1, "none": 2}


@dataclass(frozen=True, slots=True)
class Brief:
    """`line` (reason and action, one line), `text` (the whole page), and the parts it was made of."""

    line: str
    text: str
    reason: str
    step: NextStep
    reach: reach.Reach
    reach_line: str
    who: str
    why: tuple[str, ...]
    said: tuple[str, ...]
    story: tuple[str, ...]
    letters: tuple[str, ...]
    group: buying_group.Group
    unknowns: tuple[str, ...]
    past: tuple[str, ...]
    links: tuple[str, ...]
    quotes: tuple[Quote, ...]

    @property
    def next_step(self) -> str:
        return self.step.text


def write(
    snapshot: Snapshot, verdict: Verdict, standing: Standing, playbook: Playbook, now: datetime
) -> Brief:
    """The brief of one lead as of `now`. `snapshot.history` is the whole ledger, this decision included."""
    snapshot = by_people(snapshot, verdict)
    zone, anchor_at = playbook.time_zone, standing.qualified_at or standing.since_at
    told = moments(snapshot, playbook, now)
    carried = _carrier(snapshot.history, standing, told, verdict)
    meets_at = meeting_at(snapshot, anchor_at)
    step = next_step.choose(snapshot, verdict, standing, playbook, carried, meets_at)
    step = NextStep(step.short, shorten(plain(step.text), STEP_CHARS_MAX), step.on)
    headline = _headline(snapshot.history, standing, verdict, playbook, carried)
    reason = _reason(headline, snapshot.history, standing, verdict, playbook, told)
    may_call = not may_not_be_called(snapshot.fields, playbook.mapping.consent)
    reached, said = reach.of(snapshot.fields, may_call=may_call), quotes(snapshot, playbook, now)
    brief = Brief(
        line=_line(headline, step.short, moment(meets_at, zone) if meets_at else ""),
        text="",
        reason=shorten(plain(reason), REASON_CHARS_MAX),
        step=step,
        reach=reached,
        reach_line=_within("reach", [reached.line(standing.qualified_at)])[0],
        who=plain(_person(snapshot), BOUNDS["who"].chars),
        why=_within("WHY NOW", _why(headline, standing, verdict, told, carried, zone)),
        said=tuple(f"\u201c{item.text}\u201d ({item.source}, {day(item.at, zone)})" for item in said),
        story=_story(told, zone),
        letters=_within("QUALIFICATION", _framework(verdict, playbook, snapshot.fields)),
        group=_group(snapshot, anchor_at, now, zone),
        unknowns=_unknowns(snapshot, verdict),
        past=_past(snapshot.history, standing, playbook),
        links=tuple(item for item in links.of(snapshot) if len(item) <= BOUNDS["LINKS"].chars),
        quotes=said,
    )
    return replace(brief, text=_page(brief, verdict, playbook))


def _within(part: str, lines: Sequence[str]) -> tuple[str, ...]:
    """The first lines of a part as its bounds allow, each once, plain."""
    bound = BOUNDS[part]
    return tuple(dict.fromkeys(plain(line, bound.chars) for line in lines if line))[: bound.lines]


# --- one sentence ----------------------------------------------------------------------------------------


def _line(headline: str, action: str, meets: str) -> str:
    """Why and what to do; when a meeting is booked, its time is never what is cut."""
    when = f", {meets}" if meets else ""
    room = LINE_CHARS_MAX - len(when) - 2
    action = shorten(action, room // 2)
    return f"{shorten(plain(headline), room - len(action))}{when}: {action}"


def _qualifying_move(history: Sequence[Transition], standing: Standing) -> Transition | None:
    """The move that began the present pass."""
    moves = [item for item in history if item.target.stage is Stage.SQL]
    return next((item for item in reversed(moves) if item.pass_number == standing.pass_number), None)


def _carrier(
    history: Sequence[Transition], standing: Standing, told: Sequence[Moment], verdict: Verdict
) -> Moment | None:
    """The most telling moment behind the present pass: the decisive one, else by the stored evidence."""
    move = _qualifying_move(history, standing)
    decisive = move.code if move else verdict.decisive
    evidence = frozenset(move.evidence if move else verdict.evidence)
    by_kind = next((item for item in told if item.kind.id == decisive), None)
    by_key = [item for item in told if item.keys & evidence]
    rank = {"strong": 0, "weak": 1, "none": 2}
    return by_kind or min(by_key, key=lambda item: rank[item.kind.intent], default=None)


def _headline(
    history: Sequence[Transition],
    standing: Standing,
    verdict: Verdict,
    playbook: Playbook,
    carried: Moment | None,
) -> str:
    """Why the lead stands where it stands, in a few words."""
    stage = standing.position.stage
    if stage in _WITH_SALES:
        move = _qualifying_move(history, standing)
        if move is None and stage is not Stage.SQL:
            return "With sales already"  # adopted: nobody saw why
        code = move.code if move else verdict.decisive
        if any(kind.id == code for kind in playbook.signals):
            return reason_label(code, playbook)
        return f"{carried.kind.label}, with others" if carried else "Meets the SQL criteria"
    if stage in {Stage.REJECTED, Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED}:
        code = standing.reason or next((item.id for item in verdict.filters if item.matched), "")
        label = reason_label(code, playbook)
        return f"{stage.capitalize()}: {label}" if label else stage.capitalize()
    return level_label(standing, playbook)


def level_label(standing: Standing, playbook: Playbook) -> str:
    """The qualification level as people call it: the MQL level's own label, Near-SQL, SQL, else the stage."""
    stage = standing.position.stage
    if stage is Stage.MQL:
        level = standing.position.level
        return next((item.label for item in playbook.levels.mql if item.id == level), level or "MQL")
    if stage in _WITH_SALES:
        return "SQL"
    return "Near-SQL" if stage is Stage.NEAR_SQL else stage.capitalize()


def _reason(
    headline: str,
    history: Sequence[Transition],
    standing: Standing,
    verdict: Verdict,
    playbook: Playbook,
    told: Sequence[Moment],
) -> str:
    """The sentence both CRMs show. It changes with facts and moves, never with decay alone."""
    zone, stage = playbook.time_zone, standing.position.stage
    if stage in _WITH_SALES:
        move = _qualifying_move(history, standing)
        at = (move.effective_at if move else None) or standing.qualified_at
        when = f" (SQL on {day(at, zone)})" if at else ""
        return f"{headline}{when}; fit {verdict.grade}."
    text = f"{headline} since {day(standing.since_at, zone)}"
    if stage is Stage.MQL:
        level = next((item for item in playbook.levels.mql if item.id == standing.position.level), None)
        labels = [item.label for item in level.enter] if level else []
        text += f": {', '.join(labels)}" if labels else ""
    latest = next((item for item in told if item.kind.intent == "strong"), None)
    if latest is not None and stage not in {Stage.DISQUALIFIED, Stage.ERASED}:
        text += f"; latest: {latest.kind.label}, {day(latest.at, zone)}"
    return f"{text}; fit {verdict.grade}."


# --- the page --------------------------------------------------------------------------------------------


def _why(
    headline: str,
    standing: Standing,
    verdict: Verdict,
    told: Sequence[Moment],
    carried: Moment | None,
    zone: str,
) -> list[str]:
    """The headline, the most telling act besides, and what makes the person fit. No points: they fade."""
    since = standing.qualified_at if standing.position.stage in _WITH_SALES else standing.since_at
    others = [item for item in told if item.is_telling and item is not carried]
    others.sort(key=lambda item: _INTENT[item.kind.intent])
    fit = [item.label for item in _heaviest(verdict.fit)[:3]]
    return [
        f"{headline} ({day(since or standing.since_at, zone)})",
        *([f"Also: {_counted(others[0])}, last {day(others[0].at, zone)}"] if others else []),
        *([f"Fit {verdict.grade}: {', '.join(fit)}"] if fit else []),
    ]


def _counted(item: Moment) -> str:
    return f"{item.kind.label}, {item.count} times" if item.count > 1 else item.kind.label


def _heaviest(score: Score) -> list[Reason]:
    """Reasons of a score that give points, the most first."""
    return sorted(
        (item for item in score.reasons if item.points_micro > 0), key=lambda item: -item.points_micro
    )


def _framework(verdict: Verdict, playbook: Playbook, fields: Mapping[str, str]) -> list[str]:
    """Budget, authority, need, timeline, or whatever the playbook asks: seen, hinted at, not known (S37)."""
    by_id = {item.id: item for item in verdict.criteria}
    lines = []
    for letter in playbook.levels.bant:
        item = by_id.get(f"bant.{letter.id}") or by_id.get(letter.id)
        if item is not None:
            when = f", {day(item.at, playbook.time_zone)}" if item.at else ""
            said = source_words(item.source.removeprefix("inferred from "), playbook, fields)
            source = plain(said, SOURCE_CHARS_MAX)
            seen = f" ({source}{when})" if source and item.at else ""
            is_hint = bool(seen) or item.confidence == "inferred"
            state = "seen" if item.state == "met" else "hinted at" if is_hint else "not known"
            lines.append(f"{plain(letter.label, 40)}: {state}{seen}")
    return lines


def _group(snapshot: Snapshot, anchor_at: datetime, now: datetime, zone: str) -> buying_group.Group:
    found = buying_group.of(snapshot, anchor_at, now, zone)
    return replace(found, lines=_within("BUYING GROUP", found.lines))


def _unknowns(snapshot: Snapshot, verdict: Verdict) -> tuple[str, ...]:
    found = list(next_step.open_questions(verdict))
    if not next_step.has_phone(snapshot):
        found.append("no phone number")
    if not any(snapshot.fields.get(name) for name in ("contact.jobtitle", "lead.Title", "sfcontact.Title")):
        found.append("no job title")
    if "person.company_name" not in derived(snapshot.fields, snapshot.emails):
        found.append("no company")
    return tuple(shorten(plain(item), 80) for item in found[:10])


def _story(told: Sequence[Moment], zone: str) -> tuple[str, ...]:
    """Telling moments one by one, strong intent first, then the newest; the rest summed up in one line."""
    lines_max, chars_max = BOUNDS["WHAT THEY DID"]
    ranked = sorted((item for item in told if item.is_telling), key=lambda item: _INTENT[item.kind.intent])
    telling = ranked[: lines_max - 1]
    rest = [item for item in told if item not in telling]
    lines = [shorten(item.text(zone), chars_max) for item in telling]
    if rest:
        sums = ", ".join(f"{item.count} x {item.kind.label}" for item in rest)
        lines.append(shorten(f"Also: {sums}", chars_max))
    return tuple(lines)


def _past(history: Sequence[Transition], standing: Standing, playbook: Playbook) -> tuple[str, ...]:
    """Finished passes, the latest first."""
    done = [item for item in passes(history) if item.ended_at or item.number < standing.pass_number]
    return _within("BEFORE", [pass_text(item, playbook) for item in reversed(done)])


def _person(snapshot: Snapshot) -> str:
    """Name, title and company, as far as known."""
    fields = snapshot.fields
    first = fields.get("contact.firstname") or fields.get("lead.FirstName") or ""
    last = fields.get("contact.lastname") or fields.get("lead.LastName") or ""
    title = fields.get("contact.jobtitle") or fields.get("lead.Title") or ""
    company = derived(fields, snapshot.emails).get("person.company_name", "")
    parts = (plain(f"{first} {last}", 50), plain(title, 50), plain(company, 50))
    return ", ".join(part for part in parts if part)


def _page(brief: Brief, verdict: Verdict, playbook: Playbook) -> str:
    """The text as the record page and the task show it."""
    head = [line for line in (brief.line, brief.reach_line, brief.who) if line]
    sections: Mapping[str, Sequence[str]] = {
        "WHY NOW": brief.why,
        "WHAT TO DO": (brief.next_step,),
        "WHAT THEY SAID": brief.said,
        "WHAT THEY DID": brief.story,
        "QUALIFICATION": brief.letters,
        "BUYING GROUP": brief.group.lines,
        "NOT KNOWN": _within("NOT KNOWN", ["; ".join(_not_said_above(brief, verdict, playbook))]),
        "BEFORE": brief.past,
        "LINKS": brief.links[:1],  # the text stands on the Salesforce record itself
    }
    parts = [bulleted(title, lines) for title, lines in sections.items() if lines]
    return "\n\n".join(["\n".join(head), *parts])


def bulleted(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"* {line}" for line in lines)])


def _not_said_above(brief: Brief, verdict: Verdict, playbook: Playbook) -> list[str]:
    """What is unknown besides the letters, which have their own lines, and the number, which has its own."""
    letters = {item.id for item in playbook.levels.bant}
    said = {item.label for item in verdict.criteria if item.id.removeprefix("bant.") in letters}
    shown = {shorten(plain(label), 80) for label in said} | {"no phone number"}
    return [item for item in brief.unknowns if item not in shown]
