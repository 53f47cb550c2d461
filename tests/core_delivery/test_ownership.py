"""Which fields are written: never over a person's value, never what is there already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.fitting import FieldShape, fit_to_schema
from syncd.core.ownership import diff, same
from syncd.core.playbook import Ownership

OURS, UNTIL_TOUCHED, FILL_ONCE, ON_CREATE, TICK_ONLY = Ownership


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (70, "70.0"),
        ("70", "70.0"),
        (70.5, "70.50"),
        (100_000_000, "1.0E8"),
        (True, "true"),
        (False, "False"),
        ("", None),
        (None, "  "),
        ("Acme ", "Acme"),
        ("one\ntwo", "one\r\ntwo"),
        ("2026-09-01T06:00:00Z", "2026-09-01T06:00:00.000+0000"),
        ("2026-09-01T08:00:00+02:00", "2026-09-01T06:00:00Z"),
        (datetime(2026, 9, 1, 6, tzinfo=UTC), "2026-09-01T06:00:00.000Z"),
        ("2026-09-01", "2026-09-01T00:00:00Z"),
    ],
)
def test_values_a_vendor_stores_alike_are_the_same(left: object, right: object) -> None:
    """Else every look would find a difference, and write it, and be woken by its own write."""
    assert same(left, right)
    assert same(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("007", "7"),  # a postcode keeps its zeros
        ("+49", "49"),
        ("acme", "Acme"),
        (0, None),
        (False, None),
        ("2026-09-01", "2026-09-02"),
        ("2026-13-45T99:00:00Z", "2026-13-45"),
    ],
)
def test_values_that_differ_are_told_apart(left: object, right: object) -> None:
    """Text that only looks like a number, zero and no value, case."""
    assert not same(left, right)


@pytest.mark.parametrize(
    ("rule", "value", "fresh", "last", "written"),
    [
        (OURS, "new", "old", None, True),
        (OURS, None, "old", None, True),  # our field is cleared
        (UNTIL_TOUCHED, "new", None, None, True),
        (UNTIL_TOUCHED, "new", "old", "old", True),
        (UNTIL_TOUCHED, "71", "70.0", 70, True),
        (UNTIL_TOUCHED, "new", "theirs", "old", False),
        (UNTIL_TOUCHED, "new", "theirs", None, False),
        (UNTIL_TOUCHED, None, "theirs", "old", False),
        (UNTIL_TOUCHED, True, "false", None, True),  # an opt-out reaches a box nobody ticked
        (UNTIL_TOUCHED, True, "false", True, False),  # a person unticked it
        (UNTIL_TOUCHED, False, "true", None, False),  # an opt-out sales entered stays
        (FILL_ONCE, "new", None, None, True),
        (FILL_ONCE, "new", "old", "old", False),
        (FILL_ONCE, None, "old", None, False),
        (ON_CREATE, "new", None, None, False),
        (ON_CREATE, "new", "old", "old", False),
    ],
)
def test_the_rule_decides_on_an_existing_record(
    rule: Ownership, value: object, fresh: str | None, last: object, written: bool
) -> None:
    """One line per case of the table of ownership."""
    present = {} if fresh is None else {"F": fresh}
    before = {} if last is None else {"F": last}
    found = diff({"F": value}, {"F": rule}, present, before, is_new=False)
    assert ("F" in found.write) == written


def test_a_field_kept_is_named_with_the_reason() -> None:
    """The receipt can say why a value did not travel; what a blank would have cleared is no news."""
    found = diff({"Title": "CEO", "Phone": None}, {}, {"Title": "COO", "Phone": "1"}, {}, is_new=False)
    assert found.write == {}
    assert found.kept == (("Title", "somebody else changed it"),)


@pytest.mark.parametrize("rule", list(Ownership))
def test_a_new_record_gets_everything_but_blanks(rule: Ownership) -> None:
    """Nobody has entered anything there yet."""
    assert diff({"A": "x", "B": "", "C": None, "D": 0}, {}, {}, {}, is_new=True).write == {"A": "x", "D": 0}
    assert diff({"A": "x"}, {"A": rule}, {}, {}, is_new=True).write == {"A": "x"}


NAMES = st.sampled_from(["A", "B", "C", "D"])
TEXTS = st.sampled_from(["", "x", "y", "70", "70.0", "true", "2026-09-01T06:00:00Z"])
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(0, 99))
RULES = st.dictionaries(NAMES, st.sampled_from(Ownership))


def _stored(fresh: Mapping[str, str], write: Mapping[str, object]) -> dict[str, str]:
    """The record after the write, as a vendor stores it."""
    after = dict(fresh)
    for name, value in write.items():
        if value is None:
            after.pop(name, None)
        else:
            after[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return after


@given(
    intended=st.dictionaries(NAMES, VALUES),
    rules=RULES,
    fresh=st.dictionaries(NAMES, TEXTS),
    last=st.dictionaries(NAMES, VALUES),
    is_new=st.booleans(),
)
def test_the_same_state_written_twice_writes_nothing_the_second_time(
    intended: dict[str, object],
    rules: dict[str, Ownership],
    fresh: dict[str, str],
    last: dict[str, object],
    is_new: bool,
) -> None:
    """`sync --once` twice in a row sends nothing the second time."""
    first = diff(intended, rules, {} if is_new else fresh, last, is_new)
    after = _stored({} if is_new else fresh, first.write)
    assert diff(intended, rules, after, {**last, **first.write}, is_new=False).write == {}


@given(
    intended=st.dictionaries(NAMES, VALUES),
    rules=st.dictionaries(NAMES, st.sampled_from([UNTIL_TOUCHED, FILL_ONCE, ON_CREATE])),
    fresh=st.dictionaries(NAMES, st.sampled_from(["theirs", "70", "2026-09-01"])),
    last=st.dictionaries(NAMES, VALUES),
)
def test_a_persons_value_is_never_overwritten(
    intended: dict[str, object],
    rules: dict[str, Ownership],
    fresh: dict[str, str],
    last: dict[str, object],
) -> None:
    """A value that is not the one we wrote last is a person's, whatever we intend."""
    written = diff(intended, rules, fresh, last, is_new=False).write
    for name, value in fresh.items():
        if not same(value, last.get(name)):
            assert name not in written


# --- the schema ------------------------------------------------------------------------------------------

SCHEMA = {
    "Title": FieldShape("string", 128),
    "Short": FieldShape("string", 10),
    "Phone": FieldShape("phone", 10),
    "Email": FieldShape("email", 20),
    "Staff": FieldShape("int", scale=0),
    "Revenue": FieldShape("currency", scale=2),
    "OptOut": FieldShape("boolean"),
    "Day": FieldShape("date"),
    "At": FieldShape("datetime"),
    "Status": FieldShape("picklist", values=("New", "Accepted"), restricted=True),
    "Source": FieldShape("picklist", values=("Web",)),
    "Interests": FieldShape("multipicklist", values=("Red", "Blue"), restricted=True),
    "Formula": FieldShape("string", is_createable=False, is_updateable=False),
    "Once": FieldShape("string", is_updateable=False),
}


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("Staff", "412", 412),
        ("Staff", "412.5", 413),
        ("Revenue", "1234567.891", 1234567.89),
        ("Revenue", 5, 5),
        ("OptOut", "TRUE", True),
        ("OptOut", False, False),
        ("Day", "2026-09-01T23:30:00Z", "2026-09-01"),
        ("At", "2026-09-01T08:00:00+02:00", "2026-09-01T06:00:00Z"),
        ("Status", "accepted", "Accepted"),
        ("Source", "Podcast", "Podcast"),  # not restricted: Salesforce takes it
        ("Interests", "blue; red", "Blue;Red"),
        ("Title", None, None),
        ("Title", "CEO", "CEO"),
    ],
)
def test_a_value_takes_the_type_of_its_field(name: str, value: object, stored: object) -> None:
    """HubSpot sends text; Salesforce wants numbers, dates and the picklist's own spelling."""
    assert fit_to_schema({name: value}, SCHEMA).fields == {name: stored}
    assert fit_to_schema({name: value}, SCHEMA).notes == ()


@pytest.mark.parametrize(
    ("name", "value", "note"),
    [
        ("Staff", "about 400", "Staff left out: the value is not a number"),
        ("Staff", "9" * 29, "Staff left out: the number is too large"),
        ("Staff", True, "Staff left out: the value is not a number"),
        ("OptOut", "perhaps", "OptOut left out: the value is neither yes nor no"),
        ("OptOut", None, "OptOut left out: a checkbox cannot be blank"),
        ("Day", "soon", "Day left out: the value is not a date"),
        (
            "Status",
            "secret@acme.example",
            "Status left out: the value is not among those the picklist allows; translate it in mapping.yaml",
        ),
        ("Phone", "+49 30 1234567", "Phone left out: longer than the 10 characters the field holds"),
        (
            "Email",
            "a-very-long-name@acme.example",
            "Email left out: longer than the 20 characters the field holds",
        ),
        ("Formula", "x", "Formula left out: the field is read-only for us"),
        ("Nowhere", "x", "Nowhere left out: the object has no such field, or it is hidden from us"),
    ],
)
def test_what_a_field_cannot_hold_is_left_out_with_a_note(name: str, value: object, note: str) -> None:
    """The rest of the record goes through; the note names the field and never the value."""
    found = fit_to_schema({name: value, "Title": "CEO"}, SCHEMA)
    assert (found.fields, found.notes) == ({"Title": "CEO"}, (note,))


def test_a_field_for_creates_only_is_written_on_a_create() -> None:
    """Createable and updateable are two permissions."""
    assert fit_to_schema({"Once": "x"}, SCHEMA, is_new=True).fields == {"Once": "x"}
    assert fit_to_schema({"Once": "x"}, SCHEMA).fields == {}


def test_long_text_is_cut_at_a_word_border_and_says_so() -> None:
    """A 300-character title: 128 fit, and the reader sees that there was more."""
    title = "Senior Vice President of Global Operations " * 7
    found = fit_to_schema({"Title": title}, SCHEMA)
    assert found.fields == {
        "Title": "Senior Vice President of Global Operations " * 2 + "Senior Vice President of Global [cut]"
    }
    assert found.notes == ("Title cut from 300 to 123 characters",)


@given(st.text(max_size=60), st.integers(1, 30))
def test_cut_text_always_fits_and_is_equal_the_next_time(value: str, length: int) -> None:
    """Emoji count as two, as Salesforce may count them; fitting what was fitted changes nothing."""
    schema = {"T": FieldShape("string", length)}
    once = fit_to_schema({"T": value}, schema).fields
    assert len(str(once["T"] or "").encode("utf-16-le", "surrogatepass")) // 2 <= length
    assert fit_to_schema(once, schema).fields == once


@pytest.mark.parametrize("value", ["👩‍👩‍👧‍👦" * 4, "é" * 3 + "e\u0301" * 6, "👍🏽" * 6])
def test_a_cut_never_splits_what_is_seen_as_one_character(value: str) -> None:
    """Joined emoji, accents and skin tones stay whole or go whole."""
    cut = str(fit_to_schema({"Short": value}, SCHEMA).fields["Short"] or "")
    rest = value.removeprefix(cut)
    assert value.startswith(cut)
    assert not rest.startswith(("\u200d", "\u0301", "🏽"))
    assert not cut.endswith("\u200d")
