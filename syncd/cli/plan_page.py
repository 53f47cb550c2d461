"""A plan as lines of a given width: what it would do in sum, then record by record and field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncd.cli.page import clip, wrap
from syncd.cli.show import when
from syncd.core.plain import counted, plain
from syncd.jobs.foreseen import KINDS, LEAVES, Act, Foreseen
from syncd.jobs.limiting import CAUSES
from syncd.jobs.plan import is_short
from syncd.store.holds import UNDONE

if TYPE_CHECKING:
    from syncd.store.plans import PlanRow

ACTS: Mapping[str, str] = {
    Act.CREATE: "to create",
    Act.UPDATE: "to update",
    Act.SEND: "to send",
    Act.NOTHING: "as it is",
    Act.HOLD: "to ask about",
    Act.FAIL: "refused",
    Act.WAIT: "waiting",
}
"""What becomes of a step, in a word or two."""
SYSTEMS = {"salesforce": "Salesforce", "hubspot": "HubSpot", "notify": "Alerts"}
VALUE_CHARS = 72
"""How much of one value is shown; --json has all of it."""
TAKEN_BACK = "taken back by a person"


def head(plan: PlanRow, zone: str, width: int) -> Iterator[str]:
    """Which plan this is, and what can be done with it."""
    by = f" by {plan.made_by}" if plan.made_by else ""
    yield from wrap(
        f"Plan {plan.plan_id}, made {when(plan.made_at, zone)}{by} under playbook {plan.playbook_version}",
        width=width,
    )
    yield from wrap(_standing(plan, zone), width=width)


def _standing(plan: PlanRow, zone: str) -> str:
    summary = plan.summary
    if not summary["baseline"]:
        return "The first load is not complete: nobody is judged before it is, so nothing would be written."
    if not plan.is_live:
        return (
            "This profile observes: nothing of this leaves. It is what would have been written; go-live "
            "drops it, and only newer evidence hands over."
        )
    if plan.state == "applied":
        done = when(plan.ended_at or plan.applied_at, zone)
        return (
            f"Applied {done} by {plan.applied_by}: run {plan.run_id}. Take it back: syncd undo {plan.run_id}"
        )
    if plan.state == "applying":
        return f"Being applied since {when(plan.applied_at, zone)} by {plan.applied_by}: run {plan.run_id}."
    if not summary["writes"]:
        return "Nothing would be written."
    if summary["paused"]:
        return (
            f"Writing is paused: none of this leaves before `syncd apply {plan.plan_id}`, which writes "
            "exactly this, or `syncd resume push`."
        )
    return (
        "Writing is on: the next run does this by itself. To look before anything leaves: "
        "`syncd pause push`, then `syncd plan` and `syncd apply`."
    )


# --- in sum ----------------------------------------------------------------------------------------------


def summary(plan: PlanRow, width: int) -> Iterator[str]:
    """Counts, calls and people."""
    data = plan.summary
    yield ""
    yield (
        f"{counted(data['writes'], 'write')} for {counted(data['leads'], 'lead')}, "
        f"{counted(data['fields'], 'field')}"
    )
    for act, word in ACTS.items():
        count = data["acts"].get(act, 0)
        if count:
            parts = [
                f"{_kind(name)} {acts[act]:,}"
                for name, acts in sorted(data["by_kind"].items())
                if acts.get(act)
            ]
            yield from wrap(f"{word:<14}{count:>7,}   {', '.join(parts)}", 2, 26, width=width)
    for item in data["unread"]:
        yield from wrap(
            f"{SYSTEMS.get(item['system'], item['system'])} could not be read: {item['message']} "
            f"({item['code']}). What goes there is left out of this plan.",
            2,
            4,
            width=width,
        )
    for cause, count in data["held_back"].items():
        said, see = (TAKEN_BACK, "hold") if cause == UNDONE else (CAUSES.get(cause, cause), "queue")
        yield from wrap(f"held back     {count:>7,}   {said}: `syncd {see} list`", 2, 26, width=width)
    bulk = data.get("bulk", {"leads": 0, "allowed": 0})
    if bulk["leads"] > bulk["allowed"]:
        yield from wrap(
            f"Besides decisive hand-offs these are writes for {bulk['leads']:,} leads; a run that nobody has "
            f"looked at may make those for {bulk['allowed']:,}, and holds the rest back. Applying "
            "this plan writes it all.",
            2,
            4,
            width=width,
        )
    if data.get("reading_paused"):
        told = "Reading is paused: facts since then are not in this plan. `syncd resume pull` reads them."
        yield from wrap(told, 2, 4, width=width)
    if data["undecided"]:
        yield from wrap(
            f"{counted(data['undecided'], 'more lead')} or more are to be decided first: "
            "`syncd sync --once`, then plan again.",
            2,
            4,
            width=width,
        )
    yield from _calls(data["calls"], width)
    yield from _people(data, width)


def _kind(name: str) -> str:
    kind = name.partition(".")[2]
    return KINDS.get(kind, kind.replace("_", " ")).removeprefix("the ")


def _calls(calls: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    needed = [item for item in calls if item["needed"]]
    if needed:
        yield "API calls to apply it, at most about"
    for item in needed:
        left = [
            f"{part['left']:,} of {part['limit']:,} left today"
            for part in item["left"]
            if part["window"] == "day"
        ]
        short = "  NOT ENOUGH" if is_short(item) else ""
        told = "; ".join(left) or "what is left is not known"
        yield from wrap(
            f"{SYSTEMS.get(item['system'], item['system']):<14}{item['needed']:>7,}   {told}{short}",
            2,
            26,
            width=width,
        )


def _people(data: Mapping[str, Any], width: int) -> Iterator[str]:
    if data["alerts"]:
        yield "Alerts"
    for channel, count in data["alerts"].items():
        yield from wrap(f"{plain(channel):<14}{count:>7,}", 2, 26, width=width)
    if data["new_leads"]:
        yield "New leads for"
    for item in data["new_leads"]:
        yield from wrap(f"{_owner(item)} {item['count']:,}{_load(item)}", 2, 4, width=width)


def _owner(item: Mapping[str, Any]) -> str:
    if not item["owner"]:
        return "whom Salesforce's own rules choose:"
    return f"{plain(item['name']) or item['owner']}:"


def _load(item: Mapping[str, Any]) -> str:
    told = f", then {item['in_hand']:,} in hand" if item["owner"] else ""
    if item["open_max"] is not None:
        told += f" of at most {item['open_max']:,}"
    return told + ("  OVER CAPACITY" if item["over"] else "")


# --- record by record ------------------------------------------------------------------------------------


def lead(name: str, steps: Sequence[tuple[Foreseen, str, str]], width: int) -> Iterator[str]:
    """Everything about one person: each step with its state and, where it was left, why."""
    yield ""
    yield clip(plain(name), width)
    for step, state, note in steps:
        yield from _step(step, state, note, width)


def _step(step: Foreseen, state: str, note: str, width: int) -> Iterator[str]:
    told = _title(step)
    if state == "done" and step.act in LEAVES:
        told += " (done)"
    elif state == "left":
        told += f" (left: {note})"
    yield from wrap(told, 2, 4, width=width)
    for change in step.changes:
        before = "" if step.act is Act.CREATE else f"{_value(change.before)} -> "
        yield from wrap(
            f"{change.name}: {before}{_value(change.after)}{_rule(change.source, change.rule)}",
            4,
            8,
            width=width,
        )
    for kept in step.kept:
        yield from wrap(
            f"{kept.name}: {_value(kept.there)} kept, not {_value(kept.meant)}: {kept.why}"
            f"{_rule(kept.source, kept.rule)}",
            4,
            8,
            width=width,
        )
    shown = {f"{kept.name} kept: {kept.why}" for kept in step.kept}
    for text in step.notes:
        if text not in shown:
            yield from wrap(f"note: {plain(text)}", 4, 8, width=width)
    for ref, why in step.candidates:
        yield from wrap(f"candidate {ref}: {why}", 4, 8, width=width)


def _title(step: Foreseen) -> str:
    """What would become of one thing, and why where it would not be written."""
    about = step.about or {}
    where = SYSTEMS.get(step.system, step.system)
    kind = KINDS.get(step.kind, step.kind.replace("_", " ")).removeprefix("the ")
    named = kind[:1].upper() + kind[1:]
    if step.kind == "alert":
        named = f'Alert to {about.get("channel", "")}: "{plain(str(about.get("title", "")), VALUE_CHARS)}"'
    elif step.kind == "membership":
        listed = plain(str(about.get("list", "")))
        only = f'On the list "{listed}" in HubSpot, and on no other of ours'
        named = only if about.get("member", True) else "Off every nurture list in HubSpot"
    elif where not in named:
        named = f"{named} in {where}"
    on = f" ({step.object_type} {step.object_id})" if step.object_id else ""
    why = f": {plain(step.why)}" if step.why else ""
    cure = f" -> {step.cure}" if step.cure else ""
    return f"{named}{on}, {ACTS[step.act]}{why}{cure}"


def _rule(source: str, rule: str) -> str:
    return f"  [{', '.join(part for part in (source, rule) if part)}]"


def _value(value: object) -> str:
    """A value for people: in quotes where it is text, cut, one line, nothing of it acting."""
    if value is None or value == "":
        return "blank"
    if isinstance(value, str):
        return f'"{plain(value, VALUE_CHARS)}"'
    return str(value).lower() if isinstance(value, bool) else str(value)
