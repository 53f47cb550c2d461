"""The Salesforce connector: one org, pulled from, delivered to, checked.

Puts the parts together and holds no logic of its own: tokens, client, describes, streams, looks and writes
each live in their module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from syncd.connectors.salesforce import authors, costs, listing
from syncd.connectors.salesforce.campaigns import Members
from syncd.connectors.salesforce.checks import Checks
from syncd.connectors.salesforce.client import COLLECTION_MAX, Client
from syncd.connectors.salesforce.errors import SCHEMA_CODES
from syncd.connectors.salesforce.looking import Finder
from syncd.connectors.salesforce.options import SalesforceOptions, api_name
from syncd.connectors.salesforce.reading import Reader
from syncd.connectors.salesforce.schema import Schema, shapes
from syncd.connectors.salesforce.tokens import ClientCredentials, Grant, JwtBearer, TokenSource
from syncd.connectors.salesforce.touched import marked
from syncd.connectors.salesforce.writing import PEOPLE, Writer
from syncd.connectors.transport import TransportOptions
from syncd.core.fitting import FieldShape
from syncd.core.model import System
from syncd.ports import (
    Account,
    Author,
    Budget,
    Changed,
    Failure,
    Finding,
    Found,
    Listing,
    Lookup,
    Needs,
    Outcome,
    Page,
    Recovery,
    Stream,
    SystemFailure,
    Usage,
    Write,
)

API_VERSION = "66.0"
"""Spring '26, supported for at least three years ("API End-of-Life Policy", REST guide)."""


FITTED_CODES = frozenset({"salesforce.picklist_value", "salesforce.too_long"})
"""Refusals that a record fitted to the org as it is now would not have met."""
TRIED_AGAIN_MAX = 10_000


class Salesforce:
    """One Salesforce org. Implements `ports.Connector`."""

    system = System.SALESFORCE
    batch_max = COLLECTION_MAX

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str = "",
        username: str = "",
        private_key_file: Path | None = None,
        login_url: str,
        api_version: str = API_VERSION,
        options: SalesforceOptions | None = None,
        transport: TransportOptions | None = None,
    ) -> None:
        """With a client secret by client credentials; else by JWT bearer with user name and private key.

        Makes no call. Raises SystemFailure(CONFIGURATION) for credentials that cannot work.
        """
        grant = grant_for(client_id, client_secret, username, private_key_file, login_url)
        self._client = Client(TokenSource(grant, login_url, transport), api_version, transport)
        chosen = replace(options or SalesforceOptions(), own_user_id=self._own_user_id)
        self._options = chosen
        self._schema = Schema(self._client, chosen.schema_life_s)
        self._reader = Reader(self._client, self._schema, chosen)
        self._finder = Finder(self._client, self._schema, chosen)
        self._writer = Writer(self._client, self._finder, chosen)
        self._members = Members(self._client, self._finder)
        self._tried_again: set[int] = set()
        self._checks = Checks(self._client, self._schema, chosen)

    # --- pulled from -------------------------------------------------------------------------------------

    def streams(self) -> tuple[Stream, ...]:
        return self._reader.streams()

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        return self._reader.pull(stream, cursor, now)

    def counts(self) -> Mapping[str, int]:
        """How many records the org shows us, by our word for the object, for the tie-out."""
        return self._reader.counts()

    def listed(self, object_type: str, after: str) -> Listing:
        """One page of all records of a counted object. Raises SystemFailure."""
        return listing.listed(self._client, self._schema, listing.feed_of(object_type, self._options), after)

    def standing(self, object_type: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Of these records: present, deleted or merged; not what is hidden. Raises SystemFailure."""
        return listing.standing(self._client, self._schema, listing.feed_of(object_type, self._options), ids)

    def authors(self, changes: Sequence[Changed]) -> tuple[Author, ...]:
        """Who set each of these statuses and stages, by position. Raises SystemFailure, also while the org is
        short of calls: it can be asked later."""
        return authors.authors(self._client, self._schema, self._options, changes)

    # --- delivered to ------------------------------------------------------------------------------------

    def read(self, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
        """Fresh state for people, tasks and members, by position. Raises SystemFailure."""
        people = [lookup for lookup in lookups if lookup.kind in PEOPLE]
        tasks = [lookup for lookup in lookups if lookup.kind == "task"]
        members = [lookup for lookup in lookups if lookup.kind == "campaign"]
        known = len(people) + len(tasks) + len(members)
        assert known == len(lookups), "Salesforce takes people, tasks and campaign members only"
        with self._client.transport.priority(min((lookup.priority for lookup in lookups), default=5)):
            found_people = iter(self._people(people) if people else ())
            found_tasks = self._finder.tasks(tasks) if tasks else ()
            found_members = iter(self._members.read(members) if members else ())
        self._writer.note_absent(
            lookup.key for lookup, item in zip(tasks, found_tasks, strict=True) if not item.candidates
        )
        found = {"task": iter(found_tasks), "campaign": found_members}
        return tuple(next(found.get(item.kind, found_people)) for item in lookups)

    def _own_user_id(self) -> str:
        return self._client.tokens.current().user_id

    def _people(self, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
        """Leads and Contacts, each with the fields that somebody else wrote last."""
        found = self._finder.people(lookups)
        return marked(self._client, self._own_user_id, lookups, found)

    def apply(self, writes: Sequence[Write]) -> tuple[Outcome, ...]:
        """One outcome per write, by position. Raises SystemFailure when certainly nothing was sent."""
        outcomes = self._applied(writes)
        if any(item.failure is not None and item.failure.code in SCHEMA_CODES for item in outcomes):
            self._schema.forget()
        return tuple(self._second_try(item) for item in outcomes)

    def describe_anew(self) -> None:
        """Ask the org again what its fields are, when next asked."""
        self._schema.forget()

    def _second_try(self, outcome: Outcome) -> Outcome:
        """A value that the org as described would have taken: it has changed since. The record is fitted anew
        once; refused again it is refused."""
        failure = outcome.failure
        if failure is None or failure.code not in FITTED_CODES or outcome.effect_id in self._tried_again:
            return outcome
        self._schema.forget()
        if len(self._tried_again) >= TRIED_AGAIN_MAX:
            self._tried_again.clear()
        self._tried_again.add(outcome.effect_id)
        return replace(outcome, failure=replace(failure, recovery=Recovery.TRANSIENT))

    def _applied(self, writes: Sequence[Write]) -> tuple[Outcome, ...]:
        """Members go after everybody they may be about."""
        members = [write for write in writes if write.kind == "campaign"]
        if not members:
            return self._writer.apply(writes)
        others = [write for write in writes if write.kind != "campaign"]
        made = self._writer.apply(others) if others else ()
        by_effect = {outcome.effect_id: outcome for outcome in made} | self._members.apply(members)
        return tuple(by_effect[write.effect_id] for write in writes)

    def schema(self, object_type: str) -> Mapping[str, FieldShape]:
        """What the org lets us write on an object (our word or its own). Raises SystemFailure.

        Asked before a delivery only, so that it may use the share of calls reserved for fresh SQLs.
        """
        with self._client.transport.priority(0):
            described = self._schema.of(api_name(object_type))
        return shapes(described)

    # --- checked -----------------------------------------------------------------------------------------

    def account(self) -> Account:
        """The org that answers: the only one talked to until this is asked again. Raises SystemFailure."""
        self._client.tokens.expect("")
        account = self._checks.account()
        self._client.tokens.expect(account.id)
        return account

    def inspect(self, needs: Needs) -> tuple[Finding, ...]:
        """Every check of set-up and permissions. Never writes, never raises."""
        return self._checks.inspect(needs)

    def calls_for(self, writes: Sequence[Write]) -> int:
        """How many calls these writes take at most."""
        return costs.calls_for(writes)

    def usage(self) -> tuple[Usage, ...]:
        return self._client.usage()

    def budgets(self) -> tuple[Budget, ...]:
        return self._client.transport.budgets()

    def close(self) -> None:
        self._client.close()


def grant_for(
    client_id: str, client_secret: str, username: str, private_key_file: Path | None, login_url: str
) -> Grant:
    if client_id and client_secret:
        return ClientCredentials(client_id, client_secret)
    if client_id and username and private_key_file is not None:
        return JwtBearer(client_id, username, private_key_file, login_url.rstrip("/"))
    raise SystemFailure(
        Failure(
            Recovery.CONFIGURATION,
            System.SALESFORCE,
            "salesforce.no_credentials",
            "there are no complete credentials for Salesforce",
            "set SALESFORCE_CLIENT_ID with SALESFORCE_CLIENT_SECRET, or with SALESFORCE_USERNAME and "
            "SALESFORCE_PRIVATE_KEY_FILE",
        )
    )
