"""Every field test of a playbook answered at once, as one integer: two bits each, false, true or unknown.

Few texts occur in most fields, so their answers are remembered: a bounded number of short ones per field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.criteria import FieldAtom, Tri

TEXTS_REMEMBERED_MAX = 2_000
TEXT_REMEMBERED_MAX = 64
"""Answers are remembered for so many texts of one field, none longer than this."""

_Numbered = list[tuple[int, FieldAtom]]


class Fields:
    """The field tests of one playbook, in the order of compilation."""

    def __init__(self, atoms: Sequence[FieldAtom]) -> None:
        by_field: dict[str, _Numbered] = {}
        for number, atom in enumerate(atoms):
            by_field.setdefault(atom.field, []).append((number, atom))
        self._by_field = [
            (name, sum(_code(atom.when_blank) << 2 * number for number, atom in numbered), numbered)
            for name, numbered in by_field.items()
        ]
        self._remembered: list[dict[str, int]] = [{} for _field in self._by_field]

    def answers_of(self, fields: Mapping[str, str]) -> int:
        """The answers for these fields; a field that is absent is blank."""
        answers = 0
        for (name, blank, numbered), remembered in zip(self._by_field, self._remembered, strict=True):
            text = fields.get(name, "")
            bits = remembered.get(text)
            if bits is None:
                bits = _bits(text, numbered) if text.strip() else blank
                if len(text) <= TEXT_REMEMBERED_MAX and len(remembered) < TEXTS_REMEMBERED_MAX:
                    remembered[text] = bits
            answers |= bits
        return answers


def _bits(text: str, numbered: _Numbered) -> int:
    return sum(_code(atom.holds(text)) << 2 * number for number, atom in numbered)


def _code(answer: Tri) -> int:
    return 2 if answer is None else int(answer)
