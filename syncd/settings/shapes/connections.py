"""The shape of connections.yaml: the two CRMs, channels for alerts, schedule. Never a secret."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from syncd.core.blast import BlastLimit
from syncd.settings.problems import did_you_mean
from syncd.settings.shapes.base import Block, Id, key, refuse

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,79}")


def checked_url(value: str) -> str:
    """The address without a trailing slash. Refuses anything but TLS, except to this machine."""
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise refuse("this is not a web address", "https://host", "https://acme.my.salesforce.com") from None
    if parts.scheme not in {"https", "http"} or not host or parts.query or parts.fragment:
        raise refuse(
            "this is not a plain web address", "https://host", "login_url: https://acme.my.salesforce.com"
        )
    if parts.username or parts.password:
        raise refuse("an address must not carry a user name or password", "https://host")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise refuse("an address outside this machine must begin with https", "https://host")
    return value.rstrip("/")


def checked_zone(value: str) -> str:
    """A time zone this machine knows."""
    zones = available_timezones()
    if value not in zones:
        raise refuse(
            f"there is no time zone '{value[:60]}'{did_you_mean(value, zones)}",
            "a name like Europe/Berlin, America/New_York or UTC",
            "time_zone: Europe/Berlin",
        )
    return value


_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def checked_clock(value: str) -> str:
    """A time of day as hh:mm."""
    if not _CLOCK.fullmatch(value):
        raise refuse(f"'{value[:60]}' is not a time of day", "hh:mm from 00:00 to 23:59", '"09:00"')
    return value


def _environment_name(value: str) -> str:
    if not ENVIRONMENT_NAME.fullmatch(value):
        raise refuse(
            "this is not the name of an environment variable (an address or token must not stand here)",
            "capital letters, digits and _",
            "url_from_env: SYNCD_ALERT_SALES",
        )
    return value


Url = Annotated[str, AfterValidator(checked_url)]
Zone = Annotated[str, AfterValidator(checked_zone)]
Clock = Annotated[str, AfterValidator(checked_clock)]
EnvironmentName = Annotated[str, AfterValidator(_environment_name)]
_MAILBOX = re.compile(r"[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,253}")


def _mailbox(value: str) -> str:
    if not _MAILBOX.fullmatch(value):
        raise refuse("this is not a mail address", "name@host", "sender: syncd@example.com")
    return value


def _recipient(value: str) -> str:
    """A mail address, or a Slack channel by id (`C012AB3CD`) or name (`#sales`)."""
    if not (_MAILBOX.fullmatch(value) or re.fullmatch(r"#?[A-Za-z0-9._-]{1,80}", value)):
        raise refuse(
            "this is neither a mail address nor a Slack channel", "name@host, or C012AB3CD", "to: [C012AB3CD]"
        )
    return value


Mailbox = Annotated[str, AfterValidator(_mailbox)]
Recipient = Annotated[str, AfterValidator(_recipient)]
Share = Annotated[float, Field(gt=0, le=1)]

NATIVE_SYNC_WRITES = (
    "AnnualRevenue", "City", "Company", "Country", "Description", "Email", "Fax", "FirstName",
    "HasOptedOutOfEmail", "Industry", "LastName", "LeadSource", "MailingCity", "MailingCountry",
    "MailingPostalCode", "MailingState", "MailingStreet", "NumberOfEmployees", "Phone", "PostalCode",
    "Rating", "Salutation", "State", "Status", "Street", "Title", "Website", "lifecyclestage",
    "hs_lead_status",
)  # fmt: skip
"""Its default mappings, which cannot be deleted, only set to "don't sync", and the stages it sets
(knowledge.hubspot.com, "Sync Salesforce leads and contacts to HubSpot"). It writes a name on Lead and Contact
alike."""


class HubSpotShape(Block):
    """How to speak to HubSpot. The token comes from HUBSPOT_ACCESS_TOKEN or HUBSPOT_ACCESS_TOKEN_FILE."""

    api_version: Literal["v3", "2026-09"] = key("Family of API paths", "api_version: v3", default="v3")
    base_url: Url = key(
        "HUBSPOT_BASE_URL overrides", "https://api.hubapi.com", default="https://api.hubapi.com"
    )
    web_behaviour: Literal["auto", "events", "properties"] = key(
        "Page visits: Enterprise events, contact properties, or whichever is there",
        "web_behaviour: auto",
        default="auto",
    )
    native_sync_properties: list[str] = key(
        "Properties that HubSpot's own Salesforce sync fills",
        "native_sync_properties: [salesforceleadid]",
        default=["salesforceleadid", "salesforcecontactid", "salesforceaccountid"],
    )
    native_sync_writes: list[str] = key(
        "Salesforce fields and HubSpot properties that HubSpot's own Salesforce sync writes, where it is at"
        " work; without: its standard mapping; [] where it writes none",
        "native_sync_writes: [FirstName, LastName, lifecyclestage]",
        default=list(NATIVE_SYNC_WRITES),
        max_length=500,
    )
    search_per_second: float = key(
        "Share of 5 searches per second", "search_per_second: 4", default=4, gt=0, le=5
    )
    burst_share: Share = key("Share of the ten-second limit", "burst_share: 0.7", default=0.7)
    daily_floor_share: float = key(
        "Share of the day's calls kept for SQLs", "daily_floor_share: 0.1", default=0.1, ge=0, lt=1
    )
    keep_quotes: bool = key("Keep one quoted line of notes and mails", "keep_quotes: true", default=True)
    quote_chars_max: int = key("Longest quoted line", "quote_chars_max: 240", default=240, ge=40, le=1000)


class SalesforceShape(Block):
    """How to speak to Salesforce. Credentials come from SALESFORCE_* or SALESFORCE_*_FILE."""

    login_url: Url | None = key(
        "My Domain address; SALESFORCE_LOGIN_URL overrides",
        "login_url: https://acme.my.salesforce.com",
        default=None,
    )
    api_version: str = key("API version", 'api_version: "66.0"', default="66.0", pattern="^[0-9]{2,3}\\.0$")
    optional_reads_stop_share: Share = key(
        "Share of daily calls at which optional reads stop", "0.70", default=0.7
    )
    all_but_sql_stop_share: Share = key("Share at which all but new SQLs stops", "0.85", default=0.85)
    daily_stop_share: Share = key("Share at which everything stops", "0.95", default=0.95)

    @model_validator(mode="after")
    def _rising(self) -> SalesforceShape:
        if not self.optional_reads_stop_share <= self.all_but_sql_stop_share <= self.daily_stop_share:
            raise refuse(
                "the three stop shares must rise",
                "optional_reads_stop_share <= all_but_sql_stop_share <= daily_stop_share",
                "0.70, 0.85, 0.95",
            )
        return self


class ChannelShape(Block):
    """Where alerts go. The address is a secret: it comes from an environment variable or a file."""

    id: Id = key("Name used in alerts.yaml", "id: sales")
    kind: Literal["auto", "slack", "teams", "email", "webhook", "apprise"] = key(
        "What is behind the address; auto tells by the address", "kind: slack", default="auto"
    )
    append_to: str | None = key(
        "File in the state folder, one JSON line per alert", "append_to: alerts.jsonl", default=None
    )
    url_from_env: EnvironmentName | None = key(
        "Environment variable that holds the address, or a Slack bot's token",
        "url_from_env: SYNCD_ALERT_SALES",
        default=None,
    )
    url_from_file: str | None = key(
        "File that holds the same", "url_from_file: /run/secrets/alert_sales", default=None
    )
    to: list[Recipient] = key(
        "Mail addresses, or the Slack channel of a bot", "to: [desk@example.com]", default=[], max_length=20
    )
    sender: Mailbox | None = key("Mail address alerts come from", "sender: syncd@example.com", default=None)
    secret_from_env: EnvironmentName | None = key(
        "Environment variable of the secret a web hook is signed with",
        "secret_from_env: SYNCD_HOOK_SECRET",
        default=None,
    )
    mentions: dict[str, str] = key(
        "Salesforce user id or mail address: Slack member id, for channels that go to the owner",
        'mentions: {"005000000000001AAA": U012AB3CD}',
        default={},
        max_length=500,
    )
    base_url: Url | None = key(
        "Slack's address, where it is not slack.com", "base_url: https://slack-gov.com", default=None
    )

    @model_validator(mode="after")
    def _one_address(self) -> ChannelShape:
        given = [self.append_to, self.url_from_env, self.url_from_file]
        if sum(item is not None for item in given) != 1:
            raise refuse(
                "a channel needs exactly one address",
                "append_to, url_from_env or url_from_file",
                "{id: sales, url_from_env: SYNCD_ALERT_SALES}",
            )
        if self.append_to is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,60}\.jsonl", self.append_to):
            raise refuse(
                "append_to names a file in the state folder", "a plain name ending in .jsonl", "alerts.jsonl"
            )
        return self

    @model_validator(mode="after")
    def _mail_has_both_ends(self) -> ChannelShape:
        if self.kind == "email" and (self.sender is None or not self.to):
            raise refuse(
                "a channel of mails needs `sender` and `to` (who gets them where a lead has no owner)",
                "both",
                "{id: mail, kind: email, url_from_env: SYNCD_SMTP, sender: a@b.com, to: [c@b.com]}",
            )
        return self


class WebShape(Block):
    """The small web server of the daemon: the pages behind the links in alerts."""

    host: str = key(
        "Address it listens on; this machine alone unless a proxy is elsewhere",
        "host: 127.0.0.1",
        default="127.0.0.1",
        max_length=100,
    )
    port: int = key("Port", "port: 8420", default=8420, ge=0, le=65535)
    public_url: Url | None = key(
        "How people reach it from outside, through your proxy; without it alerts carry no links",
        "public_url: https://syncd.example.com",
        default=None,
    )


class ScheduleShape(Block):
    """When work is done."""

    poll_seconds: int = key("Hot poll", "poll_seconds: 60", default=60, ge=5, le=3600)
    sweep_minutes: int = key("Sweep", "sweep_minutes: 15", default=15, ge=1, le=1440)
    nightly_at: Clock = key("Nightly tie-out", 'nightly_at: "02:30"', default="02:30")
    time_zone: Zone = key(
        "For the nightly run and for times shown", "time_zone: Europe/Berlin", default="UTC"
    )


class TimeoutsShape(Block):
    """How long one call may take."""

    connect_s: float = key("To connect", "connect_s: 5", default=5, gt=0, le=60)
    read_s: float = key("To wait for an answer", "read_s: 30", default=30, gt=0, le=300)


_BULK = BlastLimit()


class BulkShape(Block):
    """How much may go out at once before a person has looked."""

    share: Share = key("For which part of all leads one run may write", "share: 0.05", default=_BULK.share)
    at_least: int = key(
        "And never for fewer than so many", "at_least: 50", default=_BULK.at_least, ge=1, le=1_000_000
    )
    release_per_hour: int = key(
        "How many of those held back go by themselves every hour, the best first; 0: only by a person",
        "release_per_hour: 25",
        default=_BULK.release_per_hour,
        ge=0,
        le=100_000,
    )


class ProfileShape(Block):
    """What one installation says otherwise than the rest of the file."""

    hubspot: HubSpotShape | None = key("HubSpot", "hubspot: {search_per_second: 2}", default=None)
    salesforce: SalesforceShape | None = key(
        "Salesforce", "salesforce: {login_url: https://acme--uat.sandbox.my.salesforce.com}", default=None
    )
    channels: list[ChannelShape] | None = key(
        "Where alerts can go", "- {id: log, append_to: alerts.jsonl}", default=None, max_length=50
    )
    web: WebShape | None = key(
        "Pages behind the links in alerts", "web: {public_url: https://syncd.example.com}", default=None
    )
    schedule: ScheduleShape | None = key("When work is done", "schedule: {poll_seconds: 300}", default=None)
    bulk: BulkShape | None = key("How much may go out at once", "bulk: {share: 0.05}", default=None)
    timeouts: TimeoutsShape | None = key("Patience with a call", "timeouts: {read_s: 30}", default=None)
    lease_ttl_s: int | None = key(
        "Seconds after which a silent daemon is replaced", "lease_ttl_s: 60", default=None, ge=10, le=600
    )
    log_format: Literal["console", "json"] | None = key(
        "For people or for machines", "log_format: json", default=None
    )
    state_dir: str | None = key(
        "Folder of this profile's store", "state_dir: /var/lib/syncd/production", default=None
    )


class ConnectionsFile(Block):
    """connections.yaml: how this installation speaks to the outside."""

    hubspot: HubSpotShape = key("HubSpot", "hubspot: {api_version: v3}", default=HubSpotShape())
    salesforce: SalesforceShape = key(
        "Salesforce", 'salesforce: {api_version: "66.0"}', default=SalesforceShape()
    )
    channels: list[ChannelShape] = key(
        "Where alerts can go", "- {id: log, append_to: alerts.jsonl}", default=[], max_length=50
    )
    web: WebShape | None = key(
        "Pages behind the links in alerts", "web: {public_url: https://syncd.example.com}", default=None
    )
    schedule: ScheduleShape = key(
        "When work is done", "schedule: {poll_seconds: 60}", default=ScheduleShape()
    )
    bulk: BulkShape = key(
        "How much may go out at once before a person has looked", "bulk: {share: 0.05}", default=BulkShape()
    )
    timeouts: TimeoutsShape = key("Patience with a call", "timeouts: {read_s: 30}", default=TimeoutsShape())
    lease_ttl_s: int = key(
        "Seconds after which a silent daemon is replaced", "lease_ttl_s: 60", default=60, ge=10, le=600
    )
    log_format: Literal["console", "json"] = key(
        "For people or for machines", "log_format: json", default="console"
    )
    state_dir: str | None = key(
        "Folder of the store; SYNCD_STATE_DIR overrides; relative to this file",
        "state_dir: /var/lib/syncd",
        default=None,
    )
    profiles: dict[Id, ProfileShape] = key(
        "Several installations of this playbook, chosen by --profile: what each says otherwise",
        "profiles: {sandbox: {...}, production: {...}}",
        default={},
        max_length=20,
    )
