"""Whatever ids, labels, fields and values say, they are text: never code, never a name of ours.

Every playbook is renamed into hostile words and must come to the same as under harmless ones.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar, cast

from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.model import Snapshot, Verdict
from syncd.core.playbook import Playbook
from tests.core.builders import follow
from tests.properties.harness import for_all
from tests.properties.lives import NAMES, WAIVABLE, known_by, people, tick
from tests.properties.playbooks import playbooks
from tests.properties.test_screening import screened

CANARY = "syncd_canary"
_RUN = f"__import__('builtins').__setattr__('{CANARY}', 1)"
HOSTILE = (
    f'"; {_RUN} #',
    f"'''\n{_RUN}\n'''",
    f'"""\\\n    {_RUN}',
    f"{{{_RUN}}}",
    f"]) or {_RUN} or ([",
    f"\r\n\t{_RUN}\N{LINE SEPARATOR}",
    "{x!r:>{y}}",
    "%s %(a)d %",
    "\\",
    "\\N{BULLET}\\u0000\x00",
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH SPACE}é\N{FULLWIDTH LATIN CAPITAL LETTER A}",
    "\ud800",
    "k0",
    "None",
    "round",
    "__builtins__",
    "def look(",
    "lead",
    "near_sql",
)
"""The last ones are words of ours: as ids of somebody else they must not be taken for them."""
MODELS, LEVELS, FILTERS = ("only", "big", "middle", "rest"), ("warm", "hot"), ("hunt", "rival", "later")
RULES = tuple(f"{letter}{number}" for letter in "rpfRPF" for number in range(4))
GROUPS, GRADES, BANDS = ("web", "mail"), ("A", "B", "C"), ("1", "2", "3")
CRITERIA = tuple("abcnstuiABCNSTUI")
ASKED = ("contact.role", "contact.size", "contact.note")
RENAMED = (*NAMES, *MODELS, *LEVELS, *FILTERS, *RULES, *GROUPS, *GRADES, *BANDS, *CRITERIA, *ASKED)

Value = TypeVar("Value")
instants = st.integers(-60, 60).map(lambda second: tick(2 * second))


@st.composite
def namings(draw: st.DrawFn) -> Mapping[str, str]:
    """A hostile word for every word a playbook author chooses, no two alike; cells follow grade and band."""
    order = draw(st.permutations(HOSTILE))
    named = {
        word: order[number % len(order)] + ("" if number < len(order) else f"\n{number}")
        for number, word in enumerate(dict.fromkeys(RENAMED))
    }
    cells = {grade + band: named[grade] + named[band] for grade in GRADES for band in BANDS}
    return {**named, **cells}


def renamed(value: Value, names: Mapping[str, str]) -> Value:
    """The value with every text of it replaced that has another name."""
    return cast(Value, _renamed(value, names))


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str) and not isinstance(value, Enum):
        return names.get(value, value)
    if isinstance(value, tuple):
        return tuple(_renamed(item, names) for item in value)
    if isinstance(value, Mapping):
        return {_renamed(key, names): _renamed(item, names) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: _renamed(getattr(value, part.name), names) for part in fields(value)}
        return replace(value, **parts)
    return value


def hostile(playbook: Playbook, names: Mapping[str, str]) -> Playbook:
    return replace(
        playbook,
        signals=renamed(playbook.signals, names),
        models=renamed(playbook.models, names),
        filters=renamed(playbook.filters, names),
        levels=renamed(playbook.levels, names),
    )


@for_all(playbooks(), people(), namings(), instants, st.integers(0, 60), examples=60)
def test_hostile_words_come_to_the_same_as_harmless_ones(
    playbook: Playbook, person: Snapshot, names: Mapping[str, str], now: datetime, later: int
) -> None:
    """Scores, moves, due date and screening; and nothing of the words was run."""
    person = known_by(person, now)
    other = hostile(playbook, names)
    stranger = replace(
        person,
        fields={names.get(name, name): value for name, value in person.fields.items()},
        waivers=tuple(replace(item, id=names.get(item.id, item.id)) for item in person.waivers),
    )
    here, there = decide(person, playbook, now), decide(stranger, other, now)
    assert reasons(there.verdict) == renamed(reasons(here.verdict), _with_caps(names))
    assert there.due_at == here.due_at
    assert [(one.effective_at, one.cause) for one in there.transitions] == [
        (one.effective_at, one.cause) for one in here.transitions
    ]
    assert there.standing.position == renamed(here.standing.position, names)
    assert there.verdict.model == names[here.verdict.model]
    at = now.replace(microsecond=0) + (tick(2 * later) - tick(0))
    seen = screened(follow(person, here, now, playbook), here, playbook, at)
    seen_there = screened(follow(stranger, there, now, other), there, other, at)
    expected = seen._replace(
        grade=names[seen.grade], model=names[seen.model], cell=names.get(seen.cell, seen.cell)
    )
    assert seen_there == expected
    assert not hasattr(builtins, CANARY)


def reasons(found: Verdict) -> tuple[tuple[str, int, tuple[int, ...]], ...]:
    """Every reason of every score: rule, points, evidence."""
    everything = (*found.fit.reasons, *found.engagement.reasons, *found.intent.reasons)
    return tuple((one.rule, one.points_micro, one.evidence) for one in everything)


def _with_caps(names: Mapping[str, str]) -> Mapping[str, str]:
    """Caps are reasons of their own, called after what they cap."""
    return {**names, **{f"{word}.cap": f"{name}.cap" for word, name in names.items()}}


def test_every_word_an_author_chooses_is_renamed() -> None:
    """What can be set aside by id is among them, but for the gate and the machine clicks, which are ours."""
    assert set(WAIVABLE) - {"icp", "machine_clicks", "gone"} <= set(RENAMED)
