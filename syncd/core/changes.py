"""What changed between two versions of the definition, in the language it is told in.

Both are told in full and compared sentence by sentence, so that whatever shows in the definition shows as a
change, and nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

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


@dataclass(frozen=True, slots=True)
class _Told:
    """One sentence where it stands: the section's title, what the sentence is about, and its own words."""

    title: str
    about: str
    text: str

    @property
    def shown(self) -> str:
        return f"{self.about}{self.text}"


_Path: TypeAlias = tuple[str, ...]


def changes(before: Playbook, after: Playbook) -> tuple[Change, ...]:
    """Everything that is told differently, in the order of the definition."""
    old, new = _flat(sentences(before)), _flat(sentences(after))
    found: list[Change] = []
    for key, told in new.items():
        if key not in old:
            found.append(Change("new", told.title, "", told.shown))
        elif old[key].text != told.text:
            found.append(Change("other", told.title, old[key].shown, told.shown))
    found += [Change("gone", told.title, told.shown, "") for key, told in old.items() if key not in new]
    titles = [told.title for one in (new, old) for told in one.values()]
    places = {title: place for place, title in enumerate(dict.fromkeys(titles))}
    return tuple(sorted(found, key=lambda item: places[item.section]))


def _parts(text: str) -> Mapping[str, None]:
    """The pieces between commas and `or`."""
    return dict.fromkeys(part.strip(" .;") for part in re.split(r", | or | and ", text))


def _flat(sections: Iterable[Section]) -> Mapping[_Path, _Told]:
    """Every sentence with the section it stands in, by the path of its keys."""
    found: dict[_Path, _Told] = {}
    for section in sections:
        if section.intro:
            found[(section.key,)] = _Told(section.title, "", section.intro)
        for item in section.sentences:
            _collect((section.key,), section.title, "", item, found)
    return found


def _collect(path: _Path, title: str, about: str, item: Sentence, found: dict[_Path, _Told]) -> None:
    """A sentence below another is told with what it is about: `Student: the seniority is student.`"""
    here = (*path, item.key)
    found[here] = _Told(title, about, item.text)
    below = about or f"{item.text.partition(':')[0].partition(' when ')[0].rstrip('.')}: "
    for part in item.parts:
        _collect(here, title, below, part, found)
