"""Names of people and companies as two people would write them: case, accents, punctuation and order aside.

Nothing is guessed: a nickname, an initial or a slip of the finger is another name. What stands where a name
should be and is none (`[unknown]`, `n/a`) is no name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, TypeAlias

Relation: TypeAlias = Literal["same", "swapped", "different", "unknown"]
"""How two names relate; `swapped` is first and last name exchanged, `unknown` a part missing on one side."""

NAME_CHARS_MAX = 200
"""Longer texts in a name field are compared as far as this."""

_NO_NAMES = frozenset(
    {"", "unknown", "n a", "na", "none", "null", "not provided", "anonymous", "x", "xx", "test"}
)
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ŋ": "n",
        "ħ": "h",
    }
)
"""Letters that Unicode does not take apart into a base and a mark."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
"""How German, Danish and Norwegian write these where the keyboard has none."""

_LEGAL_FORMS = frozenset(
    "ab ag as asa bv bvba co company corp corporation gmbh inc incorporated kft kg kk limited llc llp ltd "  # noqa: SIM905
    "mbh nv oy oyj plc pte pty sa sarl sas se sl spa srl sro ug zoo".split()
)


@lru_cache(maxsize=4096)
def company_key(name: str) -> str:
    """A company's name as two people would write it: case, accents, punctuation and legal form left out."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace(".", ""))
    words = re.sub(r"[^\w]+", " ", "".join(c for c in plain if not unicodedata.combining(c))).split()
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def relation(one: tuple[str, str], other: tuple[str, str]) -> Relation:
    """How two (first name, last name) pairs relate."""
    (first, last), (their_first, their_last) = _parts(one), _parts(other)
    if not (first and last and their_first and their_last):
        known = [
            (ours, theirs) for ours, theirs in ((first, their_first), (last, their_last)) if ours and theirs
        ]
        return "different" if any(ours.isdisjoint(theirs) for ours, theirs in known) else "unknown"
    if first & their_first and last & their_last:
        return "same"
    if first & their_last and last & their_first:
        return "swapped"
    return "different"


def _parts(name: tuple[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    return spellings(name[0]), spellings(name[1])


@lru_cache(maxsize=4096)
def spellings(name: str) -> frozenset[str]:
    """The ways this name may be written, in plain letters; none for what is no name."""
    given = unicodedata.normalize("NFC", name[:NAME_CHARS_MAX].casefold())
    found = {_plain(given), _plain(given.translate(_UMLAUTS))}
    return frozenset(found - _NO_NAMES)


def _plain(text: str) -> str:
    """Letters and digits only, words kept apart, marks dropped."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    kept = "".join(char for char in apart if not unicodedata.combining(char))
    return " ".join(re.sub(r"[\W_]+", " ", re.sub(r"['\u2019`\u00b4.]", "", kept)).split())
