"""The playbook as the core reads it: the one shared definition of MQL, near-SQL and SQL, as frozen data.

`syncd.settings` builds it from YAML and guarantees what the types cannot: ids are unique, every signal,
level, track and reason named somewhere exists, inheritance is resolved, patterns are bounded. Labels are
written by people and shown as they are. Windows count whole seconds, both ends included: an age is the whole
second of now less the whole second of the date. A signal counts from the later of its date and the time it
became known, and ages from its date; newest means newest by (time, key).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Literal, TypeAlias

from syncd.core.alert_rules import ChannelUse, NearDigest, QuietHours, SystemAlarms
from syncd.core.open_rules import ActivityHistory, News
from syncd.core.person_fields import CONSENT_VALUES, INPUTS, MAPPED_INPUTS

# --- criteria: one small language for fit rules, filters, gates, levels and segments ---------------------


class Operator(StrEnum):
    """How a field is compared. Text compares without case and without blanks around it; a blank field makes
    every test but these unknown: `present` and `absent`, which are then false and true."""

    IS = "is"  # equals one of the values
    CONTAINS = "contains"  # has one of the values in it, at word borders
    MATCHES = "matches"  # equals one of the glob patterns (* and ? only)
    AT_LEAST = "at_least"  # number, inclusive
    AT_MOST = "at_most"
    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A test of one field: `contact.*`, `company.*`, `lead.*`, `sfcontact.*`, or a derived one.

    Derived by the core: `person.seniority` (c_level, vp, director, head, manager, senior, individual,
    entry, student), `person.function` (marketing, sales, operations, it, engineering, finance, hr, product,
    customer, legal, procurement, research, education, general), `person.email_domain`, `person.email_kind`
    (business, free, disposable, role, education, none), `person.direction` (inbound, outbound; who spoke
    first), `person.country` (ISO 3166 two-letter code), `person.company_name`; and of the company
    `account.is_customer`, `account.has_open_deal` (true, false), `account.people` (how many colleagues are
    known), `account.matched_by` (association, domain, name; how the person came to it).
    """

    field: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignalTest:
    """True when the kinds in `signals` happened at least `at_least` times in all, within `within_days`.

    A counter of n happened n times. With `distinct`, equals count once, the newest of them: `channel`,
    `offer` or `kind` of the playbook's kinds, or an attribute of the fact (`campaign`, `url`, `form`,
    `person` of a colleague's act, ...). What has no such value counts nothing; a fact of several kinds in
    `signals` stands for the first of them in the playbook's order.
    """

    signals: tuple[str, ...]
    at_least: int = 1
    within_days: float | None = None
    distinct: str = ""


@dataclass(frozen=True, slots=True)
class SequenceTest:
    """True when one signal of each step happened in this order, by (time, key), the first of them within
    `within_days`: prices after a case study. Each step takes a signal of its own, whatever its count."""

    steps: tuple[tuple[str, ...], ...]
    within_days: float


@dataclass(frozen=True, slots=True)
class IdleTest:
    """True when the kinds in `signals` happened, but not in the last `days`; false when they never did."""

    signals: tuple[str, ...]
    days: float


@dataclass(frozen=True, slots=True)
class ScoreTest:
    """True when a score reaches `at_least` (and stays under `below`). Points, compared as micro-points."""

    score: Literal["fit", "engagement", "intent", "total"]
    at_least: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class GradeTest:
    grades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IcpTest:
    """True when the ICP gate is met; with `unknown_counts`, also while it is unknown."""

    unknown_counts: bool = False


@dataclass(frozen=True, slots=True)
class LevelTest:
    """True when the entry criteria of another MQL level hold, wherever the lead stands."""

    level: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """All are true. False as soon as one is, unknown as long as one is; true of nothing."""

    items: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least so many are true; false once so many can no longer be, else unknown."""

    items: tuple[Test, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class NotOf:
    """The opposite; of unknown, unknown."""

    item: Test


@dataclass(frozen=True, slots=True)
class ModelTest:
    """True when one of these scoring models applies to the lead: what its segment asks for. For the hint of
    another model, that one applies."""

    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellTest:
    """True when the lead is in one of these cells of the score-grade matrix (`A1`, `B2`); without a matrix,
    never."""

    cells: tuple[str, ...]


Test: TypeAlias = (
    FieldTest
    | SignalTest
    | SequenceTest
    | IdleTest
    | ScoreTest
    | GradeTest
    | CellTest
    | ModelTest
    | IcpTest
    | LevelTest
    | AllOf
    | AnyOf
    | NotOf
)


@dataclass(frozen=True, slots=True)
class Named:
    """A test people can read: shown as `label` in explanations, met / missing / unknown."""

    id: str
    label: str
    test: Test


# --- signals ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """An attribute of the shape equals one of the glob `patterns` (case ignored); `negate` turns it round. An
    absent attribute equals none."""

    attribute: str
    patterns: tuple[str, ...]
    negate: bool = False


@dataclass(frozen=True, slots=True)
class SourceMatch:
    """Facts of one `source` (`hubspot.form_submission`, ...) whose attributes pass all of `where`."""

    source: str
    where: tuple[AttributeTest, ...] = ()


Phase = Literal["awareness", "consideration", "decision", "sales", "system"]


@dataclass(frozen=True, slots=True)
class SignalKind:
    """One named kind of signal. A fact may belong to several kinds. `intent` ranks what it says of buying.

    `is_human_need` marks kinds whose quoted line is what the person said (form message, reply, notes).
    """

    id: str
    label: str
    sources: tuple[SourceMatch, ...]
    channel: str = "website"
    offer: str = ""
    phase: Phase = "awareness"
    direction: Literal["inbound", "outbound", "none"] = "inbound"
    intent: Literal["none", "weak", "strong"] = "none"
    is_human_need: bool = False
    retention_days: int | None = None


# --- scoring ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FitRule:
    id: str
    label: str
    points: float
    when: Test
    group: str = ""


@dataclass(frozen=True, slots=True)
class BehaviourRule:
    """Points for each matching signal, decayed by half-life, the newest first.

    A signal of several of the kinds counts once; a counter of n is n happenings. With `distinct` (as in
    SignalTest), of equals only the newest counts; then at most `per_day` per calendar day (UTC), then at most
    `newest` in all. With `diminishing`, each counted happening gives that share of the next newer one.
    `window_days` drops older signals. Decay is by `half_life_days` or by `steps` of (age up to so many days,
    share of the points, never rising), oldest last, nothing after the last; without either points do not
    decay. The shares add up newest first, times `points`, rounded to whole micro-points (half to even); then
    `cap` limits the rule's sum (points, same sign as `points`). `score` says which number it feeds.
    """

    id: str
    label: str
    signals: tuple[str, ...]
    points: float
    half_life_days: float | None = None
    window_days: float | None = None
    cap: float | None = None
    per_day: int | None = None
    newest: int | None = None
    group: str = ""
    score: Literal["engagement", "intent"] = "engagement"
    steps: tuple[tuple[float, float], ...] = ()
    diminishing: float | None = None
    distinct: str = ""


@dataclass(frozen=True, slots=True)
class PatternRule:
    """Points while `when` holds (S55): counts within windows, sequences, idleness, breadth, the buying group,
    fields. It cannot look at scores, grades, cells, the ICP gate or levels."""

    id: str
    label: str
    when: Test
    points: float
    score: Literal["engagement", "intent"] = "engagement"
    group: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One scoring model; the first whose `when` is true (or which has none) drives the stage, else the last.

    `group_caps` limit what the rules of a group (behaviour, patterns or fit) give within one score: a
    positive cap is a ceiling, a negative one a floor. A rule whose test is unknown gives nothing. `grades`
    map a letter to the lowest fit points that earn it, best first; below all is the last letter.
    """

    id: str
    label: str
    when: Test | None
    fit: tuple[FitRule, ...]
    behaviour: tuple[BehaviourRule, ...]
    patterns: tuple[PatternRule, ...]
    group_caps: Mapping[str, float]
    grades: tuple[tuple[str, float], ...]


# --- filters and levels ----------------------------------------------------------------------------------


FilterOutcome = Literal["block", "divert", "hold", "no_nurture", "stop"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Who is kept out, by name. `block` disqualifies; `divert` names who gets it instead; `hold` asks a
    person; `no_nurture` stops marketing only (an opted-out person may still ask for sales); `stop` is an
    objection: it disqualifies and ends nurture, alerts and hand-off alike, and nobody can set it aside."""

    id: str
    label: str
    test: Test
    outcome: FilterOutcome = "block"
    divert_to: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One MQL level. A lead enters when all of `enter` hold and leaves only when `leave` holds (hysteresis);
    without `leave`, when `enter` no longer does. Where both hold, `enter` counts. Later in the list is
    higher; who stands above a level, near-SQL included, is on it too, and falls to the highest it does not
    leave."""

    id: str
    label: str
    enter: tuple[Named, ...]
    leave: Test | None = None
    track: str = ""


@dataclass(frozen=True, slots=True)
class NearSql:
    """Near-SQL: at least `at_least` of the SQL criteria met while all of `enter` hold, the named floor."""

    enter: tuple[Named, ...]
    at_least: int
    track: str = ""


@dataclass(frozen=True, slots=True)
class Decisive:
    """Kinds that hand over on their own when all `needs` are met (unknown is not), never past a filter or a
    failed ICP gate (S59). An unknown ICP is not a failed one."""

    signals: tuple[str, ...]
    within_days: float
    needs: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Bant:
    """One letter of the framework: what confirms it and what lets it be inferred; evidence ages out."""

    id: str
    label: str
    confirmed: Test
    inferred: Test | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell of the matrix means: its name (grade, then band: `A1`), what to do with such a lead, in
    words, and the nurture track it means below SQL (blank: the level's own), taken when the lead moves."""

    id: str
    action: str
    track: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Grade by band of one score. `bands` are (name, lowest points), best first; below all is the last. A
    lead is in a cell also where `cells` does not say what that means."""

    score: Literal["engagement", "intent", "total"]
    bands: tuple[tuple[str, float], ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class MachineClicks:
    """How opens and clicks by mail scanners and privacy proxies are told from people's.

    Judged per lead from the facts visible, never from the clock: sooner after the send than
    `seconds_after_send`, at least `burst_links` different links within `burst_seconds`, known agents; a page
    view, form, reply or meeting of the same person within `redeemed_minutes` after it speaks for a person.
    """

    is_on: bool = True
    seconds_after_send: int = 10
    burst_links: int = 3
    burst_seconds: int = 10
    redeemed_minutes: int = 30


@dataclass(frozen=True, slots=True)
class Confirm:
    """Who is asked whether they want to talk to sales before sales hears, and what answers (S46, S49).

    Asked is, by being put on `track`, whoever comes to near-SQL (where `near_sql` says so) or to an MQL level
    while any of `who` holds. `yes` and `no` are kinds of signal; after `wait_days` silence is the answer.
    Days are of the calendar. A blank track afterwards is that of the level."""

    track: str
    yes: tuple[str, ...]
    no: tuple[str, ...]
    wait_days: float
    near_sql: bool = True
    who: tuple[Named, ...] = ()
    after_no: str = ""
    after_silence: str = ""
    again_after_days: float = 180.0


@dataclass(frozen=True, slots=True)
class Levels:
    icp: tuple[Named, ...]
    mql: tuple[Level, ...]  # lowest first
    near_sql: NearSql
    sql: tuple[Named, ...]  # by score and criteria: all must hold
    decisive: Decisive
    bant: tuple[Bant, ...]
    framework: str = "BANT"  # what the letters are called together
    matrix: Matrix | None = None
    evangelist: tuple[Named, ...] = ()  # a customer who does all of these speaks for us (S15)
    confirm: Confirm | None = None


# --- sales, SLA, recycling -------------------------------------------------------------------------------


Meaning = Literal["new", "working", "accepted", "rejected", "disqualified", "unresponsive", "nurture"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What Salesforce's Lead Status values mean to us, and where the reason stands."""

    statuses: Mapping[str, Meaning]
    reason_field: str
    reasons: Mapping[str, str]  # Salesforce value -> our reason code
    lost_reasons: Mapping[str, str]  # Opportunity loss reason -> our reason code
    default_reason: str
    lost_reason_field: str = ""
    reopen_as: str = ""  # status of a Lead sales gave back, when it is handed over again; blank: as it is
    reopen_from: tuple[str, ...] = ()  # the statuses it may have by then; empty: all that give a Lead back


WayBack = Literal["new_evidence", "decisive_only", "date_only", "never"]
"""What brings somebody back once the cool-down is over."""


@dataclass(frozen=True, slots=True)
class RecycleRule:
    """What happens after a reason: the nurture track, the cool-down, whether a decisive action may break it,
    and what brings somebody back afterwards. `date_field` holds the day the prospect named, which then takes
    the place of the cool-down. `is_final` reasons disqualify instead of recycling."""

    reason: str
    label: str
    track: str
    cool_down_days: int
    decisive_breaks: bool = False
    is_final: bool = False
    lifecycle_stage: str = "marketingqualifiedlead"  # blank: what mapping.yaml says of disqualified people
    lead_status: str = ""
    way_back: WayBack = "new_evidence"
    date_field: str = ""  # of the Lead or Contact in Salesforce; blank: no date is taken


@dataclass(frozen=True, slots=True)
class Recycle:
    rules: Mapping[str, RecycleRule]
    pass_limit: int
    unresponsive_after_days: int
    date_max_days: int = 730  # a day named further ahead is taken for a slip

    @property
    def date_fields(self) -> frozenset[str]:
        """Salesforce fields that hold the day a prospect named."""
        return frozenset(rule.date_field for rule in self.rules.values()) - {""}


@dataclass(frozen=True, slots=True)
class Objection:
    """What prospects put forward against buying now: what sales writes of it (globs), and the letter of the
    framework it speaks against, blank for none. For reports alone; nothing follows from it."""

    id: str
    label: str
    written: tuple[str, ...]
    contradicts: str = ""


@dataclass(frozen=True, slots=True)
class Chase:
    """Who gives a lead back without a reason is asked for it: by a task after so many hours, and once a day
    by a line to `channels`, none for nobody."""

    after_hours: float = 24.0
    makes_task: bool = True
    channels: tuple[str, ...] = ()
    at: time = time(8)
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Track:
    """A nurture track: shown to marketing as a property value, started by membership of a HubSpot list."""

    id: str
    label: str
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A piece of content that answers what is missing: `closes` are ids of criteria of SQL, of the ICP and of
    letters. Offered on `tracks` (empty: on every one), until there is a signal of a kind in `had`."""

    offer: str
    closes: tuple[str, ...]
    tracks: tuple[str, ...] = ()
    had: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When sales works. `holidays` are dates on which it does not."""

    time_zone: str
    days: tuple[int, ...]  # 0 is Monday
    opens: time
    closes: time
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Tier:
    """How soon first contact is due for what a decisive action of `kinds` handed over; business hours."""

    id: str
    label: str
    kinds: tuple[str, ...]
    target_hours: float
    breach_hours: float


@dataclass(frozen=True, slots=True)
class SlaStep:
    """A message of the clock: business hours before the target or after the breach, and where it goes."""

    hours: float
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlaSteps:
    """What follows while nobody has touched the lead: a reminder before the target, the manager's alert at
    the breach, a request to reassign it after that. None of them where it is not set."""

    manager: str = ""
    remind: SlaStep | None = None
    escalate: SlaStep | None = None
    reassign: SlaStep | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """Who works which hours: `owners` are Salesforce users and queues, `when` a test of the lead's fields.
    Hours are business hours of this team's calendar."""

    id: str
    label: str
    hours: BusinessHours
    target_hours: float
    breach_hours: float
    tiers: tuple[Tier, ...] = ()
    steps: SlaSteps = SlaSteps()
    owners: frozenset[str] = frozenset()
    when: Test | None = None


Counts: TypeAlias = Literal["attempt", "contact", "reply", "nothing"]
"""What a fact is to the clock: sales tried, sales and the person spoke, the person answered (which is contact
once sales has tried), or no touch."""


@dataclass(frozen=True, slots=True)
class TouchRule:
    """Facts of one source, with these attributes and, where patterns are given, one of these subjects. With
    `restarts` they start the clock anew: what was agreed did not take place."""

    match: SourceMatch
    counts: Counts
    subject: tuple[str, ...] = ()
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class Touches:
    """Which facts are sales' work: the first rule that fits; what none fits is no touch.

    Salesforce rows made by a user of `for_owner` are their owner's work (a dialer's), those made by one of
    `of_nobody` are no work at all; what such a user or a queue owns itself is nobody's.
    """

    rules: tuple[TouchRule, ...] = ()
    for_owner: frozenset[str] = frozenset()
    of_nobody: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sla:
    """How soon sales makes first contact, in business hours of `hours`; `teams` have hours of their own."""

    target_hours: float  # business hours to first contact
    breach_hours: float
    hours: BusinessHours
    task_subject: str
    task_priority: str
    task_status: str
    met_by: Literal["attempt", "contact"] = "attempt"
    tiers: tuple[Tier, ...] = ()  # first match wins; nobody's: target_hours and breach_hours
    steps: SlaSteps = SlaSteps()
    teams: tuple[Team, ...] = ()  # first match wins
    touches: Touches = Touches()

    @property
    def everybody(self) -> Team:
        """The team of leads no other team has."""
        return Team("", "", self.hours, self.target_hours, self.breach_hours, self.tiers, self.steps)


CaseRule: TypeAlias = Literal["contact", "lead", "hold"]


@dataclass(frozen=True, slots=True)
class Cases:
    """Lead or Contact, case by case. Somebody new whose company is a customer, or has an open opportunity,
    becomes a Contact of that Account, a Lead all the same, or a case for a person. `in_deal` is about people
    named by an open opportunity themselves: a task and a message to its owner, or a case. `contact_owner`
    says who owns a Contact we create: the Account's owner, or whoever `routing` names."""

    customer_colleague: CaseRule = "contact"
    deal_colleague: CaseRule = "contact"
    in_deal: Literal["activity", "hold"] = "activity"
    contact_owner: Literal["account", "routing"] = "account"


@dataclass(frozen=True, slots=True)
class PoolMember:
    """One user who takes turns: the hours of which team of sla.yaml (blank: everybody's), whose leads (None:
    anybody's), and how many at most, open and per day."""

    user: str
    team: str = ""
    open_max: int | None = None
    per_day_max: int | None = None
    when: Test | None = None


@dataclass(frozen=True, slots=True)
class RoundRobin:
    """Who takes turns, whose turn it is, and whether those whose desk opens next get what comes while nobody
    is there."""

    pool: tuple[PoolMember, ...]
    pick: Literal["longest_since", "lowest_load"] = "longest_since"
    out_of_hours: Literal["next_to_open", "skip"] = "next_to_open"


@dataclass(frozen=True, slots=True)
class Router:
    """Another router: the owner its leads begin with, and how long it has to choose."""

    starts_with: str
    wait_minutes: int


@dataclass(frozen=True, slots=True)
class Routing:
    """Who owns what is handed over. `order` are the steps that are asked first; whom none of them names, the
    `mode` has: the org's own assignment rules, another router, or `owner_id` (a user or queue)."""

    mode: Literal["org_rules", "router", "owner"]
    owner_id: str = ""
    rules: tuple[tuple[Test, str], ...] = ()  # first match wins
    order: tuple[str, ...] = ("territory",)
    round_robin: RoundRobin | None = None
    queue_id: str = ""
    router: Router | None = None

    @property
    def owners(self) -> frozenset[str]:
        """Every user and queue named."""
        pool = self.round_robin.pool if self.round_robin else ()
        named = {self.owner_id, self.queue_id, *(owner for _test, owner in self.rules)}
        named |= {member.user for member in pool}
        return frozenset(named | ({self.router.starts_with} if self.router else set())) - {""}

    cases: Cases = Cases()


@dataclass(frozen=True, slots=True)
class HeadsUp:
    """An alert on one of `signals` of somebody at `from_stage` or above who is not an SQL yet, when the ICP
    test holds: the pricing page is evidence for everyone and news about a few. Once per rule and pass."""

    id: str
    label: str
    signals: tuple[str, ...]
    from_stage: Literal["mql", "near_sql"]
    icp: IcpTest
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alerts:
    """Where messages go: `channel` ids from `connections`, older than `max_age_hours` become digest lines.
    `interruptions` reads the rest: how people are told."""

    on_sql: tuple[str, ...]
    on_hold: tuple[str, ...]
    max_age_hours: float
    heads_up: tuple[HeadsUp, ...] = ()
    uses: Mapping[str, ChannelUse] = field(default_factory=dict)  # by channel
    quiet: tuple[QuietHours, ...] = ()
    settle_minutes: float = 10.0
    group_minutes: float = 60.0
    near_sql: NearDigest | None = None
    system: SystemAlarms = field(default_factory=SystemAlarms)
    answer_hours: float = 72.0
    news: News = field(default_factory=News)


# --- mapping ---------------------------------------------------------------------------------------------


class Ownership(StrEnum):
    """Who may write a mapped field. A human's value is any value that is not the one we wrote last."""

    OURS = "ours"  # always our value
    UNTIL_TOUCHED = "until_touched"  # ours until somebody else changes it
    FILL_ONCE = "fill_once"  # only where blank
    ON_CREATE = "on_create"  # only on records we create
    TICK_ONLY = "tick_only"  # a box: ticked when either side says so, never unticked by us


@dataclass(frozen=True, slots=True)
class FieldMap:
    """One field of a target object. `source` is a snapshot field (`contact.phone`), a `syncd.*` value
    (`syncd.brief`, `syncd.reason`, `syncd.grade`, `syncd.score`, `syncd.level`, `syncd.pass`,
    `syncd.sla_due_at`, `syncd.key`, `syncd.contact_id`, `syncd.contact_url`, ...) or `=text`, a constant.
    `fallback` is used where the source is blank; `transforms` shape the text and `values` translate
    picklists, in this order. `clears` says that a blank source empties the field, as far as the ownership
    allows."""

    target: str
    source: str
    ownership: Ownership = Ownership.OURS
    fallback: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    transforms: tuple[str, ...] = ()
    clears: bool = True


@dataclass(frozen=True, slots=True)
class Consent:
    """Fields that say what may be done with a person: properties that forbid calls, the lawful basis and its
    date. Blank names are read nowhere. With `unsubscribes` an opt-out in Salesforce is one in HubSpot."""

    do_not_call: tuple[str, ...] = ()
    lawful_basis: str = ""
    lawful_basis_date: str = ""
    unsubscribes: bool = False
    advertising: tuple[str, ...] = ()  # patterns of the lawful bases that carry advertising

    @property
    def fields(self) -> frozenset[str]:
        """Every field named."""
        return frozenset({*self.do_not_call, self.lawful_basis, self.lawful_basis_date} - {""})


@dataclass(frozen=True, slots=True)
class CampaignRule:
    """A Salesforce campaign that a hand-off joins, with which status, by the name of the converting offer and
    the original source (patterns; empty takes every one)."""

    campaign_id: str
    status: str
    offers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mappings:
    """Fields we write: on Salesforce Lead and Contact, and on the HubSpot contact. `key_field` is the unique
    external id; `task_key_field` the text field of Task that carries our key. `currency` is what our amounts
    are in, where the org has several."""

    lead: tuple[FieldMap, ...]
    sfcontact: tuple[FieldMap, ...]
    contact: tuple[FieldMap, ...]
    key_field: str
    task_key_field: str
    lifecycle: Mapping[str, str]  # position ("mql", "sql", "recycled", ...) -> lifecyclestage value
    owns_lifecycle: bool
    currency: str = ""
    consent: Consent = Consent()
    campaigns: tuple[CampaignRule, ...] = ()
    history: ActivityHistory = field(default_factory=ActivityHistory)


@dataclass(frozen=True, slots=True)
class Undo:
    """What becomes of a record that a run made and a person takes back: its Lead Status, and what it says."""

    lead_status: str = ""
    mark: str = "Taken back: this hand-off was a mistake"


@dataclass(frozen=True, slots=True)
class Playbook:
    """The whole definition. `version` is the hash of the normalised playbook; its two parts are split so
    that a changed text in a mapping is not a changed definition of SQL."""

    version: str
    evaluation_version: str
    delivery_version: str
    signals: tuple[SignalKind, ...]
    models: tuple[Model, ...]
    filters: tuple[Filter, ...]
    levels: Levels
    feedback: Feedback
    recycle: Recycle
    tracks: Mapping[str, Track]
    sla: Sla
    routing: Routing
    alerts: Alerts
    mapping: Mappings
    time_zone: str
    quote_chars_max: int
    sales_cycle_days: float
    machine: MachineClicks = MachineClicks()
    undo: Undo = Undo()
    chase: Chase = Chase()
    objections: tuple[Objection, ...] = ()  # in the order they are asked: the first that fits
    content: tuple[Content, ...] = ()  # the first that fits is offered

    @property
    def track_lists(self) -> tuple[str, ...]:
        """The HubSpot lists of all nurture tracks, each once."""
        return tuple(sorted({track.list_name for track in self.tracks.values()} - {""}))

    @property
    def contact_fields(self) -> frozenset[str]:
        """Names of HubSpot contact properties the playbook tests or maps, without the prefix."""
        return self.fields_of("contact")

    def fields_of(self, prefix: str) -> frozenset[str]:
        """Names under `prefix` (`contact`, `company`, `lead`, `sfcontact`) that any test or mapping reads.

        Those that a tested `person.*` field is derived from are among them.
        """
        tested = {name for test in self._tests() for name in _field_names(test)}
        tested |= {name for derived in tested for name in INPUTS.get(derived, ())}
        found = {name for name in tested | self._mapped() if name.startswith(prefix + ".")}
        return frozenset(name.removeprefix(prefix + ".") for name in found)

    def _mapped(self) -> frozenset[str]:
        """Fields that mapped values are read from; fallbacks and what a value is worked out from too."""
        mapping = self.mapping
        maps = (*mapping.lead, *mapping.sfcontact, *mapping.contact)
        named = {name for item in maps for name in (item.source, item.fallback)}
        named |= {"person.country" for item in maps if "phone" in item.transforms}
        named |= {"syncd.converting_offer", "syncd.original_source"} if mapping.campaigns else set()
        read = {name for item in named for name in MAPPED_INPUTS.get(item, ())} | {
            *mapping.consent.do_not_call
        }
        if named & CONSENT_VALUES:
            read |= mapping.consent.fields
        if mapping.consent.advertising and mapping.consent.lawful_basis:
            read.add(mapping.consent.lawful_basis)
        return frozenset(named | read)

    def _tests(self) -> list[Test]:
        tests: list[Test] = [rule.when for model in self.models for rule in model.fit]
        tests += [model.when for model in self.models if model.when is not None]
        tests += [rule.when for model in self.models for rule in model.patterns]
        tests += [item.test for item in self.filters]
        named = [*self.levels.icp, *self.levels.near_sql.enter, *self.levels.sql, *self.levels.decisive.needs]
        named += [item for level in self.levels.mql for item in level.enter]
        named += self.levels.evangelist
        named += self.levels.confirm.who if self.levels.confirm else ()
        tests += [item.test for item in named]
        tests += [level.leave for level in self.levels.mql if level.leave is not None]
        tests += [letter.confirmed for letter in self.levels.bant]
        tests += [letter.inferred for letter in self.levels.bant if letter.inferred is not None]
        tests += [team.when for team in self.sla.teams if team.when is not None]
        pool = self.routing.round_robin.pool if self.routing.round_robin else ()
        tests += [member.when for member in pool if member.when is not None]
        return tests + [test for test, _owner in self.routing.rules]


def _field_names(test: Test) -> frozenset[str]:
    match test:
        case FieldTest():
            return frozenset({test.field})
        case AllOf() | AnyOf():
            return frozenset().union(*(_field_names(item) for item in test.items))
        case NotOf():
            return _field_names(test.item)
        case _:
            return frozenset()
