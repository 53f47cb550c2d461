"""The context brief: why now, what to do, what they did and said, what is unknown, what happened before.

One screen a rep reads in a minute, written from stored facts with fixed wording: no fact that is not in the
snapshot, the verdict or the ledger, and no markup that a stranger typed. The same input gives the same text.
`line`, `reason` and `next_step` hold no decaying number, since they also go to HubSpot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.core import next_step
from syncd.core.model import MICRO, Reason, Score, Snapshot, Stage, Standing, Transition, Verdict
from syncd.core.next_step import STEP_CHARS_MAX, NextStep
from syncd.core.plain import plain, shorten
from syncd.core.playbook import Playbook
from syncd.core.profile import derived
from syncd.core.sources import source_words
from syncd.core.story import Moment, Quote, by_people, day, moments, pass_text, passes, quotes, reason_label

LINE_CHARS_MAX = 80
REASON_CHARS_MAX = 255
TEXT_CHARS_MAX = 3_500
ITEM_CHARS_MAX = 200
SOURCE_CHARS_MAX = 120
STORY_LINES_MAX = 10
PAST_LINES_MAX = 5

_WITH_SALES = frozenset({Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED, Stage.OPPORTUNITY, Stage.CUSTOMER})


@dataclass(frozen=True, slots=True)
class Brief:
    """`line` (reason and action, one line), `text` (the whole page), and the parts it was made of."""

    line: str
    text: str
    reason: str
    step: NextStep
    who: str
    why: tuple[str, ...]
    unknowns: tuple[str, ...]
    story: tuple[str, ...]
    quotes: tuple[Quote, ...]
    past: tuple[str, ...]

    @property
    def next_step(self) -> str:
        return self.step.text


def write(
    snapshot: Snapshot, verdict: Verdict, standing: Standing, playbook: Playbook, now: datetime
) -> Brief:
    """The brief of one lead as of `now`. `snapshot.history` is the whole ledger, this decision included."""
    snapshot = by_people(snapshot, verdict)
    told = moments(snapshot, playbook, now)
    carried = _carrier(snapshot.history, standing, told, verdict)
    step = next_step.choose(snapshot, verdict, standing, playbook, carried)
    step = NextStep(step.short, shorten(plain(step.text), STEP_CHARS_MAX), step.on)
    headline = _headline(snapshot.history, standing, verdict, playbook, carried)
    reason = _reason(headline, snapshot.history, standing, verdict, playbook, told)
    brief = Brief(
        line=_line(headline, step.short),
        text="",
        reason=shorten(plain(reason), REASON_CHARS_MAX),
        step=step,
        who=_person(snapshot),
        why=_why(headline, standing, verdict, playbook),
        unknowns=_unknowns(snapshot, verdict),
        story=_story(told, playbook.time_zone),
        quotes=quotes(snapshot, playbook, now),
        past=_past(snapshot.history, standing, playbook),
    )
    return replace(brief, text=_page(brief, verdict, playbook, snapshot.fields))


# --- one sentence ----------------------------------------------------------------------------------------


def _line(headline: str, action: str) -> str:
    action = shorten(action, LINE_CHARS_MAX // 2)
    return f"{shorten(plain(headline), LINE_CHARS_MAX - len(action) - 2)}: {action}"


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


def _why(headline: str, standing: Standing, verdict: Verdict, playbook: Playbook) -> tuple[str, ...]:
    """The headline, the heaviest acts with their points, and what makes the person fit."""
    zone = playbook.time_zone
    since = standing.qualified_at if standing.position.stage in _WITH_SALES else standing.since_at
    acts = _heaviest(verdict.engagement, verdict.intent)[:4]
    fit = [item.label for item in _heaviest(verdict.fit)[:3]]
    lines = [
        f"{headline} ({day(since or standing.since_at, zone)})",
        *(_weighed(item, zone) for item in acts),
        *([f"Fit {verdict.grade}: {', '.join(fit)}"] if fit else []),
    ]
    return tuple(dict.fromkeys(shorten(plain(line), ITEM_CHARS_MAX) for line in lines))


def _heaviest(*scores: Score) -> list[Reason]:
    """Reasons that give points, the most first; what one act gives to two scores is one reason."""
    summed: dict[tuple[str, datetime | None], Reason] = {}
    for item in (reason for score in scores for reason in score.reasons):
        before = summed.get((item.label, item.at))
        points = item.points_micro + (before.points_micro if before else 0)
        summed[item.label, item.at] = replace(item, points_micro=points)
    return sorted(
        (item for item in summed.values() if item.points_micro > 0), key=lambda item: -item.points_micro
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


def _weighed(item: Reason, zone: str) -> str:
    times = f", {item.count} times" if item.count > 1 else ""
    when = f", last {day(item.at, zone)}" if item.at else ""
    return f"{item.label}{times}{when} ({round(item.points_micro / MICRO):+d})"


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
    """Telling moments one by one, newest first; the rest summed up in one line."""
    telling = [item for item in told if item.is_telling][:STORY_LINES_MAX]
    rest = [item for item in told if item not in telling]
    lines = [shorten(item.text(zone), ITEM_CHARS_MAX) for item in telling]
    if rest:
        sums = ", ".join(f"{item.count} x {item.kind.label}" for item in rest)
        lines.append(shorten(f"Also: {sums}", ITEM_CHARS_MAX))
    return tuple(lines)


def _past(history: Sequence[Transition], standing: Standing, playbook: Playbook) -> tuple[str, ...]:
    """Finished passes, the latest first."""
    done = [item for item in passes(history) if item.ended_at or item.number < standing.pass_number]
    return tuple(pass_text(item, playbook) for item in reversed(done))[:PAST_LINES_MAX]


def _person(snapshot: Snapshot) -> str:
    """Name, title and company, as far as known."""
    fields = snapshot.fields
    first = fields.get("contact.firstname") or fields.get("lead.FirstName") or ""
    last = fields.get("contact.lastname") or fields.get("lead.LastName") or ""
    title = fields.get("contact.jobtitle") or fields.get("lead.Title") or ""
    company = derived(fields, snapshot.emails).get("person.company_name", "")
    parts = (plain(f"{first} {last}", 80), plain(title, 80), plain(company, 80))
    return ", ".join(part for part in parts if part)


def _scores(verdict: Verdict) -> str:
    def number(score: Score) -> int:
        return round(score.points_micro / MICRO)

    return (
        f"Fit {verdict.grade} ({number(verdict.fit)} points), engagement {number(verdict.engagement)}, "
        f"intent {number(verdict.intent)}"
    )


def _page(brief: Brief, verdict: Verdict, playbook: Playbook, fields: Mapping[str, str]) -> str:
    zone = playbook.time_zone
    said = [f"\u201c{item.text}\u201d ({item.source}, {day(item.at, zone)})" for item in brief.quotes]
    fit = sorted(verdict.fit.reasons, key=lambda item: -abs(item.points_micro))[:4]
    sections = [
        ("WHO", [brief.who] if brief.who else []),
        ("WHY NOW", list(brief.why)),
        ("WHAT TO DO", [brief.next_step]),
        ("WHAT THEY SAID", said),
        ("WHAT THEY DID", list(brief.story)),
        ("QUALIFICATION", _framework(verdict, playbook, fields)),
        ("NOT KNOWN", ["; ".join(brief.unknowns)] if brief.unknowns else []),
        ("SCORE", [_scores(verdict), *(_weighed(item, zone) for item in fit if item.points_micro)]),
        ("BEFORE", list(brief.past)),
    ]
    return _bounded([(title, lines) for title, lines in sections if lines])


_FIRST_TO_GO = ("WHAT THEY DID", "SCORE", "BEFORE", "WHY NOW", "WHAT THEY SAID")


def _bounded(sections: list[tuple[str, list[str]]]) -> str:
    """The page within its bound: lines go from the end of the least needed sections, never the first ones."""
    by_title = dict(sections)
    while len(text := _joined(sections)) > TEXT_CHARS_MAX:
        longest = next((name for name in _FIRST_TO_GO if len(by_title.get(name, ())) > 1), None)
        if longest is None:
            return shorten(text, TEXT_CHARS_MAX)
        by_title[longest].pop()
    return text


def _joined(sections: list[tuple[str, list[str]]]) -> str:
    return "\n\n".join("\n".join([title, *(f"* {line}" for line in lines)]) for title, lines in sections)
