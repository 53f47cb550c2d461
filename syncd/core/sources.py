"""Where something was seen, as people say it: fields, values and levels by their names.

The engine's own form is `person.seniority = c_level; Says they decide`. What a value was worked out from is
named beside it. Values are strangers' text: nothing in them is taken for a field of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from syncd.core.engine.seen import NOT_SEEN
from syncd.core.person_fields import TITLES
from syncd.core.phrases import field_words, value_words
from syncd.core.plain import plain
from syncd.core.playbook import Playbook

TITLE_CHARS_MAX = 60

_FIELD = re.compile(
    r"(?:^|(?<=; ))((?:contact|company|lead|sfcontact|person|account)\.\w+)(?: = ([^;]*)| is blank)"
)
_LEVEL = re.compile(r"(?:^|(?<=; ))level (\w+)")
_FROM_TITLE = frozenset({"person.seniority", "person.function"})
_VERBATIM = frozenset({"person.company_name", "person.email_domain"})
_ANSWERS = frozenset({"true", "false"})


def source_words(source: str, playbook: Playbook, fields: Mapping[str, str]) -> str:
    """The source in words. `fields` are those of the person."""
    levels = {level.id: level.label for level in playbook.levels.mql}
    if source == NOT_SEEN:
        return "nothing against it"
    said = _FIELD.sub(lambda found: _field(found.group(1), found.group(2), fields), source)
    return _LEVEL.sub(lambda found: f"level {levels.get(found.group(1), found.group(1))}", said)


def _field(name: str, value: str | None, fields: Mapping[str, str]) -> str:
    if value is None:
        return f"{field_words(name)}: not known"
    is_ours = name.startswith(("person.", "account.")) or value in _ANSWERS
    said = value_words(value, name) if is_ours and name not in _VERBATIM else value
    return f"{field_words(name)}: {said}{_origin(fields) if name in _FROM_TITLE else ''}"


def _origin(fields: Mapping[str, str]) -> str:
    title = next((fields[name] for name in TITLES if fields.get(name, "").strip()), "")
    return f' (from the job title "{plain(title, TITLE_CHARS_MAX)}")' if title else ""
