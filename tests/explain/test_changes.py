"""What changed between two versions, in the words of the definition; stored versions read back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from syncd.core.changes import changes
from syncd.core.playbook import FieldTest, Operator, Playbook, ScoreTest
from syncd.core.recalled import Unreadable, recalled
from syncd.settings.version import normalised
from tests.explain.people import shipped, variants


def stored(playbook: Playbook) -> dict[str, Any]:
    """The content of a version as the store gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(normalised(playbook)))
    return found


def back(playbook: Playbook) -> Playbook:
    names = (playbook.version, playbook.evaluation_version, playbook.delivery_version)
    return recalled(stored(playbook), *names)


@pytest.mark.parametrize("variant", variants())
def test_a_stored_version_is_read_back_as_it_was(variant: str) -> None:
    assert back(shipped(variant)) == shipped(variant)


def test_what_was_added_since_takes_its_default() -> None:
    """A version stored before machine clicks were told apart is still readable."""
    content = stored(shipped())
    del content["evaluation"]["machine"]
    del content["evaluation"]["levels"]["matrix"]
    content["evaluation"]["dropped_long_ago"] = 3
    found = recalled(content, "a", "b", "c")
    assert found.levels.matrix is None
    assert found.machine.is_on


def test_a_version_that_cannot_be_read_says_what_is_missing() -> None:
    content = stored(shipped())
    del content["evaluation"]["levels"]["decisive"]
    with pytest.raises(Unreadable, match="decisive"):
        recalled(content, "a", "b", "c")


def test_a_part_this_release_does_not_know_is_named() -> None:
    content = stored(shipped())
    content["evaluation"]["filters"][0]["test"] = {"kind": "StarSignTest", "signs": ["leo"]}
    with pytest.raises(Unreadable, match="StarSignTest"):
        recalled(content, "a", "b", "c")


def test_two_equal_versions_have_no_changes() -> None:
    assert changes(shipped(), back(shipped())) == ()


def with_sql_interest(points: float) -> Playbook:
    """The shipped playbook with another threshold of interest for SQL by score."""
    levels = shipped().levels
    sql = tuple(
        replace(item, test=ScoreTest("engagement", points)) if item.label == "Sustained interest" else item
        for item in levels.sql
    )
    return replace(shipped(), levels=replace(levels, sql=sql))


def test_a_threshold_is_told_as_it_was_and_as_it_is() -> None:
    [found] = changes(with_sql_interest(45), with_sql_interest(50))
    assert (found.kind, found.section) == ("other", "SQL by score")
    assert found.before == "Sustained interest: engagement is 45 points or more."
    assert found.after == "Sustained interest: engagement is 50 points or more."


def test_what_is_new_and_what_is_gone_are_told_as_such() -> None:
    """Turned round, new is gone."""
    book = shipped()
    fewer = replace(book, filters=tuple(item for item in book.filters if item.id != "student"))
    gone = changes(book, fewer)
    assert {item.kind for item in gone} == {"gone"}
    assert any(item.before.startswith("Student") for item in gone)
    assert {item.kind for item in changes(fewer, book)} == {"new"}


def test_of_a_long_list_only_the_difference_is_told() -> None:
    """Forty countries are not read out to say that one came and one went."""
    book = shipped()
    model = book.models[-1]
    values = tuple(f"country {number}" for number in range(40))
    rule = replace(
        model.fit[0], id="ours", label="Ours", when=FieldTest("company.country", Operator.IS, values)
    )
    turned = replace(rule, when=FieldTest("company.country", Operator.IS, (*values[1:], "elsewhere")))

    def having(one: object) -> Playbook:
        return replace(book, models=(*book.models[:-1], replace(model, fit=(*model.fit, one))))  # type: ignore[arg-type]

    [found] = [item for item in changes(having(rule), having(turned)) if item.after.startswith("Ours")]
    assert found.brief.startswith("Ours: now also")
    assert "elsewhere" in found.brief
    assert "country 0" in found.brief
    assert "country 17" not in found.brief


def test_a_change_below_a_title_says_what_it_is_about() -> None:
    """`Student: ...`, not only `the seniority is ...`."""
    book = shipped()
    other = replace(
        book,
        filters=tuple(
            replace(item, outcome="hold") if item.id == "student" else item for item in book.filters
        ),
    )
    [found] = changes(book, other)
    assert found.after == "Student: Then: a person decides before sales hears of it."


def test_what_stands_below_a_changed_sentence_has_not_changed_itself() -> None:
    """One number fewer is one change."""
    levels = shipped().levels
    fewer = replace(levels, near_sql=replace(levels.near_sql, at_least=levels.near_sql.at_least - 1))
    [found] = changes(shipped(), replace(shipped(), levels=fewer))
    assert found.section == "Near-SQL: nearly there"
