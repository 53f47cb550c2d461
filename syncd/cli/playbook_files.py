"""Puts the files of a version back into the folder, and keeps what they replace beside them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from syncd.cli.show import EXIT_PROBLEMS, Fault


def put_back(folder: Path, sources: Mapping[str, str]) -> list[Path]:
    """Write the files of a version into the folder. Each file that differs is kept beside it; returns where.

    A file is written whole under another name and then takes its place, so that a reader sees the old one or
    the new one. A playbook file that the version did without is put aside.
    """
    from syncd.settings.loading import INSTALLATION, SHAPES

    kept: list[Path] = []
    try:
        for name in SHAPES:
            path, text = folder / name, sources.get(name)
            if name in INSTALLATION or _text(path) == text:
                continue
            if path.exists():
                kept.append(_copied(path))
            if text is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, text)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Fault(
            f"not all files could be put into {folder} ({reason}). Nothing else is undone by that: what the "
            "folder says now waits until it is applied. Put the rest back from your own copy",
            EXIT_PROBLEMS,
        ) from error
    return kept


def require_writable(folder: Path) -> None:
    """Raise Fault where files cannot be put into the folder: to be asked before anything is done."""
    from syncd.settings import default_config_dir

    if folder.absolute() == default_config_dir().absolute():
        raise Fault(
            "the folder is the shipped playbook, which is not yours to change: `syncd init` makes your own",
            EXIT_PROBLEMS,
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Fault(
            f"files cannot be put into {folder}: give yourself the right to write there, or say it without "
            "--write",
            EXIT_PROBLEMS,
        )


def _text(path: Path) -> str | None:
    """What a file holds as settings read it; None where it is not there."""
    with suppress(FileNotFoundError, UnicodeDecodeError):
        return path.read_bytes().decode("utf-8-sig")
    return None


def _copied(path: Path) -> Path:
    """A copy of the file beside it, under the first free name: `levels.yaml.bak`, `levels.yaml.bak2`."""
    number = 1
    while (copy := path.with_name(f"{path.name}.bak{number if number > 1 else ''}")).exists():
        number += 1
    shutil.copy2(path, copy)
    return copy


def _write(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(text.encode())
    Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    Path(name).replace(path)
