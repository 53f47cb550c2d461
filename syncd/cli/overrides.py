"""Setting something aside for one lead, with a name, a reason and an end: override set, end, list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import EXIT_OK, EXIT_PERSON, EXIT_USAGE, Fault, as_json, console, table, when

if TYPE_CHECKING:
    from syncd.cli.place import Place
    from syncd.core.playbook import Playbook
    from syncd.ports import Clock

LEASE_TTL_S = 60.0

Who = Annotated[str, typer.Argument(help="E-mail, HubSpot id, Salesforce id or name.")]
What = Annotated[str, typer.Argument(help="A filter's id, icp, a need's id or machine_clicks.")]


class _SetUnlessNamed(TyperGroup):
    """`syncd override WHO ID` means `syncd override set WHO ID`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["set", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(
        help="Set a filter, gate or need aside for one lead.", cls=_SetUnlessNamed, no_args_is_help=True
    )
    group.command("set")(set_aside)
    group.command("end")(end)
    group.command("list")(listed)
    app.add_typer(group, name="override")


def set_aside(
    who: Who,
    what: What,
    why: Annotated[str, typer.Option("--why", help="Why: kept with your name.")],
    until: Annotated[str | None, typer.Option("--until", help="Last day, 2026-12-31; else for good.")] = None,
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Say that something does not count for one lead.

    `set` may be left out: syncd override WHO ID --why TEXT. The lead is judged again at once.
    """
    if not why.strip():
        raise Fault('say why: --why "met them at the fair, they buy for the whole group"')
    place = places.open_for_reading(config)
    lead_id = places.one_lead(place, who)
    arguments: dict[str, object] = {
        "lead_id": lead_id,
        "id": _known(what, place.loaded.playbook),
        "why": why.strip(),
        "until_at": None if until is None else _end_of(until).isoformat(),
    }
    return asked(place, "override", by, arguments, json=json)


def end(
    who: Who, what: What, by: PersonOption = "", config: ConfigOption = None, json: JsonOption = False
) -> int:
    """Let it count again."""
    place = places.open_for_reading(config)
    lead_id = places.one_lead(place, who)
    return asked(place, "override_end", by, {"lead_id": lead_id, "id": what}, json=json)


def listed(who: Who, config: ConfigOption = None, json: JsonOption = False) -> int:
    """What is set aside for one lead: who said so, why, until when."""
    from syncd.core.why_not import overridable
    from syncd.jobs.explain import waivers_of

    place = places.open_for_reading(config)
    lead_id = places.one_lead(place, who)
    found = waivers_of(place.store, lead_id, place.now)
    if json:
        as_json(
            [
                {
                    "id": item.id,
                    "by": item.by,
                    "why": item.why,
                    "at": item.at,
                    "until_at": item.until_at,
                    "in_force": item.until_at is None or place.now < item.until_at,
                }
                for item in found
            ]
        )
        return EXIT_OK
    labels = overridable(place.loaded.playbook)
    rows = [
        (
            labels.get(item.id, item.id),
            item.by,
            when(item.at, place.zone),
            when(item.until_at, place.zone) if item.until_at else "for good",
            item.why,
        )
        for item in found
    ]
    out = console()
    if rows:
        out.print(table(["Set aside", "By", "Since", "Until", "Why"], rows))
    else:
        out.print("Nothing is set aside for this lead.")
    return EXIT_OK


def _known(what: str, playbook: Playbook) -> str:
    """The id, when a person may set it aside. Raises Fault, before anything is stored."""
    from syncd.core.why_not import refusal

    why = refusal(what, playbook)
    if why:
        is_filter = any(item.id == what for item in playbook.filters)
        raise Fault(why, EXIT_PERSON if is_filter else EXIT_USAGE)
    return what


def _end_of(text: str) -> datetime:
    """The end of that day in UTC, or the moment."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Fault(f"'{text}' is not a date: write 2026-12-31") from None
    if len(text) <= len("2026-12-31"):
        found += timedelta(days=1)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def asked(place: Place, verb: str, by: str, arguments: dict[str, object], *, json: bool) -> int:
    """The request, executed, and the lead judged again: by the daemon where one works, else here."""
    clock = places.clock_of(place)
    code = ask(place.store, place.loaded.playbook, clock, verb, by or places.person(), arguments, json=json)
    if code == EXIT_OK and _judge_again(place, clock) and not json:
        from syncd.jobs.explain import headline_of

        lead_id = arguments["lead_id"]
        assert isinstance(lead_id, int), "a lead is named by its number"
        console().print(f"Now: {headline_of(place.store, lead_id)}", markup=False)
    return code


def _judge_again(place: Place, clock: Clock) -> bool:
    """Evaluate what is dirty; False while a daemon holds the store, which does so itself within a second."""
    from syncd.jobs.evaluate import evaluate
    from syncd.store import lease

    token = lease.take(place.store, lease.owner_name(), LEASE_TTL_S)
    if token is None:
        return False
    try:
        evaluate(place.store, token, place.loaded.playbook, clock, pass_max=0)
    finally:
        token.release()
    return True
