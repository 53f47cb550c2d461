"""The fields of one write: fitted to the live schema, then only those that differ and are ours to write.

Pure. One place for every kind of effect that writes a record, so that a plan and a delivery cannot differ.
Who wrote a field last is known by its value, by the vendor's history where it tells, and by what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from syncd.core import ownership
from syncd.core.fitting import CURRENCY_FIELD, Left, Schema, Terms, fit_to_schema
from syncd.core.ownership import TAKEN, Diff
from syncd.core.playbook import Ownership
from syncd.jobs import places
from syncd.ports import Candidate
from syncd.store.authors import Authors


@dataclass(frozen=True, slots=True)
class Ready:
    """Fields fit to be written, who may overwrite them, and what has to be said of them."""

    fields: dict[str, object]
    rules: Mapping[str, Ownership | str]
    notes: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()


def read_too(names: Mapping[str, object]) -> tuple[str, ...]:
    """What must be read of a record besides the fields that are to be written."""
    return (CURRENCY_FIELD, *places.read_too(names)) if names else ()


def ready(
    fields: Mapping[str, object],
    rules: Mapping[str, Ownership | str],
    schema: Schema,
    terms: Terms,
    fresh: Mapping[str, str] | None = None,
) -> Ready:
    """`fields` fitted to `schema`; `fresh` is the record there, None for one that is made."""
    coded = places.coded(fields, rules, schema, fresh or {})
    fitted = fit_to_schema(
        coded.fields,
        schema,
        is_new=fresh is None,
        terms=terms,
        record_currency=(fresh or {}).get(CURRENCY_FIELD, ""),
    )
    notes = (*(item.note for item in coded.left), *fitted.notes)
    return Ready(fitted.fields, coded.rules, notes, (*coded.left, *fitted.left))


def without(found: Ready, left: Mapping[str, str]) -> Ready:
    """The same without fields somebody else keeps setting, as long as we mean what we meant then."""
    gone = [name for name, meant in left.items() if ownership.same(found.fields.get(name), meant)]
    if not gone:
        return found
    kept = {name: value for name, value in found.fields.items() if name not in gone}
    notes = (*found.notes, *(f"{name} left: somebody else keeps setting it" for name in gone))
    return replace(found, fields=kept, notes=notes)


def differing(found: Ready, candidate: Candidate, authors: Authors) -> Diff:
    """What of it is written on the record there."""
    return ownership.diff(
        found.fields,
        found.rules,
        candidate.fields,
        authors.last_on(candidate.ref.id, candidate.fields),
        is_new=False,
        touched=authors.touched(candidate),
    )


def taken(kept: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Of the fields kept, those a person has taken over."""
    return tuple(name for name, why in kept if why == TAKEN)
