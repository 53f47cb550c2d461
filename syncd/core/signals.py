"""What a fact is called: its key, its kinds in the playbook's words, and which properties are watched.

A shape (source and attributes) is classified once per playbook and remembered, so predicates run per
distinct shape and never per signal. Facts of our own (`syncd.*`) have no kind: they can never score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b

from syncd.core import patterns
from syncd.core.model import Ref, Shape
from syncd.core.playbook import AttributeTest, Playbook, SignalKind, SourceMatch

SHAPES_REMEMBERED_MAX = 50_000
OWN_SOURCES = "syncd."
ACCOUNT_SOURCES = "account."
"""What colleagues did: it counts for the lead and is never shown as its own act."""
CHANGE_SOURCES = {
    "hubspot.contact_change": "contact",
    "salesforce.lead_change": "lead",
    "salesforce.contact_change": "sfcontact",
}
"""Sources that are changes of one property, and the prefix of the record's fields in the playbook."""

ShapeKey = tuple[str, tuple[tuple[str, str], ...]]
Kinds = tuple[int, ...]


def signal_key(ref: Ref, source: str, version: str) -> int:
    """The signed 64-bit key of one fact, the same for ever.

    Recipe: UTF-8 of `system`, `object`, `id`, `source`, `version` joined by U+001F (lone surrogates passed
    through), BLAKE2b with an 8-byte digest and no key, read as a big-endian signed integer. A changed version
    is another fact.
    """
    text = "\x1f".join((ref.system.value, ref.object, ref.id, source, version))
    return int.from_bytes(
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )


def classify(shape: Shape, playbook: Playbook) -> tuple[str, ...]:
    """Ids of the playbook's kinds this shape belongs to, in the playbook's order; none for our own facts."""
    from syncd.core.compiled import compiled  # noqa: PLC0415 - the compiled playbook holds the catalogue

    catalogue = compiled(playbook).catalogue
    return tuple(catalogue.kinds[index].id for index in catalogue.kinds_of(shape))


def watched(playbook: Playbook) -> Mapping[str, frozenset[str]]:
    """Property names whose changes are facts, per change source: those the feedback loop needs and those
    a signal kind names. A pattern watches the fields the playbook knows that match it."""
    feedback = {"Status", "OwnerId", "IsConverted", playbook.feedback.reason_field} - {""}
    found: dict[str, set[str]] = {source: set() for source in CHANGE_SOURCES}
    found["salesforce.lead_change"] |= feedback
    found["salesforce.contact_change"] |= {"OwnerId"}
    for kind in playbook.signals:
        for match in kind.sources:
            if match.source in CHANGE_SOURCES:
                found[match.source] |= _properties_named(match, playbook)
    return {source: frozenset(names) for source, names in found.items()}


def _properties_named(match: SourceMatch, playbook: Playbook) -> set[str]:
    known = playbook.fields_of(CHANGE_SOURCES[match.source])
    found: set[str] = set()
    for test in match.where:
        if test.attribute == "property" and not test.negate:
            found |= {item for item in test.patterns if "*" not in item and "?" not in item}
            matches = patterns.glob(test.patterns)
            found |= {name for name in known if matches(name)}
    return found


class Catalogue:
    """The kinds of one playbook with their predicates compiled, and every shape classified so far."""

    __slots__ = ("_by_content", "_by_identity", "_sources", "index", "kinds")

    def __init__(self, kinds: tuple[SignalKind, ...]) -> None:
        self.kinds = kinds
        self.index = {kind.id: number for number, kind in enumerate(kinds)}
        self._sources: dict[str, list[tuple[int, Callable[[Mapping[str, str]], bool]]]] = {}
        self._by_content: dict[ShapeKey, Kinds] = {}
        self._by_identity: dict[int, tuple[Shape, Kinds]] = {}
        for number, kind in enumerate(kinds):
            for match in kind.sources:
                self._sources.setdefault(match.source, []).append((number, predicate(match.where)))

    def kinds_of(self, shape: Shape) -> Kinds:
        """Numbers of the kinds this shape belongs to, ascending."""
        seen = self._by_identity.get(id(shape))
        if seen is not None and seen[0] is shape:
            return seen[1]
        content = (shape.source, tuple(sorted(shape.attributes.items())))
        kinds = self._by_content.get(content)
        if kinds is None:
            kinds = self._judge(shape)
            if len(self._by_content) >= SHAPES_REMEMBERED_MAX:
                self._by_content.clear()
            self._by_content[content] = kinds
        if len(self._by_identity) >= SHAPES_REMEMBERED_MAX:
            self._by_identity.clear()
        self._by_identity[id(shape)] = (shape, kinds)
        return kinds

    def _judge(self, shape: Shape) -> Kinds:
        if shape.source.startswith(OWN_SOURCES):
            return ()
        tests = self._sources.get(shape.source, ())
        return tuple(sorted({number for number, test in tests if test(shape.attributes)}))


def predicate(tests: tuple[AttributeTest, ...]) -> Callable[[Mapping[str, str]], bool]:
    """A test of a fact's attributes that holds where all of these do."""
    checks = tuple((test.attribute, patterns.glob(test.patterns), test.negate) for test in tests)

    def holds(attributes: Mapping[str, str]) -> bool:
        return all(_one(attributes.get(name), matches) != negate for name, matches, negate in checks)

    return holds


def _one(value: str | None, matches: patterns.Matcher) -> bool:
    return value is not None and matches(value)
