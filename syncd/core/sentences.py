"""The playbook as plain sentences that both teams can read aloud and sign (S107, S108).

Made from the frozen playbook, so it says what is really evaluated: windows and half-lives as the sales cycle
scales them, inherited rules included. No ids, no operators. Each sentence has a key that never shows; two
versions of a playbook are compared by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from syncd.core.phrases import Words, days, listed, number
from syncd.core.playbook import AllOf, AnyOf, Filter, Levels, Matrix, Named, Playbook, Test
from syncd.core.sentences_rest import aftermath, signals
from syncd.core.sentences_scores import scores
from syncd.core.told import Section, Sentence

__all__ = ["Section", "Sentence", "sentences"]


def sentences(playbook: Playbook, values_max: int | None = None) -> tuple[Section, ...]:
    """The whole definition in the order it is read aloud. `values_max` values of a long list are named; the
    rest is counted, and named in full at the end. None names all in place."""
    words = Words(playbook, values_max)
    found = (
        Section("stages", "Who is what", _STAGES, tuple(_stages(playbook))),
        Section("icp", "The gate: whom we can serve at all", _ICP, tuple(_named(playbook.levels.icp, words))),
        Section("mql", "MQL: shows interest", _MQL, tuple(_levels(playbook.levels, words))),
        Section("near_sql", "Near-SQL: nearly there", "", tuple(_near(playbook.levels, words))),
        Section("confirm", "Asked before sales hears", "", tuple(_confirm(playbook, words))),
        Section("decisive", "SQL by one action", _DECISIVE, tuple(_decisive(playbook.levels, words))),
        Section("sql", "SQL by score", _SQL, tuple(_named(playbook.levels.sql, words))),
        Section("filters", "Who is kept out, by name", _FILTERS, tuple(_filters(playbook, words))),
        Section("framework", f"{playbook.levels.framework}: what sales wants to know", _FRAMEWORK,
                tuple(_letters(playbook.levels, words))),
        Section("matrix", "What to do with whom", "", tuple(_matrix(playbook, words))),
        *scores(playbook, words),
        *aftermath(playbook, words),
        Section("evangelist", "Customers who speak for us", "A customer is one while all of this holds:",
                tuple(_named(playbook.levels.evangelist, words))),
        signals(playbook, words),
        Section("lists", "Lists in full", "", tuple(_lists(words))),
    )  # fmt: skip
    return tuple(item for item in found if item.sentences)


IN_LINE_MAX = 90
"""Characters of a choice that is still easy to hear in one go."""

_STAGES = "A lead climbs by what it shows, and is handed over once."
_ICP = (
    "This is asked apart from any score. Where we do not know the answer it counts as unknown, which is not "
    "failed. Somebody who fails it is never handed to sales by us."
)
_MQL = "Lowest first. Marketing owns these people."
_DECISIVE = (
    "One of these acts is enough, whatever the score; never past a filter or a failed gate. It carries one "
    "hand-over: after sales gave somebody back, only a new one counts."
)
_SQL = "Without a decisive action, all of these must hold at once:"
_FILTERS = (
    "A filter wins over everything, also over a demo request, and lifts by itself when it no longer matches. "
    "What we do not know never matches. A person may set a filter aside for one lead, with a reason and "
    "until a date, except an objection. Every decisive action that a filter stopped is on a daily list."
)
_FRAMEWORK = "Each is confirmed, only inferred, or not known; what was said ages out."


# --- stages and levels -----------------------------------------------------------------------------------


def _stages(playbook: Playbook) -> Iterator[Sentence]:
    labels = [f'"{level.label}"' for level in playbook.levels.mql]
    several = f" There are {len(labels)} levels: {listed(labels, 'and')}." if len(labels) > 1 else ""
    yield Sentence("lead", "A lead is anybody known to us. That alone means nothing.")
    yield Sentence(
        "mql",
        "An MQL (marketing-qualified lead) has shown interest and is of the right kind, but is not ready to "
        f"buy. Marketing owns it.{several}",
    )
    yield Sentence(
        "near_sql",
        "A near-SQL meets most of what an SQL meets. Marketing helps with the rest; sales sees it coming.",
    )
    yield Sentence(
        "sql", "An SQL (sales-qualified lead) is ready to talk to sales. Sales owns it from the hand-over on."
    )


def _levels(levels: Levels, words: Words) -> Iterator[Sentence]:
    for level in levels.mql:
        enter = tuple(_named(level.enter, words))
        leave = (
            f"Leaves it only when {words.say(level.leave)}."
            if level.leave is not None
            else "Leaves it when any of this no longer holds."
        )
        track = words.tracks.get(level.track, "")
        nurture = (Sentence("track", f'Nurtured on "{track}".'),) if track else ()
        yield Sentence(
            level.id, f'"{level.label}" when all of this holds:', (*enter, Sentence("leave", leave), *nurture)
        )


def _near(levels: Levels, words: Words) -> Iterator[Sentence]:
    near = levels.near_sql
    if not levels.sql:
        return
    yield Sentence(
        "at_least",
        f"At least {near.at_least} of the {len(levels.sql)} criteria of SQL by score hold, and all of this:",
        tuple(_named(near.enter, words)),
    )
    if words.tracks.get(near.track):
        yield Sentence("track", f'Nurtured on "{words.tracks[near.track]}".')


def _confirm(playbook: Playbook, words: Words) -> Iterator[Sentence]:
    """Who is asked whether they want to talk, what answers, and what follows."""
    confirm = playbook.levels.confirm
    if confirm is None:
        return
    if confirm.near_sql:
        yield Sentence("near_sql", "Whoever comes to near-SQL is asked whether they want to talk to sales.")
    if confirm.who:
        who = tuple(_named(confirm.who, words))
        yield Sentence("who", "So is whoever comes to a level while any of this holds:", who)
    track = words.tracks.get(confirm.track, confirm.track)
    yield Sentence("track", f'The question is sent on track "{track}".')
    for side, kinds, after in (("yes", confirm.yes, ""), ("no", confirm.no, confirm.after_no)):
        named = listed(words.kind(name) for name in kinds)
        yield Sentence(side, f"A {side} is: {named}.{_then(after, words)}")
    silence = _then(confirm.after_silence, words)
    yield Sentence(
        "silence", f"Who does not answer within {days(confirm.wait_days)} stays with marketing.{silence}"
    )
    yield Sentence("again", f"Nobody is asked again within {days(confirm.again_after_days)}.")


def _then(track: str, words: Words) -> str:
    """What follows an answer: the track named, or that of the level."""
    return f' Then nurtured on "{words.tracks[track]}".' if track in words.tracks else ""


def _decisive(levels: Levels, words: Words) -> Iterator[Sentence]:
    decisive = levels.decisive
    for name in decisive.signals:
        yield Sentence(name, f"{words.kind(name)} within {days(decisive.within_days)}.")
    if decisive.needs:
        yield Sentence("needs", "Beside it, all of this must hold:", tuple(_named(decisive.needs, words)))


def _named(items: Iterable[Named], words: Words) -> Iterator[Sentence]:
    for item in items:
        yield Sentence(item.id, *_told(f"{item.label}: ", item.test, words))


def _told(prefix: str, test: Test, words: Words) -> tuple[str, tuple[Sentence, ...]]:
    """A test in one sentence; a long choice, or one with choices inside, as a list below it."""
    said = words.say(test)
    if not isinstance(test, (AllOf, AnyOf)) or (len(said) <= IN_LINE_MAX and not _is_nested(test)):
        return f"{prefix}{said}.", ()
    if isinstance(test, AllOf):
        head = "all of this"
    else:
        head = "any of this" if test.at_least == 1 else f"at least {test.at_least} of this"
    parts = []
    for item in test.items:
        text, below = _told("", item, words)
        parts.append(Sentence(text, text[:1].upper() + text[1:], below))
    return f"{prefix}{head}:", tuple(parts)


def _is_nested(test: AllOf | AnyOf) -> bool:
    return any(isinstance(item, (AllOf, AnyOf)) for item in test.items)


# --- filters, framework, matrix --------------------------------------------------------------------------


_OUTCOMES = {
    "block": "Then: kept out, no nurture, no sales.",
    "divert": "Then: goes to {to}, not to sales.",
    "hold": "Then: a person decides before sales hears of it.",
    "no_nurture": "Then: no marketing; sales may answer what they ask themselves.",
    "stop": "Then: nobody contacts them, nothing is sent, and nobody can set it aside: it is an objection.",
}


def _filters(playbook: Playbook, words: Words) -> Iterator[Sentence]:
    for item in playbook.filters:
        text, parts = _told(f"{item.label}: ", item.test, words)
        yield Sentence(item.id, text, (*parts, Sentence("outcome", _outcome(item))))


def _outcome(item: Filter) -> str:
    return _OUTCOMES[item.outcome].format(to=item.divert_to or "somebody else")


def _letters(levels: Levels, words: Words) -> Iterator[Sentence]:
    for letter in levels.bant:
        parts = [Sentence("confirmed", f"Confirmed by: {words.say(letter.confirmed)}.")]
        if letter.inferred is not None:
            parts.append(Sentence("inferred", f"Inferred from: {words.say(letter.inferred)}."))
        yield Sentence(letter.id, f"{letter.label}.", tuple(parts))


def _matrix(playbook: Playbook, words: Words) -> Iterator[Sentence]:
    matrix = playbook.levels.matrix
    if matrix is None:
        return
    yield Sentence("bands", _bands(matrix))
    for cell in matrix.cells:
        track = words.tracks.get(cell.track, "")
        nurture = f' Nurtured on "{track}".' if track else ""
        yield Sentence(cell.id, f"{cell.id}: {cell.action.rstrip('.')}.{nurture}")


def _bands(matrix: Matrix) -> str:
    score = {"total": "all three scores together"}.get(matrix.score, f"the {matrix.score} score")
    bands = [f"{name} from {number(lowest)} points" for name, lowest in matrix.bands]
    return f"A cell is the fit grade with a band of {score}: {listed(bands, 'and')}."


# --- lists -----------------------------------------------------------------------------------------------


def _lists(words: Words) -> Iterator[Sentence]:
    """What was counted above and not named, each list once."""
    for place, (values, names) in enumerate(words.long_lists.items()):
        name = listed(names, "and")
        yield Sentence(str(place), f"{name[:1].upper()}{name[1:]}: {', '.join(values)}.")
