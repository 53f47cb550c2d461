"""Reads a job title: how senior, and in which function. English first; German, French and Spanish basics.

A title is cut into segments (`Founder & CEO`), each read on its own; the most senior segment wins. Whoever
works *for* a chief is no chief: everything after `to`, `office of` and the like is somebody else's title.
A title without any known word says nothing, rather than `individual`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from syncd.core.title_words import (
    ABBREVIATIONS,
    DEGREES,
    FUNCTION_PHRASES,
    FUNCTION_WORDS,
    HELPERS,
    INDIVIDUAL_MANAGERS,
    INDIVIDUAL_WORDS,
    SENIORITY_PHRASES,
    SENIORITY_WORDS,
    STEMS,
)

TITLE_CHARS_MAX = 300
RANKS = ("c_level", "vp", "director", "head", "manager", "senior", "individual", "entry", "student")
"""Highest first."""


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says; blank where it says nothing."""

    seniority: str = ""
    function: str = ""


_SEGMENT = re.compile(r"[,;/|&•·\u2013\u2014()\[\]]| - | and | und | et | y | \+ ")
_DOTS = re.compile(r"\b((?:[a-z]\.){2,}[a-z]?)(?![a-z])")
_NOT_NOW = frozenset({"former", "formerly", "ex", "retired", "aspiring", "future", "ehemaliger", "ancien"})
_SOMEBODY_ELSES = re.compile(
    r"\b(?:(?:(?:reporting|advisor|adviser|assistant|assistenz) )?to (?:the |our )?"
    r"|office of (?:the )?|on behalf of (?:the )?"
    r"|(?:assistenz|assistentin|assistent|sekretarin|referent|referentin) (?:der|des|fur) "
    r"|assistante? (?:de|du|a la) |asistente (?:de|del|a la) )"
)


@lru_cache(maxsize=4096)
def read(title: str) -> Title:
    """Seniority and function of `title`; remembered, since a market has few titles and many people."""
    segments = [part for part in map(_own_part, _segments(title)) if part]
    ranks = [rank for rank in map(_rank, segments) if rank]
    functions = [name for name in map(_function, segments) if name]
    function = next((name for name in functions if name != "general"), functions[0] if functions else "")
    if not ranks:
        return Title("individual" if function else "", function)
    seniority = min(ranks, key=RANKS.index)
    return Title(seniority, function or ("general" if seniority == "c_level" else ""))


def _segments(title: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", title[:TITLE_CHARS_MAX].casefold())
    text = "".join(char for char in bare if not unicodedata.combining(char))
    text = _DOTS.sub(lambda found: found[1].replace(".", ""), text)
    parts = _SEGMENT.split(text.replace("-in ", "in ").replace("*in", "in").replace(":in", "in"))
    return [" ".join(re.findall(r"[a-z0-9]+", part)) for part in parts]


def _own_part(segment: str) -> str:
    """`segment` without the title of the person it serves; blank for a title not held now."""
    if not segment or segment.partition(" ")[0] in _NOT_NOW:
        return ""
    serves = _SOMEBODY_ELSES.search(segment)
    if serves is None:
        return segment
    helper = serves[0].partition(" ")[0]
    own = segment[: serves.start()].strip()
    return f"{own} {helper}".strip() if helper in HELPERS else own or "assistant"


def _rank(segment: str) -> str:
    words = [ABBREVIATIONS.get(word, (word,))[0] for word in segment.split()]
    text = f" {' '.join(words)} "
    for phrase, rank in SENIORITY_PHRASES:
        if f" {phrase} " in text:
            return rank
    if any(word in HELPERS or "assisten" in word or "sekretar" in word for word in words):
        return "individual"
    if any(f" {name} " in text for name in INDIVIDUAL_MANAGERS):
        return "senior" if "senior" in words else "individual"
    ranks = [SENIORITY_WORDS[word] for word in words if word in SENIORITY_WORDS]
    ranks += [rank for word in words for stem, rank, _function in STEMS if rank and stem in word]
    if ranks:
        return min(ranks, key=RANKS.index)
    return "individual" if any(word in INDIVIDUAL_WORDS for word in words) else ""


def _function(segment: str) -> str:
    """The first function named; `general` (founder, president) only where nothing narrower is."""
    text = f" {segment} "
    for phrase, name in FUNCTION_PHRASES:
        if f" {phrase} " in text:
            return name
    words = [word for word in segment.split() if word not in DEGREES]
    named = [name for name in map(_word_function, words) if name]
    return next((name for name in named if name != "general"), "general" if named else "")


def _word_function(word: str) -> str:
    if word in ABBREVIATIONS and ABBREVIATIONS[word][1]:
        return ABBREVIATIONS[word][1]
    if word in FUNCTION_WORDS:
        return FUNCTION_WORDS[word]
    return next((name for stem, _seniority, name in STEMS if name and stem in word), "")
