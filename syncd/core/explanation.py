"""Why a lead stands where it stands, and why not higher, as plain data: the page everybody reads.

Made of the verdict alone, with the playbook's own labels; nothing is decided or looked up here. The terminal,
the web page and the brief in Salesforce lay out the same values. Every score equals the sum of its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.core import brief, confirming, story, tracks
from syncd.core.ahead import Fall
from syncd.core.charge import Charge, charge
from syncd.core.confirming import Asked
from syncd.core.headline import EVANGELIST, move_words, place
from syncd.core.lead import MACHINE_WAIVER
from syncd.core.lift import Lift
from syncd.core.machine import REASONS
from syncd.core.model import (
    Criterion,
    Decision,
    FilterResult,
    Met,
    ModelScore,
    Position,
    Reason,
    Signal,
    Snapshot,
    Stage,
    Standing,
    Verdict,
    Waiver,
)
from syncd.core.next_step import not_nurtured
from syncd.core.phrases import Words, value_words
from syncd.core.playbook import Playbook
from syncd.core.profile import derived
from syncd.core.since import Difference
from syncd.core.sources import source_words
from syncd.core.why_not import WhyNot, handle, remedy, stopper, why_not

COMPANY_DAYS = 30
"""How far back a colleague's act is told: what a person calls lately."""
FRAMEWORK = "bant"


@dataclass(frozen=True, slots=True)
class ScoreLines:
    """One score: now, ever (None where points do not fade), and the reasons that sum to it."""

    id: str
    label: str
    points_micro: int
    lifetime_micro: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class CriteriaGroup:
    """The criteria of one gate or level. `holds` says whether all are met."""

    id: str
    label: str
    holds: bool
    items: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of the framework: confirmed, inferred or unknown, and what says so."""

    id: str
    label: str
    state: str
    source: str = ""
    at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MachineActs:
    """Opens and clicks left out for one reason."""

    reason: str
    label: str
    count: int
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Company:
    """The others of the company: how many are known, who of them was active lately and in what roles.
    `people` are their surrogates, whoever was active last comes first; `names` what the store calls those."""

    name: str
    colleagues: int
    active: int
    people: tuple[str, ...]
    names: tuple[str, ...]
    roles: tuple[str, ...]
    newest_at: datetime | None
    has_open_deal: bool
    is_customer: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One move of the ledger, in words."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Nurture:
    """What marketing does meanwhile: the track (blank for none, `why_none` says why), what is missing first
    and what is offered for it, and how it stands with those who were asked whether they want to talk."""

    track: str
    why_none: str
    gap: str
    offer: str
    asked: Asked | None
    asked_said: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything about one lead at one instant, in the order in which people ask for it. `labels` are what
    people call the positions and obstacles that `changed`, `lift` and `ahead` name; `leaves_when` is the
    condition under which the level held now is left, in words."""

    name: str
    title: str
    company_name: str
    position: Position
    place: str
    since_at: datetime
    at: datetime
    headline: str
    what_to_do: str
    charge: Charge
    cell: str
    cell_action: str
    nurture: Nurture
    model: str
    grade: str
    icp: Met
    why_not: WhyNot | None
    scores: tuple[ScoreLines, ...]
    criteria: tuple[CriteriaGroup, ...]
    framework: str
    letters: tuple[Letter, ...]
    filters: tuple[FilterResult, ...]
    waivers: tuple[Waiver, ...]
    machine: tuple[MachineActs, ...]
    machine_command: str
    company: Company
    others: tuple[ModelScore, ...]
    history: tuple[Move, ...]
    labels: Mapping[str, str]
    leaves_when: str
    changed: Difference | None = None
    lift: Lift | None = None
    ahead: Fall | None = None


def page(
    snapshot: Snapshot,
    decision: Decision,
    playbook: Playbook,
    *,
    changed: Difference | None = None,
    lift: Lift | None = None,
    ahead: Fall | None = None,
    names: Mapping[str, str] | None = None,
) -> Page:
    """The page of one decision. The costly parts (what changed, what would lift) are given, not computed;
    `names` are those of colleagues, by surrogate."""
    verdict, standing = decision.verdict, decision.standing
    known = replace(snapshot, history=(*snapshot.history, *decision.transitions))
    told = brief.write(known, verdict, standing, playbook, verdict.at)
    return Page(
        name=_name(snapshot.fields),
        title=_first(snapshot.fields, "contact.jobtitle", "lead.Title", "sfcontact.Title"),
        company_name=_company_name(snapshot),
        position=standing.position,
        place=place(standing.position, playbook),
        since_at=standing.since_at,
        at=verdict.at,
        headline=decision.headline,
        what_to_do=told.next_step,
        charge=charge(snapshot, standing, told.step),
        cell=verdict.cell,
        cell_action=_cell_action(verdict, standing, playbook),
        nurture=_nurture(story.by_people(known, verdict), verdict, standing, playbook),
        model=next((item.label for item in playbook.models if item.id == verdict.model), verdict.model),
        grade=verdict.grade,
        icp=verdict.icp,
        why_not=why_not(snapshot, verdict, standing, playbook),
        scores=_scores(verdict),
        criteria=criteria_groups(verdict, playbook, snapshot.fields),
        framework=playbook.levels.framework,
        letters=letters(verdict, playbook, snapshot.fields),
        filters=tuple(
            replace(item, evidence=source_words(item.evidence, playbook, snapshot.fields))
            for item in verdict.filters
        ),
        waivers=tuple(item for item in snapshot.waivers if item.holds_at(verdict.at)),
        machine=machine_acts(verdict),
        machine_command=remedy(MACHINE_WAIVER, handle(snapshot), playbook)[0] if verdict.machine else "",
        company=_company(snapshot, verdict.at, names or {}),
        others=verdict.others,
        history=tuple(Move(move.effective_at, move_words(move, playbook)) for move in snapshot.history),
        labels=_labels(playbook, lift),
        leaves_when=_leaves_when(standing.position, playbook),
        changed=changed,
        lift=lift,
        ahead=ahead,
    )


def _labels(playbook: Playbook, lift: Lift | None) -> Mapping[str, str]:
    positions = [Position(stage) for stage in Stage if stage is not Stage.MQL]
    positions += [Position(Stage.MQL, level.id) for level in playbook.levels.mql]
    positions.append(Position(Stage.CUSTOMER, EVANGELIST))
    found = {str(position): place(position, playbook) for position in positions}
    return found | {code: stopper(code, playbook) for code in (lift.obstacles if lift else ())}


def _leaves_when(position: Position, playbook: Playbook) -> str:
    level = next((item for item in playbook.levels.mql if item.id == position.level), None)
    return Words(playbook).say(level.leave) if level is not None and level.leave is not None else ""


# --- who -------------------------------------------------------------------------------------------------


def _first(fields: Mapping[str, str], *names: str) -> str:
    return next((fields[name].strip() for name in names if fields.get(name, "").strip()), "")


def _name(fields: Mapping[str, str]) -> str:
    first = _first(fields, "contact.firstname", "lead.FirstName", "sfcontact.FirstName")
    last = _first(fields, "contact.lastname", "lead.LastName", "sfcontact.LastName")
    return f"{first} {last}".strip()


def _company_name(snapshot: Snapshot) -> str:
    return derived(snapshot.fields, snapshot.emails).get("person.company_name", "")


def colleagues(snapshot: Snapshot, now: datetime) -> tuple[str, ...]:
    """Surrogates of the colleagues who did anything in the last weeks, the latest first."""
    seen = _seen_of_company(snapshot, now)
    return tuple(
        dict.fromkeys(item.shape.attributes.get("person", "") for item in seen if item.shape.attributes)
    )


def _seen_of_company(snapshot: Snapshot, now: datetime) -> list[Signal]:
    since = now - timedelta(days=COMPANY_DAYS)
    seen = (item for item in snapshot.account_signals if since <= item.occurred_at)
    visible = [item for item in seen if max(item.occurred_at, item.known_at) <= now]
    return sorted(visible, key=lambda item: (item.occurred_at, item.key), reverse=True)


def _company(snapshot: Snapshot, now: datetime, names: Mapping[str, str]) -> Company:
    """The buying group as far as it shows: who of the colleagues did anything, and what they are."""
    seen = _seen_of_company(snapshot, now)
    people = colleagues(snapshot, now)
    roles: dict[str, None] = {}
    for item in seen:
        told = item.shape.attributes
        parts = (
            ("person.seniority", told.get("seniority", "")),
            ("person.function", told.get("function", "")),
        )
        role = " in ".join(value_words(value, name) for name, value in parts if value)
        if role:
            roles.setdefault(role, None)
    return Company(
        name=_company_name(snapshot),
        colleagues=snapshot.account_people,
        active=len(people),
        people=people,
        names=tuple(names[person] for person in people if person in names),
        roles=tuple(roles),
        newest_at=max((item.occurred_at for item in seen), default=None),
        has_open_deal=snapshot.account_open_deal,
        is_customer=snapshot.account_is_customer,
    )


_WITH_MARKETING = frozenset({Stage.LEAD, Stage.MQL, Stage.NEAR_SQL})

# --- scores ----------------------------------------------------------------------------------------------


def _scores(verdict: Verdict) -> tuple[ScoreLines, ...]:
    ever = verdict.lifetime_micro
    return (
        ScoreLines("fit", "Fit", verdict.fit.points_micro, None, verdict.fit.reasons),
        ScoreLines(
            "engagement",
            "Engagement",
            verdict.engagement.points_micro,
            ever.get("engagement"),
            verdict.engagement.reasons,
        ),
        ScoreLines(
            "intent", "Intent", verdict.intent.points_micro, ever.get("intent"), verdict.intent.reasons
        ),
    )


def _cell_action(verdict: Verdict, standing: Standing, playbook: Playbook) -> str:
    """What the matrix says to do, for people marketing has in hand."""
    matrix = playbook.levels.matrix
    if matrix is None or standing.position.stage not in _WITH_MARKETING:
        return ""
    return next((cell.action for cell in matrix.cells if cell.id == verdict.cell), "")


def _nurture(snapshot: Snapshot, verdict: Verdict, standing: Standing, playbook: Playbook) -> Nurture:
    """As it stands after this decision; a machine's acts are left out of `snapshot`."""
    is_open = standing.position.stage in _WITH_MARKETING
    asked = confirming.asked(snapshot, playbook, verdict.at)
    why_none = not_nurtured(snapshot, verdict)
    track = "" if why_none else tracks.present(snapshot, standing, playbook, verdict.at)
    shown = playbook.tracks.get(track)
    gap = tracks.gap(snapshot, verdict, playbook, track) if is_open else tracks.Gap()
    return Nurture(
        track=shown.label if shown else "",
        why_none=why_none,
        gap=gap.label,
        offer=gap.offer if shown else "",
        asked=asked,
        asked_said="" if asked is None else confirming.said(asked, playbook.time_zone),
    )


# --- criteria --------------------------------------------------------------------------------------------


def criteria_groups(
    verdict: Verdict, playbook: Playbook, fields: Mapping[str, str]
) -> tuple[CriteriaGroup, ...]:
    """Criteria by where they count, the gate first, then the levels upwards; letters are apart."""
    titles = {"icp": "Ideal customer profile"}
    titles |= {f"mql.{level.id}": f"MQL {level.label}" for level in playbook.levels.mql}
    titles |= {
        "near_sql": "Near-SQL",
        "sql": "SQL by score",
        "decisive": "Beside a decisive action",
        "evangelist": "Speaks for us",
        "fit": "Fit: not known",
    }
    found: dict[str, list[Criterion]] = {name: [] for name in titles}
    for item in verdict.criteria:
        name = next((name for name in titles if item.id.startswith(f"{name}.")), "")
        if name:
            found[name].append(replace(item, source=source_words(item.source, playbook, fields)))
    return tuple(
        CriteriaGroup(name, titles[name], all(item.state == "met" for item in items), tuple(items))
        for name, items in found.items()
        if items
    )


def letters(verdict: Verdict, playbook: Playbook, fields: Mapping[str, str]) -> tuple[Letter, ...]:
    """The framework: what is confirmed, what only inferred, what nobody spoke of."""
    found = []
    for item in verdict.criteria:
        prefix, _dot, name = item.id.partition(".")
        if prefix != FRAMEWORK:
            continue
        inferred = item.confidence == "inferred" or item.source.startswith("inferred from ")
        state = "confirmed" if item.state == "met" else "inferred" if inferred else "unknown"
        source = source_words(item.source.removeprefix("inferred from "), playbook, fields)
        found.append(Letter(name, item.label, state, source, item.at, item.expires_at))
    return tuple(found)


# --- what was left out -----------------------------------------------------------------------------------


def machine_acts(verdict: Verdict) -> tuple[MachineActs, ...]:
    """Acts judged to be a machine's, by reason, the most first."""
    found: dict[str, MachineActs] = {}
    for act in verdict.machine:
        before = found.get(act.reason)
        label = REASONS.get(act.reason, act.reason)
        newest = act.at if before is None else max(act.at, before.newest_at)
        found[act.reason] = MachineActs(act.reason, label, 1 + (before.count if before else 0), newest)
    return tuple(sorted(found.values(), key=lambda item: (-item.count, item.reason)))
