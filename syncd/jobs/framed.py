"""The reports on first contact, on hops and on who asked for sales, in the frame all reports have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncd.core.reported import Cell, Column, Kind, Report, Section
from syncd.core.sla.measures import Measure
from syncd.jobs.hand_raisers import HandRaiser
from syncd.jobs.sla import COLUMNS, Lines, line_data

NOBODY_HANDED_OVER = "Nobody was handed over to sales in this time."


def sla(lines: Lines, since: datetime | None, until: datetime) -> Report:
    """`syncd report sla`. The leads behind a number are listed by group and name."""
    answer = {
        "since": since,
        "until": until,
        "by": lines.by or None,
        "lines": [line_data(line) for line in lines.whole],
        "groups": [
            {"group": group, "lines": [line_data(line) for line in part]}
            for group, part in lines.groups.items()
        ],
    }
    parts: Mapping[str, Sequence[Measure]] = (lines.groups or {"": ()}) if lines.by else {"": lines.whole}
    sections = [_sla_section(group, part) for group, part in parts.items()]
    nobody = "" if lines.whole[0].clocks else NOBODY_HANDED_OVER
    return Report("First contact", answer, sections, since, until, lines.by or "section", nobody=nobody)


def _sla_section(title: str, lines: Sequence[Measure]) -> Section:
    columns = [Column(name, name.replace("_", " "), _kind(name)) for name in COLUMNS]
    listed = {
        f"{line.group}.{name}" if line.group == "all" else f"{line.group}.{line.name}.{name}": who
        for line in lines
        for name, who in line.leads.items()
    }
    return Section(title, columns, [tuple(line_data(line).values()) for line in lines], listed)


def _kind(name: str) -> Kind:
    return "text" if name in ("group", "name") else "share" if name == "met_share" else "number"


def handoff(data: Mapping[str, Any]) -> Report:
    """`syncd report handoff`: `--list handoffs` names all leads, `--list HOP` those that made one."""
    columns = (
        Column("id", "", csv_only=True), Column("label", "Hop"), Column("count", "Hand-offs", "count"),
        Column("median_s", "Median s", "number"), Column("p95_s", "95 % s", "number"),
        Column("slowest_s", "Slowest s", "number"),
    )  # fmt: skip
    none = {"group": "", "hops": []}
    parts = {item["group"]: item for item in data["groups"] or [none]} if data["by"] else {"": data}
    sections = [_hop_section(title, part, data["leads"], columns) for title, part in parts.items()]
    nobody = "" if data["handoffs"] else "Nobody became an SQL in this time."
    asked = data["since"], data["until"], data["by"] or "section"
    return Report("Hand-offs, hop by hop", data, sections, *asked, nobody=nobody)


def _hop_section(
    title: str, part: Mapping[str, Any], leads: Sequence[Mapping[str, Any]], columns: Sequence[Column]
) -> Section:
    ends = {"read": "known_at", "decide": "decided_at", "send": "sent_at", "confirm": "confirmed_at",
            "alert": "alerted_at", "all": "whole_s"}  # fmt: skip
    starts = {"read": "stamped_at", "decide": "known_at", "send": "decided_at", "confirm": "sent_at",
              "alert": "decided_at", "all": "stamped_at"}  # fmt: skip
    people = [row for row in leads if not title or row["group"] == title]
    listed = {
        hop: {row["lead_id"] for row in people if row[start] is not None and row[ends[hop]] is not None}
        for hop, start in starts.items()
    }
    rows = [tuple(hop[column.id] for column in columns) for hop in part["hops"]]
    return Section(title, columns, rows, {"handoffs": {row["lead_id"] for row in people}, **listed})


def hand_raisers(found: Iterable[HandRaiser], since: datetime, until: datetime) -> Report:
    """`syncd report hand-raisers`."""
    kinds: Mapping[str, Kind] = {"raised_at": "moment", "handed_over_at": "moment"}
    data = [item.as_dict() for item in found]
    names = (
        "lead_id", "name", "company", "did", "raised_at", "blocked_by", "reason", "command", "advice",
        "handed_over_at", "set_aside_by",
    )  # fmt: skip
    columns = [Column(name, name.replace("_", " "), kinds.get(name, "text")) for name in names]
    rows: list[tuple[Cell, ...]] = [
        tuple(str(item[name]) if name == "lead_id" else item[name] for name in names) for item in data
    ]
    listed = {
        "stopped": {item["lead_id"] for item in data if item["handed_over_at"] is None},
        "handed_over": {item["lead_id"] for item in data if item["handed_over_at"] is not None},
    }
    return Report("Who asked for sales", data, [Section("", columns, rows, listed)], since, until)
