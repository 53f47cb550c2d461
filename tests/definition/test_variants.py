"""The three variants in config/examples: whole, without a warning, and true to their examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncd.settings import default_config_dir, init, load, variants
from syncd.settings.loading import SHAPES

EXAMPLES = default_config_dir() / "examples"
VARIANTS = ("enterprise-abm", "product-led", "small-team")
THE_SAME_EVERYWHERE = ("mapping.yaml", "routing.yaml", "sla.yaml", "recycle.yaml")
"""Files a variant has no opinion on: a change of the shipped ones must reach them."""
OTHER_LETTERS = re.compile(r", contradicts: \w+")
"""What an objection speaks against is a letter of the variant's own framework."""


def test_these_are_the_variants() -> None:
    assert sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()) == list(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_a_whole_folder(name: str) -> None:
    assert {path.name for path in (EXAMPLES / name).iterdir()} == set(SHAPES)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("file", THE_SAME_EVERYWHERE)
def test_what_a_variant_has_no_opinion_on_is_the_shipped_file(name: str, file: str) -> None:
    ours, shipped = ((folder / file).read_text("utf-8") for folder in (EXAMPLES / name, default_config_dir()))
    assert OTHER_LETTERS.sub("", ours) == OTHER_LETTERS.sub("", shipped)


def folders() -> list[Path]:
    return [default_config_dir(), *(EXAMPLES / name for name in VARIANTS)]


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_it_validates_without_a_word_and_its_examples_come_out(folder: Path) -> None:
    """Not even a note: what ships is the example people copy."""
    from syncd.settings.analysis import analyse

    loaded = load(folder, {})
    assert len(loaded.examples) >= 10
    assert list(analyse(loaded)) == []


@pytest.mark.parametrize("name", VARIANTS)
def test_init_starts_from_a_variant(name: str, tmp_path: Path) -> None:
    """Copied, it means the same."""
    init(tmp_path, name)
    assert load(tmp_path, {}).playbook.version == load(EXAMPLES / name, {}).playbook.version
    assert variants() == VARIANTS


def test_a_small_team_needs_no_enterprise_tier() -> None:
    """No page events, no marketing events, no company record: contacts and what was logged."""
    loaded = load(EXAMPLES / "small-team", {})
    sources = {match.source for kind in loaded.playbook.signals for match in kind.sources}
    assert loaded.settings.hubspot.web_behaviour == "properties"
    assert not sources & {"hubspot.marketing_event", "account.activity", "hubspot.list_membership"}
    assert not loaded.playbook.fields_of("company") - MAPPED


MAPPED = {"name", "domain", "city", "country", "numberofemployees"}
"""Company fields that only fill Salesforce records."""


def test_product_led_is_driven_by_the_product() -> None:
    """Every kind with strong intent but asking comes from the product."""
    playbook = load(EXAMPLES / "product-led", {}).playbook
    strong = {kind.id for kind in playbook.signals if kind.intent == "strong" and kind.channel == "product"}
    assert {"product_activated", "teammate_invited", "limit_reached"} <= strong
    assert playbook.sales_cycle_days == 30


def test_enterprise_is_driven_by_the_account() -> None:
    """A long cycle, a list of accounts, another framework, and a group that may make an MQL."""
    playbook = load(EXAMPLES / "enterprise-abm", {}).playbook
    assert playbook.sales_cycle_days == 270
    assert playbook.levels.framework == "MEDDIC"
    assert [model.id for model in playbook.models] == ["target", "others"]
    webinars = next(rule for rule in playbook.models[0].behaviour if rule.id == "webinars")
    assert webinars.half_life_days == 135, "45 days, stretched by three"
