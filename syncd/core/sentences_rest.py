"""The rest of the definition in plain sentences: machine clicks, recycling, first contact, signals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from syncd.core.phrases import Words, days, listed, number, verb
from syncd.core.playbook import (
    AttributeTest,
    BusinessHours,
    Playbook,
    RecycleRule,
    SignalKind,
    SlaSteps,
    SourceMatch,
    WayBack,
)
from syncd.core.told import Section, Sentence

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_RECYCLE = (
    "Sales says why; the reason decides what follows. After the pause only new evidence brings somebody back."
)
_SIGNALS = "What each name above means. One fact may be several of these."

SOURCES = {
    "hubspot.form_submission": "a form is sent",
    "hubspot.page_view": "a page is seen",
    "hubspot.visit": "a visit to the site",
    "hubspot.email_open": "a marketing e-mail is opened",
    "hubspot.email_click": "a link in a marketing e-mail is clicked",
    "hubspot.email_bounce": "a marketing e-mail bounces",
    "hubspot.email_reply": "a marketing or sales e-mail is answered",
    "hubspot.email": "an e-mail is logged",
    "hubspot.marketing_event": "an event or webinar is recorded",
    "hubspot.meeting": "a meeting is logged",
    "hubspot.meeting_booked": "a meeting is booked",
    "hubspot.call": "a call is logged",
    "hubspot.note": "a note is written",
    "hubspot.task": "a task is written in HubSpot",
    "hubspot.communication": "a chat, SMS or social message is logged",
    "hubspot.contact_change": "the HubSpot contact changes",
    "hubspot.list_membership": "the contact joins a HubSpot list",
    "hubspot.deal": "a HubSpot deal moves",
    "salesforce.lead_change": "the Salesforce Lead changes",
    "salesforce.contact_change": "the Salesforce Contact changes",
    "salesforce.task": "a task is written in Salesforce",
    "salesforce.event": "an appointment in Salesforce",
    "salesforce.deal": "an opportunity moves",
    "salesforce.campaign_member": "a Salesforce campaign lists the person",
    "account.activity": "a colleague of the same company does something",
    "account.person_joined": "a colleague of the same company appears for the first time",
}


def aftermath(playbook: Playbook, words: Words) -> tuple[Section, ...]:
    """What happens around the scores: machine clicks, and what follows a hand-over."""
    return (
        Section("machine", "Clicks that nobody made", "", tuple(_machine(playbook))),
        Section("first_contact", "After the hand-over: first contact", "", tuple(_first_contact(playbook))),
        Section("recycle", "When sales gives somebody back", _RECYCLE, tuple(_recycle(playbook, words))),
        Section("alerts", "Heads-up before the hand-over", "", tuple(_alerts(playbook, words))),
    )


def _machine(playbook: Playbook) -> Iterator[Sentence]:
    clicks = playbook.machine
    if not clicks.is_on:
        yield Sentence("off", "Opens and clicks count as they come: machines are not told from people.")
        return
    yield Sentence(
        "on",
        "Opens and clicks of mail scanners and privacy proxies do not count. They are listed on the lead's "
        "page, and a person can let them count again.",
    )
    yield Sentence(
        "how",
        f"Taken for a machine's: within {clicks.seconds_after_send} seconds of the send; "
        f"{clicks.burst_links} different links within {clicks.burst_seconds} seconds; a known scanner.",
    )
    yield Sentence(
        "redeemed",
        f"A page, form, reply or meeting of the same person within {clicks.redeemed_minutes} minutes speaks "
        "for a person.",
    )


def _first_contact(playbook: Playbook) -> Iterator[Sentence]:
    sla = playbook.sla
    met_by = "tried to reach them" if sla.met_by == "attempt" else "spoken with them"
    yield Sentence(
        "target",
        f"Sales has {met_by} within {number(sla.target_hours)} business hours of the confirmed hand-off; "
        f"after {number(sla.breach_hours)} it is breached.",
    )
    yield Sentence("hours", f"Business hours: {_hours(sla.hours)}.")
    yield from _tiers(playbook)
    yield from _steps("steps", "Untouched", sla.steps)
    for team in sla.teams:
        yield Sentence(f"team_{team.id}", f"{team.label} works by hours of its own: {_hours(team.hours)}.")
        if team.steps != sla.steps:
            yield from _steps(f"steps_{team.id}", f"{team.label}, untouched", team.steps)
    yield Sentence("touches", _touches(playbook))


def _tiers(playbook: Playbook) -> Iterator[Sentence]:
    labels = {kind.id: kind.label for kind in playbook.signals}
    for tier in playbook.sla.tiers:
        kinds = listed((f'"{labels.get(kind, kind)}"' for kind in tier.kinds), "or")
        yield Sentence(
            f"tier_{tier.id}",
            f"{tier.label}: after {kinds} within {number(tier.target_hours)} business hours; "
            f"after {number(tier.breach_hours)} it is breached.",
        )


def _steps(name: str, who: str, steps: SlaSteps) -> Iterator[Sentence]:
    manager = steps.manager or "the manager"
    told = []
    if steps.remind is not None:
        told.append(f"the owner is reminded {number(steps.remind.hours)} open hours before the target")
    if steps.escalate is not None:
        told.append(f"{manager} hears of the breach")
    if steps.reassign is not None:
        told.append(f"{manager} is asked to reassign {number(steps.reassign.hours)} open hours later")
    if told:
        yield Sentence(name, f"{who}: {listed(told, 'and')}.")


def _touches(playbook: Playbook) -> str:
    touches = playbook.sla.touches
    sources = dict.fromkeys(rule.match.source for rule in touches.rules if rule.counts != "nothing")
    seen = listed((SOURCES.get(name, name) for name in sources), "or")
    return (
        f"Sales' work is seen where {seen}, as the rules of touches say; what an automation or a queue "
        "does is no touch, and an answer counts once sales has tried."
    )


def _hours(hours: BusinessHours) -> str:
    names = listed((_DAYS[day] for day in hours.days), "and")
    off = f", except {len(hours.holidays)} holidays" if hours.holidays else ""
    return f"{names}, {hours.opens:%H:%M} to {hours.closes:%H:%M}, {hours.time_zone}{off}"


def _recycle(playbook: Playbook, words: Words) -> Iterator[Sentence]:
    for rule in playbook.recycle.rules.values():
        yield Sentence(rule.reason, _reason(rule, words))
    limit = playbook.recycle.pass_limit
    if limit > 0:
        yield Sentence("limit", f"Handed over {limit} times in vain: then a person decides.")
    silent = playbook.recycle.unresponsive_after_days
    if silent > 0:
        yield Sentence(
            "silence", f"Nobody in sales worked it for {days(silent)}: it comes back as unanswered."
        )


def _reason(rule: RecycleRule, words: Words) -> str:
    if rule.is_final:
        return f"{rule.label}: stays out for good."
    track = words.tracks.get(rule.track, "")
    nurture = f', nurtured on "{track}"' if track else ""
    if rule.way_back == "never":
        return f"{rule.label}: back to marketing{nurture}; never back to sales by itself."
    breaks = "; a decisive action ends the pause at once" if rule.decisive_breaks else ""
    dated = f", or until the day in {rule.date_field}" if rule.date_field else ""
    way = _WAYS.get(rule.way_back, "")
    return (
        f"{rule.label}: back to marketing{nurture}, {days(rule.cool_down_days)} of pause{dated}{breaks}{way}."
    )


_WAYS: Mapping[WayBack, str] = {
    "decisive_only": "; after it, only a decisive action counts",
    "date_only": "; then one of marketing's leads again, without new evidence",
}


def _alerts(playbook: Playbook, words: Words) -> Iterator[Sentence]:
    for item in playbook.alerts.heads_up:
        stage = "an MQL" if item.from_stage == "mql" else "a near-SQL"
        gate = "not failed" if item.icp.unknown_counts else "met"
        yield Sentence(
            item.id,
            f"{item.label}: sales is told when somebody who is at least {stage}, with the gate {gate}, does "
            f"{words.happened(item.signals)}.",
        )


# --- signals ---------------------------------------------------------------------------------------------


def signals(playbook: Playbook, words: Words) -> Section:
    """What each kind of signal is."""
    return Section("signals", "The names of what people do", _SIGNALS, tuple(_kinds(playbook, words)))


def _kinds(playbook: Playbook, words: Words) -> Iterator[Sentence]:
    for kind in sorted(playbook.signals, key=lambda item: item.label.casefold()):
        ways = "; or ".join(_source(match, words) for match in kind.sources)
        yield Sentence(kind.id, f'"{kind.label}": {ways}{_said_of(kind)}.')


def _said_of(kind: SignalKind) -> str:
    strength = {"none": "", "weak": "a weak sign of buying", "strong": "a strong sign of buying"}[kind.intent]
    by = {"outbound": "done by us", "none": "", "inbound": ""}[kind.direction]
    told = ", ".join(part for part in (strength, by) if part)
    return f" ({told})" if told else ""


def _source(match: SourceMatch, words: Words) -> str:
    what = SOURCES.get(match.source) or f"{match.source.partition('.')[2].replace('_', ' ')} is recorded"
    tests = " and ".join(_attribute(test, words) for test in match.where)
    return f"{what} and {tests}" if tests else what


_ATTRIBUTES = {
    "form": "the form's name",
    "url": "the page's address",
    "property": "the field",
    "value": "the new value",
    "list": "the list's name",
    "campaign": "the campaign's name",
}


def _attribute(test: AttributeTest, words: Words) -> str:
    bare = test.attribute.removeprefix("field.").replace("_", " ")
    if test.attribute.startswith("field."):
        name = f'the answer to "{bare}"'
    elif test.attribute.startswith("mark."):
        name = f'the line "{bare.removeprefix("mark.")}" in it'
    else:
        name = _ATTRIBUTES.get(test.attribute, f"the {bare}")
    if test.patterns == ("*",):
        return f"{name} is {'not ' if test.negate else ''}given"
    said = words.values(test.patterns, test.attribute, keep=True)
    return f"{name} {verb(test.patterns, negate=test.negate)} {said}"
