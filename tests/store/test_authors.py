"""Who wrote a field last, and what a record could not take."""

from __future__ import annotations

from datetime import UTC, datetime

from syncd.core.fitting import Left
from syncd.core.model import Ref, System
from syncd.ports import Candidate, Outcome, Result
from syncd.store import authors, outbox
from syncd.store.authors import Authors, shown_value
from syncd.store.engine import Store
from tests.store.test_outbox import handoff, lead_id, only, put, send

__all__ = ["lead_id"]  # a fixture
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LEAD = Ref(System.SALESFORCE, "lead", "00Q1")


def test_what_we_wrote_is_known_by_record_over_all_effects(store: Store, lead_id: int) -> None:
    """And what was once seen of somebody else stays somebody else's."""
    put(store, lead_id, handoff())
    effect = only(store, lead_id)
    receipt_id = send(store, effect)
    with store.write(None) as tx:
        outbox.answer(tx, receipt_id, Outcome(effect.effect_id, Result.DONE, LEAD), NOW)
        authors.take(tx, LEAD, ["Title"], NOW)
        authors.take(tx, LEAD, ["Title", "Phone"], NOW)  # twice is once
        found = authors.of_batch(tx, [effect])[effect.effect_id]
    assert found.last == {"00Q1": {"Title": "a"}}
    assert found.touched(Candidate(LEAD, "key", {})) == {"Title", "Phone"}
    assert found.touched(Candidate(Ref(System.SALESFORCE, "lead", "00Q2"), "key", {})) == frozenset()


def test_a_value_that_came_along_is_ours_and_a_blank_elsewhere_is_not_cleared() -> None:
    """As at the conversion of a Lead, with and without the field mapped."""
    found = Authors({"00Q1": {"Title": "CEO", "Fax": "1"}})
    assert found.last_on("0031", {"Title": "CEO"}) == {"Title": "CEO"}
    assert found.last_on("00Q1", {}) == {"Title": "CEO", "Fax": "1"}


def test_what_was_left_out_is_one_group_per_cause(store: Store, lead_id: int) -> None:
    """Said anew by each write of the same effect; forgotten once it is written."""
    put(store, lead_id, handoff())
    effect = only(store, lead_id)
    send(store, effect)
    effect = only(store, lead_id)
    left = [
        Left("Source", "no_option", "not allowed", "Podcast"),
        Left("Source", "no_option", "not allowed", "Fair"),
        Left("Fax", "too_long", "too long"),
    ]
    with store.write(None) as tx:
        authors.leave(tx, effect, "lead", left, NOW)
        authors.leave(tx, effect, "lead", left, NOW)
        groups = authors.groups(tx)
        assert {(item.field, item.value, item.records) for item in groups} == {
            ("Source", "Podcast", 1), ("Source", "Fair", 1), ("Fax", "", 1),
        }  # fmt: skip
        assert authors.effects_left(tx, groups[0]) == [effect.effect_id]
        authors.forget(tx, groups[0])
        assert len(authors.groups(tx)) == 2
        authors.leave(tx, effect, "lead", [], NOW)
        assert authors.groups(tx) == ()


def test_no_value_that_names_or_reaches_somebody_is_kept() -> None:
    """A category may be shown; an address, a number or a long text may not."""
    assert shown_value(" Trade  show ") == "Trade show"
    for value in ("dana@acme.example", "+49 30 123456", "https://acme.example", "x" * 81):
        assert shown_value(value) == ""
