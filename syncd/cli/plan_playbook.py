"""The playbook's part of `plan` and `apply`: what waits to be in force, whom it would move, and going back.

What is shown is kept, since only what a person was shown can be applied. Files are put back into the folder
only where that is asked for; what they replace stays beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.page_playbook import show, warned
from syncd.cli.playbook_files import put_back, require_writable
from syncd.cli.show import EXIT_OK, EXIT_PROBLEMS, Fault, as_json, complain, console, when

__all__ = ["apply_version", "go_back", "ready_share", "said_waiting", "section", "show", "waits", "warned"]

if TYPE_CHECKING:
    from syncd.cli.place import Place
    from syncd.jobs.impact import Impact, Share
    from syncd.jobs.in_force import Version

Section = Mapping[str, Any]
"""The playbook's part of a plan as plain data, as documented for `syncd plan --json`."""


# --- what waits ------------------------------------------------------------------------------------------


def section(place: Place, by: str = "") -> Section | None:
    """What the folder's version would change of the one in force; None where nothing waits. That it was shown
    is kept, and `apply_version` asks for that."""
    waiting = place.chosen.waiting
    return None if waiting is None else _examine(place, waiting, by)


def waits(place: Place) -> dict[str, object] | None:
    """The version that waits, the one in force, since when, and what comes next; None where nothing waits."""
    from syncd.jobs import in_force
    from syncd.store import versions

    waiting = place.chosen.waiting
    if waiting is None:
        return None
    with place.store.read() as tx:
        since_at = in_force.waiting_since(tx, waiting.id)
        term = versions.in_force(tx)
        is_shown = term is not None and versions.last_shown(tx, waiting.id, term.term_id) is not None
    return {
        "version": waiting.id,
        "since_at": since_at or _edited_at(place),
        "in_force": place.chosen.was,
        "next": f"syncd apply {waiting.id}" if is_shown else "syncd plan",
    }


def said_waiting(place: Place) -> str:
    """The same in a sentence; blank where nothing waits."""
    found = waits(place)
    if found is None:
        return ""
    since = when(found["since_at"], place.zone)  # type: ignore[arg-type]
    after = (
        f"It was shown; put it in force with `{found['next']}`."
        if str(found["next"]).startswith("syncd apply")
        else "See what it would change with `syncd plan`."
    )
    return (
        f"The folder holds another version of the playbook, {found['version']}, since {since}. It is not in "
        f"force: {found['in_force']} is, until a person applies the other. {after}"
    )


def ready_share(place: Place) -> dict[str, Any]:
    """The share of new leads that the playbook in force makes SQL, with a warning where it is out of the band
    that levels.yaml expects."""
    from syncd.jobs.impact import share

    book = place.loaded.playbook
    return _share_data(share(place.store, [book], place.now), place, book.version, "")


def _edited_at(place: Place) -> datetime:
    """When the newest of the folder's files was written: nobody who works has seen it yet."""
    newest_ns = max((item[1] for item in place.folder.stamp if item[0] in place.folder.sources), default=0)
    return min(datetime.fromtimestamp(newest_ns // 1_000_000_000, UTC), place.now)


# --- looking ---------------------------------------------------------------------------------------------


def _examine(place: Place, other: Version, by: str, *, is_back: bool = False) -> Section:
    """Everything that the other version would change, and that somebody was shown it is kept."""
    from syncd.core.changes import changes
    from syncd.core.delivery_changes import written_otherwise
    from syncd.jobs import in_force
    from syncd.jobs.impact import impact, share
    from syncd.store import versions

    works, now = place.chosen.works, place.now
    before, after = works.playbook, other.playbook
    books = [before] if before.version == after.version else [before, after]
    found = impact(place.store, before, after, now)
    ready = _share_data(share(place.store, books, now), place, after.version, before.version)
    with place.store.read() as tx:
        term = versions.in_force(tx)
        since_at = None if is_back else in_force.waiting_since(tx, other.id) or _edited_at(place)
    summary = {"moved": found.moved, "more": found.more, "fewer": found.fewer, "leads": found.of}
    with place.store.write(None) as tx:
        in_force.keep_shown(tx, other, now, by or places.person(), summary)
    return {
        "version": after.version,
        "in_force": place.chosen.was,
        "in_force_since_at": term.began_at if term else None,
        "waiting_since_at": since_at,
        "trouble": place.chosen.trouble,
        "changes": [
            {
                "kind": item.kind,
                "section": item.section,
                "before": item.before,
                "after": item.after,
                "brief": item.brief,
            }
            for item in changes(before, after)
        ],
        "writes": list(written_otherwise(works.content, other.content)),
        "leads": _impact_data(found),
        "new_leads": ready,
    }


def _impact_data(found: Impact) -> dict[str, Any]:
    return {
        "looked_at": found.of,
        "unsettled": found.unsettled,
        "decided": found.decided,
        "sampled": found.is_sampled,
        "moved": found.moved,
        "counts": [
            {"before": before, "after": after, "leads": count}
            for (before, after), count in found.most_first()
        ],
        "examples": [
            {"lead_id": item.lead_id, "name": item.name, "before": item.before, "after": item.after}
            for item in found.examples
        ],
        "more_handoffs": found.more,
        "fewer_handoffs": found.fewer,
    }


def _share_data(found: Share, place: Place, version: str, before: str) -> dict[str, Any]:
    from syncd.jobs.impact import NEW_DAYS

    band = place.folder.files.levels.ready_share
    percent = found.percent(version)
    warning = ""
    if found.of >= band.from_leads and not band.low_percent <= percent <= band.high_percent:
        far = "more" if percent > band.high_percent else "fewer"
        warning = (
            f"{percent:.1f} % of new leads would be SQL, {far} than the "
            f"{band.low_percent:g} to {band.high_percent:g} % one expects (levels.yaml, ready_share): "
            + ("sales may drown, or stop trusting what it gets" if far == "more" else "sales may run dry")
        )
    return {
        "days": NEW_DAYS,
        "leads": found.of,
        "looked_at": found.looked_at,
        "percent": round(percent, 1),
        "percent_now": round(found.percent(before), 1) if before else None,
        "warning": warning,
    }


# --- applying --------------------------------------------------------------------------------------------


def apply_version(place: Place, version: str, by: str, json: bool) -> int:
    """Put the folder's version in force, as it was shown. Refused where the folder has changed since."""
    waiting, named = place.chosen.waiting, version.strip().casefold()
    if waiting is None or waiting.id != named:
        raise Fault(_not_this(place, named), EXIT_PROBLEMS)
    return _ask(place, waiting.id, by, is_back=False, json=json)


def _not_this(place: Place, version: str) -> str:
    """Why this is not the version that may be applied now."""
    from syncd.jobs.in_force import said_of
    from syncd.store import versions, work

    with place.store.read() as tx:
        term, is_live = versions.in_force(tx), work.baseline(tx).go_live_at is not None
        is_known = any(row.version == version for row in versions.all_versions(tx))
    if not is_live:
        return (
            "nothing is to be applied: until `syncd go-live` the profile observes, and the folder's playbook "
            f"({place.folder.playbook.version}) is in force at once"
        )
    if term is not None and term.version == version:
        return f"version {version} is in force already, {said_of(term)}"
    holds = f"the folder holds version {place.folder.playbook.version}"
    if is_known:
        return (
            f"{holds}, not {version}: it was changed since that was shown. Look at what it holds with "
            "`syncd plan`; for the version before the one in force there is `syncd apply --back`"
        )
    return f"{holds}, and nobody was shown version {version}: look first with `syncd plan`"


def _ask(place: Place, version: str, by: str, *, is_back: bool, json: bool) -> int:
    arguments = {"version": version, "against": place.chosen.was, "back": is_back}
    person, clock = by or places.person(), places.clock_of(place)
    return ask(place.store, place.loaded.playbook, clock, "apply_playbook", person, arguments, json=json)


# --- going back ------------------------------------------------------------------------------------------


def go_back(place: Place, by: str, yes: bool, write: bool, json: bool) -> int:
    """Put the version before in force again, after showing whom that moves; with `write` its files too."""
    from syncd import in_force
    from syncd.settings import Invalid
    from syncd.store import versions, work

    with place.store.read() as tx:
        term, is_live = versions.in_force(tx), work.baseline(tx).go_live_at is not None
        before = versions.term_before(tx, term) if term else None
        sources = versions.sources_of(tx, before.version) if before else {}
    if write:
        require_writable(place.folder.settings.config_dir)
    if term is None or before is None:
        raise Fault("there is no version to go back to: the one in force is the first", EXIT_PROBLEMS)
    if not is_live:
        return _only_files(place, before.version, sources, write=write, json=json)
    try:
        other = in_force.version_of(in_force.build(place.folder, place.store, before.version))
    except Invalid as why:
        said = "; ".join(f"{item.file}: {item.message}" for item in why.problems[: in_force.TROUBLE_MAX])
        raise Fault(
            f"version {before.version} cannot be built by this release any more ({said}). Put its files into "
            "the folder yourself, mend them, then `syncd plan`",
            EXIT_PROBLEMS,
        ) from None
    found = _examine(place, other, by, is_back=True)
    if not json:
        show(found, console())
    if not yes and not json:
        typer.confirm(f"Put version {other.id} in force again?", abort=True)
    code = _ask(place, other.id, by, is_back=True, json=json)
    if code == EXIT_OK and write:
        _say_written(put_back(place.folder.settings.config_dir, sources), json=json)
    elif code == EXIT_OK and not json:
        console().print(
            "The folder stays as it is, and its version waits. To put the files back as well: --write"
        )
    return code


def _only_files(place: Place, version: str, sources: Mapping[str, str], *, write: bool, json: bool) -> int:
    """Before go-live the folder decides: going back is putting its files back."""
    if not write:
        raise Fault(
            "the profile observes: the folder's playbook is in force at once, so that going back is putting "
            f"the files of version {version} back. `syncd apply --back --write` does that",
            EXIT_PROBLEMS,
        )
    replaced = put_back(place.folder.settings.config_dir, sources)
    if json:
        as_json({"result": "done", "message": f"the folder holds version {version} again"})
    _say_written(replaced, json=json)
    return EXIT_OK


def _say_written(replaced: list[Path], *, json: bool) -> None:
    """On standard error with --json: standard output is the answer's alone."""
    names = ", ".join(path.name for path in replaced)
    said = (
        f"The folder's files are back; what they replaced is kept as {names}."
        if names
        else ("The folder held these files already.")
    )
    if json:
        complain(said)
    else:
        console().print(said, markup=False)
