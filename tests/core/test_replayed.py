"""What a definition would have made of a lead from its first day on, without what sales did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.model import Baseline, Stage
from syncd.core.replayed import as_if_new, would_be_sql
from tests.core.builders import (
    Journey,
    at,
    default_playbook,
    delivered,
    demo_request,
    form,
    person,
    standing,
    status,
    with_signals,
)

PLAYBOOK = default_playbook()


def test_whoever_asked_is_sql_though_it_was_long_ago() -> None:
    """Today the request counts no more: at the time it did."""
    asked = with_signals(person(), demo_request(at()))
    assert would_be_sql(asked, PLAYBOOK, at(80))


def test_a_download_alone_makes_no_sql() -> None:
    assert not would_be_sql(with_signals(person(), form("Whitepaper", at())), PLAYBOOK, at(80))


@pytest.mark.parametrize("stage", [Stage.HANDED_OFF, Stage.REJECTED, Stage.DISQUALIFIED])
def test_what_sales_made_of_it_says_nothing(stage: Stage) -> None:
    """Neither handed over under a looser definition counts, nor refused since."""
    facts = (form("Whitepaper", at()), delivered(at(1)), status("Accepted", at(2)))
    with_sales = replace(with_signals(person(), *facts), standing=standing(stage, at(3)))
    assert not would_be_sql(with_sales, PLAYBOOK, at(10))
    asked = replace(with_signals(with_sales, demo_request(at())), standing=standing(stage, at(3)))
    assert would_be_sql(asked, PLAYBOOK, at(10))


def test_a_fact_that_was_read_late_counts_when_it_happened() -> None:
    """A first load reads months at once."""
    late = replace(demo_request(at()), known_at=at(70))
    assert would_be_sql(with_signals(person(), late), PLAYBOOK, at(80))


def test_somebody_without_a_date_is_new_with_the_first_fact() -> None:
    told = as_if_new(replace(with_signals(person(), demo_request(at())), created_at=None))
    assert told.created_at == at()
    bare = replace(person(), created_at=None, signals=(), baseline=Baseline(None, None))
    assert not would_be_sql(bare, PLAYBOOK, at(1))


def test_the_ledger_stays_out_of_it() -> None:
    """Nothing of the life that was lived is left."""
    lived = Journey(person()).handed_over(at())
    told = as_if_new(lived.snapshot)
    assert (told.standing, told.history, told.sales_records, told.opportunities) == (None, (), (), ())
