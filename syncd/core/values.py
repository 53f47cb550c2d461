"""What a mapping may be filled from, and how one mapped field is rendered for one lead.

Sources are fields of the snapshot (`contact.*`, `company.*`, `lead.*`, `sfcontact.*`), derived ones
(`person.*`, `account.*`), values of ours (`syncd.*`, listed here) and constants (`=text`). A value is JSON:
text, whole number or true/false; None means blank. Strangers' text is made inert on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.core import brief_values, confirming, links, origin, owner_words, tracks
from syncd.core.brief import Brief, level_label
from syncd.core.charge import charge
from syncd.core.lead import known_fields
from syncd.core.model import MICRO, Position, Snapshot, Stage, Standing, Transition, Verdict
from syncd.core.next_step import not_nurtured, open_questions
from syncd.core.optout import is_opted_out
from syncd.core.ownership import is_blank
from syncd.core.person_fields import DERIVED
from syncd.core.plain import defused, inert, visible
from syncd.core.playbook import FieldMap, Playbook
from syncd.core.sla import clock
from syncd.core.sla.words import STATES, business_hours
from syncd.core.story import pass_text, passes, reason_label
from syncd.core.transforms import apply

SYNCD_NAMES = frozenset(
    {
        "syncd.key",
        "syncd.contact_id",
        "syncd.contact_url",
        "syncd.brief",
        "syncd.line",
        "syncd.reason",
        "syncd.next_step",
        "syncd.next_action",
        "syncd.next_action_date",
        "syncd.grade",
        "syncd.score",
        "syncd.level",
        "syncd.stage",
        "syncd.pass",
        "syncd.criteria",
        "syncd.sla_due_at",
        "syncd.sla_breach_at",
        "syncd.sla_breached",
        "syncd.sla_state",
        "syncd.sla_team",
        "syncd.sla_tier",
        "syncd.sla_first_attempt_at",
        "syncd.sla_first_contact_at",
        "syncd.sla_minutes_to_attempt",
        "syncd.sla_minutes_to_contact",
        "syncd.sla_system_delay_s",
        "syncd.missing",
        "syncd.track",
        "syncd.recycle_date",
        "syncd.recycle_reason",
        "syncd.last_pass_summary",
        "syncd.sales_owner",
        "syncd.owner_reason",
        "syncd.sales_outcome",
        "syncd.first_mql_at",
        "syncd.last_mql_at",
        "syncd.first_sql_at",
        "syncd.last_sql_at",
        "syncd.mql_dates",
        "syncd.sql_dates",
        "syncd.opted_out",
        "syncd.owner",
        "syncd.gap",
        "syncd.next_offer",
        "syncd.answer",
        *origin.NAMES,
        *brief_values.NAMES,
    }
)
"""Every `syncd.*` name a mapping may use."""

SLA_NAMES = frozenset(name for name in SYNCD_NAMES if name.startswith("syncd.sla_"))
SLA_CHANGING = SLA_NAMES - {"syncd.sla_due_at", "syncd.sla_breach_at", "syncd.sla_team", "syncd.sla_tier"}
"""What is said of the clock of first contact, and what of it changes after the hand-off."""

DECAYING_NAMES = frozenset({"syncd.score", "syncd.brief"})
"""Those that change as days pass. They never go to HubSpot, where each write would wake the next pull."""

TIME_ZONE = "playbook.time_zone"
"""Beside the values of a lead: the zone in which a moment is a day."""

VALUE_CHARS_MAX = 32_000
DATES_MAX = 20
_PREFIXES = ("contact.", "company.", "lead.", "sfcontact.", "person.", "account.", "syncd.")


def render(field_map: FieldMap, snapshot: Snapshot, values: Mapping[str, object]) -> object | None:
    """What one mapped field shall show; None for blank.

    `values` are the `syncd.*` and derived values of this lead (`known`). The fallback, a source or plain
    text, stands in for a blank source, and for one that is blank once transformed. `values` of the mapping
    translate without regard to case; what they do not name passes as it is.
    """
    value = _shaped(_sourced(field_map.source, snapshot, values), field_map, values)
    if is_blank(value):
        fallback = _sourced(_as_source(field_map.fallback), snapshot, values)
        is_text = field_map.fallback.startswith("=") or not field_map.fallback.startswith(_PREFIXES)
        value = fallback if is_text else _shaped(fallback, field_map, values)
    if is_blank(value):
        return None
    if isinstance(value, str) and field_map.values:
        translated = {name.casefold(): text for name, text in field_map.values.items()}
        return translated.get(value.strip().casefold(), value)
    return value


def _shaped(value: object | None, field_map: FieldMap, values: Mapping[str, object]) -> object | None:
    """The text after the transforms of its field; what is no text stays."""
    if not field_map.transforms or not isinstance(value, str) or is_blank(value):
        return value
    country, zone = str(values.get("person.country") or ""), str(values.get(TIME_ZONE) or "UTC")
    return inert(apply(field_map.transforms, value, country=country, time_zone=zone))


def _as_source(fallback: str) -> str:
    """A fallback names a source, or is the text itself."""
    is_source = fallback.startswith(_PREFIXES) and " " not in fallback
    return fallback if is_source or fallback.startswith("=") else f"={fallback}"


def _sourced(source: str, snapshot: Snapshot, values: Mapping[str, object]) -> object | None:
    if source.startswith("="):
        return source.removeprefix("=")
    if source.startswith(("syncd.", "person.", "account.")):
        return values.get(source)
    text = snapshot.fields.get(source, "")
    return inert(_lines(text)[:VALUE_CHARS_MAX])


def _lines(text: str) -> str:
    """`text` line by line without invisible characters; addresses and messages keep their line ends."""
    return "\n".join(defused(visible(line).strip()) for line in text.splitlines()).strip()


# --- our own values --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What the values of one lead are read from. `history` is the ledger with this decision's moves."""

    snapshot: Snapshot
    verdict: Verdict
    standing: Standing
    history: tuple[Transition, ...]
    brief: Brief
    playbook: Playbook


def known(facts: Facts) -> Mapping[str, object]:
    """All `syncd.*`, `person.*` and `account.*` values of one lead, blanks as None."""
    values: dict[str, object] = dict.fromkeys(SYNCD_NAMES)
    values |= _identity(facts) | _evaluation(facts) | _sales(facts) | _sla(facts) | _recycling(facts)
    values |= _nurture(facts) | _dates(facts.history) | _origin(facts) | brief_values.values(facts.brief)
    assert values.keys() == SYNCD_NAMES, "every syncd.* name has its value, and no other"
    return values | _derived(facts.snapshot) | {TIME_ZONE: facts.playbook.time_zone}


def _origin(facts: Facts) -> dict[str, object]:
    playbook, known_of = facts.playbook, known_fields(facts.snapshot)
    consent, zone = playbook.mapping.consent, playbook.time_zone
    return origin.values(facts.snapshot, facts.standing, facts.history, known_of, consent, zone)


def _derived(snapshot: Snapshot) -> dict[str, object]:
    fields = known_fields(snapshot)
    found: dict[str, object] = {name: inert(fields[name]) for name in DERIVED & fields.keys()}
    return found | {
        "account.is_customer": snapshot.account_is_customer,
        "account.has_open_deal": snapshot.account_open_deal,
        "account.people": snapshot.account_people,
    }


def _identity(facts: Facts) -> dict[str, object]:
    key, hubspot = facts.snapshot.key, facts.snapshot.hubspot
    return {
        "syncd.key": key,
        "syncd.contact_id": hubspot.id if hubspot else "",
        "syncd.contact_url": links.hubspot(facts.snapshot),
        "syncd.opted_out": is_opted_out(facts.snapshot),
    }


def _evaluation(facts: Facts) -> dict[str, object]:
    verdict, brief, standing = facts.verdict, facts.brief, facts.standing
    total = verdict.fit.points_micro + verdict.engagement.points_micro + verdict.intent.points_micro
    missing = open_questions(verdict) if standing.position.stage in _OPEN else ()
    return {
        "syncd.brief": brief.text,
        "syncd.line": brief.line,
        "syncd.reason": brief.reason,
        "syncd.next_step": brief.next_step,
        "syncd.next_action": brief.next_step,
        "syncd.next_action_date": brief.step.on.isoformat() if brief.step.on else None,
        "syncd.grade": verdict.grade,
        "syncd.score": round(total / MICRO),
        "syncd.level": level_label(standing, facts.playbook),
        "syncd.stage": str(standing.position.stage),
        "syncd.missing": "; ".join(missing),
    }


_SALES_OUTCOMES = {
    Stage.HANDED_OFF: "Handed to sales",
    Stage.ACCEPTED: "Accepted by sales",
    Stage.OPPORTUNITY: "Opportunity open",
    Stage.CUSTOMER: "Won",
    Stage.REJECTED: "Sent back by sales",
    Stage.LOST: "Opportunity lost",
    Stage.RECYCLED: "Back in nurture",
    Stage.DISQUALIFIED: "Disqualified",
}


def _sales(facts: Facts) -> dict[str, object]:
    standing, playbook = facts.standing, facts.playbook
    outcome = _SALES_OUTCOMES.get(standing.position.stage, "")
    if outcome and standing.reason and standing.position.stage in _ENDED:
        outcome = f"{outcome}: {reason_label(standing.reason, playbook)}"
    ended = [item for item in passes(facts.history) if item.ended_at]
    return {
        "syncd.pass": standing.pass_number or None,
        "syncd.criteria": _criteria(facts),
        "syncd.sales_owner": _owner_name(facts.snapshot),
        "syncd.owner_reason": owner_words.of_pass(facts.snapshot, standing.pass_number, playbook),
        "syncd.sales_outcome": outcome,
        "syncd.last_pass_summary": pass_text(ended[-1], playbook) if ended else "",
    }


_PASSED = frozenset({Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED, Stage.OPPORTUNITY})
CRITERIA_NOT_MET = "not met"


def _criteria(facts: Facts) -> str:
    """Whether somebody passed to sales met the criteria in force, and which (S73): the share that did not is
    to be nothing."""
    moves = (item for item in reversed(facts.history) if item.target.stage is Stage.SQL)
    move, stage = next(moves, None), facts.standing.position.stage
    if move is None or stage not in _PASSED:
        return ""
    if stage is Stage.SQL and facts.verdict.earned.stage is not Stage.SQL:
        return CRITERIA_NOT_MET
    return f"met: {reason_label(move.code, facts.playbook) if move.code else 'score and criteria'}"


def _sla(facts: Facts) -> dict[str, object]:
    """How soon sales is to be in touch, and was: of the last stay with sales, or of the one about to begin.
    Minutes are open ones of the team."""
    lead = replace(facts.snapshot, history=facts.history)
    agreed = clock.agreed(lead, facts.standing, facts.playbook)
    if agreed is None:
        return {}
    found: dict[str, object] = {
        "syncd.sla_due_at": instant(agreed.due_at),
        "syncd.sla_breach_at": instant(agreed.breach_at),
        "syncd.sla_breached": False,
        "syncd.sla_state": STATES[clock.State.RUNNING],
        "syncd.sla_team": agreed.team.label,
        "syncd.sla_tier": agreed.tier.label if agreed.tier else "",
    }
    if facts.standing.position.stage is Stage.SQL:
        return found
    last = clock.current(lead, facts.standing, facts.playbook, facts.verdict.at)
    if last is None:
        return found
    found |= {"syncd.sla_breached": last.is_breached, "syncd.sla_state": STATES[last.state]}
    for kind, touch in (("attempt", last.work.attempt), ("contact", last.work.contact)):
        if touch is not None:
            found[f"syncd.sla_first_{kind}_at"] = instant(touch.at)
            found[f"syncd.sla_minutes_to_{kind}"] = round(business_hours(agreed, touch.at) * 60)
    delay = last.span.started_at - last.span.began_at
    return found | {"syncd.sla_system_delay_s": round(delay.total_seconds())}


_ENDED = frozenset({Stage.REJECTED, Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED})


def _owner_name(snapshot: Snapshot) -> str:
    """The name of who owns the person in Salesforce."""
    return snapshot.owner_names.get(clock.owner_of(snapshot), "")


def _recycling(facts: Facts) -> dict[str, object]:
    standing, playbook = facts.standing, facts.playbook
    is_out = standing.position.stage in _ENDED
    until = standing.until_at if standing.position.stage is Stage.RECYCLED else None
    zone = ZoneInfo(playbook.time_zone)
    return {
        "syncd.recycle_reason": reason_label(standing.reason, playbook) if is_out and standing.reason else "",
        "syncd.recycle_date": until.astimezone(zone).date().isoformat() if until else None,
    }


ANSWERS: Mapping[confirming.State, str] = {
    confirming.State.WAITING: "Asked",
    confirming.State.YES: "Wants to talk",
    confirming.State.NO: "Wants to learn",
    confirming.State.SILENT: "No answer",
}
"""How the last asking stands, in the words marketing sees."""
_OPEN = frozenset({Stage.MQL, Stage.NEAR_SQL})
"""Where something is missing for sales: who fell back below the first level is not on the way there."""


def _nurture(facts: Facts) -> dict[str, object]:
    """The track somebody is really on, what would close their gap, and what they answered when asked."""
    snapshot, standing, playbook, verdict = facts.snapshot, facts.standing, facts.playbook, facts.verdict
    stage, now = standing.position.stage, verdict.at
    track = "" if not_nurtured(snapshot, verdict) else tracks.present(snapshot, standing, playbook, now)
    shown = playbook.tracks.get(track)
    gap = tracks.gap(snapshot, verdict, playbook, track) if stage in _OPEN else tracks.Gap()
    asked = confirming.asked(snapshot, playbook, now)
    has_it = charge(snapshot, standing, facts.brief.step)
    return {
        "syncd.track": shown.label if shown else "",
        "syncd.gap": gap.label,
        "syncd.next_offer": gap.offer if shown else "",
        "syncd.answer": _answer(asked, stage),
        "syncd.owner": has_it.owner if has_it.owner_id else str(has_it.team).capitalize(),
    }


def _answer(asked: confirming.Asked | None, stage: Stage) -> str:
    """How the last asking stands; whom nobody waits for any more is not shown as asked."""
    if asked is None or (asked.state is confirming.State.WAITING and stage not in _WAITED_FOR):
        return ""
    return ANSWERS[asked.state]


_WAITED_FOR = frozenset({Stage.MQL, Stage.NEAR_SQL, Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED})


def _dates(history: Sequence[Transition]) -> dict[str, object]:
    """First, last and every time at MQL and at SQL. An adopted position has no true date and gives none."""

    def seen(reached: Callable[[Position], bool]) -> list[datetime]:
        moves = [item for item in history if item.cause != "adopted"]
        return [
            item.effective_at
            for item in moves
            if reached(item.target) and not (item.origin and reached(item.origin))
        ]

    mql = seen(lambda position: position.stage is Stage.MQL)
    sql = seen(lambda position: position.stage is Stage.SQL)
    return {
        "syncd.first_mql_at": instant(mql[0]) if mql else None,
        "syncd.last_mql_at": instant(mql[-1]) if mql else None,
        "syncd.first_sql_at": instant(sql[0]) if sql else None,
        "syncd.last_sql_at": instant(sql[-1]) if sql else None,
        "syncd.mql_dates": _listed(mql),
        "syncd.sql_dates": _listed(sql),
    }


def _listed(dates: Sequence[datetime]) -> str:
    """Every day, the first first: `2026-09-03; 2026-11-21`; of very many the last ones."""
    days = dict.fromkeys(at.astimezone(ZoneInfo("UTC")).date().isoformat() for at in dates)
    return "; ".join([*days][-DATES_MAX:])


def instant(at: datetime) -> str:
    """A date-time as both vendors read it: UTC, whole seconds."""
    return at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")
