"""How much may go out at once, and what a bulk most likely comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.blast import BlastLimit, Bulk, likely_cause

HOUR = datetime(2026, 9, 7, 14, tzinfo=UTC)
NOTHING = Bulk(100, {})


@pytest.mark.parametrize(
    ("leads", "allowed"), [(0, 50), (999, 50), (1_000, 50), (1_020, 51), (100_000, 5_000)]
)
def test_a_share_of_what_is_kept_and_never_fewer(leads: int, allowed: int) -> None:
    assert BlastLimit().allowed(leads) == allowed


@pytest.mark.parametrize(
    ("bulk", "code", "says"),
    [
        (NOTHING, "many", "no one cause"),
        (
            replace(NOTHING, born={(HOUR, "IMPORT"): 60, (HOUR - timedelta(hours=1), ""): 5}),
            "import",
            "IMPORT",
        ),
        (replace(NOTHING, born={(HOUR, ""): 60}), "import", "60 contacts made in HubSpot within the hour"),
        (replace(NOTHING, born={(HOUR, "IMPORT"): 49}), "many", ""),
        (replace(NOTHING, by_playbook=50, playbook_version="abc"), "playbook", "abc"),
        (replace(NOTHING, by_playbook=49, playbook_version="abc"), "many", ""),
        (replace(NOTHING, loading=["hubspot.contacts"]), "backfill", "hubspot.contacts"),
        (
            replace(NOTHING, born={(HOUR, "IMPORT"): 80}, by_playbook=80, loading=["hubspot.contacts"]),
            "import",
            "",
        ),
        (Bulk(1, {(HOUR, "IMPORT"): 1}), "many", ""),
    ],
)
def test_the_likely_cause_is_the_surest_that_accounts_for_most(bulk: Bulk, code: str, says: str) -> None:
    found = likely_cause(bulk)
    assert found.code == code
    assert says in found.text
