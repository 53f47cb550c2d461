"""Engagement and intent in generated code, for numbers and for reasons.

`sum(P, h, g, l)`: `P` gives the list of each slot, `h` what the patterns of each block give, gains count as
of second `g` and losses as of `l`. Order of arithmetic as `scoring` documents it; the property tests compare
with it. The variant for reasons also says what each rule gave before its cap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.engine.source import Source
from syncd.core.scoring import Behaviour, Block, fading
from syncd.core.timeline import Pick

FEW = 8
"""So many signals are counted before it is asked whether they reach the cap."""


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
            slot = slots[rule.pick]
            source.add(1, f"if {slot} in P:", f"    x = P[{slot}]")
            _add_rule(source, rule, "l" if rule.is_negative else "g", weighted=weighted)
            if reasons:
                source.add(2, f"q.append(({number}, v))")
            _add_cap(source, 2, "v", rule.cap_micro)
            source.add(2, "b += v")
        _add_cap(source, 1, "b", block.cap_micro)
        source.add(1, "t += b")
    source.add(1, "return t")


def add_now(
    source: Source, total: str, held: Sequence[str], blocks: tuple[Block, ...], slots: Mapping[Pick, int]
) -> None:
    """Lines that make one sum of plain lists `L` at second `s`, in the place where it is needed; `held` is
    what the patterns of each block give."""
    source.add(1, f"{total} = 0")
    for its_patterns, block in zip(held, blocks, strict=True):
        source.add(1, f"b = {its_patterns}")
        for rule in block.rules:
            source.add(1, f"x = L[{slots[rule.pick]}]", "if x:")
            _add_rule(source, rule, "s", weighted=False, few=FEW)
            _add_cap(source, 2, "v", rule.cap_micro)
            source.add(2, "b += v")
        _add_cap(source, 1, "b", block.cap_micro)
        source.add(1, f"{total} += b")


def _add_cap(source: Source, depth: int, name: str, cap_micro: int | None) -> None:
    if cap_micro is not None:
        sign = ">" if cap_micro >= 0 else "<"
        cap = source.bind(cap_micro)
        source.add(depth, f"if {name} {sign} {cap}: {name} = {cap}")


def _add_rule(source: Source, rule: Behaviour, now: str, *, weighted: bool, few: int | None = None) -> None:
    """What a rule gives for the list `x`. Of more than `few` signals the newest are counted first: often they
    reach the cap."""
    source.add(2, f"a = 0.0{'; n = 0' * (rule.diminishing is not None)}")
    is_flat = rule.half_life_s is None and rule.reach_s is None and rule.diminishing is None
    cap = 0 if rule.cap_micro is None else rule.cap_micro
    if is_flat and not weighted:
        source.add(2, "a = len(x)")
    elif few is not None and not rule.steps_s and rule.diminishing is None and cap * rule.points_micro > 0:
        enough = (abs(cap) + 1) / abs(rule.points_micro)
        source.add(2, f"if len(x) > {few}:")
        _add_loop(source, 3, rule, now, f"x[:{few}]", weighted=weighted)
        source.add(3, f"if a < {source.bind(enough)}:")
        _add_loop(source, 4, rule, now, f"x[{few}:]", weighted=weighted)
        source.add(2, "else:")
        _add_loop(source, 3, rule, now, "x", weighted=weighted)
    else:
        _add_loop(source, 2, rule, now, "x", weighted=weighted)
    source.add(2, f"v = round({source.bind(rule.points_micro)} * a)")


def _add_loop(source: Source, depth: int, rule: Behaviour, now: str, name: str, *, weighted: bool) -> None:
    source.add(depth, f"for y, w in zip({name}[0], {name}[1]):" if weighted else f"for y in {name}:")
    depth += 1
    needs_age = rule.reach_s is not None or rule.steps_s
    if needs_age:
        source.add(depth, f"d = {now} - y")
    if rule.reach_s is not None:
        source.add(depth, f"if d > {source.bind(rule.reach_s)}: break")
    share = _share(source, rule, now)
    weight = "w" if weighted else ""
    if rule.diminishing is not None:
        fade, least = source.bind(rule.diminishing), source.bind(fading)
        weight = f"{least}({fade}, n, w)" if weighted else f"{fade} ** n"
    parts = [part for part in (weight, share) if part] or ["1.0"]
    source.add(depth, f"a += {' * '.join(parts)}")
    if rule.diminishing is not None:
        source.add(depth, "n += w" if weighted else "n += 1")


def _share(source: Source, rule: Behaviour, now: str) -> str:
    """The source of a signal's share by its age; blank where it is whole."""
    if rule.half_life_s is not None:
        return f"2.0 ** ((y - {now}) / {source.bind(rule.half_life_s)})"
    if not rule.steps_s:
        return ""
    shares = [(source.bind(until_s), source.bind(share)) for until_s, share in rule.steps_s]
    chain = " else ".join(f"{share} if d <= {until_s}" for until_s, share in shares[:-1])
    return f"({chain} else {shares[-1][1]})" if chain else shares[-1][1]
