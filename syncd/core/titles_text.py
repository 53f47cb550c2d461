"""Brings a job title into plain words: lower case, no accents, no gender endings, one sign for every `and`.

Bounded and linear: at most `CHARS_MAX` characters and `WORDS_MAX` words are looked at, and no pattern
looks back over what it read.
"""

from __future__ import annotations

import re
import unicodedata

CHARS_MAX = 300
WORDS_MAX = 60
AND = "&"
JOINING = frozenset({AND, "/", "+"})
"""What joins two posts of one person, where `|`, `,` or a dash begins anew."""

_ANDS = frozenset({"and", "und", "et", "y", "e", "ed", "u"})
_INTERIM = re.compile(r"\ba\.\s?i\.")
_RETIRED = re.compile(r"\ba\. ?D\.|\bi\. ?R\.|\(ret\.?\)")
_POSSESSIVE = re.compile(r"['\u2019\u00b4`]s\b")
_DOTS = re.compile(r"\b(?:[a-z]\.){2,}(?:[a-z]\b)?")
_SEXES = re.compile(
    r"(?<![a-z])[mwfdhxi](?:\s?[/|,]\s?(?:[mwfdhxi]|gn|div))+(?![a-z])|\b(?:all genders|gn)\b"
)
_ENDING = re.compile(
    r"(?<=[a-z]{3})(?:(?:[:*_\u00b7\u2022.]|/-?|\(-?)"
    r"(?:innen|in|e|es|ne|nes|rice|trice|ice|euse|ere|se|a|o|as|os|ora|essa|frau|mann|te|ta|r)"
    r"|-(?:in|e|trice|rice))\)?(?![a-z-])"
)
_ELECTRONIC = re.compile(
    r"\be[- ](?=(?:commerce|mail|learning|business|marketing|procurement|shop|mobility|government)\b)"
)
_WORD = re.compile(
    "[a-z0-9]+|[|;\u2022\u00b7\u2013\u2014()\\[\\]<>\u00bb\u00ab\n/\\\\:,&+@]|(?<=\\s)[-~](?=\\s)"
)
_SPELT_OUT: tuple[tuple[str, str], ...] = (
    ("aeft", "aft"),
    ("fuehr", "fuhr"),
    ("praesid", "prasid"),
    ("gruend", "grund"),
    ("buero", "buro"),
    ("kaeuf", "kauf"),
    ("fuer ", "fur "),
    ("qualitaet", "qualitat"),
    ("vorstaend", "vorstand"),
    ("staendig", "standig"),
    ("sekretaer", "sekretar"),
    ("pruef", "pruf"),
    ("aerzt", "arzt"),
    ("paedag", "padag"),
    ("schueler", "schuler"),
    ("managerin", "manager"),
    ("f&e", "forschung"),
    ("f & e", "forschung"),
    ("f+e", "forschung"),
    ("i+d", "investigacion"),
    ("i + d", "investigacion"),
    ("r+d", "research"),
)
"""Umlauts written as two letters, where German titles have them, and letters that look like an `and`."""


def words(title: str) -> tuple[str, ...]:
    """The first `WORDS_MAX` words and separators of `title`; every `and` is `&`."""
    text = _INTERIM.sub(" ", _RETIRED.sub(" retired ", title[:CHARS_MAX]))
    spread = unicodedata.normalize("NFKD", text)[: 2 * CHARS_MAX].casefold()
    bare = "".join(char for char in spread if not unicodedata.combining(char))
    for written, meant in _SPELT_OUT:
        bare = bare.replace(written, meant)
    bare = _POSSESSIVE.sub(" ", _ELECTRONIC.sub("e", bare))
    bare = _DOTS.sub(lambda found: found[0].replace(".", "") + " ", bare)
    bare = _ENDING.sub("", _SEXES.sub(" ", bare))
    return tuple(AND if word in _ANDS else word for word in _WORD.findall(bare)[:WORDS_MAX])


def phrase(text: str) -> str:
    """A phrase of our own tables, which are written as `words` leaves titles but for the `and`s."""
    return " ".join(AND if word in _ANDS else word for word in text.split())


def is_split(word: str) -> bool:
    """True for the signs that end a phrase."""
    return not word.isalnum() and word not in {AND, "@"}
