"""Which profile a command is about: its configuration, its store, and its clock.

In this order: `--config` or SYNCD_CONFIG_DIR, a `config` folder here, the user's own folder, the shipped
defaults. A command that only reads falls back on the demo's store while there is no other, and says so. Where
the playbook's files are not valid it shows what is in force, and says that.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.show import Fault, complain
from syncd.core.plain import counted

if TYPE_CHECKING:
    from syncd.core.playbook import Playbook
    from syncd.jobs.in_force import Chosen
    from syncd.jobs.parts import Parts
    from syncd.ports import Account, Clock
    from syncd.settings import Invalid, Settings
    from syncd.settings.loading import Loaded
    from syncd.store.engine import Store

DEMO_DIR = "demo"
MARK = "levels.yaml"  # a folder with it is a configuration

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", envvar="SYNCD_CONFIG_DIR", help="Folder of the playbook's YAML files."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
PersonOption = Annotated[
    str, typer.Option("--by", envvar="SYNCD_PERSON", help="Your name: every manual act keeps one.")
]


@dataclass(frozen=True, slots=True)
class Place:
    """One profile, opened. `now` is the present, or the end of the demo's simulated weeks.

    `loaded` holds the playbook in force, `folder` the one the folder says; `chosen` tells them apart. Where
    the folder is not valid, `not_valid` says so, and `folder` is the one in force too.
    """

    loaded: Loaded
    store: Store
    is_demo: bool
    now: datetime
    folder: Loaded
    chosen: Chosen
    not_valid: str = ""

    @property
    def zone(self) -> str:
        return self.loaded.settings.schedule.time_zone


def config_dir(config: Path | None) -> Path:
    """The configuration folder a command works with."""
    from syncd.settings import default_config_dir

    if config is not None:
        if not config.is_dir():
            raise Fault(f"there is no folder {config}. Make one with: syncd init {config}")
        return config
    for candidate in (Path("config"), user_config_dir()):
        if (candidate / MARK).is_file():
            return candidate
    return default_config_dir()


def user_config_dir() -> Path:
    """The user's own configuration (XDG Base Directory)."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "syncd"


def load(config: Path | None) -> Loaded:
    """Settings and playbook, valid. Raises Invalid."""
    from syncd import settings

    loaded = settings.load(config_dir(config), os.environ)
    if loaded.settings.profile:
        complain(f"(profile {loaded.settings.profile})")
    return loaded


def load_playbook(folder: Path) -> Playbook:
    """The definition in a folder, for comparing; credentials and connections of it are not used."""
    from syncd import settings

    if not folder.is_dir():
        raise Fault(f"there is no folder {folder}")
    return settings.load(folder, os.environ).playbook


def demo_dir(environ: Mapping[str, str]) -> Path:
    """Where the demo leaves its configuration and its store."""
    base = environ.get("SYNCD_STATE_DIR")
    if base:
        return Path(base) / DEMO_DIR
    state = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "syncd" / DEMO_DIR


def open_for_reading(config: Path | None) -> Place:
    """The profile's store, or the demo's while there is no other. Raises Fault when there is neither."""
    from syncd import settings
    from syncd.clock import SystemClock
    from syncd.store import schema
    from syncd.store.engine import Store

    try:
        loaded = load(config)
    except settings.Invalid as why:
        return _by_what_is_in_force(config, why)
    demo = demo_dir(os.environ)
    has_own = has_store(loaded.settings)
    if not has_own and config is None and (demo / "config" / MARK).is_file():
        complain("(the demo's store: connect your own portal and org with `syncd init`)")
        environ = {
            key: value for key, value in os.environ.items() if not key.startswith(("SYNCD_", "HUBSPOT_"))
        }
        loaded = settings.load(demo / "config", environ | {"SYNCD_STATE_DIR": str(demo)})
        store = Store(loaded.settings.database_url)
        schema.require_current(store)
        return _place(loaded, store, is_demo=True, now=_demo_now(demo))
    if not has_own:
        raise Fault(
            f"there is no store yet at {_file_of(loaded.settings)}. Begin with `syncd sync --once` (your own "
            "portal and org), or with `syncd demo` (a simulated one)"
        )
    store = Store(loaded.settings.database_url)
    schema.require_current(store)
    return _place(loaded, store, is_demo=False, now=SystemClock().now())


def _place(folder: Loaded, store: Store, *, is_demo: bool, now: datetime) -> Place:
    """The profile with the playbook in force in it, whatever the folder says."""
    from syncd.in_force import choose

    loaded, chosen = choose(folder, store)
    if chosen.trouble:
        complain(f"({chosen.trouble})")
    return Place(loaded, store, is_demo, now, folder, chosen)


def _by_what_is_in_force(config: Path | None, why: Invalid) -> Place:
    """The profile whose folder is not valid, by the playbook its store has in force. Raises what is wrong
    with the folder where the store has none, or cannot be found without it."""
    from syncd import in_force, settings
    from syncd.clock import SystemClock
    from syncd.settings.loading import installation_of
    from syncd.store import schema
    from syncd.store.engine import Store

    folder = config_dir(config)
    try:
        installation = installation_of(folder, os.environ)
    except settings.Invalid:
        raise why from None
    if not has_store(installation):
        raise why
    store = Store(installation.database_url)
    schema.require_current(store)
    found = in_force.without_folder(folder, os.environ, store)
    if found is None:
        store.dispose()
        raise why
    loaded, chosen = found
    if installation.profile:
        complain(f"(profile {installation.profile})")
    count = counted(len(why.problems), "problem")
    told = f"{folder} is not valid ({count}: `syncd validate`) and not in force; version {chosen.was} is"
    complain(f"({told})")
    return Place(
        loaded,
        store,
        is_demo=False,
        now=SystemClock().now(),
        folder=loaded,
        chosen=chosen,
        not_valid=told,
    )


def open_own(config: Path | None) -> Place | None:
    """The profile with its own store as it is, for who can do without: None where none can be read."""
    from syncd import settings
    from syncd.clock import SystemClock
    from syncd.store import schema
    from syncd.store.engine import Store, StoreUnavailable

    try:
        loaded = load(config)
    except settings.Invalid as why:
        return _by_what_is_in_force(config, why)
    if not has_store(loaded.settings):
        return None
    store = Store(loaded.settings.database_url)
    try:
        with store.read() as tx:
            is_ours = schema.version(tx) == schema.HEAD
    except StoreUnavailable:
        return None
    return _place(loaded, store, is_demo=False, now=SystemClock().now()) if is_ours else None


def has_store(settings: Settings) -> bool:
    """Whether this profile has a store of its own; one on a server is taken to be there."""
    return not settings.database_url.startswith("sqlite") or _file_of(settings).is_file()


def require_bound(loaded: Loaded, account: Account) -> None:
    """Raise WrongAccount when the profile's store, if there is one, belongs to another portal or org."""
    from syncd.jobs.binding import require_same
    from syncd.store import schema
    from syncd.store.engine import Store

    if not has_store(loaded.settings):
        return
    store = Store(loaded.settings.database_url)
    try:
        schema.require_current(store)
        with store.read() as tx:
            require_same(tx, account)
    finally:
        store.dispose()


@contextmanager
def looking_at_both(place: Place) -> Iterator[Parts]:
    """The profile's parts while both systems are read. Raises Fault for missing credentials, and WrongAccount
    when another portal or org answers than the store's."""
    from syncd import app

    require_credentials(place.folder)
    app.configure_logs(place.loaded.settings.log_format, quiet=True)
    parts = app.build(place.folder)
    try:
        for connector in parts.connectors:
            require_bound(place.loaded, connector.account())
        yield parts
    finally:
        app.close(parts)


def _file_of(settings: Settings) -> Path:
    from sqlalchemy import make_url

    return Path(make_url(settings.database_url).database or "")


def _demo_now(demo: Path) -> datetime:
    """The moment at which the demo's simulated weeks ended."""
    from syncd.clock import SystemClock

    with suppress(OSError, ValueError, KeyError):
        return datetime.fromisoformat(json.loads((demo / "summary.json").read_text())["ended_at"])
    return SystemClock().now()


def person() -> str:
    """The name of whoever is at the terminal, unless --by says it."""
    with suppress(KeyError, OSError):
        return getpass.getuser()
    return ""


def one_lead(place: Place, who: str) -> int:
    """The lead `who` means. Raises Fault when nobody or several people answer to it."""
    from syncd.jobs.explain import find

    found = find(place.store, who)
    if not found:
        raise Fault(f"nobody here is known as '{who}' (tried e-mail, HubSpot id, Salesforce id, name)", 1)
    if len(found) > 1:
        lines = [f"  {match.label}  (lead {match.lead_id})" for match in found[:20]]
        more = f"\n  ... and {len(found) - 20} more" if len(found) > 20 else ""
        raise Fault(f"'{who}' may mean several people; say which:\n" + "\n".join(lines) + more)
    return found[0].lead_id


def clock_of(place: Place) -> Clock:
    """The clock a change of this profile is stamped with: real time, or where the demo's weeks stand."""
    from syncd.clock import BorrowedClock, SystemClock

    return BorrowedClock(lambda: place.now) if place.is_demo else SystemClock()


def require_credentials(loaded: Loaded, system: str = "") -> None:
    """Raise Fault naming every credential that is missing, or those of one system (`HUBSPOT`)."""
    problems = [item for item in loaded.settings.credential_problems() if item.message.startswith(system)]
    if problems:
        listed = "\n\n".join(str(problem) for problem in problems)
        raise Fault(f"Credentials are missing:\n\n{listed}")
