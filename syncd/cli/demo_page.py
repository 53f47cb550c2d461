"""What the demo prints at its end, within 80 columns.

Numbers first, then one hand-off in full, the books, and where to look next. It counts nothing itself.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncd.cli.page import WIDTH, history, title
from syncd.cli.show import Column, console, table, when
from syncd.core.plain import counted

if TYPE_CHECKING:
    from syncd.cli.demo import Result
    from syncd.jobs.explain import Explanation

LABELS = {
    "near_sql": "near-SQL",
    "sql": "SQL (qualified)",
    "handed_off": "handed over (Salesforce confirmed)",
    "accepted": "accepted by sales",
    "sales_accepted": "accepted",
    "sales_rejected": "rejected, with or without a reason",
    "sales_disqualified": "disqualified",
    "sales_unresponsive": "gave up: no answer",
    "opportunity_opened": "opened an opportunity",
    "opportunity_won": "won an opportunity",
    "opportunity_lost": "lost an opportunity",
}
MARGIN = 13


def show(found: Result) -> None:
    """The whole summary."""
    out = console()
    data, playbook = found.data, found.loaded.playbook
    out.print(f"\n{counted(data['weeks'], 'simulated week')} in {data['took_s']:.0f} s", style="bold")
    for name, text in _intake(data):
        out.print(_item(name, text), markup=False)
    levels = {f"mql:{level.id}": f"MQL {level.label}" for level in playbook.levels.mql}
    reached = [(levels.get(name) or _label(name), count) for name, count in data["reached"].items()]
    out.print()
    out.print(table(["People who reached, since go-live", ("People", "right")], reached))
    out.print()
    sales = [(_label(name), both["handed_over"], both["its_own"]) for name, both in data["sales"].items()]
    columns: list[Column] = ["What sales did", ("Handed over", "right"), ("Its own leads", "right")]
    out.print(table(columns, sales or [("nothing yet", 0, 0)]))
    out.print()
    rules = playbook.recycle.rules
    reasons = [
        (rules[code].label, rules[code].track.replace("_", " "), both["handed_over"], both["its_own"])
        if code in rules
        else (code, "", both["handed_over"], both["its_own"])
        for code, both in data["recycled"].items()
    ]
    columns = ["Given back to marketing", "Track", ("Handed over", "right"), ("Its own leads", "right")]
    out.print(table(columns, reasons or [("nobody yet", "", 0, 0)]))
    if found.shown is not None:
        out.print("\nOne hand-off in full\n", style="bold")
        out.print("\n".join(_hand_off(found, found.shown)), markup=False)
    out.print("\nThe books\n", style="bold")
    for name, text in _books(data):
        out.print(_item(name, text), markup=False)
    _next(data)


def _label(name: str) -> str:
    return LABELS.get(name, name)


def _item(name: str, text: str) -> str:
    """A name in the margin and its text beside it."""
    further = " " * MARGIN
    return textwrap.fill(text, WIDTH, initial_indent=f"{name:<{MARGIN}}", subsequent_indent=further)


def _intake(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    records, new = data["records"], data["newcomers"]
    yield (
        "Pulled",
        f"{counted(records.get('hubspot.contact', 0), 'contact')} and "
        f"{counted(records.get('hubspot.company', 0), 'company', 'companies')} from HubSpot, "
        f"{counted(records.get('salesforce.lead', 0), 'lead')} and "
        f"{counted(records.get('salesforce.contact', 0), 'contact')} from Salesforce: "
        f"{_people(data['people'])}, {counted(data['signals'], 'signal')}",
    )
    share = f" ({new['sql'] / new['people']:.0%})" if new["people"] else ""
    yield "New", f"{_people(new['people'])} came after go-live, {new['sql']:,} of them qualified{share}"
    made = data["machine"]
    if made["clicks"]:
        yield (
            "Left out",
            f"{counted(made['clicks'], 'click')} by mail gateways in the mail of "
            f'{_people(made["people"])} count for nothing; `syncd explain "{made["example"]}"` lists some',
        )
    sent = sum(data["sent_before_go_live"].values())
    yield (
        "Before that",
        f"{counted(sent, 'write')} left this machine: the first load only reads. "
        f"{_people(data['releasable_at_go_live'])} qualified on what they had done by then, and waited for "
        "`syncd release`",
    )


def _people(count: int) -> str:
    return counted(count, "person", "people")


def _hand_off(found: Result, shown: Explanation) -> Iterator[str]:
    """Who, how it went, and what the rep found in Salesforce."""
    zone = found.loaded.settings.schedule.time_zone
    yield title(shown)
    yield ""
    yield from history(shown, zone)
    for effect in shown.effects:
        if effect.kind != "task":
            continue
        fields = effect.payload["fields"]
        yield ""
        yield f"  The task in Salesforce, due {fields.get('ActivityDate', '-')}:"
        yield from _quoted(f"{fields.get('Subject', '')}\n\n{fields.get('Description', '')}")
        return


def _quoted(text: str) -> Iterator[str]:
    """Another system's text, wrapped beside a bar."""
    for line in text.splitlines():
        hanging = "  | " + ("  " if line.startswith("* ") else "")
        yield from textwrap.wrap(line, WIDTH, initial_indent="  | ", subsequent_indent=hanging) or ["  |"]


def _books(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Calls against budgets, the tie-out, and what waits."""
    calls = " and ".join(f"{count:,} to {system}" for system, count in data["calls"].items())
    daily = [item for item in data["budgets"] if item["name"] in {"daily", "api-usage"}]
    meters = ", ".join(f"{item['system']} {item['used']:,} of {item['limit']:,}" for item in daily)
    yield "API calls", f"{calls}" + (f"; on the last day {meters}" if meters else "")
    passes = data["tie_out"]["passes"]
    yield (
        "Passes",
        f"{passes['qualified']} qualified = {passes['handed_off']} handed over + {passes['held']} held for a "
        f"person + {passes['waiting']} waiting + {passes['stopped']} stopped + {passes['withdrawn']} "
        f"withdrawn; lost: {passes['lost']}",
    )
    lines = data["tie_out"]["lines"]
    differ = [line for line in lines if line["there"] != line["here"]]
    for line in differ:
        yield (
            "DIFFERENCE",
            f"{line['system']} {line['object']}: {line['there']} there, {line['here']} here",
        )
    if not differ:
        records = sum(line["there"] for line in lines)
        yield "Tie-out", f"{counted(records, 'record')} counted in both systems, each of them here"
    yield (
        "Waiting",
        f"{counted(data['holds'], 'case')} for a person (`syncd hold list`); "
        f"{_people(data['waiting_for_release'])} still waiting on evidence from before go-live",
    )


def _next(data: Mapping[str, Any]) -> None:
    """Where to look now; the store is left behind."""
    out = console()
    out.print("\nLook around (the store is still there)\n", style="bold")
    for command in ("status", "report funnel", "report hand-raisers --days 30", "hold list", "criteria"):
        out.print(f"  syncd {command}")
    if data["example"]:
        for command in ("explain", "timeline"):
            out.print(f'  syncd {command} "{data["example"]["name"]}"', markup=False, soft_wrap=True)
    ended = when(datetime.fromisoformat(data["ended_at"]), "UTC")
    out.print(f"\n  There it is {ended}. Without `make`: .venv/bin/syncd", markup=False)
