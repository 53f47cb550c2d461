"""A small playbook and a lead to tell stories with; every part can be replaced by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any

from syncd.core.model import (
    MICRO,
    Baseline,
    Cause,
    Criterion,
    Detail,
    Position,
    Reason,
    Ref,
    Score,
    Shape,
    Signal,
    Snapshot,
    Stage,
    Standing,
    System,
    Transition,
    Verdict,
)
from syncd.core.playbook import (
    Alerts,
    AttributeTest,
    Bant,
    BusinessHours,
    Decisive,
    Feedback,
    FieldMap,
    HeadsUp,
    IcpTest,
    Level,
    Levels,
    Mappings,
    Model,
    Named,
    NearSql,
    Ownership,
    Playbook,
    Recycle,
    RecycleRule,
    Routing,
    ScoreTest,
    SignalKind,
    Sla,
    SourceMatch,
    Track,
)

NOW = datetime(2026, 9, 3, 12, 0, tzinfo=UTC)  # a Thursday
LIVE = NOW - timedelta(days=30)
BERLIN = BusinessHours("Europe/Berlin", (0, 1, 2, 3, 4), time(9), time(17))

_keys = count(1)


def _form(kind: str, label: str, form: str, **parts: Any) -> SignalKind:
    match = SourceMatch("hubspot.form_submission", (AttributeTest("form", (form,)),))
    return SignalKind(kind, label, (match,), **parts)


KINDS = (
    _form(
        "demo_requested", "Requested a demo", "Request a demo", phase="decision", intent="strong",
        is_human_need=True,
    ),
    _form("ebook", "Downloaded an e-book", "*ebook*"),
    SignalKind(
        "pricing_page", "Pricing page", (SourceMatch("hubspot.page_view"),), intent="weak", phase="decision"
    ),
    SignalKind(
        "reply", "Replied to an e-mail", (SourceMatch("hubspot.email_reply"),), channel="email",
        intent="strong", phase="decision", is_human_need=True,
    ),
    SignalKind("email_open", "Opened an e-mail", (SourceMatch("hubspot.email_open"),), channel="email"),
)  # fmt: skip

ENGAGED = Level(
    "engaged",
    "Engaged",
    (Named("interest", "Sustained interest", ScoreTest("engagement", at_least=30)),),
    track="early",
)
HOT = Level(
    "hot",
    "Hot",
    (Named("high_interest", "High interest", ScoreTest("engagement", at_least=60)),),
    track="middle",
)
TRACKS = {
    "early": Track("early", "Early interest", "syncd nurture - early interest"),
    "middle": Track("middle", "Middle stage", "syncd nurture - middle stage"),
    "near": Track("near", "Near SQL", "syncd nurture - near SQL"),
    "not_now": Track("not_now", "Not now", "syncd nurture - not now"),
}
NO_BUDGET = RecycleRule("no_budget", "No budget", "not_now", 90, lead_status="BAD_TIMING")

LEAD_MAP = (
    FieldMap("FirstName", "contact.firstname", Ownership.FILL_ONCE),
    FieldMap("LastName", "contact.lastname", Ownership.FILL_ONCE, fallback="=[unknown]"),
    FieldMap("Company", "person.company_name", Ownership.FILL_ONCE),
    FieldMap("Title", "contact.jobtitle", Ownership.UNTIL_TOUCHED),
    FieldMap("LeadSource", "=Web", Ownership.ON_CREATE),
    FieldMap("Syncd_Score__c", "syncd.score"),
    FieldMap("Syncd_Brief__c", "syncd.brief"),
    FieldMap("Syncd_Reason__c", "syncd.reason"),
    FieldMap("Syncd_SLA_Due__c", "syncd.sla_due_at"),
)
CONTACT_MAP = (
    FieldMap("syncd_stage", "syncd.stage"),
    FieldMap("syncd_level", "syncd.level"),
    FieldMap("syncd_fit_grade", "syncd.grade"),
    FieldMap("syncd_reason", "syncd.reason"),
    FieldMap("syncd_missing", "syncd.missing"),
    FieldMap("syncd_next_action", "syncd.next_action"),
    FieldMap("syncd_next_action_date", "syncd.next_action_date"),
    FieldMap("syncd_sales_owner", "syncd.sales_owner"),
    FieldMap("syncd_sales_outcome", "syncd.sales_outcome"),
    FieldMap("syncd_recycle_reason", "syncd.recycle_reason"),
    FieldMap("syncd_track", "syncd.track"),
    FieldMap("syncd_recycle_date", "syncd.recycle_date"),
    FieldMap("syncd_pass", "syncd.pass"),
    FieldMap("syncd_first_mql_at", "syncd.first_mql_at"),
    FieldMap("syncd_last_mql_at", "syncd.last_mql_at"),
    FieldMap("syncd_first_sql_at", "syncd.first_sql_at"),
    FieldMap("syncd_last_sql_at", "syncd.last_sql_at"),
    FieldMap("syncd_last_pass_summary", "syncd.last_pass_summary"),
)
LIFECYCLE = {
    "lead": "lead",
    "mql": "marketingqualifiedlead",
    "near_sql": "marketingqualifiedlead",
    "sql": "salesqualifiedlead",
    "handed_off": "salesqualifiedlead",
    "accepted": "salesqualifiedlead",
    "opportunity": "opportunity",
    "customer": "customer",
    "disqualified": "other",
}

PLAYBOOK = Playbook(
    version="delivery",
    evaluation_version="e",
    delivery_version="d",
    signals=KINDS,
    models=(Model("base", "Base", None, (), (), (), {}, (("A", 50), ("B", 0))),),
    filters=(),
    levels=Levels(
        icp=(),
        mql=(ENGAGED, HOT),
        near_sql=NearSql((), 1, track="near"),
        sql=(Named("sql_score", "Score of an SQL", ScoreTest("total", at_least=100)),),
        decisive=Decisive(("demo_requested", "reply"), 30),
        bant=tuple(
            Bant(letter, letter.capitalize(), ScoreTest("intent", at_least=1))
            for letter in ("budget", "need", "timeline")
        ),
    ),
    feedback=Feedback({}, "", {}, {}, "no_budget"),
    recycle=Recycle({"no_budget": NO_BUDGET}, pass_limit=3, unresponsive_after_days=30),
    tracks=TRACKS,
    sla=Sla(24, 48, BERLIN, "", "High", "Not Started"),
    routing=Routing("owner", "005000000000001AAA"),
    alerts=Alerts(
        on_sql=("sales",),
        on_hold=(),
        max_age_hours=24,
        heads_up=(HeadsUp("pricing", "Pricing page", ("pricing_page",), "mql", IcpTest(), ("sales",)),),
    ),
    mapping=Mappings(
        lead=LEAD_MAP,
        sfcontact=(
            FieldMap("LastName", "contact.lastname", Ownership.FILL_ONCE),
            FieldMap("Syncd_Brief__c", "syncd.brief"),
        ),
        contact=CONTACT_MAP,
        key_field="Syncd_Key__c",
        task_key_field="Syncd_Key__c",
        lifecycle=LIFECYCLE,
        owns_lifecycle=True,
    ),
    time_zone="Europe/Berlin",
    quote_chars_max=200,
    sales_cycle_days=90,
)


def signal(
    source: str, at: datetime, *, title: str = "", quote: str = "", times: int = 1, **attributes: str
) -> Signal:
    detail = Detail(title or None, quote or None) if title or quote else None
    return Signal(next(_keys), at, at, Shape(source, attributes), times, detail=detail)


def demo(at: datetime = NOW - timedelta(hours=1), quote: str = "We need this by October.") -> Signal:
    return signal("hubspot.form_submission", at, quote=quote, form="Request a demo")


def score(points: float, label: str = "Points", **parts: Any) -> Score:
    micro = round(points * MICRO)
    return Score(micro, (Reason(label.lower(), label, micro, **parts),))


def verdict(**parts: Any) -> Verdict:
    return replace(
        Verdict(
            at=NOW,
            model="base",
            fit=score(55, "Right title"),
            engagement=score(40.4, "Pages viewed", at=NOW, count=3),
            intent=score(10, "Pricing page", at=NOW),
            grade="A",
            icp="met",
            earned=Position(Stage.SQL),
            filters=(),
            criteria=(
                Criterion("budget", "Budget confirmed", "unknown"),
                Criterion("need", "Need voiced", "met", "form", NOW),
                Criterion("timeline", "Timeline", "unknown", "Requested a demo", NOW),
            ),
            missing=("budget",),
        ),
        **parts,
    )


def move(stage: Stage, at: datetime, **parts: Any) -> Transition:
    target = Position(stage, parts.pop("level", ""))
    return replace(Transition(at, Position(Stage.LEAD), target, Cause.CRITERIA_MET), **parts)


SQL_MOVE = move(
    Stage.SQL, NOW - timedelta(hours=1), cause=Cause.DECISIVE_ACTION, code="demo_requested", pass_number=1
)
AS_SQL = Standing(
    Position(Stage.SQL), NOW - timedelta(hours=1), pass_number=1, qualified_at=NOW - timedelta(hours=1)
)


def with_sales(since_at: datetime) -> tuple[Standing, tuple[Transition, ...]]:
    """Where somebody stands who was handed over then at the first attempt, and the moves that led there."""
    stands = replace(
        AS_SQL,
        position=Position(Stage.HANDED_OFF),
        qualified_at=since_at,
        handed_off_at=since_at,
        since_at=since_at,
    )
    moves = (
        replace(SQL_MOVE, effective_at=since_at),
        move(Stage.HANDED_OFF, since_at, cause=Cause.DELIVERED, pass_number=1),
    )
    return stands, moves


FIELDS: Mapping[str, str] = {
    "contact.firstname": "Dana",
    "contact.lastname": "Ruiz",
    "contact.jobtitle": "VP Operations",
    "contact.phone": "+49 30 123",
    "contact.lifecyclestage": "lead",
    "company.name": "Acme",
}


def snapshot(**parts: Any) -> Snapshot:
    return replace(
        Snapshot(
            lead_id=7,
            key="42:900",
            fields=FIELDS,
            emails=("dana@acme.example",),
            signals=(),
            standing=None,
            baseline=Baseline(LIVE, LIVE),
            hubspot=Ref(System.HUBSPOT, "contact", "901"),
        ),
        **parts,
    )


def with_fields(**changes: str) -> Mapping[str, str]:
    """FIELDS with changes; `contact__phone` names `contact.phone`, blank drops the field."""
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return {name: value for name, value in {**FIELDS, **named}.items() if value}
