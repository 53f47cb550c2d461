"""The composition root: settings in, running parts out. The only module that names connectors.

The vendors' clients are heavy: everything here is imported by the commands that talk to a system, and by no
other. Building makes no call.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd import union
from syncd.clock import BorrowedClock, SystemClock
from syncd.connectors.hubspot import HubSpot, HubSpotOptions
from syncd.connectors.marks import Marks
from syncd.connectors.notify import LinkMaker, Notify, Way
from syncd.connectors.salesforce import Salesforce, SalesforceOptions
from syncd.connectors.transport import TransportOptions
from syncd.connectors.transport_budget import Budgets
from syncd.core.answer_links import links_for
from syncd.core.model import System
from syncd.core.playbook import Playbook
from syncd.in_force import Watch, choose
from syncd.jobs.daemon import Timetable
from syncd.jobs.in_force import Chosen
from syncd.jobs.parts import Guard, Parts
from syncd.logs import structlog
from syncd.ports import Clock, Finding
from syncd.settings.definitions import salesforce_definitions
from syncd.settings.needs import asks_for, asks_marks, needs
from syncd.store import schema, work
from syncd.store.engine import Store
from syncd.web.keys import link_key

if TYPE_CHECKING:
    from syncd.connectors.hubspot.portal import Portal
    from syncd.connectors.salesforce.org import OrgSetup
    from syncd.connectors.salesforce.sfdx import Org
    from syncd.connectors.sandbox import Sandbox
    from syncd.settings.loading import Loaded
    from syncd.settings.model import Channel


def build(
    loaded: Loaded,
    *,
    clock: Clock | None = None,
    stop: threading.Event | None = None,
    budgets: Budgets | None = None,
    store_url: str | None = None,
    is_throw_away: bool = False,
) -> Parts:
    """The parts of one installation, ready to work by the playbook in force, and how to get others once
    another is, or the folder was edited. Raises StoreUnavailable and SchemaMismatch."""
    settings = loaded.settings
    store = Store(store_url or settings.database_url, is_throw_away=is_throw_away)
    schema.require_current(store)
    guard = Guard()
    used_clock = clock or SystemClock()
    options = TransportOptions(
        timeout_s=(settings.timeouts.connect_s, settings.timeouts.read_s),
        clock=used_clock,
        guard=guard,
        budgets=budgets,
    )
    if stop is not None:
        event = stop
        options = replace(options, sleep=lambda seconds: _sleep(event, seconds))
    watch = Watch(loaded, store)

    def made() -> Parts:
        """From the folder as it was read last."""
        works, chosen = choose(watch.folder, store)
        timeouts = works.settings.timeouts
        used = replace(options, timeout_s=(timeouts.connect_s, timeouts.read_s))
        return replace(_parts(works, chosen, used, store, guard), clock=used_clock, renewed=renewed)

    def renewed(working: str) -> Parts | None:
        return made() if watch.is_changed(working) else None

    return made()


def _parts(loaded: Loaded, chosen: Chosen, options: TransportOptions, store: Store, guard: Guard) -> Parts:
    """What works by the playbook in force, and reads also what the one that waits will ask for."""
    playbook = loaded.playbook
    waiting = chosen.waiting.playbook if chosen.waiting else None
    books = (playbook,) if waiting is None else (playbook, waiting)
    return Parts(
        store=store,
        playbook=playbook,
        content=loaded.normalised,
        connectors=(_hubspot(loaded, options, books), _salesforce(loaded, options, books)),
        notify=_notify(loaded, options),
        clock=options.clock or SystemClock(),
        ingest=union.ingest_of(books),
        watched=union.watched_by(books),
        needs=needs(playbook, loaded.settings),
        sweep_every=timedelta(minutes=loaded.settings.schedule.sweep_minutes),
        guard=guard,
        blast=loaded.settings.blast,
        chosen=chosen,
    )


def close(parts: Parts) -> None:
    """Give connections and the store back."""
    for connector in parts.connectors:
        connector.close()
    parts.store.dispose()


def timetable(loaded: Loaded) -> Timetable:
    """When the daemon of this installation works."""
    schedule = loaded.settings.schedule
    return Timetable(
        poll_s=schedule.poll_seconds,
        sweep_s=schedule.sweep_minutes * 60,
        nightly_at=f"{schedule.nightly_at:%H:%M}",
        time_zone=schedule.time_zone,
        lease_ttl_s=loaded.settings.lease_ttl_s,
    )


def _sleep(stop: threading.Event, seconds: float) -> None:
    """Wait, or less when the daemon is told to stop: then nothing more is tried again."""
    stop.wait(seconds)


# --- the parts -------------------------------------------------------------------------------------------


def _hubspot(loaded: Loaded, options: TransportOptions, books: Sequence[Playbook]) -> HubSpot:
    settings, playbook = loaded.settings.hubspot, loaded.playbook
    assert settings.token is not None, "credentials were checked"
    budgets = options.budgets or Budgets(
        burst_share=settings.burst_share, daily_floor=settings.daily_floor_share
    )
    return HubSpot(
        settings.token.get_secret_value(),
        settings.base_url,
        options=HubSpotOptions(
            properties=union.contact_properties(books),
            company_properties=union.company_properties(books),
            watched=union.watched_by(books).get("hubspot.contact_change", frozenset()),
            native_sync_properties=settings.native_sync_properties,
            web_behaviour=settings.web_behaviour,
            keep_quotes=settings.keep_quotes,
            quote_chars_max=min(settings.quote_chars_max, playbook.quote_chars_max),
            api_version=settings.api_version,
            search_per_second=max(1, int(settings.search_per_second)),
            marks=Marks(union.letters_of(books)),
            lists=union.lists_of(books),
        ),
        transport=replace(options, budgets=budgets),
    )


def portal(loaded: Loaded) -> Portal:
    """The portal's set-up, for `syncd setup` and its kin. Makes no call."""
    from syncd.connectors.hubspot.portal import Portal  # noqa: PLC0415 - the daemon does without

    settings = loaded.settings.hubspot
    assert settings.token is not None, "credentials were checked"
    return Portal(
        settings.token.get_secret_value(), settings.base_url, settings.api_version, _transport(loaded)
    )


def org_setup(loaded: Loaded) -> OrgSetup:
    """The org's set-up, for `syncd doctor` and `uninstall`. Makes no call."""
    from syncd.connectors.salesforce.connector import grant_for  # noqa: PLC0415
    from syncd.connectors.salesforce.org import OrgSetup  # noqa: PLC0415 - the daemon does without

    settings = loaded.settings.salesforce
    assert settings.client_id is not None, "credentials were checked"
    assert settings.login_url is not None, "credentials were checked"
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    username, key = settings.username or "", settings.private_key_file
    grant = grant_for(settings.client_id.get_secret_value(), secret, username, key, settings.login_url)
    return OrgSetup(grant, settings.login_url, settings.api_version, _transport(loaded))


def automations(loaded: Loaded, systems: Collection[System]) -> tuple[Finding, ...]:
    """What portal and org run when we write, and what of it could not be read. Never raises."""
    found: list[Finding] = []
    if System.HUBSPOT in systems:
        hubspot = portal(loaded)
        found += hubspot.automations(needs(loaded.playbook, loaded.settings)[System.HUBSPOT])
        hubspot.close()
    if System.SALESFORCE in systems:
        salesforce = org_setup(loaded)
        found += salesforce.automations()
        salesforce.close()
    return tuple(found)


def org_folder(loaded: Loaded) -> dict[str, str]:
    """The folder for Salesforce's admin, as path to text. Needs no credentials."""
    from syncd.connectors.salesforce import sfdx  # noqa: PLC0415 - the daemon does without

    return sfdx.source(org(loaded))


def org_removal(loaded: Loaded) -> dict[str, str]:
    """What takes the folder's components out of the org again. Needs no credentials."""
    from syncd.connectors.salesforce import sfdx  # noqa: PLC0415 - the daemon does without

    return sfdx.destructive(org(loaded))


def org(loaded: Loaded) -> Org:
    """What the folder for Salesforce's admin is written from."""
    from syncd.connectors.salesforce.sfdx import Org  # noqa: PLC0415 - the daemon does without

    playbook = loaded.playbook
    feedback = playbook.feedback
    return Org(
        api_version=loaded.settings.salesforce.api_version,
        definitions=salesforce_definitions(playbook),
        needs=needs(playbook, loaded.settings)[System.SALESFORCE].fields,
        statuses=feedback.statuses,
        reason_field=feedback.reason_field,
        reasons=tuple(feedback.reasons),
        lost_reason_field=feedback.lost_reason_field,
        lost_reasons=tuple(feedback.lost_reasons),
        reads_campaigns=bool(playbook.mapping.campaigns) or asks_for(playbook, "salesforce.campaign_member"),
    )


def _transport(loaded: Loaded) -> TransportOptions:
    """How a person's command calls: by the settings' time-outs, at real time."""
    timeouts = loaded.settings.timeouts
    return TransportOptions(timeout_s=(timeouts.connect_s, timeouts.read_s), clock=SystemClock())


def _salesforce(loaded: Loaded, options: TransportOptions, books: Sequence[Playbook]) -> Salesforce:
    settings, playbook = loaded.settings.salesforce, loaded.playbook
    assert settings.client_id is not None, "credentials were checked"
    assert settings.login_url is not None, "credentials were checked"
    mapping, feedback = playbook.mapping, playbook.feedback
    lead, contact = union.sales_fields(books)
    budgets = options.budgets or Budgets(
        daily_floor=round(1 - settings.all_but_sql_stop_share, 4),
        urgent_floor=round(1 - settings.daily_stop_share, 4),
    )
    return Salesforce(
        client_id=settings.client_id.get_secret_value(),
        client_secret=settings.client_secret.get_secret_value() if settings.client_secret else "",
        username=settings.username or "",
        private_key_file=settings.private_key_file,
        login_url=settings.login_url,
        api_version=settings.api_version,
        options=SalesforceOptions(
            key_field=mapping.key_field,
            task_key_field=mapping.task_key_field,
            lead_fields=lead,
            contact_fields=contact,
            reason_field=feedback.reason_field,
            lost_reason_field=feedback.lost_reason_field,
            optional_reads_stop_share=settings.optional_reads_stop_share,
            marks=Marks(union.letters_of(book for book in books if _marks_in_salesforce(book))),
            reads_campaigns=any(asks_for(book, "salesforce.campaign_member") for book in books),
            currency=mapping.currency,
        ),
        transport=replace(options, budgets=budgets),
    )


def _marks_in_salesforce(playbook: Playbook) -> bool:
    return asks_marks(playbook, "salesforce.task", "salesforce.event")


def _notify(loaded: Loaded, options: TransportOptions) -> Notify:
    settings = loaded.settings
    ways = {
        channel.id: _way(channel)
        for channel in settings.notify.channels.values()
        if channel.url is not None or channel.append_to
    }
    return Notify(ways, settings.state_dir, replace(options, budgets=None), _links(loaded, options))


def _links(loaded: Loaded, options: TransportOptions) -> LinkMaker | None:
    """What makes the links that answer an alert; None where nobody could reach them."""
    web = loaded.settings.web
    if web is None or not web.public_url:
        return None
    key, clock, address = link_key(loaded.settings), options.clock or SystemClock(), web.public_url
    hours = loaded.playbook.alerts.answer_hours
    return lambda payload: links_for(payload, key, address, clock.now(), hours)


def pages(loaded: Loaded) -> Callable[[Callable[[], Parts]], Callable[[], None]] | None:
    """What serves the pages behind the links, given the parts at work; None where connections.yaml has no
    `web`. It gives back what ends it."""
    web = loaded.settings.web
    if web is None:
        return None
    from syncd.web.answering import Answers  # noqa: PLC0415 - heavy, and only who serves pages needs it
    from syncd.web.server import serve  # noqa: PLC0415

    host, port, key = web.host, web.port, link_key(loaded.settings)

    def begin(parts: Callable[[], Parts]) -> Callable[[], None]:
        answers = Answers(
            lambda: parts().store,
            lambda: parts().playbook,
            key,
            lambda: parts().clock.now(),  # noqa: PLW0108 - of the parts then at work
            loaded.settings.profile,
        )
        return serve(answers, host, port)

    return begin


def _way(channel: Channel) -> Way:
    return Way(
        channel.url.get_secret_value() if channel.url else f"file:{channel.append_to}",
        channel.kind,
        channel.to,
        channel.sender,
        channel.secret.get_secret_value() if channel.secret else "",
        channel.mentions,
        channel.base_url,
    )


def is_live(tx: sa.Connection) -> bool:
    """Whether the profile writes."""
    return work.baseline(tx).go_live_at is not None


# --- the sandbox -----------------------------------------------------------------------------------------


def open_sandbox(
    *,
    start_at: datetime,
    seed: int,
    contacts: int,
    native_sync: bool = False,
    faults: float = 0.0,
    limits: bool = False,
) -> Sandbox:
    """A simulated HubSpot and Salesforce, served on loopback while the `with` block lasts."""
    from syncd.connectors.sandbox import Faults, Sandbox  # noqa: PLC0415 - only the demo and `sandbox` need it

    return Sandbox(
        seed=seed,
        start_at=start_at,
        contacts=contacts,
        native_sync=native_sync,
        faults=Faults(rate=faults, seed=seed),
        limits=limits,
    )


def sandbox_environ(sandbox: Sandbox, state_dir: Path | None) -> dict[str, str]:
    """The environment that points an installation at the sandbox."""
    found = {
        "HUBSPOT_ACCESS_TOKEN": sandbox.hubspot_token,
        "HUBSPOT_BASE_URL": sandbox.hubspot_url,
        "SALESFORCE_CLIENT_ID": sandbox.salesforce_client_id,
        "SALESFORCE_CLIENT_SECRET": sandbox.salesforce_client_secret,
        "SALESFORCE_LOGIN_URL": sandbox.salesforce_url,
    }
    if state_dir is not None:
        found["SYNCD_STATE_DIR"] = str(state_dir)
    return found


def build_for_sandbox(loaded: Loaded, now: Callable[[], datetime], store_url: str | None = None) -> Parts:
    """Parts that live in the sandbox's time, without pacing: its weeks pass in seconds."""
    return build(
        loaded,
        clock=BorrowedClock(now),
        budgets=Budgets(is_enforced=False),
        store_url=store_url,
        is_throw_away=True,
    )


# --- logs ------------------------------------------------------------------------------------------------


def configure_logs(log_format: str, *, quiet: bool = False) -> None:
    """Logs to standard error: for people or as JSON lines. `quiet` shows warnings and worse only."""
    level = logging.WARNING if quiet else logging.INFO
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
