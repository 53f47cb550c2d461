"""Settings and playbook from YAML and the environment: either valid as a whole, or every problem at once.

`load` gives frozen values and never half of them; `check` gives the problems, `examine` also what a valid
playbook will not do though it seems to say so. Secrets come from the
environment or files only. Parsing and validation are imported when they are needed, so that a command that
only prints its help stays light.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.settings.folder import default_config_dir, init, json_schemas, variants
from syncd.settings.model import Settings
from syncd.settings.problems import Invalid, Problem

if TYPE_CHECKING:
    from syncd.settings.loading import Loaded

__all__ = [
    "Invalid",
    "Problem",
    "Settings",
    "check",
    "default_config_dir",
    "examine",
    "init",
    "json_schemas",
    "load",
    "variants",
]


def load(config_dir: Path, environ: Mapping[str, str]) -> Loaded:
    """Settings, playbook and the playbook's normalised form. Raises Invalid with every problem found."""
    from syncd.settings.loading import load_files  # noqa: PLC0415 - pydantic and ruamel only when needed

    return load_files(config_dir, environ)


def check(config_dir: Path, environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """Every problem of the folder and the environment; empty when all is well."""
    try:
        load(config_dir, environ)
    except Invalid as invalid:
        return invalid.problems
    return ()


def examine(config_dir: Path, environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """Every problem, and for a valid folder what an analyst would say: examples that fail, rules that never
    fire, numbers out of reach. Only problems of level `error` stand in the way."""
    try:
        loaded = load(config_dir, environ)
    except Invalid as invalid:
        return invalid.problems
    from syncd.settings.analysis import analyse  # noqa: PLC0415 - the whole core, only to validate

    return analyse(loaded)
