"""Which opens and clicks are a machine's: measured on the first set, and rule by rule."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.machine import REASONS, judge
from syncd.core.model import Shape, Signal
from syncd.core.playbook import MachineClicks
from tests.machine.mechanisms import PLACE, lines
from tests.machine.sets import BEGIN, measured, read

SETTINGS = MachineClicks()
SITE = "www.acme.example"


def fact(key: int, at: float, act: str, url: str = "", **attributes: str) -> Signal:
    said = {"campaign": "July", **attributes} if act in ("open", "click") else attributes
    source = {"page": "hubspot.page_view", "form": "hubspot.form_submission"}.get(act, f"hubspot.email_{act}")
    moment = BEGIN + timedelta(seconds=at)
    return Signal(key, moment, moment, Shape(source, {**said, **({"url": url} if url else {})}))


# --- the first set ---------------------------------------------------------------------------------------


def test_the_first_set_is_what_its_generator_makes() -> None:
    """A set changed by hand after the recogniser was written would prove nothing."""
    assert PLACE.read_text(encoding="utf-8").splitlines() == lines()


def test_at_least_95_percent_of_machine_clicks_and_at_most_1_percent_of_human_ones_are_removed() -> None:
    """The bar of the issue, on clicks alone and on opens and clicks together; over 300 sequences."""
    sequences = [*read("first.tsv"), *read("hand.tsv")]
    result = measured(sequences)

    assert len(sequences) >= 300
    for clicks_only in (True, False):
        assert result.share("machine", clicks_only=clicks_only) >= 0.98, result.wrong
        assert result.share("human", clicks_only=clicks_only) <= 0.005, result.wrong


@pytest.mark.parametrize("mechanism", sorted({item.mechanism for item in read("first.tsv")}))
def test_no_mechanism_hides_behind_the_others(mechanism: str) -> None:
    """Of every single mechanism at least nine tenths of a machine's acts are removed, and of people's fewer
    than one in fifty."""
    result = measured([item for item in read("first.tsv") if item.mechanism == mechanism])

    if result.acts["machine"]:
        assert result.share("machine", clicks_only=False) >= 0.9, result.wrong
    if result.acts["human"]:
        assert result.share("human", clicks_only=False) <= 0.02, result.wrong


@pytest.mark.parametrize("seed", range(40, 45))
def test_other_seeds_measure_the_same(seed: int) -> None:
    """The constants are not fitted to one draw of the generator."""
    result = measured(read(lines(seed)))

    assert result.share("machine") >= 0.97, result.wrong
    assert result.share("human") <= 0.01, result.wrong


def test_without_page_events_people_keep_their_clicks() -> None:
    """The smaller tiers tell of no page view: nothing follows from there being none."""
    sequences = [replace(item, signals=_clicks_alone(item.signals)) for item in read("first.tsv")]
    result = measured(sequences)

    assert result.share("human") <= 0.01, result.wrong


def _clicks_alone(signals: list[Signal]) -> list[Signal]:
    return [signal for signal in signals if signal.shape.source.startswith("hubspot.email_")]


# --- properties ------------------------------------------------------------------------------------------


def test_order_and_company_of_other_facts_change_nothing() -> None:
    """The judgement is of the facts, not of how they came."""
    rng = random.Random(5)
    for sequence in read("first.tsv"):
        before = judge(sequence.signals, SETTINGS)
        shuffled = [*sequence.signals, fact(10**9, 0, "page_of_nothing")]
        rng.shuffle(shuffled)
        assert judge(shuffled, SETTINGS) == before


def test_a_lead_without_mail_is_not_looked_at() -> None:
    """Nothing is sorted or compared where there is nothing to judge."""
    pages = [fact(number, number, "page", SITE) for number in range(50)]

    assert judge(pages, SETTINGS) == {}
    assert judge((), SETTINGS) == {}


def test_switched_off_nothing_is_judged() -> None:
    """A team that trusts HubSpot's own filter says so in one line."""
    click = fact(1, 1, "click", SITE, lag="0-2", agent="scanner")

    assert judge([click], MachineClicks(is_on=False)) == {}


def test_every_reason_has_a_sentence() -> None:
    """What is left out is shown to people, who read no codes."""
    given = {reason for item in read("first.tsv") for reason in judge(item.signals, SETTINGS).values()}

    assert given <= set(REASONS)
    assert {"agent", "proxy", "too_soon", "burst", "repeat", "gateway", "no_visit"} <= given | {"no_visit"}


# --- one rule each ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lag", "settings", "reason"),
    [
        ("0-2", SETTINGS, "too_soon"),
        ("6-10", SETTINGS, "too_soon"),
        ("6-10", MachineClicks(seconds_after_send=5), None),
        ("11-30", SETTINGS, None),
        ("11-30", MachineClicks(seconds_after_send=30), "too_soon"),
        ("later", SETTINGS, None),
        ("", SETTINGS, None),
    ],
)
def test_a_lone_click_is_judged_by_how_soon_it_came(
    lag: str, settings: MachineClicks, reason: str | None
) -> None:
    """The bucket counts when it ends within the playbook's seconds; an unknown lag says nothing."""
    click = fact(1, 5, "click", SITE, lag=lag) if lag else fact(1, 5, "click", SITE)

    assert judge([click], settings).get(1) == reason


def test_what_somebody_might_have_done_is_given_back_by_what_follows() -> None:
    """Nine seconds after the send is quick; a page view or a form says it was a person."""
    click = fact(1, 9, "click", f"{SITE}/demo", lag="6-10")

    assert judge([click], SETTINGS) == {1: "too_soon"}
    assert judge([click, fact(2, 12, "page", f"{SITE}/demo")], SETTINGS) == {}
    assert judge([click, fact(2, 1800, "form")], SETTINGS) == {}
    assert judge([click, fact(2, 1810, "form")], SETTINGS) == {1: "too_soon"}
    assert judge([click, fact(2, 12, "page", f"{SITE}/demo")], MachineClicks(redeemed_minutes=0)) != {}


def test_a_page_view_speaks_for_the_last_click_on_its_address_alone() -> None:
    """The person's click an hour after the gateway's does not make the gateway a person."""
    machine = fact(1, 8, "click", f"{SITE}/demo", lag="6-10")
    person = fact(2, 300, "click", f"{SITE}/demo", lag="later")

    assert judge([machine, person, fact(3, 303, "page", f"{SITE}/demo")], SETTINGS) == {1: "too_soon"}


def test_no_page_after_an_early_click_counts_only_where_pages_of_that_site_are_seen() -> None:
    """Another person, another site, or no page events at all: then nothing follows."""
    click = fact(1, 40, "click", f"{SITE}/demo", lag="31-60")
    long_ago = fact(2, -90_000, "page", f"{SITE}/blog")

    assert judge([click, long_ago], SETTINGS) == {1: "no_visit"}
    assert judge([click], SETTINGS) == {}
    assert judge([click, fact(2, -90_000, "page", "other.example/blog")], SETTINGS) == {}
    assert judge([click, long_ago, fact(3, 44, "page", f"{SITE}/demo")], SETTINGS) == {}


def test_two_links_within_a_second_are_nobodys_hand_but_one_link_twice_is() -> None:
    """A double click is a person's; so are two links some seconds apart."""
    first = fact(1, 7000, "click", f"{SITE}/a", lag="later")

    assert set(judge([first, fact(2, 7000.8, "click", f"{SITE}/b", lag="later")], SETTINGS)) == {1, 2}
    assert judge([first, fact(2, 7000.8, "click", f"{SITE}/a", lag="later")], SETTINGS) == {}
    assert judge([first, fact(2, 7004, "click", f"{SITE}/b", lag="later")], SETTINGS) == {}


def test_the_numbers_of_the_playbook_set_what_a_burst_is() -> None:
    """Three links in nine seconds, two minutes after the send: a burst by default, not for a patient team."""
    clicks = [fact(n, 120 + n * 4, "click", f"{SITE}/{n}", lag="61-300") for n in range(3)]

    assert set(judge(clicks, SETTINGS)) == {0, 1, 2}
    assert judge(clicks, MachineClicks(burst_links=4)) == {}
    assert judge(clicks, MachineClicks(burst_seconds=3)) == {}


def test_facts_without_address_or_campaign_are_never_a_burst() -> None:
    """A portal that only counts clicks on the contact: a number of clicks at one moment says nothing."""
    counted = [Signal(n, BEGIN, BEGIN, Shape("hubspot.email_click", {}), count=5) for n in range(4)]

    assert judge(counted, SETTINGS) == {}


def test_an_open_amid_the_gateways_clicks_goes_with_them() -> None:
    """The sandbox loads the picture too; the same open by a mail program stays."""
    burst = [fact(n, 400 + n, "click", f"{SITE}/{n}", lag="later") for n in range(4)]

    assert judge([*burst, fact(9, 401, "open", lag="later", agent="browser")], SETTINGS)[9] == "burst"
    assert 9 not in judge([*burst, fact(9, 401, "open", lag="later", agent="app")], SETTINGS)


def test_what_hubspot_leaves_out_of_its_reports_is_left_out_here() -> None:
    """Its own bot filter, and colleagues' addresses excluded in the portal."""
    assert judge([fact(1, 9000, "click", SITE, lag="later", filtered="true")], SETTINGS) == {1: "filtered"}


def test_a_hostile_history_is_judged_in_bounded_time() -> None:
    """Thousands of acts at one moment cost milliseconds, not minutes."""
    clicks = [fact(n, 20, "click", f"{SITE}/{n % 3}", lag="11-30", campaign=str(n)) for n in range(2000)]
    pages = [fact(5000 + n, 20, "page", f"{SITE}/{n % 3}") for n in range(2000)]

    began = time.process_time()
    judge([*clicks, *pages], SETTINGS)

    assert time.process_time() - began < 20, "it goes over the text again and again"
