"""Engagement and intent as generated functions, for numbers and for reasons.

`sum(P, h, g, l)`: `P` gives the list of each slot, `h` what the patterns of each block give, gains count as
of second `g` and losses as of `l`. Order of arithmetic as `scoring` documents it; the property tests compare
with it. The variant for reasons also says what each rule gave before its cap.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncd.core.engine.source import Source
from syncd.core.scoring import Behaviour, Block, fading
from syncd.core.timeline import Pick


def add_sum(
    source: Source,
    name: str,
    blocks: tuple[Block, ...],
    slots: Mapping[Pick, int],
    *,
    weighted: bool,
    reasons: bool = False,
) -> None:
    """Define one sum. With `reasons` it takes a list `r` besides, to which it adds a list for each block:
    what each of its rules gave, by the rule's number in the block."""
    source.add(0, f"def {name}(P, h, g, l{', r' * reasons}):")
    source.add(1, "t = 0")
    for index, block in enumerate(blocks):
        source.add(1, f"b = h[{index}]", *["q = []", "r.append(q)"] * reasons)
        for number, rule in enumerate(block.rules):
            _add_rule(source, rule, slots[rule.pick], weighted=weighted)
            if reasons:
                source.add(2, f"q.append(({number}, v))")
            _add_cap(source, 2, "v", rule.cap_micro)
            source.add(2, "b += v")
        _add_cap(source, 1, "b", block.cap_micro)
        source.add(1, "t += b")
    source.add(1, "return t")


def _add_cap(source: Source, depth: int, name: str, cap_micro: int | None) -> None:
    if cap_micro is not None:
        sign = ">" if cap_micro >= 0 else "<"
        cap = source.bind(cap_micro)
        source.add(depth, f"if {name} {sign} {cap}: {name} = {cap}")


def _add_rule(source: Source, rule: Behaviour, slot: int, *, weighted: bool) -> None:
    now = "l" if rule.is_negative else "g"
    source.add(
        1, f"if {slot} in P:", f"    x = P[{slot}]; a = 0.0{'; n = 0' * (rule.diminishing is not None)}"
    )
    is_flat = rule.half_life_s is None and rule.reach_s is None and rule.diminishing is None
    if is_flat and not weighted:
        source.add(2, "a = len(x)")
    else:
        _add_loop(source, rule, now, weighted=weighted)
    source.add(2, f"v = round({source.bind(rule.points_micro)} * a)")


def _add_loop(source: Source, rule: Behaviour, now: str, *, weighted: bool) -> None:
    source.add(2, "for s, w in zip(x[0], x[1]):" if weighted else "for s in x:")
    needs_age = rule.reach_s is not None or rule.steps_s
    if needs_age:
        source.add(3, f"d = {now} - s")
    if rule.reach_s is not None:
        source.add(3, f"if d > {source.bind(rule.reach_s)}: break")
    share = _share(source, rule, now)
    weight = "w" if weighted else ""
    if rule.diminishing is not None:
        fade, least = source.bind(rule.diminishing), source.bind(fading)
        weight = f"{least}({fade}, n, w)" if weighted else f"{fade} ** n"
    parts = [part for part in (weight, share) if part] or ["1.0"]
    source.add(3, f"a += {' * '.join(parts)}")
    if rule.diminishing is not None:
        source.add(3, "n += w" if weighted else "n += 1")


def _share(source: Source, rule: Behaviour, now: str) -> str:
    """The source of a signal's share by its age; blank where it is whole."""
    if rule.half_life_s is not None:
        return f"2.0 ** ((s - {now}) / {source.bind(rule.half_life_s)})"
    if not rule.steps_s:
        return ""
    shares = [(source.bind(until_s), source.bind(share)) for until_s, share in rule.steps_s]
    chain = " else ".join(f"{share} if d <= {until_s}" for until_s, share in shares[:-1])
    return f"({chain} else {shares[-1][1]})" if chain else shares[-1][1]
