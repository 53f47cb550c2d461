"""What levels, rules and conditions of the complete definition become, and what is refused in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.playbook import (
    AllOf,
    Cell,
    CellTest,
    IdleTest,
    MachineClicks,
    ModelTest,
    Playbook,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.settings import load
from tests.settings.small import HOME, edit

PRICES = "signals: pricing_viewed, points: 10, half_life_days: 30, cap: 40"
INTEREST = "when: {score: engagement, at_least: 30}"
LEAVE = "    leave: {score: engagement, below: 20}\n"
MATRIX = """\
matrix:
  score: intent
  bands: {low: 0, high: 40}
  cells: {Bhigh: {action: Write}, Ahigh: {action: Call today, track: not_now}}
mql:
"""


def playbook(folder: Path) -> Playbook:
    return load(folder, HOME).playbook


def entered_when(folder: Path, condition: str) -> Test:
    """The test a condition becomes, standing as the entry of the first level."""
    edit(folder, "levels.yaml", INTEREST, f"when: {condition}")
    (folder / "levels.yaml").write_text((folder / "levels.yaml").read_text().replace(LEAVE, ""))
    (folder / "examples.yaml").unlink(missing_ok=True)
    return playbook(folder).levels.mql[0].enter[0].test


CONDITIONS: list[tuple[str, str, Test]] = [
    (
        "breadth",
        "{signal: [pricing_viewed, demo_requested], at_least: 3, within_days: 30, distinct: channel}",
        SignalTest(("pricing_viewed", "demo_requested"), 3, 30, "channel"),
    ),
    (
        "breadth over what the facts carry",
        "{signal: pricing_viewed, at_least: 3, within_days: 30, distinct: url}",
        SignalTest(("pricing_viewed",), 3, 30, "url"),
    ),
    (
        "a sequence",
        "{sequence: [pricing_viewed, [demo_requested, pricing_viewed]], within_days: 14}",
        SequenceTest((("pricing_viewed",), ("demo_requested", "pricing_viewed")), 14),
    ),
    ("silence", "{idle: [pricing_viewed], days: 60}", IdleTest(("pricing_viewed",), 60)),
    ("silence of one", "{idle: pricing_viewed, days: 60}", IdleTest(("pricing_viewed",), 60)),
    ("silence in all", "{idle: any, days: 60}", IdleTest(("demo_requested", "pricing_viewed"), 60)),
    ("a model", "{model: standard}", ModelTest(("standard",))),
    ("models", "{model: [standard]}", ModelTest(("standard",))),
]


@pytest.mark.parametrize(("text", "test"), [case[1:] for case in CONDITIONS], ids=[c[0] for c in CONDITIONS])
def test_a_condition_becomes_the_test_it_says(folder: Path, text: str, test: Test) -> None:
    assert entered_when(folder, text) == test


def test_silence_in_all_means_what_they_do_not_what_we_do(folder: Path) -> None:
    """`idle: any` counts every kind with direction inbound."""
    edit(folder, "signals.yaml", "label: Looked at the prices", "label: We called\n    direction: outbound")
    assert entered_when(folder, "{idle: any, days: 60}") == IdleTest(("demo_requested",), 60)


def test_a_cell_of_the_matrix_is_a_condition(folder: Path) -> None:
    """Bands and cells come in an order of their own, so that spelling does not count."""
    edit(folder, "levels.yaml", "mql:\n", MATRIX)
    assert entered_when(folder, "{cell: [Ahigh, Bhigh]}") == CellTest(("Ahigh", "Bhigh"))
    matrix = playbook(folder).levels.matrix
    assert matrix is not None
    assert (matrix.score, matrix.bands) == ("intent", (("high", 40), ("low", 0)))
    assert matrix.cells == (Cell("Ahigh", "Call today", "not_now"), Cell("Bhigh", "Write"))


def test_points_may_fall_in_steps_and_with_each_more(folder: Path) -> None:
    """Shares are percent or parts of one; distinct and diminishing stand beside."""
    new = "signals: pricing_viewed, points: 10, steps: {30: 0.5, 7: 100%, 90: 12.5 %}, diminishing: 50%, "
    edit(folder, "scoring.yaml", PRICES, new + "distinct: url, cap: 40")
    rule = playbook(folder).models[0].behaviour[0]
    assert rule.steps == ((7.0, 1.0), (30.0, 0.5), (90.0, 0.125))
    assert (rule.diminishing, rule.distinct, rule.half_life_days) == (0.5, "url", None)


def test_a_pattern_may_be_any_test_of_facts(folder: Path) -> None:
    """`need` is short for signals in one window, `when` is the general form; both may be in a group."""
    patterns = """\
    group_caps: {web: 30}
    patterns:
      - {id: two, label: Two, need: {pricing_viewed: 2, demo_requested: 1}, within_days: 30, points: 20}
      - {id: quiet, label: Quiet, when: {idle: any, days: 60}, points: -5, score: intent, group: web}
    behaviour:"""
    edit(folder, "scoring.yaml", "    behaviour:", patterns)
    two, quiet = playbook(folder).models[0].patterns
    assert two.when == AllOf((SignalTest(("pricing_viewed",), 2, 30), SignalTest(("demo_requested",), 1, 30)))
    assert (two.score, two.group) == ("engagement", "")
    assert quiet.when == IdleTest(("demo_requested", "pricing_viewed"), 60)
    assert (quiet.points, quiet.score, quiet.group) == (-5, "intent", "web")


LETTER = "{id: metrics, label: Metrics, confirmed: {signal: demo_requested}}"


def test_another_framework_is_only_other_letters(folder: Path) -> None:
    """`bant` is short for the framework of that name."""
    edit(folder, "levels.yaml", "mql:\n", f"framework: {{name: MEDDIC, letters: [{LETTER}]}}\nmql:\n")
    named = playbook(folder).levels
    edit(folder, "levels.yaml", f"framework: {{name: MEDDIC, letters: [{LETTER}]}}", f"bant: [{LETTER}]")
    short = playbook(folder).levels
    assert (named.framework, short.framework) == ("MEDDIC", "BANT")
    assert named.bant == short.bant
    assert [letter.id for letter in short.bant] == ["metrics"]


def test_evangelists_and_machine_clicks_are_said_in_yaml(folder: Path) -> None:
    assert playbook(folder).machine == MachineClicks()
    edit(folder, "levels.yaml", "mql:\n", f"evangelist: [{{id: spoke, label: Spoke, {INTEREST}}}]\nmql:\n")
    edit(
        folder,
        "signals.yaml",
        "signals:\n",
        "machine_clicks: {is_on: false, seconds_after_send: 5, burst_links: 4, burst_seconds: 7,"
        " redeemed_minutes: 9}\nsignals:\n",
    )
    built = playbook(folder)
    assert [item.id for item in built.levels.evangelist] == ["spoke"]
    assert built.machine == MachineClicks(False, 5, 4, 7, 9)


def test_a_filter_may_stop_everything(folder: Path) -> None:
    edit(folder, "filters.yaml", "label: Rival,", "label: Rival, outcome: stop,")
    assert playbook(folder).filters[0].outcome == "stop"


# --- the sales cycle -------------------------------------------------------------------------------------

CYCLE = "sales_cycle_days: {}\nmql:\n"
EVERYWHERE = """\
    patterns:
      - {id: two, label: Two, need: {pricing_viewed: 2}, within_days: 30, points: 20}
      - {id: quiet, label: Quiet, when: {idle: any, days: 60}, points: -5, fixed: true}
    behaviour:
      - {id: steps, label: Steps, signals: pricing_viewed, points: 1, window_days: 20, steps: {7: 1, 30: 50%}}
      - {id: still, label: Still, signals: pricing_viewed, points: 1, half_life_days: 30, fixed: true}
"""


def with_cycle(folder: Path, days: float) -> Playbook:
    edit(folder, "levels.yaml", "mql:\n", CYCLE.format(days))
    edit(folder, "scoring.yaml", "    behaviour:\n", EVERYWHERE)
    edit(folder, "levels.yaml", "{signals: demo_requested, within_days: 30}", DECISIVE)
    edit(folder, "examples.yaml", "days_ago: [0, 0, 0, 1]", "days_ago: [0, 0, 0, 0]")
    return playbook(folder)


DECISIVE = """\

  signals: demo_requested
  within_days: 30
  needs:
    - {id: lately, label: Lately, when: {signal: pricing_viewed, within_days: 45}}
    - {id: soon, label: Soon, when: {signal: pricing_viewed, within_days: 90, fixed: true}}
    - {id: order, label: Order, when: {sequence: [pricing_viewed, demo_requested], within_days: 21}}
"""


def test_windows_half_lives_and_cool_downs_follow_the_sales_cycle(folder: Path) -> None:
    """S128: a cycle of 180 days, where the numbers were written for 90, makes all of them twice as long."""
    built = with_cycle(folder, 180)
    steps, still, prices = built.models[0].behaviour
    two, quiet = built.models[0].patterns
    assert (steps.steps, steps.window_days) == (((14.0, 1.0), (60.0, 0.5)), 40)
    assert (still.half_life_days, prices.half_life_days) == (30, 60)
    assert two.when == AllOf((SignalTest(("pricing_viewed",), 2, 60),))
    assert quiet.when == IdleTest(("demo_requested", "pricing_viewed"), 60)
    assert built.levels.decisive.within_days == 60
    assert [item.test for item in built.levels.decisive.needs] == [
        SignalTest(("pricing_viewed",), 1, 90),
        SignalTest(("pricing_viewed",), 1, 90),
        SequenceTest((("pricing_viewed",), ("demo_requested",)), 42),
    ]
    assert built.recycle.rules["no_budget"].cool_down_days == 180
    assert built.sales_cycle_days == 180


def test_scaled_days_are_days_people_say(folder: Path) -> None:
    """Whole from ten on, hundredths below, and a cool-down never becomes none."""
    edit(folder, "recycle.yaml", "cool_down_days: 90", "cool_down_days: 1")
    built = with_cycle(folder, 30)
    assert built.models[0].behaviour[0].steps == ((2.33, 1.0), (10.0, 0.5))
    assert built.levels.decisive.within_days == 10
    assert built.levels.decisive.needs[0].test == SignalTest(("pricing_viewed",), 1, 15)
    assert built.recycle.rules["no_budget"].cool_down_days == 1


def test_another_sales_cycle_is_another_definition(folder: Path) -> None:
    """And what the numbers were written for says how long they are, not only the cycle."""
    before = playbook(folder)
    edit(folder, "levels.yaml", "mql:\n", CYCLE.format(120))
    longer = playbook(folder)
    assert longer.evaluation_version != before.evaluation_version
    assert longer.delivery_version == before.delivery_version
    edit(folder, "levels.yaml", "sales_cycle_days: 120", "sales_cycle_days: 120\nwritten_for_days: 120")
    same_days = playbook(folder)
    assert same_days.models == before.models
    assert same_days.evaluation_version not in {before.evaluation_version, longer.evaluation_version}
