"""Reads a job title: how senior, and in which function; in the languages of `title_words`.

A title is cut into phrases (`Founder & CEO`), each read on its own; the most senior one wins. What follows a
preposition is a field or somebody else's post, so whoever works *for* a chief is no chief, and beside the
word assistant nobody becomes one. Former and future posts say nothing; nor does a title without a known word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from syncd.core import title_words, titles_functions, titles_roles, titles_text
from syncd.core.titles_roles import Kind

TITLE_CHARS_MAX = titles_text.CHARS_MAX
RANKS = ("c_level", "vp", "director", "head", "manager", "senior", "individual", "entry", "student")
"""Highest first."""

_EXECUTIVE = frozenset(RANKS[:4])
_WORDS_MAX = 6  # of the longest phrase
_STEM_CHARS_MAX = 24
_ALONE = {"ad": "c_level", "gl": "c_level"}
"""Letters that name a chief only where nothing else stands: elsewhere they are somebody's initials."""

_AFTERTHOUGHTS = {"senior": "senior", "sr": "senior", "junior": "entry", "jr": "entry", "confirme": "senior"}
"""Said last in Romance titles, behind the field: `Ingeniero de software senior`."""


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says; blank where it says nothing."""

    seniority: str = ""
    function: str = ""


@dataclass(frozen=True, slots=True)
class _Sense:
    kind: Kind
    rank: str = ""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A known phrase: what it does and where it stands among the words."""

    sense: _Sense
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Part:
    """One phrase of a title: its words, the marks in it, and what set it apart from the part before."""

    words: tuple[str, ...]
    marks: tuple[_Mark, ...]
    after: str = ""

    @property
    def own(self) -> tuple[_Mark, ...]:
        """Marks up to the first preposition: the post itself."""
        for place, mark in enumerate(self.marks):
            if mark.sense.kind is Kind.OF:
                return self.marks[:place]
        return self.marks

    @property
    def own_end(self) -> int:
        return next((mark.start for mark in self.marks if mark.sense.kind is Kind.OF), len(self.words))

    @property
    def is_helper(self) -> bool:
        """True for an assistant, also in `Head of Sales Assistant`, where the field stands between."""
        if any(mark.sense.kind is Kind.HELPER for mark in self.own):
            return True
        last, before = [None, None, *self.marks][-1], [None, None, *self.marks][-2]
        is_last = last is not None and last.sense.kind is Kind.HELPER and last.end == len(self.words)
        is_field = (
            before is not None and before.sense.kind is Kind.OF and before.end == getattr(last, "start", -1)
        )
        return is_last and not is_field

    def has(self, kind: Kind) -> bool:
        return any(mark.sense.kind is kind for mark in self.marks)


def read(title: str) -> Title:
    """Seniority and function of `title`, of which the first `TITLE_CHARS_MAX` characters count."""
    return _read(title[:TITLE_CHARS_MAX])


@lru_cache(maxsize=4096)
def _read(title: str) -> Title:
    """Remembered, since a market has few titles and many people."""
    parts = _held_now(_parts(_spelt(titles_text.words(title))))
    is_helper = any(part.is_helper for part in parts)
    ranks = list(_ranks(parts, is_helper=is_helper))
    function = _function(parts, ranks)
    seniority = _highest([rank for rank in ranks if rank]) or ("individual" if function else "")
    return Title(seniority, function or ("general" if seniority == "c_level" else ""))


def _highest(ranks: list[str]) -> str:
    """The most senior rank; below `senior` the first named, which is the one people put first."""
    leading = [rank for rank in ranks if rank not in {"individual", "entry", "student"}]
    return min(leading, key=RANKS.index) if leading else next(iter(ranks), "")


# --- phrases ---------------------------------------------------------------------------------------------


def _phrases(text: str) -> Iterator[str]:
    """Each phrase of a table."""
    return (phrase for part in text.split(",") if (phrase := titles_text.phrase(part)))


def _senses() -> dict[str, _Sense]:
    found: dict[str, _Sense] = {}
    for kind, text in titles_roles.KINDS.items():
        found |= dict.fromkeys(_phrases(text), _Sense(kind))
    for rank, text in title_words.RANKED.items():
        kind = Kind.LEARNER if rank in {"entry", "student"} else Kind.RANK
        for phrase in _phrases(text):
            found.setdefault(phrase, _Sense(kind, rank))
    for text in titles_functions.FUNCTIONS.values():
        joined = (phrase for phrase in _phrases(text) if f" {titles_text.AND} " in phrase)
        found |= {phrase: _Sense(Kind.TOPIC) for phrase in joined}  # one field, however it is spelt
    return found


def _suffixes() -> dict[str, _Sense]:
    found: dict[str, _Sense] = {}
    for rank, text in titles_roles.SUFFIXES.items():
        kind = {"helper": Kind.HELPER, "entry": Kind.LEARNER, "student": Kind.LEARNER}.get(rank, Kind.RANK)
        found |= dict.fromkeys(_phrases(text), _Sense(kind, "" if rank == "helper" else rank))
    return found


def _inverted(table: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in table:
        for phrase in _phrases(text):
            found.setdefault(phrase, name)
    return found


_SENSES = _senses()
_SUFFIXES = _suffixes()
_FUNCTIONS = _inverted(titles_functions.FUNCTIONS.items())
_STEMS = _inverted(titles_functions.STEMS.items())
_WEAK = frozenset(_phrases(titles_functions.WEAK))
_KNOWN = frozenset(word for phrase in (*_SENSES, *_FUNCTIONS) for word in phrase.split())
_SLIPS = {
    slip: key
    for key in titles_roles.TYPO_KEYS
    for slip in (key, *(key[:place] + key[place + 1 :] for place in range(1, len(key))))
}


def _spelt(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word if word in _KNOWN else _corrected(word) for word in words)


def _corrected(word: str) -> str:
    """The word meant by one of the commonest misspellings; `word` itself where none is."""
    is_plural = word.removesuffix("s") in _KNOWN
    if is_plural or not 5 <= len(word) <= _STEM_CHARS_MAX or _compound(word) is not None:
        return word
    for slip in (word, *(word[:place] + word[place + 1 :] for place in range(1, len(word)))):
        key = _SLIPS.get(slip)
        if key and abs(len(key) - len(word)) < 2 and not (word.startswith(key) or key.startswith(word)):
            return key
    return word


def _compound(word: str) -> _Sense | None:
    """What the end of a German compound says: a `Vertriebsleiter` is a `Leiter`."""
    for length in range(min(len(word), _STEM_CHARS_MAX), 3, -1):
        if sense := _SUFFIXES.get(word[-length:]):
            return sense
    return None


def _marks(words: tuple[str, ...]) -> Iterator[_Mark]:
    """Known phrases from left to right, the longest at each place."""
    place = 0
    while place < len(words):
        mark = _mark_at(words, place)
        if mark is not None:
            yield mark
        place = mark.end if mark is not None else place + 1


def _mark_at(words: tuple[str, ...], place: int) -> _Mark | None:
    for end in range(min(len(words), place + _WORDS_MAX), place, -1):
        if sense := _SENSES.get(" ".join(words[place:end])):
            return _Mark(sense, place, end)
    word = words[place]
    if word.startswith("ex") and (sense := _SENSES.get(word[2:])) and sense.rank:
        return _Mark(_Sense(Kind.GONE), place, place + 1)
    compound = _compound(word)
    return _Mark(compound, place, place + 1) if compound else None


# --- parts -----------------------------------------------------------------------------------------------


def _parts(words: tuple[str, ...]) -> list[_Part]:
    """The phrases between separators, without employers."""
    parts: list[_Part] = []
    start, after, is_employer = 0, "", False
    for place, word in enumerate((*words, "|")):
        is_split = titles_text.is_split(word)
        if word in _EMPLOYER and not is_employer:
            parts.append(_part(words[start:place], after))
            is_employer = True
        elif is_split or (word == titles_text.AND and not is_employer and not _joins_phrase(words, place)):
            if not is_employer:
                parts.append(_part(words[start:place], after))
            start, after, is_employer = place + 1, word, False
    return [part for part in parts if part.words]


_EMPLOYER = frozenset(phrase for phrase, sense in _SENSES.items() if sense.kind is Kind.AT)


def _joins_phrase(words: tuple[str, ...], place: int) -> bool:
    """True for the `&` of `R & D` and the like, which is one thing."""
    around = range(max(0, place - 3), place)
    return any(
        " ".join(words[start:end]) in _FUNCTIONS
        for start in around
        for end in range(place + 2, min(len(words), place + 4) + 1)
    )


def _part(words: tuple[str, ...], after: str) -> _Part:
    return _Part(words, tuple(_marks(words)), after)


def _held_now(parts: list[_Part]) -> list[_Part]:
    """The posts held today. A part that only says `retired` speaks of all, `former` of what is joined."""
    held: list[_Part] = []
    is_gone = False
    for part in parts:
        is_gone = part.has(Kind.GONE) or (is_gone and part.after in titles_text.JOINING)
        if is_gone and len(part.marks) == 1 and part.marks[0].end - part.marks[0].start == len(part.words):
            return []
        if not is_gone:
            held.append(part)
    return held


# --- seniority -------------------------------------------------------------------------------------------


def _ranks(parts: list[_Part], *, is_helper: bool) -> Iterator[str]:
    """The rank of each part. What is joined to somebody else's post is theirs too."""
    is_served = False
    for part in parts:
        is_served = is_served and part.after in titles_text.JOINING
        rank = "" if is_served else _rank(part)
        if rank in _EXECUTIVE and is_helper:
            rank = "individual"
        yield rank
        theirs = part.marks[len(part.own) :]
        is_weak = rank not in _EXECUTIVE
        is_served = is_served or (is_weak and any(mark.sense.rank in _EXECUTIVE for mark in theirs))


def _rank(part: _Part) -> str:
    if len(part.words) == 1 and part.words[0] in _ALONE:
        return _ALONE[part.words[0]]
    own = [mark for mark in part.own if mark.sense.kind is not Kind.TOPIC]
    if not own:
        return ""
    kinds = [mark.sense.kind for mark in own]
    if Kind.LEARNER in {kinds[0], kinds[-1]}:
        return next(mark.sense.rank for mark in own if mark.sense.kind is Kind.LEARNER)
    if part.is_helper or kinds[0] is Kind.CLERK:
        return "individual"
    ranks = [rank for rank in (_mark_rank(part, mark) for mark in own) if rank]
    rank = min(ranks, key=RANKS.index) if ranks else ""
    if rank == "c_level" and _is_topic(part, own):
        return "individual"
    return _AFTERTHOUGHTS.get(part.words[-1], rank) if rank == "individual" else rank


def _mark_rank(part: _Part, mark: _Mark) -> str:
    match mark.sense.kind:
        case Kind.LEAD:
            is_last = mark.end == part.own_end and mark.start > 0
            return "manager" if is_last else "senior"
        case Kind.CLERK:
            return "individual"
        case Kind.RANK:
            is_degree = part.after == "," and part.words[mark.start : mark.end] == ("md",)
            return "" if is_degree else mark.sense.rank
        case _:
            return ""


def _is_topic(part: _Part, own: list[_Mark]) -> bool:
    """True where the chief is whom the work is about: `CEO Coach`, `CFO Office`."""
    chief = next(mark for mark in own if mark.sense.rank == "c_level")
    if part.words[chief.start : chief.end] == ("chief",):  # Chief Communications Officer
        return False
    is_clerk = any(mark.sense.kind is Kind.CLERK for mark in own)
    return is_clerk or not titles_roles.SERVANTS.isdisjoint(part.words[chief.end : part.own_end])


# --- function --------------------------------------------------------------------------------------------


def _function(parts: list[_Part], ranks: list[str]) -> str:
    """The first function named; of several the one that says most."""
    spoken = (_own_words(part, rank) for part, rank in zip(parts, ranks, strict=True))
    named = [found for words in spoken for found in _named(words)]
    return max(named, key=lambda found: found[1])[0] if named else ""


def _own_words(part: _Part, rank: str) -> tuple[str, ...]:
    """The words of a part without the posts of others: after a preposition, or beside a lower post.

    Compounds stay: they name a field too.
    """
    theirs = part.marks[len(part.own) :] if rank in _EXECUTIVE else part.marks
    served = {
        place
        for mark in theirs
        if mark.sense.rank in _EXECUTIVE and " ".join(part.words[mark.start : mark.end]) in _SENSES
        for place in range(mark.start, mark.end)
    }
    return tuple("" if place in served else word for place, word in enumerate(part.words))


def _named(words: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    place = 0
    while place < len(words):
        for end in range(min(len(words), place + _WORDS_MAX), place, -1):
            phrase = " ".join(words[place:end])
            name = _FUNCTIONS.get(phrase)
            if name is not None:
                if name:
                    yield name, _weight(phrase, name)
                place = end
                break
        else:
            if name := _stem(words[place]):
                yield name, _weight(words[place], name)
            place += 1


def _weight(phrase: str, name: str) -> int:
    if name == "general":
        return -1
    return 0 if phrase in _WEAK else 2 if phrase in titles_functions.STRONG else 1


def _stem(word: str) -> str:
    """The function a German compound names: at its beginning, at its end as a trade, else within."""
    if word in _SENSES:
        return ""
    if name := _begins(word):
        return name
    if _compound(word) is None:  # `transformation` is no training
        return ""
    for length in range(min(len(word), _STEM_CHARS_MAX), 5, -1):
        if (found := _FUNCTIONS.get(word[-length:])) is not None:
            return found
    inner = (_begins(word[place:]) for place in range(3, min(len(word), _STEM_CHARS_MAX) - 4))
    return next((name for name in inner if name), "")


def _begins(word: str) -> str:
    for length in range(min(len(word), _STEM_CHARS_MAX), 3, -1):
        if name := _STEMS.get(word[:length]):
            return name
    return ""
