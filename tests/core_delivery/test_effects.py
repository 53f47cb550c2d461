"""What a decision means elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.core import brief
from syncd.core.effects import intents
from syncd.core.model import (
    Baseline,
    Cause,
    FilterResult,
    Intent,
    MachineAct,
    Opportunity,
    Position,
    Ref,
    SalesRecord,
    Snapshot,
    Stage,
    Standing,
    System,
    Transition,
    Waiver,
)
from syncd.core.playbook import FieldMap, FieldTest, IcpTest, Operator, Playbook, Routing
from tests.core_delivery.builders import (
    AS_SQL,
    LIVE,
    NOW,
    PLAYBOOK,
    SQL_MOVE,
    demo,
    move,
    score,
    signal,
    snapshot,
    verdict,
    with_fields,
)

CREATED = move(Stage.LEAD, NOW - timedelta(days=20), origin=None, cause=Cause.CREATED)
ENGAGED = move(Stage.MQL, NOW - timedelta(days=10), level="engaged")
AS_ENGAGED = Standing(Position(Stage.MQL, "engaged"), NOW - timedelta(days=10))
RECYCLED = (
    CREATED,
    ENGAGED,
    replace(SQL_MOVE, effective_at=NOW - timedelta(days=9)),
    move(Stage.HANDED_OFF, NOW - timedelta(days=9), cause=Cause.DELIVERED, pass_number=1),
    move(Stage.REJECTED, NOW - timedelta(days=2), code="no_budget", pass_number=1),
    move(Stage.RECYCLED, NOW - timedelta(days=2), code="no_budget", pass_number=1, track="not_now"),
)
AS_RECYCLED = Standing(
    Position(Stage.RECYCLED), NOW - timedelta(days=2), pass_number=1, reason="no_budget", track="not_now",
    until_at=NOW + timedelta(days=88), qualified_at=NOW - timedelta(days=9),
)  # fmt: skip


def intended(
    lead: Snapshot | None = None,
    standing: Standing = AS_SQL,
    moves: tuple[Transition, ...] = (SQL_MOVE,),
    playbook: Playbook = PLAYBOOK,
    at: datetime = NOW,
    **parts: Any,
) -> dict[str, Intent]:
    """Intents by target."""
    lead = lead or snapshot(signals=(demo(),))
    found = intents(lead, verdict(**parts), moves, standing, playbook, at)
    assert len({(item.system, item.target) for item in found}) == len(found), "one intent per target"
    assert all(json.loads(json.dumps(item.payload)) == item.payload for item in found), "JSON only"
    return {item.target: item for item in found}


def fields(intent: Intent) -> Mapping[str, Any]:
    found = intent.payload["fields"]
    assert isinstance(found, dict)
    return found


# --- a fresh SQL -----------------------------------------------------------------------------------------


def test_a_fresh_sql_is_handed_over_told_and_shown() -> None:
    """B-67: hand-off, task, alert and contact, each once; the task waits for the person; SQLs go first."""
    found = intended()
    assert list(found) == [
        "lead:42:900",
        "task:42:900:1:follow_up",
        "alert:7:1:sql:sales",
        "contact:901",
    ]
    assert found["task:42:900:1:follow_up"].after == "lead:42:900"
    assert [item.priority for item in found.values()] == [0, 0, 0, 3]


def test_the_hand_off_carries_the_person_for_either_object() -> None:
    """Lead or Contact is decided on a fresh read; the payload serves both."""
    handoff = intended()["lead:42:900"]
    assert handoff.payload["object"] == "lead"
    assert handoff.payload["emails"] == ["dana@acme.example"]
    assert handoff.payload["owner"] == {"mode": "owner", "id": "005000000000001AAA"}
    assert fields(handoff)["LastName"] == "Ruiz"
    assert fields(handoff)["Company"] == "Acme"
    assert fields(handoff)["Syncd_Score__c"] == 105
    assert fields(handoff)["Syncd_SLA_Due__c"] == "2026-09-08T11:00:00Z"
    assert handoff.payload["rules"] == {
        "FirstName": "fill_once", "LastName": "fill_once", "Company": "fill_once", "Title": "until_touched",
        "LeadSource": "on_create", "Syncd_Score__c": "ours", "Syncd_Brief__c": "ours",
        "Syncd_Reason__c": "ours", "Syncd_SLA_Due__c": "ours",
    }  # fmt: skip
    contact = handoff.payload["contact_fields"]
    assert isinstance(contact, dict)
    assert set(contact) == {"LastName", "Syncd_Brief__c"}


@pytest.mark.parametrize(
    ("raised_at", "standing", "told"),
    [
        (NOW, AS_ENGAGED, ["alert:7:0:divert_job_seeker:log"]),
        (LIVE - timedelta(days=1), AS_ENGAGED, []),  # before go-live
        (NOW, Standing(Position(Stage.CUSTOMER), NOW), []),  # the account owner has them
    ],
)
def test_who_raised_a_hand_and_belongs_to_somebody_else_is_passed_on(
    raised_at: datetime, standing: Standing, told: list[str]
) -> None:
    """`divert` keeps out of sales' hands and tells who it is for."""
    diverted = FilterResult("job_seeker", "Job seeker", True, outcome="divert", code="recruiting")
    watched = replace(PLAYBOOK, alerts=replace(PLAYBOOK.alerts, on_hold=("log",), heads_up=()))
    found = intended(
        standing=standing,
        moves=(ENGAGED,),
        playbook=watched,
        filters=(diverted,),
        blocked_by="job_seeker",
        evidence_at=raised_at,
    )
    alerts = [item for item in found.values() if item.kind == "alert"]
    assert [item.target for item in alerts] == told
    assert all(str(item.payload["title"]).startswith("For recruiting: Job seeker.") for item in alerts)


def test_a_lead_sales_gave_back_is_open_again_when_it_is_handed_over_again() -> None:
    """Only from the status we know of; a playbook that names no status leaves it alone."""
    given_back = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"Status": "Unqualified"})
    lead = snapshot(signals=(demo(),), sales_records=(given_back,))
    feedback = replace(PLAYBOOK.feedback, statuses={"New": "new", "Unqualified": "rejected"})
    reopening = replace(PLAYBOOK, feedback=replace(feedback, reopen_as="New"))
    assert intended(lead, playbook=reopening)["lead:42:900"].payload["reopen"] == {
        "as": "New",
        "from": ["Unqualified"],
    }
    worked = replace(lead, sales_records=(replace(given_back, fields={"Status": "New"}),))
    assert intended(worked, playbook=reopening)["lead:42:900"].payload["reopen"] == {}
    choosy = replace(PLAYBOOK, feedback=replace(feedback, reopen_as="New", reopen_from=("Nurture",)))
    assert intended(lead, playbook=choosy)["lead:42:900"].payload["reopen"] == {
        "as": "New",
        "from": [],
        "kept": ["Unqualified"],
    }
    silent = replace(PLAYBOOK, feedback=feedback)
    assert intended(lead, playbook=silent)["lead:42:900"].payload["reopen"] == {}


def test_the_hand_off_names_the_accounts_somebody_sells_to_already() -> None:
    """No new Lead beside a customer's account without a person's word; silent where sales has nothing."""
    account = SalesRecord(Ref(System.SALESFORCE, "account", "001A"), {"OwnerId": "005A"})
    quiet = snapshot(signals=(demo(),), account_records=(account,))
    assert intended(quiet)["lead:42:900"].payload["accounts"] == []
    busy = replace(quiet, account_open_deal=True)
    assert intended(busy)["lead:42:900"].payload["accounts"] == [
        {"ref": "salesforce:account:001A", "owner": "005A", "is_customer": False, "has_open_deal": True}
    ]


def test_a_missing_name_gets_a_placeholder_that_never_replaces_a_real_one() -> None:
    """Salesforce demands LastName and Company (facts/salesforce.md 4.1); a rep may know better by now."""
    nameless = snapshot(
        fields=with_fields(contact__lastname="", company__name=""), emails=("d@gmail.com",), signals=(demo(),)
    )
    handoff = intended(nameless)["lead:42:900"]
    rules = handoff.payload["rules"]
    assert isinstance(rules, dict)
    assert (fields(handoff)["LastName"], rules["LastName"]) == ("[unknown]", "on_create")
    assert (fields(handoff)["Company"], rules["Company"]) == ("[unknown]", "on_create")


def test_known_records_are_named_also_those_the_native_sync_wrote() -> None:
    """A Lead that HubSpot's own sync linked is found by id, and not twice for 15 and 18 characters."""
    record = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q000000000001AAA"), {})
    gone = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q000000000002AAA"), {}, is_deleted=True)
    linked = with_fields(contact__salesforceleadid="00Q000000000001", contact__salesforcecontactid="003A")
    lead = snapshot(signals=(demo(),), sales_records=(record, gone), fields=linked)
    handoff = intended(lead)["lead:42:900"]
    assert handoff.payload["known"] == ["salesforce:contact:003A", "salesforce:lead:00Q000000000001AAA"]
    assert handoff.payload["object"] == "sfcontact"


def test_keys_from_before_a_merge_are_named() -> None:
    """The smallest id is the key; the others may stand on a Lead handed over before the merge."""
    handoff = intended(snapshot(merged_ids=("900", "950", "77x"), signals=(demo(),)))["lead:42:900"]
    assert handoff.payload["former_keys"] == ["42:901", "42:950"]


def test_the_task_says_why_by_when_and_is_the_reps_afterwards() -> None:
    """ActivityDate has no hour, so the reminder carries it; nothing is overwritten once it is there."""
    task = intended()["task:42:900:1:follow_up"]
    assert fields(task)["Subject"] == "Requested a demo: call by 8 Sep"
    assert fields(task)["ActivityDate"] == "2026-09-08"
    assert fields(task)["ReminderDateTime"] == "2026-09-08T11:00:00Z"
    assert fields(task)["IsReminderSet"] is True
    assert (fields(task)["Priority"], fields(task)["Status"]) == ("High", "Not Started")
    assert fields(task)["Syncd_Key__c"] == task.payload["key"] == "42:900:1:follow_up"
    rules = task.payload["rules"]
    assert isinstance(rules, dict)
    assert set(rules.values()) == {"on_create"}


def test_the_playbooks_words_stand_before_the_tasks_reason() -> None:
    """`task.subject` in sla.yaml."""
    playbook = replace(PLAYBOOK, sla=replace(PLAYBOOK.sla, task_subject="Call today"))
    task = intended(playbook=playbook)["task:42:900:1:follow_up"]
    assert fields(task)["Subject"] == "Call today: Requested a demo: call by 8 Sep"


def test_an_alert_says_who_why_and_what_to_do() -> None:
    """Its first line is the reason and the action; the rest is enough to pick up the phone (D7)."""
    alert = intended()["alert:7:1:sql:sales"].payload
    assert alert["title"] == "Requested a demo: call by 8 Sep"
    assert str(alert["body"]).splitlines() == [
        "Phone +49 30 123; Berlin time, 13:00 when qualified (UTC+2)",
        "Dana Ruiz, VP Operations, Acme",
        "Requested a demo (3 Sep 2026)",
        "Fit A: Right title",
        "Call by Tue 8 Sep 13:00 CEST. Ask about: budget confirmed, timeline. "
        "Why: Requested a demo, 3 Sep 2026.",
    ]
    assert alert["zones"] == ["Europe/Berlin"]
    assert (alert["id"], alert["channel"], alert["event"]) == ("alert:7:1:sql:sales", "sales", "sql")


def test_an_alert_is_for_the_move_and_not_for_each_look() -> None:
    """B-62: one message per lead per event; looked at again while it waits, only the state is repeated."""
    again = intended(snapshot(signals=(demo(),), history=(SQL_MOVE,)), moves=())
    assert "lead:42:900" in again
    assert not [target for target in again if target.startswith("alert:")]


@pytest.mark.parametrize(("hours", "digest"), [(1, False), (23, False), (26, True)])
def test_an_alert_that_comes_too_late_is_marked_for_the_digest(hours: int, digest: bool) -> None:
    """After a pause nobody is woken for last week's news."""
    standing = replace(AS_SQL, qualified_at=NOW - timedelta(hours=hours))
    alert = intended(standing=standing)["alert:7:1:sql:sales"]
    assert alert.payload["digest"] is digest
    assert alert.payload["url"] == "https://app.hubspot.com/contacts/42/record/0-1/901"


def test_the_first_routing_rule_that_is_true_owns_it() -> None:
    """A rule on data that is missing routes nobody."""
    rules = (
        (FieldTest("contact.country", Operator.IS, ("France",)), "005FR"),
        (FieldTest("person.seniority", Operator.IS, ("vp",)), "005VP"),
    )
    playbook = replace(PLAYBOOK, routing=Routing("org_rules", "", rules))
    assert intended(playbook=playbook)["lead:42:900"].payload["owner"] == {"mode": "owner", "id": "005VP"}
    plain = snapshot(fields=with_fields(contact__jobtitle=""), signals=(demo(),))
    owner = intended(plain, playbook=playbook)["lead:42:900"].payload["owner"]
    assert owner == {"mode": "org_rules", "id": ""}


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.SQL}))
def test_only_a_waiting_sql_is_handed_over(stage: Stage) -> None:
    """Before it qualifies nothing crosses (S71, S73, B-71), and a confirmed hand-off is sales' own."""
    found = intended(standing=replace(AS_SQL, position=Position(stage)), moves=(move(stage, NOW),))
    assert not {item.kind for item in found.values()} & {"handoff", "task", "alert"}


@pytest.mark.parametrize(
    "lead", [snapshot(key=None), snapshot(hubspot=None)], ids=["known to Salesforce alone", "contact gone"]
)
def test_nobody_without_a_hubspot_contact_gets_anything(lead: Snapshot) -> None:
    """We hand over from HubSpot, and write back to it."""
    assert intended(lead) == {}


# --- the HubSpot contact ---------------------------------------------------------------------------------


def test_an_mql_shows_its_level_and_what_is_missing() -> None:
    """S14, S16: marketing sees where somebody sits and what lacks."""
    found = intended(snapshot(history=(CREATED,)), AS_ENGAGED, (ENGAGED,))
    shown = fields(found["contact:901"])
    assert shown["syncd_stage"] == "mql"
    assert shown["syncd_level"] == "Engaged"
    assert shown["syncd_fit_grade"] == "A"
    assert shown["syncd_reason"] == "Engaged since 24 Aug 2026: Sustained interest; fit A."
    assert shown["syncd_missing"] == "Budget confirmed; Timeline"
    assert (
        shown["syncd_next_action"]
        == 'Marketing develops on track "Early interest"; missing for sales: budget confirmed, timeline.'
    )
    assert shown["syncd_first_mql_at"] == shown["syncd_last_mql_at"] == "2026-08-24T12:00:00Z"
    assert shown["lifecyclestage"] == "marketingqualifiedlead"
    assert found["contact:901"].payload["moves_back"] is False


def test_decay_alone_changes_nothing_in_hubspot() -> None:
    """Each write would wake the next pull: numbers that decay stay out, even where somebody maps them."""
    mapped = replace(
        PLAYBOOK.mapping,
        contact=(
            *PLAYBOOK.mapping.contact,
            FieldMap("hubscore", "syncd.score"),
            FieldMap("page", "syncd.brief"),
        ),
    )
    playbook = replace(PLAYBOOK, mapping=mapped)
    lead = snapshot(history=(CREATED, ENGAGED), signals=(demo(NOW - timedelta(days=15)),))
    today = intended(lead, AS_ENGAGED, (), playbook)
    later = intended(
        lead, AS_ENGAGED, (), playbook, NOW + timedelta(days=9), engagement=score(31), intent=score(1)
    )
    assert today == later
    assert "hubscore" not in fields(today["contact:901"])
    assert "page" not in fields(today["contact:901"])


def test_who_never_rose_is_left_alone_and_who_fell_is_corrected() -> None:
    """Most contacts of a portal are never touched; a level that is lost does not stay on the record."""
    as_lead = Standing(Position(Stage.LEAD), NOW)
    assert intended(snapshot(history=(CREATED,)), as_lead, ()) == {}
    fallen = move(Stage.LEAD, NOW, cause=Cause.CRITERIA_LOST)
    found = intended(snapshot(history=(CREATED, ENGAGED)), as_lead, (fallen,))
    assert fields(found["contact:901"])["syncd_level"] == "Lead"
    assert "lifecyclestage" not in fields(
        intended(
            snapshot(
                history=(CREATED, ENGAGED),
                fields=with_fields(contact__lifecyclestage="marketingqualifiedlead"),
            ),
            as_lead,
            (fallen,),
        )["contact:901"]
    )


def test_sales_owner_and_outcome_are_shown_from_the_hand_off_on() -> None:
    """Marketing sees who works it; a Contact's owner counts before the Lead's it came from."""
    records = (
        SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"OwnerId": "005A"}, NOW),
        SalesRecord(Ref(System.SALESFORCE, "contact", "0031"), {"OwnerId": "005B"}, LIVE),
    )
    lead = snapshot(
        sales_records=records, owner_names={"005A": "Ann", "005B": "Bob"}, history=(CREATED, SQL_MOVE)
    )
    standing = replace(AS_SQL, position=Position(Stage.ACCEPTED))
    shown = fields(intended(lead, standing, (move(Stage.ACCEPTED, NOW, pass_number=1),))["contact:901"])
    assert (shown["syncd_sales_owner"], shown["syncd_sales_outcome"]) == ("Bob", "Accepted by sales")
    assert shown["lifecyclestage"] == "salesqualifiedlead"


def test_a_recycled_lead_goes_back_with_reason_track_and_date() -> None:
    """S87, S88: handed back to marketing, with the date of return; it does not vanish."""
    fields_now = with_fields(contact__lifecyclestage="salesqualifiedlead")
    found = intended(snapshot(fields=fields_now, history=RECYCLED[:-1]), AS_RECYCLED, RECYCLED[-1:])
    contact = found["contact:901"]
    shown = fields(contact)
    assert shown["lifecyclestage"] == "marketingqualifiedlead"
    assert shown["hs_lead_status"] == "BAD_TIMING"
    assert (shown["syncd_recycle_reason"], shown["syncd_track"]) == ("No budget", "Not now")
    assert shown["syncd_recycle_date"] == "2026-11-30"
    assert shown["syncd_sales_outcome"] == "Back in nurture: No budget"
    assert shown["syncd_last_pass_summary"] == (
        "Pass 1: handed over 25 Aug 2026, sent back by sales 1 Sep 2026 (No budget)"
    )
    assert (contact.payload["moves_back"], contact.payload["may_leave"]) == (True, ["opportunity"])
    rules = contact.payload["rules"]
    assert isinstance(rules, dict)
    assert rules["lifecyclestage"] == "ours"


def deal(*, closed: bool, won: bool = False) -> Opportunity:
    return Opportunity(Ref(System.SALESFORCE, "opportunity", "006A"), "Stage", closed, won)


@pytest.mark.parametrize(
    "lead",
    [
        snapshot(opportunities=(deal(closed=False),), history=RECYCLED[:-1]),
        snapshot(opportunities=(deal(closed=True, won=True),), history=RECYCLED[:-1]),
        snapshot(fields=with_fields(contact__lifecyclestage="customer"), history=RECYCLED[:-1]),
    ],
    ids=["open deal", "won deal", "customer"],
)
def test_customers_and_open_deals_are_neither_moved_back_nor_nurtured(lead: Snapshot) -> None:
    """A lost second deal does not make a customer a lead."""
    found = intended(lead, AS_RECYCLED, RECYCLED[-1:])
    assert "lifecyclestage" not in fields(found["contact:901"])
    members = [item for item in found.values() if item.kind == "membership" and item.payload["member"]]
    assert members == []


@pytest.mark.parametrize(
    ("current", "stage", "shown"),
    [
        ("lead", Position(Stage.MQL, "engaged"), "marketingqualifiedlead"),
        ("marketingqualifiedlead", Position(Stage.MQL, "engaged"), "marketingqualifiedlead"),
        ("salesqualifiedlead", Position(Stage.MQL, "engaged"), None),  # never backward by itself
        ("opportunity", Position(Stage.ACCEPTED), None),
        ("", Position(Stage.NEAR_SQL), "marketingqualifiedlead"),
        ("98765432", Position(Stage.MQL, "engaged"), None),  # a custom stage nobody explained to us
        ("other", Position(Stage.MQL, "engaged"), None),  # a person set it
        ("customer", Position(Stage.CUSTOMER), "customer"),
    ],
)
def test_the_lifecycle_stage_rises_and_is_otherwise_left_alone(
    current: str, stage: Position, shown: str | None
) -> None:
    """Only recycling moves it back (facts/hubspot.md 8.1)."""
    lead = snapshot(fields=with_fields(contact__lifecyclestage=current), history=(CREATED,))
    found = intended(lead, replace(AS_ENGAGED, position=stage), (move(stage.stage, NOW, level=stage.level),))
    assert fields(found["contact:901"]).get("lifecyclestage") == shown


def test_who_we_set_aside_may_come_back() -> None:
    """Disqualified by a filter that no longer matches: `other` was our own word."""
    aside = move(Stage.DISQUALIFIED, NOW - timedelta(days=5), cause=Cause.FILTER, code="student")
    lead = snapshot(fields=with_fields(contact__lifecyclestage="other"), history=(CREATED, aside))
    found = intended(lead, AS_ENGAGED, (ENGAGED,))
    assert fields(found["contact:901"])["lifecyclestage"] == "marketingqualifiedlead"


def test_a_stage_owned_by_the_native_sync_is_not_written() -> None:
    """A field has one owner."""
    playbook = replace(PLAYBOOK, mapping=replace(PLAYBOOK.mapping, owns_lifecycle=False))
    found = intended(snapshot(history=(CREATED,)), AS_ENGAGED, (ENGAGED,), playbook)
    assert "lifecyclestage" not in fields(found["contact:901"])


def test_an_adopted_lead_is_shown_but_neither_moved_nor_enrolled() -> None:
    """The baseline starts no mailing to thousands for what happened before we came."""
    adopted = replace(ENGAGED, origin=None, cause=Cause.ADOPTED)
    found = intended(snapshot(), AS_ENGAGED, (adopted,))
    assert list(found) == ["contact:901"]
    assert "lifecyclestage" not in fields(found["contact:901"])
    assert fields(found["contact:901"])["syncd_first_mql_at"] is None


# --- nurture lists ---------------------------------------------------------------------------------------


def track(found: Mapping[str, Intent]) -> str | None:
    """The list the contact is to be in, empty for none; None where nothing is intended."""
    intent = found.get("track:901")
    if intent is None:
        return None
    assert intent.payload["member"] is bool(intent.payload["list"])
    return str(intent.payload["list"]).removeprefix("syncd nurture - ")


def test_a_level_puts_into_its_list_and_the_next_one_moves_on() -> None:
    """S78: one track at a time."""
    hot = move(Stage.MQL, NOW, level="hot")
    found = intended(snapshot(history=(CREATED, ENGAGED)), replace(AS_ENGAGED, position=hot.target), (hot,))
    assert track(found) == "middle stage"


def test_with_sales_all_nurture_ends() -> None:
    """S70, B-70: personal follow-up, not automated nurture."""
    found = intended(snapshot(history=(CREATED, ENGAGED), signals=(demo(),)))
    assert track(found) == ""


def test_a_recycled_lead_is_on_its_track_only() -> None:
    """By membership of the list that starts it."""
    found = intended(snapshot(history=RECYCLED[:-1]), AS_RECYCLED, RECYCLED[-1:])
    assert track(found) == "not now"


@pytest.mark.parametrize(
    "stopped",
    [
        {"lead": {"fields": with_fields(contact__hs_email_optout="true")}},
        {"verdict": {"filters": (FilterResult("opted_out", "Opted out", True, outcome="no_nurture"),)}},
        {"verdict": {"filters": (FilterResult("objected", "Objected", True, outcome="stop"),)}},
    ],
    ids=["property", "filter", "objection"],
)
def test_an_opted_out_person_is_in_no_list(stopped: dict[str, dict[str, Any]]) -> None:
    """And is taken out of the one the position would ask for."""
    lead = snapshot(history=(CREATED,), **stopped.get("lead", {}))
    found = intended(lead, AS_ENGAGED, (ENGAGED,), **stopped.get("verdict", {}))
    assert track(found) == ""


def test_a_filter_that_is_set_aside_ends_no_nurture() -> None:
    """Until its date; an objection cannot be set aside."""
    student = FilterResult("student", "Student", True)
    objection = FilterResult("objected", "Objected", True, outcome="stop")
    until = {"over": NOW, "lasting": NOW + timedelta(days=1)}
    enrolled = {
        name: track(
            intended(
                snapshot(history=(CREATED,), waivers=(Waiver(stopped.id, until_at=end),)),
                AS_ENGAGED,
                (ENGAGED,),
                filters=(stopped,),
            )
        )
        for name, stopped, end in (
            ("over", student, until["over"]),
            ("lasting", student, until["lasting"]),
            ("objection", objection, until["lasting"]),
        )
    }
    assert enrolled == {"over": "", "lasting": "early interest", "objection": ""}


# --- heads-up --------------------------------------------------------------------------------------------


def looked(at: datetime, **parts: Any) -> dict[str, Intent]:
    seen = NOW - timedelta(hours=2)
    lead = snapshot(
        signals=(signal("hubspot.page_view", at),), history=(CREATED, ENGAGED), evaluated_at=seen,
        **parts.pop("lead", {}),
    )  # fmt: skip
    found = intended(lead, parts.pop("standing", AS_ENGAGED), (), **parts)
    return {target: item for target, item in found.items() if item.kind == "alert"}


def test_the_pricing_page_is_news_about_a_near_lead() -> None:
    """A14.1: MQL evidence for everyone, an alert on those who are near and fit."""
    assert list(looked(NOW - timedelta(hours=1))) == ["alert:7:0:heads_up_pricing:sales"]
    assert looked(NOW - timedelta(hours=1))["alert:7:0:heads_up_pricing:sales"].payload["title"] == (
        "Pricing page: Engaged: nurture towards sales"
    )


@pytest.mark.parametrize(
    ("at", "parts"),
    [
        (NOW - timedelta(hours=3), {}),  # seen at the last look
        (NOW - timedelta(hours=1), {"icp": "missing"}),
        (NOW - timedelta(hours=1), {"icp": "unknown"}),
        (NOW - timedelta(hours=1), {"standing": Standing(Position(Stage.LEAD), NOW)}),
        (NOW - timedelta(hours=1), {"lead": {"baseline": Baseline(LIVE, None)}}),
        (NOW - timedelta(hours=1), {"lead": {"baseline": Baseline(LIVE, NOW)}}),
    ],
    ids=["old news", "ICP failed", "ICP unknown", "too low", "observing", "before go-live"],
)
def test_otherwise_it_wakes_nobody(at: datetime, parts: dict[str, Any]) -> None:
    """No alert storm."""
    assert looked(at, **parts) == {}


def test_what_a_machine_did_is_no_news_and_no_story() -> None:
    """A scanner that opens the pricing page wakes nobody, and the brief does not tell of it."""
    seen = signal("hubspot.page_view", NOW - timedelta(hours=1))
    lead = snapshot(signals=(seen, demo()), history=(CREATED, ENGAGED), evaluated_at=NOW - timedelta(hours=2))
    machine = (MachineAct(seen.key, seen.occurred_at, "pricing_page", "burst"),)
    told = [intended(lead, AS_ENGAGED, (), machine=left_out) for left_out in ((), machine)]
    assert ["alert:7:0:heads_up_pricing:sales" in found for found in told] == [True, False]
    stories = [
        brief.write(lead, verdict(machine=left_out), AS_ENGAGED, PLAYBOOK, NOW).story
        for left_out in ((), machine)
    ]
    assert [len(lines) for lines in stories] == [2, 1]


def test_a_routing_rule_sees_what_the_evaluation_sees() -> None:
    """The company's open deal is known to a rule as it is to a filter."""
    rules = ((FieldTest("account.has_open_deal", Operator.IS, ("true",)), "005DEAL"),)
    playbook = replace(PLAYBOOK, routing=Routing("org_rules", "", rules))
    lead = snapshot(signals=(demo(),), account_open_deal=True)
    owner = intended(lead, playbook=playbook)["lead:42:900"].payload["owner"]
    assert owner == {"mode": "owner", "id": "005DEAL"}


def test_a_heads_up_may_count_an_unknown_icp() -> None:
    """UNKNOWN is not failed."""
    rule = replace(PLAYBOOK.alerts.heads_up[0], icp=IcpTest(unknown_counts=True))
    playbook = replace(PLAYBOOK, alerts=replace(PLAYBOOK.alerts, heads_up=(rule,)))
    assert looked(NOW - timedelta(hours=1), playbook=playbook, icp="unknown")


def test_times_are_utc_in_every_payload() -> None:
    """Whatever zone the playbook speaks to people in."""
    far = NOW.astimezone(UTC)
    assert intended(at=far)["alert:7:1:sql:sales"].payload["at"] == "2026-09-03T11:00:00Z"
