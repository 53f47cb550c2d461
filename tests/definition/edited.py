"""The shipped playbook with one passage changed, read again as a whole."""

from __future__ import annotations

import shutil
from pathlib import Path

from syncd.core.playbook import Playbook
from syncd.settings import default_config_dir, load


def edited(folder: Path, file: str, old: str, new: str) -> Playbook:
    """The shipped playbook in which `file` says `new` instead of `old`. Raises Invalid when it is refused."""
    target = folder / "config"
    shutil.copytree(default_config_dir(), target, ignore=shutil.ignore_patterns("examples"))
    place = target / file
    text = place.read_text(encoding="utf-8")
    assert old in text, f"{file} no longer says {old!r}"
    place.write_text(text.replace(old, new), encoding="utf-8")
    return load(target, {}).playbook
