"""The definition in words, and what changed in it: criteria."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption
from syncd.cli.show import EXIT_OK, Fault, as_json, console, day
from syncd.core.plain import counted

if TYPE_CHECKING:
    from datetime import datetime

    from syncd.cli.place import Place
    from syncd.core.playbook import Playbook
    from syncd.core.told import Section, Sentence
    from syncd.jobs.criteria import Comparison

WIDTH_MAX = 100
VALUES_MAX = 8
MOVED_MAX = 25
SIGN = (
    "Agreed by",
    "Marketing ____________________  Sales ____________________  Date ___________",
)


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("criteria")(criteria)


def criteria(
    since: Annotated[
        str | None, typer.Option("--since", help="Changes since a version or a folder of YAML files.")
    ] = None,
    changes: Annotated[bool, typer.Option("--changes", help="Changes since the version before.")] = False,
    playbook: Annotated[
        Path | None, typer.Option("--playbook", help="The definition in this folder instead.")
    ] = None,
    leads: Annotated[
        bool, typer.Option("--leads/--no-leads", help="With changes: try out whom they would move.")
    ] = True,
    markdown: Annotated[bool, typer.Option("--markdown", help="Answer as Markdown.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """What MQL and SQL mean here, in sentences both teams can sign."""
    from syncd.cli.plan_playbook import said_waiting, waits
    from syncd.core.sentences import sentences

    if since is not None or changes:
        return _changes(since, playbook, config, leads=leads, markdown=markdown, json=json)
    place = None if playbook else places.open_own(config)
    told = _told_by(place, playbook, config)
    sections = sentences(told, None if json else VALUES_MAX)
    if json:
        waiting = waits(place) if place else None
        shown = [_data(section) for section in sections]
        as_json({"version": told.version, "waiting": waiting, "sections": shown})
        return EXIT_OK
    said = said_waiting(place) if place else ""
    if markdown:
        console().print("\n".join(_markdown(told, sections, said)), markup=False, soft_wrap=True)
    else:
        console().print("\n".join(_plain(told, sections, said)), markup=False)
    return EXIT_OK


def _told_by(place: Place | None, playbook: Path | None, config: Path | None) -> Playbook:
    """The definition asked for: a folder's, else the one in force, else this folder's."""
    if playbook is not None:
        return places.load_playbook(playbook)
    return places.load(config).playbook if place is None else place.loaded.playbook


def _data(section: Section) -> dict[str, object]:
    return {
        "title": section.title,
        "intro": section.intro,
        "sentences": [_sentence_data(item) for item in section.sentences],
    }


def _sentence_data(item: Sentence) -> dict[str, object]:
    return {"text": item.text, "parts": [_sentence_data(part) for part in item.parts]}


# --- the definition --------------------------------------------------------------------------------------


def _width() -> int:
    return min(max(console().width, 60), WIDTH_MAX)


def _plain(told: Playbook, sections: Sequence[Section], waiting: str = "") -> Iterator[str]:
    from syncd.cli.page import wrap

    width = _width()
    yield f"Our definition of MQL and SQL, version {told.version}"
    if waiting:
        yield from wrap(waiting, width=width)
    for section in sections:
        yield ""
        yield section.title.upper()
        if section.intro:
            yield from wrap(section.intro, width=width)
        for item in section.sentences:
            yield from _bullets(item, 0, width)
    yield ""
    yield SIGN[0]
    yield from wrap(SIGN[1], width=width)


def _bullets(item: Sentence, depth: int, width: int) -> Iterator[str]:
    from syncd.cli.page import wrap

    yield from wrap(f"- {item.text}", 2 * depth, 2 * depth + 2, width=width)
    for part in item.parts:
        yield from _bullets(part, depth + 1, width)


def _markdown(told: Playbook, sections: Sequence[Section], waiting: str = "") -> Iterator[str]:
    yield "# Our definition of MQL and SQL"
    yield ""
    yield f"Version {told.version}."
    if waiting:
        yield ""
        yield waiting
    for section in sections:
        yield ""
        yield f"## {section.title}"
        yield ""
        if section.intro:
            yield section.intro
            yield ""
        for item in section.sentences:
            yield from _points(item, 0)
    yield ""
    yield f"**{SIGN[0]}:** {SIGN[1]}"


def _points(item: Sentence, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- {item.text}"
    for part in item.parts:
        yield from _points(part, depth + 1)


# --- changes ---------------------------------------------------------------------------------------------


def _changes(
    since: str | None,
    playbook: Path | None,
    config: Path | None,
    *,
    leads: bool,
    markdown: bool,
    json: bool,
) -> int:
    from syncd.jobs.criteria import compare

    place = places.open_for_reading(config)
    after = places.load_playbook(playbook) if playbook else place.folder.playbook
    before = _before(place, since, after)
    found = compare(place.store, before, after, place.now, with_leads=leads)
    if json:
        as_json(_comparison_data(found))
    else:
        shown = _changed_markdown(found, place.zone) if markdown else _changed(found, place.zone)
        console().print("\n".join(shown), markup=False, soft_wrap=markdown)
    return EXIT_OK


def _before(place: Place, since: str | None, after: Playbook) -> Playbook:
    """The version asked for: a folder, a stored version, or the newest stored one that is another."""
    from syncd.core.recalled import Unreadable
    from syncd.jobs.criteria import playbook_of, stored_versions

    if since is not None and Path(since).is_dir():
        return places.load_playbook(Path(since))
    if since is None and place.chosen.waiting is not None and after is place.folder.playbook:
        return place.loaded.playbook
    rows = stored_versions(place.store)
    if since is None:
        others = [row for row in rows if row.version != after.version]
        if not others:
            raise Fault("this store has seen one version only: name a folder with --since DIR", 1)
        row = others[0]
    else:
        matching = [row for row in rows if row.version.startswith(since)]
        if len(matching) != 1:
            known = ", ".join(f"{row.version} ({day(row.first_seen_at, place.zone)})" for row in rows)
            raise Fault(f"'{since}' is neither a folder nor a version this store has seen: {known or 'none'}")
        row = matching[0]
    try:
        return playbook_of(row)
    except Unreadable as why:
        raise Fault(f"version {row.version} cannot be read any more: {why}", 1) from None


def _comparison_data(found: Comparison) -> dict[str, object]:
    impact = found.impact
    return {
        "before": {"version": found.before.version, "first_seen_at": found.before_at},
        "after": {"version": found.after.version, "first_seen_at": found.after_at},
        "changes": [
            {"kind": item.kind, "section": item.section, "before": item.before, "after": item.after}
            for item in found.changes
        ],
        "leads": None
        if impact is None
        else {
            "looked_at": impact.looked_at,
            "of": impact.of,
            "sampled": impact.is_sampled,
            "counts": [
                {"before": before, "after": after, "leads": count}
                for (before, after), count in impact.counts().items()
            ],
            "moved": [
                {"lead_id": item.lead_id, "name": item.name, "before": item.before, "after": item.after}
                for item in impact.moved
            ],
        },
    }


def _dated(version: str, at: datetime | None, zone: str) -> str:
    return f"{version} ({f'in force since {day(at, zone)}' if at else 'not in force'})"


def _changed(found: Comparison, zone: str) -> Iterator[str]:
    from syncd.cli.page import wrap

    width = _width()
    before, after = (
        _dated(found.before.version, found.before_at, zone),
        _dated(found.after.version, found.after_at, zone),
    )
    yield from wrap(f"What changed from {before} to {after}", width=width)
    section = ""
    for item in found.changes:
        if item.section != section:
            section = item.section
            yield ""
            yield section.upper()
        for word, text in _words_of(item.kind, item.brief, item.before, item.after):
            yield from wrap(f"{word:<5}{text}", 0, 5, width=width)
    if not found.changes:
        yield "Nothing that decides who is qualified, and nothing of what follows."
    yield ""
    for line in _impact(found):
        yield from wrap(line, 2 if line.startswith("- ") else 0, 4, width=width)


def _words_of(kind: str, brief: str, before: str, after: str) -> list[tuple[str, str]]:
    if brief:
        return [("now", brief)]
    if kind == "new":
        return [("new", after)]
    if kind == "gone":
        return [("gone", before)]
    return [("was", before), ("now", after)]


def _changed_markdown(found: Comparison, zone: str) -> Iterator[str]:
    before = _dated(found.before.version, found.before_at, zone)
    yield f"# What changed from {before} to {_dated(found.after.version, found.after_at, zone)}"
    section = ""
    for item in found.changes:
        if item.section != section:
            section = item.section
            yield f"\n## {section}\n"
        for word, text in _words_of(item.kind, item.brief, item.before, item.after):
            yield f"- **{word}** {text}"
    yield "\n## Leads\n"
    yield from _impact(found)


def _impact(found: Comparison) -> Iterator[str]:
    impact = found.impact
    if impact is None:
        return
    looked = (
        f"{impact.looked_at:,} of {counted(impact.of, 'lead')} (an even sample)"
        if impact.is_sampled
        else counted(impact.of, "lead")
    )
    yield f"Tried on {looked} as they stand now: {len(impact.moved):,} would change level."
    for (before, after), count in impact.counts().items():
        yield f"- {count:,} from {before} to {after}"
    for item in impact.moved[:MOVED_MAX]:
        yield f"- {item.name}: {item.before} -> {item.after}"
    more = len(impact.moved) - MOVED_MAX
    if more > 0:
        yield f"- ... and {more:,} more: with --json they are all listed"
