"""What `syncd doctor` asks of a portal: token, scopes, properties, stages, lists, other writers, tiers.

Every check reads only and gives findings with the exact cure. Write scopes are asked for at a record that
cannot exist: the scope is checked before the record is looked up (peers.md, 403), so nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from syncd.connectors.hubspot import optouts
from syncd.connectors.hubspot.answers import Property
from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.offers import STREAMS, Offers
from syncd.connectors.hubspot.target import list_missing, list_not_manual, takes_members
from syncd.core.model import System
from syncd.ports import Failure, FieldNeed, Finding, Level, Needs, Recovery, SharedField, SystemFailure

_PLURALS = {"contact": "contacts", "company": "companies"}
TYPES = {
    "text": frozenset({"string", "phone_number", "enumeration"}),
    "number": frozenset({"number"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime"}),
    "bool": frozenset({"bool", "enumeration"}),
    "picklist": frozenset({"enumeration", "string"}),
}
_MAKE = {"text": "string", "picklist": "enumeration", "": "string"}
CLOCK_OFF_S = 30.0
_SETUP = "`syncd setup --apply` makes it (scope crm.schemas.contacts.write)"
_NOWHERE = "0"  # no record has this id


def inspect(
    api: Api, offers: Offers, needs: Needs, native_sync: Sequence[str], now: datetime
) -> tuple[Finding, ...]:
    """All findings; problems first among equals is the caller's matter."""
    try:
        details = api.details()
    except SystemFailure as error:
        is_refused = error.failure.recovery is Recovery.CONFIGURATION
        title = "the access token is refused" if is_refused else "HubSpot does not answer as it should"
        return (_failed("token", title, error.failure),)
    title = f"HubSpot answers as portal {details.portal_id}"
    found = [Finding(Level.OK, System.HUBSPOT, "hubspot.token", title)]
    found += _clock(api.transport.clock_ahead_s)
    found += _scopes(api, needs)
    found += _fields(api, needs)
    found += _lists(api, needs.lists)
    found += _lists_read(api, needs.lists_read)
    found += _native_sync(api, native_sync, needs.shared)
    found += _behaviour(offers, now)
    return tuple(found)


def _failed(code: str, title: str, failure: Failure, level: Level = Level.PROBLEM) -> Finding:
    return Finding(level, System.HUBSPOT, f"hubspot.{code}", title, failure.message, failure.cure)


def _clock(ahead_s: float) -> Iterator[Finding]:
    if abs(ahead_s) > CLOCK_OFF_S:
        side = "ahead of" if ahead_s > 0 else "behind"
        title = f"This machine's clock is {abs(ahead_s):.0f} s {side} HubSpot's"
        cure = "Let the machine keep time by NTP."
        yield Finding(Level.WARNING, System.HUBSPOT, "hubspot.clock", title, cure=cure)


# --- scopes ----------------------------------------------------------------------------------------------


def _scopes(api: Api, needs: Needs) -> Iterator[Finding]:
    """One tiny call per scope; only a 403 is a finding, whatever else happens belongs to the daemon."""
    needed: tuple[tuple[str, Level, Callable[[], object]], ...] = (
        ("crm.objects.contacts.read", Level.PROBLEM, lambda: api.list_page("contacts", ("hs_object_id",))),
        ("crm.objects.companies.read", Level.PROBLEM, lambda: api.list_page("companies", ("hs_object_id",))),
        ("crm.objects.owners.read", Level.PROBLEM, api.owners),
        ("crm.objects.deals.read", Level.WARNING, lambda: api.list_page("deals", ("hs_object_id",))),
        ("sales-email-read", Level.WARNING, lambda: api.list_page("emails", ("hs_email_text",))),
        ("crm.objects.marketing_events.read", Level.WARNING, api.marketing_events),
        ("crm.objects.contacts.write", Level.PROBLEM, lambda: api.touch_contact(_NOWHERE)),
        ("crm.lists.write", Level.PROBLEM, lambda: api.change_membership(_NOWHERE, (), member=True)),
    )
    if needs.unsubscribes:
        needed += ((optouts.SCOPE, Level.PROBLEM, lambda: optouts.ask(api)),)
    missing: list[str] = []
    for scope, level, ask in needed:
        failure = _refusal(ask)
        if failure is not None and any(f"({said})" in failure.message for said in missing):
            continue  # the call wants that one too, and it was named
        if failure is None:
            yield Finding(Level.OK, System.HUBSPOT, "hubspot.scope", f"Scope {scope}")
        else:
            missing.append(scope)
            yield Finding(
                level,
                System.HUBSPOT,
                "hubspot.scope",
                f"Scope {scope} is missing",
                failure.message,
                f"Add the scope {scope} to the service key or private app.",
            )


def _refusal(ask: Callable[[], object]) -> Failure | None:
    try:
        ask()
    except SystemFailure as error:
        return error.failure if error.failure.status == 403 else None
    return None


# --- properties ------------------------------------------------------------------------------------------


def _fields(api: Api, needs: Needs) -> Iterator[Finding]:
    """Properties by type and options, and the portal's stages and lead statuses."""
    wanted = {need.object_type for need in needs.fields} | {"contact"}
    for noun in sorted(wanted & set(_PLURALS)):
        try:
            known = api.properties(_PLURALS[noun])
        except SystemFailure as error:
            yield _failed("properties", f"Properties of {_PLURALS[noun]} could not be read", error.failure)
            continue
        own = [need for need in needs.fields if need.object_type == noun]
        problems = [finding for need in own for finding in _field(need, known.get(need.field))]
        yield from problems
        if not problems and own:
            title = f"All {len(own)} {noun} properties the playbook names"
            yield Finding(Level.OK, System.HUBSPOT, "hubspot.properties", title)
        if noun == "contact":
            yield from _options(known, "lifecyclestage", needs.lifecycle_stages, "lifecycle stage")
            yield from _options(known, "hs_lead_status", needs.lead_statuses, "lead status")


def _field(need: FieldNeed, known: Property | None) -> Iterator[Finding]:
    level = Level.PROBLEM if need.is_written else Level.WARNING
    used = f" (used by {need.used_by})" if need.used_by else ""
    if known is None:
        kind = _MAKE.get(need.type, need.type)
        ours = f"{_SETUP}, or c" if need.is_written and need.object_type == "contact" else "C"
        yield Finding(
            level,
            System.HUBSPOT,
            "hubspot.missing_property",
            f"{need.field}: there is no such {need.object_type} property",
            f"{kind}; {need.used_by}" if need.used_by else kind,
            f"{ours}reate it on {_PLURALS[need.object_type]} (Settings > Properties) with the type named, "
            "or take it out of the playbook.",
            subject=need.field,
        )
        return
    if need.type and known.type not in TYPES.get(need.type, frozenset({known.type})):
        yield Finding(
            level,
            System.HUBSPOT,
            "hubspot.wrong_type",
            f"The {need.object_type} property {need.field} is of type {known.type}",
            f"The playbook takes it for {need.type}{used}.",
            f"Map another property, or make {need.field} anew as {_MAKE.get(need.type, need.type)}.",
        )
    if need.is_written and known.calculated:
        yield Finding(
            Level.PROBLEM,
            System.HUBSPOT,
            "hubspot.read_only",
            f"The {need.object_type} property {need.field} is calculated by HubSpot",
            f"The playbook writes it{used}.",
            "Map another property.",
        )
    missing = _missing(need.values, known) if known.type == "enumeration" else []
    if missing:  # the contact is written without it
        level = Level.BEFORE_GO_LIVE if need.is_written else level
        yield _missing_options(level, f"{need.object_type} property {need.field}", need.field, missing)


def _options(known: dict[str, Property], name: str, wanted: Sequence[str], noun: str) -> Iterator[Finding]:
    """Portals edit these options, and custom stages have numeric internal names (facts 8.1, 8.2)."""
    definition = known.get(name)
    missing = list(wanted) if definition is None else _missing(wanted, definition)
    if missing:
        yield _missing_options(Level.PROBLEM, noun, name, missing)
    elif wanted:
        title = f"Every {noun} the playbook writes"
        yield Finding(Level.OK, System.HUBSPOT, f"hubspot.{name}", title)


def _missing(wanted: Iterable[str], known: Property) -> list[str]:
    values = {option.value for option in known.options}
    return [value for value in wanted if value and value not in values]


def _missing_options(level: Level, noun: str, name: str, missing: Sequence[str]) -> Finding:
    shown = ", ".join(missing)
    return Finding(
        level,
        System.HUBSPOT,
        "hubspot.missing_option",
        f"The portal's {noun} has no option {shown}",
        cure=f"Add the option to {name} (`syncd setup --apply` does where it made the property), or use the "
        "internal name of one there is.",
    )


# --- lists, other writers, tiers -------------------------------------------------------------------------


def _lists(api: Api, names: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        title = f"List {name!r}"
        try:
            found = api.list_by_name(name)
        except SystemFailure as error:
            is_missing = error.failure.code == "hubspot.not_found"
            yield (
                _list_finding(name, list_missing(name))
                if is_missing
                else _failed("list", title, error.failure)
            )
            continue
        if takes_members(found):
            yield Finding(Level.OK, System.HUBSPOT, "hubspot.list", title)
        else:
            yield _list_finding(name, list_not_manual(name, found.processing_type))


def _lists_read(api: Api, names: Sequence[str]) -> Iterator[Finding]:
    """Lists whose joining is a signal: any kind of list will do, but it must be there."""
    for name in names:
        subject = f"List {name!r}"
        try:
            api.list_by_name(name)
        except SystemFailure as error:
            is_missing = error.failure.code == "hubspot.not_found"
            yield Finding(
                Level.WARNING,
                System.HUBSPOT,
                "hubspot.list_unknown",
                f"{subject} cannot be read",
                "it does not exist" if is_missing else error.failure.message,
                "Name an existing contact list in signals.yaml, exactly as HubSpot shows it.",
                subject=subject,
            )
        else:
            yield Finding(Level.OK, System.HUBSPOT, "hubspot.list_read", f"{subject} can be read")


def _list_finding(name: str, failure: Failure) -> Finding:
    subject = f"List {name!r}"
    return Finding(
        Level.PROBLEM,
        System.HUBSPOT,
        failure.code,
        f"{subject} cannot take members",
        "it does not exist" if failure.code == "hubspot.list_missing" else failure.message,
        "Make it a static (manual) contact list of exactly this name, or name another one in recycle.yaml.",
        subject=subject,
    )


def _native_sync(api: Api, names: Sequence[str], shared: Sequence[SharedField]) -> Iterator[Finding]:
    """HubSpot's own Salesforce integration writes Leads and stages too: two writers fight. Its mappings
    cannot be read through the API; `shared` is what both write according to the configuration."""
    try:
        there = [name for name in names if name in api.properties("contacts")]
        filters = [[{"propertyName": name, "operator": "HAS_PROPERTY"}] for name in there[:5]]
        count = api.search("contacts", filters, (), limit=1).total if filters else 0
    except SystemFailure as error:
        yield _failed(
            "native_sync",
            "HubSpot's own Salesforce integration: could not be seen",
            error.failure,
            Level.WARNING,
        )
        return
    if count > 0:
        yield Finding(
            Level.WARNING,
            System.HUBSPOT,
            "hubspot.native_sync",
            "HubSpot's own Salesforce integration is at work",
            f"{count} contacts are linked by it ({', '.join(there)}). "
            f"Fields and stages both would write: {len(shared) or 'none'}.",
            "Each must have one owner before `syncd go-live`." if shared else "",
        )
        yield from map(_two_owners, shared)
    else:
        title = "HubSpot's own Salesforce integration links no contacts"
        yield Finding(Level.OK, System.HUBSPOT, "hubspot.native_sync", title)


def _two_owners(field: SharedField) -> Finding:
    return Finding(
        Level.BEFORE_GO_LIVE,
        System.HUBSPOT,
        "hubspot.two_owners",
        f"{field.name} has two owners: syncd and HubSpot's own Salesforce sync",
        field.used_by,
        f"Either {field.cure}; or set it to \"don't sync\" in that sync's settings and strike it from "
        "native_sync_writes in connections.yaml.",
        subject=field.name,
    )


def _behaviour(offers: Offers, now: datetime) -> Iterator[Finding]:
    for stream in STREAMS:
        try:
            refusal = offers.refusal(stream, now)
        except SystemFailure as error:
            yield _failed("stream", f"Stream {stream}", error.failure, Level.WARNING)
            continue
        if refusal is None:
            yield Finding(Level.OK, System.HUBSPOT, "hubspot.stream", f"Stream {stream}")
        else:
            yield Finding(
                Level.WARNING,
                System.HUBSPOT,
                "hubspot.stream_unavailable",
                f"Stream {stream} is not available",
                f"{refusal.message} The contacts' own properties stand in for it.",
                refusal.cure,
            )
