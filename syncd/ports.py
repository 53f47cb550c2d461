"""What every connector speaks: `Source.pull`, `Target.read` and `Target.apply`, and the data they exchange.

A CRM is the same kind of thing whichever it is: something one can pull from and deliver to. Connectors return
values, and raise only `SystemFailure`, whose `Failure` is named by what the caller should do. Nothing here
knows a vendor, a database or a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from syncd.core.model import Ref, System

# --- failures --------------------------------------------------------------------------------------------


class Recovery(StrEnum):
    """What the caller does next. The only classes of error there are."""

    CONFIGURATION = "configuration"  # stop; a person mends settings, scopes or fields
    TRANSIENT = "transient"  # again later, by itself; never counts against the record
    UNKNOWN = "unknown"  # may have happened: settle before anything newer (same upsert, then read back)
    REJECTED = "rejected"  # the answer names the record: park it until its cause changes
    HALT = "halt"  # this system stops (quota, daily limit, migration), health turns red


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure, for people and for code. `code` is stable (`hubspot.missing_scope`); `message` says what
    happened without personal data; `cure` what to do; `subject` which object, `fields` which part."""

    recovery: Recovery
    system: System
    code: str
    message: str
    cure: str = ""
    subject: Ref | None = None
    fields: tuple[str, ...] = ()
    retry_after_s: float | None = None
    status: int | None = None
    others: tuple[Ref, ...] = ()  # existing records the answer names


class SystemFailure(Exception):  # noqa: N818 - it carries a Failure, and reads as one
    """A call to a system failed. `failure.recovery` says what to do; `str()` is safe to log."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.code}: {failure.message}")
        self.failure = failure


# --- what a pull brings ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counter:
    """A vendor's running total of one kind of act (opens, visits) and when the last one was.

    The pull job turns a raised total into one signal of that many; the first sight of a total counts in full
    at `last_at`.
    """

    source: str
    total: int
    last_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """A HubSpot contact, or a Salesforce Lead or Contact. `properties` hold what was asked for and is not
    blank, under the vendor's names, as text. `emails` are lower-case, the primary first. `merged_ids` are
    ids that now answer with this record. `same_as` are records of the same person elsewhere or after a
    conversion (`salesforceleadid`; the Contact a Lead became)."""

    ref: Ref
    properties: Mapping[str, str]
    modified_at: datetime
    created_at: datetime | None = None
    emails: tuple[str, ...] = ()
    merged_ids: tuple[str, ...] = ()
    company: Ref | None = None
    same_as: tuple[Ref, ...] = ()
    counters: tuple[Counter, ...] = ()
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Company:
    """A HubSpot company or a Salesforce Account. `domains` are lower-case host names."""

    ref: Ref
    name: str
    properties: Mapping[str, str]
    modified_at: datetime
    domains: tuple[str, ...] = ()
    merged_ids: tuple[str, ...] = ()
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """One dated fact about one or more people, as its source shows it now.

    `ref` names the source object, `source` the kind of fact (`hubspot.call`), `attributes` become its shape.
    `people` and `emails` say about whom; somebody unknown yet is kept until known. `quote` is at most one
    line of what was said. `is_ours` marks what we wrote ourselves: stored, never evidence.
    """

    ref: Ref
    source: str
    occurred_at: datetime
    modified_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    people: tuple[Ref, ...] = ()
    emails: tuple[str, ...] = ()
    title: str | None = None
    quote: str | None = None
    url: str | None = None
    count: int = 1
    is_ours: bool = False


class RemovalKind(StrEnum):
    ARCHIVED = "archived"
    DELETED = "deleted"
    MERGED = "merged"
    ERASED = "erased"  # a privacy deletion: we erase too


@dataclass(frozen=True, slots=True)
class Removal:
    """An object that is gone from its source. `into` is the survivor of a merge or conversion."""

    ref: Ref
    kind: RemovalKind
    at: datetime
    into: Ref | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """A Salesforce Opportunity or HubSpot deal, and the people on it. `amount` is decimal text."""

    ref: Ref
    stage: str
    is_closed: bool
    is_won: bool
    modified_at: datetime
    created_at: datetime | None = None
    closes_at: datetime | None = None
    amount: str | None = None
    currency: str | None = None
    lost_reason: str | None = None
    people: tuple[Ref, ...] = ()
    company: Ref | None = None
    is_removed: bool = False
    owner_id: str = ""  # a user of the same system; blank where not read


@dataclass(frozen=True, slots=True)
class User:
    """A Salesforce user or queue, or a HubSpot owner."""

    ref: Ref
    name: str
    email: str | None
    is_active: bool


Record: TypeAlias = Person | Company | Activity | Removal | Deal | User


class Cadence(StrEnum):
    HOT = "hot"  # every poll (60 s)
    SWEEP = "sweep"  # every 15 minutes: associations, archives, merges, what search withheld
    NIGHTLY = "nightly"


@dataclass(frozen=True, slots=True)
class Stream:
    """One feed of one system, pulled in the order listed. An optional stream may turn out unavailable (tier,
    scope): a shown state, not a failure. `baseline` streams must be complete once before anyone is judged."""

    system: System
    name: str
    cadence: Cadence
    is_optional: bool = False
    baseline: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """What one step of a pull brings, stored in one transaction with its cursor.

    `cursor` is the connector's own JSON text, to be given back unchanged. `is_complete` says the pass has
    reached the present. `unavailable` (why, in a sentence) ends the pull of an optional stream. `problems`
    are records that could not be read: kept by name, never skipped in silence.
    """

    records: tuple[Record, ...]
    cursor: str
    is_complete: bool
    problems: tuple[Failure, ...] = ()
    unavailable: str = ""
    covered_until_at: datetime | None = None  # nothing before this is missing


class Source(Protocol):
    """Something one can pull from."""

    system: System

    def streams(self) -> tuple[Stream, ...]:
        """The feeds of this system in the order they are to be pulled."""
        ...

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        """Yield pages until the present is reached. `cursor` is None on the first pull ever.

        The caller stores each page and its cursor in one transaction before asking for the next; a pull
        begun again from any stored cursor misses nothing. Raises SystemFailure.
        """
        ...


# --- what a delivery needs -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lookup:
    """What to read before one write: by our key, by ids already linked, by e-mail. Blank parts are none.

    `native` are records that HubSpot's own sync names, among those known; `near` people who may be the same
    and Accounts that may be theirs, read by id and judged by what they say. `priority` is that of the write:
    the look of a fresh SQL may use the reserved share of calls too.
    """

    effect_id: int
    kind: str  # the effect's kind: handoff, task, contact, membership, alert
    key: str = ""
    known: tuple[Ref, ...] = ()
    emails: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()  # fields to read on what is found
    payload: Mapping[str, object] = field(default_factory=dict)
    priority: int = 5
    native: tuple[Ref, ...] = ()
    near: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record found there now. `matched_by` is key, id, native, email or near. `fields` are fresh, blanks
    left out. `url` is where a person can look at it.

    `is_open` says a hand-off may go on it: a Lead neither converted nor deleted, a Contact not deleted.
    `moved_to` is the Contact a converted Lead became, or the winner of a merge. `touched` are fields whose
    last writer, as the system's own history tells, is somebody else.
    """

    ref: Ref
    matched_by: str
    fields: Mapping[str, str]
    is_open: bool = True
    moved_to: Ref | None = None
    modified_at: datetime | None = None
    url: str = ""
    touched: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """What is there for one lookup: people, and the Accounts among `near`."""

    effect_id: int
    candidates: tuple[Candidate, ...] = ()
    failure: Failure | None = None
    accounts: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """One change of one object: only fields that differ. `ref` None with a `key` is an upsert by external id
    (creates when absent). `priority` 0 is a fresh SQL. `payload` carries what is not a field: the list name,
    the message of an alert, the record a task belongs to. `is_repeat`: an earlier try may have arrived."""

    effect_id: int
    kind: str
    object_type: str
    key: str
    ref: Ref | None
    fields: Mapping[str, object]
    payload: Mapping[str, object] = field(default_factory=dict)
    priority: int = 5
    is_repeat: bool = False


class Result(StrEnum):
    DONE = "done"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write. `ref` is the object now there; `failure` is set unless done. `before` is what
    the answer tells of the state before, where only the answer does."""

    effect_id: int
    result: Result
    ref: Ref | None = None
    is_created: bool = False
    failure: Failure | None = None
    note: str = ""  # e.g. "Title cut from 300 to 128 characters"
    before: Mapping[str, object] = field(default_factory=dict)


class Target(Protocol):
    """Something one can deliver to."""

    system: System
    batch_max: int

    def read(self, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
        """Fresh state for each lookup, by position. Raises SystemFailure when nothing could be read."""
        ...

    def apply(self, writes: Sequence[Write]) -> tuple[Outcome, ...]:
        """One outcome per write, by position; a missing answer is `unknown`, never done.

        Never raises for one bad record; raises SystemFailure only when it is certain that nothing was sent.
        """
        ...


# --- checks, budgets, clock ------------------------------------------------------------------------------


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BEFORE_GO_LIVE = "before_go_live"  # blocks going live; a live profile goes on writing
    PROBLEM = "problem"  # blocks writing


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `syncd doctor`: what was checked, what was found, what to grant or create.

    `subject` is the field or list it is about, and then begins the title: findings that differ only in it and
    in their detail are shown together.
    """

    level: Level
    system: System
    code: str
    title: str
    detail: str = ""
    cure: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class SharedField:
    """A field or stage we write and HubSpot's own Salesforce sync writes too, where it is at work. `name` is
    `Lead.Title` or `contact.lifecyclestage`, `used_by` the line of the playbook, `cure` how we give it up."""

    name: str
    used_by: str
    cure: str


@dataclass(frozen=True, slots=True)
class FieldNeed:
    """A field the playbook reads or writes, and where it says so. `type` is `text`, `number`, `date`,
    `datetime`, `bool`, `picklist` or empty for any; `values` must exist in a restricted picklist."""

    object_type: str
    field: str
    is_written: bool
    type: str = ""
    values: tuple[str, ...] = ()
    used_by: str = ""
    must_be_unique: bool = False


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field the playbook writes and nobody but us can be expected to make, as `syncd setup` would make it.

    `type` is a word of `FieldNeed`, or `long_text`. `length` counts characters of text and digits of numbers.
    `options` are value and label of a closed set; a text field that is there already does as well.
    """

    object_type: str
    name: str
    label: str
    type: str
    description: str
    length: int = 0
    options: tuple[tuple[str, str], ...] = ()
    is_unique: bool = False
    source: str = ""  # what it is filled from: `syncd.level`


class Act(StrEnum):
    """What `syncd setup` does about one thing."""

    MAKE = "make"
    RESTORE = "restore"  # it was archived: making it brings it back with its values
    ADD_OPTIONS = "add_options"
    LEAVE = "leave"
    PERSON = "person"  # not ours to change: a person has to


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One field or group: what is there, what it would be, and for a person what to do. `is_ours` says that
    `syncd setup` made it."""

    act: Act
    object_type: str
    name: str
    before: str
    after: str
    cure: str = ""
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Needs:
    """Everything the playbook asks of one system, for `inspect`."""

    fields: tuple[FieldNeed, ...] = ()
    lists: tuple[str, ...] = ()
    lists_read: tuple[str, ...] = ()
    lifecycle_stages: tuple[str, ...] = ()
    lead_statuses: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    spare_owners: tuple[str, ...] = ()  # others take the place of one who can have no Leads
    unattended_owners: tuple[str, ...] = ()  # queues that need no members: another router empties them
    org_rules: bool = False
    unsubscribes: bool = False
    shared: tuple[SharedField, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """Which portal or org answers: `id` is bound to the store. `is_sandbox` as the vendor says; `url` is
    where people open its records, blank where that is not one address."""

    system: System
    id: str
    name: str
    time_zone: str = "UTC"
    is_sandbox: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who set the present `value` of a field, as the vendor's history tells: `user`, `workflow`, `import`,
    `integration`, `native_sync` or the vendor's own word in lower case; `name` is an id, blank where none."""

    kind: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A status or stage that was seen to be `value` on a record last changed at `at`."""

    ref: Ref
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a change, by id: `user`; `last_modifier`, who changed the record last, where its history does
    not tell of one value; `us`, whom we write as; `unknown`."""

    kind: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls made since the process began, per endpoint, and the vendor's own meter where it shows one."""

    system: System
    endpoint: str
    calls: int
    errors: int
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit as last seen: `used` of `limit`, in `window` (day, 10 seconds, ...)."""

    system: System
    name: str
    used: int
    limit: int
    window: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of all records of one object: each id and when it changed last. `after` leads on, blank at the
    end."""

    records: tuple[tuple[str, datetime | None], ...]
    after: str = ""


class Connector(Source, Target, Protocol):
    """A CRM: pulled from, delivered to, checked."""

    def account(self) -> Account:
        """Who answers. Raises SystemFailure(CONFIGURATION) for bad credentials."""
        ...

    def inspect(self, needs: Needs) -> tuple[Finding, ...]:
        """Every check of permissions, fields, values and other writers; never writes; never raises."""
        ...

    def usage(self) -> tuple[Usage, ...]: ...

    def budgets(self) -> tuple[Budget, ...]: ...

    def close(self) -> None: ...


class Clock(Protocol):
    """Business time. The lease does not use it: it reads the database's clock and the boot clock."""

    def now(self) -> datetime: ...
