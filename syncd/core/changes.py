"""What changed between two versions of the definition, in the language it is told in.

Both are told in full and compared sentence by sentence, so that whatever shows in the definition shows as a
change, and nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from syncd.core.playbook import Playbook
from syncd.core.sentences import sentences
from syncd.core.told import Section, Sentence

LONG = 200
"""Characters of a sentence from which on only its difference is told."""


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence that is new, gone, or other than before. `section` is the title it stands under."""

    kind: Literal["new", "gone", "other"]
    section: str
    before: str
    after: str

    @property
    def brief(self) -> str:
        """Of two long sentences only what differs: `Analyst: now also a.example; no longer b.example`."""
        if self.kind != "other" or min(len(self.before), len(self.after)) <= LONG:
            return ""
        old, new = _parts(self.before), _parts(self.after)
        told = (("now also", new.keys() - old.keys()), ("no longer", old.keys() - new.keys()))
        said = [f"{word} {', '.join(sorted(values))}" for word, values in told if values]
        return f"{self.after.partition(':')[0]}: {'; '.join(said)}." if said else ""


def changes(before: Playbook, after: Playbook) -> tuple[Change, ...]:
    """Everything that is told differently, in the order of the definition."""
    old, new = _flat(sentences(before)), _flat(sentences(after))
    found: list[Change] = []
    for key, (title, text) in new.items():
        if key not in old:
            found.append(Change("new", title, "", text))
        elif old[key][1] != text:
            found.append(Change("other", title, old[key][1], text))
    found += [Change("gone", title, text, "") for key, (title, text) in old.items() if key not in new]
    places = {title: place for place, title in enumerate(dict.fromkeys(_titles(old, new)))}
    return tuple(sorted(found, key=lambda item: places[item.section]))


def _parts(text: str) -> Mapping[str, None]:
    """The pieces between commas and `or`."""
    return dict.fromkeys(part.strip(" .;") for part in re.split(r", | or | and ", text))


def _titles(*told: Mapping[tuple[str, ...], tuple[str, str]]) -> Iterator[str]:
    for one in reversed(told):
        yield from (title for title, _text in one.values())


def _flat(sections: Iterable[Section]) -> Mapping[tuple[str, ...], tuple[str, str]]:
    """Every sentence with the section it stands in, by the path of its keys."""
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for section in sections:
        if section.intro:
            found[(section.key,)] = (section.title, section.intro)
        for item in section.sentences:
            _collect((section.key,), section.title, "", item, found)
    return found


def _collect(
    path: tuple[str, ...],
    title: str,
    above: str,
    item: Sentence,
    found: dict[tuple[str, ...], tuple[str, str]],
) -> None:
    """A sentence below another is told with what it is about: `Student: the seniority is student.`"""
    here = (*path, item.key)
    found[here] = (title, f"{above}{item.text}")
    about = above or f"{item.text.partition(':')[0].partition(' when ')[0].rstrip('.')}: "
    for part in item.parts:
        _collect(here, title, about, part, found)
