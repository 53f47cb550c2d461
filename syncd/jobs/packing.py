"""Packs leads as they are decided: what a full pass must know of each, and nothing it would have to look up.

A colleague is a number within the pack, not a person: who it is matters to no test, and so many leads share
the few shapes that remain. What a machine did and what is not visible yet are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec
import sqlalchemy as sa

from syncd.core.colleagues import account_tests
from syncd.core.engine import Held, Program, held, pack
from syncd.core.instants import to_ms
from syncd.core.lead import known_fields
from syncd.core.model import Decision, Shape, Signal, Snapshot
from syncd.core.signals import OWN_SOURCES
from syncd.jobs.normalise import fingerprint
from syncd.store import facts, shapebook, work
from syncd.store.packs import Pack

ANSWERED = "answered_fields:"
"""Key of the tenant's settings under which the fields of one set of field tests are kept."""

Made = tuple[Snapshot, Decision]


def signals_version(program: Program, account_days: float) -> str:
    """Changes when other signals would be packed, or kept for another time: machine clicks judged otherwise,
    colleagues looked at longer or asked about otherwise, other letters."""
    return f"{program.machine_version}:{account_days:g}:{_ends_version(program)}"


@lru_cache(maxsize=4)
def _ends_version(program: Program) -> str:
    """Of all whose end a lead is to be read again by."""
    playbook = program.playbook
    return f"{fingerprint([repr(account_tests(playbook)), repr(playbook.levels.bant)]):x}"


def packs(tx: sa.Connection, program: Program, made: Sequence[Made], account_days: float) -> list[Pack]:
    """The packs of leads just decided."""
    counted = {item.lead_id: _counted(item, decision) for item, decision in made}
    numbers = _numbers(tx, (shape for rows in counted.values() for _signal, shape in rows))
    version = signals_version(program, account_days)
    return [_pack(program, item, counted[item[0].lead_id], numbers, version) for item in made]


def _pack(
    program: Program,
    made: Made,
    counted: Sequence[tuple[Signal, Shape]],
    numbers: Mapping[int, int],
    version: str,
) -> Pack:
    snapshot, decision = made
    rows = [
        (to_ms(signal.occurred_at), numbers[id(shape)], signal.count, signal.key) for signal, shape in counted
    ]
    known = known_fields(snapshot)
    fields = {name: known[name] for name in sorted(program.fields_tested) if known.get(name)}
    return Pack(
        snapshot.lead_id,
        pack(rows),
        version,
        as_bytes(program.answers_of(known)),
        program.answers_version,
        msgspec.json.encode(fields).decode(),
        facts_text(held(snapshot, decision), decision.verdict.grade),
    )


# --- which signals ---------------------------------------------------------------------------------------


def _counted(snapshot: Snapshot, decision: Decision) -> list[tuple[Signal, Shape]]:
    """The signals that can count now, each with the shape it is packed under."""
    now = decision.verdict.at
    made_by_machine = {act.key for act in decision.verdict.machine}
    own = [
        (signal, signal.shape)
        for signal in snapshot.signals
        if not signal.shape.source.startswith(OWN_SOURCES) and signal.key not in made_by_machine
    ]
    people = sorted({signal.shape.attributes["person"] for signal in snapshot.account_signals})
    numbers = {person: str(number) for number, person in enumerate(people)}
    near = [(signal, _nameless(signal.shape, numbers)) for signal in snapshot.account_signals]
    return [item for item in (*own, *near) if max(item[0].occurred_at, item[0].known_at) <= now]


def _nameless(shape: Shape, numbers: Mapping[str, str]) -> Shape:
    told = shape.attributes
    return _colleague(
        shape.source, numbers[told["person"]], told.get("seniority", ""), told.get("function", "")
    )


@lru_cache(maxsize=50_000)
def _colleague(source: str, number: str, seniority: str, function: str) -> Shape:
    named = {"person": number, "seniority": seniority, "function": function}
    return Shape(source, {name: value for name, value in named.items() if value})


def _numbers(tx: sa.Connection, shapes: Iterable[Shape]) -> dict[int, int]:
    """The store's number of each of these shapes, by the identity of the object."""
    found: dict[int, int] = {}
    others: dict[int, Shape] = {}
    for shape in shapes:
        if id(shape) not in found:
            number = shapebook.number_of(tx, shape)
            if number is None:
                others[id(shape)] = shape
            else:
                found[id(shape)] = number
    if others:
        digests = {key: fingerprint(shape.source, shape.attributes) for key, shape in others.items()}
        numbers = facts.intern_shapes(tx, {digests[key]: shape for key, shape in others.items()})
        found |= {key: numbers[digest] for key, digest in digests.items()}
    return found


# --- answers ---------------------------------------------------------------------------------------------


def as_bytes(answers: int) -> bytes:
    return answers.to_bytes((answers.bit_length() + 7) // 8, "little")


def remember_fields(tx: sa.Connection, program: Program) -> None:
    """Keep which fields this set of field tests reads: a pack holds the values of exactly these."""
    key = ANSWERED + program.answers_version
    if work.get_meta(tx, key) is None:
        work.set_meta(tx, key, msgspec.json.encode(sorted(program.fields_tested)).decode())


def fields_answered(tx: sa.Connection, answers_version: str) -> frozenset[str]:
    """The fields whose values are in packs of this version; none where it was not kept."""
    text = work.get_meta(tx, ANSWERED + answers_version)
    return frozenset(msgspec.json.decode(text, type=list[str])) if text else frozenset()


# --- what else -------------------------------------------------------------------------------------------


def facts_text(known: Held, grade: str) -> str:
    """What `facts_of` reads again."""
    parts = (grade, *known._replace(waived=frozenset()), sorted(known.waived))
    return msgspec.json.encode(parts).decode()


@lru_cache(maxsize=20_000)
def facts_of(text: str) -> tuple[str, Held]:
    """The grade last named and what screening must know, as packed; most leads share few of these."""
    grade, *known, until_second, stale_second, waived = msgspec.json.decode(text)
    stage, level, earned, missing, model, is_plain, _none = known
    aside = frozenset(waived)
    return grade, Held(
        stage, level, earned, tuple(missing), model, is_plain, aside, until_second, stale_second
    )
