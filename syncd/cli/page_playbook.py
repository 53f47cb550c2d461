"""The playbook's part of a plan as a page: what differs, who moves, what sales would notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncd.cli.show import width_of
from syncd.core.plain import counted

if TYPE_CHECKING:
    from rich.console import Console

LINES_MAX = 12
"""Differences shown of a kind; with --json all of them are."""


def show(section: Mapping[str, Any], out: Console) -> None:
    """Print the section, readable from 60 to 120 columns."""
    out.print("\n".join(_lines(section, width_of(out))), markup=False, soft_wrap=True)


def _lines(data: Mapping[str, Any], width: int) -> Iterator[str]:
    from syncd.cli.page import wrap

    yield from wrap(
        f"Version {data['version']} of the playbook would take the place of {data['in_force']}", width=width
    )
    if data["trouble"]:
        yield from wrap(_sentence(str(data["trouble"])), 2, width=width)
    for title, told in (("Judged otherwise", _told(data["changes"])), ("Written otherwise", data["writes"])):
        if told:
            yield ""
            yield title
        for line in told[:LINES_MAX]:
            yield from wrap(f"- {line}", 2, 4, width=width)
        if len(told) > LINES_MAX:
            yield f"  - and {len(told) - LINES_MAX} more: --json lists all"
    yield ""
    yield "Leads"
    for line in _moves(data["leads"]):
        yield from wrap(line, 2, 6 if line.startswith("  ") else 4, width=width)
    yield ""
    yield "New leads"
    for line in _ready(data["new_leads"]):
        yield from wrap(line, 2, 4, width=width)


def _told(changes: Sequence[Mapping[str, str]]) -> list[str]:
    """Each change in one line."""
    found = []
    for item in changes:
        words = {
            "new": f"new: {item['after']}",
            "gone": f"no longer: {item['before']}",
            "other": f"{item['after']} (was: {item['before']})",
        }
        found.append(f"{item['section']}: {item['brief'] or words[item['kind']]}")
    return found


def _moves(found: Mapping[str, Any]) -> Iterator[str]:
    if found["sampled"]:
        yield (
            f"{found['looked_at']:,} looked at; {found['unsettled']:,} of them may stand elsewhere, of which "
            f"an even sample of {found['decided']:,} was decided: {found['moved']:,} would change level."
        )
    else:
        yield f"{counted(found['looked_at'], 'lead')} looked at: {found['moved']:,} would change level."
    for count in found["counts"]:
        names = [
            item["name"]
            for item in found["examples"]
            if (item["before"], item["after"]) == (count["before"], count["after"])
        ]
        more = count["leads"] - len(names)
        told = ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
        yield f"- {count['leads']:,} from {count['before']} to {count['after']}: {told}"
    yield (
        f"At once {found['more_handoffs']:,} more to hand to sales, {found['fewer_handoffs']:,} fewer."
        if found["more_handoffs"] or found["fewer_handoffs"]
        else "Nobody more or fewer to hand to sales at once."
    )


def _ready(found: Mapping[str, Any]) -> Iterator[str]:
    if not found["leads"]:
        yield f"Nobody is new in the last {found['days']} days."
        return
    now = (
        "" if found["percent_now"] is None else f", against {found['percent_now']:g} % under the one in force"
    )
    sample = "" if found["looked_at"] == found["leads"] else f" (of {found['looked_at']:,} tried)"
    yield (
        f"Of {counted(found['leads'], 'lead')} of the last {found['days']} days {found['percent']:g} % would "
        f"have become SQL{sample}{now}."
    )
    if found["warning"]:
        yield f"WARNING: {_sentence(found['warning'])}"


def warned(found: Mapping[str, Any], width: int) -> list[str]:
    """The share of new leads with its warning, as a paragraph."""
    from syncd.cli.page import wrap

    return [line for text in _ready(found) for line in wrap(text, 0, 2, width=width)]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
