"""Why a lead is not with sales: what stopped it, what a person can do about it, what SQL still asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.core.lead import MACHINE_WAIVER
from syncd.core.model import Snapshot, Stage, Standing, Verdict
from syncd.core.playbook import Playbook
from syncd.core.qualify import BLOCKED_BY_GO_LIVE, BLOCKED_BY_ICP, BLOCKED_WHILE_OBSERVING, GUARDS
from syncd.core.sources import source_words
from syncd.core.story import day


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What stands between this lead and sales. `blocked_by` stopped something that would have handed over;
    `command` is the one command by which a person changes that, empty where there is none; `advice` says what
    then helps."""

    blocked_by: str
    label: str
    said: str
    evidence: str
    command: str
    advice: str
    lacking: tuple[str, ...]


_WITH_SALES = frozenset({Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED, Stage.OPPORTUNITY, Stage.CUSTOMER,
                         Stage.ERASED})  # fmt: skip


def why_not(snapshot: Snapshot, verdict: Verdict, standing: Standing, playbook: Playbook) -> WhyNot | None:
    """Why this lead is not with sales; None when it is."""
    if standing.position.stage in _WITH_SALES:
        return None
    code = verdict.blocked_by or _standing_filter(verdict, standing)
    matched = next((item.evidence for item in verdict.filters if item.id == code), "")
    command, advice = remedy(code, handle(snapshot), playbook)
    return WhyNot(
        blocked_by=code,
        label=stopper(code, playbook),
        said=_given_back(standing, verdict.at, playbook) or _said(code, verdict, playbook),
        evidence=source_words(matched, playbook, snapshot.fields),
        command=command,
        advice=advice,
        lacking=_lacking(verdict),
    )


def handle(snapshot: Snapshot) -> str:
    """What finds exactly this lead on the command line."""
    if snapshot.emails:
        return snapshot.emails[0]
    if snapshot.key:
        return snapshot.key
    return snapshot.sales_records[0].ref.id if snapshot.sales_records else str(snapshot.lead_id)


def _standing_filter(verdict: Verdict, standing: Standing) -> str:
    """The filter that keeps a lead out which never tried to get in."""
    if standing.position.stage is not Stage.DISQUALIFIED:
        return ""
    return next(
        (item.id for item in verdict.filters if item.matched and item.outcome in {"block", "stop"}), ""
    )


def stopper(code: str, playbook: Playbook) -> str:
    """What stopped a lead, as people call it."""
    if code in GUARDS:
        return GUARDS[code]
    labels = {item.id: f'Not so: "{item.label}"' for item in playbook.levels.decisive.needs}
    labels |= {item.id: item.label for item in playbook.filters}
    return labels.get(code, code.replace("_", " "))


def _given_back(standing: Standing, now: datetime, playbook: Playbook) -> str:
    """What sales' answer means now; empty where it is not sales that keeps somebody away."""
    rule = playbook.recycle.rules.get(standing.reason)
    if rule is None or standing.position.stage not in (Stage.RECYCLED, Stage.DISQUALIFIED):
        return ""
    if standing.position.stage is Stage.DISQUALIFIED:
        return f"Sales ruled it out for good: {rule.label}."
    if rule.way_back == "never":
        return f"Given back by sales: {rule.label}. Nothing brings it back by itself: a person decides."
    pause = ""
    if standing.until_at is not None:
        early = "; a decisive action counts at once" if rule.decisive_breaks else ""
        ends = day(standing.until_at, playbook.time_zone)
        pause = (
            f" The pause ends on {ends}{early}."
            if now < standing.until_at
            else f" The pause is over since {ends}."
        )
    return f"Given back by sales: {rule.label}. {_ONLY[rule.way_back]}{pause}"


_ONLY = {
    "new_evidence": "Only what is new brings it back.",
    "decisive_only": "Only a new decisive action brings it back.",
    "date_only": "The day alone makes it one of marketing's leads again; sales sees it for what is new.",
}


def _said(code: str, verdict: Verdict, playbook: Playbook) -> str:
    """What that means, in one sentence."""
    outcome = next((item for item in verdict.filters if item.id == code), None)
    done = next((item.label for item in playbook.signals if item.id == verdict.decisive), "")
    after = f', although they did this: "{done}"' if done and code else ""
    if outcome is not None:
        return f"{_OUTCOMES[outcome.outcome].format(to=outcome.code or 'somebody else')}{after}."
    if any(item.id == code for item in playbook.levels.decisive.needs):
        return "A decisive action is there, but what it needs beside it is not."
    if code:
        return f'They did this: "{done}".' if done else "The criteria for SQL by score are met."
    return "No decisive action, and the criteria for SQL by score are not all met."


_OUTCOMES = {
    "block": "Kept out by a filter",
    "divert": "Goes to {to} instead of sales",
    "hold": "Waits for a person to decide",
    "no_nurture": "Gets no marketing; sales may answer",
    "stop": "Has objected: nobody contacts them, and nobody can set that aside",
}


RESERVED = frozenset({*GUARDS, MACHINE_WAIVER})
"""Words of our own for what stops a lead or is set aside: no filter and no need may be called so."""


def override_of(code: str, playbook: Playbook) -> str:
    """The id by which a person may set this aside; empty for guards and for an objection."""
    for item in playbook.filters:
        if item.id == code:
            return "" if item.outcome == "stop" else code
    return code if code in overridable(playbook) else ""


def overridable(playbook: Playbook) -> Mapping[str, str]:
    """Everything a person may set aside for one lead, by id, as people call it."""
    found = {item.id: item.label for item in playbook.filters if item.outcome != "stop"}
    found |= {item.id: item.label for item in playbook.levels.decisive.needs}
    return found | {BLOCKED_BY_ICP: "The ideal customer profile", MACHINE_WAIVER: "Machine clicks"}


def refusal(name: str, playbook: Playbook) -> str:
    """Why nobody can set this aside, and what they can; empty where it can be set aside."""
    allowed = overridable(playbook)
    if name in allowed:
        return ""
    for item in playbook.filters:
        if item.id == name:
            return (
                f"'{name}' ({item.label}) is an objection: nobody can set it aside. Only the person can take "
                "it back, in the system where it was said"
            )
    listed = "\n".join(f"  {one:<22}{label}" for one, label in allowed.items())
    return f"'{name}' is nothing that can be set aside. These can:\n{listed}"


_ADVICE = {
    "is_customer": "Tell the owner of the account; new interest of a customer is theirs.",
    "no_contact": "Nothing to do here: Salesforce has this person already.",
    "old_evidence": "Anything new the person does counts again by itself.",
    "pass_limit": "Talk to sales first; then raise `pass_limit`, or make the lead in Salesforce by hand.",
}


def remedy(code: str, who: str, playbook: Playbook) -> tuple[str, str]:
    """The one command that lets this lead pass, or else a sentence on what helps."""
    if not code:
        return "", ""
    if code == BLOCKED_BY_GO_LIVE:
        return f"syncd release lead {who}", ""
    if code == BLOCKED_WHILE_OBSERVING:
        return "syncd go-live", ""
    name = override_of(code, playbook)
    if name:
        return f'syncd override {who} {name} --why "..."', ""
    return "", _ADVICE.get(code, "Nobody can set an objection aside.")


def _lacking(verdict: Verdict) -> tuple[str, ...]:
    """Labels of what SQL by score still asks for, each once."""
    return tuple(
        dict.fromkeys(
            f"{item.label}{' (unknown)' if item.state == 'unknown' else ''}"
            for item in verdict.criteria
            if item.id.startswith("sql.") and item.state != "met"
        )
    )
