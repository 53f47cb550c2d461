"""What an installation is: addresses, credentials, shares of the vendors' limits, schedule. Frozen.

Secrets are `SecretStr`, so that neither a log line nor a traceback shows them. Missing credentials are no
error here: `validate`, `explain` and `criteria` work without; who needs them asks `credential_problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from syncd.core.blast import BlastLimit
from syncd.settings.problems import ENVIRONMENT, Problem
from syncd.settings.profiles import named

if TYPE_CHECKING:
    from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class HubSpotSettings:
    """How to speak to HubSpot. Shares are parts of the limit the vendor states."""

    token: SecretStr | None
    client_secret: SecretStr | None
    base_url: str
    api_version: Literal["v3", "2026-09"]
    web_behaviour: Literal["auto", "events", "properties"]
    native_sync_properties: tuple[str, ...]
    native_sync_writes: tuple[str, ...]
    search_per_second: float
    burst_share: float
    daily_floor_share: float
    keep_quotes: bool
    quote_chars_max: int


@dataclass(frozen=True, slots=True)
class SalesforceSettings:
    """How to speak to Salesforce: client credentials, or a user name with a private key (JWT bearer)."""

    client_id: SecretStr | None
    client_secret: SecretStr | None
    username: str | None = field(repr=False)
    private_key_file: Path | None
    login_url: str | None
    api_version: str
    optional_reads_stop_share: float
    all_but_sql_stop_share: float
    daily_stop_share: float


@dataclass(frozen=True, slots=True)
class Channel:
    """One place alerts go: an apprise address, or a file in the state folder (`append_to`).

    `url` is None where the environment variable or file named in `origin` holds nothing yet. `secret` signs a
    web hook; `secret_origin` is set where one is wanted. `mentions` are Slack members by Salesforce user id
    or mail address.
    """

    id: str
    origin: str
    url: SecretStr | None = None
    append_to: str = ""
    kind: str = "auto"
    to: tuple[str, ...] = ()
    sender: str = ""
    secret: SecretStr | None = None
    secret_origin: str = ""
    mentions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """The channels by id."""

    channels: Mapping[str, Channel] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The daemon's web server. Links go out in alerts where `public_url` is known; `key` signs them, and is
    kept in the state folder where the environment gives none."""

    host: str
    port: int
    public_url: str = ""
    key: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When work is done."""

    poll_seconds: int
    sweep_minutes: int
    nightly_at: time
    time_zone: str


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one call may take, in seconds."""

    connect_s: float
    read_s: float


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation: one portal, one org, one playbook folder, one store."""

    config_dir: Path
    state_dir: Path
    database_url: str = field(repr=False)  # may hold a password
    hubspot: HubSpotSettings
    salesforce: SalesforceSettings
    notify: NotifySettings
    schedule: Schedule
    timeouts: Timeouts
    lease_ttl_s: int
    log_format: Literal["console", "json"]
    web_token: SecretStr | None = None
    web: WebSettings | None = None
    blast: BlastLimit = BlastLimit()  # noqa: RUF009 - a frozen value
    profile: str = ""  # which of the folder's installations; blank where it has but one

    def credential_problems(self) -> tuple[Problem, ...]:
        """What is missing before anything can be pulled or delivered; empty when all is there."""
        return (*self._hubspot_problems(), *self._salesforce_problems(), *self._channel_problems())

    def _hubspot_problems(self) -> tuple[Problem, ...]:
        if self.hubspot.token is not None:
            return ()
        return (self._unset("HUBSPOT_ACCESS_TOKEN", "the token of a HubSpot service key or private app"),)

    def _salesforce_problems(self) -> tuple[Problem, ...]:
        has_key = self.salesforce.username is not None and self.salesforce.private_key_file is not None
        found: list[Problem] = []
        if self.salesforce.client_id is None:
            found.append(self._unset("SALESFORCE_CLIENT_ID", "the consumer key of the external client app"))
        if self.salesforce.client_secret is None and not has_key:
            user, key = (
                named(name, self.profile) for name in ("SALESFORCE_USERNAME", "SALESFORCE_PRIVATE_KEY_FILE")
            )
            also = f"; or set {user} and {key}"
            found.append(self._unset("SALESFORCE_CLIENT_SECRET", f"the consumer secret of that app{also}"))
        if self.salesforce.login_url is None:
            also = "; or `login_url` in connections.yaml"
            found.append(self._unset("SALESFORCE_LOGIN_URL", f"the org's My Domain address{also}"))
        return tuple(found)

    def _unset(self, name: str, meaning: str) -> Problem:
        return _unset(named(name, self.profile), meaning)

    def _channel_problems(self) -> tuple[Problem, ...]:
        channels = self.notify.channels.values()
        addresses = (
            _missing(
                f"{channel.origin} holds no address yet; set it to the address of the channel"
                f" '{channel.id}', or take the channel out of connections.yaml and alerts.yaml"
            )
            for channel in channels
            if channel.url is None and not channel.append_to
        )
        secrets = (
            _unset(channel.secret_origin, f"the secret the web hook '{channel.id}' is signed with")
            for channel in channels
            if channel.secret is None and channel.secret_origin
        )
        return (*addresses, *secrets)


def _unset(name: str, meaning: str) -> Problem:
    return _missing(f"{name} is not set; set it, or {name}_FILE to the path of a file that holds it", meaning)


def _missing(message: str, meaning: str = "") -> Problem:
    return Problem(file=ENVIRONMENT, line=0, found="", allowed=meaning, example="", message=message)
