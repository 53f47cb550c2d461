"""The nouns every part shares: references, facts, positions, snapshots and decisions.

Frozen values only, standard library only. Times are aware UTC and end in `_at`. Scores are integers of
micro-points (1 point = 1_000_000), so that reasons sum to the score exactly. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from syncd.core.desk import Assignment

MICRO = 1_000_000
"""Micro-points in one point."""


class System(StrEnum):
    """Who said it, or whom it is for. `SYNCD` marks facts of our own (a confirmed delivery, a release)."""

    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"
    NOTIFY = "notify"
    SYNCD = "syncd"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """One object in one system. `object` is our word for its type: contact, company, lead, task, call, ..."""

    system: System
    object: str
    id: str

    def __str__(self) -> str:
        return f"{self.system}:{self.object}:{self.id}"


# --- facts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """What a signal looks like apart from when and who: the part predicates test, interned in the store.

    `source` is the kind of fact as a connector names it (`hubspot.form_submission`, `hubspot.page_view`,
    `salesforce.lead_change`, `syncd.delivered`, ...). `attributes` hold few distinct values: form name,
    normalised URL without query, direction, outcome, property and new value; never a person's words.
    """

    source: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Detail:
    """The personal, deletable part of a signal: a title (subject, page title) and one quoted line."""

    title: str | None = None
    quote: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One dated fact about one lead. `key` is the 64-bit hash of (system, object, id, source, version).

    `count` is how many times it happened at once: counters of the vendor arrive as one signal of n.
    """

    key: int
    occurred_at: datetime
    known_at: datetime
    shape: Shape
    count: int = 1
    ref: Ref | None = None
    detail: Detail | None = None


# --- stages ----------------------------------------------------------------------------------------------


class Stage(StrEnum):
    """The fixed kinds of stage. A position is a kind plus, for MQL, the level named in the playbook."""

    LEAD = "lead"
    MQL = "mql"
    NEAR_SQL = "near_sql"
    SQL = "sql"
    HANDED_OFF = "handed_off"
    ACCEPTED = "accepted"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    REJECTED = "rejected"
    LOST = "lost"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a lead stands: stage kind and level name (the id of an MQL level, else empty)."""

    stage: Stage
    level: str = ""

    def __str__(self) -> str:
        return f"{self.stage}:{self.level}" if self.level else str(self.stage)


class Cause(StrEnum):
    """Why a transition happened. Codes, never sentences; the ledger holds no personal data."""

    CREATED = "created"  # first seen after the baseline
    ADOPTED = "adopted"  # the stage both CRMs showed at the baseline
    CRITERIA_MET = "criteria_met"
    CRITERIA_LOST = "criteria_lost"  # decay, expiry, retraction
    DECISIVE_ACTION = "decisive_action"
    THRESHOLD = "threshold"
    FILTER = "filter"
    FILTER_LIFTED = "filter_lifted"
    DELIVERED = "delivered"  # Salesforce has confirmed the hand-off
    SALES_ACCEPTED = "sales_accepted"
    SALES_REJECTED = "sales_rejected"
    SALES_DISQUALIFIED = "sales_disqualified"
    SALES_UNRESPONSIVE = "sales_unresponsive"
    OPPORTUNITY_OPENED = "opportunity_opened"
    OPPORTUNITY_WON = "opportunity_won"
    OPPORTUNITY_LOST = "opportunity_lost"
    RECYCLED = "recycled"
    REENTERED = "reentered"  # new evidence after the cool-down
    RELEASED = "released"  # a person released evidence older than go-live
    PLAYBOOK_CHANGED = "playbook_changed"
    SEGMENT_CHANGED = "segment_changed"  # another scoring model applies now
    CORRECTED = "corrected"
    UNDONE = "undone"  # a person took back what a run had done
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Transition:
    """One move of one lead. `effective_at` is when the condition became true; the store adds `recorded_at`.

    `evidence` are keys of the signals that carried it. `numbers` are scores at the time, in micro-points.
    `code` narrows the cause: the rule, filter, decisive kind or reason code. `track` is set on moves to an
    MQL level, near-SQL and `recycled`, `until_at` on the last.
    """

    effective_at: datetime
    origin: Position | None
    target: Position
    cause: Cause
    code: str = ""
    pass_number: int = 0
    evidence: tuple[int, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    track: str = ""
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The current end of one lead's ledger, as the store keeps it beside the lead.

    `pass_number` counts hand-offs begun (0: never). `until_at` is the end of a cool-down. `evidence_floor_at`
    is the moment before which evidence may not carry a new hand-off (end of the last pass, or the baseline).
    `handed_off_at` is when the present pass was confirmed, `qualified_at` when it became SQL.
    """

    position: Position
    since_at: datetime
    pass_number: int = 0
    reason: str = ""
    track: str = ""
    until_at: datetime | None = None
    evidence_floor_at: datetime | None = None
    qualified_at: datetime | None = None
    handed_off_at: datetime | None = None


# --- what decide reads -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A deal sales works, from Salesforce (or a HubSpot deal where there is no Salesforce one)."""

    ref: Ref
    stage: str
    is_closed: bool
    is_won: bool
    closes_at: datetime | None = None
    amount: str | None = None  # decimal text, in `currency`
    currency: str | None = None
    modified_at: datetime | None = None
    lost_reason: str | None = None
    owner_id: str = ""  # Salesforce user who owns it, where known


@dataclass(frozen=True, slots=True)
class SalesRecord:
    """A Salesforce Lead or Contact that is this person, as last read. `fields` use Salesforce's names."""

    ref: Ref
    fields: Mapping[str, str]
    modified_at: datetime | None = None
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person's word that one filter, gate or need does not count for this lead: its id (`student`, `icp`,
    `machine_clicks`, a need of decisive actions), who said so, why, and until when (None: for good).

    It holds while `at` <= now < `until_at`. A filter set aside stops nothing and is shown as not matching; a
    `stop` cannot be. The ICP gate set aside stops nothing, but still answers as before. A need set aside
    counts as met."""

    id: str
    by: str = ""
    why: str = ""
    at: datetime | None = None
    until_at: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        """Whether it counts at this moment."""
        has_begun = self.at is None or self.at <= now
        return has_begun and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the profile may do. `go_live_at` is None while it observes: then nothing hands over.

    `is_released` says a person released this lead's evidence from before go-live.
    """

    baseline_at: datetime | None
    go_live_at: datetime | None
    is_released: bool = False
    released_by: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """The lead whose Salesforce record a person's own was merged into, though HubSpot has them as two: since
    then what sales does with that record is about both."""

    lead_id: int
    since_at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known about one lead, and all that `decide` may look at.

    `fields` are the person's and company's properties under prefixed names: `contact.jobtitle` (HubSpot
    contact), `company.industry` (HubSpot company), `lead.Status` (Salesforce Lead), `sfcontact.Title`
    (Salesforce Contact); values are text as the vendor sends it, absent when blank. `signals` have
    retractions applied and are ordered by (occurred_at, key). `standing` is None for a lead that was never
    evaluated. `account_people` is how many other people of the company are known; `account_open_deal`,
    `account_is_customer` say what Salesforce shows for the company, `account_records` are its Accounts there.
    """

    lead_id: int
    key: str | None  # external id `<portal>:<n>`; None for a person Salesforce alone knows
    fields: Mapping[str, str]
    emails: tuple[str, ...]
    signals: tuple[Signal, ...]
    standing: Standing | None
    baseline: Baseline
    hubspot: Ref | None = None
    sales_records: tuple[SalesRecord, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    created_at: datetime | None = None
    evaluated_at: datetime | None = None
    owner_names: Mapping[str, str] = field(default_factory=dict)  # Salesforce user id -> display name
    account_people: int = 0
    account_open_deal: bool = False
    account_is_customer: bool = False
    account_records: tuple[SalesRecord, ...] = ()
    merged_ids: tuple[str, ...] = ()  # HubSpot contacts that became this one
    open_hold: bool = False
    history: tuple[Transition, ...] = ()  # the lead's ledger so far, oldest first: dates and earlier passes
    evaluated_version: str = ""  # evaluation version of the playbook at the last evaluation, where known
    evaluated_model: str = ""  # scoring model that applied at the last evaluation, where known
    waivers: tuple[Waiver, ...] = ()
    assignment: Assignment | None = None  # who the present pass was given to, once that was chosen
    account_signals: tuple[Signal, ...] = ()
    """What colleagues did, as facts about this lead: source `account.activity`, one per colleague and UTC day
    (the first of the day), and `account.person_joined`, a colleague's first act. Attributes: `person` (a
    surrogate), `seniority`, `function`. Never the lead's own acts."""
    org_url: str = ""
    """Address of the Salesforce org, where it is known: what links to its records begin with."""
    undone_at: datetime | None = None
    """Since when a person's undo keeps the lead where it stood: until released, or a newer fact moves it."""
    followed: Followed | None = None


# --- what decide says ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reason:
    """One line under a score: what, when, and exactly how many micro-points it gives now.

    `rule` is the playbook's id; `label` a sentence part for people; caps are reasons of their own (negative).
    """

    rule: str
    label: str
    points_micro: int
    at: datetime | None = None
    count: int = 1
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """One score. `points_micro == sum(r.points_micro for r in reasons)`, always."""

    points_micro: int
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> float:
        return self.points_micro / MICRO


Met = Literal["met", "missing", "unknown"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion checked: met, missing or unknown (no data), with where it was seen and when."""

    id: str
    label: str
    state: Met
    source: str = ""
    at: datetime | None = None
    confidence: Literal["", "confirmed", "inferred"] = ""  # of a letter of the framework
    expires_at: datetime | None = None  # when it stops holding, short of new facts


@dataclass(frozen=True, slots=True)
class MachineAct:
    """An open or click left out of the score because a machine made it, and why. Reversible: it is stored."""

    key: int
    at: datetime
    kind: str  # id of the signal kind it would have been
    reason: str  # code: too_soon, burst, agent, no_visit, ...


@dataclass(frozen=True, slots=True)
class ModelScore:
    """What another segment's model would give: a hint, it never drives the stage, so `earned` is at most
    near-SQL."""

    model: str
    label: str
    fit_micro: int
    engagement_micro: int
    intent_micro: int
    grade: str
    earned: Position


@dataclass(frozen=True, slots=True)
class FilterResult:
    """One named filter: whether it matched, on what evidence, and what follows (block, divert, hold, ...)."""

    id: str
    label: str
    matched: bool
    evidence: str = ""
    outcome: str = "block"
    code: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The evaluation at one instant: scores, grade, criteria per level, filters, ICP, the level they earn.

    `earned` is where the criteria alone would put the lead (`lead`, an MQL level, `near_sql` or `sql`),
    wherever it stands; `sql` only while no filter and no failed ICP gate is in the way.
    `decisive` is the signal kind that hands over on its own, if one does, with its evidence.
    `missing` lists what somebody who earns near-SQL lacks for SQL. `model` is the scoring model that applied.
    """

    at: datetime
    model: str
    fit: Score
    engagement: Score
    intent: Score
    grade: str
    icp: Met
    earned: Position
    filters: tuple[FilterResult, ...]
    criteria: tuple[Criterion, ...]
    missing: tuple[str, ...] = ()
    decisive: str = ""
    evidence: tuple[int, ...] = ()
    evidence_at: datetime | None = None  # newest signal that carries the earned level
    cause: Cause = Cause.CRITERIA_MET
    blocked_by: str = ""  # the filter, gate or guard that stopped a decisive action or an SQL score
    lifetime_micro: Mapping[str, int] = field(default_factory=dict)
    """Engagement and intent ever earned: each signal a behaviour rule counts (distinct, per day, newest) at
    full points, without decay, diminishing, window or cap."""
    cell: str = ""  # of the score-grade matrix
    machine: tuple[MachineAct, ...] = ()
    others: tuple[ModelScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """One intended state of one object elsewhere, before it becomes an effect in the outbox.

    `target` is unique within (system): `lead:<key>`, `task:<key>:<pass>:<purpose>`, `record:<key>`,
    `contact:<hubspot id>`, `track:<hubspot id>`, `alert:<lead id>:<pass>:<event>:<recipient>`.
    `payload` is the whole intended state of the fields we own, JSON scalars, lists and maps only. `after`
    names a target in the same system that must be done first. Lower `priority` goes first; 0 is a fresh SQL.
    """

    system: System
    kind: Literal[
        "handoff", "task", "record", "contact", "membership", "alert", "notice", "undo", "campaign", "optout"
    ]
    target: str
    payload: Mapping[str, object]
    pass_number: int
    priority: int = 5
    after: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for one lead: verdict, moves in order, the standing they end in, intended effects.

    `due_at` is the exact next moment at which the lead moves, becomes or stops being releasable, passes a
    clock or the end of a letter, or, where it stands at near-SQL, lacks something else, without new facts;
    None for never. A grade, a cell, a score, or what the criteria alone would make of a lead that stands
    elsewhere is none of these: they are reckoned whenever they are shown.
    `withdraw` says unsent hand-off, task and alert of this lead are to be cancelled together.
    `headline` is the verdict in one line for people.
    """

    lead_id: int
    verdict: Verdict
    transitions: tuple[Transition, ...]
    standing: Standing
    intents: tuple[Intent, ...]
    due_at: datetime | None
    headline: str
    withdraw: bool = False
    letters_end_at: datetime | None = None
    """When the first letter known ages out, or the wait for an answer is over; `due_at` is no later."""
    reread_at: datetime | None = None
    """When the first thing said of colleagues ends on the facts as they are; None where nothing is said. A
    colleague who acts again before is no news until then: who is to be woken then is not woken at once."""
    releasable: bool = False  # qualifies on evidence older than go-live: belongs on the release list
