"""Joins connections.yaml with the environment into `Settings`.

The environment wins over the file for addresses and the state folder, and is the only place for secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from types import MappingProxyType

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

from syncd.core.blast import BlastLimit
from syncd.settings.environment import Environment
from syncd.settings.model import (
    Channel,
    HubSpotSettings,
    NotifySettings,
    SalesforceSettings,
    Schedule,
    Settings,
    Timeouts,
    WebSettings,
)
from syncd.settings.problems import ENVIRONMENT, Problem
from syncd.settings.profiles import state_of
from syncd.settings.shapes.connections import ChannelShape, ConnectionsFile, checked_url

STORE_FILE = "syncd.db"
DATABASE_SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg", "postgres")


def settings_of(
    file: ConnectionsFile, config_dir: Path, environ: Mapping[str, str], profile: str = ""
) -> tuple[Settings, list[Problem]]:
    """The installation, or the profile of it that was chosen, and what is wrong with the environment."""
    environment = Environment(environ, profile)
    state_dir = _state_dir(file, config_dir, environ, environment, profile)
    settings = Settings(
        config_dir=config_dir.absolute(),
        state_dir=state_dir,
        database_url=_database_url(environment, state_dir),
        hubspot=_hubspot(file, environment),
        salesforce=_salesforce(file, environment),
        notify=_notify(file, config_dir, environment),
        schedule=_schedule(file),
        timeouts=Timeouts(file.timeouts.connect_s, file.timeouts.read_s),
        profile=profile,
        lease_ttl_s=file.lease_ttl_s,
        blast=BlastLimit(file.bulk.share, file.bulk.at_least, file.bulk.release_per_hour),
        log_format=file.log_format,
        web_token=_secret(environment.value("SYNCD_WEB_TOKEN")),
        web=_web(file, environment),
    )
    return settings, environment.problems


def _secret(value: str | None) -> SecretStr | None:
    return None if value is None else SecretStr(value)


def _state_dir(
    file: ConnectionsFile,
    config_dir: Path,
    environ: Mapping[str, str],
    environment: Environment,
    profile: str,
) -> Path:
    """SYNCD_STATE_DIR, else the file's `state_dir`, else the user's state folder (XDG Base Directory). What
    names no profile of its own is shared: each has a folder in it."""
    given = environment.value("SYNCD_STATE_DIR")
    if given is not None:
        return Path(given).expanduser().absolute()
    own = file.profiles.get(profile)
    if own is not None and own.state_dir:
        return (config_dir / Path(own.state_dir).expanduser()).absolute()
    shared = environ.get("SYNCD_STATE_DIR", "").strip() if profile else ""
    if shared:
        return state_of(Path(shared).expanduser().absolute(), profile)
    return state_of(_shared_state_dir(file, config_dir, environ), profile)


def _shared_state_dir(file: ConnectionsFile, config_dir: Path, environ: Mapping[str, str]) -> Path:
    if file.state_dir:
        return (config_dir / Path(file.state_dir).expanduser()).absolute()
    base = environ.get("XDG_STATE_HOME", "").strip()
    if base.startswith("/"):
        return Path(base) / "syncd"
    home = environ.get("HOME", "").strip()
    if home.startswith("/"):
        return Path(home) / ".local" / "state" / "syncd"
    return Path("/var/lib/syncd")


def _database_url(environment: Environment, state_dir: Path) -> str:
    given = environment.value("SYNCD_DATABASE_URL")
    if given is None:
        return f"sqlite:///{state_dir / STORE_FILE}"
    scheme, separator, _rest = given.partition("://")
    if not separator or scheme not in DATABASE_SCHEMES:
        message = (
            f"{environment.named('SYNCD_DATABASE_URL')} is not the address of a store; give sqlite:///PATH "
            "or postgresql://HOST/NAME"
        )
        allowed = "sqlite:///... or postgresql://..."
        environment.problems.append(Problem(ENVIRONMENT, 0, "", allowed, "", message))
    return given


def _address(environment: Environment, name: str, default: str | None) -> str | None:
    given = environment.value(name)
    if given is None:
        return default
    try:
        return checked_url(given)
    except PydanticCustomError as error:
        context = error.context or {}
        message = f"{environment.named(name)}: {error.message()}"
        environment.problems.append(
            Problem(
                ENVIRONMENT, 0, "", str(context.get("allowed", "")), str(context.get("example", "")), message
            )
        )
        return default


def _hubspot(file: ConnectionsFile, environment: Environment) -> HubSpotSettings:
    shape = file.hubspot
    return HubSpotSettings(
        token=_secret(environment.value("HUBSPOT_ACCESS_TOKEN")),
        client_secret=_secret(environment.value("HUBSPOT_CLIENT_SECRET")),
        base_url=_address(environment, "HUBSPOT_BASE_URL", None) or shape.base_url,
        api_version=shape.api_version,
        web_behaviour=shape.web_behaviour,
        native_sync_properties=tuple(shape.native_sync_properties),
        native_sync_writes=tuple(shape.native_sync_writes),
        search_per_second=shape.search_per_second,
        burst_share=shape.burst_share,
        daily_floor_share=shape.daily_floor_share,
        keep_quotes=shape.keep_quotes,
        quote_chars_max=shape.quote_chars_max,
    )


def _salesforce(file: ConnectionsFile, environment: Environment) -> SalesforceSettings:
    shape = file.salesforce
    return SalesforceSettings(
        client_id=_secret(environment.value("SALESFORCE_CLIENT_ID")),
        client_secret=_secret(environment.value("SALESFORCE_CLIENT_SECRET")),
        username=environment.value("SALESFORCE_USERNAME"),
        private_key_file=environment.private_key_file(),
        login_url=_address(environment, "SALESFORCE_LOGIN_URL", shape.login_url),
        api_version=shape.api_version,
        optional_reads_stop_share=shape.optional_reads_stop_share,
        all_but_sql_stop_share=shape.all_but_sql_stop_share,
        daily_stop_share=shape.daily_stop_share,
    )


def _notify(file: ConnectionsFile, config_dir: Path, environment: Environment) -> NotifySettings:
    channels = {shape.id: _channel(shape, config_dir, environment) for shape in file.channels}
    return NotifySettings(MappingProxyType(channels))


def _channel(shape: ChannelShape, config_dir: Path, environment: Environment) -> Channel:
    if shape.append_to is not None:
        return Channel(shape.id, shape.append_to, append_to=shape.append_to)
    origin = shape.url_from_env or shape.url_from_file
    assert origin is not None, "the shape guarantees one address"
    signed_with = shape.secret_from_env
    return Channel(
        shape.id,
        origin,
        _secret(_address_of(shape, config_dir, environment)),
        kind=shape.kind,
        to=tuple(shape.to),
        sender=shape.sender or "",
        secret=_secret(environment.secret_named(signed_with)) if signed_with else None,
        secret_origin=signed_with or "",
        mentions=MappingProxyType(dict(shape.mentions)),
        base_url=shape.base_url or "",
    )


def _address_of(shape: ChannelShape, config_dir: Path, environment: Environment) -> str | None:
    """What the variable or file holds; None where there is nothing yet."""
    if shape.url_from_env is not None:
        return environment.secret_named(shape.url_from_env)
    path = config_dir / Path(shape.url_from_file or "").expanduser()
    if not path.exists():  # like an unset variable: nothing to read yet, and said by credential_problems
        return None
    return environment.secret_file(path, f"the channel '{shape.id}'")


def _web(file: ConnectionsFile, environment: Environment) -> WebSettings | None:
    if file.web is None:
        return None
    return WebSettings(
        file.web.host,
        file.web.port,
        file.web.public_url or "",
        _secret(environment.value("SYNCD_LINK_KEY")),
    )


def _schedule(file: ConnectionsFile) -> Schedule:
    hour, _, minute = file.schedule.nightly_at.partition(":")
    return Schedule(
        poll_seconds=file.schedule.poll_seconds,
        sweep_minutes=file.schedule.sweep_minutes,
        nightly_at=time(int(hour), int(minute)),
        time_zone=file.schedule.time_zone,
    )
