"""`syncd report reversions`: what sales gave back, why, from where, and who was wrong how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from syncd.core import reversions, suspects, written
from syncd.core.playbook import Playbook
from syncd.core.reported import Cell, Column, Report, Section
from syncd.core.reversions import FATES, KINDS, Clash, Passed, Tally, Why
from syncd.core.suspects import Feature, Looked
from syncd.jobs.framed import NOBODY_HANDED_OVER
from syncd.jobs.grouping import UNKNOWN, parted
from syncd.jobs.passed import DIMENSIONS, passed
from syncd.store.engine import Store

Labels = Callable[[str], str]
_SHOWN: Final = (
    ("channel", "By source"), ("offer", "By offer"), ("owner", "By rep"), ("playbook", "By playbook"),
    ("level", "By level before"), ("band", "By score"), ("carried", "By what carried it"),
)  # fmt: skip
"""Dimensions with a section of their own, and its heading."""


def report(
    store: Store,
    playbook: Playbook,
    since: datetime | None,
    until: datetime,
    now: datetime,
    *,
    by: str = "",
) -> Report:
    """What came back of the passes handed over in the period; with `by`, once more for each group."""
    assert not by or by in DIMENSIONS, f"no such grouping: {by}"
    found = passed(store, playbook, since, until, now)
    parts = parted(found, lambda item: item.groups[by], lambda item: item.lead_id) if by else {}
    words = _Words(playbook)
    looked = suspects.look(found, UNKNOWN, [item.id for item in playbook.objections])
    data = {
        "since": since,
        "until": until,
        "by": by or None,
        **_data(found, words),
        "suspects": [words.suspect(item, looked.comparisons) for item in looked.found],
        "comparisons": looked.comparisons,
        "groups": [{"group": group, **_data(part, words)} for group, part in parts.items()],
    }
    if by:
        sections = [_group(group, part, words) for group, part in (parts or {"": []}).items()]
    else:
        sections = [*_sections(found, words), _suspects(looked, words)]
    nobody = "" if found else NOBODY_HANDED_OVER
    return Report("Given back by sales", data, sections, since, until, by or "section", _NOTE, nobody)


_NOTE = (
    "Passes that Salesforce confirmed in the period, as they stand now. Back: given back, of the passes that "
    "are decided; low and high bound it with 95 % confidence. Open: sales has said nothing yet. --list names "
    "the people behind a number."
)


NOTHING_BACK = "Nothing came back."


class _Words:
    """What people call reasons, objections, letters and values."""

    def __init__(self, playbook: Playbook) -> None:
        self.objections = playbook.objections
        self._reasons = {code: rule.label for code, rule in playbook.recycle.rules.items()}
        self._letters = {letter.id: letter.label for letter in playbook.levels.bant}
        self._features = {
            **{Feature("letter", name): label for name, label in self._letters.items()},
            **{Feature("criterion", item.id): item.label for item in playbook.levels.sql},
        }

    def reason(self, code: str) -> str:
        return self._reasons.get(code) or code.replace("_", " ") or "(no reason)"

    def objection(self, name: str) -> str:
        return written.label(name, self.objections)

    def letter(self, name: str) -> str:
        return self._letters.get(name, name)

    def suspect(self, item: suspects.Suspect, comparisons: int) -> dict[str, Any]:
        """The documented shape of one likely cause."""
        objection = self.objection(item.objection) if item.objection else ""
        return {
            "kind": item.feature.sort,
            "name": item.feature.name,
            "objection": item.objection or None,
            "back": item.back,
            "back_base": item.back_base,
            "kept": item.kept,
            "kept_base": item.kept_base,
            "difference": item.difference,
            "low": item.low,
            "high": item.high,
            "text": suspects.sentence(item, self._features, objection, comparisons),
        }


# --- as plain data ---------------------------------------------------------------------------------------


def _data(found: Sequence[Passed], words: _Words) -> dict[str, Any]:
    """The documented shape of what came back of some passes."""
    reasons, objections = reversions.by_reason(found), reversions.by_objection(found)
    back = sum(item.given_back for item in reasons)
    return {
        **_tally_data(reversions.tally(found)),
        "kinds": {kind: sum(item.kinds[kind] for item in reasons) for kind in KINDS},
        "reasons": [
            {"reason": item.id, "label": words.reason(item.id), **_why(item, back)} for item in reasons
        ],
        "objections": [
            {"id": item.id or None, "label": words.objection(item.id), **_why(item, back)}
            for item in objections
        ],
        "written": [
            {"text": item.text, "reason": item.reason, "id": item.objection, "times": item.times}
            for item in reversions.by_words(found)
        ],
        "values": [
            {"by": by, "name": name, **_tally_data(reversions.tally(part))}
            for by in DIMENSIONS
            for name, part in reversions.by_value(found, by).items()
        ],
        "letters": [_clash_data(item) for item in reversions.clashes(found, words.objections)],
    }


def _tally_data(item: Tally) -> dict[str, Any]:
    low, high = item.interval or (None, None)
    counts: dict[str, Any] = {str(fate): item.counts[fate] for fate in FATES}
    return {"handed_over": item.handed_over, **counts, "share": item.share, "low": low, "high": high}


def _why(item: Why, back: int) -> dict[str, Any]:
    return {"given_back": item.given_back, "part": item.given_back / back if back else None, **item.kinds}


_CLASH_NUMBERS = (
    "back", "was_known", "confirmed", "known", "model_wrong", "unknown", "unknown_accepted", "too_strict",
    "overturned", "sales_wrong",
)  # fmt: skip


def _clash_data(item: Clash) -> dict[str, Any]:
    named = {"id": item.objection, "name": item.letter}
    return named | {name: getattr(item, name) for name in _CLASH_NUMBERS}


# --- as sections -----------------------------------------------------------------------------------------

_TALLY_COLUMNS = (
    Column("handed_over", "Passes", "count"), Column("accepted", "Taken", "count"),
    Column("open", "Open", "count"), Column("given_back", "Back", "count"),
    Column("share", "Back %", "share"), Column("low", "Low", "share"), Column("high", "High", "share"),
)  # fmt: skip
_WHY_COLUMNS = (
    Column("given_back", "Back", "count"), Column("part", "Part", "share"),
    Column("rejected", "Said no", "count"), Column("disqualified", "Ruled out", "count"),
    Column("unanswered", "Silent", "count"), Column("lost", "Lost", "count"),
    Column("deleted", "Deleted", "count"), Column("returned", "", "count", csv_only=True),
)  # fmt: skip


def _sections(found: Sequence[Passed], words: _Words) -> list[Section]:
    whole = reversions.tally(found)
    made = [
        Section("Everybody", _tally_columns("Who"), [_tally_row("Everybody", whole)], dict(whole.who)),
        _reasons("Why, as we read it", found, words),
        _objections(found, words),
    ]
    made += [_values(title, by, reversions.by_value(found, by)) for by, title in _SHOWN]
    return [*made, _clashes(reversions.clashes(found, words.objections), words)]


def _group(title: str, found: Sequence[Passed], words: _Words) -> Section:
    """The passes of one group: how they stand, and why they came back."""
    section = _reasons(title, found, words)
    return replace(section, leads={**reversions.tally(found).who, **section.leads}, note=_standing(found))


def _reasons(title: str, found: Sequence[Passed], words: _Words) -> Section:
    """What came back by reason and kind."""
    items = reversions.by_reason(found)
    columns = (Column("reason", "", csv_only=True), Column("label", "Reason"), *_WHY_COLUMNS)
    leads: dict[str, Set[int]] = {f"reason.{item.id}": item.who for item in items}
    leads |= {
        f"kind.{kind}": {item.lead_id for item in found if item.kind == kind and item.fate == "given_back"}
        for kind in KINDS
    }
    return Section(title, columns, _why_rows(items, words.reason), leads, "" if items else NOTHING_BACK)


def _standing(found: Sequence[Passed]) -> str:
    """How some passes stand, as a sentence."""
    item = reversions.tally(found)
    counts = item.counts
    share = "" if item.share is None else f" ({item.share:.0%} of those decided)"
    return (
        f"{item.handed_over:,} handed over: {counts['accepted']:,} taken, {counts['given_back']:,} given "
        f"back{share}, {counts['open']:,} open."
    )


def _why_rows(items: Sequence[Why], label: Labels) -> list[tuple[Cell, ...]]:
    back = sum(item.given_back for item in items)
    return [(item.id, label(item.id), *_why(item, back).values()) for item in items]


def _objections(found: Sequence[Passed], words: _Words) -> Section:
    items = reversions.by_objection(found)
    columns = (Column("id", "", csv_only=True), Column("label", "Objection"), *_WHY_COLUMNS)
    leads: dict[str, Set[int]] = {f"objection.{item.id or 'none'}": item.who for item in items}
    note = "" if words.objections else "recycle.yaml names no objections: these are the words as they stand."
    is_foreign = any(item.id.startswith(written.AS_WRITTEN) for item in items)
    if words.objections and is_foreign:
        note = "In quotation marks: what sales wrote and no objection of recycle.yaml names."
    note = note if items else NOTHING_BACK
    return Section("Objections, by what sales wrote", columns, _why_rows(items, words.objection), leads, note)


def _values(title: str, by: str, parts: Mapping[str, Sequence[Passed]]) -> Section:
    tallies = {name: reversions.tally(part) for name, part in parts.items()}
    leads = {f"{by}.{name}.{part}": who for name, item in tallies.items() for part, who in item.who.items()}
    rows = [_tally_row(name, item) for name, item in tallies.items()]
    return Section(title, _tally_columns(title.removeprefix("By ").capitalize()), rows, leads)


def _tally_columns(heading: str) -> tuple[Column, ...]:
    return Column("name", heading), *_TALLY_COLUMNS


def _tally_row(name: str, item: Tally) -> tuple[Cell, ...]:
    data = _tally_data(item)
    return (name, *(data[column.id] for column in _TALLY_COLUMNS))


_CLASH_COLUMNS = (
    Column("id", "", csv_only=True), Column("label", "Objection"),
    Column("name", "", csv_only=True), Column("against", "Against"), Column("back", "Back", "count"),
    Column("overturned", "Later", "count"), Column("sales_wrong", "", "share", csv_only=True),
    Column("was_known", "Known", "count"), Column("confirmed", "", "count", csv_only=True),
    Column("known", "Of", "count"), Column("model_wrong", "Wrong", "share"),
    Column("unknown_accepted", "Taken", "count"), Column("unknown", "Of", "count"),
    Column("too_strict", "Strict", "share"),
)  # fmt: skip


def _clashes(items: Iterable[Clash], words: _Words) -> Section:
    rows: list[tuple[Cell, ...]] = []
    leads: dict[str, Set[int]] = {}
    for item in items:
        data = {
            **_clash_data(item),
            "label": words.objection(item.objection),
            "against": words.letter(item.letter),
        }
        rows.append(tuple(data[column.id] for column in _CLASH_COLUMNS))
        leads |= {f"letter.{item.objection}.{part}": who for part, who in item.who.items()}
    note = (
        "Back: for this objection; later: of these, taken on a later pass. Known: of these, the letter it "
        "contradicts counted as known when they were handed over; of all decided passes with it known. "
        "Wrong: their share. Taken: of the decided passes without the letter, taken all the same; strict: "
        "their share."
    )
    if not rows:
        note = "No objection of recycle.yaml says which letter it contradicts."
    return Section("Sales and the model", _CLASH_COLUMNS, rows, leads, note)


_SUSPECT_COLUMNS = (
    Column("number", "", csv_only=True), Column("kind", "", csv_only=True), Column("name", "", csv_only=True),
    Column("objection", "", csv_only=True), Column("back", "", "count", csv_only=True),
    Column("back_base", "", "count", csv_only=True), Column("kept", "", "count", csv_only=True),
    Column("kept_base", "", "count", csv_only=True), Column("difference", "", "share", csv_only=True),
    Column("low", "", "share", csv_only=True), Column("high", "", "share", csv_only=True),
    Column("text", "What goes with coming back"),
)  # fmt: skip


def _suspects(looked: Looked, words: _Words) -> Section:
    rows: list[tuple[Cell, ...]] = []
    leads: dict[str, Set[int]] = {}
    for number, item in enumerate(looked.found, 1):
        data = {"number": str(number), **words.suspect(item, looked.comparisons)}
        data["text"] = f"{number}. {data['text']}"
        rows.append(tuple(data[column.id] for column in _SUSPECT_COLUMNS))
        leads[f"suspect.{number}"] = item.who
    return Section("Likely causes", _SUSPECT_COLUMNS, rows, leads, _looked(looked))


def _looked(looked: Looked) -> str:
    """What was looked at, and what finding something or nothing means."""
    if looked.found:
        return (
            "What goes together is not yet a cause: look at the people (--list suspect.1) before anything is "
            "changed. Each person counts once, by the pass decided last."
        )
    if not looked.has_enough:
        return (
            f"Too few people are decided to tell a cause from chance: {looked.given_back:,} given back and "
            f"{looked.accepted:,} taken; it takes {suspects.PEOPLE_MIN} of each."
        )
    if not looked.comparisons:
        return "Nothing that is known of them tells these people apart."
    return (
        f"Nothing stands out: in {looked.comparisons:,} comparisons no difference is larger than chance may "
        "make it."
    )
