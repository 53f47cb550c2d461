"""Scores in plain sentences: what each number counts, how much, how it fades, and where it ends.

The model for everybody else is told in full; a model of a segment by what it does differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from syncd.core.phrases import Words, days, listed, number, points
from syncd.core.playbook import BehaviourRule, FitRule, Model, PatternRule, Playbook
from syncd.core.told import Section, Sentence

_FIT = "Who they are. Points do not fade; what we do not know gives none and is shown as unknown."
_ENGAGEMENT = "What they do. Points fade with time; each line is one reason under the score."
_INTENT = "What it says of buying, kept apart from interest."
_GROUPS = "However much somebody does of one thing, it says only so much."


def scores(playbook: Playbook, words: Words) -> tuple[Section, ...]:
    """Sections of the model that applies to everybody else, then one of each segment."""
    main = playbook.models[-1]
    segments = [model for model in playbook.models if model is not main]
    return (
        Section("grades", "Fit: who they are", _FIT, tuple(_fit(main, words))),
        Section(
            "engagement", "Engagement: what they do", _ENGAGEMENT, tuple(_score(main, "engagement", words))
        ),
        Section("intent", "Intent: how ready they are", _INTENT, tuple(_score(main, "intent", words))),
        Section("caps", "Limits of groups", _GROUPS, tuple(_caps(main, words))),
        *(_segment(model, main, words) for model in segments),
    )


def _fit(model: Model, words: Words) -> Iterator[Sentence]:
    grades = [f"{letter} from {number(lowest)} points" for letter, lowest in model.grades]
    yield Sentence("grades", f"Grades: {listed(grades, 'and')}.")
    for rule in model.fit:
        yield Sentence(rule.id, fit_text(rule, words))


def _score(model: Model, score: str, words: Words) -> Iterator[Sentence]:
    for rule in model.behaviour:
        if rule.score == score:
            yield Sentence(rule.id, behaviour_text(rule, words))
    for pattern in model.patterns:
        if pattern.score == score:
            yield Sentence(pattern.id, pattern_text(pattern, words))


def _caps(model: Model, words: Words) -> Iterator[Sentence]:
    for group, cap in model.group_caps.items():
        limit = "At most" if cap >= 0 else "No less than"
        rules = [rule.label for rule in model.fit if rule.group == group]
        rules += [rule.label for rule in model.behaviour if rule.group == group]
        rules += [rule.label for rule in model.patterns if rule.group == group]
        yield Sentence(
            group, f"{limit} {number(cap)} points in one score from {listed(dict.fromkeys(rules), 'and')}."
        )


# --- one rule --------------------------------------------------------------------------------------------


def fit_text(rule: FitRule, words: Words) -> str:
    """`Director: +18 points when the seniority is director.`"""
    return f"{rule.label}: {points(rule.points)} when {words.say(rule.when)}."


def pattern_text(rule: PatternRule, words: Words) -> str:
    """`Five visits in a week: +8 points while ...`"""
    return f"{rule.label}: {points(rule.points)} while this holds: {words.say(rule.when)}."


def behaviour_text(rule: BehaviourRule, words: Words) -> str:
    """`Downloads: +6 points for each "Downloaded ...", at most 2 a day, worth half after 45 days.`"""
    clauses = [clause for clause in (_counted(rule), _fading(rule), _ceiling(rule)) if clause]
    told = f"{rule.label}: {points(rule.points)} for each {words.happened(rule.signals)}"
    return f"{', '.join([told, *clauses])}."


def _counted(rule: BehaviourRule) -> str:
    parts = []
    if rule.distinct:
        parts.append(f"each {rule.distinct.replace('_', ' ')} once")
    if rule.per_day is not None:
        parts.append(f"at most {rule.per_day} a day")
    if rule.newest is not None:
        parts.append(f"only the newest {rule.newest}")
    if rule.diminishing is not None:
        parts.append(f"each older one counting {rule.diminishing:.0%} of the next newer")
    return ", ".join(parts)


def _fading(rule: BehaviourRule) -> str:
    parts = []
    if rule.half_life_days is not None:
        parts.append(f"worth half after {days(rule.half_life_days)}")
    elif rule.steps:
        steps = [f"{share:.0%} up to {days(age)}" for age, share in rule.steps]
        parts.append(f"worth {listed(steps, 'and')}, nothing after")
    else:
        parts.append("not fading")
    if rule.window_days is not None:
        parts.append(f"only the last {days(rule.window_days)}")
    return ", ".join(parts)


def _ceiling(rule: BehaviourRule) -> str:
    if rule.cap is None:
        return ""
    word = "at most" if rule.points >= 0 else "no less than"
    return f"{word} {number(rule.cap)} in all"


# --- segments --------------------------------------------------------------------------------------------


def _segment(model: Model, main: Model, words: Words) -> Section:
    """A segment's model: when it applies, and what it does differently from the one for everybody else."""
    condition = "always" if model.when is None else words.say(model.when)
    intro = (
        f"Judged by this when {condition}. The first segment that fits decides; the others are shown as "
        f'hints. Everything is as for "{main.label}", except:'
    )
    ours, theirs = told_rules(model, words), told_rules(main, words)
    different = [
        Sentence(key, text if key in theirs else f"Also: {text}")
        for key, text in ours.items()
        if theirs.get(key) != text
    ]
    different += [Sentence(key, f"Not counted: {text}") for key, text in theirs.items() if key not in ours]
    same = (Sentence("same", "Nothing: only the name is another."),)
    return Section(f"model:{model.id}", f"Segment: {model.label}", intro, tuple(different) or same)


def told_rules(model: Model, words: Words) -> Mapping[str, str]:
    """Every rule of a model in words, by a key of its own."""
    found = {f"fit:{item.id}": fit_text(item, words) for item in model.fit}
    found |= {f"behaviour:{item.id}": behaviour_text(item, words) for item in model.behaviour}
    found |= {f"pattern:{item.id}": pattern_text(item, words) for item in model.patterns}
    found |= {f"cap:{item.key}": item.text for item in _caps(model, words)}
    return found | {"grades": next(iter(_fit(model, words))).text}
