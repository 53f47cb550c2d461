"""What a definition is told in: sections of sentences, each with a key that people never see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, and what belongs below it. `key` is unique among its neighbours."""

    key: str
    text: str
    parts: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Sentences under one title, with a line that says how to read them."""

    key: str
    title: str
    intro: str
    sentences: tuple[Sentence, ...]
