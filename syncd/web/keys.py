"""The key that signs links: from the environment, else a file in the state folder that is made once.

It is never in the store, so that neither a backup of it nor whoever reads it can make links.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.core.answer_links import key_of
from syncd.store.engine import StoreUnavailable

if TYPE_CHECKING:
    from syncd.settings.model import Settings

KEY_FILE = "link.key"
KEY_CHARS_MIN = 32
"""A shorter one (a file cut short by a full disk) could be guessed."""


def link_key(settings: Settings) -> bytes:
    """The signing key of this installation. Raises StoreUnavailable where it can be neither read nor made."""
    given = settings.web.key if settings.web else None
    if given is not None:
        text = given.get_secret_value()
        if len(text) < KEY_CHARS_MIN:
            raise StoreUnavailable(f"SYNCD_LINK_KEY is too short: use {KEY_CHARS_MIN} random signs or more.")
        return key_of(text)
    path = settings.state_dir / KEY_FILE
    try:
        kept = _kept(path)
    except OSError as error:
        raise StoreUnavailable(
            f"cannot keep the key of links in {path}: {error.strerror}. Set SYNCD_LINK_KEY, or take `web` "
            "out of connections.yaml."
        ) from error
    if len(kept) < KEY_CHARS_MIN:
        raise StoreUnavailable(
            f"{path} holds no key: remove it, and a new one is made; links sent before end."
        )
    return key_of(kept)


def _kept(path: Path) -> str:
    """The key in the file, readable by its owner alone; of two processes that make one, the first has it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        try:
            os.link(fresh, path)  # all at once: nobody reads half a key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
