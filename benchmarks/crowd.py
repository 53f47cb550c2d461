"""A portfolio of any size, straight into the tables of a real store, the same for the same seed.

Ages of signals are log-uniform over two years, 20 signals a lead on average with a heavy tail up to 2,000;
85 of 100 leads belong to a company of five. Standings are those the definition earns, so that a settled
portfolio is measured; due dates are left to the first full pass.
"""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import msgspec

from benchmarks.definition import PLAIN, earned_by
from syncd.core.colleagues import ACTIVITY, JOINED
from syncd.core.engine import Held, Program, pack, program
from syncd.core.lead import known_fields
from syncd.core.model import Baseline, Position, Shape, Snapshot, Stage
from syncd.core.playbook import Playbook
from syncd.jobs import packing
from syncd.jobs.normalise import fingerprint
from syncd.store import schema, work
from syncd.store.engine import Store
from syncd.store.tables import to_ms

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
NOW_MS = to_ms(NOW)
HOUR_MS = 3_600_000
HOURS = 2 * 365 * 24
SIGNALS_MAX = 2_000
MU, SIGMA = math.log(20) - 0.9, 1.35
CHUNK = 2_000
COUNTED = 20
"""One lead of so many has opens that came as counters, several at once."""
TITLES = ("Chief Executive Officer", "VP Marketing", "VP Operations", "Head of Marketing", "Sales Director",
          "IT Manager", "Software Engineer", "Marketing Manager", "Consultant", "Student", "")  # fmt: skip
SIZES = ("3", "12", "35", "120", "412", "900", "1500", "8000", "25000", "")
INDUSTRIES = ("COMPUTER_SOFTWARE", "INTERNET", "FINANCIAL_SERVICES", "MACHINERY", "RETAIL", "INSURANCE",
              "HIGHER_EDUCATION", "")  # fmt: skip
COUNTRIES = ("Germany", "Austria", "France", "Netherlands", "United States", "Japan", "")


@dataclass(frozen=True, slots=True)
class Shapes:
    """What people do: shapes numbered from 1, and how often each is met."""

    shapes: tuple[Shape, ...]
    weights: tuple[float, ...]


def shapes() -> Shapes:
    """Some 6,000 shapes; a few of them make most of the traffic."""
    own = "www.own.example"
    groups: list[tuple[str, str, list[str], float]] = [
        ("hubspot.page_view", "url", [f"{own}/home", f"{own}/"], 10),
        ("hubspot.page_view", "url", [f"{own}/blog/{n}" for n in range(2_500)], 16),
        ("hubspot.page_view", "url", [f"{own}/docs/{n}" for n in range(1_500)], 8),
        ("hubspot.page_view", "url", [f"{own}/product/{n}" for n in range(300)], 9),
        ("hubspot.page_view", "url", [f"{own}/case/{n}" for n in range(200)], 3),
        ("hubspot.page_view", "url", [f"{own}/compare/{n}" for n in range(60)], 1.5),
        ("hubspot.page_view", "url", [f"{own}/pricing", f"{own}/pricing/teams"], 3),
        ("hubspot.page_view", "url", [f"{own}/careers/{n}" for n in range(80)], 1),
        ("hubspot.email_open", "campaign", [f"c{n}" for n in range(600)], 28),
        ("hubspot.email_click", "campaign", [f"c{n}" for n in range(600)], 10),
        ("hubspot.form_submission", "form", [f"paper {n}" for n in range(60)], 3),
        ("hubspot.form_submission", "form", ["contact us", "contact sales"], 0.4),
        ("hubspot.marketing_event", "event", [f"webinar {n}" for n in range(40)], 2),
        ("hubspot.marketing_event", "event", [f"fair {n}" for n in range(12)], 0.6),
        ("hubspot.call", "direction", ["inbound", "outbound"], 1.5),
        ("hubspot.email", "direction", ["inbound", "outbound"], 3),
    ]
    found, weights = [], []
    for source, attribute, values, weight in groups:
        extra = {"state": "attended"} if source == "hubspot.marketing_event" else {}
        for value in values:
            found.append(Shape(source, {attribute: value} | extra))
            weights.append(weight / len(values))
    return Shapes(tuple(found), tuple(weights))


def make(path: Path, leads: int, seed: int, playbook: Playbook) -> Store:
    """A store with so many leads, all evaluated at NOW; its indexes are made last."""
    store = Store(f"sqlite:///{path}", is_throw_away=True)
    schema.require_current(store)
    with store.write(None) as tx:
        work.set_meta_at(tx, "baseline_at", NOW)
        work.set_meta_at(tx, "go_live_at", NOW)
        work.save_playbook(tx, playbook.version, (playbook.evaluation_version, ""), {}, NOW)
        packing.remember_fields(tx, program(playbook))
    store.dispose()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("PRAGMA journal_mode=OFF")
    raw.execute("PRAGMA foreign_keys=OFF")
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = raw.execute(query).fetchall()
    for name, _sql in indexes:
        raw.execute(f"DROP INDEX {name}")
    raw.execute("BEGIN")
    _Crowd(raw, leads, seed, playbook).write()
    raw.execute("COMMIT")
    for _name, sql in indexes:
        raw.execute(sql)
    raw.execute("ANALYZE")
    raw.execute("PRAGMA journal_mode=WAL")
    raw.close()
    return Store(f"sqlite:///{path}", is_throw_away=True)


Judged = tuple[int, int, int, str, str, str, Position, tuple[str, ...]]
"""Fit, engagement, intent, grade, model, cell, what is earned, and what near-SQL lacks."""
_NOBODY = Held("lead", "", "lead")


class _Crowd:
    """The rows of one portfolio."""

    def __init__(self, raw: sqlite3.Connection, leads: int, seed: int, playbook: Playbook) -> None:
        self.raw, self.leads, self.playbook = raw, leads, playbook
        self.chance = random.Random(seed)
        self.program: Program = program(playbook)
        known = shapes()
        self.shapes: dict[int, Shape] = dict(enumerate(known.shapes, 1))
        self.cumulated = list(accumulate(known.weights))
        self.numbers = range(1, len(known.shapes) + 1)
        opened = [number for number, shape in self.shapes.items() if shape.source == "hubspot.email_open"]
        self.opens = range(opened[0], opened[-1] + 1)
        self.companies = max(1, leads // 5)
        self.is_plain = playbook.version == PLAIN
        self.near = [] if self.is_plain else self._near_shapes()
        self.classes = {number: self.program.class_of(shape) for number, shape in self.shapes.items()}
        self.judge = self._screened if self.is_plain else self._explained

    def _near_shapes(self) -> list[int]:
        """Shapes of what colleagues do, as packs hold them: numbered within one lead."""
        first = len(self.shapes) + 1
        looks = [(str(person), seniority) for person in range(4) for seniority in ("c_level", "manager", "")]
        for source in (ACTIVITY, JOINED):
            for person, seniority in looks:
                named = {"person": person, "seniority": seniority}
                shape = Shape(source, {name: value for name, value in named.items() if value})
                self.shapes[len(self.shapes) + 1] = shape
        return list(range(first, len(self.shapes) + 1))

    def write(self) -> None:
        rows = [
            (number, fingerprint(shape.source, shape.attributes), shape.source, _json(dict(shape.attributes)))
            for number, shape in self.shapes.items()
        ]
        self._insert("shapes", "shape_id, digest, source, attributes", rows)
        firms = list(self._firms())
        for first in range(1, self.leads + 1, CHUNK):
            self._people(range(first, min(first + CHUNK, self.leads + 1)), firms)

    def _insert(self, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)

    def _firms(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """Companies, each with the fields that tell something."""
        accounts, links = [], []
        for number in range(1, self.companies + 1):
            found = {
                "numberofemployees": self.chance.choice(SIZES),
                "industry": self.chance.choice(INDUSTRIES),
                "country": self.chance.choice(COUNTRIES),
            }
            told = {name: value for name, value in found.items() if value}
            domain = f"firm{number}.example"
            accounts.append((number, f"Firm {number}", domain, f"firm {number}", NOW_MS))
            shown = _json({"name": f"Firm {number}", "domain": domain, **told})
            links.append(("hubspot", "company", str(number), number, shown, number, NOW_MS))
            yield tuple((f"company.{name}", value) for name, value in told.items())
        self._insert("accounts", "account_id, name, domain, name_key, created_at", accounts)
        columns = "system, object_type, object_id, account_id, properties, content_hash, modified_at"
        self._insert("account_links", columns, links)

    # --- people ------------------------------------------------------------------------------------------

    def _people(self, ids: range, firms: Sequence[tuple[tuple[str, str], ...]]) -> None:
        chance = self.chance
        rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in _COLUMNS}
        for lead_id in ids:
            firm = (lead_id % self.companies) + 1 if chance.random() < 0.85 else None
            title = chance.choice(TITLES)
            done = self._signals(lead_id)
            rows["signals"] += [(lead_id, ms, key, shape, ms, count) for ms, shape, count, key in done]
            fields = firms[firm - 1] if firm else ()
            if title:
                fields = (*fields, ("contact.jobtitle", title))
            self._records(lead_id, firm, title, rows)
            self._standing(lead_id, firm, fields, done, rows)
        for name, columns in _COLUMNS.items():
            self._insert(name, columns, rows[name])

    def _signals(self, lead_id: int) -> list[tuple[int, int, int, int]]:
        chance = self.chance
        size = min(SIGNALS_MAX, int(chance.lognormvariate(MU, SIGMA)))
        chosen = chance.choices(self.numbers, cum_weights=self.cumulated, k=size)
        draw = chance.random
        base = lead_id << 12
        counter = self.opens if lead_id % COUNTED == 0 else range(0)
        found = [
            (
                NOW_MS - int(HOUR_MS * HOURS ** draw()),
                shape,
                chance.randint(1, 4) if shape in counter else 1,
                base | number,
            )
            for number, shape in enumerate(chosen)
        ]
        found.sort()
        return found

    def _of_colleagues(self, lead_id: int, firm: int | None) -> list[tuple[int, int, int, int]]:
        """What up to four colleagues did within a quarter; nothing under the plain definition."""
        if self.is_plain or firm is None:
            return []
        chance = self.chance
        days = [chance.random() * 90 for _ in range(chance.randint(0, 8))]
        return [
            (NOW_MS - int(day * 24 * HOUR_MS), chance.choice(self.near), 1, -(lead_id << 12 | number))
            for number, day in enumerate(days)
        ]

    def _records(
        self, lead_id: int, firm: int | None, title: str, rows: dict[str, list[tuple[object, ...]]]
    ) -> None:
        text, email = str(lead_id), f"p{lead_id}@firm{firm}.example"
        told = {"email": email, "firstname": f"First{lead_id}", "lastname": f"Last{lead_id}"}
        told |= {"lifecyclestage": "lead", "hs_analytics_source": "ORGANIC_SEARCH"}
        if title:
            told["jobtitle"] = title
        company = f"hubspot:company:{firm}" if firm else ""
        rows["links"].append(("hubspot", "contact", text, lead_id, "self"))
        rows["profiles"].append(
            (
                "hubspot",
                "contact",
                text,
                lead_id,
                _json(told),
                "{}",
                _json([email]),
                company,
                lead_id,
                NOW_MS,
                NOW_MS - 700 * 24 * HOUR_MS,
                NOW_MS,
            )
        )
        rows["addresses"].append((email, lead_id, "hubspot", 1))

    def _standing(
        self,
        lead_id: int,
        firm: int | None,
        fields: tuple[tuple[str, str], ...],
        done: list[tuple[int, int, int, int]],
        rows: dict[str, list[tuple[object, ...]]],
    ) -> None:
        """What an evaluation at NOW leaves behind: standing, numbers, ledger, pack."""
        known, tested, answers = self._profile(fields, firm)
        blob = pack([*done, *self._of_colleagues(lead_id, firm)])
        fit, engagement, intent, grade, model, cell, earned, missing = self.judge(blob, known, answers)
        standing = earned if earned.stage is not Stage.SQL else Position(Stage.MQL, "hot")
        stage, level = str(standing.stage), standing.level
        since = NOW_MS - 24 * HOUR_MS
        rows["leads"].append(
            (lead_id, f"1:{lead_id}", firm, since, stage, level, since, NOW_MS, fit + engagement + intent)
        )
        rows["scores"].append(
            (lead_id, fit, engagement, intent, grade, model, cell, NOW_MS, self.playbook.version)
        )
        rows["transitions"].append(
            (lead_id, since, since, stage, level, "adopted", 0, "[]", "{}", self.playbook.version, 0)
        )
        held = Held(stage, level, str(earned), missing, model)
        rows["packs"].append(
            (
                lead_id,
                blob,
                self._version,
                packing.as_bytes(answers),
                self.program.answers_version,
                tested,
                packing.facts_text(held, grade),
            )
        )

    def _explained(self, blob: bytes, known: Snapshot, _answers: int) -> Judged:
        """By the whole verdict, for any definition."""
        verdict = self.program.explain(blob, self.shapes, known.fields, lambda: known, NOW)
        points = (verdict.fit.points_micro, verdict.engagement.points_micro, verdict.intent.points_micro)
        return (*points, verdict.grade, verdict.model, verdict.cell, verdict.earned, verdict.missing)

    def _screened(self, blob: bytes, _known: Snapshot, answers: int) -> Judged:
        """By the numbers alone, which is all the plain definition asks for."""
        seen = self.program.screen(blob, self.classes, answers, _NOBODY, NOW_MS // 1000)
        earned = earned_by(seen.fit_micro, seen.engagement_micro + seen.intent_micro)
        return (*seen[:6], earned, ())

    @property
    def _version(self) -> str:
        return packing.signals_version(self.program, 0.0)

    def _profile(self, fields: tuple[tuple[str, str], ...], firm: int | None) -> tuple[Snapshot, str, int]:
        """One of the few thousand profiles there are: as a snapshot, as packed fields, as answers."""
        return self._cached(fields, firm is not None)

    @lru_cache(maxsize=20_000)  # noqa: B019 - lives as long as the one crowd made
    def _cached(self, fields: tuple[tuple[str, str], ...], has_firm: bool) -> tuple[Snapshot, str, int]:
        email = "p@firm.example"
        bare = Snapshot(
            lead_id=1,
            key="1:1",
            fields=dict(fields) | {"contact.email": email},
            emails=(email,),
            signals=(),
            standing=None,
            baseline=Baseline(NOW, NOW),
            account_people=4 if has_firm else 0,
        )
        known = known_fields(bare)
        tested = {name: known[name] for name in sorted(self.program.fields_tested) if known.get(name)}
        return replace(bare, fields=known), _json(tested), self.program.answers_of(known)


_COLUMNS = {
    "leads": "lead_id, external_key, account_id, created_at, stage, level, stage_since_at, evaluated_at, "
    "release_rank",
    "links": "system, object_type, object_id, lead_id, linked_by",
    "profiles": "system, object_type, object_id, lead_id, properties, counters, emails, company, "
    "content_hash, modified_at, created_at, pulled_at",
    "addresses": "email, lead_id, system, is_primary",
    "signals": "lead_id, occurred_at, signal_key, shape_id, known_at, count",
    "scores": "lead_id, fit_micro, engagement_micro, intent_micro, grade, model, cell, as_of_at, "
    "playbook_version",
    "transitions": "lead_id, effective_at, recorded_at, to_stage, to_level, cause, pass_number, evidence, "
    "numbers, playbook_version, epoch",
    "packs": "lead_id, signals, signals_version, answers, answers_version, fields, facts",
}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
