"""Whatever strangers type: no cell of an export and no field is a formula, and all of it stays readable."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.fitting import FieldShape, fit_to_schema
from syncd.core.plain import inert, plain
from syncd.core.playbook import FieldMap
from syncd.core.values import render
from syncd.jobs.export import _text
from tests.core_delivery.builders import snapshot

FORMULAS = (
    "=1+1", "=cmd|' /C calc'!A0", "+2+5+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|'x'!A0",
    "\t=1+1", "\r=1", "\n=HYPERLINK(1)", " =1", "\N{FULLWIDTH EQUALS SIGN}1+1",
    "\N{FULLWIDTH PLUS SIGN}cmd|'x'!A1",
    "+HYPERLINK(1)", "-A1!B2(", "=",
)  # fmt: skip
READABLE = ("+49 (30) 123", "-12.5", "@acme", "- a remark", "A=B", "שלום עולם", "مرحبا", "👩‍👩‍👧", "")
STARTS = ("=", "\N{FULLWIDTH EQUALS SIGN}")


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_an_export_is_a_formula(formula: str) -> None:
    """As a spreadsheet reads the file, blanks and line ends in front included."""
    sheet = io.StringIO()
    csv.writer(sheet).writerow([_text(formula)])
    ((cell,),) = csv.reader(io.StringIO(sheet.getvalue()))
    assert cell.startswith("'")
    assert cell[1:] == formula


@pytest.mark.parametrize("text", READABLE)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    """Numbers, handles, remarks, right-to-left text and composed emoji."""
    assert inert(text) == text
    shown = render(FieldMap("T", "contact.message"), snapshot(fields={"contact.message": text}), {})
    assert (shown or "") == text


@given(st.text(max_size=200))
@example("\u202e=1+1")
@example("=" * 50)
@example("\u200b=cmd|'x'!A1")
def test_no_text_of_strangers_arrives_as_a_formula(text: str) -> None:
    """Whatever is stripped on the way: what is left is looked at last."""
    shown = render(FieldMap("T", "contact.message"), snapshot(fields={"contact.message": text}), {})
    assert not str(shown or "").lstrip().startswith(STARTS)


@given(st.text(min_size=1, max_size=400), st.integers(8, 120))
def test_over_long_text_keeps_its_beginning(text: str, length: int) -> None:
    """Cut at a word or a letter, never within one; right-to-left text begins where it began."""
    fitted = fit_to_schema({"T": text}, {"T": FieldShape("string", length)}).fields["T"]
    kept = str(fitted or "").removesuffix(" [cut]")
    assert text.replace("\r\n", "\n").strip().startswith(kept)


@pytest.mark.parametrize(
    "text", ["+" + "a" * 32_000, "@" + "A1." * 10_000, "-" + " " * 32_000, "\t" * 32_000]
)
def test_a_text_that_looks_long_like_a_formula_is_seen_through(text: str) -> None:
    """A pattern that went over it again and again would never end."""
    assert inert(text).removeprefix("'") == text
    assert len(plain(text)) <= len(text)
