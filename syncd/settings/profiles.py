"""One folder, several installations: which profile is meant, and what it says otherwise than the rest.

A profile repeats keys of connections.yaml; what it says takes their place, block by block, and keeps its own
line for messages. Its secrets have names of their own, so that a token of one is never used for another, and
its store is a folder of its own. A folder with profiles is never used without naming one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from syncd.settings.problems import ENVIRONMENT, Problem, did_you_mean, one_of
from syncd.settings.reading import Document

PROFILE: Final = "SYNCD_PROFILE"
KEY: Final = "profiles"


def choose(document: Document | None, environ: Mapping[str, str]) -> tuple[str, tuple[Problem, ...]]:
    """The profile named by the environment, after putting what it says in place; blank where the folder has
    none. Problems say which there are."""
    wanted = environ.get(PROFILE, "").strip()
    data = None if document is None else document.data
    profiles = data.get(KEY) if isinstance(data, dict) else None
    known = sorted(str(name) for name in profiles) if isinstance(profiles, dict) else []
    if document is None or data is None or not known:
        if wanted and data is not None:
            message = f"there is no profile '{wanted[:60]}': connections.yaml names none"
            return "", (Problem(ENVIRONMENT, 0, wanted[:60], "no --profile", "", message),)
        return "", ()
    if not wanted:
        message = f"this folder has several profiles; say which with --profile NAME or {PROFILE}"
        place = document.line_of(data, KEY)
        return "", (Problem(document.name, place, "", one_of(known), f"--profile {known[0]}", message),)
    if wanted not in known:
        message = f"there is no profile '{wanted[:60]}'{did_you_mean(wanted, known)}"
        return "", (Problem(ENVIRONMENT, 0, wanted[:60], one_of(known), f"--profile {known[0]}", message),)
    said = profiles[wanted] if isinstance(profiles, dict) else None
    if isinstance(said, dict):
        _put(document, data, said)
    return wanted, ()


def _put(document: Document, base: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Put what a profile says in place of what stands in `base`, with its lines."""
    for name, value in said.items():
        if name == KEY:
            continue  # refused where it stands
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            _put(document, base[name], value)
            continue
        base[name] = value
        document.lines.setdefault(id(base), {})[name] = document.line_of(said, name)


def named(variable: str, profile: str) -> str:
    """What an environment variable is called for a profile: `SYNCD_PRODUCTION_HUBSPOT_ACCESS_TOKEN`."""
    return f"SYNCD_{profile.upper()}_{variable.removeprefix('SYNCD_')}" if profile else variable


def state_of(folder: Path, profile: str) -> Path:
    """Where a profile keeps its store, in a folder that several may share."""
    return folder / profile if profile else folder
