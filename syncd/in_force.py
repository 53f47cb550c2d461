"""Settings meet the store: is the folder's playbook in force, or the one the store keeps?

The installation's own file and the environment always act at once; the playbook's files act once a person has
applied what they say. What is in force is built from its kept files through the same checks as a folder's, so
that it outlives an edit, another folder and another release with other defaults.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.recalled import Unreadable, recalled
from syncd.jobs.in_force import Chosen, Version
from syncd.logs import structlog
from syncd.ports import Finding, Level
from syncd.settings.problems import Invalid
from syncd.store import versions, work
from syncd.store.versions import FIRST, OBSERVING, REBUILT

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.jobs.parts import Parts
    from syncd.settings.loading import Loaded, Stamp
    from syncd.store.engine import Store

TROUBLE_MAX = 3
"""Problems of a version that can no longer be built which are told; the first ones say enough."""

_log = structlog.get_logger("syncd.playbook")


def version_of(loaded: Loaded) -> Version:
    """The playbook of a folder, whole."""
    return Version(loaded.playbook, loaded.normalised, loaded.sources)


def choose(folder: Loaded, store: Store) -> tuple[Loaded, Chosen]:
    """The settings to work by, with the playbook in force, and what waits in the folder. Reads only."""
    with store.read() as tx:
        term, is_live = versions.in_force(tx), work.baseline(tx).go_live_at is not None
        kept = {} if term is None else versions.sources_of(tx, term.version)
    own = version_of(folder)
    if term is None:
        return folder, Chosen(own, FIRST)
    if not is_live or term.version == own.id:
        return folder, Chosen(own, OBSERVING, term.version)
    try:
        ours = folder.under(kept)
    except Invalid as why:
        return _unbuilt(folder, store, term.version, why)
    if ours.playbook.version == own.id:
        return folder, Chosen(own, REBUILT, term.version)
    return ours, Chosen(version_of(ours), REBUILT, term.version, own)


def without_folder(
    config_dir: Path, environ: Mapping[str, str], store: Store
) -> tuple[Loaded, Chosen] | None:
    """The settings to work by where the playbook's files in the folder are not valid: those of the playbook
    in force. None where no playbook is, or its files are not kept or no longer valid themselves."""
    from syncd.settings.loading import load_files  # noqa: PLC0415 - only where the folder is not valid

    with store.read() as tx:
        term = versions.in_force(tx)
        kept = {} if term is None else versions.sources_of(tx, term.version)
    if term is None or not kept:
        return None
    try:
        ours = load_files(config_dir, environ, kept)
    except Invalid:
        return None
    return ours, Chosen(version_of(ours), REBUILT, term.version)


def build(folder: Loaded, store: Store, version: str) -> Loaded:
    """A kept version, built by this release beside the folder's installation. Raises Invalid."""
    with store.read() as tx:
        sources = versions.sources_of(tx, version)
    return folder.under(sources)


def _unbuilt(folder: Loaded, store: Store, version: str, why: Invalid) -> tuple[Loaded, Chosen]:
    """The version in force cannot be built any more: what it meant is still told, nothing is done by it."""
    own = version_of(folder)
    with store.read() as tx:
        row = versions.content_of(tx, version)
    works, meant = folder, own
    if row is not None:
        try:
            playbook = recalled(row.content, row.version, row.evaluation_version, row.delivery_version)
        except (Unreadable, ValueError, TypeError):
            pass  # then the folder's stands for it wherever somebody only looks
        else:
            works = replace(folder, playbook=playbook, normalised=dict(row.content))
            meant = Version(playbook, row.content, {})
    return works, Chosen(meant, REBUILT, version, own, trouble_of(version, own.id, why))


def trouble_of(version: str, waiting: str, why: Invalid) -> str:
    """What a person must know: which version, what is wrong with its files, and what to do."""
    said = [f"{item.file}: {item.message}" for item in why.problems[:TROUBLE_MAX]]
    more = len(why.problems) - len(said)
    told = "; ".join(said) + (f"; and {more} more" if more else "")
    return (
        f"version {version} of the playbook is in force and cannot be built any more ({told}). Nobody is "
        f"judged and nothing is written until that is settled: look at the folder's version with "
        f"`syncd plan`, then put it in force with `syncd apply {waiting}`"
    )


def lacking(folder: Loaded, parts: Parts, known: Iterable[Finding]) -> tuple[Finding, ...]:
    """What both systems lack for the version that waits and not for the one in force, as warnings: to be made
    before it is applied. Asks both systems, writes nothing."""
    from syncd.jobs.binding import inspect  # noqa: PLC0415 - only `doctor` asks
    from syncd.settings.needs import needs  # noqa: PLC0415

    waiting = parts.chosen.waiting if parts.chosen else None
    if waiting is None:
        return ()
    there = {(item.system, item.code, item.title) for item in known if item.level != Level.OK}
    found = inspect(parts.connectors, needs(waiting.playbook, folder.settings))
    first = f"Before `syncd apply {waiting.id}`: "
    return tuple(
        replace(item, level=Level.WARNING, cure=first + item.cure)
        for item in (*found.problems, *found.unsettled)
        if (item.system, item.code, item.title) not in there
    )


class Watch:
    """Sees whether other parts are needed: somebody edited the folder, or another version is in force."""

    def __init__(self, folder: Loaded, store: Store) -> None:
        self.folder = folder
        self._store = store
        self._stamp: Stamp = folder.stamp

    def is_changed(self, working: str) -> bool:
        """Whether `working`, the version worked by, or what is set in the folder, is no longer so."""
        is_edited = self._look()
        with self._store.read() as tx:
            term = versions.in_force(tx)
        return is_edited or (term is not None and term.version != working)

    def _look(self) -> bool:
        """Read the folder again where its files are others; one that is not valid changes nothing."""
        from syncd.settings.loading import stamp_of  # noqa: PLC0415 - is there by now: it has loaded us

        stamp = stamp_of(self.folder.settings.config_dir)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            found = self.folder.again()
        except Invalid as why:
            _log.warning("folder.not_valid", problems=len(why.problems))
            return False
        missing = found.settings.credential_problems()
        if missing:
            _log.warning("folder.not_valid", problems=len(missing))
            return False
        before, self.folder = self.folder, found
        return found.playbook.version != before.playbook.version or _installed(found) != _installed(before)


def _installed(loaded: Loaded) -> Mapping[str, str]:
    """The files that always act at once."""
    return {name: item.text for name, item in loaded.documents.items() if name not in loaded.sources}
