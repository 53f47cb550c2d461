"""What the stages mean, who owns them, how teams work with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncd.core.model import Decision, Signal, Stage, System
from syncd.core.playbook import Playbook
from tests.definition.edited import edited
from tests.definition.people import (
    BUYER,
    MISFIT,
    NOW,
    STRANGER,
    Story,
    at_or_above_mql,
    decided,
    demo_request,
    fact,
    form,
    joined,
    opened,
    page,
    s55,
    shipped,
    visits,
    webinar,
    where,
)

MINUTE = timedelta(minutes=1)


def to_sales(found: Decision) -> list[str]:
    """Kinds of what is intended in Salesforce."""
    return [item.kind for item in found.intents if item.system is System.SALESFORCE]


def shown_in_hubspot(found: Decision) -> dict[str, object]:
    """The contact's properties as they are to be."""
    contact = next(item for item in found.intents if item.kind == "contact")
    fields = contact.payload["fields"]
    assert isinstance(fields, dict)
    return fields


def where_after(story: Story, at: datetime, learnt: Signal) -> str:
    return str(story.until(at, learnt).standing.position)


def delivered(minutes_after_now: int = 1) -> Signal:
    minutes = -minutes_after_now / 1440
    return fact("syncd.delivered", minutes, kind="handoff", object="Lead", created="true")


def near() -> list[Signal]:
    """Everything an SQL needs but clear intent."""
    return [
        webinar(3),
        webinar(10, event="Planning with finance"),
        *page("/pricing", 1, 3, 7),
        *page("/compare/rival", 1, 4),
        *opened(1, 4, 7, 10, 13),
    ]


def test_learning_and_comparing_make_an_mql_at_most() -> None:
    """B-1: interest, however much of it, hands nobody over."""
    everything = [
        *s55(),
        *page("/blog/a", 2, 4),
        *page("/pricing", 5),
        form("Ebook A", 6),
        *visits(1, 2, 3, 4, 5),
    ]
    found = decided(*everything)
    assert found.standing.position.stage is Stage.MQL
    assert found.verdict.decisive == ""
    assert to_sales(found) == []


@pytest.mark.parametrize("asks", ["Request a demo", "Get a quote", "Contact sales"])
def test_asking_for_a_persons_time_makes_an_sql(asks: str) -> None:
    """B-2: clear intent."""
    assert where(form(asks)) == "sql"


def test_the_hand_off_moves_a_person_from_marketing_to_sales() -> None:
    """B-3: before, a nurture list and nothing in Salesforce; after, a record, a task, and no nurture."""
    before, after = decided(*s55()), decided(*s55(), demo_request(0))
    assert before.standing.track == "middle_stage"
    assert to_sales(before) == []
    assert {"handoff", "task"} <= set(to_sales(after))
    assert after.standing.track == ""


def test_reading_feeds_engagement_and_asking_feeds_intent() -> None:
    """B-4: two numbers, never one."""
    reads = decided(form("Ebook A"), *page("/blog/a", 2), webinar(3), *visits(1)).verdict
    asks = decided(demo_request()).verdict
    assert reads.engagement.points_micro > 0
    assert reads.intent.points_micro == 0
    assert asks.intent.points_micro > 0
    assert asks.engagement.points_micro == 0


def test_a_lead_is_anybody_known_and_an_mql_is_defined_by_named_criteria() -> None:
    """B-5: an inquiry is no MQL; what makes one is written down."""
    assert where() == "lead"
    assert where(form("Newsletter sign-up")) == "lead"
    for level in shipped().levels.mql:
        assert level.enter
        assert all(item.label for item in level.enter)


def test_the_same_interest_of_somebody_who_does_not_fit_makes_no_mql() -> None:
    """B-6: grade D at a company outside the ICP."""
    found = decided(*s55(), known=MISFIT)
    assert found.verdict.grade == "D"
    assert found.standing.position.stage is Stage.LEAD
    assert at_or_above_mql(decided(*s55()))


def test_a_further_step_makes_an_mql_and_puts_them_on_a_track() -> None:
    """B-7: the first download does not; the pattern after it does."""
    story = Story(form("Ebook A", 20))
    assert str(story.until(NOW - timedelta(days=15)).standing.position) == "lead"
    found = story.until(NOW, *s55())
    assert found.standing.position.stage is Stage.MQL
    assert found.standing.track in shipped().tracks


def test_handed_over_accepted_and_qualified_are_three_entries() -> None:
    """B-8, B-9: qualified by the criteria, confirmed in Salesforce, accepted by sales: in that order."""
    story = Story(demo_request(0))
    story.until(NOW)
    story.until(NOW + 2 * MINUTE, delivered())
    assert story.standing.position.stage is Stage.HANDED_OFF
    status = fact("salesforce.lead_change", -1, property="Status", value="Accepted")
    story.until(NOW + timedelta(days=2), status)
    assert story.path[-3:] == ["sql", "handed_off", "accepted"]


def test_a_stage_may_be_skipped() -> None:
    """B-10: from nothing to SQL by the first act."""
    story = Story(demo_request(0))
    story.until(NOW)
    assert story.path == ["lead", "sql"]


def test_criteria_are_a_matter_of_yaml(tmp_path: Path) -> None:
    """B-11: the same person, a lead here and an SQL there."""
    demo_video = page("/demo/watch", 1)
    eager = edited(
        tmp_path, "levels.yaml", "signals: [demo_requested,", "signals: [demo_watched, demo_requested,"
    )
    assert where(*demo_video) == "lead"
    assert where(*demo_video, playbook=eager) == "sql"


def test_one_definition_has_one_version(tmp_path: Path) -> None:
    """B-12: read twice it is the same; with one number changed it is another."""
    same = edited(tmp_path / "same", "levels.yaml", "# ours", "# Ours")
    other = edited(tmp_path / "other", "levels.yaml", "engagement, at_least: 45", "engagement, at_least: 46")
    assert same.evaluation_version == shipped().evaluation_version
    assert other.evaluation_version != shipped().evaluation_version


def test_levels_of_mql_have_entry_exit_and_track() -> None:
    """B-13: several, and leaving takes less than entering did."""
    assert [level.id for level in shipped().levels.mql] == ["engaged", "evaluating"]
    assert all(level.enter and level.leave and level.track for level in shipped().levels.mql)
    story = Story(
        *page("/pricing", 1, 4), *page("/compare/rival", 2, 5), *page("/product/a", 1, 2, 4), *visits(1, 2)
    )
    story.until(NOW)
    assert story.standing.position.stage is Stage.MQL
    later = NOW + timedelta(days=10)
    kept = story.until(later)
    assert kept.verdict.engagement.points < 30, "no longer enough to enter"
    assert kept.standing.position.stage is Stage.MQL, "and still enough to stay"


def test_near_sql_names_what_is_missing_and_hands_nothing_over() -> None:
    """B-14: four of five; the fifth is named."""
    found = decided(*near())
    assert found.standing.position.stage is Stage.NEAR_SQL
    assert found.verdict.missing == ("sql.readiness",)
    assert found.standing.track == "confirm_intent", "asked first; then the track of near-SQL"
    assert to_sales(found) == []


def alerts(found: Decision) -> set[str]:
    return {str(item.payload["event"]) for item in found.intents if item.kind == "alert"}


def test_a_look_at_the_prices_is_news_of_a_fitting_mql_alone() -> None:
    """B-22: evidence for everyone (A14.1), a message only where somebody is MQL and fits."""
    assert "heads_up_pricing_page" in alerts(decided(*s55()))
    assert "heads_up_pricing_page" not in alerts(decided(*s55(), known=STRANGER))
    assert "heads_up_pricing_page" not in alerts(decided(*page("/pricing", 1)))


def test_somebody_new_at_the_company_of_a_near_sql_is_news() -> None:
    """B-32: sales sees the group forming before anybody is handed over."""
    assert "heads_up_stakeholder" in alerts(decided(*near(), joined("p1", 1)))
    assert "heads_up_stakeholder" not in alerts(decided(*s55(), joined("p1", 1)))


def test_the_path_goes_on_to_customer_and_evangelist() -> None:
    """B-15: opportunity, customer, and evangelist by a rule of the playbook."""
    story = Story(demo_request(0))
    story.until(NOW)
    story.until(NOW + 2 * MINUTE, delivered())
    deal = fact("salesforce.deal", -9, stage="Proposal", outcome="open")
    assert where_after(story, NOW + timedelta(days=10), deal) == "opportunity"
    deal = fact("salesforce.deal", -39, stage="Closed Won", outcome="won")
    assert where_after(story, NOW + timedelta(days=40), deal) == "customer"
    story.until(NOW + timedelta(days=90), form("Customer reference", -89))
    assert story.path[-3:] == ["opportunity", "customer", "customer:evangelist"]


@pytest.mark.parametrize("acts", [s55(), [*s55(), demo_request(0)]], ids=["MQL", "SQL"])
def test_hubspot_shows_where_everybody_stands_why_and_what_next(acts: list[Signal]) -> None:
    """B-16, B-108, B-115: stage, reason and next step are written by the tool; what is missing too."""
    shown = shown_in_hubspot(decided(*acts))
    assert shown["syncd_stage"]
    assert shown["syncd_reason"]
    assert shown["syncd_next_action"]
    assert {"syncd_missing", "syncd_sales_owner", "syncd_level", "syncd_fit_grade"} <= shown.keys()


# --- warnings --------------------------------------------------------------------------------------------


def test_no_number_of_downloads_makes_work_for_sales() -> None:
    """B-118: thirty different pieces are still only interest."""
    found = decided(*[form(f"Ebook {number}", number / 2) for number in range(30)])
    assert found.standing.position.stage is Stage.LEAD
    assert to_sales(found) == []


def test_nobody_is_an_sql_by_default_and_no_mql_is_forgotten() -> None:
    """B-119: every level below SQL has a track and a next step."""
    assert where() == "lead"
    assert where(known=STRANGER) == "lead"
    for acts in (s55(), near(), [form("Start free trial")]):
        found = decided(*acts)
        assert found.standing.position.stage in (Stage.MQL, Stage.NEAR_SQL)
        assert found.standing.track
        assert shown_in_hubspot(found)["syncd_next_action"]


def test_more_readers_mean_no_more_tasks() -> None:
    """B-120: a hundred people who read are no task."""
    readers = [decided(form(f"Ebook {number}", number % 30), *visits(number % 9)) for number in range(100)]
    assert [item for found in readers for item in to_sales(found)] == []


def test_the_hand_off_happens_at_the_second_of_the_request() -> None:
    """B-121: evaluated a day late, dated right; a second before, nothing."""
    story = Story(demo_request(0))
    early = story.until(NOW - timedelta(seconds=1))
    assert early.standing.position.stage is Stage.LEAD
    assert early.due_at == NOW, "the request that lies ahead is the next change"
    story.until(NOW + timedelta(days=1))
    assert story.snapshot.history[-1].effective_at == NOW
    assert story.path[-1] == "sql"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "- {id: engaged_first, label: Engaged, when: {level: engaged}}",
            "- {id: engaged_first, when: {level: engaged}}",
        ),
        ("- {id: is_mql, label: MQL, when: {level: engaged}}", ""),
        ("at_least: 4 # S14", "at_least: 6 # S14"),
    ],
    ids=["a criterion without a name", "a level without criteria", "a number out of reach"],
)
def test_a_vague_definition_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """B-122: with file, line and cure."""
    with pytest.raises(Exception, match=r"levels\.yaml"):
        edited(tmp_path, "levels.yaml", old, new)


def test_nurture_follows_every_level_and_every_reason() -> None:
    """B-123: nobody below SQL is left without it, nor anybody sales sent back."""
    playbook: Playbook = shipped()
    assert {level.track for level in playbook.levels.mql} <= set(playbook.tracks)
    assert playbook.levels.near_sql.track in playbook.tracks
    for rule in playbook.recycle.rules.values():
        assert rule.is_final or rule.track in playbook.tracks


def test_opting_out_stops_marketing_and_nothing_else() -> None:
    """B-124, B-46: no nurture list; the demo request is answered, and the opt-out travels along."""
    out = {**BUYER, "contact.hs_email_optout": "true"}
    reads, asks = decided(*s55(), known=out), decided(demo_request(0), known=out)
    assert reads.standing.position.stage is Stage.MQL
    assert not any(item.payload["member"] for item in reads.intents if item.kind == "membership")
    assert asks.standing.position.stage is Stage.SQL
    handoff = next(item for item in asks.intents if item.kind == "handoff")
    fields = handoff.payload["fields"]
    assert isinstance(fields, dict)
    assert str(fields["HasOptedOutOfEmail"]).lower() == "true"


def test_an_objection_stops_everything() -> None:
    """B-124: no hand-off, no alert, no nurture; and it outweighs a request."""
    found = decided(form("Please delete my data", 5), *s55(), demo_request(0))
    assert found.standing.position.stage is Stage.DISQUALIFIED
    assert found.verdict.blocked_by == "objected"
    assert {item.kind for item in found.intents} <= {"contact"}


def test_effort_follows_fit_and_engagement() -> None:
    """B-127: a cell for everybody, with something to do that differs from corner to corner."""
    matrix = shipped().levels.matrix
    assert matrix is not None
    actions = {cell.id: cell.action for cell in matrix.cells}
    grades = [grade for grade, _least in shipped().models[-1].grades]
    assert set(actions) == {f"{grade}{band}" for grade in grades for band, _least in matrix.bands}
    busy, quiet = decided(*near()).verdict.cell, decided(known=MISFIT).verdict.cell
    assert (busy, quiet) == ("A1", "D4")
    assert actions[busy] != actions[quiet]
