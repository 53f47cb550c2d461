"""The clock of first contact: sla show, correct, take-back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperGroup

from syncd.cli import place as places
from syncd.cli.overrides import asked
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import EXIT_OK, Fault, as_json, console, when, width_of

if TYPE_CHECKING:
    from syncd.cli.place import Place
    from syncd.jobs.sla import Told

Who = Annotated[str, typer.Argument(help="E-mail, HubSpot id, Salesforce id or name.")]
What = Literal["contact", "attempt"]


class _ShowUnlessNamed(TyperGroup):
    """`syncd sla WHO` means `syncd sla show WHO`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["show", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(help="How soon sales was in touch.", cls=_ShowUnlessNamed, no_args_is_help=True)
    group.command("show")(show)
    group.command("correct")(correct)
    group.command("take-back")(take_back)
    app.add_typer(group, name="sla")


def show(who: Who, config: ConfigOption = None, json: JsonOption = False) -> int:
    """What is due, who had it, and what counts as a touch.

    `show` may be left out: syncd sla WHO.
    """
    from syncd.jobs import sla

    place = places.open_for_reading(config)
    told = sla.of_lead(place.store, place.loaded.playbook, places.one_lead(place, who), place.now)
    if json:
        as_json([sla.clock_data(told, clock) for clock in told.clocks])
    else:
        _tell(place, told)
    return EXIT_OK


def _tell(place: Place, told: Told) -> None:
    from syncd.cli.page import wrap
    from syncd.core.sla import words
    from syncd.jobs.sla import dated

    out = console()
    if not told.clocks:
        out.print(f"{told.name} was never handed to sales by us: no clock runs.", markup=False)
    for clock in told.clocks:
        again = " (taken up again)" if clock.span.number else ""
        again += " (started anew)" if clock.span.again else ""
        head = f"{told.name}, pass {clock.span.pass_number}{again}: {words.verdict(clock)}"
        out.print("\n".join(wrap(head, 0, 2, width=width_of(out))), markup=False, style="bold")
        for at, text in dated(clock, told.names):
            line = wrap(f"{when(at, place.zone)}  {text}", 2, 28, width=width_of(out))
            out.print("\n".join(line), markup=False, soft_wrap=True)


def correct(
    who: Who,
    why: Annotated[str, typer.Option("--why", help="Why: kept with your name.")],
    touched_at: Annotated[
        str | None, typer.Option("--touched-at", help="When sales first was in touch: 2026-09-07T14:30.")
    ] = None,
    untouched_at: Annotated[
        str | None, typer.Option("--untouched-at", help="What is recorded up to then was no touch.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--as", help="contact (both spoke) or attempt (sales tried).")
    ] = "contact",
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Say when sales first was in touch, where the record is wrong.

    Your word stands above what was recorded up to then; `take-back` gives the record its word again.
    """
    if not why.strip():
        raise Fault('say why: --why "rang from her own phone"')
    if (touched_at is None) == (untouched_at is None):
        raise Fault("say one of --touched-at and --untouched-at")
    if kind not in ("contact", "attempt"):
        raise Fault(f"--as is contact or attempt, not '{kind}'")
    place = places.open_for_reading(config)
    at = _moment(touched_at or untouched_at or "", place.zone)
    if at > place.now:
        raise Fault(f"{at:%Y-%m-%d %H:%M} is still to come: a touch is over")
    arguments: dict[str, object] = {
        "lead_id": places.one_lead(place, who),
        "at": at.isoformat(),
        "says": "none" if touched_at is None else kind,
        "why": why.strip(),
    }
    return asked(place, "sla_correct", by, arguments, json=json)


def take_back(who: Who, by: PersonOption = "", config: ConfigOption = None, json: JsonOption = False) -> int:
    """Take the last correction back."""
    place = places.open_for_reading(config)
    return asked(place, "sla_take_back", by, {"lead_id": places.one_lead(place, who)}, json=json)


def _moment(text: str, zone: str) -> datetime:
    """A moment; of the configured zone where it names none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Fault(f"'{text}' is not a moment: write 2026-09-07T14:30") from None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
