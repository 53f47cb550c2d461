"""The tables. Invariants are constraints; the ledger and the requests refuse update and delete by trigger.

One store belongs to one tenant. Times are epoch milliseconds in BIGINT columns ending in `_at`, read and
written as aware UTC datetimes through `Utc`. Personal data lives in `profiles`, `addresses`, `details`,
`activities.payload`, `effects.payload`, `receipts`, `plan_steps.step`, `decisions`, `packs.fields`,
`affiliations`, `waivers`, `users` and `holds`, which `forget` deletes; `signals`, `shapes` and `transitions`
hold none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigKey = BigInteger().with_variant(Integer, "sqlite")  # SQLite gives a rowid alias to INTEGER only


class Utc(TypeDecorator[datetime]):
    """An aware UTC datetime kept as epoch milliseconds; a naive one is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_ms(value)


def to_ms(value: datetime) -> int:
    """Epoch milliseconds of an aware datetime."""
    assert value.tzinfo is not None, "times are aware UTC"
    return round(value.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """The aware UTC datetime of epoch milliseconds."""
    return datetime.fromtimestamp(value / 1000, UTC)


class EffectState(StrEnum):
    """States of an effect. `observed` is what would have been sent while the profile only observes."""

    OBSERVED = "observed"
    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    PARKED = "parked"
    CANCELLED = "cancelled"


# --- the tenant ------------------------------------------------------------------------------------------

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),  # portal_id, org_id, mode, baseline_at, go_live_at, ...
    Column("value", Text, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # ms by the database's own clock
)

# --- who -------------------------------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", BigKey, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("domain", Text, nullable=False, server_default="", index=True),
    Column("name_key", Text, nullable=False, server_default="", index=True),  # the name, normalised
    Column("created_at", Utc, nullable=False),
)

account_links = Table(
    "account_links",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("state", Text, nullable=False, server_default="current"),  # current, merged, archived
    Column("properties", JSON, nullable=False),
    Column("content_hash", BigInteger, nullable=False),
    Column("modified_at", Utc, nullable=False),
)

leads = Table(
    "leads",
    metadata,
    Column("lead_id", BigKey, primary_key=True, autoincrement=True),
    Column("external_key", Text, unique=True),  # <portal>:<n>; none for a person only Salesforce knows
    Column("account_id", BigInteger, ForeignKey("accounts.account_id"), index=True),
    Column("matched_by", Text, nullable=False, server_default=""),  # association, domain or name
    Column("created_at", Utc, nullable=False),
    Column("merged_into", BigInteger, ForeignKey("leads.lead_id")),
    # where it stands: derived from the ledger, kept for reading
    Column("stage", Text, index=True),
    Column("level", Text, nullable=False, server_default=""),
    Column("stage_since_at", Utc),
    Column("pass_number", Integer, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("track", Text, nullable=False, server_default=""),
    Column("until_at", Utc),
    Column("evidence_floor_at", Utc),
    Column("qualified_at", Utc),
    Column("handed_off_at", Utc),
    # what is to be looked at, and when
    Column("dirty_at", Utc),
    Column("due_at", Utc),
    Column("reread_at", Utc),  # when what is said of colleagues ends: due by then if one acts again before
    Column("evaluated_at", Utc),
    Column("released_at", Utc),
    Column("released_by", Text, nullable=False, server_default=""),
    Column("let_go_at", Utc),  # when what was held back for it in bulk was let go
    Column("is_releasable", Boolean, nullable=False, server_default=text("false")),
    Column("release_rank", BigInteger, nullable=False, server_default="0"),
    Index("ix_leads_dirty", "dirty_at", info={"where": "dirty_at IS NOT NULL"}),
    Index("ix_leads_due", "due_at", info={"where": "due_at IS NOT NULL"}),
)  # fmt: skip

links = Table(
    "links",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("state", Text, nullable=False, server_default="current"),
    Column("linked_by", Text, nullable=False),  # self, key, id, email, conversion, merge, person
    Column("into_id", Text),  # survivor of a merge or conversion
    CheckConstraint("state IN ('current','merged','converted','archived','deleted')", name="state"),
)

profiles = Table(
    "profiles",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("properties", JSON, nullable=False),
    Column("counters", JSON, nullable=False),
    Column("emails", JSON, nullable=False),  # valid ones, the primary first
    Column("company", Text, nullable=False, server_default=""),  # system:object:id of its company
    Column("content_hash", BigInteger, nullable=False),
    Column("modified_at", Utc, nullable=False),
    Column("created_at", Utc),
    Column("pulled_at", Utc, nullable=False),
)

SAME_RECORD = (
    (links.c.system == profiles.c.system)
    & (links.c.object_type == profiles.c.object_type)
    & (links.c.object_id == profiles.c.object_id)
)
"""Joins a link to the profile of its record."""

addresses = Table(
    "addresses",
    metadata,
    Column("email", Text, primary_key=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True, index=True),
    Column("system", Text, primary_key=True),
    Column("is_primary", Boolean, nullable=False),
)

aliases = Table(
    "aliases",  # addresses that reach a mailbox under another name than its plain one
    metadata,
    Column("email", Text, primary_key=True),
    Column("mailbox", Text, nullable=False, index=True),
)

affiliations = Table(
    "affiliations",  # what a person whom no record associates with a company is matched by
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("domain", Text, nullable=False, server_default="", index=True),
    Column("name_key", Text, nullable=False, server_default="", index=True),
)

users = Table(
    "users",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("object_type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("is_active", Boolean, nullable=False),
    Column("unfit", Text, nullable=False, server_default=""),  # why they can have no Leads, as last checked
)

deals = Table(
    "deals",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("is_won", Boolean, nullable=False),
    Column("is_removed", Boolean, nullable=False, server_default=text("false")),
    Column("amount", Text),
    Column("currency", Text),
    Column("lost_reason", Text),
    Column("owner_id", Text, nullable=False, server_default=""),  # user who owns it
    Column("account_id", BigInteger, ForeignKey("accounts.account_id"), index=True),
    Column("created_at", Utc),
    Column("closes_at", Utc),
    Column("modified_at", Utc, nullable=False),
    Column("content_hash", BigInteger, nullable=False),
)

deal_people = Table(
    "deal_people",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True, index=True),
)

# --- what happened ---------------------------------------------------------------------------------------

shapes = Table(
    "shapes",
    metadata,
    Column("shape_id", BigKey, primary_key=True, autoincrement=True),
    Column("digest", BigInteger, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("attributes", JSON, nullable=False),
)

signals = Table(
    "signals",
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("occurred_at", Utc, primary_key=True),
    Column("signal_key", BigInteger, primary_key=True),
    Column("shape_id", BigInteger, ForeignKey("shapes.shape_id"), nullable=False),
    Column("known_at", Utc, nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("retracts", BigInteger),  # signal_key of the signal this one takes back
    Column("retain_until_at", Utc),
    sqlite_with_rowid=False,
)

details = Table(
    "details",
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("signal_key", BigInteger, primary_key=True),
    Column("ref", Text, nullable=False),  # system:object:id
    Column("title", Text),
    Column("quote", Text),
    Column("url", Text),
    Column("retain_until_at", Utc),
)

activities = Table(
    "activities",
    metadata,
    Column("system", Text, primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("content_hash", BigInteger, nullable=False),
    Column("modified_at", Utc, nullable=False),
    Column("is_removed", Boolean, nullable=False, server_default=text("false")),
    Column("entries", JSON, nullable=False),  # [[lead_id, occurred_ms, signal_key], ...] now in force
)

waiting = Table(
    "waiting",
    metadata,
    Column("person", Text, primary_key=True),  # ref text or e-mail of somebody not known yet
    Column("ref", Text, primary_key=True, index=True),  # the record that waits
    Column("payload", JSON, nullable=False),
    Column("since_at", Utc, nullable=False),
)

# --- what follows ----------------------------------------------------------------------------------------

scores = Table(
    "scores",
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("fit_micro", BigInteger, nullable=False),
    Column("engagement_micro", BigInteger, nullable=False),
    Column("intent_micro", BigInteger, nullable=False),
    Column("lifetime_engagement_micro", BigInteger, nullable=False, server_default="0"),
    Column("lifetime_intent_micro", BigInteger, nullable=False, server_default="0"),
    Column("grade", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("cell", Text, nullable=False, server_default=""),
    Column("as_of_at", Utc, nullable=False),
    Column("playbook_version", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("decision", JSON, nullable=False),  # the stored Decision: reasons, criteria, filters, headline
)

packs = Table(
    "packs",  # what a full pass reads of a lead instead of its signals and profiles: derived, never edited
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("signals", LargeBinary, nullable=False),  # as syncd.core.engine packs them
    Column("signals_version", Text, nullable=False),  # of what was left out and how far back
    Column("answers", LargeBinary, nullable=False),  # of every field test, two bits each
    Column("answers_version", Text, nullable=False),  # of the set of field tests answered
    Column("fields", Text, nullable=False),  # compact JSON: fields any test reads
    Column("facts", Text, nullable=False),  # compact JSON: what else decides whether the lead stays
)

hand_raises = Table(
    "hand_raises",  # decisive actions that did not hand over when they were judged
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("signal_key", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("raised_at", Utc, nullable=False, index=True),
    Column("blocked_by", Text, nullable=False),
    Column("seen_at", Utc, nullable=False),
)

waivers = Table(
    "waivers",
    metadata,
    Column("waiver_id", BigKey, primary_key=True, autoincrement=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("name", Text, nullable=False),  # of the filter, gate or need set aside
    Column("given_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("given_at", Utc, nullable=False),
    Column("until_at", Utc),
    Column("revoked_at", Utc),
    Column("revoked_by", Text, nullable=False, server_default=""),
)

transitions = Table(
    "transitions",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("effective_at", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Column("from_stage", Text),
    Column("from_level", Text, nullable=False, server_default=""),
    Column("to_stage", Text, nullable=False),
    Column("to_level", Text, nullable=False, server_default=""),
    Column("cause", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=""),
    Column("pass_number", Integer, nullable=False),
    Column("track", Text, nullable=False, server_default=""),
    Column("until_at", Utc),
    Column("evidence", JSON, nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("playbook_version", Text, nullable=False),
    Column("request_id", BigInteger, ForeignKey("requests.request_id")),
    Column("epoch", BigInteger, nullable=False),
)

effects = Table(
    "effects",
    metadata,
    Column("effect_id", BigKey, primary_key=True, autoincrement=True),
    Column("system", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), index=True),
    Column("pass_number", Integer, nullable=False, server_default="0"),
    Column("payload", JSON, nullable=False),
    Column("payload_hash", BigInteger, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("sent_version", Integer),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False, server_default="5"),
    Column("after", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Utc),
    Column("code", Text, nullable=False, server_default=""),  # of the failure that holds it
    Column("message", Text, nullable=False, server_default=""),
    Column("cure", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("result_id", Text, nullable=False, server_default=""),  # id of the object now there
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("done_at", Utc),
    Column("held_cause", Text, nullable=False, server_default=""),  # kept from going out: undone, import, ...
    Column("held_at", Utc),
    Column("cleared_at", Utc),  # a person let it go: never held back again until it is done
    CheckConstraint(
        "state IN ('observed','pending','sending','unknown','done','parked','cancelled')", name="state"
    ),
    Index(
        "uq_effects_open_target", "system", "target", unique=True,
        info={"where": "state IN ('observed','pending','sending','unknown','parked')"},
    ),
    Index("ix_effects_state_priority", "state", "priority", "effect_id"),
    Index("ix_effects_target", "system", "target"),
)  # fmt: skip

receipts = Table(
    "receipts",
    metadata,
    Column("receipt_id", BigKey, primary_key=True, autoincrement=True),
    Column("effect_id", BigInteger, ForeignKey("effects.effect_id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("run_id", BigInteger, ForeignKey("runs.run_id"), index=True),
    Column("sent_at", Utc, nullable=False),
    Column("answered_at", Utc),
    Column("result", Text, nullable=False, server_default="sent"),  # sent, done, unknown, failed
    Column("object_type", Text, nullable=False),
    Column("object_id", Text, nullable=False, server_default=""),
    Column("is_created", Boolean, nullable=False, server_default=text("false")),
    Column("before", JSON, nullable=False),  # fields as they were, those we then wrote
    Column("written", JSON, nullable=False),
    Column("code", Text, nullable=False, server_default=""),
)

assignments = Table(
    "assignments",  # who a pass was given to, and why: one row per pass, the newest has the highest id
    metadata,
    Column("assignment_id", BigKey, primary_key=True, autoincrement=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False),
    Column("pass_number", Integer, nullable=False),
    Column("owner_id", Text, nullable=False, index=True),  # blank: the org's rules choose, or nobody is free
    Column("step", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=""),
    Column("about", Text, nullable=False, server_default=""),  # what the step went by: a reference
    Column("skipped", JSON, nullable=False),  # [[step, code, whom], ...] in the order they were asked
    Column("chosen_at", Utc, nullable=False, index=True),
    Column("again_at", Utc),  # when it is asked again, while nobody is free
    Index("uq_assignments_pass", "lead_id", "pass_number", unique=True),
)

fields_left = Table(
    "fields_left",  # fields a record could not take as they are, by the effect that meant them
    metadata,
    Column("effect_id", BigInteger, ForeignKey("effects.effect_id"), primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text, primary_key=True),  # of a missing option; else blank
    Column("code", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("left_at", Utc, nullable=False),
)

fields_taken = Table(
    "fields_taken",  # fields once seen with a value of somebody else's, where they were ours until then
    metadata,
    Column("system", Text, primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("taken_at", Utc, nullable=False),
)

backfills = Table(
    "backfills",  # one mapped field rewritten on every record handed over, step by step
    metadata,
    Column("backfill_id", BigKey, primary_key=True, autoincrement=True),
    Column("object_type", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("request_id", BigInteger, ForeignKey("requests.request_id")),
    Column("asked_at", Utc, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("after_lead_id", BigInteger, nullable=False, server_default="0"),
    Column("leads", Integer, nullable=False, server_default="0"),
    Column("done_at", Utc),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", BigKey, primary_key=True, autoincrement=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # twin_leads, contact_of_customer, after_create, filter, ...
    Column("effect_id", BigInteger, ForeignKey("effects.effect_id")),
    Column("reason", Text, nullable=False),
    Column("candidates", JSON, nullable=False),  # [{"ref": ..., "why": ...}]
    Column("opened_at", Utc, nullable=False),
    Column("resolved_at", Utc),
    Column("resolution", Text, nullable=False, server_default=""),
    Column("resolved_by", Text, nullable=False, server_default=""),
)

plans = Table(
    "plans",  # what would be written, as shown to a person
    metadata,
    Column("plan_id", BigKey, primary_key=True, autoincrement=True),
    Column("made_at", Utc, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("playbook_version", Text, nullable=False),
    Column("is_live", Boolean, nullable=False),
    Column("summary", JSON, nullable=False),  # counts, calls, people affected; no personal data
    Column("state", Text, nullable=False, server_default="making"),
    Column("request_id", BigInteger, ForeignKey("requests.request_id")),  # that applied it
    Column("run_id", BigInteger, ForeignKey("runs.run_id")),  # that wrote it
    Column("applied_at", Utc),
    Column("applied_by", Text, nullable=False, server_default=""),
    Column("ended_at", Utc),
    CheckConstraint("state IN ('making','made','applying','applied')", name="state"),
)

plan_steps = Table(
    "plan_steps",
    metadata,
    Column("plan_id", BigInteger, ForeignKey("plans.plan_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("system", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),  # with the system: the effect it is the next step of
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), index=True),
    Column("act", Text, nullable=False),  # create, update, send, nothing, hold, fail, wait
    Column("payload_hash", BigInteger, nullable=False),
    Column("decided_at", Utc),  # decided for the plan only, as of then: not stored before it is applied
    Column("step", JSON, nullable=False),  # what would be written, over what, on a look at what, and why
    Column("state", Text, nullable=False, server_default="open"),
    Column("note", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('open','done','left')", name="state"),
    Index("uq_plan_steps_target", "plan_id", "system", "target", unique=True),
)

pairs = Table(
    "pairs",  # what was said of a lead and one outside record: that they are the same, or are not
    metadata,
    Column("pair_id", BigKey, primary_key=True, autoincrement=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("ref", Text, nullable=False),  # system:object:id
    Column("says", Text, nullable=False),
    Column("hold_id", BigInteger, ForeignKey("holds.hold_id")),
    Column("said_by", Text, nullable=False),
    Column("said_at", Utc, nullable=False),
    Column("taken_back_at", Utc),
    Column("taken_back_by", Text, nullable=False, server_default=""),
    CheckConstraint("says IN ('same','different','alerted','blocked')", name="says"),
)

hops = Table(
    "hops",  # when each hop of a hand-off was over
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("pass_number", Integer, primary_key=True),
    Column("stamped_at", Utc),
    Column("known_at", Utc),
    Column("decided_at", Utc, nullable=False, index=True),
    Column("sent_at", Utc),
    Column("confirmed_at", Utc),
    Column("alerted_at", Utc),
)

# --- the work --------------------------------------------------------------------------------------------

cursors = Table(
    "cursors",
    metadata,
    Column("system", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("cursor", Text),
    Column("state", Text, nullable=False, server_default="new"),  # new, loading, fresh, unavailable, failed
    Column("note", Text, nullable=False, server_default=""),
    Column("updated_at", Utc, nullable=False),
    Column("completed_at", Utc),  # when a pass last reached the present
    Column("covered_until_at", Utc),
    Column("records", BigInteger, nullable=False, server_default="0"),
)

rejects = Table(
    "rejects",
    metadata,
    Column("system", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("cure", Text, nullable=False, server_default=""),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", BigKey, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # sync, poll, sweep, nightly
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("status", Text, nullable=False, server_default="running"),  # running, succeeded, problems, halted
    Column("counts", JSON, nullable=False),
    Column("playbook_version", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
)

undos = Table(
    "undos",  # runs that a person took back, each once
    metadata,
    Column("run_id", BigInteger, ForeignKey("runs.run_id"), primary_key=True),
    Column("request_id", BigInteger, ForeignKey("requests.request_id"), nullable=False),
    Column("undone_at", Utc, nullable=False),
    Column("undone_by", Text, nullable=False),
    Column("leads", Integer, nullable=False),
)

playbooks = Table(
    "playbooks",
    metadata,
    Column("version", Text, primary_key=True),
    Column("evaluation_version", Text, nullable=False),
    Column("delivery_version", Text, nullable=False),
    Column("content", JSON, nullable=False),
    Column("first_seen_at", Utc, nullable=False),
    Column("applied_at", Utc),
    Column("applied_by", Text, nullable=False, server_default=""),
)

playbook_sources = Table(
    "playbook_sources",
    metadata,
    Column("version", Text, ForeignKey("playbooks.version"), primary_key=True),
    Column("file", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

playbook_terms = Table(
    "playbook_terms",
    metadata,
    Column("term_id", BigKey, primary_key=True, autoincrement=True),
    Column("version", Text, ForeignKey("playbooks.version"), nullable=False),
    Column("began_at", Utc, nullable=False),
    Column("person", Text, nullable=False, server_default=""),
    Column("how", Text, nullable=False),
    CheckConstraint("how IN ('first','observing','applied','back','rebuilt')", name="how"),
)

playbook_shown = Table(
    "playbook_shown",
    metadata,
    Column("shown_id", BigKey, primary_key=True, autoincrement=True),
    Column("version", Text, ForeignKey("playbooks.version"), nullable=False),
    Column("term_id", BigInteger, ForeignKey("playbook_terms.term_id"), nullable=False),
    Column("shown_at", Utc, nullable=False),
    Column("person", Text, nullable=False, server_default=""),
    Column("summary", JSON, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("request_id", BigKey, primary_key=True, autoincrement=True),
    Column("asked_at", Utc, nullable=False),
    Column("person", Text, nullable=False),
    Column("verb", Text, nullable=False),  # go_live, release, resolve_hold, rebind, pause, resume, recycle
    Column("arguments", JSON, nullable=False),
)

request_results = Table(
    "request_results",
    metadata,
    Column("request_id", BigInteger, ForeignKey("requests.request_id"), primary_key=True),
    Column("executed_at", Utc, nullable=False),
    Column("result", Text, nullable=False),  # done or refused
    Column("message", Text, nullable=False, server_default=""),
)

answers_used = Table(
    "answers_used",  # links in alerts that were used: each is good for once
    metadata,
    Column("link_id", Text, primary_key=True),  # a hash of the link
    Column("request_id", BigInteger, ForeignKey("requests.request_id"), nullable=False),
    Column("used_at", Utc, nullable=False),
)

near_listed = Table(
    "near_listed",  # who stood in the digest of near-SQLs, and what was said
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("said", BigInteger, nullable=False),  # a hash of the line
    Column("listed_at", Utc, nullable=False),
)

edits = Table(
    "edits",  # a stage or status somebody else set where we had set it: who, what, and what followed
    metadata,
    Column("edit_id", BigKey, primary_key=True, autoincrement=True),
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("system", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("ours", Text, nullable=False),
    Column("theirs", Text, nullable=False),  # blank: cleared
    Column("edited_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("by_kind", Text, nullable=False, server_default=""),  # user, workflow, import, ...
    Column("by_name", Text, nullable=False, server_default=""),  # an id of the vendor, never a name
    Column("outcome", Text, nullable=False, server_default=""),  # adopted, written_back, left, over
    Column("settled_at", Utc),
    Index("uq_edits", "system", "object_id", "field", "edited_at", unique=True),
    Index("ix_edits_open", "outcome", info={"where": "outcome = ''"}),
)

sales_acts = Table(
    "sales_acts",  # who in Salesforce set each status and stage, asked for once it was seen; ids of users
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("signal_key", BigInteger, primary_key=True),  # of the fact that tells what was done
    Column("object_type", Text, nullable=False),  # lead or opportunity
    Column("object_id", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("acted_at", Utc, nullable=False),
    Column("by_kind", Text, nullable=False, server_default=""),  # user, last_modifier, us, unknown
    Column("by_id", Text, nullable=False, server_default=""),
    Index("ix_sales_acts_open", "acted_at", info={"where": "by_kind = ''"}),
)

follows = Table(
    "follows",  # leads whose Salesforce record was merged into another lead's: what sales does is about both
    metadata,
    Column("lead_id", BigInteger, ForeignKey("leads.lead_id"), primary_key=True),
    Column("of_lead_id", BigInteger, ForeignKey("leads.lead_id"), nullable=False, index=True),
    Column("since_at", Utc, nullable=False),
)

reconciliations = Table(
    "reconciliations",  # comparisons of both systems with the store: how far each is, and what it found
    metadata,
    Column("reconciliation_id", BigKey, primary_key=True, autoincrement=True),
    Column("system", Text, nullable=False, server_default=""),  # blank for both
    Column("is_full", Boolean, nullable=False),
    Column("request_id", BigInteger, ForeignKey("requests.request_id")),  # none for the nightly one
    Column("began_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("progress", JSON, nullable=False),
    Column("summary", JSON, nullable=False),  # counts by cause, what was compared; no personal data
    Index("uq_reconciliations_open", "system", unique=True, info={"where": "ended_at IS NULL"}),
)

differences = Table(
    "differences",  # what one comparison found: ids, field names and a cause, never a value
    metadata,
    Column("difference_id", BigKey, primary_key=True, autoincrement=True),
    Column(
        "reconciliation_id",
        BigInteger,
        ForeignKey("reconciliations.reconciliation_id"),
        nullable=False,
        index=True,
    ),
    Column("system", Text, nullable=False),
    Column("object_type", Text, nullable=False),
    Column("object_id", Text, nullable=False, server_default=""),
    Column("cause", Text, nullable=False),
    Column("about", Text, nullable=False, server_default=""),  # fields, a list, a failure code
    Column("is_healing", Boolean, nullable=False, server_default=text("false")),
)

usage = Table(
    "usage",
    metadata,
    Column("day", Text, primary_key=True),  # UTC date
    Column("system", Text, primary_key=True),
    Column("endpoint", Text, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("retries", BigInteger, nullable=False),
)

budgets = Table(
    "budgets",
    metadata,
    Column("system", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("limit_value", BigInteger, nullable=False),
    Column("window_name", Text, nullable=False),
    Column("seen_at", Utc, nullable=False),
)

for _table in metadata.tables.values():
    _table.dialect_options["sqlite"]["strict"] = True  # a value of the wrong type is refused, not stored
