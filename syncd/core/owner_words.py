"""Why somebody owns a hand-off, in sentences: the step that named them, and why the steps before did not.

And what of it goes along with the effects: the owner of a new record, and who of the company is with sales.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from syncd.core import routing
from syncd.core.desk import Assignment, Skipped, Step, short
from syncd.core.model import Snapshot
from syncd.core.plain import plain, shorten
from syncd.core.playbook import Playbook
from syncd.core.sla import clock
from syncd.core.story import moment

REASON_CHARS_MAX = 255
OTHERS_MAX = 8

STEPS: Mapping[str, str] = {
    Step.LAST_OWNER: "last owner",
    Step.MEETING_HOST: "meeting host",
    Step.SAME_COMPANY: "same company",
    Step.ACCOUNT_OWNER: "account owner",
    Step.TERRITORY: "territory",
    Step.ROUND_ROBIN: "turns",
    Step.QUEUE: "queue",
    Step.PRESENT: "present owner",
    Step.NAMED: "named owner",
    Step.ORG_RULES: "Salesforce's assignment rules",
    Step.ROUTER: "router",
    Step.PERSON: "a person",
    Step.NOBODY: "nobody",
}
"""What each way to an owner is called."""

_CODES: Mapping[str, str] = {
    "no_pass": "no pass before this one",
    "was_in_queue": "it was in the queue {whom}",
    "put_back": "it was put back into the queue {whom}",
    "no_meeting": "no meeting is booked",
    "no_host": "the meeting names no host",
    "host_unknown": "the host has no Salesforce user with the same address",
    "no_colleague": "sales has nobody of it",
    "in_queue": "the colleague is still in the queue {whom}",
    "no_account": "no account is known",
    "no_rule": "none applies",
    "inactive": "{whom} is not active",
    "not_a_user": "{whom} is no user who can have Leads",
    "not_there": "{whom} does not exist in this org",
    "no_leads": "the queue {whom} takes no Leads",
    "no_contacts": "{whom} is a queue, and a Contact belongs to a user",
    "empty": "the queue {whom} has no members",
    "no_right": "{whom} may not see Leads",
    "not_theirs": "not for {whom}",
    "full": "{whom} has as many open ones as agreed",
    "full_today": "{whom} has as many today as agreed",
    "closed": "{whom} is not at work",
    "chose_nobody": "it chose nobody in its time",
    "gave_way": "{whom} had it until the meeting was booked",
}
"""Every code of a step that gave nobody. `{whom}` is a name."""


def reason(chosen: Assignment, names: Mapping[str, str], zone: str = "UTC") -> str:
    """One sentence: who, by which step, and why the steps before gave nobody."""
    told = [_chosen(chosen, names, zone), *_others(chosen, names)]
    return ". ".join(part[:1].upper() + part[1:] for part in told if part)


def told(snapshot: Snapshot, chosen: Assignment, zone: str = "UTC") -> str:
    """The reason, and who has the record now where that is somebody else."""
    said, present = reason(chosen, snapshot.owner_names, zone), clock.owner_of(snapshot)
    if not present or short(present) == short(chosen.owner_id):
        return said
    return f"{said}. Now with {name_of(present, snapshot.owner_names)}"


def short_reason(chosen: Assignment, names: Mapping[str, str], zone: str = "UTC") -> str:
    """As much of it as a text field holds."""
    return shorten(plain(reason(chosen, names, zone)), REASON_CHARS_MAX)


def of_pass(snapshot: Snapshot, pass_number: int, playbook: Playbook) -> str:
    """Why this pass has its owner, as far as that was chosen; blank before."""
    chosen = routing.assigned(snapshot, pass_number)
    return "" if chosen is None else short_reason(chosen, snapshot.owner_names, playbook.time_zone)


def _chosen(chosen: Assignment, names: Mapping[str, str], zone: str) -> str:
    """Who, and by which step."""
    match chosen.step:
        case Step.ORG_RULES:
            return "Salesforce's own assignment rules choose"
        case Step.NOBODY:
            return "nobody can have it now"
        case _:
            return f"{name_of(chosen.owner_id, names)} ({_why(chosen, zone)})"


def _why(chosen: Assignment, zone: str) -> str:
    match chosen.step:
        case Step.LAST_OWNER:
            return "had the lead in the last pass"
        case Step.MEETING_HOST:
            return f"hosts the meeting of {_at(chosen.about, zone)}"
        case Step.SAME_COMPANY if chosen.code == "deal":
            return "has the company's open opportunity"
        case Step.SAME_COMPANY:
            return "has somebody of the same company"
        case Step.ACCOUNT_OWNER:
            return "owns the company's account"
        case Step.TERRITORY:
            return f"routing rule {chosen.about}"
        case Step.ROUND_ROBIN:
            why = "longest without one" if chosen.code == "longest_since" else "fewest open"
            return f"their turn, {why}{', desk opens next' if chosen.about == 'next_to_open' else ''}"
        case Step.QUEUE:
            return "the queue for whom no step names anybody"
        case Step.PRESENT:
            return "has the record already"
        case Step.NAMED:
            return "named for whom no step names anybody"
        case Step.ROUTER:
            return "where the router takes its leads from"
        case _:
            return "named by a person"


def _others(chosen: Assignment, names: Mapping[str, str]) -> Iterator[str]:
    """The steps before, each with all it passed over; last, whom the step itself passed over."""
    by_step: dict[str, list[str]] = {}
    for item in chosen.skipped:
        by_step.setdefault(item.step, []).append(_code(item, names))
    own = by_step.pop(chosen.step, [])
    if by_step:
        asked = (f"{STEPS.get(step, step)} ({_listed(why)})" for step, why in by_step.items())
        yield f"asked before: {', '.join(asked)}"
    if own:
        yield f"passed over: {_listed(own)}"


def _listed(why: Sequence[str]) -> str:
    shown = list(dict.fromkeys(why))
    more = len(shown) - OTHERS_MAX
    return ", ".join(shown[:OTHERS_MAX]) + (f" and {more} more" if more > 0 else "")


def _code(item: Skipped, names: Mapping[str, str]) -> str:
    return unfit(item.code, name_of(item.whom, names))


def unfit(code: str, name: str) -> str:
    """Why somebody does not get a lead, in words."""
    return _CODES.get(code, code).format(whom=name)


def name_of(record_id: str, names: Mapping[str, str]) -> str:
    """What a user or queue is called; its id where that is not known."""
    if not record_id:
        return "nobody"
    known = names.get(record_id)
    if known is None:
        known = next((name for key, name in names.items() if short(key) == short(record_id)), record_id)
    return plain(known, 80)


def _at(text: str, zone: str) -> str:
    return moment(datetime.fromisoformat(text), zone) if text else "a day not known"


# --- what goes along -------------------------------------------------------------------------------------


def owner(snapshot: Snapshot, pass_number: int, playbook: Playbook, now: datetime) -> dict[str, object]:
    """Who gets a record we create: an owner, the org's assignment rules, or nobody yet (`hold`). Existing
    owners stay, but for those of `gone`, who can have no Leads any more."""
    chosen = routing.assigned(snapshot, pass_number)
    if chosen is None:
        found = routing.owner_id(snapshot, pass_number, playbook, now)
        return {"mode": "owner" if found else playbook.routing.mode, "id": found}
    modes = {Step.ORG_RULES: "org_rules", Step.NOBODY: "hold"}
    passed_over = [item for item in chosen.skipped if item.step == Step.PRESENT]
    gone = sorted({item.whom for item in passed_over})
    left = sorted({item.whom for item in passed_over if item.code != routing.PUT_BACK})
    return {
        "mode": modes.get(Step(chosen.step), "owner"),
        "id": chosen.owner_id,
        "why": _said(chosen, snapshot.owner_names, playbook.time_zone),
        "gone": gone,
        **({"left": left} if left else {}),
    }


def _said(chosen: Assignment, names: Mapping[str, str], zone: str) -> str:
    """For the note of the hand-off who and how; for a case that waits for somebody, all of it."""
    return reason(chosen, names, zone) if chosen.step == Step.NOBODY else _chosen(chosen, names, zone)


def grouping(snapshot: Snapshot, pass_number: int) -> dict[str, object]:
    """For an alert: whom it is for, and, while the choice is made, the company and who of it sales has in
    hand already."""
    chosen = routing.assigned(snapshot, pass_number)
    owner_id = clock.owner_of(snapshot) or (chosen.owner_id if chosen else "")
    found: dict[str, object] = {"owner": owner_id} if owner_id else {}
    employer = chosen.employer if chosen else None
    if employer is None:
        return found
    found["company"] = {"key": employer.key, "name": plain(employer.name, 80)}
    people = [item for item in employer.colleagues if not item.deal]
    if people:
        first = people[0]
        found["colleague"] = {
            "lead_id": first.lead_id,
            "name": plain(first.name, 80),
            "owner": first.owner_id,
            "owner_name": name_of(first.owner_id, snapshot.owner_names),
            "since": first.since_at.isoformat(),
        }
    return found
