"""Examples about what came back: `reversions`.

`Ada: back KIND REASON OBJECTION; taken` are the passes of one person, in order; `24 people: ...` so many
people alike. A pass is `taken`, `open` or `back` with how, our reason and the objection (`-`: none written).
Words with `=` are its values: `offer=Webinar`, or the claim of a letter `budget=2` (confirmed, 1 inferred, 0
not known).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from syncd.core import reversions, suspects
from syncd.core.playbook import Objection
from syncd.core.reversions import Passed, Tally
from tests.metrics.kinds import Numbers, kind
from tests.metrics.ledgers import at

UNKNOWN = "(not known)"
OBJECTIONS = (
    Objection("money", "Money", ("No Budget", "Price"), "budget"),
    Objection("timing", "Timing", ("Bad Timing",), "timeline"),
)
_DIMENSIONS = ("offer", "channel", "owner")
_FATES: dict[str, reversions.Fate] = {"taken": "accepted", "open": "open", "back": "given_back"}


def passes_of(facts: Iterable[str]) -> list[Passed]:
    """The passes these lines tell, people numbered from 1."""
    return list(_passes_of(facts))


def _passes_of(facts: Iterable[str]) -> Iterator[Passed]:
    lead_id = 0
    for fact in facts:
        who, _colon, told = fact.partition(":")
        times = int(who.split()[0]) if who.endswith("people") else 1
        for _person in range(times):
            lead_id += 1
            for number, part in enumerate(told.split(";"), 1):
                yield passed(lead_id, number, *part.split())


def passed(lead_id: int, number: int, *words: str) -> Passed:
    """One pass in words, handed over on the day of its number."""
    plain = [word for word in words if "=" not in word]
    values = dict(word.split("=", 1) for word in words if "=" in word)
    fate = _FATES[plain[0]]
    how: dict[str, Any] = {}
    if fate == "given_back":
        kind_of, reason, objection = plain[1:]
        how = {"kind": kind_of, "reason": reason, "objection": "" if objection == "-" else objection}
    groups = {name: values.pop(name, UNKNOWN) for name in _DIMENSIONS}
    claims = {f"letter.{name}": int(level) for name, level in values.items()}
    return Passed(lead_id, number, at(number), fate, groups=groups, claims=claims, **how)


@kind("reversions")
def came_back(facts: tuple[str, ...]) -> Numbers:
    """Every number of `syncd report reversions`."""
    found = passes_of(facts)
    numbers = dict(_tally("", reversions.tally(found)))
    reasons, objections = reversions.by_reason(found), reversions.by_objection(found)
    back = sum(item.given_back for item in reasons)
    for family, items in (("reasons", reasons), ("objections", objections)):
        for item in items:
            name = f"{family}.{item.id or '-'}"
            numbers |= {f"{name}.given_back": item.given_back, f"{name}.part": item.given_back / back}
            numbers |= {f"{name}.{kind}": count for kind, count in item.kinds.items()}
    for name in reversions.KINDS:
        numbers[f"kinds.{name}"] = sum(item.kinds[name] for item in reasons)
    for by in _DIMENSIONS:
        for value, part in reversions.by_value(found, by).items():
            numbers |= _tally(f"{by}.{value}.", reversions.tally(part))
    for clash in reversions.clashes(found, OBJECTIONS):
        numbers |= {
            f"{clash.objection}.{name}": getattr(clash, name)
            for name in ("back", "was_known", "confirmed", "known", "model_wrong", "unknown",
                         "unknown_accepted", "too_strict", "overturned", "sales_wrong")
        }  # fmt: skip
    looked = suspects.look(found, UNKNOWN, [item.id for item in OBJECTIONS])
    numbers |= {"comparisons": looked.comparisons, "suspects": len(looked.found)}
    for suspect in looked.found:
        value = f"{suspect.feature.sort}.{suspect.feature.name}"
        name = f"suspect.{suspect.objection or 'all'}.{value}"
        numbers |= {
            f"{name}.{part}": getattr(suspect, part)
            for part in ("back", "back_base", "kept", "kept_base", "difference", "low", "high")
        }
    return numbers


def _tally(name: str, found: Tally) -> dict[str, float | None]:
    low, high = found.interval or (None, None)
    counts: dict[str, float | None] = {f"{name}{fate}": found.counts[fate] for fate in reversions.FATES}
    return counts | {
        f"{name}handed_over": found.handed_over, f"{name}share": found.share, f"{name}low": low,
        f"{name}high": high,
    }  # fmt: skip


@kind("words")
def words(facts: tuple[str, ...]) -> Numbers:
    """How often each thing was written: `words: the pass it stands on`."""
    found = []
    for number, fact in enumerate(facts, 1):
        text, _colon, told = fact.partition(":")
        found.append(replace(passed(number, 1, *told.split()), written=text))
    return {f"{item.text}.times": item.times for item in reversions.by_words(found)}
