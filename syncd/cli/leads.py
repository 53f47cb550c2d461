"""One lead, and who waits for release: explain, timeline, release."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import EXIT_OK, Fault, as_json, console, table, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncd.cli.place import Place
    from syncd.core.explanation import Page
    from syncd.jobs.explain import Explanation
    from syncd.jobs.timeline import Line

Who = Annotated[str, typer.Argument(help="E-mail, HubSpot id, Salesforce id or name.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("explain")(explain)
    app.command("timeline")(timeline)
    release = typer.Typer(help="Leads that qualify on evidence from before go-live.", no_args_is_help=True)
    release.command("list")(release_list)
    release.command("top")(release_top)
    release.command("lead")(release_lead)
    app.add_typer(release, name="release")


def explain(
    who: Who,
    at: Annotated[str | None, typer.Option("--at", help="As of a date (2026-10-01) or moment.")] = None,
    hindsight: Annotated[
        bool, typer.Option("--hindsight", help="With --at: what is known now about then.")
    ] = False,
    playbook: Annotated[
        Path | None, typer.Option("--playbook", help="Judge by the definition in this folder instead.")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Why this lead stands where it stands, and what would move it."""
    from syncd.jobs.explain import NotDecidedYet, Question
    from syncd.jobs.explain import explain as explained

    if hindsight and at is None:
        raise Fault("--hindsight is about a past date: add --at 2026-10-01")
    place = places.open_for_reading(config)
    lead_id = places.one_lead(place, who)
    other = None if playbook is None else places.load_playbook(playbook)
    asked = Question(None if at is None else _moment(at), hindsight, other, is_full=True)
    try:
        found = explained(place.store, place.loaded.playbook, lead_id, place.now, asked)
    except NotDecidedYet:
        raise Fault(
            "this lead is known but was not evaluated yet: the first load is not complete", 1
        ) from None
    if json:
        as_json(explanation_data(found))
    else:
        show_explanation(place, found)
    return EXIT_OK


def _moment(text: str) -> datetime:
    """A date means its end in UTC; a moment without offset is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Fault(f"'{text}' is not a date: write 2026-10-01 or 2026-10-01T14:30") from None
    if len(text) <= len("2026-10-01"):
        found += timedelta(days=1) - timedelta(milliseconds=1)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def explanation_data(found: Explanation) -> dict[str, object]:
    """The documented shape of `syncd explain --json`."""
    import msgspec

    from syncd.jobs.explain import name_of

    snapshot = found.snapshot
    return {
        "lead_id": snapshot.lead_id,
        "key": snapshot.key,
        "name": name_of(snapshot),
        "hubspot": str(snapshot.hubspot) if snapshot.hubspot else None,
        "salesforce": [str(record.ref) for record in snapshot.sales_records],
        "as_of_at": found.as_of_at,
        "in_force": found.is_stored,
        "decision": msgspec.to_builtins(found.decision),
        "history": [msgspec.to_builtins(row.transition) for row in found.history],
        "effects": [
            {"system": e.system, "kind": e.kind, "state": e.state, "done_at": e.done_at, "code": e.code}
            for e in found.effects
        ],
        "holds": [{"kind": hold.kind, "reason": hold.reason} for hold in found.holds],
        "owner": _owner(found),
        "pending": [msgspec.to_builtins(move) for move in found.pending],
        "page": _page_data(found.page),
    }


def _owner(found: Explanation) -> dict[str, object] | None:
    """Who the present pass was given to, and why."""
    from syncd.core.owner_words import name_of, reason

    chosen, names = found.snapshot.assignment, found.snapshot.owner_names
    if chosen is None:
        return None
    return {
        "id": chosen.owner_id,
        "name": name_of(chosen.owner_id, names) if chosen.owner_id else "",
        "step": chosen.step,
        "why": reason(chosen, names),
        "chosen_at": chosen.chosen_at,
    }


def _page_data(page: Page) -> dict[str, object]:
    """The page as plain data, without the made-up facts that were tried."""
    import msgspec

    data: dict[str, object] = msgspec.to_builtins(replace(page, lift=None))
    if page.lift is not None:
        ways = [
            {
                "acts": [
                    {"kind": act.kind, "label": act.label, "count": act.count, "others": list(act.others)}
                    for act in way.acts
                ],
                "reaches": msgspec.to_builtins(way.reaches),
            }
            for way in page.lift.ways
        ]
        data["lift"] = msgspec.to_builtins(replace(page.lift, ways=())) | {"ways": ways}
    return data


def show_explanation(place: Place, found: Explanation) -> None:
    """The page, as wide as the terminal up to 120 columns."""
    from syncd.cli.page import lines

    out = console()
    out.print("\n".join(lines(place.zone, found, width_of(out))), markup=False, soft_wrap=True)


# --- timeline --------------------------------------------------------------------------------------------


def timeline(who: Who, config: ConfigOption = None, json: JsonOption = False) -> int:
    """Everything that happened to one lead, oldest first.

    What was read and what happened, scores, moves and their rules, owners, writes, messages and what sales
    and people decided; also from before its records were merged.
    """
    from syncd.jobs.timeline import timeline as timeline_of

    place = places.open_for_reading(config)
    rows = timeline_of(place.store, place.loaded.playbook, places.one_lead(place, who), place.now)
    if json:
        as_json([{"at": row.at, "what": row.what, "text": row.text, "lead_id": row.lead_id} for row in rows])
        return EXIT_OK
    out = console()
    out.print("\n".join(_told(rows, place.zone, width_of(out))), markup=False, soft_wrap=True)
    return EXIT_OK


def _told(rows: Sequence[Line], zone: str, width: int) -> Iterator[str]:
    """A heading for each day, and below it what happened, the longer lines wrapped beneath themselves; the
    same again within a minute is counted."""
    import textwrap
    from itertools import groupby
    from zoneinfo import ZoneInfo

    shown_day = ""
    local = ((row.at.astimezone(ZoneInfo(zone)), row) for row in rows)
    for (day, minute, what, text), alike in groupby(
        local, lambda item: (f"{item[0]:%Y-%m-%d %a}", f"{item[0]:%H:%M}", item[1].what, item[1].text)
    ):
        if day != shown_day:
            yield f"\n{day}" if shown_day else day
            shown_day = day
        times = sum(1 for _ in alike)
        head = f"  {minute}  {what:<9} "
        said = f"{text} ({times} times)" if times > 1 else text
        yield textwrap.fill(said, width, initial_indent=head, subsequent_indent=" " * len(head))
    yield f"\nTimes are those of {zone}." if shown_day else "Nothing is known yet."


# --- release ---------------------------------------------------------------------------------------------


def release_list(
    top: Annotated[int, typer.Option("--top", help="How many to show.")] = 25,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Who would be SQL on evidence from before go-live, best first."""
    from syncd.jobs.explain import waiting_for_release

    place = places.open_for_reading(config)
    rows = waiting_for_release(place.store, place.now, top)
    if json:
        as_json(
            [
                {"lead_id": row.lead_id, "name": row.name, "points": row.points, "why": row.headline}
                for row in rows
            ]
        )
        return EXIT_OK
    shown = [(row.lead_id, row.name, row.points, row.headline) for row in rows]
    out = console()
    out.print(table([("Lead", "right"), "Name", ("Points", "right"), "Why"], shown))
    if not rows:
        out.print("Nobody waits for release.")
    return EXIT_OK


def release_top(
    count: Annotated[int, typer.Argument(min=1, max=1000, help="How many, from the top of the list.")],
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Hand over the best N of the list."""
    place = places.open_for_reading(config)
    return _release(place, {"top": count}, by, json=json)


def release_lead(
    who: Who, by: PersonOption = "", config: ConfigOption = None, json: JsonOption = False
) -> int:
    """Hand over one lead of the list."""
    place = places.open_for_reading(config)
    lead_id = places.one_lead(place, who)
    return _release(place, {"lead_ids": [lead_id]}, by, json=json)


def _release(place: places.Place, who: dict[str, object], by: str, *, json: bool) -> int:
    person, clock = by or places.person(), places.clock_of(place)
    return ask(place.store, place.loaded.playbook, clock, "release", person, who, json=json)
