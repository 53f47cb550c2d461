"""Who could have a lead, and who was given it: users, what they have in hand, and the choice that was made.

Frozen values only. Ids of Salesforce have 15 characters, or 18 with a check sum: everything here is asked by
`short` of an id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

QUEUE_PREFIX = "00G"
# Ids of queues begin with 00G: Salesforce, Object Reference, Group.


def short(record_id: str) -> str:
    """The part of a Salesforce id that tells records apart."""
    return record_id[:15]


class Step(StrEnum):
    """How an owner was found. The first seven can be ordered in routing.yaml, the others stand fast."""

    LAST_OWNER = "last_owner"
    MEETING_HOST = "meeting_host"
    SAME_COMPANY = "same_company"
    ACCOUNT_OWNER = "account_owner"
    TERRITORY = "territory"
    ROUND_ROBIN = "round_robin"
    QUEUE = "queue"
    PRESENT = "present"  # the record is there, and has an owner
    NAMED = "owner"  # the owner routing.yaml names for everybody else
    ORG_RULES = "org_rules"  # Salesforce's own assignment rules choose
    ROUTER = "router"  # another router chooses, from the place leads begin in
    PERSON = "person"  # somebody of our own users said so
    NOBODY = "nobody"


ORDERED = (
    Step.LAST_OWNER,
    Step.MEETING_HOST,
    Step.SAME_COMPANY,
    Step.ACCOUNT_OWNER,
    Step.TERRITORY,
    Step.ROUND_ROBIN,
    Step.QUEUE,
)
"""Steps a playbook may order."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one owner has of ours: open hand-overs, those given today, and which turn was the last (a number
    that only grows; 0: never had one)."""

    open: int = 0
    today: int = 0
    turn: int = 0
    last_at: datetime | None = None


NO_LOAD = Load()


@dataclass(frozen=True, slots=True)
class User:
    """A user or queue of Salesforce. `unfit` is why they can have no Leads, as last checked."""

    id: str
    name: str
    is_active: bool = True
    unfit: str = ""

    @property
    def is_queue(self) -> bool:
        return self.id.startswith(QUEUE_PREFIX)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the same company sales has in hand: who owns them, since when. Or an open opportunity of
    the company, named by `deal`, whose owner has all of it in hand."""

    lead_id: int
    owner_id: str
    since_at: datetime
    name: str = ""
    deal: str = ""


@dataclass(frozen=True, slots=True)
class Employer:
    """The company of one lead: a key of ours, what it is called, and who of it sales has in hand."""

    key: str
    name: str
    colleagues: tuple[Colleague, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """All that choosing looks at besides the lead. `users` and `loads` go by `short` ids, `hosts` from
    HubSpot's owner ids to Salesforce users with the same address, `employers` by lead."""

    users: Mapping[str, User] = field(default_factory=dict)
    loads: Mapping[str, Load] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    employers: Mapping[int, Employer] = field(default_factory=dict)

    def user(self, record_id: str) -> User | None:
        return self.users.get(short(record_id))

    def load(self, record_id: str) -> Load:
        return self.loads.get(short(record_id), NO_LOAD)

    def unfit(self, record_id: str) -> str:
        """Why this owner cannot have a Lead: a code; blank where nothing speaks against them. Whom we know
        nothing of may have it: Salesforce says otherwise, and so does the doctor."""
        user = self.user(record_id)
        if user is None:
            return ""
        return user.unfit or ("" if user.is_active else "inactive")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step that gave nobody, or somebody it passed over: a code, and whom it is about."""

    step: str
    code: str
    whom: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The choice for one pass: who, by which step, what that went by, and why the steps before gave nobody.
    `owner_id` is blank where Salesforce chooses, and where nobody is free."""

    pass_number: int
    owner_id: str
    step: str
    chosen_at: datetime
    code: str = ""
    about: str = ""
    skipped: tuple[Skipped, ...] = ()
    employer: Employer | None = None  # while the choice is made; not kept
