"""Reads the environment: every name may also be given as NAME_FILE, the path of a file that holds the value.

Secrets come from here only. A name given both ways, a file that cannot be read, is empty, or
that everybody on the machine may read is a problem with a cure. No value is ever part of a message.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from syncd.settings.problems import ENVIRONMENT, Problem
from syncd.settings.profiles import named

VALUE_BYTES_MAX: Final = 64 * 1024

SECRETS: Final = frozenset(
    {
        "HUBSPOT_ACCESS_TOKEN",
        "HUBSPOT_CLIENT_SECRET",
        "SALESFORCE_CLIENT_ID",
        "SALESFORCE_CLIENT_SECRET",
        "SYNCD_DATABASE_URL",
        "SYNCD_LINK_KEY",
        "SYNCD_WEB_TOKEN",
    }
)
PLAIN: Final = frozenset(
    {"SALESFORCE_USERNAME", "SALESFORCE_LOGIN_URL", "HUBSPOT_BASE_URL", "SYNCD_STATE_DIR"}
)
_WRITABLE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
"""A file nobody may write is a mounted secret: Docker gives it mode 0444 in a container of its own."""

PRIVATE_KEY: Final = "SALESFORCE_PRIVATE_KEY_FILE"


class Environment:
    """The variables as given, and the problems met while reading them."""

    def __init__(self, environ: Mapping[str, str], profile: str = "") -> None:
        """With a profile, every name of the contract is that profile's own."""
        self._environ = environ
        self._profile = profile
        self.problems: list[Problem] = []

    def value(self, name: str) -> str | None:
        """The value of NAME or the content of NAME_FILE; None where neither is set or a problem was noted."""
        assert name in SECRETS or name in PLAIN, f"{name} is not part of the contract"
        return self._either(self.named(name), is_secret=name in SECRETS)

    def named(self, name: str) -> str:
        """What a name of the contract is called here."""
        return named(name, self._profile)

    def secret_named(self, name: str) -> str | None:
        """The same for a name that connections.yaml chose."""
        return self._either(name, is_secret=True)

    def secret_file(self, path: Path, said_by: str) -> str | None:
        """The content of a file that holds a secret; None where it cannot be used (noted)."""
        return self._content(path, said_by, is_secret=True)

    def private_key_file(self) -> Path | None:
        """The path of the private key, once it is certain that it can be read."""
        name = self.named(PRIVATE_KEY)
        text = self._environ.get(name, "").strip()
        if not text or self._content(Path(text), name, is_secret=True) is None:
            return None
        return Path(text)

    def _either(self, name: str, *, is_secret: bool) -> str | None:
        given = self._environ.get(name, "").strip()
        file_name = f"{name}_FILE"
        path = self._environ.get(file_name, "").strip()
        if given and path:
            self._note(f"{name} and {file_name} are both set; unset one of them", allowed="one of the two")
            return None
        if not path:
            return self._one_line(given, name) if given else None
        content = self._content(Path(path), file_name, is_secret=is_secret)
        return self._one_line(content, file_name) if content else None

    def _one_line(self, text: str, name: str) -> str | None:
        if any(sign.isspace() or not sign.isprintable() for sign in text):
            self._note(
                f"{name} holds a blank or line break inside the value; copy it again", allowed="one line"
            )
            return None
        return text

    def _content(self, path: Path, name: str, *, is_secret: bool) -> str | None:
        """The file's text without surrounding blanks, or None after noting why it cannot be used."""
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                self._note(f"{name} names something that is not a file; give the path of a file")
                return None
            with path.open("rb") as stream:
                raw = stream.read(VALUE_BYTES_MAX + 1)
        except OSError as error:
            reason = (os.strerror(error.errno) if error.errno else "unknown reason").lower()
            self._note(f"the file named by {name} cannot be read ({reason}); check its path and owner")
            return None
        if is_secret and status.st_mode & stat.S_IROTH and status.st_mode & _WRITABLE:
            self._note(
                f"everybody on this machine may read the file named by {name}; run chmod o-r on it",
                found=f"mode {stat.S_IMODE(status.st_mode):04o}",
                allowed="mode 0600, or 0640 with a group of its own",
            )
            return None
        return self._text(raw, name)

    def _text(self, raw: bytes, name: str) -> str | None:
        try:
            text = raw.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            text = "\0"
        if not text:
            self._note(f"the file named by {name} is empty; write the value into it")
            return None
        if len(raw) > VALUE_BYTES_MAX or "\0" in text:
            self._note(
                f"the file named by {name} does not hold text like a token or key; is it the right one?"
            )
            return None
        return text

    def _note(self, message: str, *, found: str = "", allowed: str = "") -> None:
        self.problems.append(Problem(ENVIRONMENT, 0, found, allowed, "", message))
