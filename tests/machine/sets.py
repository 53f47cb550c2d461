"""Reads a labelled set (README.md) into signals and measures a judgement on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd.core.machine import judge
from syncd.core.model import Shape, Signal
from syncd.core.playbook import MachineClicks

HERE = Path(__file__).parent
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
SOURCES: Mapping[str, str] = {
    "open": "hubspot.email_open",
    "click": "hubspot.email_click",
    "page": "hubspot.page_view",
    "form": "hubspot.form_submission",
    "reply": "hubspot.email_reply",
    "meeting": "hubspot.meeting_booked",
    "visit": "hubspot.visit",
}
LAGS = ((3, "0-2"), (6, "3-5"), (11, "6-10"), (31, "11-30"), (61, "31-60"), (301, "61-300"))


@dataclass(frozen=True)
class Sequence:
    """One person's signals, and who made each open and click: `by[key]` is machine or human."""

    id: str
    mechanism: str
    signals: list[Signal] = field(default_factory=list)
    by: dict[int, str] = field(default_factory=dict)


@dataclass
class Measured:
    """How many opens and clicks there were of each label, and how many were removed."""

    clicks: dict[str, int] = field(default_factory=lambda: {"machine": 0, "human": 0})
    removed_clicks: dict[str, int] = field(default_factory=lambda: {"machine": 0, "human": 0})
    acts: dict[str, int] = field(default_factory=lambda: {"machine": 0, "human": 0})
    removed_acts: dict[str, int] = field(default_factory=lambda: {"machine": 0, "human": 0})
    wrong: list[str] = field(default_factory=list)

    def share(self, by: str, *, clicks_only: bool = True) -> float:
        """The share of the acts with this label that was removed."""
        of, removed = (self.clicks, self.removed_clicks) if clicks_only else (self.acts, self.removed_acts)
        return removed[by] / of[by]


def bucket(lag: str) -> str:
    """The lag attribute of a column: whole seconds, in the connector's buckets."""
    return next((name for below, name in LAGS if int(float(lag)) < below), "later")


def read(name: str | list[str]) -> list[Sequence]:
    """The sequences of a set, by its file's name or as lines, in order."""
    found: dict[str, Sequence] = {}
    lines = name if isinstance(name, list) else (HERE / name).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        sequence = found.setdefault(cells[0], Sequence(cells[0], cells[1]))
        signal = _signal(number, cells)
        sequence.signals.append(signal)
        if cells[8] in ("machine", "human") and cells[3] in ("open", "click"):
            sequence.by[signal.key] = cells[8]
    return list(found.values())


def _signal(number: int, cells: list[str]) -> Signal:
    _id, _mechanism, at, act, campaign, url, lag, agent, _by = cells
    attributes = {"campaign": campaign, "url": url, "lag": "-" if lag == "-" else bucket(lag), "agent": agent}
    attributes = {name: value for name, value in attributes.items() if value != "-"}
    moment = BEGIN + timedelta(seconds=float(at))
    return Signal(number, moment, moment, Shape(SOURCES[act], attributes))


def measured(sequences: list[Sequence], settings: MachineClicks | None = None) -> Measured:
    """The judgement of every sequence beside its labels."""
    result = Measured()
    for sequence in sequences:
        judged = judge(sequence.signals, settings or MachineClicks())
        for signal in sequence.signals:
            by = sequence.by.get(signal.key)
            if by is None:
                continue
            is_removed = signal.key in judged
            result.acts[by] += 1
            result.removed_acts[by] += is_removed
            if signal.shape.source == "hubspot.email_click":
                result.clicks[by] += 1
                result.removed_clicks[by] += is_removed
            if is_removed != (by == "machine"):
                what = f"{sequence.id} line {signal.key + 1}: {by}, judged {judged.get(signal.key, 'human')}"
                result.wrong.append(what)
    return result
